//! The controller on a real API server.
//!
//! A controller acts in all namespaces, so two of them with different keys or flags cannot share a
//! control plane. Most tests look at one controller with one set of flags, each test in
//! namespaces of its own ([`stage::Shared`]). A test that wants flags, keys, faults or rights of
//! its own has a control plane for itself while it runs ([`stage::Stage`]); at most two are
//! running, and they are handed on after a cleaning, because starting one takes three seconds.
//!
//! Every controller reaches the API server through a proxy of its own, under the service account
//! and the roles of an installation; a test fails if the API server answered 403 to anything.

mod canary;
pub(crate) mod cluster;
mod conflicts;
mod denials;
mod faults;
mod keys;
mod kills;
mod kstatus;
mod kustomize;
mod lifecycle;
mod network;
mod process;
mod proxy;
mod refusals;
mod restore;
mod rights;
pub(crate) mod stage;
#[cfg(target_os = "linux")] // the image is one of Linux
mod static_program;
mod turns;
