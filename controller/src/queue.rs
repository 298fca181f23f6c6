//! The watch on SealedSecrets, and what it asks to be looked at.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::{FutureExt as _, Stream, StreamExt as _, stream};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::reflector::{ObjectRef, store::Writer};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client};

use crate::backoff::WatchBackoff;
use crate::run::Context;
use crate::runner;
use crate::watched::Watched;

/// So few objects are read at once at the start: each may have more than a megabyte.
const PAGE: u32 = 25;

/// The API server ends a watch after so long, which is less than the client waits for a byte.
const WATCH_SECONDS: u32 = 50;

/// Looks at every SealedSecret when something about it changes, or when its time has come. Ends some
/// time after `stop`, when what is under way is done.
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
    let touched = touched(client, writer, Arc::clone(&context));
    let wanted = stream::select(touched, on_new_keys(Arc::clone(&context)));
    runner::run(wanted, context, stop).await;
}

/// What the watch has news of.
fn touched(
    client: Client,
    writer: Writer<Watched>,
    context: Arc<Context>,
) -> impl Stream<Item = ObjectRef<Watched>> {
    let config = watcher::Config::default()
        .page_size(PAGE)
        .timeout(WATCH_SECONDS);
    let events = watcher(Api::all(client), config)
        .backoff(WatchBackoff::new(Arc::clone(&context.pulse)))
        .reflect(writer);
    events.flat_map(move |event| stream::iter(touched_by(event, &context)))
}

fn touched_by(
    event: Result<Event<Watched>, watcher::Error>,
    context: &Context,
) -> Vec<ObjectRef<Watched>> {
    match event {
        Ok(Event::Apply(object) | Event::Delete(object)) => vec![ObjectRef::from_obj(&object)],
        // None can be found before the list is complete.
        Ok(Event::Init | Event::InitApply(_)) => Vec::new(),
        Ok(Event::InitDone) => {
            if !context.is_synced.swap(true, Ordering::Relaxed) {
                tracing::info!(objects = context.objects.len(), "listed");
            }
            let objects = context.objects.state();
            // Nobody tells of those that went while nobody watched.
            context.memory.keep(&objects);
            names(&objects)
        }
        Err(error) => {
            context.metrics.watch_errors.inc();
            let what = doing(&error);
            tracing::warn!(
                what,
                "the watch on SealedSecrets failed, and is tried again"
            );
            Vec::new()
        }
    }
}

fn names(objects: &[Arc<Watched>]) -> Vec<ObjectRef<Watched>> {
    let names = objects.iter().map(|object| ObjectRef::from_obj(&**object));
    names.collect()
}

/// All objects when there are new keys.
fn on_new_keys(context: Arc<Context>) -> impl Stream<Item = ObjectRef<Watched>> {
    let keys = context.keys.clone();
    let changes = stream::unfold(keys, |mut keys| async move {
        keys.changed().await.ok()?;
        Some(((), keys))
    });
    changes
        .flat_map(move |()| stream::iter(names(&context.objects.state())))
        .boxed()
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
