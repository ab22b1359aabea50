//! Between HTTP and the views: what views find in their context, the plain forms, files, and pages that do not exist.

use super::outage::unavailable;
use super::{AppState, security};
use crate::base::AppError;
use crate::base::i18n::{self, Lang};
use crate::office::settings::MAP_SITE;
use crate::office::staff::account::{self, Origin};
use crate::office::staff::sessions::{self, Session};
use crate::server::context::ClientIp;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Form, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;
use serde::Deserialize;

/// What a page may ask for besides the session: language and theme of this browser.
#[derive(Clone, Debug, Default)]
pub struct Appearance {
    /// `light` or `dark`; empty follows the system.
    pub theme: String,
    /// `compact` or `comfortable`.
    pub density: String,
    /// `icons` or `full`: folded, or not although the window is narrow.
    pub nav: String,
}

/// Fills the context of a page or server function, and sets the Content-Security-Policy of a page.
pub fn provide(state: &AppState) {
    provide_context(state.clone());
    let Some(parts) = use_context::<Parts>() else {
        // Only while the routes are listed.
        provide_context(i18n::by_code("en"));
        provide_context(Appearance::default());
        return;
    };
    provide_context(language(state, &parts));
    let chosen = |name, allowed: &[&str]| {
        security::cookie(&parts.headers, name).filter(|value| allowed.contains(&value.as_str())).unwrap_or_default()
    };
    provide_context(Appearance {
        theme: chosen("clientele_theme", &["light", "dark"]),
        density: chosen("clientele_density", &["compact", "comfortable"]),
        nav: chosen("clientele_nav", &["icons", "full"]),
    });
    if let (Some(options), Some(nonce)) = (use_context::<ResponseOptions>(), leptos::nonce::use_nonce()) {
        let frames = match state.settings().maps.google_key.as_str() {
            "" => String::new(),
            _ => format!("frame-src 'self' {MAP_SITE}; "),
        };
        let policy = format!(
            "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
             style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
             {frames}object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
        );
        if let Ok(value) = HeaderValue::from_str(&policy) {
            options.insert_header(header::CONTENT_SECURITY_POLICY, value);
        }
    }
}

/// The member's own language, else the browser's, else the shop's.
fn language(state: &AppState, parts: &Parts) -> Lang {
    let own = parts.extensions.get::<Session>().and_then(|s| s.staff.locale.clone());
    if let Some(code) = own {
        return i18n::by_code(&code);
    }
    match parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()) {
        Some(wanted) => i18n::by_header(wanted),
        None => i18n::by_code(&state.settings().locale),
    }
}

fn origin(headers: &HeaderMap, ip: &ClientIp) -> Origin {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    Origin { ip: ip.0.clone(), user_agent: agent.to_owned() }
}

/// The login form. Nothing has a default but `next`: a missing field is an empty one.
#[derive(Deserialize)]
pub struct LogIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /login`.
pub async fn log_in(
    State(state): State<AppState>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
    Form(form): Form<LogIn>,
) -> Response {
    let next = security::safe_return(&form.next).to_owned();
    match account::log_in(&state, &form.email, &form.password, &origin(&headers, &ip)).await {
        Ok(token) => enter(&state, &token, &next),
        Err(error) => {
            let url = format!("/login?next={}&email={}", security::encode(&next), security::encode(&form.email));
            back(&url, &error, &headers)
        }
    }
}

/// Sets the session's cookie and goes on.
fn enter(state: &AppState, token: &str, next: &str) -> Response {
    let mut response = Redirect::to(next).into_response();
    response.headers_mut().insert(header::SET_COOKIE, security::session_cookie(state, token));
    response
}

/// Back to the form with the error in its URL, so that it works without scripts.
fn back(url: &str, error: &AppError, headers: &HeaderMap) -> Response {
    if *error == AppError::Unavailable {
        return unavailable(&Method::POST, "", headers);
    }
    let seconds = if let AppError::RateLimited { seconds } = error { format!("&wait={seconds}") } else { String::new() };
    let field = if let AppError::Invalid { field, .. } = error { format!("&field={field}") } else { String::new() };
    Redirect::to(&format!("{url}&error={}{field}{seconds}", security::encode(error.message_key()))).into_response()
}

/// `POST /logout`.
pub async fn log_out(State(state): State<AppState>, session: Option<Extension<Session>>, headers: HeaderMap) -> Response {
    if let Some(Extension(session)) = session {
        let ended = async {
            let tx = state.db.begin().await?;
            sessions::revoke(&tx, session.id, state.clock.now()).await?;
            tx.commit().await
        };
        if let Err(error) = ended.await {
            tracing::error!(%error, "a session could not be ended");
            return unavailable(&Method::POST, "", &headers);
        }
    }
    enter(&state, "", "/login")
}

/// The form of the first run.
#[derive(Deserialize)]
pub struct SetUp {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// `POST /setup`: makes the first owner and logs them in.
pub async fn set_up(
    State(state): State<AppState>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
    Form(form): Form<SetUp>,
) -> Response {
    if let Err(error) = account::create_first_owner(&state, &form.name, &form.email, &form.password).await {
        let url = format!("/setup?name={}&email={}", security::encode(&form.name), security::encode(&form.email));
        return back(&url, &error, &headers);
    }
    match account::log_in(&state, &form.email, &form.password, &origin(&headers, &ip)).await {
        Ok(token) => enter(&state, &token, "/customers"),
        Err(error) => back("/login?", &error, &headers),
    }
}

/// The form of an invitation.
#[derive(Deserialize)]
pub struct AcceptInvite {
    #[serde(default)]
    password: String,
}

/// `POST /invite/{token}`.
pub async fn accept_invite(
    State(state): State<AppState>,
    Extension(ip): Extension<ClientIp>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(form): Form<AcceptInvite>,
) -> Response {
    match account::accept_invite(&state, &token, &form.password, &origin(&headers, &ip)).await {
        Ok(session) => enter(&state, &session, "/customers"),
        Err(error) => back(&format!("/invite/{}?", security::encode(&token)), &error, &headers),
    }
}

/// A file of the site, or the page that says there is none.
pub async fn file_or_not_found(State(state): State<AppState>, uri: Uri, request: Request<Body>) -> Response {
    let context = {
        let state = state.clone();
        move || provide(&state)
    };
    leptos_axum::file_and_error_handler_with_context::<AppState, _>(context, super::shell::shell)(uri, State(state), request)
        .await
}
