//! `/l/{token}` leads on, `/o/{token}` is a picture of one point. What is written about it is written afterwards.

use super::machine::Asked;
use super::store::{self, PICTURE};
use super::token;
use crate::base::i18n::{self, by_code};
use crate::base::{AppError, AppResult, CustomerId, MailId};
use crate::messages::templates::links::fill;
use crate::messages::templates::{Variables, recipients};
use crate::messages::unsubscribe::plain_page;
use crate::server::AppState;
use crate::server::outage::unavailable;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Reactions that wait to be written at once. What comes on top of them is not counted: a flood must not fill the memory.
static WAITING: Semaphore = Semaphore::const_new(512);
/// Bytes of a user agent that are looked at.
const LONGEST_AGENT: usize = 400;
/// A GIF of one transparent point.
const POINT: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// The routes, which stand outside of sessions.
pub fn routes() -> Router<AppState> {
    Router::new().route("/l/{token}", get(lead_on)).route("/o/{token}", get(picture))
}

async fn lead_on(State(state): State<AppState>, Path(link): Path<String>, method: Method, headers: HeaderMap) -> Response {
    let target = async {
        let (mail, link) = token::read_link(&state, &link).ok_or(AppError::NotFound)?;
        let target = store::find_target(&state.db, link).await?.ok_or(AppError::NotFound)?;
        let target = filled(&state, mail, target).await?.ok_or(AppError::NotFound)?;
        let location = HeaderValue::from_str(&in_ascii(&target)).map_err(|_| AppError::NotFound)?;
        AppResult::Ok((mail, link, location))
    };
    match target.await {
        Ok((mail, link, location)) => {
            note(&state, mail, link, &method, &headers);
            let mut response = StatusCode::FOUND.into_response();
            response.headers_mut().insert(header::LOCATION, location);
            not_kept(response)
        }
        Err(AppError::Unavailable) => unavailable(&method, "", &headers),
        Err(AppError::NotFound) => {
            let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let l = i18n::by_header(wanted);
            let body = format!("<p>{}</p>", l.t("reactions.bad_link_text"));
            plain_page(l, StatusCode::NOT_FOUND, l.t("reactions.bad_link"), &body)
        }
        Err(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}

/// Where a link leads for the recipient of a mail. Most lead everybody to the same place.
async fn filled(state: &AppState, mail: MailId, target: String) -> AppResult<Option<String>> {
    if !target.contains("{{") {
        return Ok(Some(target));
    }
    let settings = state.settings();
    let (mut variables, mut lang) = (recipients::shop(&settings), by_code("en"));
    // Whose mail is gone, or who is, is led to where the link leads without them.
    if let Some((customer, locale)) = store::find_recipient(&state.db, mail).await? {
        lang = by_code(&locale);
        if let Some((_, own)) = recipients::load(&state.db, &settings, &[CustomerId(customer)]).await?.pop() {
            variables.take(own);
        }
    }
    Ok(fill(&target, Arc::<Variables>::new(variables), lang))
}

/// An address as a header may have it: what is no letter of ASCII is written as `%C3%BC`.
fn in_ascii(url: &str) -> String {
    url.bytes().map(|b| if b.is_ascii_graphic() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

async fn picture(State(state): State<AppState>, Path(link): Path<String>, method: Method, headers: HeaderMap) -> Response {
    let Some(mail) = token::read_open(&state, &link) else { return not_kept(StatusCode::NOT_FOUND.into_response()) };
    note(&state, mail, PICTURE, &method, &headers);
    not_kept(([(header::CONTENT_TYPE, "image/gif")], POINT).into_response())
}

/// Nobody keeps it, or the next time would not be seen; nobody lists it; the address is not told on.
fn not_kept(mut response: Response) -> Response {
    let mut set = |name, value| response.headers_mut().insert(name, HeaderValue::from_static(value));
    set(header::CACHE_CONTROL, "no-store");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    response
}

/// Writes it down while the answer is on its way.
fn note(state: &AppState, mail: MailId, link: i64, method: &Method, headers: &HeaderMap) {
    let Ok(waiting) = WAITING.try_acquire() else {
        tracing::warn!("too many reactions at once: one was not counted");
        return;
    };
    let says = |name: &str, what: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.to_ascii_lowercase().contains(what))
    };
    let ahead = says("sec-purpose", "prefetch") || says("purpose", "prefetch") || says("x-moz", "prefetch");
    let agent = headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
    let agent: String = agent.chars().take(LONGEST_AGENT).collect();
    let (state, head, now) = (state.clone(), method == Method::HEAD, state.clock.now());
    tokio::spawn(async move {
        let asked = Asked { head, user_agent: &agent, ahead };
        let written = async {
            let tx = state.db.begin().await?;
            store::record(&tx, mail, link, asked, now).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%mail, %error, "a reaction was not counted");
        }
        drop(waiting);
    });
}
