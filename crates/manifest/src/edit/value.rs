//! Values to put into a file, and how they look behind a key or a dash.

use serde::Serialize;
use serde_json::value::RawValue;

use super::shape::Shape;
use crate::plain::is_unambiguous;
use crate::stream::Stream;
use crate::write;

/// A value that can be written, in both of YAML's styles.
#[derive(Clone)]
pub(super) struct Value {
    /// The value as JSON, which is also YAML in flow style.
    json: String,
}

/// What stands behind a key's colon or an item's dash, and on the lines below.
pub(super) struct Rendered {
    /// Behind the colon or the dash; empty if everything stands below.
    pub(super) inline: String,
    /// The lines below, indented from the column of the key or the dash.
    pub(super) below: Vec<String>,
}

impl Value {
    pub(super) fn new<T: Serialize>(value: &T) -> Result<Self, write::Error> {
        let json = serde_json::to_string(value).map_err(|_| write::Error::Unsupported)?;
        // Whatever can be written as a block is then known to be sound.
        write::to_yaml(value)?;
        Ok(Self { json })
    }

    pub(super) fn list(items: &[Self]) -> Self {
        let items: Vec<&str> = items.iter().map(|item| item.json.as_str()).collect();
        Self {
            json: format!("[{}]", items.join(",")),
        }
    }

    pub(super) fn empty_map() -> Self {
        Self {
            json: "{}".to_owned(),
        }
    }

    /// A map with this value as its only entry.
    pub(super) fn within(&self, name: &str) -> Self {
        let name = serde_json::Value::from(name);
        Self {
            json: format!("{{{name}:{}}}", self.json),
        }
    }

    /// The value as a document's lines.
    pub(super) fn document(&self) -> Vec<String> {
        block(&self.json)
    }

    /// The lines of an entry of a block map.
    pub(super) fn entry(&self, name: &str) -> Vec<String> {
        block(&self.within(name).json)
    }

    /// The lines of an item of a block list.
    pub(super) fn item(&self) -> Vec<String> {
        block(&Self::list(std::slice::from_ref(self)).json)
    }

    /// The value in flow style, on one line.
    pub(super) fn flow(&self) -> String {
        match serde_json::from_str::<serde_json::Value>(&self.json) {
            Ok(serde_json::Value::String(text)) if is_simple(&text) => text,
            _ => self.json.clone(),
        }
    }

    /// An entry of a flow map.
    pub(super) fn flow_entry(&self, name: &str) -> String {
        let quoted = serde_json::Value::from(name).to_string();
        let name = if is_simple(name) { name } else { &quoted };
        format!("{name}: {}", self.flow())
    }

    /// What a parser has to make of the value.
    pub(super) fn shape(&self) -> Option<Shape> {
        let text = yaml(&self.json)?;
        let stream = Stream::read("", text.as_bytes()).ok()?;
        stream.documents().first().map(Shape::of)
    }
}

impl Rendered {
    /// Behind a key.
    pub(super) fn of_entry(value: &Value) -> Self {
        Self::split(value.entry("k"), "k:")
    }

    /// Behind a dash.
    pub(super) fn of_item(value: &Value) -> Self {
        Self::split(value.item(), "-")
    }

    fn split(lines: Vec<String>, head: &str) -> Self {
        let mut lines = lines.into_iter();
        let first = lines.next().unwrap_or_default();
        Self {
            inline: first
                .strip_prefix(head)
                .unwrap_or_default()
                .trim_start()
                .to_owned(),
            below: lines.collect(),
        }
    }
}

/// Whether a text needs no quotes, not even between brackets. Narrower than any grammar.
fn is_simple(text: &str) -> bool {
    is_unambiguous(text)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-'))
}

fn block(json: &str) -> Vec<String> {
    let text = yaml(json).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// JSON as YAML, in its own order.
fn yaml(json: &str) -> Option<String> {
    let json: &RawValue = serde_json::from_str(json).ok()?;
    write::to_yaml(&json).ok()
}
