//! age X25519 recipients: `age1...`.

use std::fmt;

use crate::error::RecipientError;

/// An age X25519 recipient.
#[derive(Clone)]
pub struct AgeRecipient(age::x25519::Recipient);

impl AgeRecipient {
    pub(crate) fn parse(text: &str) -> Result<Self, RecipientError> {
        // A private key given by mistake is named as such, and never repeated.
        if text
            .get(..15)
            .is_some_and(|start| start.eq_ignore_ascii_case("AGE-SECRET-KEY-"))
        {
            return Err(RecipientError::PrivateKey);
        }
        if text.starts_with("age1pq1") || text.starts_with("age1tag") {
            return Err(RecipientError::AgeKindUnsupported);
        }
        text.parse().map(Self).map_err(|_| RecipientError::Unknown)
    }

    pub(crate) fn as_age(&self) -> &age::x25519::Recipient {
        &self.0
    }
}

impl From<age::x25519::Recipient> for AgeRecipient {
    fn from(recipient: age::x25519::Recipient) -> Self {
        Self(recipient)
    }
}

impl fmt::Display for AgeRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
