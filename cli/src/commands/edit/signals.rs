//! Signals, while there is plaintext that has to go before the process does.

use std::io;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::Signals as Received;
use signal_hook::low_level::emulate_default_handler;

use crate::error::CommandError;

const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// How long an editor may take to end after a signal.
const GRACE: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(10);

/// Every signal that a person or the system ends a program with. Those between [`Self::hold`] and
/// [`Self::release`] are noted; at any other time they end the process at once, whatever it waits
/// for.
pub(super) struct Signals {
    received: Received,
    end_at_once: Arc<AtomicBool>,
    that_ends: Option<i32>,
}

/// How the editor ended.
pub(super) enum Ended {
    ByItself(ExitStatus),
    /// Because this process is to end; perhaps it is still there.
    BySignal,
}

impl Signals {
    pub(super) fn watch() -> Result<Self, CommandError> {
        let end_at_once = Arc::new(AtomicBool::new(true));
        let received = || {
            for signal in ENDING {
                register_conditional_default(signal, Arc::clone(&end_at_once))?;
            }
            Received::new(ENDING.into_iter().chain([SIGCHLD]))
        };
        let received =
            received().map_err(|error| CommandError::io("watch", Path::new("signals"), &error))?;
        Ok(Self {
            received,
            end_at_once,
            that_ends: None,
        })
    }

    /// From here on no signal ends the process by itself.
    pub(super) fn hold(&mut self) {
        self.end_at_once.store(false, Ordering::SeqCst);
    }

    /// From here on every signal does. Those that came meanwhile are still to be obeyed.
    pub(super) fn release(&mut self) {
        self.end_at_once.store(true, Ordering::SeqCst);
        for signal in self.received.pending() {
            obey(signal, &mut self.that_ends);
        }
    }

    /// The signal that the process has to end by.
    pub(super) fn that_ends(&self) -> Option<i32> {
        self.that_ends
    }

    /// Waits until a process ends. SIGINT and SIGQUIT are its own business, as in git: a terminal
    /// sends them to both, and an editor may use them as keys.
    pub(super) fn wait_for(&mut self, child: &mut Child) -> io::Result<Ended> {
        loop {
            for signal in self.received.wait() {
                obey(signal, &mut self.that_ends);
            }
            if let Some(signal) = self.that_ends {
                pass_on(signal, child);
                return Ok(Ended::BySignal);
            }
            if let Some(status) = child.try_wait()? {
                return Ok(Ended::ByItself(status));
            }
        }
    }
}

/// What a person reads who ended this process while the editor was open.
pub(super) fn ended() -> CommandError {
    CommandError::refused("ended by a signal; nothing was written, and the plaintext is gone")
}

/// SIGINT and SIGQUIT are the editor's.
fn obey(signal: i32, that_ends: &mut Option<i32>) {
    if matches!(signal, SIGHUP | SIGTERM) {
        *that_ends = Some(signal);
    }
}

/// Ends this process as the signal would have done.
pub(super) fn end_by(signal: i32) {
    // What does not work leaves the exit code of the error.
    let _ = emulate_default_handler(signal);
}

/// Lets the editor end in its own way, so that it does not write once more where the plaintext was.
fn pass_on(signal: i32, child: &mut Child) {
    let signal = match signal {
        SIGHUP => Signal::HUP,
        _ => Signal::TERM,
    };
    let _ = kill_process(Pid::from_child(child), signal);
    let begun = Instant::now();
    while matches!(child.try_wait(), Ok(None)) && begun.elapsed() < GRACE {
        std::thread::sleep(TICK);
    }
}
