//! `bulla create generic`

use std::path::PathBuf;

use bulla_manifest::secret::OPAQUE;
use clap::Args;

use super::creation::{Creation, CreationArgs};
use super::sources::{self, Values};
use crate::error::CommandError;

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
    /// A key and its value. It will be in the shell's history: prefer --from-prompt
    #[arg(long, allow_hyphen_values = true, value_name = "KEY=VALUE")]
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

    #[command(flatten)]
    creation: CreationArgs,
}

pub(super) fn run(args: GenericArgs) -> Result<(), CommandError> {
    let creation = Creation::begin(args.creation)?;
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
    let type_ = args.secret_type.filter(|type_| !type_.is_empty());
    creation.seal(type_.as_deref().unwrap_or(OPAQUE), values)
}
