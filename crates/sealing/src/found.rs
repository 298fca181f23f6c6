//! A Secret that the cluster has already, as far as it matters whether it is the one that a sealed
//! file becomes.

use std::collections::BTreeMap;
use std::fmt;

use bulla_manifest::secret::Secret;
use data_encoding::BASE64;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Visitor};
use zeroize::Zeroizing;

/// A `v1` Secret as the API server sends it. Its values are overwritten when it is dropped, and
/// it cannot be printed.
#[derive(Deserialize)]
pub struct FoundSecret {
    metadata: Metadata,
    #[serde(rename = "type", default)]
    secret_type: String,
    #[serde(default)]
    immutable: bool,
    #[serde(default)]
    data: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    uid: String,
    #[serde(default)]
    resource_version: String,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl FoundSecret {
    /// Its UID.
    pub fn uid(&self) -> &str {
        &self.metadata.uid
    }

    /// Its resource version.
    pub fn resource_version(&self) -> &str {
        &self.metadata.resource_version
    }

    /// Its values, decoded.
    pub fn values(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let data = self.data.iter();
        data.map(|(key, value)| (key.as_str(), value.0.as_slice()))
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata.annotations.get(key).map(String::as_str)
    }

    /// Whether type, immutability and values are these. Foreign labels and annotations do not
    /// matter: backup tools add some.
    pub(crate) fn holds(&self, secret: &Secret) -> bool {
        let has_values =
            self.data.len() == secret.data.len()
                && self.data.iter().zip(&secret.data).all(|(found, made)| {
                    found.0 == made.0 && found.1.0.as_slice() == made.1.expose()
                });
        self.immutable && self.secret_type == secret.type_ && has_values
    }
}

/// A decoded value.
struct Value(Zeroizing<Vec<u8>>);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;
        impl Visitor<'_> for Base64 {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
                // The error must not repeat the text.
                let bytes = BASE64.decode(text.as_bytes());
                let bytes = bytes.map_err(|_| E::custom("not base64"))?;
                Ok(Value(Zeroizing::new(bytes)))
            }
            // Go prints a slice without an array as null.
            fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
                Ok(Value(Zeroizing::default()))
            }
        }
        let value = deserializer.deserialize_any(Base64);
        value.map_err(|_| D::Error::custom("not base64"))
    }
}
