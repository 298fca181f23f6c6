//! The sealed format, version 1, as `docs/format.md` has it byte for byte.
//!
//! This crate knows bytes and keys. It does no I/O, reads no YAML and knows nothing of
//! Kubernetes; `bulla-sealing` puts a SealedSecret together from it.
//!
//! Data flows one way: strings are parsed into an [`Envelope`], envelopes and what they are sealed
//! for into a [`Sealed`], and only a [`Sealed`], in which nothing can be read in two ways, has a
//! [`Digest`] or can be opened.

#![forbid(unsafe_code)]

mod age_file;
mod context;
mod data_key;
mod digest;
mod encoding;
mod envelope;
mod error;
mod identity;
mod item;
mod limits;
mod padding;
mod pae;
mod recipient;
mod sealed;
mod wrapped_key;

#[cfg(test)]
mod tests;

pub use context::Place;
pub use digest::{Digest, Origin};
pub use envelope::{Envelope, EnvelopeText};
pub use error::{
    ChangeError, FormatError, IdentityError, OpenError, RecipientError, RewrapError, SealError,
};
pub use identity::Identity;
pub use limits::{MAX_ITEMS, MAX_RECIPIENTS, MAX_VALUE_BYTES};
pub use recipient::{Recipient, Recipients};
pub use sealed::{Opened, Sealed};
