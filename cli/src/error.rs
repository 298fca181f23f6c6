//! What a command failed with: fragments for the person, a number for the script.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use bulla_manifest::{Problem, Problems};

use crate::exit_code::ExitCode;

/// What to do about a name that does not belong to the content: not mend it unseen.
pub(crate) const STALE_HINT: &str =
    "see what changed (git diff); if all of it was meant, write the right name: bulla name -w";

/// What to do about a label or annotation of a sealed file. The name follows the template.
pub(crate) const TEMPLATE_HINT: &str = "take it out of the sealed file, and write the name that fits: bulla name -w; if a value was committed \
     there, git's history keeps it: take another";

/// One or more errors of one command, with what to do next.
#[derive(Clone, Debug)]
pub(crate) struct CommandError {
    kind: ExitCode,
    messages: Vec<String>,
    hints: Vec<String>,
}

impl CommandError {
    pub(crate) fn new(kind: ExitCode, message: impl fmt::Display) -> Self {
        let messages = vec![message.to_string()];
        let hints = Vec::new();
        Self {
            kind,
            messages,
            hints,
        }
    }

    pub(crate) fn refused(message: impl fmt::Display) -> Self {
        Self::new(ExitCode::Refused, message)
    }

    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// `doing` is a verb: `read`, `write`.
    pub(crate) fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        let shown = path.display().to_string();
        if holds_key(&shown) {
            let message = "a private key was given where a file is wanted";
            return Self::new(ExitCode::Io, message)
                .hinted("name the file that the key is in, not its content");
        }
        // The content of a file of another kind, most likely, and as secret.
        if shown.contains('\n') {
            let message = format!("cannot {doing} a path with a line break in it (not shown)");
            return Self::new(ExitCode::Io, message).hinted("name a file, not its content");
        }
        Self::new(ExitCode::Io, format!("cannot {doing} {shown}: {error}"))
    }

    /// Puts a place in a manifest before every message.
    pub(crate) fn at(mut self, place: &Problem) -> Self {
        for message in &mut self.messages {
            // A problem without a reason of its own ends after its place.
            *message = format!("{place}{message}");
        }
        self
    }

    /// Whether [`Self::io`] does not repeat this path.
    pub(crate) fn is_concealed(path: &Path) -> bool {
        let shown = path.display().to_string();
        holds_key(&shown) || shown.contains('\n')
    }

    /// Adds what to do next.
    pub(crate) fn hinted(mut self, hint: impl fmt::Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// Puts what went wrong in several places together. The first kind counts. What is wrong with
    /// all of them, such as their rules, is said once.
    pub(crate) fn merge(errors: Vec<Self>) -> Option<Self> {
        let mut errors = errors.into_iter();
        let mut all = errors.next()?;
        let mut said: BTreeSet<String> = all.messages.iter().cloned().collect();
        let mut hinted: BTreeSet<String> = all.hints.iter().cloned().collect();
        for error in errors {
            let messages = error.messages.into_iter();
            all.messages
                .extend(messages.filter(|message| said.insert(message.clone())));
            let hints = error.hints.into_iter();
            all.hints
                .extend(hints.filter(|hint| hinted.insert(hint.clone())));
        }
        Some(all)
    }

    /// The same failure for the exit code, with nothing left to say.
    pub(crate) fn reported(&self) -> Self {
        Self::silent(self.kind)
    }

    /// An exit code, and nothing to say.
    pub(crate) fn silent(kind: ExitCode) -> Self {
        Self {
            kind,
            messages: Vec::new(),
            hints: Vec::new(),
        }
    }

    pub(crate) fn kind(&self) -> ExitCode {
        self.kind
    }

    pub(crate) fn messages(&self) -> &[String] {
        &self.messages
    }

    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// Whether text that was given for something else holds a private key, and is never repeated.
pub(crate) fn holds_key(text: &str) -> bool {
    text.contains("-----BEGIN") || text.to_ascii_uppercase().contains("AGE-SECRET-KEY-")
}

impl From<Problems> for CommandError {
    fn from(problems: Problems) -> Self {
        Vec::from(problems).into()
    }
}

impl From<Vec<Problem>> for CommandError {
    fn from(problems: Vec<Problem>) -> Self {
        Self {
            kind: ExitCode::Refused,
            messages: problems.iter().map(ToString::to_string).collect(),
            hints: Vec::new(),
        }
    }
}
