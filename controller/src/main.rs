//! The controller's program.

#![forbid(unsafe_code)]

mod api;
mod args;
mod backoff;
mod events;
mod fairness;
mod http;
mod keys;
mod logging;
mod look;
mod memory;
mod metrics;
mod process;
mod pulse;
mod queue;
mod reconcile;
mod run;
mod runner;
mod status;
mod watched;

fn main() -> std::process::ExitCode {
    let args = args::parse();
    logging::start(&args);
    process::protect();
    run::run(args)
}
