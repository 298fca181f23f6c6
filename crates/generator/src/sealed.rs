//! What a sealed directory needs to know of a sealed file: names.

use std::fmt;

use bulla_manifest::{Kind, Problem, Problems, Step, Stream, typed};
use serde::Deserialize;

/// The name of an object as its file states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// `metadata.name`
    pub name: String,
    /// `metadata.namespace`
    pub namespace: Option<String>,
}

impl Named {
    /// Whether kustomize takes both for the same: to it, no namespace is `default`.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        fn namespace(named: &Named) -> &str {
            named.namespace.as_deref().unwrap_or("default")
        }
        self.name == other.name && namespace(self) == namespace(other)
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The parts of a sealed file that matter here.
#[derive(Deserialize)]
struct Sealed {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    secret_name: String,
}

/// Reads the names of the SealedSecrets in a sealed file. `file` is what errors call it.
///
/// # Errors
/// Whatever is wrong with the file, and everything in it that is not a SealedSecret: the whole
/// file is loaded a second time, for the stand-ins.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<Named>, Problems> {
    let stream = Stream::read(file, bytes)?;
    let mut found = Vec::new();
    for document in stream.documents() {
        match document.kind()? {
            Kind::Empty => {}
            Kind::SealedSecret => {
                let sealed: Sealed = typed::from_document(document)?;
                if sealed.spec.secret_name.is_empty() {
                    let path = [Step::Key("spec"), Step::Key("secretName")];
                    let message = "empty; seal the file again".to_owned();
                    return Err(Problem::into(document.problem(&path, message)));
                }
                found.push(Named {
                    name: sealed.metadata.name,
                    namespace: sealed.metadata.namespace,
                });
            }
            _ => {
                let message = "only SealedSecrets of bulla.dev belong into a sealed file; move this document to a file of its own";
                return Err(Problem::into(document.problem(&[], message.to_owned())));
            }
        }
    }
    match stream.documents().first() {
        Some(document) if found.is_empty() => {
            let message = "no SealedSecret in it; seal something into it, or remove the file";
            Err(Problem::into(document.problem(&[], message.to_owned())))
        }
        _ => Ok(found),
    }
}
