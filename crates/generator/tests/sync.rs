//! What is written, without kustomize.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows this in tests, but not in what tests call"
)]

use std::collections::BTreeMap;

use bulla_generator::{Error, Layout, Named, Plan, Request, SealedFile, read, sync};
use bulla_references::Sites;

fn named(name: &str, namespace: Option<&str>) -> Named {
    Named {
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
    }
}

fn file(name: &str, holds: &[Named]) -> SealedFile {
    SealedFile {
        name: format!("{name}.sealed.yaml"),
        in_files: true,
        holds: holds.to_vec(),
    }
}

fn request(sealed: Vec<SealedFile>) -> Request {
    Request {
        sealed,
        existing: BTreeMap::new(),
        layout: Layout::AsItIs,
        secrets: Vec::new(),
        sites: Sites::built_in(),
    }
}

/// Carries a plan out on the texts that a request has.
fn after(mut request: Request, plan: &Plan) -> Request {
    for write in &plan.writes {
        request
            .existing
            .insert(write.path.clone(), write.text.clone());
    }
    for file in &mut request.sealed {
        file.in_files = true;
    }
    request
}

fn text<'p>(plan: &'p Plan, path: &str) -> &'p str {
    let write = plan.writes.iter().find(|write| write.path == path);
    &write.unwrap().text
}

#[test]
fn a_second_time_there_is_nothing_to_do() {
    let mut first = request(vec![file("db", &[named("db", None)])]);
    for layout in [
        Layout::AsItIs,
        Layout::Component,
        Layout::Override(vec![named("db", None)]),
    ] {
        first.layout = layout;
        let plan = sync(&first).unwrap();
        let again = after(first.clone(), &plan);
        assert!(sync(&again).unwrap().is_empty());
    }
}

#[test]
fn a_component_stays_one() {
    let mut component = request(vec![file("db", &[named("db", None)])]);
    component.layout = Layout::Component;
    let plan = sync(&component).unwrap();
    assert!(plan.component);
    let mut again = after(component, &plan);
    again.layout = Layout::AsItIs;
    let plan = sync(&again).unwrap();
    assert!(plan.is_empty() && plan.component);
}

#[test]
fn a_name_may_be_there_once_in_each_namespace() {
    let two = |one, other| {
        sync(&request(vec![
            file("one", &[named("db", one)]),
            file("two", &[named("db", other)]),
        ]))
    };
    assert!(two(Some("a"), Some("b")).is_ok());
    assert!(two(Some("a"), None).is_ok());
    // To kustomize these are one and the same.
    for (one, other) in [
        (None, None),
        (None, Some("default")),
        (Some("a"), Some("a")),
    ] {
        assert!(matches!(two(one, other), Err(Error::Twice { .. })));
    }
    let within = file("both", &[named("db", None), named("db", None)]);
    assert!(matches!(
        sync(&request(vec![within])),
        Err(Error::Twice { .. })
    ));
}

#[test]
fn a_secret_of_the_same_name_is_refused_in_its_own_namespace_only() {
    let mut request = request(vec![file("db", &[named("db", Some("a"))])]);
    request.secrets = vec![(named("db", Some("b")), "s.yaml".to_owned())];
    assert!(sync(&request).is_ok());
    request.secrets = vec![(named("db", Some("a")), "s.yaml".to_owned())];
    assert!(matches!(sync(&request), Err(Error::Secret { .. })));
}

#[test]
fn nothing_to_list_is_an_error() {
    assert_eq!(sync(&request(Vec::new())), Err(Error::NoFiles));
}

#[test]
fn an_override_drops_what_both_have() {
    let mut request = request(vec![
        file("db", &[named("db.main", Some("shop"))]),
        file("new", &[named("new", None)]),
    ]);
    request.layout = Layout::Override(vec![
        named("db.main", Some("shop")),
        named("only-in-the-base", None),
    ]);
    let plan = sync(&request).unwrap();
    insta::assert_snapshot!(text(&plan, "drop/kustomization.yaml"), @r"
    # Written by `bulla kustomize sync`, again and again: changes here are lost.
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    patches:
    - target:
        group: bulla.dev
        kind: SealedSecret
        name: db\.main
        namespace: shop
      patch: |
        apiVersion: bulla.dev/v1alpha1
        kind: SealedSecret
        metadata:
          name: any
        $patch: delete
    - target:
        version: v1
        kind: Secret
        name: db\.main
        namespace: shop
        annotationSelector: config.kubernetes.io/local-config=true
      patch: |
        apiVersion: v1
        kind: Secret
        metadata:
          name: any
        $patch: delete
    ");
    insta::assert_snapshot!(text(&plan, "kustomization.yaml"), @"
    # Written by `bulla kustomize sync`; what you add stays.
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    components:
    - drop
    - add
    ");
}

#[test]
fn a_directory_with_resources_of_its_own_does_not_become_an_override() {
    let mut request = request(vec![file("db", &[named("db", None)])]);
    let text = "resources: [files, stand-ins, own.yaml]\n".to_owned();
    request
        .existing
        .insert("kustomization.yaml".to_owned(), text);
    request.layout = Layout::Override(Vec::new());
    assert!(matches!(sync(&request), Err(Error::NotForOverride { .. })));
}

#[test]
fn a_file_that_was_listed_where_it_lay_moves_with_its_entry() {
    let mut request = request(vec![SealedFile {
        in_files: false,
        ..file("db", &[named("db", None)])
    }]);
    let text = "# mine\nresources:\n- own.yaml\n- ./db.sealed.yaml # sealed\n- sub/x.sealed.yaml\n";
    request
        .existing
        .insert("kustomization.yaml".to_owned(), text.to_owned());
    let plan = sync(&request).unwrap();
    assert_eq!(plan.moves.len(), 1);
    assert_eq!(
        self::text(&plan, "kustomization.yaml"),
        "# mine\nresources:\n- own.yaml\n- sub/x.sealed.yaml\n- files\n- stand-ins\n"
    );
}

#[test]
fn a_sealed_file_is_read_strictly() {
    let good = "apiVersion: bulla.dev/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec: {secretName: db-x}\n";
    assert_eq!(
        read("f", good.as_bytes()),
        Ok(vec![named("db", Some("shop"))])
    );
    for bad in [
        "",
        "# nothing\n",
        &good.replace("name: db", "name: db, name: other"),
        &good.replace("name: db", "name: 0400"),
        &good.replace("secretName: db-x", ""),
        &good.replace("secretName: db-x", "secretName: ''"),
        &good.replace("bulla.dev", "bitnami.com"),
        &format!("{good}---\napiVersion: v1\nkind: ConfigMap\n"),
    ] {
        assert!(read("f", bad.as_bytes()).is_err(), "{bad}");
    }
}
