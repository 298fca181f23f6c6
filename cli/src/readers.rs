//! Who can read what of a file that was just changed.

use std::collections::BTreeSet;

use bulla_sealing::Content;

/// Warnings if the readers of the newest envelope are not those of the others: a Secret is opened
/// whole or not at all. The older lists are the word of the file, so nobody is told to add who is on
/// them.
pub(crate) fn differences(content: &Content) -> Vec<String> {
    let envelopes = content.envelope_specs();
    let Some((newest, others)) = envelopes.split_last().filter(|(_, rest)| !rest.is_empty()) else {
        return Vec::new();
    };
    let lists = || others.iter().map(|other| other.recipients.iter().collect());
    let new: BTreeSet<&String> = newest.recipients.iter().collect();
    let anywhere: BTreeSet<&String> = lists().flat_map(|list: BTreeSet<_>| list).collect();
    let everywhere = lists().fold(new.clone(), |left, list| &left & &list);
    let keys: Vec<&str> = newest.items.keys().map(String::as_str).collect();
    let keys = keys.join(", ");
    let mut warnings = Vec::new();
    if everywhere.is_empty() {
        warnings.push(format!(
            "nobody can open the whole file: {keys} and the other values have no recipient in common"
        ));
    }
    let without = &anywhere - &new;
    if !without.is_empty() {
        warnings.push(format!(
            "not for {keys}, and named by the file for other values: {}",
            joined(&without)
        ));
    }
    let only = &new - &everywhere;
    if !only.is_empty() {
        warnings.push(format!(
            "for {keys}, and not for all other values (`bulla rewrap` can mend that): {}",
            joined(&only)
        ));
    }
    warnings
}

fn joined(recipients: &BTreeSet<&String>) -> String {
    let recipients: Vec<&str> = recipients.iter().map(|one| one.as_str()).collect();
    recipients.join(", ")
}
