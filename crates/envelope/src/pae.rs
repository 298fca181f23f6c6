//! Pre-authentication encoding: joins byte strings so that they can be split in one way only.

use sha2::{Digest as _, Sha256};

/// The label that each use begins with, so that the output of one never stands for another
/// (`docs/format.md`, section 2).
#[derive(Clone, Copy)]
pub(crate) enum Label {
    Annotations,
    Binding,
    Commit,
    Context,
    Digest,
    Item,
    ItemAad,
    Items,
    Labels,
    Origin,
}

impl Label {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Annotations => "bulla/v1/annotations",
            Self::Binding => "bulla/v1/binding",
            Self::Commit => "bulla/v1/commit",
            Self::Context => "bulla/v1/context",
            Self::Digest => "bulla/v1/digest",
            Self::Item => "bulla/v1/item",
            Self::ItemAad => "bulla/v1/item-aad",
            Self::Items => "bulla/v1/items",
            Self::Labels => "bulla/v1/labels",
            Self::Origin => "bulla/v1/origin",
        }
    }
}

/// `le64(n + 1) || le64(len(label)) || label || le64(len(p1)) || p1 || ...`
pub(crate) fn pae(label: Label, parts: &[&[u8]]) -> Vec<u8> {
    let label = label.as_str().as_bytes();
    let bytes: usize = parts.iter().map(|part| 8 + part.len()).sum();
    let mut out = Vec::with_capacity(16 + label.len() + bytes);
    out.extend((parts.len() as u64 + 1).to_le_bytes());
    for part in std::iter::once(&label).chain(parts) {
        out.extend((part.len() as u64).to_le_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// `SHA-256(pae(label, parts))`
pub(crate) fn hash(label: Label, parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(pae(label, parts)).into()
}
