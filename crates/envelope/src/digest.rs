//! What anyone can compute of a sealed file, and the proof that only who opened it can
//! (`docs/format.md`, sections 10 and 11).

use std::fmt;

use subtle::ConstantTimeEq as _;

use crate::data_key::{DataKey, derive};
use crate::encoding;
use crate::pae::Label;

/// The number of digest bytes that go into a name: 80 bits, 16 characters.
const SUFFIX_BYTES: usize = 10;

/// SHA-256 over the public sealed bytes. Printed as `sha256:` and hex.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest(pub(crate) [u8; 32]);

impl Digest {
    /// The digest's first 80 bits in 16 lower-case characters: a name, not a proof.
    pub fn suffix(&self) -> String {
        let (head, _) = self.0.split_at(SUFFIX_BYTES);
        encoding::base32_lower(head)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", encoding::hex(&self.0))
    }
}

/// The annotation by which a native Secret is known to be made by somebody who could open the
/// sealed file.
pub struct Origin([u8; 32]);

impl Origin {
    /// `data_keys` in the ascending order of their commitments.
    pub(crate) fn new(
        data_keys: &[DataKey],
        namespace: &str,
        secret_name: &str,
        digest: &Digest,
    ) -> Self {
        let mut ikm = zeroize::Zeroizing::new(Vec::with_capacity(32 * data_keys.len()));
        for data_key in data_keys {
            ikm.extend_from_slice(data_key.expose());
        }
        let parts = [namespace.as_bytes(), secret_name.as_bytes(), &digest.0];
        Self(*derive(&ikm, Label::Origin, &parts))
    }

    /// As the annotation has it: 64 hex digits.
    pub fn to_hex(&self) -> String {
        encoding::hex(&self.0)
    }

    /// Whether an annotation holds this origin; in constant time, because who may create Secrets
    /// may also watch how long a refusal takes.
    pub fn matches(&self, annotation: &str) -> bool {
        encoding::from_hex_32(annotation).is_some_and(|other| self.0.ct_eq(&other).into())
    }
}
