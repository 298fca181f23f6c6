//! The record of one native Secret that the controller made, or found to be its own.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::SealedSecretSpec;

/// Which Secret was made of which sealed spec.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "bulla.dev",
    version = "v1alpha1",
    kind = "SealedSecretRevision",
    plural = "sealedsecretrevisions",
    shortname = "bssr",
    namespaced,
    derive = "PartialEq",
    doc = "The controller's record of one Secret: the sealed spec that it was made of, and its UID. It is written once and never changed.",
    printcolumn(
        name = "SealedSecret",
        type_ = "string",
        json_path = ".spec.sealedSecret"
    ),
    printcolumn(name = "Secret", type_ = "string", json_path = ".spec.secretName"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("self == oldSelf").message("a record is never changed"))]
pub struct SealedSecretRevisionSpec {
    /// The name of the SealedSecret.
    #[schemars(length(min = 1, max = 253))]
    pub sealed_secret: String,
    /// The name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub secret_name: String,
    /// Its UID: a Secret that came back under the same name is another one.
    #[serde(rename = "secretUID")]
    #[schemars(length(min = 1, max = 64))]
    pub secret_uid: String,
    /// The digest of the sealed spec: `sha256:` and hex.
    #[schemars(length(min = 71, max = 71))]
    pub digest: String,
    /// The sealed spec, so that the Secret can be made again from its own ciphertext.
    pub spec: SealedSecretSpec,
}
