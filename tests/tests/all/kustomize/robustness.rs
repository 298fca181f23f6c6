//! What people do around a sealed directory, and what becomes of it.

use super::directory::Tree;

const SUFFIX: &str = "q5m2wz7ck4h3tn6x";
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: web, envFrom: [{secretRef: {name: db}}]}\n";

fn app(more: &str) -> Tree {
    let tree = Tree::new();
    tree.seal("app/sealed", "db", SUFFIX).sync("app/sealed");
    tree.write("app/web.yaml", DEPLOYMENT);
    tree.write(
        "app/kustomization.yaml",
        &format!("resources: [web.yaml, sealed]\n{more}"),
    );
    tree
}

/// Transformers that touch every object, the stand-ins included.
#[test]
fn transformers_of_a_users_own_do_no_harm() {
    let file = app("").build("app").sealed()[0].1.to_owned();
    for more in [
        "labels: [{pairs: {a: b}, includeSelectors: true, includeTemplates: true}]\n",
        "commonLabels: {a: b}\n",
        "commonAnnotations: {a: b}\n",
        "buildMetadata: [originAnnotations, transformerAnnotations]\n",
        "sortOptions: {order: fifo}\n",
        "secretGenerator: [{name: other, literals: [a=b], options: {annotations: {config.kubernetes.io/local-config: 'true'}}}]\n",
        "configMapGenerator: [{name: db, literals: [a=b]}]\n",
        "generatorOptions: {labels: {a: b}, disableNameSuffixHash: true}\n",
        "patches: [{target: {kind: Secret}, patch: '[{\"op\": \"add\", \"path\": \"/metadata/labels\", \"value\": {\"a\": \"b\"}}]'}]\n",
        "patches: [{target: {kind: SealedSecret}, patch: '[{\"op\": \"add\", \"path\": \"/spec/template/labels/a\", \"value\": \"b\"}]'}]\n",
        "patches:\n- patch: |-\n    apiVersion: bulla.dev/v1alpha1\n    kind: SealedSecret\n    metadata: {name: db, labels: {a: b}}\n",
    ] {
        let built = app(more).build("app");
        let text = &built.text;
        assert_eq!(built.sealed(), [("db", file.as_str())], "{more}{text}");
        assert!(text.contains(&format!("name: {file}")), "{more}{text}");
        // The labels of the Secret to come are a part of what is sealed.
        let template = &built
            .objects
            .iter()
            .find(|o| o["kind"] == "SealedSecret")
            .unwrap()["spec"]["template"];
        let own = more.contains("/spec/template");
        assert_eq!(
            template["labels"].as_object().unwrap().len(),
            if own { 2 } else { 1 }
        );
    }
}

/// A user's own `replacements` read the name from the stand-in.
#[test]
fn a_replacement_of_a_users_own_reads_the_final_name() {
    let tree = app("configMapGenerator: [{name: c, literals: [secret=x], options: {disableNameSuffixHash: true}}]
replacements:
- source: {kind: Secret, name: db, fieldPath: metadata.name}
  targets: [{select: {kind: ConfigMap, name: c}, fieldPaths: [data.secret]}]
");
    let built = tree.build("app");
    let config = built
        .objects
        .iter()
        .find(|object| object["kind"] == "ConfigMap")
        .unwrap();
    assert_eq!(config["data"]["secret"], format!("db-{SUFFIX}"));
}

/// Were a stand-in to leak, the API server would refuse it: its type wants keys.
#[test]
fn a_stand_in_that_leaks_is_refused_by_the_api_server() {
    let tree = app(
        "patches: [{target: {kind: Secret}, patch: '[{\"op\": \"replace\", \"path\": \"/metadata/annotations\", \"value\": {\"a\": \"b\"}}]'}]\n",
    );
    let output = std::process::Command::new(bulla_tests::peers::kubectl())
        .arg("kustomize")
        .arg(tree.path("app"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let secret = text
        .split("---\n")
        .find(|part| part.contains("kind: Secret"))
        .unwrap();
    let plane = bulla_tests::ControlPlane::shared();
    let namespace = plane.namespace();
    let args = [
        "create",
        "--dry-run=server",
        "-f",
        "-",
        "--namespace",
        &namespace,
    ];
    let output = crate::support::run_with(&mut plane.kubectl(args), secret);
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("data[tls.crt]: Required value"),
        "{message}"
    );
}

/// What a person added stays to the byte, whatever sync has to add or take out.
#[test]
fn a_persons_own_entries_stay() {
    let tree = Tree::new();
    tree.seal("sealed", "db", SUFFIX).sync("sealed");
    let mine = "# mine\r\nresources: # all of it\r\n  - ./files/   # the files\r\n  - own.yaml # not sealed\r\n  # the end\r\nlabels:\r\n- pairs: {team: a}  # us\r\n";
    tree.write("sealed/kustomization.yaml", mine);
    tree.write(
        "sealed/own.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n",
    );
    let list = tree.read("sealed/files/kustomization.yaml");
    tree.write(
        "sealed/files/kustomization.yaml",
        &format!("{list}- gone.sealed.yaml # was here\n# my note\nnamespace: shop # mine\n"),
    );
    tree.seal("sealed", "api", SUFFIX).sync("sealed");
    let expected = mine.replace("  # the end", "  - stand-ins\r\n  # the end");
    assert_eq!(tree.read("sealed/kustomization.yaml"), expected);
    assert_eq!(
        tree.read("sealed/files/kustomization.yaml"),
        format!("{list}- api.sealed.yaml\n# my note\nnamespace: shop # mine\n")
    );
    let names = tree.build("sealed");
    assert_eq!(names.sealed().len(), 2);
}

/// Each of these would render workloads that ask for a Secret nobody makes.
#[test]
fn collisions_are_loud_in_kustomize_too() {
    let tree = app("");
    tree.seal("app/other", "db", SUFFIX).sync("app/other");
    tree.write(
        "app/kustomization.yaml",
        "resources: [web.yaml, sealed, other]\n",
    );
    let message = tree.build_fails("app");
    assert!(
        message.contains("may not add resource with an already registered id"),
        "{message}"
    );
}
