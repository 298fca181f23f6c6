//! Documents without plaintext, read into types of their own: SealedSecrets, configuration.
//!
//! The same strictness as for Secrets applies: what programs could read differently is refused.
//! Numbers are decimal integers only; a type that wants a fraction takes a string.

mod de;

use serde::de::DeserializeOwned;

use crate::document::Document;
use crate::path::Path;
use crate::problem::Problems;
use crate::reason::Reason;
use crate::strict::Report;

/// Reads a document into a type. Types should refuse unknown fields
/// (`#[serde(deny_unknown_fields)]`).
///
/// # Errors
/// What is wrong with the structure, all of it; else the first thing that the type refuses, with
/// its place. Values are never repeated, nor is the text of errors that types make up themselves
/// ([`serde::de::Error::custom`]): a type that has more to say should be checked by its owner
/// after reading, with [`Document::problem`].
pub fn from_document<T: DeserializeOwned>(document: &Document<'_>) -> Result<T, Problems> {
    let Some(root) = document.root() else {
        let reason = Reason::Expected("a document".to_owned());
        return Err(document.at(None, String::new(), reason).into());
    };
    let mut report = Report::new(document);
    report.structure(root, &Path::Root);
    Problems::or(report.problems, ())?;
    T::deserialize(de::Deserializer::new(root)).map_err(|failure| {
        let (at, path, reason) = failure.placed(root.start());
        document.at(Some(at), path, reason).into()
    })
}
