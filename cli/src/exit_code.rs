//! What the exit code of `bulla` means. `docs/exit-codes.md` has the same list.

use bulla_envelope::OpenError;

/// Scripts may rely on these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// Everything was done.
    Success = 0,
    /// An input was refused: a manifest, a key, a rule. Nothing was written.
    Refused = 1,
    /// The command line makes no sense (clap's number).
    Usage = 2,
    /// No identity was found, or none of those found opens the file.
    NoIdentity = 3,
    /// The file is not as it was sealed: another place, a stale name, edited, damaged.
    NotAsSealed = 4,
    /// A file, or a cluster, could not be read or written.
    Io = 5,
    /// There are differences, and `--exit-code` asked for them.
    Differs = 6,
    /// What was to be taken out is nowhere. Everything else was done.
    NotThere = 7,
}

/// Every command that opens ends the same way.
impl From<&OpenError> for ExitCode {
    fn from(error: &OpenError) -> Self {
        match error {
            OpenError::NoIdentity(..) => Self::NoIdentity,
            _ => Self::NotAsSealed,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
