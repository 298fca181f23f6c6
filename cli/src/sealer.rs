//! Seals the Secrets of one document, and leaves everything else as it is.

use bulla_envelope::Recipients;
use bulla_manifest::secret::{self, Secret};
use bulla_manifest::{Document, Kind, Problem, Step};
use bulla_sealing::Target;

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
}

pub(crate) struct Sealer {
    recipients: Recipients,
    target: Target,
}

impl Sealer {
    pub(crate) fn new(recipients: Recipients, target: Target) -> Self {
        Self { recipients, target }
    }

    /// Whether at most one Secret can be sealed.
    pub(crate) fn names_one_place(&self) -> bool {
        matches!(&self.target.sealed_for, Some((_, Some(_))))
    }

    /// Everything that is wrong with the document, or what is to become of it.
    pub(crate) fn document(&self, document: &Document<'_>) -> Result<Outcome, Vec<Problem>> {
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
    fn list(&self, document: &Document<'_>, replaced: &mut Replaced) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
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
            problems.extend(sealed.err().into_iter().flatten());
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(problems),
        }
    }

    /// Seals one Secret that stands at `path` in the document.
    fn secret(
        &self,
        document: &Document<'_>,
        path: &[Step<'_>],
        secret: &Secret,
        replaced: &mut Replaced,
    ) -> Result<(), Vec<Problem>> {
        let problem = |keys: &[&str], message: String| {
            let keys = keys.iter().map(|key| Step::Key(key));
            let path: Vec<_> = path.iter().copied().chain(keys).collect();
            document.problem(&path, message)
        };
        let sealed = bulla_sealing::seal(secret, &self.target, &self.recipients);
        let sealed = sealed.map_err(|refusals| {
            let problems = refusals.iter();
            problems
                .map(|refusal| problem(&refusal.path(), refusal.to_string()))
                .collect::<Vec<_>>()
        })?;
        let yaml = sealed.file.to_yaml();
        let yaml = yaml.map_err(|error| vec![problem(&[], error.to_string())])?;
        let warnings = sealed.warnings.iter();
        let warnings = warnings.map(|warning| problem(&[], warning.to_string()).to_string());
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
