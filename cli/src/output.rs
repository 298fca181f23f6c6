//! Writing: to standard output, or a file whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

use crate::error::CommandError;
use crate::exit_code::ExitCode;

/// The mode of a new file that holds nothing secret, before the umask.
const PUBLIC: u32 = 0o666;

/// Writes data to standard output. A reader that has gone away is no error.
pub(crate) fn print(data: &[u8]) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(data).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::io("write", Path::new("<stdout>"), &error))
        }
        _ => Ok(()),
    }
}

/// Writes data to a file, or to standard output without one.
pub(crate) fn write_or_print(to: Option<&Path>, data: &[u8]) -> Result<(), CommandError> {
    match to {
        Some(path) => replace(path, data),
        None => print(data),
    }
}

/// Puts `data` in the place of a file: whole or not at all, with the old mode. A symbolic link
/// keeps pointing at the file.
fn replace(path: &Path, data: &[u8]) -> Result<(), CommandError> {
    let failed = |error: io::Error| CommandError::io("write", path, &error);
    let (path, mode) = match fs::canonicalize(path) {
        Ok(path) => {
            let metadata = fs::metadata(&path).map_err(failed)?;
            if !metadata.is_file() {
                return Err(failed(io::Error::other("not a regular file")));
            }
            (path, Some(metadata.permissions()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => (path.to_owned(), None),
        Err(error) => return Err(failed(error)),
    };
    let mut builder = tempfile::Builder::new();
    if mode.is_none() {
        // open(2) applies the umask.
        builder.permissions(Permissions::from_mode(PUBLIC));
    }
    let file = builder.prefix(".bulla-").tempfile_in(folder_of(&path));
    let mut file = file.map_err(|error| failed(unnamed(&error)))?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode).map_err(failed)?;
    }
    fill(&mut file, data).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    sync_folder(&path).map_err(failed)
}

/// Writes a private key to a new file that only its owner can read. Never overwrites.
pub(crate) fn create_private(path: &Path, data: &[u8]) -> Result<(), CommandError> {
    let failed = |error: io::Error| CommandError::io("write", path, &error);
    // tempfile's own mode is 0600.
    let file = tempfile::Builder::new()
        .prefix(".bulla-")
        .tempfile_in(folder_of(path));
    let mut file = file.map_err(|error| failed(unnamed(&error)))?;
    fill(&mut file, data).map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => sync_folder(path).map_err(failed),
        Err(PersistError { error, .. }) if error.kind() == io::ErrorKind::AlreadyExists => {
            let message = format!("{} exists already, and may hold a key", path.display());
            Err(CommandError::new(ExitCode::Refused, message)
                .hinted("name another file; what only this key opens would be lost with it"))
        }
        Err(error) => Err(failed(error.error)),
    }
}

fn fill(file: &mut NamedTempFile, data: &[u8]) -> io::Result<()> {
    file.write_all(data)?;
    file.as_file().sync_all()
}

/// Without the name of the temporary file, which nobody knows.
fn unnamed(error: &io::Error) -> io::Error {
    error.kind().into()
}

/// So that the new name survives a crash, too.
fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
