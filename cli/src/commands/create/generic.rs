//! `bulla create generic`

use std::collections::BTreeMap;
use std::path::PathBuf;

use bulla_manifest::rules;
use bulla_manifest::secret::{OPAQUE, Secret};
use clap::Args;

use super::sources::{self, Values};
use crate::decide::{Decider, Destination};
use crate::error::CommandError;
use crate::recipients::RecipientArgs;
use crate::target::TargetArgs;
use crate::{output, ui};

/// Make a sealed Secret from literal values, files, an env file, a prompt or standard input
#[derive(Args)]
#[command(after_help = "\
Examples:
  Type a password that is in no shell history and on no disk:
    bulla create generic db -n shop --from-prompt password -r age1... --to db.sealed.yaml
  Take it from a program:
    pwgen -s 32 1 | tr -d '\\n' | bulla create generic db -n shop --from-stdin password -r age1...
  As with kubectl:
    bulla create generic tls -n shop --from-file=ca.crt --from-file=key=./server.key -r age1...")]
pub(crate) struct GenericArgs {
    /// The name of the SealedSecret
    name: String,

    /// A key and its value. It will be in the shell's history: prefer --from-prompt
    #[arg(long, value_name = "KEY=VALUE")]
    from_literal: Vec<String>,

    /// A file, under its base name or under KEY; or a directory, for all files in it
    #[arg(long, value_name = "[KEY=]PATH", value_delimiter = ',')]
    from_file: Vec<String>,

    /// A file of lines KEY=VALUE; a KEY alone takes the value of the environment variable
    #[arg(long, value_name = "PATH", value_delimiter = ',', conflicts_with_all = ["from_literal", "from_file"])]
    from_env_file: Vec<PathBuf>,

    /// Ask for the value of this key; what is typed is not shown
    #[arg(long, value_name = "KEY")]
    from_prompt: Vec<String>,

    /// Read the value of this key from standard input, as it is
    #[arg(long, value_name = "KEY")]
    from_stdin: Option<String>,

    /// The type of the Secret
    #[arg(long = "type", value_name = "TYPE")]
    secret_type: Option<String>,

    /// Write to this file, whole or not at all, instead of standard output
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,

    #[command(flatten)]
    recipients: RecipientArgs,

    #[command(flatten)]
    target: TargetArgs,
}

pub(crate) fn run(args: GenericArgs) -> Result<(), CommandError> {
    // Before any value is asked for.
    let destination = Destination::new(args.to.as_deref(), None);
    let decider = Decider::new(&args.recipients, &args.target, destination)?;
    let decision = decider.decide(&args.name)?;

    let mut values = Values::default();
    for source in &args.from_file {
        sources::file(&mut values, source)?;
    }
    for source in args.from_literal {
        sources::literal(&mut values, source)?;
    }
    for path in &args.from_env_file {
        sources::env_file(&mut values, path)?;
    }
    if let Some(key) = &args.from_stdin {
        sources::stdin(&mut values, key)?;
    }
    for key in &args.from_prompt {
        sources::prompt(&mut values, key)?;
    }

    let secret = Secret {
        name: args.name,
        namespace: None,
        type_: args
            .secret_type
            .filter(|t| !t.is_empty())
            .unwrap_or_else(|| OPAQUE.to_owned()),
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
    output::write_or_print(args.to.as_deref(), yaml.as_bytes())
}
