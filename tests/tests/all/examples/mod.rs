//! The trees under `examples`, from sealing to the Secrets on the API server: as they are committed,
//! and sealed again from the commands in their READMEs.

mod cluster;
mod references;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bulla_tests::ControlPlane;
use serde_json::Value;

use crate::crd::plane;
use crate::desk::Desk;
use cluster::{apply, controller_makes_secrets, create_namespace, get};
use references::{Reference, masked};

/// One kustomization of an example.
struct Example {
    /// Its directory in `examples`.
    directory: &'static str,
    /// The kustomization in it that is applied.
    overlay: &'static str,
    /// The namespace that the kustomization sets.
    namespace: &'static str,
    /// The file in `throw-away-keys` that opens it.
    key: &'static str,
    /// What its workloads refer to, with the suffix masked.
    references: &'static [&'static str],
}

const EXAMPLES: [Example; 9] = [
    Example {
        directory: "ssh-keys",
        overlay: ".",
        namespace: "ssh-keys",
        key: "team.txt",
        references: &["Deployment/mirror volume deploy-key-SUFFIX"],
    },
    Example {
        directory: "prod-and-test",
        overlay: "overlays/prod",
        namespace: "shop-prod",
        key: "prod.txt",
        references: &["Deployment/shop volume db-SUFFIX"],
    },
    Example {
        directory: "prod-and-test",
        overlay: "overlays/test",
        namespace: "shop-test",
        key: "team.txt",
        references: &["Deployment/shop volume db-SUFFIX"],
    },
    Example {
        directory: "dotfiles",
        overlay: ".",
        namespace: "dotfiles",
        key: "team.txt",
        references: &["Deployment/app volume dotfile-SUFFIX"],
    },
    Example {
        directory: "one-of-two-containers",
        overlay: ".",
        namespace: "one-of-two-containers",
        key: "team.txt",
        references: &["Deployment/shop volume signing-key-SUFFIX[private.pem]"],
    },
    Example {
        directory: "private-registry",
        overlay: ".",
        namespace: "private-registry",
        key: "team.txt",
        references: &[
            "Deployment/on-pod pull pull-SUFFIX[.dockerconfigjson]",
            "ServiceAccount/puller pull pull-SUFFIX[.dockerconfigjson]",
        ],
    },
    Example {
        directory: "ingress-tls",
        overlay: ".",
        namespace: "ingress-tls",
        key: "team.txt",
        references: &["Ingress/shop tls shop-tls-SUFFIX[tls.crt,tls.key]"],
    },
    Example {
        directory: "environment",
        overlay: ".",
        namespace: "environment",
        key: "team.txt",
        references: &[
            "Deployment/shop env db-SUFFIX[password]",
            "Deployment/shop env db-SUFFIX[username]",
            "Deployment/shop envFrom smtp-SUFFIX",
        ],
    },
    Example {
        directory: "optional",
        overlay: ".",
        namespace: "optional",
        key: "team.txt",
        references: &[
            "Deployment/shop env license-SUFFIX[license] optional",
            "Deployment/shop env license-SUFFIX[proxy] optional absent",
            "Deployment/shop volume tracing optional absent",
        ],
    },
];

#[test]
fn every_directory_is_tested() {
    let tested: BTreeSet<String> = EXAMPLES.iter().map(|e| e.directory.to_owned()).collect();
    let directories = fs::read_dir(examples()).unwrap().map(Result::unwrap);
    let directories = directories.filter(|entry| entry.path().is_dir());
    let mut there: BTreeSet<String> = directories
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    // Its own test is in `kustomize::command`.
    assert!(there.remove("kustomize") && there.remove("throw-away-keys"));
    assert_eq!(there, tested);
}

#[test]
fn every_reference_resolves_as_committed_and_when_sealed_again() {
    bulla_tests::openssl();
    bulla_tests::ssh_keygen();
    let plane = plane();
    let desk = Desk::new();
    copy(&examples(), &desk.path("examples"));
    for example in &EXAMPLES {
        create_namespace(plane, example.namespace);
        check_sync(&desk, example);
        let committed = goes_through(plane, &desk, example);
        fs::remove_dir_all(desk.path(&example.at("sealed"))).unwrap();
        reseal(&desk, example);
        let again = goes_through(plane, &desk, example);
        // Other values, other names; and what an old Pod refers to is still there.
        assert!(committed.is_disjoint(&again), "{}", example.directory);
        let all = get(plane, example.namespace, "secrets");
        let all: BTreeSet<String> = all.iter().map(name).collect();
        assert!(all.is_superset(&committed) && all.is_superset(&again));
    }
}

/// Applies the example, lets the controller make its Secrets, and returns their names.
fn goes_through(plane: &ControlPlane, desk: &Desk, example: &Example) -> BTreeSet<String> {
    apply(plane, &desk.path(&example.at("")));
    let found = references::all(plane, example.namespace);
    let required: Vec<&Reference> = found.iter().filter(|r| !r.optional).collect();
    // Before the controller has seen it nothing resolves, or the check below would show nothing.
    let before = get(plane, example.namespace, "secrets");
    assert!(
        required
            .iter()
            .all(|reference| !reference.resolves(&before))
    );

    let key = desk.path("examples/throw-away-keys").join(example.key);
    controller_makes_secrets(plane, desk, example.namespace, &key);
    let secrets = get(plane, example.namespace, "secrets");
    let shown = |reference: &Reference| {
        let resolves = reference.resolves(&secrets);
        assert!(resolves || reference.optional, "{reference} dangles");
        let absent = if resolves { "" } else { " absent" };
        format!("{}{absent}", masked(&reference.to_string()))
    };
    let mut shown: Vec<String> = found.iter().map(shown).collect();
    shown.sort();
    assert_eq!(shown, example.references, "{}", example.directory);

    let made = get(plane, example.namespace, "sealedsecrets");
    let made = made.iter().map(|sealed| {
        let name = sealed["spec"]["secretName"].as_str().unwrap();
        name.to_owned()
    });
    made.collect()
}

/// Runs the commands of the README's section `Seal`.
fn reseal(desk: &Desk, example: &Example) {
    let directory = format!("examples/{}", example.directory);
    let readme = desk.read(&format!("{directory}/README.md"));
    let (_, section) = readme.split_once("\n## Seal\n").expect("a section `Seal`");
    let section = section.split("\n## ").next().unwrap_or_default();
    let commands = section.lines().filter_map(|line| line.strip_prefix("    "));
    let commands: Vec<&str> = commands.collect();
    assert!(commands.iter().any(|line| line.contains("bulla create")));
    let said = desk.shell(&format!("set -e\ncd {directory}\n{}", commands.join("\n")));
    assert!(said.succeeded(), "{directory}: {}", said.stderr);
    assert!(!said.stderr.contains("warning"), "{}", said.stderr);
    let kept = desk
        .files()
        .into_keys()
        .filter(|file| file.starts_with(&directory));
    let kept: Vec<String> = kept.filter(|file| is_plaintext(file)).collect();
    assert_eq!(kept, [""; 0], "plaintext is left behind");
}

/// Whether a file is none of those that an example is made of.
fn is_plaintext(file: &str) -> bool {
    let extension = Path::new(file).extension().and_then(|e| e.to_str());
    !matches!(extension, Some("yaml" | "md"))
}

/// What is committed is what `sync` writes.
fn check_sync(desk: &Desk, example: &Example) {
    let sealed = example.at("sealed");
    let said = desk.says(["kustomize", "sync", "--check", &sealed], "");
    assert!(said.succeeded(), "{}", said.stderr);
}

#[test]
fn one_of_two_containers_sees_the_key() {
    let pod = fs::read_to_string(examples().join("one-of-two-containers/shop.yaml")).unwrap();
    let pod = &crate::desk::parse(&pod)["spec"]["template"]["spec"];
    let sees = |container: &Value| {
        let parts = ["env", "envFrom", "volumeMounts"];
        let text = parts.map(|part| container[part].to_string()).join(" ");
        text.contains("key") || text.contains("ecret")
    };
    let containers = pod["containers"].as_array().unwrap();
    let seeing: Vec<String> = containers
        .iter()
        .filter(|container| sees(container))
        .map(|container| container["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((containers.len(), seeing), (2, vec!["signer".to_owned()]));
}

#[test]
fn test_credentials_open_no_production_file() {
    let desk = Desk::new();
    let open = |overlay: &str, key: &str| {
        let file = format!("prod-and-test/overlays/{overlay}/sealed/files/db.sealed.yaml");
        let key = examples().join("throw-away-keys").join(key);
        let file = examples().join(file);
        desk.says([Path::new("open"), &file, Path::new("-i"), &key], "")
            .code
    };
    assert_eq!(open("test", "team.txt"), 0);
    assert_eq!(open("test", "prod.txt"), 0);
    assert_eq!(open("prod", "prod.txt"), 0);
    assert_eq!(open("prod", "team.txt"), 3);
}

impl Example {
    /// A path below its overlay, on the desk.
    fn at(&self, below: &str) -> String {
        format!("examples/{}/{}/{below}", self.directory, self.overlay)
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn name(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap().to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(fs::copy(&path, &to).unwrap()),
        }
    }
}
