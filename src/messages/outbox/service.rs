//! Reading the outbox: each mail as it was handed over, or as it would be written now.

use super::store::{self, MailRow};
use super::{MailLine, MailView, OutboxPage, OutboxQuery};
use crate::base::i18n::{Lang, by_code};
use crate::base::{AppError, AppResult, BranchId, CampaignId, CustomerId, Timestamp};
use crate::customers::name::display_name;
use crate::messages::delivery::{campaign_source, test_mail};
use crate::messages::reactions::without_picture;
use crate::messages::templates::queued::{Reading, variables};
use crate::messages::templates::service::find_source;
use crate::messages::templates::{RenderedMail, Source, Template, Value, Variables, recipients, says_a_secret};
use crate::office::settings::zone::Zone;
use crate::server::{AppState, Viewer};
use mail_parser::{HeaderValue, MessageParser};
use std::sync::Arc;

/// Mails on a page.
const PAGE: usize = 50;
/// Where a link stands that nobody but the recipient may follow.
const HIDDEN: &str = "https://hidden.invalid/";

/// A page of mails.
///
/// # Errors
/// When the database does not answer.
pub async fn list(ctx: Viewer<'_>, query: &OutboxQuery, lang: Lang) -> AppResult<OutboxPage> {
    let mut rows = store::list(&ctx.state.db, query, ctx.scope(), PAGE + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let zone = ctx.state.zone();
    Ok(OutboxPage { mails: rows.iter().map(|row| line(row, zone, lang)).collect(), more })
}

fn line(row: &MailRow, zone: Zone, lang: Lang) -> MailLine {
    let template = row.campaign.clone().unwrap_or_else(|| lang.known("templates.name", &row.template));
    MailLine {
        id: row.id,
        recipient: row.recipient.clone(),
        template,
        subject: row.subject.clone(),
        state: row.state.clone(),
        queued: zone.moment(Timestamp(row.created_at)),
        sent: zone.moment_or_never(row.sent_at),
    }
}

/// One mail.
///
/// # Errors
/// [`AppError::NotFound`] where it does not exist for this member.
pub async fn open(ctx: Viewer<'_>, id: i64, lang: Lang) -> AppResult<MailView> {
    let row = get(ctx.state, id, ctx.scope()).await?;
    let secret = is_secret(&row);
    let letter = if secret { None } else { letter(ctx.state, id).await? };
    let kept = letter.is_some();
    let (mail, headers) = match letter.as_deref().and_then(read) {
        Some((mail, headers)) => (Some(mail), headers),
        None => (written(ctx.state, &row).await?, sealed_headers(&row)),
    };
    let name = display_name(
        row.first_name.as_deref().unwrap_or_default(),
        row.last_name.as_deref().unwrap_or_default(),
        row.company.as_deref().unwrap_or_default(),
        &row.recipient,
    );
    Ok(MailView {
        line: line(&row, ctx.state.zone(), lang),
        customer: row.customer_id.map(|id| (CustomerId(id), name)),
        mail,
        kept,
        secret,
        why: row.why,
        answer: row.answer,
        headers,
    })
}

/// A mail as a file.
///
/// # Errors
/// [`AppError::NotFound`] where it does not exist for this member, or is not kept; [`AppError::Forbidden`] where it says a secret.
pub async fn eml(state: &AppState, id: i64, scope: Option<&[BranchId]>) -> AppResult<String> {
    let row = get(state, id, scope).await?;
    if is_secret(&row) {
        return Err(AppError::Forbidden);
    }
    letter(state, id).await?.ok_or(AppError::NotFound)
}

/// A mail as it was handed over, where it is kept. Sealed with another master key it is lost.
async fn letter(state: &AppState, id: i64) -> AppResult<Option<String>> {
    Ok(store::find_letter(&state.db, id).await?.and_then(|sealed| state.keys.open_secret(&sealed)))
}

/// The row of a mail.
///
/// # Errors
/// [`AppError::NotFound`] where it does not exist within the scope.
pub async fn get(state: &AppState, id: i64, scope: Option<&[BranchId]>) -> AppResult<MailRow> {
    store::find(&state.db, id, scope).await?.ok_or(AppError::NotFound)
}

fn is_secret(row: &MailRow) -> bool {
    says_a_secret(&row.template)
}

/// What is known of a mail's headers where the mail itself is not kept.
fn sealed_headers(row: &MailRow) -> Vec<(String, String)> {
    let all = [("To", row.recipient.clone()), ("Subject", row.subject.clone()), ("Message-ID", row.message_id.clone())];
    all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The parts of a mail as it was handed over.
fn read(eml: &str) -> Option<(RenderedMail, Vec<(String, String)>)> {
    let message = MessageParser::default().parse(eml)?;
    let mail = RenderedMail {
        subject: message.subject().unwrap_or_default().to_owned(),
        preheader: String::new(),
        html: without_picture(&message.body_html(0).unwrap_or_default()),
        text: message.body_text(0).unwrap_or_default().into_owned(),
    };
    let text = |value: &HeaderValue<'_>, raw: &str| value.as_text().map_or_else(|| raw.trim().to_owned(), str::to_owned);
    let raws: Vec<(String, String)> = message.headers_raw().map(|(name, raw)| (name.to_owned(), raw.to_owned())).collect();
    let headers = message.headers().iter().zip(raws);
    Some((mail, headers.map(|(header, (name, raw))| (name, text(&header.value, &raw))).collect()))
}

/// A mail as it would be written now, without its secrets; `None` where it cannot be.
async fn written(state: &AppState, row: &MailRow) -> AppResult<Option<RenderedMail>> {
    if row.template == test_mail::TEMPLATE {
        return test_mail::render(state, &row.data, &row.recipient, by_code(&row.locale)).await;
    }
    let Some((source, lang)) = source(state, row).await? else { return Ok(None) };
    let settings = state.settings();
    let data = serde_json::from_str(&row.data).unwrap_or_default();
    let mut all = variables(&row.template, &data, Reading { lang, zone: state.zone(), keys: None });
    if is_secret(row) {
        for link in ["links.confirm", "links.reset"] {
            all.set(link, Value::Url(HIDDEN.into()));
        }
    }
    all.take(recipients::shop(&settings));
    all.set("links.unsubscribe", Value::Url(HIDDEN.into()));
    if let Some(id) = row.customer_id
        && let Some((_, own)) = recipients::load(&state.db, &settings, &[CustomerId(id)]).await?.pop()
    {
        all.take(own);
    }
    let all: Arc<Variables> = Arc::new(all);
    let rendered = Template::compile(&source, lang).ok().and_then(|template| template.render(&all).ok());
    Ok(rendered)
}

/// What a mail is written from: its campaign, or its template in the recipient's language.
async fn source(state: &AppState, row: &MailRow) -> AppResult<Option<(Source, Lang)>> {
    match row.campaign_id {
        Some(id) => Ok(Some((campaign_source(state, CampaignId(id), row.variant).await?, by_code(&row.locale)))),
        None => find_source(&state.db, &row.template, &row.locale).await,
    }
}
