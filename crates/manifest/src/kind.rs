//! Telling which documents concern bulla, without reading the others.

use crate::document::Document;
use crate::node::{Content, Mapping, Node, Scalar, Style, Tag};
use crate::path::Path;
use crate::plain::{Plain, plain};
use crate::problem::Problems;
use crate::reason::Reason;
use crate::strict::Report;

/// What a document is to bulla.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or nothing but comments.
    Empty,
    /// A Secret of the core API: `apiVersion: v1`; or another version without a group, or none
    /// at all, both of which the Secret's reader refuses: they are misspelt and hold plaintext
    /// all the same.
    Secret,
    /// Something with `items` of which at least one is a Secret, at any depth. kubectl applies
    /// such items whatever the kind is called.
    List,
    /// A SealedSecret of bulla's API group, of any version.
    SealedSecret,
    /// Anything else; it is none of our business.
    Other,
}

const FIELDS: [&str; 3] = ["apiVersion", "kind", "items"];

/// bulla's own API group, with the separator before the version.
const GROUP: &str = "bulla.dev/";

pub(crate) fn of(document: &Document<'_>) -> Result<Kind, Problems> {
    let Some(root) = &document.root else {
        return Ok(Kind::Empty);
    };
    let mut report = Report::new(document);
    let kind = classify(root, &Path::Root, &mut report, None);
    Problems::or(report.problems, kind)
}

/// `inherited` is what an item without a kind of its own is: in a `SecretList` a Secret.
pub(crate) fn classify(
    node: &Node<'_>,
    path: &Path<'_>,
    report: &mut Report<'_>,
    inherited: Option<Kind>,
) -> Kind {
    let Some(mapping) = node.as_mapping() else {
        return Kind::Other;
    };
    unambiguous(mapping, path, report);
    let text = |name| {
        let scalar = mapping.get(name)?.as_scalar()?;
        let null = scalar.style == Style::Plain && plain(scalar.text()) == Plain::Null;
        (!null).then(|| scalar.text())
    };
    let version = text("apiVersion");
    let kind = text("kind");
    match (version, kind) {
        (None, Some("Secret")) => return Kind::Secret,
        (Some(version), Some("Secret")) if !version.contains('/') => return Kind::Secret,
        (Some(version), Some("SealedSecret")) if version.starts_with(GROUP) => {
            return Kind::SealedSecret;
        }
        (None, None) if inherited.is_some() => return Kind::Secret,
        _ => {}
    }
    let Some(items) = mapping.get("items") else {
        return Kind::Other;
    };
    let items_path = path.field("items");
    let Content::Sequence(items) = &items.content else {
        return Kind::Other;
    };
    let inherited = (kind == Some("SecretList")).then_some(Kind::Secret);
    let mut found = Kind::Other;
    for (index, item) in items.items.iter().enumerate() {
        let path = items_path.item(index);
        if matches!(item.content, Content::Alias) {
            report.add(item, &path, Reason::Alias);
        }
        if matches!(
            classify(item, &path, report, inherited),
            Kind::Secret | Kind::List
        ) {
            found = Kind::List;
        }
    }
    found
}

/// Reports what could make two readers see two kinds.
fn unambiguous(mapping: &Mapping<'_>, path: &Path<'_>, report: &mut Report<'_>) {
    for key in mapping.duplicates() {
        if let Some(name) = key.as_scalar().map(Scalar::text)
            && FIELDS.contains(&name)
        {
            report.add(key, &path.field(name), Reason::DuplicateKey);
        }
    }
    for (key, value) in &mapping.entries {
        // An alias or a tag can turn any key into `kind`.
        match (&key.content, key.tag) {
            (Content::Alias, _) => report.add(key, path, Reason::Alias),
            (_, Tag::Binary) => report.add(key, path, Reason::BinaryTag),
            (_, Tag::Other) => report.add(key, path, Reason::Tag),
            _ => {}
        }
        let Some(name) = key.as_scalar().map(Scalar::text) else {
            continue;
        };
        if name == "<<" {
            report.add(key, path, Reason::MergeKey);
        } else if FIELDS.contains(&name) {
            let path = path.field(name);
            match (&value.content, value.tag) {
                (Content::Alias, _) => report.add(value, &path, Reason::Alias),
                (_, Tag::Binary) => report.add(value, &path, Reason::BinaryTag),
                (Content::Scalar(_), Tag::Other) => report.add(value, &path, Reason::Tag),
                _ => {}
            }
        }
    }
}
