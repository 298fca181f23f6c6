//! The `bulla` command.

#![forbid(unsafe_code)]

mod args;
mod cluster;
mod commands;
mod controller;
mod decide;
mod editable;
mod error;
mod exit_code;
mod folder_lock;
mod found;
mod identities;
mod input;
mod keyfile;
mod manifest_tree;
mod merge;
mod output;
mod parallel;
mod readers;
mod recipients;
mod rules;
mod sealed_tree;
mod sealer;
mod sealing_args;
mod target;
mod ui;

fn main() -> std::process::ExitCode {
    let cli = args::parse();
    ui::choose_color(cli.color);
    match commands::run(cli.command) {
        Ok(()) => exit_code::ExitCode::Success.into(),
        Err(error) => {
            ui::error(&error);
            error.kind().into()
        }
    }
}
