//! Where Kubernetes manifests name Secrets.
//!
//! One table, in [`Sites`]: kustomize's own rules for Secrets, the fields of built-in kinds that
//! these miss, and what a user adds. Every row says where it comes from. Not in it are fields
//! that can name something else than a Secret as well, because whoever rewrites a field by its
//! path alone cannot see the difference.

#![forbid(unsafe_code)]

mod site;
mod table;

pub use site::{Invalid, Origin, Site};

/// The fields that name Secrets.
#[derive(Debug, Clone)]
pub struct Sites(Vec<Site>);

impl Sites {
    /// The fields of the kinds that Kubernetes has built in, and the few others that kustomize
    /// knows.
    pub fn built_in() -> Self {
        Self(table::rows())
    }

    /// Adds a user's own fields. One that is there already changes nothing.
    #[must_use]
    pub fn with(mut self, added: impl IntoIterator<Item = Site>) -> Self {
        for site in added {
            if !self.0.iter().any(|known| known.is_same_field(&site)) {
                self.0.push(site);
            }
        }
        self
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Site> {
        self.0.iter()
    }

    /// Those that kustomize does not rewrite by itself.
    pub fn unknown_to_kustomize(&self) -> impl Iterator<Item = &Site> {
        self.iter()
            .filter(|site| site.origin() != Origin::Kustomize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_there_once() {
        let sites = Sites::built_in();
        for (index, site) in sites.iter().enumerate() {
            let again = sites
                .iter()
                .skip(index + 1)
                .find(|other| other.is_same_field(site));
            assert!(again.is_none(), "{site:?}");
        }
    }

    #[test]
    fn kustomize_has_69_different_fields() {
        // 70 in its source, of which one stands there twice (Ingress, spec/tls/secretName).
        let sites = Sites::built_in();
        assert_eq!(
            sites.iter().count() - sites.unknown_to_kustomize().count(),
            69
        );
    }

    #[test]
    fn a_users_field_comes_last_and_only_once() {
        let mine = Site::new(Some("example.com"), None, "Thing", "spec/secretName").unwrap();
        let sites = Sites::built_in().with([mine.clone(), mine.clone()]);
        assert_eq!(sites.iter().last(), Some(&mine));
        assert_eq!(sites.iter().count(), Sites::built_in().iter().count() + 1);
        assert!(sites.unknown_to_kustomize().any(|site| *site == mine));
    }

    #[test]
    fn a_slash_in_a_key_is_escaped() {
        let path = r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret";
        let site = Site::new(None, None, "Ingress", path).unwrap();
        let steps = [
            "metadata",
            "annotations",
            "nginx.ingress.kubernetes.io/auth-secret",
        ];
        assert_eq!(site.steps(), steps);
    }

    #[test]
    fn a_field_that_kustomize_would_misread_is_refused() {
        for path in [
            "",
            "/spec",
            "spec/",
            "spec//name",
            "spec/*/name",
            "spec.name",
            "a[0]/b",
        ] {
            assert!(Site::new(None, None, "Thing", path).is_err(), "{path}");
        }
        assert_eq!(Site::new(None, None, "", "spec/name"), Err(Invalid::Kind));
    }
}
