//! Every row of the table of references comes out final.

use super::directory::{Built, Tree};
use super::manifests::{Reference, Rows, references};

/// Checks that every reference has its final name, and that nothing beside it has changed.
pub(super) fn assert_final(
    built: &Built,
    references: &[Reference],
    namespace: Option<&str>,
    around: (&str, &str),
    name_of: impl Fn(&str) -> String,
) {
    for reference in references {
        let is = reference.found(&built.objects, namespace, around);
        let name = name_of(&reference.to);
        let path = reference.site.path();
        let kind = reference.site.kind();
        let (last, others) = is.split_last().unwrap();
        assert!(
            *last == name && others.iter().all(|other| *other == "untouched"),
            "{kind} {path}: {is:?}, and not {name:?}"
        );
    }
}

#[test]
fn without_our_rules_kustomize_misses_those_that_the_table_says_it_misses() {
    let tree = Tree::new();
    let all = references(Rows::All, "w-", "db");
    let objects: Vec<_> = all.iter().map(|reference| reference.object(None)).collect();
    tree.objects("workloads.yaml", &objects).write(
        "kustomization.yaml",
        "resources: [workloads.yaml]\nsecretGenerator: [{name: db, literals: [a=b]}]\n",
    );
    // Here the output has a Secret, so this is not `Tree::build`.
    let output = std::process::Command::new(bulla_tests::peers::kubectl())
        .arg("kustomize")
        .arg(tree.path(""))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let stream = bulla_manifest::Stream::read("build", text.as_bytes()).unwrap();
    let objects: Vec<serde_json::Value> = stream
        .documents()
        .iter()
        .map(|document| bulla_manifest::typed::from_document(document).unwrap())
        .collect();
    for reference in &all {
        let found = reference.found(&objects, None, ("", ""));
        let missed = found.contains(&"db");
        let expected = reference.site.origin() != bulla_references::Origin::Kustomize;
        let (kind, path) = (reference.site.kind(), reference.site.path());
        assert_eq!(missed, expected, "{kind} {path}");
    }
}
