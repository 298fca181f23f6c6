//! Whether the watch lives, and whether there is anything to watch.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use futures::{FutureExt as _, TryFutureExt as _};
use http::{Request, Response, StatusCode};
use tower::Service;

/// The API server ends every watch within a minute, and then it is started anew. Of three in a row
/// none is late.
const LONGEST_SILENCE: Duration = Duration::from_secs(180);

/// When the SealedSecrets were last listed, or a watch on them was last started or tried.
///
/// A watch that nobody polls any more makes no error. This is the proof that does not depend on
/// the cause: without it a controller could answer that all is well, and do nothing.
pub(crate) struct Pulse {
    start: Instant,
    /// Seconds after `start`.
    last: AtomicU64,
    /// What the last answer said; none, and an API server in trouble, say nothing of it.
    is_kind_missing: AtomicBool,
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            last: AtomicU64::new(0),
            is_kind_missing: AtomicBool::new(false),
        }
    }

    /// The same client, of which is noted what it asks and is told.
    pub(crate) fn felt_in<S>(self: &Arc<Self>, client: S) -> Felt<S> {
        let pulse = Arc::clone(self);
        Felt { client, pulse }
    }

    /// Notes a request, whatever will become of it.
    fn note(&self) {
        let now = self.start.elapsed().as_secs();
        self.last.store(now, Ordering::Relaxed);
    }

    /// Notes what came of it.
    pub(crate) fn note_answer(&self, status: StatusCode) {
        if status == StatusCode::NOT_FOUND || status.is_success() {
            let is_missing = !status.is_success();
            self.is_kind_missing.store(is_missing, Ordering::Relaxed);
        }
    }

    /// Whether the API server says that there is no such kind.
    pub(crate) fn is_kind_missing(&self) -> bool {
        self.is_kind_missing.load(Ordering::Relaxed)
    }

    /// Whether the last one was not too long ago.
    pub(crate) fn is_felt(&self) -> bool {
        self.is_felt_at(self.start.elapsed())
    }

    fn is_felt_at(&self, now: Duration) -> bool {
        let last = Duration::from_secs(self.last.load(Ordering::Relaxed));
        now.saturating_sub(last) <= LONGEST_SILENCE
    }
}

/// A client whose requests for all SealedSecrets are noted.
pub(crate) struct Felt<S> {
    client: S,
    pulse: Arc<Pulse>,
}

impl<S, B, C> Service<Request<B>> for Felt<S>
where
    S: Service<Request<B>, Response = Response<C>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.client.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_of_all = is_of_all(request.uri().path());
        let answer = self.client.call(request);
        if !is_of_all {
            return answer.boxed();
        }
        let pulse = Arc::clone(&self.pulse);
        pulse.note();
        let answer = answer.inspect_ok(move |answer| pulse.note_answer(answer.status()));
        answer.boxed()
    }
}

/// Whether it is the path of all SealedSecrets. One of them, and a Secret, can be called
/// `sealedsecrets`, too.
fn is_of_all(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let kind = parts.next();
    let (_version, group, apis) = (parts.next(), parts.next(), parts.next());
    (apis, group, kind) == (Some("apis"), Some("bulla.dev"), Some("sealedsecrets"))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const PATHS: &str = "https://cluster/apis/bulla.dev/v1alpha1";
    const ALL: &str = "/sealedsecrets?watch=true&timeoutSeconds=50";

    /// The API server answers a request for this path so.
    async fn ask(pulse: &Arc<Pulse>, path: &str, code: u16) {
        let server = tower::service_fn(move |_: Request<()>| async move {
            let answer = Response::builder().status(code).body(()).unwrap();
            Ok::<_, Infallible>(answer)
        });
        let request = Request::get(format!("{PATHS}{path}")).body(()).unwrap();
        let answer = pulse.felt_in(server).call(request).await.unwrap();
        assert_eq!(answer.status(), code);
    }

    #[test]
    fn a_watch_that_is_not_started_anew_is_dead() {
        let pulse = Pulse::new();
        assert!(pulse.is_felt_at(LONGEST_SILENCE));
        assert!(!pulse.is_felt_at(LONGEST_SILENCE + Duration::from_secs(1)));
    }

    #[tokio::test]
    async fn only_what_concerns_all_of_them_counts() {
        let mut pulse = Pulse::new();
        pulse.start = Instant::now() - Duration::from_secs(200);
        let pulse = Arc::new(pulse);
        for one in ["db/status", "db", "sealedsecrets"] {
            let one = format!("/namespaces/shop/sealedsecrets/{one}");
            ask(&pulse, &one, 404).await;
            assert!(!pulse.is_felt() && !pulse.is_kind_missing(), "{one}");
        }
        ask(&pulse, ALL, 200).await;
        assert!(pulse.is_felt());
    }

    #[tokio::test]
    async fn only_what_says_so_makes_the_kind_missing() {
        let pulse = Arc::new(Pulse::new());
        for (code, is_missing) in [
            (503, false),
            (410, false),
            (404, true),
            (503, true),
            (200, false),
            (403, false),
        ] {
            ask(&pulse, ALL, code).await;
            assert_eq!(pulse.is_kind_missing(), is_missing, "{code}");
        }
    }
}
