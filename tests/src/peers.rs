//! The programs that bulla has to agree with.

use std::env;
use std::path::{Path, PathBuf};

use crate::go::Module;

/// The variable that names a directory with a control plane that is built already.
const CONTROL_PLANE: &str = "BULLA_TEST_CONTROL_PLANE";

// The argument `tool` stands for the programs that a module's `tool` lines name. The older
// releases of kustomize learn their own version from the linker only.
static AGE: Module = Module::new("peers/age", "20 seconds", &["tool"], &[]);
static KUSTOMIZE_5_8: Module = Module::new(
    "peers/kustomize-5.8",
    "20 seconds",
    &[
        "-ldflags=-X sigs.k8s.io/kustomize/api/provenance.version=kustomize/v5.8.2",
        "tool",
    ],
    &[],
);
static KUSTOMIZE_5_5: Module = Module::new(
    "peers/kustomize-5.5",
    "20 seconds",
    &[
        "-ldflags=-X sigs.k8s.io/kustomize/api/provenance.version=kustomize/v5.5.0",
        "tool",
    ],
    &[],
);
static KUSTOMIZE_5_0: Module = Module::new(
    "peers/kustomize-5.0",
    "20 seconds",
    &[
        "-ldflags=-X sigs.k8s.io/kustomize/api/provenance.version=kustomize/v5.0.0",
        "tool",
    ],
    &[],
);
static SEALED_SECRETS: Module = Module::new("peers/sealed-secrets", "2 minutes", &["tool"], &[]);
static SOPS: Module = Module::new("peers/sops", "2 minutes", &["tool"], &[]);
static KSTATUS: Module = Module::new("peers/kstatus", "30 seconds", &[], &[]);
static CONTROL_PLANE_MODULE: Module = Module::new(
    "control-plane",
    "6 minutes on two cores",
    &[
        // Without these it would call itself v0.0.0-master, and clients would take it at its word.
        "-ldflags=-s -w \
         -X k8s.io/component-base/version.gitVersion=v1.36.3 \
         -X k8s.io/component-base/version.gitMajor=1 \
         -X k8s.io/component-base/version.gitMinor=36",
    ],
    &[
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kubectl",
    ],
);

/// A release of kustomize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The newest one.
    V5_8_2,
    /// The one inside kubectl 1.32.
    V5_5_0,
    /// The first one of the line.
    V5_0_0,
}

/// The `age` command.
pub fn age() -> PathBuf {
    program(AGE.programs(), "age")
}

/// The `age-keygen` command.
pub fn age_keygen() -> PathBuf {
    program(AGE.programs(), "age-keygen")
}

/// The `age-inspect` command.
pub fn age_inspect() -> PathBuf {
    program(AGE.programs(), "age-inspect")
}

/// The `kustomize` command of one release.
pub fn kustomize(version: Version) -> PathBuf {
    let module = match version {
        Version::V5_8_2 => &KUSTOMIZE_5_8,
        Version::V5_5_0 => &KUSTOMIZE_5_5,
        Version::V5_0_0 => &KUSTOMIZE_5_0,
    };
    program(module.programs(), "kustomize")
}

/// The `kubeseal` command.
pub fn kubeseal() -> PathBuf {
    program(SEALED_SECRETS.programs(), "kubeseal")
}

/// The controller of Sealed Secrets.
pub fn sealed_secrets_controller() -> PathBuf {
    program(SEALED_SECRETS.programs(), "controller")
}

/// The `sops` command.
pub fn sops() -> PathBuf {
    program(SOPS.programs(), "sops")
}

/// The kstatus library as a command: a line that tells the status of the object on standard input.
pub fn kstatus() -> PathBuf {
    program(KSTATUS.programs(), "kstatus")
}

/// The `kubectl` command, of the control plane's own release.
pub fn kubectl() -> PathBuf {
    control_plane()
        .unwrap_or_else(|problem| panic!("{problem}"))
        .join("kubectl")
}

/// The directory with the control plane's programs.
pub(crate) fn control_plane() -> Result<PathBuf, String> {
    let Some(directory) = env::var_os(CONTROL_PLANE) else {
        return CONTROL_PLANE_MODULE.programs().map(Path::to_path_buf);
    };
    // Cargo runs tests in their package's directory, not where the variable was set.
    let directory = PathBuf::from(directory);
    let parts = [
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kubectl",
    ];
    match parts.iter().find(|part| !directory.join(part).is_file()) {
        None if directory.is_absolute() => Ok(directory),
        None => Err(format!("{CONTROL_PLANE} has to be an absolute path")),
        Some(part) => Err(format!(
            "{CONTROL_PLANE}: {} has no {part}",
            directory.display()
        )),
    }
}

fn program(programs: Result<&Path, String>, name: &str) -> PathBuf {
    programs
        .unwrap_or_else(|problem| panic!("{problem}"))
        .join(name)
}
