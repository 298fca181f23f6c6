//! The parser's events, composed into a tree of nodes.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StructureStyle};
use zeroize::Zeroizing;

use crate::node::{Content, Mapping, Node, Position, Scalar, Sequence, Style, Tag, Text};
use crate::reason::Reason;
use crate::stream;
use crate::syntax::Syntax;
use crate::text::{self, Divisive};

/// Deep enough for the schemas of any custom resource, far from what could exhaust a stack, and
/// below the 128 levels of `serde_json`, so that whatever was read can be written.
pub(crate) const MAX_DEPTH: usize = 120;

/// Maps with more keys than this look for duplicates through a set.
const FEW_KEYS: usize = 12;

pub(crate) struct Composed<'a> {
    pub(crate) root: Option<Node<'a>>,
    /// The first divisive character, all of them being inside quotes.
    pub(crate) divisive: Option<(Position, Divisive)>,
}

type Refused = (Position, Reason);

/// An open collection.
enum Frame<'a> {
    Sequence {
        node: Head,
        items: Vec<Node<'a>>,
    },
    Mapping {
        node: Head,
        entries: Vec<(Node<'a>, Node<'a>)>,
        key: Option<Node<'a>>,
    },
}

struct Head {
    start: Position,
    tag: Tag,
    anchored: bool,
    flow: bool,
}

/// Parses the document in `range` of `text`, whose first line has the number `first_line`.
pub(crate) fn compose(
    text: &str,
    range: Range<usize>,
    first_line: usize,
) -> Result<Composed<'_>, Refused> {
    let source = text.get(range.clone()).unwrap_or_default();
    let origin = Origin {
        offset: range.start,
        line: first_line - 1,
    };
    let divisive = text::divisive(source);
    let mut quoted: Vec<Range<usize>> = Vec::new();
    let mut builder = Builder {
        stack: Vec::new(),
        flows: 0,
        root: None,
    };
    let options = granit_parser::options! {
        disallow_directives: true,
        // Whether a byte order mark may stand somewhere is decided below, with better words.
        bom_inside_document_as_content: true,
        emit_comments: false,
    };
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(source, options) {
        let (event, span) = event.map_err(|error| {
            let at = origin.at(error.marker());
            let reason = match error.kind() {
                ErrorKind::DirectiveDisallowed => Reason::Directive,
                ErrorKind::RecursionLimitExceeded => Reason::TooDeep(MAX_DEPTH),
                kind => Reason::Syntax(Syntax::from(kind)),
            };
            // Such a character, up to the end of this line, is the likelier cause.
            let rest = text.get(at.offset..).unwrap_or_default();
            let end = at.offset + rest.find('\n').unwrap_or(rest.len());
            outside(&divisive, &quoted)
                .filter(|(offset, _)| origin.offset + offset <= end)
                .map_or((at, reason), |(offset, what)| {
                    (origin.within(source, offset), what.into())
                })
        })?;
        let start = origin.at(&span.start);
        let end = span
            .end
            .byte_offset()
            .map_or(start.offset, |end| end + origin.offset);
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err((start, Reason::ContentAfterEnd));
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                if !divisive.is_empty() {
                    note_span(&mut quoted, style, &span);
                }
                let unterminated = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
                    && end >= text.len()
                    && !text.ends_with('\n')
                    && value.ends_with('\n');
                let unsettled = builder.flows > 0
                    && style == ScalarStyle::Plain
                    && is_unsettled(&value, text.get(end..).unwrap_or_default());
                let scalar = Scalar {
                    text: own(value),
                    style: style_of(style),
                    unsettled,
                    unterminated,
                };
                builder.node(Node {
                    start,
                    end,
                    content: Content::Scalar(scalar),
                    tag: tag_of(tag.as_deref()),
                    anchored: anchor != 0,
                });
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => builder.node(Node {
                start,
                end,
                content: Content::Alias,
                tag: Tag::None,
                anchored: false,
            }),
            Event::SequenceStart(style, anchor, tag) => {
                let node = builder.open(start, style, anchor, tag.as_deref())?;
                let items = Vec::new();
                builder.stack.push(Frame::Sequence { node, items });
            }
            Event::MappingStart(style, anchor, tag) => {
                let node = builder.open(start, style, anchor, tag.as_deref())?;
                builder.stack.push(Frame::Mapping {
                    node,
                    entries: Vec::new(),
                    key: None,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close(end),
            _ => {}
        }
    }
    if let Some((offset, what)) = outside(&divisive, &quoted) {
        return Err((origin.within(source, offset), what.into()));
    }
    Ok(Composed {
        root: builder.root,
        divisive: divisive
            .first()
            .map(|(offset, what)| (origin.within(source, *offset), *what)),
    })
}

struct Origin {
    offset: usize,
    line: usize,
}

impl Origin {
    /// The position of an offset into the document.
    fn within(&self, document: &str, offset: usize) -> Position {
        let at = stream::position(document, offset);
        Position {
            line: at.line + self.line,
            offset: at.offset + self.offset,
            ..at
        }
    }

    fn at(&self, mark: &granit_parser::Marker) -> Position {
        Position {
            line: mark.line() + self.line,
            column: mark.col() + 1,
            offset: mark.byte_offset().unwrap_or_default() + self.offset,
        }
    }
}

struct Builder<'a> {
    stack: Vec<Frame<'a>>,
    flows: usize,
    root: Option<Node<'a>>,
}

impl<'a> Builder<'a> {
    fn open(
        &mut self,
        start: Position,
        style: StructureStyle,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
    ) -> Result<Head, Refused> {
        if self.stack.len() >= MAX_DEPTH {
            return Err((start, Reason::TooDeep(MAX_DEPTH)));
        }
        let flow = style == StructureStyle::Flow;
        self.flows += usize::from(flow);
        Ok(Head {
            start,
            tag: tag_of(tag),
            anchored: anchor != 0,
            flow,
        })
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let (head, content) = match frame {
            Frame::Sequence { node, items } => {
                let flow = node.flow;
                (node, Content::Sequence(Sequence { items, flow }))
            }
            Frame::Mapping { node, entries, .. } => {
                let mapping = Mapping {
                    duplicates: duplicates(&entries),
                    entries,
                    flow: node.flow,
                };
                (node, Content::Mapping(mapping))
            }
        };
        self.flows -= usize::from(head.flow);
        self.node(Node {
            start: head.start,
            end,
            content,
            tag: head.tag,
            anchored: head.anchored,
        });
    }

    fn node(&mut self, node: Node<'a>) {
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame::Sequence { items, .. }) => items.push(node),
            Some(Frame::Mapping { entries, key, .. }) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
        }
    }
}

fn duplicates(entries: &[(Node<'_>, Node<'_>)]) -> Vec<usize> {
    let keys = entries
        .iter()
        .enumerate()
        .filter_map(|(index, (key, _))| key.as_scalar().map(|key| (index, key.text())));
    let mut found = Vec::new();
    if entries.len() <= FEW_KEYS {
        let mut seen: Vec<&str> = Vec::with_capacity(entries.len());
        for (index, key) in keys {
            if seen.contains(&key) {
                found.push(index);
            }
            seen.push(key);
        }
    } else {
        let mut seen = HashSet::with_capacity(entries.len());
        found.extend(keys.filter_map(|(index, key)| (!seen.insert(key)).then_some(index)));
    }
    found
}

/// Inside brackets, older grammars end a plain scalar at `?` and Go takes the colon of `{a:}`
/// for a part of the key.
fn is_unsettled(plain: &str, rest: &str) -> bool {
    plain.contains([':', '?'])
        || rest
            .strip_prefix(':')
            .is_some_and(|rest| !rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Remembers where divisive characters do not change the structure: inside quotes.
fn note_span(quoted: &mut Vec<Range<usize>>, style: ScalarStyle, span: &Span) {
    if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted)
        && let Some(range) = span.byte_range()
    {
        quoted.push(range);
    }
}

/// The first divisive character that is not inside quotes.
fn outside(divisive: &[(usize, Divisive)], quoted: &[Range<usize>]) -> Option<(usize, Divisive)> {
    let mut all = divisive.iter();
    all.find(|(offset, _)| !contains(quoted, *offset)).copied()
}

/// Scalars come in the order of the source, so their ranges are sorted.
fn contains(ranges: &[Range<usize>], offset: usize) -> bool {
    let after = ranges.partition_point(|range| range.start <= offset);
    after
        .checked_sub(1)
        .and_then(|index| ranges.get(index))
        .is_some_and(|range| range.contains(&offset))
}

fn own(value: Cow<'_, str>) -> Text<'_> {
    match value {
        Cow::Borrowed(text) => Text::Borrowed(text),
        Cow::Owned(text) => Text::Owned(Zeroizing::new(text)),
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn tag_of(tag: Option<&granit_parser::Tag>) -> Tag {
    match tag {
        None => Tag::None,
        Some(tag) if tag.is_yaml_core_schema_tag("str") => Tag::Str,
        Some(tag) if tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() == Some("binary") => {
            Tag::Binary
        }
        Some(_) => Tag::Other,
    }
}

impl From<Divisive> for Reason {
    fn from(what: Divisive) -> Self {
        match what {
            Divisive::LineBreak => Self::LineBreak,
            Divisive::ByteOrderMark => Self::ByteOrderMark,
        }
    }
}
