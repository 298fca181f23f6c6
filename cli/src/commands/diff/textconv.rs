//! A file as git compares it: every byte, but for what is sealed, of which there is a checksum.
//!
//! A summary would hide changes of what it leaves out, and a reader of `git diff` would not know.

use std::ops::Range;

use bulla_manifest::{Kind, Node, Sequence, Stream};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

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

/// Where the items and the wrapped keys of a SealedSecret stand.
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
        let maps = ["items", "rsa"].into_iter();
        let maps = maps.filter_map(|name| envelope.get(name)?.as_mapping());
        let scalars = maps.flat_map(|map| map.entries().iter().map(|(_, value)| value));
        let scalars = scalars.chain(envelope.get("age"));
        let scalars = scalars.filter(|node| node.as_scalar().is_some());
        ranges.extend(scalars.map(Node::range));
    }
    ranges
}

/// Of the bytes as they are written, without the white space behind them. It is as readable as
/// they were: no other file is printed as it is and looks the same.
fn checksum(text: &[u8]) -> String {
    let hash = HEXLOWER.encode(&Sha256::digest(text.trim_ascii_end()));
    match text.first() {
        Some(b'"') => format!("\"<sealed sha256:{hash}>\""),
        Some(b'\'') => format!("'<sealed sha256:{hash}>'"),
        _ => format!("<sealed sha256:{hash}>"),
    }
}
