//! The place that a sealed file is sealed for (`docs/format.md`, section 4).

use std::fmt;

use crate::error::FormatError;
use crate::pae::{Label, pae};

/// Where a sealed file may be opened: its `sealedFor`.
///
/// Printed as a person would say it: `shop/db`, `any name in namespace shop`, `anywhere`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    namespace: Option<String>,
    name: Option<String>,
}

impl Place {
    /// One name in one namespace (strict), any name in a namespace, or anywhere.
    ///
    /// # Errors
    ///
    /// An empty string, and a name without a namespace.
    pub fn new(namespace: Option<String>, name: Option<String>) -> Result<Self, FormatError> {
        let is_empty = |part: &Option<String>| part.as_ref().is_some_and(String::is_empty);
        if is_empty(&namespace) {
            return Err(FormatError::PlaceEmpty("namespace"));
        }
        if is_empty(&name) {
            return Err(FormatError::PlaceEmpty("name"));
        }
        if name.is_some() && namespace.is_none() {
            return Err(FormatError::PlaceWithoutNamespace);
        }
        Ok(Self { namespace, name })
    }

    /// The only namespace, if there is one.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The only name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The bytes that every key, wrapped key and digest of a file depends on.
    pub(crate) fn context(&self) -> Vec<u8> {
        let namespace = self.namespace.as_deref().unwrap_or_default();
        let name = self.name.as_deref().unwrap_or_default();
        let set = u8::from(self.namespace.is_some()) | u8::from(self.name.is_some()) << 1;
        pae(
            Label::Context,
            &[namespace.as_bytes(), name.as_bytes(), &[set]],
        )
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.namespace, &self.name) {
            (Some(namespace), Some(name)) => write!(f, "{namespace}/{name}"),
            (Some(namespace), None) => write!(f, "any name in namespace {namespace}"),
            _ => f.write_str("anywhere"),
        }
    }
}
