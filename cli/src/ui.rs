//! What people read: everything but data goes to standard error.
//!
//! Lines begin with `error:`, `warning:` or `hint:`; what follows is a lower-case fragment without
//! a full stop, and never a secret value.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use crate::args::Color;
use crate::error::CommandError;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// `auto` follows `NO_COLOR`, `CLICOLOR_FORCE` and whether a terminal is there.
pub(crate) fn choose_color(color: Color) {
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

pub(crate) fn error(error: &CommandError) {
    for message in error.messages() {
        labelled(ERROR, "error", message);
    }
    for text in error.hints() {
        hint(text);
    }
}

pub(crate) fn hint(message: &str) {
    labelled(HINT, "hint", message);
}

pub(crate) fn warning(message: &str) {
    labelled(WARNING, "warning", message);
}

/// One line or several.
pub(crate) fn note(message: &str) {
    for line in message.split('\n') {
        write(&format!("{}\n", escaped(line)));
    }
}

/// Text from files, with nothing left in it that moves the cursor, changes colours or the order of
/// what is read: a name or an annotation could forge lines of ours on the reader's terminal.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || reorders(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The line separators and the marks of bidirectional text, which are no control characters.
fn reorders(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

fn labelled(style: Style, label: &str, message: &str) {
    write(&format!("{style}{label}:{style:#} {}\n", escaped(message)));
}

/// Where nobody listens (a full disk, a pipe that was closed), the exit code still tells: unlike
/// `eprintln!`, this does not panic.
fn write(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
