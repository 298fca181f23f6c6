//! `bulla create docker-registry` beside kubectl's, and the password that is on no command line.

use data_encoding::BASE64;
use serde_json::json;

use super::Verdict::{self, BothRefuse, Same, Stricter};
use super::{compare, type_at_a_terminal};
use crate::desk::Desk;

fn desk() -> Desk {
    let desk = Desk::new();
    let config = r#"{"auths": {"r.example.com": {"auth": "dTpw"}}}"#;
    desk.write("config.json", format!("{config}\n"));
    desk.write(".docker/config.json", config);
    desk.write("object.json", "{}");
    desk.write("null.json", "null\n");
    desk.write("list.json", "[]");
    desk.write("text", "no JSON");
    desk.write("empty", "");
    desk
}

const CALLS: &[(&str, Verdict)] = &[
    ("--docker-username u --docker-password p", Same),
    ("--docker-username=u --docker-password=p", Same),
    (
        "--docker-username u --docker-password p --docker-email e@example.com",
        Same,
    ),
    (
        "--docker-username u --docker-password p --docker-email ''",
        Same,
    ),
    (
        "--docker-server registry.example.com --docker-username u --docker-password p",
        Same,
    ),
    (
        "--docker-server https://r.example.com:5000/v2/ --docker-username u --docker-password p",
        Same,
    ),
    (
        "--docker-server 'a\"b<c>&d' --docker-username 'u<>&' --docker-password p",
        Same,
    ),
    (
        "--docker-username 'a:b' --docker-password 'c:d = \"e\" \\f'",
        Same,
    ),
    (
        "--docker-username é --docker-password '🔑 \u{2028}\u{2029}\u{7f}\u{85}'",
        Same,
    ),
    (
        "--docker-username u --docker-password \"$(printf 'a\\001\\t\\b\\f\\n\\r\\037z')\"",
        Same,
    ),
    (
        "--docker-username u --docker-password \"$(printf 'p\\n\\nq')\"",
        Same,
    ),
    ("--docker-username ' u ' --docker-password ' '", Same),
    ("--docker-username u --docker-password -p", Same),
    (
        "--docker-username -u --docker-password --docker-email",
        Same,
    ),
    (
        "--docker-username '$oauthtoken' --docker-password 'a,b' --docker-email 'a,b'",
        Same,
    ),
    ("--docker-username u --docker-password ''", BothRefuse),
    ("--docker-username '' --docker-password p", BothRefuse),
    (
        "--docker-server '' --docker-username u --docker-password p",
        BothRefuse,
    ),
    ("--docker-username u", BothRefuse),
    ("--docker-password p", BothRefuse),
    ("--docker-email e@example.com", BothRefuse),
    ("", BothRefuse),
    (
        "--docker-username u --docker-password p --type Opaque",
        BothRefuse,
    ),
    (
        "--docker-username u --docker-password p --from-literal a=b",
        BothRefuse,
    ),
    ("second --docker-username u --docker-password p", BothRefuse),
    ("--from-file config.json", Same),
    ("--from-file .docker/config.json", Same),
    ("--from-file .dockerconfigjson=config.json", Same),
    ("--from-file=./object.json", Same),
    ("--from-file null.json", Same),
    ("--from-file .dockerconfigjson=config.json,more=text", Same),
    ("--from-file config.json --from-file more=text", Same),
    ("--from-file missing", BothRefuse),
    ("--from-file .docker", BothRefuse),
    ("--from-file config.json,object.json", BothRefuse),
    ("--from-file =config.json", BothRefuse),
    ("--from-file .dockerconfigjson=", BothRefuse),
    ("--from-file a=b=config.json", BothRefuse),
    ("--from-file '..a=config.json'", BothRefuse),
    // What the API server refuses in all of these is refused at once.
    ("--from-file more=config.json", Stricter("Required value")),
    ("--from-file text", Stricter("not JSON")),
    ("--from-file empty", Stricter("not JSON")),
    ("--from-file list.json", Stricter("not an object")),
    // kubectl takes the file, and says nothing of the flags that it does not mind.
    (
        "--from-file config.json --docker-username u --docker-password p",
        Stricter("cannot be used with"),
    ),
    (
        "--from-file config.json --docker-server r.example.com",
        Stricter("cannot be used with"),
    ),
    (
        "--docker-username u --docker-username v --docker-password p",
        Stricter("cannot be used multiple times"),
    ),
];

#[test]
fn values_are_those_that_kubectl_makes() {
    compare(&desk(), "docker-registry", CALLS);
}

const CREATE: [&str; 8] = [
    "create",
    "docker-registry",
    "pull",
    "--docker-username=u",
    "--docker-server=r",
    "-n=shop",
    "-R=recipients.txt",
    "--to=sealed.yaml",
];

#[test]
fn the_password_is_asked_for_or_read() {
    let desk = desk();
    let expected = |password: &str| {
        let auth = BASE64.encode(format!("u:{password}").as_bytes());
        let config = json!({"auths": {"r": {"username": "u", "password": password, "auth": auth}}});
        let opened = desk.open(&desk.read("sealed.yaml"));
        let value = opened["data"][".dockerconfigjson"].as_str().unwrap();
        let value = BASE64.decode(value.as_bytes()).unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&value).unwrap(),
            config
        );
    };
    let said = desk.says(CREATE, "hunter2");
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    expected("hunter2");

    let said = desk.says(CREATE, "hunter2\n");
    assert!(said.stderr.contains("ends with a line break"));
    expected("hunter2\n");

    let said = type_at_a_terminal(&desk, "hunter3|hunter3", CREATE);
    let shown = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.code, 0, "{shown}");
    assert!(!shown.contains("hunter"), "{shown}");
    expected("hunter3");

    let before = desk.files();
    for wrong in [&b""[..], b"\xff"] {
        assert_eq!(desk.says(CREATE, wrong).code, 1);
        assert!(desk.files() == before);
    }
}
