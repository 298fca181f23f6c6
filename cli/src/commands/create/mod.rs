//! `bulla create`

mod generic;
pub(super) mod sources;

use clap::{Args, Subcommand};

use crate::error::CommandError;

/// Make a sealed Secret from values, with the flags of `kubectl create secret`
///
/// No plaintext file is ever written.
#[derive(Args)]
pub(crate) struct CreateArgs {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    Generic(generic::GenericArgs),
}

pub(crate) fn run(args: CreateArgs) -> Result<(), CommandError> {
    match args.kind {
        Kind::Generic(args) => generic::run(args),
    }
}
