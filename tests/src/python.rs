//! A Python that has the packages in `python/requirements.txt` and no others.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::build::{Tool, failed_in, package, run};
use crate::programs;

/// Python with PyYAML and cryptography, as a second opinion on files and ciphertexts.
pub fn python() -> PathBuf {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PYTHON.get_or_init(environment) {
        Ok(environment) => environment.join("bin/python"),
        Err(problem) => panic!("{problem}"),
    }
}

fn environment() -> Result<PathBuf, String> {
    let python = programs::find("python3")?;
    let requirements = package().join("python/requirements.txt");
    let mut fingerprint = Sha256::new();
    fingerprint.update(fs::read(&requirements).map_err(failed_in(&requirements))?);
    // The environment links to this interpreter and holds modules compiled for it.
    let identity = "import sys; print(sys.version, sys.base_prefix)";
    fingerprint.update(run(Command::new(&python).args(["-c", identity]))?);
    let tool = Tool {
        name: "python",
        takes: "15 seconds",
        fingerprint,
    };
    tool.build(|directory| install(&python, &requirements, directory))
}

fn install(python: &Path, requirements: &Path, directory: &Path) -> Result<(), String> {
    run(Command::new(python).args(["-m", "venv"]).arg(directory)).map_err(|problem| {
        format!("{problem}\nif its venv module is missing, install it (Debian: python3-venv)")
    })?;
    run(Command::new(directory.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
        ])
        // Compiled files would remember a directory that is about to be renamed.
        .args(["--no-compile", "--require-hashes", "--requirement"])
        .arg(requirements))?;
    Ok(())
}
