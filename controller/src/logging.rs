//! Log lines on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::args::{Args, LogFormat};

/// Logs what this program says, and nothing of what its libraries say, at any level: kube and
/// hyper log whole answers of the API server, and those can hold values.
pub(crate) fn start(args: &Args) {
    let own = Targets::new().with_target("bulla_controller", args.log_level);
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = match args.log_format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.boxed(),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(own))
        .init();
}
