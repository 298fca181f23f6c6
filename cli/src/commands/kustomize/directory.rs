//! A sealed directory on disk, and the kustomization above it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use bulla_generator::{EXTENSION, FILES, KUSTOMIZATIONS, Named, SealedFile, Use};

use crate::error::CommandError;
use crate::input;

/// The directories that bulla writes into, beside the one itself.
const BELOW: [&str; 4] = [FILES, "stand-ins", "drop", "add"];

/// What is there.
pub(super) struct Directory {
    pub(super) sealed: Vec<SealedFile>,
    pub(super) existing: BTreeMap<String, String>,
}

impl Directory {
    pub(super) fn read(dir: &Path) -> Result<Self, CommandError> {
        let whole = fs::canonicalize(dir).map_err(|error| CommandError::io("read", dir, &error))?;
        let is_files = whole.file_name().is_some_and(|name| name == FILES);
        if is_files && whole.with_file_name("stand-ins").is_dir() {
            let message = format!("{}: the files of a sealed directory", dir.display());
            return Err(CommandError::usage(message).hinted("name the directory above it"));
        }
        let mut found = Self {
            sealed: Vec::new(),
            existing: BTreeMap::new(),
        };
        found.collect(dir, "")?;
        for below in BELOW {
            match found.collect(&dir.join(below), below) {
                Err(Absent::Error(error)) => return Err(error),
                Err(Absent::Directory) | Ok(()) => {}
            }
        }
        Ok(found)
    }

    fn collect(&mut self, dir: &Path, below: &str) -> Result<(), Absent> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Absent::Directory,
            _ => Absent::Error(CommandError::io("read", dir, &error)),
        };
        for entry in fs::read_dir(dir).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let is_sealed = name.ends_with(EXTENSION) && (below.is_empty() || below == FILES);
            if !path.is_file() || !(is_sealed || is_ours(below, name)) {
                continue;
            }
            if is_sealed && path.is_symlink() {
                let message = format!("{}: a symbolic link", path.display());
                let hint = "kustomize follows none out of its directory; put the file itself here";
                return Err(CommandError::refused(message).hinted(hint).into());
            }
            let input = input::read(&path)?;
            if is_sealed {
                self.sealed.push(SealedFile {
                    name: name.to_owned(),
                    in_files: below == FILES,
                    holds: bulla_generator::read(&input.name, &input.bytes)
                        .map_err(CommandError::from)?,
                });
            } else {
                let inside = if below.is_empty() {
                    name.to_owned()
                } else {
                    format!("{below}/{name}")
                };
                let text = String::from_utf8(input.bytes.to_vec()).map_err(|_| {
                    CommandError::refused(format!("{}: not UTF-8", input.name))
                        .hinted("save the file as UTF-8")
                })?;
                self.existing.insert(inside, text);
            }
        }
        Ok(())
    }

    /// The names of all SealedSecrets.
    pub(super) fn names(self) -> Vec<Named> {
        self.sealed
            .into_iter()
            .flat_map(|file| file.holds)
            .collect()
    }

    /// The Secrets of the directory's own kustomization.
    pub(super) fn secrets(&self, dir: &Path) -> Result<Vec<(Named, String)>, CommandError> {
        let mut found = Vec::new();
        for file in KUSTOMIZATIONS {
            if let Some(text) = self.existing.get(file) {
                found.extend(secrets(dir, &dir.join(file), text)?);
            }
        }
        Ok(found)
    }
}

/// Whether bulla may have to write a file.
fn is_ours(below: &str, name: &str) -> bool {
    KUSTOMIZATIONS.contains(&name) || below == "stand-ins" && name == "nameref.yaml"
}

enum Absent {
    Directory,
    Error(CommandError),
}

impl From<CommandError> for Absent {
    fn from(error: CommandError) -> Self {
        Self::Error(error)
    }
}

impl From<Absent> for CommandError {
    fn from(absent: Absent) -> Self {
        match absent {
            Absent::Error(error) => error,
            Absent::Directory => Self::refused("the directory went away"),
        }
    }
}

/// The nearest kustomization above a directory.
pub(super) struct Above {
    /// Its file.
    pub(super) file: PathBuf,
    text: String,
    /// The directory, as it is seen from the file.
    pub(super) to_directory: String,
}

impl Above {
    pub(super) fn find(dir: &Path) -> Result<Option<Self>, CommandError> {
        let whole = fs::canonicalize(dir).map_err(|error| CommandError::io("read", dir, &error))?;
        let mut up = dir.to_owned();
        for above in whole.ancestors().skip(1) {
            up = parent(&up);
            for name in KUSTOMIZATIONS {
                if !above.join(name).is_file() {
                    continue;
                }
                let file = up.join(name);
                let text = input::read_text(&file)?.to_string();
                let to_directory = whole
                    .strip_prefix(above)
                    .unwrap_or(&whole)
                    .display()
                    .to_string();
                return Ok(Some(Self {
                    file,
                    text,
                    to_directory,
                }));
            }
            // Outside of the repository nothing is meant.
            if above.join(".git").exists() {
                break;
            }
        }
        Ok(None)
    }

    pub(super) fn used(&self) -> Result<Use, CommandError> {
        let file = self.file.display().to_string();
        Ok(bulla_generator::use_of(
            &file,
            &self.text,
            &self.to_directory,
        )?)
    }

    pub(super) fn secrets(&self) -> Result<Vec<(Named, String)>, CommandError> {
        secrets(&parent(&self.file), &self.file, &self.text)
    }
}

/// The directory above a path, in the words in which the person named the path.
fn parent(path: &Path) -> PathBuf {
    match path.components().next_back() {
        Some(Component::Normal(_)) => match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        },
        Some(Component::CurDir) | None => PathBuf::from(".."),
        Some(_) => path.join(".."),
    }
}

fn secrets(dir: &Path, file: &Path, text: &str) -> Result<Vec<(Named, String)>, CommandError> {
    let load = |path: &str| {
        let path = dir.join(path);
        let bytes = path.is_file().then(|| input::read(&path))?.ok()?;
        Some(bytes.bytes.to_vec())
    };
    let file = file.display().to_string();
    Ok(bulla_generator::secrets(&file, text, load)?)
}

pub(super) fn make_parent(path: &Path) -> Result<(), CommandError> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    fs::create_dir_all(parent).map_err(|error| CommandError::io("create", parent, &error))
}
