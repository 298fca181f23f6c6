//! One document of a stream.

use std::ops::Range;
use std::sync::Arc;

use crate::kind::{self, Kind};
use crate::node::{Node, Position};
use crate::problem::{Problem, Problems};
use crate::reason::Reason;
use crate::text::Divisive;

/// One document of a [`crate::Stream`], parsed but not yet read as anything.
pub struct Document<'a> {
    pub(crate) file: Arc<str>,
    pub(crate) number: usize,
    pub(crate) text: &'a str,
    pub(crate) range: Range<usize>,
    pub(crate) root: Option<Node<'a>>,
    /// The first divisive character; all of them are inside quotes.
    pub(crate) divisive: Option<(Position, Divisive)>,
}

impl<'a> Document<'a> {
    pub(crate) fn unread(
        file: &Arc<str>,
        number: usize,
        text: &'a str,
        range: Range<usize>,
    ) -> Self {
        Self {
            file: Arc::clone(file),
            number,
            text,
            range,
            root: None,
            divisive: None,
        }
    }

    /// The name of the source, as the caller gave it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The number of the document in its source, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The bytes of the source that are the document: all between two `---` lines, comments
    /// included.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The text of [`range`](Self::range).
    pub fn text(&self) -> &'a str {
        self.text.get(self.range.clone()).unwrap_or_default()
    }

    /// The node that is the document; none if it holds nothing but comments.
    pub fn root(&self) -> Option<&Node<'a>> {
        self.root.as_ref()
    }

    /// What the document is to bulla.
    ///
    /// # Errors
    /// If that cannot be told, because readers would see different kinds: `kind`, `apiVersion`
    /// or `items` twice, or behind an alias, a tag or a merge key; `kind` or `apiVersion` that
    /// is no string, or an empty one; a key that not every reader ends at the same place. And if
    /// a SealedSecret has `items`, because kubectl would apply these instead of it.
    pub fn kind(&self) -> Result<Kind, Problems> {
        kind::of(self)
    }

    /// A problem that a caller found in this document, at the place that `path` names: keys
    /// and indices from the root. The longest part of the path that exists gives line and
    /// column. `message` is a lower-case fragment and must not repeat a value.
    pub fn problem(&self, path: &[Step<'_>], message: String) -> Problem {
        let mut printed = crate::path::Path::Root.to_string();
        let mut node = self.root.as_ref();
        let mut position = node.map(|node| node.start);
        for step in path {
            let shown = match step {
                Step::Key(key) => crate::path::Path::Root.key(key).to_string(),
                Step::Index(index) => format!("[{index}]"),
            };
            if !printed.is_empty() && !shown.starts_with('[') {
                printed.push('.');
            }
            printed.push_str(&shown);
            node = node.and_then(|node| match step {
                Step::Key(key) => node.as_mapping()?.get(key),
                Step::Index(index) => node.as_sequence()?.items.get(*index),
            });
            position = node.map(|node| node.start).or(position);
        }
        self.at(position, printed, Reason::Other(message))
    }

    pub(crate) fn at(&self, at: Option<Position>, path: String, reason: Reason) -> Problem {
        Problem::new(Arc::clone(&self.file), Some(self.number), at, path, reason)
    }
}

/// One step of a path into a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'p> {
    /// The value of a key.
    Key(&'p str),
    /// An item of a list, from 0.
    Index(usize),
}
