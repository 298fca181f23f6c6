//! `bulla create`

mod basic_auth;
mod creation;
mod docker_config;
mod docker_registry;
mod generic;
pub(super) mod sources;
mod ssh_auth;
mod tls;

use clap::{Args, Subcommand};

use crate::error::CommandError;

/// Make a sealed Secret from values, with the flags of `kubectl create secret`
///
/// No plaintext file is ever written.
#[derive(Args)]
pub(crate) struct CreateArgs {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    Generic(generic::GenericArgs),
    DockerRegistry(docker_registry::DockerRegistryArgs),
    Tls(tls::TlsArgs),
    BasicAuth(basic_auth::BasicAuthArgs),
    SshAuth(ssh_auth::SshAuthArgs),
}

pub(crate) fn run(args: CreateArgs) -> Result<(), CommandError> {
    match args.kind {
        Kind::Generic(args) => generic::run(args),
        Kind::DockerRegistry(args) => docker_registry::run(args),
        Kind::Tls(args) => tls::run(args),
        Kind::BasicAuth(args) => basic_auth::run(args),
        Kind::SshAuth(args) => ssh_auth::run(args),
    }
}
