//! The rules for the structure of documents that are read, not only passed through.

use crate::document::Document;
use crate::node::{Content, Node, Scalar, Tag};
use crate::path::{Path, shown};
use crate::problem::Problem;
use crate::reason::Reason;
use crate::scalar;

/// Collects what is wrong with a document.
pub(crate) struct Report<'d> {
    document: &'d Document<'d>,
    pub(crate) problems: Vec<Problem>,
}

impl<'d> Report<'d> {
    pub(crate) fn new(document: &'d Document<'d>) -> Self {
        let problems = Vec::new();
        Self { document, problems }
    }

    pub(crate) fn add(&mut self, node: &Node<'_>, path: &Path<'_>, reason: Reason) {
        let problem = self.document.at(Some(node.start), path.to_string(), reason);
        self.problems.push(problem);
    }

    /// Keeps the value, or reports why there is none.
    pub(crate) fn check<T>(
        &mut self,
        node: &Node<'_>,
        path: &Path<'_>,
        read: Result<T, Reason>,
    ) -> Option<T> {
        read.map_err(|reason| self.add(node, path, reason)).ok()
    }

    /// Refuses, anywhere below a node, what readers resolve differently: duplicate, merge and
    /// ambiguous keys, aliases, anchors, tags. Scalars other than keys are judged when they
    /// are read.
    pub(crate) fn structure(&mut self, node: &Node<'_>, path: &Path<'_>) {
        if let Some((at, what)) = self.document.divisive {
            let problem = self.document.at(Some(at), String::new(), what.into());
            self.problems.push(problem);
        }
        self.walk(node, path);
    }

    fn walk(&mut self, node: &Node<'_>, path: &Path<'_>) {
        self.properties(node, path);
        match &node.content {
            Content::Alias => self.add(node, path, Reason::Alias),
            Content::Scalar(_) => {}
            Content::Sequence(sequence) => {
                for (index, item) in sequence.items.iter().enumerate() {
                    self.walk(item, &path.item(index));
                }
            }
            Content::Mapping(mapping) => {
                for key in mapping.duplicates() {
                    let name = key.as_scalar().map_or("", Scalar::settled);
                    self.add(key, &path.key(name), Reason::DuplicateKey);
                }
                for (key, value) in &mapping.entries {
                    let name = key.as_scalar().map_or("", Scalar::settled);
                    if key.anchored {
                        self.add(key, &path.key(name), Reason::Anchor);
                    }
                    match scalar::key(key) {
                        Ok(name) => self.walk(value, &path.key(name)),
                        Err(reason) => {
                            // A key that cannot be trusted may be a value in the wrong place.
                            let name = shown(name);
                            self.add(key, &path.key(&name), reason);
                        }
                    }
                }
            }
        }
    }

    fn properties(&mut self, node: &Node<'_>, path: &Path<'_>) {
        if node.anchored {
            self.add(node, path, Reason::Anchor);
        }
        match (node.tag, &node.content) {
            (Tag::None, _) | (Tag::Str, Content::Scalar(_)) => {}
            (Tag::Binary, _) => self.add(node, path, Reason::BinaryTag),
            _ => self.add(node, path, Reason::Tag),
        }
    }
}
