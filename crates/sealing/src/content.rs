//! What a SealedSecret's spec says, once nothing in it can be read in two ways.

use std::collections::{BTreeMap, BTreeSet};

use bulla_envelope::{
    Digest, Envelope, EnvelopeText, FormatError, Identity, OpenError, Place, Sealed,
};
use bulla_manifest::rules::{self, Finding, Value};
use bulla_manifest::secret::Secret;
use bulla_plaintext::Plaintext;
use bulla_resource::{EnvelopeSpec, SealedSecretSpec};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::native::NativeSecret;
use crate::secret_name::{is_in_step, secret_name};

/// A SealedSecret that is well-formed: it has a digest and a name, and can be opened.
pub struct Content {
    pub(crate) sealed: Sealed,
    pub(crate) secret_type: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) secret_name: String,
}

/// Why a spec is not a sealed file.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentError {
    /// Within one envelope, which counts from 0.
    #[error("{error}")]
    Envelope {
        /// Its place in `spec.envelopes`.
        index: usize,
        /// What is wrong.
        error: FormatError,
    },
    /// Anywhere else in the spec.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// An empty type is neither absent nor a type.
    #[error("`type` is empty; leave it out for Opaque")]
    TypeEmpty,
}

/// The file is not where it may be opened. Needs no key to be seen.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("sealed for {sealed_for}, found at {found}")]
pub struct PlaceError {
    sealed_for: String,
    found: String,
}

/// `spec.secretName` does not say what the content says. Needs no key to be seen, nor to be mended.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "`{stated}` is not the name of what is sealed here, which is `{expected}`: the name is stale, or \
     something else in the file was changed after sealing"
)]
pub struct NameError {
    stated: String,
    expected: String,
}

/// Why a well-formed sealed file does not become a Secret.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenRefusal {
    /// Metadata that makes another controller act.
    #[error("`{key}` in spec.template makes {tool} act on the Secret")]
    ActingMetadata {
        /// The label or annotation.
        key: String,
        /// Who acts.
        tool: &'static str,
    },
    /// The name is not that of the content.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The keys tell it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is not where it was sealed for.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The API server would refuse it.
    #[error("the API server would refuse the Secret: {0}")]
    Rule(Finding),
    /// The type has a power of its own.
    #[error("a Secret of type `{0}` is made by the cluster or by a tool, never from a sealed file")]
    Type(String),
}

impl Content {
    /// Checks a spec as far as that needs no key.
    ///
    /// # Errors
    ///
    /// Everything that the format refuses.
    pub fn parse(spec: &SealedSecretSpec) -> Result<Self, ContentError> {
        let secret_type = spec.effective_type().to_owned();
        if secret_type.is_empty() {
            return Err(ContentError::TypeEmpty);
        }
        let sealed_for = &spec.sealed_for;
        let place = Place::new(sealed_for.namespace.clone(), sealed_for.name.clone())?;
        let envelopes = (0..).zip(&spec.envelopes).map(|(index, envelope)| {
            let parsed = Envelope::parse(&envelope_text(envelope));
            parsed.map_err(|error| ContentError::Envelope { index, error })
        });
        let envelopes = envelopes.collect::<Result<_, _>>()?;
        let template = spec.template.clone().unwrap_or_default();
        let sealed = Sealed::new(
            place,
            secret_type.clone(),
            template.labels.clone(),
            template.annotations.clone(),
            envelopes,
        )?;
        Ok(Self {
            sealed,
            secret_type,
            labels: template.labels,
            annotations: template.annotations,
            secret_name: spec.secret_name.clone(),
        })
    }

    /// The digest of everything that makes the content.
    pub fn digest(&self) -> Digest {
        self.sealed.digest()
    }

    /// `spec.secretName` as it is stated, or as it became by a change.
    pub fn secret_name(&self) -> &str {
        &self.secret_name
    }

    /// The envelopes as `spec.envelopes` has them.
    pub fn envelope_specs(&self) -> Vec<EnvelopeSpec> {
        self.sealed.envelopes().iter().map(envelope_spec).collect()
    }

    /// The place that it is sealed for.
    pub fn place(&self) -> &Place {
        self.sealed.place()
    }

    /// Whether the place allows this one. An absent namespace is one that is not known yet, and
    /// never a mismatch.
    ///
    /// # Errors
    ///
    /// Another name or namespace than the file is sealed for.
    pub fn check_place(&self, name: &str, namespace: Option<&str>) -> Result<(), PlaceError> {
        let place = self.place();
        let differs = |wanted: Option<&str>, found: Option<&str>| {
            wanted.is_some_and(|wanted| found.is_some_and(|found| found != wanted))
        };
        if differs(place.namespace(), namespace) || differs(place.name(), Some(name)) {
            let found = match namespace {
                Some(namespace) => format!("{namespace}/{name}"),
                None => name.to_owned(),
            };
            let sealed_for = place.to_string();
            return Err(PlaceError { sealed_for, found });
        }
        Ok(())
    }

    /// Whether `spec.secretName` belongs to this content and to the object's name.
    ///
    /// # Errors
    ///
    /// A stale name, with the right one.
    pub fn check_name(&self, name: &str) -> Result<(), NameError> {
        let digest = self.digest();
        if is_in_step(&self.secret_name, name, &digest) {
            return Ok(());
        }
        Err(NameError {
            stated: self.secret_name.clone(),
            expected: secret_name(name, &digest),
        })
    }

    /// Everything for which the API server would refuse these keys and values in a Secret of this
    /// type, as far as that can be told from the values that are known here.
    pub fn check_values(&self, known: &BTreeMap<String, Plaintext>) -> Vec<Finding> {
        let envelopes = self.sealed.envelopes().iter();
        let sealed: BTreeSet<&str> = envelopes.flat_map(Envelope::keys).collect();
        rules::check_values(&self.secret_type, |key| match known.get(key) {
            Some(value) => Value::Known(value.expose()),
            None if sealed.contains(key) => Value::Sealed,
            None => Value::Absent,
        })
    }

    /// The native Secret, exactly as the controller creates it.
    ///
    /// `name` and `namespace` are the object's own. A namespace that it does not state is the one
    /// that it is sealed for; if that leaves it open too, the Secret gets no origin annotation yet.
    /// With `ignore_place` neither the place nor the name need fit, and the Secret has no origin
    /// annotation if they do not: for looking into a file that was moved, never for making a Secret.
    ///
    /// # Errors
    ///
    /// Whatever needs no key first, then what only a key tells.
    pub fn open(
        &self,
        name: &str,
        namespace: Option<&str>,
        identities: &[Identity],
        ignore_place: bool,
    ) -> Result<NativeSecret, OpenRefusal> {
        let is_in_place = match self.check_in_place(name, namespace, identities) {
            Err(refusal) if !ignore_place => return Err(refusal),
            checked => checked.is_ok(),
        };
        self.check_powers()?;
        let namespace = namespace.or(self.place().namespace());
        let opened = self.sealed.open(identities)?;
        // A Secret that only a person wanted to see must not pass for one that bulla made.
        let origin = namespace
            .filter(|_| is_in_place)
            .map(|namespace| opened.origin(namespace, &self.secret_name));
        let secret = self.secret(namespace, opened.into_values());
        refuse(rules::check(&secret))?;
        Ok(NativeSecret::new(secret, name, &self.digest(), origin))
    }

    /// Whatever [`Self::open`] refuses that needs no key, and so can be told to everybody.
    ///
    /// # Errors
    ///
    /// Another place, a stale name, a type or metadata with a power of its own, what the API
    /// server would refuse.
    pub fn check(&self, name: &str, namespace: &str) -> Result<(), OpenRefusal> {
        self.check_place(name, Some(namespace))?;
        self.check_name(name)?;
        self.check_powers()?;
        let data = self.keys().map(|key| (key.to_owned(), Vec::new().into()));
        let shape = self.secret(Some(namespace), data.collect());
        refuse(rules::check_shape(&shape))?;
        refuse(self.check_values(&BTreeMap::new()))
    }

    /// The keys of the values.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.sealed.envelopes().iter().flat_map(Envelope::keys)
    }

    /// A sealed file must not gain a power that who applied it may not have.
    fn check_powers(&self) -> Result<(), OpenRefusal> {
        if !bulla_resource::is_allowed_type(&self.secret_type) {
            return Err(OpenRefusal::Type(self.secret_type.clone()));
        }
        for (key, value) in self.labels.iter().chain(&self.annotations) {
            if let Some(tool) = bulla_resource::acting_tool(key, value) {
                let key = key.clone();
                return Err(OpenRefusal::ActingMetadata { key, tool });
            }
        }
        Ok(())
    }

    fn secret(&self, namespace: Option<&str>, data: BTreeMap<String, Plaintext>) -> Secret {
        Secret {
            name: self.secret_name.clone(),
            namespace: namespace.map(str::to_owned),
            type_: self.secret_type.clone(),
            labels: zeroizing(&self.labels),
            annotations: zeroizing(&self.annotations),
            immutable: Some(true),
            data,
        }
    }

    /// A name does not fit any more after somebody changed the content, either. A key tells the two
    /// apart, and whoever mends a name must not bless a change that he did not see.
    fn check_in_place(
        &self,
        name: &str,
        namespace: Option<&str>,
        identities: &[Identity],
    ) -> Result<(), OpenRefusal> {
        self.check_place(name, namespace)?;
        self.check_name(name)
            .map_err(|stale| match self.sealed.open(identities) {
                Ok(_) | Err(OpenError::NoIdentity(..)) => stale.into(),
                Err(damage) => damage.into(),
            })
    }
}

/// The API server would say the same, but it may repeat a value in saying so.
fn refuse(findings: Vec<Finding>) -> Result<(), OpenRefusal> {
    match findings.into_iter().next() {
        Some(finding) => Err(OpenRefusal::Rule(finding)),
        None => Ok(()),
    }
}

fn zeroizing(map: &BTreeMap<String, String>) -> BTreeMap<String, Zeroizing<String>> {
    let pairs = map.iter();
    pairs
        .map(|(key, value)| (key.clone(), Zeroizing::new(value.clone())))
        .collect()
}

/// An envelope as the resource has it.
pub(crate) fn envelope_spec(envelope: &Envelope) -> EnvelopeSpec {
    let text = envelope.to_text();
    EnvelopeSpec {
        format: text.format,
        commitment: text.commitment,
        recipients: text.recipients,
        age: text.age,
        rsa: text.rsa,
        items: text.items,
    }
}

fn envelope_text(envelope: &EnvelopeSpec) -> EnvelopeText {
    EnvelopeText {
        format: envelope.format,
        commitment: envelope.commitment.clone(),
        recipients: envelope.recipients.clone(),
        age: envelope.age.clone(),
        rsa: envelope.rsa.clone(),
        items: envelope.items.clone(),
    }
}
