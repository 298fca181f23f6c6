//! What differs between two states of one SealedSecret.

use std::collections::{BTreeMap, BTreeSet};

use bulla_envelope::{Identity, OpenError};
use bulla_plaintext::Plaintext;
use serde::Serialize;

use super::side::Sealed;

type Values = BTreeMap<String, Plaintext>;

/// Everything that may be printed, and the values apart from it.
pub(super) struct Difference {
    pub(super) report: Report,
    pub(super) old: Option<Values>,
    pub(super) new: Option<Values>,
}

/// What differs, without any value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    /// None: the SealedSecret was not there.
    pub(super) old_secret_name: Option<String>,
    /// None: the SealedSecret is not there any more.
    pub(super) new_secret_name: Option<String>,
    pub(super) items: BTreeMap<String, ItemChange>,
    pub(super) recipients: Vec<RecipientsChange>,
    pub(super) fields: Vec<FieldChange>,
    pub(super) warnings: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ItemChange {
    Added,
    Removed,
    /// Sealed anew. Whether the value is another one only an identity could tell.
    Resealed,
    /// Sealed anew, and the value is another one.
    Changed,
    /// Sealed anew, and the value is the same.
    Same,
    /// Other bytes under the same data key.
    Altered,
}

/// Who can read some items and could not before, and the reverse.
#[derive(Serialize)]
pub(super) struct RecipientsChange {
    pub(super) items: Vec<String>,
    pub(super) added: BTreeSet<String>,
    pub(super) removed: BTreeSet<String>,
}

/// Anything else that has a name and a text.
#[derive(Serialize)]
pub(super) struct FieldChange {
    pub(super) field: String,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

/// One item, and what its envelope says.
struct Item<'s> {
    bytes: &'s str,
    commitment: &'s str,
    recipients: &'s [String],
    wrapped: (Option<&'s str>, &'s BTreeMap<String, String>),
}

impl Difference {
    pub(super) fn between(
        old: Option<&Sealed>,
        new: Option<&Sealed>,
        identities: &[Identity],
    ) -> Self {
        let mut warnings = new.map(notes).unwrap_or_default();
        let mut opened = |side: Option<&Sealed>, which: &str| match side?.content.values(identities)
        {
            Ok(values) => Some(values),
            Err(OpenError::NoIdentity(..)) => None,
            Err(damage) => {
                warnings.push(format!("the {which} side does not open: {damage}"));
                None
            }
        };
        let (old_values, new_values) = (opened(old, "old"), opened(new, "new"));
        let values = old_values.as_ref().zip(new_values.as_ref());
        let (old_items, new_items) = (old.map(items), new.map(items));
        let (old_items, new_items) = (old_items.unwrap_or_default(), new_items.unwrap_or_default());
        let items = item_changes(&old_items, &new_items, values);
        warnings.extend(altered(&items));
        let stated = new.or(old).map(|sealed| &sealed.file.metadata);
        let secret_name = |side: Option<&Sealed>| side.map(|s| s.file.spec.secret_name.clone());
        let report = Report {
            name: stated.map(|m| m.name.clone()).unwrap_or_default(),
            namespace: stated.and_then(|m| m.namespace.clone()),
            old_secret_name: secret_name(old),
            new_secret_name: secret_name(new),
            items,
            recipients: recipient_changes(&old_items, &new_items),
            fields: new.map(|new| field_changes(old, new)).unwrap_or_default(),
            warnings,
        };
        Self {
            report,
            old: old_values,
            new: new_values,
        }
    }

    pub(super) fn has_values(&self) -> bool {
        self.old.is_some() || self.new.is_some()
    }
}

impl Report {
    /// Whether nothing differs. What is wrong on both sides is no difference.
    pub(super) fn is_empty(&self) -> bool {
        self.old_secret_name == self.new_secret_name
            && self.items.is_empty()
            && self.recipients.is_empty()
            && self.fields.is_empty()
    }

    /// Which SealedSecret it is.
    pub(super) fn title(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

fn items(sealed: &Sealed) -> BTreeMap<&str, Item<'_>> {
    let envelopes = sealed.file.spec.envelopes.iter();
    let items = envelopes.flat_map(|envelope| {
        let items = envelope.items.iter();
        items.map(move |(key, bytes)| {
            let item = Item {
                bytes,
                commitment: &envelope.commitment,
                recipients: &envelope.recipients,
                wrapped: (envelope.age.as_deref(), &envelope.rsa),
            };
            (key.as_str(), item)
        })
    });
    items.collect()
}

fn item_changes(
    old: &BTreeMap<&str, Item<'_>>,
    new: &BTreeMap<&str, Item<'_>>,
    values: Option<(&Values, &Values)>,
) -> BTreeMap<String, ItemChange> {
    let keys: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let changes = keys.into_iter().filter_map(|key| {
        let change = match (old.get(key), new.get(key)) {
            (None, _) => ItemChange::Added,
            (_, None) => ItemChange::Removed,
            (Some(old), Some(new)) => {
                match (old.commitment == new.commitment, old.bytes == new.bytes) {
                    (true, true) => return None,
                    (true, false) => ItemChange::Altered,
                    (false, _) => sealed_anew(key, values),
                }
            }
        };
        Some((key.to_owned(), change))
    });
    changes.collect()
}

fn sealed_anew(key: &str, values: Option<(&Values, &Values)>) -> ItemChange {
    let values = values.and_then(|(old, new)| old.get(key).zip(new.get(key)));
    match values.map(|(old, new)| old.expose() == new.expose()) {
        None => ItemChange::Resealed,
        Some(false) => ItemChange::Changed,
        Some(true) => ItemChange::Same,
    }
}

/// bulla makes a new data key for whatever it seals, so no revert of what it did looks like this.
fn altered(items: &BTreeMap<String, ItemChange>) -> Option<String> {
    let altered = items
        .iter()
        .filter(|(_, change)| **change == ItemChange::Altered);
    let keys: Vec<_> = altered.map(|(key, _)| key.as_str()).collect();
    (!keys.is_empty()).then(|| {
        format!(
            "{}: other bytes under an unchanged commitment; bulla never seals twice under one data \
             key, so something else has changed them",
            keys.join(", ")
        )
    })
}

/// An item that came is compared with all that could be read of the file before.
fn recipient_changes(
    old: &BTreeMap<&str, Item<'_>>,
    new: &BTreeMap<&str, Item<'_>>,
) -> Vec<RecipientsChange> {
    let all: BTreeSet<&String> = old.values().flat_map(|item| item.recipients).collect();
    let mut changes: Vec<RecipientsChange> = Vec::new();
    for (key, item) in new {
        let now: BTreeSet<&String> = item.recipients.iter().collect();
        let before: BTreeSet<&String> = match old.get(key) {
            Some(item) => item.recipients.iter().collect(),
            None => all.intersection(&now).copied().collect(),
        };
        let copied = |set: BTreeSet<&&String>| set.into_iter().map(|r| (*r).clone()).collect();
        let added: BTreeSet<String> = copied(now.difference(&before).collect());
        let removed: BTreeSet<String> = copied(before.difference(&now).collect());
        let is_rewrapped = old.get(key).is_some_and(|old| {
            let is_same = (old.recipients, old.wrapped) == (item.recipients, item.wrapped);
            old.commitment == item.commitment && !is_same
        });
        if added.is_empty() && removed.is_empty() && !is_rewrapped {
            continue;
        }
        let group = changes
            .iter_mut()
            .find(|c| c.added == added && c.removed == removed);
        match group {
            Some(group) => group.items.push((*key).to_owned()),
            None => changes.push(RecipientsChange {
                items: vec![(*key).to_owned()],
                added,
                removed,
            }),
        }
    }
    changes
}

fn fields(sealed: &Sealed) -> BTreeMap<String, String> {
    let (metadata, spec) = (&sealed.file.metadata, &sealed.file.spec);
    let mut fields = BTreeMap::from([
        ("name".to_owned(), metadata.name.clone()),
        ("type".to_owned(), spec.effective_type().to_owned()),
        ("sealed for".to_owned(), sealed.content.place().to_string()),
    ]);
    if let Some(namespace) = &metadata.namespace {
        fields.insert("namespace".to_owned(), namespace.clone());
    }
    let template = spec.template.iter();
    for (kind, map) in template.flat_map(|t| [("label", &t.labels), ("annotation", &t.annotations)])
    {
        let pairs = map.iter();
        fields.extend(pairs.map(|(key, value)| (format!("{kind} {key}"), value.clone())));
    }
    fields
}

fn field_changes(old: Option<&Sealed>, new: &Sealed) -> Vec<FieldChange> {
    let is_new = old.is_none();
    let (old, mut new) = (old.map(fields).unwrap_or_default(), fields(new));
    if is_new {
        // The heading has them.
        new.retain(|field, _| !matches!(field.as_str(), "name" | "namespace"));
    }
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name));
    changed
        .map(|name| FieldChange {
            field: name.clone(),
            old: old.get(name).cloned(),
            new: new.get(name).cloned(),
        })
        .collect()
}

/// What is wrong with it, as `bulla inspect` has it.
fn notes(sealed: &Sealed) -> Vec<String> {
    let metadata = &sealed.file.metadata;
    let place = sealed
        .content
        .check_place(&metadata.name, metadata.namespace.as_deref());
    let name = sealed.content.check_name(&metadata.name);
    let place = place.err().map(|error| format!("misplaced: {error}"));
    let name = name.err().map(|error| format!("stale: {error}"));
    place.into_iter().chain(name).collect()
}
