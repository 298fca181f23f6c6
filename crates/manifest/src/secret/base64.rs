//! Base64 exactly as Kubernetes decodes it.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bulla_plaintext::Plaintext;
use zeroize::Zeroizing;

/// Go's `base64.StdEncoding`, not strict: padding is required, but the bits behind the last
/// byte may be anything.
const GO: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The bytes, or nothing if this is not base64.
pub(crate) fn decode(text: &str) -> Option<Plaintext> {
    // Go skips these wherever they stand.
    let mut encoded = Zeroizing::new(Vec::with_capacity(text.len()));
    encoded.extend(text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')));
    let room = base64::decoded_len_estimate(encoded.len());
    let mut decoded = Zeroizing::new(vec![0; room]);
    let length = GO.decode_slice(encoded.as_slice(), &mut decoded).ok()?;
    decoded.truncate(length);
    Some(Plaintext::from(decoded))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn decodes_what_go_decodes() {
        let bytes = |text| decode(text).map(|value| value.expose().to_vec());
        assert_eq!(bytes(""), Some(b"".to_vec()));
        assert_eq!(bytes("YQ=="), Some(b"a".to_vec()));
        assert_eq!(bytes("YR=="), Some(b"a".to_vec()));
        assert_eq!(bytes("aGVs\nbG8\r\n=\n"), Some(b"hello".to_vec()));
        assert_eq!(bytes("+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in [
            "YQ", "YQ=", "Y", "YQ==YQ==", "YQ== ", " YQ==", "-_-_", "a\tGVs", "====", "=",
        ] {
            assert!(decode(text).is_none(), "{text:?}");
        }
    }
}
