//! The one decision: what to do next.

use bulla_manifest::rules;
use bulla_resource::{SealedSecretSpec, SealedSecretStatus};
use k8s_openapi::jiff::Timestamp;

use crate::check::Checked;
use crate::status::{is_ready, status};
use crate::verdict::{Made, Verdict};
use crate::{Outcome, Reason};

/// A SealedSecret as the watch has it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// metadata.name
    pub name: &'a str,
    /// metadata.namespace
    pub namespace: &'a str,
    /// metadata.generation
    pub generation: i64,
    /// Whether it has a deletionTimestamp.
    pub is_being_deleted: bool,
    /// `None` if it cannot be read as one. The envelopes may have been left out.
    pub spec: Option<&'a SealedSecretSpec>,
    /// What is there now.
    pub status: &'a SealedSecretStatus,
}

/// What the controller knows apart from the object: its keys, and what came of earlier looks at
/// this generation.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// Whether it holds any identity.
    pub has_identities: bool,
    /// Whether it has tried to open this generation with these identities already, in vain.
    pub is_undecryptable: bool,
    /// The Secret of the right name that turned out to be another one.
    pub foreign: Option<&'a Version>,
    /// How often in a row something failed that heals by itself.
    pub failures: u32,
}

/// A Secret at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// metadata.uid
    pub uid: String,
    /// metadata.resourceVersion
    pub resource_version: String,
}

/// What came of the steps so far. A crash forgets it, and that does no harm.
#[derive(Default)]
pub struct Progress {
    /// Whether the object was read with all its envelopes.
    pub is_loaded: bool,
    /// From [`Step::Check`].
    pub checked: Option<Checked>,
    /// From [`Step::Open`].
    pub opened: Option<Opened>,
    /// From [`Step::Find`], [`Step::Create`] and [`Step::Compare`].
    pub secret: Secret,
    /// From [`Step::Record`].
    pub is_recorded: bool,
    /// From [`Step::Report`].
    pub is_reported: bool,
    /// From any step that the API server was asked for.
    pub failure: Option<Failure>,
}

impl Progress {
    /// All is done up to the Secret, which has this UID.
    pub fn with_secret(uid: String) -> Self {
        Self {
            opened: Some(Opened::Opened),
            secret: Secret::Ours(uid),
            ..Self::default()
        }
    }
}

/// Whether the values are at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// They are.
    Opened,
    /// The keys tell that they are not to be had. Why is nobody's business.
    Failed,
}

/// What is known of the Secret of the right name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Secret {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// There is none.
    Missing,
    /// There is one; whose is not known.
    Found(Version),
    /// There is one, as a create was told.
    Taken,
    /// It is ours: just made, or equal to the byte and with our origin. Its UID.
    Ours(String),
    /// It is not ours.
    Foreign,
}

/// What the API server did not do, without its words: they may repeat a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Forbidden, over quota, refused by admission: the status code.
    Denied(u16),
    /// The Secret breaks a rule; fields of it, such as `data[tls.crt]`.
    Refused(Vec<String>),
    /// The namespace is on its way out.
    Terminating,
    /// Nothing that was the object's fault: the status code, if one came.
    Unavailable(Option<u16>),
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Read the whole object: the envelopes are needed.
    Load,
    /// [`crate::check`] it.
    Check,
    /// Look for the Secret by its name, without its data.
    Find(String),
    /// Open it.
    Open,
    /// Create the Secret.
    Create,
    /// Read the Secret of the right name, and compare.
    Compare,
    /// Write the record.
    Record(Made),
    /// Write the status.
    Report(Reason, Box<SealedSecretStatus>),
    /// Do nothing more.
    Rest(Rest),
}

/// Until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Until the object or the keys change.
    Change,
    /// Until the next resync, too.
    Resync,
    /// A little longer after each failure.
    Backoff,
}

/// A single failure is no news. An API server that restarts would otherwise be told by every
/// object how it fails.
const FAILURES_TO_TELL: u32 = 3;

/// What to do next. `now` is for the status alone.
pub fn next(subject: &Subject<'_>, known: Known<'_>, done: &Progress, now: Timestamp) -> Step {
    if subject.is_being_deleted {
        return Step::Rest(Rest::Change);
    }
    if let Some(uid) = settled_uid(subject) {
        match &done.secret {
            _ if done.failure.is_some() && done.checked.is_none() => {
                return Step::Rest(Rest::Backoff);
            }
            Secret::Unknown => return Step::Find(secret_name(subject).to_owned()),
            // Somebody else may have written the status. What was seen to be foreign stays so.
            Secret::Found(version) if known.foreign.is_some_and(|it| it.uid == version.uid) => {}
            Secret::Found(version) if version.uid == uid => return Step::Rest(Rest::Resync),
            Secret::Ours(made) if made == uid => return Step::Rest(Rest::Resync),
            _ => {}
        }
    }
    if let Some(failure) = &done.failure {
        return failed(subject, known, done, failure, now);
    }
    let has_envelopes = subject.spec.is_none_or(|spec| !spec.envelopes.is_empty());
    if !has_envelopes && !done.is_loaded {
        return Step::Load;
    }
    let content = match &done.checked {
        None => return Step::Check,
        Some(Err(verdict)) => return conclude(subject, done, verdict, now),
        Some(Ok(content)) => content,
    };
    let name = content.secret_name();
    if known.foreign.is_some() {
        match &done.secret {
            Secret::Unknown => return Step::Find(name.to_owned()),
            Secret::Found(version) if known.foreign == Some(version) => {
                return conclude(subject, done, &Verdict::name_conflict(name), now);
            }
            _ => {}
        }
    }
    if !known.has_identities && done.opened.is_none() {
        return conclude(subject, done, &Verdict::no_identity(), now);
    }
    if known.is_undecryptable && done.opened.is_none() {
        return conclude(subject, done, &Verdict::decrypt_failed(), now);
    }
    match done.opened {
        None => return Step::Open,
        Some(Opened::Failed) => return conclude(subject, done, &Verdict::decrypt_failed(), now),
        Some(Opened::Opened) => {}
    }
    let uid = match &done.secret {
        Secret::Unknown | Secret::Missing => return Step::Create,
        Secret::Found(_) | Secret::Taken => return Step::Compare,
        Secret::Foreign => return conclude(subject, done, &Verdict::name_conflict(name), now),
        Secret::Ours(uid) => uid,
    };
    let made = Made {
        secret_name: name.to_owned(),
        secret_uid: uid.clone(),
        digest: content.digest().to_string(),
    };
    if !done.is_recorded {
        return Step::Record(made);
    }
    conclude(subject, done, &Verdict::ready(made), now)
}

/// The UID of the Secret, if the status says that all was done for this generation. The name goes
/// into a path; a status is not proof that it is one.
fn settled_uid<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    let is_named = rules::name(secret_name(subject)).is_empty()
        && subject.status.secret_name.as_deref() == Some(secret_name(subject));
    let uid = subject.status.secret_uid.as_deref();
    uid.filter(|_| is_named && is_ready(subject.status, subject.generation))
}

fn secret_name<'a>(subject: &Subject<'a>) -> &'a str {
    subject.spec.map_or("", |spec| &spec.secret_name)
}

fn failed(
    subject: &Subject<'_>,
    known: Known<'_>,
    done: &Progress,
    failure: &Failure,
    now: Timestamp,
) -> Step {
    let verdict = match failure {
        Failure::Denied(code) => {
            let what = format!("the API server denied what is needed for the Secret ({code})");
            Verdict::not_ready(Reason::CreateDenied, &what)
        }
        Failure::Refused(fields) => {
            let what = format!(
                "the API server refuses the Secret for {}",
                fields.join(", ")
            );
            Verdict::not_ready(Reason::RuleRefused, &what)
        }
        Failure::Terminating => {
            let what = "the namespace is being deleted";
            Verdict::not_ready(Reason::NamespaceTerminating, what)
        }
        // With what is written now the API server has more to do than before.
        Failure::Unavailable(_) if known.failures + 1 < FAILURES_TO_TELL => {
            return Step::Rest(Rest::Backoff);
        }
        Failure::Unavailable(_) => {
            let what = "the API server does not do what is needed for the Secret";
            Verdict::not_ready(Reason::ApiUnavailable, what)
        }
    };
    conclude(subject, done, &verdict, now)
}

fn conclude(subject: &Subject<'_>, done: &Progress, verdict: &Verdict, now: Timestamp) -> Step {
    let status = status(verdict, subject.generation, subject.status, now);
    if !done.is_reported && status != *subject.status {
        return Step::Report(verdict.reason, Box::new(status));
    }
    Step::Rest(match (verdict.reason, verdict.reason.outcome()) {
        (Reason::NameConflict, _) | (_, Outcome::Ready) => Rest::Resync,
        // New keys are told to everybody at once.
        (Reason::NoIdentity, _) | (_, Outcome::Stalled) => Rest::Change,
        (_, Outcome::Retried) => Rest::Backoff,
    })
}
