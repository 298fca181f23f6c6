//! The spec of a SealedSecret, field by field as `docs/format.md` has it.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::policy;
use crate::status::SealedSecretStatus;

/// What is sealed, for whom, and the name of the Secret that becomes of it.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "bulla.dev",
    version = "v1alpha1",
    kind = "SealedSecret",
    plural = "sealedsecrets",
    shortname = "bss",
    namespaced,
    status = "SealedSecretStatus",
    derive = "PartialEq",
    doc = "A Secret whose values only the controller can read. It becomes a native, immutable Secret named `spec.secretName`.",
    printcolumn(name = "Secret", type_ = "string", json_path = ".spec.secretName"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new(policy::TYPE_RULE).message(policy::TYPE_MESSAGE),
    validation = Rule::new("self.envelopes.all(e, self.envelopes.exists_one(f, f.commitment == e.commitment))")
        .message("two envelopes have the same commitment"),
)]
pub struct SealedSecretSpec {
    /// The type of the Secret. Absent: Opaque.
    #[serde(
        rename = "type",
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(min = 1, max = 253))]
    pub secret_type: Option<String>,
    /// The place that the values are sealed for; they open nowhere else.
    pub sealed_for: SealedFor,
    /// The name of the native Secret: metadata.name with the suffix of the digest.
    #[schemars(length(min = 18, max = 253))]
    pub secret_name: String,
    /// Metadata of the native Secret.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub template: Option<Template>,
    /// One for each act of sealing.
    #[schemars(length(min = 1, max = 256), extend("x-kubernetes-list-type" = "atomic"))]
    pub envelopes: Vec<EnvelopeSpec>,
}

impl SealedSecretSpec {
    /// The Secret's type, with the default that an absent one has.
    pub fn effective_type(&self) -> &str {
        self.secret_type.as_deref().unwrap_or("Opaque")
    }
}

/// The place that the values are sealed for: a namespace and a name (strict), any name in a
/// namespace, or, with neither, anywhere.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("!has(self.name) || has(self.namespace)")
    .message("a name needs a namespace"))]
pub struct SealedFor {
    /// The only namespace.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
    /// The only name of the SealedSecret.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(min = 1, max = 253))]
    pub name: Option<String>,
}

/// Metadata of the native Secret.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new(policy::metadata_rule("self.labels"))
        .message(policy::KEY_MESSAGE),
    validation = Rule::new(policy::metadata_rule("self.annotations"))
        .message(policy::KEY_MESSAGE),
)]
pub struct Template {
    /// Labels, beside those that bulla sets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub labels: BTreeMap<String, String>,
    /// Annotations, beside those that bulla sets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub annotations: BTreeMap<String, String>,
}

/// One act of sealing: a data key, wrapped for every recipient, and the items under it.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("has(self.age) == self.recipients.exists(r, r.startsWith('age1'))")
        .message("age must be there exactly if there are age recipients"),
    validation = Rule::new("(has(self.rsa) ? size(self.rsa) : 0) == self.recipients.filter(r, r.startsWith('sha256:')).size() && self.recipients.all(r, r.startsWith('age1') || r.substring(7) in self.rsa)")
        .message("rsa must have exactly one entry for each RSA recipient"),
)]
pub struct EnvelopeSpec {
    /// The version of the sealed format: 1.
    #[schemars(extend("enum" = [1]))]
    pub format: i64,
    /// base64 of the commitment to the data key.
    #[schemars(length(min = 44, max = 44), regex(pattern = "^[A-Za-z0-9+/]{43}=$"))]
    pub commitment: String,
    /// Who can open the envelope: `age1...`, or `sha256:` and the fingerprint of an RSA key.
    #[schemars(
        length(min = 1, max = 64),
        inner(length(max = 71), regex(pattern = "^(age1[02-9ac-hj-np-z]{58}|sha256:[0-9a-f]{64})$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub recipients: Vec<String>,
    /// The data key for the age recipients: an armored age file.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(max = 270_336))]
    pub age: Option<String>,
    /// The data key for the RSA recipients: fingerprint to base64.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub rsa: BTreeMap<String, String>,
    /// Key of the Secret's data to base64 of the sealed value.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 256))]
    pub items: BTreeMap<String, String>,
}

/// For fields that may be absent but not null: the format knows one way to leave a thing out.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
