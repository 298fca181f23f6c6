//! What the examples do to a cluster.

use std::path::Path;

use bulla_tests::ControlPlane;
use serde_json::Value;

use crate::support::printed;

pub(super) fn create_namespace(plane: &ControlPlane, name: &str) {
    printed(&mut plane.kubectl(["create", "namespace", name]));
}

pub(super) fn apply(plane: &ControlPlane, directory: &Path) {
    printed(plane.kubectl(["apply", "-k"]).arg(directory));
}

/// All objects of a kind, as the API server has them.
pub(super) fn get(plane: &ControlPlane, namespace: &str, kind: &str) -> Vec<Value> {
    let list = printed(&mut plane.kubectl(["get", kind, "-n", namespace, "-o", "json"]));
    let mut list: Value = serde_json::from_str(&list).unwrap();
    list["items"].as_array_mut().map(std::mem::take).unwrap()
}
