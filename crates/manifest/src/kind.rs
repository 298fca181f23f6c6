//! Telling which documents concern bulla, without reading the others.

use crate::document::Document;
use crate::node::{Content, Mapping, Node, Scalar, Tag};
use crate::path::Path;
use crate::problem::Problems;
use crate::reason::Reason;
use crate::scalar;
use crate::strict::Report;

/// What a document is to bulla.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or nothing but comments.
    Empty,
    /// A Secret of the core API: `apiVersion: v1`; or another version without a group (`/v1` has
    /// an empty one), or none at all. The Secret's reader refuses these: they are misspelt, and
    /// hold plaintext all the same, which the API server takes in some spellings.
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

/// bulla's own API group.
const GROUP: &str = "bulla.dev";

const NOT_EMPTY: &str = "a string that is not empty";

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
    inherited: Option<&str>,
) -> Kind {
    let Some(mapping) = node.as_mapping() else {
        return Kind::Other;
    };
    unambiguous(mapping, path, report);
    // What is no string has been reported.
    let text = |name| scalar::string(mapping.get(name)?).ok();
    let kind = text("kind").or(inherited).unwrap_or_default();
    let version = text("apiVersion").unwrap_or_default();
    // As Go's ParseGroupVersion: no group, as an empty one, is the core API's.
    let group = version.split_once('/').map_or("", |(group, _)| group);
    match (group, kind) {
        ("", "Secret") => return Kind::Secret,
        (GROUP, "SealedSecret") => {
            // kubectl would apply the items and nothing else.
            if let Some(items) = mapping.get("items") {
                report.add(items, &path.field("items"), Reason::UnknownField(None));
            }
            return Kind::SealedSecret;
        }
        _ => {}
    }
    let Some(items) = mapping.get("items") else {
        return Kind::Other;
    };
    let items_path = path.field("items");
    let Content::Sequence(items) = &items.content else {
        return Kind::Other;
    };
    // As kubectl, which gives a list's kind without the suffix to items that have none.
    let inherited = kind.strip_suffix("List");
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
        let Some(scalar) = key.as_scalar() else {
            continue;
        };
        let name = scalar.text();
        if scalar.unsettled {
            // `{?kind: x}`: to some the key `kind`. Of `{a:b}` a part was meant as a value.
            report.add(key, path, Reason::AmbiguousKey);
        } else if name == "<<" {
            report.add(key, path, Reason::MergeKey);
        } else if name == "items" {
            items_are_plain(value, &path.field(name), report);
        } else if FIELDS.contains(&name) {
            let path = path.field(name);
            match scalar::string(value) {
                // As if it were not there, to kubectl.
                Ok("") => report.add(value, &path, Reason::Expected(NOT_EMPTY.to_owned())),
                Ok(_) => {}
                Err(reason) => report.add(value, &path, reason),
            }
        }
    }
}

fn items_are_plain(value: &Node<'_>, path: &Path<'_>, report: &mut Report<'_>) {
    match (&value.content, value.tag) {
        (Content::Alias, _) => report.add(value, path, Reason::Alias),
        (_, Tag::Binary) => report.add(value, path, Reason::BinaryTag),
        (Content::Scalar(_), Tag::Other) => report.add(value, path, Reason::Tag),
        (Content::Scalar(scalar), _) if scalar.unsettled => {
            report.add(value, path, Reason::Ambiguous);
        }
        _ => {}
    }
}
