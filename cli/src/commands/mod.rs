//! One file per command. Its doc comments are its help text.

mod completions;
mod create;
mod diff;
mod edit;
mod inspect;
mod install;
mod keygen;
mod keys;
mod kustomize;
mod name;
mod open;
mod recipients;
mod reseal;
mod rewrap;
mod seal;
pub(crate) mod sealed_files;
mod set;

use clap::Subcommand;

use crate::error::CommandError;

#[derive(Subcommand)]
pub(crate) enum Command {
    Seal(seal::SealArgs),
    Open(open::OpenArgs),
    Create(create::CreateArgs),
    Inspect(inspect::InspectArgs),
    Name(name::NameArgs),
    Set(set::SetArgs),
    Edit(edit::EditArgs),
    Diff(diff::DiffArgs),
    Rewrap(rewrap::RewrapArgs),
    Reseal(reseal::ResealArgs),
    #[command(subcommand)]
    Kustomize(kustomize::Kustomize),
    Keygen(keygen::KeygenArgs),
    Install(install::InstallArgs),
    #[command(subcommand)]
    Keys(keys::Keys),
    #[command(subcommand)]
    Recipients(recipients::Recipients),
    Completions(completions::CompletionsArgs),
}

pub(crate) fn run(command: Command) -> Result<(), CommandError> {
    match command {
        Command::Seal(args) => seal::run(&args),
        Command::Open(args) => open::run(&args),
        Command::Create(args) => create::run(args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Name(args) => name::run(&args),
        Command::Set(args) => set::run(args),
        Command::Edit(args) => edit::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Rewrap(args) => rewrap::run(&args),
        Command::Reseal(args) => reseal::run(&args),
        Command::Kustomize(command) => kustomize::run(&command),
        Command::Keygen(args) => keygen::run(&args),
        Command::Install(args) => install::run(&args),
        Command::Keys(command) => keys::run(&command),
        Command::Recipients(command) => recipients::run(&command),
        Command::Completions(args) => completions::run(&args),
    }
}
