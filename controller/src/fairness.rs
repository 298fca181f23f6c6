//! How many workers one namespace may have.
//!
//! An admission webhook that hangs, or ten thousand new objects, in one namespace must not keep the
//! others waiting. What finds no place comes back later instead of holding a worker, so the queue
//! moves on to who has one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::backoff;

/// At this rate places become free, about.
const PER_WAITING: Duration = Duration::from_millis(4);
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(20);

/// Who works on what.
pub(crate) struct Fairness {
    places: usize,
    namespaces: Mutex<HashMap<Box<str>, Namespace>>,
}

#[derive(Default)]
struct Namespace {
    working: usize,
    /// Who was sent away and has not come back.
    waiting: usize,
}

/// A worker's place. Free again when it is dropped.
pub(crate) struct Place<'f> {
    fairness: &'f Fairness,
    namespace: Box<str>,
}

impl Fairness {
    /// For so many workers: three quarters of them may work for one namespace.
    pub(crate) fn new(workers: u16) -> Self {
        Self {
            places: (usize::from(workers) * 3).div_ceil(4),
            namespaces: Mutex::default(),
        }
    }

    /// A place, or how long to stay away. `is_back` is for who was sent away before.
    pub(crate) fn enter(&self, namespace: &str, is_back: bool) -> Result<Place<'_>, Duration> {
        let mut namespaces = self.lock();
        let known = namespaces.entry(namespace.into()).or_default();
        known.waiting = known.waiting.saturating_sub(usize::from(is_back));
        if known.working >= self.places {
            known.waiting += 1;
            let waiting = u32::try_from(known.waiting).unwrap_or(u32::MAX);
            let wait = PER_WAITING.saturating_mul(waiting).clamp(SHORTEST, LONGEST);
            return Err(backoff::jittered(wait, 0.5));
        }
        known.working += 1;
        Ok(Place {
            fairness: self,
            namespace: namespace.into(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Namespace>> {
        self.namespaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut namespaces = self.fairness.lock();
        if let Some(known) = namespaces.get_mut(&self.namespace) {
            known.working -= 1;
            if known.working == 0 {
                namespaces.remove(&self.namespace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_namespace_leaves_workers_to_the_others() {
        let fairness = Fairness::new(16);
        let places: Vec<_> = (0..12)
            .map(|_| fairness.enter("flood", false).ok())
            .collect();
        assert!(places.iter().all(Option::is_some));
        assert!(fairness.enter("flood", false).is_err());
        assert!(fairness.enter("quiet", false).is_ok());
        drop(places);
        assert!(fairness.enter("flood", false).is_ok());
    }

    #[test]
    fn who_waits_with_many_waits_longer() {
        let fairness = Fairness::new(1);
        let _place = fairness.enter("flood", false).ok();
        let first = fairness.enter("flood", false).err().unwrap_or_default();
        assert!(first <= SHORTEST, "{first:?}");
        let last = (0..10_000)
            .filter_map(|_| fairness.enter("flood", false).err())
            .last();
        assert!(last >= Some(LONGEST / 2), "{last:?}");
        for _ in 0..10_001 {
            assert!(fairness.enter("flood", true).is_err());
        }
        assert_eq!(
            fairness
                .lock()
                .values()
                .map(|known| known.waiting)
                .sum::<usize>(),
            10_001
        );
    }

    #[test]
    fn nothing_is_kept_of_who_is_done() {
        let fairness = Fairness::new(1);
        drop(fairness.enter("one", false));
        assert!(fairness.lock().is_empty());
    }
}
