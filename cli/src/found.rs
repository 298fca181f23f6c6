//! A Secret with something to seal, and where it stands.

use bulla_manifest::secret::{self, Item, Secret};
use bulla_manifest::{Document, Kind, Problem, Problems, Step};

use crate::error::CommandError;

pub(crate) struct Found<'d> {
    document: &'d Document<'d>,
    /// Its place in the list that the document is.
    item: Option<usize>,
    pub(crate) secret: Secret,
}

impl<'d> Found<'d> {
    /// The Secret that a document is.
    pub(crate) fn in_document(document: &'d Document<'d>) -> Result<Option<Self>, Problems> {
        let secret = secret::read(document)?;
        Ok(Self::new(document, None, secret))
    }

    /// The Secret that an item of the list in a document is, if it is one.
    pub(crate) fn in_item(
        document: &'d Document<'d>,
        item: &Item<'_>,
    ) -> Result<Option<Self>, Problems> {
        match item.kind() {
            Kind::Secret => Ok(Self::new(document, Some(item.index()), item.secret()?)),
            _ => Ok(None),
        }
    }

    /// All Secrets in a document, those in a list included, or everything that is wrong with them.
    pub(crate) fn all(document: &'d Document<'d>) -> Result<Vec<Self>, CommandError> {
        match document.kind()? {
            Kind::Empty | Kind::Other | Kind::SealedSecret => Ok(Vec::new()),
            Kind::Secret => Ok(Self::in_document(document)?.into_iter().collect()),
            Kind::List => {
                let mut all = Vec::new();
                let mut failures = Vec::new();
                for item in secret::items(document)? {
                    match Self::in_item(document, &item) {
                        Ok(found) => all.extend(found),
                        Err(problems) => failures.push(problems.into()),
                    }
                }
                CommandError::merge(failures).map_or(Ok(all), Err)
            }
        }
    }

    fn new(document: &'d Document<'d>, item: Option<usize>, secret: Secret) -> Option<Self> {
        // A service account token that is still to be filled in by the cluster.
        let holds_nothing =
            secret.type_ == "kubernetes.io/service-account-token" && secret.data.is_empty();
        (!holds_nothing).then_some(Self {
            document,
            item,
            secret,
        })
    }

    /// A problem with the Secret, at the place that keys lead to.
    pub(crate) fn problem(&self, keys: &[&str], message: String) -> Problem {
        problem(self.document, self.item, keys, message)
    }

    /// The Secret, and what [`Self::problem`] does once it has been given away.
    pub(crate) fn into_parts(self) -> (Secret, impl Fn(&[&str], String) -> Problem) {
        let Self {
            document,
            item,
            secret,
        } = self;
        let problem = move |keys: &[&str], message| problem(document, item, keys, message);
        (secret, problem)
    }
}

fn problem(
    document: &Document<'_>,
    item: Option<usize>,
    keys: &[&str],
    message: String,
) -> Problem {
    let list = item.map(|index| [Step::Key("items"), Step::Index(index)]);
    let keys = keys.iter().map(|key| Step::Key(key));
    let path: Vec<_> = list.into_iter().flatten().chain(keys).collect();
    document.problem(&path, message)
}
