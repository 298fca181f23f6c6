//! Names, and the public keys behind them.

use std::path::Path;

use bulla_envelope::Recipient;

use crate::input;
use crate::recipients::{in_file, looks_like_age};

/// A name can be neither a key nor a path with a slash.
pub(super) fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.@".contains(c);
    text.starts_with(char::is_alphanumeric) && text.chars().all(is_plain) && !looks_like_age(text)
}

/// The public keys that are written behind a name. The text is not repeated before it is known to
/// be the path of a file: it could be a private key.
pub(super) fn keys(text: &str, directory: &Path) -> Result<Vec<Recipient>, String> {
    if looks_like_age(text) {
        let key = text.parse::<Recipient>();
        return key.map(|key| vec![key]).map_err(|error| error.to_string());
    }
    if text.contains("-----BEGIN ") {
        return Err("is PEM itself; put it into a file, and its path here".to_owned());
    }
    if text.is_empty() || Path::new(text).is_absolute() {
        return Err("must be `age1...`, or the path of a file relative to this one".to_owned());
    }
    let path = directory.join(text);
    regular_file(&path).map_err(|error| {
        format!("neither `age1...` nor a file that can be read, relative to this one: {error}")
    })?;
    let content = input::read_text(&path).map_err(|error| error.messages().join(", "))?;
    in_file(&content, text)
}

/// So that a pipe or a device, which a repository can bring, is not waited for.
pub(super) fn regular_file(path: &Path) -> std::io::Result<()> {
    match path.metadata()?.is_file() {
        true => Ok(()),
        false => Err(std::io::Error::other("not a regular file")),
    }
}
