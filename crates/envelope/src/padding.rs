//! Padding that hides the length of a value (`docs/format.md`, section 6).

use bulla_plaintext::Plaintext;
use zeroize::Zeroizing;

const MIN: usize = 64;
const LENGTH: usize = 4;

/// The number of bytes that a value of `len` bytes has when padded.
pub(crate) fn padded_len(len: usize) -> usize {
    padme(LENGTH + len)
}

/// Whether some value has this padded length.
pub(crate) fn is_padded_len(len: usize) -> bool {
    len >= MIN && padme(len) == len
}

fn padme(len: usize) -> usize {
    let len = len.max(MIN);
    let exponent = len.ilog2();
    let mantissa_bits = exponent.ilog2() + 1;
    let mask = (1 << (exponent - mantissa_bits)) - 1;
    (len + mask) & !mask
}

/// Writes `le32(len) || value || zeros` into `out`, which must be zero and have [`padded_len`]
/// bytes.
pub(crate) fn pad(value: &[u8], out: &mut [u8]) {
    debug_assert_eq!(out.len(), padded_len(value.len()));
    let header = (value.len() as u32).to_le_bytes();
    for (to, from) in out.iter_mut().zip(header.iter().chain(value)) {
        *to = *from;
    }
}

/// Takes the value out of its padding, or `None` if the padding is any other than [`pad`] writes.
pub(crate) fn unpad(mut padded: Zeroizing<Vec<u8>>) -> Option<Plaintext> {
    let (header, rest) = padded.split_first_chunk::<LENGTH>()?;
    let len = usize::try_from(u32::from_le_bytes(*header)).ok()?;
    let filling = rest.get(len..)?;
    if padded.len() != padded_len(len) || filling.iter().any(|byte| *byte != 0) {
        return None;
    }
    // Moved within the buffer that is overwritten when dropped, rather than copied out of it.
    padded.copy_within(LENGTH..LENGTH + len, 0);
    padded.truncate(len);
    Some(Plaintext::from(padded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    fn padded(value: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(vec![0; padded_len(value.len())]);
        pad(value, &mut out);
        out
    }

    #[test]
    fn lengths_follow_the_specification() {
        let lengths = [0, 60, 61, 68, 69, 124, 125, 1020, 1021, 1 << 20];
        let padded: Vec<_> = lengths.into_iter().map(padded_len).collect();
        assert_eq!(
            padded,
            [64, 64, 72, 72, 80, 128, 144, 1024, 1088, 1_081_344]
        );
    }

    proptest! {
        #[test]
        fn what_was_padded_is_unpadded(value: Vec<u8>) {
            let value_again = unpad(padded(&value)).unwrap();
            prop_assert_eq!(value_again.expose(), &value);
        }

        #[test]
        fn no_byte_of_the_filling_is_free(value in vec(any::<u8>(), 0..60), at: Index, bit in 0..8) {
            let mut bytes = padded(&value);
            let filling = LENGTH + value.len()..bytes.len();
            prop_assume!(!filling.is_empty());
            bytes[filling.start + at.index(filling.len())] ^= 1u8 << bit;
            prop_assert!(unpad(bytes).is_none());
        }

        #[test]
        fn only_the_exact_length_is_taken(value: Vec<u8>, more in 1usize..200) {
            let mut bytes = padded(&value);
            let longer = bytes.len() + more;
            bytes.resize(longer, 0);
            prop_assert!(unpad(bytes).is_none());
        }

        #[test]
        fn padding_adds_at_most_an_eighth(len in 60usize..2_000_000) {
            let padded = padded_len(len);
            prop_assert!(is_padded_len(padded));
            prop_assert!(padded - (len + LENGTH) <= (len + LENGTH) / 8);
        }
    }
}
