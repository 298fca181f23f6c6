//! What several of the tests use.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Runs a command with something to read and returns everything that it says.
pub(crate) fn run_with(command: &mut Command, input: &str) -> Output {
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    process.wait_with_output().unwrap()
}

/// Runs a command that has to succeed and returns what it prints.
pub(crate) fn printed(command: &mut Command) -> String {
    let output = run_with(command, "");
    assert!(output.status.success(), "{command:?}: {output:#?}");
    String::from_utf8(output.stdout).unwrap()
}
