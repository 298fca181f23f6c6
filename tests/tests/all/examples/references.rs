//! Where the examples' objects name Secrets: read off the Kubernetes API by hand, and not from
//! bulla's own table.

use std::collections::BTreeSet;
use std::fmt;

use bulla_tests::ControlPlane;
use serde_json::Value;

use super::cluster::get;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference {
    /// `Deployment/shop`
    object: String,
    place: &'static str,
    secret: String,
    /// What has to be in it.
    keys: Vec<String>,
    pub(super) optional: bool,
}

impl Reference {
    pub(super) fn resolves(&self, secrets: &[Value]) -> bool {
        let is_it = |secret: &&Value| secret["metadata"]["name"] == *self.secret;
        let secret = secrets.iter().find(is_it);
        let data = secret.and_then(|secret| secret["data"].as_object());
        data.is_some_and(|data| !data.is_empty() && self.keys.iter().all(|k| data.contains_key(k)))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.object, self.place, self.secret)?;
        if !self.keys.is_empty() {
            write!(f, "[{}]", self.keys.join(","))?;
        }
        match self.optional {
            true => write!(f, " optional"),
            false => Ok(()),
        }
    }
}

/// Every reference in a namespace, once.
pub(super) fn all(plane: &ControlPlane, namespace: &str) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    for object in get(plane, namespace, "deployments,ingresses,serviceaccounts") {
        let kind = object["kind"].as_str().unwrap();
        let mut finder = Finder {
            object: format!("{kind}/{}", object["metadata"]["name"].as_str().unwrap()),
            found: &mut found,
        };
        match kind {
            "Deployment" => finder.pod(&object["spec"]["template"]["spec"]),
            "Ingress" => {
                for tls in items(&object["spec"]["tls"]) {
                    finder.add("tls", &tls["secretName"], &["tls.crt", "tls.key"], tls);
                }
            }
            _ => finder.pull_secrets(&object),
        }
    }
    found
}

struct Finder<'f> {
    object: String,
    found: &'f mut BTreeSet<Reference>,
}

impl Finder<'_> {
    fn pod(&mut self, pod: &Value) {
        self.pull_secrets(pod);
        for volume in items(&pod["volumes"]) {
            let secret = &volume["secret"];
            let keys = items(&secret["items"]);
            let keys: Vec<&str> = keys.filter_map(|item| item["key"].as_str()).collect();
            self.add("volume", &secret["secretName"], &keys, secret);
        }
        for container in items(&pod["containers"]) {
            for variable in items(&container["env"]) {
                let secret = &variable["valueFrom"]["secretKeyRef"];
                let key = secret["key"].as_str().unwrap_or_default();
                self.add("env", &secret["name"], &[key], secret);
            }
            for source in items(&container["envFrom"]) {
                let secret = &source["secretRef"];
                self.add("envFrom", &secret["name"], &[], secret);
            }
        }
    }

    fn pull_secrets(&mut self, of: &Value) {
        for secret in items(&of["imagePullSecrets"]) {
            self.add("pull", &secret["name"], &[".dockerconfigjson"], secret);
        }
    }

    /// Where there is no name, there is no reference.
    fn add(&mut self, place: &'static str, name: &Value, keys: &[&str], of: &Value) {
        if let Some(name) = name.as_str() {
            self.found.insert(Reference {
                object: self.object.clone(),
                place,
                secret: name.to_owned(),
                keys: keys.iter().map(|key| (*key).to_owned()).collect(),
                optional: of["optional"] == true,
            });
        }
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// A text in which every suffix of 16 characters reads `SUFFIX`.
pub(super) fn masked(text: &str) -> String {
    let is_base32 = |c: char| matches!(c, 'a'..='z' | '2'..='7');
    let parts = text.split('-').map(|part| {
        let end = part.find(|c| !is_base32(c)).unwrap_or(part.len());
        match end {
            16 => format!("SUFFIX{}", &part[16..]),
            _ => part.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join("-")
}
