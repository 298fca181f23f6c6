//! The native Secret, and the one boundary at which plaintext becomes a Kubernetes object.

use std::collections::BTreeMap;

use bulla_envelope::{Digest, Origin};
use bulla_manifest::secret::Secret;
use bulla_plaintext::Plaintext;
use data_encoding::{BASE64, HEXLOWER};
use serde::ser::{SerializeMap as _, SerializeStruct as _};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::found::FoundSecret;

const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "bulla");
const SEALED_SECRET_LABEL: &str = "bulla.dev/sealed-secret";
const DIGEST_ANNOTATION: &str = "bulla.dev/digest";
const ORIGIN_ANNOTATION: &str = "bulla.dev/origin";
const MAX_LABEL_VALUE: usize = 63;

/// An opened SealedSecret: the immutable Secret that it becomes. Its values are overwritten when
/// it is dropped, and it cannot be printed or serialised, only [exposed](Self::expose).
pub struct NativeSecret {
    secret: Secret,
    origin: Option<Origin>,
}

impl NativeSecret {
    /// Adds what bulla says about itself. `sealed_secret` is the name of the SealedSecret.
    pub(crate) fn new(
        mut secret: Secret,
        sealed_secret: &str,
        digest: &Digest,
        origin: Option<Origin>,
    ) -> Self {
        let mut label = |key: &str, value: String| {
            secret.labels.insert(key.to_owned(), Zeroizing::new(value));
        };
        for (key, value) in managed_labels(sealed_secret) {
            label(key, value);
        }
        let mut annotate = |key: &str, value: String| {
            let value = Zeroizing::new(value);
            secret.annotations.insert(key.to_owned(), value);
        };
        annotate(DIGEST_ANNOTATION, digest.to_string());
        if let Some(origin) = &origin {
            annotate(ORIGIN_ANNOTATION, origin.to_hex());
        }
        Self { secret, origin }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.secret.name
    }

    /// Its namespace, if one is known.
    pub fn namespace(&self) -> Option<&str> {
        self.secret.namespace.as_deref()
    }

    /// Its values.
    pub fn values(&self) -> &BTreeMap<String, Plaintext> {
        &self.secret.data
    }

    /// Whether a Secret that stands under this name is this one: made by somebody who could open
    /// the same sealed file, and equal to the byte.
    ///
    /// The origin comes first, and in constant time. Without it the values are not even compared:
    /// who may create Secrets but not read them could test guesses otherwise. With it the Secret is
    /// by somebody who knows the values, so how long comparing them takes tells nobody anything.
    pub fn is(&self, found: &FoundSecret) -> bool {
        let origin = self
            .origin
            .as_ref()
            .zip(found.annotation(ORIGIN_ANNOTATION));
        let is_by_us = origin.is_some_and(|(origin, found)| origin.matches(found));
        is_by_us && found.holds(&self.secret)
    }

    /// The Secret as a Kubernetes object to print or to send. This is the only place at which
    /// plaintext becomes serialisable.
    pub fn expose(&self) -> ExposedSecret<'_> {
        ExposedSecret(&self.secret)
    }
}

/// The labels by which people and tools find what bulla made of a SealedSecret: `managed-by`, and
/// the SealedSecret's name, or a hash of one that is too long for a label.
pub fn managed_labels(sealed_secret: &str) -> [(&'static str, String); 2] {
    [
        (MANAGED_BY.0, MANAGED_BY.1.to_owned()),
        (SEALED_SECRET_LABEL, label_value(sealed_secret)),
    ]
}

/// A label's value that tells a SealedSecret: its name, or 40 hex digits of the SHA-256 of one that
/// is too long for a label.
fn label_value(name: &str) -> String {
    if name.len() <= MAX_LABEL_VALUE {
        return name.to_owned();
    }
    let mut hash = HEXLOWER.encode(&Sha256::digest(name));
    hash.truncate(40);
    hash
}

/// Serialises as a `v1` Secret, with fields in the order in which a person looks for them.
pub struct ExposedSecret<'a>(&'a Secret);

impl Serialize for ExposedSecret<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Secret", 6)?;
        object.serialize_field("apiVersion", "v1")?;
        object.serialize_field("kind", "Secret")?;
        object.serialize_field("metadata", &Metadata(self.0))?;
        object.serialize_field("type", &self.0.type_)?;
        object.serialize_field("immutable", &true)?;
        object.serialize_field("data", &Data(&self.0.data))?;
        object.end()
    }
}

struct Metadata<'a>(&'a Secret);

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut metadata = serializer.serialize_map(None)?;
        metadata.serialize_entry("name", &self.0.name)?;
        if let Some(namespace) = &self.0.namespace {
            metadata.serialize_entry("namespace", namespace)?;
        }
        metadata.serialize_entry("labels", &Pairs(&self.0.labels))?;
        metadata.serialize_entry("annotations", &Pairs(&self.0.annotations))?;
        metadata.end()
    }
}

struct Pairs<'a>(&'a BTreeMap<String, Zeroizing<String>>);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value.as_str())))
    }
}

struct Data<'a>(&'a BTreeMap<String, Plaintext>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            let base64 = Zeroizing::new(BASE64.encode(value.expose()));
            data.serialize_entry(key, base64.as_str())?;
        }
        data.end()
    }
}
