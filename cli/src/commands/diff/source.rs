//! What one side of the comparison is: a file, standard input, or what git has.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{ChildStderr, Command, Stdio};
use std::thread;

use zeroize::Zeroizing;

use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::identities;
use crate::input::{self, Input};

const MAX_SAID: u64 = 64 << 10;

/// A file, if there is one of this name; else `REVISION:PATH`, as `git show` takes it.
pub(super) fn read(side: &OsStr) -> Result<Input, CommandError> {
    let path = Path::new(side);
    let is_revision = side.to_string_lossy().contains(':') && !path.exists();
    // What begins with a dash would be a flag to git.
    match is_revision && !side.to_string_lossy().starts_with('-') {
        true => from_git(Path::new("."), side),
        false => input::read(path),
    }
}

/// What the last commit has under this path.
pub(super) fn at_head(path: &Path) -> Result<Input, CommandError> {
    let Some(name) = path.file_name() else {
        let message =
            "one file alone is compared with the last commit's; name a file, or both sides";
        return Err(CommandError::usage(message));
    };
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let mut object = OsString::from("HEAD:./");
    object.push(name);
    from_git(folder.unwrap_or(Path::new(".")), &object).map_err(|error| {
        match path.exists() && !CommandError::is_concealed(path) {
            true => error.hinted(format!(
                "if the file is new to git, compare it with nothing: bulla diff /dev/null {}",
                path.display()
            )),
            false => error,
        }
    })
}

fn from_git(folder: &Path, object: &OsStr) -> Result<Input, CommandError> {
    let name = object.to_string_lossy().into_owned();
    let mut git = Command::new("git");
    identities::hide_from(&mut git);
    git.env("LC_ALL", "C"); // what it says stands beside our own words
    git.arg("-C")
        .arg(folder)
        .args(["cat-file", "blob"])
        .arg(object);
    git.stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let failed = |error: io::Error| CommandError::io("run", Path::new("git"), &error);
    let mut git = git.spawn().map_err(failed)?;
    let said = git.stderr.take();
    // Beside the reading of what it prints, or both sides would wait once a pipe is full.
    let said = thread::spawn(move || first_of(said));
    let blob = git.stdout.take().map(input::read_limited);
    let blob = blob.unwrap_or_else(|| Ok(Zeroizing::default()));
    // What is too large was not read to its end, so that git may still be writing.
    if blob.is_err() {
        let _ = git.kill();
    }
    let status = git.wait().map_err(failed)?;
    let said = said.join().unwrap_or_default();
    let bytes = blob.map_err(|error| CommandError::io("read", Path::new(object), &error))?;
    if !status.success() {
        let said = String::from_utf8_lossy(&said);
        let said = said.trim().lines().last().unwrap_or_default().to_owned();
        let message = format!("git has no {name}: {said}");
        return Err(CommandError::new(ExitCode::Io, message));
    }
    Ok(Input { name, bytes })
}

/// What an error is made of; the rest is read and forgotten.
fn first_of(stderr: Option<ChildStderr>) -> Vec<u8> {
    let mut said = Vec::new();
    if let Some(mut stderr) = stderr {
        let _ = stderr.by_ref().take(MAX_SAID).read_to_end(&mut said);
        let _ = io::copy(&mut stderr, &mut io::sink());
    }
    said
}
