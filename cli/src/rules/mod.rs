//! `.bulla.yaml`: whom a file is sealed to, and for which place. `docs/rules.md` is about it.
//!
//! Recipients for new ciphertext come from here or from the command line, never from a sealed
//! file: who may commit but not read could otherwise add himself and wait for the next write.

mod all;
mod find;
mod glob;
mod keys;
mod pin;
mod read;
mod written;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bulla_envelope::{Recipient, Recipients};
use bulla_sealing::Scope;
use globset::GlobMatcher;

pub(crate) use all::AllRules;
pub(crate) use find::shown;

use crate::error::CommandError;

pub(crate) use pin::Pin;

/// A `.bulla.yaml` in which everything is right.
pub(crate) struct Rules {
    /// What messages call it.
    shown: String,
    /// Where it stands: its globs are relative to this.
    directory: PathBuf,
    named: BTreeMap<String, Vec<Recipient>>,
    rules: Vec<Rule>,
}

/// What holds for the files that a glob covers.
#[derive(Clone)]
pub(crate) struct Rule {
    /// What messages call it: `.bulla.yaml:4:3`.
    pub(crate) at: String,
    /// Whom new values are sealed to.
    pub(crate) recipients: Recipients,
    /// How far a sealed file may move, if the rule says so.
    pub(crate) scope: Option<Scope>,
    /// The final place, if the rule says so: a namespace, and perhaps a name.
    pub(crate) sealed_for: Option<(String, Option<String>)>,
    glob: GlobMatcher,
}

impl Rules {
    /// The rules that hold in a directory: those of the nearest `.bulla.yaml` upwards, if there is
    /// one. A directory with `.git` is the last that is looked into.
    pub(crate) fn of_directory(directory: &Path) -> Result<Option<Self>, CommandError> {
        match find::upwards(directory)? {
            Some(path) => read::read(&path).map(Some),
            None => Ok(None),
        }
    }

    /// The public keys behind a name.
    pub(crate) fn named(&self, name: &str) -> Option<&[Recipient]> {
        self.named.get(name).map(Vec::as_slice)
    }

    /// All public keys that the file knows.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Recipient> {
        let in_rules = self.rules.iter().flat_map(|rule| rule.recipients.iter());
        self.named.values().flatten().chain(in_rules)
    }

    /// The first rule that covers a file. Links are not followed: the path counts as it was given.
    pub(crate) fn covering(&self, file: &Path) -> Result<Option<&Rule>, CommandError> {
        let file = find::absolute(file)?;
        let relative = file.strip_prefix(&self.directory).unwrap_or(&file);
        let rule = self.rules.iter().find(|rule| rule.glob.is_match(relative));
        Ok(rule)
    }

    /// Refuses a file that is to be written if a link leads to its folder from where the rules are:
    /// the rule for its path was written for another file, or for none.
    pub(crate) fn refuse_link_to(&self, file: &Path) -> Result<(), CommandError> {
        let path = find::absolute(file)?;
        let Some((folder, name)) = path.parent().zip(path.file_name()) else {
            return Ok(());
        };
        // One that is not there yet is no link.
        let (Ok(real), Ok(top)) = (folder.canonicalize(), self.directory.canonicalize()) else {
            return Ok(());
        };
        match folder.strip_prefix(&self.directory) {
            Ok(relative) if top.join(relative) != real => {
                let message = format!(
                    "{}: a symbolic link leads to it, and the rules of {} are for paths without any",
                    file.display(),
                    self.shown
                );
                Err(CommandError::refused(message).hinted(format!(
                    "if it is meant, name the file itself: {}",
                    shown(&real.join(name)).display()
                )))
            }
            _ => Ok(()),
        }
    }

    /// As [`Self::covering`], for whoever needs one.
    pub(crate) fn require(&self, file: &Path) -> Result<&Rule, CommandError> {
        if let Some(rule) = self.covering(file)? {
            return Ok(rule);
        }
        let file = find::absolute(file)?;
        let relative = file.strip_prefix(&self.directory).unwrap_or(&file);
        let relative = relative.display().to_string();
        // In double quotes, as JSON has them, it is right whatever the path is.
        let glob = serde_json::Value::String(globset::escape(&relative));
        let message = format!("no rule of {} covers {relative}", self.shown);
        Err(CommandError::refused(message).hinted(format!(
            "add one under `rules:`, or extend the glob of another: \
             - {{path: {glob}, recipients: [NAME]}}"
        )))
    }
}

/// Neither `-r` nor a `.bulla.yaml`.
pub(crate) fn none_at_all() -> CommandError {
    no_recipient()
        .hinted("make one: bulla keygen key.txt")
        .hinted("or write a .bulla.yaml, which says for each file who can open it")
}

/// As [`none_at_all`], for a file whose readers have their keys already.
pub(crate) fn none_for(file: &Path) -> CommandError {
    no_recipient().hinted(format!(
        "`bulla inspect {}` shows whom the file names, which proves nothing: write those that are right \
         into .bulla.yaml",
        file.display()
    ))
}

fn no_recipient() -> CommandError {
    CommandError::usage("no recipient: whom to seal to?")
        .hinted("name a public key: -r age1..., -r certificate.pem or -R recipients.txt")
}
