//! The one type in which bulla keeps secret values in memory.
//!
//! It is overwritten when dropped, and it deliberately has no `Debug`, `Display`, `Clone` or
//! `Serialize`: a value cannot reach a log, an error or a file by accident, because code that
//! tries does not compile.
//!
//! ```compile_fail
//! let value = bulla_plaintext::Plaintext::from(b"hunter2".to_vec());
//! println!("{value:?}");
//! ```

#![forbid(unsafe_code)]

use zeroize::Zeroizing;

/// The bytes of one secret value.
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// Shows the bytes. Every call is a place where a value could escape: keep them few, and
    /// never put the result into an error.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Takes the buffer over without copying it.
impl From<Vec<u8>> for Plaintext {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

/// Takes the buffer over without copying it.
impl From<Zeroizing<Vec<u8>>> for Plaintext {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}
