//! `bulla set`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bulla_sealing::Content;
use clap::Args;

use super::create::sources::{self, Values};
use crate::decide::{Decider, Destination};
use crate::editable::{Editable, Purpose};
use crate::error::CommandError;
use crate::identities::IdentityArgs;
use crate::recipients::RecipientArgs;
use crate::rules::AllRules;
use crate::target::PlaceArgs;
use crate::ui;

/// Change values in a sealed file, without any private key
///
/// What is new goes into one new envelope for the recipients of the rule in .bulla.yaml, or of -r; every
/// other byte of the file stays, comments included, and the Secret's name follows. With an identity at hand values
/// that did not change are recognised, and a file in which nothing changes is not written.
#[derive(Args)]
#[command(after_help = "\
Examples:
  Type the new value; it is not shown and in no history:
    bulla set db.sealed.yaml password
  Take it from a program, or from a file:
    pwgen -s 32 1 | tr -d '\\n' | bulla set db.sealed.yaml password
    bulla set tls.sealed.yaml ca.crt --from-file ca.crt
  Several at once, and one less:
    bulla set db.sealed.yaml host=db.example.com port=5432 --remove url")]
pub(crate) struct SetArgs {
    /// The sealed file
    file: PathBuf,

    /// What to set: KEY=VALUE, or one KEY whose value is asked for or read from standard input
    #[arg(value_name = "KEY[=VALUE]")]
    values: Vec<String>,

    /// Read the value of the one KEY from this file
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,

    /// Take this key out (can be repeated)
    #[arg(long, value_name = "KEY")]
    remove: Vec<String>,

    #[command(flatten)]
    recipients: RecipientArgs,

    #[command(flatten)]
    place: PlaceArgs,

    #[command(flatten)]
    identities: IdentityArgs,
}

pub(crate) fn run(args: SetArgs) -> Result<(), CommandError> {
    if args.values.is_empty() && args.remove.is_empty() {
        return Err(CommandError::usage("nothing to set").hinted("name a key: KEY, KEY=VALUE"));
    }
    let (editable, content) = Editable::read(&args.file, Purpose::Content)?;
    if args.values.is_empty() {
        return remove(&args, &editable, content);
    }
    // Before any value is asked for.
    let rules = AllRules::default();
    let destination = Destination::Existing(args.file.clone());
    let decider = Decider::new(&rules, &args.recipients, args.place.resolve()?, destination)?;
    let decision = decider.decide(editable.name())?;
    decision.check(&editable, &content)?;
    let identities = args.identities.resolve_if_any()?;
    let mut values = values(args.values, args.from_file.as_deref())?.into_map();
    let removed: BTreeSet<String> = args.remove.into_iter().collect();
    if let Some(key) = removed.iter().find(|key| values.contains_key(*key)) {
        return Err(CommandError::usage(format!(
            "`{key}` is to be set and removed"
        )));
    }

    let before = content.secret_name().to_owned();
    editable.drop_unchanged(&content, &identities, &mut values)?;
    if values.is_empty() && removed.is_empty() {
        ui::note(&format!("{}: nothing changed", args.file.display()));
        return Ok(());
    }
    let keys: Vec<String> = values.keys().chain(&removed).cloned().collect();
    let content = content
        .change(editable.name(), &values, &removed, &decision.recipients)
        .map_err(|error| CommandError::refused(format!("{}: {error}", args.file.display())))?;
    editable.save_values(&content, &values, &keys, &before)
}

/// Nothing is sealed, so nobody is asked whom it would be sealed to.
fn remove(args: &SetArgs, editable: &Editable, content: Content) -> Result<(), CommandError> {
    let removed: BTreeSet<String> = args.remove.iter().cloned().collect();
    let before = content.secret_name().to_owned();
    let content = content
        .remove(editable.name(), &removed)
        .map_err(|error| CommandError::refused(format!("{}: {error}", args.file.display())))?;
    editable.save_values(&content, &BTreeMap::new(), &removed, &before)
}

fn values(given: Vec<String>, from_file: Option<&Path>) -> Result<Values, CommandError> {
    let mut values = Values::default();
    let is_one_key = matches!(given.as_slice(), [one] if !one.contains('='));
    if from_file.is_some() && !is_one_key {
        return Err(CommandError::usage("--from-file wants exactly one KEY"));
    }
    for given in given {
        if given.contains('=') {
            sources::literal(&mut values, given)?;
        } else if !is_one_key {
            let message = "of several keys each needs a value: KEY=VALUE";
            return Err(CommandError::usage(message));
        } else if let Some(path) = from_file {
            sources::file_as(&mut values, &given, path)?;
        } else {
            sources::prompt_or_stdin(&mut values, &given)?;
        }
    }
    Ok(values)
}
