//! Changing a sealed file: its content, and the text that a person may have commented.

use std::collections::{BTreeMap, BTreeSet};

use bulla_envelope::{
    ChangeError, Identity, OpenError, Recipients, RewrapError, SealError, Sealed,
};
use bulla_manifest::edit::Editor;
use bulla_manifest::{Problems, Step};
use bulla_plaintext::Plaintext;
use bulla_resource::{EnvelopeSpec, SealedSecretSpec};

use crate::content::Content;
use crate::merge::write_template;
use crate::secret_name::follow;

impl Content {
    /// Adds or replaces values and takes items out, with public keys alone. `name` is the
    /// object's own name; the Secret's name follows the content.
    ///
    /// # Errors
    ///
    /// As [`Sealed::change`].
    pub fn change(
        self,
        name: &str,
        values: &BTreeMap<String, Plaintext>,
        removed: &BTreeSet<String>,
        recipients: &Recipients,
    ) -> Result<Self, ChangeError> {
        self.try_replace(name, |sealed| sealed.change(values, removed, recipients))
    }

    /// Takes items out; as [`Self::change`] otherwise.
    ///
    /// # Errors
    ///
    /// As [`Sealed::remove`].
    pub fn remove(self, name: &str, removed: &BTreeSet<String>) -> Result<Self, ChangeError> {
        self.try_replace(name, |sealed| sealed.remove(removed))
    }

    /// Wraps all envelopes for other recipients. Digest, name and items stay.
    ///
    /// # Errors
    ///
    /// As [`Sealed::rewrap`].
    pub fn rewrap<E>(
        self,
        identities: &[Identity],
        choose: impl FnMut(&[String]) -> Result<Option<Recipients>, E>,
    ) -> Result<Option<Self>, RewrapError<E>> {
        let rewrapped = self.sealed.rewrap(identities, choose)?;
        Ok(rewrapped.map(|sealed| Self { sealed, ..self }))
    }

    /// Seals everything again in one envelope under a new data key; the name changes. `values` are
    /// [its own](Self::values).
    ///
    /// # Errors
    ///
    /// It cannot be sealed to these recipients.
    pub fn reseal(
        self,
        name: &str,
        values: &BTreeMap<String, Plaintext>,
        recipients: &Recipients,
    ) -> Result<Self, SealError> {
        let (secret_type, labels, annotations) = (
            self.secret_type.clone(),
            self.labels.clone(),
            self.annotations.clone(),
        );
        self.try_replace(name, |sealed| {
            let place = sealed.place().clone();
            let sealed = Sealed::seal(place, secret_type, labels, annotations, values, recipients)?;
            Ok(sealed)
        })
    }

    /// The values, wherever the file is: to tell which of them a change would change.
    ///
    /// # Errors
    ///
    /// As [`Sealed::open`].
    pub fn values(
        &self,
        identities: &[Identity],
    ) -> Result<BTreeMap<String, Plaintext>, OpenError> {
        Ok(self.sealed.open(identities)?.into_values())
    }

    /// The content with the name that belongs to it, and whether it had another.
    pub fn mend_name(self, name: &str) -> (Self, bool) {
        let digest = self.digest();
        let secret_name = follow(&self.secret_name, name, &digest, &digest);
        let is_mended = secret_name != self.secret_name;
        (
            Self {
                secret_name,
                ..self
            },
            is_mended,
        )
    }

    pub(crate) fn try_replace<E>(
        self,
        name: &str,
        replace: impl FnOnce(Sealed) -> Result<Sealed, E>,
    ) -> Result<Self, E> {
        let before = self.digest();
        let sealed = replace(self.sealed)?;
        let secret_name = follow(&self.secret_name, name, &before, &sealed.digest());
        Ok(Self {
            sealed,
            secret_name,
            ..self
        })
    }
}

/// Brings the text of a sealed file from what `old` says to what `content` says. Whatever does
/// not differ keeps its bytes, comments included.
///
/// # Errors
///
/// A layout that cannot be changed in place.
pub fn write_changes(
    editor: &mut Editor,
    document: usize,
    old: &SealedSecretSpec,
    content: &Content,
) -> Result<(), Problems> {
    use Step::{Index, Key};
    let new = content.envelope_specs();
    let spec = Key("spec");
    let find = |commitment: &str| new.iter().find(|e| e.commitment == commitment);
    // From the end, so that the indices before stay right.
    for (index, envelope) in old.envelopes.iter().enumerate().rev() {
        let at = [spec, Key("envelopes"), Index(index)];
        match find(&envelope.commitment) {
            None => editor.remove(document, &at)?,
            Some(changed) => write_envelope(editor, document, &at, envelope, changed)?,
        }
    }
    let is_new = |e: &&EnvelopeSpec| old.envelopes.iter().all(|o| o.commitment != e.commitment);
    let added: Vec<_> = new.iter().filter(is_new).collect();
    editor.append(document, &[spec, Key("envelopes")], &added)?;
    write_template(editor, document, old.template.as_ref(), content)?;
    if old.secret_name != content.secret_name {
        editor.set(document, &[spec, Key("secretName")], &content.secret_name)?;
    }
    Ok(())
}

fn write_envelope(
    editor: &mut Editor,
    document: usize,
    at: &[Step<'_>],
    old: &EnvelopeSpec,
    new: &EnvelopeSpec,
) -> Result<(), Problems> {
    let below = |keys: &[&'static str]| -> Vec<Step<'_>> {
        let keys = keys.iter().map(|key| Step::Key(key));
        at.iter().copied().chain(keys).collect()
    };
    for key in old.items.keys().filter(|key| !new.items.contains_key(*key)) {
        let mut path = below(&["items"]);
        path.push(Step::Key(key));
        editor.remove(document, &path)?;
    }
    write_recipients(editor, document, &below(&["recipients"]), old, new)?;
    if old.age != new.age {
        match &new.age {
            Some(age) => editor.set(document, &below(&["age"]), age)?,
            None => editor.remove(document, &below(&["age"]))?,
        }
    }
    if old.rsa != new.rsa {
        match new.rsa.is_empty() {
            false => editor.set(document, &below(&["rsa"]), &new.rsa)?,
            true => editor.remove(document, &below(&["rsa"]))?,
        }
    }
    Ok(())
}

/// Takes out who goes and appends who comes, so that the others keep the comments that say who they
/// are. Where the order changes, the list is written anew: no comment may stand beside another key.
fn write_recipients(
    editor: &mut Editor,
    document: usize,
    at: &[Step<'_>],
    old: &EnvelopeSpec,
    new: &EnvelopeSpec,
) -> Result<(), Problems> {
    let (old, new) = (&old.recipients, &new.recipients);
    let stays = |entry: &&String| new.contains(entry);
    let staying = old.iter().filter(stays).count();
    let Some((head, added)) = new.split_at_checked(staying) else {
        return editor.set(document, at, new);
    };
    if staying == 0 || !old.iter().filter(stays).eq(head) {
        return match old == new {
            true => Ok(()),
            false => editor.set(document, at, new),
        };
    }
    for (index, _) in old
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, entry)| !stays(entry))
    {
        let entry: Vec<_> = at.iter().copied().chain([Step::Index(index)]).collect();
        editor.remove(document, &entry)?;
    }
    editor.append(document, at, added)
}
