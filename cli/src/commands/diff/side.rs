//! The SealedSecrets of one side, and which of them belong together.

use std::collections::BTreeMap;

use bulla_manifest::{Kind, Stream};
use bulla_sealing::{Content, SealedFile};

use crate::commands::sealed_files;
use crate::error::CommandError;
use crate::input::Input;

/// One SealedSecret.
pub(super) struct Sealed {
    pub(super) file: SealedFile,
    pub(super) content: Content,
}

/// All SealedSecrets of a stream, by namespace and name.
pub(super) struct Side(BTreeMap<(Option<String>, String), Sealed>);

impl Side {
    pub(super) fn read(input: &Input) -> Result<Self, CommandError> {
        let stream = Stream::read(&input.name, &input.bytes)?;
        let mut found = BTreeMap::new();
        let mut failures = Vec::new();
        for document in stream.documents() {
            let sealed = match document.kind() {
                Ok(Kind::SealedSecret) => sealed_files::read(document),
                Ok(_) => continue,
                Err(problems) => Err(problems),
            };
            let (file, content) = match sealed {
                Ok(sealed) => sealed,
                Err(problems) => {
                    failures.push(problems.into());
                    continue;
                }
            };
            let metadata = &file.metadata;
            let name = (metadata.namespace.clone(), metadata.name.clone());
            if found.insert(name, Sealed { file, content }).is_some() {
                let message = "another SealedSecret of this name and namespace".to_owned();
                failures.push(vec![document.problem(&[], message)].into());
            }
        }
        match CommandError::merge(failures) {
            Some(error) => Err(error),
            None => Ok(Self(found)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Old and new of each. One alone on each side is the same, whatever it was called.
pub(super) fn pairs<'s>(
    old: &'s Side,
    new: &'s Side,
) -> Vec<(Option<&'s Sealed>, Option<&'s Sealed>)> {
    if old.0.len() == 1 && new.0.len() == 1 {
        return vec![(old.0.values().next(), new.0.values().next())];
    }
    let mut names: Vec<_> = old.0.keys().chain(new.0.keys()).collect();
    names.sort();
    names.dedup();
    let pairs = names.into_iter();
    pairs
        .map(|name| (old.0.get(name), new.0.get(name)))
        .collect()
}
