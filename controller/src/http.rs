//! /metrics, /healthz and /readyz, and nothing else.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::run::Context;

/// Whoever reaches the port must not fill the memory, and not keep the kubelet's probes out: one
/// more, and the oldest has had its time.
const CONNECTIONS: usize = 64;
const BUFFER: usize = 16 << 10;

/// For everything from the first byte to the last, as a scrape of Prometheus has by default.
const LIFETIME: Duration = Duration::from_secs(10);

/// Serves until the process ends.
pub(crate) async fn serve(listener: TcpListener, context: Arc<Context>) {
    let mut latest = VecDeque::<AbortHandle>::with_capacity(CONNECTIONS);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // No file descriptor left, for one: it passes.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        if latest.len() == CONNECTIONS
            && let Some(oldest) = latest.pop_front()
        {
            oldest.abort();
        }
        let served = tokio::time::timeout(LIFETIME, one(stream, Arc::clone(&context)));
        latest.push_back(tokio::spawn(served).abort_handle());
    }
}

/// Answers one request. A connection that is kept open for the next one would be one that others
/// cannot have.
async fn one(stream: TcpStream, context: Arc<Context>) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(request.method(), request.uri().path(), &context);
        async { Ok::<_, Infallible>(answer) }
    });
    let served = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // Who hung up early needs no answer.
    drop(served);
}

fn answer(method: &Method, path: &str, context: &Context) -> Response<Full<Bytes>> {
    let is_read = *method == Method::GET || *method == Method::HEAD;
    let (status, body) = match path {
        _ if !is_read => (StatusCode::METHOD_NOT_ALLOWED, String::new()),
        // Every other part ends the process when it ends.
        "/healthz" if context.is_synced.load(Ordering::Relaxed) && !context.pulse.is_felt() => {
            let why = "the watch on SealedSecrets has stopped\n";
            (StatusCode::SERVICE_UNAVAILABLE, why.to_owned())
        }
        "/healthz" => (StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => match context.unready() {
            None => (StatusCode::OK, "ok\n".to_owned()),
            Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        },
        "/metrics" => (StatusCode::OK, context.metrics_text()),
        _ => (StatusCode::NOT_FOUND, String::new()),
    };
    let mut answer = Response::new(Full::from(body));
    *answer.status_mut() = status;
    let kind = match path {
        "/metrics" => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    let kind = header::HeaderValue::from_static(kind);
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}
