//! The layout of documents: block style throughout, lists as far left as their key.

use std::fmt::Write;

use super::{Error, Tree};
use crate::plain::is_unambiguous;
use crate::text::is_printable;

/// YAML ends the search for a key's colon after 1024 characters; escapes take up to ten each.
pub(super) const LONGEST_KEY: usize = 1000;

pub(super) fn document(tree: &Tree) -> Result<String, Error> {
    let mut out = String::new();
    match tree {
        Tree::List(items) if !items.is_empty() => list(&mut out, items, 0)?,
        Tree::Map(entries) if !entries.is_empty() => map(&mut out, entries, 0)?,
        Tree::Text(text) => line(&mut out, text),
        other => value(&mut out, other, 0)?,
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    Ok(out)
}

/// The items, each line after the first indented by `indent`.
fn list(out: &mut String, items: &[Tree], indent: usize) -> Result<(), Error> {
    for (index, item) in items.iter().enumerate() {
        begin(out, index, indent);
        out.push_str("- ");
        match item {
            Tree::List(items) if !items.is_empty() => list(out, items, indent + 2)?,
            Tree::Map(entries) if !entries.is_empty() => map(out, entries, indent + 2)?,
            other => value(out, other, indent + 2)?,
        }
    }
    Ok(())
}

fn map(
    out: &mut String,
    entries: &[(zeroize::Zeroizing<String>, Tree)],
    indent: usize,
) -> Result<(), Error> {
    for (index, (name, entry)) in entries.iter().enumerate() {
        begin(out, index, indent);
        key(out, name)?;
        out.push(':');
        match entry {
            Tree::List(items) if !items.is_empty() => {
                begin(out, 1, indent);
                list(out, items, indent)?;
            }
            Tree::Map(entries) if !entries.is_empty() => {
                begin(out, 1, indent + 2);
                map(out, entries, indent + 2)?;
            }
            other => {
                out.push(' ');
                value(out, other, indent + 2)?;
            }
        }
    }
    Ok(())
}

/// Starts the line of an item; the first one stands where its list or map begins.
fn begin(out: &mut String, index: usize, indent: usize) {
    if index > 0 {
        if !out.ends_with('\n') {
            out.push('\n');
        }
        out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// Everything that fits behind a `- ` or a `key: `.
fn value(out: &mut String, tree: &Tree, indent: usize) -> Result<(), Error> {
    match tree {
        Tree::Null => out.push_str("null"),
        Tree::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Tree::Unsigned(value) => write!(out, "{value}").map_err(|_| Error::Unsupported)?,
        Tree::Signed(value) => write!(out, "{value}").map_err(|_| Error::Unsupported)?,
        Tree::List(_) => out.push_str("[]"),
        Tree::Map(_) => out.push_str("{}"),
        Tree::Text(text) if is_block(text) => block(out, text, indent),
        Tree::Text(text) => line(out, text),
    }
    Ok(())
}

fn block(out: &mut String, text: &str, indent: usize) {
    out.push_str(if text.ends_with('\n') { "|\n" } else { "|-\n" });
    for line in text.lines() {
        // White space at the end of an empty line could be read as content.
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn key(out: &mut String, name: &str) -> Result<(), Error> {
    if name == "<<" {
        return Err(Error::MergeKey);
    }
    let start = out.len();
    if name.contains(':') {
        quote(out, name);
    } else {
        line(out, name);
    }
    if out.len() - start > LONGEST_KEY {
        return Err(Error::LongKey);
    }
    Ok(())
}

fn line(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
    } else {
        quote(out, text);
    }
}

/// Whether a text can stand without quotes in block style. Narrower than any grammar.
fn is_plain(text: &str) -> bool {
    is_unambiguous(text)
        && text
            .starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '+'))
        && text.bytes().all(|b| (b' '..=b'~').contains(&b))
        && !text.starts_with("...")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            '\n' => out.write_str("\\n"),
            '\t' => out.write_str("\\t"),
            '\r' => out.write_str("\\r"),
            c if is_printable(c) && !is_break(c) => out.write_char(c),
            c if u32::from(c) <= 0xff => write!(out, "\\x{:02x}", u32::from(c)),
            c => write!(out, "\\u{:04x}", u32::from(c)),
        };
    }
    out.push('"');
}

/// Whether every reader reads a literal block with this text back: several lines of printable
/// text without tabs or white space at their ends, and no empty line at either end.
fn is_block(text: &str) -> bool {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    lines.contains('\n')
        && !lines.starts_with([' ', '\n'])
        && !lines.ends_with('\n')
        && lines.split('\n').all(|line| !line.ends_with(' '))
        && lines
            .chars()
            .all(|c| c == '\n' || (is_printable(c) && !c.is_control() && !is_break(c)))
}

fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}
