//! A Secret that goes into a file which is sealed already: it adds and replaces, and takes nothing
//! out.

use std::collections::BTreeMap;
use std::convert::Infallible;

use bulla_envelope::Place;
use bulla_manifest::edit::Editor;
use bulla_manifest::secret::Secret;
use bulla_manifest::{Problems, Step};
use bulla_plaintext::Plaintext;
use bulla_resource::Template;

use crate::content::Content;
use crate::file::Metadata;
use crate::metadata::{self, Kept};
use crate::seal::{Refusal, Warning, check_content};
use crate::target::Scope;

/// What was said about the place of a sealed file, beside what the file says itself. A file may open
/// in fewer places than that, and in no others.
#[derive(Clone, Debug, Default)]
pub struct Stated {
    /// How far this very file moves: neither less nor more.
    pub scope: Option<Scope>,
    /// How far it may move if nobody said how far it does.
    pub at_most: Scope,
    /// The namespace.
    pub namespace: Option<String>,
    /// The final place: a namespace, and perhaps a name.
    pub sealed_for: Option<(String, Option<String>)>,
}

/// What of a Secret goes into a sealed file.
pub struct Addition {
    /// All values of the Secret; which of them are new, only a key tells.
    pub values: BTreeMap<String, Plaintext>,
    /// Labels that the template does not have, or not so.
    pub labels: BTreeMap<String, String>,
    /// Annotations that the template does not have, or not so.
    pub annotations: BTreeMap<String, String>,
    /// What the author should know.
    pub warnings: Vec<Warning>,
}

impl Content {
    /// What of a Secret goes into this content, whose object has this metadata. The API server's
    /// rules have been checked on the Secret already.
    ///
    /// # Errors
    ///
    /// All that speaks against it: another type, name or place, and what [`crate::seal`] refuses.
    pub fn addition(
        &self,
        metadata: &Metadata,
        secret: Secret,
        stated: &Stated,
    ) -> Result<Addition, Vec<Refusal>> {
        let mut refused = check_content(&secret);
        if secret.type_ != self.secret_type {
            refused.push(Refusal::OtherType {
                sealed: self.secret_type.clone(),
                found: secret.type_.clone(),
            });
        }
        if secret.name != metadata.name {
            refused.push(Refusal::OtherName(metadata.name.clone()));
        }
        let place = other_place(self.place(), metadata, secret.namespace.as_deref(), stated);
        refused.extend(place);
        let mut kept = metadata::keep(&secret).unwrap_or_else(|more| {
            refused.extend(more);
            Kept::default()
        });
        // What stays in the template must not show a new value, either.
        let labels = self.labels.iter();
        let labels = labels.filter(|(key, _)| !kept.labels.contains_key(*key));
        let annotations = self.annotations.iter();
        let annotations = annotations.filter(|(key, _)| !kept.annotations.contains_key(*key));
        match metadata::check_template(labels, annotations, &secret.data) {
            Ok(warnings) => kept.warnings.extend(warnings),
            Err(more) => refused.extend(more),
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        kept.labels
            .retain(|key, value| self.labels.get(key) != Some(value));
        kept.annotations
            .retain(|key, value| self.annotations.get(key) != Some(value));
        Ok(Addition {
            values: secret.data,
            labels: kept.labels,
            annotations: kept.annotations,
            warnings: kept.warnings,
        })
    }

    /// What the author should know of these new values beside the labels and annotations that are
    /// here already. Those are public.
    ///
    /// # Errors
    ///
    /// One that shows a value, raw or in base64, and one that makes another controller act.
    pub fn check_template(
        &self,
        values: &BTreeMap<String, Plaintext>,
    ) -> Result<Vec<Warning>, Vec<Refusal>> {
        metadata::check_template(&self.labels, &self.annotations, values)
    }

    /// Whether new values may go to the place of this content, whose object has this metadata.
    /// Whoever may commit could otherwise put a file for another place there, and wait for them.
    ///
    /// # Errors
    ///
    /// A place that is wider than what was stated, or another; and one that nobody but the file
    /// itself states. Without a statement that is any but the object's own name and namespace.
    pub fn check_stated(&self, metadata: &Metadata, stated: &Stated) -> Result<(), Refusal> {
        other_place(self.place(), metadata, None, stated).map_or(Ok(()), Err)
    }

    /// Adds or replaces labels and annotations of the template; the Secret's name follows. `name`
    /// is the object's own. Needs no key: both are public.
    #[must_use]
    pub fn with_metadata(
        mut self,
        name: &str,
        labels: BTreeMap<String, String>,
        annotations: BTreeMap<String, String>,
    ) -> Self {
        self.labels.extend(labels);
        self.annotations.extend(annotations);
        let (labels, annotations) = (self.labels.clone(), self.annotations.clone());
        let replaced: Result<_, Infallible> =
            self.try_replace(name, |sealed| Ok(sealed.with_metadata(labels, annotations)));
        match replaced {
            Ok(content) => content,
            Err(never) => match never {},
        }
    }
}

/// The first thing that was said about the place and is not so.
fn other_place(
    place: &Place,
    metadata: &Metadata,
    in_manifest: Option<&str>,
    stated: &Stated,
) -> Option<Refusal> {
    let other = |stated: String, is_in_manifest| Refusal::OtherPlace {
        // Where it opens anywhere, what it says of itself is all that there is.
        sealed_for: match (place.namespace(), &metadata.namespace) {
            (None, Some(namespace)) => format!("namespace {namespace}"),
            _ => place.to_string(),
        },
        stated,
        is_in_manifest,
    };
    let namespace = place.namespace().or(metadata.namespace.as_deref());
    let is_other = |stated: Option<&str>| {
        let pair = stated.zip(namespace);
        pair.filter(|(stated, sealed)| stated != sealed)
            .map(|(stated, _)| format!("namespace {stated}"))
    };
    if let Some(stated) = is_other(in_manifest) {
        return Some(other(stated, true));
    }
    if let Some(stated) = is_other(stated.namespace.as_deref()) {
        return Some(other(stated, false));
    }
    let (scope, word) = match (place.namespace(), place.name()) {
        (Some(_), Some(_)) => (Scope::Strict, "strict"),
        (Some(_), None) => (Scope::Namespace, "namespace"),
        _ => (Scope::Cluster, "cluster"),
    };
    let named = stated.sealed_for.as_ref();
    let named = named.map(|(namespace, name)| (namespace.as_str(), name.as_deref()));
    if let Some((namespace, name)) = named {
        let is_other_name = name.is_some() && name != place.name();
        if is_other_name || place.namespace().is_none() || is_other(Some(namespace)).is_some() {
            let name = name.map(|name| format!("{namespace}/{name}"));
            let stated = name.unwrap_or_else(|| format!("namespace {namespace}"));
            return Some(other(stated, false));
        }
    }
    let widest = stated.scope.unwrap_or(stated.at_most);
    if scope > widest {
        let sealed_for = place.to_string();
        let scope = word;
        return Some(Refusal::WiderPlace { sealed_for, scope });
    }
    if let Some(asked) = stated.scope.filter(|asked| *asked > scope) {
        let stated = match asked {
            Scope::Strict => "one name in one namespace",
            Scope::Namespace => "any name in its namespace",
            Scope::Cluster => "anywhere",
        };
        return Some(other(stated.to_owned(), false));
    }
    let has_own_name = place.name().is_none_or(|name| name == metadata.name);
    let is_name_said =
        has_own_name || widest > Scope::Strict || named.is_some_and(|(_, name)| name.is_some());
    if let (false, Some((namespace, None))) = (is_name_said, named) {
        return Some(other(format!("{namespace}/{}", metadata.name), false));
    }
    let own = metadata.namespace.as_deref();
    let said = [in_manifest, stated.namespace.as_deref(), own];
    let is_namespace_said =
        widest == Scope::Cluster || named.is_some() || said.iter().any(Option::is_some);
    let namespace = place.namespace()?;
    (!is_name_said || !is_namespace_said).then(|| Refusal::UnstatedPlace {
        sealed_for: place.to_string(),
        to_say: match place.name() {
            Some(name) if !has_own_name => format!("{namespace}/{name}"),
            _ => namespace.to_owned(),
        },
    })
}

/// Brings `spec.template` to what the content says. Nothing is ever taken out of it.
pub(crate) fn write_template(
    editor: &mut Editor,
    document: usize,
    old: Option<&Template>,
    content: &Content,
) -> Result<(), Problems> {
    let spec = Step::Key("spec");
    let template = Step::Key("template");
    let new = Template {
        labels: content.labels.clone(),
        annotations: content.annotations.clone(),
    };
    let Some(old) = old else {
        return match new == Template::default() {
            true => Ok(()),
            false => editor.set(document, &[spec, template], &new),
        };
    };
    for (part, old, new) in [
        ("labels", &old.labels, &new.labels),
        ("annotations", &old.annotations, &new.annotations),
    ] {
        let part = Step::Key(part);
        if old.is_empty() && !new.is_empty() {
            editor.set(document, &[spec, template, part], new)?;
            continue;
        }
        for (key, value) in new {
            if old.get(key) != Some(value) {
                editor.set(document, &[spec, template, part, Step::Key(key)], value)?;
            }
        }
    }
    Ok(())
}
