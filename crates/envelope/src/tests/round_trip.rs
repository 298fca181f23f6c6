//! What was sealed opens again, and nothing else does.

use std::collections::BTreeMap;

use bulla_plaintext::Plaintext;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{AGE, SealedText, bytes, rsa, seal, sealed, values};
use crate::{Identity, OpenError};

fn contents() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    btree_map("[-._a-zA-Z0-9]{1,20}", vec(any::<u8>(), 0..300), 1..6)
}

fn plaintexts(contents: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Plaintext> {
    let contents = contents.iter();
    contents
        .map(|(key, value)| (key.clone(), Plaintext::from(value.clone())))
        .collect()
}

/// The texts of a sealed file in which a byte can be changed.
fn fields(text: &mut SealedText) -> Vec<&mut String> {
    let mut fields = vec![&mut text.secret_type];
    fields.extend(&mut text.namespace);
    fields.extend(&mut text.name);
    for envelope in &mut text.envelopes {
        fields.push(&mut envelope.commitment);
        fields.extend(&mut envelope.recipients);
        fields.extend(&mut envelope.age);
        fields.extend(envelope.rsa.values_mut());
        fields.extend(envelope.items.values_mut());
    }
    fields
}

/// Opens if it parses: `None` is a refusal of either kind.
fn try_open(text: &SealedText, identity: &Identity) -> Option<BTreeMap<String, Vec<u8>>> {
    let opened = text.parse().ok()?.open(std::slice::from_ref(identity));
    Some(bytes(opened.ok()?.values()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn open_gives_what_was_sealed(contents in contents()) {
        let text = seal(&plaintexts(&contents));
        for identity in [&*AGE, &rsa()] {
            let opened = text.open(identity).unwrap();
            prop_assert_eq!(bytes(opened.values()), contents.clone());
        }
    }

    #[test]
    fn a_changed_character_is_an_error_or_changes_nothing(
        field: Index, at: Index, other in "[ -~\\n]",
    ) {
        let original = sealed();
        let mut text = original.clone();
        let mut fields = fields(&mut text);
        let field = &mut fields[field.index(original.envelopes.len() + 3)];
        let at = at.index(field.len());
        field.replace_range(at..=at, &other);
        for identity in [&*AGE, &rsa()] {
            if let Some(opened) = try_open(&text, identity) {
                prop_assert_eq!(opened, bytes(&values(&[("password", b"hunter2"), ("username", b"app")])));
            }
        }
    }

    #[test]
    fn a_truncated_field_is_an_error_or_changes_nothing(field: Index, at: Index) {
        let original = sealed();
        let mut text = original.clone();
        let count = fields(&mut text).len();
        let mut fields = fields(&mut text);
        let field = &mut fields[field.index(count)];
        let at = at.index(field.len());
        field.truncate(at);
        for identity in [&*AGE, &rsa()] {
            if let Some(opened) = try_open(&text, identity) {
                prop_assert_eq!(opened, bytes(&values(&[("password", b"hunter2"), ("username", b"app")])));
            }
        }
    }
}

#[test]
fn an_item_does_not_move_to_another_key() {
    let mut text = sealed();
    let items = &mut text.envelopes[0].items;
    let password = items.remove("password").unwrap();
    let username = items.insert("username".into(), password).unwrap();
    items.insert("password".into(), username);
    let error = text.open(&AGE).err();
    assert_eq!(error, Some(OpenError::ItemDamaged("password".into())));
}

#[test]
fn an_item_does_not_move_to_another_type() {
    let mut text = sealed();
    text.secret_type = "Opaque".into();
    let error = text.open(&AGE).err();
    assert_eq!(error, Some(OpenError::ItemDamaged("password".into())));
}

#[test]
fn a_file_does_not_move_to_another_place() {
    let moves: [(Option<&str>, Option<&str>); 4] = [
        (Some("test"), Some("db")),
        (Some("shop"), Some("cache")),
        (Some("shop"), None),
        (None, None),
    ];
    for (namespace, name) in moves {
        let mut text = sealed();
        text.namespace = namespace.map(Into::into);
        text.name = name.map(Into::into);
        assert_eq!(text.open(&AGE).err(), Some(OpenError::PlaceEdited(1)));
        assert_eq!(text.open(&rsa()).err(), Some(OpenError::PlaceEdited(1)));
    }
}

#[test]
fn an_edited_list_is_named_as_such() {
    let stranger = Identity::generate().to_recipient().unwrap().to_string();
    let mut text = sealed();
    text.envelopes[0].recipients[0] = stranger;
    assert_eq!(text.open(&AGE).err(), Some(OpenError::ListEdited(1)));

    let mut text = sealed();
    text.envelopes[0].recipients.reverse();
    assert_eq!(text.open(&AGE).err(), Some(OpenError::ListEdited(1)));
}

#[test]
fn an_envelope_of_another_file_does_not_open_in_this_one() {
    let mut text = sealed();
    let other = sealed();
    text.envelopes[0].age = other.envelopes[0].age.clone();
    text.envelopes[0].rsa = other.envelopes[0].rsa.clone();
    for identity in [&*AGE, &rsa()] {
        let error = text.open(identity).err();
        assert_eq!(error, Some(OpenError::WrappedKeyDamaged(1)));
    }
}

#[test]
fn a_damaged_part_takes_the_file_from_nobody_else() {
    let mut text = sealed();
    let rsa_part = text.envelopes[0].rsa.values_mut().next().unwrap();
    *rsa_part = data_encoding::BASE64.encode(&[1; 256]);
    assert_eq!(
        text.open(&rsa()).err(),
        Some(OpenError::WrappedKeyDamaged(1))
    );
    assert!(text.open(&AGE).is_ok());
}

#[test]
fn a_stranger_is_told_who_could_open_it() {
    let text = sealed();
    let error = text.open(&Identity::generate()).err().unwrap();
    let OpenError::NoIdentity(1, recipients) = &error else {
        panic!("{error}");
    };
    assert_eq!(*recipients, text.envelopes[0].recipients);
}

#[test]
fn two_envelopes_open_together_in_any_order() {
    let mut text = sealed();
    let more = seal(&values(&[("token", b"\0\xff")]));
    text.envelopes.extend(more.envelopes);
    let digest = text.parse().unwrap().digest();
    let origin = |text: &SealedText| text.open(&AGE).unwrap().origin("shop", "db-x").to_hex();
    let first = origin(&text);
    text.envelopes.reverse();
    assert_eq!(text.parse().unwrap().digest(), digest);
    assert_eq!(origin(&text), first);
    assert_eq!(text.open(&AGE).unwrap().values().len(), 3);
}

#[test]
fn the_digest_covers_all_public_content_and_no_recipient() {
    let original = sealed();
    let digest = |text: &SealedText| text.parse().unwrap().digest();
    let edits: [fn(&mut SealedText); 6] = [
        |text| text.namespace = Some("test".into()),
        |text| text.secret_type = "Opaque".into(),
        |text| text.labels.clear(),
        |text| drop(text.annotations.insert("app".into(), "shop".into())),
        |text| drop(text.envelopes[0].items.remove("username")),
        |text| text.envelopes[0].commitment = data_encoding::BASE64.encode(&[7; 32]),
    ];
    for edit in edits {
        let mut text = original.clone();
        edit(&mut text);
        assert_ne!(digest(&text), digest(&original));
    }
    let mut text = original.clone();
    text.envelopes[0].age = sealed().envelopes[0].age.clone();
    text.envelopes[0].recipients.reverse();
    assert_eq!(digest(&text), digest(&original));
}

#[test]
fn labels_are_not_annotations() {
    let mut text = sealed();
    let as_label = text.parse().unwrap().digest();
    std::mem::swap(&mut text.labels, &mut text.annotations);
    assert_ne!(text.parse().unwrap().digest(), as_label);
}
