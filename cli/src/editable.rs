//! A sealed file that is changed in place.

use std::collections::BTreeMap;
use std::fs::FileType;
use std::path::{Path, PathBuf};

use bulla_envelope::{Identity, OpenError};
use bulla_manifest::edit::Editor;
use bulla_manifest::{Document, Kind, Step, Stream};
use bulla_plaintext::Plaintext;
use bulla_sealing::{Content, SealedFile, write_changes};
use zeroize::Zeroizing;

use crate::commands::sealed_files;
use crate::error::{CommandError, STALE_HINT, TEMPLATE_HINT};
use crate::exit_code::ExitCode;
use crate::folder_lock::FolderLock;
use crate::{input, output, readers, rules, ui};

/// A file that holds exactly one SealedSecret, perhaps beside other documents.
pub(crate) struct Editable {
    path: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
    document: usize,
    file: SealedFile,
}

/// Why a file is changed, and so what has to be right before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Its content or its recipients. Whoever changes them gives the file a name that fits, and
    /// must not bless a change by others that the old name gives away.
    Content,
    /// The name alone, after a person has looked.
    Name,
}

/// A file that the change left as it was is not written at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saved {
    Changed,
    Unchanged,
}

impl Editable {
    /// Reads a file, and what it says.
    pub(crate) fn read(path: &Path, purpose: Purpose) -> Result<(Self, Content), CommandError> {
        if path == Path::new("-") {
            return Err(CommandError::usage(
                "a file is changed in place, so standard input will not do",
            ));
        }
        refuse_link(path)?;
        // Nobody waits for the other end of a pipe that cannot be replaced.
        let is_pipe_or_device = |kind: FileType| !kind.is_file() && !kind.is_dir();
        if path
            .metadata()
            .is_ok_and(|metadata| is_pipe_or_device(metadata.file_type()))
        {
            let message = format!("{}: not a regular file", path.display());
            return Err(CommandError::refused(message));
        }
        let input = input::read_regular(path)?;
        let stream = Stream::read(&input.name, &input.bytes)?;
        let mut found = None;
        for document in stream.documents() {
            if document.kind()? != Kind::SealedSecret {
                continue;
            }
            let sealed = sealed_files::read(document)?;
            if purpose == Purpose::Content {
                check_in_place(document, &sealed.0, &sealed.1)?;
            }
            if found.replace((document.number(), sealed)).is_some() {
                let message = format!("{}: holds more than one SealedSecret", input.name);
                return Err(CommandError::refused(message)
                    .hinted("put each into a file of its own to change it"));
            }
        }
        drop(stream);
        let Some((document, (file, content))) = found else {
            let message = format!("{}: holds no SealedSecret", input.name);
            return Err(CommandError::refused(message));
        };
        let editable = Self {
            path: path.to_owned(),
            bytes: input.bytes,
            document,
            file,
        };
        Ok((editable, content))
    }

    /// Where it was read.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the SealedSecret.
    pub(crate) fn name(&self) -> &str {
        &self.file.metadata.name
    }

    /// What the file says about itself.
    pub(crate) fn file(&self) -> &SealedFile {
        &self.file
    }

    /// Whether both were read from the same bytes.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        *self.bytes == *other.bytes
    }

    /// The text with the changed content. Every byte that the change does not concern stays.
    pub(crate) fn edited(&self, content: &Content) -> Result<String, CommandError> {
        // Checked when it was read.
        let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
        let mut editor = Editor::new(&self.path.display().to_string(), text);
        write_changes(&mut editor, self.document, &self.file.spec, content)?;
        Ok(editor.into_text())
    }

    /// Takes out of `values` those that the content has already, as far as an identity tells. Who
    /// cannot open the file writes all the same; that is what public keys are for.
    pub(crate) fn drop_unchanged(
        &self,
        content: &Content,
        identities: &[Identity],
        values: &mut BTreeMap<String, Plaintext>,
    ) -> Result<(), CommandError> {
        match content.values(identities) {
            Ok(known) => {
                values.retain(|key, value| {
                    let known = known.get(key);
                    known.is_none_or(|known| known.expose() != value.expose())
                });
                Ok(())
            }
            Err(OpenError::NoIdentity(..)) => Ok(()),
            Err(damage) => {
                let message = format!("{}: {damage}", self.path.display());
                Err(CommandError::new((&damage).into(), message))
            }
        }
    }

    /// Whether the content may be written with these new values: what the API server would refuse,
    /// and what the template would show of them. Warns of what is only to be seen.
    pub(crate) fn check_values(
        &self,
        content: &Content,
        values: &BTreeMap<String, Plaintext>,
    ) -> Result<(), CommandError> {
        let path = self.path.display();
        let findings = content.check_values(values).into_iter();
        let mut errors: Vec<_> = findings
            .map(|finding| CommandError::refused(format!("{path}: after the change {finding}")))
            .collect();
        match content.check_template(values) {
            Ok(warnings) => {
                for warning in warnings {
                    ui::warning(&format!("{path}: {warning}"));
                }
            }
            Err(refusals) => errors.extend(refusals.iter().map(|refusal| {
                CommandError::refused(format!("{path}: {refusal}")).hinted(TEMPLATE_HINT)
            })),
        }
        CommandError::merge(errors).map_or(Ok(()), Err)
    }

    /// Writes the changed content: whole or not at all, and only onto the file that was read.
    pub(crate) fn save(&self, content: &Content) -> Result<Saved, CommandError> {
        self.write(&self.edited(content)?)
    }

    /// The same, when values were set or taken out under these keys: tells of it, and warns if not
    /// the same people can read all values. `before` is the name that the Secret had.
    pub(crate) fn save_values(
        &self,
        content: &Content,
        values: &BTreeMap<String, Plaintext>,
        keys: impl IntoIterator<Item = impl AsRef<str>>,
        before: &str,
    ) -> Result<(), CommandError> {
        self.check_values(content, values)?;
        if self.save(content)? == Saved::Unchanged {
            return Ok(());
        }
        ui::note(&changed(keys, before, content));
        // What only loses values has nobody new.
        if !values.is_empty() {
            for warning in readers::differences(content) {
                ui::warning(&format!("{}: {warning}", self.path.display()));
            }
        }
        Ok(())
    }

    /// The same with the changed text.
    pub(crate) fn write(&self, text: &str) -> Result<Saved, CommandError> {
        if text.as_bytes() == self.bytes.as_slice() {
            return Ok(Saved::Unchanged);
        }
        // Two commands take turns between looking whether the file is still the one that was read,
        // and replacing it.
        let _lock = FolderLock::of_file(&self.path)?;
        if *input::read_regular(&self.path)?.bytes != *self.bytes {
            let message = format!("{}: was changed meanwhile", self.path.display());
            return Err(CommandError::refused(message).hinted("run the command again"));
        }
        output::write_or_print(Some(&self.path), text.as_bytes())?;
        Ok(Saved::Changed)
    }
}

/// What is told of a change.
pub(crate) fn changed(
    keys: impl IntoIterator<Item = impl AsRef<str>>,
    before: &str,
    content: &Content,
) -> String {
    let keys: Vec<_> = keys.into_iter().collect();
    let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
    let (keys, after) = (keys.join(", "), content.secret_name());
    format!("changed {keys}: {before} becomes {after}")
}

/// Whoever may commit could put a link there. The rules are for the path that was named, and would
/// say who can read new values of a file for which they were not written.
fn refuse_link(path: &Path) -> Result<(), CommandError> {
    if !path.is_symlink() {
        return Ok(());
    }
    let message = format!(
        "{}: is a symbolic link, through which no sealed file is changed",
        path.display()
    );
    let error = CommandError::refused(message);
    Err(match path.canonicalize() {
        Ok(real) => error.hinted(format!(
            "if it is meant, name the file itself: {}",
            rules::shown(&real).display()
        )),
        Err(_) => error,
    })
}

/// Place and name, as far as the file states them: where kustomize sets the namespace, it sets the
/// name, too.
fn check_in_place(
    document: &Document<'_>,
    file: &SealedFile,
    content: &Content,
) -> Result<(), CommandError> {
    use Step::Key;
    let metadata = &file.metadata;
    let problem = |key, message: String| {
        let problem = document.problem(&[Key("spec"), Key(key)], message);
        CommandError::new(ExitCode::NotAsSealed, problem)
    };
    if metadata.namespace.is_some() {
        let placed = content.check_place(&metadata.name, metadata.namespace.as_deref());
        placed.map_err(|error| {
            problem("sealedFor", error.to_string())
                .hinted("move it back, or seal its values again for this place")
        })?;
    }
    content
        .check_name(&metadata.name)
        .map_err(|error| problem("secretName", error.to_string()).hinted(STALE_HINT))
}
