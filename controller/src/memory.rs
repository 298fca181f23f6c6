//! What the controller remembers of each object between two looks. It saves work, and nothing
//! depends on it: after a restart everything is found out again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bulla_reconcile::Version;
use tokio::time::Instant;

use crate::watched::Watched;

/// The entries of all objects, by namespace and name.
#[derive(Default)]
pub(crate) struct Memory(Mutex<HashMap<Box<str>, Entry>>);

/// What is remembered of one object.
#[derive(Default)]
pub(crate) struct Entry {
    uid: Box<str>,
    /// The version that was looked at last, and the one that came of writing its status: the watch
    /// may bring either afterwards, and neither is news.
    pub(crate) handled: [Box<str>; 2],
    /// Until when there is nothing to do, if nothing changes.
    pub(crate) rest_until: Option<Instant>,
    /// The set of keys at the last look.
    pub(crate) epoch: u64,
    /// Whether it need not be looked at with other keys.
    pub(crate) is_ready: bool,
    /// How often in a row something failed that heals.
    pub(crate) failures: u32,
    /// The generation and the set of keys that did not fit.
    pub(crate) undecryptable: Option<(i64, u64)>,
    /// The generation, and the Secret that is in its way.
    pub(crate) foreign: Option<(i64, Version)>,
}

impl Memory {
    /// Takes out what is remembered of this object. One object is never worked on twice at once.
    pub(crate) fn take(&self, object: &Watched) -> Entry {
        let entry = self.lock().remove(&*key(object.namespace(), object.name()));
        match entry {
            // One of the same name that was deleted and made again is another one.
            Some(entry) if *entry.uid == *object.uid() => entry,
            _ => Entry {
                uid: object.uid().into(),
                ..Entry::default()
            },
        }
    }

    /// Puts it back.
    pub(crate) fn put(&self, object: &Watched, entry: Entry) {
        self.lock()
            .insert(key(object.namespace(), object.name()), entry);
    }

    /// Forgets an object that is gone.
    pub(crate) fn forget(&self, namespace: &str, name: &str) {
        self.lock().remove(&*key(namespace, name));
    }

    /// Forgets all objects but these, which are all that there are.
    pub(crate) fn keep(&self, objects: &[Arc<Watched>]) {
        let keys = objects.iter();
        let keys: HashSet<_> = keys.map(|one| key(one.namespace(), one.name())).collect();
        self.lock().retain(|key, _| keys.contains(key));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// How long there is still nothing to do about this version with these keys: `None` if there is
    /// something, `Some(None)` if only a change makes work.
    pub(crate) fn rest(&self, object: &Watched, epoch: u64) -> Option<Option<Duration>> {
        let version = object.resource_version();
        let is_handled = self.handled.iter().any(|handled| **handled == *version);
        if !is_handled || (self.epoch != epoch && !self.is_ready) {
            return None;
        }
        match self.rest_until {
            None => Some(None),
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                (!left.is_zero()).then_some(Some(left))
            }
        }
    }
}

fn key(namespace: &str, name: &str) -> Box<str> {
    format!("{namespace}/{name}").into()
}
