//! The sealed directory: data in, files out. Nothing here reads or writes a file.
//!
//! Plain kustomize, without plugins, gives every reference its final name if it finds, beside the
//! sealed files, one Secret for each that is called by the logical name first and by the file's
//! `spec.secretName` afterwards: that is the kind of change that its name references follow. A
//! sealed directory makes these stand-ins out of the sealed files themselves:
//!
//! ```text
//! sealed/kustomization.yaml             resources: [files, stand-ins], and what a person adds
//! sealed/files/kustomization.yaml       resources: every sealed file
//! sealed/files/db.sealed.yaml
//! sealed/stand-ins/kustomization.yaml   the same files again, each turned into its stand-in
//! sealed/stand-ins/nameref.yaml         the fields that kustomize does not know by itself
//! ```
//!
//! Only the list of files ever changes. That the files are loaded twice is why they have a
//! directory of their own: kustomize loads no file from a directory above, and none of its
//! directories may contain itself.
//!
//! A stand-in never reaches the output (`config.kubernetes.io/local-config`). Were it to, an API
//! server would refuse it, because its type wants keys that it does not have.

#![forbid(unsafe_code)]

mod error;
mod kustomization;
mod parent;
mod sealed;
mod sync;
mod texts;

pub use error::Error;
pub use parent::{Use, secrets, use_of};
pub use sealed::{Named, read};
pub use sync::{Layout, Move, Plan, Request, SealedFile, Write, sync};

/// The directory below a sealed directory that has the files.
pub const FILES: &str = "files";

/// The end of a sealed file's name.
pub const EXTENSION: &str = ".sealed.yaml";

/// The names that kustomize gives to its file; there may be one of them.
pub const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
