//! What a person changed, whatever the file says by now.

use std::collections::{BTreeMap, BTreeSet};

use bulla_plaintext::Plaintext;

/// The values that are new or other than they were, and the keys that are gone.
pub(super) struct Edit {
    values: BTreeMap<String, Plaintext>,
    removed: BTreeSet<String>,
}

impl Edit {
    pub(super) fn between(
        before: &BTreeMap<String, Plaintext>,
        mut wanted: BTreeMap<String, Plaintext>,
    ) -> Self {
        let gone = before.keys().filter(|key| !wanted.contains_key(*key));
        let removed = gone.cloned().collect();
        wanted.retain(|key, value| !is_same(before.get(key), Some(value)));
        Self {
            values: wanted,
            removed,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.removed.is_empty()
    }

    pub(super) fn values(&self) -> &BTreeMap<String, Plaintext> {
        &self.values
    }

    pub(super) fn removed(&self) -> &BTreeSet<String> {
        &self.removed
    }

    /// The keys that it concerns.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().chain(&self.removed).map(String::as_str)
    }

    /// The keys of this edit that somebody else changed, too.
    pub(super) fn conflicts(
        &self,
        before: &BTreeMap<String, Plaintext>,
        now: &BTreeMap<String, Plaintext>,
    ) -> Vec<&str> {
        let is_changed = |key: &&str| !is_same(before.get(*key), now.get(*key));
        self.keys().filter(is_changed).collect()
    }

    /// What the values become by this edit.
    pub(super) fn on<'a>(
        &'a self,
        values: &'a BTreeMap<String, Plaintext>,
    ) -> BTreeMap<&'a str, &'a Plaintext> {
        let mut merged = borrowed(values);
        merged.retain(|key, _| !self.removed.contains(*key));
        merged.extend(borrowed(&self.values));
        merged
    }
}

pub(super) fn borrowed(values: &BTreeMap<String, Plaintext>) -> BTreeMap<&str, &Plaintext> {
    let pairs = values.iter();
    pairs.map(|(key, value)| (key.as_str(), value)).collect()
}

fn is_same(one: Option<&Plaintext>, other: Option<&Plaintext>) -> bool {
    one.map(Plaintext::expose) == other.map(Plaintext::expose)
}
