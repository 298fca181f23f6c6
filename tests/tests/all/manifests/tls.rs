//! Certificates and keys that do not belong together: a warning, as the API server's.

use super::*;

use bulla_tests::openssl;

use crate::support::printed;

fn ssl(desk: &Desk, arguments: &str) {
    printed(desk.command(openssl()).args(arguments.split(' ')));
}

/// `NAME.key` and `NAME.crt` of a key that one line of OpenSSL makes.
fn pair(desk: &Desk, name: &str, make: &str) {
    ssl(desk, &make.replacen(' ', &format!(" -out {name}.key "), 1));
    ssl(
        desk,
        &format!("req -x509 -key {name}.key -subj /CN={name} -days 1 -out {name}.crt"),
    );
}

/// The certificate, the key, and what both warn of: the server's words; none if they are a pair.
#[rustfmt::skip]
const PAIRS: &[(&str, &str, &str)] = &[
    ("rsa.crt", "rsa.key", ""),
    ("rsa.crt", "rsa-pkcs1.key", ""),
    ("rsa-1024.crt", "rsa-1024.key", ""),
    ("p224.crt", "p224.key", ""),
    ("p256.crt", "p256.key", ""),
    ("p256.crt", "p256-sec1.key", ""),
    ("p256.crt", "p256-parameters.key", ""),
    ("p384.crt", "p384.key", ""),
    ("p521.crt", "p521.key", ""),
    ("ed25519.crt", "ed25519.key", ""),
    // Wherever PEM stands, and however long its lines are.
    ("text.crt", "rsa.key", ""),
    ("crlf.crt", "crlf.key", ""),
    ("one-line.crt", "one-line.key", ""),
    ("both.pem", "both.pem", ""),
    ("chain.crt", "rsa.key", ""),
    ("chain.crt", "p256.key", "tls: private key type does not match public key type"),
    ("other.crt", "rsa.key", "tls: private key does not match public key"),
    ("p256.crt", "p384.key", "tls: private key does not match public key"),
    ("rsa.crt", "p256.key", "tls: private key type does not match public key type"),
    ("ed25519.crt", "rsa.key", "tls: private key type does not match public key type"),
    ("p224.crt", "rsa.key", "tls: private key type does not match public key type"),
    ("ed448.crt", "rsa.key", "tls: unknown public key algorithm"),
    ("ed448.crt", "ed448.key", "tls: failed to parse private key"),
    ("secp256k1.crt", "secp256k1.key", "x509: unsupported elliptic curve"),
    ("rsa.crt", "encrypted.key", "tls: failed to parse private key"),
    ("rsa.crt", "encrypted-pkcs1.key", "tls: failed to parse private key"),
    ("rsa.crt", "broken.key", "tls: failed to parse private key"),
    ("broken.crt", "rsa.key", "x509: "),
    ("rsa.key", "rsa.crt", "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"),
    ("rsa.crt", "rsa.crt", "tls: found a certificate rather than a key in the PEM for the private key"),
    ("rsa.crt", "rsa.pub", "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input"),
    ("rsa.pub", "rsa.key", "tls: failed to find \"CERTIFICATE\" PEM block in certificate input"),
    ("empty", "rsa.key", "tls: failed to find any PEM data in certificate input"),
    ("rsa.crt", "empty", "tls: failed to find any PEM data in key input"),
    ("rsa.crt", "der.key", "tls: failed to find any PEM data in key input"),
];

fn write_all(desk: &Desk) {
    pair(desk, "rsa", "genrsa 2048");
    pair(desk, "other", "genrsa 2048");
    pair(desk, "rsa-1024", "genrsa 1024");
    for (name, curve) in [
        ("p224", "secp224r1"),
        ("p256", "prime256v1"),
        ("p384", "secp384r1"),
        ("p521", "secp521r1"),
        ("secp256k1", "secp256k1"),
    ] {
        let make = format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve}");
        pair(desk, name, &make);
    }
    pair(desk, "ed25519", "genpkey -algorithm ed25519");
    pair(desk, "ed448", "genpkey -algorithm ed448");
    for line in [
        "rsa -in rsa.key -traditional -out rsa-pkcs1.key",
        "rsa -in rsa.key -pubout -out rsa.pub",
        "rsa -in rsa.key -outform DER -out der.key",
        "pkcs8 -topk8 -in rsa.key -passout pass:x -out encrypted.key",
        "rsa -in rsa.key -traditional -aes128 -passout pass:x -out encrypted-pkcs1.key",
        "ec -in p256.key -out p256-sec1.key",
        "ecparam -name prime256v1 -out parameters.pem",
        "x509 -in rsa.crt -text -out text.crt",
    ] {
        ssl(desk, line);
    }
    let rsa_key = desk.read("rsa.key");
    let rsa_crt = desk.read("rsa.crt");
    desk.write(
        "p256-parameters.key",
        desk.read("parameters.pem") + &desk.read("p256-sec1.key"),
    );
    desk.write("crlf.crt", rsa_crt.replace('\n', "\r\n"));
    desk.write("crlf.key", rsa_key.replace('\n', "\r\n"));
    desk.write("both.pem", format!("{rsa_key}\nand\n{rsa_crt}"));
    desk.write("chain.crt", format!("{rsa_crt}{}", desk.read("p256.crt")));
    desk.write("empty", "");
    let one_line = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        let (first, last) = (lines[0], lines[lines.len() - 1]);
        format!("{first}\n{}\n{last}\n", lines[1..lines.len() - 1].concat())
    };
    desk.write("one-line.crt", one_line(&rsa_crt));
    desk.write("one-line.key", one_line(&rsa_key));
    // Base64 all the same, but of something else.
    desk.write("broken.crt", rsa_crt.replace("MII", "MIH"));
    desk.write("broken.key", rsa_key.replace("MII", "MIH"));
}

#[test]
fn a_tls_pair_that_does_not_match_is_a_warning_as_on_the_server() {
    let desk = Desk::new();
    write_all(&desk);
    let namespace = ControlPlane::shared().namespace();
    let mut failures = Vec::new();
    for (certificate, key, warning) in PAIRS {
        let [crt, tls_key] =
            [certificate, key].map(|name| BASE64.encode(&fs::read(desk.path(name)).unwrap()));
        let manifest = format!(
            "{HEAD}metadata: {{name: s}}\ntype: kubernetes.io/tls\ndata:\n  tls.crt: {crt}\n  tls.key: {tls_key}\n"
        );
        let create = ["create", "--dry-run=server", "-f", "-", "-n", &namespace];
        let server = says(&mut ControlPlane::shared().kubectl(create), &manifest);
        let sealed = desk.says(
            ["seal", "-R", "recipients.txt", "-n", &namespace],
            &manifest,
        );
        for (who, said) in [("the server", &server), ("bulla", &sealed)] {
            // What is no warning counts what was sealed.
            let warned = said.stderr.to_lowercase().contains("warning: ");
            if !said.succeeded() || warned == warning.is_empty() || !said.stderr.contains(warning) {
                failures.push(format!("{certificate}, {key}: {who}: {}", said.stderr));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
