//! What the generated files say.

use bulla_manifest::write;
use bulla_references::{Site, Sites};
use serde::Serialize;

use crate::sealed::Named;

const OURS: &str = "# Written by `bulla kustomize sync`, again and again: changes here are lost.\n";
const SHARED: &str = "# Written by `bulla kustomize sync`; what you add stays.\n";

/// The stand-ins, the same in every sealed directory. The kind and the version are set by
/// transformers that leave no trace, so that kustomize remembers a Secret of the logical name,
/// and no second SealedSecret; the patch's text has to be a block list.
const STAND_INS: &str = r#"# They make references to the logical names final, and are never in the output: a Secret without
# data for each sealed file, called by the file's metadata.name first and by its spec.secretName
# afterwards, which is a change that kustomize follows wherever a Secret is named.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- ../files
configurations:
- nameref.yaml
transformers:
- |-
  apiVersion: builtin
  kind: ValueAddTransformer
  metadata: {name: kind}
  value: Secret
  targets:
  - selector: {group: bulla.dev, kind: SealedSecret}
    fieldPath: kind
- |-
  apiVersion: builtin
  kind: ValueAddTransformer
  metadata: {name: version}
  value: v1
  targets:
  - selector: {group: bulla.dev, kind: Secret}
    fieldPath: apiVersion
- |-
  apiVersion: builtin
  kind: PatchTransformer
  metadata: {name: name}
  target: {version: v1, kind: Secret}
  # Were a stand-in ever to leak, the type would make the server refuse it: it has no such keys.
  patch: |-
    - {op: add, path: /type, value: kubernetes.io/tls}
    - {op: add, path: /metadata/annotations, value: {config.kubernetes.io/local-config: "true"}}
    - {op: copy, from: /spec/secretName, path: /metadata/name}
    - {op: remove, path: /spec}
  options: {allowNameChange: true}
"#;

const ADD: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources:
- ../files
- ../stand-ins
";

pub(crate) fn stand_ins() -> String {
    format!("{OURS}{STAND_INS}")
}

pub(crate) fn add() -> String {
    format!("{OURS}{ADD}")
}

pub(crate) fn files() -> String {
    format!("{SHARED}apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n")
}

pub(crate) fn entry(component: bool) -> String {
    let (version, kind) = match component {
        true => ("v1alpha1", "Component"),
        false => ("v1beta1", "Kustomization"),
    };
    format!("{SHARED}apiVersion: kustomize.config.k8s.io/{version}\nkind: {kind}\n")
}

/// The rules that kustomize does not have: our own field first, which keeps `spec.secretName` in
/// step with prefixes and suffixes.
pub(crate) fn nameref(sites: &Sites) -> Result<String, write::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Configuration<'s> {
        name_reference: [Rules<'s>; 1],
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Rules<'s> {
        kind: &'static str,
        version: &'static str,
        field_specs: Vec<FieldSpec<'s>>,
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum FieldSpec<'s> {
        Own {
            group: &'static str,
            kind: &'static str,
            path: &'static str,
        },
        Site(&'s Site),
    }
    let own = FieldSpec::Own {
        group: "bulla.dev",
        kind: "SealedSecret",
        path: "spec/secretName",
    };
    let sites = sites.unknown_to_kustomize().map(FieldSpec::Site);
    let yaml = write::to_yaml(&Configuration {
        name_reference: [Rules {
            kind: "Secret",
            version: "v1",
            field_specs: std::iter::once(own).chain(sites).collect(),
        }],
    })?;
    Ok(format!("{OURS}{yaml}"))
}

/// The component that takes a base's SealedSecrets and stand-ins away.
pub(crate) fn drop(named: &[&Named]) -> Result<String, write::Error> {
    #[derive(Serialize)]
    struct Component {
        #[serde(rename = "apiVersion")]
        api_version: &'static str,
        kind: &'static str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        patches: Vec<Patch>,
    }
    #[derive(Serialize)]
    struct Patch {
        target: Target,
        patch: String,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Target {
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<&'static str>,
        kind: &'static str,
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        annotation_selector: Option<&'static str>,
    }
    let mut patches = Vec::new();
    for named in named {
        // kustomize takes targets for regular expressions and anchors them itself.
        let name = named.name.replace('.', r"\.");
        let namespace = named.namespace.clone();
        let delete = |kind| {
            let version = if kind == "Secret" {
                "v1"
            } else {
                "bulla.dev/v1alpha1"
            };
            format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: any\n$patch: delete\n")
        };
        patches.push(Patch {
            patch: delete("SealedSecret"),
            target: Target {
                group: Some("bulla.dev"),
                version: None,
                kind: "SealedSecret",
                name: name.clone(),
                namespace: namespace.clone(),
                annotation_selector: None,
            },
        });
        patches.push(Patch {
            patch: delete("Secret"),
            target: Target {
                group: None,
                version: Some("v1"),
                kind: "Secret",
                name,
                namespace,
                annotation_selector: Some("config.kubernetes.io/local-config=true"),
            },
        });
    }
    let yaml = write::to_yaml(&Component {
        api_version: "kustomize.config.k8s.io/v1alpha1",
        kind: "Component",
        patches,
    })?;
    Ok(format!("{OURS}{yaml}"))
}
