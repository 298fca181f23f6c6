//! The limits of the format (`docs/format.md`, section 3).

/// The most items that a sealed file may have.
pub const MAX_ITEMS: usize = 256;

/// The most bytes that all values of a sealed file may have together, before padding. The API
/// server's own limit for a Secret (kubernetes: `MaxSecretSize`).
pub const MAX_VALUE_BYTES: usize = 1 << 20;

/// The most recipients that one envelope may have.
pub const MAX_RECIPIENTS: usize = 64;

/// The most bytes that all items of a file may have together. No file within the limits above
/// reaches it: padding adds at most an eighth, or 64 bytes, to each of at most 256 values.
pub(crate) const MAX_ITEM_BYTES: usize = MAX_VALUE_BYTES + MAX_VALUE_BYTES / 4;
