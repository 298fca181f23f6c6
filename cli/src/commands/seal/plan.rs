//! What is to become of the Secrets in a tree. Nothing is written here.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bulla_envelope::Identity;
use bulla_manifest::Stream;
use zeroize::Zeroizing;

use super::{SealArgs, template};
use crate::decide::{Decider, Destination};
use crate::editable::{Editable, Purpose};
use crate::error::CommandError;
use crate::found::Found;
use crate::manifest_tree::Source;
use crate::merge::merge;
use crate::rules::AllRules;
use crate::{input, output, sealed_tree, sealer};

/// What holds for the whole tree.
pub(super) struct Tree<'a> {
    args: &'a SealArgs,
    identities: Vec<Identity>,
    rules: AllRules,
    deciders: Mutex<BTreeMap<PathBuf, Result<Arc<Decider>, CommandError>>>,
}

/// What is to become of the Secrets in one file.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) plans: Vec<Plan>,
    pub(super) warnings: Vec<String>,
}

/// What is to become of one Secret.
pub(super) struct Plan {
    /// The manifest that it is in.
    pub(super) from: PathBuf,
    pub(super) to: PathBuf,
    /// The same file, however the path to it is written.
    pub(super) key: PathBuf,
    pub(super) step: Step,
    /// What to say of it once it is done.
    pub(super) said: String,
    /// What named one final place: a flag, or a rule.
    pub(super) placed_by: Option<String>,
}

pub(super) enum Step {
    New(String),
    Change(Box<Editable>, String),
    Nothing,
}

impl Plan {
    pub(super) fn write(&self) -> Result<(), CommandError> {
        match &self.step {
            Step::New(text) => output::create(&self.to, text.as_bytes()),
            Step::Change(editable, text) => editable.write(text).map(|_| ()),
            Step::Nothing => Ok(()),
        }
    }
}

impl<'a> Tree<'a> {
    pub(super) fn new(args: &'a SealArgs) -> Result<Self, CommandError> {
        Ok(Self {
            args,
            identities: args.identities.resolve_if_any()?,
            rules: AllRules::default(),
            deciders: Mutex::default(),
        })
    }

    /// Seals what is in a file, or tells everything that speaks against it.
    pub(super) fn look(&self, source: &Source) -> Result<Looked, CommandError> {
        let mut looked = Looked::default();
        let input = input::read_regular(&source.path)?;
        if !source.is_named && !may_hold_secret(&input.bytes) {
            return Ok(looked);
        }
        let stream = match Stream::read(&input.name, &input.bytes) {
            Err(_) if !source.is_named && template::is_likely(&input.bytes) => {
                let warning = format!("{}: is no YAML but a template, passed over", input.name);
                looked.warnings.push(warning);
                return Ok(looked);
            }
            read => read.map_err(|error| template::explain(error.into(), &input.bytes))?,
        };
        let mut failures = Vec::new();
        for document in stream.documents() {
            match Found::all(document) {
                Ok(all) => {
                    for found in all {
                        let plan = self.plan(&source.path, found, &mut looked.warnings);
                        match plan {
                            Ok(plan) => looked.plans.push(plan),
                            Err(error) => failures.push(error),
                        }
                    }
                }
                Err(error) => failures.push(error),
            }
        }
        CommandError::merge(failures).map_or(Ok(looked), |error| {
            Err(template::explain(error, &input.bytes))
        })
    }

    fn plan(
        &self,
        from: &Path,
        found: Found<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Plan, CommandError> {
        let folder = from.parent().unwrap_or(from);
        let decider = self.decider(folder)?;
        let to = sealed_tree::file_for(folder, &found.secret.name);
        let (step, said, placed_by) = match is_there(&to)? {
            false => {
                let sealed = sealer::seal(&decider, &found)?;
                warnings.extend(sealed.warnings);
                (Step::New(sealed.text), sealed.secret_name, sealed.placed_by)
            }
            true => {
                let (editable, content) = Editable::read(&to, Purpose::Content)?;
                let merged = merge(found, &editable, content, &decider, &self.identities)?;
                warnings.extend(merged.warnings);
                let (step, said) = match merged.change {
                    Some((text, said)) => (Step::Change(Box::new(editable), text), said),
                    None => (Step::Nothing, String::new()),
                };
                (step, said, merged.placed_by)
            }
        };
        Ok(Plan {
            from: from.to_owned(),
            key: key_of(folder, &to),
            to,
            step,
            said,
            placed_by,
        })
    }

    /// The rules and flags for the sealed files of a folder.
    fn decider(&self, folder: &Path) -> Result<Arc<Decider>, CommandError> {
        let mut deciders = self.deciders.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let destination = Destination::Directory(folder.to_owned());
            let sealing = &self.args.sealing;
            sealing.decider_for(&self.rules, destination).map(Arc::new)
        };
        deciders
            .entry(folder.to_owned())
            .or_insert_with(new)
            .clone()
    }
}

/// Whether there is a sealed file to merge into. What is there and is no file stays.
fn is_there(path: &Path) -> Result<bool, CommandError> {
    let refused = |what: &str| {
        let message = format!(
            "{}: is {what}, where the sealed file belongs",
            path.display()
        );
        CommandError::refused(message)
    };
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => {
            let hint = "to merge into the file that it leads to, name that file: --into";
            Err(refused("a symbolic link").hinted(hint))
        }
        Ok(metadata) if metadata.is_dir() => Err(refused("a directory")),
        Ok(metadata) if !metadata.is_file() => Err(refused("no regular file")),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(CommandError::io("read", path, &error)),
    }
}

fn key_of(folder: &Path, to: &Path) -> PathBuf {
    let here = Path::new(".");
    let folder = if folder == Path::new("") {
        here
    } else {
        folder
    };
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    folder.join(to.file_name().unwrap_or_default())
}

/// A tree has many files that are none of bulla's, and some that are not even YAML. A Secret has its
/// kind in it, or a character that is escaped. In UTF-16 and UTF-32, which are refused and not passed
/// over, there are zeros between the letters.
fn may_hold_secret(bytes: &[u8]) -> bool {
    if bytes.contains(&0) {
        let mut letters = Zeroizing::new(Vec::with_capacity(bytes.len()));
        letters.extend(bytes.iter().filter(|byte| **byte != 0));
        return may_hold_secret(&letters);
    }
    bytes.contains(&b'\\') || bytes.windows(6).any(|part| part == b"Secret")
}
