//! `bulla keys`

mod init;
mod objects;

use clap::Subcommand;

use crate::error::CommandError;

/// The private keys that a cluster's controller opens with
#[derive(Subcommand)]
pub(crate) enum Keys {
    Init(init::InitArgs),
}

pub(crate) fn run(command: &Keys) -> Result<(), CommandError> {
    match command {
        Keys::Init(args) => init::run(args),
    }
}
