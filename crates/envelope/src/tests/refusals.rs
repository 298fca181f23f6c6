//! Every refusal of `docs/format.md`, section 8, and its words.

use insta::assert_snapshot;

use super::{SealedText, seal, sealed, values};
use crate::{FormatError, Identity, MAX_ITEMS, Recipients, SealError};

fn refusal(edit: impl FnOnce(&mut SealedText)) -> FormatError {
    let mut text = sealed();
    edit(&mut text);
    text.parse().err().expect("refused")
}

fn rsa_entry(text: &SealedText) -> String {
    let mut recipients = text.envelopes[0].recipients.iter();
    recipients
        .find(|entry| entry.starts_with("sha256:"))
        .unwrap()
        .clone()
}

#[test]
fn unknown_formats() {
    let error = refusal(|text| text.envelopes[0].format = 2);
    assert_snapshot!(error, @"format 2 is unknown; this version of bulla reads format 1");
}

#[test]
fn places() {
    let error = refusal(|text| text.namespace = Some(String::new()));
    assert_snapshot!(error, @"`sealedFor.namespace` is empty; leave it out to allow any");
    let error = refusal(|text| text.name = Some(String::new()));
    assert_snapshot!(error, @"`sealedFor.name` is empty; leave it out to allow any");
    let error = refusal(|text| text.namespace = None);
    assert_snapshot!(error, @"`sealedFor` has a name but no namespace");
}

#[test]
fn the_same_thing_twice() {
    let error = refusal(|text| text.envelopes.push(text.envelopes[0].clone()));
    assert_snapshot!(error, @"two envelopes have the same commitment");

    let error = refusal(|text| text.envelopes.extend(sealed().envelopes));
    assert_snapshot!(error, @"item `password` is there twice, in two envelopes");

    let error = refusal(|text| {
        let list = &mut text.envelopes[0].recipients;
        list.push(list[1].clone());
        list[1] = list[2].clone();
    });
    assert!(matches!(error, FormatError::RecipientTwice(_)), "{error}");
}

#[test]
fn base64_that_is_not_canonical() {
    let bad: [fn(&str) -> String; 5] = [
        |text| format!("{text}\n"),
        |text| text.trim_end_matches('=').to_owned(),
        |text| text.replace(['+', '/'], "-"),
        // The commitment's last sextet has two bits that must be zero.
        |text| text.replace('=', "").split_at(42).0.to_owned() + "B=",
        |_| String::new(),
    ];
    for spoil in bad {
        let mut changed = false;
        let error = {
            let mut text = sealed();
            let commitment = &mut text.envelopes[0].commitment;
            let spoiled = spoil(commitment);
            changed |= spoiled != *commitment;
            *commitment = spoiled;
            text.parse().err()
        };
        // Not every commitment has a `+` or a `/`.
        assert!(!changed || error == Some(FormatError::Commitment));
    }
}

#[test]
fn items_that_cannot_be_sealed_values() {
    for bytes in [0, 28, 91, 93, 28 + 65] {
        let error = refusal(|text| {
            let item = data_encoding::BASE64.encode(&vec![0; bytes]);
            text.envelopes[0].items.insert("password".into(), item);
        });
        assert_eq!(error, FormatError::Item("password".into()), "{bytes} bytes");
    }
    assert_snapshot!(FormatError::Item("password".into()), @"item `password` is not canonical base64 of a sealed value");
}

#[test]
fn lists_and_wrapped_keys_that_do_not_agree() {
    let stranger = Identity::generate().to_recipient().unwrap().to_string();
    let error = refusal(|text| text.envelopes[0].recipients.push(stranger));
    assert_snapshot!(error, @"the list of recipients was edited: it names 2 age recipients, but the data key is wrapped for 1");

    let error = refusal(|text| text.envelopes[0].age = None);
    assert_snapshot!(error, @"the list of recipients has age recipients, but there is no `age` part");

    let error = refusal(|text| {
        text.envelopes[0]
            .recipients
            .retain(|r| !r.starts_with("age1"));
    });
    assert_snapshot!(error, @"there is an `age` part, but the list of recipients has no age recipient");

    let error = refusal(|text| text.envelopes[0].rsa.clear());
    assert_eq!(error, FormatError::RsaMissing(rsa_entry(&sealed())));

    let error = refusal(|text| {
        text.envelopes[0]
            .recipients
            .retain(|r| r.starts_with("age1"));
    });
    assert!(matches!(error, FormatError::RsaUnlisted(_)), "{error}");

    let error = refusal(|text| text.envelopes[0].rsa.values_mut().for_each(String::clear));
    assert!(matches!(error, FormatError::RsaCiphertext(_)), "{error}");
}

#[test]
fn recipients_in_another_spelling() {
    let spellings: [fn(&str) -> String; 4] = [
        str::to_uppercase,
        |entry| format!("{entry} "),
        |entry| entry.replace("sha256:", "SHA256:"),
        |_| "ssh-ed25519 AAAA".to_owned(),
    ];
    for (entry, spell) in [0, 0, 1, 0].into_iter().zip(spellings) {
        let error = refusal(|text| {
            let entry = &mut text.envelopes[0].recipients[entry];
            *entry = spell(entry);
        });
        assert!(matches!(error, FormatError::ListedRecipient(_)), "{error}");
    }
    let error = FormatError::ListedRecipient("ssh-ed25519 AAAA".into());
    assert_snapshot!(error, @"`ssh-ed25519 AAAA` in the list of recipients is neither `age1...` nor `sha256:` and 64 hex digits");
}

#[test]
fn envelopes_without_items() {
    let error = refusal(|text| text.envelopes[0].items.clear());
    assert_snapshot!(error, @"an envelope has no items");
    let error = refusal(|text| text.envelopes.clear());
    assert_snapshot!(error, @"there are no items");
}

#[test]
fn limits_are_exact() {
    let names: Vec<String> = (0..=MAX_ITEMS).map(|n| format!("k{n}")).collect();
    let pairs: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert!(seal(&values(&pairs[..MAX_ITEMS])).parse().is_ok());

    // One more than a file may have, in one envelope and in two.
    let mut text = seal(&values(&pairs[..MAX_ITEMS]));
    let item = text.envelopes[0].items["k0"].clone();
    text.envelopes[0].items.insert("more".into(), item);
    assert_eq!(text.parse().err(), Some(FormatError::TooManyItems));
    let mut text = seal(&values(&pairs[..MAX_ITEMS]));
    text.envelopes
        .extend(seal(&values(&pairs[MAX_ITEMS..])).envelopes);
    assert_eq!(text.parse().err(), Some(FormatError::TooManyItems));

    let mebibyte = vec![1; 1 << 20];
    assert!(seal(&values(&[("k", &mebibyte)])).parse().is_ok());
    let mut text = seal(&values(&[("k", &mebibyte)]));
    text.envelopes
        .extend(seal(&values(&[("l", &mebibyte)])).envelopes);
    assert_eq!(text.parse().err(), Some(FormatError::TooLarge));
}

#[test]
fn values_that_no_secret_may_have_are_not_sealed() {
    let recipients = Recipients::new([super::AGE.to_recipient().unwrap()]).unwrap();
    let seal = |pairs: &[(&str, &[u8])]| {
        let place = crate::Place::new(None, None).unwrap();
        let maps = (Default::default(), Default::default());
        crate::Sealed::seal(
            place,
            "Opaque".into(),
            maps.0,
            maps.1,
            &values(pairs),
            &recipients,
        )
        .err()
    };
    assert_eq!(seal(&[]), Some(SealError::NoValue));
    let half = vec![1; 1 << 19];
    assert_eq!(seal(&[("a", &half), ("b", &half)]), None);
    assert_eq!(
        seal(&[("a", &half), ("b", &half), ("c", b"1")]),
        Some(SealError::TooLarge)
    );
}
