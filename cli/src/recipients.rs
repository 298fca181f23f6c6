//! `-r`, `-R` and `--rsa`: whom to seal to, if not the rules decide.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use bulla_envelope::{Recipient, Recipients};
use clap::Args;

use crate::error::CommandError;
use crate::input;
use crate::rules::Rules;
use crate::ui;

#[derive(Args)]
#[command(next_help_heading = "Recipients")]
pub(crate) struct RecipientArgs {
    /// Seal to this public key: `age1...`, a name from .bulla.yaml, or a PEM file with an RSA public
    /// key or certificate (can be repeated). Without any of these, .bulla.yaml says whom to seal to
    #[arg(short, long = "recipient", value_name = "RECIPIENT")]
    recipients: Vec<String>,

    /// Seal to every public key in this file, one `age1...` a line (can be repeated)
    #[arg(short = 'R', long = "recipients-file", value_name = "FILE")]
    recipients_files: Vec<PathBuf>,

    /// Seal to the RSA key in this PEM file: a certificate or a public key (can be repeated)
    #[arg(long, value_name = "FILE")]
    rsa: Vec<PathBuf>,

    /// What those files hold. A pipe can be read but once.
    #[arg(skip)]
    in_files: OnceLock<Vec<Recipient>>,
}

impl RecipientArgs {
    /// All recipients that were given, in the order of the flags; none without a flag. Names are
    /// those of the rules for the file concerned, or, if it has none, for the current directory.
    pub(crate) fn given(&self, rules: Option<&Rules>) -> Result<Option<Recipients>, CommandError> {
        if self.recipients.is_empty() && self.recipients_files.is_empty() && self.rsa.is_empty() {
            return Ok(None);
        }
        let mut recipients = Vec::new();
        for text in &self.recipients {
            recipients.extend(all(text, rules)?);
        }
        recipients.extend(self.in_files()?.iter().cloned());
        let recipients = Recipients::new(recipients).map_err(CommandError::refused)?;
        Ok(Some(recipients))
    }

    fn in_files(&self) -> Result<&[Recipient], CommandError> {
        if let Some(read) = self.in_files.get() {
            return Ok(read);
        }
        let files = self.recipients_files.iter().map(|path| file(path));
        let files = files.chain(self.rsa.iter().map(|path| rsa_file(path)));
        let files: Vec<_> = files.collect::<Result<_, _>>()?;
        let recipients = || files.into_iter().flatten().collect();
        Ok(self.in_files.get_or_init(recipients))
    }
}

/// Whether the text was meant as a key, and not as a name or a path.
pub(crate) fn looks_like_age(text: &str) -> bool {
    let begins = |prefix: &str| {
        let head = text.get(..prefix.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    begins("age1") || begins("AGE-SECRET-KEY-") || begins("AGE-PLUGIN-")
}

/// One public key: `age1...`, a name from the `.bulla.yaml` of the current directory, or a file.
pub(crate) fn one(text: &str) -> Result<Recipient, CommandError> {
    match <[Recipient; 1]>::try_from(all(text, None)?) {
        Ok([recipient]) => Ok(recipient),
        Err(several) => Err(CommandError::refused(format!(
            "`{text}` stands for {} recipients, where one is wanted",
            several.len()
        ))),
    }
}

/// The public keys that `-r` names.
fn all(text: &str, rules: Option<&Rules>) -> Result<Vec<Recipient>, CommandError> {
    if looks_like_age(text) {
        let key = text.parse::<Recipient>().map(|key| vec![key]);
        return key
            .map_err(|error| CommandError::refused(format!("a recipient given with -r {error}")));
    }
    let path = Path::new(text);
    match (named(text, rules)?, path.is_file()) {
        (None, true) => file(path),
        (Some(keys), false) => Ok(keys),
        (Some(_), true) => Err(CommandError::refused(format!(
            "-r {text} is both a name in .bulla.yaml and a file"
        ))
        .hinted(format!(
            "for the file, say -r ./{text}; for the name, rename the file"
        ))),
        // What is neither is not repeated: it could be a private key.
        (None, false) => {
            let error = text.parse::<Recipient>().err();
            let error = error.map_or_else(String::new, |error| error.to_string());
            Err(CommandError::refused(format!("what -r names {error}"))
                .hinted("it is neither a file that exists nor a name in .bulla.yaml"))
        }
    }
}

fn named(text: &str, rules: Option<&Rules>) -> Result<Option<Vec<Recipient>>, CommandError> {
    if text.contains('/') {
        return Ok(None);
    }
    let here = match rules {
        Some(_) => None,
        None => Rules::of_directory(Path::new("."))?,
    };
    let rules = rules.or(here.as_ref());
    Ok(rules.and_then(|rules| rules.named(text)).map(<[_]>::to_vec))
}

/// All public keys in a file.
pub(crate) fn file(path: &Path) -> Result<Vec<Recipient>, CommandError> {
    let text = input::read_text(path)?;
    in_file(&text, &path.display().to_string()).map_err(CommandError::refused)
}

/// The one RSA key in a file.
fn rsa_file(path: &Path) -> Result<Vec<Recipient>, CommandError> {
    let recipients = file(path)?;
    match recipients.as_slice() {
        [Recipient::Rsa(_)] => Ok(recipients),
        _ => {
            let message = format!("{}: is not PEM of an RSA key", path.display());
            Err(CommandError::refused(message).hinted("for age recipients: -R FILE"))
        }
    }
}

/// All public keys in the text of a file, which messages call `shown`.
pub(crate) fn in_file(text: &str, shown: &str) -> Result<Vec<Recipient>, String> {
    let recipients = Recipient::parse_file(text).map_err(|error| format!("{shown}: {error}"))?;
    for end in recipients.iter().filter_map(Recipient::expires) {
        warn_if_expired(shown, end);
    }
    Ok(recipients)
}

/// Once for each file: the rules are read anew for every sealed file.
fn warn_if_expired(shown: &str, end: SystemTime) {
    static WARNED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if end >= SystemTime::now() {
        return;
    }
    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    if warned.insert(shown.to_owned()) {
        let end = jiff::Timestamp::try_from(end).map(|end| end.strftime("%Y-%m-%d").to_string());
        ui::warning(&format!(
            "{shown}: the certificate expired on {}; its key still works, but whoever holds the private \
             key may have another by now",
            end.unwrap_or_default()
        ));
    }
}
