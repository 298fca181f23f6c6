//! An object for each row of the table of references.

use bulla_references::{Site, Sites};
use serde_json::{Value, json};

/// Lists on the paths, which kustomize's paths do not show.
const LISTS: [&str; 12] = [
    "containers",
    "initContainers",
    "ephemeralContainers",
    "env",
    "envFrom",
    "volumes",
    "sources",
    "imagePullSecrets",
    "tls",
    "rules",
    "secrets",
    "resourceNames",
];

const CLUSTER_SCOPED: [&str; 3] = ["PersistentVolume", "StorageClass", "ClusterRole"];

/// One reference, in an object of its own.
pub(super) struct Reference {
    pub(super) site: Site,
    /// The name of the object.
    name: String,
    /// The logical name that the reference has before the build.
    pub(super) to: String,
}

/// Which rows a layout can have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    All,
    /// Objects without a namespace see the Secrets of all namespaces, which may be too many.
    Namespaced,
}

/// References to a logical name in every kind of place.
pub(super) fn references(rows: Rows, prefix: &str, to: &str) -> Vec<Reference> {
    let sites = Sites::built_in();
    let sites = sites
        .iter()
        .enumerate()
        .filter(|(_, site)| rows == Rows::All || !CLUSTER_SCOPED.contains(&site.kind()));
    sites
        .map(|(index, site)| Reference {
            site: site.clone(),
            name: format!("{prefix}{index}"),
            to: to.to_owned(),
        })
        .collect()
}

impl Reference {
    /// The object, with the reference and beside it one that nothing is to touch.
    pub(super) fn object(&self, namespace: Option<&str>) -> Value {
        let site = &self.site;
        let steps = site.steps();
        let group = match (site.group(), site.kind()) {
            (Some(group), _) => group,
            (None, "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet") => "apps",
            (None, "Job" | "CronJob") => "batch",
            (None, "Ingress") => "networking.k8s.io",
            (None, "Role" | "ClusterRole") => "rbac.authorization.k8s.io",
            (None, "StorageClass") => "storage.k8s.io",
            (None, _) => "",
        };
        let version = site.version().unwrap_or("v1");
        let separator = if group.is_empty() { "" } else { "/" };
        let mut object = json!({
            "apiVersion": format!("{group}{separator}{version}"),
            "kind": site.kind(),
            "metadata": {"name": self.name},
        });
        if let Some(namespace) = namespace
            && !CLUSTER_SCOPED.contains(&site.kind())
        {
            object["metadata"]["namespace"] = namespace.into();
        }
        merge(&mut object, nested(&steps, &self.to));
        object
    }

    /// What the reference says in a build's output. Objects are found by name, so names that a
    /// layout changes are given with what they got.
    pub(super) fn found<'o>(
        &self,
        objects: &'o [Value],
        namespace: Option<&str>,
        around: (&str, &str),
    ) -> Vec<&'o str> {
        let name = format!("{}{}{}", around.0, self.name, around.1);
        let object = objects.iter().find(|object| {
            object["kind"] == self.site.kind()
                && object["metadata"]["name"] == name.as_str()
                && (CLUSTER_SCOPED.contains(&self.site.kind())
                    || object["metadata"]["namespace"].as_str() == namespace)
        });
        let object = object.expect(&name);
        let mut found = Vec::new();
        collect(object, &self.site.steps(), &mut found);
        found
    }
}

fn nested(steps: &[String], name: &str) -> Value {
    let Some((step, rest)) = steps.split_first() else {
        return json!(name);
    };
    let is_list = LISTS.contains(&step.as_str());
    let value = match (is_list, rest.is_empty()) {
        (true, true) => json!(["untouched", name]),
        (true, false) => {
            let other = nested(rest, "untouched");
            json!([named(other, "a"), named(nested(rest, name), "b")])
        }
        (false, _) => nested(rest, name),
    };
    json!({ step: value })
}

/// Items of lists of maps have names, except where the name is the reference itself.
fn named(mut item: Value, name: &str) -> Value {
    if let Some(map) = item.as_object_mut() {
        map.entry("name").or_insert_with(|| name.into());
    }
    item
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn collect<'o>(value: &'o Value, steps: &[String], found: &mut Vec<&'o str>) {
    match (value, steps.split_first()) {
        (Value::Array(items), _) => items.iter().for_each(|item| collect(item, steps, found)),
        (Value::String(text), None) => found.push(text),
        (Value::Object(map), Some((step, rest))) => {
            if let Some(value) = map.get(step) {
                collect(value, rest, found);
            }
        }
        _ => {}
    }
}
