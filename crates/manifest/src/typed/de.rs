//! serde over nodes. It exists because errors must carry places and must not carry values:
//! serde_json's are text, with the value inside.

use std::fmt;

use serde::de::{self, DeserializeSeed, Expected, Unexpected, Visitor};

use crate::node::{Content, Node, Position};
use crate::path::shown;
use crate::reason::Reason;
use crate::scalar::{self, Value};

/// Why a type refused a document; collects its place on the way out.
#[derive(Debug)]
pub(super) struct Failure {
    reason: Reason,
    at: Option<Position>,
    /// From the innermost step outwards.
    path: Vec<String>,
}

impl Failure {
    fn new(reason: Reason) -> Self {
        Self {
            reason,
            at: None,
            path: Vec::new(),
        }
    }

    fn at(mut self, node: &Node<'_>) -> Self {
        self.at.get_or_insert(node.start());
        self
    }

    fn below(mut self, step: String) -> Self {
        self.path.push(step);
        self
    }

    pub(super) fn placed(self, otherwise: Position) -> (Position, String, Reason) {
        let mut path = String::new();
        for step in self.path.iter().rev() {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        (self.at.unwrap_or(otherwise), path, self.reason)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new(Reason::Invalid)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let scalar = !matches!(found, Unexpected::Seq | Unexpected::Map);
        Self::new(if scalar && expected.contains("string") {
            Reason::ExpectedText(expected)
        } else {
            Reason::Expected(expected)
        })
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Reason::Expected(expected.to_string()))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(Reason::Expected(expected.to_string()))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Reason::UnknownVariant(expected.join(", ")))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let similar = expected
            .iter()
            .find(|known| known.eq_ignore_ascii_case(field));
        Self::new(Reason::UnknownField(similar.copied()))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Reason::Missing).below(step(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Reason::DuplicateKey).below(step(field))
    }
}

fn step(key: &str) -> String {
    crate::path::Path::Root.key(key).to_string()
}

#[derive(Clone, Copy)]
pub(super) struct Deserializer<'n, 'a> {
    node: &'n Node<'a>,
}

impl<'n, 'a> Deserializer<'n, 'a> {
    pub(super) fn new(node: &'n Node<'a>) -> Self {
        Self { node }
    }

    fn value(self) -> Result<Value<'n>, Failure> {
        scalar::value(self.node).map_err(|reason| {
            let reason = match reason {
                Reason::Ambiguous => Reason::Unsettled,
                reason => reason,
            };
            Failure::new(reason).at(self.node)
        })
    }

    /// Derived types would take a list for their fields in order, and of anything else they would
    /// say that it is not what they are called in Rust.
    fn map<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.node.as_mapping().is_none() {
            return Err(Failure::new(Reason::Expected("a map".to_owned())).at(self.node));
        }
        de::Deserializer::deserialize_any(self, visitor)
    }

    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.content {
            Content::Sequence(sequence) => visitor.visit_seq(Items {
                items: sequence.items().iter().enumerate(),
            }),
            Content::Mapping(mapping) => visitor.visit_map(Entries {
                entries: mapping.entries().iter(),
                current: None,
            }),
            _ => match self.value()? {
                Value::Null => visitor.visit_unit(),
                Value::Bool(value) => visitor.visit_bool(value),
                Value::Integer(digits) => {
                    if let Ok(value) = digits.parse::<u64>() {
                        visitor.visit_u64(value)
                    } else if let Ok(value) = digits.parse::<i64>() {
                        visitor.visit_i64(value)
                    } else {
                        Err(Failure::new(Reason::Number))
                    }
                }
                Value::Text(text) => visitor.visit_str(text),
            },
        }
    }
}

impl<'de> de::Deserializer<'de> for Deserializer<'_, '_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.any(visitor).map_err(|failure| failure.at(self.node))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let null = self.node.as_scalar().is_some() && matches!(self.value()?, Value::Null);
        if null {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor
            .visit_newtype_struct(self)
            .map_err(|failure| failure.at(self.node))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let read = match &self.node.content {
            Content::Mapping(mapping) => match mapping.entries() {
                [(key, value)] => visitor.visit_enum(Variant { key, value }),
                _ => Err(Failure::new(Reason::Expected(
                    "a map with one key".to_owned(),
                ))),
            },
            _ => match self.value()? {
                Value::Text(text) => de::Deserializer::deserialize_enum(
                    de::IntoDeserializer::<Failure>::into_deserializer(text),
                    name,
                    variants,
                    visitor,
                ),
                _ => Err(Failure::new(Reason::UnknownVariant(variants.join(", ")))),
            },
        };
        read.map_err(|failure| failure.at(self.node))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

struct Items<'n, 'a> {
    items: std::iter::Enumerate<std::slice::Iter<'n, Node<'a>>>,
}

impl<'de> de::SeqAccess<'de> for Items<'_, '_> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        let Some((index, node)) = self.items.next() else {
            return Ok(None);
        };
        seed.deserialize(Deserializer::new(node))
            .map(Some)
            .map_err(|failure| failure.at(node).below(format!("[{index}]")))
    }
}

struct Entries<'n, 'a> {
    entries: std::slice::Iter<'n, (Node<'a>, Node<'a>)>,
    current: Option<(&'n Node<'a>, &'n Node<'a>)>,
}

impl<'de> de::MapAccess<'de> for Entries<'_, '_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.current = Some((key, value));
        seed.deserialize(Deserializer::new(key))
            .map(Some)
            .map_err(|failure| failure.at(key).below(key_step(key)))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let Some((key, value)) = self.current.take() else {
            return Err(Failure::new(Reason::Invalid));
        };
        seed.deserialize(Deserializer::new(value))
            .map_err(|failure| failure.at(value).below(key_step(key)))
    }
}

fn key_step(key: &Node<'_>) -> String {
    let key = scalar::key(key).map_or_else(|_| String::new(), shown);
    step(&key)
}

/// An enum's variant with content: a map with the variant's name as its one key.
struct Variant<'n, 'a> {
    key: &'n Node<'a>,
    value: &'n Node<'a>,
}

impl<'de> de::EnumAccess<'de> for Variant<'_, '_> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Failure> {
        let variant = seed
            .deserialize(Deserializer::new(self.key))
            .map_err(|failure| failure.at(self.key))?;
        Ok((variant, self))
    }
}

impl Variant<'_, '_> {
    fn content<T>(
        self,
        read: impl FnOnce(Deserializer<'_, '_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        read(Deserializer::new(self.value))
            .map_err(|failure| failure.at(self.value).below(key_step(self.key)))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, '_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        self.content(|content| <() as de::Deserialize>::deserialize(content))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        self.content(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.content(|content| de::Deserializer::deserialize_seq(content, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.content(|content| de::Deserializer::deserialize_map(content, visitor))
    }
}
