//! The lock of a folder, which commands that change its files take in turn.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::ui;

/// Others hold it for as long as one small file is written.
const PATIENCE: Duration = Duration::from_secs(30);
/// After which a person wonders.
const SILENCE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Threads of this process queue here, as long as it takes, and not at the file system.
static OURS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Folders whose lock did not come: the next file in them waits no second time.
static GIVEN_UP: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static RELEASED: Condvar = Condvar::new();

/// Released when it is dropped.
pub(crate) struct FolderLock {
    folder: PathBuf,
    /// None where the file system knows no locks. The later of two commands wins there.
    file: Option<File>,
}

impl FolderLock {
    /// Waits for the lock of the folder that a file is in.
    pub(crate) fn of_file(file: &Path) -> Result<Self, CommandError> {
        let folder = file.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        // However the path to it was written.
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        Self::take(&folder, PATIENCE)
    }

    fn take(folder: &Path, patience: Duration) -> Result<Self, CommandError> {
        let ours = OURS.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = RELEASED.wait_while(ours, |ours| ours.contains(folder));
        let mut ours = ours.unwrap_or_else(PoisonError::into_inner);
        ours.insert(folder.to_owned());
        drop(ours);
        let mut lock = Self {
            folder: folder.to_owned(),
            file: None,
        };
        let Ok(file) = File::open(folder) else {
            return Ok(lock);
        };
        let begun = Instant::now();
        let mut pause = Duration::from_millis(1);
        let mut is_said = false;
        // No call that waits: on some systems nothing but SIGKILL would end it.
        while let Err(TryLockError::WouldBlock) = file.try_lock() {
            let (waited, shown) = (begun.elapsed(), folder.display());
            let mut given_up = GIVEN_UP.lock().unwrap_or_else(PoisonError::into_inner);
            if waited >= patience || given_up.contains(folder) {
                given_up.insert(folder.to_owned());
                let message = format!(
                    "{shown}: another program holds the lock of this folder, and did for {} seconds; \
                     nothing was written",
                    patience.as_secs()
                );
                return Err(CommandError::new(ExitCode::Io, message).hinted(format!(
                    "find it (lsof {shown}), wait for it or end it, and run the command again"
                )));
            }
            drop(given_up);
            if waited >= SILENCE && !is_said {
                ui::note(&format!(
                    "{shown}: waiting for the lock of this folder, which another program holds"
                ));
                is_said = true;
            }
            sleep(pause);
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
        lock.file = Some(file);
        Ok(lock)
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // First the others' lock, which would else be in the way of our next thread.
        if let Some(file) = self.file.take() {
            // Not every system has done so by the time that a file is closed.
            let _ = file.unlock();
        }
        let mut ours = OURS.lock().unwrap_or_else(PoisonError::into_inner);
        ours.remove(&self.folder);
        RELEASED.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn patience_ends() {
        let folder = tempfile::tempdir().unwrap();
        let other = File::open(folder.path()).unwrap();
        other.lock().unwrap();
        let refused = FolderLock::take(folder.path(), Duration::ZERO)
            .err()
            .unwrap();
        let text = [refused.messages(), refused.hints()].concat().join("\n");
        assert_snapshot!(text.replace(&folder.path().display().to_string(), "tree"), @r"
        tree: another program holds the lock of this folder, and did for 0 seconds; nothing was written
        find it (lsof tree), wait for it or end it, and run the command again
        ");
        other.unlock().unwrap();
        FolderLock::take(folder.path(), Duration::ZERO).unwrap();
    }

    #[test]
    fn threads_of_one_process_have_all_patience() {
        let folder = tempfile::tempdir().unwrap();
        let inside = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let lock = FolderLock::take(folder.path(), Duration::ZERO).unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
    }
}
