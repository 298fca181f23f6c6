//! All of a sealed file that the format knows: what it is for, and its envelopes.

use std::collections::{BTreeMap, BTreeSet};

use bulla_plaintext::Plaintext;

use crate::context::Place;
use crate::data_key::DataKey;
use crate::digest::{Digest, Origin};
use crate::envelope::{Envelope, Unwrapped};
use crate::error::{ChangeError, FormatError, OpenError, RewrapError, SealError};
use crate::identity::Identity;
use crate::item::{Item, Subject};
use crate::limits::{MAX_ITEM_BYTES, MAX_ITEMS, MAX_VALUE_BYTES};
use crate::pae::{Label, hash, pae};
use crate::recipient::Recipients;

/// A sealed file in which nothing can be read in two ways.
pub struct Sealed {
    place: Place,
    secret_type: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    envelopes: Vec<Envelope>,
}

impl Sealed {
    /// Checks what holds across envelopes.
    ///
    /// `secret_type` is the Secret's type, `Opaque` if the file has none; `labels` and
    /// `annotations` are the template's.
    ///
    /// # Errors
    ///
    /// An item or a commitment that is there twice, and files over the limits.
    pub fn new(
        place: Place,
        secret_type: String,
        labels: BTreeMap<String, String>,
        annotations: BTreeMap<String, String>,
        envelopes: Vec<Envelope>,
    ) -> Result<Self, FormatError> {
        let mut commitments = BTreeSet::new();
        let mut keys = BTreeSet::new();
        let mut bytes = 0;
        for envelope in &envelopes {
            if !commitments.insert(envelope.commitment) {
                return Err(FormatError::CommitmentTwice);
            }
            for (key, item) in &envelope.items {
                if !keys.insert(key) {
                    return Err(FormatError::ItemTwice(key.clone()));
                }
                bytes += item.len();
            }
        }
        match keys.len() {
            0 => return Err(FormatError::NoItem),
            1..=MAX_ITEMS => {}
            _ => return Err(FormatError::TooManyItems),
        }
        if bytes > MAX_ITEM_BYTES {
            return Err(FormatError::TooLarge);
        }
        Ok(Self {
            place,
            secret_type,
            labels,
            annotations,
            envelopes,
        })
    }

    /// Seals `values` in one envelope under a new data key.
    ///
    /// # Errors
    ///
    /// No value at all, more than the format's limits, and what the cryptographic libraries
    /// refuse.
    pub fn seal(
        place: Place,
        secret_type: String,
        labels: BTreeMap<String, String>,
        annotations: BTreeMap<String, String>,
        values: &BTreeMap<String, Plaintext>,
        recipients: &Recipients,
    ) -> Result<Self, SealError> {
        check_values(values)?;
        let context = place.context();
        let subject = Subject {
            context: &context,
            secret_type: &secret_type,
        };
        let envelope = Envelope::seal(subject, values, recipients)?;
        Ok(Self {
            place,
            secret_type,
            labels,
            annotations,
            envelopes: vec![envelope],
        })
    }

    /// The same file with some values added or replaced and some items taken out. Needs no
    /// private key: what is new goes into one new envelope under a new data key, every other item
    /// keeps its bytes, and an envelope without items disappears.
    ///
    /// A value that replaces one never reuses the old data key, so that who was a recipient then
    /// does not read it now.
    ///
    /// # Errors
    ///
    /// As [`Self::seal`]; a key to take out that is not there; and a file without items.
    pub fn change(
        mut self,
        values: &BTreeMap<String, Plaintext>,
        removed: &BTreeSet<String>,
        recipients: &Recipients,
    ) -> Result<Self, ChangeError> {
        let mut envelopes = self.without(removed)?;
        for envelope in &mut envelopes {
            envelope.items.retain(|key, _| !values.contains_key(key));
        }
        envelopes.retain(|envelope| !envelope.items.is_empty());
        if !values.is_empty() {
            check_values(values)?;
            let context = self.place.context();
            let subject = Subject {
                context: &context,
                secret_type: &self.secret_type,
            };
            envelopes.push(Envelope::seal(subject, values, recipients)?);
        }
        let changed = Self::new(
            self.place,
            self.secret_type,
            self.labels,
            self.annotations,
            envelopes,
        );
        Ok(changed?)
    }

    /// The same file with some items taken out. Every other item keeps its bytes, and an envelope
    /// without items disappears.
    ///
    /// # Errors
    ///
    /// A key that is not there, and a file without items.
    pub fn remove(mut self, removed: &BTreeSet<String>) -> Result<Self, ChangeError> {
        let envelopes = self.without(removed)?;
        Ok(Self::new(
            self.place,
            self.secret_type,
            self.labels,
            self.annotations,
            envelopes,
        )?)
    }

    /// Takes the envelopes, without these items.
    fn without(&mut self, removed: &BTreeSet<String>) -> Result<Vec<Envelope>, ChangeError> {
        let has = |key: &String| self.envelopes.iter().any(|e| e.items.contains_key(key));
        if let Some(missing) = removed.iter().find(|key| !has(key)) {
            return Err(ChangeError::NoSuchItem(missing.clone()));
        }
        let mut envelopes = std::mem::take(&mut self.envelopes);
        for envelope in &mut envelopes {
            envelope.items.retain(|key, _| !removed.contains(key));
        }
        envelopes.retain(|envelope| !envelope.items.is_empty());
        Ok(envelopes)
    }

    /// The same file with other labels and annotations. No item is bound to them, but the digest is.
    pub fn with_metadata(
        self,
        labels: BTreeMap<String, String>,
        annotations: BTreeMap<String, String>,
    ) -> Self {
        Self {
            labels,
            annotations,
            ..self
        }
    }

    /// The place that it is sealed for.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The envelopes, in the file's order.
    pub fn envelopes(&self) -> &[Envelope] {
        &self.envelopes
    }

    /// SHA-256 over everything public that makes the content, and nothing else: recipients and
    /// wrapped keys do not count.
    pub fn digest(&self) -> Digest {
        let items: BTreeMap<&str, (&Envelope, &Item)> = self
            .envelopes
            .iter()
            .flat_map(|envelope| {
                let items = envelope.items.iter();
                items.map(move |(key, item)| (key.as_str(), (envelope, item)))
            })
            .collect();
        let hashes: Vec<[u8; 32]> = items.values().map(|(_, item)| item.hash()).collect();
        let mut parts: Vec<&[u8]> = Vec::with_capacity(3 * items.len());
        for ((key, (envelope, _)), hash) in items.iter().zip(&hashes) {
            parts.extend([key.as_bytes(), envelope.commitment.as_bytes(), hash]);
        }
        Digest(hash(
            Label::Digest,
            &[
                &self.place.context(),
                self.secret_type.as_bytes(),
                &pae_of_map(Label::Labels, &self.labels),
                &pae_of_map(Label::Annotations, &self.annotations),
                &pae(Label::Items, &parts),
            ],
        ))
    }

    /// The same file for other recipients: all envelopes, or none. Items, digest and name stay
    /// byte for byte. `choose` gives the new recipients of an envelope from its old list as
    /// printed, or `None` if they are right already; what it is given has been proved by the
    /// binding, so an edited list is refused before anybody is wrapped for.
    ///
    /// Returns `None` if nothing had to change.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], and as far as it goes [`Self::seal`].
    pub fn rewrap<E>(
        self,
        identities: &[Identity],
        mut choose: impl FnMut(&[String]) -> Result<Option<Recipients>, E>,
    ) -> Result<Option<Self>, RewrapError<E>> {
        let context = self.place.context();
        let subject = Subject {
            context: &context,
            secret_type: &self.secret_type,
        };
        let mut is_changed = false;
        let mut envelopes = Vec::with_capacity(self.envelopes.len());
        for (number, envelope) in (1..).zip(self.envelopes) {
            let unwrapped = envelope.unwrap_key(number, &context, identities)?;
            let opened = open_items(&envelope, &unwrapped.data_key, subject);
            check_bound(number, &unwrapped, &opened)?;
            opened?;
            let chosen = choose(envelope.recipients()).map_err(RewrapError::Choose)?;
            envelopes.push(match chosen {
                None => envelope,
                Some(recipients) => {
                    is_changed = true;
                    Envelope::wrap(&unwrapped.data_key, subject, envelope.items, &recipients)?
                }
            });
        }
        Ok(is_changed.then_some(Self { envelopes, ..self }))
    }

    /// Opens everything, or nothing.
    ///
    /// # Errors
    ///
    /// Told apart as far as the format allows: no identity fits, a wrapped key or an item is
    /// damaged, the list of recipients or the place was edited.
    pub fn open(&self, identities: &[Identity]) -> Result<Opened, OpenError> {
        let context = self.place.context();
        let subject = Subject {
            context: &context,
            secret_type: &self.secret_type,
        };
        let mut values = BTreeMap::new();
        let mut data_keys = BTreeMap::new();
        for (number, envelope) in (1..).zip(&self.envelopes) {
            let unwrapped = envelope.unwrap_key(number, &context, identities)?;
            let opened = open_items(envelope, &unwrapped.data_key, subject);
            check_bound(number, &unwrapped, &opened)?;
            values.extend(opened?);
            data_keys.insert(envelope.commitment, unwrapped.data_key);
        }
        if values.values().map(Plaintext::len).sum::<usize>() > MAX_VALUE_BYTES {
            return Err(OpenError::TooLarge);
        }
        Ok(Opened {
            values,
            data_keys: data_keys.into_values().collect(),
            digest: self.digest(),
        })
    }
}

/// Items are bound to the place but not to the list, so they tell which of the two was edited.
fn check_bound<T>(
    number: usize,
    unwrapped: &Unwrapped,
    opened: &Result<T, OpenError>,
) -> Result<(), OpenError> {
    match (unwrapped.is_bound, opened) {
        (true, _) => Ok(()),
        (false, Ok(_)) if unwrapped.is_answer => Err(OpenError::ListEditedOrRewrapped(number)),
        (false, Ok(_)) => Err(OpenError::ListEdited(number)),
        (false, Err(_)) => Err(OpenError::PlaceEdited(number)),
    }
}

/// The limits of the format for what is to be sealed.
fn check_values(values: &BTreeMap<String, Plaintext>) -> Result<(), SealError> {
    match values.len() {
        0 => return Err(SealError::NoValue),
        1..=MAX_ITEMS => {}
        _ => return Err(SealError::TooManyValues),
    }
    if values.values().map(Plaintext::len).sum::<usize>() > MAX_VALUE_BYTES {
        return Err(SealError::TooLarge);
    }
    Ok(())
}

fn open_items(
    envelope: &Envelope,
    data_key: &DataKey,
    subject: Subject<'_>,
) -> Result<Vec<(String, Plaintext)>, OpenError> {
    envelope
        .items
        .iter()
        .map(|(key, item)| {
            let value = item.open(data_key, subject, key);
            let value = value.ok_or_else(|| OpenError::ItemDamaged(key.clone()))?;
            Ok((key.clone(), value))
        })
        .collect()
}

fn pae_of_map(label: Label, map: &BTreeMap<String, String>) -> Vec<u8> {
    let parts: Vec<&[u8]> = map
        .iter()
        .flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()])
        .collect();
    pae(label, &parts)
}

/// An opened file: its values, and what proves that it was opened.
pub struct Opened {
    values: BTreeMap<String, Plaintext>,
    /// In the ascending order of their commitments.
    data_keys: Vec<DataKey>,
    digest: Digest,
}

impl Opened {
    /// Item key to value.
    pub fn values(&self) -> &BTreeMap<String, Plaintext> {
        &self.values
    }

    /// Gives the values away, and forgets the data keys.
    pub fn into_values(self) -> BTreeMap<String, Plaintext> {
        self.values
    }

    /// The proof that the native Secret of this name in this namespace carries.
    pub fn origin(&self, namespace: &str, secret_name: &str) -> Origin {
        Origin::new(&self.data_keys, namespace, secret_name, &self.digest)
    }
}
