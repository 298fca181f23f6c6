//! Splitting a source into documents by byte ranges, and putting it together again.
//!
//! kubectl cuts a stream at every line that begins with `---`, before it parses anything
//! (k8s.io/apimachinery, pkg/util/yaml: YAMLReader); kustomize and all others let YAML decide.
//! The two agree if each such line is nothing but a marker, which is what is demanded here.

use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::compose::compose;
use crate::document::Document;
use crate::node::Position;
use crate::problem::{Problem, Problems};
use crate::reason::Reason;
use crate::text;

/// A source, split into its documents. It borrows the bytes, which may hold plaintext; the
/// caller decides how these are kept and overwritten.
pub struct Stream<'a> {
    text: &'a str,
    documents: Vec<Document<'a>>,
}

/// What to put in the place of a document.
pub struct Spliced<'r> {
    /// The number of the document, from 1.
    pub document: usize,
    /// The new text. A line break is added to its end if it has none and something follows.
    pub text: &'r str,
}

/// The part of a source between two markers.
struct Chunk {
    range: Range<usize>,
    line: usize,
}

impl<'a> Stream<'a> {
    /// Splits and parses a source. `name` is what errors call it: a path, or `<stdin>`.
    ///
    /// A document is what stands between two `---` lines, comments included. Whatever stands
    /// before a first `---` line is a document only if it has content.
    ///
    /// # Errors
    /// Everything on which readers would disagree about where documents begin and end, and every
    /// document that is not YAML.
    pub fn read(name: &str, bytes: &'a [u8]) -> Result<Self, Problems> {
        let file: Arc<str> = Arc::from(name);
        if let Some(encoding) = text::wide_encoding(bytes) {
            let at = Some(position("", 0));
            let reason = Reason::Wide(encoding);
            return Err(Problem::new(file, None, at, String::new(), reason).into());
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let at = position(std::str::from_utf8(valid).unwrap_or_default(), valid.len());
                let at = Some(at);
                return Err(Problem::new(file, None, at, String::new(), Reason::NotUtf8).into());
            }
        };
        let mut found = Vec::new();
        let mut refuse = |at, reason| {
            let file = Arc::clone(&file);
            found.push(Problem::new(file, None, Some(at), String::new(), reason));
        };
        if let Some((offset, _)) = text::first_unprintable(text) {
            refuse(position(text, offset), Reason::Unprintable);
            return Problems::or(found, Self::empty(text));
        }
        let (chunks, markers) = split(text);
        for (at, reason) in markers {
            refuse(at, reason);
        }
        if !found.is_empty() {
            return Problems::or(found, Self::empty(text));
        }

        let mut documents = Vec::with_capacity(chunks.len());
        let last = chunks.len().saturating_sub(1);
        for (index, chunk) in chunks.into_iter().enumerate() {
            let number = documents.len() + 1;
            match compose(text, chunk.range.clone(), chunk.line) {
                // A licence or an editor's mode line above the first marker.
                Ok(composed) if index == 0 && last > 0 && composed.root.is_none() => {}
                Ok(composed) => documents.push(Document {
                    file: Arc::clone(&file),
                    number,
                    text,
                    range: chunk.range,
                    root: composed.root,
                    divisive: composed.divisive,
                }),
                Err((at, reason)) => {
                    let file_name = Arc::clone(&file);
                    let problem =
                        Problem::new(file_name, Some(number), Some(at), String::new(), reason);
                    found.push(problem);
                    // Keeps the numbers of later documents right.
                    documents.push(Document::unread(&file, number, text, chunk.range));
                }
            }
        }
        Problems::or(found, Self { text, documents })
    }

    fn empty(text: &'a str) -> Self {
        let documents = Vec::new();
        Self { text, documents }
    }

    /// The documents in order, empty ones included.
    pub fn documents(&self) -> &[Document<'a>] {
        &self.documents
    }

    /// The whole source as text, a byte order mark included.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The source with some documents replaced and every other byte kept. A document that is
    /// named twice takes the last text; a number without a document is ignored.
    pub fn splice(&self, replacements: &[Spliced<'_>]) -> Zeroizing<String> {
        let extra: usize = replacements.iter().map(|r| r.text.len() + 1).sum();
        // Reserved at once: a growing buffer would leave copies of plaintext behind.
        let mut out = Zeroizing::new(String::with_capacity(self.text.len() + extra));
        let mut texts: Vec<Option<&str>> = vec![None; self.documents.len()];
        for replacement in replacements {
            let index = replacement.document.wrapping_sub(1);
            if let Some(text) = texts.get_mut(index) {
                *text = Some(replacement.text);
            }
        }
        let mut done = 0;
        for (document, text) in self.documents.iter().zip(texts) {
            let Some(text) = text else { continue };
            out.push_str(
                self.text
                    .get(done..document.range.start)
                    .unwrap_or_default(),
            );
            out.push_str(text);
            done = document.range.end;
            if done < self.text.len() && !text.is_empty() && !text.ends_with('\n') {
                out.push('\n');
            }
        }
        out.push_str(self.text.get(done..).unwrap_or_default());
        out
    }
}

/// The line and column of an offset.
pub(crate) fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let before_on_line = before.get(line_start..).unwrap_or_default();
    Position {
        line: before.bytes().filter(|&b| b == b'\n').count() + 1,
        column: before_on_line.chars().count() + 1,
        offset,
    }
}

/// Cuts at markers, and says what is wrong with lines that look like one.
fn split(text: &str) -> (Vec<Chunk>, Vec<(Position, Reason)>) {
    let mut chunks = Vec::new();
    let mut wrong = Vec::new();
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut start = bom;
    let mut start_line = 1;
    let mut line_number = 0;
    let mut offset = bom;
    let mut ended = false;
    for line in text.get(bom..).unwrap_or_default().split_inclusive('\n') {
        line_number += 1;
        let here = offset;
        let at = Position {
            line: line_number,
            column: 1,
            offset: here,
        };
        offset += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(rest) = line.strip_prefix("---") {
            match after_marker(rest) {
                After::Nothing => {
                    chunks.push(Chunk {
                        range: start..here,
                        line: start_line,
                    });
                    start = offset;
                    start_line = line_number + 1;
                    ended = false;
                }
                After::Content => wrong.push((at, Reason::ContentOnMarker)),
                After::NoMarker => wrong.push((at, Reason::FalseMarker)),
            }
            // The rest of the line is in no document, so nothing else would look at it.
            if let Some((inside, what)) = text::divisive(rest).first() {
                let before = line.get(..3 + inside).unwrap_or_default();
                let at = Position {
                    column: before.chars().count() + 1,
                    offset: here + before.len(),
                    ..at
                };
                wrong.push((at, (*what).into()));
            }
        } else if ended && !is_blank_or_comment(line) && line.strip_prefix("...").is_none() {
            wrong.push((at, Reason::ContentAfterEnd));
            ended = false;
        } else if let Some(rest) = line.strip_prefix("...") {
            match after_marker(rest) {
                After::Nothing => ended = true,
                After::Content => wrong.push((at, Reason::ContentAfterEnd)),
                After::NoMarker if ended => wrong.push((at, Reason::ContentAfterEnd)),
                After::NoMarker => {}
            }
        }
    }
    chunks.push(Chunk {
        range: start..text.len(),
        line: start_line,
    });
    (chunks, wrong)
}

enum After {
    Nothing,
    Content,
    NoMarker,
}

fn after_marker(rest: &str) -> After {
    if rest.is_empty() {
        After::Nothing
    } else if !rest.starts_with([' ', '\t']) {
        After::NoMarker
    } else if is_blank_or_comment(rest) {
        After::Nothing
    } else {
        After::Content
    }
}

fn is_blank_or_comment(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    line.is_empty() || line.starts_with('#')
}
