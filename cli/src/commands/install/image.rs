//! A reference to a container image.

use std::fmt;
use std::str::FromStr;

/// What container runtimes take as the name of an image, more or less; in YAML nothing but text.
#[derive(Clone, Debug)]
pub(super) struct Image(String);

impl FromStr for Image {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-/:@".contains(&b);
        let name = text.split('@').next().unwrap_or_default();
        let name = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => name,
        };
        // A private key is in upper case.
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && !name.contains(|c: char| c.is_ascii_uppercase());
        if !is_name || !text.bytes().all(allowed) {
            return Err("not the name of an image: HOST/PATH:TAG or HOST/PATH@sha256:DIGEST");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
