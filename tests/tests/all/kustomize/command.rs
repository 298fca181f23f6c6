//! `bulla kustomize sync`, from a sealed value to a rendered one that opens.

use std::fs;
use std::path::Path;
use std::process::Command;

use bulla_tests::peers::{Version, kustomize};

use crate::desk::{Desk, says};

const BASE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: web, envFrom: [{secretRef: {name: db}}]}\n";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("base/pod.yaml", BASE);
    desk.write("base/kustomization.yaml", "resources: [pod.yaml]\n");
    desk.write(
        "prod/kustomization.yaml",
        "namespace: shop\nnamePrefix: acme-\nresources:\n- ../base\n",
    );
    seal(&desk, "prod/sealed/db.sealed.yaml", "one");
    desk
}

fn seal(desk: &Desk, path: &str, value: &str) {
    let create = [
        "create",
        "generic",
        "db",
        "--from-stdin",
        "password",
        "--for",
        "shop/acme-db",
    ];
    let recipient = ["-R", "recipients.txt"];
    let sealed = desk
        .says(create.into_iter().chain(recipient), value)
        .printed();
    desk.write(path, sealed);
}

fn build(desk: &Desk, directory: &str) -> String {
    let mut command = desk.command(kustomize(Version::V5_8_2));
    says(command.args(["build", directory]), "").printed()
}

/// Every file and its content.
fn tree(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(tree(&path)),
            false => found.push((path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_rendered_opens_and_has_the_name_that_is_referred_to() {
    let desk = desk();
    let said = desk.says(["kustomize", "sync", "prod/sealed"], "");
    assert!(said.succeeded(), "{}", said.stderr);
    insta::assert_snapshot!(said.stderr, @"
    moved prod/sealed/db.sealed.yaml to prod/sealed/files/db.sealed.yaml
    wrote prod/sealed/files/kustomization.yaml
    wrote prod/sealed/stand-ins/kustomization.yaml
    wrote prod/sealed/stand-ins/nameref.yaml
    wrote prod/sealed/kustomization.yaml
    in prod/kustomization.yaml, under resources, add this line:
    - sealed
    ");
    let text = desk.read("prod/kustomization.yaml");
    desk.write("prod/kustomization.yaml", format!("{text}- sealed\n"));
    let again = desk.says(["kustomize", "sync", "prod/sealed"], "");
    assert_eq!(
        (again.code, again.stderr.as_str()),
        (0, "prod/sealed: up to date\n")
    );

    let rendered = build(&desk, "prod");
    let secret = desk.open(&rendered);
    let name = secret["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("acme-db-"));
    assert!(
        rendered.contains(&format!("secretRef:\n        name: {name}\n")),
        "{rendered}"
    );

    // Another value: one file, one name.
    seal(&desk, "prod/sealed/files/db.sealed.yaml", "two");
    assert_eq!(
        desk.says(["kustomize", "sync", "--check", "prod/sealed"], "")
            .code,
        0
    );
    let rerendered = build(&desk, "prod");
    let secret = desk.open(&rerendered);
    assert_ne!(secret["metadata"]["name"], name);
    assert!(!rerendered.contains(name));
}

#[test]
fn check_writes_nothing_and_fails() {
    let desk = desk();
    let before = tree(&desk.path("prod"));
    let said = desk.says(["kustomize", "sync", "--check", "prod/sealed"], "");
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.stderr, @"
    error: prod/sealed/db.sealed.yaml: not up to date
    error: prod/sealed/files/kustomization.yaml: not up to date
    error: prod/sealed/stand-ins/kustomization.yaml: not up to date
    error: prod/sealed/stand-ins/nameref.yaml: not up to date
    error: prod/sealed/kustomization.yaml: not up to date
    hint: run: bulla kustomize sync prod/sealed
    ");
    assert_eq!(tree(&desk.path("prod")), before);
}

#[test]
fn an_override_and_a_component_say_where_they_go() {
    let desk = desk();
    desk.prints(["kustomize", "sync", "prod/sealed"]);
    let text = desk.read("prod/kustomization.yaml");
    desk.write("prod/kustomization.yaml", format!("{text}- sealed\n"));
    desk.write("eu/kustomization.yaml", "resources:\n- ../prod\n");
    seal(&desk, "eu/sealed/db.sealed.yaml", "eu");
    let sync = [
        "kustomize",
        "sync",
        "eu/sealed",
        "--override",
        "prod/sealed",
    ];
    let said = desk.says(sync, "");
    assert!(
        said.stderr
            .ends_with("in eu/kustomization.yaml, under components, add this line:\n- sealed\n"),
        "{}",
        said.stderr
    );
    desk.write(
        "eu/kustomization.yaml",
        "resources:\n- ../prod\ncomponents:\n- sealed\n",
    );
    let rendered = build(&desk, "eu");
    assert_eq!(
        rendered.matches("kind: SealedSecret").count(),
        1,
        "{rendered}"
    );
    // Later, too, it has to be said what is overridden.
    let said = desk.says(["kustomize", "sync", "eu/sealed"], "");
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.stderr, @"error: eu/sealed: kustomization.yaml: lists the components drop and add, so it overrides a base; say which, with --override");
    assert_eq!(desk.says(sync, "").stderr, "eu/sealed: up to date\n");
}

/// In each case nothing is written.
#[test]
fn what_would_go_wrong_later_is_refused_before_anything_is_written() {
    type Prepare = fn(&Desk);
    let cases: [(&str, Prepare); 8] = [
        ("two files of one logical name", |desk| {
            seal(desk, "prod/sealed/again.sealed.yaml", "x");
        }),
        ("two files of one name", |desk| {
            seal(desk, "prod/sealed/files/db.sealed.yaml", "x");
        }),
        ("a generated Secret above", |desk| {
            desk.write(
                "prod/kustomization.yaml",
                "secretGenerator:\n- name: db\n  literals: [a=b]\n",
            );
        }),
        ("a Secret in a file above", |desk| {
            desk.write(
                "prod/s.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n",
            );
            desk.write("prod/kustomization.yaml", "resources: [s.yaml]\n");
        }),
        ("not a sealed file", |desk| {
            desk.write(
                "prod/sealed/x.sealed.yaml",
                "apiVersion: v1\nkind: ConfigMap\n",
            );
        }),
        ("a link", |desk| {
            let link = desk.path("prod/sealed/link.sealed.yaml");
            std::os::unix::fs::symlink("db.sealed.yaml", link).unwrap();
        }),
        ("something else in the list", |desk| {
            desk.write(
                "prod/sealed/files/kustomization.yaml",
                "resources: [deployment.yaml]\n",
            );
        }),
        ("two kustomizations", |desk| {
            desk.write("prod/sealed/kustomization.yaml", "resources: []\n");
            desk.write("prod/sealed/kustomization.yml", "resources: []\n");
        }),
    ];
    let mut all = String::new();
    for (what, prepare) in cases {
        let desk = desk();
        prepare(&desk);
        let before = tree(&desk.path("prod"));
        let said = desk.says(["kustomize", "sync", "prod/sealed"], "");
        assert_eq!(said.code, 1, "{what}");
        assert_eq!(tree(&desk.path("prod")), before, "{what}");
        all.push_str(&format!("# {what}\n{}", said.stderr));
    }
    insta::assert_snapshot!(all, @"
    # two files of one logical name
    error: prod/sealed: again.sealed.yaml and db.sealed.yaml: both hold the SealedSecret db; rename one of them, or let them state different namespaces
    # two files of one name
    error: prod/sealed: db.sealed.yaml and files/db.sealed.yaml: two files of one name; remove or rename one of them
    # a generated Secret above
    error: prod/sealed: db.sealed.yaml: the SealedSecret db has the name of a Secret in prod/kustomization.yaml; remove the Secret, or rename one of them
    # a Secret in a file above
    error: prod/sealed: db.sealed.yaml: the SealedSecret db has the name of a Secret in s.yaml; remove the Secret, or rename one of them
    # not a sealed file
    error: prod/sealed/x.sealed.yaml:1:1: document 1: only SealedSecrets of bulla.dev belong into a sealed file; move this document to a file of its own
    # a link
    error: prod/sealed/link.sealed.yaml: a symbolic link
    hint: kustomize follows none out of its directory; put the file itself here
    # something else in the list
    error: prod/sealed: files/kustomization.yaml:1:13: document 1: resources[0]: only sealed files belong here, because everything here is loaded twice; list it in the directory above
    # two kustomizations
    error: prod/sealed: kustomization.yaml and kustomization.yml: kustomize takes one kustomization file; remove one of them
    ");
}

/// The committed example is what bulla writes, and what it renders opens.
#[test]
fn the_example_is_up_to_date_and_opens() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kustomize");
    for overlay in ["dev", "prod"] {
        let mut check = Command::new(bulla_tests::bulla());
        check.args(["kustomize", "sync", "--check"]);
        check.arg(example.join(format!("overlays/{overlay}/sealed")));
        says(&mut check, "").printed();
        let mut build = Command::new(kustomize(Version::V5_8_2));
        build
            .arg("build")
            .arg(example.join("overlays").join(overlay));
        let rendered = says(&mut build, "").printed();
        let mut open = Command::new(bulla_tests::bulla());
        open.args(["open", "-", "-i"])
            .arg(example.join(format!("throw-away-keys/{overlay}.txt")));
        let opened = says(&mut open, &rendered).printed();
        let names = opened
            .lines()
            .filter_map(|line| line.strip_prefix("  name: "));
        let names: Vec<&str> = names.collect();
        assert_eq!(names.len(), 2);
        for name in names {
            // The SealedSecret's own line, and each reference.
            assert!(rendered.matches(name).count() >= 2, "{name}\n{rendered}");
        }
    }
}
