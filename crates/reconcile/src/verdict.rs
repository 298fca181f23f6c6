//! What is to be said of a SealedSecret.

use bulla_sealing::{ContentError, OpenRefusal};

use crate::Reason;

/// A reason, and a message of public parts only: names, field paths, keys of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Why.
    pub reason: Reason,
    /// For people.
    pub message: String,
    /// The Secret, if the reason is that it is there.
    pub made: Option<Made>,
}

/// The Secret that is there, and what it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its name.
    pub secret_name: String,
    /// Its UID.
    pub secret_uid: String,
    /// `sha256:` and hex.
    pub digest: String,
}

impl Verdict {
    pub(crate) fn ready(made: Made) -> Self {
        let message = format!("Secret `{}` holds what is sealed here", made.secret_name);
        Self {
            reason: Reason::Created,
            message,
            made: Some(made),
        }
    }

    pub(crate) fn not_ready(reason: Reason, what: &str) -> Self {
        let message = format!("{}; {}", shown(what), reason.remedy());
        Self {
            reason,
            message,
            made: None,
        }
    }

    /// For what is not even a SealedSecret. What the parser says could repeat anything.
    pub(crate) fn unreadable() -> Self {
        let what = "not a SealedSecret that this version of the controller can read";
        Self::not_ready(Reason::Invalid, what)
    }

    pub(crate) fn malformed(error: &ContentError) -> Self {
        let what = match error {
            ContentError::Envelope { index, error } => format!("spec.envelopes[{index}]: {error}"),
            other => format!("spec: {other}"),
        };
        Self::not_ready(Reason::Invalid, &what)
    }

    pub(crate) fn refused(refusal: &OpenRefusal) -> Self {
        let reason = match refusal {
            OpenRefusal::Place(_) => Reason::Misplaced,
            OpenRefusal::Name(_) => Reason::StaleName,
            OpenRefusal::Type(_) => Reason::TypeRefused,
            OpenRefusal::ActingMetadata { .. } => Reason::MetadataRefused,
            OpenRefusal::Rule(_) => Reason::RuleRefused,
            // Which of its many reasons it was is for who has a key, or this would be an oracle.
            _ => return Self::decrypt_failed(),
        };
        Self::not_ready(reason, &refusal.to_string())
    }

    pub(crate) fn own_namespace() -> Self {
        let what = "no Secret is made in the controller's own namespace, which holds its keys";
        Self::not_ready(Reason::NamespaceRefused, what)
    }

    pub(crate) fn decrypt_failed() -> Self {
        let what = "none of the controller's identities opens it, or it was changed after sealing";
        Self::not_ready(Reason::DecryptFailed, what)
    }

    pub(crate) fn no_identity() -> Self {
        Self::not_ready(Reason::NoIdentity, "the controller holds no identity")
    }

    pub(crate) fn name_conflict(secret_name: &str) -> Self {
        let what = format!("Secret `{secret_name}` is there and was not made from this file");
        Self::not_ready(Reason::NameConflict, &what)
    }
}

/// What of a name or a key is shown: no more than fits in a line or two, and nothing that a terminal
/// or a browser obeys instead of showing it: control characters, those that turn the direction of the
/// text around or have no width, private ones. A status that is too long would be refused, and so
/// never be read.
fn shown(text: &str) -> String {
    const MOST: usize = 700;
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            // The standard library escapes what has no look of its own, by its Unicode category.
            _ => shown.extend(c.escape_debug()),
        }
        if shown.len() > MOST {
            shown.push_str("...");
            break;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_obeyed_instead_of_shown_is_escaped() {
        let obeyed = [
            '\u{1b}', // Cc
            '\n',
            '\u{85}',
            '\u{ad}', // Cf
            '\u{61c}',
            '\u{200b}',
            '\u{202e}',
            '\u{2066}',
            '\u{feff}',
            '\u{e0041}',
            '\u{2028}', // Zl
            '\u{2029}', // Zp
            '\u{e000}', // Co
            '\u{10fffd}',
            '\u{fe0f}', // changes the look of what it follows
        ];
        for c in obeyed {
            let shown = shown(&format!("a{c}b"));
            assert!(shown.starts_with("a\\") && shown.is_ascii(), "{shown:?}");
        }
        let plain = "data[\"k\"], `it's` C:\\x grüße 名";
        assert_eq!(shown(plain), plain);
    }

    #[test]
    fn what_is_long_is_cut() {
        for text in ["k".repeat(100_000), "\u{202e}".repeat(100_000)] {
            assert!(shown(&text).len() < 720);
        }
    }
}
