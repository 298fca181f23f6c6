//! The watch on SealedSecrets, and the queue of what is to be looked at.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::{FutureExt as _, Stream, StreamExt as _, future, stream};
use kube::runtime::controller::{self, Action, Error, ReconcileReason, ReconcileRequest};
use kube::runtime::reflector::{ObjectRef, store::Writer};
use kube::runtime::watcher::{self, Event, watcher};
use kube::runtime::{WatchStreamExt as _, applier};
use kube::{Api, Client};
use tokio::task::JoinError;

use crate::backoff::{self, WatchBackoff};
use crate::reconcile::reconcile;
use crate::run::Context;
use crate::watched::Watched;

/// So few objects are read at once at the start: each may have more than a megabyte.
const PAGE: u32 = 25;

/// The API server ends a watch after so long, which is less than the client waits for a byte.
const WATCH_SECONDS: u32 = 50;

/// Looks at every SealedSecret when something about it changes, or when its time has come. Ends some
/// time after `stop`, when what is under way is done.
///
/// This is `kube::runtime::Controller` taken apart, for two reasons: only its parts tell when the
/// first list is complete, and a task of our own for each look makes a panic an error like another.
pub(crate) async fn run(
    client: Client,
    writer: Writer<Watched>,
    context: Arc<Context>,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let fairness = Arc::clone(&context.fairness);
    let stop = stop.inspect(move |()| fairness.close()).boxed().shared();
    // Nobody is told that there is no key before somebody has looked.
    let mut keys = context.keys.clone();
    tokio::select! {
        _ = keys.wait_for(|keys| keys.epoch > 0) => {}
        () = stop.clone() => return,
    }
    let watched = watched(client, writer, Arc::clone(&context));
    let queue = stream::select(watched, on_new_keys(Arc::clone(&context))).take_until(stop);
    applier(
        // One object that causes a panic must not take the others' controller away, and unwinding
        // overwrites what has to be overwritten.
        |object, context| tokio::spawn(reconcile(object, context)),
        |object, _, context| after_panic(&object, &context),
        Arc::clone(&context),
        context.objects.clone(),
        queue,
        // Unlimited: a look waits for its turn itself, and fairly.
        controller::Config::default(),
    )
    .for_each(|looked| {
        note(looked, &context);
        future::ready(())
    })
    .await;
}

/// One request for each event about an object.
fn watched(
    client: Client,
    writer: Writer<Watched>,
    context: Arc<Context>,
) -> impl Stream<Item = Result<ReconcileRequest<Watched>, watcher::Error>> + Send {
    let config = watcher::Config::default()
        .page_size(PAGE)
        .timeout(WATCH_SECONDS);
    let events = watcher(Api::all(client), config)
        .backoff(WatchBackoff::new(Arc::clone(&context.pulse)))
        .reflect(writer);
    let events = events.inspect(move |event| {
        if matches!(event, Ok(Event::InitDone)) && !context.is_synced.swap(true, Ordering::Relaxed)
        {
            tracing::info!(objects = context.objects.len(), "listed");
        }
    });
    controller::trigger_self(events.touched_objects(), ()).boxed()
}

/// One request for each object when there are new keys.
fn on_new_keys(
    context: Arc<Context>,
) -> impl Stream<Item = Result<ReconcileRequest<Watched>, watcher::Error>> + Send {
    let keys = context.keys.clone();
    let changes = stream::unfold(keys, |mut keys| async move {
        keys.changed().await.ok()?;
        Some(((), keys))
    });
    let all = move |()| {
        let objects = context.objects.state().into_iter();
        stream::iter(objects.map(|object| {
            Ok(ReconcileRequest {
                obj_ref: ObjectRef::from_obj(&*object),
                reason: ReconcileReason::BulkReconcile,
            })
        }))
    };
    changes.flat_map(all).boxed()
}

fn after_panic(object: &Watched, context: &Context) -> Action {
    context.metrics.panics.inc();
    let (namespace, name) = (object.namespace(), object.name());
    tracing::error!(namespace, name, "a look at this object panicked");
    Action::requeue(backoff::DENIED)
}

fn note<T>(looked: Result<T, Error<JoinError, watcher::Error>>, context: &Context) {
    match looked {
        Ok(_) | Err(Error::ReconcilerFailed(..)) => {}
        Err(Error::ObjectNotFound(object)) => {
            let namespace = object.namespace.as_deref().unwrap_or_default();
            context.memory.forget(namespace, &object.name);
        }
        Err(Error::QueueError(error)) => {
            context.metrics.watch_errors.inc();
            let what = doing(&error);
            tracing::warn!(
                what,
                "the watch on SealedSecrets failed, and is tried again"
            );
        }
        Err(Error::RunnerError(_)) => tracing::error!("the queue failed"),
    }
}

/// Without the error's text, which could repeat an object.
fn doing(error: &watcher::Error) -> &'static str {
    match error {
        watcher::Error::InitialListFailed(_) => "list",
        watcher::Error::WatchStartFailed(_) => "start",
        watcher::Error::WatchError(_) => "refused",
        watcher::Error::WatchFailed(_) => "broken off",
        watcher::Error::NoResourceVersion => "no resource version",
    }
}
