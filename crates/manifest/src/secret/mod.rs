//! Secrets: the values of a `v1` Secret, read strictly, and lists that hold some.

pub(crate) mod base64;
mod list;
mod read;

use std::collections::BTreeMap;

use bulla_plaintext::Plaintext;
use zeroize::Zeroizing;

pub use list::{Item, items};
pub use read::{read, read_values};

/// The type of a Secret that names none (kubernetes: core.SecretTypeOpaque).
pub const OPAQUE: &str = "Opaque";

/// What a `v1` Secret says. Everything that could be plaintext is overwritten when dropped, and
/// the whole cannot be printed, cloned or serialised.
///
/// What servers and clients add (`uid`, `managedFields`, `ownerReferences` and the like) is not
/// part of it.
pub struct Secret {
    /// `metadata.name`
    pub name: String,
    /// `metadata.namespace`; an empty one counts as none, as on the server.
    pub namespace: Option<String>,
    /// `type`, or [`OPAQUE`]
    pub type_: String,
    /// `metadata.labels`
    pub labels: BTreeMap<String, Zeroizing<String>>,
    /// `metadata.annotations`; kubectl's last-applied-configuration, which holds all values,
    /// is among them if the source has it.
    pub annotations: BTreeMap<String, Zeroizing<String>>,
    /// `immutable`
    pub immutable: Option<bool>,
    /// `data`, decoded, with `stringData` over it.
    pub data: BTreeMap<String, Plaintext>,
}
