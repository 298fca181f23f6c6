//! A status as the patch that writes it.

use bulla_resource::SealedSecretStatus;
use serde_json::{Value, json};

/// A JSON merge patch of the status subresource. It needs nothing of the spec, so it also reaches
/// an object whose spec cannot be read. With the resource version it fails when somebody else wrote
/// in between: a status must not be about an older object than the one that it stands on.
pub(crate) fn patch(status: &SealedSecretStatus, resource_version: &str) -> Value {
    json!({
        "metadata": { "resourceVersion": resource_version },
        // In a merge patch, what is absent stays; null takes it away.
        "status": {
            "observedGeneration": status.observed_generation,
            "conditions": status.conditions,
            "secretName": status.secret_name,
            "secretUID": status.secret_uid,
            "digest": status.digest,
        },
    })
}
