//! Changes in block style: whole lines come and go.

use super::source::{Source, Splice, is_block};
use super::value::{Rendered, Value};
use crate::node::{Content, Mapping, Node, Sequence};

/// Adds an entry below the last one.
pub(super) fn insert_entry(
    source: &Source<'_>,
    mapping: &Mapping<'_>,
    name: &str,
    value: &Value,
) -> Splice {
    let end = mapping
        .entries()
        .last()
        .map_or(0, |(key, value)| source.entry_end(key, value));
    let column = source.keys_column(mapping).unwrap_or_default();
    source.insert_lines(source.line_end(end), &value.entry(name), column)
}

/// Adds items below the last one.
pub(super) fn append(
    source: &Source<'_>,
    sequence: &Sequence<'_>,
    items: &[Value],
) -> Option<Splice> {
    let last = sequence.items().len().checked_sub(1)?;
    let item = sequence.items().get(last)?;
    let dash = source.dash(sequence, last)?;
    let end = item_end(source, dash, item);
    let lines: Vec<String> = items.iter().flat_map(Value::item).collect();
    Some(source.insert_lines(source.line_end(end), &lines, source.column(dash)))
}

fn item_end(source: &Source<'_>, dash: usize, item: &Node<'_>) -> usize {
    if item.range().is_empty() {
        return dash + 1;
    }
    source.content_end(item)
}

/// Takes an entry out; there has to be another one.
pub(super) fn remove_entry(
    source: &Source<'_>,
    mapping: &Mapping<'_>,
    index: usize,
) -> Option<Vec<Splice>> {
    let (key, value) = mapping.entries().get(index)?;
    let next = mapping.entries().get(index + 1);
    let start = key.start().offset;
    let end = source.entry_end(key, value);
    Some(cut(
        source,
        start,
        end,
        next.map(|(key, _)| key.start().offset),
    ))
}

/// Takes an item out; there has to be another one.
pub(super) fn remove_item(
    source: &Source<'_>,
    sequence: &Sequence<'_>,
    index: usize,
) -> Option<Vec<Splice>> {
    let item = sequence.items().get(index)?;
    let dash = source.dash(sequence, index)?;
    let next = match sequence.items().get(index + 1) {
        Some(_) => Some(source.dash(sequence, index + 1)?),
        None => None,
    };
    Some(cut(source, dash, item_end(source, dash, item), next))
}

/// Cuts out what begins at `start`, whole lines if it is the first on its line.
fn cut(source: &Source<'_>, start: usize, end: usize, next: Option<usize>) -> Vec<Splice> {
    let nothing = |range| {
        let text = String::new();
        vec![Splice { range, text }]
    };
    let line_end = source.line_end(end);
    if source.is_first(start) {
        let from = source.line_start(start);
        let bom = source.slice(from..start).len() - source.column(start);
        return nothing(from + bom..line_end);
    }
    // Behind a dash: what follows moves up, unless a comment stands between.
    match next {
        Some(next) if source.line_start(next) == line_end => nothing(start..next),
        _ => {
            let rest = source.slice(end..line_end);
            let line_break = rest.len() - rest.trim_end_matches(['\r', '\n']).len();
            let before = source.slice(source.line_start(start)..start);
            let spaces = before.len() - before.trim_end().len();
            nothing(start - spaces..line_end - line_break)
        }
    }
}

/// Puts a value behind a colon or a dash, which end at `head` and begin at `column`.
pub(super) fn replace(
    source: &Source<'_>,
    head: usize,
    column: usize,
    old: &Node<'_>,
    new: &Rendered,
) -> Option<Vec<Splice>> {
    let (inline, mut below) = places(source, head, old)?;
    if !new.below.is_empty() && !below.is_empty() {
        // A comment between could become a part of a text of several lines.
        below.start = source.line_end(head);
    }
    let space = if new.inline.is_empty() { "" } else { " " };
    let mut splices = vec![Splice {
        range: inline,
        text: format!("{space}{}", new.inline),
    }];
    let text = source.lines(&new.below, column);
    if !below.is_empty() || !text.is_empty() {
        let mut inserted = source.insert_lines(below.start, &new.below, column);
        inserted.range = below;
        if new.below.is_empty() {
            inserted.text.clear();
        }
        splices.push(inserted);
    }
    Some(splices)
}

type Range = std::ops::Range<usize>;

/// The bytes of a value behind its head, and its lines below.
fn places(source: &Source<'_>, head: usize, old: &Node<'_>) -> Option<(Range, Range)> {
    let start = old.start().offset;
    let head_line = source.line_end(head);
    let same_line = source.line_start(start) == source.line_start(head);
    match old.content() {
        Content::Scalar(scalar) if is_block(scalar) => {
            let rest = source.slice(head..head_line);
            let spaces = rest.len() - rest.trim_start().len();
            let header = rest.split_whitespace().next()?;
            if !header.starts_with(['|', '>']) {
                return None;
            }
            let inline = head..head + spaces + header.len();
            let end = source.content_end(old);
            let end = if end <= head_line {
                head_line
            } else {
                source.line_end(end)
            };
            Some((inline, head_line..end))
        }
        Content::Scalar(_) if old.range().is_empty() => Some((head..head, head_line..head_line)),
        Content::Mapping(mapping) if !mapping.is_flow() && !same_line => {
            let below = source.line_start(start)..source.line_end(source.content_end(old));
            Some((head..head, below))
        }
        Content::Sequence(sequence) if !sequence.is_flow() => {
            let dash = source.dash(sequence, 0)?;
            let end = source.content_end(old);
            if source.line_start(dash) == source.line_start(head) {
                return Some((head..end, source.line_end(end)..source.line_end(end)));
            }
            Some((head..head, source.line_start(dash)..source.line_end(end)))
        }
        _ if same_line => {
            let end = source.content_end(old);
            Some((head..end, source.line_end(end)..source.line_end(end)))
        }
        _ => None,
    }
}
