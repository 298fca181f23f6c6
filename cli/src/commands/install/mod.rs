//! `bulla install`

mod image;

use std::fmt::Write as _;

use bulla_manifest::{is_unambiguous, rules, write};
use clap::Args;

use crate::controller::{IDENTITY, NAMESPACE};
use crate::error::CommandError;
use crate::output;
use image::Image;

/// Print the manifests that install the controller. No cluster is contacted
///
/// Read them, then apply them. They hold no key: `bulla keys init` makes one.
#[derive(Args)]
#[command(after_help = "\
Examples:
  bulla install --image registry.example/bulla-controller:0.1.0 > bulla.yaml
  kubectl apply -f bulla.yaml
  bulla keys init --escrow age1... --apply
  After a second key was made (docs/install.md, rotation):
    bulla install --image IMAGE --identities bulla-identity,bulla-identity-2 | kubectl apply -f -")]
pub(crate) struct InstallArgs {
    /// The controller's image, best with a digest. bulla publishes none yet: see docs/install.md
    #[arg(long, value_name = "IMAGE")]
    image: Image,

    /// The controller's namespace, for it alone
    #[arg(short, long, value_name = "NAMESPACE", default_value = NAMESPACE)]
    namespace: String,

    /// The Secrets in that namespace that hold the private keys
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = IDENTITY)]
    identities: Vec<String>,
}

/// Valid manifests but for the image, with comments for whoever reviews what is installed.
const NAMESPACE_YAML: &str = include_str!("../../../../deploy/namespace.yaml");
const REST_YAML: [&str; 3] = [
    include_str!("../../../../deploy/rbac.yaml"),
    include_str!("../../../../deploy/admission.yaml"),
    include_str!("../../../../deploy/controller.yaml"),
];

pub(crate) fn run(args: &InstallArgs) -> Result<(), CommandError> {
    check_namespace(&args.namespace)?;
    for name in &args.identities {
        let violation = rules::name(name).into_iter().next();
        if let Some(violation) = violation {
            return Err(CommandError::usage(format!("--identities: {violation}")));
        }
    }
    output::print(manifests(args)?.as_bytes())
}

/// All of it, in an order in which each object finds what it needs.
fn manifests(args: &InstallArgs) -> Result<String, CommandError> {
    let mut text = format!(
        "# Printed by bulla {}. Read it, then: kubectl apply -f FILE\n",
        env!("CARGO_PKG_VERSION")
    );
    text.push_str(&with_values(NAMESPACE_YAML, args));
    for crd in bulla_resource::crds() {
        let crd = write::to_yaml(&crd).map_err(CommandError::refused)?;
        let _ = write!(text, "---\n{crd}");
    }
    for yaml in REST_YAML {
        let _ = write!(text, "---\n{}", with_values(yaml, args));
    }
    Ok(text)
}

/// What is put in was checked: in YAML and in CEL, nothing in it means anything but itself.
fn with_values(yaml: &str, args: &InstallArgs) -> String {
    yaml.replace(NAMESPACE, &args.namespace)
        .replace("image: IMAGE", &format!("image: \"{}\"", args.image))
        .replace(
            "value: IDENTITIES",
            &format!("value: \"{}\"", args.identities.join(",")),
        )
}

fn check_namespace(namespace: &str) -> Result<(), CommandError> {
    if let Some(violation) = rules::namespace(namespace).into_iter().next() {
        return Err(CommandError::usage(format!("--namespace: {violation}")));
    }
    if !is_unambiguous(namespace) {
        let message = format!(
            "--namespace: `{namespace}` is not a string to every reader of YAML; choose another"
        );
        return Err(CommandError::usage(message));
    }
    // Pod Security would be enforced on what runs there.
    if namespace == "default" || namespace.starts_with("kube-") {
        let message = format!("--namespace: `{namespace}` is not for the controller alone");
        return Err(CommandError::usage(message).hinted(
            "who can read Secrets in its namespace reads the private keys, and Pod Security \
             \"restricted\" is enforced there",
        ));
    }
    Ok(())
}
