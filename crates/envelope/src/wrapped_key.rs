//! What is wrapped for the recipients: the data key, and what it belongs to (`docs/format.md`,
//! section 7).

use zeroize::Zeroizing;

use crate::data_key::{DATA_KEY_BYTES, DataKey};
use crate::pae::{Label, hash};

pub(crate) const WRAPPED_KEY_BYTES: usize = DATA_KEY_BYTES + 32;

/// Ties a data key to a place and to a list of recipients as printed.
pub(crate) type Binding = [u8; 32];

pub(crate) fn binding(context: &[u8], recipients: &[String]) -> Binding {
    let parts: Vec<&[u8]> = std::iter::once(context)
        .chain(recipients.iter().map(String::as_bytes))
        .collect();
    hash(Label::Binding, &parts)
}

/// `data key || binding`
pub(crate) fn join(data_key: &DataKey, binding: &Binding) -> Zeroizing<[u8; WRAPPED_KEY_BYTES]> {
    let mut out = Zeroizing::new([0; WRAPPED_KEY_BYTES]);
    let bytes = data_key.expose().iter().chain(binding);
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

/// `None` unless there are exactly 64 bytes.
pub(crate) fn split(wrapped: &[u8]) -> Option<(DataKey, Binding)> {
    let (data_key, binding) = wrapped.split_first_chunk::<DATA_KEY_BYTES>()?;
    Some((DataKey::from_bytes(data_key), binding.try_into().ok()?))
}
