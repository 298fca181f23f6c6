//! Changing a YAML file in place: comments, order, line breaks and every untouched byte stay.
//!
//! Bytes are spliced at the parser's positions. The result is parsed again and compared with
//! what was meant, in all documents, so a layout that was not foreseen ends in an error and
//! never in another file than the one that was asked for.

mod block;
mod flow;
mod plan;
mod shape;
mod source;
mod value;

use serde::Serialize;

use crate::document::{Document, Step};
use crate::problem::Problems;
use crate::stream::Stream;

use shape::Shape;
use source::Source;
use value::Value;

/// A file while it is being changed. Every change either succeeds or leaves the text as it was.
///
/// Paths lead from a document's root through keys and indices. On the way and at the end there
/// must be no alias, no anchor, no tag and no key that occurs twice, because then a change in
/// one place would be one in others, too.
///
/// The text is not overwritten in memory when it is dropped: it must not hold plaintext.
#[derive(Debug, Clone)]
pub struct Editor {
    file: String,
    text: String,
}

/// What to do at the end of a path.
enum Change<'v> {
    Set(&'v Value),
    Append(&'v [Value]),
    Remove,
}

/// Why a change is not made; fixed words, without any value.
type Refusal = &'static str;

const UNFORESEEN: Refusal = "cannot be changed in place in the way it is laid out; write it as a plain block, one key or item to a line, or change it by hand";

impl Editor {
    /// Begins with a text. `file` is what errors call it: a path, or `<stdin>`.
    pub fn new(file: &str, text: &str) -> Self {
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The text as it is now.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The changed text.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Puts a value at a place: replaces the one that is there, or adds a key at the end of its
    /// map. `document` counts from 1. Comments inside a value that is replaced go with it; one
    /// behind it on the same line stays.
    ///
    /// # Errors
    /// If the file is not YAML, if there is no map for a new key, if the value cannot be
    /// written ([`crate::write::to_yaml`]), or if the layout does not allow it.
    pub fn set<T: Serialize + ?Sized>(
        &mut self,
        document: usize,
        path: &[Step<'_>],
        value: &T,
    ) -> Result<(), Problems> {
        self.values(document, path, [value], |editor, values| match values {
            [value] => editor.change(document, path, &Change::Set(value)),
            _ => Ok(()),
        })
    }

    /// Adds items to the end of a list. A key without a value counts as an empty list, and so
    /// does one that is missing from its map.
    ///
    /// # Errors
    /// As [`set`](Self::set); also if something else than a list is there.
    pub fn append<T: Serialize>(
        &mut self,
        document: usize,
        path: &[Step<'_>],
        items: &[T],
    ) -> Result<(), Problems> {
        if items.is_empty() {
            return Ok(());
        }
        self.values(document, path, items, |editor, values| {
            editor.change(document, path, &Change::Append(values))
        })
    }

    /// Removes a key with its value, or an item. The lines go, with the comments inside and
    /// behind; comments on lines of their own before and after stay. What becomes empty is
    /// written `{}` or `[]`.
    ///
    /// # Errors
    /// As [`set`](Self::set); also if nothing is there.
    pub fn remove(&mut self, document: usize, path: &[Step<'_>]) -> Result<(), Problems> {
        self.change(document, path, &Change::Remove)
    }

    fn values<T: Serialize>(
        &mut self,
        document: usize,
        path: &[Step<'_>],
        values: impl IntoIterator<Item = T>,
        then: impl FnOnce(&mut Self, &[Value]) -> Result<(), Problems>,
    ) -> Result<(), Problems> {
        let values: Result<Vec<Value>, _> = values.into_iter().map(|v| Value::new(&v)).collect();
        match values {
            Ok(values) => then(self, &values),
            Err(error) => {
                let stream = Stream::read(&self.file, self.text.as_bytes())?;
                Err(match stream.documents().get(document.wrapping_sub(1)) {
                    Some(document) => document.problem(path, error.to_string()).into(),
                    None => missing(&self.file, document),
                })
            }
        }
    }

    fn change(
        &mut self,
        document: usize,
        path: &[Step<'_>],
        change: &Change<'_>,
    ) -> Result<(), Problems> {
        let stream = Stream::read(&self.file, self.text.as_bytes())?;
        let index = document.wrapping_sub(1);
        let Some(document) = stream.documents().get(index) else {
            return Err(missing(&self.file, document));
        };
        let refuse = |refusal: Refusal| Problems::from(document.problem(path, refusal.to_owned()));
        let source = Source::new(&self.text, document.range());
        let splices = plan::plan(&source, document, path, change).map_err(refuse)?;
        let text = source.apply(splices).ok_or_else(|| refuse(UNFORESEEN))?;
        let mut meant: Vec<Shape> = stream.documents().iter().map(Shape::of).collect();
        let done = meant
            .get_mut(index)
            .and_then(|root| root.change(path, change));
        let again = Stream::read(&self.file, text.as_bytes()).map_err(|_| refuse(UNFORESEEN))?;
        let is: Vec<Shape> = again.documents().iter().map(Shape::of).collect();
        if done.is_none() || is != meant {
            return Err(refuse(UNFORESEEN));
        }
        self.text = text;
        Ok(())
    }
}

fn missing(file: &str, number: usize) -> Problems {
    let nothing = Document::unread(&std::sync::Arc::from(file), number, "", 0..0);
    nothing
        .problem(&[], "there is no such document".to_owned())
        .into()
}
