//! Runs looks: of as many objects at once as want one, and of each object one at a time.
//!
//! kube's own `applier` polls every object under way whenever one of them moves. Here thousands may be
//! under way, most of which wait for their turn: with 10,000 it was half of all the time.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc;
use futures::stream::FuturesUnordered;
use futures::{Stream, StreamExt as _, stream};
use kube::runtime::reflector::ObjectRef;
use kube::runtime::scheduler::{ScheduleRequest, scheduler};
use tokio::time::Instant;

use crate::backoff;
use crate::reconcile::reconcile;
use crate::run::Context;
use crate::watched::Watched;

type Object = ObjectRef<Watched>;

/// Looks at every object that `requests` names, and again when its time has come. Ends some time after
/// `stop`, when what is under way is done.
pub(crate) async fn run(
    requests: impl Stream<Item = Object>,
    context: Arc<Context>,
    stop: impl Future<Output = ()>,
) {
    let (again, returning) = mpsc::unbounded();
    let requests = stream::select(
        requests.map(|object| after(Duration::ZERO, object)),
        returning,
    );
    let mut due = pin!(scheduler(requests.take_until(stop)));
    let mut looks = FuturesUnordered::new();
    // Whether somebody asked for the object while it was looked at.
    let mut under_way = HashMap::<Object, bool>::new();
    loop {
        tokio::select! {
            Some((object, rest)) = looks.next() => {
                let is_wanted = under_way.remove(&object).unwrap_or_default();
                let rest = if is_wanted { Some(Duration::ZERO) } else { rest };
                if let Some(rest) = rest {
                    // It ends with this function.
                    let _ = again.unbounded_send(after(rest, object));
                }
            }
            object = due.next() => {
                let Some(object) = object else { break };
                if let Some(is_wanted) = under_way.get_mut(&object) {
                    *is_wanted = true;
                } else if let Some(found) = context.objects.get(&object) {
                    under_way.insert(object.clone(), false);
                    looks.push(look(object, found, Arc::clone(&context)));
                } else {
                    let namespace = object.namespace.as_deref().unwrap_or_default();
                    context.memory.forget(namespace, &object.name);
                }
            }
        }
    }
    while looks.next().await.is_some() {}
}

fn after(rest: Duration, message: Object) -> ScheduleRequest<Object> {
    let run_at = Instant::now() + rest;
    ScheduleRequest { message, run_at }
}

/// The object, and how long to let it rest: `None` until it changes.
///
/// In a task of its own, because one object that causes a panic must not take the others' controller
/// away, and unwinding overwrites what has to be overwritten.
async fn look(
    object: Object,
    found: Arc<Watched>,
    context: Arc<Context>,
) -> (Object, Option<Duration>) {
    let looked = tokio::spawn(reconcile(found, Arc::clone(&context))).await;
    let rest = looked.unwrap_or_else(|_| {
        context.metrics.panics.inc();
        let (namespace, name) = (object.namespace.as_deref(), &*object.name);
        tracing::error!(namespace, name, "a look at this object panicked");
        Some(backoff::DENIED)
    });
    (object, rest)
}
