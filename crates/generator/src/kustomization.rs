//! A kustomization file as far as it matters here: which resources it lists, and changes to it.

use bulla_manifest::edit::Editor;
use bulla_manifest::{Node, Problems, Step, Stream};

/// A kustomization file, which may not be ours.
pub(crate) struct Kustomization {
    pub(crate) file: String,
    /// The text before any change; none if the file is new.
    before: Option<String>,
    editor: Editor,
}

/// An entry of a list, which kustomize compares as a path.
pub(crate) struct Entry {
    pub(crate) index: usize,
    pub(crate) path: String,
}

impl Kustomization {
    pub(crate) fn existing(file: &str, text: &str) -> Self {
        Self {
            file: file.to_owned(),
            before: Some(text.to_owned()),
            editor: Editor::new(file, text),
        }
    }

    pub(crate) fn new(file: &str, text: &str) -> Self {
        Self {
            before: None,
            ..Self::existing(file, text)
        }
    }

    /// The new text, if it differs from what is there.
    pub(crate) fn changed(self) -> Option<String> {
        let text = self.editor.into_text();
        (self.before.as_deref() != Some(&text)).then_some(text)
    }

    fn root<T>(&self, read: impl FnOnce(Option<&Node<'_>>) -> T) -> Result<T, Problems> {
        let stream = Stream::read(&self.file, self.editor.text().as_bytes())?;
        let mut roots = stream
            .documents()
            .iter()
            .filter(|document| document.root().is_some());
        let first = roots.next();
        if let Some(second) = roots.next() {
            let message = "a second document, which kustomize does not read; remove it";
            return Err(second.problem(&[], message.to_owned()).into());
        }
        Ok(read(first.and_then(bulla_manifest::Document::root)))
    }

    /// The number of the document that counts.
    fn document(&self) -> Result<usize, Problems> {
        let stream = Stream::read(&self.file, self.editor.text().as_bytes())?;
        let found = stream
            .documents()
            .iter()
            .find(|document| document.root().is_some());
        Ok(found.map_or(1, bulla_manifest::Document::number))
    }

    /// The scalar at the top with a name.
    pub(crate) fn field(&self, name: &str) -> Result<Option<String>, Problems> {
        self.root(|root| {
            let scalar = root?.as_mapping()?.get(name)?.as_scalar()?;
            Some(scalar.text().to_owned())
        })
    }

    /// The entries of a list of paths.
    pub(crate) fn paths(&self, list: &str) -> Result<Vec<Entry>, Problems> {
        self.root(|root| {
            let list = root.and_then(|root| root.as_mapping()?.get(list)?.as_sequence());
            let items = list
                .map(bulla_manifest::Sequence::items)
                .unwrap_or_default();
            let entries = items.iter().enumerate();
            entries
                .filter_map(|(index, item)| {
                    let path = item.as_scalar()?.text().to_owned();
                    Some(Entry { index, path })
                })
                .collect()
        })
    }

    /// The names and namespaces of a generator's entries.
    pub(crate) fn generated(&self, list: &str) -> Result<Vec<(String, Option<String>)>, Problems> {
        self.root(|root| {
            let list = root.and_then(|root| root.as_mapping()?.get(list)?.as_sequence());
            let items = list
                .map(bulla_manifest::Sequence::items)
                .unwrap_or_default();
            let text = |item: &Node<'_>, key| {
                let scalar = item.as_mapping()?.get(key)?.as_scalar()?;
                Some(scalar.text().to_owned())
            };
            let entries = items.iter();
            entries
                .filter_map(|item| Some((text(item, "name")?, text(item, "namespace"))))
                .collect()
        })
    }

    /// Sets a scalar at the top.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), Problems> {
        let document = self.document()?;
        self.editor.set(document, &[Step::Key(name)], value)
    }

    /// Lists what is not in the list yet.
    pub(crate) fn list(&mut self, list: &str, paths: &[&str]) -> Result<(), Problems> {
        let there = self.paths(list)?;
        let missing: Vec<&str> = paths
            .iter()
            .copied()
            .filter(|path| !there.iter().any(|entry| is_same(&entry.path, path)))
            .collect();
        let document = self.document()?;
        self.editor.append(document, &[Step::Key(list)], &missing)
    }

    /// Takes entries out of a list.
    pub(crate) fn unlist(
        &mut self,
        list: &str,
        is_gone: impl Fn(&str) -> bool,
    ) -> Result<(), Problems> {
        let document = self.document()?;
        // From the end, so that the indices before stay right.
        for entry in self.paths(list)?.into_iter().rev() {
            if is_gone(&entry.path) {
                let path = [Step::Key(list), Step::Index(entry.index)];
                self.editor.remove(document, &path)?;
            }
        }
        Ok(())
    }

    /// The entries of a list that are not as they should be, as a problem with the first one.
    pub(crate) fn refuse(
        &self,
        list: &str,
        is_wrong: impl Fn(&str) -> bool,
        message: &str,
    ) -> Result<(), Problems> {
        let wrong = self
            .paths(list)?
            .into_iter()
            .find(|entry| is_wrong(&entry.path));
        let stream = Stream::read(&self.file, self.editor.text().as_bytes())?;
        let document = stream
            .documents()
            .iter()
            .find(|document| document.root().is_some());
        match (wrong, document) {
            (Some(entry), Some(document)) => {
                let path = [Step::Key(list), Step::Index(entry.index)];
                Err(document.problem(&path, message.to_owned()).into())
            }
            _ => Ok(()),
        }
    }
}

/// Whether two paths that need no more than `.` and slashes taken out are the same.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    normal(one).eq(normal(other))
}

pub(crate) fn normal(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter(|part| !part.is_empty() && *part != ".")
}
