//! The trees under `examples`, from sealing to the Secrets on the API server: as they are committed,
//! and sealed again from the commands in their READMEs.

mod cluster;
mod references;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::controller::cluster::Cluster as _;
use crate::controller::stage::{Running, Stage, identities};
use crate::desk::Desk;
use cluster::{apply, create_namespace, get};
use references::{Reference, masked};

/// One kustomization of an example.
struct Example {
    /// Its directory in `examples`.
    directory: &'static str,
    /// The kustomization in it that is applied.
    overlay: &'static str,
    /// The namespace that the kustomization sets.
    namespace: &'static str,
    /// What its workloads refer to, with the suffix masked.
    references: &'static [&'static str],
}

const EXAMPLES: [Example; 9] = [
    Example {
        directory: "ssh-keys",
        overlay: ".",
        namespace: "ssh-keys",
        references: &["Deployment/mirror volume deploy-key-SUFFIX"],
    },
    Example {
        directory: "prod-and-test",
        overlay: "overlays/prod",
        namespace: "shop-prod",
        references: &["Deployment/shop volume db-SUFFIX"],
    },
    Example {
        directory: "prod-and-test",
        overlay: "overlays/test",
        namespace: "shop-test",
        references: &["Deployment/shop volume db-SUFFIX"],
    },
    Example {
        directory: "dotfiles",
        overlay: ".",
        namespace: "dotfiles",
        references: &["Deployment/app volume dotfile-SUFFIX"],
    },
    Example {
        directory: "one-of-two-containers",
        overlay: ".",
        namespace: "one-of-two-containers",
        references: &["Deployment/shop volume signing-key-SUFFIX[private.pem]"],
    },
    Example {
        directory: "private-registry",
        overlay: ".",
        namespace: "private-registry",
        references: &[
            "Deployment/on-pod pull pull-SUFFIX[.dockerconfigjson]",
            "ServiceAccount/puller pull pull-SUFFIX[.dockerconfigjson]",
        ],
    },
    Example {
        directory: "ingress-tls",
        overlay: ".",
        namespace: "ingress-tls",
        references: &["Ingress/shop tls shop-tls-SUFFIX[tls.crt,tls.key]"],
    },
    Example {
        directory: "environment",
        overlay: ".",
        namespace: "environment",
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
    let stage = Stage::own();
    let desk = &stage.desk;
    copy(&examples(), &desk.path("examples"));
    let keys =
        ["team.txt", "prod.txt"].map(|key| desk.read(&format!("examples/throw-away-keys/{key}")));
    stage.created(&identities(
        IDENTITIES,
        &keys.each_ref().map(String::as_str),
    ));
    let running = stage.prepare();
    for example in &EXAMPLES {
        create_namespace(&stage, example.namespace);
        check_sync(desk, example);
    }
    let committed = go_through(&stage, &running);
    for example in &EXAMPLES {
        fs::remove_dir_all(desk.path(&example.at("sealed"))).unwrap();
        reseal(desk, example);
    }
    let again = go_through(&stage, &running);
    for ((committed, again), example) in committed.iter().zip(&again).zip(&EXAMPLES) {
        // Other values, other names; and what an old Pod refers to is still there.
        assert!(committed.is_disjoint(again), "{}", example.directory);
        let all = get(&stage, example.namespace, "secrets");
        let all: BTreeSet<String> = all.iter().map(name).collect();
        assert!(all.is_superset(committed) && all.is_superset(again));
    }
}

/// The Secret with the throw-away keys, in the controller's namespace.
const IDENTITIES: &str = "examples";

/// Applies all examples, lets the controller make their Secrets, and returns the names of each one's.
fn go_through(stage: &Stage, running: &Running<'_>) -> Vec<BTreeSet<String>> {
    for example in &EXAMPLES {
        apply(stage, &stage.desk.path(&example.at("")));
        // Before the controller has seen it nothing resolves, or the check below would show nothing.
        let before = get(stage, example.namespace, "secrets");
        let found = references::all(stage, example.namespace);
        let mut required = found.iter().filter(|reference| !reference.optional);
        assert!(required.all(|reference| !reference.resolves(&before)));
    }
    running.start([format!("--identities={IDENTITIES}")]);
    let made = EXAMPLES.iter().map(|example| {
        let sealed = get(stage, example.namespace, "sealedsecrets");
        let made = sealed.iter().map(|sealed| {
            let made = stage.native(example.namespace, &name(sealed));
            name(&made)
        });
        let made: BTreeSet<String> = made.collect();
        check_references(stage, example);
        made
    });
    let made = made.collect();
    running.signal("TERM");
    let ended = running.wait(Duration::from_secs(30));
    assert_eq!(ended, Some(0), "{}", running.logged());
    made
}

fn check_references(stage: &Stage, example: &Example) {
    let secrets = get(stage, example.namespace, "secrets");
    let found = references::all(stage, example.namespace);
    let shown = |reference: &Reference| {
        let resolves = reference.resolves(&secrets);
        assert!(resolves || reference.optional, "{reference} dangles");
        let absent = if resolves { "" } else { " absent" };
        format!("{}{absent}", masked(&reference.to_string()))
    };
    let mut shown: Vec<String> = found.iter().map(shown).collect();
    shown.sort();
    assert_eq!(shown, example.references, "{}", example.directory);
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
