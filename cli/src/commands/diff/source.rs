//! What one side of the comparison is: a file, standard input, or what git has.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use zeroize::Zeroizing;

use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::identities;
use crate::input::{self, Input};

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
    from_git(folder.unwrap_or(Path::new(".")), &object)
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
    let output = git.output();
    let output = output.map_err(|error| CommandError::io("run", Path::new("git"), &error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().lines().last().unwrap_or_default().to_owned();
        let message = format!("git has no {name}: {said}");
        return Err(CommandError::new(ExitCode::Io, message));
    }
    let bytes = Zeroizing::new(output.stdout);
    Ok(Input { name, bytes })
}
