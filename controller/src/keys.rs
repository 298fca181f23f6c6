//! The identities that the controller opens with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bulla_envelope::Identity;
use bulla_sealing::FoundSecret;
use tokio::sync::watch;

use crate::api::Cluster;
use crate::args::Args;
use crate::backoff;
use crate::metrics::Metrics;

const FAILURES_TO_GO_ON: u32 = 4;

/// A set of identities.
#[derive(Default)]
pub(crate) struct Keys {
    /// Counts the sets that there were. 0 before the first look.
    pub(crate) epoch: u64,
    pub(crate) identities: Vec<Identity>,
}

/// Reads the identity Secrets again and again, and tells when something changed.
pub(crate) struct Loader {
    cluster: Cluster,
    namespace: String,
    names: Vec<String>,
    interval: Duration,
    metrics: Arc<Metrics>,
    found: BTreeMap<String, Option<FoundSecret>>,
    keys: watch::Sender<Arc<Keys>>,
}

impl Loader {
    pub(crate) fn new(
        cluster: Cluster,
        namespace: &str,
        args: &Args,
        metrics: Arc<Metrics>,
    ) -> (Self, watch::Receiver<Arc<Keys>>) {
        let (sender, receiver) = watch::channel(Arc::default());
        let loader = Self {
            cluster,
            namespace: namespace.to_owned(),
            names: args.identities.clone(),
            interval: args.key_interval,
            metrics,
            found: BTreeMap::new(),
            keys: sender,
        };
        (loader, receiver)
    }

    /// Never ends.
    pub(crate) async fn run(mut self) {
        let mut failures = 0;
        loop {
            let is_whole = self.look(failures).await;
            failures = if is_whole { 0 } else { failures + 1 };
            let wait = match failures {
                0 => backoff::jittered(self.interval, 0.9),
                _ => backoff::after(failures, self.interval),
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Looks at every Secret once. One that cannot be read now keeps the state that it had; one that
    /// is gone takes its identities along, because that is how a person takes a key away.
    /// `failures`: how many looks in a row before this one were not whole.
    async fn look(&mut self, failures: u32) -> bool {
        let mut is_whole = true;
        let is_first = self.keys.borrow().epoch == 0;
        let mut is_changed = is_first;
        for name in &self.names {
            let found = self.cluster.read_secret(&self.namespace, name).await;
            let Ok(found) = found else {
                is_whole = false;
                tracing::warn!(secret = name, "the identity Secret could not be read");
                continue;
            };
            let is_known = self
                .found
                .get(name)
                .is_some_and(|before| version(before.as_ref()) == version(found.as_ref()));
            if !is_known {
                if found.is_none() {
                    tracing::warn!(secret = name, "there is no such identity Secret");
                }
                is_changed = true;
                self.found.insert(name.clone(), found);
            }
        }
        // With a part of the keys, what the others would open is told to be damaged. So the first
        // look has to be whole, unless one Secret seems never to be readable.
        let has_some = self.found.values().any(Option::is_some);
        let is_enough = is_whole || !is_first || (has_some && failures >= FAILURES_TO_GO_ON);
        if is_changed && is_enough {
            self.publish();
        }
        is_whole
    }

    fn publish(&self) {
        let mut identities = Vec::new();
        let mut malformed = 0;
        for (secret, found) in &self.found {
            let values = found.iter().flat_map(FoundSecret::values);
            for (key, value) in values {
                match parse(value) {
                    Some(parsed) => identities.extend(parsed),
                    None => {
                        malformed += 1;
                        tracing::warn!(secret, key, "this value is not an identity file");
                    }
                }
            }
        }
        self.metrics
            .identities
            .set(i64::try_from(identities.len()).unwrap_or(i64::MAX));
        self.metrics.malformed_identities.set(malformed);
        tracing::info!(
            identities = identities.len(),
            malformed,
            "identities loaded"
        );
        self.keys.send_modify(|keys| {
            let epoch = keys.epoch + 1;
            *keys = Arc::new(Keys { epoch, identities });
        });
    }
}

fn version(secret: Option<&FoundSecret>) -> Option<(&str, &str)> {
    secret.map(|secret| (secret.uid(), secret.resource_version()))
}

/// `None` for what is not an identity file; what is wrong with it could tell of the key.
fn parse(value: &[u8]) -> Option<Vec<Identity>> {
    Identity::parse_file(std::str::from_utf8(value).ok()?).ok()
}
