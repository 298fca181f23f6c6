//! `-n`, `--scope` and `--for`: where the Secret is to go.

use bulla_manifest::rules;
use bulla_sealing::{Scope, Target};
use clap::{Args, ValueEnum};

use crate::error::CommandError;

#[derive(Args)]
#[command(next_help_heading = "Place")]
pub(crate) struct TargetArgs {
    /// The namespace, for a Secret that states none. The kubeconfig's is never used
    #[arg(short, long, value_name = "NAMESPACE", conflicts_with = "sealed_for")]
    namespace: Option<String>,

    /// Where the sealed file may be used
    #[arg(long, value_enum, default_value_t = ScopeArg::Strict)]
    scope: ScopeArg,

    /// The final place, where kustomize sets namespace or name; the file then states no namespace
    #[arg(long = "for", value_name = "NAMESPACE[/NAME]", id = "sealed_for")]
    sealed_for: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ScopeArg {
    /// Under its own name in its own namespace
    Strict,
    /// Under any name in its own namespace
    Namespace,
    /// Anywhere
    Cluster,
}

impl TargetArgs {
    pub(crate) fn resolve(&self) -> Result<Target, CommandError> {
        if let Some(namespace) = &self.namespace {
            check("--namespace", rules::namespace(namespace))?;
        }
        let sealed_for = match &self.sealed_for {
            None => None,
            Some(place) => {
                let (namespace, name) = match place.split_once('/') {
                    Some((namespace, name)) => (namespace, Some(name)),
                    None => (place.as_str(), None),
                };
                check("--for", rules::namespace(namespace))?;
                if let Some(name) = name {
                    check("--for", rules::name(name))?;
                }
                Some((namespace.to_owned(), name.map(str::to_owned)))
            }
        };
        Ok(Target {
            scope: match self.scope {
                ScopeArg::Strict => Scope::Strict,
                ScopeArg::Namespace => Scope::Namespace,
                ScopeArg::Cluster => Scope::Cluster,
            },
            namespace: self.namespace.clone(),
            sealed_for,
        })
    }
}

fn check(flag: &str, violations: Vec<rules::Violation>) -> Result<(), CommandError> {
    match violations.into_iter().next() {
        Some(violation) => Err(CommandError::usage(format!("{flag}: {violation}"))),
        None => Ok(()),
    }
}
