//! A Secret into a sealed file.

use bulla_envelope::{Recipients, SealError, Sealed};
use bulla_manifest::rules::{self, TlsPairError};
use bulla_manifest::secret::Secret;
use bulla_plaintext::Plaintext;
use bulla_resource::{SealedFor, SealedSecretSpec, Template};
use thiserror::Error;

use crate::content::envelope_spec;
use crate::file::{Metadata, SealedFile};
use crate::metadata::{self, Part};
use crate::secret_name::{MAX_BASE_NAME, secret_name};
use crate::target::{Target, TargetError};

/// What sealing gives: the file, and what its author should know.
pub struct SealedSecretFile {
    /// Ready to be written.
    pub file: SealedFile,
    /// In the order of the manifest.
    pub warnings: Vec<Warning>,
}

/// Something that is allowed and worth a look.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The label is public.
    #[error("label `{label}` shows the value of `{item}` to everybody who reads the file")]
    LabelShowsValue {
        /// The label's key.
        label: String,
        /// The value's key.
        item: String,
    },
    /// The API server warns of it, too; what uses the Secret will fail.
    #[error("`tls.crt` and `tls.key` do not belong together: {0}")]
    TlsPair(#[from] TlsPairError),
}

impl Warning {
    /// The keys that lead to the place in the manifest.
    pub fn path(&self) -> Vec<&str> {
        match self {
            Self::LabelShowsValue { label, .. } => vec!["metadata", "labels", label],
            Self::TlsPair(_) => Vec::new(),
        }
    }
}

/// Why a Secret is not sealed. Never with a value.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
#[expect(private_interfaces, reason = "which part it is, `path` tells")]
pub enum Refusal {
    /// The metadata has a power of its own.
    #[error("makes {tool} act on the Secret, which no sealed file may; remove it")]
    ActingMetadata {
        /// Labels or annotations.
        part: Part,
        /// The key.
        key: String,
        /// Who acts.
        tool: &'static str,
    },
    /// The name would be too long.
    #[error(
        "must be no more than {MAX_BASE_NAME} characters, because the Secret's name gets a dash \
         and 16 characters more"
    )]
    NameTooLong,
    /// No value.
    #[error("has no data: there is nothing to seal")]
    NoData,
    /// The sealed file that it is to go into is another one's.
    #[error("the sealed file is called `{0}`; name the file of this Secret")]
    OtherName(String),
    /// The sealed file that it is to go into is for another place.
    #[error(
        "the sealed file is for {sealed_for}, and this Secret for {stated}; values do not move: seal \
         it into a file of its own"
    )]
    OtherPlace {
        /// What the sealed file says.
        sealed_for: String,
        /// What was said of the Secret.
        stated: String,
        /// Whether the manifest said so.
        is_in_manifest: bool,
    },
    /// The sealed file that it is to go into opens in more places than anybody said.
    #[error(
        "the sealed file is for {sealed_for}; if that is meant for this Secret, say `--scope {scope}`, \
         or `scope: {scope}` in the rule for the file"
    )]
    WiderPlace {
        /// What the sealed file says.
        sealed_for: String,
        /// What to say.
        scope: &'static str,
    },
    /// Nobody but the sealed file that it is to go into says so.
    #[error(
        "the sealed file is for {sealed_for}, and nobody but the file says so; if that is meant, say \
         `--for {to_say}`, or `for: {to_say}` in the rule for the file"
    )]
    UnstatedPlace {
        /// What the sealed file says.
        sealed_for: String,
        /// What to say.
        to_say: String,
    },
    /// The sealed file that it is to go into has another type.
    #[error(
        "the sealed file is of type `{sealed}`, to which its values are bound, and this Secret of \
         type `{found}`; seal it into a file of its own"
    )]
    OtherType {
        /// The type in the sealed file.
        sealed: String,
        /// The type of the Secret.
        found: String,
    },
    /// What the format refuses.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The metadata is public.
    #[error("shows the value of `{item}` to everybody who reads the file; remove it")]
    ShowsValue {
        /// Labels or annotations.
        part: Part,
        /// The key of the label or annotation.
        key: String,
        /// The key of the value.
        item: String,
    },
    /// The template of the sealed file that it is to go into has a power of its own.
    #[error(
        "spec.template.{}.{key} of the sealed file makes {tool} act on the Secret, which no sealed \
         file may",
        part.field()
    )]
    TemplateActs {
        /// Labels or annotations.
        part: Part,
        /// The key.
        key: String,
        /// Who acts.
        tool: &'static str,
    },
    /// The template of the sealed file that it is to go into is public, too.
    #[error(
        "spec.template.{}.{key} of the sealed file shows the value of `{item}` to everybody who reads \
         the file",
        part.field()
    )]
    TemplateShowsValue {
        /// Labels or annotations.
        part: Part,
        /// The key of the label or annotation.
        key: String,
        /// The key of the value.
        item: String,
    },
    /// Where to is not clear.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The type has a power of its own.
    #[error("a Secret of type `{0}` is made by the cluster or by a tool, never from a sealed file")]
    Type(String),
}

impl Refusal {
    /// The keys that lead to the place in the manifest.
    pub fn path(&self) -> Vec<&str> {
        match self {
            Self::ActingMetadata { part, key, .. } | Self::ShowsValue { part, key, .. } => {
                vec!["metadata", part.field(), key]
            }
            Self::NameTooLong | Self::OtherName(_) => vec!["metadata", "name"],
            Self::Target(TargetError::Disagree { .. })
            | Self::OtherPlace {
                is_in_manifest: true,
                ..
            } => vec!["metadata", "namespace"],
            Self::Type(_) | Self::OtherType { .. } => vec!["type"],
            Self::NoData
            | Self::OtherPlace { .. }
            | Self::Seal(_)
            | Self::Target(_)
            | Self::TemplateActs { .. }
            | Self::TemplateShowsValue { .. }
            | Self::UnstatedPlace { .. }
            | Self::WiderPlace { .. } => Vec::new(),
        }
    }

    /// Whether the place speaks against sealing, and so whoever named the place.
    pub fn is_about_place(&self) -> bool {
        matches!(self, Self::Target(_) | Self::OtherPlace { .. })
    }

    /// Whether it is the template of a sealed file that has to be mended first.
    pub fn is_about_template(&self) -> bool {
        matches!(
            self,
            Self::TemplateActs { .. } | Self::TemplateShowsValue { .. }
        )
    }
}

/// Seals a Secret that the API server's rules have been checked on already.
///
/// # Errors
///
/// All that speaks against it: the type, labels and annotations, the place, the limits of the
/// format.
pub fn seal(
    secret: &Secret,
    target: &Target,
    recipients: &Recipients,
) -> Result<SealedSecretFile, Vec<Refusal>> {
    let mut refused = check_content(secret);
    if secret.name.len() > MAX_BASE_NAME {
        refused.push(Refusal::NameTooLong);
    }
    let resolved = target.resolve(&secret.name, secret.namespace.as_deref());
    let kept = metadata::keep(secret);
    let (resolved, kept) = match (resolved, kept) {
        (Ok(resolved), Ok(kept)) if refused.is_empty() => (resolved, kept),
        (resolved, kept) => {
            refused.extend(resolved.err().map(Refusal::from));
            refused.extend(kept.err().into_iter().flatten());
            return Err(refused);
        }
    };
    let sealed = Sealed::seal(
        resolved.place,
        secret.type_.clone(),
        kept.labels.clone(),
        kept.annotations.clone(),
        &secret.data,
        recipients,
    )
    .map_err(|error| vec![error.into()])?;
    let is_template_empty = kept.labels.is_empty() && kept.annotations.is_empty();
    let template = Template {
        labels: kept.labels,
        annotations: kept.annotations,
    };
    let spec = SealedSecretSpec {
        secret_type: Some(secret.type_.clone()),
        sealed_for: SealedFor {
            namespace: sealed.place().namespace().map(str::to_owned),
            name: sealed.place().name().map(str::to_owned),
        },
        secret_name: secret_name(&secret.name, &sealed.digest()),
        template: (!is_template_empty).then_some(template),
        envelopes: sealed.envelopes().iter().map(envelope_spec).collect(),
    };
    let mut warnings = kept.warnings;
    warnings.extend(tls_pair(secret));
    let metadata = Metadata {
        name: secret.name.clone(),
        namespace: resolved.namespace,
    };
    Ok(SealedSecretFile {
        file: SealedFile::new(metadata, spec),
        warnings,
    })
}

fn tls_pair(secret: &Secret) -> Option<Warning> {
    let value = |key| secret.data.get(key).map(Plaintext::expose);
    let (certificate, key) = (value("tls.crt")?, value("tls.key")?);
    let is_tls = secret.type_ == rules::TLS;
    let error = is_tls.then(|| rules::tls_pair(certificate, key).err())?;
    error.map(Warning::TlsPair)
}

/// What speaks against the type and the values, wherever they are to go.
pub(crate) fn check_content(secret: &Secret) -> Vec<Refusal> {
    let mut refused = Vec::new();
    if !bulla_resource::is_allowed_type(&secret.type_) {
        refused.push(Refusal::Type(secret.type_.clone()));
    }
    if secret.data.is_empty() {
        refused.push(Refusal::NoData);
    }
    refused
}
