//! Writing YAML that means the same to kubectl, kustomize, Python and every YAML 1.2 reader.
//!
//! The text is laid out here and not by a crate, because no emitter can be told to quote what
//! the strict reader of this crate wants quoted: serde-saphyr, the most careful one, writes a key
//! `---a` plain, where kubectl cuts the stream.

mod print;

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

/// Why something could not be written. None of it says anything about values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The type cannot be written as JSON either, or holds a fraction.
    #[error("only maps with string keys, lists, strings, booleans and integers can be written")]
    Unsupported,
    /// A key that is a merge key to some readers even in quotes.
    #[error("a key `<<` cannot be written, because kustomize drops it even in quotes")]
    MergeKey,
    /// A key beyond what YAML takes on one line (1024 characters).
    #[error("a key of more than {} bytes cannot be written", print::LONGEST_KEY)]
    LongKey,
}

/// Writes a value as one YAML document, in the order in which it serializes, with a line break
/// at its end and no `---`.
///
/// A string of several lines becomes a `|` block if it is plain text throughout; any string
/// that some reader could take for something else is quoted; base64 stays on one line.
///
/// # Errors
/// What JSON cannot say, fractions, and keys that no style can carry.
pub fn to_yaml<T: Serialize>(value: &T) -> Result<String, Error> {
    // Through JSON's text and not its Value, which would sort the fields.
    let json = serde_json::to_vec(value).map_err(|_| Error::Unsupported)?;
    let json = Zeroizing::new(json);
    let tree: Tree = serde_json::from_slice(&json).map_err(|_| Error::Unsupported)?;
    print::document(&tree)
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
