//! `bulla reseal`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bulla_envelope::Identity;
use clap::Args;

use crate::decide::{Decider, Destination};
use crate::editable::{Editable, Purpose, Saved};
use crate::error::CommandError;
use crate::identities::IdentityArgs;
use crate::recipients::RecipientArgs;
use crate::rules::AllRules;
use crate::target::PlaceArgs;
use crate::{parallel, sealed_tree, ui};

/// Seal the values of sealed files anew: one fresh envelope, and so a new name
///
/// Needs an identity that opens the files. The recipients are those that -r names or that .bulla.yaml
/// has for the file, never those in the file. A file that has one envelope for just these recipients
/// already is left as it is. Only files that are named one by one can gain a reader: a tree could hold
/// a file that somebody copied into it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  bulla reseal db.sealed.yaml
  bulla reseal overlays/prod")]
pub(crate) struct ResealArgs {
    /// Sealed files, or directories for all *.sealed.yaml below
    #[arg(required = true)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    recipients: RecipientArgs,

    #[command(flatten)]
    place: PlaceArgs,

    #[command(flatten)]
    identities: IdentityArgs,
}

pub(crate) fn run(args: &ResealArgs) -> Result<(), CommandError> {
    let identities = args.identities.resolve()?;
    let rules = AllRules::default();
    let files = sealed_tree::files(&args.paths)?;
    let resealed = parallel::map(&files, "resealing", |path| {
        reseal(args, &rules, path, &identities)
    });
    let mut failures = Vec::new();
    let mut count = 0;
    for (path, resealed) in files.iter().zip(resealed) {
        match resealed {
            Ok(None) => {}
            Ok(Some((before, after))) => {
                ui::note(&format!("{}: {before} becomes {after}", path.display()));
                count += 1;
            }
            Err(error) => failures.push(error),
        }
    }
    let failed = failures.len();
    let error = CommandError::merge(failures);
    if let Some(error) = &error {
        ui::error(error);
    }
    ui::note(&format!("{count} resealed, {failed} failed"));
    error.map_or(Ok(()), |error| Err(error.reported()))
}

/// The names before and after, if the file had to be resealed.
fn reseal(
    args: &ResealArgs,
    rules: &AllRules,
    path: &Path,
    identities: &[Identity],
) -> Result<Option<(String, String)>, CommandError> {
    let (editable, content) = Editable::read(path, Purpose::Content)?;
    let destination = Destination::Existing(path.to_owned());
    let decider = Decider::new(rules, &args.recipients, args.place.resolve()?, destination)?;
    let decision = decider.decide(editable.name())?;
    decision.check(&editable, &content)?;
    let recipients = decision.recipients;
    let wanted: BTreeSet<String> = recipients.iter().map(ToString::to_string).collect();
    // The lists of recipients are anybody's word until the file has been opened.
    let values = content.values(identities).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        CommandError::new((&error).into(), message)
    })?;
    let envelopes = editable.file().spec.envelopes.iter();
    let lists: Vec<BTreeSet<String>> = envelopes
        .map(|envelope| envelope.recipients.iter().cloned().collect())
        .collect();
    if lists == [wanted.clone()] {
        return Ok(None);
    }
    let gained = wanted
        .iter()
        .find(|reader| lists.iter().any(|list| !list.contains(*reader)));
    if let Some(reader) = gained.filter(|_| !args.paths.iter().any(|named| named == path)) {
        let path = path.display();
        let message = format!("{path}: would gain a reader, {reader}, and a tree gains none");
        return Err(CommandError::refused(message).hinted(format!(
            "if that is meant, name the file: bulla reseal {path}"
        )));
    }
    let before = content.secret_name().to_owned();
    let resealed = content.reseal(editable.name(), &values, &recipients);
    let content =
        resealed.map_err(|error| CommandError::refused(format!("{}: {error}", path.display())))?;
    let is_changed = editable.save(&content)? == Saved::Changed;
    Ok(is_changed.then(|| (before, content.secret_name().to_owned())))
}
