//! What a document says, apart from its layout: to compare what came out with what was meant.

use super::Change;
use crate::document::{Document, Step};
use crate::node::{Content, Node, Style, Tag};
use crate::plain::is_unambiguous;

/// A document or a part of one.
#[derive(Clone, PartialEq)]
pub(super) struct Shape {
    tag: Tag,
    anchored: bool,
    form: Form,
}

#[derive(Clone, PartialEq)]
enum Form {
    Nothing,
    Alias,
    /// Any two styles in which every reader sees a string count as equal.
    Scalar {
        text: String,
        string: bool,
    },
    List(Vec<Shape>),
    Map(Vec<(Shape, Shape)>),
}

impl Shape {
    pub(super) fn of(document: &Document<'_>) -> Self {
        document
            .root()
            .map_or_else(|| Self::plain(Form::Nothing), Self::of_node)
    }

    fn plain(form: Form) -> Self {
        Self {
            tag: Tag::None,
            anchored: false,
            form,
        }
    }

    fn of_node(node: &Node<'_>) -> Self {
        let form = match node.content() {
            Content::Alias => Form::Alias,
            Content::Scalar(scalar) => Form::Scalar {
                text: scalar.text().to_owned(),
                string: scalar.style() != Style::Plain || is_unambiguous(scalar.text()),
            },
            Content::Sequence(sequence) => {
                Form::List(sequence.items().iter().map(Self::of_node).collect())
            }
            Content::Mapping(mapping) => {
                let entries = mapping.entries().iter();
                Form::Map(
                    entries
                        .map(|(k, v)| (Self::of_node(k), Self::of_node(v)))
                        .collect(),
                )
            }
        };
        Self {
            tag: node.tag(),
            anchored: node.is_anchored(),
            form,
        }
    }

    fn key(name: &str) -> Self {
        Self::plain(Form::Scalar {
            text: name.to_owned(),
            string: true,
        })
    }

    fn has_name(&self, name: &str) -> bool {
        matches!(&self.form, Form::Scalar { text, .. } if text == name)
    }

    fn is_null(&self) -> bool {
        match &self.form {
            Form::Nothing => true,
            Form::Scalar { text, string } => !string && super::source::is_null_text(text),
            _ => false,
        }
    }

    /// Makes a change; `None` if there is nowhere to make it.
    pub(super) fn change(&mut self, path: &[Step<'_>], change: &Change<'_>) -> Option<()> {
        let Some((step, rest)) = path.split_first() else {
            return self.change_here(change);
        };
        let is_null = self.is_null();
        match (step, &mut self.form) {
            (Step::Key(name), Form::Map(entries)) => {
                let index = entries.iter().position(|(key, _)| key.has_name(name));
                match (index, change) {
                    (Some(index), Change::Remove) if rest.is_empty() => {
                        entries.remove(index);
                    }
                    (Some(index), _) => entries.get_mut(index)?.1.change(rest, change)?,
                    (None, _) if rest.is_empty() => {
                        let mut value = Self::plain(Form::Nothing);
                        value.change_here(change)?;
                        entries.push((Self::key(name), value));
                    }
                    (None, _) => return None,
                }
            }
            (Step::Key(_), _) if rest.is_empty() && is_null => {
                self.form = Form::Map(Vec::new());
                self.change(path, change)?;
            }
            (Step::Index(index), Form::List(items)) if *index < items.len() => {
                if rest.is_empty() && matches!(change, Change::Remove) {
                    items.remove(*index);
                } else {
                    items.get_mut(*index)?.change(rest, change)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn change_here(&mut self, change: &Change<'_>) -> Option<()> {
        match change {
            Change::Set(value) => *self = value.shape()?,
            Change::Append(items) => {
                if self.is_null() {
                    self.form = Form::List(Vec::new());
                }
                let Form::List(list) = &mut self.form else {
                    return None;
                };
                for item in *items {
                    list.push(item.shape()?);
                }
            }
            Change::Remove => return None,
        }
        Some(())
    }
}
