//! From a request to its answer: version, key, limit, scope, query, body; then the operation.

use super::limits::Standing;
use super::operation::{Kind, Run};
use super::{Answer, BODY_MAX, Call, Operation, Problem, Reply, VERSION, docs, idempotency, openapi, reply};
use crate::base::AppError;
use crate::base::i18n::{self, Lang};
use crate::base::query::pairs;
use crate::office::apikeys::{self, Program};
use crate::server::{AppState, security};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{Redirect, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use tower_http::catch_panic::CatchPanicLayer;

/// What a path parameter extractor yields.
type Names = Result<RawPathParams, RawPathParamsRejection>;

/// Everything under `/api`: `operations`, their description, and its pages.
pub fn router(operations: &'static [Operation]) -> Router<AppState> {
    let mut paths: BTreeMap<&str, MethodRouter<AppState>> = BTreeMap::new();
    for operation in operations {
        let Ok(filter) = MethodFilter::try_from(operation.method.clone()) else { continue };
        let run = move |State(state): State<AppState>, names: Names, request: Request| answer(operation, state, names, request);
        let methods = paths.remove(operation.path).unwrap_or_default();
        paths.insert(operation.path, methods.merge(on(filter, run)));
    }
    let mut router = Router::new()
        .route("/", get(|| async { Redirect::to("/api/docs") }))
        .route(
            "/openapi.json",
            get(move || async move { ([(header::CONTENT_TYPE, "application/json")], openapi::text(operations)) }),
        )
        .route("/docs", get(move || async move { docs::page(operations) }))
        .route("/docs.css", get(docs::style));
    for (path, methods) in paths {
        router = router.route(path, methods);
    }
    router
        .method_not_allowed_fallback(|headers: HeaderMap| async move { refuse(&Problem::MethodNotAllowed, &headers) })
        .fallback(|headers: HeaderMap| async move { refuse(&AppError::NotFound.into(), &headers) })
        .layer(CatchPanicLayer::custom(after_panic))
}

fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    let error = crate::server::internal(&"an operation of the API panicked");
    marked(Problem::App(error).response(i18n::by_code("en")), None)
}

fn refuse(problem: &Problem, headers: &HeaderMap) -> Response {
    marked(problem.response(language(headers)), None)
}

fn language(headers: &HeaderMap) -> Lang {
    i18n::by_header(text(headers, header::ACCEPT_LANGUAGE).unwrap_or_default())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn answer(operation: &'static Operation, state: AppState, names: Names, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let lang = language(&parts.headers);
    let mut standing = None;
    let response = match work(operation, state, names, &parts, body, &mut standing).await {
        Ok(reply) if is_known(operation, &reply, &parts.headers) => {
            Reply { status: StatusCode::NOT_MODIFIED.as_u16(), body: String::new(), ..reply }.response()
        }
        Ok(reply) => reply.response(),
        Err(problem) => problem.response(lang),
    };
    marked(response, standing)
}

/// Whether the asker has this answer already.
fn is_known(operation: &Operation, reply: &Reply, headers: &HeaderMap) -> bool {
    let (Some(etag), Some(known)) = (&reply.etag, text(headers, header::IF_NONE_MATCH)) else { return false };
    let same = |tag: &str| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*";
    operation.tagged && !operation.writes() && known.split(',').any(same)
}

/// The headers of every answer.
fn marked(mut response: Response, standing: Option<Standing>) -> Response {
    let headers = response.headers_mut();
    headers.insert("clientele-version", HeaderValue::from_static(VERSION));
    // Answers are the asker's own; with their tag they can be asked for again.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    if let Some(standing) = standing {
        headers.insert("ratelimit-limit", HeaderValue::from(standing.limit));
        headers.insert("ratelimit-remaining", HeaderValue::from(standing.remaining));
        headers.insert("ratelimit-reset", HeaderValue::from(standing.reset));
    }
    response
}

async fn work(
    operation: &'static Operation,
    state: AppState,
    names: Names,
    parts: &Parts,
    body: Body,
    standing: &mut Option<Standing>,
) -> Answer {
    check_version(&parts.headers)?;
    let program = program(&state, &parts.headers).await?;
    *standing = state.limits.count(program.id, state.config.api_rate, state.clock.now());
    if let Some(seconds) = standing.and_then(|standing| standing.wait) {
        return Err(AppError::RateLimited { seconds }.into());
    }
    if !program.scopes.contains(&operation.scope) {
        return Err(Problem::MissingScope(operation.scope));
    }
    let query = parts.uri.query().unwrap_or_default().to_owned();
    check_query(operation, &query)?;
    let body = read_body(operation, parts, body).await?;
    let key = match parts.headers.get("idempotency-key") {
        Some(value) if operation.writes() => Some(idempotency::checked(value.to_str().unwrap_or_default())?.to_owned()),
        _ => None,
    };
    let names = names.map_err(|_| AppError::NotFound)?;
    let call = Call {
        now: state.clock.now(),
        lang: language(&parts.headers),
        ip: security::client_ip(&state, &parts.headers, &parts.extensions),
        method: operation.method.clone(),
        // Within the nested router the prefix is stripped.
        path: format!("/api{}", parts.uri.path()),
        query,
        names: names.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body,
        if_match: text(&parts.headers, header::IF_MATCH).map(str::to_owned),
        key,
        has_job: AtomicBool::new(false),
        state,
        program,
    };
    match operation.run {
        Run::Read(read) => {
            let reply = read(&call).await?;
            if !operation.tagged || reply.etag.is_some() {
                return Ok(reply);
            }
            let etag = format!("\"{}\"", reply::short_hash(reply.body.as_bytes()));
            Ok(reply.tagged(etag))
        }
        Run::Write(_) | Run::LookAndWrite(..) => write(operation.run, &call).await,
    }
}

/// Does the work and keeps its answer, in one transaction.
async fn write(run: Run, call: &Call) -> Answer {
    // Without taking the writer.
    if let Some(reply) = given_before(call).await? {
        return Ok(reply);
    }
    let seen = match run {
        Run::LookAndWrite(look, _) => match look(call).await {
            Ok(seen) => seen,
            // What stands in the way may be that the same request was done meanwhile.
            Err(problem) => return given_before(call).await?.ok_or(problem),
        },
        Run::Read(_) | Run::Write(_) => 0,
    };
    let tx = call.state.db.begin().await?;
    if let Some(key) = call.idempotency_key()
        && !idempotency::claim(&tx, call, key).await?
    {
        return idempotency::find(&tx, call, key).await?.ok_or(AppError::Unavailable.into());
    }
    let reply = match run {
        Run::Read(read) => read(call).await?,
        Run::Write(run) => run(call, &tx).await?,
        Run::LookAndWrite(_, run) => run(call, &tx, seen).await?,
    };
    if let Some(key) = call.idempotency_key() {
        idempotency::keep(&tx, call, key, &reply).await?;
    }
    tx.commit().await?;
    if call.has_job.load(Ordering::Relaxed) {
        call.state.job_added.notify_one();
    }
    call.state.changed().await;
    Ok(reply)
}

/// The answer that this request was given before, if any.
async fn given_before(call: &Call) -> Answer<Option<Reply>> {
    match call.idempotency_key() {
        Some(key) => idempotency::find(&call.state.db, call, key).await,
        None => Ok(None),
    }
}

fn check_version(headers: &HeaderMap) -> Answer<()> {
    match headers.get("clientele-version") {
        Some(wanted) if wanted.as_bytes() != VERSION.as_bytes() => Err(Problem::UnknownVersion),
        _ => Ok(()),
    }
}

/// Whose key it is. Sessions are not looked at: a page in somebody's browser can do nothing here.
async fn program(state: &AppState, headers: &HeaderMap) -> Answer<Program> {
    let sent = text(headers, header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    let key = sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
    let program = apikeys::service::find(&state.db, key.ok_or(Problem::NoKey)?).await?.ok_or(Problem::UnknownKey)?;
    if program.revoked {
        return Err(Problem::RevokedKey);
    }
    apikeys::service::note_use(&state.db, &program, state.clock.now()).await;
    Ok(program)
}

fn check_query(operation: &Operation, query: &str) -> Answer<()> {
    for (name, value) in pairs(query) {
        match operation.query.iter().find(|param| param.name == name) {
            None => {
                let known: Vec<&str> = operation.query.iter().map(|param| param.name).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Problem::parameter(name, format!("There is no such parameter; there are: {known}.")));
            }
            // Forms send filters that are not set, programs do not: it would find everybody.
            Some(param) if value.trim().is_empty() && !matches!(param.kind, Kind::Text) => {
                return Err(Problem::parameter(name, "It is empty; leave it out."));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

async fn read_body(operation: &Operation, parts: &Parts, body: Body) -> Answer<Bytes> {
    let said = text(&parts.headers, header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if said.is_some_and(|length| length > BODY_MAX) {
        return Err(Problem::TooLarge);
    }
    if operation.takes.is_none() {
        return Ok(Bytes::new());
    }
    if !is_json(operation, text(&parts.headers, header::CONTENT_TYPE).unwrap_or_default()) {
        return Err(Problem::NotJson);
    }
    to_bytes(body, BODY_MAX).await.map_err(|_| Problem::TooLarge)
}

fn is_json(operation: &Operation, content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_ascii_lowercase();
    let utf8 = |part: &str| !part.to_ascii_lowercase().starts_with("charset=") || part.to_ascii_lowercase().contains("utf-8");
    let patch = operation.method == Method::PATCH && media == "application/merge-patch+json";
    (media == "application/json" || patch) && parts.all(utf8)
}
