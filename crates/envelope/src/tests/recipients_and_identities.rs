//! Keys as people give them, and what they are told when they give the wrong one.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use super::{AGE, RSA_PEM, rsa};
use crate::{Identity, MAX_RECIPIENTS, Recipient, RecipientError, Recipients};

/// Made once with `openssl genrsa 1024`.
const TOO_SHORT: &str = include_str!("../../tests/keys/rsa-1024.pem");
const P256: &str = include_str!("../../tests/keys/p256-public.pem");

fn recipient_error(text: &str) -> RecipientError {
    Recipient::parse_file(text).err().expect("refused")
}

fn identity_error(text: &str) -> String {
    let error = Identity::parse_file(text)
        .err()
        .expect("refused")
        .to_string();
    assert!(!error.contains("SECRET-KEY-1Q"), "never the key itself");
    error
}

#[test]
fn a_file_of_age_recipients() {
    let [a, b] =
        [Identity::generate(), Identity::generate()].map(|i| i.to_recipient().unwrap().to_string());
    let parsed = Recipient::parse_file(&format!("# team\n\n{a}\r\n  {b}\n")).unwrap();
    let printed: Vec<String> = parsed.iter().map(ToString::to_string).collect();
    assert_eq!(printed, [a, b]);
}

#[test]
fn files_that_hold_no_recipient() {
    assert_snapshot!(recipient_error("# nobody\n"), @"holds no recipient");
    assert_snapshot!(recipient_error("\nfoo\n"), @"line 2 is not an age X25519 recipient (`age1...`)");
    assert_snapshot!(recipient_error("age1pq1xyz"), @"line 1 is an age recipient of a kind that is not supported yet; X25519 recipients are");
    let secret = AGE.to_age_line().unwrap();
    assert_snapshot!(recipient_error(&secret), @"line 1 is a private key; give the public one, which `bulla keygen --public FILE` prints");
    assert_snapshot!(recipient_error(&RSA_PEM), @"is a private key; give the public one, which `bulla keygen --public FILE` prints");
    assert_snapshot!(recipient_error(P256), @"holds a key that is not RSA");
    assert_snapshot!(recipient_error("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), @"is not PEM of an RSA public key or certificate");
    assert_snapshot!(recipient_error("-----BEGIN PUBLIC KEY-----\nAAAA\n"), @"is not PEM of an RSA public key or certificate");
}

#[test]
fn files_that_hold_no_identity() {
    assert_snapshot!(identity_error("# created\n"), @"holds no identity");
    assert_snapshot!(identity_error("\nAGE-SECRET-KEY-1QQ\n"), @"line 2 is not an age identity (`AGE-SECRET-KEY-1...`)");
    assert_snapshot!(identity_error("AGE-SECRET-KEY-PQ-1QQ"), @"line 1 is an age identity of a kind that is not supported yet; X25519 is");
    assert_snapshot!(identity_error(&AGE.to_recipient().unwrap().to_string()), @"line 1 is a recipient, a public key; an identity is the private one");
    assert_snapshot!(identity_error(P256), @"holds a public key or certificate; an identity is the private key");
    assert_snapshot!(identity_error(TOO_SHORT), @"is an RSA key of 1024 bits; it has to have 2048 to 4096");
    assert_snapshot!(identity_error("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), @"holds a private key with a passphrase; decrypt it first (`openssl pkey -in FILE -out NEW`)");
    assert_snapshot!(identity_error("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"), @"is not PEM of an RSA private key (PKCS#8 or PKCS#1)");
}

#[test]
fn identity_files_are_read_as_age_keygen_writes_them() {
    let line = AGE.to_age_line().unwrap();
    let file = format!(
        "# created: 2026-01-01T00:00:00Z\n# public key: age1...\n{}\n",
        *line
    );
    let identities = Identity::parse_file(&file).unwrap();
    assert_eq!(identities.len(), 1);
    assert_eq!(
        identities[0].to_recipient().unwrap().to_string(),
        AGE.to_recipient().unwrap().to_string()
    );
}

#[test]
fn a_list_has_each_recipient_once_and_at_most_64() {
    assert_eq!(Recipients::new([]).err(), Some(RecipientError::NoRecipient));
    let both = [
        AGE.to_recipient().unwrap(),
        rsa().to_recipient().unwrap(),
        AGE.to_recipient().unwrap(),
    ];
    let printed: BTreeSet<String> = Recipients::new(both)
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(printed.len(), 2);
    let many = |n| (0..n).map(|_| Identity::generate().to_recipient().unwrap());
    assert!(Recipients::new(many(MAX_RECIPIENTS)).is_ok());
    assert_eq!(
        Recipients::new(many(MAX_RECIPIENTS + 1)).err(),
        Some(RecipientError::TooMany)
    );
}

#[test]
fn no_key_of_a_file_is_silently_lost() {
    let age = AGE.to_recipient().unwrap().to_string();
    let pem = rsa().to_recipient().unwrap().to_file_text();
    assert_snapshot!(recipient_error(&format!("{pem}{pem}")), @"holds more than one key; put each into a file of its own");
    assert_snapshot!(recipient_error(&format!("{pem}{age}\n")), @"holds more than one key; put each into a file of its own");
    let line = AGE.to_age_line().unwrap();
    assert_snapshot!(identity_error(&format!("{}{}\n", *RSA_PEM, *line)), @"holds more than one key; put each into a file of its own");
    let commented = format!("# from -----BEGIN PRIVATE KEY-----\n{}\n", *line);
    assert_eq!(Identity::parse_file(&commented).unwrap().len(), 1);
    assert_eq!(
        Recipient::parse_file(&format!("Certificate:\n    Data:\n{pem}"))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn an_unwrapped_key_is_64_bytes_as_they_are_or_in_base64() {
    let answer: Vec<u8> = (190..254).collect();
    let opened = |answer: &[u8]| match Identity::from_unwrapped(answer) {
        Ok(Identity::Unwrapped(key)) => Some(key.expose().to_vec()),
        _ => None,
    };
    let standard = data_encoding::BASE64.encode(&answer);
    let url = data_encoding::BASE64URL_NOPAD.encode(&answer);
    assert_ne!(standard.trim_end_matches('='), url);
    let spaced = format!(" {url}\r\n");
    for given in [
        answer.as_slice(),
        standard.as_bytes(),
        url.as_bytes(),
        spaced.as_bytes(),
    ] {
        assert_eq!(opened(given).as_deref(), Some(answer.as_slice()));
    }
    for refused in [
        &b""[..],
        &answer[1..],
        &[answer.as_slice(), b"\n"].concat(),
        b"hunter2",
    ] {
        assert!(opened(refused).is_none());
    }
    let error = Identity::from_unwrapped(b"hunter2").err().unwrap();
    assert_snapshot!(error, @"is no opened wrapped key: that is 64 bytes, as they are or in base64, out of RSA-OAEP with SHA-256 (and MGF1 with SHA-256)");
}
