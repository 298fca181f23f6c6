//! `bulla create docker-registry`

use clap::Args;

use super::creation::{Creation, CreationArgs};
use super::docker_config::docker_config;
use super::sources::{self, Values};
use crate::error::CommandError;

/// kubernetes: core.SecretTypeDockerConfigJSON
const TYPE: &str = "kubernetes.io/dockerconfigjson";
/// kubernetes: core.DockerConfigJSONKey
const KEY: &str = ".dockerconfigjson";

/// Make a sealed Secret with which images are pulled from a private registry
#[derive(Args)]
#[command(after_help = "\
Examples:
  Type the password; it is not shown and in no history:
    bulla create docker-registry pull -n shop --docker-server registry.example.com \\
      --docker-username robot -r age1... --to pull.sealed.yaml
  Take it from a variable of a script:
    printf %s \"$TOKEN\" | bulla create docker-registry pull -n shop \\
      --docker-server registry.example.com --docker-username robot -r age1...
  What `docker login` has written:
    bulla create docker-registry pull -n shop --from-file ~/.docker/config.json -r age1...")]
pub(crate) struct DockerRegistryArgs {
    /// The registry
    #[arg(
        long,
        value_name = "SERVER",
        default_value = "https://index.docker.io/v1/"
    )]
    docker_server: String,

    /// Who pulls
    #[arg(
        long,
        allow_hyphen_values = true,
        value_name = "NAME",
        required_unless_present = "from_file"
    )]
    docker_username: Option<String>,

    /// The password. It will be in the shell's history, and in the list of processes: leave it out,
    /// and it is asked for, or read from standard input
    #[arg(long, allow_hyphen_values = true, value_name = "PASSWORD")]
    docker_password: Option<String>,

    /// An address, for registries that want one
    #[arg(long, allow_hyphen_values = true, value_name = "EMAIL")]
    docker_email: Option<String>,

    /// Take the whole configuration from this file, such as ~/.docker/config.json
    #[arg(
        long,
        value_name = "[KEY=]PATH",
        value_delimiter = ',',
        conflicts_with_all = ["docker_server", "docker_username", "docker_password", "docker_email"]
    )]
    from_file: Vec<String>,

    #[command(flatten)]
    creation: CreationArgs,
}

pub(super) fn run(args: DockerRegistryArgs) -> Result<(), CommandError> {
    let creation = Creation::begin(args.creation)?;
    let mut values = Values::default();
    for source in &args.from_file {
        if source.contains('=') {
            sources::file(&mut values, source)?;
        } else {
            sources::file(&mut values, &format!("{KEY}={source}"))?;
        }
    }
    if args.from_file.is_empty() {
        let username = args.docker_username.unwrap_or_default();
        let is_empty = |password: &String| password.is_empty();
        if args.docker_server.is_empty()
            || username.is_empty()
            || args.docker_password.as_ref().is_some_and(is_empty)
        {
            return Err(CommandError::usage(
                "--docker-server, --docker-username and --docker-password may not be empty",
            ));
        }
        let password = match args.docker_password {
            Some(password) => password.into_bytes().into(),
            None => sources::password("password")?,
        };
        let email = args.docker_email.unwrap_or_default();
        let config = docker_config(&args.docker_server, &username, &password, &email)?;
        values.add(KEY, config)?;
    }
    creation.seal(TYPE, values)
}
