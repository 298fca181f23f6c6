//! SealedSecrets to work on.

use std::collections::BTreeMap;

use bulla_envelope::{Identity, Recipients};
use bulla_manifest::secret::Secret;
use bulla_plaintext::Plaintext;
use bulla_sealing::{Content, SealedFile, Target, seal};

pub(crate) const NAMESPACES: usize = 10;

/// A SealedSecret, and what becomes of it.
pub(crate) struct Object {
    pub(crate) file: SealedFile,
    pub(crate) namespace: String,
    /// The Secret as JSON.
    pub(crate) secret: Vec<u8>,
    pub(crate) digest: String,
}

pub(crate) struct Sealer(Identity);

impl Sealer {
    pub(crate) fn new() -> Self {
        Self(Identity::generate())
    }

    /// The identity file.
    pub(crate) fn identity(&self) -> String {
        self.0.to_age_line().unwrap().to_string()
    }

    /// Spread over namespaces.
    pub(crate) fn seal_many(&self, prefix: &str, count: usize) -> Vec<Object> {
        let recipients = Recipients::new([self.0.to_recipient().unwrap()]).unwrap();
        let seal = |number| self.seal(&recipients, &format!("{prefix}-{number}"), number, 0);
        (0..count).map(seal).collect()
    }

    /// About as large as the API server takes.
    pub(crate) fn seal_large(&self, count: usize) -> Vec<Object> {
        let recipients = Recipients::new([self.0.to_recipient().unwrap()]).unwrap();
        let seal = |number| self.seal(&recipients, &format!("large-{number}"), number, 320_000);
        (0..count).map(seal).collect()
    }

    fn seal(&self, recipients: &Recipients, name: &str, number: usize, padding: usize) -> Object {
        let namespace = format!("bench-{}", number % NAMESPACES);
        let value = |key: &str| {
            let value = format!("{key} of {name}{}", ".".repeat(padding));
            (key.to_owned(), Plaintext::from(value.into_bytes()))
        };
        let secret = Secret {
            name: name.to_owned(),
            namespace: Some(namespace.clone()),
            type_: "Opaque".into(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            immutable: None,
            data: ["host", "password", "user"].map(value).into(),
        };
        let file = seal(&secret, &Target::default(), recipients).unwrap().file;
        let content = Content::parse(&file.spec).unwrap();
        let identities = std::slice::from_ref(&self.0);
        let native = content.open(name, Some(&namespace), identities, false);
        Object {
            secret: serde_json::to_vec(&native.unwrap().expose()).unwrap(),
            digest: content.digest().to_string(),
            file,
            namespace,
        }
    }
}
