//! Writing: to standard output, or a file whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::CommandError;
use crate::exit_code::ExitCode;

/// The mode of a new file that holds nothing secret, before the umask.
const PUBLIC: u32 = 0o666;

/// The mode of a new file that holds a private key.
const PRIVATE: u32 = 0o600;

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
///
/// A signal before the renaming leaves the temporary file behind, as only a named file can take
/// another's place. It holds no more than what was to be committed: sealed files and lists of them.
fn replace(path: &Path, data: &[u8]) -> Result<(), CommandError> {
    let failed = |error: io::Error| not_written(path, &error);
    let (path, mode) = match fs::canonicalize(path) {
        Ok(path) => {
            let metadata = fs::metadata(&path).map_err(failed)?;
            if !metadata.is_file() {
                return Err(failed(io::Error::other("not a regular file")));
            }
            (path, Some(metadata.permissions()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // What is there all the same leads nowhere, or into a pipe, as /dev/stdout does: to
            // rename over it would destroy the link.
            if fs::symlink_metadata(path).is_ok() {
                return Err(failed(io::Error::other(
                    "is a link to nothing that can be replaced",
                )));
            }
            (path.to_owned(), None)
        }
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
    fill(file.as_file_mut(), data).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    sync_folder(&path);
    Ok(())
}

/// Writes a private key to a new file that only its owner can read. Never overwrites.
pub(crate) fn create_private(path: &Path, data: &[u8]) -> Result<(), CommandError> {
    match create_new(path, data, PRIVATE).inspect(|()| sync_folder(path)) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let message = format!("{} exists already, and may hold a key", path.display());
            Err(CommandError::new(ExitCode::Refused, message)
                .hinted("name another file; what only this key opens would be lost with it"))
        }
        created => created.map_err(|error| not_written(path, &error)),
    }
}

/// Writes a new file that holds nothing secret: whole or not at all. Never overwrites. Its name
/// survives a crash only after [`sync_folders`], which is one wait for many files.
pub(crate) fn create(path: &Path, data: &[u8]) -> Result<(), CommandError> {
    match create_new(path, data, PUBLIC) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let message = format!("{}: was made meanwhile", path.display());
            Err(CommandError::refused(message).hinted("run the command again"))
        }
        created => created.map_err(|error| not_written(path, &error)),
    }
}

fn create_new(path: &Path, data: &[u8], mode: u32) -> io::Result<()> {
    link_new(path, data, mode).unwrap_or_else(|| persist_new(path, data, mode))
}

/// So that the names of these new files survive a crash.
pub(crate) fn sync_folders<'p>(paths: impl Iterator<Item = &'p Path>) {
    let mut synced = BTreeSet::new();
    for path in paths {
        if synced.insert(path.parent()) {
            sync_folder(path);
        }
    }
}

/// Fills a file without a name, which goes with the process if a signal ends it, and then names
/// it. `None` where the system or the file system cannot.
#[cfg(target_os = "linux")]
fn link_new(path: &Path, data: &[u8], mode: u32) -> Option<io::Result<()>> {
    use std::os::fd::AsRawFd as _;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags};

    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::open(folder_of(path), flags, Mode::from_raw_mode(mode)).ok()?;
    let mut file = File::from(file);
    if let Err(error) = fill(&mut file, data) {
        return Some(Err(error));
    }
    let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
    match rustix::fs::linkat(CWD, unnamed, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => Some(Ok(())),
        Err(rustix::io::Errno::EXIST) => Some(Err(io::ErrorKind::AlreadyExists.into())),
        // Without /proc, for one. What is wrong with the path will be said by the other way.
        Err(_) => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn link_new(_: &Path, _: &[u8], _: u32) -> Option<io::Result<()>> {
    None
}

/// The same, with a name for the file from the start.
fn persist_new(path: &Path, data: &[u8], mode: u32) -> io::Result<()> {
    let file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(mode))
        .prefix(".bulla-")
        .tempfile_in(folder_of(path));
    let mut file = file.map_err(|error| unnamed(&error))?;
    fill(file.as_file_mut(), data)?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// Through the file itself, whose errors do not tell the temporary name.
fn fill(file: &mut File, data: &[u8]) -> io::Result<()> {
    file.write_all(data)?;
    file.sync_all()
}

/// Of a file that is new, it can only be the directory that is not there.
fn not_written(path: &Path, error: &io::Error) -> CommandError {
    let folder = folder_of(path);
    let is_missing = error.kind() == io::ErrorKind::NotFound && !folder.exists();
    if !is_missing || CommandError::is_concealed(path) {
        return CommandError::io("write", path, error);
    }
    let folder = folder.display();
    let error = io::Error::other(format!("there is no directory {folder}"));
    CommandError::io("write", path, &error).hinted("make it first: mkdir -p")
}

/// Without the name of the temporary file, which nobody knows.
fn unnamed(error: &io::Error) -> io::Error {
    error.kind().into()
}

/// So that the new name survives a crash, too. The file is written by now: that a folder cannot be
/// read or synced (some file systems refuse it) would be no reason to say that it is not.
fn sync_folder(path: &Path) {
    let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
