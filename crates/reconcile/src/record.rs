//! The record of a Secret.

use bulla_resource::{SealedSecretRevision, SealedSecretRevisionSpec, SealedSecretSpec};
use bulla_sealing::managed_labels;

use crate::verdict::Made;

/// What of the Secret's name goes into the record's: with a dot and a UID, 253 characters.
const MAX_NAME: usize = 216;

/// The name of the record of a Secret: one for each Secret that ever was, because a UID never
/// comes back.
pub fn record_name(secret_name: &str, secret_uid: &str) -> String {
    let head = secret_name.get(..MAX_NAME).unwrap_or(secret_name);
    // A name is a list of labels, none of which ends with a dash.
    let head = head.trim_end_matches(['-', '.']);
    format!("{head}.{secret_uid}")
}

/// The record that `made` was made of `spec`, for the namespace of both.
pub fn record(
    sealed_secret: &str,
    namespace: &str,
    spec: &SealedSecretSpec,
    made: &Made,
) -> SealedSecretRevision {
    let mut record = SealedSecretRevision::new(
        &record_name(&made.secret_name, &made.secret_uid),
        SealedSecretRevisionSpec {
            sealed_secret: sealed_secret.to_owned(),
            secret_name: made.secret_name.clone(),
            secret_uid: made.secret_uid.clone(),
            digest: made.digest.clone(),
            spec: spec.clone(),
        },
    );
    let labels = managed_labels(sealed_secret);
    let labels = labels.map(|(key, value)| (key.to_owned(), value));
    record.metadata.labels = Some(labels.into());
    record.metadata.namespace = Some(namespace.to_owned());
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_records_are_names() {
        let uid = "6d3f2c1e-0000-4000-8000-0123456789ab";
        assert_eq!(record_name("db-q5", uid), format!("db-q5.{uid}"));
        let long = format!("{}-{}", "a".repeat(215), "b".repeat(37));
        let name = record_name(&long, uid);
        assert_eq!(name, format!("{}.{uid}", "a".repeat(215)));
        assert!(name.len() <= 253);
    }
}
