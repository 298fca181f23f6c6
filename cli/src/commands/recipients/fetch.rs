//! `bulla recipients fetch`

use std::path::Path;

use bulla_envelope::{Recipient, Recipients};
use clap::Args;

use crate::cluster::{Cluster, ClusterArgs};
use crate::controller::RECIPIENTS;
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::rules::Pin;
use crate::ui;

/// Pin a cluster's public keys into .bulla.yaml, under a name
///
/// The keys are those of the ConfigMap `bulla-recipients`, which everybody with an account on the
/// cluster may read. The first time they are taken on the word of the API server: compare them with
/// what the people who run the cluster say, and commit them. From then on a change is refused until
/// somebody looks at it and says --replace.
#[derive(Args)]
#[command(after_help = "\
Examples:
  Of the cluster that kubectl speaks to, under the name of its context:
    bulla recipients fetch
  Under a name for the rules of .bulla.yaml:
    bulla recipients fetch --context arn:aws:eks:eu-west-1:1:cluster/shop --as prod
  After the cluster's keys were rotated:
    bulla recipients fetch --as prod --replace")]
pub(crate) struct FetchArgs {
    /// The name in .bulla.yaml; without it, the name of the kubeconfig's context
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,

    /// Put the fetched keys in the place of others that the name stands for
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    cluster: ClusterArgs,
}

pub(crate) fn run(args: &FetchArgs) -> Result<(), CommandError> {
    let cluster = Cluster::connect(&args.cluster)?;
    let name = args.name.as_deref().unwrap_or(cluster.context());
    // Before the network is asked: whatever is wrong with the name or the file is known now.
    let pin = Pin::new(Path::new("."), name).map_err(|error| match args.name {
        Some(_) => error,
        None => {
            error.hinted("it is the name of the kubeconfig's context; for another one: --as NAME")
        }
    })?;
    let fetched = fetch(&cluster)?;

    let source = format!(
        "ConfigMap {}/{RECIPIENTS} {}",
        cluster.namespace(),
        cluster.place()
    );
    ui::note(&format!("{source}:"));
    let before: Vec<_> = pin.before().iter().map(Recipient::to_string).collect();
    let after: Vec<_> = fetched.iter().map(Recipient::to_string).collect();
    let gone: Vec<_> = before.iter().filter(|key| !after.contains(key)).collect();
    let is_known = |key: &String| before.is_empty() || before.contains(key);
    for key in &gone {
        ui::note(&format!("- {key}"));
    }
    for key in &after {
        ui::note(&format!("{} {key}", if is_known(key) { " " } else { "+" }));
    }
    let is_same = gone.is_empty() && after.iter().all(is_known);
    if is_same && !before.is_empty() {
        ui::note(&format!("{} has them already, as {name}", pin.file()));
        return Ok(());
    }
    if !before.is_empty() && !args.replace {
        let message = format!("{}: {name} stands for other keys", pin.file());
        return Err(CommandError::refused(message)
            .hinted("ask the people who run the cluster whether its keys were changed")
            .hinted("if so: --replace; if this is another cluster: --as with another name"));
    }
    pin.write(&fetched)?;
    ui::note(&format!("pinned as {name} in {}", pin.file()));
    if before.is_empty() {
        ui::note("compare them with what the people who run the cluster say, then commit the file");
    }
    Ok(())
}

fn fetch(cluster: &Cluster) -> Result<Recipients, CommandError> {
    let shown = format!("ConfigMap {}/{RECIPIENTS}", cluster.namespace());
    let at = cluster.place();
    let Some(files) = cluster.config_map(RECIPIENTS)? else {
        let message = format!("there is no {shown} {at}");
        return Err(CommandError::new(ExitCode::Io, message)
            .hinted("the people who run the cluster make it with its key: bulla keys init")
            .hinted("if the controller is in another namespace: --namespace"));
    };
    let mut all = Vec::new();
    for (key, text) in &files {
        let recipients = Recipient::parse_file(text);
        let refused = |error| CommandError::refused(format!("{shown} {at}: {key}: {error}"));
        all.extend(recipients.map_err(refused)?);
    }
    Recipients::new(all).map_err(|error| CommandError::refused(format!("{shown} {at}: {error}")))
}
