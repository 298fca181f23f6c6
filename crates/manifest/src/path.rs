//! Paths of keys, built on the stack and printed only when there is a problem to report.

use std::fmt;

/// Keys longer than this are cut in messages: a misplaced value must not fill the screen.
const LONGEST_SHOWN: usize = 80;

/// Fields of Kubernetes objects that are maps with free keys.
const FREE: [&str; 4] = ["data", "stringData", "labels", "annotations"];

/// A place in a document, as a chain of borrowed steps that ends at the root.
#[derive(Clone, Copy)]
pub(crate) enum Path<'p> {
    Root,
    /// A field that a schema knows: `.name`.
    Field(&'p Self, &'p str),
    /// An entry of a map with free keys: `[name]`, as the API server prints it.
    Entry(&'p Self, &'p str),
    /// An item of a list: `[0]`.
    Item(&'p Self, usize),
}

impl<'p> Path<'p> {
    pub(crate) fn field(&'p self, name: &'p str) -> Self {
        Self::Field(self, name)
    }

    pub(crate) fn entry(&'p self, name: &'p str) -> Self {
        Self::Entry(self, name)
    }

    pub(crate) fn item(&'p self, index: usize) -> Self {
        Self::Item(self, index)
    }

    /// A key of which it is not known whether a schema knows it.
    pub(crate) fn key(&'p self, name: &'p str) -> Self {
        let free = matches!(self, Self::Field(_, parent) if FREE.contains(parent));
        if is_identifier(name) && !free {
            Self::Field(self, name)
        } else {
            Self::Entry(self, name)
        }
    }
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST_SHOWN
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// A key as messages show it: on one line, without control characters, not too long.
pub(crate) fn shown(key: &str) -> String {
    let mut text: String = key
        .chars()
        .take(LONGEST_SHOWN)
        .flat_map(|c| {
            let escape = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
            let escaped = escape.then(|| c.escape_unicode()).into_iter().flatten();
            escaped.chain((!escape).then_some(c))
        })
        .collect();
    if key.chars().nth(LONGEST_SHOWN).is_some() {
        text.push_str("...");
    }
    text
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(&shown(name)),
            Self::Field(parent, name) => write!(f, "{parent}.{}", shown(name)),
            Self::Entry(parent, name) => write!(f, "{parent}[{}]", shown(name)),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
