//! Requests of the benchmark's own.

use std::path::Path;
use std::time::{Duration, Instant};

use bulla_reconcile::{Made, record};
use bulla_resource::crds;
use futures::{StreamExt as _, stream};
use http::{Method, Request};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use crate::CONCURRENCY;
use crate::objects::{NAMESPACES, Object, Sealer};

#[derive(Clone)]
pub(crate) struct Api(Client);

impl Api {
    pub(crate) async fn connect(kubeconfig: &Path) -> Self {
        let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
        let options = KubeConfigOptions::default();
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        Self(Client::try_from(config.unwrap()).unwrap())
    }

    async fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Vec<u8> {
        let kind = match method {
            Method::PATCH => "application/merge-patch+json",
            _ => "application/json",
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .body(Body::from(body))
            .unwrap();
        let (head, body) = self.0.send(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let is_there = head.status == 404;
        assert!(
            head.status.is_success() || is_there,
            "{path}: {}",
            String::from_utf8_lossy(&body)
        );
        body.to_vec()
    }

    async fn post(&self, path: &str, body: &impl serde::Serialize) -> Value {
        let body = serde_json::to_vec(body).unwrap();
        serde_json::from_slice(&self.call(Method::POST, path, body).await).unwrap()
    }

    pub(crate) async fn prepare(&self, sealer: &Sealer) {
        for crd in crds() {
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
            self.post(path, &crd).await;
        }
        let names = (0..NAMESPACES).map(|number| format!("bench-{number}"));
        for name in names.chain(["bulla-system".to_owned()]) {
            let namespace = json!({"metadata": {"name": name}});
            self.post("/api/v1/namespaces", &namespace).await;
        }
        let identity = json!({
            "metadata": {"name": "bulla-identity"},
            "stringData": {"identity.txt": sealer.identity()},
        });
        self.post("/api/v1/namespaces/bulla-system/secrets", &identity)
            .await;
        let path = "/apis/bulla.dev/v1alpha1/namespaces/bench-0/sealedsecretrevisions";
        while !self
            .call(Method::GET, path, Vec::new())
            .await
            .starts_with(b"{\"apiVersion\":\"bulla")
        {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) async fn apply_all(&self, objects: &[Object]) {
        stream::iter(objects)
            .for_each_concurrent(CONCURRENCY, |object| async {
                self.apply(object).await;
            })
            .await;
    }

    async fn apply(&self, object: &Object) {
        let path = format!(
            "/apis/bulla.dev/v1alpha1/namespaces/{}/sealedsecrets",
            object.namespace
        );
        self.post(&path, &object.file).await;
    }

    /// What nobody can do with less: the Secret, the record and the status of each.
    pub(crate) async fn bare_loop(&self, objects: &[Object]) -> Duration {
        let started = Instant::now();
        stream::iter(objects)
            .map(|object| three_writes(self.clone(), object))
            .buffer_unordered(CONCURRENCY)
            .count()
            .await;
        started.elapsed()
    }

    /// So that the controller has nothing to look at but what is new.
    pub(crate) async fn delete_sealed_secrets(&self) {
        for number in 0..NAMESPACES {
            let base = "/apis/bulla.dev/v1alpha1/namespaces";
            let path = format!("{base}/bench-{number}/sealedsecrets");
            self.call(Method::DELETE, &path, Vec::new()).await;
        }
    }

    pub(crate) async fn define(&self, crd: &Value) {
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        self.post(path, crd).await;
    }

    /// The SealedSecrets of Sealed Secrets.
    pub(crate) async fn create_sealed_secrets(&self, objects: &[Value]) {
        stream::iter(objects)
            .for_each_concurrent(CONCURRENCY, |object| async {
                let namespace = object["metadata"]["namespace"].as_str().unwrap();
                let base = "/apis/bitnami.com/v1alpha1/namespaces";
                let path = format!("{base}/{namespace}/sealedsecrets");
                self.post(&path, object).await;
            })
            .await;
    }

    /// How many Secrets there are, without asking for all of them.
    pub(crate) async fn secrets(&self) -> usize {
        let list = self.call(Method::GET, "/api/v1/secrets?limit=1", Vec::new());
        let list: Value = serde_json::from_slice(&list.await).unwrap();
        let more = list["metadata"]["remainingItemCount"].as_u64().unwrap_or(0);
        list["items"].as_array().unwrap().len() + usize::try_from(more).unwrap()
    }

    pub(crate) async fn wait_for_secrets(&self, count: usize) {
        while self.secrets().await < count {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Until all SealedSecrets of Sealed Secrets say that they are done.
    pub(crate) async fn wait_for_synced(&self, count: usize) {
        let path = "/apis/bitnami.com/v1alpha1/sealedsecrets";
        loop {
            let list = self.call(Method::GET, path, Vec::new()).await;
            let list: Value = serde_json::from_slice(&list).unwrap();
            let is_done = |object: &&Value| object["status"]["conditions"][0]["status"] == "True";
            if list["items"]
                .as_array()
                .unwrap()
                .iter()
                .filter(is_done)
                .count()
                >= count
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// How many writes of bulla's the API server has counted since it started.
    pub(crate) async fn writes(&self) -> u64 {
        let metrics = self.call(Method::GET, "/metrics", Vec::new()).await;
        let metrics = String::from_utf8(metrics).unwrap();
        let resources = [
            "events",
            "sealedsecretrevisions",
            "sealedsecrets",
            "secrets",
        ];
        let is_write = |line: &&str| {
            let has = |key: &str, value: &str| line.contains(&format!("{key}=\"{value}\""));
            line.starts_with("apiserver_request_total{")
                && resources.iter().any(|resource| has("resource", resource))
                && !["GET", "LIST", "WATCH"]
                    .iter()
                    .any(|verb| has("verb", verb))
        };
        let counts = metrics.lines().filter(is_write);
        counts
            .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() as u64)
            .sum()
    }

    pub(crate) async fn wait_until_quiet(&self) {
        loop {
            let before = self.writes().await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            if self.writes().await == before {
                return;
            }
        }
    }

    /// From the request to the event that the Secret is there.
    pub(crate) async fn apply_and_wait(&self, object: &Object) -> Duration {
        let name = &object.file.spec.secret_name;
        let path = format!("/api/v1/namespaces/{}/secrets", object.namespace);
        let query = format!("{path}?fieldSelector=metadata.name%3D{name}");
        let list = self.call(Method::GET, &query, Vec::new()).await;
        let list: Value = serde_json::from_slice(&list).unwrap();
        let version = list["metadata"]["resourceVersion"].as_str().unwrap();
        let request = Request::builder()
            .uri(format!("{query}&watch=true&resourceVersion={version}"))
            .body(Body::empty())
            .unwrap();
        let mut events = self.0.send(request).await.unwrap().into_body();
        // The watch took the connection, and making the next one is not what is measured.
        self.call(Method::GET, "/version", Vec::new()).await;
        let started = Instant::now();
        self.apply(object).await;
        events.frame().await.unwrap().unwrap();
        started.elapsed()
    }
}

async fn three_writes(api: Api, object: &Object) {
    let namespace = &object.namespace;
    let path = format!("/api/v1/namespaces/{namespace}/secrets");
    let secret = api.call(Method::POST, &path, object.secret.clone()).await;
    let secret: Value = serde_json::from_slice(&secret).unwrap();
    let name = &object.file.metadata.name;
    let made = Made {
        secret_name: object.file.spec.secret_name.clone(),
        secret_uid: secret["metadata"]["uid"].as_str().unwrap().to_owned(),
        digest: object.digest.clone(),
    };
    let base = format!("/apis/bulla.dev/v1alpha1/namespaces/{namespace}");
    let record = record(name, namespace, &object.file.spec, &made);
    api.post(&format!("{base}/sealedsecretrevisions"), &record)
        .await;
    let status = json!({"status": {
        "observedGeneration": 1,
        "conditions": [{
            "type": "Ready", "status": "True", "reason": "Created", "observedGeneration": 1,
            "message": format!("Secret `{}` holds what is sealed here", made.secret_name),
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }],
        "secretName": made.secret_name, "secretUID": made.secret_uid, "digest": made.digest,
    }});
    let status = serde_json::to_vec(&status).unwrap();
    api.call(
        Method::PATCH,
        &format!("{base}/sealedsecrets/{name}/status"),
        status,
    )
    .await;
}
