//! Kubernetes manifests: read strictly, checked by the API server's rules, written unambiguously.
//!
//! A file of manifests is read by many programs: kubectl (Go, YAML 1.1), kustomize (Go, another
//! YAML), Python, Rust. Whatever two of them could read differently is refused here, so that no
//! two readers of one file ever see two Secrets.
//!
//! - [`Stream`] splits a source into [`Document`]s by byte ranges and puts it together again.
//! - [`Document::kind`] tells which documents concern bulla; all others pass through untouched.
//! - [`secret`] reads Secrets, [`typed`] reads everything that holds no plaintext.
//! - [`rules`] are the API server's verdicts, with its own words.
//! - [`mod@write`] writes YAML that means the same to every reader; [`edit`] changes a file in
//!   place.
//!
//! Errors are [`Problems`]: they say where and why and what to do, and never repeat a value.

#![forbid(unsafe_code)]

mod compose;
mod document;
mod kind;
mod node;
mod path;
mod plain;
mod problem;
mod reason;
mod scalar;
mod stream;
mod strict;
mod syntax;
mod text;

pub mod edit;
pub mod rules;
pub mod secret;
pub mod typed;
pub mod write;

pub use document::{Document, Step};
pub use kind::Kind;
pub use node::{Content, Mapping, Node, Position, Scalar, Sequence, Style, Tag};
pub use plain::is_unambiguous;
pub use problem::{Problem, Problems};
pub use reason::Reason;
pub use stream::{Spliced, Stream};
pub use syntax::Syntax;
