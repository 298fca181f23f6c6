//! A file as git compares it: every byte, but for what is sealed, of which there is a checksum.
//!
//! A summary would hide changes of what it leaves out, and a reader of `git diff` would not know.

use std::ops::Range;

use bulla_envelope::EnvelopeText;
use bulla_manifest::{Kind, Mapping, Node, Scalar, Sequence, Stream};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

const BEFORE_HASH: &str = "<sealed sha256:";

/// What cannot be read stays as it is: git stops at the first file that textconv refuses.
pub(super) fn shortened(bytes: &[u8]) -> Vec<u8> {
    let mut ranges = Vec::new();
    if let Ok(stream) = Stream::read("", bytes) {
        for document in stream.documents() {
            if matches!(document.kind(), Ok(Kind::SealedSecret)) {
                ranges.extend(document.root().map(sealed).unwrap_or_default());
            }
        }
    }
    ranges.sort_by_key(|range| range.start);
    let mut out = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for range in ranges {
        let (Some(before), Some(text)) = (bytes.get(done..range.start), bytes.get(range.clone()))
        else {
            continue;
        };
        out.extend_from_slice(before);
        out.extend_from_slice(checksum(text).as_bytes());
        done = range.start + text.trim_ascii_end().len();
    }
    out.extend_from_slice(bytes.get(done..).unwrap_or_default());
    out
}

/// Where the items and the wrapped keys of a SealedSecret stand. What stands there and is none stays
/// as it is: it may be plaintext, and whoever reviews has to see it.
fn sealed(root: &Node<'_>) -> Vec<Range<usize>> {
    let envelopes = root.as_mapping().and_then(|root| {
        root.get("spec")?
            .as_mapping()?
            .get("envelopes")?
            .as_sequence()
    });
    let envelopes = envelopes.map(Sequence::items).unwrap_or_default();
    let mut ranges = Vec::new();
    for envelope in envelopes.iter().filter_map(Node::as_mapping) {
        let values = |name| {
            let map = envelope.get(name).and_then(Node::as_mapping);
            let entries = map.into_iter().flat_map(Mapping::entries);
            entries.map(|(_, value)| value)
        };
        let items = values("items").filter(|node| is(node, EnvelopeText::could_be_item));
        let rsa = values("rsa").filter(|node| is(node, EnvelopeText::could_be_rsa));
        let list = envelope.get("recipients").and_then(Node::as_sequence);
        let list = list.map(Sequence::items).unwrap_or_default().iter();
        let age_recipients = list.filter(|node| is(node, |entry| entry.starts_with("age1")));
        let age_recipients = age_recipients.count();
        let is_age = |text: &str| EnvelopeText::could_be_age(text, age_recipients);
        let age = envelope.get("age").filter(|node| is(node, is_age));
        ranges.extend(items.chain(rsa).chain(age).map(Node::range));
    }
    ranges
}

/// What looks like our own checksum gets one, too, so that no other file looks like this one.
fn is(node: &Node<'_>, what: impl Fn(&str) -> bool) -> bool {
    let text = node.as_scalar().map(Scalar::text);
    text.is_some_and(|text| what(text) || is_checksum(text.trim_ascii()))
}

fn is_checksum(text: &str) -> bool {
    let hash = text.strip_prefix(BEFORE_HASH);
    let hash = hash.and_then(|rest| rest.strip_suffix('>'));
    hash.is_some_and(|hash| {
        HEXLOWER
            .decode(hash.as_bytes())
            .is_ok_and(|hash| hash.len() == 32)
    })
}

/// Of the bytes as they are written, without the white space behind them. It is as readable as
/// they were: no other file is printed as it is and looks the same.
fn checksum(text: &[u8]) -> String {
    let hash = HEXLOWER.encode(&Sha256::digest(text.trim_ascii_end()));
    match text.first() {
        Some(b'"') => format!("\"{BEFORE_HASH}{hash}>\""),
        Some(b'\'') => format!("'{BEFORE_HASH}{hash}>'"),
        _ => format!("{BEFORE_HASH}{hash}>"),
    }
}
