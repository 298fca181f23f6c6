//! What must not become a Secret, whoever sealed it: types that the cluster gives a power of its
//! own, and metadata that makes other controllers act. The schema has the same rules in CEL.

/// The types under `kubernetes.io/` that hold what a person wrote, and nothing more
/// (kubernetes: `pkg/apis/core/types.go`, `SecretType`).
const KUBERNETES_TYPES: [&str; 6] = [
    "kubernetes.io/basic-auth",
    "kubernetes.io/dockercfg",
    "kubernetes.io/dockerconfigjson",
    "kubernetes.io/ssh-auth",
    "kubernetes.io/tls",
    "Opaque",
];

pub(crate) const TYPE_RULE: &str = "!has(self.type) || self.type in ['kubernetes.io/basic-auth', \
     'kubernetes.io/dockercfg', 'kubernetes.io/dockerconfigjson', 'kubernetes.io/ssh-auth', \
     'kubernetes.io/tls'] || !(self.type.startsWith('kubernetes.io/') || \
     self.type.contains('.kubernetes.io/') || self.type.startsWith('helm.sh/'))";
pub(crate) const TYPE_MESSAGE: &str = "a Secret of this type is made by the cluster or by a tool, \
                                       never from a sealed file";

/// Whether a sealed file may become a Secret of this type.
///
/// Refused are service account tokens (the cluster would fill them in for whoever may only create
/// SealedSecrets: CVE-2026-42876), bootstrap tokens, Helm's releases, and every other type of the
/// `kubernetes.io` domain, because the next version of Kubernetes may give it a meaning.
pub fn is_allowed_type(secret_type: &str) -> bool {
    let domain = secret_type.split_once('/').map_or("", |(domain, _)| domain);
    KUBERNETES_TYPES.contains(&secret_type)
        || !(is_domain_or_below(domain, "kubernetes.io") || domain == "helm.sh")
}

/// A domain in the keys of labels and annotations, and the tool that acts on what it finds there.
struct ActingTool {
    domain: &'static str,
    tool: &'static str,
}

/// Sources: each tool's documentation of its labels and annotations. `kubernetes.io` and `k8s.io`
/// are reserved (kubernetes.io, "Well-Known Labels, Annotations and Taints").
const ACTING_TOOLS: [ActingTool; 16] = [
    // Registers clusters and repositories from labelled Secrets; prunes what it tracks.
    ActingTool {
        domain: "argoproj.io",
        tool: "Argo CD",
    },
    // Garbage-collects what it labels.
    ActingTool {
        domain: "fluxcd.io",
        tool: "Flux",
    },
    // Adopts and deletes what is annotated as part of a release.
    ActingTool {
        domain: "helm.sh",
        tool: "Helm",
    },
    ActingTool {
        domain: "cert-manager.io",
        tool: "cert-manager",
    },
    // Copy Secrets to other namespaces.
    ActingTool {
        domain: "replicator.v1.mittwald.de",
        tool: "kubernetes-replicator",
    },
    ActingTool {
        domain: "reflector.v1.k8s.emberstack.com",
        tool: "Reflector",
    },
    ActingTool {
        domain: "kubed.appscode.com",
        tool: "Config Syncer",
    },
    // secretgen-controller fills image pull secrets in from other namespaces; kapp deletes what
    // carries the label of an application of its own.
    ActingTool {
        domain: "carvel.dev",
        tool: "Carvel",
    },
    ActingTool {
        domain: "k14s.io",
        tool: "Carvel",
    },
    // Copies the Secrets of a project into its namespaces; prunes what it tracks.
    ActingTool {
        domain: "cattle.io",
        tool: "Rancher",
    },
    // Takes the kubeconfigs of other clusters out of labelled Secrets.
    ActingTool {
        domain: "istio",
        tool: "Istio",
    },
    // Overwrites Secrets that consent by annotation.
    ActingTool {
        domain: "bitnami.com",
        tool: "Sealed Secrets",
    },
    ActingTool {
        domain: "bulla.dev",
        tool: "bulla",
    },
    ActingTool {
        domain: "kubernetes.io",
        tool: "Kubernetes",
    },
    ActingTool {
        domain: "k8s.io",
        tool: "Kubernetes",
    },
    // Cluster API and others of its community: kubeconfigs and machines' first data, by label.
    ActingTool {
        domain: "x-k8s.io",
        tool: "Kubernetes",
    },
];

/// Grafana's sidecars load data sources, dashboards and more out of whatever has such a label, in
/// every namespace.
const GRAFANA: &str = "grafana_";

/// Helm takes every Secret with this label for a release of its own, whatever its type is.
const HELM_RELEASE: (&str, &str) = ("owner", "helm");

/// Labels of the `kubernetes.io` domain that only describe. `instance` is not among them: Argo CD
/// tracks by it, and prunes.
const DESCRIPTIVE_KEYS: [&str; 4] = [
    "app.kubernetes.io/component",
    "app.kubernetes.io/name",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/version",
];

/// The tool that this label or annotation would make act on the Secret, if any.
pub fn acting_tool(key: &str, value: &str) -> Option<&'static str> {
    if DESCRIPTIVE_KEYS.contains(&key) {
        return None;
    }
    if (key, value) == HELM_RELEASE {
        return Some("Helm");
    }
    if key.starts_with(GRAFANA) {
        return Some("Grafana");
    }
    let (domain, _) = key.split_once('/')?;
    let acting = ACTING_TOOLS
        .iter()
        .find(|acting| is_domain_or_below(domain, acting.domain));
    acting.map(|acting| acting.tool)
}

/// The same about every entry of a map, in CEL.
pub(crate) fn metadata_rule(map: &str) -> String {
    format!("!has({map}) || {map}.all(key, {})", key_rule(map))
}

/// About an entry `key` of `map`.
fn key_rule(map: &str) -> String {
    let pattern = |text: &str| text.replace('.', "[.]");
    let domains = ACTING_TOOLS.map(|acting| pattern(acting.domain)).join("|");
    let descriptive = DESCRIPTIVE_KEYS.map(|key| format!("'{key}'")).join(", ");
    let (owner, helm) = HELM_RELEASE;
    format!(
        "key in [{descriptive}] || \
         !(key.matches('^(([^/]*[.])?({domains})/|{GRAFANA})') || \
         key == '{owner}' && {map}[key] == '{helm}')"
    )
}

pub(crate) const KEY_MESSAGE: &str =
    "this label or annotation would make another controller act on the Secret";

fn is_domain_or_below(domain: &str, parent: &str) -> bool {
    domain
        .strip_suffix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_hold_what_a_person_wrote_are_allowed() {
        for allowed in KUBERNETES_TYPES {
            assert!(is_allowed_type(allowed), "{allowed}");
        }
        for allowed in [
            "",
            "mine",
            "example.com/token",
            "notkubernetes.io/x",
            "istio.io/key",
        ] {
            assert!(is_allowed_type(allowed), "{allowed}");
        }
    }

    #[test]
    fn types_with_a_power_of_their_own_are_refused() {
        for refused in [
            "kubernetes.io/service-account-token",
            "bootstrap.kubernetes.io/token",
            "kubernetes.io/anything-new",
            "helm.sh/release.v1",
        ] {
            assert!(!is_allowed_type(refused), "{refused}");
        }
    }

    #[test]
    fn metadata_that_makes_others_act_is_named_with_the_tool() {
        let tools = [
            ("argocd.argoproj.io/secret-type", Some("Argo CD")),
            ("kustomize.toolkit.fluxcd.io/name", Some("Flux")),
            ("meta.helm.sh/release-name", Some("Helm")),
            (
                "replicator.v1.mittwald.de/replicate-to",
                Some("kubernetes-replicator"),
            ),
            ("app.kubernetes.io/instance", Some("Kubernetes")),
            ("kubernetes.io/service-account.name", Some("Kubernetes")),
            ("x.k8s.io/y", Some("Kubernetes")),
            ("bulla.dev/origin", Some("bulla")),
            ("kubed.appscode.com/sync", Some("Config Syncer")),
            ("secretgen.carvel.dev/image-pull-secret", Some("Carvel")),
            ("kapp.k14s.io/app", Some("Carvel")),
            ("field.cattle.io/projectId", Some("Rancher")),
            ("istio/multiCluster", Some("Istio")),
            ("cluster.x-k8s.io/cluster-name", Some("Kubernetes")),
            ("grafana_datasource", Some("Grafana")),
            ("grafana_dashboard", Some("Grafana")),
            ("grafana", None),
            ("owner", None),
            ("app.kubernetes.io/name", None),
            ("app", None),
            ("example.com/argoproj.io", None),
            ("notk8s.io/y", None),
            ("not-x-k8s.io/y", None),
        ];
        for (key, tool) in tools {
            assert_eq!(acting_tool(key, "x"), tool, "{key}");
        }
        assert_eq!(acting_tool("owner", "helm"), Some("Helm"));
        assert_eq!(acting_tool("app", "helm"), None);
    }

    fn page(path: &str) -> String {
        let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What the schema refuses is made of the same lists; these two are written by hand.
    #[test]
    fn the_admission_policy_and_the_documentation_have_the_same_lists() {
        let policy = page("deploy/admission.yaml");
        for rule in [key_rule("map"), TYPE_RULE.replace("self.", "object.")] {
            assert!(policy.contains(&rule), "deploy/admission.yaml: {rule}");
        }
        let page = page("docs/sealing.md");
        let domains = ACTING_TOOLS.map(|acting| acting.domain);
        for listed in domains.into_iter().chain([GRAFANA, "owner: helm"]) {
            let listed = format!("`{listed}");
            assert!(page.contains(&listed), "docs/sealing.md: {listed}");
        }
    }
}
