//! What the editor shows and gives back: a header of comments, and the values as a Secret has them.

use std::collections::BTreeMap;

use bulla_envelope::{Place, Recipients};
use bulla_manifest::{Problem, Stream, secret, write as yaml};
use bulla_plaintext::Plaintext;
use data_encoding::BASE64;
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::editable::Editable;
use crate::error::CommandError;
use crate::ui;

/// What is to be said at the top.
pub(super) struct Message {
    /// In the text below the header, from 1.
    line: Option<usize>,
    text: String,
}

/// The comments above the values.
pub(super) struct Header {
    messages: Vec<Message>,
    /// What to do about the messages.
    advice: &'static str,
    about: Vec<String>,
}

impl From<&String> for Message {
    fn from(text: &String) -> Self {
        let text = text.clone();
        Self { line: None, text }
    }
}

impl From<&Problem> for Message {
    fn from(problem: &Problem) -> Self {
        let text = match problem.path() {
            "" => problem.reason().to_string(),
            path => format!("{path}: {}", problem.reason()),
        };
        let line = problem.position().map(|at| at.line);
        Self { line, text }
    }
}

impl Header {
    pub(super) fn new(editable: &Editable, place: &Place, recipients: &Recipients) -> Self {
        let (title, file) = (title(editable), editable.path().display());
        let mut about = vec![
            format!("The values of {title}, from {file}."),
            String::new(),
            "Change, add or remove some, save, and close the editor. Text stands under stringData;"
                .to_owned(),
            "what is no text stands in base64 under data. What you leave as it is keeps its bytes;"
                .to_owned(),
            format!("what you change or add is sealed for {place}, and opened by"),
        ];
        about.extend(recipients.iter().map(|recipient| format!("  {recipient}")));
        about.push(
            "To give up, close the editor without a change, or save an empty file.".to_owned(),
        );
        Self {
            messages: Vec::new(),
            advice: "",
            about,
        }
    }

    pub(super) fn say_mistakes(&mut self, mistakes: Vec<Message>) {
        self.messages = mistakes;
        self.advice = "Mend it and save; or save it just as it is to give up.";
    }

    pub(super) fn say_conflicts(&mut self, keys: Vec<&str>) {
        let changed =
            "the sealed file was changed meanwhile; below is your change to what it says now";
        let keys = keys.into_iter();
        let keys =
            keys.map(|key| format!("`{key}` was changed there, too; below is what you made of it"));
        let messages: Vec<_> = [changed.to_owned()].into_iter().chain(keys).collect();
        self.messages = messages.iter().map(Message::from).collect();
        self.advice = "Save to write this; or save an empty file to give up.";
    }

    /// What stands at the top, with the lines that are meant.
    pub(super) fn messages(&self) -> Vec<String> {
        // Each message is one line, so the numbers do not change what they count.
        let above = self.lines_of_messages() + self.about.len();
        let messages = self.messages.iter();
        let messages = messages.map(|message| match message.line {
            Some(line) => format!("line {}: {}", above + line, message.text),
            None => message.text.clone(),
        });
        messages.map(|message| ui::escaped(&message)).collect()
    }

    /// The whole text.
    pub(super) fn above(&self, body: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut lines = Vec::new();
        if !self.messages.is_empty() {
            lines.push("NOTHING IS WRITTEN YET:".to_owned());
            lines.extend(self.messages().iter().map(|message| format!("  {message}")));
            lines.push(self.advice.to_owned());
            lines.push(String::new());
        }
        lines.extend(self.about.iter().map(|line| ui::escaped(line)));
        let header: String = lines
            .iter()
            .map(|line| format!("# {line}").trim_end().to_owned() + "\n")
            .collect();
        let mut text = Zeroizing::new(Vec::with_capacity(header.len() + body.len()));
        text.extend_from_slice(header.as_bytes());
        text.extend_from_slice(body);
        text
    }

    fn lines_of_messages(&self) -> usize {
        match self.messages.len() {
            0 => 0,
            some => some + 3,
        }
    }
}

/// Which SealedSecret a file holds.
pub(super) fn title(editable: &Editable) -> String {
    match &editable.file().metadata.namespace {
        Some(namespace) => format!("{namespace}/{}", editable.name()),
        None => editable.name().to_owned(),
    }
}

/// The values as YAML that every reader reads alike.
pub(super) fn write(
    values: &BTreeMap<&str, &Plaintext>,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    // Without the reason, which could quote a value.
    let failed = |_| {
        CommandError::refused("a key of this file cannot be shown in an editor")
            .hinted("take it out: bulla set FILE --remove KEY")
    };
    let text = yaml::to_yaml(&Values(values)).map_err(failed)?;
    Ok(Zeroizing::new(text.into_bytes()))
}

/// What was saved: nothing at all, values, or mistakes.
pub(super) fn read(saved: &[u8]) -> Result<Option<BTreeMap<String, Plaintext>>, Vec<Message>> {
    let mut body = without_header(saved);
    // An editor that leaves out the last line break means nothing by it.
    if !body.ends_with(b"\n") {
        body.push(b'\n');
    }
    let mistakes =
        |problems: &mut dyn Iterator<Item = &Problem>| problems.map(Message::from).collect();
    let stream = Stream::read("", &body).map_err(|found| mistakes(&mut found.iter()))?;
    let mut documents = stream.documents().iter().filter(|d| d.root().is_some());
    let Some(document) = documents.next() else {
        return Ok(None);
    };
    if let Some(another) = documents.next() {
        let problem = another.problem(&[], "a second document; remove it".to_owned());
        return Err(vec![Message::from(&problem)]);
    }
    let values = secret::read_values(document);
    values
        .map(Some)
        .map_err(|found| mistakes(&mut found.iter()))
}

/// The text from the first line on that is no comment.
pub(super) fn without_header(saved: &[u8]) -> Zeroizing<Vec<u8>> {
    let saved = saved.strip_prefix("\u{feff}".as_bytes()).unwrap_or(saved);
    let lines = saved.split_inclusive(|byte| *byte == b'\n');
    let header: usize = lines
        .take_while(|line| line.starts_with(b"#"))
        .map(<[u8]>::len)
        .sum();
    // With room for a line break, so that it is never moved.
    let rest = saved.get(header..).unwrap_or_default();
    let mut body = Zeroizing::new(Vec::with_capacity(rest.len() + 1));
    body.extend_from_slice(rest);
    body
}

/// Text under `stringData`, everything else under `data`.
struct Values<'a>(&'a BTreeMap<&'a str, &'a Plaintext>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_data: Option<BTreeMap<&'a str, &'a str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<&'a str, Base64<'a>>,
}

struct Base64<'a>(&'a Plaintext);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = BTreeMap::new();
        let mut data = BTreeMap::new();
        for (key, value) in self.0 {
            match as_text(value) {
                Some(value) => drop(text.insert(*key, value)),
                None => drop(data.insert(*key, Base64(value))),
            }
        }
        let string_data = (!text.is_empty() || data.is_empty()).then_some(text);
        Parts { string_data, data }.serialize(serializer)
    }
}

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let base64 = Zeroizing::new(BASE64.encode(self.0.expose()));
        serializer.serialize_str(&base64)
    }
}

/// What a person can read and write in an editor.
fn as_text(value: &Plaintext) -> Option<&str> {
    let text = std::str::from_utf8(value.expose()).ok()?;
    let is_written = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    text.chars().all(is_written).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bulla_plaintext::Plaintext;
    use proptest::prelude::*;

    use super::super::merge::borrowed;
    use super::{read, without_header, write};

    fn value() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            "[a-z0-9:#'\"|>{}&*!%@`~ \\t\\r\\n-]{0,40}".prop_map(String::into_bytes),
            "\\PC{0,40}".prop_map(String::into_bytes),
            any::<String>().prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..80),
        ]
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(
            values in proptest::collection::btree_map("[-._a-zA-Z0-9]{3,9}", value(), 0..9),
            is_crlf: bool,
            ends: bool,
        ) {
            let values = values.into_iter().filter(|(key, _)| !key.starts_with(".."));
            let values: BTreeMap<String, Vec<u8>> = values.collect();
            let plain = values.clone().into_iter();
            let plain: BTreeMap<_, _> = plain.map(|(k, v)| (k, Plaintext::from(v))).collect();
            let body = write(&borrowed(&plain)).unwrap();
            let mut text = String::from_utf8([b"# header\n#\n", body.as_slice()].concat()).unwrap();
            prop_assert_eq!(&*without_header(text.as_bytes()), &*body);
            if is_crlf {
                text = text.replace('\n', "\r\n");
            }
            if !ends {
                text.truncate(text.trim_end_matches(['\r', '\n']).len());
            }
            let again = read(text.as_bytes()).unwrap_or_else(|_| panic!("{text}")).unwrap();
            let again: BTreeMap<String, Vec<u8>> = again
                .into_iter()
                .map(|(key, value)| (key, value.expose().to_vec()))
                .collect();
            prop_assert_eq!(again, values);
        }
    }
}
