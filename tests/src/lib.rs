//! What the tests across bulla's packages stand on: a real control plane and real peers.
//!
//! Nothing here is fetched as a ready-made program. etcd, the API server, kubectl, kustomize and
//! age are built from Go modules whose versions and checksums are in this package's `go.mod` and
//! `go.sum` files; Python's packages come with the hashes in `python/requirements.txt`. All of it
//! lands in `test-tools` under the target directory, the first time that a test asks for it.
//!
//! A tool that is missing fails the test that needs it, and says what to install. No test is
//! skipped.
#![forbid(unsafe_code)]
#![allow(
    clippy::panic,
    reason = "for a test, a missing tool is a failure like any other"
)]

mod build;
mod built;
pub mod control_plane;
pub mod controller;
mod go;
pub mod peers;
mod programs;
mod python;
mod supervisor;

#[cfg(target_os = "linux")]
pub use built::static_bulla_controller;
pub use built::{bulla, bulla_controller};
pub use control_plane::ControlPlane;
pub use controller::Controller;
pub use programs::{git, openssl, ssh_keygen, strace};
pub use python::python;
