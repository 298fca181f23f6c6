//! Changes between brackets: nothing moves to another line.

use std::ops::Range;

use super::Refusal;
use super::source::{Source, Splice};
use super::value::Value;
use crate::node::{Mapping, Node, Sequence};

pub(super) const COMMENTED: Refusal =
    "there are comments between the brackets; write it as a plain block, one key or item to a line";

/// Adds an entry behind the last one.
pub(super) fn insert_entry(
    source: &Source<'_>,
    mapping: &Mapping<'_>,
    name: &str,
    value: &Value,
) -> Splice {
    let end = entries(source, mapping).last().map_or(0, |range| range.end);
    Splice {
        range: end..end,
        text: format!(", {}", value.flow_entry(name)),
    }
}

/// Adds items behind the last one.
pub(super) fn append(source: &Source<'_>, sequence: &Sequence<'_>, new: &[Value]) -> Splice {
    let end = items(source, sequence).last().map_or(0, |range| range.end);
    let new: Vec<String> = new.iter().map(Value::flow).collect();
    Splice {
        range: end..end,
        text: format!(", {}", new.join(", ")),
    }
}

/// Puts another value in the place of one that is written out.
pub(super) fn replace(old: &Node<'_>, value: &Value) -> Option<Vec<Splice>> {
    let range = old.range();
    let text = value.flow();
    (!range.is_empty()).then(|| vec![Splice { range, text }])
}

/// Where the entries stand.
pub(super) fn entries(source: &Source<'_>, mapping: &Mapping<'_>) -> Vec<Range<usize>> {
    let entries = mapping.entries().iter();
    entries
        .map(|(key, value)| key.start().offset..source.entry_end(key, value))
        .collect()
}

/// Where the items stand.
pub(super) fn items(source: &Source<'_>, sequence: &Sequence<'_>) -> Vec<Range<usize>> {
    let items = sequence.items().iter();
    items
        .map(|item| item.start().offset..source.content_end(item))
        .collect()
}

/// Takes one of several out, with one of the commas beside it; `None` if a comment would go, too.
pub(super) fn remove(
    source: &Source<'_>,
    ranges: &[Range<usize>],
    index: usize,
) -> Option<Vec<Splice>> {
    let this = ranges.get(index)?;
    let (range, gap) = match (ranges.get(index + 1), index.checked_sub(1)) {
        (Some(next), _) => (this.start..next.start, this.end..next.start),
        (None, Some(before)) => {
            let before = ranges.get(before)?;
            (before.end..this.end, before.end..this.start)
        }
        (None, None) => return None,
    };
    let text = String::new();
    (!source.slice(gap).contains('#')).then(|| vec![Splice { range, text }])
}
