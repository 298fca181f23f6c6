//! What an error of the API server means.

use std::time::Duration;

use bulla_reconcile::Failure;
use serde::Deserialize;

/// A request that did not succeed.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    /// The status code; `None` if no answer came.
    pub(crate) code: Option<u16>,
    /// What it means for the object.
    pub(crate) failure: Failure,
    /// How long the server wants to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

/// A `v1` Status, as far as it is looked at. Its texts are looked at only here, and go nowhere.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    message: String,
    details: Details,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    causes: Vec<Cause>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cause {
    reason: String,
    field: String,
}

impl ApiError {
    pub(super) fn no_answer() -> Self {
        Self {
            code: None,
            failure: Failure::Unavailable(None),
            retry_after: None,
        }
    }

    pub(super) fn read(code: u16, body: &[u8], retry_after_seconds: Option<u64>) -> Self {
        // Whatever stands between here and the API server may answer with anything.
        let status: Status = serde_json::from_slice(body).unwrap_or_default();
        Self {
            code: Some(code),
            failure: meaning(code, &status),
            retry_after: retry_after_seconds.map(|seconds| Duration::from_secs(seconds.min(300))),
        }
    }

    /// Of a create: that the collection is not there means that its namespace is not.
    pub(super) fn in_missing_namespace(self) -> Self {
        if self.is(404) {
            return Self {
                failure: Failure::Terminating,
                ..self
            };
        }
        self
    }

    pub(crate) fn is(&self, code: u16) -> bool {
        self.code == Some(code)
    }
}

fn meaning(code: u16, status: &Status) -> Failure {
    let causes = &status.details.causes;
    match code {
        403 if causes.iter().any(|c| c.reason == "NamespaceTerminating") => Failure::Terminating,
        422 => {
            let fields: Vec<_> = causes
                .iter()
                .filter_map(|cause| field(&cause.field))
                .collect();
            if fields.is_empty() {
                // An admission policy answers so.
                Failure::Denied(code)
            } else {
                Failure::Refused(fields)
            }
        }
        // Not the API server's failure, but that of a webhook that somebody put there.
        500 if status.message.contains("failed calling webhook") => Failure::Denied(code),
        401 | 408 | 409 | 429 | 500.. => Failure::Unavailable(Some(code)),
        _ => Failure::Denied(code),
    }
}

/// The path of a field, if it looks like one: keys of a Secret are public, and nothing else that is
/// part of a path comes from a Secret.
fn field(path: &str) -> Option<String> {
    let is_path = path
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./[]".contains(c));
    (!path.is_empty() && path.len() <= 300 && is_path).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: u16, body: &str) -> Failure {
        ApiError::read(code, body.as_bytes(), None).failure
    }

    #[test]
    fn failures_are_told_apart_without_repeating_a_word() {
        let terminating = r#"{"details": {"causes": [{"reason": "NamespaceTerminating", "message": "x", "field": "metadata.namespace"}]}}"#;
        assert_eq!(failure(403, terminating), Failure::Terminating);
        let quota = r#"{"message": "secrets \"x\" is forbidden: exceeded quota: q"}"#;
        assert_eq!(failure(403, quota), Failure::Denied(403));
        let rule = r#"{"message": "hunter2", "details": {"causes": [{"reason": "FieldValueRequired", "message": "Required value: hunter2", "field": "data[tls.crt]"}]}}"#;
        assert_eq!(
            failure(422, rule),
            Failure::Refused(vec!["data[tls.crt]".to_owned()])
        );
        let policy = r#"{"message": "ValidatingAdmissionPolicy 'x' denied request", "details": {"causes": [{"message": "no"}]}}"#;
        assert_eq!(failure(422, policy), Failure::Denied(422));
        let webhook = r#"{"message": "Internal error occurred: failed calling webhook \"x\""}"#;
        assert_eq!(failure(500, webhook), Failure::Denied(500));
        assert_eq!(failure(500, "<html>"), Failure::Unavailable(Some(500)));
        assert_eq!(failure(429, "{}"), Failure::Unavailable(Some(429)));
        assert_eq!(failure(401, ""), Failure::Unavailable(Some(401)));
        assert_eq!(failure(413, ""), Failure::Denied(413));
    }

    #[test]
    fn what_is_not_a_path_is_not_repeated() {
        let odd = r#"{"details": {"causes": [{"field": "data[\"hunter2\"] is bad"}]}}"#;
        assert_eq!(failure(422, odd), Failure::Denied(422));
    }
}
