//! The cluster that kubectl would speak to. Of all this nothing runs before a command asks for it.

mod explain;

use std::collections::BTreeMap;
use std::time::Duration;

use bulla_manifest::rules;
use clap::Args;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::core::Request;
use kube::core::params::{GetParams, PostParams};
use kube::{Client, Config};
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

use crate::controller::NAMESPACE;
use crate::error::CommandError;
use crate::exit_code::ExitCode;

/// A person waits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers leave out everything but metadata: what was created holds a private key.
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

#[derive(Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ClusterArgs {
    /// The context of the kubeconfig to use, instead of its current one. The kubeconfig is kubectl's:
    /// $KUBECONFIG, else ~/.kube/config
    #[arg(long, value_name = "CONTEXT")]
    context: Option<String>,

    /// The namespace of bulla's controller
    #[arg(short, long, value_name = "NAMESPACE", default_value = NAMESPACE)]
    namespace: String,
}

impl ClusterArgs {
    /// The namespace, if it can be one.
    pub(crate) fn namespace(&self) -> Result<&str, CommandError> {
        match rules::namespace(&self.namespace).into_iter().next() {
            Some(violation) => Err(CommandError::usage(format!("--namespace: {violation}"))),
            None => Ok(&self.namespace),
        }
    }
}

/// A connection, and what messages call it.
pub(crate) struct Cluster {
    runtime: Runtime,
    client: Client,
    server: String,
    context: String,
    namespace: String,
}

/// What became of an object that was to be created.
pub(crate) enum Created {
    New,
    /// There is one of this name. It was left as it is.
    ExistsAlready,
}

impl Cluster {
    /// Reads the kubeconfig. Nothing is sent yet.
    pub(crate) fn connect(args: &ClusterArgs) -> Result<Self, CommandError> {
        let namespace = args.namespace()?.to_owned();
        let kubeconfig = Kubeconfig::read().map_err(explain::kubeconfig)?;
        let context = args.context.clone();
        let context = context.or_else(|| kubeconfig.current_context.clone());
        let context = context.filter(|context| !context.is_empty());
        let context = context
            .ok_or(KubeconfigError::CurrentContextNotSet)
            .map_err(explain::kubeconfig)?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            CommandError::new(ExitCode::Io, format!("cannot use the network: {error}"))
        })?;
        let options = KubeConfigOptions {
            context: args.context.clone(),
            ..KubeConfigOptions::default()
        };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options);
        let mut config = runtime.block_on(config).map_err(explain::kubeconfig)?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        config.read_timeout = Some(ANSWER_TIMEOUT);
        // Up to three minutes of silence otherwise.
        config.default_retry = false;
        let server = config.cluster_url.to_string();
        let server = server.trim_end_matches('/').to_owned();
        // It starts a task, for which there has to be a runtime.
        let client = runtime.block_on(async { Client::try_from(config) });
        let client = client.map_err(|error| explain::api(&server, &context, &error))?;
        Ok(Self {
            runtime,
            client,
            server,
            context,
            namespace,
        })
    }

    /// The name of the kubeconfig's context.
    pub(crate) fn context(&self) -> &str {
        &self.context
    }

    /// The controller's namespace.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Which cluster this is, for people.
    pub(crate) fn place(&self) -> String {
        format!("at {}", self.server)
    }

    /// The data of a ConfigMap in the controller's namespace, or `None` if there is none.
    pub(crate) fn config_map(
        &self,
        name: &str,
    ) -> Result<Option<BTreeMap<String, String>>, CommandError> {
        #[derive(Deserialize)]
        struct ConfigMap {
            #[serde(default)]
            data: BTreeMap<String, String>,
        }
        let request = self.request("configmaps");
        let request = request.get(name, &GetParams::default());
        let request = request.map_err(|error| self.explain(&kube::Error::BuildRequest(error)))?;
        match self
            .runtime
            .block_on(self.client.request::<ConfigMap>(request))
        {
            Ok(found) => Ok(Some(found.data)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(self.explain(&error)),
        }
    }

    /// Creates an object in the controller's namespace, and never changes one. `resource` is as in
    /// the API's paths: `secrets`.
    pub(crate) fn create(
        &self,
        resource: &str,
        object: &impl Serialize,
    ) -> Result<Created, CommandError> {
        // Without the reason, which could quote a key.
        let failed = || CommandError::refused("an object cannot be written");
        let json = serde_json::to_vec(object).map(Zeroizing::new);
        let json = json.map_err(|_| failed())?;
        // The one copy that is not overwritten; what TLS makes of it is not, either.
        let request = self.request(resource);
        let request = request.create(&PostParams::default(), json.to_vec());
        let mut request =
            request.map_err(|error| self.explain(&kube::Error::BuildRequest(error)))?;
        let accept = METADATA_ONLY.parse().map_err(|_| failed())?;
        request.headers_mut().insert("accept", accept);
        let answer = self.client.request::<serde::de::IgnoredAny>(request);
        match self.runtime.block_on(answer) {
            Ok(_) => Ok(Created::New),
            Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => {
                Ok(Created::ExistsAlready)
            }
            Err(error) => Err(self.explain(&error)),
        }
    }

    fn request(&self, resource: &str) -> Request {
        Request::new(format!("/api/v1/namespaces/{}/{resource}", self.namespace))
    }

    fn explain(&self, error: &kube::Error) -> CommandError {
        explain::api(&self.server, &self.context, error)
    }
}
