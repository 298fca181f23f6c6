//! Reading scalars so that every reader would read the same.

use crate::node::{Content, Node, Scalar, Style, Tag};
use crate::plain::{Plain, plain};
use crate::reason::Reason;

/// A scalar whose meaning all readers agree on.
pub(crate) enum Value<'n> {
    Null,
    Bool(bool),
    /// A canonical decimal integer, of any size.
    Integer(&'n str),
    Text(&'n str),
}

pub(crate) fn value<'n>(node: &'n Node<'_>) -> Result<Value<'n>, Reason> {
    let scalar = match &node.content {
        Content::Scalar(scalar) => scalar,
        Content::Alias => return Err(Reason::Alias),
        _ => return Err(Reason::Expected("a string".to_owned())),
    };
    match node.tag {
        Tag::Binary => return Err(Reason::BinaryTag),
        Tag::Other => return Err(Reason::Tag),
        Tag::Str | Tag::None => {}
    }
    let text = written(scalar)?;
    if scalar.style != Style::Plain || node.tag == Tag::Str {
        return Ok(Value::Text(text));
    }
    match plain(text) {
        Plain::Null => Ok(Value::Null),
        Plain::Bool(value) => Ok(Value::Bool(value)),
        Plain::Integer => Ok(Value::Integer(text)),
        Plain::Text => Ok(Value::Text(text)),
        Plain::Ambiguous => Err(Reason::Ambiguous),
    }
}

/// The text, unless readers disagree on how its style is to be read.
fn written<'n>(scalar: &'n Scalar<'_>) -> Result<&'n str, Reason> {
    let text = scalar.text();
    match scalar.style {
        Style::Literal | Style::Folded if scalar.unterminated => Err(Reason::Unterminated),
        // kustomize writes one line break more around such lines, and at such an end.
        Style::Folded
            if text.ends_with("\n\n")
                || text.split('\n').any(|line| line.starts_with([' ', '\t'])) =>
        {
            Err(Reason::Folded)
        }
        Style::Plain if scalar.unsettled => Err(Reason::Ambiguous),
        _ => Ok(text),
    }
}

/// A string; null, numbers and booleans are not.
pub(crate) fn string<'n>(node: &'n Node<'_>) -> Result<&'n str, Reason> {
    optional_string(node)?.ok_or_else(|| Reason::ExpectedText("a string".to_owned()))
}

/// A string or null.
pub(crate) fn optional_string<'n>(node: &'n Node<'_>) -> Result<Option<&'n str>, Reason> {
    match value(node)? {
        Value::Text(text) => Ok(Some(text)),
        Value::Null => Ok(None),
        Value::Bool(_) => Err(Reason::ExpectedText("a string, not a boolean,".to_owned())),
        Value::Integer(_) => Err(Reason::ExpectedText("a string, not a number,".to_owned())),
    }
}

/// `true`, `false` or null.
pub(crate) fn optional_bool(node: &Node<'_>) -> Result<Option<bool>, Reason> {
    match value(node) {
        Ok(Value::Bool(value)) => Ok(Some(value)),
        Ok(Value::Null) => Ok(None),
        Err(reason @ (Reason::Alias | Reason::Tag | Reason::BinaryTag)) => Err(reason),
        _ => Err(Reason::Expected("`true` or `false`".to_owned())),
    }
}

/// A key: a string that all readers read as this string.
pub(crate) fn key<'n>(node: &'n Node<'_>) -> Result<&'n str, Reason> {
    match &node.content {
        Content::Scalar(scalar) if scalar.text() == "<<" => return Err(Reason::MergeKey),
        Content::Sequence(_) | Content::Mapping(_) => return Err(Reason::ComplexKey),
        _ => {}
    }
    match value(node) {
        Ok(Value::Text(text)) => Ok(text),
        Ok(_) | Err(Reason::Ambiguous) => Err(Reason::AmbiguousKey),
        Err(reason) => Err(reason),
    }
}
