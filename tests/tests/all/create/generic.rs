//! `bulla create generic` beside `kubectl create secret generic`: the same data and type to the
//! byte, or both refuse; and the ways in that kubectl does not have.

use bulla_tests::peers;
use data_encoding::BASE64;
use serde_json::json;

use super::Verdict::{self, BothRefuse, Same, Stricter};
use super::{compare, made, type_at_a_terminal};
use crate::desk::Desk;

/// A desk with files of values on it.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("text", "text\n");
    desk.write("bytes", [0, 255, 10, 13, 0]);
    desk.write("empty", "");
    desk.write("a b", "bad name");
    desk.write("..hidden", "bad name");
    desk.write("folder/.dot", "dot");
    desk.write("folder/one", "1");
    desk.write("folder/two.txt", "2\n");
    desk.write("folder/below/three", "3");
    std::os::unix::fs::symlink("one", desk.path("folder/link")).unwrap();
    desk.write("bad-folder/a b", "bad name");
    desk.write(
        "plain.env",
        "A=1\nB=two words \n# comment\n\n  C=indented\nD=\nE=a=b\n_f.g-h=x",
    );
    desk.write("quotes.env", "A=\"quoted\"\nB='single'\nC=\\n\n");
    desk.write("bom.env", "\u{feff}A=1\nB=2\n");
    desk.write("crlf.env", "A=1\r\nB=2 \r\n\r\n# c\r\n");
    desk.write("alone.env", "FROM_OUTSIDE\nNOT_SET\nA=1\n");
    desk.write("export.env", "export A=1\n");
    desk.write("space.env", "A =1\n");
    desk.write("digit.env", "1A=1\n");
    desk.write("twice.env", "A=1\nA=2\n");
    desk.write("no-key.env", "=1\n");
    desk.write("latin1.env", b"A=1\nB=\xff\n");
    desk.write("tab.env", "\tA=1\n \t B=\t2\n");
    desk.write("comment.env", "A=1 # no comment\n #B=2\n");
    desk.write("empty.env", "# nothing\n");
    desk.write("long.env", format!("A={}\n", "x".repeat(70_000)));
    desk
}

const CALLS: &[(&str, Verdict)] = &[
    ("--from-literal a=b", Same),
    ("--from-literal=a=b --from-literal=c=d", Same),
    ("--from-literal a=", Same),
    ("--from-literal a==b=", Same),
    ("--from-literal a=b,c=d", Same),
    ("--from-literal \"a='b'\"", Same),
    ("--from-literal 'a=\"b\"'", Same),
    ("--from-literal 'a= b '", Same),
    ("--from-literal 'a=é🔑'", Same),
    ("--from-literal \"a=$(printf 'x\\ny')\"", Same),
    ("--from-literal .a-b_C=1", Same),
    ("--from-literal on=on --from-literal 1=0400", Same),
    ("--from-literal a", BothRefuse),
    ("--from-literal =b", BothRefuse),
    ("--from-literal -a=b", Same),
    ("--from-literal 'a b=c'", BothRefuse),
    ("--from-literal ..=c", BothRefuse),
    ("--from-literal ..a=c", BothRefuse),
    ("--from-literal .=c", BothRefuse),
    ("--from-literal a=b --from-literal a=c", BothRefuse),
    ("--from-file text", Same),
    ("--from-file ./text", Same),
    ("--from-file folder/two.txt", Same),
    ("--from-file bytes --from-file empty", Same),
    ("--from-file k=text", Same),
    ("--from-file text,bytes", Same),
    ("--from-file k=text,l=bytes", Same),
    ("--from-file folder", Same),
    ("--from-file folder/", Same),
    ("--from-file folder,text", Same),
    ("--from-file 'k=a b'", Same),
    ("--from-file text --from-literal a=b", Same),
    ("--from-file 'a b'", BothRefuse),
    ("--from-file ..hidden", BothRefuse),
    ("--from-file missing", BothRefuse),
    ("--from-file k=missing", BothRefuse),
    ("--from-file =text", BothRefuse),
    ("--from-file k=", BothRefuse),
    ("--from-file a=b=text", BothRefuse),
    ("--from-file k=folder", BothRefuse),
    ("--from-file text --from-file text", BothRefuse),
    ("--from-file text --from-literal text=b", BothRefuse),
    ("--from-file bad-folder", BothRefuse),
    ("--from-env-file plain.env", Same),
    ("--from-env-file quotes.env", Same),
    ("--from-env-file bom.env", Same),
    ("--from-env-file crlf.env", Same),
    ("--from-env-file alone.env", Same),
    ("--from-env-file tab.env", Same),
    ("--from-env-file comment.env", Same),
    (
        "--from-env-file quotes.env --from-env-file alone.env",
        BothRefuse,
    ),
    ("--from-env-file export.env", BothRefuse),
    ("--from-env-file space.env", BothRefuse),
    ("--from-env-file digit.env", BothRefuse),
    ("--from-env-file twice.env", BothRefuse),
    ("--from-env-file no-key.env", BothRefuse),
    ("--from-env-file latin1.env", BothRefuse),
    ("--from-env-file missing", BothRefuse),
    ("--from-env-file folder", BothRefuse),
    ("--from-env-file plain.env --from-literal a=b", BothRefuse),
    ("--from-env-file plain.env --from-file text", BothRefuse),
    ("--from-env-file empty.env", Stricter("has no data")),
    ("", Stricter("has no data")),
    ("--type example.com/t --from-literal a=b", Same),
    ("--type '' --from-literal a=b", Same),
    ("--type=Opaque --from-literal a=b", Same),
    (
        "--type helm.sh/release.v1 --from-literal a=b",
        Stricter("never from a sealed file"),
    ),
    ("second --from-literal a=b", BothRefuse),
];

#[test]
fn values_are_those_that_kubectl_makes() {
    compare(&desk(), "generic", CALLS);
}

#[test]
fn a_long_line_is_kept_where_kubectl_loses_everything() {
    let desk = desk();
    let kubectl = format!(
        "'{}' create secret generic db --from-env-file long.env --dry-run=client -o json",
        peers::kubectl().display()
    );
    assert_eq!(made(&desk, &kubectl).unwrap()[0], json!({}));
    let ours = "bulla create generic db --from-env-file long.env -n shop -R recipients.txt";
    let value = BASE64.encode("x".repeat(70_000).as_bytes());
    assert_eq!(made(&desk, ours).unwrap()[0], json!({"A": value}));
}

const CREATE: [&str; 7] = [
    "create",
    "generic",
    "db",
    "-n",
    "shop",
    "-R",
    "recipients.txt",
];

#[test]
fn standard_input_is_taken_as_it_is() {
    let desk = desk();
    let warning = "ends with a line break";
    for (input, warns) in [
        (&b"hunter2"[..], false),
        (b"hunter2\n", true),
        (b"\0\xff\r\n", true),
        (b"-----BEGIN A-----\n-----END A-----\n", false),
        (b"", false),
    ] {
        let flags = CREATE.iter().chain(&["--from-stdin", "p"]);
        let said = desk.says(flags, input);
        assert_eq!(said.stderr.contains(warning), warns, "{}", said.stderr);
        assert!(!said.stderr.contains("hunter2"));
        assert_eq!(
            desk.open(&said.printed())["data"]["p"],
            BASE64.encode(input)
        );
    }
    // Beside other sources.
    let flags = CREATE.iter().chain(&[
        "--from-stdin",
        "p",
        "--from-literal",
        "u=app",
        "--from-file",
        "text",
    ]);
    let opened = desk.open(&desk.says(flags, "v").printed());
    assert_eq!(
        opened["data"],
        json!({"p": "dg==", "u": "YXBw", "text": "dGV4dAo="})
    );
    let flags = CREATE
        .iter()
        .chain(&["--from-stdin", "p", "--from-literal", "p=x"]);
    assert_eq!(desk.says(flags, "v").code, 1);
}

#[test]
fn a_prompt_asks_twice_and_shows_nothing() {
    let desk = desk();
    let ask = |answers: &str, flags: &[&str]| {
        let to = ["--to", "sealed.yaml"];
        let arguments = CREATE.iter().chain(flags).chain(&to);
        type_at_a_terminal(&desk, answers, arguments)
    };
    let said = ask("hunter2 é|hunter2 é", &["--from-prompt", "p"]);
    let shown = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.code, 0, "{shown}{}", said.stderr);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(
        shown.contains("p: ") && shown.contains("p, again: "),
        "{shown}"
    );
    let opened = desk.open(&desk.read("sealed.yaml"));
    assert_eq!(
        opened["data"],
        json!({"p": BASE64.encode("hunter2 é".as_bytes())})
    );

    let before = desk.read("sealed.yaml");
    let said = ask("hunter2|hunter3", &["--from-prompt", "p"]);
    let shown = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.code, 1, "{shown}");
    assert!(shown.contains("the two values for `p` differ"), "{shown}");
    assert!(!shown.contains("hunter"), "{shown}");
    assert_eq!(desk.read("sealed.yaml"), before);

    let said = ask(
        "one|one|two|two",
        &["--from-prompt", "a", "--from-prompt", "b"],
    );
    assert_eq!(said.code, 0);
    let opened = desk.open(&desk.read("sealed.yaml"));
    assert_eq!(opened["data"], json!({"a": "b25l", "b": "dHdv"}));
}
