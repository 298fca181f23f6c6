//! Seals the Secrets of one document, and leaves everything else as it is.

use bulla_manifest::secret::{self, Secret};
use bulla_manifest::{Document, Kind, Step};

use crate::decide::Decider;
use crate::error::CommandError;

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
            Kind::Secret => {
                let secret = secret::read(document)?;
                if holds_nothing_secret(&secret) {
                    return Ok(Outcome::Passed);
                }
                self.secret(document, &[], &secret, &mut replaced)?;
            }
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
            let secret = match item.kind() {
                Kind::Secret => item.secret().map(Some),
                _ => Ok(None),
            };
            let sealed = match secret {
                Ok(Some(secret)) if !holds_nothing_secret(&secret) => {
                    let path = [Step::Key("items"), Step::Index(item.index())];
                    self.secret(document, &path, &secret, replaced)
                }
                Ok(_) => {
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

    /// Seals one Secret that stands at `path` in the document.
    fn secret(
        &self,
        document: &Document<'_>,
        path: &[Step<'_>],
        secret: &Secret,
        replaced: &mut Replaced,
    ) -> Result<(), CommandError> {
        let problem = |keys: &[&str], message: String| {
            let keys = keys.iter().map(|key| Step::Key(key));
            let path: Vec<_> = path.iter().copied().chain(keys).collect();
            document.problem(&path, message)
        };
        let decision = self.decider.decide(&secret.name);
        let decision = decision.map_err(|error| error.at(&problem(&[], String::new())))?;
        let sealed = bulla_sealing::seal(secret, &decision.target, &decision.recipients);
        let sealed = sealed.map_err(|refusals| {
            let problems = refusals.iter();
            let problems = problems.map(|refusal| problem(&refusal.path(), refusal.to_string()));
            let error = CommandError::from(problems.collect::<Vec<_>>());
            decision.explain(error, &refusals)
        })?;
        let yaml = sealed.file.to_yaml();
        let yaml = yaml.map_err(|error| vec![problem(&[], error.to_string())])?;
        replaced.placed_by.extend(decision.names_one_place());
        let warnings = sealed.warnings.iter();
        let warnings =
            warnings.map(|warning| problem(&warning.path(), warning.to_string()).to_string());
        replaced.warnings.extend(warnings);
        replaced.text.push_str(&yaml);
        replaced.sealed += 1;
        Ok(())
    }
}

/// A service account token that is still to be filled in by the cluster.
fn holds_nothing_secret(secret: &Secret) -> bool {
    secret.type_ == "kubernetes.io/service-account-token" && secret.data.is_empty()
}
