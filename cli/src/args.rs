//! The command line as a whole.

use clap::{Parser, ValueEnum};

use crate::commands::Command;

/// Keep Kubernetes Secrets in git, sealed.
///
/// bulla seals the values of a Secret for the public keys that you name. The sealed file can be
/// committed: only the holder of a private key opens it. The name of the Secret that it becomes is
/// computed from the sealed bytes, so everybody knows it without any key, and it changes with every
/// value.
#[derive(Parser)]
#[command(name = "bulla", version, propagate_version = true, max_term_width = 100, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    /// When to use colors; `auto` also minds NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  Make a key, seal a password that never touches the disk, and look at the result:
    bulla keygen key.txt
    bulla keygen --public key.txt > team.txt
    bulla create generic db -n shop --from-prompt password -R team.txt --to db.sealed.yaml
    bulla inspect db.sealed.yaml
    bulla open db.sealed.yaml -i key.txt";

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// `-o`: for people, or for programs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}
