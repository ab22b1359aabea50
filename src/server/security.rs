//! What stands before every request: who it comes from, whether it may change things, and what the answer must not allow.

use super::outage::unavailable;
use super::{AppState, build, context::ClientIp};
use crate::office::staff::sessions::{self, Session};
use crate::office::staff::{account, store as staff};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::net::SocketAddr;

/// The session's cookie.
pub const COOKIE: &str = "clientele_session";

/// Paths that answer without a login. Server functions authorise themselves.
fn is_public(path: &str) -> bool {
    const EXACT: &[&str] = &[
        "/login",
        "/setup",
        "/healthz",
        "/readyz",
        "/metrics",
        "/manifest.webmanifest",
        "/robots.txt",
        "/icon.svg",
        "/icons.svg",
        "/apple-touch-icon.png",
        "/version",
    ];
    EXACT.contains(&path)
        || ["/pkg/", "/fn/", "/locales/", "/scripts/", "/invite/", "/icon-", "/favicon"]
            .iter()
            .any(|prefix| path.starts_with(prefix))
}

/// Where people come who may have to make the first owner first.
const FIRST_RUN_PATHS: [&str; 3] = ["/", "/login", "/setup"];

/// Whether the invitation whose link was followed holds; put into the request of its page.
#[derive(Clone, Copy, Debug)]
pub struct InvitationHolds(pub bool);

/// Finds the session of the cookie; sends pages that need one to the login, with the way back.
pub async fn session(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let ip = client_ip(&state, request.headers(), request.extensions());
    request.extensions_mut().insert(ClientIp(ip));
    let path = request.uri().path().to_owned();
    if request.method() == Method::GET && FIRST_RUN_PATHS.contains(&path.as_str()) {
        match staff::is_empty(&state.db).await {
            Ok(true) if path != "/setup" => return Redirect::to("/setup").into_response(),
            Ok(false) if path == "/setup" => return Redirect::to("/login").into_response(),
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "whether there is staff could not be read");
                return unavailable(request.method(), &path, request.headers());
            }
        }
    }
    if let Some(token) = path.strip_prefix("/invite/").filter(|_| request.method() == Method::GET) {
        match account::find_invited(&state.db, token, state.clock.now()).await {
            Ok(invited) => request.extensions_mut().insert(InvitationHolds(invited.is_some())),
            Err(_) => return unavailable(request.method(), &path, request.headers()),
        };
    }
    let mut found = None;
    if let Some(token) = cookie(request.headers(), COOKIE) {
        match sessions::find(&state.db, &token, state.clock.now()).await {
            Ok(session) => found = session,
            Err(error) => {
                tracing::error!(%error, "the session could not be read");
                return unavailable(request.method(), &path, request.headers());
            }
        }
    }
    let Some(session) = found else {
        if is_public(&path) {
            return next.run(request).await;
        }
        let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str());
        let ended = if cookie(request.headers(), COOKIE).is_some() { "&ended=1" } else { "" };
        return Redirect::to(&format!("/login?next={}{ended}", encode(wanted))).into_response();
    };
    request.extensions_mut().insert::<Session>(session);
    next.run(request).await
}

/// The value of a cookie.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// `Set-Cookie` for a session; an empty token ends it.
#[must_use]
pub fn session_cookie(state: &AppState, token: &str) -> HeaderValue {
    let secure = if state.config.is_https() { "; Secure" } else { "" };
    // Browsers keep it 400 days at most; the session itself ends sooner.
    let age = if token.is_empty() { 0 } else { 34_560_000 };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// The address that a request came from.
pub fn client_ip(state: &AppState, headers: &HeaderMap, extensions: &Extensions) -> String {
    // A proxy may append to the client's header or add one of its own behind it.
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back().and_then(|v| v.to_str().ok());
    match forwarded.filter(|_| state.config.trust_proxy) {
        // The proxy in front writes what it saw last; what stands before that is the client's claim.
        Some(list) => list.rsplit(',').next().unwrap_or_default().trim().to_owned(),
        None => extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_string()).unwrap_or_default(),
    }
}

/// Percent-encodes a query value.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// A path of ours to return to after login: nothing that leads to another host.
#[must_use]
pub fn safe_return(path: &str) -> &str {
    let ours =
        path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.contains(|c: char| c.is_control());
    if ours && !path.starts_with("/login") && !path.starts_with("/fn/") { path } else { "/customers" }
}

/// Refuses changes that another site's page asks for: browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`);
/// programs without a browser send neither and have no cookie to abuse.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !comes_from_us(request.headers()) {
        return (StatusCode::FORBIDDEN, "This request came from another site.").into_response();
    }
    next.run(request).await
}

fn comes_from_us(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) == text("host"),
        (None, None) => true,
    }
}

/// The headers of every answer. Pages add a Content-Security-Policy with their nonce.
pub async fn headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let lasting = may_be_kept(&response);
    let headers = response.headers_mut();
    let mut set = |name, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
    if state.config.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    set(header::HeaderName::from_static("clientele-build"), build::id());
    let hashed = ["/pkg/", "/locales/", "/scripts/"].iter().any(|folder| path.starts_with(folder));
    let cache = if !lasting {
        "no-store"
    } else if hashed {
        "public, max-age=31536000, immutable"
    } else if path == "/icons.svg" || path.starts_with("/icons/") || path.starts_with("/favicon") {
        "public, max-age=3600"
    } else {
        "no-store"
    };
    set(header::CACHE_CONTROL, cache);
    if lasting {
        // Served precompressed; the layer that compresses the rest says so itself.
        set(header::VARY, "accept-encoding");
    }
    response
}

/// Only a file that is there: the page for what is missing names who is logged in, and the file may come with an upgrade.
fn may_be_kept(response: &Response) -> bool {
    let page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    !page && (response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_only_to_our_own_pages() {
        assert_eq!(safe_return("/customers/7?tab=orders"), "/customers/7?tab=orders");
        for bad in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/login?next=/x", "/a\r\nSet-Cookie: x"] {
            assert_eq!(safe_return(bad), "/customers", "{bad}");
        }
    }

    #[test]
    fn changes_come_from_our_own_pages() {
        let check = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            comes_from_us(&headers)
        };
        assert!(check(&[("sec-fetch-site", "same-origin")]));
        assert!(!check(&[("sec-fetch-site", "cross-site")]));
        assert!(!check(&[("sec-fetch-site", "same-site")]));
        assert!(check(&[("origin", "https://shop.example"), ("host", "shop.example")]));
        assert!(!check(&[("origin", "https://evil.example"), ("host", "shop.example")]));
        assert!(!check(&[("origin", "null"), ("host", "shop.example")]));
        assert!(check(&[]));
    }
}
