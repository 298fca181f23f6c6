//! `bulla reseal`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bulla_envelope::Identity;
use bulla_sealing::ResealError;
use clap::Args;

use crate::editable::{Editable, Purpose, Saved};
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::identities::IdentityArgs;
use crate::recipients::RecipientArgs;
use crate::{sealed_tree, ui};

/// Seal the values of sealed files anew: one fresh envelope, and so a new name
///
/// Needs an identity that opens the files. The recipients are those that -r names or that .bulla.yaml
/// has for the file, never those in the file. A file that has one envelope for just these recipients
/// already is left as it is.
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
    identities: IdentityArgs,
}

pub(crate) fn run(args: &ResealArgs) -> Result<(), CommandError> {
    let identities = args.identities.resolve()?;
    let mut failures = Vec::new();
    let mut count = 0;
    for path in sealed_tree::files(&args.paths)? {
        match reseal(args, &path, &identities) {
            Ok(changed) => count += usize::from(changed),
            Err(error) => failures.push(error),
        }
    }
    let failed = failures.len();
    let result = CommandError::merge(failures).map_or(Ok(()), Err);
    ui::note(&format!("{count} resealed, {failed} failed"));
    result
}

fn reseal(args: &ResealArgs, path: &Path, identities: &[Identity]) -> Result<bool, CommandError> {
    let (editable, content) = Editable::read(path, Purpose::Content)?;
    let recipients = args.recipients.resolve_for(path)?;
    let wanted: BTreeSet<String> = recipients.iter().map(ToString::to_string).collect();
    if let [envelope] = editable.file().spec.envelopes.as_slice()
        && envelope.recipients.iter().cloned().collect::<BTreeSet<_>>() == wanted
    {
        return Ok(false);
    }
    let before = content.secret_name().to_owned();
    let resealed = content.reseal(editable.name(), identities, &recipients);
    let content = resealed.map_err(|error| {
        let kind = match &error {
            ResealError::Open(error) => error.into(),
            _ => ExitCode::Refused,
        };
        CommandError::new(kind, format!("{}: {error}", path.display()))
    })?;
    let is_changed = editable.save(&content)? == Saved::Changed;
    if is_changed {
        let after = content.secret_name();
        ui::note(&format!("{}: {before} becomes {after}", path.display()));
    }
    Ok(is_changed)
}
