//! Reads a `.bulla.yaml`. Whatever is wrong with it is an error, whether it concerns the file at
//! hand or not: nobody should find out later that a rule never worked.

use std::collections::BTreeMap;
use std::path::Path;

use bulla_envelope::{Recipient, Recipients};
use bulla_manifest::{Document, Problem, Step, Stream, typed};
use bulla_sealing::Scope;

use super::glob::{glob, reachable};
use super::keys::{is_name, keys, regular_file};
use super::written::{Written, WrittenKeys, WrittenRule};
use super::{Rule, Rules, find};
use crate::error::CommandError;
use crate::input::{self, Input};
use crate::recipients::looks_like_age;
use crate::target::{self, Place};

/// Names and what is behind them; nothing behind those that were refused.
type Named = BTreeMap<String, Option<Vec<Recipient>>>;

/// Reads the file at this absolute path.
pub(super) fn read(path: &Path) -> Result<Rules, CommandError> {
    let shown = find::shown(path);
    let Input { name, bytes } = regular_file(shown)
        .map_err(|error| CommandError::io("read", shown, &error))
        .and_then(|()| input::read(shown))?;
    let stream = Stream::read(&name, &bytes).map_err(refused)?;
    let documents = stream.documents().iter();
    let documents: Vec<_> = documents
        .filter(|document| document.root().is_some())
        .collect();
    let [document] = documents.as_slice() else {
        let message = format!(
            "{name}: must hold one document, and holds {}",
            documents.len()
        );
        return Err(CommandError::refused(message));
    };
    let written: Written = typed::from_document(document).map_err(refused)?;

    let directory = find::folder_of(path);
    let mut reader = Reader {
        document,
        problems: Vec::new(),
    };
    let named = reader.named(&written.recipients, &directory);
    let rules = reader.rules(&written.rules, &named);
    let mut problems = reader.problems;
    if !problems.is_empty() {
        problems.sort_by_key(Problem::position);
        return Err(refused(problems));
    }
    let named = named.into_iter();
    let named = named.filter_map(|(name, keys)| Some((name, keys?)));
    let named = named.collect();
    Ok(Rules {
        shown: name,
        directory,
        named,
        rules,
    })
}

/// Unlike in streams of manifests, there is but one document, so that its number says nothing.
fn refused(problems: impl IntoIterator<Item = Problem>) -> CommandError {
    let errors = problems.into_iter().map(|problem| {
        let path = problem.path();
        let colon = if path.is_empty() { "" } else { ": " };
        let at = place(&problem);
        CommandError::refused(format!("{at}: {path}{colon}{}", problem.reason()))
    });
    let none = || CommandError::refused("cannot be read");
    CommandError::merge(errors.collect()).unwrap_or_else(none)
}

fn place(problem: &Problem) -> String {
    let file = problem.file();
    match problem.position() {
        Some(at) => format!("{file}:{}:{}", at.line, at.column),
        None => file.to_owned(),
    }
}

/// Collects what is wrong, with its place.
struct Reader<'d> {
    document: &'d Document<'d>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn refuse(&mut self, path: &[Step<'_>], message: impl Into<String>) {
        self.problems
            .push(self.document.problem(path, message.into()));
    }

    fn named(&mut self, written: &BTreeMap<String, WrittenKeys>, directory: &Path) -> Named {
        let mut named = Named::new();
        for (name, texts) in written {
            let at = [Step::Key("recipients"), Step::Key(name)];
            let behind = if is_name(name) {
                self.behind(&at, texts, directory)
            } else {
                let message = "not a name: letters, digits, `-`, `_`, `.` and `@`, beginning with a \
                               letter or digit, and not with `age1`";
                self.refuse(&at, message);
                None
            };
            named.insert(name.clone(), behind);
        }
        named
    }

    /// The public keys behind one name.
    fn behind(
        &mut self,
        at: &[Step<'_>; 2],
        written: &WrittenKeys,
        directory: &Path,
    ) -> Option<Vec<Recipient>> {
        let texts = match written {
            WrittenKeys::One(text) => {
                let keys = keys(text, directory);
                return keys.map_err(|message| self.refuse(at, message)).ok();
            }
            WrittenKeys::Several(texts) => texts,
        };
        if texts.is_empty() {
            self.refuse(at, "empty; give at least one public key");
            return None;
        }
        let [recipients, name] = *at;
        let before = self.problems.len();
        let mut all = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let item = [recipients, name, Step::Index(index)];
            if texts.iter().take(index).any(|other| other == text) {
                self.refuse(&item, "given twice; remove one of the two");
            }
            match keys(text, directory) {
                Ok(keys) => all.extend(keys),
                Err(message) => self.refuse(&item, message),
            }
        }
        (self.problems.len() == before).then_some(all)
    }

    fn rules(&mut self, written: &[WrittenRule], named: &Named) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (index, rule) in written.iter().enumerate() {
            let at = [Step::Key("rules"), Step::Index(index)];
            let before = written.iter().take(index).map(|rule| rule.path.as_str());
            let glob = reachable(&rule.path, before).and_then(|()| glob(&rule.path));
            let glob = self.kept(&at, "path", glob);
            let recipients = self.recipients(&at, &rule.recipients, named);
            let place = sealed_for(rule.scope.map(Scope::from), rule.sealed_for.as_deref());
            let place = self.kept(&at, "for", place);
            if let (Some(glob), Some(recipients), Some(sealed_for)) = (glob, recipients, place) {
                rules.push(Rule {
                    at: self::place(&self.document.problem(&at, String::new())),
                    recipients,
                    scope: rule.scope.map(Scope::from),
                    sealed_for,
                    glob,
                });
            }
        }
        rules
    }

    fn recipients(
        &mut self,
        at: &[Step<'_>; 2],
        written: &[String],
        named: &Named,
    ) -> Option<Recipients> {
        let [rules, rule] = *at;
        let list = [rules, rule, Step::Key("recipients")];
        let before = self.problems.len();
        let mut keys = Vec::new();
        for (index, text) in written.iter().enumerate() {
            let item = [rules, rule, Step::Key("recipients"), Step::Index(index)];
            if written.iter().take(index).any(|other| other == text) {
                self.refuse(&item, "named twice; remove one of the two");
            } else if looks_like_age(text) {
                match text.parse() {
                    Ok(key) => keys.push(key),
                    Err(error) => self.refuse(&item, format!("{error}")),
                }
            } else {
                match named.get(text) {
                    Some(behind) => keys.extend(behind.iter().flatten().cloned()),
                    None if is_name(text) => self.refuse(
                        &item,
                        format!(
                            "nobody is called `{text}` under `recipients:`; add the name there"
                        ),
                    ),
                    // It may be anything, a private key included.
                    None => self.refuse(
                        &item,
                        "neither a name nor `age1...`; give a key or file a name under \
                         `recipients:`, and that name here",
                    ),
                }
            }
        }
        if written.is_empty() {
            self.refuse(&list, "empty; name at least one recipient");
        }
        if self.problems.len() > before {
            return None;
        }
        // Nobody is left only if a name was refused before.
        if keys.is_empty() {
            return None;
        }
        let recipients = Recipients::new(keys).map_err(|error| error.to_string());
        self.kept(at, "recipients", recipients)
    }

    /// What could be used of a field; what could not is a problem there.
    fn kept<T>(&mut self, at: &[Step<'_>; 2], field: &str, result: Result<T, String>) -> Option<T> {
        let [rules, rule] = *at;
        result
            .map_err(|message| self.refuse(&[rules, rule, Step::Key(field)], message))
            .ok()
    }
}

fn sealed_for(scope: Option<Scope>, place: Option<&str>) -> Result<Option<Place>, String> {
    let Some(text) = place else { return Ok(None) };
    let place = target::parse_place(text).map_err(|violation| violation.to_string())?;
    match (scope.unwrap_or_default(), &place) {
        (Scope::Cluster, _) => Err(
            "names a namespace, which `scope: cluster` leaves open; drop one of the two".to_owned(),
        ),
        (Scope::Namespace, (_, Some(_))) => Err(
            "names a Secret, which `scope: namespace` leaves open; drop the name or the scope"
                .to_owned(),
        ),
        _ => Ok(Some(place)),
    }
}
