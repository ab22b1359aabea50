//! What a mail says to whom: the one place where sending meets writing.

use super::store::Claimed;
use super::{test_mail, variables};
use crate::args;
use crate::base::i18n::{Lang, by_code};
use crate::base::{AppError, AppResult, CampaignId, CustomerId, InvoiceId};
use crate::commerce::invoices;
use crate::messages::templates::service::find_source;
use crate::messages::templates::{Layout, Purpose, RenderedMail, Source, Template, builtin};
use crate::messages::transport::{Attachment, Letter};
use crate::server::{AppState, Query};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// A mail that was written.
#[derive(Clone, Debug)]
pub struct Written {
    pub to: String,
    pub letter: Letter,
}

/// Why there is nothing to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// There never will be: a key of the texts.
    Never(&'static str),
    /// What writes such mails is not there yet: it waits.
    NotYet,
}

/// Whether a mail needs consent: it belongs to a campaign, or its template advertises.
#[must_use]
pub fn is_advertising(mail: &Claimed) -> bool {
    mail.campaign.is_some() || advertises(&mail.template)
}

fn advertises(template: &str) -> bool {
    match builtin::find(template, "en") {
        Some(source) => source.purpose == Purpose::Marketing,
        // Own ones always do.
        None => template.starts_with("own_"),
    }
}

/// Mails that say a secret, which nobody is to read later.
const SECRET: [&str; 3] = ["confirmation", "gift_card", "password_reset"];

/// Whether mails of a template say a secret.
#[must_use]
pub fn says_a_secret(template: &str) -> bool {
    SECRET.contains(&template)
}

/// Whether the mail itself is kept once a mail server has it: of what is about one customer, so that one sees later what was said. A
/// campaign is one text for many.
#[must_use]
pub fn is_kept(mail: &Claimed) -> bool {
    mail.campaign.is_none() && mail.template != test_mail::TEMPLATE && !says_a_secret(&mail.template)
}

/// What templates are compiled from, so that a campaign's is compiled once for each language.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// In this version.
    Campaign(CampaignId, i64, String),
    Template(Box<Source>, String),
}

/// Most templates that are kept compiled.
const KEPT: usize = 64;

/// Writes mails.
#[derive(Default)]
pub struct Letters {
    compiled: Mutex<HashMap<Key, Arc<Template>>>,
}

impl Letters {
    /// Writes a mail. `unsubscribe` is the address that ends advertising; empty where the mail is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write(&self, state: &AppState, mail: &Claimed, unsubscribe: &str) -> AppResult<Result<Written, Unwritten>> {
        let lang = by_code(&mail.locale);
        match (mail.campaign, mail.customer) {
            (Some(campaign), Some(customer)) => self.of_campaign(state, campaign, customer, lang, unsubscribe).await,
            (Some(_), None) => Ok(Err(Unwritten::Never("mail.why.gone"))),
            (None, _) if mail.template == test_mail::TEMPLATE => test_mail::write(state, mail, lang).await,
            (None, _) => self.of_one(state, mail, lang, unsubscribe).await,
        }
    }

    async fn of_campaign(
        &self,
        state: &AppState,
        campaign: CampaignId,
        customer: CustomerId,
        lang: Lang,
        unsubscribe: &str,
    ) -> AppResult<Result<Written, Unwritten>> {
        let sql = "SELECT email FROM customers WHERE id = $1 AND anonymised_at IS NULL";
        let Some((to,)) = state.db.optional::<(String,)>(sql, args![customer]).await? else {
            return Ok(Err(Unwritten::Never("mail.why.gone")));
        };
        let version = state.db.integer("SELECT version FROM campaigns WHERE id = $1", args![campaign]).await?;
        let key = Key::Campaign(campaign, version, lang.code().to_owned());
        let found = self.compiled.lock().get(&key).cloned();
        let template = match found {
            Some(template) => template,
            None => match self.compile(key, &campaign_source(state, campaign).await?, lang) {
                Ok(template) => template,
                Err(unwritten) => return Ok(Err(unwritten)),
            },
        };
        let variables = variables::everywhere(state, Some(customer), &to, unsubscribe).await?;
        Ok(rendered(&template, variables).map(|mail| Written { to, letter: letter(mail, Vec::new()) }))
    }

    async fn of_one(
        &self,
        state: &AppState,
        mail: &Claimed,
        lang: Lang,
        unsubscribe: &str,
    ) -> AppResult<Result<Written, Unwritten>> {
        // As somebody wrote it last, in the recipient's language or the nearest one.
        let Some((source, lang)) = find_source(&state.db, &mail.template, lang.code()).await? else {
            return Ok(Err(Unwritten::NotYet));
        };
        let key = Key::Template(Box::new(source.clone()), lang.code().to_owned());
        let found = self.compiled.lock().get(&key).cloned();
        let template = match found.map_or_else(|| self.compile(key, &source, lang), Ok) {
            Ok(template) => template,
            Err(unwritten) => return Ok(Err(unwritten)),
        };
        let mut variables = variables::everywhere(state, mail.customer, &mail.recipient, unsubscribe).await?;
        variables::tell(state, mail, lang, &mut variables);
        let attachments = attachments(state, mail).await?;
        let to = mail.recipient.clone();
        Ok(rendered(&template, variables).map(|mail| Written { to, letter: letter(mail, attachments) }))
    }

    fn compile(&self, key: Key, source: &Source, lang: Lang) -> Result<Arc<Template>, Unwritten> {
        let template = Template::compile(source, lang).map_err(|errors| {
            tracing::error!(?key, ?errors, "a template does not compile");
            Unwritten::Never("mail.why.template")
        })?;
        let template = Arc::new(template);
        let mut compiled = self.compiled.lock();
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(key, template.clone());
        Ok(template)
    }
}

fn rendered(template: &Template, variables: crate::messages::templates::Variables) -> Result<RenderedMail, Unwritten> {
    template.render(&Arc::new(variables)).map_err(|error| {
        tracing::error!(%error, "a mail could not be written");
        Unwritten::Never("mail.why.template")
    })
}

pub(super) fn letter(mail: RenderedMail, attachments: Vec<Attachment>) -> Letter {
    Letter { subject: mail.subject, html: mail.html, text: mail.text, attachments }
}

/// What is written of a campaign, as a template.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn campaign_source(q: &AppState, campaign: CampaignId) -> AppResult<Source> {
    let row: Option<(String, String, String, String, String)> =
        q.db.optional("SELECT subject, preheader, layout, body, text FROM campaigns WHERE id = $1", args![campaign]).await?;
    let (subject, preheader, layout, body, text) = row.ok_or(AppError::NotFound)?;
    Ok(Source {
        subject_matter: "campaign".into(),
        purpose: Purpose::Marketing,
        layout: Layout::parse(&layout).unwrap_or_default(),
        subject,
        preheader,
        body,
        text: Some(text).filter(|text| !text.trim().is_empty()),
    })
}

/// The PDF that an invoice's mail brings.
async fn attachments(state: &AppState, mail: &Claimed) -> AppResult<Vec<Attachment>> {
    if !matches!(mail.template.as_str(), "invoice" | "credit_note") {
        return Ok(Vec::new());
    }
    let data: serde_json::Value = serde_json::from_str(&mail.data).unwrap_or_default();
    let Some(id) = data.get("invoice_id").and_then(serde_json::Value::as_i64) else { return Ok(Vec::new()) };
    let bytes = invoices::pdf(state, InvoiceId(id)).await?;
    let number = data.get("number").and_then(serde_json::Value::as_str).unwrap_or_default();
    let name: String = number.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' }).collect();
    Ok(vec![Attachment { name: format!("{name}.pdf"), kind: "application/pdf", bytes }])
}
