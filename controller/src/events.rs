//! Kubernetes events, for who watches an object with kubectl.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bulla_reconcile::{Outcome, Reason};
use bulla_resource::{API_VERSION, KIND};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::watched::Watched;

/// So many wait to be published. More are dropped, as client-go does: events are a courtesy, and
/// an API server with ten thousand new objects has better things to do.
const QUEUE: usize = 256;

/// Of which one namespace has no more than so many: the others' are to be heard too.
const PER_NAMESPACE: usize = 16;

/// And no more than so many a second: whoever makes ten thousand objects wants Secrets, not events.
const PACE: Duration = Duration::from_millis(40);

/// The API server's limit on a note.
const MAX_NOTE: usize = 1024;

/// Those that wait when the controller stops have so long.
const LAST: Duration = Duration::from_secs(5);

/// Where events are left to be published.
pub(crate) struct Events {
    queue: mpsc::Sender<Option<(Event, ObjectReference, Turn)>>,
    waiting: Waiting,
    publisher: Mutex<Option<JoinHandle<()>>>,
}

impl Events {
    /// Publishes in the background.
    pub(crate) fn start(client: Client) -> Self {
        let (sender, mut queue) = mpsc::channel(QUEUE);
        let publisher = tokio::spawn(async move {
            let mut pace = tokio::time::interval(PACE);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while let Some(Some((event, about, turn))) = queue.recv().await {
                drop(turn);
                let reporter = Reporter::from("bulla-controller");
                // A new one each time: it would keep every event for six minutes to count
                // repetitions, and there are none.
                let recorder = Recorder::new(client.clone(), reporter);
                if recorder.publish(&event, &about).await.is_err() {
                    tracing::debug!("an event was not published");
                }
                pace.tick().await;
            }
        });
        Self {
            queue: sender,
            waiting: Waiting::default(),
            publisher: Mutex::new(Some(publisher)),
        }
    }

    /// Publishes what waits, if that is quickly done.
    pub(crate) async fn finish(&self) {
        let publisher = self
            .publisher
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(publisher) = publisher else { return };
        let last = async {
            // A full queue has the end of it in a moment.
            let _ = self.queue.send(None).await;
            let _ = publisher.await;
        };
        if tokio::time::timeout(LAST, last).await.is_err() {
            tracing::debug!("events were dropped");
        }
    }

    /// Leaves the news that an object's reason became this one.
    pub(crate) fn tell(&self, object: &Watched, reason: Reason, message: &str) {
        let Some(turn) = self.waiting.enter(object.namespace()) else {
            tracing::debug!("an event was dropped");
            return;
        };
        let type_ = match reason.outcome() {
            Outcome::Ready => EventType::Normal,
            Outcome::Stalled | Outcome::Retried => EventType::Warning,
        };
        let event = Event {
            type_,
            reason: reason.as_str().to_owned(),
            note: Some(message.chars().take(MAX_NOTE / 4).collect()),
            action: "Open".to_owned(),
            secondary: None,
        };
        let about = ObjectReference {
            api_version: Some(API_VERSION.to_owned()),
            kind: Some(KIND.to_owned()),
            name: Some(object.name().to_owned()),
            namespace: Some(object.namespace().to_owned()),
            uid: Some(object.uid().to_owned()),
            ..ObjectReference::default()
        };
        if self.queue.try_send(Some((event, about, turn))).is_err() {
            tracing::debug!("an event was dropped");
        }
    }
}

/// How many events of each namespace wait.
#[derive(Clone, Default)]
struct Waiting(Arc<Mutex<HashMap<Box<str>, usize>>>);

/// A place among those that wait. Free again when it is dropped.
struct Turn {
    waiting: Waiting,
    namespace: Box<str>,
}

impl Waiting {
    fn enter(&self, namespace: &str) -> Option<Turn> {
        let mut namespaces = self.lock();
        let count = namespaces.entry(namespace.into()).or_default();
        if *count >= PER_NAMESPACE {
            return None;
        }
        *count += 1;
        Some(Turn {
            waiting: self.clone(),
            namespace: namespace.into(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut namespaces = self.waiting.lock();
        if let Some(count) = namespaces.get_mut(&self.namespace) {
            *count -= 1;
            if *count == 0 {
                namespaces.remove(&self.namespace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_namespace_leaves_room_for_the_others() {
        let waiting = Waiting::default();
        let turns: Vec<_> = (0..1000).filter_map(|_| waiting.enter("loud")).collect();
        assert_eq!(turns.len(), PER_NAMESPACE);
        assert!(waiting.enter("quiet").is_some());
        drop(turns);
        assert!(waiting.enter("loud").is_some());
        assert!(waiting.lock().is_empty(), "nothing is kept of who is done");
    }
}
