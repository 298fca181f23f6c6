//! One field that names a Secret.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeMap};

/// Where a row of the table comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// kustomize's own list: `api/internal/konfig/builtinpluginconsts/namereference.go` in
    /// github.com/kubernetes-sigs/kustomize, the same for Secrets from 5.0.0 to 5.8.2.
    Kustomize,
    /// The type of the Kubernetes API that has the field, or the page that defines it.
    Kubernetes(&'static str),
    /// A user added it.
    User,
}

/// A field that names a Secret: a kind of object and a path in it, both as kustomize's
/// `fieldSpecs` have them. It serializes as one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub(crate) group: Option<Cow<'static, str>>,
    pub(crate) version: Option<Cow<'static, str>>,
    pub(crate) kind: Cow<'static, str>,
    pub(crate) path: Cow<'static, str>,
    pub(crate) origin: Origin,
}

/// Why something is no field that can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// There is no kind.
    #[error("a reference needs a kind; give the kind of object that has the field")]
    Kind,
    /// The path is not one of kustomize's.
    #[error(
        "a path is keys with `/` between them, without list indices; write a `/` inside a key as `\\/`"
    )]
    Path,
}

impl Site {
    /// A field of a user's own.
    ///
    /// # Errors
    /// If there is no kind, or if the path is empty, has an empty part, or tries to say more than
    /// kustomize's paths can: lists are passed through without an index, and there are no
    /// wildcards.
    pub fn new(
        group: Option<&str>,
        version: Option<&str>,
        kind: &str,
        path: &str,
    ) -> Result<Self, Invalid> {
        if kind.is_empty() {
            return Err(Invalid::Kind);
        }
        let own = |text: Option<&str>| text.map(|text| Cow::Owned(text.to_owned()));
        let site = Self {
            group: own(group),
            version: own(version),
            kind: Cow::Owned(kind.to_owned()),
            path: Cow::Owned(path.to_owned()),
            origin: Origin::User,
        };
        let steps = site.steps();
        let odd = |step: &String| step.is_empty() || step.contains(['*', '[', ']']);
        // `spec.name` is how other parts of kustomize write paths.
        let dotted = steps.len() == 1 && path.contains('.');
        match steps.iter().any(odd) || dotted {
            true => Err(Invalid::Path),
            false => Ok(site),
        }
    }

    /// The API group; none matches every group.
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// The API version; none matches every version.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The path as kustomize writes it: keys with `/` between them, `\/` for a slash in a key,
    /// and nothing for the lists on the way.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The keys of the path.
    pub fn steps(&self) -> Vec<String> {
        let mut steps = vec![String::new()];
        let mut rest = self.path.chars().peekable();
        while let Some(c) = rest.next() {
            match (c, steps.last_mut()) {
                ('\\', Some(step)) if rest.peek() == Some(&'/') => {
                    rest.next();
                    step.push('/');
                }
                ('/', _) => steps.push(String::new()),
                (c, Some(step)) => step.push(c),
                (_, None) => {}
            }
        }
        steps
    }

    /// Where the row comes from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Whether both name the same field of the same kind of object.
    pub(crate) fn is_same_field(&self, other: &Self) -> bool {
        self.group == other.group
            && self.version == other.version
            && self.kind == other.kind
            && self.path == other.path
    }
}

impl Serialize for Site {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(group) = &self.group {
            map.serialize_entry("group", group)?;
        }
        if let Some(version) = &self.version {
            map.serialize_entry("version", version)?;
        }
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("path", &self.path)?;
        map.end()
    }
}
