//! The syntax of names, keys and label values (apimachinery: pkg/util/validation). Each
//! function returns all rules that are broken, in the server's order; none means valid.

use super::Violation;

/// The name of a Secret: a DNS-1123 subdomain.
pub fn name(name: &str) -> Vec<Violation> {
    let mut broken = Vec::new();
    if name.len() > 253 {
        broken.push(Violation::TooLong(253));
    }
    if !name.split('.').all(is_label) {
        broken.push(Violation::Subdomain);
    }
    broken
}

/// The name of a namespace: a DNS-1123 label.
pub fn namespace(name: &str) -> Vec<Violation> {
    let mut broken = Vec::new();
    if name.len() > 63 {
        broken.push(Violation::TooLong(63));
    }
    if !is_label(name) {
        broken.push(Violation::Label);
    }
    broken
}

/// A key of a Secret's data (`IsConfigMapKey`).
pub fn secret_key(key: &str) -> Vec<Violation> {
    let mut broken = Vec::new();
    if key.len() > 253 {
        broken.push(Violation::TooLong(253));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if key.is_empty() || !key.bytes().all(allowed) {
        broken.push(Violation::ConfigKey);
    }
    match key {
        "." => broken.push(Violation::Dot),
        ".." => broken.push(Violation::DotDot),
        _ if key.starts_with("..") => broken.push(Violation::StartsWithDotDot),
        _ => {}
    }
    broken
}

/// The key of a label (`IsQualifiedName`).
pub fn label_key(key: &str) -> Vec<Violation> {
    let mut broken = Vec::new();
    let name = match key.split_once('/') {
        None => key,
        Some((_, name)) if name.contains('/') => return vec![Violation::QualifiedName],
        Some((prefix, name)) => {
            if prefix.is_empty() {
                broken.push(Violation::PrefixEmpty);
            } else if !self::name(prefix).is_empty() {
                broken.push(Violation::Prefix);
            }
            name
        }
    };
    if name.is_empty() {
        broken.push(Violation::NamePartEmpty);
    } else if name.len() > 63 {
        broken.push(Violation::NamePartTooLong);
    }
    if !is_name_part(name) {
        broken.push(Violation::NamePart);
    }
    broken
}

/// The key of an annotation: as a label's, but upper case is allowed in the prefix
/// (`ValidateAnnotations` checks the lower-cased key).
pub fn annotation_key(key: &str) -> Vec<Violation> {
    label_key(&key.to_lowercase())
}

/// The value of a label (`IsValidLabelValue`).
pub fn label_value(value: &str) -> Vec<Violation> {
    let mut broken = Vec::new();
    if value.len() > 63 {
        broken.push(Violation::TooLong(63));
    }
    if !value.is_empty() && !is_name_part(value) {
        broken.push(Violation::LabelValue);
    }
    broken
}

fn is_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_name_part(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let edge = |c: char| c.is_ascii_alphanumeric();
    text.bytes().all(inner) && text.starts_with(edge) && text.ends_with(edge)
}
