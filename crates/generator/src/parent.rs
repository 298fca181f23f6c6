//! The kustomization that uses a sealed directory.

use bulla_manifest::{Kind, Problems, Stream};

use crate::kustomization::{Kustomization, is_same};
use crate::sealed::Named;

/// How a kustomization uses a sealed directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Not at all yet.
    None,
    /// Under `resources`.
    Resource,
    /// Under `components`.
    Component,
    /// Its directory of files alone, so that no reference gets a final name.
    FilesOnly,
}

/// How a kustomization file uses the sealed directory at a path, as it is seen from the file.
///
/// # Errors
/// If the file is not YAML.
pub fn use_of(file: &str, text: &str, directory: &str) -> Result<Use, Problems> {
    let kustomization = Kustomization::existing(file, text);
    let lists = |list, directory: &str| -> Result<bool, Problems> {
        let entries = kustomization.paths(list)?;
        Ok(entries.iter().any(|entry| is_same(&entry.path, directory)))
    };
    Ok(if lists("resources", directory)? {
        Use::Resource
    } else if lists("components", directory)? {
        Use::Component
    } else if lists("resources", &format!("{directory}/{}", crate::FILES))? {
        Use::FilesOnly
    } else {
        Use::None
    })
}

/// The Secrets of a kustomization: what its `secretGenerator` makes, and what is in the files
/// that it lists. `load` gives the text of such a file; what is no file gives none.
///
/// # Errors
/// If the kustomization file is not YAML. Files that cannot be read are kustomize's business.
pub fn secrets(
    file: &str,
    text: &str,
    load: impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<(Named, String)>, Problems> {
    let kustomization = Kustomization::existing(file, text);
    let generated = kustomization.generated("secretGenerator")?;
    let mut found: Vec<(Named, String)> = generated
        .into_iter()
        .map(|(name, namespace)| (Named { name, namespace }, file.to_owned()))
        .collect();
    for entry in kustomization.paths("resources")? {
        let Some(bytes) = load(&entry.path) else {
            continue;
        };
        let Ok(stream) = Stream::read(&entry.path, &bytes) else {
            continue;
        };
        for document in stream.documents() {
            if document.kind() == Ok(Kind::Secret)
                && let Some(named) = named(document)
            {
                found.push((named, entry.path.clone()));
            }
        }
    }
    Ok(found)
}

fn named(document: &bulla_manifest::Document<'_>) -> Option<Named> {
    let metadata = document
        .root()?
        .as_mapping()?
        .get("metadata")?
        .as_mapping()?;
    let text = |key| Some(metadata.get(key)?.as_scalar()?.text().to_owned());
    Some(Named {
        name: text("name")?,
        namespace: text("namespace"),
    })
}
