//! Why a directory cannot be written.

use bulla_manifest::Problems;

use crate::sealed::Named;

/// Why nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be read or changed.
    #[error("{0}")]
    Problems(#[from] Problems),
    /// A name or a path that YAML cannot carry.
    #[error("cannot be written: {0}")]
    Write(#[from] bulla_manifest::write::Error),
    /// There is nothing to list, and kustomize refuses an empty list.
    #[error(
        "no *.sealed.yaml here; seal something first, or take the directory out of the resources of the kustomization above"
    )]
    NoFiles,
    /// Two sealed files with one logical name.
    #[error(
        "{first} and {second}: both hold the SealedSecret {named}; rename one of them, or let them state different namespaces"
    )]
    Twice {
        /// The logical name.
        named: Named,
        /// The file that has it.
        first: String,
        /// The other file.
        second: String,
    },
    /// A file in the directory and one in `files/`.
    #[error("{name} and files/{name}: two files of one name; remove or rename one of them")]
    TwoFiles {
        /// The name of both.
        name: String,
    },
    /// A Secret beside a sealed file of its name: references could mean either.
    #[error(
        "{file}: the SealedSecret {named} has the name of a Secret in {secret}; remove the Secret, or rename one of them"
    )]
    Secret {
        /// The logical name.
        named: Named,
        /// The sealed file.
        file: String,
        /// The file with the Secret.
        secret: String,
    },
    /// More than one kustomization file; kustomize refuses that, too.
    #[error("{first} and {second}: kustomize takes one kustomization file; remove one of them")]
    TwoKustomizations {
        /// The one file.
        first: String,
        /// The other file.
        second: String,
    },
    /// A directory that overrides a base, without the base.
    #[error(
        "{file}: lists the components drop and add, so it overrides a base; say which, with --override"
    )]
    WhichBase {
        /// The directory's kustomization file.
        file: String,
    },
    /// A directory that was an ordinary one is to override a base.
    #[error(
        "{file}: has resources of its own, which would collide with the base's; remove them, or begin a new directory"
    )]
    NotForOverride {
        /// The directory's kustomization file.
        file: String,
    },
}
