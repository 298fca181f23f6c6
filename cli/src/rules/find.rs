//! Where `.bulla.yaml` is.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::error::CommandError;

pub(super) const NAME: &str = ".bulla.yaml";
/// Not read. Who writes it believes that it is.
const MISNAMED: &str = ".bulla.yml";
/// The top of a repository: a directory, or a file in worktrees and submodules.
const TOP: &str = ".git";

/// The nearest `.bulla.yaml`, in the directory itself or above it. What stands above a repository
/// does not count: it is not what the others who work on it have.
pub(super) fn upwards(directory: &Path) -> Result<Option<PathBuf>, CommandError> {
    let directory = absolute(directory)?;
    for directory in directory.ancestors() {
        let misnamed = directory.join(MISNAMED);
        if exists(&misnamed)? {
            let message = format!(
                "{}: is not read; rename it to {NAME}",
                shown(&misnamed).display()
            );
            return Err(CommandError::refused(message));
        }
        let file = directory.join(NAME);
        if exists(&file)? {
            return Ok(Some(file));
        }
        if exists(&directory.join(TOP))? {
            break;
        }
    }
    Ok(None)
}

/// A link that leads nowhere exists, too: what was meant to be there cannot be read, which is not
/// the same as that there is nothing.
fn exists(path: &Path) -> Result<bool, CommandError> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(error) => Err(CommandError::io("read", path, &error)),
    }
}

/// The path from the root, without `.` and `..`. Nothing is asked of the file system: a link counts
/// as the directory or file that it stands for.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, CommandError> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let path = std::path::absolute(path).map_err(|error| CommandError::io("read", path, &error))?;
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    Ok(plain)
}

/// The directory that a file is in.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The path as a person would write it: relative if the file is below the current directory.
pub(crate) fn shown(path: &Path) -> &Path {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
}
