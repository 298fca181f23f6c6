//! What people read: everything but data goes to standard error.
//!
//! Lines begin with `error:`, `warning:` or `hint:`; what follows is a lower-case fragment without
//! a full stop, and never a secret value.

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use zeroize::Zeroizing;

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
        match is_seen(c) {
            true => out.push(c),
            false => out.extend(c.escape_default()),
        }
    }
    out
}

/// The same for JSON, in which no character has to be lost for it. The line breaks that the JSON
/// was printed with stay.
pub(crate) fn escaped_json(json: String) -> String {
    let is_fine = |c: char| c == '\n' || is_seen(c);
    if json.chars().all(is_fine) {
        return json;
    }
    let json = Zeroizing::new(json);
    let mut out = String::with_capacity(6 * json.len());
    for c in json.chars() {
        if is_fine(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

/// Whether a character is seen where it stands: neither control, format or line separator, nor
/// white space but for the one of ASCII, nor one that is not assigned.
fn is_seen(c: char) -> bool {
    match c.is_ascii() {
        true => !c.is_control(),
        // Rust escapes all of these for the sake of debugging; and an accent, if no letter is
        // before it.
        false => format!("a{c}").escape_debug().count() == 2 && !is_blank(c),
    }
}

/// Letters and marks without a shape: those of Default_Ignorable_Code_Point (Unicode 16, section 5.21)
/// that are no format characters, and the empty Braille pattern.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One of each kind, C1 and bidirectional marks first.
    const UNSEEN: &str = "\u{0}\u{1b}\u{7f}\u{80}\u{85}\u{9b}\u{9f}\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}\
        \u{ad}\u{180e}\u{200b}\u{200c}\u{200d}\u{2028}\u{2029}\u{2060}\u{2064}\u{206a}\u{206f}\u{feff}\u{fff9}\u{fffb}\
        \u{e0001}\u{e0061}\u{e007f}\u{1d173}\u{34f}\u{115f}\u{180b}\u{2800}\u{3164}\u{fe0f}\u{ffa0}\u{e0101}";
    const SEEN: &str = " ~'\"\\äéße\u{301}中文عربىעברית🦀\u{2713}";

    #[test]
    fn what_is_not_seen_is_escaped() {
        for c in UNSEEN.chars() {
            assert_eq!(
                escaped(&format!("a{c}b")),
                format!("a{}b", c.escape_default())
            );
        }
        assert_eq!(escaped(SEEN), SEEN);
        assert_eq!(escaped_json(SEEN.to_owned()), SEEN);
    }

    proptest! {
        #[test]
        fn json_says_the_same(text in prop_oneof![any::<String>(), "[\\x00-\\x{2ff}\\x{2000}-\\x{2070}]*"]) {
            let json = escaped_json(serde_json::to_string_pretty(&[&text, UNSEEN]).unwrap());
            prop_assert!(json.chars().all(|c| c == '\n' || is_seen(c)), "{}", json);
            let again: [String; 2] = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(again, [text, UNSEEN.to_owned()]);
        }
    }
}
