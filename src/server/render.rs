//! Where pages are rendered: on threads of their own, each page with all of its tasks on one of them.
//!
//! A page is rendered by many tasks that share locks: its resources and the effects that wait for them. On several threads at
//! once two of these tasks may each hold what the other one wants, and then neither ever goes on, nor does the thread under it
//! (leptos-rs/leptos issue 4673). Tasks that a task spawns stay on its runtime; so a runtime of one thread keeps them apart.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::{Builder, Handle};
use tokio_util::task::AbortOnDropHandle;

/// The threads, in turn.
struct Renderers {
    threads: Vec<Handle>,
    next: AtomicUsize,
}

/// Renders a page on one of the threads; other requests stay where they are. When the one who asked is gone, it ends.
pub async fn on_one_thread(request: Request, next: Next) -> Response {
    let page = request.method() == Method::GET && !request.uri().path().starts_with("/fn/");
    if !page || renderers().threads.is_empty() {
        return next.run(request).await;
    }
    let Some(thread) = renderers().next() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
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
