//! Reading a document as a Secret.

use std::collections::BTreeMap;

use bulla_plaintext::Plaintext;
use zeroize::Zeroizing;

use super::{OPAQUE, Secret, base64};
use crate::document::Document;
use crate::kind::Kind;
use crate::node::{Content, Mapping, Node, Position};
use crate::path::Path;
use crate::problem::Problems;
use crate::reason::Reason;
use crate::rules::{self, Field};
use crate::scalar;
use crate::strict::Report;

/// kubernetes: core/v1 Secret
const FIELDS: [&str; 7] = [
    "apiVersion",
    "kind",
    "metadata",
    "data",
    "stringData",
    "type",
    "immutable",
];

/// The fields of metadata that are kept.
const METADATA: [&str; 4] = ["name", "namespace", "labels", "annotations"];

/// What servers and clients add to metadata (apimachinery: meta/v1 ObjectMeta). It says nothing
/// about the Secret that is wanted.
const DROPPED: [&str; 11] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Reads a document of [`Kind::Secret`], under the API server's rules for its type.
///
/// # Errors
/// All that is wrong with it, and [`Reason::NotSecret`] for a document of another kind.
pub fn read(document: &Document<'_>) -> Result<Secret, Problems> {
    let not_secret = |at| document.at(at, String::new(), Reason::NotSecret).into();
    let Some(root) = document.root() else {
        return Err(not_secret(None));
    };
    if document.kind()? != Kind::Secret {
        return Err(not_secret(Some(root.start)));
    }
    read_node(document, root, &Path::Root, true)
}

/// Reads a document that holds values and nothing else: `data`, `stringData` or both, as a Secret
/// has them, under the API server's rules for them. A key may not be in both. A document without
/// content holds no values.
///
/// # Errors
/// All that is wrong with it.
pub fn read_values(document: &Document<'_>) -> Result<BTreeMap<String, Plaintext>, Problems> {
    let mut values = BTreeMap::new();
    let Some(root) = document.root() else {
        return Ok(values);
    };
    let mut reader = Reader {
        report: Report::new(document),
        positions: BTreeMap::new(),
    };
    reader.report.structure(root, &Path::Root);
    if let Some(mapping) = reader.mapping(root, &Path::Root) {
        reader.known_fields(mapping, &Path::Root, &["data", "stringData"], &[]);
        reader.values(mapping, &Path::Root, &mut values);
        reader.in_both(mapping);
    }
    if reader.report.problems.is_empty() {
        for finding in rules::check_data(&values) {
            let at = reader.positions.get(&finding.field).copied();
            let at = at.or(Some(root.start));
            let reason = Reason::Rule(finding.violation);
            let problem = document.at(at, finding.field.to_string(), reason);
            reader.report.problems.push(problem);
        }
    }
    Problems::or(reader.report.problems, values)
}

/// Reads a node that is known to be a Secret. In a `SecretList` it need not say so.
pub(super) fn read_node(
    document: &Document<'_>,
    node: &Node<'_>,
    path: &Path<'_>,
    says_so: bool,
) -> Result<Secret, Problems> {
    let mut reader = Reader {
        report: Report::new(document),
        positions: BTreeMap::new(),
    };
    reader.report.structure(node, path);
    let secret = reader.secret(node, path, says_so);
    if reader.report.problems.is_empty() {
        // Rules about values that could not be read would only repeat what is known.
        for finding in rules::check(&secret) {
            let mut at = reader.positions.get(&finding.field).copied();
            if let Field::DataKey(_) = finding.field {
                // A key that is missing is missing there.
                at = at.or(reader.positions.get(&Field::Data).copied());
            }
            let field = match path {
                Path::Root => finding.field.to_string(),
                _ => format!("{path}.{}", finding.field),
            };
            let reason = Reason::Rule(finding.violation);
            let at = at.or(Some(node.start));
            reader.report.problems.push(document.at(at, field, reason));
        }
    }
    Problems::or(reader.report.problems, secret)
}

struct Reader<'d> {
    report: Report<'d>,
    positions: BTreeMap<Field, Position>,
}

impl Reader<'_> {
    fn secret(&mut self, node: &Node<'_>, path: &Path<'_>, says_so: bool) -> Secret {
        let mut secret = Secret {
            name: String::new(),
            namespace: None,
            type_: OPAQUE.to_owned(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            immutable: None,
            data: BTreeMap::new(),
        };
        let Some(mapping) = self.mapping(node, path) else {
            return secret;
        };
        self.known_fields(mapping, path, &FIELDS, &[]);
        if says_so {
            self.expect(node, mapping, path, "apiVersion", "v1");
            self.expect(node, mapping, path, "kind", "Secret");
        }
        match mapping.get("metadata") {
            Some(metadata) => self.metadata(metadata, &path.field("metadata"), &mut secret),
            None => self
                .report
                .add(node, &path.field("metadata"), Reason::Missing),
        }
        if let Some(node) = mapping.get("type")
            && let Some(value) = self.optional_string(node, &path.field("type"))
        {
            secret.type_ = value.to_owned();
        }
        if let Some(node) = mapping.get("immutable") {
            let read = scalar::optional_bool(node);
            let read = self.report.check(node, &path.field("immutable"), read);
            secret.immutable = read.flatten();
        }
        self.values(mapping, path, &mut secret.data);
        secret
    }

    /// `data`, and `stringData` over it.
    fn values(
        &mut self,
        mapping: &Mapping<'_>,
        path: &Path<'_>,
        values: &mut BTreeMap<String, Plaintext>,
    ) {
        if let Some(node) = mapping.get("data") {
            self.data(node, &path.field("data"), values, |text| {
                base64::decode(text).ok_or(Reason::Base64)
            });
        }
        if let Some(node) = mapping.get("stringData") {
            self.data(node, &path.field("stringData"), values, |text| {
                Ok(Plaintext::from(text.as_bytes().to_vec()))
            });
        }
    }

    /// Reports what is under `data` and `stringData` both.
    fn in_both(&mut self, mapping: &Mapping<'_>) {
        let entries = |name| mapping.get(name).and_then(Node::as_mapping);
        let (Some(data), Some(text)) = (entries("data"), entries("stringData")) else {
            return;
        };
        for (key, _) in &text.entries {
            let Ok(name) = scalar::key(key) else { continue };
            if data.get(name).is_some() {
                let path = Path::Root.field("stringData");
                self.report.add(key, &path.entry(name), Reason::InBoth);
            }
        }
    }

    fn metadata(&mut self, node: &Node<'_>, path: &Path<'_>, secret: &mut Secret) {
        let Some(mapping) = self.mapping(node, path) else {
            return;
        };
        self.known_fields(mapping, path, &METADATA, &DROPPED);
        match mapping.get("name") {
            Some(node) => {
                self.positions.insert(Field::Name, node.start);
                let path = path.field("name");
                match self.optional_string(node, &path) {
                    Some(name) => secret.name = name.to_owned(),
                    None if self.report.problems.is_empty() => {
                        self.report.add(node, &path, Reason::Missing);
                    }
                    None => {}
                }
            }
            None if mapping.get("generateName").is_some() => {
                self.report.add(node, path, Reason::GeneratedName);
            }
            None => self.report.add(node, &path.field("name"), Reason::Missing),
        }
        if let Some(node) = mapping.get("namespace") {
            self.positions.insert(Field::Namespace, node.start);
            let value = self.optional_string(node, &path.field("namespace"));
            secret.namespace = value.map(str::to_owned);
        }
        if let Some(node) = mapping.get("labels") {
            secret.labels = self.strings(node, &path.field("labels"), Field::Label);
        }
        if let Some(node) = mapping.get("annotations") {
            self.positions.insert(Field::Annotations, node.start);
            let path = path.field("annotations");
            secret.annotations = self.strings(node, &path, Field::Annotation);
        }
    }

    /// A string of which null and the empty one mean that there is none, as on the server.
    fn optional_string<'n>(&mut self, node: &'n Node<'_>, path: &Path<'_>) -> Option<&'n str> {
        let read = self.report.check(node, path, scalar::optional_string(node));
        read.flatten().filter(|text| !text.is_empty())
    }

    /// A map; null is an empty one. Aliases are reported with the structure.
    fn mapping<'n, 'a>(&mut self, node: &'n Node<'a>, path: &Path<'_>) -> Option<&'n Mapping<'a>> {
        let is_null = matches!(scalar::optional_string(node), Ok(None));
        match &node.content {
            Content::Mapping(mapping) => return Some(mapping),
            Content::Alias => {}
            _ if is_null => {}
            _ => self
                .report
                .add(node, path, Reason::Expected("a map".to_owned())),
        }
        None
    }

    fn expect(
        &mut self,
        node: &Node<'_>,
        mapping: &Mapping<'_>,
        path: &Path<'_>,
        name: &'static str,
        wanted: &str,
    ) {
        let path = path.field(name);
        match mapping.get(name) {
            None => self.report.add(node, &path, Reason::Missing),
            Some(value) => match scalar::string(value) {
                Ok(text) if text == wanted => {}
                Ok(_) => self
                    .report
                    .add(value, &path, Reason::Expected(format!("`{wanted}`"))),
                Err(reason) => self.report.add(value, &path, reason),
            },
        }
    }

    fn known_fields(
        &mut self,
        mapping: &Mapping<'_>,
        path: &Path<'_>,
        kept: &[&'static str],
        dropped: &[&'static str],
    ) {
        for (key, _) in &mapping.entries {
            // Keys that are no strings are reported with the structure.
            let Ok(name) = scalar::key(key) else { continue };
            let known = || kept.iter().chain(dropped);
            if !known().any(|known| *known == name) {
                let similar = known().find(|known| known.eq_ignore_ascii_case(name));
                let reason = Reason::UnknownField(similar.copied());
                self.report.add(key, &path.key(name), reason);
            }
        }
    }

    fn strings(
        &mut self,
        node: &Node<'_>,
        path: &Path<'_>,
        field: fn(String) -> Field,
    ) -> BTreeMap<String, Zeroizing<String>> {
        let mut strings = BTreeMap::new();
        let Some(mapping) = self.mapping(node, path) else {
            return strings;
        };
        for (key, value) in &mapping.entries {
            let Ok(name) = scalar::key(key) else { continue };
            self.positions.insert(field(name.to_owned()), key.start);
            let read = scalar::string(value);
            if let Some(text) = self.report.check(value, &path.entry(name), read) {
                strings.insert(name.to_owned(), Zeroizing::new(text.to_owned()));
            }
        }
        strings
    }

    fn data(
        &mut self,
        node: &Node<'_>,
        path: &Path<'_>,
        data: &mut BTreeMap<String, Plaintext>,
        decode: fn(&str) -> Result<Plaintext, Reason>,
    ) {
        let Some(mapping) = self.mapping(node, path) else {
            return;
        };
        self.positions.insert(Field::Data, node.start);
        for (key, value) in &mapping.entries {
            let Ok(name) = scalar::key(key) else { continue };
            self.positions
                .insert(Field::DataKey(name.to_owned()), key.start);
            // The server keeps the key of a null, with an empty value.
            let read = scalar::optional_string(value).and_then(|text| decode(text.unwrap_or("")));
            if let Some(value) = self.report.check(value, &path.entry(name), read) {
                data.insert(name.to_owned(), value);
            }
        }
    }
}
