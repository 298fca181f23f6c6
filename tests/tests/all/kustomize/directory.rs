//! A tree of kustomizations on disk, and everything that builds it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bulla_generator::{EXTENSION, FILES, Layout, Plan, Request, SealedFile, read, sync};
use bulla_manifest::{Stream, typed};
use bulla_references::Sites;
use bulla_tests::peers::{Version, kubectl, kustomize};
use serde_json::Value;
use tempfile::TempDir;

/// A directory that is removed at the end.
pub(super) struct Tree(TempDir);

impl Tree {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Objects, one document each; JSON is YAML.
    pub(super) fn objects(&self, path: &str, objects: &[Value]) -> &Self {
        let text: Vec<String> = objects.iter().map(ToString::to_string).collect();
        self.write(path, &text.join("\n---\n"))
    }

    /// A sealed file `DIR/NAME.sealed.yaml`, as `bulla seal` lays it out.
    pub(super) fn seal(&self, directory: &str, name: &str, suffix: &str) -> &Self {
        self.seal_in(directory, None, name, suffix)
    }

    /// A sealed file that states its namespace, which is also in its file name.
    pub(super) fn seal_in(
        &self,
        directory: &str,
        namespace: Option<&str>,
        name: &str,
        suffix: &str,
    ) -> &Self {
        let file = namespace.map_or_else(|| name.to_owned(), |n| format!("{n}-{name}"));
        let path = format!("{directory}/{file}{EXTENSION}");
        self.write(&path, &sealed(namespace, name, suffix))
    }

    /// `bulla kustomize sync` without the program.
    pub(super) fn sync(&self, directory: &str) -> &Self {
        self.sync_as(directory, Layout::AsItIs)
    }

    pub(super) fn sync_as(&self, directory: &str, layout: Layout) -> &Self {
        self.carry_out(directory, &self.plan(directory, layout.clone()));
        assert!(
            self.plan(directory, layout).is_empty(),
            "{directory}: not idempotent"
        );
        self
    }

    pub(super) fn plan(&self, directory: &str, layout: Layout) -> Plan {
        sync(&self.request(directory, layout)).unwrap()
    }

    pub(super) fn request(&self, directory: &str, layout: Layout) -> Request {
        let mut sealed = Vec::new();
        let mut existing = BTreeMap::new();
        for (at, below) in [("", ""), ("files/", FILES), ("stand-ins/", "stand-ins")] {
            let Ok(entries) = fs::read_dir(self.path(directory).join(below)) else {
                continue;
            };
            for entry in entries {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    continue;
                }
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                let bytes = fs::read(&path).unwrap();
                if name.ends_with(EXTENSION) {
                    let holds = read(&name, &bytes).unwrap();
                    let in_files = !at.is_empty();
                    sealed.push(SealedFile {
                        name,
                        in_files,
                        holds,
                    });
                } else {
                    existing.insert(format!("{at}{name}"), String::from_utf8(bytes).unwrap());
                }
            }
        }
        for directory_below in ["drop", "add"] {
            let path = format!("{directory_below}/kustomization.yaml");
            if let Ok(text) = fs::read_to_string(self.path(directory).join(&path)) {
                existing.insert(path, text);
            }
        }
        let (secrets, sites) = (Vec::new(), Sites::built_in());
        Request {
            sealed,
            existing,
            layout,
            secrets,
            sites,
        }
    }

    fn carry_out(&self, directory: &str, plan: &Plan) {
        for moved in &plan.moves {
            let to = self.path(directory).join(&moved.to);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::rename(self.path(directory).join(&moved.from), to).unwrap();
        }
        for write in &plan.writes {
            self.write(&format!("{directory}/{}", write.path), &write.text);
        }
    }

    /// What every release makes of a directory: the same, byte for byte, and no Secret in it.
    pub(super) fn build(&self, directory: &str) -> Built {
        let path = self.path(directory);
        let newest = printed(&build_with(Version::V5_8_2, &path));
        for version in [Version::V5_5_0, Version::V5_0_0] {
            assert_eq!(printed(&build_with(version, &path)), newest, "{version:?}");
        }
        let output = Command::new(kubectl()).arg("kustomize").arg(&path).output();
        assert_eq!(printed(&output.unwrap()), newest, "kubectl");
        let built = Built::read(newest);
        for object in &built.objects {
            assert_ne!(object["kind"], "Secret", "{}", built.text);
        }
        built
    }

    /// The message with which every release fails.
    pub(super) fn build_fails(&self, directory: &str) -> String {
        let path = self.path(directory);
        let mut message = String::new();
        for version in [Version::V5_0_0, Version::V5_5_0, Version::V5_8_2] {
            let output = build_with(version, &path);
            assert!(!output.status.success(), "{version:?}: {output:?}");
            message = String::from_utf8(output.stderr).unwrap();
        }
        message
    }
}

fn build_with(version: Version, path: &Path) -> Output {
    let mut command = Command::new(kustomize(version));
    command.arg("build").arg(path).output().unwrap()
}

fn printed(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a build printed.
pub(super) struct Built {
    pub(super) text: String,
    pub(super) objects: Vec<Value>,
}

impl Built {
    fn read(text: String) -> Self {
        let stream = Stream::read("build", text.as_bytes()).unwrap();
        let objects = stream
            .documents()
            .iter()
            .map(|d| typed::from_document(d).unwrap());
        let objects = objects.collect();
        Self { text, objects }
    }

    /// The names in `spec.secretName`, with those of their SealedSecrets, in order.
    pub(super) fn sealed(&self) -> Vec<(&str, &str)> {
        let ours = self.objects.iter().filter(|object| {
            object["kind"] == "SealedSecret" && object["apiVersion"] == "bulla.dev/v1alpha1"
        });
        ours.map(|object| {
            let name = object["metadata"]["name"].as_str().unwrap();
            (name, object["spec"]["secretName"].as_str().unwrap())
        })
        .collect()
    }
}

/// A SealedSecret as far as kustomize looks at it.
pub(super) fn sealed(namespace: Option<&str>, name: &str, suffix: &str) -> String {
    let (place, sealed_for) = match namespace {
        Some(namespace) => (
            format!("\n  namespace: {namespace}"),
            format!("\n    namespace: {namespace}\n    name: {name}"),
        ),
        None => (String::new(), " {}".to_owned()),
    };
    let armor =
        "      YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBub3QgYSByZWFsIG9uZQ==\n".repeat(6);
    format!(
        "apiVersion: bulla.dev/v1alpha1
kind: SealedSecret
metadata:
  name: {name}{place}
spec:
  type: kubernetes.io/basic-auth
  sealedFor:{sealed_for}
  secretName: {name}-{suffix}
  template:
    labels:
      app: shop
  envelopes:
  - format: 1
    commitment: {commitment}=
    recipients:
    - age1{recipient}
    age: |
      -----BEGIN AGE ENCRYPTED FILE-----
{armor}      -----END AGE ENCRYPTED FILE-----
    items:
      password: {item}
",
        commitment = "A".repeat(43),
        recipient = "q".repeat(58),
        item = "A".repeat(124),
    )
}
