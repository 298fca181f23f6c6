//! How long to wait after something failed that heals by itself.

use std::sync::Arc;
use std::time::Duration;

use kube::runtime::utils::Backoff;
use kube::runtime::watcher::DefaultBackoff;
use rand::Rng as _;

use crate::pulse::Pulse;

const FIRST: Duration = Duration::from_millis(500);

/// What the API server does not answer now, it does in a moment: a restart must not cost minutes.
pub(crate) const UNAVAILABLE: Duration = Duration::from_secs(30);

/// A quota or a policy is changed by people.
pub(crate) const DENIED: Duration = Duration::from_mins(5);

/// Doubles with each failure, up to `cap`, and has jitter down to the half, so that what failed
/// together does not come back together. `failures` counts from 1.
pub(crate) fn after(failures: u32, cap: Duration) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    jittered(FIRST.saturating_mul(1 << doublings).min(cap), 0.5)
}

/// Between `least` of the duration and all of it.
pub(crate) fn jittered(duration: Duration, least: f64) -> Duration {
    duration.mul_f64(rand::thread_rng().gen_range(least..=1.0))
}

/// Whoever puts the definition back waits for Secrets, and the API server has nothing to suffer from
/// being asked for what is not there.
const KIND_MISSING: Duration = Duration::from_secs(5);

/// How long the watch waits after an error.
pub(crate) struct WatchBackoff {
    usual: DefaultBackoff,
    pulse: Arc<Pulse>,
}

impl WatchBackoff {
    pub(crate) fn new(pulse: Arc<Pulse>) -> Self {
        let usual = DefaultBackoff::default();
        Self { usual, pulse }
    }
}

impl Iterator for WatchBackoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let wait = self.usual.next()?;
        let is_missing = self.pulse.is_kind_missing();
        Some(if is_missing {
            wait.min(KIND_MISSING)
        } else {
            wait
        })
    }
}

impl Backoff for WatchBackoff {
    fn reset(&mut self) {
        self.usual.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watch_waits_less_for_a_kind_that_is_missing() {
        let pulse = Arc::new(Pulse::new());
        let waits = || WatchBackoff::new(Arc::clone(&pulse)).take(20).max();
        assert!(waits() >= Some(Duration::from_secs(30)));
        pulse.note_answer(http::StatusCode::NOT_FOUND);
        assert_eq!(waits(), Some(KIND_MISSING));
    }

    #[test]
    fn waits_grow_up_to_the_cap() {
        for (failures, full) in [
            (1, 500),
            (2, 1000),
            (4, 4000),
            (7, 30_000),
            (u32::MAX, 30_000),
        ] {
            let full = Duration::from_millis(full);
            for _ in 0..100 {
                let wait = after(failures, UNAVAILABLE);
                assert!(full / 2 <= wait && wait <= full, "{failures}: {wait:?}");
            }
        }
    }
}
