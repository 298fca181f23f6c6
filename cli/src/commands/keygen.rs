//! `bulla keygen`

use std::path::PathBuf;

use bulla_envelope::Identity;
use clap::Args;

use crate::error::CommandError;
use crate::{input, keyfile, output, ui};

/// Make an identity: a private key that opens, and its public side to seal to
///
/// The file has age-keygen's format and mode 0600; age, sops and others read it too. An existing
/// file is never overwritten. Without FILE the identity goes to standard output.
#[derive(Args)]
#[command(after_help = "\
Examples:
  Make an identity where `bulla open` looks for one:
    mkdir -p ~/.config/bulla && bulla keygen ~/.config/bulla/identity.txt
  Print the public keys of an identity file, for `-r`:
    bulla keygen --public ~/.config/bulla/identity.txt")]
pub(crate) struct KeygenArgs {
    /// The file to make
    file: Option<PathBuf>,

    /// Make nothing: print the recipients, the public side, of the identities in FILE
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    public: Option<PathBuf>,
}

pub(crate) fn run(args: &KeygenArgs) -> Result<(), CommandError> {
    if let Some(path) = &args.public {
        let text = input::read_private_text("--public", path)?;
        let identities = Identity::parse_file(&text);
        let refused = |error| CommandError::refused(format!("{}: {error}", path.display()));
        let recipients: String = identities
            .map_err(refused)?
            .iter()
            .filter_map(|identity| Some(identity.to_recipient()?.to_file_text()))
            .collect();
        return output::print(recipients.as_bytes());
    }
    let identity = Identity::generate();
    let text = keyfile::text(&identity);
    match &args.file {
        Some(path) => output::create_private(path, text.as_bytes())?,
        None => output::print(text.as_bytes())?,
    }
    ui::note(&format!("Public key: {}", keyfile::public_key(&identity)));
    Ok(())
}
