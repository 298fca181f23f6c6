//! The user's editor.

use std::cell::Cell;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::signals::{self, Ended, Signals};
use crate::error::CommandError;
use crate::{identities, ui};

const FALLBACK: &str = "vi";

/// Nobody reads a file and closes it in less.
const AT_ONCE: Duration = Duration::from_millis(500);

pub(super) struct Editor {
    /// A piece of shell, as git takes it: a program, perhaps with arguments.
    command: OsString,
    was_at_once: Cell<bool>,
}

impl Editor {
    /// The first of `$VISUAL`, `$EDITOR` and `vi` that is there and not empty.
    pub(super) fn from_environment() -> Self {
        let is_there = |value: &OsString| !value.to_string_lossy().trim().is_empty();
        let set = |name| std::env::var_os(name).filter(is_there);
        let command = set("VISUAL").or_else(|| set("EDITOR"));
        Self {
            command: command.unwrap_or_else(|| FALLBACK.into()),
            was_at_once: Cell::new(false),
        }
    }

    /// Runs it on a file until it ends.
    pub(super) fn run(&self, file: &Path, signals: &mut Signals) -> Result<(), CommandError> {
        // As git does: `sh -c 'EDITOR "$@"' EDITOR FILE`.
        let mut line = OsString::new();
        if self.is_program() {
            // So that signals reach it, and not a shell that waits for it.
            line.push("exec ");
        }
        line.push(&self.command);
        line.push(" \"$@\"");
        let mut command = Command::new("sh");
        command.arg("-c").arg(line).arg(&self.command).arg(file);
        identities::hide_from(&mut command);
        let begun = Instant::now();
        let child = command.spawn();
        let mut child =
            child.map_err(|error| CommandError::io("start", Path::new("sh"), &error))?;
        let ended = signals.wait_for(&mut child);
        self.was_at_once.set(begun.elapsed() < AT_ONCE);
        let shown = self.command.to_string_lossy();
        match ended
            .map_err(|error| CommandError::io("wait for", Path::new(&self.command), &error))?
        {
            Ended::ByItself(status) if status.success() => Ok(()),
            Ended::ByItself(status) => Err(CommandError::refused(format!(
                "the editor `{shown}` failed ({status}); nothing was written"
            ))
            .hinted("$VISUAL or $EDITOR says which editor is used, else it is vi")),
            Ended::BySignal => Err(signals::ended()),
        }
    }

    /// Whether it is one program with arguments, without anything that is special in a shell.
    fn is_program(&self) -> bool {
        let text = self.command.to_string_lossy();
        let is_usual = |c: char| c.is_ascii_alphanumeric() || "/._+- ".contains(c);
        text.chars().all(is_usual)
    }

    /// An editor that opens a window and returns has lost its file by now.
    pub(super) fn explain_if_at_once(&self) {
        if self.was_at_once.get() {
            ui::hint(
                "the editor ended at once; one that opens a window needs a flag that makes it wait: \
                 EDITOR='code --wait'",
            );
        }
    }
}
