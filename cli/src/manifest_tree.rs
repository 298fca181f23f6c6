//! The manifests among which a command looks for Secrets: files named one by one, and those in the
//! directories that are named.

use std::collections::BTreeSet;
use std::fs::{self, FileType};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::error::CommandError;
use crate::{sealed_tree, ui};

/// What manifests are called.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// A regular file, at the time of looking.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// By itself, and not as a part of a directory.
    pub(crate) is_named: bool,
}

/// Each file once, in the order of their names below each path. Of directories: what is called
/// like a manifest and not like a sealed file. Hidden directories and links are not gone into. And
/// everything that cannot be taken.
pub(crate) fn sources(paths: &[PathBuf]) -> (Vec<Source>, Vec<CommandError>) {
    let mut sources = Vec::new();
    let mut failures = Vec::new();
    for path in paths {
        let found = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => tree(path, &mut failures),
            Ok(_) => named(path).map(|source| vec![source]),
            Err(error) => Err(CommandError::io("read", path, &error)),
        };
        match found {
            Ok(found) => sources.extend(found),
            Err(error) => failures.push(error),
        }
    }
    let mut seen = BTreeSet::new();
    sources.retain(|source| {
        let path = fs::canonicalize(&source.path);
        seen.insert(path.unwrap_or_else(|_| source.path.clone()))
    });
    (sources, failures)
}

fn named(path: &Path) -> Result<Source, CommandError> {
    let metadata = path.symlink_metadata();
    let metadata = metadata.map_err(|error| CommandError::io("read", path, &error))?;
    let kind = metadata.file_type();
    if kind.is_symlink() {
        let message = format!("{}: is a symbolic link", path.display());
        return Err(CommandError::refused(message)
            .hinted("name the file itself: the sealed file is written beside it"));
    }
    if !kind.is_file() {
        return Err(no_file(path, kind));
    }
    let path = path.to_owned();
    Ok(Source {
        path,
        is_named: true,
    })
}

fn tree(root: &Path, failures: &mut Vec<CommandError>) -> Result<Vec<Source>, CommandError> {
    let failed = |error| CommandError::io("read", root, &error);
    let canonical = fs::canonicalize(root).map_err(failed)?;
    let mut sources = Vec::new();
    let is_hidden = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() > 0 && entry.file_type().is_dir() && name.starts_with('.')
    };
    let walk = WalkDir::new(root).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| !is_hidden(entry)) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let at = error.path().unwrap_or(root).to_owned();
                let error = error.into_io_error();
                let error = error.unwrap_or_else(|| std::io::Error::other("a loop of links"));
                failures.push(CommandError::io("read", &at, &error));
                continue;
            }
        };
        let kind = entry.file_type();
        if kind.is_symlink() && entry.depth() > 0 {
            failures.extend(link(&entry, &canonical));
        } else if !kind.is_dir() && entry.depth() > 0 && is_manifest(entry.path()) {
            match kind.is_file() {
                true => sources.push(Source {
                    path: entry.into_path(),
                    is_named: false,
                }),
                false => failures.push(no_file(entry.path(), kind)),
            }
        }
    }
    Ok(sources)
}

/// What stands within the tree is met there. What stands elsewhere would be sealed for the tree's
/// readers, which nobody decided about it.
fn link(entry: &DirEntry, root: &Path) -> Option<CommandError> {
    let path = entry.path();
    // A link to nothing holds nothing.
    let target = fs::canonicalize(path).ok()?;
    if target.starts_with(root) {
        return None;
    }
    if target.is_dir() {
        let path = path.display();
        ui::warning(&format!("{path}: a link out of the tree is not followed"));
        return None;
    }
    is_manifest(path).then(|| {
        let message = format!("{}: is a symbolic link out of the tree", path.display());
        CommandError::refused(message).hinted("seal what it leads to by its own path")
    })
}

fn is_manifest(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let is_one = ending.is_some_and(|ending| ENDINGS.contains(&ending));
    is_one && !sealed_tree::is_sealed(path)
}

fn no_file(path: &Path, kind: FileType) -> CommandError {
    let kind = match kind {
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    let message = format!("{}: is {kind}, and no file", path.display());
    CommandError::refused(message).hinted("to seal what a program prints: bulla seal - --to FILE")
}
