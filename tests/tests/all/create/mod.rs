//! `bulla create` beside `kubectl create secret`: the same data and type to the byte, or both refuse.

mod docker_registry;
mod generic;
mod own_kinds;
mod tls;

use std::ffi::OsStr;

use bulla_tests::{peers, python};
use serde_json::{Value, json};

use crate::desk::{Desk, Said, parse, says};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Verdict {
    Same,
    BothRefuse,
    /// kubectl takes what the cluster refuses, or what nobody can have meant.
    Stricter(&'static str),
}

use Verdict::{BothRefuse, Same, Stricter};

/// Makes every call of a table with both programs.
fn compare(desk: &Desk, kind: &str, calls: &[(&str, Verdict)]) {
    let kubectl = peers::kubectl();
    let mut failures = Vec::new();
    for (arguments, verdict) in calls {
        let theirs = format!(
            "'{}' create secret {kind} db {arguments} --dry-run=client -o json",
            kubectl.display()
        );
        let theirs = made(desk, &theirs);
        let ours = made(
            desk,
            &format!("bulla create {kind} db {arguments} -n shop -R recipients.txt"),
        );
        let holds = match (verdict, &theirs, &ours) {
            (Same, Ok(theirs), Ok(ours)) => theirs == ours,
            (BothRefuse, Err(_), Err(_)) => true,
            (Stricter(reason), Ok(_), Err(ours)) => ours.contains(reason),
            _ => false,
        };
        if !holds {
            failures.push(format!(
                "{arguments}: {verdict:?}\nkubectl: {theirs:.500?}\nbulla: {ours:.500?}"
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} calls:\n{}",
        calls.len(),
        failures.join("\n\n")
    );
}

/// The data and the type of what a call makes, or what it says instead.
fn made(desk: &Desk, call: &str) -> Result<Value, String> {
    let said = desk.shell(&format!("FROM_OUTSIDE='from outside' {call}"));
    if !said.succeeded() {
        assert_eq!(said.stdout, b"", "{call}");
        return Err(said.stderr);
    }
    let object = parse(&said.printed());
    let object = match object["kind"].as_str() {
        Some("SealedSecret") => desk.open(&object.to_string()),
        _ => object,
    };
    let field = |name: &str, default: Value| match &object[name] {
        Value::Null => default,
        value => value.clone(),
    };
    Ok(json!([
        field("data", json!({})),
        field("type", json!("Opaque"))
    ]))
}

/// Types each answer at a pseudo-terminal once the program has asked and has turned the echo off.
const TYPIST: &str = "
import os, pty, sys, termios, time
answers, program = sys.argv[1].split('|'), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(program[0], program)
shown = b''
for answer in answers:
    start = len(shown)
    while not shown[start:].endswith(b': '):
        shown += os.read(terminal, 1024)
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(0.005)
    os.write(terminal, answer.encode() + b'\\n')
try:
    while chunk := os.read(terminal, 65536):
        shown += chunk
except OSError:
    pass
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";

/// Runs `bulla` at a pseudo-terminal. Answers are apart by `|`; what it shows is its output.
fn type_at_a_terminal<A: AsRef<OsStr>>(
    desk: &Desk,
    answers: &str,
    arguments: impl IntoIterator<Item = A>,
) -> Said {
    let mut command = desk.command(python());
    command
        .args(["-c", TYPIST, answers])
        .arg(bulla_tests::bulla())
        .args(arguments);
    says(&mut command, "")
}
