//! What a person sees when something does not work, for every command: word for word, with the
//! exit code, nothing on standard output, no file changed and never a value.

use std::fmt::Write as _;
use std::path::Path;

use bulla_tests::ControlPlane;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::canary::{CANARY, DATE, NUMBER, assert_silent};
use crate::desk::{Desk, IDENTITY, parse};
use crate::support::printed;

/// Another identity than `key.txt`, and its recipient. They stand in the format's vectors, too.
const OTHER: &str = "AGE-SECRET-KEY-1XRXNVWWU7NA84RR0NE5YLC4KYGC8TTM0ZDAE78W6CFFNQ65K6TTSZFM2T0";

/// Runs every call and returns a transcript of all. Each has to fail, and may leave no trace.
pub(crate) fn failures(desk: &Desk, calls: &[&str]) -> String {
    let mut text = String::new();
    let before = desk.files();
    for call in calls {
        let said = desk.shell(call);
        assert_ne!(said.code, 0, "{call}");
        assert_eq!(said.stdout, b"", "{call}");
        assert_silent(call, said.stderr.as_bytes());
        let _ = writeln!(text, "$ {call}\n{}[exit code {}]\n", said.stderr, said.code);
    }
    assert!(
        desk.files() == before,
        "a failing command has changed a file"
    );
    mask(&text)
}

/// What differs from run to run: the 16 characters of a suffix.
fn mask(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("db-") {
        let (before, from) = rest.split_at(at + 3);
        masked.push_str(before);
        let is_base32 = |c: &char| matches!(c, 'a'..='z' | '2'..='7');
        if from.chars().take_while(is_base32).count() == 16 {
            masked.push_str("SUFFIX");
            rest = &from[16..];
        } else {
            rest = from;
        }
    }
    masked + rest
}

/// A desk with a Secret and its sealed file on it.
pub(crate) fn desk() -> Desk {
    let desk = Desk::new();
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": "shop"},
        "stringData": {"password": CANARY, "username": "app"},
    });
    desk.write("secret.yaml", secret.to_string());
    desk.write("other.txt", format!("{OTHER}\n"));
    desk.write(
        "other.pub",
        desk.prints(["keygen", "--public", "other.txt"]),
    );
    desk.prints([
        "seal",
        "secret.yaml",
        "-R",
        "recipients.txt",
        "--to",
        "db.sealed.yaml",
    ]);
    desk.write("folder/a-file", "");
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/envelope/tests");
    desk.write(
        "p256.pub",
        std::fs::read(keys.join("keys/p256-public.pem")).unwrap(),
    );
    let openssl = bulla_tests::openssl();
    printed(
        desk.command(&openssl)
            .args(["genrsa", "-out", "rsa-1024.pem", "1024"]),
    );
    let public = [
        "rsa",
        "-in",
        "rsa-1024.pem",
        "-pubout",
        "-out",
        "rsa-1024.pub",
    ];
    printed(desk.command(&openssl).args(public));
    let vector = std::fs::read_to_string(keys.join("vectors/cluster-rsa.json")).unwrap();
    desk.write("rsa.pem", parse(&vector)["identities"][0].as_str().unwrap());
    desk
}

/// A Secret with this beside its name and namespace.
pub(crate) fn secret(body: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: shop\n{body}")
}

#[test]
fn recipients() {
    let desk = desk();
    desk.write("empty.txt", "# nobody yet\n");
    desk.write("typo.txt", format!("# us\n{}x\n", desk.recipient));
    let flags = [
        "",
        &format!("-r {IDENTITY}"),
        "-r key.txt",
        "-R key.txt",
        "-r rsa.pem",
        "-r p256.pub",
        "-r rsa-1024.pub",
        "-r age1pq1xyz",
        "-r age1xyz",
        "-r somebody",
        "-R missing.txt",
        "-R empty.txt",
        "-R typo.txt",
        "-R folder",
    ];
    let calls = flags.map(|flags| format!("bulla seal secret.yaml {flags}"));
    let calls: Vec<&str> = calls.iter().map(|call| call.trim_end()).collect();
    let text = failures(&desk, &calls);
    // Only the command line itself, which the person typed, has it.
    assert!(
        !text
            .replace(&format!("-r {IDENTITY}"), "")
            .contains(IDENTITY)
    );
    assert_snapshot!(text);
}

#[test]
fn places() {
    let desk = desk();
    let homeless = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
        "stringData": {"password": CANARY},
    });
    desk.write("homeless.yaml", homeless.to_string());
    desk.write(
        "two.yaml",
        desk.read("secret.yaml") + "\n---\n" + &desk.read("secret.yaml"),
    );
    let r = "-R recipients.txt";
    let text = failures(
        &desk,
        &[
            &format!("bulla seal homeless.yaml {r}"),
            &format!("bulla seal homeless.yaml {r} --scope namespace"),
            &format!("bulla seal secret.yaml {r} -n test"),
            &format!("bulla seal secret.yaml {r} --for test"),
            &format!("bulla seal secret.yaml {r} --for shop/eu-db --scope namespace"),
            &format!("bulla seal secret.yaml {r} --for shop --scope cluster"),
            &format!("bulla seal secret.yaml {r} -n Shop"),
            &format!("bulla seal secret.yaml {r} --for /db"),
            &format!("bulla seal secret.yaml {r} --for shop/Db"),
            &format!("bulla seal secret.yaml {r} --for shop -n shop"),
            &format!("bulla seal two.yaml {r} --for shop/db"),
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn manifests() {
    let desk = desk();
    let canary = serde_json::to_string(CANARY).unwrap();
    let long = "n".repeat(237);
    for (name, body) in [
        (
            "on",
            format!("stringData:\n  enabled: on\n  password: {canary}\n"),
        ),
        ("octal", format!("stringData:\n  mode: {NUMBER}\n")),
        ("date", format!("stringData:\n  born: {DATE}\n")),
        ("key", format!("stringData:\n  0400: {canary}\n")),
        (
            "twice",
            format!("stringData:\n  password: {canary}\n  password: {canary}\n"),
        ),
        ("not-base64", format!("data:\n  password: {canary}\n")),
        ("typo", format!("stringdata:\n  password: {canary}\n")),
        ("alias", format!("stringData:\n  a: &a {canary}\n  b: *a\n")),
        ("nested", format!("stringData:\n  a: {{b: {canary}}}\n")),
        ("bad-key", format!("stringData:\n  a b: {canary}\n")),
        ("no-data", "data: {}\n".to_owned()),
        (
            "token",
            format!("type: kubernetes.io/service-account-token\nstringData: {{token: {canary}}}\n"),
        ),
        (
            "helm",
            format!("type: helm.sh/release.v1\nstringData: {{release: {canary}}}\n"),
        ),
        (
            "open-quote",
            format!(
                "stringData:\n  a: {}\n  b: c\n",
                canary.trim_end_matches('"')
            ),
        ),
        ("tab", format!("stringData:\n\ta: {canary}\n")),
    ] {
        desk.write(&format!("{name}.yaml"), secret(&body));
    }
    let acting = format!(
        "  labels: {{argocd.argoproj.io/secret-type: cluster}}\n  annotations: \
         {{replicator.v1.mittwald.de/replicate-to: '.*'}}\nstringData: {{a: {canary}}}\n"
    );
    desk.write("acting.yaml", secret(&acting));
    desk.write(
        "shown.yaml",
        secret(&format!(
            "  annotations:\n    note: {canary}\nstringData: {{a: {canary}}}\n"
        )),
    );
    desk.write(
        "long.yaml",
        secret(&format!("stringData: {{a: {canary}}}\n"))
            .replace("name: db", &format!("name: {long}")),
    );
    desk.write(
        "list.yaml",
        format!(
            "apiVersion: v1\nkind: List\nitems:\n- {}",
            secret(&format!("data: {{a: {canary}}}\n")).replace('\n', "\n  ")
        ),
    );
    desk.write(
        "hidden.yaml",
        format!(
            "apiVersion: example.com/v1\nkind: Mine\nitems:\n- {}",
            secret(&format!("stringData: {{a: {canary}}}\n")).replace('\n', "\n  ")
        ),
    );
    desk.write("latin1.yaml", b"kind: Secret # c4n4ryB1rd \xe9\n");
    desk.write(
        "stream.yaml",
        format!(
            "{}---\n{}---\n{}",
            secret("stringData: {a: b}\n"),
            secret("stringData: {a: on}\n"),
            secret("stringData: {a: 0400}\n")
        ),
    );
    let files = [
        "on",
        "octal",
        "date",
        "key",
        "twice",
        "not-base64",
        "typo",
        "alias",
        "nested",
        "bad-key",
        "no-data",
        "token",
        "helm",
        "open-quote",
        "tab",
        "acting",
        "shown",
        "long",
        "list",
        "hidden",
        "latin1",
        "stream",
        "missing",
    ];
    let mut calls: Vec<_> = files
        .iter()
        .map(|file| format!("bulla seal {file}.yaml -R recipients.txt"))
        .collect();
    calls.push("bulla seal folder -R recipients.txt".into());
    calls.push("bulla seal secret.yaml -R recipients.txt --to missing/db.yaml".into());
    calls.push("bulla seal secret.yaml -R recipients.txt --to folder".into());
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    let text = failures(&desk, &calls);
    assert_snapshot!(text);
}

/// Edits the sealed file on the desk into another one.
pub(crate) fn edit(desk: &Desk, name: &str, edit: impl FnOnce(&mut Value)) {
    let mut sealed = parse(&desk.read("db.sealed.yaml"));
    edit(&mut sealed);
    desk.write(name, serde_json::to_string_pretty(&sealed).unwrap());
}

/// Writes the name that the content has, so that only the edit itself is found.
pub(crate) fn mend(desk: &Desk, name: &str) {
    let right = desk.says(["name", name], "").printed();
    let mut sealed = parse(&desk.read(name));
    sealed["spec"]["secretName"] = right.trim().into();
    desk.write(name, serde_json::to_string_pretty(&sealed).unwrap());
}

/// Another character in the middle of some base64.
pub(crate) fn damage(text: &mut Value) {
    let mut bytes = text.as_str().unwrap().as_bytes().to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    *text = String::from_utf8(bytes).unwrap().into();
}

#[test]
fn opening() {
    let desk = desk();
    let other = desk.read("other.pub");
    let envelope = |sealed: &mut Value| sealed["spec"]["envelopes"][0].take();
    let set = |name: &str, pointer: &str, value: Value| {
        edit(&desk, name, |sealed| {
            *sealed.pointer_mut(pointer).unwrap() = value;
        });
    };
    set("moved.yaml", "/metadata/namespace", "test".into());
    set("renamed.yaml", "/metadata/name", "cache".into());
    set(
        "stale.yaml",
        "/spec/secretName",
        "db-aaaaaaaaaaaaaaaa".into(),
    );
    set(
        "list.yaml",
        "/spec/envelopes/0/recipients/0",
        other.trim().into(),
    );
    set(
        "longer-list.yaml",
        "/spec/envelopes/0/recipients",
        json!([desk.recipient, other.trim()]),
    );
    set("format.yaml", "/spec/envelopes/0/format", 2.into());
    set(
        "item.yaml",
        "/spec/envelopes/0/items/username",
        "AAAA".into(),
    );
    set("version.yaml", "/apiVersion", "bulla.dev/v9".into());
    set(
        "place.yaml",
        "/spec/sealedFor",
        json!({"namespace": "test", "name": "db"}),
    );
    set("place.yaml.2", "/spec/sealedFor", json!({"name": "db"}));
    edit(&desk, "field.yaml", |sealed| {
        sealed["spec"]["extra"] = CANARY.into();
    });
    edit(&desk, "type.yaml", |sealed| {
        sealed["spec"]["type"] = "example.com/other".into();
    });
    edit(&desk, "power.yaml", |sealed| {
        sealed["spec"]["type"] = "kubernetes.io/service-account-token".into();
    });
    edit(&desk, "acting.yaml", |sealed| {
        sealed["spec"]["template"] =
            json!({"labels": {"argocd.argoproj.io/secret-type": "cluster"}});
    });
    edit(&desk, "damaged.yaml", |sealed| {
        damage(&mut sealed["spec"]["envelopes"][0]["items"]["username"]);
    });
    edit(&desk, "swapped.yaml", |sealed| {
        let items = &mut sealed["spec"]["envelopes"][0]["items"];
        let password = items["password"].take();
        items["password"] = items["username"].take();
        items["username"] = password;
    });
    edit(&desk, "wrapped.yaml", |sealed| {
        let again = desk.seal(&desk.read("secret.yaml"));
        let mut again = parse(&again);
        sealed["spec"]["envelopes"][0]["age"] = envelope(&mut again)["age"].take();
    });
    for name in [
        "place.yaml",
        "type.yaml",
        "power.yaml",
        "acting.yaml",
        "damaged.yaml",
        "swapped.yaml",
    ] {
        mend(&desk, name);
    }
    let public = desk.recipient.clone();
    desk.write("public.txt", format!("{public}\n"));
    desk.write(
        "p256.pem",
        "-----BEGIN PRIVATE KEY-----\nc4n4ryB1rd\n-----END PRIVATE KEY-----\n",
    );
    desk.write(
        "locked.pem",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc4n4ryB1rd\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    desk.write("words.txt", CANARY);
    let text = failures(
        &desk,
        &[
            "XDG_CONFIG_HOME=/nowhere bulla open db.sealed.yaml",
            "bulla open db.sealed.yaml -i other.txt",
            "bulla open db.sealed.yaml -i other.txt -i rsa.pem",
            "bulla open db.sealed.yaml -i missing.txt",
            "bulla open db.sealed.yaml -i public.txt",
            "bulla open db.sealed.yaml -i p256.pub",
            "bulla open db.sealed.yaml -i p256.pem",
            "bulla open db.sealed.yaml -i locked.pem",
            "bulla open db.sealed.yaml -i words.txt",
            "BULLA_IDENTITY=$(cat words.txt) bulla open db.sealed.yaml",
            "BULLA_IDENTITY_FILE=missing.txt bulla open db.sealed.yaml",
            "bulla open db.sealed.yaml -i key.txt --key passwort",
            "bulla open db.sealed.yaml db.sealed.yaml -i key.txt --key password",
            "bulla open db.sealed.yaml -i key.txt --key password -o json",
            "bulla open moved.yaml -i key.txt",
            "bulla open renamed.yaml -i key.txt",
            "bulla open stale.yaml -i key.txt",
            "bulla open list.yaml -i key.txt",
            "bulla open longer-list.yaml -i key.txt",
            "bulla open damaged.yaml -i key.txt",
            "bulla open swapped.yaml -i key.txt",
            "bulla open wrapped.yaml -i key.txt",
            "bulla open type.yaml -i key.txt",
            "bulla open place.yaml -i key.txt",
            "bulla open place.yaml -i key.txt --ignore-place",
            "bulla open place.yaml.2 -i key.txt",
            "bulla open power.yaml -i key.txt",
            "bulla open acting.yaml -i key.txt",
            "bulla open item.yaml -i key.txt",
            "bulla open format.yaml -i key.txt",
            "bulla open field.yaml -i key.txt",
            "bulla open version.yaml -i key.txt",
            "bulla open secret.yaml -i key.txt",
            "bulla open key.txt -i key.txt",
            "bulla open folder -i key.txt",
            "bulla open missing.yaml -i key.txt",
            "(cat moved.yaml; echo; echo ---; cat db.sealed.yaml) | bulla open -i key.txt",
            "bulla inspect secret.yaml",
            "bulla inspect item.yaml",
            "bulla name longer-list.yaml missing.yaml",
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn creating() {
    let desk = desk();
    desk.write("value", CANARY);
    desk.write("bad.env", format!("A=1\n{}\n", CANARY.replace('\n', "")));
    let canary = "\"$(cat value)\"";
    let r = "-n shop -R recipients.txt";
    let text = failures(
        &desk,
        &[
            &format!("bulla create generic db -n shop --from-literal p={canary}"),
            &format!("bulla create generic db -R recipients.txt --from-literal p={canary}"),
            &format!("bulla create generic db {r}"),
            &format!("bulla create generic db {r} --from-literal {canary}"),
            &format!("bulla create generic db {r} --from-literal ={canary}"),
            &format!("bulla create generic db {r} --from-literal 'a b'={canary}"),
            &format!(
                "bulla create generic db {r} --from-literal p={canary} --from-literal p={canary}"
            ),
            &format!("bulla create generic db {r} --from-file =value"),
            &format!("bulla create generic db {r} --from-file p="),
            &format!("bulla create generic db {r} --from-file a=b=value"),
            &format!("bulla create generic db {r} --from-file p=folder"),
            &format!("bulla create generic db {r} --from-file missing"),
            &format!("bulla create generic db {r} --from-file 'no such'"),
            &format!("bulla create generic db {r} --from-env-file bad.env"),
            &format!("bulla create generic db {r} --from-env-file missing"),
            &format!("bulla create generic db {r} --from-env-file folder"),
            &format!("bulla create generic db {r} --from-env-file bad.env --from-file value"),
            &format!("bulla create generic db {r} --from-prompt p"),
            &format!("bulla create generic db {r} --from-stdin 'a b' < value"),
            &format!("bulla create generic Db {r} --from-file value"),
            &format!("bulla create generic db {r} --type helm.sh/release.v1 --from-file value"),
            &format!("bulla create generic db {r} --from-file value --to missing/db.yaml"),
            "bulla create generic",
            "bulla create secret db",
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn creating_other_kinds() {
    let desk = desk();
    desk.write("value", CANARY);
    desk.write("config.json", format!("{{\"auths\": {CANARY}"));
    desk.write("list.json", "[]");
    desk.write("latin1", b"c4n4ryB1rd \xff");
    desk.write(
        "ssh.key",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nc4n4ryB1rd\n",
    );
    desk.write("ssh.pub", "ssh-ed25519 c4n4ryB1rd me@desk\n");
    let openssl = bulla_tests::openssl();
    for name in ["one", "two"] {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
        let make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x";
        let mut make: Vec<&str> = make.split(' ').collect();
        make.extend(["-keyout", &key, "-out", &certificate]);
        printed(desk.command(&openssl).args(make));
    }
    let lock = "pkcs8 -topk8 -passout pass:x -in one.key -out locked.key";
    printed(desk.command(&openssl).args(lock.split(' ')));
    let r = "-n shop -R recipients.txt";
    let docker = format!("bulla create docker-registry db {r}");
    let tls = format!("bulla create tls db {r}");
    let basic = format!("bulla create basic-auth db {r}");
    let ssh = format!("bulla create ssh-auth db {r}");
    let text = failures(
        &desk,
        &[
            &docker,
            &format!("{docker} --docker-username u < /dev/null"),
            &format!("{docker} --docker-username u < latin1"),
            &format!("{docker} --docker-username '' --docker-password \"$(cat value)\""),
            &format!("{docker} --docker-username u --from-file config.json"),
            &format!("{docker} --from-file config.json"),
            &format!("{docker} --from-file list.json"),
            &format!("{docker} --from-file more=list.json"),
            &format!("{docker} --from-file missing"),
            &format!("{tls} --cert one.crt"),
            &format!("{tls} --cert one.crt --key missing"),
            &format!("{tls} --cert one.crt --key two.key"),
            &format!("{tls} --cert one.crt --key rsa.pem"),
            &format!("{tls} --cert one.crt --key locked.key"),
            &format!("{tls} --cert one.key --key one.crt"),
            &format!("{tls} --cert one.crt --key value"),
            &format!("{tls} --cert value --key one.key"),
            &format!("{basic} --username u < /dev/null"),
            &format!("{basic} --from-literal p=\"$(cat value)\""),
            &ssh,
            &format!("{ssh} --ssh-privatekey ssh.pub --ssh-publickey ssh.key"),
            &format!("{ssh} --ssh-privatekey ssh.key --ssh-publickey ssh.key"),
            &format!("{ssh} --ssh-privatekey /dev/null"),
            &format!("{ssh} --ssh-privatekey \"$(cat ssh.key)\""),
            "bulla create generic db --from-file value --dry-run=client -o yaml",
            "bulla create tls db --append-hash",
            "bulla create basic-auth db --username u --password p",
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn editing() {
    let desk = desk();
    let name = desk.prints(["name", "db.sealed.yaml"]);
    let sealed = desk.read("db.sealed.yaml");
    let stale = sealed.replace(name.trim(), "db-aaaaaaaaaaaaaaaa");
    desk.write("stale.yaml", stale);
    desk.write("two.yaml", format!("{sealed}---\n{sealed}"));
    let calls = [
        "db.sealed.yaml -R recipients.txt",
        "db.sealed.yaml -i key.txt",
        "db.sealed.yaml -i other.txt -R recipients.txt",
        "stale.yaml -i key.txt -R recipients.txt",
        "two.yaml -i key.txt -R recipients.txt",
        "secret.yaml -i key.txt -R recipients.txt",
        "missing.yaml -i key.txt -R recipients.txt",
        "- -i key.txt -R recipients.txt",
        "",
    ];
    let calls = calls.map(|call| format!("EDITOR=true bulla edit {call}"));
    let calls: Vec<&str> = calls.iter().map(|call| call.trim_end()).collect();
    let text = failures(&desk, &calls);
    assert_snapshot!(text.replace(&desk.path("home").display().to_string(), "HOME"));
}

#[test]
fn comparing() {
    let desk = desk();
    let sealed = desk.read("db.sealed.yaml");
    desk.write("two.yaml", format!("{sealed}---\n{sealed}"));
    let damaged = sealed.replace("commitment: ", "commitment: A");
    desk.write("damaged.yaml", damaged);
    let calls = [
        "",
        "db.sealed.yaml",
        "HEAD:db.sealed.yaml db.sealed.yaml",
        "missing.yaml db.sealed.yaml",
        "-- --x:y db.sealed.yaml",
        "- -",
        "..",
        "a b c",
        "secret.yaml /dev/null",
        "two.yaml db.sealed.yaml",
        "damaged.yaml db.sealed.yaml",
        "/dev/null db.sealed.yaml --show-values",
        "/dev/null db.sealed.yaml --show-values -i other.txt",
        "/dev/null db.sealed.yaml --show-values -o json",
        "--textconv /dev/null db.sealed.yaml",
        "--textconv missing.yaml",
    ];
    let calls = calls.map(|call| format!("bulla diff {call}"));
    let calls: Vec<&str> = calls.iter().map(|call| call.trim_end()).collect();
    let text = failures(&desk, &calls);
    let text = text.replace(&desk.path("home").display().to_string(), "HOME");
    // age adds a stanza of random length, so the second document begins on one line or another.
    let second = format!("two.yaml:{}:1:", sealed.lines().count() + 2);
    let text = text.replace(&second, "two.yaml:LINE:1:");
    // In words of git's own, which differ from release to release.
    let text = text.lines().map(|line| match line.split_once(": fatal: ") {
        Some((ours, _)) => format!("{ours}: fatal: ...\n"),
        None => format!("{line}\n"),
    });
    assert_snapshot!(text.collect::<String>());
}

#[test]
fn keys_and_the_command_line() {
    let desk = desk();
    let text = failures(
        &desk,
        &[
            "bulla keygen key.txt",
            "bulla keygen missing/key.txt",
            "bulla keygen --public missing.txt",
            "bulla keygen --public recipients.txt",
            "bulla keygen --public secret.yaml",
            "bulla keygen key.txt --public key.txt",
            "bulla completions cmd",
            "bulla unseal",
            "bulla seal --recipients age1",
            "bulla --color sometimes name",
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn installing_and_the_keys_of_clusters() {
    let desk = desk();
    let i = "bulla install --image x";
    let text = failures(
        &desk,
        &[
            "bulla install",
            "bulla install --image 'x y'",
            "bulla install --image \"$(cat key.txt)\"",
            &format!("{i} --namespace Bulla"),
            &format!("{i} --namespace on"),
            &format!("{i} --namespace default"),
            &format!("{i} --namespace kube-system"),
            &format!("{i} --identities a,B"),
            "bulla keys init",
            "bulla keys init --no-escrow --escrow recipients.txt",
            &format!("bulla keys init --escrow {IDENTITY}"),
            "bulla keys init --escrow key.txt",
            "bulla keys init --escrow missing.txt",
            "bulla keys init --escrow age1xyz",
            "bulla keys init --identity key.txt --escrow recipients.txt",
            "bulla keys init --identity recipients.txt --no-escrow",
            "bulla keys init --identity missing.txt --no-escrow",
            "bulla keys init --no-escrow --name Mine",
            "bulla keys init --no-escrow -n Mine",
            "bulla keys init --no-escrow --to key.txt",
            "bulla keys init --no-escrow --to keys.yaml --apply",
        ],
    );
    assert_snapshot!(text);
}

/// On the way to a cluster, and at its door.
#[test]
fn clusters() {
    let desk = desk();
    let plane = ControlPlane::shared();
    let namespace = plane.namespace();
    let admin = std::fs::read_to_string(plane.kubeconfig()).unwrap();
    let kubeconfig = |name: &str, edit: &dyn Fn(&mut Value)| {
        let mut config = parse(&admin);
        edit(&mut config);
        desk.write(name, config.to_string());
    };
    let user = |user: Value| move |config: &mut Value| config["users"][0]["user"] = user.clone();
    kubeconfig("admin", &|_| {});
    kubeconfig("no-context", &|config| {
        config["current-context"] = "".into();
    });
    kubeconfig("no-cluster", &|config| config["clusters"] = json!([]));
    kubeconfig("no-ca", &|config| {
        config["clusters"][0]["cluster"]["certificate-authority"] = "/nowhere/ca.crt".into();
    });
    kubeconfig("other-ca", &|config| {
        config["clusters"][0]["cluster"]
            .as_object_mut()
            .unwrap()
            .remove("certificate-authority");
    });
    kubeconfig("closed", &|config| {
        config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1".into();
    });
    kubeconfig(
        "wrong-token",
        &user(json!({"token": CANARY.replace('\n', "")})),
    );
    kubeconfig("jane", &|config| {
        config["users"][0]["user"]["as"] = "jane".into();
    });
    let program = |command: &str, arguments: &[&str]| {
        user(json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": command,
            "args": arguments, "interactiveMode": "Never",
        }}))
    };
    kubeconfig("no-program", &program("no-such-program", &[]));
    let fails = format!("echo '{}'; echo log in again >&2; exit 3", "c4n4ryB1rd");
    kubeconfig("program-fails", &program("sh", &["-c", &fails]));
    kubeconfig("proxy", &|config| {
        config["clusters"][0]["cluster"]["proxy-url"] = "socks5://127.0.0.1:1".into();
    });
    desk.write("broken", format!("users: [{CANARY}"));
    desk.write("rules/.bulla.yaml", "recipients: {prod: age1xyz}\n");

    let configs = [
        "missing",
        "broken",
        "no-context",
        "no-cluster",
        "no-ca",
        "other-ca",
        "closed",
        "wrong-token",
        "jane",
        "no-program",
        "program-fails",
        "proxy",
        "admin",
    ];
    let mut calls: Vec<_> = configs
        .iter()
        .map(|config| format!("KUBECONFIG={config} bulla recipients fetch -n {namespace}"))
        .collect();
    let admin = "KUBECONFIG=admin bulla recipients fetch";
    calls.push(format!("{admin} --context other"));
    calls.push(format!("{admin} --as shop/prod"));
    calls.push("cd rules && KUBECONFIG=../admin bulla recipients fetch --as prod".to_owned());
    calls.push(format!("{admin} -n Mine"));
    calls.push("KUBECONFIG=jane bulla keys init --no-escrow --apply -n default".to_owned());
    calls.push("KUBECONFIG=admin bulla keys init --no-escrow --apply -n missing".to_owned());
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    let text = failures(&desk, &calls).replace(&namespace, "NAMESPACE");
    let text = text.replace(plane.server(), "SERVER");
    assert_snapshot!(text);
}

#[test]
fn help() {
    let mut text = String::new();
    help_of(&Desk::new(), "bulla", &mut text);
    assert_snapshot!(text);
}

/// The help of a command and of all commands below it, in the order in which it names them.
fn help_of(desk: &Desk, command: &str, text: &mut String) {
    let help = desk.shell(&format!("{command} --help")).printed();
    let _ = writeln!(text, "$ {command} --help\n{help}");
    let (_, commands) = help.split_once("\nCommands:\n").unwrap_or_default();
    for line in commands.lines().take_while(|line| !line.is_empty()) {
        // Further lines of a description are indented deeper.
        let name = line
            .strip_prefix("  ")
            .filter(|name| !name.starts_with(' '));
        let name = name.and_then(|name| name.split_whitespace().next());
        if let Some(name) = name.filter(|name| *name != "help") {
            help_of(desk, &format!("{command} {name}"), text);
        }
    }
}
