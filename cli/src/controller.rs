//! What the controller and those who speak with its cluster agree on. `deploy/` and the controller
//! have the same names.

/// The controller's namespace, unless another is named.
pub(crate) const NAMESPACE: &str = "bulla-system";

/// The Secret with the first identity. Every value in such a Secret is an identity file.
pub(crate) const IDENTITY: &str = "bulla-identity";

/// The ConfigMap with the public keys to seal to. Every value in it is a file of recipients.
pub(crate) const RECIPIENTS: &str = "bulla-recipients";
