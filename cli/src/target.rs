//! `-n`, `--scope` and `--for`: where the Secret is to go.

use bulla_manifest::rules;
use bulla_sealing::Scope;
use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::error::CommandError;

#[derive(Args)]
#[command(next_help_heading = "Place")]
pub(crate) struct TargetArgs {
    /// The namespace, for a Secret that states none. The kubeconfig's is never used
    #[arg(short, long, value_name = "NAMESPACE", conflicts_with = "sealed_for")]
    namespace: Option<String>,

    #[command(flatten)]
    place: PlaceArgs,
}

/// What can be said of the place of any sealed file.
#[derive(Args)]
#[command(next_help_heading = "Place")]
pub(crate) struct PlaceArgs {
    /// Where the sealed file may be used; strict, if .bulla.yaml does not say otherwise
    #[arg(long, value_enum)]
    scope: Option<ScopeArg>,

    /// The final place, where kustomize sets namespace or name; a new file then states no namespace
    #[arg(long = "for", value_name = "NAMESPACE[/NAME]", id = "sealed_for")]
    sealed_for: Option<String>,
}

/// A namespace, and perhaps a name: where kustomize puts the Secret in the end.
pub(crate) type Place = (String, Option<String>);

/// What the command line says about the place, and perhaps not all of it.
pub(crate) struct Asked {
    pub(crate) scope: Option<Scope>,
    pub(crate) namespace: Option<String>,
    pub(crate) sealed_for: Option<Place>,
}

/// How far a sealed file may move.
#[derive(Clone, Copy, Deserialize, ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Scope"))]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScopeArg {
    /// Under its own name in its own namespace
    Strict,
    /// Under any name in its own namespace
    Namespace,
    /// Anywhere
    Cluster,
}

impl From<ScopeArg> for Scope {
    fn from(scope: ScopeArg) -> Self {
        match scope {
            ScopeArg::Strict => Self::Strict,
            ScopeArg::Namespace => Self::Namespace,
            ScopeArg::Cluster => Self::Cluster,
        }
    }
}

impl TargetArgs {
    pub(crate) fn resolve(&self) -> Result<Asked, CommandError> {
        if let Some(namespace) = &self.namespace {
            let violation = rules::namespace(namespace).into_iter().next();
            violation.map_or(Ok(()), |violation| Err(refused("--namespace", &violation)))?;
        }
        let namespace = self.namespace.clone();
        let place = self.place.resolve()?;
        Ok(Asked { namespace, ..place })
    }
}

impl PlaceArgs {
    pub(crate) fn resolve(&self) -> Result<Asked, CommandError> {
        let sealed_for = self.sealed_for.as_deref().map(parse_place).transpose();
        Ok(Asked {
            scope: self.scope.map(Scope::from),
            namespace: None,
            sealed_for: sealed_for.map_err(|violation| refused("--for", &violation))?,
        })
    }
}

/// `NAMESPACE[/NAME]`
pub(crate) fn parse_place(text: &str) -> Result<Place, rules::Violation> {
    let (namespace, name) = match text.split_once('/') {
        Some((namespace, name)) => (namespace, Some(name)),
        None => (text, None),
    };
    let broken = rules::namespace(namespace);
    let broken = broken
        .into_iter()
        .chain(name.into_iter().flat_map(rules::name));
    match broken.into_iter().next() {
        Some(violation) => Err(violation),
        None => Ok((namespace.to_owned(), name.map(str::to_owned))),
    }
}

fn refused(flag: &str, violation: &rules::Violation) -> CommandError {
    CommandError::usage(format!("{flag}: {violation}"))
}
