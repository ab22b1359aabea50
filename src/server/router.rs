//! The routes: pages, server functions, forms, files, health.

use super::{AppState, Query, pages, render, security, telemetry};
use crate::app::App;
use crate::args;
use crate::base::i18n;
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// Bodies of forms and server functions; files come by their own ways.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// Bytes of an answer that are one packet anyway.
const PACKET: u16 = 1_300;
/// How hard answers are compressed. A page of the list becomes 4.1 KB of 22 in 0.2 ms; the usual 4 takes twice as long for 2 %.
const QUALITY: i32 = 3;

/// The pages of the app. They are looked for once: meanwhile Leptos lets no resource of the whole process load, and one that would
/// begin in that moment waits for ever, and so does its page (leptos-rs/leptos issue 4773).
pub fn page_routes() -> &'static [AxumRouteListing] {
    static ROUTES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    ROUTES.get_or_init(|| generate_route_list(App))
}

/// Every route of the program.
pub fn router(state: AppState) -> Router {
    let context = {
        let state = state.clone();
        move || pages::provide(&state)
    };
    let shell = {
        let options = state.leptos.clone();
        move || super::shell::shell(options.clone())
    };
    // Server-sent events must leave at once, and what fits into a packet is not worth it.
    let worthwhile = DefaultPredicate::new().and(SizeAbove::new(PACKET)).and(NotForContentType::const_new("text/event-stream"));
    let compression = CompressionLayer::new().quality(CompressionLevel::Precise(QUALITY)).compress_when(worthwhile);
    let dynamic = Router::new()
        .route("/fn/{*name}", post(server_function).get(server_function))
        .route("/", get(|| async { Redirect::to("/customers") }))
        .route("/login", post(pages::log_in))
        .route("/logout", post(pages::log_out))
        .route("/setup", post(pages::set_up))
        .route("/invite/{token}", post(pages::accept_invite))
        .merge(crate::commerce::routes())
        .merge(crate::customers::routes())
        .merge(crate::messages::routes())
        .merge(crate::office::routes())
        .leptos_routes_with_context(&state, page_routes().to_vec(), context, shell)
        .fallback(pages::file_or_not_found)
        .layer(middleware::from_fn(render::on_one_thread))
        .layer(middleware::from_fn_with_state(state.clone(), security::session))
        .layer(middleware::from_fn(security::same_origin))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(compression.clone());
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(|| async { telemetry::metrics().render() }))
        .route("/version", get(|| async { super::build::id() }))
        .route("/locales/{file}", get(locale).layer(compression.clone()))
        .route("/scripts/{file}", get(super::tab::script))
        .nest("/api", super::rest::router(crate::rest::operations()).layer(compression))
        .merge(crate::messages::public_routes())
        .merge(dynamic)
        .layer(middleware::from_fn_with_state(state.clone(), security::headers))
        .layer(middleware::from_fn(measure))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(60)))
        .layer(CatchPanicLayer::new())
        .with_state(state)
}

async fn server_function(State(state): State<AppState>, request: Request<Body>) -> impl IntoResponse {
    leptos_axum::handle_server_fns_with_context(move || pages::provide(&state), request).await
}

/// Ready when the database answers.
async fn ready(State(state): State<AppState>) -> Response {
    match state.db.integer("SELECT CAST(1 AS BIGINT)", args![]).await {
        Ok(_) => "ready".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], "the database does not answer").into_response()
        }
    }
}

/// A language's texts, under a name with their hash (`en-0a1b2c.txt`).
async fn locale(uri: Uri) -> Response {
    match i18n::served().iter().find(|served| served.path == uri.path()) {
        Some(served) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], served.texts.as_str()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Counts and times requests by route, and logs the slow and the failed.
async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("file", |p| p.as_str()).to_owned();
    // Only functions that exist: a made-up name must not become a label that is kept for ever.
    let is_function =
        route.starts_with("/fn/") && leptos::server_fn::axum::server_fn_paths().any(|(path, _)| path == request.uri().path());
    let route = if is_function { request.uri().path().to_owned() } else { route };
    let method = request.method().clone();
    let started = Instant::now();
    let response = next.run(request).await;
    let (status, took) = (response.status(), started.elapsed());
    metrics::counter!("http_requests_total", "route" => route.clone(), "status" => status.as_u16().to_string()).increment(1);
    metrics::histogram!("http_request_seconds", "route" => route.clone()).record(took.as_secs_f64());
    if status.is_server_error() {
        tracing::error!(%method, %route, %status, ?took, "request failed");
    } else {
        tracing::debug!(%method, %route, %status, ?took, "request");
    }
    response
}
