//! A sealed file: the SealedSecret object as it is committed.

use bulla_manifest::{Document, Problems, rules, typed, write};
use bulla_resource::{API_VERSION, KIND, SealedSecretSpec};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

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
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub namespace: Option<String>,
}

/// For a field that may be absent but not null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
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
        file.check_names(document)?;
        Ok(file)
    }

    /// Names are printed, in reports that people decide by. What the API server would refuse could
    /// move the cursor of a terminal.
    fn check_names(&self, document: &Document<'_>) -> Result<(), Problems> {
        use bulla_manifest::Step::Key;
        let spec = &self.spec;
        let mut problems = Vec::new();
        let mut check = |path: &[&str], violations: Vec<rules::Violation>| {
            let path: Vec<_> = path.iter().map(|key| Key(key)).collect();
            let violations = violations.iter().map(ToString::to_string);
            problems.extend(violations.map(|violation| document.problem(&path, violation)));
        };
        check(&["metadata", "name"], rules::name(&self.metadata.name));
        if let Some(namespace) = &self.metadata.namespace {
            check(&["metadata", "namespace"], rules::namespace(namespace));
        }
        check(&["spec", "secretName"], rules::name(&spec.secret_name));
        // Of an empty string the format itself says what is wrong.
        let stated = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(namespace) = &stated(&spec.sealed_for.namespace) {
            check(
                &["spec", "sealedFor", "namespace"],
                rules::namespace(namespace),
            );
        }
        if let Some(name) = &stated(&spec.sealed_for.name) {
            check(&["spec", "sealedFor", "name"], rules::name(name));
        }
        if spec.effective_type().contains(char::is_control) {
            let path = [Key("spec"), Key("type")];
            problems.push(document.problem(&path, "has control characters".to_owned()));
        }
        let template = spec.template.iter();
        let keys = template.flat_map(|t| t.labels.keys().chain(t.annotations.keys()));
        let items = spec
            .envelopes
            .iter()
            .flat_map(|envelope| envelope.items.keys());
        if keys.chain(items).any(|key| key.contains(char::is_control)) {
            let message = "a key has control characters".to_owned();
            problems.push(document.problem(&[Key("spec")], message));
        }
        Problems::or(problems, ())
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
