//! Streams: every Secret is sealed, and nothing else is touched.

use bulla_tests::peers::{Version, kustomize};

use crate::desk::{Desk, Said, parse};

fn seal(desk: &Desk, input: &str) -> Said {
    desk.says(["seal", "-", "-R", "recipients.txt", "-n", "shop"], input)
}

/// What stands for a sealed document in the expected output.
const SEALED: &str = "<sealed>\n";

/// The output, with every sealed document (from `apiVersion` to the last item) replaced.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut is_sealed = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with("apiVersion: bulla.dev/") {
            masked.push_str(SEALED);
            is_sealed = true;
        } else if line.starts_with("---")
            || line.starts_with("...")
            || line.starts_with('#')
            || line.trim().is_empty()
        {
            is_sealed = false;
        }
        if !is_sealed {
            masked.push_str(line);
        }
    }
    masked
}

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  k: dg==\n";
const ODD: &str = "# a comment\nkind:   ConfigMap\napiVersion: v1   # odd\nmetadata: {name: 'c', \
                   labels: {on: yes, n: 0400}}\ndata:\n    a: |+\n        text  \n\n    b: \"\\u00e9\"\n\
                   \x20   a: twice\n";

#[test]
fn other_documents_pass_byte_for_byte() {
    let desk = Desk::new();
    for (input, expected, counts) in [
        (
            ODD.to_owned(),
            ODD.to_owned(),
            "0 sealed, 1 passed through, 0 failed",
        ),
        (
            SECRET.to_owned(),
            SEALED.to_owned(),
            "1 sealed, 0 passed through, 0 failed",
        ),
        (
            format!("{ODD}---\n{SECRET}"),
            format!("{ODD}---\n{SEALED}"),
            "1 sealed, 1 passed through, 0 failed",
        ),
        (
            format!("{SECRET}---\n{ODD}"),
            format!("{SEALED}---\n{ODD}"),
            "1 sealed, 1 passed through, 0 failed",
        ),
        (
            // The end marker of a Secret goes with it.
            format!("---\n{ODD}...\n---   # marked\n{SECRET}...\n---\n{ODD}---\n"),
            format!("---\n{ODD}...\n---   # marked\n{SEALED}---\n{ODD}---\n"),
            "1 sealed, 2 passed through, 0 failed",
        ),
        (
            "# nothing\n".to_owned(),
            "# nothing\n".to_owned(),
            "0 sealed, 0 passed through, 0 failed",
        ),
        (
            String::new(),
            String::new(),
            "0 sealed, 0 passed through, 0 failed",
        ),
    ] {
        let said = seal(&desk, &input);
        assert_eq!(said.stderr, format!("{counts}\n"), "{input}");
        assert_eq!(masked(&said.printed()), expected, "{input}");
    }
}

#[test]
fn windows_line_ends_stay_where_nothing_is_sealed() {
    let desk = Desk::new();
    let odd = ODD.replace('\n', "\r\n");
    assert_eq!(seal(&desk, &odd).printed(), odd);
    let stream = format!("{odd}---\r\n{}---\r\n{odd}", SECRET.replace('\n', "\r\n"));
    let sealed = seal(&desk, &stream).printed();
    assert!(sealed.starts_with(&format!("{odd}---\r\n")), "{sealed:?}");
    assert!(sealed.ends_with(&format!("---\r\n{odd}")), "{sealed:?}");
    assert_eq!(desk.open(&sealed)["data"]["k"], "dg==");
}

#[test]
fn json_is_sealed_and_passed() {
    let desk = Desk::new();
    let other = r#"{"kind":"ConfigMap", "apiVersion":"v1","metadata":{"name":"c"}}"#;
    assert_eq!(seal(&desk, other).printed(), other);
    let secret = parse(SECRET).to_string();
    let sealed = seal(&desk, &format!("{other}\n---\n{secret}\n")).printed();
    assert!(sealed.starts_with(&format!("{other}\n---\n")), "{sealed}");
    assert_eq!(desk.open(&sealed)["data"]["k"], "dg==");
}

#[test]
fn a_list_with_a_secret_is_split_and_another_stays() {
    let desk = Desk::new();
    let item = |text: &str| format!("- {}", text.trim_end().replace('\n', "\n  ") + "\n");
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n";
    let without = format!("apiVersion: v1\nkind: List\nitems:\n{}", item(config));
    assert_eq!(seal(&desk, &without).printed(), without);

    let with = format!("{without}{}{}", item(SECRET), item(config));
    let said = seal(&desk, &with);
    assert_eq!(said.stderr, "1 sealed, 2 passed through, 0 failed\n");
    assert_eq!(
        masked(&said.printed()),
        format!("{config}---\n{SEALED}---\n{config}")
    );

    let json = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [parse(SECRET), parse(config)]});
    let said = seal(&desk, &json.to_string());
    assert_eq!(said.stderr, "1 sealed, 1 passed through, 0 failed\n");
    assert_eq!(desk.open(&said.printed())["data"]["k"], "dg==");
}

#[test]
fn a_token_that_the_cluster_fills_passes() {
    let desk = Desk::new();
    let token = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: t\n  annotations:\n    \
                 kubernetes.io/service-account.name: default\ntype: kubernetes.io/service-account-token\n";
    let said = seal(&desk, token);
    assert_eq!(said.stderr, "0 sealed, 1 passed through, 0 failed\n");
    assert_eq!(said.printed(), token);
    assert_eq!(
        seal(&desk, &format!("{token}data: {{token: dg==}}\n")).code,
        1
    );
}

#[test]
fn sealing_again_changes_nothing() {
    let desk = Desk::new();
    let sealed = seal(&desk, &format!("{SECRET}---\n{ODD}")).printed();
    let again = seal(&desk, &sealed);
    assert_eq!(again.stderr, "0 sealed, 2 passed through, 0 failed\n");
    assert_eq!(again.printed(), sealed);
}

#[test]
fn one_document_that_fails_fails_the_stream() {
    let desk = Desk::new();
    let bad = SECRET.replace("dg==", "hunter2!");
    let said = seal(&desk, &format!("{SECRET}---\n{ODD}---\n{bad}---\n{bad}"));
    assert_eq!(said.code, 1);
    assert!(said.stdout.is_empty());
    assert_eq!(said.stderr.matches("error: ").count(), 2, "{}", said.stderr);
    let last = said.stderr.lines().last();
    assert_eq!(
        last,
        Some("0 sealed, 0 passed through, 2 failed; nothing was written")
    );
}

#[test]
fn what_kustomize_builds_is_sealed() {
    let desk = Desk::new();
    desk.write("tree/config.yaml", ODD.replace("    a: twice\n", ""));
    desk.write("tree/app.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {containers: [{name: a, envFrom: [{secretRef: {name: db}}]}]}}}\n");
    desk.write("tree/bytes", [0, 159, 146, 150]);
    desk.write("tree/kustomization.yaml", "namespace: shop\nresources: [config.yaml, app.yaml]\nsecretGenerator:\n- name: db\n  literals: ['a=it: #1', 'b=0400', 'on=on']\n  files: [bytes]\n- name: empty\n  literals: ['k=']\n");
    let tool = kustomize(Version::V5_8_2);
    let built = desk
        .shell(&format!("'{}' build tree", tool.display()))
        .printed();
    let piped = format!(
        "'{}' build tree | bulla seal - -R recipients.txt",
        tool.display()
    );
    let said = desk.shell(&piped);
    assert_eq!(said.stderr, "2 sealed, 2 passed through, 0 failed\n");
    let sealed = said.printed();
    let documents = |text: &str| text.split("\n---\n").map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (documents(&built), documents(&sealed));
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        if parse(before)["kind"] == "Secret" {
            assert_eq!(parse(after)["kind"], "SealedSecret");
            let opened = desk.open(after);
            assert_eq!(opened["data"], parse(before)["data"]);
            assert_eq!(opened["type"], parse(before)["type"]);
        } else {
            assert_eq!(before.trim_end(), after.trim_end());
        }
    }
}
