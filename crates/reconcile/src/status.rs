//! A verdict as a status, in the way that kstatus reads one.

use bulla_resource::SealedSecretStatus;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;

use crate::verdict::Verdict;
use crate::{Outcome, Reason};

const READY: &str = "Ready";
const RECONCILING: &str = "Reconciling";
const STALLED: &str = "Stalled";

/// The status that says `verdict` of this generation, where `before` is there now. It equals
/// `before` if that says so already; then nothing is to be written.
///
/// Stalled and Reconciling are there only while they are true, as kstatus recommends for conditions
/// that are not the normal case. What was made last stays, because it still exists.
pub fn status(
    verdict: &Verdict,
    generation: i64,
    before: &SealedSecretStatus,
    now: Timestamp,
) -> SealedSecretStatus {
    let outcome = verdict.reason.outcome();
    let mut conditions = vec![(READY, outcome == Outcome::Ready)];
    match outcome {
        Outcome::Ready => {}
        Outcome::Stalled => conditions.push((STALLED, true)),
        Outcome::Retried => conditions.push((RECONCILING, true)),
    }
    let conditions = conditions.into_iter().map(|(type_, is_true)| {
        let status = if is_true { "True" } else { "False" };
        let before = condition(before, type_).filter(|before| before.status == status);
        Condition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: verdict.reason.as_str().to_owned(),
            message: verdict.message.clone(),
            observed_generation: Some(generation),
            last_transition_time: before
                .map_or(Time(now), |before| before.last_transition_time.clone()),
        }
    });
    let made = verdict.made.as_ref();
    SealedSecretStatus {
        observed_generation: Some(generation),
        conditions: conditions.collect(),
        secret_name: made
            .map(|made| made.secret_name.clone())
            .or_else(|| before.secret_name.clone()),
        secret_uid: made
            .map(|made| made.secret_uid.clone())
            .or_else(|| before.secret_uid.clone()),
        digest: made
            .map(|made| made.digest.clone())
            .or_else(|| before.digest.clone()),
    }
}

/// Whether the status says Ready of this generation.
pub fn is_ready(status: &SealedSecretStatus, generation: i64) -> bool {
    status.observed_generation == Some(generation)
        && condition(status, READY).is_some_and(|ready| ready.status == "True")
}

/// The reason that the status has, if it is one of ours.
pub fn reason_of(status: &SealedSecretStatus) -> Option<Reason> {
    Reason::from_name(&condition(status, READY)?.reason)
}

fn condition<'s>(status: &'s SealedSecretStatus, type_: &str) -> Option<&'s Condition> {
    status.conditions.iter().find(|c| c.type_ == type_)
}
