//! The SealedSecrets in the files that a command was given.

use std::path::PathBuf;

use bulla_manifest::{Document, Kind, Problems, Step, Stream};
use bulla_sealing::{Content, ContentError, SealedFile};

use crate::error::CommandError;
use crate::input;

/// A SealedSecret that is well-formed, and the document that it stands in.
pub(crate) struct Found<'d> {
    pub(crate) document: &'d Document<'d>,
    pub(crate) file: SealedFile,
    pub(crate) content: Content,
}

/// Calls `look` for every SealedSecret in the files, and gives what it returned, or everything
/// that is wrong with any of them. Other documents are passed over.
pub(crate) fn for_each<T>(
    paths: &[PathBuf],
    mut look: impl FnMut(&Found<'_>) -> Result<T, CommandError>,
) -> Result<Vec<T>, CommandError> {
    let mut results = Vec::new();
    let mut failures = Vec::new();
    for path in paths {
        let input = input::read(path)?;
        let stream = Stream::read(&input.name, &input.bytes)?;
        let before = results.len() + failures.len();
        for document in stream.documents() {
            match find(document) {
                Ok(None) => {}
                Ok(Some(found)) => match look(&found) {
                    Ok(result) => results.push(result),
                    Err(error) => failures.push(error),
                },
                Err(problems) => failures.push(problems.into()),
            }
        }
        if before == results.len() + failures.len() {
            let message = format!("{}: holds no SealedSecret", input.name);
            failures.push(CommandError::refused(message));
        }
    }
    match CommandError::merge(failures) {
        Some(error) => Err(error),
        None => Ok(results),
    }
}

fn find<'d>(document: &'d Document<'d>) -> Result<Option<Found<'d>>, Problems> {
    if document.kind()? != Kind::SealedSecret {
        return Ok(None);
    }
    let (file, content) = read(document)?;
    Ok(Some(Found {
        document,
        file,
        content,
    }))
}

/// Reads a document that is a SealedSecret.
pub(crate) fn read(document: &Document<'_>) -> Result<(SealedFile, Content), Problems> {
    let file = SealedFile::read(document)?;
    let content = Content::parse(&file.spec).map_err(|error| {
        let spec = Step::Key("spec");
        let path = match &error {
            ContentError::Envelope { index, .. } => {
                vec![spec, Step::Key("envelopes"), Step::Index(*index)]
            }
            _ => vec![spec],
        };
        document.problem(&path, error.to_string())
    })?;
    Ok((file, content))
}
