//! One Secret into a file that is sealed already.

use std::collections::BTreeSet;

use bulla_envelope::Identity;
use bulla_sealing::{Content, Refusal};

use crate::decide::Decider;
use crate::editable::{self, Editable};
use crate::error::{CommandError, TEMPLATE_HINT};
use crate::found::Found;
use crate::readers;

/// What becomes of the file.
pub(crate) struct Merged {
    /// Its new text, if anything changes, and what to say about it.
    pub(crate) change: Option<(String, String)>,
    pub(crate) warnings: Vec<String>,
    /// What named one final place: a flag, or a rule.
    pub(crate) placed_by: Option<String>,
}

/// Adds and replaces values, labels and annotations. What the Secret does not have stays. With an
/// identity that opens the file, values that did not change are recognised.
pub(crate) fn merge(
    found: Found<'_>,
    editable: &Editable,
    content: Content,
    decider: &Decider,
    identities: &[Identity],
) -> Result<Merged, CommandError> {
    let decision = decider.decide(&found.secret.name);
    let decision = decision.map_err(|error| error.at(&found.problem(&[], String::new())))?;
    let (secret, problem) = found.into_parts();
    let in_secret: BTreeSet<String> = secret.data.keys().cloned().collect();
    let metadata = &editable.file().metadata;
    let addition = content.addition(metadata, secret, &decision.stated());
    let mut addition = addition.map_err(|refusals| {
        let problems = refusals.iter();
        let problems = problems.map(|refusal| problem(&refusal.path(), refusal.to_string()));
        let error = CommandError::from(problems.collect::<Vec<_>>());
        let error = match refusals.iter().any(Refusal::is_about_template) {
            true => error.hinted(TEMPLATE_HINT),
            false => error,
        };
        decision.explain(error, &refusals)
    })?;
    let warnings = addition.warnings.iter();
    let warnings =
        warnings.map(|warning| problem(&warning.path(), warning.to_string()).to_string());
    let mut merged = Merged {
        change: None,
        warnings: warnings.collect(),
        placed_by: decision.names_one_place(),
    };

    editable.drop_unchanged(&content, identities, &mut addition.values)?;
    let changed: Vec<String> = addition.values.keys().cloned().collect();
    let labelled = addition.labels.keys().chain(addition.annotations.keys());
    let labelled: Vec<String> = labelled.cloned().collect();
    let envelopes = &editable.file().spec.envelopes;
    let kept = envelopes.iter().flat_map(|envelope| envelope.items.keys());
    let kept: Vec<String> = kept
        .filter(|key| !in_secret.contains(*key))
        .cloned()
        .collect();
    if changed.is_empty() && labelled.is_empty() {
        return Ok(merged);
    }
    let before = content.secret_name().to_owned();
    let mut content = content;
    if !changed.is_empty() {
        let no_key = BTreeSet::new();
        let values = &addition.values;
        let change = content.change(editable.name(), values, &no_key, &decision.recipients);
        content = change.map_err(|error| vec![problem(&[], error.to_string())])?;
        let path = editable.path().display();
        let differences = readers::differences(&content).into_iter();
        merged
            .warnings
            .extend(differences.map(|warning| format!("{path}: {warning}")));
    }
    let content = content.with_metadata(editable.name(), addition.labels, addition.annotations);
    let mut said = editable::changed(changed.iter().chain(&labelled), &before, &content);
    if !kept.is_empty() {
        said.push_str(&format!("; keeps {}", kept.join(", ")));
    }
    merged.change = Some((editable.edited(&content)?, said));
    Ok(merged)
}
