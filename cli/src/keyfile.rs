//! age's identity file, as age-keygen writes it.

use bulla_envelope::Identity;
use zeroize::Zeroizing;

/// What everybody may have of it.
pub(crate) fn public_key(identity: &Identity) -> String {
    let recipient = identity.to_recipient();
    recipient.map_or_else(String::new, |recipient| recipient.to_string())
}

/// The text of a file with this identity alone.
pub(crate) fn text(identity: &Identity) -> Zeroizing<String> {
    let line = identity.to_age_line().unwrap_or_default();
    let created = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    Zeroizing::new(format!(
        "# created: {created}\n# public key: {}\n{}\n",
        public_key(identity),
        *line
    ))
}
