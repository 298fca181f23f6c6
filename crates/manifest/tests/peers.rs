//! What we accept and write means the same to kubectl, kustomize and PyYAML.
//!
//! Needs `kubectl` (with its built-in kustomize) and `python3` with PyYAML on the path; nothing
//! else, and no cluster. Run with `--ignored`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml allows these in tests, but not in what tests call"
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use bulla_manifest::{is_unambiguous, write};
use serde_json::{Value, json};

fn run(command: &mut Command, input: &str) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program is on the path");
    let mut stdin = child.stdin.take().expect("is piped");
    stdin.write_all(input.as_bytes()).expect("takes input");
    drop(stdin);
    let output = child.wait_with_output().expect("ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).expect("is UTF-8")
}

fn kubectl(text: &str) -> Value {
    let label = ["label", "--local", "-f", "-", "x=y", "-o", "json"];
    let json = run(Command::new("kubectl").args(label), text);
    serde_json::from_str(&json).expect("is JSON")
}

fn python(text: &str) -> Value {
    let program = "import json,sys,yaml; print(json.dumps(yaml.safe_load(sys.stdin.buffer)))";
    let json = run(Command::new("python3").args(["-c", program]), text);
    serde_json::from_str(&json).expect("is JSON")
}

/// kustomize prints YAML, which kubectl reads; it was shown above to agree on it.
fn kustomize(text: &str) -> Value {
    let own = format!(
        "bulla-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    );
    let directory = std::env::temp_dir().join(own);
    std::fs::create_dir_all(&directory).expect("can be made");
    std::fs::write(directory.join("r.yaml"), text).expect("can be written");
    let kustomization = directory.join("kustomization.yaml");
    std::fs::write(kustomization, "resources: [r.yaml]\n").expect("can be written");
    let built = run(Command::new("kubectl").arg("kustomize").arg(&directory), "");
    std::fs::remove_dir_all(&directory).expect("can be removed");
    kubectl(&built)
}

/// What could be taken for something else, and what is hard to write.
fn strings() -> Vec<String> {
    let odd = [
        "",
        " ",
        "a",
        "on",
        "On",
        "y",
        "N",
        "off",
        "null",
        "~",
        "true",
        "True",
        "0",
        "-1",
        "+1",
        "0400",
        "08",
        "0o17",
        "0b11",
        "0x1F",
        "0X1f",
        "1e3",
        "1E+3",
        "1.",
        ".5",
        "1_000",
        "1__0",
        "0_1",
        "0.1_0",
        "685_230.15",
        "190:20:30",
        "12:30:00",
        "2020-01-01",
        "2020-01-01T00:00:00Z",
        "2020-1-1 1:2:3",
        ".inf",
        "-.INF",
        ".nan",
        "=",
        "<<",
        "-",
        "--",
        "---",
        "--- a",
        "---a",
        "...",
        "... a",
        "- a",
        "? a",
        ": a",
        ":",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "!a",
        "&a",
        "*a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "{}",
        "[]",
        "{a",
        "a, b",
        "\"",
        "'",
        "it's",
        "\\",
        "\\n",
        "\t",
        "\ta",
        "a\t",
        "\n",
        "a\n",
        "\na",
        "a\nb",
        "a\nb\n",
        "a\nb\n\n",
        "a\n\nb",
        " a\nb",
        "a\n b",
        "a \nb",
        "a\n\tb",
        "\ta\nb\n",
        "a\r\nb",
        "a\rb",
        "é",
        "🎵",
        "\u{a0}",
        "\u{2028}",
        "a\u{2029}b",
        "\u{feff}",
        "\u{feff}a",
        "\u{1}",
        "\u{1b}",
        "a\n# b\n",
        "a\n---\nb\n",
        "a\n...\nb\n",
        "key: value\nother: value\n",
        "YWJj",
        "1e3=",
        "+/+=",
    ];
    let mut strings: Vec<_> = odd.iter().map(ToString::to_string).collect();
    strings.push("QUJD".repeat(1000));
    strings.push("-----BEGIN X-----\nYWdl\n-----END X-----\n".to_owned());
    strings
}

#[test]
#[ignore = "needs kubectl and PyYAML"]
fn what_we_write_is_read_the_same_by_all() {
    let mut data = BTreeMap::new();
    for (index, text) in strings().into_iter().enumerate() {
        data.insert(format!("v{index}"), text.clone());
        if text.len() < 1000 && text != "<<" {
            data.insert(text, format!("k{index}"));
        }
    }
    let object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "x"},
        "data": data,
    });
    let text = write::to_yaml(&object).expect("writes");
    for (name, read) in [
        ("kubectl", kubectl(&text)),
        ("PyYAML", python(&text)),
        ("kustomize", kustomize(&text)),
    ] {
        let read = read["data"].as_object().expect("is a map");
        for (key, value) in &data {
            assert_eq!(
                read.get(key),
                Some(&Value::from(value.as_str())),
                "{name}: {key:?}"
            );
        }
        assert_eq!(read.len(), data.len(), "{name}");
    }
}

/// Every string of up to four characters out of those that make numbers, dates and words.
fn short_strings() -> Vec<String> {
    let mut all = Vec::new();
    for alphabet in [
        "01_.-+e", "0xFob_-", "1:0.-+6", "yYnNoOfF", "~<=.0", "2-01T:",
    ] {
        let mut last = vec![String::new()];
        for _ in 0..4 {
            last = last
                .iter()
                .flat_map(|s| alphabet.chars().map(move |c| format!("{s}{c}")))
                .collect();
            all.extend(last.iter().cloned());
        }
    }
    all.extend(strings());
    all
}

#[test]
#[ignore = "needs kubectl and PyYAML"]
fn what_we_take_for_a_string_is_one_to_all() {
    // Only what YAML's syntax lets stand without quotes.
    let plain = |s: &String| {
        is_unambiguous(s)
            && s.bytes().all(|b| b.is_ascii_graphic())
            && !s.starts_with([
                '#', '!', '&', '*', '|', '>', '%', '@', '`', '{', '[', '"', '\'',
            ])
            && !["-", "?", ":"].contains(&s.as_str())
            && !s.starts_with("---")
            && !s.ends_with(':')
    };
    let strings: Vec<_> = short_strings().into_iter().filter(plain).collect();
    assert!(strings.len() > 5000, "{}", strings.len());
    let lines: String = strings.iter().map(|s| format!("- {s}\n")).collect();
    let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\nlist:\n{lines}");
    for (name, read) in [
        ("kubectl", kubectl(&text)),
        ("PyYAML", python(&text)),
        ("kustomize", kustomize(&text)),
    ] {
        let read = read["list"].as_array().expect("is a list");
        assert_eq!(read.len(), strings.len(), "{name}");
        for (text, value) in strings.iter().zip(read) {
            assert_eq!(value, text.as_str(), "{name}");
        }
    }
}
