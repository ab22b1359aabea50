//! The answer while the database is gone or locked: 503, when to ask again, and words for whoever asked.

use crate::base::i18n;
use crate::base::{AppError, RETRY_AFTER_SECONDS};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// To a server function its error; to a page one that tries again by itself; to a form one that leads back to what was
/// typed, since trying again by itself would lose it.
#[must_use]
pub fn unavailable(method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let mut response = if path.starts_with("/fn/") {
        let error = serde_json::to_string(&AppError::Unavailable).unwrap_or_default();
        ([(header::CONTENT_TYPE, "application/json")], error).into_response()
    } else {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page(method == Method::GET, headers)).into_response()
    };
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
    response
}

/// Who is logged in cannot be known now, so the language is the browser's.
fn page(retries: bool, headers: &HeaderMap) -> String {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let l = i18n::by_header(wanted);
    let seconds = RETRY_AFTER_SECONDS;
    let (refresh, text) = if retries {
        (format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">"), l.with("unavailable.page", &[("seconds", &seconds)]))
    } else {
        (String::new(), l.t("unavailable.form").to_owned())
    };
    include_str!("unavailable.html")
        .replace("{lang}", l.code())
        .replace("{refresh}", &refresh)
        .replace("{title}", l.t("unavailable.title"))
        .replace("{text}", &text)
}
