//! A SealedSecret as the controller keeps it between two looks.

use std::borrow::Cow;

use bulla_reconcile::{Subject, is_ready};
use bulla_resource::{SealedSecret, SealedSecretSpec, SealedSecretStatus};
use kube::Resource;
use kube::api::ObjectMeta;
use kube::core::{DeserializeGuard, NamespaceResourceScope};
use serde::{Deserialize, Deserializer};

/// What is kept of a SealedSecret. One that cannot be read as such is kept too, so that it can be
/// told on the object itself, and stops no other.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    metadata: ObjectMeta,
    /// `None` if it cannot be read. Of an object that is settled, the envelopes are left out.
    pub(crate) spec: Option<Box<SealedSecretSpec>>,
    /// `None` if the object cannot be read.
    pub(crate) status: Option<SealedSecretStatus>,
}

impl Watched {
    /// The object, with what is to be taken for its status where none could be read.
    pub(crate) fn subject<'a>(&'a self, status: &'a SealedSecretStatus) -> Subject<'a> {
        Subject {
            name: self.name(),
            namespace: self.namespace(),
            generation: self.generation(),
            is_being_deleted: self.metadata.deletion_timestamp.is_some(),
            spec: self.spec.as_deref(),
            status,
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    pub(crate) fn namespace(&self) -> &str {
        self.metadata.namespace.as_deref().unwrap_or_default()
    }

    pub(crate) fn uid(&self) -> &str {
        self.metadata.uid.as_deref().unwrap_or_default()
    }

    pub(crate) fn resource_version(&self) -> &str {
        self.metadata
            .resource_version
            .as_deref()
            .unwrap_or_default()
    }

    pub(crate) fn generation(&self) -> i64 {
        self.metadata.generation.unwrap_or_default()
    }

    /// The object with everything, as it was read from the API server just now.
    pub(crate) fn whole(object: DeserializeGuard<SealedSecret>) -> Self {
        match object.0 {
            Ok(object) => Self {
                metadata: object.metadata,
                spec: Some(Box::new(object.spec)),
                status: Some(object.status.unwrap_or_default()),
            },
            // What the parser says is dropped here, because it repeats what it read.
            Err(invalid) => Self {
                metadata: invalid.metadata,
                spec: None,
                status: None,
            },
        }
    }

    /// Forgets what is only needed to open it, if it need not be opened or is large, and all metadata
    /// that nobody asks for. Thousands of objects are in memory all the time. What was forgotten is
    /// read again when it is needed.
    fn slim(mut self) -> Self {
        let metadata = self.metadata;
        self.metadata = ObjectMeta {
            name: metadata.name,
            namespace: metadata.namespace,
            uid: metadata.uid,
            resource_version: metadata.resource_version,
            generation: metadata.generation,
            deletion_timestamp: metadata.deletion_timestamp,
            ..ObjectMeta::default()
        };
        let generation = self.generation();
        if let (Some(spec), Some(status)) = (&mut self.spec, &self.status)
            && (is_ready(status, generation) || size(spec) > LARGE)
        {
            spec.envelopes = Vec::new();
            spec.template = None;
        }
        self
    }
}

/// In bytes. Nobody's hundred objects of a megabyte are to fill the controller's memory.
const LARGE: usize = 64 << 10;

fn size(spec: &SealedSecretSpec) -> usize {
    let envelopes = spec.envelopes.iter();
    let texts = envelopes.flat_map(|envelope| {
        let keys = envelope.age.iter().chain(envelope.rsa.values());
        keys.chain(envelope.items.values())
    });
    texts.map(String::len).sum()
}

/// As the watch reads it.
impl<'de> Deserialize<'de> for Watched {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DeserializeGuard::deserialize(deserializer).map(|object| Self::whole(object).slim())
    }
}

impl Resource for Watched {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind(_: &()) -> Cow<'_, str> {
        SealedSecret::kind(&())
    }

    fn group(_: &()) -> Cow<'_, str> {
        SealedSecret::group(&())
    }

    fn version(_: &()) -> Cow<'_, str> {
        SealedSecret::version(&())
    }

    fn plural(_: &()) -> Cow<'_, str> {
        SealedSecret::plural(&())
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}
