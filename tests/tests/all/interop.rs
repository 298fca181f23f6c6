//! What bulla seals opens with age, with OpenSSL and with `format/open.py`, which is written from
//! the specification alone; and their keys are bulla's.

use std::path::Path;
use std::process::Command;

use bulla_tests::peers::{age, age_keygen};
use bulla_tests::{openssl, python};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};

use crate::desk::{Desk, parse, says, secret};
use crate::support::printed;

type Values = Vec<(String, Vec<u8>)>;

/// Secrets that differ in what could go wrong.
fn contents() -> Vec<(&'static str, Values)> {
    let one = |value: Vec<u8>| vec![("k".to_owned(), value)];
    vec![
        ("text", one(b"hunter2".to_vec())),
        ("empty", one(Vec::new())),
        ("all bytes", one((0..=255).collect())),
        ("a final line break", one(b"line\n".to_vec())),
        ("one MiB", one(vec![0x5a; 1 << 20])),
        (
            "256 items",
            (0..=255_u8)
                .map(|n| (format!("Key-{n}_.x"), vec![n; usize::from(n)]))
                .collect(),
        ),
    ]
}

/// Makes keys of every kind with the tools that they usually come from. Returns the arguments
/// that seal to them, and the files that open.
fn mixed_keys(desk: &Desk) -> (Vec<&'static str>, [&'static str; 5]) {
    for file in ["age-1.txt", "age-2.txt"] {
        printed(desk.command(age_keygen()).args(["-o", file]));
    }
    let recipients = printed(desk.command(age_keygen()).args(["-y", "age-1.txt"]))
        + &printed(desk.command(age_keygen()).args(["-y", "age-2.txt"]));
    desk.write("age.pub", format!("# the team\n\n{recipients}"));
    ssl(
        desk,
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa-1.pem",
    );
    ssl(desk, "pkey -in rsa-1.pem -pubout -out rsa-1.pub");
    ssl(desk, "genrsa -traditional -out rsa-2.pem 2048");
    ssl(
        desk,
        "req -x509 -key rsa-2.pem -subj /CN=sealed-secret -days 1 -out rsa-2.crt",
    );
    ssl(
        desk,
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out rsa-3.pem",
    );
    ssl(desk, "rsa -in rsa-3.pem -RSAPublicKey_out -out rsa-3.pub");
    let recipients = vec![
        "-R",
        "age.pub",
        "-r",
        "rsa-1.pub",
        "-r",
        "rsa-2.crt",
        "-R",
        "rsa-3.pub",
    ];
    let identities = [
        "age-1.txt",
        "age-2.txt",
        "rsa-1.pem",
        "rsa-2.pem",
        "rsa-3.pem",
    ];
    (recipients, identities)
}

fn ssl(desk: &Desk, arguments: &str) -> String {
    printed(desk.command(openssl()).args(arguments.split(' ')))
}

/// The 64 bytes that a recipient finds in the one envelope of a sealed file, without bulla.
fn unwrap(desk: &Desk, spec: &Value, identity: &str) -> Vec<u8> {
    let envelope = &spec["envelopes"][0];
    let said = if identity.starts_with("age") {
        let part = envelope["age"].as_str().unwrap();
        says(desk.command(age()).args(["-d", "-i", identity]), part)
    } else {
        let der = ["pkey", "-in", identity, "-pubout", "-outform", "DER"];
        let der = says(desk.command(openssl()).args(der), "").stdout;
        let hash = says(desk.command(openssl()).args(["sha256", "-binary"]), der).stdout;
        let part = envelope["rsa"][HEXLOWER.encode(&hash)].as_str().unwrap();
        let decrypt = "-decrypt -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 \
                       -pkeyopt rsa_mgf1_md:sha256";
        says(
            desk.command(openssl())
                .args(["pkeyutl", "-inkey", identity])
                .args(decrypt.split_whitespace()),
            BASE64.decode(part.as_bytes()).unwrap(),
        )
    };
    assert!(said.succeeded(), "{identity}: {}", said.stderr);
    said.stdout
}

/// HKDF-SHA256 as OpenSSL has it, of a data key with `pae("bulla/v1/commit")`.
fn commitment(data_key: &[u8]) -> Vec<u8> {
    let label = b"bulla/v1/commit";
    let mut info = 1_u64.to_le_bytes().to_vec();
    info.extend((label.len() as u64).to_le_bytes());
    info.extend(label);
    let output = Command::new(openssl())
        .args([
            "kdf",
            "-binary",
            "-keylen",
            "32",
            "-kdfopt",
            "digest:SHA256",
        ])
        .args(["-kdfopt", &format!("hexkey:{}", HEXLOWER.encode(data_key))])
        .args(["-kdfopt", &format!("hexinfo:{}", HEXLOWER.encode(&info))])
        .arg("HKDF")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// What the second implementation makes of a sealed file.
fn open_py(desk: &Desk, file: &str, identities: &[&str]) -> Value {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("format/open.py");
    let mut command = desk.command(python());
    command.arg(program).arg(file);
    for identity in identities {
        command.args(["-i", identity]);
    }
    serde_json::from_str(&printed(&mut command)).unwrap()
}

/// What bulla makes of a sealed file, in the form of `open.py`.
fn open_bulla(desk: &Desk, file: &str, identities: &[&str]) -> Value {
    let mut arguments = vec!["open", file, "-o", "json"];
    for identity in identities {
        arguments.extend(["-i", identity]);
    }
    let opened: Value = serde_json::from_str(&desk.prints(arguments)).unwrap();
    let name = opened["metadata"]["name"].as_str().unwrap();
    let annotations = &opened["metadata"]["annotations"];
    json!({
        "digest": annotations["bulla.dev/digest"],
        "suffix": name.rsplit('-').next().unwrap(),
        "secretName": name,
        "stale": false,
        "values": opened["data"],
        "origin": annotations["bulla.dev/origin"],
    })
}

#[test]
fn age_openssl_and_the_second_implementation_open_what_bulla_seals() {
    let desk = Desk::new();
    let (recipients, identities) = mixed_keys(&desk);
    for (what, values) in contents() {
        let mut arguments = vec!["seal", "-", "--to", "sealed.yaml"];
        arguments.extend(&recipients);
        desk.says(arguments, secret(&values)).printed();
        let sealed = parse(&desk.read("sealed.yaml"));

        // Everybody gets the same data key, and it is the one that was committed to.
        let wrapped: Vec<_> = identities
            .iter()
            .map(|identity| unwrap(&desk, &sealed["spec"], identity))
            .collect();
        assert!(wrapped.iter().all(|key| *key == wrapped[0]), "{what}");
        assert_eq!(wrapped[0].len(), 64, "{what}");
        let committed = sealed["spec"]["envelopes"][0]["commitment"].as_str();
        let computed = BASE64.encode(&commitment(&wrapped[0][..32]));
        assert_eq!(committed, Some(computed.as_str()), "{what}");

        let expected: Value = values
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(BASE64.encode(value))))
            .collect();
        for identity in &identities {
            let ours = open_bulla(&desk, "sealed.yaml", &[identity]);
            assert_eq!(ours["values"], expected, "{what}, {identity}");
            let theirs = open_py(&desk, "sealed.yaml", &[identity]);
            assert_eq!(ours, theirs, "{what}, {identity}");
        }
    }
}

#[test]
fn both_implementations_read_a_type_metadata_and_every_scope_alike() {
    let desk = Desk::new();
    let manifest = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "db.eu",
            "labels": {"app": "on", "a": "", "example.com/tier": "0400", "B": "x"},
            "annotations": {"note": "two\nlines\n", "text": "ü\t\u{1f511}", "date": "2020-01-01"},
        },
        "type": "example.com/1.0",
        "stringData": {"on": "y", "1": "null", "a.b": "é\u{0}"},
    });
    for place in [
        &["-n", "shop"][..],
        &["-n", "shop", "--scope", "namespace"],
        &["--scope", "cluster", "-n", "shop"],
        &["--for", "shop"],
    ] {
        let arguments = ["seal", "-", "-R", "recipients.txt", "--to", "sealed.yaml"];
        let said = desk.says(arguments.iter().chain(place), manifest.to_string());
        assert!(said.succeeded(), "{place:?}: {}", said.stderr);
        let ours = open_bulla(&desk, "sealed.yaml", &["key.txt"]);
        let theirs = open_py(&desk, "sealed.yaml", &["key.txt"]);
        assert_eq!(ours, theirs, "{place:?}");
    }
}

#[test]
fn the_vectors_open_alike() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/envelope/tests/vectors");
    let mut count = 0;
    for entry in std::fs::read_dir(vectors).unwrap() {
        let desk = Desk::new();
        let path = entry.unwrap().path();
        let vector: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        desk.write("sealed.json", vector["sealed"].to_string());
        let mut names = Vec::new();
        for (number, identity) in (0..).zip(vector["identities"].as_array().unwrap()) {
            let name = format!("identity-{number}");
            desk.write(&name, identity.as_str().unwrap());
            names.push(name);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut values = serde_json::Map::new();
        for envelope in vector["envelopes"].as_array().unwrap() {
            for (key, item) in envelope["items"].as_object().unwrap() {
                values.insert(key.clone(), item["value"].clone());
            }
        }
        let ours = open_bulla(&desk, "sealed.json", &names);
        assert_eq!(ours["digest"], vector["digest"], "{path:?}");
        assert_eq!(ours["origin"], vector["origin"], "{path:?}");
        assert_eq!(ours["values"], Value::Object(values), "{path:?}");
        assert_eq!(ours, open_py(&desk, "sealed.json", &names), "{path:?}");
        count += 1;
    }
    assert!(count >= 3);
}

#[test]
fn an_identity_of_age_keygen_is_one_of_bulla() {
    let desk = Desk::new();
    printed(desk.command(age_keygen()).args(["-o", "theirs.txt"]));
    let recipient = printed(desk.command(age_keygen()).args(["-y", "theirs.txt"]));
    assert_eq!(desk.prints(["keygen", "--public", "theirs.txt"]), recipient);
    let sealed = desk.says(
        ["seal", "-r", recipient.trim()],
        secret(&[("k".into(), b"v".to_vec())]),
    );
    let opened = desk.says(["open", "-i", "theirs.txt", "--key", "k"], sealed.printed());
    assert_eq!(opened.printed(), "v");
}

#[test]
fn an_identity_of_bulla_is_one_of_age() {
    let desk = Desk::new();
    let said = desk.says(["keygen", "ours.txt"], "");
    let recipient = printed(desk.command(age_keygen()).args(["-y", "ours.txt"]));
    assert_eq!(said.stderr, format!("Public key: {recipient}"));
    assert_eq!(desk.prints(["keygen", "--public", "ours.txt"]), recipient);
    // Line by line in age-keygen's format: two comments, and the key.
    let file = desk.read("ours.txt");
    let lines: Vec<_> = file.lines().collect();
    assert!(lines[0].starts_with("# created: 2"), "{file}");
    assert_eq!(lines[1], format!("# public key: {}", recipient.trim()));
    assert!(lines[2].starts_with("AGE-SECRET-KEY-1"));
    assert_eq!(lines.len(), 3);

    let mut encrypt = desk.command(age());
    let encrypted = says(encrypt.args(["-a", "-r", recipient.trim()]), "a letter");
    let decrypted = says(
        desk.command(age()).args(["-d", "-i", "ours.txt"]),
        encrypted.stdout,
    );
    assert_eq!(decrypted.printed(), "a letter");
}

#[test]
fn every_form_of_an_rsa_key_is_the_same_key() {
    let desk = Desk::new();
    ssl(
        &desk,
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out pkcs8.pem",
    );
    ssl(&desk, "rsa -in pkcs8.pem -traditional -out pkcs1.pem");
    ssl(&desk, "pkey -in pkcs8.pem -pubout -out spki.pub");
    ssl(&desk, "rsa -in pkcs8.pem -RSAPublicKey_out -out pkcs1.pub");
    ssl(
        &desk,
        "req -x509 -key pkcs8.pem -subj /CN=c -days 1 -out plain.crt",
    );
    let text = ssl(&desk, "x509 -in plain.crt -text");
    desk.write("text.crt", text.replace('\n', "\r\n"));
    let ca = other_certificate(&desk);
    desk.write("ca.crt", &ca);
    let issued =
        "req -x509 -key pkcs8.pem -subj /CN=leaf -days 1 -CA ca.crt -CAkey ca.pem -out leaf.crt";
    ssl(&desk, issued);
    desk.write("chain.crt", desk.read("leaf.crt") + &ca);
    // No chain, but two keys, of which one would be lost.
    desk.write("two.crt", desk.read("plain.crt") + &ca);
    let said = desk.says(["seal", "-r", "two.crt"], "");
    assert!(said.stderr.contains("more than one key"), "{}", said.stderr);
    let fingerprint = ssl(&desk, "pkey -in pkcs8.pem -pubout -outform DER -out der");
    assert_eq!(fingerprint, "");
    let fingerprint = ssl(&desk, "sha256 -r der");
    let fingerprint = format!("sha256:{}", &fingerprint[..64]);

    let manifest = secret(&[("k".into(), b"v".to_vec())]);
    for public in [
        "spki.pub",
        "pkcs1.pub",
        "plain.crt",
        "text.crt",
        "chain.crt",
    ] {
        for flag in ["-r", "-R"] {
            let sealed = desk.says(["seal", flag, public], &manifest).printed();
            let listed = &parse(&sealed)["spec"]["envelopes"][0]["recipients"];
            assert_eq!(*listed, json!([fingerprint]), "{flag} {public}");
            for private in ["pkcs8.pem", "pkcs1.pem"] {
                let opened = desk.says(["open", "-i", private, "--key", "k"], &sealed);
                assert_eq!(opened.printed(), "v", "{flag} {public}, {private}");
            }
        }
    }
    for private in ["pkcs8.pem", "pkcs1.pem"] {
        let public = desk.prints(["keygen", "--public", private]);
        assert_eq!(public, desk.read("spki.pub"), "{private}");
    }
}

/// A certificate of another key, as a chain has it behind the first.
fn other_certificate(desk: &Desk) -> String {
    ssl(desk, "genrsa -out ca.pem 2048");
    ssl(desk, "req -x509 -key ca.pem -subj /CN=ca -days 1")
}
