//! `-r` and `-R`: whom to seal to.

use std::path::{Path, PathBuf};

use bulla_envelope::{Recipient, RecipientError, Recipients};
use clap::Args;

use crate::error::CommandError;
use crate::input;

#[derive(Args)]
#[command(next_help_heading = "Recipients")]
pub(crate) struct RecipientArgs {
    /// Seal to this public key: `age1...`, or a PEM file with an RSA public key or certificate
    /// (can be repeated)
    #[arg(short, long = "recipient", value_name = "RECIPIENT")]
    recipients: Vec<String>,

    /// Seal to every public key in this file, one `age1...` a line (can be repeated)
    #[arg(short = 'R', long = "recipients-file", value_name = "FILE")]
    recipients_files: Vec<PathBuf>,
}

impl RecipientArgs {
    /// All recipients, in the order of the flags.
    pub(crate) fn resolve(&self) -> Result<Recipients, CommandError> {
        let mut recipients = Vec::new();
        for text in &self.recipients {
            recipients.extend(one(text)?);
        }
        for path in &self.recipients_files {
            recipients.extend(file(path)?);
        }
        Recipients::new(recipients).map_err(|error| match error {
            RecipientError::NoRecipient => CommandError::usage("no recipient: whom to seal to?")
                .hinted("name a public key: -r age1..., -r certificate.pem or -R recipients.txt")
                .hinted("make one: bulla keygen key.txt"),
            error => CommandError::refused(error),
        })
    }
}

fn one(text: &str) -> Result<Vec<Recipient>, CommandError> {
    let looks_like_age = text.starts_with("age1") || text.starts_with("AGE-");
    match text.parse() {
        Ok(recipient) => Ok(vec![recipient]),
        // What is neither a key nor a file is not repeated: it could be a private key.
        Err(error) if looks_like_age || !Path::new(text).exists() => {
            let what = if looks_like_age {
                "a recipient given with -r"
            } else {
                "what -r names"
            };
            let error = CommandError::refused(format!("{what} {error}"));
            Err(match looks_like_age {
                true => error,
                false => error.hinted("it is not a file that exists, either"),
            })
        }
        Err(_) => file(Path::new(text)),
    }
}

fn file(path: &Path) -> Result<Vec<Recipient>, CommandError> {
    let text = input::read_text(path)?;
    let refused = |error| CommandError::refused(format!("{}: {error}", path.display()));
    Recipient::parse_file(&text).map_err(refused)
}
