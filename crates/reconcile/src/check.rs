//! Everything about a SealedSecret that needs no key.

use std::sync::Arc;

use bulla_sealing::{Content, OpenRefusal};

use crate::step::Subject;
use crate::verdict::Verdict;

/// A content that may be opened here, or what is to be said instead.
pub type Checked = Result<Arc<Content>, Box<Verdict>>;

/// Checks an object with all its envelopes. `own_namespace` is the controller's.
///
/// # Errors
///
/// What is wrong with it, whoever holds which key.
pub fn check(subject: &Subject<'_>, own_namespace: &str) -> Checked {
    // First of all, because whoever may write there could plant an identity.
    if subject.namespace == own_namespace {
        return Err(Verdict::own_namespace().into());
    }
    let spec = subject.spec.ok_or_else(Verdict::unreadable)?;
    let content = Content::parse(spec).map_err(|error| Verdict::malformed(&error))?;
    content
        .check(subject.name, subject.namespace)
        .map_err(|refusal: OpenRefusal| Verdict::refused(&refusal))?;
    Ok(Arc::new(content))
}
