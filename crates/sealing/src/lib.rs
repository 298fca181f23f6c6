//! A Secret into a SealedSecret and back: its place, its name, what becomes of its metadata.
//!
//! The CLI and the controller share this crate, so that what a person opens at a desk is what
//! the cluster gets. Nothing here does I/O.
//!
//! - [`seal`] makes a [`SealedFile`] of a Secret and a [`Target`].
//! - [`Content`] is a SealedSecret's spec in which nothing can be read in two ways; it has a digest
//!   and a name without any key, and [`Content::open`]s with one.
//! - [`Content::change`], [`Content::rewrap`] and [`Content::reseal`] give another content, and
//!   [`write_changes`] brings the file's text there with as few bytes as possible.
//! - [`Content::addition`] is what of a Secret can go into a file that is sealed already.
//! - [`NativeSecret`] is the result; [`NativeSecret::expose`] is the one place at which plaintext
//!   becomes a Kubernetes object.

#![forbid(unsafe_code)]

mod change;
mod content;
mod file;
mod found;
mod merge;
mod metadata;
mod native;
mod seal;
mod secret_name;
mod target;

pub use change::write_changes;
pub use content::{Content, ContentError, NameError, OpenRefusal, PlaceError};
pub use file::{Metadata, SealedFile};
pub use found::FoundSecret;
pub use merge::{Addition, Stated};
pub use native::{ExposedSecret, NativeSecret, managed_labels};
pub use seal::{Refusal, SealedSecretFile, Warning, seal};
pub use secret_name::{MAX_BASE_NAME, is_in_step, secret_name};
pub use target::{Scope, Target, TargetError};
