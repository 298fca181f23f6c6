//! `bulla create tls`

use std::path::PathBuf;

use bulla_manifest::rules::{self, TlsPairError};
use clap::Args;

use super::creation::{Creation, CreationArgs};
use super::sources::Values;
use crate::error::CommandError;
use crate::input;

/// Make a sealed Secret from a certificate and its private key
///
/// As with kubectl, both are PEM, and the first certificate has to be that of the key.
#[derive(Args)]
#[command(after_help = "\
Examples:
  bulla create tls shop-tls -n shop --cert server.crt --key server.key \\
    -r age1... --to tls.sealed.yaml")]
pub(crate) struct TlsArgs {
    /// The certificate; intermediates come after it in the same file
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,

    /// The certificate's private key, without a passphrase
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    #[command(flatten)]
    creation: CreationArgs,
}

pub(super) fn run(args: TlsArgs) -> Result<(), CommandError> {
    let creation = Creation::begin(args.creation)?;
    let certificate = input::read_private("--cert", &args.cert)?;
    let key = input::read_private("--key", &args.key)?;
    rules::tls_pair(&certificate.bytes, &key.bytes).map_err(|error| {
        let message = format!("{} and {}: {error}", certificate.name, key.name);
        let refused = CommandError::refused(message);
        match error {
            TlsPairError::OtherKey | TlsPairError::OtherType => refused.hinted(
                "in a chain the server's own certificate comes first, and intermediates after it",
            ),
            _ => refused,
        }
    })?;
    let mut values = Values::default();
    values.add("tls.crt", certificate.bytes)?;
    values.add("tls.key", key.bytes)?;
    creation.seal(rules::TLS, values)
}
