//! A document as a tree that keeps what the source said: positions, styles, tags, duplicates.

use std::ops::Range;

use zeroize::Zeroizing;

/// A place in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The offset, from 0, in bytes.
    pub offset: usize,
}

/// One node of a document. It may hold plaintext and therefore cannot be printed.
pub struct Node<'a> {
    pub(crate) start: Position,
    pub(crate) end: usize,
    pub(crate) content: Content<'a>,
    pub(crate) tag: Tag,
    pub(crate) anchored: bool,
}

/// What a node is.
pub enum Content<'a> {
    /// A single value.
    Scalar(Scalar<'a>),
    /// A list.
    Sequence(Sequence<'a>),
    /// A map.
    Mapping(Mapping<'a>),
    /// `*name`: a reference to another node, which is never followed.
    Alias,
}

/// A tag as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// None was written.
    None,
    /// The core schema's `!!str`.
    Str,
    /// `!!binary`, which readers decode differently.
    Binary,
    /// Any other.
    Other,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; also a value that is not there at all.
    Plain,
    /// `'...'`
    SingleQuoted,
    /// `"..."`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A single value.
pub struct Scalar<'a> {
    pub(crate) text: Text<'a>,
    pub(crate) style: Style,
    /// A plain scalar inside `[...]` or `{...}` that another grammar would end elsewhere.
    pub(crate) unsettled: bool,
    /// A block scalar on which readers disagree, because the file ends without a line break.
    pub(crate) unterminated: bool,
}

/// Text that borrows from the source where it can; a copy is overwritten when dropped.
pub(crate) enum Text<'a> {
    Borrowed(&'a str),
    Owned(Zeroizing<String>),
}

/// A list.
pub struct Sequence<'a> {
    pub(crate) items: Vec<Node<'a>>,
    pub(crate) flow: bool,
}

/// A map, with its entries in the order of the source, duplicates included.
pub struct Mapping<'a> {
    pub(crate) entries: Vec<(Node<'a>, Node<'a>)>,
    pub(crate) duplicates: Vec<usize>,
    pub(crate) flow: bool,
}

impl<'a> Node<'a> {
    /// Where the node begins: its content, after tag and anchor; for a block scalar its first
    /// line, after the header.
    pub fn start(&self) -> Position {
        self.start
    }

    /// The bytes of the source that the node covers, quotes and brackets included. A block
    /// scalar's header is not part of it, and a block collection ends where the next token
    /// begins.
    pub fn range(&self) -> Range<usize> {
        self.start.offset..self.end.max(self.start.offset)
    }

    /// What the node is.
    pub fn content(&self) -> &Content<'a> {
        &self.content
    }

    /// The tag that was written.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// Whether an anchor (`&name`) was written.
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// The node as a scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar<'a>> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The node as a list, if it is one.
    pub fn as_sequence(&self) -> Option<&Sequence<'a>> {
        match &self.content {
            Content::Sequence(sequence) => Some(sequence),
            _ => None,
        }
    }

    /// The node as a map, if it is one.
    pub fn as_mapping(&self) -> Option<&Mapping<'a>> {
        match &self.content {
            Content::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// Whether two nodes say the same in the same way, wherever they stand.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.tag == other.tag
            && self.anchored == other.anchored
            && match (&self.content, &other.content) {
                (Content::Scalar(a), Content::Scalar(b)) => {
                    // Without a line break at its end a block means one thing to some and another
                    // with it.
                    let is_same_end = a.unterminated == b.unterminated;
                    a.style == b.style && a.text() == b.text() && is_same_end
                }
                (Content::Sequence(a), Content::Sequence(b)) => {
                    a.items.len() == b.items.len()
                        && a.items.iter().zip(&b.items).all(|(a, b)| a.same(b))
                }
                (Content::Mapping(a), Content::Mapping(b)) => {
                    a.entries.len() == b.entries.len()
                        && a.entries
                            .iter()
                            .zip(&b.entries)
                            .all(|(a, b)| a.0.same(&b.0) && a.1.same(&b.1))
                }
                // An alias means what its anchor says, and that may differ.
                _ => false,
            }
    }
}

impl Scalar<'_> {
    /// The text after unescaping and folding. It may be plaintext: never put it into an error.
    pub fn text(&self) -> &str {
        match &self.text {
            Text::Borrowed(text) => text,
            Text::Owned(text) => text,
        }
    }

    /// The part of a key that messages may show: of `{a:b}` the rest was meant as a value.
    pub(crate) fn settled(&self) -> &str {
        let text = self.text();
        let end = if self.unsettled {
            text.find([':', '?'])
        } else {
            None
        };
        end.and_then(|end| text.get(..end)).unwrap_or(text)
    }

    /// How it is written.
    pub fn style(&self) -> Style {
        self.style
    }
}

impl<'a> Sequence<'a> {
    /// The items in order.
    pub fn items(&self) -> &[Node<'a>] {
        &self.items
    }

    /// Whether it is written `[...]`.
    pub fn is_flow(&self) -> bool {
        self.flow
    }
}

impl<'a> Mapping<'a> {
    /// The entries in order: key and value.
    pub fn entries(&self) -> &[(Node<'a>, Node<'a>)] {
        &self.entries
    }

    /// Whether it is written `{...}`.
    pub fn is_flow(&self) -> bool {
        self.flow
    }

    /// The keys that occur a second time.
    pub fn duplicates(&self) -> impl Iterator<Item = &Node<'a>> {
        self.duplicates
            .iter()
            .filter_map(|&index| self.entries.get(index).map(|(key, _)| key))
    }

    /// The value of the first entry whose key is the scalar `name`.
    pub fn get(&self, name: &str) -> Option<&Node<'a>> {
        self.entries
            .iter()
            .find(|(key, _)| key.as_scalar().is_some_and(|key| key.text() == name))
            .map(|(_, value)| value)
    }
}
