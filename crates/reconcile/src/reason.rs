//! The closed list of what a status can say.

use std::fmt;

/// Why a SealedSecret is ready, or is not. `docs/operations.md` has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The Secret is there.
    Created,
    /// The spec is not a sealed file.
    Invalid,
    /// `spec.secretName` is not the name of the content.
    StaleName,
    /// It was sealed for another place.
    Misplaced,
    /// Its type has a power of its own.
    TypeRefused,
    /// Its template makes another controller act.
    MetadataRefused,
    /// The API server refuses such a Secret.
    RuleRefused,
    /// It is in the controller's own namespace.
    NamespaceRefused,
    /// Whatever only a key can tell.
    DecryptFailed,
    /// Another Secret has the name.
    NameConflict,
    /// The controller holds no key at all.
    NoIdentity,
    /// The API server did not let the controller create the Secret or its record.
    CreateDenied,
    /// The namespace is being deleted.
    NamespaceTerminating,
    /// The API server did not answer, again and again.
    ApiUnavailable,
}

/// What a reason means for who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to wait for.
    Ready,
    /// Waiting is in vain: only a change mends it.
    Stalled,
    /// It is tried again.
    Retried,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Created,
        Self::Invalid,
        Self::StaleName,
        Self::Misplaced,
        Self::TypeRefused,
        Self::MetadataRefused,
        Self::RuleRefused,
        Self::NamespaceRefused,
        Self::DecryptFailed,
        Self::NameConflict,
        Self::NoIdentity,
        Self::CreateDenied,
        Self::NamespaceTerminating,
        Self::ApiUnavailable,
    ];

    /// As conditions, events and metrics have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Invalid => "Invalid",
            Self::StaleName => "StaleName",
            Self::Misplaced => "Misplaced",
            Self::TypeRefused => "TypeRefused",
            Self::MetadataRefused => "MetadataRefused",
            Self::RuleRefused => "RuleRefused",
            Self::NamespaceRefused => "NamespaceRefused",
            Self::DecryptFailed => "DecryptFailed",
            Self::NameConflict => "NameConflict",
            Self::NoIdentity => "NoIdentity",
            Self::CreateDenied => "CreateDenied",
            Self::NamespaceTerminating => "NamespaceTerminating",
            Self::ApiUnavailable => "ApiUnavailable",
        }
    }

    /// The reason of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// What it means for who waits.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Created => Outcome::Ready,
            Self::Invalid
            | Self::StaleName
            | Self::Misplaced
            | Self::TypeRefused
            | Self::MetadataRefused
            | Self::RuleRefused
            | Self::NamespaceRefused
            | Self::DecryptFailed
            | Self::NameConflict => Outcome::Stalled,
            Self::NoIdentity
            | Self::CreateDenied
            | Self::NamespaceTerminating
            | Self::ApiUnavailable => Outcome::Retried,
        }
    }

    /// What a person does about it: the second half of every message.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Created => "nothing is left to do",
            Self::Invalid => "seal it anew with `bulla seal`",
            Self::StaleName => {
                "if nothing else was changed, `bulla name -w FILE` writes the name anew; else restore the file"
            }
            Self::Misplaced => {
                "put it where it was sealed for, or seal the values for this place with `bulla seal --for NAMESPACE/NAME`"
            }
            Self::TypeRefused => "seal it as another type",
            Self::MetadataRefused => "take it out of the Secret, and seal again",
            Self::RuleRefused => "mend the Secret, and seal again",
            Self::NamespaceRefused => "put the SealedSecret into another namespace",
            Self::DecryptFailed => {
                "`bulla inspect FILE` shows whom it is sealed to, and `bulla open FILE` says more to who has a key; restore the file, or rewrap it for this cluster's recipients"
            }
            Self::NameConflict => {
                "delete that Secret if nobody needs it; it is looked at again within the resync period"
            }
            Self::NoIdentity => {
                "make the first one with `bulla keys init`, or restore the identity Secret from the backup; nothing that exists is touched until then"
            }
            Self::CreateDenied => {
                "look for a ResourceQuota, an admission policy or missing rights of the controller; it is tried again"
            }
            Self::NamespaceTerminating => "wait until the namespace is gone",
            Self::ApiUnavailable => "it is tried again",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
