//! The objects that hold a cluster's keys.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bulla_envelope::{Recipient, Recipients};
use data_encoding::BASE64;
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::controller::RECIPIENTS;

const RECIPIENTS_KEY: &str = "recipients.txt";

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    namespace: &'a str,
    labels: BTreeMap<&'static str, &'static str>,
}

impl<'a> Metadata<'a> {
    fn new(name: &'a str, namespace: &'a str) -> Self {
        Self {
            name,
            namespace,
            labels: [("app.kubernetes.io/part-of", "bulla")].into(),
        }
    }
}

/// The Secret with an identity file. Serialising it shows the private key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IdentitySecret<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    #[serde(rename = "type")]
    secret_type: &'static str,
    immutable: bool,
    data: IdentityData,
}

#[derive(Serialize)]
struct IdentityData {
    /// base64
    #[serde(rename = "identity.txt", serialize_with = "as_text")]
    identity: Zeroizing<String>,
}

fn as_text<S: Serializer>(text: &Zeroizing<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl<'a> IdentitySecret<'a> {
    pub(super) fn new(name: &'a str, namespace: &'a str, identity_file: &str) -> Self {
        let identity = Zeroizing::new(BASE64.encode(identity_file.as_bytes()));
        Self {
            api_version: "v1",
            kind: "Secret",
            metadata: Metadata::new(name, namespace),
            secret_type: "Opaque",
            immutable: true,
            data: IdentityData { identity },
        }
    }
}

/// The ConfigMap with the public keys to seal to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecipientsConfigMap<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    data: BTreeMap<String, String>,
}

impl<'a> RecipientsConfigMap<'a> {
    /// `identity` is what the Secret is called.
    pub(super) fn new(
        namespace: &'a str,
        identity: &str,
        own: &Recipients,
        escrow: &[Recipient],
    ) -> Self {
        let mut data = BTreeMap::new();
        let mut lines = String::new();
        let mut add = |comment: &str, recipients: &mut dyn Iterator<Item = &Recipient>| {
            let mut is_said = false;
            for recipient in recipients {
                match recipient {
                    Recipient::Age(_) => {
                        if !is_said {
                            let _ = writeln!(lines, "# {comment}");
                            is_said = true;
                        }
                        lines.push_str(&recipient.to_file_text());
                    }
                    // A file of recipients is either lines for age or one PEM.
                    Recipient::Rsa(_) => {
                        let name = pem_name(recipient);
                        let text = format!("# {comment}\n{}", recipient.to_file_text());
                        data.insert(name, text);
                    }
                }
            }
        };
        let comment = format!("the controller, Secret {namespace}/{identity}");
        add(&comment, &mut own.iter());
        add(
            "escrow: opens what is sealed for this cluster without it",
            &mut escrow.iter(),
        );
        if !lines.is_empty() {
            data.insert(RECIPIENTS_KEY.to_owned(), lines);
        }
        Self {
            api_version: "v1",
            kind: "ConfigMap",
            metadata: Metadata::new(RECIPIENTS, namespace),
            data,
        }
    }
}

/// One for each key: the beginning of its fingerprint.
fn pem_name(recipient: &Recipient) -> String {
    let printed = recipient.to_string();
    let hex = printed.trim_start_matches("sha256:");
    format!("{}.pem", hex.get(..16).unwrap_or(hex))
}
