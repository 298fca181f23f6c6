//! The CustomResourceDefinitions as they are installed.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt as _;
use serde_json::json;

use crate::{SealedSecret, SealedSecretRevision};

/// The CustomResourceDefinitions of SealedSecrets and of SealedSecretRevisions, in this order.
///
/// The `status` of a SealedSecret has a default: kstatus, and with it Flux and `kubectl wait`, take
/// an object without any status as current, before the controller has seen it at all.
pub fn crds() -> [CustomResourceDefinition; 2] {
    let mut crds = [SealedSecret::crd(), SealedSecretRevision::crd()];
    let versions = crds.iter_mut().flat_map(|crd| &mut crd.spec.versions);
    for version in versions {
        let root = version.schema.as_mut();
        let Some(root) = root.and_then(|schema| schema.open_api_v3_schema.as_mut()) else {
            continue;
        };
        refuse_null(root);
        if let Some(status) = root.properties.get_or_insert_default().get_mut("status") {
            status.default = Some(JSON(json!({ "observedGeneration": -1 })));
        }
    }
    crds
}

/// schemars makes whatever is an `Option` nullable. A field that may be absent need not also be
/// null: the format knows one way to leave a thing out.
fn refuse_null(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    for property in schema.properties.iter_mut().flat_map(|p| p.values_mut()) {
        refuse_null(property);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        refuse_null(items);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        refuse_null(values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Run with `BULLA_BLESS=1` to write the golden file anew.
    #[test]
    fn the_golden_file_is_what_is_installed() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/crd.yaml");
        let printed = crds().map(|crd| serde_yaml::to_string(&crd).unwrap());
        let printed = printed.join("---\n");
        if std::env::var_os("BULLA_BLESS").is_some() {
            std::fs::write(path, &printed).unwrap();
        }
        assert_eq!(printed, std::fs::read_to_string(path).unwrap());
    }

    #[test]
    fn the_status_has_its_default() {
        let [sealed_secret, revision] = crds().map(|crd| serde_json::to_value(crd).unwrap());
        let properties = "/spec/versions/0/schema/openAPIV3Schema/properties";
        let properties = |crd: &serde_json::Value| crd.pointer(properties).unwrap().clone();
        let status = &properties(&sealed_secret)["status"];
        assert_eq!(status["default"], json!({ "observedGeneration": -1 }));
        assert_eq!(properties(&revision).get("status"), None);
    }
}
