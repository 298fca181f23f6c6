//! One sealed value (`docs/format.md`, section 6).

use aes_gcm::aead::AeadInPlace as _;
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce, Tag};
use bulla_plaintext::Plaintext;
use rand::RngCore as _;
use rand::rngs::OsRng;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::data_key::DataKey;
use crate::encoding;
use crate::error::FormatError;
use crate::padding;
use crate::pae::{Label, pae};

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// What every item of a file authenticates: where it is, what it is part of.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// From [`crate::Place::context`].
    pub(crate) context: &'a [u8],
    /// The Secret's type.
    pub(crate) secret_type: &'a str,
}

/// Nonce, ciphertext and tag.
pub(crate) struct Item(Vec<u8>);

impl Item {
    pub(crate) fn seal(
        data_key: &DataKey,
        subject: Subject<'_>,
        key: &str,
        value: &Plaintext,
    ) -> Self {
        let mut nonce = [0; NONCE_BYTES];
        OsRng.fill_bytes(&mut nonce);
        Self::seal_with_nonce(data_key, subject, key, value, &nonce)
    }

    /// For vectors. Everywhere else the nonce is random: a derived one would repeat when a value
    /// is sealed twice under one data key.
    pub(crate) fn seal_with_nonce(
        data_key: &DataKey,
        subject: Subject<'_>,
        key: &str,
        value: &Plaintext,
        nonce: &[u8; NONCE_BYTES],
    ) -> Self {
        let padded = padding::padded_len(value.len());
        let mut bytes = vec![0; NONCE_BYTES + padded + TAG_BYTES];
        let (head, rest) = bytes.split_at_mut(NONCE_BYTES);
        let (body, tail) = rest.split_at_mut(padded);
        head.copy_from_slice(nonce);
        // Padded and encrypted in place: no second copy of the value comes to be.
        padding::pad(value.expose(), body);
        #[expect(
            clippy::expect_used,
            reason = "AES-GCM takes 64 GiB, a value has 1 MiB"
        )]
        let tag = cipher(data_key, subject, key)
            .encrypt_in_place_detached(Nonce::from_slice(nonce), &aad(subject, key), body)
            .expect("a value is shorter than AES-GCM's limit");
        tail.copy_from_slice(&tag);
        Self(bytes)
    }

    /// The value, or `None` if anything about it is not as it was sealed.
    pub(crate) fn open(
        &self,
        data_key: &DataKey,
        subject: Subject<'_>,
        key: &str,
    ) -> Option<Plaintext> {
        let (nonce, rest) = self.0.split_at_checked(NONCE_BYTES)?;
        let (body, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_BYTES)?)?;
        let mut padded = Zeroizing::new(body.to_vec());
        cipher(data_key, subject, key)
            .decrypt_in_place_detached(
                Nonce::from_slice(nonce),
                &aad(subject, key),
                &mut padded,
                Tag::from_slice(tag),
            )
            .ok()?;
        padding::unpad(padded)
    }

    pub(crate) fn parse(key: &str, text: &str) -> Result<Self, FormatError> {
        encoding::from_base64(text)
            .filter(|bytes| {
                let body = bytes.len().checked_sub(NONCE_BYTES + TAG_BYTES);
                body.is_some_and(padding::is_padded_len)
            })
            .map(Self)
            .ok_or_else(|| FormatError::Item(key.to_owned()))
    }

    pub(crate) fn to_base64(&self) -> String {
        encoding::base64(&self.0)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

fn cipher(data_key: &DataKey, subject: Subject<'_>, key: &str) -> Aes256Gcm {
    let item_key = data_key.item_key(subject.context, subject.secret_type, key);
    Aes256Gcm::new((&*item_key).into())
}

fn aad(subject: Subject<'_>, key: &str) -> Vec<u8> {
    let parts = [
        subject.context,
        subject.secret_type.as_bytes(),
        key.as_bytes(),
    ];
    pae(Label::ItemAad, &parts)
}
