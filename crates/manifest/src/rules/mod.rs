//! The API server's verdicts on Secrets, in its own words.
//!
//! The rules are those of kubernetes: pkg/apis/core/validation (`ValidateSecret`) and
//! apimachinery's pkg/api/validation (`ValidateObjectMeta`). Where the server repeats a value in
//! its message, this does not.

mod json;
mod pem;
mod syntax;
mod tls_pair;
mod types;

use std::collections::BTreeMap;
use std::fmt;

use bulla_plaintext::Plaintext;

use crate::secret::Secret;

pub use json::JsonError;
pub use syntax::{annotation_key, label_key, label_value, name, namespace, secret_key};
pub use tls_pair::{TlsPairError, tls_pair};
pub use types::{TLS, Value, check_values};

/// The most bytes that all values of a Secret may have together, decoded; keys do not count
/// (kubernetes: core.MaxSecretSize).
pub const MAX_SECRET_BYTES: usize = 1024 * 1024;

/// The most bytes that all keys and values of annotations may have together (apimachinery:
/// TotalAnnotationSizeLimitB).
pub const MAX_ANNOTATION_BYTES: usize = 256 * 1024;

/// A rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// apimachinery: IsDNS1123Subdomain
    #[error(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    )]
    Subdomain,
    /// apimachinery: IsDNS1123Label
    #[error(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    )]
    Label,
    /// apimachinery: IsConfigMapKey
    #[error(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    )]
    ConfigKey,
    /// apimachinery: IsConfigMapKey
    #[error("must not be '.'")]
    Dot,
    /// apimachinery: IsConfigMapKey
    #[error("must not be '..'")]
    DotDot,
    /// apimachinery: IsConfigMapKey
    #[error("must not start with '..'")]
    StartsWithDotDot,
    /// apimachinery: IsQualifiedName
    #[error(
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    )]
    NamePart,
    /// apimachinery: IsQualifiedName
    #[error("name part must be non-empty")]
    NamePartEmpty,
    /// apimachinery: IsQualifiedName
    #[error("name part must be no more than 63 characters")]
    NamePartTooLong,
    /// apimachinery: IsQualifiedName
    #[error("prefix part must be non-empty")]
    PrefixEmpty,
    /// apimachinery: IsQualifiedName
    #[error("prefix part must be a lowercase RFC 1123 subdomain of at most 253 characters")]
    Prefix,
    /// apimachinery: IsQualifiedName
    #[error(
        "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    )]
    QualifiedName,
    /// apimachinery: IsValidLabelValue
    #[error(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    )]
    LabelValue,
    /// apimachinery: MaxLenError
    #[error("must be no more than {0} characters")]
    TooLong(usize),
    /// apimachinery: field.TooLong
    #[error("may not be more than {0} bytes")]
    TooManyBytes(usize),
    /// apimachinery: field.Required, and why.
    #[error("Required value: {0}")]
    Required(&'static str),
    /// Registry credentials that Go does not read as a JSON object.
    #[error("{0}; the content of a registry's credentials file belongs here as it is")]
    Json(JsonError),
}

/// A part of a Secret that a rule speaks of. Prints as the API server prints it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `metadata.name`
    Name,
    /// `metadata.namespace`
    Namespace,
    /// One label, by its key.
    Label(String),
    /// All annotations together.
    Annotations,
    /// One annotation, by its key.
    Annotation(String),
    /// All values together.
    Data,
    /// One value, by its key.
    DataKey(String),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::path::shown;
        match self {
            Self::Name => f.write_str("metadata.name"),
            Self::Namespace => f.write_str("metadata.namespace"),
            Self::Label(key) => write!(f, "metadata.labels[{}]", shown(key)),
            Self::Annotations => f.write_str("metadata.annotations"),
            Self::Annotation(key) => write!(f, "metadata.annotations[{}]", shown(key)),
            Self::Data => f.write_str("data"),
            Self::DataKey(key) => write!(f, "data[{}]", shown(key)),
        }
    }
}

/// A rule that a Secret breaks, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {violation}")]
pub struct Finding {
    /// Where.
    pub field: Field,
    /// What.
    pub violation: Violation,
}

/// Everything for which the API server would refuse the Secret, in its order.
pub fn check(secret: &Secret) -> Vec<Finding> {
    let mut found = check_shape(secret);
    types::check(secret, &mut found);
    found
}

/// The same without what the Secret's type asks of its values.
pub fn check_shape(secret: &Secret) -> Vec<Finding> {
    let mut found = Vec::new();
    metadata(secret, &mut found);
    found.extend(check_data(&secret.data));
    found
}

/// The same for values of which no type is known.
pub fn check_data(data: &BTreeMap<String, Plaintext>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut bytes = 0;
    for (key, value) in data {
        add(&mut found, secret_key(key), || Field::DataKey(key.clone()));
        bytes += value.len();
    }
    if bytes > MAX_SECRET_BYTES {
        let broken = vec![Violation::TooManyBytes(MAX_SECRET_BYTES)];
        add(&mut found, broken, || Field::Data);
    }
    found
}

fn metadata(secret: &Secret, found: &mut Vec<Finding>) {
    add(found, name(&secret.name), || Field::Name);
    if let Some(value) = &secret.namespace {
        add(found, namespace(value), || Field::Namespace);
    }
    for (key, value) in &secret.labels {
        add(found, label_key(key), || Field::Label(key.clone()));
        add(found, label_value(value), || Field::Label(key.clone()));
    }
    let mut bytes = 0;
    for (key, value) in &secret.annotations {
        add(found, annotation_key(key), || {
            Field::Annotation(key.clone())
        });
        bytes += key.len() + value.len();
    }
    if bytes > MAX_ANNOTATION_BYTES {
        let broken = vec![Violation::TooManyBytes(MAX_ANNOTATION_BYTES)];
        add(found, broken, || Field::Annotations);
    }
}

fn add(found: &mut Vec<Finding>, broken: Vec<Violation>, field: impl Fn() -> Field) {
    found.extend(broken.into_iter().map(|violation| Finding {
        field: field(),
        violation,
    }));
}
