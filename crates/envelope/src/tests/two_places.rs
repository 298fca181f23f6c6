//! An item that opens to two values in two places must not exist under one digest.
//!
//! AES-GCM does not commit to its key, and the item key depends on the place. Whoever picks the
//! data key can so build one ciphertext that authenticates in two places. Nothing stops that; the
//! context in the digest makes the two files different ones. If it left the digest, this test
//! would find the collision.

use aes::Aes256;
use aes::cipher::{BlockEncrypt as _, KeyInit as _};

use super::{AGE, SealedText, bytes, sealed};
use crate::data_key::DataKey;
use crate::envelope::Envelope;
use crate::item::Subject;
use crate::pae::{Label, pae};
use crate::{Recipients, encoding, item::Item, padding};

const KEY: &str = "password";
const TYPE: &str = "Opaque";
/// The more bytes, the more lengths share one padded length, and the shorter the search.
const LEN_A: usize = MIN_PADDED - 4;
const MIN_PADDED: usize = 1 << 19;

/// Multiplication in AES-GCM's field (NIST SP 800-38D, section 6.3).
fn multiply(x: u128, y: u128) -> u128 {
    let (mut product, mut shifted) = (0, y);
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            product ^= shifted;
        }
        shifted = (shifted >> 1) ^ ((shifted & 1) * (0xe1 << 120));
    }
    product
}

fn inverse(x: u128) -> u128 {
    // x^(2^128 - 2)
    let (mut power, mut result) = (x, 1 << 127);
    for _ in 0..127 {
        power = multiply(power, power);
        result = multiply(result, power);
    }
    result
}

/// AES-GCM under one item key.
struct Side {
    cipher: Aes256,
    hash_key: u128,
    aad: Vec<u8>,
}

impl Side {
    fn new(data_key: &DataKey, context: &[u8]) -> Self {
        let cipher = Aes256::new((&*data_key.item_key(context, TYPE, KEY)).into());
        let mut block = [0; 16].into();
        cipher.encrypt_block(&mut block);
        let hash_key = u128::from_be_bytes(block.into());
        let aad = pae(Label::ItemAad, &[context, TYPE.as_bytes(), KEY.as_bytes()]);
        Self {
            cipher,
            hash_key,
            aad,
        }
    }

    fn key_stream(&self, nonce: &[u8; 12], counter: u32) -> [u8; 16] {
        let mut block = [0; 16];
        block[..12].copy_from_slice(nonce);
        block[12..].copy_from_slice(&counter.to_be_bytes());
        let mut block = block.into();
        self.cipher.encrypt_block(&mut block);
        block.into()
    }

    fn tag(&self, nonce: &[u8; 12], ciphertext: &[u8]) -> u128 {
        let lengths = ((self.aad.len() as u128 * 8) << 64) | (ciphertext.len() as u128 * 8);
        let blocks = self.aad.chunks(16).chain(ciphertext.chunks(16));
        let sum = blocks.fold(0, |sum, chunk| {
            let mut block = [0; 16];
            block[..chunk.len()].copy_from_slice(chunk);
            multiply(sum ^ u128::from_be_bytes(block), self.hash_key)
        });
        let hash = multiply(sum ^ lengths, self.hash_key);
        hash ^ u128::from_be_bytes(self.key_stream(nonce, 1))
    }
}

/// Nonce, ciphertext and tag that are valid on both sides.
fn item_for_both(a: &Side, b: &Side) -> Vec<u8> {
    // Side A's value fills its padding. Side B's length is whatever its key stream makes of the
    // same four bytes: try nonces until it is one with the same padded length.
    let (nonce, first) = (0u64..)
        .find_map(|n| {
            let mut nonce = [0; 12];
            nonce[..8].copy_from_slice(&n.to_be_bytes());
            let head = |side: &Side| {
                let block = side.key_stream(&nonce, 2);
                u32::from_le_bytes(block[..4].try_into().unwrap())
            };
            let first = LEN_A as u32 ^ head(a);
            let len_b = (first ^ head(b)) as usize;
            let fits = len_b < MIN_PADDED && padding::padded_len(len_b) == MIN_PADDED;
            fits.then_some((nonce, first))
        })
        .unwrap();
    // Side B's filling must be zero, so the ciphertext is B's key stream all the way.
    let mut ciphertext: Vec<u8> = (2..)
        .flat_map(|counter| b.key_stream(&nonce, counter))
        .take(MIN_PADDED)
        .collect();
    ciphertext[..4].copy_from_slice(&first.to_le_bytes());
    // One block in the middle of both values makes both tags equal: tags are linear in it.
    let free = MIN_PADDED / 32 * 16;
    ciphertext[free..free + 16].fill(0);
    let after = (MIN_PADDED - free) / 16;
    let weight = |side: &Side| (0..after).fold(side.hash_key, |w, _| multiply(w, side.hash_key));
    let difference = a.tag(&nonce, &ciphertext) ^ b.tag(&nonce, &ciphertext);
    let block = multiply(difference, inverse(weight(a) ^ weight(b)));
    ciphertext[free..free + 16].copy_from_slice(&block.to_be_bytes());
    let tag = a.tag(&nonce, &ciphertext);
    [&nonce[..], &ciphertext, &tag.to_be_bytes()].concat()
}

#[test]
fn one_item_for_two_places_has_two_digests() {
    let data_key = DataKey::from_bytes(&[7; 32]);
    let recipients = Recipients::new([AGE.to_recipient().unwrap()]).unwrap();
    let places = ["shop", "test"].map(|namespace| {
        let mut text = sealed();
        text.namespace = Some(namespace.into());
        text.secret_type = TYPE.into();
        text
    });
    let contexts = [&places[0], &places[1]].map(|text| text.place().unwrap().context());
    let [a, b] = [&contexts[0], &contexts[1]].map(|context| Side::new(&data_key, context));
    let item = encoding::base64(&item_for_both(&a, &b));

    let [a, b] = [0, 1].map(|n| {
        let mut text: SealedText = places[n].clone();
        let items = [(KEY.to_owned(), Item::parse(KEY, &item).unwrap())].into();
        let subject = Subject {
            context: &contexts[n],
            secret_type: TYPE,
        };
        let envelope = Envelope::wrap(&data_key, subject, items, &recipients).unwrap();
        text.envelopes = vec![envelope.to_text()];
        text
    });
    let open = |text: &SealedText| bytes(text.open(&AGE).unwrap().values());
    assert_ne!(open(&a), open(&b), "the attack itself works: two values");
    assert_eq!(a.envelopes[0].items, b.envelopes[0].items);
    assert_eq!(a.envelopes[0].commitment, b.envelopes[0].commitment);
    assert_ne!(a.parse().unwrap().digest(), b.parse().unwrap().digest());
}
