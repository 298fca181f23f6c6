//! Tools that are built from the Go modules in this package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::build::{Tool, failed_in, package, run};
use crate::programs;

/// A Go module of this package, and what is made of it.
pub(crate) struct Module {
    /// Its directory in this package.
    directory: &'static str,
    takes: &'static str,
    /// What `go install` gets besides the flags that all modules share.
    arguments: &'static [&'static str],
    /// More names for the one program that the module makes.
    names: &'static [&'static str],
    /// A failure is kept too: the next test would only wait for the same one.
    built: OnceLock<Result<PathBuf, String>>,
}

impl Module {
    /// Arguments are for `go install`; names are more names for the one program of a module that
    /// is a program itself.
    pub(crate) const fn new(
        directory: &'static str,
        takes: &'static str,
        arguments: &'static [&'static str],
        names: &'static [&'static str],
    ) -> Self {
        Self {
            directory,
            takes,
            arguments,
            names,
            built: OnceLock::new(),
        }
    }

    /// The directory of the built programs.
    pub(crate) fn programs(&self) -> Result<&Path, String> {
        self.built
            .get_or_init(|| self.build())
            .as_deref()
            .map_err(Clone::clone)
    }

    fn build(&self) -> Result<PathBuf, String> {
        let source = package().join(self.directory);
        let name = self.directory.rsplit('/').next().unwrap_or(self.directory);
        let tool = Tool {
            name,
            takes: self.takes,
            fingerprint: self.fingerprint(&source)?,
        };
        tool.build(|directory| {
            run(Command::new(programs::find("go")?)
                .arg("install")
                .args(self.arguments)
                .current_dir(&source)
                .env("GOBIN", directory)
                .envs(ENVIRONMENT))?;
            let program = directory.join(name);
            for name in self.names {
                let link = directory.join(name);
                fs::hard_link(&program, &link).map_err(failed_in(&link))?;
            }
            Ok(())
        })
    }

    fn fingerprint(&self, source: &Path) -> Result<Sha256, String> {
        let mut files = Vec::new();
        for entry in fs::read_dir(source).map_err(failed_in(source))? {
            files.push(entry.map_err(failed_in(source))?.path());
        }
        files.sort();
        let mut fingerprint = Sha256::new();
        fingerprint.update(format!(
            "{ENVIRONMENT:?} {:?} {:?}",
            self.arguments, self.names
        ));
        for file in files {
            fingerprint.update(Sha256::digest(fs::read(&file).map_err(failed_in(&file))?));
        }
        Ok(fingerprint)
    }
}

/// The same build on every machine: no C compiler, no workspace above, and the locked versions.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("CGO_ENABLED", "0"),
    ("GOFLAGS", "-mod=readonly -trimpath -buildvcs=false"),
    ("GOWORK", "off"),
];
