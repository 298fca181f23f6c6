//! Sealed files named one by one, and those in the directories that are named.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::error::CommandError;

/// How a sealed file is called where its name tells what it is.
const ENDING: &str = ".sealed.yaml";

/// Whether a file is called like a sealed one.
pub(crate) fn is_sealed(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().ends_with(ENDING)
}

/// The file for the SealedSecret of this name.
pub(crate) fn file_for(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{ENDING}"))
}

/// Each file once: the files themselves, and of directories all regular files below that end in `.sealed.yaml`, in
/// the order of their names. Links below a directory are not followed.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        for entry in WalkDir::new(path).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let at = error.path().unwrap_or(path).to_owned();
                let error = error.into_io_error();
                let error = error.unwrap_or_else(|| std::io::Error::other("a loop of links"));
                CommandError::io("read", &at, &error)
            })?;
            if entry.file_type().is_file() && is_sealed(entry.path()) {
                files.push(entry.into_path());
            }
        }
    }
    // Two at once would be in each other's way.
    files.retain(|file: &PathBuf| {
        seen.insert(fs::canonicalize(file).unwrap_or_else(|_| file.clone()))
    });
    Ok(files)
}
