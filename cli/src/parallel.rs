//! The same work on many things, on all cores.

use std::sync::Once;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

/// Who waits longer than this wants to know for what.
const PATIENCE: Duration = Duration::from_secs(1);

/// The results in the order of the things. `doing` is what a terminal shows beside the progress.
/// Where no threads are to be had, one after the other.
pub(crate) fn map<T: Sync, R: Send>(
    things: &[T],
    doing: &'static str,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = match things.len() {
        0 | 1 => None,
        _ => ThreadPoolBuilder::new().build().ok(),
    };
    let progress = Progress::new(things.len(), doing);
    let work = |thing| {
        let result = work(thing);
        progress.step();
        result
    };
    match threads {
        Some(threads) => threads.install(|| things.par_iter().map(work).collect()),
        None => things.iter().map(work).collect(),
    }
}

/// A bar on standard error, if that is a terminal and there is something to wait for. It goes when
/// the work is done.
struct Progress {
    bar: ProgressBar,
    doing: &'static str,
    since: Instant,
    shown: Once,
}

impl Progress {
    fn new(len: usize, doing: &'static str) -> Self {
        let len = u64::try_from(len).ok();
        Self {
            bar: ProgressBar::with_draw_target(len, ProgressDrawTarget::hidden()),
            doing,
            since: Instant::now(),
            shown: Once::new(),
        }
    }

    fn step(&self) {
        self.bar.inc(1);
        if self.since.elapsed() > PATIENCE {
            self.shown.call_once(|| {
                if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}") {
                    self.bar.set_style(style);
                }
                self.bar.set_message(self.doing);
                self.bar.set_draw_target(ProgressDrawTarget::stderr());
            });
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
