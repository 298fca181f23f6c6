//! The rules for many files: each `.bulla.yaml` is looked for once per folder, and read once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Rules, find, read};
use crate::error::CommandError;

/// What is wrong with a `.bulla.yaml` concerns every file that it is for.
type Found = Result<Option<Arc<Rules>>, CommandError>;

#[derive(Default)]
pub(crate) struct AllRules {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    by_folder: BTreeMap<PathBuf, Found>,
    by_file: BTreeMap<PathBuf, Found>,
}

impl AllRules {
    /// As [`Rules::of_directory`].
    pub(crate) fn of_directory(&self, directory: &Path) -> Found {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.by_folder.get(directory) {
            return found.clone();
        }
        let found = match find::upwards(directory) {
            Err(error) => Err(error),
            Ok(None) => Ok(None),
            Ok(Some(file)) => {
                let read = || read::read(&file).map(|rules| Some(Arc::new(rules)));
                known
                    .by_file
                    .entry(file.clone())
                    .or_insert_with(read)
                    .clone()
            }
        };
        known.by_folder.insert(directory.to_owned(), found.clone());
        found
    }

    /// The rules that hold for a file, whether it exists or not.
    pub(crate) fn of_file(&self, file: &Path) -> Found {
        self.of_directory(&find::folder_of(file))
    }
}
