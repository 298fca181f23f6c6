//! Text encodings. Decoding is strict: what an encoder would not write is refused, so that one
//! file has one reading.

use data_encoding::{BASE64, Encoding, HEXLOWER, Specification};
use std::sync::LazyLock;

/// RFC 4648 section 6 in lower case, without padding.
static BASE32_LOWER: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("abcdefghijklmnopqrstuvwxyz234567");
    #[expect(clippy::expect_used, reason = "the alphabet is a constant, and tested")]
    specification.encoding().expect("32 distinct symbols")
});

pub(crate) fn base32_lower(bytes: &[u8]) -> String {
    BASE32_LOWER.encode(bytes)
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.as_bytes()).ok()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

pub(crate) fn from_hex_32(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}
