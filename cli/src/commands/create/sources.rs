//! Where values come from. What kubectl has (`create secret generic`, kubectl:
//! pkg/cmd/create/create_secret.go) is read as kubectl reads it; differences are named.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;

use bulla_manifest::rules;
use bulla_plaintext::Plaintext;
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::{CommandError, holds_key};
use crate::{input, ui};

const FROM_FILE: &str = "--from-file";

/// Values by key. A key that comes twice is an error, as in kubectl.
#[derive(Default)]
pub(in crate::commands) struct Values(BTreeMap<String, Plaintext>);

impl Values {
    pub(in crate::commands) fn into_map(self) -> BTreeMap<String, Plaintext> {
        self.0
    }

    pub(super) fn add(
        &mut self,
        key: &str,
        value: impl Into<Plaintext>,
    ) -> Result<(), CommandError> {
        self.check(key)?;
        self.0.insert(key.to_owned(), value.into());
        Ok(())
    }

    fn check(&self, key: &str) -> Result<(), CommandError> {
        if let Some(violation) = rules::secret_key(key).into_iter().next() {
            // A PEM ends with `=`, so all of it can be taken for a key.
            let message = if holds_key(key) || key.contains('\n') {
                format!("what was given is not a valid key name for a Secret: {violation}")
            } else {
                format!("`{key}` is not a valid key name for a Secret: {violation}")
            };
            return Err(CommandError::refused(message));
        }
        if self.0.contains_key(key) {
            let message = format!("cannot add key {key}, another key by that name already exists");
            return Err(CommandError::refused(message));
        }
        Ok(())
    }
}

/// `KEY=VALUE`. Unlike kubectl's, the message does not repeat what was given.
pub(in crate::commands) fn literal(
    values: &mut Values,
    mut source: String,
) -> Result<(), CommandError> {
    let result = match source.split_once('=') {
        Some((key, value)) if !key.is_empty() => values.add(key, value.as_bytes().to_vec()),
        _ => Err(CommandError::usage(
            "invalid literal source, expected KEY=VALUE",
        )),
    };
    source.zeroize();
    result
}

/// `PATH`, `KEY=PATH`, or a directory.
pub(in crate::commands) fn file(values: &mut Values, source: &str) -> Result<(), CommandError> {
    let (key, path) = match source.split_once('=') {
        None => (None, source),
        // Base64 ends so, and is not repeated.
        Some(("", _)) => {
            return Err(CommandError::usage("key name for the file path missing"));
        }
        Some((_, "")) => {
            return Err(CommandError::usage("file path for the key name missing"));
        }
        Some((_, path)) if path.contains('=') => {
            return Err(CommandError::usage(
                "key names or file paths cannot contain '='",
            ));
        }
        Some((key, path)) => (Some(key), path),
    };
    let path = Path::new(path);
    if path.is_dir() {
        if key.is_some() {
            return Err(CommandError::usage(
                "cannot give a key name for a directory path",
            ));
        }
        return directory(values, path);
    }
    let Some(key) = key else {
        // What is no file has no name that could be repeated.
        let bytes = input::read_private(FROM_FILE, path)?.bytes;
        let own_name = path.file_name().and_then(|name| name.to_str());
        return values.add(own_name.unwrap_or_default(), bytes);
    };
    file_as(values, key, path)
}

/// One file, under a key that is given apart.
pub(in crate::commands) fn file_as(
    values: &mut Values,
    key: &str,
    path: &Path,
) -> Result<(), CommandError> {
    values.check(key)?;
    values.add(key, input::read_private(FROM_FILE, path)?.bytes)
}

/// The regular files of a directory, without those in directories below, and without links.
fn directory(values: &mut Values, path: &Path) -> Result<(), CommandError> {
    let failed = |error| CommandError::io("read", path, &error);
    let mut files = Vec::new();
    for entry in path.read_dir().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    for path in files {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        values.check(name)?;
        values.add(name, input::read(&path)?.bytes)?;
    }
    Ok(())
}

/// Lines `KEY=VALUE` or `KEY`, `#` comments and empty lines. Values keep quotes and trailing
/// spaces. Unlike in kubectl, which loses everything after a line of 64 KiB, lines may be long.
pub(in crate::commands) fn env_file(values: &mut Values, path: &Path) -> Result<(), CommandError> {
    let input = input::read_private("--from-env-file", path)?;
    for (number, line) in (1..).zip(input.bytes.split(|byte| *byte == b'\n')) {
        let refused =
            |what: &str| CommandError::refused(format!("{}:{number}: {what}", path.display()));
        let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line));
        let line = line.map_err(|_| refused("is not UTF-8"))?;
        let line = if number == 1 {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        } else {
            line
        };
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (line, None),
        };
        if !is_environment_name(key) {
            // A line without `=` is all key, and could be a value that went astray.
            return Err(refused(
                "has no valid key: letters, digits, `_`, `-` and `.`, not beginning with a digit",
            ));
        }
        let value = match value {
            Some(value) => value.as_bytes().to_vec(),
            None => from_environment(key, || {
                // The line is not repeated: it could be a value that went astray.
                ui::warning(&format!(
                    "{}:{number}: has no `=`, and there is no environment variable of that name: \
                     the value is empty",
                    path.display()
                ));
            }),
        };
        values.add(key, value)?;
    }
    Ok(())
}

/// As in kubectl, a variable that is not set is as one without a value; kubectl does not say so.
fn from_environment(key: &str, warn: impl FnOnce()) -> Vec<u8> {
    let value = std::env::var_os(key);
    if value.is_none() {
        warn();
    }
    value.unwrap_or_default().into_encoded_bytes()
}

/// apimachinery: IsEnvVarName
fn is_environment_name(key: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || "-._".contains(c);
    key.starts_with(is_first)
        && key.chars().all(|c| is_first(c) || c.is_ascii_digit())
        && key != "."
        && !key.starts_with("..")
}

/// All of standard input, as it is.
pub(in crate::commands) fn stdin(values: &mut Values, key: &str) -> Result<(), CommandError> {
    values.check(key)?;
    let bytes = input::read(Path::new("-"))?.bytes;
    // What the failed left side of a pipe gives.
    if bytes.is_empty() {
        ui::warning(&format!(
            "standard input was empty, so is the value of `{key}`"
        ));
    }
    // PEM ends so, and OpenSSH wants it.
    if bytes.ends_with(b"\n") && !bytes.ends_with(b"-----\n") {
        ui::warning(&format!(
            "the value of `{key}` ends with a line break, which becomes part of it; if that is not \
             meant, strip it: tr -d '\\n'"
        ));
    }
    values.add(key, bytes)
}

/// Asks if somebody is there to answer, and else reads standard input.
pub(in crate::commands) fn prompt_or_stdin(
    values: &mut Values,
    key: &str,
) -> Result<(), CommandError> {
    match std::io::stdin().is_terminal() {
        true => prompt(values, key),
        false => stdin(values, key),
    }
}

/// A password that is not on the command line, from wherever [`prompt_or_stdin`] has it.
pub(super) fn password(called: &str) -> Result<Plaintext, CommandError> {
    let mut values = Values::default();
    prompt_or_stdin(&mut values, called)?;
    let password = values.0.remove(called).filter(|value| !value.is_empty());
    password.ok_or_else(|| {
        CommandError::refused(format!("the {called} is empty"))
            .hinted("type it at a terminal, or let standard input bring it")
    })
}

/// Asks twice on the terminal, and shows nothing.
pub(in crate::commands) fn prompt(values: &mut Values, key: &str) -> Result<(), CommandError> {
    values.check(key)?;
    if !std::io::stderr().is_terminal() {
        return Err(
            CommandError::usage(format!("--from-prompt {key} needs a terminal"))
                .hinted(format!("in a script: --from-stdin {key}")),
        );
    }
    let ask = |prompt: &str| {
        let typed = rpassword::prompt_password(prompt).map(Zeroizing::new);
        typed.map_err(|error| CommandError::io("read", Path::new("the terminal"), &error))
    };
    let value = ask(&format!("{key}: "))?;
    if *value != *ask(&format!("{key}, again: "))? {
        return Err(CommandError::refused(format!(
            "the two values for `{key}` differ"
        )));
    }
    values.add(key, value.as_bytes().to_vec())
}
