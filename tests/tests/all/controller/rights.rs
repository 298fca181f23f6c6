//! What an installation puts into a cluster before the controller runs.

use std::sync::OnceLock;

use serde_json::Value;

use crate::desk::{Desk, parse};

/// The controller's namespace.
pub(crate) const HOME: &str = "bulla-system";
/// Its service account.
pub(crate) const ACCOUNT: &str = "bulla-controller";

/// All that `bulla install` prints, in its order.
pub(crate) fn installation() -> &'static [Value] {
    static DOCUMENTS: OnceLock<Vec<Value>> = OnceLock::new();
    DOCUMENTS.get_or_init(|| {
        let image = [
            "install",
            "--image",
            "registry.example/bulla-controller:test",
        ];
        let text = Desk::new().prints(image);
        text.split("\n---\n").map(parse).collect()
    })
}

/// The custom resources.
pub(crate) fn definitions() -> Vec<Value> {
    let mut documents = installation().to_vec();
    documents.retain(|document| document["kind"] == "CustomResourceDefinition");
    assert_eq!(documents.len(), 2);
    documents
}

/// The controller's role.
pub(crate) fn role() -> Value {
    let mut documents = installation().iter();
    let role = documents.find(|document| document["kind"] == "ClusterRole");
    role.unwrap().clone()
}
