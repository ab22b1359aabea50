//! `/unsubscribe/{token}`: `GET` shows a page, `POST` acts. Plain HTML without scripts: whoever wants no mail waits for nothing.

use super::token;
use crate::args;
use crate::base::i18n::{self, Lang};
use crate::base::query::pairs;
use crate::base::{AppError, AppResult, CustomerId, MailId};
use crate::messages::suppression::{TOPICS, Topic, service, store};
use crate::server::outage::unavailable;
use crate::server::{AppState, Query};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

/// A form with some check boxes, or what mailbox providers post.
const BODY_LIMIT: usize = 16 * 1024;

/// The endpoint's routes, which stand outside of sessions.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/unsubscribe/{token}", get(show).post(one_click))
        .route("/unsubscribe/{token}/topics", post(choose))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// What the page tells.
enum Said<'a> {
    Choice { name: &'a str, token: &'a str, agreed: bool, declined: &'a [Topic] },
    Done,
    Kept,
    BadLink,
}

async fn show(State(state): State<AppState>, Path(link): Path<String>, headers: HeaderMap) -> Response {
    let shown = async {
        let (customer, _) = token::read(&state, &link).ok_or(AppError::NotFound)?;
        let person = find(&state, customer).await?.ok_or(AppError::NotFound)?;
        let declined = store::declined(&state.db, person.id).await?;
        let said = Said::Choice { name: &state.settings().name, token: &link, agreed: person.agreed, declined: &declined };
        AppResult::Ok(page(person.lang, StatusCode::OK, said))
    };
    shown.await.unwrap_or_else(|error| refused(&error, &Method::GET, &headers))
}

/// What mailbox providers post, and the page's button: whatever stands in the body, the link says it all.
async fn one_click(State(state): State<AppState>, Path(link): Path<String>, headers: HeaderMap) -> Response {
    let acted = async {
        let (customer, mail) = token::read(&state, &link).ok_or(AppError::NotFound)?;
        let lang = find(&state, customer).await?.map_or(i18n::by_code("en"), |person| person.lang);
        end(&state, customer, mail).await?;
        AppResult::Ok(page(lang, StatusCode::OK, Said::Done))
    };
    acted.await.unwrap_or_else(|error| refused(&error, &Method::POST, &headers))
}

async fn end(state: &AppState, customer: CustomerId, mail: MailId) -> AppResult<()> {
    let tx = state.db.begin().await?;
    match service::unsubscribe(&tx, customer, Some(mail), "unsubscribe", state.clock.now()).await {
        // Who is gone gets no mail anyway.
        Ok(()) | Err(AppError::NotFound) => {}
        Err(error) => return Err(error),
    }
    tx.commit().await?;
    state.changed().await;
    Ok(())
}

async fn choose(State(state): State<AppState>, Path(link): Path<String>, headers: HeaderMap, body: String) -> Response {
    let acted = async {
        let (customer, _) = token::read(&state, &link).ok_or(AppError::NotFound)?;
        let person = find(&state, customer).await?.ok_or(AppError::NotFound)?;
        let wanted: Vec<Topic> =
            pairs(&body).iter().filter(|(name, _)| name == "topic").filter_map(|(_, code)| Topic::parse(code)).collect();
        let tx = state.db.begin().await?;
        service::prefer(&tx, person.id, &wanted, "preferences", state.clock.now()).await?;
        tx.commit().await?;
        state.changed().await;
        AppResult::Ok(page(person.lang, StatusCode::OK, Said::Kept))
    };
    acted.await.unwrap_or_else(|error| refused(&error, &Method::POST, &headers))
}

struct Person {
    id: CustomerId,
    agreed: bool,
    lang: Lang,
}

/// The customer whom a link is of, or the one that theirs was merged into.
async fn find(state: &AppState, customer: CustomerId) -> AppResult<Option<Person>> {
    let mut id = customer.0;
    for _ in 0..20 {
        let sql = "SELECT merged_into_id, marketing_email, locale FROM customers WHERE id = $1 AND anonymised_at IS NULL";
        match state.db.optional::<(Option<i64>, bool, String)>(sql, args![id]).await? {
            Some((Some(survivor), ..)) => id = survivor,
            Some((None, agreed, locale)) => {
                return Ok(Some(Person { id: CustomerId(id), agreed, lang: i18n::by_code(&locale) }));
            }
            None => return Ok(None),
        }
    }
    Ok(None)
}

fn refused(error: &AppError, method: &Method, headers: &HeaderMap) -> Response {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match error {
        AppError::NotFound => page(i18n::by_header(wanted), StatusCode::NOT_FOUND, Said::BadLink),
        AppError::Unavailable => unavailable(method, "", headers),
        other => StatusCode::from_u16(other.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}

fn page(l: Lang, status: StatusCode, said: Said<'_>) -> Response {
    let (title, body) = match said {
        Said::Choice { name, token, agreed, declined } => {
            let boxes: String = TOPICS
                .into_iter()
                .map(|topic| {
                    let checked = if declined.contains(&topic) { "" } else { " checked" };
                    let (code, label) = (topic.code(), l.t(topic.label_key()));
                    format!("<label><input type=\"checkbox\" name=\"topic\" value=\"{code}\"{checked}> {label}</label>")
                })
                .collect();
            let leave = format!(
                "<form method=\"post\" action=\"/unsubscribe/{token}\"><button class=\"main\">{}</button></form>",
                l.t("unsubscribe.all")
            );
            let body = if agreed {
                format!(
                    "<p>{}</p>{leave}<form method=\"post\" action=\"/unsubscribe/{token}/topics\"><fieldset><legend>{}</legend>{boxes}</fieldset><button>{}</button></form>",
                    escape(&l.with("unsubscribe.text", &[("shop", &name)])),
                    l.t("unsubscribe.topics"),
                    l.t("unsubscribe.keep")
                )
            } else {
                format!("<p>{}</p>", escape(&l.with("unsubscribe.already", &[("shop", &name)])))
            };
            (l.t("unsubscribe.title"), body)
        }
        Said::Done => (l.t("unsubscribe.done"), format!("<p>{}</p>", l.t("unsubscribe.done_text"))),
        Said::Kept => (l.t("unsubscribe.kept"), format!("<p>{}</p>", l.t("unsubscribe.kept_text"))),
        Said::BadLink => (l.t("unsubscribe.bad_link"), format!("<p>{}</p>", l.t("unsubscribe.bad_link_text"))),
    };
    plain_page(l, status, title, &body)
}

/// A page of plain HTML for people without an account, without scripts. `body` is HTML.
pub fn plain_page(l: Lang, status: StatusCode, title: &str, body: &str) -> Response {
    let html = include_str!("page.html").replace("{lang}", l.code()).replace("{title}", title).replace("{body}", body);
    let mut response = (status, Html(html)).into_response();
    let mut set = |name, value| response.headers_mut().insert(name, HeaderValue::from_static(value));
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    // The address is a key.
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::HeaderName::from_static("x-robots-tag"), "noindex");
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
