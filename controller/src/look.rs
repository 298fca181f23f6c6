//! Does what `bulla_reconcile` says, step by step.

use std::sync::Arc;
use std::time::Duration;

use bulla_reconcile::{
    Failure, Known, Opened, Progress, Reason, Rest, Secret, Step, Version, check, next, reason_of,
    record,
};
use bulla_resource::SealedSecretStatus;
use bulla_sealing::{Content, NativeSecret};
use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

use crate::api::ApiError;
use crate::backoff;
use crate::fairness::Place;
use crate::keys::Keys;
use crate::memory::Entry;
use crate::metrics::ReasonLabel;
use crate::run::Context;
use crate::watched::Watched;

/// More than any path takes. A Secret that somebody else makes and deletes at the right moments could
/// lead around in a circle.
const MAX_STEPS: usize = 24;

/// What a look led to.
pub(crate) enum Looked {
    /// Nothing is left to do before so long, or before a change.
    Done(Option<Duration>),
    /// A new Secret, which is neither recorded nor reported: its UID.
    Made(String),
}

/// Looks at an object. `made` is the Secret that an earlier look at it led to.
pub(crate) async fn look(
    object: Arc<Watched>,
    made: Option<String>,
    context: &Context,
    _place: Place,
) -> Looked {
    context.metrics.reconciles.inc();
    let keys = Arc::clone(&context.keys.borrow());
    let mut entry = context.memory.take(&object);
    let mut look = Look {
        context,
        object,
        keys: Arc::clone(&keys),
        status: SealedSecretStatus::default(),
        written_version: None,
        native: None,
    };
    let ended = look.run(&mut entry, made).await;
    let rest = match ended {
        Ended::Resting(rest) => {
            entry.failures = 0;
            let resync = backoff::jittered(context.resync, 0.8);
            (rest != Rest::Change).then_some(resync)
        }
        Ended::Failed { cap, at_least } => {
            entry.failures = entry.failures.saturating_add(1);
            let wait = backoff::after(entry.failures, cap);
            Some(at_least.map_or(wait, |least| wait.max(least)))
        }
        Ended::Made(uid) => {
            context.memory.put(&look.object, entry);
            return Looked::Made(uid);
        }
    };
    let written = look.written_version.take();
    entry.handled = [
        look.object.resource_version().into(),
        written.as_deref().unwrap_or_default().into(),
    ];
    entry.epoch = keys.epoch;
    entry.rest_until = rest.map(|rest| Instant::now() + rest);
    entry.is_ready = look.is_ready();
    context.memory.put(&look.object, entry);
    Looked::Done(rest)
}

/// How a look ended.
enum Ended {
    /// There is nothing to do.
    Resting(Rest),
    /// To be tried again.
    Failed {
        cap: Duration,
        at_least: Option<Duration>,
    },
    /// A Secret was made.
    Made(String),
}

/// A look under way.
struct Look<'c> {
    context: &'c Context,
    object: Arc<Watched>,
    keys: Arc<Keys>,
    /// What stands there now.
    status: SealedSecretStatus,
    /// The resource version after the status was written.
    written_version: Option<String>,
    /// What was opened. Overwritten when the look ends.
    native: Option<Arc<NativeSecret>>,
}

impl Look<'_> {
    async fn run(&mut self, entry: &mut Entry, made: Option<String>) -> Ended {
        match self.read_status().await {
            Ok(true) => {}
            Ok(false) => return Ended::Resting(Rest::Change),
            Err(error) => return failed(&error),
        }
        let mut done = made.map_or_else(Progress::default, Progress::with_secret);
        let mut last_error = None;
        for _ in 0..MAX_STEPS {
            let subject = self.object.subject(&self.status);
            let generation = subject.generation;
            let foreign = entry.foreign.as_ref().filter(|(of, _)| *of == generation);
            let known = Known {
                has_identities: !self.keys.identities.is_empty(),
                is_undecryptable: entry.undecryptable == Some((generation, self.keys.epoch)),
                foreign: foreign.map(|(_, version)| version),
                failures: entry.failures,
            };
            let step = next(&subject, known, &done, Timestamp::now());
            if let Step::Rest(rest) = step {
                return match (rest, last_error) {
                    (Rest::Backoff, Some(error)) => failed(&error),
                    (Rest::Backoff, None) => Ended::Failed {
                        cap: backoff::DENIED,
                        at_least: None,
                    },
                    (rest, _) => Ended::Resting(rest),
                };
            }
            if let Step::Report(reason, status) = step {
                match self.report(reason, *status).await {
                    Ok(()) => done.is_reported = true,
                    // Gone; or somebody wrote in between, and the watch brings what.
                    Err(error) if error.is(404) => return Ended::Resting(Rest::Change),
                    Err(error) => return failed(&error),
                }
                continue;
            }
            let is_create = step == Step::Create;
            match self.take(step, &mut done, entry).await {
                Ok(true) => match &done.secret {
                    // What had to be loaded is too large to wait with.
                    Secret::Ours(uid) if is_create && !done.is_loaded => {
                        return Ended::Made(uid.clone());
                    }
                    _ => {}
                },
                Ok(false) => return Ended::Resting(Rest::Change),
                Err(error) => {
                    done.failure = Some(error.failure.clone());
                    last_error = Some(error);
                }
            }
        }
        tracing::error!(
            namespace = self.object.namespace(),
            name = self.object.name(),
            "no end after many steps"
        );
        Ended::Failed {
            cap: backoff::DENIED,
            at_least: None,
        }
    }

    /// Does a step, and notes what came of it. `false`: the object is not what it was.
    async fn take(
        &mut self,
        step: Step,
        done: &mut Progress,
        entry: &mut Entry,
    ) -> Result<bool, ApiError> {
        let cluster = &self.context.cluster;
        let object = Arc::clone(&self.object);
        let (namespace, name) = (object.namespace(), object.name());
        let generation = object.generation();
        match step {
            Step::Load => {
                let Some(whole) = cluster.read_sealed_secret(namespace, name).await? else {
                    return Ok(false);
                };
                let whole = Watched::whole(whole);
                if whole.uid() != object.uid() || whole.generation() != generation {
                    return Ok(false);
                }
                self.object = Arc::new(whole);
                done.is_loaded = true;
            }
            Step::Check => {
                let subject = self.object.subject(&self.status);
                done.checked = Some(check(&subject, &self.context.namespace));
            }
            Step::Find(secret_name) => {
                let found = cluster.find_secret(namespace, &secret_name).await?;
                done.secret = found.map_or(Secret::Missing, Secret::Found);
            }
            Step::Open => {
                if let Some(Ok(content)) = &done.checked {
                    self.native = self.open(Arc::clone(content)).await;
                }
                done.opened = Some(match self.native {
                    Some(_) => Opened::Opened,
                    None => {
                        entry.undecryptable = Some((generation, self.keys.epoch));
                        Opened::Failed
                    }
                });
            }
            Step::Create => {
                if let Some(native) = &self.native {
                    let created = cluster.create_secret(namespace, native).await?;
                    done.secret = created.map_or(Secret::Taken, Secret::Ours);
                }
            }
            Step::Compare => {
                if let Some(native) = &self.native {
                    let found = cluster.read_secret(namespace, native.name()).await?;
                    entry.foreign = None;
                    done.secret = match found {
                        None => Secret::Missing,
                        Some(found) if native.is(&found) => Secret::Ours(found.uid().to_owned()),
                        Some(found) => {
                            let version = Version {
                                uid: found.uid().to_owned(),
                                resource_version: found.resource_version().to_owned(),
                            };
                            entry.foreign = Some((generation, version));
                            Secret::Foreign
                        }
                    };
                }
            }
            Step::Record(made) => {
                if let Some(spec) = &self.object.spec {
                    let record = record(name, namespace, spec, &made);
                    cluster.create_record(namespace, &record).await?;
                }
                done.is_recorded = true;
            }
            Step::Report(..) | Step::Rest(_) => {}
        }
        Ok(true)
    }

    /// The watch gives no status of an object that cannot be read. `false` if the object is gone.
    async fn read_status(&mut self) -> Result<bool, ApiError> {
        let (namespace, name) = (self.object.namespace(), self.object.name());
        self.status = match &self.object.status {
            Some(status) => status.clone(),
            None => match self.context.cluster.read_status(namespace, name).await? {
                Some(status) => status,
                None => return Ok(false),
            },
        };
        Ok(true)
    }

    /// Off the threads that serve everything else, and not on more than there are cores.
    async fn open(&self, content: Arc<Content>) -> Option<Arc<NativeSecret>> {
        let _core = self.context.cores.acquire().await;
        let object = Arc::clone(&self.object);
        let keys = Arc::clone(&self.keys);
        let started = std::time::Instant::now();
        let opened = tokio::task::spawn_blocking(move || {
            let (name, namespace) = (object.name(), Some(object.namespace()));
            content.open(name, namespace, &keys.identities, false).ok()
        });
        let opened = match opened.await {
            Ok(opened) => opened,
            // A bug must not be told as if it were the file's fault.
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The process ends.
                Err(_) => std::future::pending().await,
            },
        };
        self.context
            .metrics
            .opened
            .observe(started.elapsed().as_secs_f64());
        opened.map(Arc::new)
    }

    async fn report(&mut self, reason: Reason, status: SealedSecretStatus) -> Result<(), ApiError> {
        let object = &self.object;
        let (namespace, name) = (object.namespace(), object.name());
        let version = object.resource_version();
        let cluster = &self.context.cluster;
        let written = cluster
            .write_status(namespace, name, version, &status)
            .await?;
        self.written_version = Some(written);
        self.context
            .metrics
            .transitions
            .get_or_create(&ReasonLabel::from(reason))
            .inc();
        // A new value has the reason of the old one, and is news.
        let is_news = reason_of(&self.status) != Some(reason)
            || self.status.secret_name != status.secret_name;
        if is_news {
            let message = status.conditions.first().map_or("", |ready| &ready.message);
            tracing::info!(
                namespace,
                name,
                reason = reason.as_str(),
                message,
                "reported"
            );
            self.context.events.tell(object, reason, message);
        }
        self.status = status;
        Ok(())
    }

    fn is_ready(&self) -> bool {
        bulla_reconcile::is_ready(&self.status, self.object.generation())
    }
}

fn failed(error: &ApiError) -> Ended {
    Ended::Failed {
        cap: match error.failure {
            Failure::Unavailable(_) => backoff::UNAVAILABLE,
            _ => backoff::DENIED,
        },
        at_least: error.retry_after,
    }
}
