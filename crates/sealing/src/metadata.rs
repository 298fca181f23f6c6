//! What becomes of the labels and annotations of a Secret that is sealed: kept, dropped or
//! refused. They are public, and they are the native Secret's.

use std::collections::BTreeMap;

use bulla_manifest::secret::Secret;
use bulla_plaintext::Plaintext;
use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::seal::{Refusal, Warning};

/// Keys that servers and tools add to what they apply. They describe that act, not the Secret, and
/// some repeat the whole Secret. A trailing `/` stands for all keys below.
///
/// Sources: kubectl (`last-applied-configuration` holds all values; `restartedAt`), kapp
/// (`original` holds all values), Rancher (`objectset.rio.cattle.io/applied` likewise, compressed),
/// Argo CD (resource tracking), Helm (release ownership), Flux (ownership), kustomize (build
/// annotations).
const ADDED_BY_TOOLS: [&str; 19] = [
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "argocd.argoproj.io/instance",
    "argocd.argoproj.io/tracking-id",
    "bulla.dev/",
    "config.kubernetes.io/origin",
    "field.cattle.io/",
    "helm.sh/chart",
    "helm.toolkit.fluxcd.io/",
    "kapp.k14s.io/",
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubectl.kubernetes.io/restartedAt",
    "kustomize.toolkit.fluxcd.io/",
    "lifecycle.cattle.io/",
    "meta.helm.sh/",
    "objectset.rio.cattle.io/",
    "alpha.config.kubernetes.io/transformations",
    "internal.config.kubernetes.io/",
    "sealedsecrets.bitnami.com/",
];

/// Values shorter than this are found everywhere by chance.
const SHORTEST_FOUND: usize = 8;

/// Labels and annotations for the template.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) warnings: Vec<Warning>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Labels,
    Annotations,
}

impl Part {
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Annotations => "annotations",
        }
    }
}

pub(crate) fn keep(secret: &Secret) -> Result<Kept, Vec<Refusal>> {
    let mut kept = Kept::default();
    let mut refused = Vec::new();
    let shapes = shapes(&secret.data);
    for (part, pairs) in [
        (Part::Labels, &secret.labels),
        (Part::Annotations, &secret.annotations),
    ] {
        for (key, value) in pairs {
            match look(part, key, value, &shapes) {
                Verdict::Drop => continue,
                Verdict::Keep => {}
                Verdict::Warn(warning) => kept.warnings.push(warning),
                Verdict::Refuse(refusal) => {
                    refused.push(refusal);
                    continue;
                }
            }
            let to = match part {
                Part::Labels => &mut kept.labels,
                Part::Annotations => &mut kept.annotations,
            };
            to.insert(key.clone(), value.to_string());
        }
    }
    if refused.is_empty() {
        Ok(kept)
    } else {
        Err(refused)
    }
}

enum Verdict {
    Drop,
    Keep,
    Refuse(Refusal),
    Warn(Warning),
}

fn look(part: Part, key: &str, value: &Zeroizing<String>, shapes: &[Shape<'_>]) -> Verdict {
    let is_added = |added: &&str| match added.strip_suffix('/') {
        Some(domain) => key
            .strip_prefix(domain)
            .is_some_and(|rest| rest.starts_with('/')),
        None => key == *added,
    };
    if ADDED_BY_TOOLS.iter().any(is_added) {
        return Verdict::Drop;
    }
    if let Some(tool) = bulla_resource::acting_tool(key, value) {
        let key = key.to_owned();
        return Verdict::Refuse(Refusal::ActingMetadata { part, key, tool });
    }
    match shown(part, key, value, shapes) {
        Shown::Nothing => Verdict::Keep,
        Shown::Name(warning) => Verdict::Warn(warning),
        Shown::Value { item } => Verdict::Refuse(Refusal::ShowsValue {
            part,
            key: key.to_owned(),
            item,
        }),
    }
}

/// What is to be said of these values beside labels and annotations that are in a sealed file.
pub(crate) fn check_template<'t>(
    labels: impl IntoIterator<Item = (&'t String, &'t String)>,
    annotations: impl IntoIterator<Item = (&'t String, &'t String)>,
    values: &BTreeMap<String, Plaintext>,
) -> Result<Vec<Warning>, Vec<Refusal>> {
    let shapes = shapes(values);
    let labels = labels.into_iter().map(|pair| (Part::Labels, pair));
    let annotations = annotations.into_iter();
    let annotations = annotations.map(|pair| (Part::Annotations, pair));
    let mut warnings = Vec::new();
    let mut refused = Vec::new();
    for (part, (key, text)) in labels.chain(annotations) {
        if let Some(tool) = bulla_resource::acting_tool(key, text) {
            let key = key.clone();
            refused.push(Refusal::TemplateActs { part, key, tool });
        }
        match shown(part, key, text, &shapes) {
            Shown::Nothing => {}
            Shown::Name(warning) => warnings.push(warning),
            Shown::Value { item } => {
                let key = key.clone();
                refused.push(Refusal::TemplateShowsValue { part, key, item });
            }
        }
    }
    match refused.is_empty() {
        true => Ok(warnings),
        false => Err(refused),
    }
}

enum Shown {
    Nothing,
    Name(Warning),
    Value { item: String },
}

fn shown(part: Part, key: &str, text: &str, shapes: &[Shape<'_>]) -> Shown {
    let Some(item) = shown_item(text, shapes) else {
        return Shown::Nothing;
    };
    // A user name or a database is often also the label of its application.
    if part == Part::Labels && is_plain_name(text) {
        let label = key.to_owned();
        return Shown::Name(Warning::LabelShowsValue { label, item });
    }
    Shown::Value { item }
}

/// What a value looks like where it should not be seen.
struct Shape<'s> {
    item: &'s str,
    raw: Option<&'s str>,
    base64: Zeroizing<String>,
}

/// The values that are long enough to be told from chance, without the line break that a block
/// scalar or an editor puts at their end.
fn shapes(values: &BTreeMap<String, Plaintext>) -> Vec<Shape<'_>> {
    let shapes = values.iter().filter_map(|(item, value)| {
        let value = value.expose().trim_ascii_end();
        let base64 = Zeroizing::new(BASE64.encode(value));
        // The last group could go on with other bits.
        let whole_groups = base64.len() - if base64.ends_with('=') { 4 } else { 0 };
        let base64 = Zeroizing::new(base64.get(..whole_groups).unwrap_or_default().to_owned());
        (value.len() >= SHORTEST_FOUND).then(|| Shape {
            item,
            raw: std::str::from_utf8(value).ok(),
            base64,
        })
    });
    shapes.collect()
}

/// The key of a value that `text` contains, as it is or in base64 of its own.
fn shown_item(text: &str, shapes: &[Shape<'_>]) -> Option<String> {
    let shown = shapes.iter().find(|shape| {
        let is_raw = shape.raw.is_some_and(|raw| text.contains(raw));
        is_raw || text.contains(shape.base64.as_str())
    });
    shown.map(|shape| shape.item.to_owned())
}

/// Lower-case letters, digits and dashes, beginning with a letter: what names look like, and
/// generated passwords do not.
fn is_plain_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_plaintext::Plaintext;
    use insta::assert_snapshot;

    fn secret(labels: &[(&str, &str)], annotations: &[(&str, &str)]) -> Secret {
        let map = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(key, value)| ((*key).to_owned(), Zeroizing::new((*value).to_owned())))
                .collect()
        };
        let value = |text: &str| Plaintext::from(text.as_bytes().to_vec());
        Secret {
            name: "db".into(),
            namespace: None,
            type_: "Opaque".into(),
            labels: map(labels),
            annotations: map(annotations),
            immutable: None,
            data: BTreeMap::from([
                ("database".into(), value("inventory")),
                ("password".into(), value("Tr0ub4dor")),
                ("pin".into(), value("1234")),
                ("token".into(), value("tok-51-en-4242\n")),
            ]),
        }
    }

    fn refusal(labels: &[(&str, &str)], annotations: &[(&str, &str)]) -> String {
        let refused = keep(&secret(labels, annotations)).expect_err("refused");
        let [refusal] = refused.as_slice() else {
            panic!("one refusal")
        };
        format!("{}: {refusal}", refusal.path().join(" "))
    }

    #[test]
    fn what_a_person_wrote_is_kept() {
        let labels = [
            ("app", "shop"),
            ("app.kubernetes.io/name", "shop"),
            ("owner", "team-shop"),
        ];
        let kept = keep(&secret(&labels, &[("note", "port 1234")])).unwrap();
        assert_eq!((kept.labels.len(), kept.annotations.len()), (3, 1));
        assert_eq!(kept.warnings, []);
    }

    #[test]
    fn what_tools_add_is_dropped_even_if_it_holds_the_values() {
        let last_applied = "{\"stringData\":{\"password\":\"Tr0ub4dor\"}}";
        let annotations = [
            (
                "kubectl.kubernetes.io/last-applied-configuration",
                last_applied,
            ),
            ("kapp.k14s.io/original", last_applied),
            ("objectset.rio.cattle.io/applied", "H4sI"),
            ("argocd.argoproj.io/tracking-id", "shop"),
            ("meta.helm.sh/release-name", "shop"),
            ("sealedsecrets.bitnami.com/managed", "true"),
        ];
        let labels = [
            ("app.kubernetes.io/managed-by", "Helm"),
            ("helm.sh/chart", "shop-1"),
        ];
        let kept = keep(&secret(&labels, &annotations)).unwrap();
        assert!(kept.labels.is_empty() && kept.annotations.is_empty());
    }

    #[test]
    fn what_makes_others_act_is_refused() {
        assert_snapshot!(refusal(&[("argocd.argoproj.io/secret-type", "cluster")], &[]), @"metadata labels argocd.argoproj.io/secret-type: makes Argo CD act on the Secret, which no sealed file may; remove it");
        assert_snapshot!(refusal(&[], &[("kubernetes.io/service-account.name", "admin")]), @"metadata annotations kubernetes.io/service-account.name: makes Kubernetes act on the Secret, which no sealed file may; remove it");
        assert_snapshot!(refusal(&[("owner", "helm")], &[]), @"metadata labels owner: makes Helm act on the Secret, which no sealed file may; remove it");
        assert_snapshot!(refusal(&[("grafana_dashboard", "1")], &[]), @"metadata labels grafana_dashboard: makes Grafana act on the Secret, which no sealed file may; remove it");
    }

    #[test]
    fn what_shows_a_value_is_refused_raw_and_in_base64() {
        assert_snapshot!(refusal(&[], &[("note", "it is Tr0ub4dor, mind")]), @"metadata annotations note: shows the value of `password` to everybody who reads the file; remove it");
        assert_snapshot!(refusal(&[], &[("note", "x:VHIwdWI0ZG9y")]), @"metadata annotations note: shows the value of `password` to everybody who reads the file; remove it");
        assert_snapshot!(refusal(&[], &[("note", "tok-51-en-4242")]), @"metadata annotations note: shows the value of `token` to everybody who reads the file; remove it");
        assert_snapshot!(refusal(&[], &[("note", "dG9rLTUxLWVuLTQyNDIK")]), @"metadata annotations note: shows the value of `token` to everybody who reads the file; remove it");
        assert_snapshot!(refusal(&[("pw", "Tr0ub4dor")], &[]), @"metadata labels pw: shows the value of `password` to everybody who reads the file; remove it");
        assert_snapshot!(refusal(&[], &[("note", "inventory")]), @"metadata annotations note: shows the value of `database` to everybody who reads the file; remove it");
    }

    #[test]
    fn a_label_that_is_also_a_plain_name_is_kept_with_a_warning() {
        let kept = keep(&secret(&[("app", "inventory")], &[])).unwrap();
        assert_eq!(kept.labels["app"], "inventory");
        assert_snapshot!(kept.warnings[0], @"label `app` shows the value of `database` to everybody who reads the file");
    }
}
