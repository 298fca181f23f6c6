//! The process that holds on to others for the tests: see `supervisor/main.go`.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;

use crate::go::Module;

static MODULE: Module = Module::new("supervisor", "20 seconds", &[], &[]);

/// A running supervisor. What it holds on to ends when this is dropped and, since statics are not,
/// when the process ends, for whatever reason.
#[derive(Debug)]
pub(crate) struct Supervisor(Mutex<Process>);

#[derive(Debug)]
struct Process {
    process: Child,
    /// Taken on the way out: the end of this stream is the sign to stop.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Starts one, and returns its first answer too.
    pub(crate) fn start<A: AsRef<OsStr>, T: DeserializeOwned>(
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<(Self, T), String> {
        let mut process = Command::new(MODULE.programs()?.join("supervisor"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C ends the tests; the supervisor tidies up when it sees that they are gone.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("the supervisor: {error}"))?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("the supervisor has no pipes".to_owned());
        };
        let mut process = Process {
            process,
            requests: Some(requests),
            answers: BufReader::new(answers),
        };
        let answer = process.answer().map_err(|error| lost(&error))?;
        Ok((Self(Mutex::new(process)), answer))
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        let process = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        process.process.id()
    }

    /// Sends one line and waits for the answer.
    pub(crate) fn ask<T: DeserializeOwned>(&self, request: &str) -> T {
        let mut process = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = process.ask(request);
        answer.unwrap_or_else(|error| panic!("{}", lost(&error)))
    }
}

impl Process {
    fn ask<T: DeserializeOwned>(&mut self, request: &str) -> io::Result<T> {
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(requests, "{request}")?;
        self.answer()
    }

    /// The supervisor does not wait for ever, so this need not watch the clock.
    fn answer<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.requests.take();
        // If it is gone already, that is what was wanted.
        let _ = self.process.wait();
    }
}

fn lost(error: &io::Error) -> String {
    format!("the tests' supervisor failed; it said why on standard error ({error})")
}
