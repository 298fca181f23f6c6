//! One act of sealing: a data key, wrapped for every recipient, and the items under it.

use std::collections::{BTreeMap, BTreeSet};

use bulla_plaintext::Plaintext;

use crate::age_file::{AgeFile, DecryptError};
use crate::data_key::{Commitment, DataKey};
use crate::encoding;
use crate::error::{FormatError, OpenError, SealError};
use crate::identity::Identity;
use crate::item::{Item, Subject};
use crate::limits::{MAX_ITEMS, MAX_RECIPIENTS};
use crate::recipient::{Fingerprint, Listed, Recipient, Recipients};
use crate::wrapped_key::{self, Binding, WRAPPED_KEY_BYTES};

/// The only format there is.
pub(crate) const FORMAT: i64 = 1;

/// An envelope as text, field by field as it stands in a sealed file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvelopeText {
    /// Always 1.
    pub format: i64,
    /// base64 of 32 bytes.
    pub commitment: String,
    /// `age1...`, or `sha256:` and the hex fingerprint of an RSA key.
    pub recipients: Vec<String>,
    /// An armored age file, if the list has age recipients.
    pub age: Option<String>,
    /// Hex fingerprint to base64 ciphertext, one for each RSA recipient of the list.
    pub rsa: BTreeMap<String, String>,
    /// Item key to base64 of nonce, ciphertext and tag.
    pub items: BTreeMap<String, String>,
}

/// For whoever shows an envelope that may be broken: what stands where sealed bytes belong could be
/// plaintext.
impl EnvelopeText {
    /// Whether the text could be one of `items`: base64 as written here, of the length of an item.
    pub fn could_be_item(text: &str) -> bool {
        Item::parse("", text).is_ok() && !is_base64_of_text(text)
    }

    /// Whether the text could be one of `rsa`.
    pub fn could_be_rsa(text: &str) -> bool {
        parse_rsa_ciphertext(text).is_some() && !is_base64_of_text(text)
    }

    /// Whether the text could be the `age` of an envelope with so many age recipients.
    pub fn could_be_age(text: &str, recipients: usize) -> bool {
        AgeFile::parse(text, recipients).is_ok()
    }
}

/// Random bytes, so many of them, are none.
fn is_base64_of_text(text: &str) -> bool {
    encoding::from_base64(text).is_some_and(|bytes| String::from_utf8(bytes).is_ok())
}

/// A checked envelope: everything of it that can be known without a key is in order.
pub struct Envelope {
    pub(crate) commitment: Commitment,
    /// As printed: the binding is over these bytes.
    recipients: Vec<String>,
    age: Option<AgeFile>,
    rsa: BTreeMap<Fingerprint, Vec<u8>>,
    pub(crate) items: BTreeMap<String, Item>,
}

/// An unwrapped data key, and whether the list and the place are the ones it was wrapped with.
pub(crate) struct Unwrapped {
    pub(crate) data_key: DataKey,
    pub(crate) is_bound: bool,
    /// Whether it is what a KMS or HSM answered, and so perhaps of an earlier list.
    pub(crate) is_answer: bool,
}

impl Envelope {
    /// Reads the fields of an envelope.
    ///
    /// # Errors
    ///
    /// Whatever `docs/format.md` refuses within one envelope.
    pub fn parse(text: &EnvelopeText) -> Result<Self, FormatError> {
        if text.format != FORMAT {
            return Err(FormatError::Version(text.format));
        }
        let commitment = Commitment::parse(&text.commitment)?;
        let listed = parse_list(&text.recipients)?;
        let age_recipients = listed.iter().filter(|entry| **entry == Listed::Age).count();
        let age = match (&text.age, age_recipients) {
            (None, 0) => None,
            (Some(armored), 1..) => Some(AgeFile::parse(armored, age_recipients)?),
            (None, 1..) => return Err(FormatError::AgeMissing),
            (Some(_), 0) => return Err(FormatError::AgeUnlisted),
        };
        let rsa = parse_rsa(&text.rsa, &listed)?;
        if text.items.is_empty() {
            return Err(FormatError::EnvelopeEmpty);
        }
        if text.items.len() > MAX_ITEMS {
            return Err(FormatError::TooManyItems);
        }
        let items = text
            .items
            .iter()
            .map(|(key, item)| Ok((key.clone(), Item::parse(key, item)?)))
            .collect::<Result<_, FormatError>>()?;
        Ok(Self {
            commitment,
            recipients: text.recipients.clone(),
            age,
            rsa,
            items,
        })
    }

    /// The fields as they stand in a file.
    pub fn to_text(&self) -> EnvelopeText {
        EnvelopeText {
            format: FORMAT,
            commitment: self.commitment.to_base64(),
            recipients: self.recipients.clone(),
            age: self.age.as_ref().map(|age| age.as_armored().to_owned()),
            rsa: self
                .rsa
                .iter()
                .map(|(fingerprint, bytes)| (fingerprint.to_hex(), encoding::base64(bytes)))
                .collect(),
            items: self
                .items
                .iter()
                .map(|(key, item)| (key.clone(), item.to_base64()))
                .collect(),
        }
    }

    /// Its list of recipients, as printed.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }

    /// The keys of its items.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.items.keys().map(String::as_str)
    }

    /// Seals `values` under a new data key.
    pub(crate) fn seal(
        subject: Subject<'_>,
        values: &BTreeMap<String, Plaintext>,
        recipients: &Recipients,
    ) -> Result<Self, SealError> {
        let data_key = DataKey::generate();
        let items = values
            .iter()
            .map(|(key, value)| (key.clone(), Item::seal(&data_key, subject, key, value)))
            .collect();
        Self::wrap(&data_key, subject, items, recipients)
    }

    /// An envelope around items that are sealed under `data_key` already.
    pub(crate) fn wrap(
        data_key: &DataKey,
        subject: Subject<'_>,
        items: BTreeMap<String, Item>,
        recipients: &Recipients,
    ) -> Result<Self, SealError> {
        let printed: Vec<String> = recipients.iter().map(ToString::to_string).collect();
        let binding = wrapped_key::binding(subject.context, &printed);
        let wrapped = wrapped_key::join(data_key, &binding);
        let mut age_recipients = Vec::new();
        let mut rsa = BTreeMap::new();
        for recipient in recipients.iter() {
            match recipient {
                Recipient::Age(recipient) => age_recipients.push(recipient),
                Recipient::Rsa(recipient) => {
                    rsa.insert(recipient.fingerprint(), recipient.wrap(wrapped.as_slice())?);
                }
            }
        }
        let age = match age_recipients.as_slice() {
            [] => None,
            list => Some(AgeFile::encrypt(list, wrapped.as_slice()).ok_or(SealError::Age)?),
        };
        Ok(Self {
            commitment: data_key.commitment(),
            recipients: printed,
            age,
            rsa,
            items,
        })
    }

    /// The data key, with any of `identities` that fits. `number` counts from 1 for messages.
    pub(crate) fn unwrap_key(
        &self,
        number: usize,
        context: &[u8],
        identities: &[Identity],
    ) -> Result<Unwrapped, OpenError> {
        let mut found_damaged = false;
        let rsa = identities.iter().filter_map(|identity| match identity {
            Identity::Rsa(identity) => {
                let ciphertext = self.rsa.get(&identity.recipient().fingerprint())?;
                Some((identity.unwrap_key(ciphertext), false))
            }
            Identity::Unwrapped(key) => {
                let (data_key, _) = wrapped_key::split(key.expose())?;
                // It may be another envelope's.
                (data_key.commitment() == self.commitment)
                    .then(|| (Some(key.expose().clone()), true))
            }
            Identity::Age(_) => None,
        });
        let age =
            self.age
                .iter()
                .filter_map(|age| match age.decrypt(identities, WRAPPED_KEY_BYTES) {
                    Ok(payload) => Some((Some(payload), false)),
                    Err(DecryptError::Damaged) => Some((None, false)),
                    Err(DecryptError::NoMatch) => None,
                });
        // One part that cannot be read does not take the file away from who can read another.
        for (payload, is_answer) in age.chain(rsa) {
            let Some((data_key, binding)) = payload.and_then(|p| wrapped_key::split(&p)) else {
                found_damaged = true;
                continue;
            };
            if data_key.commitment() != self.commitment {
                found_damaged = true;
                continue;
            }
            let is_bound = binding == self.binding(context);
            return Ok(Unwrapped {
                data_key,
                is_bound,
                is_answer,
            });
        }
        if found_damaged {
            Err(OpenError::WrappedKeyDamaged(number))
        } else {
            Err(OpenError::NoIdentity(number, self.recipients.clone()))
        }
    }

    fn binding(&self, context: &[u8]) -> Binding {
        wrapped_key::binding(context, &self.recipients)
    }
}

fn parse_list(recipients: &[String]) -> Result<Vec<Listed>, FormatError> {
    if recipients.is_empty() {
        return Err(FormatError::NoRecipient);
    }
    if recipients.len() > MAX_RECIPIENTS {
        return Err(FormatError::TooManyRecipients);
    }
    let mut seen = BTreeSet::new();
    recipients
        .iter()
        .map(|text| {
            if !seen.insert(text) {
                return Err(FormatError::RecipientTwice(text.clone()));
            }
            Listed::parse(text)
        })
        .collect()
}

/// Exactly one ciphertext for each RSA entry of the list.
fn parse_rsa_ciphertext(text: &str) -> Option<Vec<u8>> {
    encoding::from_base64(text).filter(|bytes| (256..=512).contains(&bytes.len()))
}

fn parse_rsa(
    rsa: &BTreeMap<String, String>,
    listed: &[Listed],
) -> Result<BTreeMap<Fingerprint, Vec<u8>>, FormatError> {
    let expected: BTreeSet<Fingerprint> = listed
        .iter()
        .filter_map(|entry| match entry {
            Listed::Rsa(fingerprint) => Some(*fingerprint),
            Listed::Age => None,
        })
        .collect();
    let mut parsed = BTreeMap::new();
    for (hex, text) in rsa {
        let fingerprint = Fingerprint::parse(hex)
            .filter(|fingerprint| expected.contains(fingerprint))
            .ok_or_else(|| FormatError::RsaUnlisted(crate::recipient::shortened(hex)))?;
        let bytes = parse_rsa_ciphertext(text)
            .ok_or_else(|| FormatError::RsaCiphertext(fingerprint.to_string()))?;
        parsed.insert(fingerprint, bytes);
    }
    match expected
        .into_iter()
        .find(|entry| !parsed.contains_key(entry))
    {
        Some(missing) => Err(FormatError::RsaMissing(missing.to_string())),
        None => Ok(parsed),
    }
}
