//! `-i` and its fallbacks: with which private keys to open.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use bulla_envelope::Identity;
use clap::Args;
use etcetera::BaseStrategy as _;
use zeroize::Zeroizing;

use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::input;

/// An identity's content, for CI systems that keep secrets in variables.
const CONTENT: &str = "BULLA_IDENTITY";
/// The path of an identity file.
const FILE: &str = "BULLA_IDENTITY_FILE";
/// Below the user's configuration directory.
const DEFAULT_FILE: &str = "bulla/identity.txt";

#[derive(Args)]
#[command(next_help_heading = "Identities")]
pub(crate) struct IdentityArgs {
    /// Open with the private keys in this file: age's format, or PEM of an RSA key (can be
    /// repeated). Without it: $BULLA_IDENTITY (the content), else $BULLA_IDENTITY_FILE, else
    /// bulla/identity.txt in the user's configuration directory
    #[arg(short, long = "identity", value_name = "FILE")]
    identities: Vec<PathBuf>,

    /// Open with what a KMS or HSM made of a wrapped key: a file with 64 bytes, as they are or in
    /// base64 (can be repeated, once for each envelope)
    #[arg(long, value_name = "FILE")]
    unwrapped: Vec<PathBuf>,
}

impl IdentityArgs {
    /// Whether the command line names any.
    pub(crate) fn are_given(&self) -> bool {
        !(self.identities.is_empty() && self.unwrapped.is_empty())
    }

    /// The identities of the first source that there is.
    pub(crate) fn resolve(&self) -> Result<Vec<Identity>, CommandError> {
        match self.find()? {
            Some(identities) => Ok(identities),
            None => Err(not_found(default_file().as_deref())),
        }
    }

    /// The same, for commands that do with none. What is there but wrong is still an error.
    pub(crate) fn resolve_if_any(&self) -> Result<Vec<Identity>, CommandError> {
        Ok(self.find()?.unwrap_or_default())
    }

    fn find(&self) -> Result<Option<Vec<Identity>>, CommandError> {
        if self.are_given() {
            let files = self.identities.iter().map(|path| from_file("-i", path));
            let unwrapped = self.unwrapped.iter().map(|path| unwrapped(path));
            let files: Vec<_> = files.chain(unwrapped).collect::<Result<_, _>>()?;
            return Ok(Some(files.into_iter().flatten().collect()));
        }
        if let Some(content) = variable(CONTENT) {
            let content = content.into_string().map(Zeroizing::new);
            let content = content.map_err(|_| refused(CONTENT, "is not text"))?;
            let identities = Identity::parse_file(&content);
            return identities
                .map(Some)
                .map_err(|error| refused(CONTENT, error));
        }
        if let Some(path) = variable(FILE) {
            return from_file(&format!("${FILE}"), Path::new(&path)).map(Some);
        }
        match default_file() {
            Some(path) if path.exists() => from_file("-i", &path).map(Some),
            _ => Ok(None),
        }
    }
}

/// A program of the user's that needs no private key gets none: it may have plugins, and children
/// that outlive it.
pub(crate) fn hide_from(program: &mut Command) {
    program.env_remove(CONTENT).env_remove(FILE);
}

/// A variable of the environment. CI systems set those without a value to nothing.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn from_file(flag: &str, path: &Path) -> Result<Vec<Identity>, CommandError> {
    let text = input::read_private_text(flag, path)?;
    Identity::parse_file(&text).map_err(|error| refused(&path.display().to_string(), error))
}

fn unwrapped(path: &Path) -> Result<Vec<Identity>, CommandError> {
    let answer = input::read_private("--unwrapped", path)?;
    let identity = Identity::from_unwrapped(&answer.bytes);
    let identity = identity.map_err(|error| refused(&answer.name, error))?;
    Ok(vec![identity])
}

fn refused(source: &str, error: impl std::fmt::Display) -> CommandError {
    CommandError::refused(format!("{source}: {error}"))
}

fn default_file() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join(DEFAULT_FILE))
}

fn not_found(default: Option<&Path>) -> CommandError {
    let place = default.map_or_else(
        || DEFAULT_FILE.to_owned(),
        |path| path.display().to_string(),
    );
    let message = format!("no identity: neither -i nor ${CONTENT} nor ${FILE} nor {place}");
    CommandError::new(ExitCode::NoIdentity, message)
        .hinted("name a file with a private key: -i key.txt")
}
