//! `bulla completions`

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Cli;
use crate::error::CommandError;
use crate::output;

/// Print the completion script of a shell
#[derive(Args)]
#[command(after_help = "\
Examples:
  bulla completions bash > /etc/bash_completion.d/bulla
  bulla completions zsh > \"${fpath[1]}/_bulla\"
  bulla completions fish > ~/.config/fish/completions/bulla.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs) -> Result<(), CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bulla", &mut script);
    output::print(&script)
}
