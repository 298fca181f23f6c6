//! `bulla open`

use std::path::PathBuf;

use bulla_envelope::{Identity, OpenError};
use bulla_manifest::{Step, write};
use bulla_sealing::{NativeSecret, OpenRefusal};
use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

use super::sealed_files::{self, Found};
use crate::error::{CommandError, STALE_HINT};
use crate::exit_code::ExitCode;
use crate::identities::IdentityArgs;
use crate::{output, ui};

/// Open sealed files: print the native Secrets that they become
///
/// What is printed is what belongs into the cluster, to the last annotation: the final name,
/// immutable. Documents of other kinds are passed over. If anything does not open, nothing is
/// printed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  bulla open db.sealed.yaml -i key.txt
  bulla open db.sealed.yaml --key password | pbcopy
  Where kustomize sets namespace and name:
    kustomize build overlays/prod | bulla open -
  Into the cluster, by hand:
    bulla open db.sealed.yaml | kubectl create -f -")]
pub(crate) struct OpenArgs {
    /// Sealed files; `-` is standard input
    #[arg(default_value = "-", hide_default_value = true)]
    paths: Vec<PathBuf>,

    /// Print the value of this key alone, as it is, without a line break
    #[arg(long, value_name = "KEY", conflicts_with = "output")]
    key: Option<String>,

    /// Open although the file is not where it was sealed for, or its name is stale
    #[arg(long)]
    ignore_place: bool,

    /// How to print
    #[arg(short, long, value_enum, default_value_t = Manifest::Yaml)]
    output: Manifest,

    #[command(flatten)]
    identities: IdentityArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Manifest {
    Yaml,
    Json,
}

pub(crate) fn run(args: &OpenArgs) -> Result<(), CommandError> {
    let identities = args.identities.resolve()?;
    let secrets = sealed_files::for_each(&args.paths, |found| open(args, &identities, found))?;
    if let Some(key) = &args.key {
        return print_value(&secrets, key);
    }
    let mut text = Zeroizing::new(Vec::new());
    for (index, secret) in secrets.iter().enumerate() {
        if index > 0 && matches!(args.output, Manifest::Yaml) {
            text.extend_from_slice(b"---\n");
        }
        let printed = match args.output {
            Manifest::Yaml => write::to_yaml(&secret.expose()).ok(),
            Manifest::Json => serde_json::to_string_pretty(&secret.expose())
                .ok()
                .map(|json| ui::escaped_json(json) + "\n"),
        };
        // Without the reason, which could quote a value.
        let failed = || CommandError::refused(format!("{}: cannot be written", secret.name()));
        let printed = Zeroizing::new(printed.ok_or_else(failed)?);
        text.extend_from_slice(printed.as_bytes());
    }
    output::print(&text)
}

fn open(
    args: &OpenArgs,
    identities: &[Identity],
    found: &Found<'_>,
) -> Result<NativeSecret, CommandError> {
    let metadata = &found.file.metadata;
    let namespace = metadata.namespace.as_deref();
    let opened = found
        .content
        .open(&metadata.name, namespace, identities, args.ignore_place);
    opened.map_err(|refusal| explain(&refusal, identities, found))
}

fn explain(refusal: &OpenRefusal, identities: &[Identity], found: &Found<'_>) -> CommandError {
    let path: &[&str] = match refusal {
        OpenRefusal::Name(_) => &["spec", "secretName"],
        OpenRefusal::Place(_) => &["spec", "sealedFor"],
        OpenRefusal::Type(_) => &["spec", "type"],
        OpenRefusal::ActingMetadata { .. } => &["spec", "template"],
        _ => &["spec"],
    };
    let kind = match refusal {
        OpenRefusal::Open(error) => error.into(),
        OpenRefusal::Name(_) | OpenRefusal::Place(_) => ExitCode::NotAsSealed,
        _ => ExitCode::Refused,
    };
    let path: Vec<_> = path.iter().map(|key| Step::Key(key)).collect();
    let error = CommandError::new(kind, found.document.problem(&path, refusal.to_string()));
    match refusal {
        OpenRefusal::Open(OpenError::NoIdentity(..)) => {
            let tried: Vec<_> = identities
                .iter()
                .map(|identity| match identity.to_recipient() {
                    Some(recipient) => recipient.to_string(),
                    None => "an unwrapped key".to_owned(),
                })
                .collect();
            error.hinted(format!("tried the identities of {}", tried.join(", ")))
        }
        OpenRefusal::Place(_) => {
            let error = match found.file.metadata.namespace {
                None => error.hinted(
                    "if kustomize sets namespace and name, open what it renders: \
                     kustomize build . | bulla open -",
                ),
                Some(_) => error.hinted("move it back, or seal it again for this place"),
            };
            error.hinted("to look inside all the same: --ignore-place")
        }
        OpenRefusal::Name(_) => error
            .hinted(STALE_HINT)
            .hinted("to look inside all the same: --ignore-place"),
        _ => error,
    }
}

fn print_value(secrets: &[NativeSecret], key: &str) -> Result<(), CommandError> {
    let [secret] = secrets else {
        let message = format!(
            "--key wants one SealedSecret, and there are {}",
            secrets.len()
        );
        return Err(CommandError::usage(message));
    };
    match secret.values().get(key) {
        Some(value) => output::print(value.expose()),
        None => {
            let keys: Vec<_> = secret.values().keys().map(String::as_str).collect();
            let message = format!("{} has no key `{key}`", secret.name());
            Err(CommandError::refused(message).hinted(format!("it has {}", keys.join(", "))))
        }
    }
}
