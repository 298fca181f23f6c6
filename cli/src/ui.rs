//! What people read: everything but data goes to standard error.
//!
//! Lines begin with `error:`, `warning:` or `hint:`; what follows is a lower-case fragment without
//! a full stop, and never a secret value.

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
    for hint in error.hints() {
        labelled(HINT, "hint", hint);
    }
}

pub(crate) fn warning(message: &str) {
    labelled(WARNING, "warning", message);
}

pub(crate) fn note(message: &str) {
    anstream::eprintln!("{message}");
}

fn labelled(style: Style, label: &str, message: &str) {
    anstream::eprintln!("{style}{label}:{style:#} {message}");
}
