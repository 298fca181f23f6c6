//! `bulla keys init`

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use bulla_envelope::{Identity, Recipient, Recipients};
use bulla_manifest::{rules, write};
use clap::Args;
use zeroize::Zeroizing;

use super::objects::{IdentitySecret, RecipientsConfigMap};
use crate::cluster::{Cluster, ClusterArgs, Created};
use crate::controller::{IDENTITY, RECIPIENTS};
use crate::error::CommandError;
use crate::recipients::{self, looks_like_age};
use crate::{input, keyfile, output, ui};

/// Make a private key for a cluster's controller, and publish its public side
///
/// Two objects: a Secret with the private key, which only the controller and administrators should
/// be able to read, and the ConfigMap `bulla-recipients` with the public keys, which everybody on
/// the cluster may read. Neither is ever overwritten.
#[derive(Args)]
#[command(after_help = "\
Examples:
  The escrow key: on a machine of its own, and from there into a safe:
    bulla keygen escrow.txt
  The cluster's key, which never touches a disk here:
    bulla keys init --escrow age1... --apply
  The same, by kubectl; not with `apply`, which would copy the private key into an annotation:
    bulla keys init --escrow age1... | kubectl create -f -
  A restore drill: a key from the safe into a new cluster:
    bulla keys init --identity escrow.txt --no-escrow --apply")]
pub(crate) struct InitArgs {
    /// Also seal to this public key, whose private key is kept outside of the cluster: `age1...`, or
    /// a file as `-R` takes it (can be repeated)
    #[arg(long, value_name = "RECIPIENT")]
    escrow: Vec<String>,

    /// Do without: when the cluster's Secret is lost, so is everything that was sealed for it
    #[arg(long, conflicts_with = "escrow")]
    no_escrow: bool,

    /// The name of the Secret
    #[arg(long, value_name = "NAME", default_value = IDENTITY)]
    name: String,

    /// Make no key: take the private keys in FILE
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,

    /// Write the manifests to this new file, of mode 0600, instead of standard output
    #[arg(long, value_name = "FILE", conflicts_with = "apply")]
    to: Option<PathBuf>,

    /// Create the objects in the cluster, instead of printing them
    #[arg(long)]
    apply: bool,

    #[command(flatten)]
    cluster: ClusterArgs,
}

pub(crate) fn run(args: &InitArgs) -> Result<(), CommandError> {
    if let Some(violation) = rules::name(&args.name).into_iter().next() {
        return Err(CommandError::usage(format!("--name: {violation}")));
    }
    let namespace = args.cluster.namespace()?;
    let escrow = escrow(args)?;
    refuse_terminal(args)?;
    let (file, own) = identity_file(args.identity.as_deref())?;
    let is_own = |recipient: &&Recipient| {
        own.iter()
            .any(|own| own.to_string() == recipient.to_string())
    };
    if let Some(recipient) = escrow.iter().find(is_own) {
        let message = format!("--escrow: {recipient} is the cluster's own key");
        return Err(CommandError::refused(message)
            .hinted("an escrow is another key, which is still there when the cluster is not"));
    }
    let secret = IdentitySecret::new(&args.name, namespace, &file);
    let public = RecipientsConfigMap::new(namespace, &args.name, &own, &escrow);
    let show_public_keys = || {
        for recipient in own.iter() {
            ui::note(&format!("Public key: {recipient}"));
        }
    };
    if args.apply {
        apply(args, &secret, &public, show_public_keys)
    } else {
        let text = manifests(&secret, &public)?;
        match &args.to {
            Some(path) => output::create_private(path, text.as_bytes())?,
            None => output::print(text.as_bytes())?,
        }
        show_public_keys();
        Ok(())
    }
}

/// Whoever has no escrow has to have said so.
fn escrow(args: &InitArgs) -> Result<Vec<Recipient>, CommandError> {
    if args.escrow.is_empty() && !args.no_escrow {
        return Err(CommandError::usage(
            "no escrow: who is to open the sealed files when the cluster is gone?",
        )
        .hinted(
            "the private key will be in one Secret of the cluster; a cluster that was rebuilt \
             without it opens nothing that is in git",
        )
        .hinted("seal to a second key, kept in a safe place: bulla keygen escrow.txt, then --escrow age1...")
        .hinted("if you back up the Secret itself, or can make every value anew: --no-escrow"));
    }
    let mut all = Vec::new();
    for text in &args.escrow {
        if looks_like_age(text) {
            let recipient = text.parse();
            let refused =
                |error| CommandError::refused(format!("a recipient given with --escrow {error}"));
            all.push(recipient.map_err(refused)?);
        } else {
            all.extend(recipients::file(Path::new(text))?);
        }
    }
    Ok(all)
}

/// A terminal has a scrollback, and somebody may look over the shoulder. Nobody needs the key there.
fn refuse_terminal(args: &InitArgs) -> Result<(), CommandError> {
    if args.apply || args.to.is_some() || !std::io::stdout().is_terminal() {
        return Ok(());
    }
    let message = "the private key would be shown on this terminal";
    Err(CommandError::usage(message)
        .hinted("straight into the cluster: --apply, or `| kubectl create -f -`")
        .hinted("into a file: --to FILE"))
}

/// The text of an identity file, and the public side of the identities in it.
fn identity_file(path: Option<&Path>) -> Result<(Zeroizing<String>, Recipients), CommandError> {
    let (text, identities) = match path {
        None => {
            let identity = Identity::generate();
            (keyfile::text(&identity), vec![identity])
        }
        Some(path) => {
            let text = input::read_text(path)?;
            let identities = Identity::parse_file(&text);
            let refused = |error| CommandError::refused(format!("{}: {error}", path.display()));
            (text, identities.map_err(refused)?)
        }
    };
    let recipients = Recipients::new(identities.iter().filter_map(Identity::to_recipient));
    Ok((text, recipients.map_err(CommandError::refused)?))
}

fn manifests(
    secret: &IdentitySecret<'_>,
    public: &RecipientsConfigMap<'_>,
) -> Result<Zeroizing<String>, CommandError> {
    // Without the reason, which could quote a key.
    let failed = |_| CommandError::refused("the manifests cannot be written");
    let secret = Zeroizing::new(write::to_yaml(secret).map_err(failed)?);
    let public = write::to_yaml(public).map_err(failed)?;
    Ok(Zeroizing::new(format!("{}---\n{public}", *secret)))
}

fn apply(
    args: &InitArgs,
    secret: &IdentitySecret<'_>,
    public: &RecipientsConfigMap<'_>,
    show_public_keys: impl Fn(),
) -> Result<(), CommandError> {
    let cluster = Cluster::connect(&args.cluster)?;
    let at = cluster.place();
    let shown = format!("Secret {}/{}", cluster.namespace(), args.name);
    match cluster.create("secrets", secret)? {
        Created::New => ui::note(&format!("created {shown} {at}")),
        Created::ExistsAlready => {
            let message = format!("{shown} exists already {at}, and was left as it is");
            return Err(CommandError::refused(message)
                .hinted("to seal for the keys that are there: bulla recipients fetch")
                .hinted("for a further key: --name bulla-identity-2, which the controller has to be told of (docs/install.md)"));
        }
    }
    let shown = format!("ConfigMap {}/{RECIPIENTS}", cluster.namespace());
    // The other way round, somebody could seal to a key that is nowhere. Shown before, because
    // nothing else would tell it if this fails.
    show_public_keys();
    let created = cluster.create("configmaps", public);
    let created = created.map_err(|error| {
        error.hinted(format!(
            "the Secret is there, and only {shown} is missing: make it with the public key above \
             (docs/install.md)"
        ))
    })?;
    match created {
        Created::New => ui::note(&format!("created {shown} {at}")),
        // Published when the controller holds the new key, and not before.
        Created::ExistsAlready => ui::warning(&format!(
            "{shown} exists already, and was left as it is: nobody will seal to the new key \
             before it is in there (docs/install.md)"
        )),
    }
    Ok(())
}
