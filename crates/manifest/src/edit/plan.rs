//! What has to be spliced where, for a change at the end of a path.

use super::source::{self, Source, Splice};
use super::value::{Rendered, Value};
use super::{Change, Refusal, UNFORESEEN, block, flow};
use crate::document::{Document, Step};
use crate::node::{Content, Mapping, Node, Sequence, Tag};

const ALIAS: Refusal = "an alias, which is not changed in place; write the value out";
const ANCHORED: Refusal =
    "an anchor or a tag, whose meaning a change could move; write the value without it";
const NO_LIST: Refusal = "not a list; make it one";
const NO_PLACE: Refusal = "there is nothing at this place; add what it belongs to first";
const ROOT: Refusal = "a document as a whole is not changed in place; write a new file";
const TWICE: Refusal = "duplicate key; remove one of the two";

/// The nodes from the root along the path, as far as they exist.
fn chain<'n, 'a>(root: &'n Node<'a>, path: &[Step<'_>]) -> Result<Vec<&'n Node<'a>>, Refusal> {
    let mut nodes = vec![root];
    let mut node = root;
    for step in path {
        sound(node)?;
        let next = match step {
            Step::Key(name) => match node.as_mapping() {
                Some(mapping) => entry(mapping, name)?.map(|(_, _, value)| value),
                None => None,
            },
            Step::Index(index) => node.as_sequence().and_then(|s| s.items().get(*index)),
        };
        let Some(next) = next else { break };
        nodes.push(next);
        node = next;
    }
    Ok(nodes)
}

fn sound(node: &Node<'_>) -> Result<(), Refusal> {
    match node.content() {
        Content::Alias => Err(ALIAS),
        _ if node.is_anchored() || node.tag() != Tag::None => Err(ANCHORED),
        _ => Ok(()),
    }
}

type Entry<'n, 'a> = (usize, &'n Node<'a>, &'n Node<'a>);

/// The entry with a key: its index, key and value.
fn entry<'n, 'a>(mapping: &'n Mapping<'a>, name: &str) -> Result<Option<Entry<'n, 'a>>, Refusal> {
    let mut found = mapping
        .entries()
        .iter()
        .enumerate()
        .filter_map(|(i, (key, value))| {
            (key.as_scalar()?.text() == name).then_some((i, key, value))
        });
    let first = found.next();
    if found.next().is_some() {
        return Err(TWICE);
    }
    Ok(first)
}

fn is_null(node: &Node<'_>) -> bool {
    node.as_scalar()
        .is_some_and(|scalar| node.range().is_empty() || source::is_null(scalar))
}

fn is_empty(node: &Node<'_>) -> bool {
    match node.content() {
        Content::Sequence(sequence) => sequence.items().is_empty(),
        Content::Mapping(mapping) => mapping.entries().is_empty(),
        _ => is_null(node),
    }
}

/// What has to be spliced into the text.
pub(super) fn plan(
    source: &Source<'_>,
    document: &Document<'_>,
    path: &[Step<'_>],
    change: &Change<'_>,
) -> Result<Vec<Splice>, Refusal> {
    let Some(root) = document.root() else {
        // Nothing but comments: a first key may follow them.
        return match (path, change) {
            ([Step::Key(name)], Change::Set(value)) => Ok(vec![source.at_end(&value.entry(name))]),
            ([Step::Key(name)], Change::Append(items)) => {
                Ok(vec![source.at_end(&Value::list(items).entry(name))])
            }
            _ => Err(NO_PLACE),
        };
    };
    let nodes = chain(root, path)?;
    let reached = nodes.len() - 1;
    let last = nodes.last().copied().unwrap_or(root);
    sound(last)?;
    if reached == path.len() {
        return match change {
            Change::Append(items) => append(source, &nodes, path, last, items),
            Change::Set(value) => set(source, &nodes, path, value),
            Change::Remove => remove(source, &nodes, path),
        };
    }
    let (Some(Step::Key(name)), true) = (path.last(), reached + 1 == path.len()) else {
        return Err(NO_PLACE);
    };
    let value = match change {
        Change::Set(value) => (*value).clone(),
        Change::Append(items) => Value::list(items),
        Change::Remove => return Err(NO_PLACE),
    };
    match last.as_mapping() {
        Some(mapping) if !mapping.entries().is_empty() => Ok(vec![if mapping.is_flow() {
            flow::insert_entry(source, mapping, name, &value)
        } else {
            block::insert_entry(source, mapping, name, &value)
        }]),
        _ if is_empty(last) && last.as_sequence().is_none() => {
            let parent = path.get(..reached).unwrap_or_default();
            set(source, &nodes, parent, &value.within(name))
        }
        _ => Err(NO_PLACE),
    }
}

fn append(
    source: &Source<'_>,
    nodes: &[&Node<'_>],
    path: &[Step<'_>],
    list: &Node<'_>,
    items: &[Value],
) -> Result<Vec<Splice>, Refusal> {
    match list.as_sequence() {
        Some(sequence) if !sequence.items().is_empty() => Ok(vec![if sequence.is_flow() {
            flow::append(source, sequence, items)
        } else {
            block::append(source, sequence, items).ok_or(UNFORESEEN)?
        }]),
        Some(_) => set(source, nodes, path, &Value::list(items)),
        None if is_null(list) => set(source, nodes, path, &Value::list(items)),
        None => Err(NO_LIST),
    }
}

/// The node that the last step leads from.
enum Parent<'n, 'a> {
    Mapping(&'n Mapping<'a>, Entry<'n, 'a>),
    Sequence(&'n Sequence<'a>, usize, &'n Node<'a>),
}

fn parent<'n, 'a>(
    nodes: &[&'n Node<'a>],
    path: &[Step<'_>],
) -> Result<Option<Parent<'n, 'a>>, Refusal> {
    let Some((step, above)) = path.last().zip(path.len().checked_sub(1)) else {
        return Ok(None);
    };
    let Some(above) = nodes.get(above) else {
        return Err(NO_PLACE);
    };
    let found = match (step, above.content()) {
        (Step::Key(name), Content::Mapping(mapping)) => {
            entry(mapping, name)?.map(|found| Parent::Mapping(mapping, found))
        }
        (Step::Index(index), Content::Sequence(sequence)) => sequence
            .items()
            .get(*index)
            .map(|item| Parent::Sequence(sequence, *index, item)),
        _ => None,
    };
    found.map(Some).ok_or(NO_PLACE)
}

fn set(
    source: &Source<'_>,
    nodes: &[&Node<'_>],
    path: &[Step<'_>],
    value: &Value,
) -> Result<Vec<Splice>, Refusal> {
    match parent(nodes, path)? {
        // `{}` or `[]` as the whole document.
        None => match nodes.first() {
            Some(root) if is_empty(root) => Ok(vec![Splice {
                range: root.range(),
                text: source.lines(&value.document(), 0),
            }]),
            _ => Err(ROOT),
        },
        Some(Parent::Mapping(mapping, (_, _, old))) if mapping.is_flow() => {
            flow::replace(old, value).ok_or(UNFORESEEN)
        }
        Some(Parent::Sequence(sequence, _, old)) if sequence.is_flow() => {
            flow::replace(old, value).ok_or(UNFORESEEN)
        }
        Some(Parent::Mapping(_, (_, key, old))) => {
            let head = source.after_colon(key).ok_or(UNFORESEEN)?;
            let rendered = Rendered::of_entry(value);
            block::replace(
                source,
                head,
                source.column(key.start().offset),
                old,
                &rendered,
            )
            .ok_or(UNFORESEEN)
        }
        Some(Parent::Sequence(sequence, index, old)) => {
            let dash = source.dash(sequence, index).ok_or(UNFORESEEN)?;
            let rendered = Rendered::of_item(value);
            block::replace(source, dash + 1, source.column(dash), old, &rendered).ok_or(UNFORESEEN)
        }
    }
}

fn remove(
    source: &Source<'_>,
    nodes: &[&Node<'_>],
    path: &[Step<'_>],
) -> Result<Vec<Splice>, Refusal> {
    let Some(parent) = parent(nodes, path)? else {
        return Err(ROOT);
    };
    let above = path.get(..path.len() - 1).unwrap_or_default();
    let (count, is_flow, empty) = match &parent {
        Parent::Mapping(mapping, _) => (mapping.entries().len(), mapping.is_flow(), "{}"),
        Parent::Sequence(sequence, ..) => (sequence.items().len(), sequence.is_flow(), "[]"),
    };
    let container = nodes.get(above.len()).copied();
    match (container, &parent) {
        (Some(container), _) if count == 1 && (is_flow || above.is_empty()) => {
            Ok(vec![source.emptied(container, empty).ok_or(UNFORESEEN)?])
        }
        (Some(_), Parent::Mapping(..)) if count == 1 => {
            set(source, nodes, above, &Value::empty_map())
        }
        (Some(_), Parent::Sequence(..)) if count == 1 => {
            set(source, nodes, above, &Value::list(&[]))
        }
        (_, Parent::Mapping(mapping, (index, ..))) if is_flow => {
            flow::remove(source, &flow::entries(source, mapping), *index).ok_or(flow::COMMENTED)
        }
        (_, Parent::Sequence(sequence, index, _)) if is_flow => {
            flow::remove(source, &flow::items(source, sequence), *index).ok_or(flow::COMMENTED)
        }
        (_, Parent::Mapping(mapping, (index, ..))) => {
            block::remove_entry(source, mapping, *index).ok_or(UNFORESEEN)
        }
        (_, Parent::Sequence(sequence, index, _)) => {
            block::remove_item(source, sequence, *index).ok_or(UNFORESEEN)
        }
    }
}
