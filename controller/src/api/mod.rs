//! The few requests that the controller makes, and what their failures mean.
//!
//! They are made by hand instead of through `kube::Api`, because a value must not be left behind:
//! kube's clients keep whole objects, log an answer that they cannot parse, and repeat the API
//! server's words in errors. Here a body is overwritten when it is dropped, and an error is a status
//! code and a place in a closed list. What stays out of reach: rustls and hyper copy a body piece by
//! piece into buffers of theirs, which live as long as the connection and are not overwritten.

mod failure;
mod requests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use zeroize::Zeroizing;

use crate::metrics::{CodeLabel, Metrics};
pub(crate) use failure::ApiError;

/// Longer than an admission webhook may take, which is 30 seconds.
const TIMEOUT: Duration = Duration::from_secs(35);

/// The API server.
#[derive(Clone)]
pub(crate) struct Cluster {
    client: Client,
    metrics: Arc<Metrics>,
}

/// What to send.
struct Call<'a> {
    method: Method,
    path: String,
    accept: &'a str,
    content_type: &'a str,
    body: Bytes,
}

/// An object whole.
const JSON: &str = "application/json";
/// Its metadata alone, even in the answer to a create: the data would come back otherwise.
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

impl Cluster {
    pub(crate) fn new(client: Client, metrics: Arc<Metrics>) -> Self {
        Self { client, metrics }
    }

    /// The body of a successful answer.
    async fn send(&self, call: Call<'_>) -> Result<Zeroizing<Vec<u8>>, ApiError> {
        let answer = tokio::time::timeout(TIMEOUT, self.exchange(call)).await;
        let answer = answer.unwrap_or(Err(ApiError::no_answer()));
        answer.inspect_err(|error| {
            let code = error.code.unwrap_or_default();
            // Not there, or there already, is an answer like another.
            if code != 404 && code != 409 {
                self.metrics
                    .api_errors
                    .get_or_create(&CodeLabel { code })
                    .inc();
                tracing::debug!(code, "the API server answered with an error");
            }
        })
    }

    async fn exchange(&self, call: Call<'_>) -> Result<Zeroizing<Vec<u8>>, ApiError> {
        let request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header(header::ACCEPT, call.accept)
            .header(header::CONTENT_TYPE, call.content_type)
            .body(Body::from(call.body))
            .map_err(|_| ApiError::no_answer())?;
        let answer = self.client.send(request).await;
        let (head, body) = answer.map_err(|_| ApiError::no_answer())?.into_parts();
        let body = collect(body).await?;
        if head.status.is_success() {
            return Ok(body);
        }
        let retry_after = head.headers.get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        Err(ApiError::read(head.status.as_u16(), &body, retry_after))
    }
}

/// In one piece that is overwritten when it is dropped. It never grows, or what it grew out of would
/// stay behind.
async fn collect(mut body: Body) -> Result<Zeroizing<Vec<u8>>, ApiError> {
    let mut frames = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::no_answer())?;
        frames.extend(frame.into_data().ok());
    }
    let len = frames.iter().map(Bytes::len).sum();
    let mut whole = Zeroizing::new(Vec::with_capacity(len));
    for frame in &frames {
        whole.extend_from_slice(frame);
    }
    Ok(whole)
}
