//! Writes public keys into `.bulla.yaml` under a name, and leaves the rest of it as it is.

use std::fs;
use std::path::{Path, PathBuf};

use bulla_envelope::{Recipient, Recipients};
use bulla_manifest::edit::Editor;
use bulla_manifest::{Document, Step, Stream};
use serde_json::{Value, json};

use super::{find, keys, read};
use crate::error::CommandError;
use crate::{input, output};

/// Where files with RSA keys go, beside `.bulla.yaml`. age's are written into it.
const KEYS: &str = "keys";

const NEW: &str = "# Who can open which sealed file.\n";

/// A name in the `.bulla.yaml` that counts for a directory, or in one that is to be made there.
pub(crate) struct Pin {
    path: PathBuf,
    name: String,
    before: Vec<Recipient>,
    /// `None` if there is no file yet.
    text: Option<String>,
}

impl Pin {
    /// Reads the file, in which everything has to be right.
    pub(crate) fn new(directory: &Path, name: &str) -> Result<Self, CommandError> {
        if !keys::is_name(name) {
            let message = format!("`{name}` cannot be a name in {}", find::NAME);
            return Err(CommandError::usage(message).hinted(
                "names have letters, digits, `-`, `_`, `.` and `@`, begin with a letter or digit, \
                 and not with `age1`",
            ));
        }
        let Some(path) = find::upwards(directory)? else {
            return Ok(Self {
                path: find::absolute(directory)?.join(find::NAME),
                name: name.to_owned(),
                before: Vec::new(),
                text: None,
            });
        };
        let rules = read::read(&path)?;
        Ok(Self {
            name: name.to_owned(),
            before: rules.named(name).unwrap_or_default().to_vec(),
            text: Some(input::read_text(&path)?.to_string()),
            path,
        })
    }

    /// The file, as messages call it.
    pub(crate) fn file(&self) -> String {
        find::shown(&self.path).display().to_string()
    }

    /// What the name stands for now; nothing if it is new.
    pub(crate) fn before(&self) -> &[Recipient] {
        &self.before
    }

    /// Lets the name stand for these, and for nothing else.
    pub(crate) fn write(&self, recipients: &Recipients) -> Result<(), CommandError> {
        let texts = recipients.iter().map(|recipient| self.text_of(recipient));
        let mut texts: Vec<String> = texts.collect::<Result<_, _>>()?;
        let value = match texts.as_mut_slice() {
            [one] => Value::String(std::mem::take(one)),
            _ => json!(texts),
        };
        let text = self.edited(&value)?;
        let is_as_read = match &self.text {
            Some(before) => *input::read_text(&self.path)? == *before,
            None => !self.path.exists(),
        };
        if !is_as_read {
            let message = format!("{}: was changed meanwhile", self.file());
            return Err(CommandError::refused(message).hinted("run the command again"));
        }
        output::write_or_print(Some(find::shown(&self.path)), text.as_bytes())
    }

    /// How a recipient is written: an RSA key is a file of its own.
    fn text_of(&self, recipient: &Recipient) -> Result<String, CommandError> {
        let printed = recipient.to_string();
        let Some(fingerprint) = printed.strip_prefix("sha256:") else {
            return Ok(printed);
        };
        let folder = find::folder_of(&self.path).join(KEYS);
        let name = format!("{}.pem", fingerprint.get(..16).unwrap_or(fingerprint));
        let path = folder.join(&name);
        let path = find::shown(&path);
        if path.exists() {
            let is_same = |key: &Recipient| key.to_string() == printed;
            let found = crate::recipients::file(path)?;
            if !matches!(found.as_slice(), [key] if is_same(key)) {
                let message = format!("{}: is there already, and not {printed}", path.display());
                return Err(CommandError::refused(message).hinted("rename it, and run this again"));
            }
        } else {
            fs::create_dir_all(&folder)
                .map_err(|error| CommandError::io("make", find::shown(&folder), &error))?;
            output::write_or_print(Some(path), recipient.to_file_text().as_bytes())?;
        }
        Ok(format!("{KEYS}/{name}"))
    }

    fn edited(&self, value: &Value) -> Result<String, CommandError> {
        let Some(text) = &self.text else {
            let yaml =
                bulla_manifest::write::to_yaml(&json!({ "recipients": { &self.name: value } }));
            return Ok(format!("{NEW}{}", yaml.map_err(CommandError::refused)?));
        };
        let file = self.file();
        let stream = Stream::read(&file, text.as_bytes())?;
        let mut documents = stream.documents().iter();
        // The only one, as was seen when the file was read.
        let document = documents.find(|document| document.root().is_some());
        let number = document.map_or(1, Document::number);
        let has_recipients = document
            .and_then(|document| document.root()?.as_mapping()?.get("recipients"))
            .is_some();
        let mut editor = Editor::new(&file, text);
        if has_recipients {
            let path = [Step::Key("recipients"), Step::Key(&self.name)];
            editor.set(number, &path, value)?;
        } else {
            let value = json!({ &self.name: value });
            editor.set(number, &[Step::Key("recipients")], &value)?;
        }
        Ok(editor.into_text())
    }
}
