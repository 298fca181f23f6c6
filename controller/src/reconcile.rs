//! Whose turn it is.

use std::sync::Arc;
use std::time::Duration;

use kube::runtime::reflector::ObjectRef;

use crate::look::{Looked, look};
use crate::run::Context;
use crate::watched::Watched;

/// Looks at an object when its turn comes. Returns how long to let it rest then: `None` until it
/// changes.
pub(crate) async fn reconcile(mut object: Arc<Watched>, context: Arc<Context>) -> Option<Duration> {
    if let Some(rest) = rest(&object, &context) {
        context.metrics.reconciles.inc();
        return rest;
    }
    let mut made = None;
    loop {
        let place = context.fairness.enter(object.namespace()).await?;
        if made.is_none() {
            // It may have changed while it waited.
            object = context.objects.get(&ObjectRef::from_obj(&*object))?;
        }
        // In a box, because thousands may wait, and few look.
        match Box::pin(look(Arc::clone(&object), made, &context, place)).await {
            Looked::Done(rest) => return rest,
            // Pods wait for Secrets, and nobody for a record or a status. So whatever wants a Secret
            // goes first. The record is of this object, even if there is a newer one then.
            Looked::Made(uid) => made = Some(uid),
        }
    }
}

/// How long there is nothing to do, if there is nothing.
fn rest(object: &Watched, context: &Context) -> Option<Option<Duration>> {
    let epoch = context.keys.borrow().epoch;
    let entry = context.memory.take(object);
    let rest = entry.rest(object, epoch);
    context.memory.put(object, entry);
    rest
}
