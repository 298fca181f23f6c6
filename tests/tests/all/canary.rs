//! A value that must not be found where it does not belong: as it is, in base64 at any offset, in
//! hex, or escaped.

use bulla_tests::ControlPlane;
use data_encoding::{BASE64, HEXLOWER};
use serde_json::json;

use crate::desk::{Desk, says};

/// A value with everything in it that an encoder could change. No file in the project has it.
pub(crate) const CANARY: &str = "c4n4ryB1rd \"<&>é\n\\ d1esF1rst";

/// Values that must be numbers or dates to somebody.
pub(crate) const NUMBER: &str = "0427042704";
pub(crate) const DATE: &str = "1907-07-09";

/// What of the canary no encoding of text changes.
const PARTS: [&str; 4] = ["c4n4ryB1rd", "d1esF1rst", NUMBER, DATE];

/// Fails if the bytes show the canary in any form.
#[track_caller]
pub(crate) fn assert_silent(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for part in PARTS {
        for form in forms(part) {
            let folded = form.to_ascii_lowercase();
            let is_there = text.contains(&form)
                || form == HEXLOWER.encode(part.as_bytes())
                    && text.to_ascii_lowercase().contains(&folded);
            assert!(!is_there, "{what}: {part} is there as {form}\n{text}");
        }
    }
}

/// Whether the bytes show the canary in some form.
pub(crate) fn is_shown(bytes: &[u8]) -> bool {
    std::panic::catch_unwind(|| assert_silent("", bytes)).is_err()
}

/// The text, its hex, and its base64 at each of the three offsets that it can have.
fn forms(part: &str) -> Vec<String> {
    let mut forms = vec![part.to_owned(), HEXLOWER.encode(part.as_bytes())];
    for offset in 0..3 {
        let padded = [vec![b'x'; offset], part.as_bytes().to_vec()].concat();
        let encoded = BASE64.encode(&padded);
        // Without the groups that the neighbours have a part in.
        let first = if offset == 0 { 0 } else { 4 };
        let last = encoded.len() - 4;
        forms.push(encoded[first..last].to_owned());
    }
    forms
}

#[test]
fn the_canary_is_found_in_every_form() {
    for text in [
        CANARY.to_owned(),
        format!("{CANARY:?}"),
        BASE64.encode(CANARY.as_bytes()),
        BASE64.encode(format!("x{CANARY}").as_bytes()),
        BASE64.encode(format!("xx{CANARY}").as_bytes()),
        HEXLOWER.encode(CANARY.as_bytes()).to_uppercase(),
        serde_json::to_string(CANARY).unwrap(),
        format!("a number: {NUMBER}"),
        BASE64.encode(DATE.as_bytes()),
    ] {
        assert!(is_shown(text.as_bytes()), "{text}");
    }
    assert!(!is_shown(b"a bird"));
}

/// A Secret with the canary as `kubectl get` prints it: with last-applied-configuration, which has
/// it again, and with managedFields.
fn from_the_server(kubectl_output: &str) -> String {
    let plane = ControlPlane::shared();
    let namespace = plane.namespace();
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
        "stringData": {"password": CANARY, "pin": NUMBER},
    });
    let mut apply = plane.kubectl(["apply", "-f", "-", "-n", &namespace]);
    says(&mut apply, secret.to_string()).printed();
    let mut get = plane.kubectl(["get", kubectl_output, "-n", &namespace]);
    let printed = says(get.args(["-o", "yaml", "--show-managed-fields"]), "").printed();
    assert!(printed.contains("last-applied-configuration"), "{printed}");
    assert!(printed.contains("managedFields"), "{printed}");
    assert!(printed.contains("c4n4ryB1rd"), "{printed}");
    printed
}

#[test]
fn what_kubectl_prints_is_sealed_without_its_traces() {
    let desk = Desk::new();
    for what in ["secret/db", "secrets"] {
        desk.write("secret.yaml", from_the_server(what));
        for call in [
            "bulla seal secret.yaml -R recipients.txt --to sealed.yaml",
            "bulla seal secret.yaml -R recipients.txt",
            "bulla inspect sealed.yaml",
            "bulla inspect sealed.yaml -o json",
            "bulla name sealed.yaml",
            "bulla name sealed.yaml -o json",
        ] {
            let said = desk.shell(call);
            assert_silent(call, said.stderr.as_bytes());
            assert_silent(call, said.printed().as_bytes());
            assert_silent(call, desk.read("sealed.yaml").as_bytes());
        }
        let opened = desk.shell("bulla open sealed.yaml -i key.txt");
        assert_silent("bulla open", opened.stderr.as_bytes());
        assert!(is_shown(&opened.stdout));
        let value = desk.shell("bulla open sealed.yaml -i key.txt --key password");
        assert_eq!(value.printed(), CANARY);
    }
}

#[test]
fn what_kubectl_prints_shows_in_no_error() {
    let desk = Desk::new();
    let secret = from_the_server("secret/db");
    let broken = [
        (
            "an unknown field",
            secret.replace("type: Opaque", "typ: Opaque"),
        ),
        ("a key twice", secret.replace("  pin: ", "  password: ")),
        ("a bad key", secret.replace("  pin: ", "  p n: ")),
        ("a bad value", secret.replace("  pin: ", "  pin: =")),
        ("no string", secret.replace("  pin: ", "  pin: 1\n  pan: ")),
        (
            "a type",
            secret.replace("type: Opaque", "type: bootstrap.kubernetes.io/token"),
        ),
        (
            "an annotation",
            secret.replace("last-applied-configuration", "mine"),
        ),
        (
            "another annotation",
            secret.replace("kubectl.kubernetes.io/last-applied", "example.com/last"),
        ),
        (
            "a label",
            secret.replace("  annotations:", "  labels: {helm.sh/x: y}\n  annotations:"),
        ),
        ("indentation", secret.replace("  pin: ", "\tpin: ")),
        ("an open quote", secret.replace("  pin: ", "  pin: '")),
        (
            "a bare carriage return",
            secret.replace("  pin: ", "\r  pin: "),
        ),
        ("an anchor", secret.replace("  pin: ", "  pin: &pin ")),
        ("the end", secret[..secret.len() / 2].to_owned()),
        (
            "a list",
            format!(
                "apiVersion: v1\nkind: List\nitems:\n- a: &a 1\n- {}",
                secret.replace('\n', "\n  ")
            ),
        ),
    ];
    for (what, manifest) in broken {
        assert_ne!(manifest, secret, "{what}");
        let before = desk.files();
        let said = desk.says(
            ["seal", "-R", "recipients.txt", "--to", "sealed.yaml"],
            &manifest,
        );
        assert_ne!(said.code, 0, "{what}");
        assert_silent(what, said.stderr.as_bytes());
        assert_eq!(said.stdout, b"", "{what}");
        assert!(desk.files() == before, "{what}");
    }
}
