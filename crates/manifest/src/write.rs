//! Writing YAML that means the same to kubectl, kustomize, Python and every YAML 1.2 reader.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_yaml::{DoubleQuoted, LitStr};
use zeroize::Zeroizing;

use crate::plain::is_unambiguous;
use crate::text::is_printable;

/// Why something could not be written. None of it says anything about values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The type cannot be written as JSON either, or holds a fraction.
    #[error("only maps with string keys, lists, strings, booleans and integers can be written")]
    Unsupported,
}

/// Writes a value as one YAML document, in the order in which it serializes, with a line break
/// at its end and no `---`.
///
/// A string of several lines becomes a `|` block if it is plain text throughout; any string
/// that some reader could take for something else is quoted; base64 stays on one line.
///
/// # Errors
/// [`Error::Unsupported`] for what JSON cannot say, and for fractions.
pub fn to_yaml<T: Serialize>(value: &T) -> Result<String, Error> {
    // Through JSON's text and not its Value, which would sort the fields.
    let json = serde_json::to_vec(value).map_err(|_| Error::Unsupported)?;
    let json = Zeroizing::new(json);
    let tree: Tree = serde_json::from_slice(&json).map_err(|_| Error::Unsupported)?;
    let options = serde_yaml::ser_options! { prefer_block_scalars: false };
    serde_yaml::to_string_with_options(&tree, options).map_err(|_| Error::Unsupported)
}

/// What is to be written. Strings may be plaintext.
enum Tree {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Text(Zeroizing<String>),
    List(Vec<Self>),
    Map(Vec<(Zeroizing<String>, Self)>),
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Unsigned(value) => serializer.serialize_u64(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Text(text) if is_block(text) => LitStr(text).serialize(serializer),
            Self::Text(text) => one_line(text, serializer),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(&Key(key), value)?;
                }
                map.end()
            }
        }
    }
}

/// A key stands on one line whatever it holds.
struct Key<'t>(&'t str);

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        one_line(self.0, serializer)
    }
}

/// Plain only where our own reader takes it as it stands; serde-saphyr quotes for syntax.
fn one_line<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let plain = is_unambiguous(text) && text.bytes().all(|b| (b' '..=b'~').contains(&b));
    if plain {
        serializer.serialize_str(text)
    } else {
        DoubleQuoted(text).serialize(serializer)
    }
}

/// Whether every reader reads a literal block with this text back: lines of printable text
/// without white space at their ends or tabs, no empty line at either end, and nothing that
/// looks like the end of a document.
fn is_block(text: &str) -> bool {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    lines.contains('\n')
        && !lines.starts_with([' ', '\n'])
        && !lines.ends_with('\n')
        && lines.split('\n').all(|line| !line.ends_with(' '))
        && lines
            .chars()
            .all(|c| c == '\n' || (is_printable(c) && !c.is_control() && !is_break(c)))
}

fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without fractions")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Unsigned(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Signed(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Tree, E> {
        Ok(Tree::Text(Zeroizing::new(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = access.next_entry::<String, Tree>()? {
            entries.push((Zeroizing::new(key), value));
        }
        Ok(Tree::Map(entries))
    }
}
