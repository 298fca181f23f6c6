//! Seals the Secrets of one document, and leaves everything else as it is.

use bulla_manifest::secret;
use bulla_manifest::{Document, Kind};

use crate::decide::Decider;
use crate::error::CommandError;
use crate::found::Found;

/// What is to become of a document.
pub(crate) enum Outcome {
    /// It has no content.
    Empty,
    /// It stays, byte for byte.
    Passed,
    /// Something else stands in its place.
    Replaced(Replaced),
}

/// What stands in the place of a document.
#[derive(Default)]
pub(crate) struct Replaced {
    /// One or more documents.
    pub(crate) text: String,
    /// How many of them are sealed.
    pub(crate) sealed: usize,
    /// How many of them are items of a list that were passed through.
    pub(crate) passed: usize,
    pub(crate) warnings: Vec<String>,
    /// What named one final place for each Secret that has such a place: a flag, or a rule.
    pub(crate) placed_by: Vec<String>,
}

/// One Secret, sealed.
pub(crate) struct SealedText {
    /// A document with a line break at its end.
    pub(crate) text: String,
    /// The name of the Secret that it becomes.
    pub(crate) secret_name: String,
    pub(crate) warnings: Vec<String>,
    /// As in [`Replaced`].
    pub(crate) placed_by: Option<String>,
}

pub(crate) struct Sealer {
    decider: Decider,
}

impl Sealer {
    pub(crate) fn new(decider: Decider) -> Self {
        Self { decider }
    }

    /// Everything that is wrong with the document, or what is to become of it.
    pub(crate) fn document(&self, document: &Document<'_>) -> Result<Outcome, CommandError> {
        let mut replaced = Replaced::default();
        match document.kind()? {
            Kind::Empty => return Ok(Outcome::Empty),
            Kind::Other | Kind::SealedSecret => return Ok(Outcome::Passed),
            Kind::Secret => match Found::in_document(document)? {
                Some(found) => self.secret(&found, &mut replaced)?,
                None => return Ok(Outcome::Passed),
            },
            Kind::List => self.list(document, &mut replaced)?,
        }
        Ok(Outcome::Replaced(replaced))
    }

    /// Takes a list apart into documents, and seals the Secrets among them.
    fn list(&self, document: &Document<'_>, replaced: &mut Replaced) -> Result<(), CommandError> {
        let mut errors = Vec::new();
        for item in secret::items(document)? {
            if !replaced.text.is_empty() {
                replaced.text.push_str("---\n");
            }
            let sealed = match Found::in_item(document, &item) {
                Ok(Some(found)) => self.secret(&found, replaced),
                Ok(None) => {
                    replaced.passed += 1;
                    replaced.text.push_str(item.text());
                    Ok(())
                }
                Err(refused) => Err(refused.into()),
            };
            errors.extend(sealed.err());
        }
        match CommandError::merge(errors) {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    fn secret(&self, found: &Found<'_>, replaced: &mut Replaced) -> Result<(), CommandError> {
        let sealed = seal(&self.decider, found)?;
        replaced.placed_by.extend(sealed.placed_by);
        replaced.warnings.extend(sealed.warnings);
        replaced.text.push_str(&sealed.text);
        replaced.sealed += 1;
        Ok(())
    }
}

/// Seals one Secret.
pub(crate) fn seal(decider: &Decider, found: &Found<'_>) -> Result<SealedText, CommandError> {
    let decision = decider.decide(&found.secret.name);
    let decision = decision.map_err(|error| error.at(&found.problem(&[], String::new())))?;
    let sealed = bulla_sealing::seal(&found.secret, &decision.target, &decision.recipients);
    let sealed = sealed.map_err(|refusals| {
        let problems = refusals.iter();
        let problems = problems.map(|refusal| found.problem(&refusal.path(), refusal.to_string()));
        let error = CommandError::from(problems.collect::<Vec<_>>());
        decision.explain(error, &refusals)
    })?;
    let yaml = sealed.file.to_yaml();
    let warnings = sealed.warnings.iter();
    Ok(SealedText {
        text: yaml.map_err(|error| vec![found.problem(&[], error.to_string())])?,
        secret_name: sealed.file.spec.secret_name,
        warnings: warnings
            .map(|warning| {
                let problem = found.problem(&warning.path(), warning.to_string());
                problem.to_string()
            })
            .collect(),
        placed_by: decision.names_one_place(),
    })
}
