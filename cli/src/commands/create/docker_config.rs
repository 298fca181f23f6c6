//! A registry's credentials, in the JSON that kubectl makes of them.

use std::collections::BTreeMap;
use std::io;

use bulla_plaintext::Plaintext;
use data_encoding::BASE64;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use zeroize::Zeroizing;

use crate::error::CommandError;

/// kubectl: pkg/cmd/create/create_secret_docker.go, `DockerConfigJSON`
#[derive(Serialize)]
struct Config<'a> {
    auths: BTreeMap<&'a str, Entry<'a>>,
}

/// kubectl: `DockerConfigEntry`
#[derive(Serialize)]
struct Entry<'a> {
    username: &'a str,
    password: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    email: &'a str,
    auth: &'a str,
}

/// The bytes that `kubectl create secret docker-registry` makes of the same values.
pub(super) fn docker_config(
    server: &str,
    username: &str,
    password: &Plaintext,
    email: &str,
) -> Result<Plaintext, CommandError> {
    let password = std::str::from_utf8(password.expose());
    let password = password.map_err(|_| CommandError::refused("the password is not UTF-8"))?;
    let pair = Zeroizing::new(format!("{username}:{password}"));
    let auth = Zeroizing::new(BASE64.encode(pair.as_bytes()));
    let entry = Entry {
        username,
        password,
        email,
        auth: &auth,
    };
    let config = Config {
        auths: BTreeMap::from([(server, entry)]),
    };
    // A character becomes six bytes at most. A buffer that had to grow would leave copies.
    let longest = 6 * (server.len() + pair.len() + email.len()) + auth.len() + 128;
    let mut json = Zeroizing::new(Vec::with_capacity(longest));
    let mut serializer = Serializer::with_formatter(&mut *json, Go);
    let written = config.serialize(&mut serializer);
    // Without the reason, which could quote a value.
    written.map_err(|_| CommandError::refused("the configuration cannot be written"))?;
    Ok(json.into())
}

/// Go's encoding/json, which also escapes what HTML and JavaScript could stumble over.
struct Go;

impl Formatter for Go {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, special)) = rest.char_indices().find(|(_, c)| is_escaped(*c)) {
            let (plain, from) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            write!(writer, "\\u{:04x}", u32::from(special))?;
            rest = from.get(special.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

fn is_escaped(c: char) -> bool {
    matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}
