//! Lists that hold Secrets, taken apart into documents.

use zeroize::Zeroizing;

use super::{Secret, read};
use crate::document::Document;
use crate::kind::{self, Kind};
use crate::node::{Content, Node};
use crate::path::Path;
use crate::problem::Problems;
use crate::reason::Reason;
use crate::scalar;
use crate::stream::Stream;
use crate::strict::Report;

/// One item of a list.
pub struct Item<'d> {
    document: &'d Document<'d>,
    node: &'d Node<'d>,
    index: usize,
    kind: Kind,
    text: Zeroizing<String>,
}

impl Item<'_> {
    /// What the item is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The item's place in the list, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The item as a document of its own, with a line break at its end. Comments inside the
    /// item are kept unless they are indented less than it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Reads an item of [`Kind::Secret`]; problems carry the positions in the list's source.
    ///
    /// # Errors
    /// As [`super::read`].
    pub fn secret(&self) -> Result<Secret, Problems> {
        let root = Path::Root;
        let items = root.field("items");
        let path = items.item(self.index);
        if self.kind != Kind::Secret {
            let at = Some(self.node.start);
            return Err(self
                .document
                .at(at, path.to_string(), Reason::NotSecret)
                .into());
        }
        read::read_node(self.document, self.node, &path, true)
    }
}

/// Takes a list (a `v1` `List` or `SecretList`) apart into its items, each a document of its own
/// that says exactly what it said in the list.
///
/// # Errors
/// For a document of another kind, a list inside a list, anchors and aliases between items, and
/// items that cannot be cut out safely.
pub fn items<'d>(document: &'d Document<'d>) -> Result<Vec<Item<'d>>, Problems> {
    let mut report = Report::new(document);
    let list = Path::Root.field("items");
    let root = document.root().filter(|root| is_list(root));
    let sequence = root
        .and_then(|root| root.as_mapping())
        .and_then(|mapping| mapping.get("items"))
        .and_then(|items| items.as_sequence());
    let Some(sequence) = sequence else {
        let at = document.root().map(|root| root.start);
        let problem = document.at(at, String::new(), Reason::HiddenSecret);
        return Err(problem.into());
    };
    document.kind()?;
    let mut items = Vec::with_capacity(sequence.items.len());
    for (index, node) in sequence.items.iter().enumerate() {
        let path = list.item(index);
        let kind = kind::classify(node, &path, &mut report, None);
        if kind == Kind::List {
            report.add(node, &path, Reason::HiddenSecret);
            continue;
        }
        if kind == Kind::Other && !says_what_it_is(node) {
            // In a SecretList the server supplies both; on its own the item would be nothing.
            report.add(node, &path.field("kind"), Reason::Missing);
            continue;
        }
        match slice(document, node) {
            Some(text) => items.push(Item {
                document,
                node,
                index,
                kind,
                text,
            }),
            None => report.add(node, &path, Reason::NotSliceable),
        }
    }
    Problems::or(report.problems, items)
}

fn is_list(root: &Node<'_>) -> bool {
    let field = |name| {
        let node = root.as_mapping()?.get(name)?;
        scalar::string(node).ok()
    };
    field("apiVersion") == Some("v1") && matches!(field("kind"), Some("List" | "SecretList"))
}

fn says_what_it_is(node: &Node<'_>) -> bool {
    let has = |name| node.as_mapping().is_some_and(|map| map.get(name).is_some());
    has("apiVersion") && has("kind")
}

/// The text of a node as a document, if that says the same as the node.
fn slice(document: &Document<'_>, node: &Node<'_>) -> Option<Zeroizing<String>> {
    if node.anchored || node.tag != crate::node::Tag::None {
        return None;
    }
    let text = match &node.content {
        Content::Mapping(mapping) if mapping.flow => {
            let mut text = own(document.text.get(node.range())?);
            text.push('\n');
            text
        }
        Content::Mapping(_) => dedent(document, node)?,
        _ => return None,
    };
    // As a stream: a line that the list indented may be a marker without its indentation.
    let again = Stream::read("", text.as_bytes()).ok()?;
    let same = match again.documents() {
        [again] => again.root().is_some_and(|again| again.same(node)),
        _ => false,
    };
    drop(again);
    same.then_some(text)
}

/// A copy with room for what is added to it, so that it is never moved.
fn own(text: &str) -> Zeroizing<String> {
    let mut copy = Zeroizing::new(String::with_capacity(text.len() + 1));
    copy.push_str(text);
    copy
}

/// The lines of a block, from its first key on, without the indentation that the list gave it.
fn dedent(document: &Document<'_>, node: &Node<'_>) -> Option<Zeroizing<String>> {
    let indent = node.start.column - 1;
    let rest = document.text.get(node.start.offset..document.range.end)?;
    let mut out = Zeroizing::new(String::with_capacity(node.range().len() + 1));
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        if number == 0 {
            out.push_str(line);
            continue;
        }
        let spaces = line.bytes().take_while(|&b| b == b' ').count();
        let content = line.trim_start_matches(' ').trim_end_matches(['\r', '\n']);
        if content.is_empty() || spaces >= indent {
            out.push_str(line.get(spaces.min(indent)..)?);
        } else if !content.starts_with('#') {
            break;
        }
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    Some(out)
}
