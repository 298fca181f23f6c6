//! `bulla edit`

mod editor;
mod merge;
mod plaintext_folder;
mod signals;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bulla_envelope::Identity;
use bulla_plaintext::Plaintext;
use bulla_sealing::Content;
use clap::Args;
use zeroize::Zeroizing;

use self::editor::Editor;
use self::merge::Edit;
use self::plaintext_folder::PlaintextFolder;
use self::signals::Signals;
use self::text::{Header, Message};
use crate::decide::{Decider, Decision, Destination};
use crate::editable::{Editable, Purpose};
use crate::error::CommandError;
use crate::identities::IdentityArgs;
use crate::recipients::RecipientArgs;
use crate::rules::AllRules;
use crate::target::PlaceArgs;
use crate::ui;

/// Change the values of a sealed file in your editor
///
/// Needs an identity that opens the file. The values stand in a file that is in memory only (a tmpfs:
/// $XDG_RUNTIME_DIR or /dev/shm), and gone when the editor ends, however it ends. The editor is $VISUAL, else $EDITOR, else vi; it has to wait until you close the
/// file. Values that you do not change keep their bytes in the sealed file; what you change or add
/// goes into one new envelope for the recipients that -r names or that .bulla.yaml has for the file.
/// If something is wrong with what you wrote, the editor opens again and says so at the top.
#[derive(Args)]
#[command(after_help = "\
Examples:
  bulla edit db.sealed.yaml
  EDITOR='code --wait' bulla edit db.sealed.yaml -i key.txt")]
pub(crate) struct EditArgs {
    /// The sealed file
    file: PathBuf,

    #[command(flatten)]
    recipients: RecipientArgs,

    #[command(flatten)]
    place: PlaceArgs,

    #[command(flatten)]
    identities: IdentityArgs,
}

pub(crate) fn run(args: &EditArgs) -> Result<(), CommandError> {
    let identities = args.identities.resolve()?;
    let opened = Opened::read(&args.file, &identities)?;
    // Before the person writes anything.
    let rules = AllRules::default();
    let destination = Destination::Existing(args.file.clone());
    let decider = Decider::new(&rules, &args.recipients, args.place.resolve()?, destination)?;
    let decision = decider.decide(opened.editable.name())?;
    decision.check(&opened.editable, &opened.content)?;
    let mut signals = Signals::watch()?;
    let result = edit(opened, &args.file, &identities, &decision, &mut signals);
    if let Some(signal) = signals.that_ends() {
        if let Err(error) = &result {
            ui::error(error);
        }
        signals::end_by(signal);
    }
    result
}

/// A sealed file, and what it holds.
struct Opened {
    editable: Editable,
    content: Content,
    values: BTreeMap<String, Plaintext>,
}

/// What it means that a person saves what he was shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AsItWas {
    NoChange,
    GivenUp,
    Confirmed,
}

impl Opened {
    fn read(path: &Path, identities: &[Identity]) -> Result<Self, CommandError> {
        let (editable, content) = Editable::read(path, Purpose::Content)?;
        let values = content.values(identities);
        let values = values.map_err(|error| {
            CommandError::new((&error).into(), format!("{}: {error}", path.display()))
        })?;
        Ok(Self {
            editable,
            content,
            values,
        })
    }

    /// Which SealedSecret it is, and where it opens.
    fn described(&self) -> String {
        let title = text::title(&self.editable);
        format!("{title}, sealed for {}", self.content.place())
    }
}

/// The editor, again and again until what it gives back is written or given up.
fn edit(
    mut opened: Opened,
    path: &Path,
    identities: &[Identity],
    decision: &Decision,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let editor = Editor::from_environment();
    let mut header = Header::new(
        &opened.editable,
        opened.content.place(),
        &decision.recipients,
    );
    let mut body = text::write(&merge::borrowed(&opened.values))?;
    let mut as_it_was = AsItWas::NoChange;
    loop {
        let shown = header.above(&body);
        let saved = in_editor(&editor, &shown, signals)?;
        if *saved == *shown {
            match as_it_was {
                AsItWas::NoChange => return no_change(path, &editor),
                AsItWas::GivenUp => return Err(given_up(path, header.messages())),
                AsItWas::Confirmed => {}
            }
        }
        let wanted = match text::read(&saved) {
            Ok(Some(wanted)) => wanted,
            Ok(None) => {
                let message = format!("{}: given up; nothing was written", path.display());
                return Err(CommandError::refused(message).hinted("the file was saved empty"));
            }
            Err(mistakes) => {
                body = leads_back(path, &mut header, mistakes, (&body, &saved))?;
                as_it_was = AsItWas::GivenUp;
                continue;
            }
        };
        let edit = Edit::between(&opened.values, wanted);
        if edit.is_empty() {
            return no_change(path, &editor);
        }
        match write(&opened, &edit, path, identities, decision) {
            Ok(None) => return Ok(()),
            Ok(Some(now)) => {
                header.say_conflicts(edit.conflicts(&opened.values, &now.values));
                body = text::write(&edit.on(&now.values))?;
                opened = now;
                as_it_was = AsItWas::Confirmed;
            }
            Err(error) => {
                let mistakes = error.messages().iter().map(Message::from).collect();
                body = leads_back(path, &mut header, mistakes, (&body, &saved))?;
                as_it_was = AsItWas::GivenUp;
            }
        }
    }
}

/// Puts mistakes at the top, and gives the text to go below. Who was shown that text with the same
/// mistakes and gives it back has given up, or is a program that would do so for ever.
fn leads_back(
    path: &Path,
    header: &mut Header,
    mistakes: Vec<Message>,
    (shown, saved): (&[u8], &[u8]),
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let before = header.messages();
    header.say_mistakes(mistakes);
    let body = text::without_header(saved);
    match *body == *shown && header.messages() == before {
        true => Err(given_up(path, before)),
        false => Ok(body),
    }
}

/// What the editor makes of a text. No longer than it runs is there a file with plaintext that a
/// signal could leave behind.
fn in_editor(
    editor: &Editor,
    text: &[u8],
    signals: &mut Signals,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    signals.hold();
    let saved = saved_by(editor, text, signals);
    signals.release();
    match signals.that_ends() {
        Some(_) => Err(signals::ended()),
        None => saved,
    }
}

fn saved_by(
    editor: &Editor,
    text: &[u8],
    signals: &mut Signals,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let folder = PlaintextFolder::create()?;
    folder.write(text)?;
    editor.run(folder.file(), signals)?;
    folder.read()
}

/// Writes the edit, or gives the file as it is now if it is not the one that was opened.
fn write(
    opened: &Opened,
    edit: &Edit,
    path: &Path,
    identities: &[Identity],
    decision: &Decision,
) -> Result<Option<Opened>, CommandError> {
    let (editable, content) = Editable::read(path, Purpose::Content)?;
    if !editable.is_same_file(&opened.editable) {
        let now = Opened::read(path, identities)?;
        if now.described() != opened.described() {
            let (was, is) = (opened.described(), now.described());
            let message = format!(
                "{}: was {was}, and is now {is}; put the old one back, or give up",
                path.display()
            );
            return Err(CommandError::refused(message));
        }
        decision.check(&now.editable, &now.content)?;
        return Ok(Some(now));
    }
    let before = content.secret_name().to_owned();
    let content = content
        .change(
            editable.name(),
            edit.values(),
            edit.removed(),
            &decision.recipients,
        )
        .map_err(CommandError::refused)?;
    editable.save_values(&content, edit.values(), edit.keys(), &before)?;
    Ok(None)
}

fn no_change(path: &Path, editor: &Editor) -> Result<(), CommandError> {
    ui::note(&format!("{}: nothing changed", path.display()));
    editor.explain_if_at_once();
    Ok(())
}

fn given_up(path: &Path, messages: Vec<String>) -> CommandError {
    let mistakes = messages.into_iter().map(CommandError::refused).collect();
    let given_up = format!("{}: nothing was written", path.display());
    let error = match CommandError::merge(mistakes) {
        Some(error) => error.hinted(given_up),
        None => CommandError::refused(given_up),
    };
    error.hinted(format!(
        "what was saved is gone; to keep values, set them while the editor is open: bulla set {} KEY",
        path.display()
    ))
}
