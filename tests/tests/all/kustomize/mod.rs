//! The sealed directory against real kustomize, in its oldest, a middle and its newest release,
//! and inside kubectl.

mod command;
mod directory;
mod layouts;
mod manifests;
mod robustness;
mod rows;
