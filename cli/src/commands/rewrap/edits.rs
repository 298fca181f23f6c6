//! What the command line of `bulla rewrap` does to lists of recipients.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bulla_envelope::{Recipient, RecipientError, Recipients};

use super::RewrapArgs;
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::recipients;

/// What the command line asks for.
pub(super) struct Edits {
    /// A recipient as printed, and what becomes of it.
    changes: BTreeMap<String, Change>,
    added: Vec<Recipient>,
}

/// What becomes of a recipient wherever it is in a list.
struct Change {
    /// What stands in its place, if anything.
    replacement: Option<Recipient>,
    /// Whether any list has it.
    is_there: AtomicBool,
}

impl Edits {
    pub(super) fn new(args: &RewrapArgs) -> Result<Self, CommandError> {
        let mut wanted = Vec::new();
        for pair in &args.replace {
            let Some((old, new)) = pair.split_once('=') else {
                return Err(CommandError::usage("--replace wants OLD=NEW"));
            };
            wanted.push((listed(old)?, Some(recipients::one(new)?)));
        }
        for recipient in &args.remove {
            wanted.push((listed(recipient)?, None));
        }
        let added = args.add.iter().map(|text| recipients::one(text));
        let added: Vec<Recipient> = added.collect::<Result<_, _>>()?;
        let new = wanted.iter().filter_map(|(_, new)| new.as_ref());
        let comes: BTreeSet<String> = new.chain(&added).map(ToString::to_string).collect();
        let mut changes = BTreeMap::new();
        for (old, replacement) in wanted {
            if comes.contains(&old) {
                let message = format!("{old} is to be taken out and brought in");
                return Err(CommandError::usage(message)
                    .hinted("if both are meant, one after the other: run rewrap twice"));
            }
            let change = Change {
                replacement,
                is_there: AtomicBool::new(false),
            };
            if changes.insert(old.clone(), change).is_some() {
                return Err(CommandError::usage(format!(
                    "{old} is to be taken out twice"
                )));
            }
        }
        Ok(Self { changes, added })
    }

    /// Those whom the command line takes out, of a list of recipients.
    pub(super) fn taken_out<'r>(
        &self,
        recipients: &'r Recipients,
    ) -> impl Iterator<Item = String> + use<'_, 'r> {
        let printed = recipients.iter().map(ToString::to_string);
        printed.filter(|recipient| self.changes.contains_key(recipient))
    }

    /// Each recipient that was to be taken out and was in no list that [`Self::choose`] has seen.
    /// Whoever rotates keys must not take a slip for a success.
    pub(super) fn not_there(&self) -> impl Iterator<Item = CommandError> {
        let changes = self.changes.iter();
        let nowhere = changes.filter(|(_, change)| !change.is_there.load(Relaxed));
        nowhere.map(|(recipient, _)| {
            let message = format!(
                "{recipient} was to be taken out, and none of the files that open has it"
            );
            CommandError::new(ExitCode::NotThere, message).hinted(
                "if that was done before, all is well; else look whom they are sealed for: bulla inspect",
            )
        })
    }

    /// The new list for an old one, whose entries the binding has proved. RSA keys are known there
    /// by their fingerprint alone, so `known` must have those that stay.
    pub(super) fn choose(
        &self,
        list: &[String],
        known: &BTreeMap<String, Recipient>,
    ) -> Result<Option<Recipients>, String> {
        for change in list.iter().filter_map(|entry| self.changes.get(entry)) {
            change.is_there.store(true, Relaxed);
        }
        let mut chosen = Vec::new();
        for entry in list {
            match self.changes.get(entry) {
                Some(change) => chosen.extend(change.replacement.clone()),
                None => chosen.push(match (entry.parse(), known.get(entry)) {
                    (Ok(age), _) => age,
                    (Err(_), Some(rsa)) => rsa.clone(),
                    (Err(_), None) => {
                        let ask = "is not known; name its file with --keep";
                        return Err(format!("the public key of {entry} {ask}"));
                    }
                }),
            }
        }
        chosen.extend(self.added.iter().cloned());
        let chosen = Recipients::new(chosen);
        chosen.map(Some).map_err(|error| match error {
            RecipientError::NoRecipient => "nobody would be left who could open it".to_owned(),
            error => error.to_string(),
        })
    }
}

/// A recipient as it stands in a list: `age1...`, `sha256:...`, or a PEM file.
fn listed(text: &str) -> Result<String, CommandError> {
    if text.starts_with("sha256:") {
        return Ok(text.to_owned());
    }
    Ok(recipients::one(text)?.to_string())
}
