//! A directory in memory, for one file of plaintext and whatever an editor puts beside it.
//!
//! A file without a name (memfd) would need no removing, but editors save by renaming.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use zeroize::Zeroizing;

use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::{input, ui};

const PREFIX: &str = "bulla-edit-";
const FILE: &str = "values.yaml";
const SHARED: &str = "/dev/shm";
const STICKY: u32 = 0o1000;

/// Removed with everything in it when it is dropped.
pub(super) struct PlaintextFolder {
    folder: PathBuf,
    file: PathBuf,
    /// Held until the process ends, however it ends: it tells that the folder is in use.
    _lock: File,
}

impl PlaintextFolder {
    /// Makes one for this user alone; and removes those of processes that were killed.
    pub(super) fn create() -> Result<Self, CommandError> {
        let parent = parent().ok_or_else(|| {
            let message = "the plaintext may not touch a disk, and neither $XDG_RUNTIME_DIR nor \
                           /dev/shm is a directory in memory (tmpfs)";
            CommandError::new(ExitCode::Io, message)
                .hinted("change values without an editor: bulla set FILE KEY")
        })?;
        let failed = |error| CommandError::io("write", &parent, &error);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&parent);
        let folder = folder.map_err(|error| failed(error.kind().into()))?;
        let lock = File::open(folder.path()).map_err(failed)?;
        // Before anything is in it, which is what tells a folder that was left behind.
        lock.lock().map_err(failed)?;
        sweep(&parent);
        // Removed here, and more stubbornly.
        let folder = folder.keep();
        Ok(Self {
            file: folder.join(FILE),
            folder,
            _lock: lock,
        })
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// A new file for this user alone.
    pub(super) fn write(&self, text: &[u8]) -> Result<(), CommandError> {
        let written = || {
            match fs::remove_file(&self.file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = OpenOptions::new();
            let mut file = options
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&self.file)?;
            file.write_all(text)
        };
        written().map_err(|error| CommandError::io("write", &self.file, &error))
    }

    /// What the editor left; nothing, if there is no file any more.
    pub(super) fn read(&self) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        match self.file.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Zeroizing::default()),
            // Whatever an editor may have put there: while it is read no signal ends this process.
            _ => Ok(input::read_regular(&self.file)?.bytes),
        }
    }
}

impl Drop for PlaintextFolder {
    fn drop(&mut self) {
        // Once more, if an editor that was slow to end has put something into it meanwhile.
        for _ in 0..10 {
            match fs::remove_dir_all(&self.folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {}
                _ => return,
            }
        }
        ui::warning(&format!(
            "could not remove {}, which holds plaintext in memory; remove it",
            self.folder.display()
        ));
    }
}

/// The first directory in memory in which nobody else can exchange ours.
fn parent() -> Option<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let runtime = runtime.filter(|path| path.is_absolute());
    let mut candidates = runtime.into_iter().chain([PathBuf::from(SHARED)]);
    candidates.find(|path| is_in_memory(path) && is_guarded(path))
}

#[cfg(target_os = "linux")]
fn is_in_memory(path: &Path) -> bool {
    // linux: include/uapi/linux/magic.h
    const TMPFS: i128 = 0x0102_1994;
    const RAMFS: i128 = 0x8584_58f6;
    let magic = rustix::fs::statfs(path).map(|found| i128::from(found.f_type));
    matches!(magic, Ok(TMPFS | RAMFS))
}

/// Other systems mount none by themselves, nor say as simply what is mounted.
#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}

/// Ours; or root's, where the sticky bit keeps others from renaming what is ours.
fn is_guarded(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else {
        return false;
    };
    let is_sticky = metadata.uid() == 0 && metadata.mode() & STICKY != 0;
    metadata.is_dir() && (metadata.uid() == geteuid().as_raw() || is_sticky)
}

/// Removes what a killed process of this user has left: a folder that is not empty and not locked.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && is_left_behind(&path)
            && fs::remove_dir_all(&path).is_ok()
        {
            ui::note(&format!(
                "removed {}, which a `bulla edit` that was killed had left",
                path.display()
            ));
        }
    }
}

fn is_left_behind(path: &Path) -> bool {
    let is_ours = fs::symlink_metadata(path)
        .is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw());
    // Locked before it is looked into: one that is empty may be about to be filled.
    is_ours
        && File::open(path).is_ok_and(|folder| {
            folder.try_lock().is_ok() && {
                fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some())
            }
        })
}
