//! Templates of manifests: Helm's and others'. What they render can be sealed.

use crate::error::CommandError;

/// Whether a file may be one. Some are YAML all the same.
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|part| part == b"{{")
}

/// Says of what is wrong in a template that it is one.
pub(super) fn explain(error: CommandError, bytes: &[u8]) -> CommandError {
    match is_likely(bytes) {
        true => error.hinted(
            "where a file with `{{` in it is a template, seal what it renders: helm template CHART | \
             bulla seal - --to FILE",
        ),
        false => error,
    }
}
