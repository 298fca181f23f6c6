//! `bulla create ssh-auth`

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::creation::{Creation, CreationArgs};
use super::sources::Values;
use crate::error::CommandError;
use crate::input;

/// kubernetes: core.SecretTypeSSHAuth
const TYPE: &str = "kubernetes.io/ssh-auth";

/// Make a sealed Secret from an SSH key
#[derive(Args)]
#[command(after_help = "\
Examples:
  A key that is made for this alone, and deleted once it is sealed:
    ssh-keygen -t ed25519 -N '' -f deploy-key
    bulla create ssh-auth deploy -n shop --ssh-privatekey deploy-key \\
      --ssh-publickey deploy-key.pub -r age1... --to deploy.sealed.yaml
    rm deploy-key")]
pub(crate) struct SshAuthArgs {
    /// The private key, which becomes `ssh-privatekey`
    #[arg(long, value_name = "FILE")]
    ssh_privatekey: PathBuf,

    /// The public key, which becomes `ssh-publickey`
    #[arg(long, value_name = "FILE")]
    ssh_publickey: Option<PathBuf>,

    #[command(flatten)]
    creation: CreationArgs,
}

pub(super) fn run(args: SshAuthArgs) -> Result<(), CommandError> {
    let creation = Creation::begin(args.creation)?;
    let mut values = Values::default();
    values.add("ssh-privatekey", private_key(&args.ssh_privatekey)?)?;
    if let Some(path) = &args.ssh_publickey {
        values.add("ssh-publickey", public_key(path)?)?;
    }
    creation.seal(TYPE, values)
}

/// The API server takes anything. Here the two are not mixed up: what is called public is handed on
/// without care.
fn public_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let input = input::read_private("--ssh-publickey", path)?;
    if is_private_key(&input.bytes) {
        let message = format!("{}: a private key, given as --ssh-publickey", input.name);
        return Err(CommandError::refused(message)
            .hinted("the public key is in the file that ends with .pub, most likely"));
    }
    Ok(input.bytes)
}

fn private_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let input = input::read_private("--ssh-privatekey", path)?;
    let is_public = PUBLIC_KEYS
        .iter()
        .any(|start| input.bytes.starts_with(start));
    if is_public && !is_private_key(&input.bytes) {
        let message = format!("{}: a public key, given as --ssh-privatekey", input.name);
        return Err(CommandError::refused(message)
            .hinted("the private key is in the file without .pub, most likely"));
    }
    Ok(input.bytes)
}

/// How lines and files of public keys begin (sshd(8), RFC 4716, PEM).
const PUBLIC_KEYS: [&[u8]; 5] = [
    b"ssh-",
    b"ecdsa-sha2-",
    b"sk-",
    b"---- BEGIN SSH2 PUBLIC KEY",
    b"-----BEGIN PUBLIC KEY",
];

fn is_private_key(bytes: &[u8]) -> bool {
    let contains = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    contains(b"PRIVATE KEY-----") || bytes.starts_with(b"PuTTY-User-Key-File")
}
