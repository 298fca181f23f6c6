//! Puts the parts together.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bulla_reconcile::reason_of;
use futures::{StreamExt as _, stream};
use kube::config::{Config, KubeConfigOptions};
use kube::runtime::controller::{self, Action, Controller};
use kube::runtime::reflector::Store;
use kube::runtime::watcher;
use kube::{Api, Client};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};

use crate::api::Cluster;
use crate::args::Args;
use crate::events::Events;
use crate::keys::{Keys, Loader};
use crate::memory::Memory;
use crate::metrics::{Metrics, ReasonLabel};
use crate::watched::Watched;
use crate::{http, reconcile};

/// Where the controller is if nobody says otherwise.
const NAMESPACE: &str = "bulla-system";

/// So few objects are read at once at the start: each may have more than a megabyte.
const PAGE: u32 = 100;

/// The API server ends a watch after so long, and a connection on which nothing came a little longer
/// is dead: nothing else would tell, where packets just vanish.
const WATCH_SECONDS: u32 = 50;
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// What all parts share.
pub(crate) struct Context {
    pub(crate) cluster: Cluster,
    pub(crate) events: Events,
    pub(crate) keys: watch::Receiver<Arc<Keys>>,
    pub(crate) memory: Memory,
    pub(crate) metrics: Arc<Metrics>,
    /// The controller's own.
    pub(crate) namespace: String,
    pub(crate) resync: Duration,
    /// As many SealedSecrets are opened at once as there are cores.
    pub(crate) cores: Arc<Semaphore>,
    objects: Store<Watched>,
    is_synced: AtomicBool,
}

/// What keeps the controller from starting.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("the TLS provider cannot be used")]
    Tls,
    #[error("there is neither a service account nor a usable kubeconfig")]
    Config,
    #[error("no client can be made of the configuration")]
    Client,
    #[error("cannot listen on {0}")]
    Listen(std::net::SocketAddr),
    #[error("no signals")]
    Signals,
    #[error("no runtime")]
    Runtime,
}

/// Runs until a signal comes.
pub(crate) fn run(args: Args) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(start(args)),
        Err(_) => Err(StartError::Runtime),
    };
    match ended {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "could not start");
            ExitCode::FAILURE
        }
    }
}

async fn start(args: Args) -> Result<(), StartError> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.install_default().map_err(|_| StartError::Tls)?;
    let (config, own_namespace) = config().await?;
    let namespace = args.namespace.clone().or(own_namespace);
    let namespace = namespace.unwrap_or_else(|| NAMESPACE.to_owned());
    let client = Client::try_from(config).map_err(|_| StartError::Client)?;
    let metrics = Arc::new(Metrics::default());
    let cluster = Cluster::new(client.clone(), Arc::clone(&metrics));
    let (loader, keys) = Loader::new(cluster.clone(), &namespace, &args, Arc::clone(&metrics));
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|_| StartError::Listen(args.listen))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|_| StartError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|_| StartError::Signals)?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    };

    let watched = Api::<Watched>::all(client.clone());
    let watching = watcher::Config::default()
        .page_size(PAGE)
        .timeout(WATCH_SECONDS);
    let controller = Controller::new(watched, watching)
        .with_config(controller::Config::default().concurrency(args.concurrency))
        .reconcile_all_on(changes(keys.clone()));
    let context = Arc::new(Context {
        events: Events::start(client),
        cluster,
        memory: Memory::default(),
        metrics,
        namespace,
        resync: args.resync,
        cores: Arc::new(Semaphore::new(
            std::thread::available_parallelism().map_or(1, usize::from),
        )),
        objects: controller.store(),
        is_synced: AtomicBool::new(false),
        keys: keys.clone(),
    });
    tracing::info!(namespace = context.namespace, "started");
    let listen = listener.local_addr().ok();
    tracing::info!(
        listen = listen.map(|address| address.to_string()),
        "listening"
    );

    // Whichever of these ends first ends the process: Kubernetes starts it again, and a part that
    // died unseen would be worse.
    tokio::select! {
        () = work(controller, Arc::clone(&context), keys, stop) => {}
        () = loader.run() => {}
        () = http::serve(listener, Arc::clone(&context)) => {}
    }
    Ok(())
}

/// In a cluster the service account, and the Pod's namespace; else the kubeconfig.
async fn config() -> Result<(Config, Option<String>), StartError> {
    let (mut config, namespace) = match Config::incluster() {
        Ok(config) => {
            let namespace = config.default_namespace.clone();
            (config, Some(namespace))
        }
        Err(_) => {
            let kubeconfig = Config::from_kubeconfig(&KubeConfigOptions::default()).await;
            (kubeconfig.map_err(|_| StartError::Config)?, None)
        }
    };
    // Every object has its own backoff, and a worker that waits inside a request does nothing else.
    config.default_retry = false;
    config.read_timeout = Some(READ_TIMEOUT);
    config.reset_reader_on_write = true;
    Ok((config, namespace))
}

async fn work(
    controller: Controller<Watched>,
    context: Arc<Context>,
    mut keys: watch::Receiver<Arc<Keys>>,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let stop = futures::FutureExt::shared(futures::FutureExt::boxed(stop));
    // Nobody is told that there is no key before somebody has looked.
    tokio::select! {
        _ = keys.wait_for(|keys| keys.epoch > 0) => {}
        () = stop.clone() => return,
    }
    let synced = {
        let context = Arc::clone(&context);
        async move {
            if context.objects.wait_until_ready().await.is_ok() {
                context.is_synced.store(true, Ordering::Relaxed);
                tracing::info!(objects = context.objects.len(), "synced");
            }
        }
    };
    tokio::spawn(synced);
    controller
        .graceful_shutdown_on(stop)
        .run(
            reconcile::reconcile,
            |_, never, _| match *never {},
            Arc::clone(&context),
        )
        .for_each(|looked| {
            match looked {
                Ok(_) => {}
                Err(controller::Error::ObjectNotFound(object)) => {
                    let namespace = object.namespace.as_deref().unwrap_or_default();
                    context.memory.forget(namespace, &object.name);
                }
                Err(controller::Error::QueueError(_)) => {
                    context.metrics.watch_errors.inc();
                    tracing::warn!("the watch on SealedSecrets failed, and is tried again");
                }
                Err(controller::Error::ReconcilerFailed(never, _)) => match never {},
                Err(controller::Error::RunnerError(_)) => tracing::error!("the queue failed"),
            }
            futures::future::ready(())
        })
        .await;
}

/// One item for each new set of keys.
fn changes(keys: watch::Receiver<Arc<Keys>>) -> impl futures::Stream<Item = ()> + Send + 'static {
    stream::unfold(keys, |mut keys| async move {
        keys.changed().await.ok()?;
        Some(((), keys))
    })
}

impl Context {
    /// Why the controller cannot do its work.
    pub(crate) fn unready(&self) -> Option<&'static str> {
        if !self.is_synced.load(Ordering::Relaxed) {
            return Some("the SealedSecrets have not been listed yet");
        }
        if self.keys.borrow().identities.is_empty() {
            return Some("there is no identity");
        }
        None
    }

    /// /metrics
    pub(crate) fn metrics_text(&self) -> String {
        let objects = &self.metrics.objects;
        objects.clear();
        for object in self.objects.state() {
            let reason = match &object.status {
                None => "Invalid",
                Some(status) => {
                    reason_of(status).map_or("Pending", bulla_reconcile::Reason::as_str)
                }
            };
            objects.get_or_create(&ReasonLabel { reason }).inc();
        }
        self.metrics.encode()
    }

    /// The answer to a finished look.
    pub(crate) fn requeue(after: Option<Duration>) -> Action {
        after.map_or_else(Action::await_change, Action::requeue)
    }
}
