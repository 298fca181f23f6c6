//! What an installation puts into a cluster before the controller runs.

use std::path::Path;

use serde_json::{Value, json};

use crate::desk::parse;

/// The controller's namespace.
pub(crate) const HOME: &str = "bulla-system";
/// Its service account.
pub(crate) const ACCOUNT: &str = "bulla-controller";

/// The custom resources.
pub(crate) fn definitions() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/resource/crd.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    text.split("\n---\n").map(parse).collect()
}

/// The service account and its roles, and nothing that they do not grant.
pub(crate) fn account_and_roles() -> Vec<Value> {
    let rbac = "rbac.authorization.k8s.io/v1";
    let subject = json!([{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": HOME}]);
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}}),
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": ACCOUNT, "namespace": HOME},
        }),
        json!({
            "apiVersion": rbac, "kind": "ClusterRole", "metadata": {"name": ACCOUNT},
            "rules": [
                {"apiGroups": ["bulla.dev"], "resources": ["sealedsecrets"], "verbs": ["get", "list", "watch"]},
                {"apiGroups": ["bulla.dev"], "resources": ["sealedsecrets/status"], "verbs": ["patch"]},
                {"apiGroups": ["bulla.dev"], "resources": ["sealedsecretrevisions"], "verbs": ["create"]},
                {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "get"]},
                {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create"]},
            ],
        }),
        json!({
            "apiVersion": rbac, "kind": "ClusterRoleBinding", "metadata": {"name": ACCOUNT},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ACCOUNT},
            "subjects": subject,
        }),
    ]
}
