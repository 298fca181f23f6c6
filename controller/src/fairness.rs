//! Who works when.
//!
//! An admission webhook that hangs, or ten thousand new objects, in one namespace must not keep the
//! others waiting: namespaces take turns, and none has more workers than are left free.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The workers' places.
pub(crate) struct Fairness(Mutex<Places>);

struct Places {
    free: usize,
    is_closed: bool,
    namespaces: HashMap<Box<str>, Namespace>,
    /// The namespaces in which somebody waits, the next one first.
    turns: VecDeque<Box<str>>,
}

#[derive(Default)]
struct Namespace {
    working: usize,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// A worker's place. Free again when it is dropped.
pub(crate) struct Place {
    fairness: Arc<Fairness>,
    namespace: Box<str>,
}

impl Fairness {
    /// For so many workers.
    pub(crate) fn new(workers: u16) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Places {
            free: workers.into(),
            is_closed: false,
            namespaces: HashMap::new(),
            turns: VecDeque::new(),
        })))
    }

    /// A place, after all that wait for one in this namespace already. `None` once it is closed.
    pub(crate) async fn enter(self: &Arc<Self>, namespace: &str) -> Option<Place> {
        let turn = self.lock().queue(namespace)?;
        self.hand_out();
        turn.await.ok()
    }

    /// From now on nobody gets a place, and nobody waits for one.
    pub(crate) fn close(&self) {
        let mut places = self.lock();
        places.is_closed = true;
        places.turns.clear();
        for namespace in places.namespaces.values_mut() {
            namespace.waiting.clear();
        }
    }

    fn hand_out(self: &Arc<Self>) {
        loop {
            let Some((turn, namespace)) = self.lock().next() else {
                return;
            };
            let fairness = Arc::clone(self);
            // Who does not wait any more drops it, and so it is free again.
            let _ = turn.send(Place {
                fairness,
                namespace,
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn queue(&mut self, namespace: &str) -> Option<oneshot::Receiver<Place>> {
        if self.is_closed {
            return None;
        }
        let (sender, turn) = oneshot::channel();
        let known = self.namespaces.entry(namespace.into()).or_default();
        if known.waiting.is_empty() {
            self.turns.push_back(namespace.into());
        }
        known.waiting.push_back(sender);
        Some(turn)
    }

    /// Whose turn it is, if there is a place.
    fn next(&mut self) -> Option<(oneshot::Sender<Place>, Box<str>)> {
        let position = self.turns.iter().position(|namespace| {
            let known = self.namespaces.get(namespace);
            known.is_some_and(|known| known.working < self.free)
        })?;
        let namespace = self.turns.remove(position)?;
        let known = self.namespaces.get_mut(&namespace)?;
        let turn = known.waiting.pop_front()?;
        if !known.waiting.is_empty() {
            self.turns.push_back(namespace.clone());
        }
        known.working += 1;
        self.free -= 1;
        Some((turn, namespace))
    }

    fn leave(&mut self, namespace: &str) {
        self.free += 1;
        if let Some(known) = self.namespaces.get_mut(namespace) {
            known.working -= 1;
            if known.working == 0 && known.waiting.is_empty() {
                self.namespaces.remove(namespace);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.fairness.lock().leave(&self.namespace);
        self.fairness.hand_out();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn enter(fairness: &Arc<Fairness>, namespace: &str) -> Option<Place> {
        fairness.enter(namespace).now_or_never().flatten()
    }

    #[test]
    fn a_namespace_leaves_workers_to_the_others() {
        let fairness = Fairness::new(16);
        let flood: Vec<_> = (0..100).map_while(|_| enter(&fairness, "flood")).collect();
        assert_eq!(flood.len(), 8);
        let second: Vec<_> = (0..100).map_while(|_| enter(&fairness, "second")).collect();
        assert_eq!(second.len(), 4);
        assert!(enter(&fairness, "quiet").is_some());
        drop((flood, second));
        assert!(enter(&fairness, "flood").is_some());
    }

    #[test]
    fn one_worker_is_enough() {
        let fairness = Fairness::new(1);
        assert!(enter(&fairness, "one").is_some());
        assert!(enter(&fairness, "other").is_some());
    }

    #[tokio::test]
    async fn namespaces_take_turns() {
        let fairness = Fairness::new(1);
        let place = enter(&fairness, "first");
        let order = Arc::new(Mutex::new(Vec::new()));
        let waits = ["flood", "flood", "flood", "quiet", "flood"].map(|namespace| {
            let (fairness, order) = (Arc::clone(&fairness), Arc::clone(&order));
            async move {
                let _place = fairness.enter(namespace).await;
                order.lock().unwrap().push(namespace);
            }
        });
        tokio::join!(futures::future::join_all(waits), async { drop(place) });
        let order = order.lock().unwrap().clone();
        assert_eq!(order, ["flood", "quiet", "flood", "flood", "flood"]);
    }

    #[test]
    fn who_does_not_wait_any_more_holds_nothing() {
        let fairness = Fairness::new(1);
        let place = enter(&fairness, "one");
        assert!(enter(&fairness, "one").is_none());
        drop(place);
        assert!(enter(&fairness, "one").is_some());
        assert!(fairness.lock().namespaces.is_empty());
        assert!(fairness.lock().turns.is_empty());
    }

    #[tokio::test]
    async fn nobody_waits_when_it_closes() {
        let fairness = Fairness::new(1);
        let place = enter(&fairness, "one");
        let (waited, ()) = tokio::join!(fairness.enter("one"), async { fairness.close() });
        assert!(waited.is_none());
        drop(place);
        assert!(fairness.enter("one").await.is_none());
    }
}
