//! `bulla kustomize`

mod directory;
mod sync;

use clap::Subcommand;

use crate::error::CommandError;

/// Make references to Secrets final with plain kustomize
#[derive(Subcommand)]
pub(crate) enum Kustomize {
    Sync(sync::SyncArgs),
}

pub(crate) fn run(command: &Kustomize) -> Result<(), CommandError> {
    match command {
        Kustomize::Sync(args) => sync::run(args),
    }
}
