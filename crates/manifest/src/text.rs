//! Characters on which the readers of YAML disagree before any grammar applies.

/// Whether YAML allows the character unescaped (YAML 1.2.2, production `c-printable`; Go and
/// Python refuse the rest).
pub(crate) fn is_printable(c: char) -> bool {
    matches!(c,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// UTF-16 or UTF-32, told as YAML does (1.2.2, section 5.2): by a byte order mark, or by where the
/// zeros of the first character are, which is ASCII.
pub(crate) fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0, 0, 0xfe, 0xff, ..] | [0xff, 0xfe, 0, 0, ..] | [0, 0, 0, _, ..] | [_, 0, 0, 0, ..] => {
            Some("UTF-32")
        }
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, _, ..] | [_, 0, ..] => Some("UTF-16"),
        _ => None,
    }
}

/// The characters that can end a line for one reader and not for another, and the byte order
/// mark, which can vanish: NEL, LS and PS break lines in YAML 1.1 (Go, Python) only, and a lone
/// carriage return does for YAML but not for what splits at line feeds first, as kubectl does.
/// With them one reader finds a key inside what another takes for a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Divisive {
    LineBreak,
    ByteOrderMark,
}

/// The offsets of all divisive characters, in order. A text of plain ASCII lines costs one pass.
pub(crate) fn divisive(text: &str) -> Vec<(usize, Divisive)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (offset, &byte) in bytes.iter().enumerate() {
        let what = match byte {
            b'\r' if bytes.get(offset + 1) != Some(&b'\n') => Divisive::LineBreak,
            0xc2 if bytes.get(offset + 1) == Some(&0x85) => Divisive::LineBreak,
            0xe2 if matches!(bytes.get(offset + 1..offset + 3), Some([0x80, 0xa8 | 0xa9])) => {
                Divisive::LineBreak
            }
            0xef if matches!(bytes.get(offset + 1..offset + 3), Some([0xbb, 0xbf])) => {
                Divisive::ByteOrderMark
            }
            _ => continue,
        };
        found.push((offset, what));
    }
    found
}

/// The offset of the first character that may not stand in YAML at all.
pub(crate) fn first_unprintable(text: &str) -> Option<(usize, char)> {
    // Almost every file is ASCII without control characters: look at bytes first.
    let suspicious = |b: &u8| (*b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) || *b >= 0x7f;
    if !text.as_bytes().iter().any(suspicious) {
        return None;
    }
    text.char_indices().find(|(_, c)| !is_printable(*c))
}
