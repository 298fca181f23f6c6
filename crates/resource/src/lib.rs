//! The custom resources of `bulla.dev/v1alpha1`: SealedSecret, which people commit, and
//! SealedSecretRevision, which the controller writes. Types only.
//!
//! What the format itself refuses is in `bulla-envelope`. The schema repeats of it what an API
//! server can check at an affordable cost, so that a mistake shows at `kubectl apply`.

#![forbid(unsafe_code)]

mod crd;
mod policy;
#[allow(
    clippy::duplicated_attributes,
    unreachable_pub,
    reason = "kube's derive takes a printcolumn for each column, and repeats structs in functions"
)]
mod revision;
#[allow(
    clippy::duplicated_attributes,
    unreachable_pub,
    reason = "kube's derive takes a printcolumn for each column, and repeats structs in functions"
)]
mod sealed_secret;
mod status;

pub use crd::crds;
pub use policy::{acting_tool, is_allowed_type};
pub use revision::{SealedSecretRevision, SealedSecretRevisionSpec};
pub use sealed_secret::{EnvelopeSpec, SealedFor, SealedSecret, SealedSecretSpec, Template};
pub use status::SealedSecretStatus;

/// Group and version as `apiVersion` has them.
pub const API_VERSION: &str = "bulla.dev/v1alpha1";

/// The kind of what is committed.
pub const KIND: &str = "SealedSecret";
