//! `bulla recipients`

mod fetch;

use clap::Subcommand;

use crate::error::CommandError;

/// The public keys of clusters
#[derive(Subcommand)]
pub(crate) enum Recipients {
    Fetch(fetch::FetchArgs),
}

pub(crate) fn run(command: &Recipients) -> Result<(), CommandError> {
    match command {
        Recipients::Fetch(args) => fetch::run(args),
    }
}
