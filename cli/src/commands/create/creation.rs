//! A Secret that is being made.

use std::collections::BTreeMap;

use bulla_manifest::rules;
use bulla_manifest::secret::Secret;
use clap::Args;

use super::sources::Values;
use crate::decide::Decision;
use crate::error::CommandError;
use crate::sealing_args::SealingArgs;
use crate::ui;

/// What all kinds take.
#[derive(Args)]
pub(super) struct CreationArgs {
    /// The name of the SealedSecret
    name: String,

    #[command(flatten)]
    sealing: SealingArgs,
}

/// For whom and for which place is settled before any value is read or asked for.
pub(super) struct Creation {
    args: CreationArgs,
    decision: Decision,
}

impl Creation {
    pub(super) fn begin(args: CreationArgs) -> Result<Self, CommandError> {
        let decision = args.sealing.decider(None)?.decide(&args.name)?;
        Ok(Self { args, decision })
    }

    /// Seals what the API server would take, and writes it.
    pub(super) fn seal(self, type_: &str, values: Values) -> Result<(), CommandError> {
        let Self { args, decision } = self;
        let secret = Secret {
            name: args.name,
            namespace: None,
            type_: type_.to_owned(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            immutable: None,
            data: values.into_map(),
        };
        let broken = rules::check(&secret).into_iter().map(CommandError::refused);
        if let Some(error) = CommandError::merge(broken.collect()) {
            return Err(error);
        }
        let sealed = bulla_sealing::seal(&secret, &decision.target, &decision.recipients);
        let sealed = sealed.map_err(|refusals| {
            let errors = refusals.iter().map(|refusal| {
                let at = refusal.path().join(".");
                let at = if at.is_empty() {
                    secret.name.clone()
                } else {
                    at
                };
                CommandError::refused(format!("{at}: {refusal}"))
            });
            let none = || CommandError::refused("nothing was sealed");
            let error = CommandError::merge(errors.collect()).unwrap_or_else(none);
            decision.explain(error, &refusals)
        })?;
        for warning in &sealed.warnings {
            ui::warning(&warning.to_string());
        }
        let yaml = sealed.file.to_yaml().map_err(CommandError::refused)?;
        args.sealing.write(yaml.as_bytes())
    }
}
