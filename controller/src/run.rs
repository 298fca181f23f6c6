//! Puts the parts together.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bulla_reconcile::{Reason, reason_of};
use kube::client::ClientBuilder;
use kube::config::{Config, KubeConfigOptions};
use kube::runtime::reflector::{self, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tower::layer::layer_fn;

use crate::api::Cluster;
use crate::args::Args;
use crate::events::Events;
use crate::fairness::Fairness;
use crate::keys::{Keys, Loader};
use crate::memory::Memory;
use crate::metrics::{Metrics, ReasonLabel};
use crate::pulse::Pulse;
use crate::watched::Watched;
use crate::{http as serving, queue};

/// Where the controller is if nobody says otherwise.
const NAMESPACE: &str = "bulla-system";

/// A connection on which nothing came for so long is dead: nothing else would tell, where packets
/// just vanish. The watch ends before.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// What all parts share.
pub(crate) struct Context {
    pub(crate) cluster: Cluster,
    pub(crate) events: Events,
    pub(crate) keys: watch::Receiver<Arc<Keys>>,
    pub(crate) fairness: Arc<Fairness>,
    pub(crate) memory: Memory,
    pub(crate) metrics: Arc<Metrics>,
    /// The controller's own.
    pub(crate) namespace: String,
    pub(crate) resync: Duration,
    /// As many SealedSecrets are opened at once as there are cores.
    pub(crate) cores: Arc<Semaphore>,
    /// All SealedSecrets.
    pub(crate) objects: Store<Watched>,
    /// Whether these are all that there are.
    pub(crate) is_synced: AtomicBool,
    pub(crate) pulse: Arc<Pulse>,
}

/// Why the controller does not run.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("a part of the controller ended: {0}")]
    Ended(&'static str),
    #[error(
        "there is neither a Pod's service account nor a kubeconfig that can be used; name one in \
         $KUBECONFIG"
    )]
    Config,
    #[error(
        "no TLS client can be made of the kubeconfig or service account; look at its certificates"
    )]
    Client,
    #[error("cannot listen on {0}: {1}; choose another address with --listen")]
    Listen(SocketAddr, io::Error),
    #[error("no runtime: {0}")]
    Runtime(io::Error),
    #[error("no signals: {0}")]
    Signals(io::Error),
    #[error("the TLS provider cannot be used")]
    Tls,
}

/// Runs until a signal comes.
pub(crate) fn run(args: Args) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(start(args)),
        Err(error) => Err(StartError::Runtime(error)),
    };
    match ended {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "cannot run");
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
    let pulse = Arc::new(Pulse::new());
    let client = ClientBuilder::try_from(config).map_err(|_| StartError::Client)?;
    let felt = layer_fn(|client| pulse.felt_in(client));
    let client = client.with_layer(&felt).build();
    let metrics = Arc::new(Metrics::default());
    let cluster = Cluster::new(client.clone(), Arc::clone(&metrics));
    let (loader, keys) = Loader::new(cluster.clone(), &namespace, &args, Arc::clone(&metrics));
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|error| StartError::Listen(args.listen, error))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signals)?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    };

    let (objects, writer) = reflector::store();
    let context = Arc::new(Context {
        events: Events::start(client.clone()),
        cluster,
        fairness: Fairness::new(args.concurrency),
        memory: Memory::default(),
        metrics,
        namespace,
        resync: args.resync,
        cores: Arc::new(Semaphore::new(
            std::thread::available_parallelism().map_or(1, usize::from),
        )),
        objects,
        is_synced: AtomicBool::new(false),
        pulse,
        keys,
    });
    tracing::info!(namespace = context.namespace, "started");
    let listen = listener.local_addr().ok();
    tracing::info!(
        listen = listen.map(|address| address.to_string()),
        "listening"
    );

    tokio::select! {
        () = queue::run(client, writer, Arc::clone(&context), stop) => {
            context.events.finish().await;
            Ok(())
        }
        // Kubernetes starts the process again. A part that died unseen would be worse.
        () = loader.run() => Err(StartError::Ended("keys")),
        () = serving::serve(listener, Arc::clone(&context)) => Err(StartError::Ended("http")),
    }
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

impl Context {
    /// Why the controller cannot do its work.
    pub(crate) fn unready(&self) -> Option<&'static str> {
        if self.pulse.is_kind_missing() {
            return Some("the CustomResourceDefinition of SealedSecrets is missing");
        }
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
        let mut counts = BTreeMap::<_, i64>::new();
        for object in self.objects.state() {
            let reason = match &object.status {
                None => Reason::Invalid.as_str(),
                Some(status) => reason_of(status).map_or("Pending", Reason::as_str),
            };
            *counts.entry(reason).or_default() += 1;
        }
        let objects = &self.metrics.objects;
        objects.clear();
        for (reason, count) in counts {
            objects.get_or_create(&ReasonLabel { reason }).set(count);
        }
        self.metrics.encode()
    }
}
