//! What every command takes that makes sealed files.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::decide::{Decider, Destination};
use crate::error::CommandError;
use crate::output;
use crate::recipients::RecipientArgs;
use crate::rules::AllRules;
use crate::target::TargetArgs;

/// Where the sealed file goes, whom it is sealed to, and for which place.
#[derive(Args)]
pub(crate) struct SealingArgs {
    /// Write to this file, whole or not at all, instead of standard output
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,

    #[command(flatten)]
    recipients: RecipientArgs,

    #[command(flatten)]
    target: TargetArgs,
}

impl SealingArgs {
    /// `input` is the file of manifests that is sealed, if it is one.
    pub(crate) fn decider(&self, input: Option<&Path>) -> Result<Decider, CommandError> {
        self.decider_for(
            &AllRules::default(),
            Destination::new(self.to.as_deref(), input),
        )
    }

    /// For a sealed file that goes elsewhere than `--to` says.
    pub(crate) fn decider_for(
        &self,
        rules: &AllRules,
        destination: Destination,
    ) -> Result<Decider, CommandError> {
        Decider::new(rules, &self.recipients, self.target.resolve()?, destination)
    }

    pub(crate) fn write(&self, sealed: &[u8]) -> Result<(), CommandError> {
        output::write_or_print(self.to.as_deref(), sealed)
    }
}
