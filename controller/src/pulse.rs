//! Whether the watch lives.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::Request;

/// The API server ends every watch within a minute, and then it is started anew. Of three in a row
/// none is late.
const LONGEST_SILENCE: Duration = Duration::from_secs(180);

/// When the SealedSecrets were last listed, or a watch on them was last started or tried.
///
/// A watch that nobody polls any more makes no error. This is the proof that does not depend on
/// the cause: without it a controller could answer that all is well, and do nothing.
pub(crate) struct Pulse {
    start: Instant,
    /// Seconds after `start`.
    last: AtomicU64,
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            last: AtomicU64::new(0),
        }
    }

    /// Notes a request, whatever will become of it.
    pub(crate) fn note<B>(&self, request: &Request<B>) {
        // Of all, and not of one.
        if request.uri().path().ends_with("/sealedsecrets") {
            self.last
                .store(self.start.elapsed().as_secs(), Ordering::Relaxed);
        }
    }

    /// Whether the last one was not too long ago.
    pub(crate) fn is_felt(&self) -> bool {
        self.is_felt_at(self.start.elapsed())
    }

    fn is_felt_at(&self, now: Duration) -> bool {
        let last = Duration::from_secs(self.last.load(Ordering::Relaxed));
        now.saturating_sub(last) <= LONGEST_SILENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: &str = "https://cluster/apis/bulla.dev/v1alpha1";

    #[test]
    fn a_watch_that_is_not_started_anew_is_dead() {
        let pulse = Pulse::new();
        assert!(pulse.is_felt_at(LONGEST_SILENCE));
        assert!(!pulse.is_felt_at(LONGEST_SILENCE + Duration::from_secs(1)));
    }

    #[test]
    fn only_what_concerns_all_of_them_counts() {
        let mut pulse = Pulse::new();
        pulse.start = Instant::now() - Duration::from_secs(200);
        let request = |path: &str| Request::get(format!("{PATHS}{path}")).body(()).unwrap();
        pulse.note(&request("/namespaces/shop/sealedsecrets/db/status"));
        assert!(!pulse.is_felt());
        pulse.note(&request("/sealedsecrets?watch=true&timeoutSeconds=50"));
        assert!(pulse.is_felt());
    }
}
