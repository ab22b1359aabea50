//! `POST /mail/events` (JSON) and `POST /mail/reports` (a mail as it came): for mail servers and providers, signed.
//!
//! `Clientele-Signature: t=1772366400,v1=5f…`: the HMAC-SHA256 of `{t}.{body}` in hexadecimal, with the secret that `clientele mail secret` shows;
//! older than five minutes it is refused, since somebody may have kept it.

use super::{Kind, Report, apply, take_in};
use crate::base::AppError;
use crate::server::AppState;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;

/// A report with the whole mail in it.
const BODY_LIMIT: usize = 15 * 1024 * 1024;
/// Seconds.
const TOLERANCE: i64 = 300;
/// Of one request.
const MOST_EVENTS: usize = 1_000;

/// The routes, which stand outside of sessions.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/mail/events", post(events))
        .route("/mail/reports", post(report))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    /// `bounce` or `complaint`; others are passed over.
    event: String,
    message_id: String,
    /// Of a bounce: `hard` says that there is no such mailbox.
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    detail: String,
}

async fn events(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(why) = signed(&state, &headers, &body) {
        return (StatusCode::UNAUTHORIZED, why).into_response();
    }
    let read: Events = match serde_json::from_slice(&body) {
        Ok(read) => read,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("the body does not read: {error}\n")).into_response(),
    };
    if read.events.len() > MOST_EVENTS {
        return (StatusCode::PAYLOAD_TOO_LARGE, "more than 1000 events\n").into_response();
    }
    let mut known = 0;
    for event in read.events {
        let kind = match (event.event.as_str(), event.r#type.as_str()) {
            ("bounce", "hard") => Kind::Bounced,
            ("bounce", _) => Kind::SoftBounced,
            ("complaint", _) => Kind::Complained,
            _ => continue,
        };
        match apply(&state, &Report { kind, message_id: event.message_id, detail: event.detail }).await {
            Ok(ours) => known += usize::from(ours),
            // Sent again, those that were applied change nothing.
            Err(error) => return failed(&error),
        }
    }
    (StatusCode::OK, format!("{known} of our mails\n")).into_response()
}

async fn report(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(why) = signed(&state, &headers, &body) {
        return (StatusCode::UNAUTHORIZED, why).into_response();
    }
    match take_in(&state, &body).await {
        Ok(true) => (StatusCode::OK, "taken in\n").into_response(),
        Ok(false) => (StatusCode::OK, "not about a mail of ours\n").into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, format!("{error}\n")).into_response()
}

/// Why a body is not taken for one of the mail server's.
fn signed(state: &AppState, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
    let header = headers.get("clientele-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let part = |name: &str| header.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let (Some(time), Some(hash)) = (part("t"), part("v1")) else { return Err("the signature is missing\n") };
    let hash: Option<Vec<u8>> =
        (0..hash.len()).step_by(2).map(|at| hash.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok())).collect();
    if !hash.is_some_and(|hash| state.keys.is_signed_for_mail(&[time.as_bytes(), b".", body], &hash)) {
        return Err("the signature is not that of this body\n");
    }
    let age = time.parse::<i64>().map(|time| state.clock.now().0 / crate::base::Timestamp::SECOND - time);
    match age {
        Ok(age) if age.abs() <= TOLERANCE => Ok(()),
        _ => Err("the signature is too old\n"),
    }
}
