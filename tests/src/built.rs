//! bulla's own programs, built from the sources as they are now.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::build::{package, run};

/// The `bulla` command, in the profile of the tests.
pub fn bulla() -> &'static Path {
    static BULLA: Built = Built::new();
    BULLA.program("bulla")
}

/// The `bulla-controller` command, in the profile of the tests.
pub fn bulla_controller() -> &'static Path {
    static CONTROLLER: Built = Built::new();
    CONTROLLER.program("bulla-controller")
}

/// The `bulla-controller` command as it is in its image: one file that needs no other.
#[cfg(target_os = "linux")]
pub fn static_bulla_controller() -> &'static Path {
    static CONTROLLER: Built = Built::new();
    let built = CONTROLLER.0.get_or_init(|| {
        let target = format!("{}-unknown-linux-gnu", env::consts::ARCH);
        let mut command = cargo("bulla-controller", Some("static"));
        command.args(["--target", &target]);
        command.env("RUSTFLAGS", flags_of_the_image()?);
        built_by(command, "bulla-controller")
    });
    built
        .as_deref()
        .unwrap_or_else(|problem| panic!("{problem}"))
}

/// What the Dockerfile tells the compiler.
#[cfg(target_os = "linux")]
fn flags_of_the_image() -> Result<String, String> {
    let path = package().join("../Dockerfile");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path:?}: {error}"))?;
    let quoted = text.split("RUSTFLAGS='").nth(1);
    let flags = quoted.and_then(|rest| rest.split('\'').next());
    flags
        .map(str::to_owned)
        .ok_or_else(|| format!("{path:?} has no RUSTFLAGS in single quotes"))
}

/// A program of another package.
///
/// Cargo names the path of a program only to the tests of its own package, so this asks Cargo for
/// it, once per process: Cargo builds it if anything has changed, and otherwise only says where it
/// is.
struct Built(OnceLock<Result<PathBuf, String>>);

impl Built {
    const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The package has the program's name.
    fn program(&self, name: &str) -> &Path {
        match self.0.get_or_init(|| build(name)) {
            Ok(program) => program,
            Err(problem) => panic!("{problem}"),
        }
    }
}

/// A line of `cargo build --message-format=json`; most have no executable.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    executable: Option<PathBuf>,
}

fn build(name: &str) -> Result<PathBuf, String> {
    built_by(cargo(name, None), name)
}

/// The command that builds a program, in the target directory of the tests or one below it.
fn cargo(name: &str, below: Option<&str>) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--package", name, "--bin", name])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(package());
    if let Some((target, profile)) = own_directories() {
        let target = below.map_or_else(|| target.clone(), |below| target.join(below));
        command.arg("--target-dir").arg(target);
        command.arg("--profile").arg(profile);
    }
    // What Cargo tells a test about its own package is not for the build of another.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

fn built_by(mut command: Command, name: &str) -> Result<PathBuf, String> {
    let messages = run(&mut command)?;
    let messages = messages.split(|byte| *byte == b'\n');
    let mut programs = messages.filter_map(|line| {
        let message: Message = serde_json::from_slice(line).ok()?;
        message.executable
    });
    let program = programs.next_back();
    program.ok_or_else(|| format!("cargo built {name} and did not say where"))
}

/// The target directory and the profile that this program was built in:
/// `TARGET[/TRIPLE]/PROFILE/deps/all-HASH`.
fn own_directories() -> Option<(PathBuf, String)> {
    let program = env::current_exe().ok()?;
    let directory = program.parent()?.parent()?;
    let profile = match directory.file_name()?.to_str()? {
        "debug" => "dev",
        other => other,
    };
    let target = directory.ancestors().skip(1).find(|directory| {
        // As for the tools: Cargo leaves these at the top of a target directory.
        [".rustc_info.json", "CACHEDIR.TAG"]
            .iter()
            .any(|mark| directory.join(mark).is_file())
    })?;
    Some((target.to_path_buf(), profile.to_owned()))
}
