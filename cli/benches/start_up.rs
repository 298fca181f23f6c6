//! How long the process takes to start, as a ratio to a program that is nothing but clap.
//!
//! Goal: 1.5. The bare program is this one, called with `bare` in front.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints its figures"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;

const ROUNDS: usize = 300;

/// As little of a command line as clap allows.
#[derive(Parser)]
#[command(name = "bare", version)]
struct Bare {}

fn main() {
    let mut arguments = std::env::args_os();
    let program = arguments.next().expect("a program has a name");
    if arguments.next().is_some_and(|first| first == "bare") {
        Bare::parse_from(["bare".into()].into_iter().chain(arguments));
        return;
    }
    let (mut bulla, mut bare) = (Vec::new(), Vec::new());
    // In turns, so that whatever else the machine does meets both.
    for _ in 0..ROUNDS {
        bulla.push(time(
            Command::new(env!("CARGO_BIN_EXE_bulla")).arg("--version"),
        ));
        bare.push(time(Command::new(&program).args(["bare", "--version"])));
    }
    let (bulla, bare) = (median(bulla), median(bare));
    let ratio = bulla.as_secs_f64() / bare.as_secs_f64();
    println!("start-up: bulla {bulla:?}, bare clap {bare:?}, ratio {ratio:.2} (goal 1.5)");
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status().expect("it runs");
    assert!(status.success());
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
