//! Where a Secret is to go, as a person says it, turned into the place that it is sealed for.

use bulla_envelope::Place;
use thiserror::Error;

/// How far a sealed file may move, from the least to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// One name in one namespace.
    #[default]
    Strict,
    /// Any name in one namespace.
    Namespace,
    /// Anywhere.
    Cluster,
}

/// What was asked for beside the manifest itself.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// How far the sealed file may move.
    pub scope: Scope,
    /// The namespace for a manifest that states none.
    pub namespace: Option<String>,
    /// The final place, for trees in which kustomize sets namespace and name: a namespace, and a
    /// name if it is not the manifest's own.
    pub sealed_for: Option<(String, Option<String>)>,
}

/// The place, and what the sealed file states as its own namespace.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) place: Place,
    pub(crate) namespace: Option<String>,
}

/// Why a place cannot be told, or should not be guessed.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetError {
    /// The manifest and a flag say two things.
    #[error(
        "the manifest says namespace `{manifest}`, the command line `{flag}`; drop one of the two"
    )]
    Disagree {
        /// `metadata.namespace`
        manifest: String,
        /// `-n`, or the namespace of `--for`
        flag: String,
    },
    /// A place was named that the scope leaves open.
    #[error("`--for` with a name is a strict place; drop the name or the scope")]
    NameWithScope,
    /// Anywhere, but somewhere.
    #[error("`--for` names a namespace, which cluster scope leaves open; drop one of the two")]
    NamespaceWithCluster,
    /// kustomize puts something before and after a name, and never makes it another.
    #[error(
        "is to be for the name `{named}`, which kustomize cannot make of `{name}`; is it the place of \
         another Secret?"
    )]
    OtherName {
        /// What `--for` or the rule says.
        named: String,
        /// The Secret's own.
        name: String,
    },
    /// Nobody said which namespace.
    #[error(
        "has no namespace, and its values are sealed for one; add metadata.namespace, or say \
         `-n NAMESPACE`, `--for NAMESPACE` (kustomize sets it) or `--scope cluster` (opens anywhere)"
    )]
    NoNamespace,
}

impl Target {
    /// The place for a Secret that states this name and namespace. The kubeconfig's namespace is
    /// never asked: what is sealed must not depend on the laptop that sealed it.
    pub(crate) fn resolve(
        &self,
        name: &str,
        namespace: Option<&str>,
    ) -> Result<Resolved, TargetError> {
        let flag = match &self.sealed_for {
            Some((namespace, _)) => Some(namespace),
            None => self.namespace.as_ref(),
        };
        if let (Some(manifest), Some(flag)) = (namespace, flag)
            && manifest != flag
        {
            return Err(TargetError::Disagree {
                manifest: manifest.to_owned(),
                flag: flag.clone(),
            });
        }
        let own = flag.map(String::as_str).or(namespace).map(str::to_owned);
        let named = self.sealed_for.as_ref().and_then(|(_, name)| name.clone());
        if let Some(named) = named.as_ref().filter(|named| !named.contains(name)) {
            return Err(TargetError::OtherName {
                named: named.clone(),
                name: name.to_owned(),
            });
        }
        let (place_namespace, place_name) = match self.scope {
            Scope::Strict => (
                Some(own.clone().ok_or(TargetError::NoNamespace)?),
                Some(named.unwrap_or_else(|| name.to_owned())),
            ),
            _ if named.is_some() => return Err(TargetError::NameWithScope),
            Scope::Namespace => (Some(own.clone().ok_or(TargetError::NoNamespace)?), None),
            Scope::Cluster if self.sealed_for.is_some() => {
                return Err(TargetError::NamespaceWithCluster);
            }
            Scope::Cluster => (None, None),
        };
        // Only an empty string could be refused, and names were checked before.
        let place =
            Place::new(place_namespace, place_name).map_err(|_| TargetError::NoNamespace)?;
        // With `--for`, kustomize writes the namespace.
        let namespace = if self.sealed_for.is_some() { None } else { own };
        Ok(Resolved { place, namespace })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn resolve(target: &Target, namespace: Option<&str>) -> String {
        match target.resolve("db", namespace) {
            Ok(Resolved { place, namespace }) => format!("{place}; states {namespace:?}"),
            Err(error) => error.to_string(),
        }
    }

    fn target(
        scope: Scope,
        namespace: Option<&str>,
        sealed_for: Option<(&str, Option<&str>)>,
    ) -> Target {
        Target {
            scope,
            namespace: namespace.map(Into::into),
            sealed_for: sealed_for
                .map(|(namespace, name)| (namespace.into(), name.map(Into::into))),
        }
    }

    #[test]
    fn places_come_from_the_manifest_or_the_command_line() {
        use Scope::{Cluster, Namespace, Strict};
        let shop = Some("shop");
        assert_snapshot!(resolve(&target(Strict, None, None), shop), @r#"shop/db; states Some("shop")"#);
        assert_snapshot!(resolve(&target(Strict, shop, None), None), @r#"shop/db; states Some("shop")"#);
        assert_snapshot!(resolve(&target(Strict, shop, None), shop), @r#"shop/db; states Some("shop")"#);
        assert_snapshot!(resolve(&target(Strict, None, Some(("shop", None))), None), @"shop/db; states None");
        assert_snapshot!(resolve(&target(Strict, None, Some(("shop", Some("eu-db")))), shop), @"shop/eu-db; states None");
        assert_snapshot!(resolve(&target(Namespace, shop, None), None), @r#"any name in namespace shop; states Some("shop")"#);
        assert_snapshot!(resolve(&target(Namespace, None, Some(("shop", None))), None), @"any name in namespace shop; states None");
        assert_snapshot!(resolve(&target(Cluster, None, None), None), @"anywhere; states None");
        assert_snapshot!(resolve(&target(Cluster, None, None), shop), @r#"anywhere; states Some("shop")"#);
    }

    #[test]
    fn what_is_missing_or_contradictory_is_not_guessed() {
        use Scope::{Cluster, Namespace, Strict};
        let shop = Some("shop");
        assert_snapshot!(resolve(&target(Strict, None, None), None), @"has no namespace, and its values are sealed for one; add metadata.namespace, or say `-n NAMESPACE`, `--for NAMESPACE` (kustomize sets it) or `--scope cluster` (opens anywhere)");
        assert_snapshot!(resolve(&target(Strict, Some("test"), None), shop), @"the manifest says namespace `shop`, the command line `test`; drop one of the two");
        assert_snapshot!(resolve(&target(Strict, None, Some(("test", None))), shop), @"the manifest says namespace `shop`, the command line `test`; drop one of the two");
        assert_snapshot!(resolve(&target(Strict, None, Some(("shop", Some("acme-api")))), None), @"is to be for the name `acme-api`, which kustomize cannot make of `db`; is it the place of another Secret?");
        assert_snapshot!(resolve(&target(Namespace, None, Some(("shop", Some("x-db")))), None), @"`--for` with a name is a strict place; drop the name or the scope");
        assert_snapshot!(resolve(&target(Cluster, None, Some(("shop", None))), None), @"`--for` names a namespace, which cluster scope leaves open; drop one of the two");
    }
}
