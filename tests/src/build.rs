//! Building a tool once, whoever asks first.

use std::env;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// A tool that is built once and then found by everybody.
pub(crate) struct Tool<'a> {
    /// What it is called, in messages and as the start of its directory's name.
    pub(crate) name: &'a str,
    /// How long the first build takes, for whoever sits and waits.
    pub(crate) takes: &'a str,
    /// Everything that the result depends on: another fingerprint is another tool.
    pub(crate) fingerprint: Sha256,
}

impl Tool<'_> {
    /// Returns the tool's directory, after filling it if this is the first time.
    ///
    /// The directory gets its name when the build has succeeded, so one that was interrupted
    /// never counts. Processes that come meanwhile wait.
    pub(crate) fn build(
        &self,
        fill: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<PathBuf, String> {
        let home = home()?;
        let digest = format!("{:x}", self.fingerprint.clone().finalize());
        let finished = home.join(format!("{}-{}", self.name, digest.split_at(16).0));
        if finished.is_dir() {
            return Ok(finished);
        }
        let _lock = self.lock(&home).map_err(failed_in(&home))?;
        if finished.is_dir() {
            return Ok(finished);
        }
        say(&format!(
            "building {} for the tests; this happens once and takes about {}",
            self.name, self.takes
        ));
        let unfinished = format!("unfinished-{}-", self.name);
        remove_leftovers(&home, &unfinished).map_err(failed_in(&home))?;
        let directory = tempfile::Builder::new()
            .prefix(&unfinished)
            .tempdir_in(&home)
            .map_err(failed_in(&home))?;
        fill(directory.path())
            .map_err(|problem| format!("cannot build {}: {problem}", self.name))?;
        fs::rename(directory.keep(), &finished).map_err(failed_in(&finished))?;
        Ok(finished)
    }

    /// The kernel takes the lock back when this process ends, however it ends.
    fn lock(&self, home: &Path) -> io::Result<File> {
        let lock = File::create(home.join(format!("{}.lock", self.name)))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say(&format!(
                    "waiting for {}, which another process builds",
                    self.name
                ));
                lock.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(lock)
    }
}

/// Runs one step of a build. Its output matters only if it fails.
pub(crate) fn run(command: &mut Command) -> Result<Vec<u8>, String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.trim().lines().collect();
    let (_, end) = lines.split_at(lines.len().saturating_sub(20));
    Err(format!(
        "{command:?}: {}\n{}",
        output.status,
        end.join("\n")
    ))
}

/// Tells about a wait. The test harness holds back only what goes through `eprintln!`.
fn say(message: &str) {
    // Nobody to tell is no reason to fail.
    let _ = writeln!(io::stderr(), "bulla-tests: {message}");
}

/// The directory of all built tools, under the target directory that this program itself is in.
fn home() -> Result<PathBuf, String> {
    let program = env::current_exe().map_err(|error| format!("this program's path: {error}"))?;
    let target = program
        .ancestors()
        // Cargo leaves both in its target directory, the second only in one that it created.
        .find(|directory| {
            [".rustc_info.json", "CACHEDIR.TAG"]
                .iter()
                .any(|mark| directory.join(mark).is_file())
        })
        .map_or_else(|| package().join("../target"), Path::to_path_buf);
    let home = target.join("test-tools");
    fs::create_dir_all(&home).map_err(failed_in(&home))?;
    Ok(home)
}

/// This package's directory.
pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn remove_leftovers(home: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(home)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

pub(crate) fn failed_in(path: &Path) -> impl Fn(io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}
