//! `bulla create basic-auth`

use clap::Args;

use super::creation::{Creation, CreationArgs};
use super::sources::{self, Values};
use crate::error::CommandError;

/// kubernetes: core.SecretTypeBasicAuth
const TYPE: &str = "kubernetes.io/basic-auth";

/// Make a sealed Secret from a user name and a password
#[derive(Args)]
#[command(after_help = "\
Examples:
  Type the password; it is not shown and in no history:
    bulla create basic-auth db -n shop --username app -r age1... --to db.sealed.yaml
  Take it from a program:
    pwgen -s 32 1 | tr -d '\\n' | bulla create basic-auth db -n shop --username app -r age1...")]
pub(crate) struct BasicAuthArgs {
    /// The user name; without it, the Secret has the password alone
    #[arg(long, allow_hyphen_values = true, value_name = "NAME")]
    username: Option<String>,

    /// The password. It will be in the shell's history, and in the list of processes: leave it out,
    /// and it is asked for, or read from standard input
    #[arg(long, allow_hyphen_values = true, value_name = "PASSWORD")]
    password: Option<String>,

    #[command(flatten)]
    creation: CreationArgs,
}

pub(super) fn run(args: BasicAuthArgs) -> Result<(), CommandError> {
    let creation = Creation::begin(args.creation)?;
    let mut values = Values::default();
    if let Some(username) = args.username {
        values.add("username", username.into_bytes())?;
    }
    let password = match args.password {
        Some(password) => password.into_bytes().into(),
        None => sources::password("password")?,
    };
    values.add("password", password)?;
    creation.seal(TYPE, values)
}
