//! Tests that need the inside of the crate: fixed data keys and nonces, and attacks by somebody
//! who holds a data key.

mod age_part;
mod changes;
mod recipients_and_identities;
mod refusals;
mod round_trip;
mod two_places;
mod vectors;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bulla_plaintext::Plaintext;

use crate::{
    Envelope, EnvelopeText, FormatError, Identity, OpenError, Opened, Place, Recipients, Sealed,
};

pub(crate) static AGE: LazyLock<Identity> = LazyLock::new(Identity::generate);
pub(crate) static RSA_PEM: LazyLock<String> = LazyLock::new(rsa_pem);

pub(crate) fn rsa() -> Identity {
    Identity::parse_file(&RSA_PEM).unwrap().remove(0)
}

fn rsa_pem() -> String {
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    der::pem::encode_string("PRIVATE KEY", der::pem::LineEnding::LF, der.as_ref()).unwrap()
}

/// A sealed file as text, so that tests can edit any of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SealedText {
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) secret_type: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) envelopes: Vec<EnvelopeText>,
}

impl SealedText {
    pub(crate) fn place(&self) -> Result<Place, FormatError> {
        Place::new(self.namespace.clone(), self.name.clone())
    }

    pub(crate) fn parse(&self) -> Result<Sealed, FormatError> {
        let envelopes = self.envelopes.iter().map(Envelope::parse);
        Sealed::new(
            self.place()?,
            self.secret_type.clone(),
            self.labels.clone(),
            self.annotations.clone(),
            envelopes.collect::<Result<_, _>>()?,
        )
    }

    pub(crate) fn open(&self, identity: &Identity) -> Result<Opened, OpenError> {
        let identities = std::slice::from_ref(identity);
        self.parse().expect("well-formed").open(identities)
    }
}

pub(crate) fn values(pairs: &[(&str, &[u8])]) -> BTreeMap<String, Plaintext> {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| ((*key).to_owned(), Plaintext::from(value.to_vec())))
        .collect()
}

pub(crate) fn bytes(values: &BTreeMap<String, Plaintext>) -> BTreeMap<String, Vec<u8>> {
    let values = values.iter();
    values
        .map(|(key, value)| (key.clone(), value.expose().to_vec()))
        .collect()
}

/// `shop/db` with a password and a user name, sealed to [`AGE`] and [`rsa`].
pub(crate) fn sealed() -> SealedText {
    seal(&values(&[("password", b"hunter2"), ("username", b"app")]))
}

pub(crate) fn seal(values: &BTreeMap<String, Plaintext>) -> SealedText {
    let recipients =
        Recipients::new([AGE.to_recipient().unwrap(), rsa().to_recipient().unwrap()]).unwrap();
    let mut text = SealedText {
        namespace: Some("shop".into()),
        name: Some("db".into()),
        secret_type: "kubernetes.io/basic-auth".into(),
        labels: BTreeMap::from([("app".into(), "shop".into())]),
        annotations: BTreeMap::new(),
        envelopes: Vec::new(),
    };
    let sealed = Sealed::seal(
        text.place().unwrap(),
        text.secret_type.clone(),
        text.labels.clone(),
        text.annotations.clone(),
        values,
        &recipients,
    )
    .unwrap();
    text.envelopes = sealed.envelopes().iter().map(Envelope::to_text).collect();
    text
}
