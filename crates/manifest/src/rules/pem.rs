//! PEM as Go finds it (encoding/pem: `Decode`): anywhere in a text, lines of any length, with
//! headers, and past blocks that are broken. RFC 7468, which the `der` crate reads, is stricter.

use bulla_plaintext::Plaintext;
use zeroize::Zeroizing;

use crate::secret::base64;

/// One PEM block.
pub(super) struct Block<'t> {
    /// What stands behind `BEGIN`.
    pub(super) label: &'t [u8],
    /// Whether the label or a header says that it takes a passphrase.
    pub(super) is_encrypted: bool,
    pub(super) content: Plaintext,
}

/// The blocks of a text in their order, without those that are broken.
pub(super) fn blocks(text: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut lines = text
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    // Where the block began that is open.
    let mut open: Option<Open<'_>> = None;
    std::iter::from_fn(move || {
        for line in lines.by_ref() {
            if let Some(label) = marker(line, b"-----BEGIN ") {
                open = Some(Open::new(label));
            } else if let Some(label) = marker(line, b"-----END ") {
                let closed = open.take().filter(|open| open.label == label);
                if let Some(block) = closed.and_then(Open::close) {
                    return Some(block);
                }
            } else if let Some(open) = &mut open {
                open.add(line);
            }
        }
        None
    })
}

fn marker<'t>(line: &'t [u8], start: &[u8]) -> Option<&'t [u8]> {
    line.strip_prefix(start)?.strip_suffix(b"-----")
}

struct Open<'t> {
    label: &'t [u8],
    is_encrypted: bool,
    /// Headers come before the content only.
    has_content: bool,
    encoded: Zeroizing<Vec<u8>>,
}

impl<'t> Open<'t> {
    fn new(label: &'t [u8]) -> Self {
        Self {
            label,
            is_encrypted: label.starts_with(b"ENCRYPTED "),
            has_content: false,
            encoded: Zeroizing::default(),
        }
    }

    fn add(&mut self, line: &[u8]) {
        if !self.has_content && line.contains(&b':') {
            // RFC 1421: `Proc-Type: 4,ENCRYPTED`.
            self.is_encrypted |= line.ends_with(b",ENCRYPTED");
            return;
        }
        self.has_content = true;
        let bytes = line.iter().filter(|byte| !matches!(byte, b' ' | b'\t'));
        self.encoded.extend(bytes);
    }

    fn close(self) -> Option<Block<'t>> {
        let encoded = str::from_utf8(&self.encoded).ok()?;
        Some(Block {
            label: self.label,
            is_encrypted: self.is_encrypted,
            content: base64::decode(encoded)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::blocks;

    fn found(text: &str) -> Vec<(String, bool, Vec<u8>)> {
        let blocks = blocks(text.as_bytes());
        let read = blocks.map(|block| {
            let label = String::from_utf8(block.label.to_vec()).unwrap();
            (label, block.is_encrypted, block.content.expose().to_vec())
        });
        read.collect()
    }

    #[test]
    fn blocks_stand_anywhere_and_broken_ones_are_passed_over() {
        let text = "Certificate:\n    Data:\r\n-----BEGIN A-----\r\nYQ==\r\n-----END A-----\r\n\
                    -----BEGIN B-----\nnot base64\n-----END B-----\n\
                    -----BEGIN C-----\nYQ==\n-----END D-----\n\
                    -----BEGIN E-----\n-----BEGIN F-----\nProc-Type: 4,ENCRYPTED\n\nYW \tJj\nZA==\n-----END F-----";
        let expected = [
            ("A".to_owned(), false, b"a".to_vec()),
            ("F".to_owned(), true, b"abcd".to_vec()),
        ];
        assert_eq!(found(text), expected);
        assert_eq!(found("x -----BEGIN A-----\nYQ==\n-----END A-----\n"), []);
        assert_eq!(found("-----BEGIN A-----\nYQ==\n"), []);
        let encrypted =
            found("-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----END ENCRYPTED PRIVATE KEY-----");
        assert!(encrypted[0].1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in "(-----(BEGIN|END) [AB]-----|[a=:]{1,4}|\n|\r| ){0,20}", bytes: Vec<u8>) {
            let _ = found(&text);
            let _ = blocks(&bytes).count();
            let _ = super::super::tls_pair(&bytes, text.as_bytes());
        }
    }
}
