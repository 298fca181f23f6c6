//! What /metrics tells. No label ever holds a name: the reasons and status codes are closed lists.

use bulla_reconcile::Reason;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// All metrics.
pub(crate) struct Metrics {
    /// Looks at an object that ended with this reason written.
    pub(crate) transitions: Family<ReasonLabel, Counter>,
    /// Looks at objects.
    pub(crate) reconciles: Counter,
    /// Looks that panicked.
    pub(crate) panics: Counter,
    /// SealedSecrets that were opened, or were tried to.
    pub(crate) opened: Histogram,
    /// Answers of the API server that were errors.
    pub(crate) api_errors: Family<CodeLabel, Counter>,
    /// Errors of the watch.
    pub(crate) watch_errors: Counter,
    /// Identities in use.
    pub(crate) identities: Gauge,
    /// Identity Secrets, or values of them, that are not identities.
    pub(crate) malformed_identities: Gauge,
    /// SealedSecrets by what their status says; counted when asked.
    pub(crate) objects: Family<ReasonLabel, Gauge>,
    registry: Registry,
}

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ReasonLabel {
    pub(crate) reason: &'static str,
}

impl From<Reason> for ReasonLabel {
    fn from(reason: Reason) -> Self {
        Self {
            reason: reason.as_str(),
        }
    }
}

/// A status code of HTTP; 0 if no answer came.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CodeLabel {
    pub(crate) code: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let buckets = [
            0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25,
        ];
        let mut metrics = Self {
            transitions: Family::default(),
            reconciles: Counter::default(),
            panics: Counter::default(),
            opened: Histogram::new(buckets),
            api_errors: Family::default(),
            watch_errors: Counter::default(),
            identities: Gauge::default(),
            malformed_identities: Gauge::default(),
            objects: Family::default(),
            registry: Registry::with_prefix("bulla"),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "transitions",
            "Statuses written, by the reason that they have",
            self.transitions.clone(),
        );
        registry.register(
            "reconciles",
            "Looks at a SealedSecret",
            self.reconciles.clone(),
        );
        registry.register(
            "panics",
            "Looks that ended in a panic: a bug",
            self.panics.clone(),
        );
        registry.register_with_unit(
            "open_duration",
            "Time to open one SealedSecret",
            Unit::Seconds,
            self.opened.clone(),
        );
        registry.register(
            "api_errors",
            "Answers of the API server that were errors, by status code; 0 if none came",
            self.api_errors.clone(),
        );
        registry.register(
            "watch_errors",
            "Errors of the watch on SealedSecrets",
            self.watch_errors.clone(),
        );
        registry.register("identities", "Identities in use", self.identities.clone());
        registry.register(
            "malformed_identities",
            "Values of identity Secrets that are not identities",
            self.malformed_identities.clone(),
        );
        registry.register(
            "sealed_secrets",
            "SealedSecrets, by the reason in their status",
            self.objects.clone(),
        );
    }

    /// All of them as Prometheus reads them.
    pub(crate) fn encode(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_in_the_documentation() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
        let page = std::fs::read_to_string(page).unwrap();
        let metrics = Metrics::default();
        // A family is printed once it has a member.
        drop(metrics.api_errors.get_or_create(&CodeLabel { code: 500 }));
        drop(metrics.transitions.get_or_create(&Reason::Created.into()));
        drop(metrics.objects.get_or_create(&Reason::Created.into()));
        let text = metrics.encode();
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let mut names = 0;
        for (name, kind) in types.filter_map(|line| line.split_once(' ')) {
            let total = if kind == "counter" { "_total" } else { "" };
            let name = format!("| `{name}{total}");
            assert!(page.contains(&name), "docs/operations.md has no row {name}");
            names += 1;
        }
        assert_eq!(names, 9);
    }
}
