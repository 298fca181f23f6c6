//! RSA for people: certificates and public keys wherever a recipient may stand, private keys in
//! every form that OpenSSL writes, and keys that never leave their KMS.

use std::fs;
use std::path::Path;

use bulla_tests::openssl;
use serde_json::{Value, json};

use crate::desk::{Desk, parse};
use crate::support::printed;

const SECRET: &str =
    "{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: shop}, stringData: {k: v}}";

fn ssl(desk: &Desk, arguments: &str) -> String {
    printed(desk.command(openssl()).args(arguments.split(' ')))
}

/// A desk with `prod.key`, `prod.crt` and `prod.pub`.
fn desk() -> Desk {
    let desk = Desk::new();
    ssl(&desk, "genrsa -out prod.key 2048");
    ssl(
        &desk,
        "req -x509 -key prod.key -subj /CN=prod -days 2 -out prod.crt",
    );
    ssl(&desk, "rsa -in prod.key -pubout -out prod.pub");
    desk
}

fn fingerprint(desk: &Desk) -> String {
    ssl(desk, "rsa -in prod.key -pubout -outform DER -out prod.der");
    format!("sha256:{}", &ssl(desk, "sha256 -r prod.der")[..64])
}

/// Whom each envelope of `db.sealed.yaml` says it is sealed to.
fn listed(desk: &Desk) -> Vec<Value> {
    let sealed = parse(&desk.read("db.sealed.yaml"));
    let envelopes = sealed["spec"]["envelopes"].as_array().unwrap();
    let lists = envelopes
        .iter()
        .map(|envelope| envelope["recipients"].clone());
    lists.collect()
}

#[test]
fn an_rsa_key_is_a_recipient_wherever_one_may_stand() {
    let desk = desk();
    let age = desk.recipient.clone();
    let rsa = fingerprint(&desk);
    let to = ["--to", "db.sealed.yaml"];
    let generic = [
        "create",
        "generic",
        "db",
        "-n",
        "shop",
        "--from-literal=k=v",
    ];
    for file in ["prod.crt", "prod.pub"] {
        for flag in ["--rsa", "-r", "-R"] {
            let seal = ["seal", "-", flag, file];
            desk.says(seal.iter().chain(&to), SECRET).printed();
            assert_eq!(listed(&desk), [json!([rsa])], "seal {flag} {file}");

            desk.prints(generic.iter().chain(&[flag, file]).chain(&to));
            assert_eq!(listed(&desk), [json!([rsa])], "create {flag} {file}");

            desk.prints(["set", "db.sealed.yaml", "-i", "key.txt", "l=m", flag, file]);
            assert_eq!(
                listed(&desk),
                [json!([rsa]), json!([rsa])],
                "set {flag} {file}"
            );

            let reseal = ["reseal", "db.sealed.yaml", "-i", "prod.key", "--rsa", file];
            desk.prints(reseal.iter().chain(&["-R", "recipients.txt"]));
            assert_eq!(listed(&desk), [json!([age, rsa])], "reseal {flag} {file}");
            let opened = desk.prints(["open", "db.sealed.yaml", "-i", "prod.key", "--key", "l"]);
            assert_eq!(opened, "m");
        }

        // The list knows the key's fingerprint only: what stays has to be named.
        let rewrap = ["rewrap", "db.sealed.yaml", "-i", "key.txt"];
        desk.prints(rewrap.iter().chain(&["--remove", rsa.as_str()]));
        assert_eq!(listed(&desk), [json!([age])]);
        desk.prints(rewrap.iter().chain(&["--add", file]));
        assert_eq!(listed(&desk), [json!([age, rsa])]);
        desk.prints(["keygen", "other.txt"]);
        let other = desk.prints(["keygen", "--public", "other.txt"]);
        desk.prints(
            rewrap
                .iter()
                .chain(&["--add", other.trim(), "--keep", file]),
        );
        assert_eq!(listed(&desk), [json!([age, rsa, other.trim()])]);
        fs::remove_file(desk.path("other.txt")).unwrap();
        desk.prints(rewrap.iter().chain(&["--remove", rsa.as_str()]));
        let replace = format!("{}={file}", other.trim());
        desk.prints(rewrap.iter().chain(&["--replace", &replace]));
        assert_eq!(listed(&desk), [json!([age, rsa])]);
    }

    for file in ["prod.crt", "prod.pub"] {
        let rules =
            format!("recipients: {{prod: {file}}}\nrules: [{{path: '**', recipients: [prod]}}]\n");
        desk.write(".bulla.yaml", rules);
        desk.says(["seal", "-"].iter().chain(&to), SECRET).printed();
        assert_eq!(listed(&desk), [json!([rsa])], ".bulla.yaml {file}");
        desk.says(["seal", "-", "-r", "prod"].iter().chain(&to), SECRET)
            .printed();
        assert_eq!(listed(&desk), [json!([rsa])], "-r prod {file}");
    }
}

#[test]
fn what_is_no_rsa_recipient_is_refused_with_the_reason() {
    let desk = desk();
    for line in [
        "genrsa -out short.key 1024",
        "rsa -in short.key -pubout -out short.pub",
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out three.key",
        "rsa -in three.key -pubout -out three.pub",
        "genrsa -out long.key 4104",
        "rsa -in long.key -pubout -out long.pub",
        "ecparam -name prime256v1 -genkey -noout -out ec.key",
        "req -x509 -key ec.key -subj /CN=ec -days 2 -out ec.crt",
        "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.key",
        "pkey -in pss.key -pubout -out pss.pub",
    ] {
        ssl(&desk, line);
    }
    desk.write("two.pub", desk.read("prod.pub") + &desk.read("long.pub"));
    desk.write("torn.crt", desk.read("prod.crt").replace("MII", "MIH"));
    for (file, reason) in [
        (
            "short.pub",
            "is an RSA key of 1024 bits; it has to have 2048 to 4096",
        ),
        (
            "long.pub",
            "is an RSA key of 4104 bits; it has to have 2048 to 4096",
        ),
        (
            "three.pub",
            "is an RSA key with another exponent than 65537; make a new key",
        ),
        ("ec.crt", "holds a key that is not RSA"),
        ("pss.pub", "holds a key that is not RSA"),
        ("prod.key", "is a private key; give the public one"),
        ("prod.der", "is not text"),
        (
            "two.pub",
            "holds more than one key; put each into a file of its own",
        ),
        ("torn.crt", "is not PEM of an RSA public key or certificate"),
        (
            "recipients.txt",
            "is not PEM of an RSA key\nhint: for age recipients: -R FILE",
        ),
        ("missing.pem", "No such file or directory"),
    ] {
        fingerprint(&desk); // which writes prod.der
        let said = desk.says(["seal", "--rsa", file], SECRET);
        assert_ne!(said.code, 0, "{file}");
        assert!(
            said.stderr.contains(file) && said.stderr.contains(reason),
            "{file}: {}",
            said.stderr
        );
    }
}

#[test]
fn a_private_key_is_read_as_openssl_writes_it_or_refused_with_the_reason() {
    let desk = desk();
    for line in [
        "rsa -in prod.key -traditional -out pkcs1.key",
        "pkcs8 -topk8 -in prod.key -passout pass:x -out encrypted.key",
        "rsa -in prod.key -traditional -aes128 -passout pass:x -out encrypted-pkcs1.key",
        "genrsa -out short.key 1024",
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out three.key",
        "ecparam -name prime256v1 -genkey -noout -out ec.key",
        "pkcs8 -topk8 -nocrypt -in ec.key -out ec-pkcs8.key",
    ] {
        ssl(&desk, line);
    }
    let text = ssl(&desk, "rsa -in prod.key -text");
    desk.write("text.key", format!("not ENCRYPTED\n{text}"));
    desk.write("crlf.key", desk.read("prod.key").replace('\n', "\r\n"));
    desk.write("two.key", desk.read("prod.key") + &desk.read("short.key"));
    desk.write("torn.key", desk.read("prod.key").replace("MII", "MIH"));
    let seal = ["seal", "-", "--rsa", "prod.crt", "--to", "db.sealed.yaml"];
    desk.says(seal, SECRET).printed();
    for file in ["prod.key", "pkcs1.key", "text.key", "crlf.key"] {
        let opened = desk.prints(["open", "db.sealed.yaml", "-i", file, "--key", "k"]);
        assert_eq!(opened, "v", "{file}");
    }
    let passphrase = "holds a private key with a passphrase; decrypt it first (`openssl pkey -in FILE -out NEW`)";
    for (file, reason) in [
        ("encrypted.key", passphrase),
        ("encrypted-pkcs1.key", passphrase),
        (
            "short.key",
            "is an RSA key of 1024 bits; it has to have 2048 to 4096",
        ),
        (
            "three.key",
            "is an RSA key with another exponent than 65537",
        ),
        ("ec.key", "holds a private key that is not RSA"),
        ("ec-pkcs8.key", "holds a private key that is not RSA"),
        (
            "two.key",
            "holds more than one key; put each into a file of its own",
        ),
        (
            "torn.key",
            "is not PEM of an RSA private key (PKCS#8 or PKCS#1)",
        ),
        (
            "prod.crt",
            "holds a public key or certificate; an identity is the private key",
        ),
    ] {
        let said = desk.says(["open", "db.sealed.yaml", "-i", file], "");
        assert_ne!(said.code, 0, "{file}");
        assert!(
            said.stderr.contains(&format!("{file}: {reason}")),
            "{}",
            said.stderr
        );
    }
    // The hint works.
    ssl(
        &desk,
        "pkey -in encrypted.key -passin pass:x -out decrypted.key",
    );
    let opened = desk.prints([
        "open",
        "db.sealed.yaml",
        "-i",
        "decrypted.key",
        "--key",
        "k",
    ]);
    assert_eq!(opened, "v");
}

#[test]
fn an_expired_certificate_is_sealed_to_with_a_warning() {
    let desk = desk();
    ssl(&desk, "req -new -key prod.key -subj /CN=prod -out old.csr");
    ssl(
        &desk,
        "x509 -req -in old.csr -signkey prod.key -days -1 -out old.crt",
    );
    let rules = "recipients: {old: old.crt}\nrules: [{path: '**', recipients: [old]}]\n";
    for (arguments, rules) in [
        (&["seal", "--rsa", "old.crt"][..], None),
        (&["seal", "-R", "old.crt"], None),
        (&["seal", "-"], Some(rules)),
    ] {
        if let Some(rules) = rules {
            desk.write(".bulla.yaml", rules);
        }
        let said = desk.says(arguments, SECRET);
        let warnings = said
            .stderr
            .matches("warning: old.crt: the certificate expired on 2");
        assert_eq!(warnings.count(), 1, "{}", said.stderr);
        let opened = desk.says(["open", "-i", "prod.key", "--key", "k"], said.printed());
        assert_eq!(opened.printed(), "v");
    }
    fs::remove_file(desk.path(".bulla.yaml")).unwrap();
    let said = desk.says(["seal", "--rsa", "prod.crt"], SECRET);
    assert!(!said.stderr.contains("warning"), "{}", said.stderr);
}

/// The first lines of shell in `docs/rsa.md` below this heading.
fn recipe(heading: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rsa.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once(&format!("\n### {heading}\n")).unwrap();
    let lines = section.lines().skip_while(|line| !line.starts_with("    "));
    let lines = lines.map_while(|line| line.strip_prefix("    "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_a_kms_unwrapped_opens_the_file() {
    let desk = desk();
    let seal = ["seal", "-", "--rsa", "prod.pub", "--to", "db.sealed.yaml"];
    desk.says(seal, SECRET).printed();
    desk.write(
        ".bulla.yaml",
        "recipients: {prod: prod.pub}\nrules: [{path: '**', recipients: [prod]}]\n",
    );

    // As the page has it, with OpenSSL in the place of the KMS.
    let cut = recipe("Cut the wrapped key out");
    let open = recipe("Open it");
    assert!(
        cut.contains("wrapped") && open.contains("--unwrapped"),
        "{cut}\n{open}"
    );
    let unwrap = recipe("OpenSSL, to try it");
    let opened = desk
        .shell(&format!("set -e\n{cut}\n{unwrap}\n{open}"))
        .printed();
    let secret = parse(&opened);
    assert_eq!(secret["data"], json!({"k": "dg=="}));
    let with_key = ["open", "db.sealed.yaml", "-i", "prod.key", "-o", "json"];
    assert_eq!(secret, parse(&desk.prints(with_key)));

    // In base64, as some answer, and from a pipe, so that it lies nowhere.
    let piped = "base64 -w0 unwrapped | bulla open db.sealed.yaml --unwrapped - --key k";
    assert_eq!(desk.shell(piped).printed(), "v");

    // It is one envelope's key: a second needs its own, and a file that was sealed anew another.
    desk.prints(["set", "db.sealed.yaml", "l=m"]);
    let said = desk.says(["open", "db.sealed.yaml", "--unwrapped", "unwrapped"], "");
    assert_ne!(said.code, 0);
    let reason = "no identity opens envelope 2";
    assert!(said.stderr.contains(reason), "{}", said.stderr);
    let hint = "tried the identities of an unwrapped key";
    assert!(said.stderr.contains(hint), "{}", said.stderr);
    let both = desk.shell(&format!(
        "cp unwrapped first; set -e\n{}\n{unwrap}",
        cut.replace("NR == 1", "NR == 2")
    ));
    both.printed();
    let both = [
        "open",
        "db.sealed.yaml",
        "--unwrapped",
        "first",
        "--unwrapped",
        "unwrapped",
    ];
    let opened = desk.prints(both.iter().chain(&["-o", "json"]));
    assert_eq!(parse(&opened)["data"], json!({"k": "dg==", "l": "bQ=="}));

    // Enough to bring the file to a key that is at hand.
    let rewrap = [
        "rewrap",
        "db.sealed.yaml",
        "--unwrapped",
        "first",
        "--unwrapped",
        "unwrapped",
    ];
    desk.prints(
        rewrap
            .iter()
            .chain(&["--add", desk.recipient.as_str(), "--keep", "prod.pub"]),
    );
    assert_eq!(
        desk.prints(["open", "db.sealed.yaml", "-i", "key.txt", "--key", "l"]),
        "m"
    );

    // They are one wrapping's, too. Nobody has tampered with the file.
    let said = desk.says(both, "");
    assert_eq!(said.code, 4);
    let reason = "the 64 bytes for envelope 1 are from before a rewrap, or its list";
    assert!(said.stderr.contains(reason), "{}", said.stderr);

    desk.write("short", "hunter2");
    let said = desk.says(["open", "db.sealed.yaml", "--unwrapped", "short"], "");
    assert_eq!(said.code, 1);
    let reason = "short: is no opened wrapped key: that is 64 bytes";
    assert!(
        said.stderr.contains(reason) && !said.stderr.contains("hunter2"),
        "{}",
        said.stderr
    );
}
