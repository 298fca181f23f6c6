//! What the types of Secrets ask for (kubernetes: pkg/apis/core/validation, `ValidateSecret`).
//! Types are told apart to the letter; every other one asks for nothing.

use super::{Field, Finding, Violation, json};
use crate::secret::Secret;

/// kubernetes: core.SecretTypeTLS
pub const TLS: &str = "kubernetes.io/tls";
/// kubernetes: core.ServiceAccountNameKey
const ACCOUNT: &str = "kubernetes.io/service-account.name";

/// What is known of one value.
pub enum Value<'v> {
    /// There is no such key.
    Absent,
    /// There is one, and its value is sealed.
    Sealed,
    /// It is this.
    Known(&'v [u8]),
}

pub(super) fn check(secret: &Secret, found: &mut Vec<Finding>) {
    if secret.type_ == "kubernetes.io/service-account-token" {
        let account = secret.annotations.get(ACCOUNT);
        if account.is_none_or(|account| account.is_empty()) {
            found.push(Finding {
                field: Field::Annotation(ACCOUNT.to_owned()),
                violation: Violation::Required(
                    "the name of the service account; even so only a token without data is left as it is",
                ),
            });
        }
    }
    found.extend(check_values(&secret.type_, |key| {
        let value = secret.data.get(key);
        value.map_or(Value::Absent, |value| Value::Known(value.expose()))
    }));
}

/// Everything for which the API server would refuse these values in a Secret of this type, as
/// far as they are known.
pub fn check_values<'v>(type_: &str, value: impl Fn(&str) -> Value<'v>) -> Vec<Finding> {
    let required = |key: &str, why| Finding {
        field: Field::DataKey(key.to_owned()),
        violation: Violation::Required(why),
    };
    let is_absent = |key| matches!(value(key), Value::Absent);
    match type_ {
        "kubernetes.io/dockercfg" => registry(
            ".dockercfg",
            "a Secret of type `kubernetes.io/dockercfg` has this key",
            &value,
        ),
        "kubernetes.io/dockerconfigjson" => registry(
            ".dockerconfigjson",
            "a Secret of type `kubernetes.io/dockerconfigjson` has this key",
            &value,
        ),
        // Either may be empty.
        "kubernetes.io/basic-auth" if is_absent("username") && is_absent("password") => {
            let why =
                "a Secret of type `kubernetes.io/basic-auth` has `username`, `password` or both";
            vec![required("username", why), required("password", why)]
        }
        "kubernetes.io/ssh-auth" => match value("ssh-privatekey") {
            Value::Absent | Value::Known([]) => vec![required(
                "ssh-privatekey",
                "a Secret of type `kubernetes.io/ssh-auth` has this key, with a value",
            )],
            _ => Vec::new(),
        },
        TLS => {
            let why = "a Secret of type `kubernetes.io/tls` has this key";
            let keys = ["tls.crt", "tls.key"].into_iter();
            let absent = keys.filter(|key| is_absent(key));
            absent.map(|key| required(key, why)).collect()
        }
        _ => Vec::new(),
    }
}

fn registry<'v>(key: &str, why: &'static str, value: impl Fn(&str) -> Value<'v>) -> Vec<Finding> {
    let violation = match value(key) {
        Value::Absent => Some(Violation::Required(why)),
        Value::Sealed => None,
        Value::Known(value) => json::object(value).err().map(Violation::Json),
    };
    let field = Field::DataKey(key.to_owned());
    let finding = violation.map(|violation| Finding { field, violation });
    finding.into_iter().collect()
}
