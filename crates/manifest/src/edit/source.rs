//! Where things stand in a text: lines, colons, dashes, and where a node really ends.

use std::ops::Range;

use crate::node::{Content, Mapping, Node, Scalar, Sequence, Style};

/// Bytes to put in the place of others.
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// The text that is changed, and the document in it.
pub(super) struct Source<'t> {
    text: &'t str,
    document: Range<usize>,
    line_break: &'static str,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str, document: Range<usize>) -> Self {
        let first = text.split_inclusive('\n').next().unwrap_or_default();
        let line_break = if first.ends_with("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        Self {
            text,
            document,
            line_break,
        }
    }

    /// The text with all splices made; `None` if they overlap or cut a character in two.
    pub(super) fn apply(&self, mut splices: Vec<Splice>) -> Option<String> {
        splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
        let mut out = String::with_capacity(self.text.len());
        let mut done = 0;
        for splice in splices {
            out.push_str(self.text.get(done..splice.range.start)?);
            out.push_str(&splice.text);
            done = splice.range.end;
        }
        out.push_str(self.text.get(done..)?);
        Some(out)
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// The start of the line that an offset is on.
    pub(super) fn line_start(&self, offset: usize) -> usize {
        self.slice(0..offset).rfind('\n').map_or(0, |at| at + 1)
    }

    /// The end of the line that an offset is on, after its line break.
    pub(super) fn line_end(&self, offset: usize) -> usize {
        let end = self.document.end;
        self.slice(offset..end)
            .find('\n')
            .map_or(end, |at| offset + at + 1)
    }

    /// How many characters stand before an offset on its line.
    pub(super) fn column(&self, offset: usize) -> usize {
        let before = self.slice(self.line_start(offset)..offset);
        before.trim_start_matches('\u{feff}').chars().count()
    }

    /// Whether nothing but spaces stands before an offset on its line.
    pub(super) fn is_first(&self, offset: usize) -> bool {
        let before = self.slice(self.line_start(offset)..offset);
        before.trim_start_matches('\u{feff}').trim().is_empty()
    }

    /// Lines with the file's line breaks, indented.
    pub(super) fn lines(&self, lines: &[String], indent: usize) -> String {
        let mut out = String::new();
        for line in lines {
            if !line.is_empty() {
                out.extend(std::iter::repeat_n(' ', indent));
                out.push_str(line);
            }
            out.push_str(self.line_break);
        }
        out
    }

    /// Whole lines, put where a line begins or where the text ends.
    pub(super) fn insert_lines(&self, at: usize, lines: &[String], indent: usize) -> Splice {
        let mut text = self.lines(lines, indent);
        if at > self.document.start && !self.slice(0..at).ends_with('\n') {
            text.insert_str(0, self.line_break);
        }
        Splice {
            range: at..at,
            text,
        }
    }

    /// Lines at the end of the document.
    pub(super) fn at_end(&self, lines: &[String]) -> Splice {
        self.insert_lines(self.document.end, lines, 0)
    }

    /// A collection of which nothing is left.
    pub(super) fn emptied(&self, node: &Node<'_>, empty: &str) -> Option<Splice> {
        let start = node.range().start;
        let start = match node.content() {
            Content::Sequence(sequence) if !sequence.is_flow() => self.dash(sequence, 0)?,
            _ => start,
        };
        Some(Splice {
            range: start..self.content_end(node),
            text: empty.to_owned(),
        })
    }

    /// The offset behind the colon of a key, which has to be on the key's own line.
    pub(super) fn after_colon(&self, key: &Node<'_>) -> Option<usize> {
        let end = key.range().end;
        let between = self.slice(end..self.line_end(end));
        let colon = between.find(':')?;
        let is_blank = between.get(..colon)?.trim().is_empty();
        is_blank.then_some(end + colon + 1)
    }

    /// The offset of the dash of an item of a block list. Between the item before and this one
    /// there can be nothing else but comments.
    pub(super) fn dash(&self, sequence: &Sequence<'_>, index: usize) -> Option<usize> {
        let item = sequence.items().get(index)?;
        let Some(before) = index.checked_sub(1).and_then(|i| sequence.items().get(i)) else {
            return self.first_dash(item);
        };
        let column = self.column(self.dash(sequence, 0)?);
        let mut at = match (before.range().is_empty(), index.checked_sub(1)) {
            // An item without content tells nothing about its own place.
            (true, Some(index)) => self.line_end(self.dash(sequence, index)?),
            _ => self.line_end(self.content_end(before)),
        };
        while at < self.document.end {
            let end = self.line_end(at);
            let line = self.slice(at..end);
            let indent = line.len() - line.trim_start_matches(' ').len();
            if indent == column && is_dash(line.get(indent..)?) {
                return Some(at + indent);
            }
            at = end;
        }
        None
    }

    /// The first item's dash stands before it, on its line or on one above with comments between.
    fn first_dash(&self, item: &Node<'_>) -> Option<usize> {
        let mut end = item.start().offset;
        loop {
            let start = self.line_start(end.checked_sub(1)?);
            let line = self.slice(start..end);
            let code = line.split(" #").next().unwrap_or_default().trim_end();
            let is_comment = line.trim_start().starts_with('#');
            if !is_comment && code.ends_with('-') {
                return Some(start + code.len() - 1);
            }
            // A block scalar begins below its header.
            if !is_comment && let Some(dash) = code.rfind("- ") {
                let header = code.get(dash + 2..)?.trim_start();
                return header.starts_with(['|', '>']).then_some(start + dash);
            }
            if !is_comment && !code.is_empty() || start <= self.document.start {
                return None;
            }
            end = start;
        }
    }

    /// Where a node's content ends: before the line break, the comments and the empty lines
    /// that follow it, unless these belong to a block scalar.
    pub(super) fn content_end(&self, node: &Node<'_>) -> usize {
        match node.content() {
            Content::Sequence(sequence) if !sequence.is_flow() => {
                let last = sequence.items().len().saturating_sub(1);
                match sequence.items().last() {
                    Some(item) if item.range().is_empty() => self
                        .dash(sequence, last)
                        .map_or(node.start().offset, |dash| dash + 1),
                    Some(item) => self.content_end(item),
                    None => node.range().end,
                }
            }
            Content::Mapping(mapping) if !mapping.is_flow() => match mapping.entries().last() {
                Some((key, value)) => self.entry_end(key, value),
                None => node.range().end,
            },
            Content::Scalar(scalar) if matches!(scalar.style(), Style::Literal | Style::Folded) => {
                self.block_scalar_end(node, scalar)
            }
            _ => node.range().end,
        }
    }

    fn block_scalar_end(&self, node: &Node<'_>, scalar: &Scalar<'_>) -> usize {
        let range = node.range();
        let text = self.slice(range.clone());
        let kept = scalar.text().ends_with("\n\n");
        let content = if kept {
            text.strip_suffix('\n').unwrap_or(text)
        } else {
            text.trim_end()
        };
        range.start + content.trim_end_matches('\r').len()
    }

    /// Where an entry's value ends, or its colon if it has none.
    pub(super) fn entry_end(&self, key: &Node<'_>, value: &Node<'_>) -> usize {
        if value.range().is_empty() && value.as_scalar().is_some_and(|s| !is_block(s)) {
            return self.after_colon(key).unwrap_or_else(|| key.range().end);
        }
        self.content_end(value).max(key.range().end)
    }

    /// The column at which a block map's keys stand; none if its first key is an explicit one.
    pub(super) fn keys_column(&self, mapping: &Mapping<'_>) -> Option<usize> {
        let (key, _) = mapping.entries().first()?;
        Some(self.column(key.start().offset))
    }
}

pub(super) fn is_block(scalar: &Scalar<'_>) -> bool {
    matches!(scalar.style(), Style::Literal | Style::Folded)
}

pub(super) fn is_null(scalar: &Scalar<'_>) -> bool {
    scalar.style() == Style::Plain && is_null_text(scalar.text())
}

pub(super) fn is_null_text(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn is_dash(text: &str) -> bool {
    text.strip_prefix('-')
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}
