//! Public keys that a data key is wrapped for.

mod age_x25519;
mod rsa;

pub(crate) use age_x25519::AgeRecipient;
pub(crate) use rsa::{
    Fingerprint, PemBlocks, RsaRecipient, first_pem_block, is_encrypted, pem_and_more,
};

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use crate::error::{FormatError, RecipientError};
use crate::limits::MAX_RECIPIENTS;

/// A public key to seal to.
///
/// Printed as it stands in an envelope's list: `age1...`, or `sha256:` and the fingerprint of an
/// RSA key (`docs/format.md`, section 7.1).
#[derive(Clone)]
pub enum Recipient {
    /// An age X25519 recipient.
    Age(AgeRecipient),
    /// An RSA public key of 2048 to 4096 bits.
    Rsa(RsaRecipient),
}

impl Recipient {
    /// The public key or certificate of a PEM file: `PUBLIC KEY`, `RSA PUBLIC KEY` or
    /// `CERTIFICATE`. Of a certificate only the key counts; neither its issuer nor its names do, and of its
    /// dates only [`Self::expires`] tells.
    ///
    /// # Errors
    ///
    /// Anything else, a private key included, and RSA keys that the format does not allow.
    pub fn from_pem(text: &str) -> Result<Self, RecipientError> {
        RsaRecipient::from_pem(text).map(Self::Rsa)
    }

    /// The recipients of a file: either PEM, or one `age1...` a line beside empty lines and `#`
    /// comments, as age's `-R` has it.
    ///
    /// # Errors
    ///
    /// As [`Self::from_pem`] and [`Self::from_str`], with the line; and a file without any.
    pub fn parse_file(text: &str) -> Result<Vec<Self>, RecipientError> {
        match pem_and_more(text) {
            PemBlocks::None => {}
            PemBlocks::One => return Ok(vec![Self::from_pem(text)?]),
            PemBlocks::AndMore => return Err(RecipientError::PemAndMore),
        }
        let mut recipients = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let recipient = line
                .parse()
                .map_err(|error: RecipientError| error.at_line(number))?;
            recipients.push(recipient);
        }
        if recipients.is_empty() {
            return Err(RecipientError::EmptyFile);
        }
        Ok(recipients)
    }

    /// When the certificate ends that the key was read from. The format does not know of it, and
    /// whoever seals to an expired certificate should know that it is one.
    pub fn expires(&self) -> Option<SystemTime> {
        match self {
            Self::Age(_) => None,
            Self::Rsa(recipient) => recipient.expires(),
        }
    }

    /// What [`Self::parse_file`] reads again: a line `age1...`, or PEM.
    pub fn to_file_text(&self) -> String {
        match self {
            Self::Age(recipient) => format!("{recipient}\n"),
            Self::Rsa(recipient) => recipient.to_pem(),
        }
    }
}

/// Parses `age1...`.
impl FromStr for Recipient {
    type Err = RecipientError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        AgeRecipient::parse(text).map(Self::Age)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Age(recipient) => recipient.fmt(f),
            Self::Rsa(recipient) => recipient.fingerprint().fmt(f),
        }
    }
}

/// A list of recipients that an envelope can be sealed to: 1 to 64, each once.
#[derive(Clone)]
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// Keeps the order. A recipient that was named twice counts once, because names come together
    /// from several flags and files.
    ///
    /// # Errors
    ///
    /// None at all, and more than [`MAX_RECIPIENTS`].
    pub fn new(recipients: impl IntoIterator<Item = Recipient>) -> Result<Self, RecipientError> {
        let mut list: Vec<Recipient> = Vec::new();
        let mut printed = std::collections::BTreeSet::new();
        for recipient in recipients {
            if printed.insert(recipient.to_string()) {
                list.push(recipient);
            }
        }
        match list.len() {
            0 => Err(RecipientError::NoRecipient),
            1..=MAX_RECIPIENTS => Ok(Self(list)),
            _ => Err(RecipientError::TooMany),
        }
    }

    /// In their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Recipient> {
        self.0.iter()
    }
}

/// One entry of a sealed file's list, as printed there. An RSA key is known by its fingerprint
/// alone, so that one cannot be sealed to from here: recipients for new ciphertext never come from
/// a sealed file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Listed {
    Age,
    Rsa(Fingerprint),
}

impl Listed {
    pub(crate) fn parse(text: &str) -> Result<Self, FormatError> {
        let listed = match text.strip_prefix("sha256:") {
            Some(hex) => Fingerprint::parse(hex).map(Self::Rsa),
            // An age recipient in upper case would be the same key with another binding.
            None => AgeRecipient::parse(text)
                .ok()
                .filter(|recipient| recipient.to_string() == text)
                .map(|_| Self::Age),
        };
        listed.ok_or_else(|| FormatError::ListedRecipient(shortened(text)))
    }
}

/// What a message shows of a text that should have been a recipient: enough to find it.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
