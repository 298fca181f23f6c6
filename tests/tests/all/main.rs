//! All integration tests in one program: they share one control plane, and link once.
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what helps a test may fail like one"
)]

mod canary;
mod changes;
mod control_plane;
mod controller;
mod crd;
mod create;
mod desk;
mod diff;
#[cfg(target_os = "linux")] // elsewhere there is no tmpfs to count on
mod edit;
mod errors;
mod errors_of_changes;
mod examples;
mod faults_at_the_desk;
mod files;
mod hostile_trees;
mod install;
mod interop;
mod keys;
#[cfg(target_os = "linux")] // strace
mod kills;
mod kustomize;
mod manifests;
mod many_edits;
#[cfg(target_os = "linux")] // elsewhere the kernel sends no death signal, and there is no /proc
mod orphans;
mod peers;
mod pinning;
mod places;
mod readers;
mod rsa;
mod rules;
mod sealing_in_place;
mod sealing_into;
mod streams;
mod support;
mod trees;
mod written;
