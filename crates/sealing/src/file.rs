//! A sealed file: the SealedSecret object as it is committed.

use bulla_manifest::{Document, Problems, typed, write};
use bulla_resource::{API_VERSION, KIND, SealedSecretSpec};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// A SealedSecret as a file has it. Reading is strict: unknown fields, two of the same key and
/// whatever two readers could take for two things are refused, except in what bulla has no use for
/// (the status, and metadata beside name and namespace).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealedFile {
    api_version: String,
    kind: String,
    /// Its name and namespace.
    pub metadata: Metadata,
    /// What is sealed.
    pub spec: SealedSecretSpec,
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "read so that it may be there")]
    status: Skipped,
}

/// Anything at all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "IgnoredAny")]
struct Skipped;

impl From<IgnoredAny> for Skipped {
    fn from(_: IgnoredAny) -> Self {
        Self
    }
}

/// The metadata that bulla has a use for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Metadata {
    /// The logical name: what workloads refer to before names are final.
    pub name: String,
    /// The namespace; absent where kustomize or kubectl sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

impl SealedFile {
    pub(crate) fn new(metadata: Metadata, spec: SealedSecretSpec) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            metadata,
            spec,
            status: Skipped,
        }
    }

    /// Reads a document that is known to be a SealedSecret.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with its place; and versions that this bulla does not read.
    pub fn read(document: &Document<'_>) -> Result<Self, Problems> {
        use bulla_manifest::Step::Key;
        let file: Self = typed::from_document(document)?;
        if file.api_version != API_VERSION {
            let message = format!("this version of bulla reads {API_VERSION} only");
            return Err(document.problem(&[Key("apiVersion")], message).into());
        }
        Ok(file)
    }

    /// As YAML, ending with a line break.
    ///
    /// # Errors
    ///
    /// None that a file from [`crate::seal`] or [`Self::read`] could cause.
    pub fn to_yaml(&self) -> Result<String, write::Error> {
        write::to_yaml(self)
    }
}
