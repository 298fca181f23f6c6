//! `.bulla.yaml` as it is written. The doc comments are what an editor shows beside each field.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::target::ScopeArg;

/// Who can open which sealed file. The rules of bulla for the directory that this file is in.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = ".bulla.yaml"))]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// Public keys by name, one or a list: `age1...`, or the path of a file, relative to this one:
    /// PEM of an RSA public key or certificate, or one `age1...` a line.
    #[serde(default)]
    pub(super) recipients: BTreeMap<String, WrittenKeys>,

    /// The first rule whose path covers a sealed file counts, and no other.
    #[serde(default)]
    pub(super) rules: Vec<WrittenRule>,
}

/// What a name stands for: one public key or file, or several.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(untagged, rename = "Keys"))]
pub(super) enum WrittenKeys {
    One(String),
    Several(#[cfg_attr(test, schemars(length(min = 1)))] Vec<String>),
}

/// By hand, because an untagged enum cannot say what it wanted.
impl<'de> Deserialize<'de> for WrittenKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = WrittenKeys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<WrittenKeys, E> {
                Ok(WrittenKeys::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<WrittenKeys, A::Error> {
                let mut keys = Vec::new();
                while let Some(key) = list.next_element()? {
                    keys.push(key);
                }
                Ok(WrittenKeys::Several(keys))
            }
        }

        deserializer.deserialize_any(Keys)
    }
}

/// Whom the covered files are sealed to, and for which place.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Rule"))]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRule {
    /// Which sealed files: a glob, relative to the directory of this file. `*` and `?` stop at `/`,
    /// `**` as a whole part does not.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) path: String,

    /// Who can open them: names from `recipients` above, or `age1...`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) recipients: Vec<String>,

    /// How far a sealed file may move; strict if nothing is said.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(test, schemars(with = "ScopeArg"))]
    pub(super) scope: Option<ScopeArg>,

    /// The final place, NAMESPACE or NAMESPACE/NAME, where kustomize sets namespace or name.
    #[serde(default, rename = "for", deserialize_with = "present")]
    #[cfg_attr(test, schemars(with = "String", transform = without_default))]
    pub(super) sealed_for: Option<String>,
}

/// A field that may be left out, and not be there without a value: `for:` with nothing after it is
/// a thought that was not finished.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// schemars writes `null`, which is no value of the field.
#[cfg(test)]
fn without_default(schema: &mut schemars::Schema) {
    schema.remove("default");
}
