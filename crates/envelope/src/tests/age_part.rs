//! What the age part may be.

use std::sync::LazyLock;

use data_encoding::BASE64;

use super::{AGE, SealedText, sealed};

/// One file for all, because a part of another file would not open anyway.
static SEALED: LazyLock<SealedText> = LazyLock::new(sealed);
use crate::{FormatError, OpenError};

fn armored(file: &[u8]) -> String {
    let lines: Vec<_> = file.chunks(48).map(|chunk| BASE64.encode(chunk)).collect();
    format!(
        "-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----\n",
        lines.join("\n")
    )
}

fn binary(text: &SealedText) -> Vec<u8> {
    let armored = text.envelopes[0].age.as_ref().unwrap();
    let lines = armored.lines().filter(|line| !line.starts_with('-'));
    BASE64.decode(lines.collect::<String>().as_bytes()).unwrap()
}

fn with_age(file: &[u8]) -> SealedText {
    let mut text = SEALED.clone();
    text.envelopes[0].age = Some(armored(file));
    text
}

/// The header of [`SEALED`]'s age file with `more` put in front of its stanzas.
fn with_stanza(more: &str) -> SealedText {
    let file = binary(&SEALED);
    let version = b"age-encryption.org/v1\n";
    let rest = file.strip_prefix(version).unwrap();
    with_age(&[version, more.as_bytes(), rest].concat())
}

fn refusal(text: &SealedText) -> FormatError {
    text.parse().err().expect("refused")
}

#[test]
fn our_own_file_survives_being_armored_by_somebody_else() {
    assert!(with_age(&binary(&SEALED)).open(&AGE).is_ok());
}

#[test]
fn a_header_that_takes_quadratic_time_is_never_parsed() {
    let stanzas = "-> \u{0}\n\n".repeat(15_000);
    assert_eq!(refusal(&with_stanza(&stanzas)), FormatError::AgeFile);
    let stanzas = "-> X\n\n".repeat(500);
    assert_eq!(refusal(&with_stanza(&stanzas)), FormatError::AgeStanza);
}

#[test]
fn stanzas_of_other_types_are_refused() {
    for stanza in [
        "-> scrypt AAAA 18\n\n",
        "-> yubikey x\n\n",
        "-> ssh-ed25519 a b\nAAAA\n",
    ] {
        assert_eq!(refusal(&with_stanza(stanza)), FormatError::AgeStanza);
    }
}

#[test]
fn one_stanza_for_each_listed_recipient() {
    let file = binary(&SEALED);
    let file = String::from_utf8_lossy(&file);
    let stanza = file.split_inclusive('\n');
    let stanza: String = stanza
        .skip_while(|line| !line.starts_with("-> X25519"))
        .take(2)
        .collect();
    let expected = FormatError::AgeStanzaCount {
        listed: 1,
        wrapped: 2,
    };
    assert_eq!(refusal(&with_stanza(&stanza)), expected);
}

#[test]
fn at_most_one_grease_stanza() {
    let stanzas = "-> a-grease\n\n".repeat(2);
    assert_eq!(refusal(&with_stanza(&stanzas)), FormatError::AgeStanza);
}

#[test]
fn a_file_truncated_anywhere_is_refused() {
    let file = binary(&SEALED);
    for end in 0..file.len() {
        let text = with_age(&file[..end]);
        let opened = text
            .parse()
            .map(|sealed| sealed.open(std::slice::from_ref(&AGE)));
        assert!(!matches!(opened, Ok(Ok(_))), "truncated to {end} bytes");
    }
}

#[test]
fn a_payload_of_another_length_is_refused() {
    for len in [0, 32, 63, 65, 70_000] {
        let crate::Recipient::Age(recipient) = AGE.to_recipient().unwrap() else {
            unreachable!()
        };
        let file = crate::age_file::AgeFile::encrypt(&[&recipient], &vec![0; len]).unwrap();
        let mut text = SEALED.clone();
        text.envelopes[0].age = Some(file.as_armored().to_owned());
        let error = match text.parse() {
            Ok(sealed) => sealed.open(std::slice::from_ref(&AGE)).err(),
            Err(error) => {
                assert_eq!((len, error), (70_000, FormatError::AgeFile));
                continue;
            }
        };
        assert_eq!(error, Some(OpenError::WrappedKeyDamaged(1)), "{len} bytes");
    }
}
