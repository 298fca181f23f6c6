//! age's identity file, as age-keygen writes it.

use bulla_envelope::Identity;
use zeroize::Zeroizing;

/// The text of a file with this identity alone.
pub(crate) fn text(identity: &Identity) -> Zeroizing<String> {
    let recipient = identity
        .to_recipient()
        .map(|recipient| recipient.to_string());
    let line = identity.to_age_line().unwrap_or_default();
    let created = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    Zeroizing::new(format!(
        "# created: {created}\n# public key: {}\n{}\n",
        recipient.unwrap_or_default(),
        *line
    ))
}
