//! The key of one envelope and its public commitment (`docs/format.md`, section 5).

use hkdf::Hkdf;
use rand::RngCore as _;
use rand::rngs::OsRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::encoding;
use crate::error::FormatError;
use crate::pae::{Label, pae};

pub(crate) const DATA_KEY_BYTES: usize = 32;

/// Random, new for every envelope, and wrapped for every recipient of it.
pub(crate) struct DataKey(Zeroizing<[u8; DATA_KEY_BYTES]>);

impl DataKey {
    pub(crate) fn generate() -> Self {
        let mut key = Zeroizing::new([0; DATA_KEY_BYTES]);
        OsRng.fill_bytes(key.as_mut());
        Self(key)
    }

    pub(crate) fn from_bytes(bytes: &[u8; DATA_KEY_BYTES]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    pub(crate) fn expose(&self) -> &[u8; DATA_KEY_BYTES] {
        &self.0
    }

    pub(crate) fn commitment(&self) -> Commitment {
        Commitment(*derive(self.expose(), Label::Commit, &[]))
    }

    pub(crate) fn item_key(
        &self,
        context: &[u8],
        secret_type: &str,
        key: &str,
    ) -> Zeroizing<[u8; 32]> {
        let parts = [context, secret_type.as_bytes(), key.as_bytes()];
        derive(self.expose(), Label::Item, &parts)
    }
}

/// `HKDF(ikm, pae(label, parts))`. Without a salt, because the input is uniform already (RFC 5869
/// section 3.1), and every use has its own label.
pub(crate) fn derive(ikm: &[u8], label: Label, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    #[expect(clippy::expect_used, reason = "RFC 5869 allows 255 * 32 bytes")]
    Hkdf::<Sha256>::new(None, ikm)
        .expand(&pae(label, parts), out.as_mut())
        .expect("32 bytes are within HKDF's limit");
    out
}

/// What an envelope publishes of its data key, so that all recipients get the same one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Commitment([u8; 32]);

impl Commitment {
    pub(crate) fn parse(text: &str) -> Result<Self, FormatError> {
        encoding::from_base64(text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(FormatError::Commitment)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn to_base64(self) -> String {
        encoding::base64(&self.0)
    }
}
