//! The age part of an envelope: bounded before the age crate sees it (`docs/format.md`, 7.2).
//!
//! age's header parser takes quadratic time (75 kB of empty stanzas take seconds), so a linear
//! scan first refuses whatever a sealed file has no use for.

use std::io::{Read as _, Write as _};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

use crate::error::FormatError;
use crate::identity::Identity;
use crate::recipient::AgeRecipient;

const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----\n";
const VERSION_LINE: &[u8] = b"age-encryption.org/v1";
const BYTES_PER_RECIPIENT: usize = 2048;
const BODY_COLUMNS: usize = 64;

/// One armored age file, scanned but not decrypted.
pub(crate) struct AgeFile {
    armored: String,
    binary: Vec<u8>,
}

/// Why an age file gave no payload.
pub(crate) enum DecryptError {
    NoMatch,
    Damaged,
}

impl AgeFile {
    /// `recipients` is the number of age recipients in the envelope's list.
    pub(crate) fn parse(armored: &str, recipients: usize) -> Result<Self, FormatError> {
        let limit = BYTES_PER_RECIPIENT * (recipients + 1);
        // Two characters of armor a byte are more than age writes: 4/3, and a line feed in 65.
        if !armored.starts_with(BEGIN) || armored.len() > 2 * limit + 2 * BEGIN.len() {
            return Err(FormatError::AgeFile);
        }
        let mut binary = Vec::new();
        ArmoredReader::new(armored.as_bytes())
            .take(limit as u64 + 1)
            .read_to_end(&mut binary)
            .map_err(|_| FormatError::AgeFile)?;
        if binary.len() > limit {
            return Err(FormatError::AgeFile);
        }
        let stanzas = scan_header(&binary).ok_or(FormatError::AgeFile)?;
        if stanzas.foreign || stanzas.grease > 1 {
            return Err(FormatError::AgeStanza);
        }
        if stanzas.x25519 != recipients {
            return Err(FormatError::AgeStanzaCount {
                listed: recipients,
                wrapped: stanzas.x25519,
            });
        }
        Ok(Self {
            armored: armored.to_owned(),
            binary,
        })
    }

    /// An age file for all of `recipients`; `None` if the age crate refuses one of them.
    pub(crate) fn encrypt(recipients: &[&AgeRecipient], payload: &[u8]) -> Option<Self> {
        let recipients = recipients
            .iter()
            .map(|recipient| recipient.as_age() as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).ok()?;
        let mut binary = Vec::new();
        let mut writer = encryptor.wrap_output(&mut binary).ok()?;
        writer.write_all(payload).ok()?;
        writer.finish().ok()?;
        let mut armored = Vec::new();
        let mut writer = ArmoredWriter::wrap_output(&mut armored, Format::AsciiArmor).ok()?;
        writer.write_all(&binary).ok()?;
        writer.finish().ok()?;
        let armored = String::from_utf8(armored).ok()?;
        Some(Self { armored, binary })
    }

    /// The payload, of which at most `limit + 1` bytes are read.
    pub(crate) fn decrypt(
        &self,
        identities: &[Identity],
        limit: usize,
    ) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        let identities = identities.iter().filter_map(|identity| match identity {
            Identity::Age(identity) => Some(identity.as_ref() as &dyn age::Identity),
            Identity::Rsa(_) | Identity::Unwrapped(_) => None,
        });
        let damaged = |_| DecryptError::Damaged;
        let decryptor = age::Decryptor::new_buffered(self.binary.as_slice())
            .map_err(|_: age::DecryptError| DecryptError::Damaged)?;
        let reader = decryptor.decrypt(identities).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => DecryptError::NoMatch,
            _ => DecryptError::Damaged,
        })?;
        // Full size at once: a buffer that grows leaves copies behind.
        let mut payload = Zeroizing::new(Vec::with_capacity(limit + 1));
        reader
            .take(limit as u64 + 1)
            .read_to_end(&mut payload)
            .map_err(damaged)?;
        Ok(payload)
    }

    pub(crate) fn as_armored(&self) -> &str {
        &self.armored
    }
}

#[derive(Default)]
struct Stanzas {
    x25519: usize,
    grease: usize,
    foreign: bool,
}

/// Counts the stanzas of a header in one pass, or `None` if it is no age header at all.
fn scan_header(file: &[u8]) -> Option<Stanzas> {
    let mut lines = file.split(|byte| *byte == b'\n');
    if lines.next()? != VERSION_LINE {
        return None;
    }
    let mut stanzas = Stanzas::default();
    loop {
        let line = lines.next()?;
        if line.starts_with(b"--- ") {
            return Some(stanzas);
        }
        let mut words = line.strip_prefix(b"-> ")?.split(|byte| *byte == b' ');
        match words.next()? {
            b"X25519" => stanzas.x25519 += 1,
            kind if kind.ends_with(b"-grease") => stanzas.grease += 1,
            _ => stanzas.foreign = true,
        }
        // Full lines, then one that is shorter, and may be empty.
        loop {
            let body = lines.next()?;
            BASE64_NOPAD.decode(body).ok()?;
            match body.len() {
                ..BODY_COLUMNS => break,
                BODY_COLUMNS => {}
                _ => return None,
            }
        }
    }
}
