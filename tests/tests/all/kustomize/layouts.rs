//! Every layout in which people use kustomize, each with a reference of every kind.

use bulla_generator::Layout;

use super::directory::{Built, Tree};
use super::manifests::{Reference, Rows, references};
use super::rows::assert_final;

const ONE: &str = "q5m2wz7ck4h3tn6x";
const TWO: &str = "aaaabbbbccccdddd";

/// Workloads with a reference to `db` of every kind.
fn workloads(tree: &Tree, path: &str, rows: Rows, namespace: Option<&str>) -> Vec<Reference> {
    let references = references(rows, "w-", "db");
    let objects: Vec<_> = references.iter().map(|r| r.object(namespace)).collect();
    tree.objects(path, &objects);
    references
}

fn base(tree: &Tree) -> Vec<Reference> {
    tree.write("base/kustomization.yaml", "resources: [workloads.yaml]\n");
    workloads(tree, "base/workloads.yaml", Rows::All, None)
}

fn with_suffix(suffix: &str) -> impl Fn(&str) -> String {
    move |name| format!("{name}-{suffix}")
}

#[test]
fn an_overlay_with_its_own_directory() {
    let tree = Tree::new();
    let references = base(&tree);
    tree.seal("prod/sealed", "db", ONE).sync("prod/sealed");
    tree.write("prod/kustomization.yaml", "resources: [../base, sealed]\n");
    let built = tree.build("prod");
    assert_eq!(built.sealed(), [("db", "db-q5m2wz7ck4h3tn6x")]);
    assert_final(&built, &references, None, ("", ""), with_suffix(ONE));
}

#[test]
fn references_in_the_parent_of_the_directory() {
    let tree = Tree::new();
    let references = workloads(&tree, "app/workloads.yaml", Rows::All, None);
    tree.seal("app/sealed", "db", ONE).sync("app/sealed");
    tree.write(
        "app/kustomization.yaml",
        "resources: [sealed, workloads.yaml]\n",
    );
    assert_final(
        &tree.build("app"),
        &references,
        None,
        ("", ""),
        with_suffix(ONE),
    );
}

#[test]
fn a_prefix_a_suffix_and_a_namespace() {
    let tree = Tree::new();
    let references = base(&tree);
    tree.seal("prod/sealed", "db", ONE).sync("prod/sealed");
    tree.write(
        "prod/kustomization.yaml",
        "resources: [../base, sealed]\nnamePrefix: acme-\nnameSuffix: -eu\nnamespace: shop\n",
    );
    let built = tree.build("prod");
    assert_eq!(
        built.sealed(),
        [("acme-db-eu", "acme-db-q5m2wz7ck4h3tn6x-eu")]
    );
    let name = |name: &str| format!("acme-{name}-{ONE}-eu");
    assert_final(&built, &references, Some("shop"), ("acme-", "-eu"), name);
}

#[test]
fn a_component() {
    let tree = Tree::new();
    let references = base(&tree);
    tree.seal("prod/sealed", "db", ONE)
        .sync_as("prod/sealed", Layout::Component);
    tree.write(
        "prod/kustomization.yaml",
        "resources: [../base]\ncomponents: [sealed]\nnamePrefix: acme-\n",
    );
    let built = tree.build("prod");
    assert_eq!(built.sealed(), [("acme-db", "acme-db-q5m2wz7ck4h3tn6x")]);
    let name = |name: &str| format!("acme-{name}-{ONE}");
    assert_final(&built, &references, None, ("acme-", ""), name);
}

#[test]
fn three_levels() {
    let tree = Tree::new();
    let references = base(&tree);
    tree.seal("prod/sealed", "db", ONE).sync("prod/sealed");
    tree.write(
        "prod/kustomization.yaml",
        "resources: [../base, sealed]\nnamePrefix: p-\n",
    )
    .write(
        "eu/kustomization.yaml",
        "resources: [../prod]\nnamespace: eu\nnameSuffix: -eu\n",
    )
    .write(
        "top/kustomization.yaml",
        "resources: [../eu]\nnamePrefix: t-\n",
    );
    let built = tree.build("top");
    assert_eq!(
        built.sealed(),
        [("t-p-db-eu", "t-p-db-q5m2wz7ck4h3tn6x-eu")]
    );
    let name = |name: &str| format!("t-p-{name}-{ONE}-eu");
    assert_final(&built, &references, Some("eu"), ("t-p-", "-eu"), name);
}

#[test]
fn two_overlays_in_one_build() {
    for distinct in [
        "namespace: NAME\n",
        "namePrefix: NAME-\nnamespace: NAME\n",
        "namePrefix: NAME-\n",
    ] {
        let tree = Tree::new();
        tree.write("base/kustomization.yaml", "resources: [workloads.yaml]\n");
        let references = workloads(&tree, "base/workloads.yaml", Rows::Namespaced, None);
        for (name, suffix) in [("dev", ONE), ("prod", TWO)] {
            let sealed = format!("{name}/sealed");
            tree.seal(&sealed, "db", suffix).sync(&sealed);
            tree.write(
                &format!("{name}/kustomization.yaml"),
                &format!(
                    "resources: [../base, sealed]\n{}",
                    distinct.replace("NAME", name)
                ),
            );
        }
        tree.write("all/kustomization.yaml", "resources: [../dev, ../prod]\n");
        let built = tree.build("all");
        for (name, suffix) in [("dev", ONE), ("prod", TWO)] {
            let prefix = match distinct.contains("namePrefix") {
                true => format!("{name}-"),
                false => String::new(),
            };
            let namespace = distinct.contains("namespace").then_some(name);
            let final_name = |logical: &str| format!("{prefix}{logical}-{suffix}");
            assert_final(&built, &references, namespace, (&prefix, ""), final_name);
        }
    }
}

#[test]
fn explicit_namespaces() {
    let tree = Tree::new();
    let references = workloads(&tree, "app/workloads.yaml", Rows::All, Some("shop"));
    tree.seal_in("app/sealed", Some("shop"), "db", ONE)
        .sync("app/sealed");
    tree.write(
        "app/kustomization.yaml",
        "resources: [workloads.yaml, sealed]\n",
    );
    assert_final(
        &tree.build("app"),
        &references,
        Some("shop"),
        ("", ""),
        with_suffix(ONE),
    );
}

#[test]
fn the_same_names_in_two_namespaces() {
    let tree = Tree::new();
    let one = workloads(&tree, "app/one.yaml", Rows::Namespaced, Some("one"));
    let two = workloads(&tree, "app/two.yaml", Rows::Namespaced, Some("two"));
    tree.seal_in("app/sealed", Some("one"), "db", ONE)
        .seal_in("app/sealed", Some("two"), "db", TWO)
        .sync("app/sealed");
    tree.write(
        "app/kustomization.yaml",
        "resources: [one.yaml, two.yaml, sealed]\n",
    );
    let built = tree.build("app");
    assert_final(&built, &one, Some("one"), ("", ""), with_suffix(ONE));
    assert_final(&built, &two, Some("two"), ("", ""), with_suffix(TWO));
}

#[test]
fn names_that_are_prefixes_of_each_other_and_names_with_dots() {
    let names = ["db", "db-1", "db.x", "dbax", "xdb", "db.x.y"];
    let tree = Tree::new();
    let mut all: Vec<Reference> = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        tree.seal(
            "app/sealed",
            name,
            &ONE.replace('q', ["a", "b", "c", "d", "e", "f"][index]),
        );
        all.extend(references(Rows::All, &format!("w{index}-"), name));
    }
    let objects: Vec<_> = all.iter().map(|reference| reference.object(None)).collect();
    tree.sync("app/sealed")
        .objects("app/workloads.yaml", &objects);
    tree.write(
        "app/kustomization.yaml",
        "resources: [workloads.yaml, sealed]\n",
    );
    let name_of = |name: &str| {
        let index = names.iter().position(|other| *other == name).unwrap();
        format!(
            "{name}-{}",
            ONE.replace('q', ["a", "b", "c", "d", "e", "f"][index])
        )
    };
    assert_final(&tree.build("app"), &all, None, ("", ""), name_of);
}

#[test]
fn a_sealed_secrets_object_of_the_same_name() {
    let tree = Tree::new();
    let references = base(&tree);
    tree.seal("prod/sealed", "db", ONE).sync("prod/sealed");
    let foreign = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db}\nspec: {encryptedData: {a: b}, template: {metadata: {name: db}}}\n";
    tree.write("prod/foreign.yaml", foreign).write(
        "prod/kustomization.yaml",
        "resources: [../base, foreign.yaml, sealed]\nnamePrefix: p-\n",
    );
    let built = tree.build("prod");
    assert_eq!(built.sealed(), [("p-db", "p-db-q5m2wz7ck4h3tn6x")]);
    let name = |name: &str| format!("p-{name}-{ONE}");
    assert_final(&built, &references, None, ("p-", ""), name);
}

#[test]
fn an_overlay_that_overrides_its_base() {
    for outer in [
        "",
        "namePrefix: p-\n",
        "namePrefix: p-\nnameSuffix: -eu\nnamespace: shop\n",
    ] {
        let tree = Tree::new();
        let references = workloads(&tree, "base/workloads.yaml", Rows::All, None);
        tree.seal("base/sealed", "db", ONE)
            .seal("base/sealed", "db.2", ONE)
            .seal("base/sealed", "dbx2", ONE)
            .seal("base/sealed", "other", ONE)
            .sync("base/sealed");
        tree.write(
            "base/kustomization.yaml",
            "resources: [workloads.yaml, sealed]\n",
        );
        tree.seal("prod/sealed", "db", TWO)
            .seal("prod/sealed", "db.2", TWO)
            .seal("prod/sealed", "new", TWO);
        override_base(&tree, "prod/sealed", "base/sealed");
        tree.write(
            "prod/kustomization.yaml",
            &format!("resources: [../base]\ncomponents: [sealed]\n{outer}"),
        );
        let built = tree.build("prod");
        let around = match outer {
            "" => ("", ""),
            "namePrefix: p-\n" => ("p-", ""),
            _ => ("p-", "-eu"),
        };
        let name = |name: &str, suffix| format!("{}{name}-{suffix}{}", around.0, around.1);
        let mut final_names: Vec<&str> = built.sealed().iter().map(|(_, name)| *name).collect();
        final_names.sort_unstable();
        assert_eq!(
            final_names,
            [
                name("db", TWO),
                name("db.2", TWO),
                name("dbx2", ONE),
                name("new", TWO),
                name("other", ONE),
            ]
        );
        let namespace = outer.contains("shop").then_some("shop");
        assert_final(&built, &references, namespace, around, |logical| {
            name(logical, TWO)
        });
    }
}

fn override_base(tree: &Tree, directory: &str, base: &str) {
    let names = tree.request(base, Layout::AsItIs).sealed;
    let names = names.into_iter().flat_map(|file| file.holds).collect();
    tree.sync_as(directory, Layout::Override(names));
}

#[test]
fn an_override_below_an_override_with_namespaces_in_the_files() {
    let tree = Tree::new();
    let references = workloads(&tree, "base/workloads.yaml", Rows::All, Some("shop"));
    for (directory, suffix) in [("base", ONE), ("prod", TWO), ("eu", "eeeeffffgggghhhh")] {
        tree.seal_in(&format!("{directory}/sealed"), Some("shop"), "db", suffix);
    }
    tree.sync("base/sealed");
    tree.write(
        "base/kustomization.yaml",
        "resources: [workloads.yaml, sealed]\n",
    );
    override_base(&tree, "prod/sealed", "base/sealed");
    tree.write(
        "prod/kustomization.yaml",
        "resources: [../base]\ncomponents: [sealed]\n",
    );
    override_base(&tree, "eu/sealed", "prod/sealed");
    tree.write(
        "eu/kustomization.yaml",
        "resources: [../prod]\ncomponents: [sealed]\n",
    );
    let built = tree.build("eu");
    assert_eq!(built.sealed(), [("db", "db-eeeeffffgggghhhh")]);
    let name = with_suffix("eeeeffffgggghhhh");
    assert_final(&built, &references, Some("shop"), ("", ""), name);
}

/// The lines of two builds that differ.
fn changed(before: &Built, after: &Built) -> Vec<(String, String)> {
    let lines = |built: &Built| built.text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(before), lines(after));
    assert_eq!(before.len(), after.len());
    before
        .into_iter()
        .zip(after)
        .filter(|(a, b)| a != b)
        .collect()
}

#[test]
fn a_changed_value_changes_the_references_that_use_it_and_no_other() {
    let tree = Tree::new();
    let mut all = references(Rows::All, "a-", "db");
    all.extend(references(Rows::All, "b-", "db-1"));
    let objects: Vec<_> = all.iter().map(|reference| reference.object(None)).collect();
    tree.objects("app/workloads.yaml", &objects);
    tree.write(
        "app/kustomization.yaml",
        "resources: [workloads.yaml, sealed]\nnamePrefix: p-\n",
    );
    for name in ["db", "db-1", "unused"] {
        tree.seal("app/sealed", name, ONE);
    }
    let before = tree.sync("app/sealed").build("app");
    for (name, count) in [
        ("db", all.len() / 2),
        ("db-1", all.len() / 2),
        ("unused", 0),
    ] {
        tree.seal("app/sealed/files", name, TWO);
        assert!(
            tree.plan("app/sealed", Layout::AsItIs).is_empty(),
            "one file changes"
        );
        let changed = changed(&before, &tree.build("app"));
        // One line for each reference, and one for the sealed file itself.
        assert_eq!(changed.len(), count + 1, "{changed:#?}");
        for (old, new) in changed {
            assert_eq!(
                old.replace(&format!("p-{name}-{ONE}"), &format!("p-{name}-{TWO}")),
                new
            );
        }
        tree.seal("app/sealed/files", name, ONE);
    }
}

#[test]
fn a_file_that_was_rewrapped_and_commented_gives_the_same_names() {
    let tree = Tree::new();
    let references = base(&tree);
    tree.seal("prod/sealed", "db", ONE).sync("prod/sealed");
    tree.write("prod/kustomization.yaml", "resources: [../base, sealed]\n");
    let before = tree.build("prod");
    let file = "prod/sealed/files/db.sealed.yaml";
    let text = tree.read(file);
    let text = text
        .replace(
            "    recipients:\n",
            "    # two of us\n    recipients:   \n    - age1zz\n",
        )
        .replace("not a real one", "another wrapping")
        .replace("secretName: ", "secretName:    ")
        .replace('\n', "\r\n");
    tree.write(file, &format!("# a comment\r\n\r\n{text}"));
    let after = tree.build("prod");
    assert_eq!(after.sealed(), before.sealed());
    assert_final(&after, &references, None, ("", ""), with_suffix(ONE));
}
