//! Where pages are rendered: on threads of their own, each page with all of its tasks on one of them.
//!
//! A page is rendered by many tasks that share locks: its resources and the effects that wait for them. On several threads at
//! once two of these tasks may each hold what the other one wants, and then neither ever goes on, nor does the thread under it
//! (leptos-rs/leptos issue 4673). Tasks that a task spawns stay on its runtime; so a runtime of one thread keeps them apart.

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio_util::task::AbortOnDropHandle;

/// The threads, in turn.
struct Renderers {
    threads: Vec<Handle>,
    next: AtomicUsize,
}

/// A page that has not come after so long is begun once more. Seldom, and only on a busy machine, a rendering waits for a sign that
/// never comes, with nothing left to be done: no thread at work, no question to the database open. Nobody should wait for the end
/// of all patience then.
const BEGIN_AGAIN: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 8_000 });

/// Renders a page on one of the threads; other requests stay where they are. When the one who asked is gone, it ends.
pub async fn on_one_thread(request: Request, next: Next) -> Response {
    let page = request.method() == Method::GET && !request.uri().path().starts_with("/fn/");
    if !page || renderers().threads.is_empty() {
        return next.run(request).await;
    }
    // What is asked with GET changes nothing and has no body.
    let (parts, _) = request.into_parts();
    let again = (parts.clone(), next.clone());
    match tokio::time::timeout(BEGIN_AGAIN, rendered(parts, next)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(path = again.0.uri.path(), "a page did not come, and is rendered again");
            rendered(again.0, again.1).await
        }
    }
}

async fn rendered(parts: Parts, next: Next) -> Response {
    let Some(thread) = renderers().next() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let request = Request::from_parts(parts, Body::empty());
    match AbortOnDropHandle::new(thread.spawn(async move { whole(next.run(request).await).await })).await {
        Ok(response) => response,
        Err(error) => {
            let _ = super::internal(&error);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page with all of its body, so that nothing of it is left to be polled or dropped on another thread. Downloads and events
/// stay streams.
async fn whole(response: Response) -> Response {
    let html = |value: &HeaderValue| value.as_bytes().starts_with(b"text/html");
    if !response.headers().get(header::CONTENT_TYPE).is_some_and(html) {
        return response;
    }
    let (parts, body) = response.into_parts();
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
        Err(error) => {
            let _ = super::internal(&error);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// One thread per core: rendering is work, not waiting.
fn renderers() -> &'static Renderers {
    static RENDERERS: OnceLock<Renderers> = OnceLock::new();
    RENDERERS.get_or_init(|| {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Renderers { threads: (0..cores).filter_map(start).collect(), next: AtomicUsize::new(0) }
    })
}

/// `None` where the system gives no thread.
fn start(number: usize) -> Option<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let handle = runtime.handle().clone();
    let thread = std::thread::Builder::new().name(format!("render-{number}"));
    thread.spawn(move || runtime.block_on(std::future::pending::<()>())).ok()?;
    Some(handle)
}

impl Renderers {
    fn next(&self) -> Option<&Handle> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.threads.get(number.checked_rem(self.threads.len())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use std::sync::Arc;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_page_that_does_not_come_is_rendered_once_more() {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let page = move || {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                if number == 0 {
                    std::future::pending::<()>().await;
                }
                "there"
            }
        };
        let app = Router::new().route("/", get(page)).layer(from_fn(on_one_thread));
        let request = Request::get("/").body(Body::empty()).expect("a request");
        let response = app.oneshot(request).await.expect("an answer");
        assert_eq!((response.status(), asked.load(Ordering::Relaxed)), (StatusCode::OK, 2));
    }
}
