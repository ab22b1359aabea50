//! The empty pages that previews show mails in, each with a policy of its own: pictures of other sites may load there, while the app's
//! own pages load nothing from elsewhere.
//!
//! Invariants: a stage belongs to no origin (`sandbox`), so nothing in it reaches the app, its cookies or its storage; the only script that runs is the one
//! below, whatever the mail says; only our pages frame it.

use crate::server::AppState;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const SCRIPT: &str = include_str!("stage.js");

/// The stages: without pictures of other sites, and with them.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(super::STAGE, get(|| async { stage("") }))
        .route(super::STAGE_WITH_PICTURES, get(|| async { stage(" https:") }))
}

fn stage(pictures: &str) -> Response {
    let mut response = Html(include_str!("stage.html").replace("%script%", SCRIPT)).into_response();
    let hash = STANDARD.encode(Sha256::digest(SCRIPT));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data:{pictures}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    // Whoever keeps a picture does not learn where it is looked at.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
