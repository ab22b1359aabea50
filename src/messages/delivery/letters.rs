//! What a mail says to whom: the one place where sending meets writing.

use super::known::Known;
use super::store::Claimed;
use super::{test_mail, variables};
use crate::args;
use crate::base::i18n::{Lang, by_code};
use crate::base::{AppError, AppResult, CampaignId, InvoiceId};
use crate::commerce::invoices;
use crate::messages::campaigns::SubjectTest;
use crate::messages::reactions;
use crate::messages::templates::service::find_source;
use crate::messages::templates::{Layout, Purpose, RenderedMail, Source, Template, says_a_secret};
use crate::messages::transport::{Attachment, Letter};
use crate::office::outbox::advertising::topic_of;
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

/// Whether mails of a template advertise, so that they need consent.
#[must_use]
pub fn advertises(template: &str) -> bool {
    topic_of(template).is_some()
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
    /// In this version, with this subject (0 is A), its links led over our own addresses or not.
    Campaign(CampaignId, i64, i64, bool, String),
    Template(Box<Source>, String),
}

/// Most templates that are kept compiled.
const KEPT: usize = 64;

/// A template, and the numbers of its links where they are led over our own addresses.
#[derive(Clone)]
struct Compiled {
    template: Arc<Template>,
    links: Arc<[i64]>,
}

/// Writes mails.
#[derive(Default)]
pub struct Letters {
    compiled: Mutex<HashMap<Key, Compiled>>,
}

impl Letters {
    /// Writes a mail; of one of a campaign that is not `known`, what has to be known is read. `unsubscribe` is the address that ends advertising; empty where the mail is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write(
        &self,
        state: &AppState,
        mail: &Claimed,
        known: Option<&Known>,
        unsubscribe: &str,
    ) -> AppResult<Result<Written, Unwritten>> {
        let lang = by_code(&mail.locale);
        match (mail.campaign, mail.customer) {
            (Some(campaign), Some(_)) => self.of_campaign(state, (mail, campaign), known, lang, unsubscribe).await,
            (Some(_), None) => Ok(Err(Unwritten::Never("mail.why.gone"))),
            (None, _) if mail.template == test_mail::TEMPLATE => test_mail::write(state, mail, lang).await,
            (None, _) => self.of_one(state, mail, lang, unsubscribe).await,
        }
    }

    async fn of_campaign(
        &self,
        state: &AppState,
        (mail, campaign): (&Claimed, CampaignId),
        known: Option<&Known>,
        lang: Lang,
        unsubscribe: &str,
    ) -> AppResult<Result<Written, Unwritten>> {
        let known = match known {
            Some(known) => Some(known.clone()),
            None => Known::read(state, &[mail]).await?.remove(&mail.id),
        };
        let Some(Known { to, may_follow, mut variables, version, winner }) = known else {
            return Ok(Err(Unwritten::Never("mail.why.gone")));
        };
        let variant = if mail.variant < 0 { winner } else { mail.variant };
        if variant < 0 {
            return Ok(Err(Unwritten::NotYet));
        }
        let follow = may_follow && state.settings().mail.follow;
        let key = Key::Campaign(campaign, version, variant, follow, lang.code().to_owned());
        let found = self.compiled.lock().get(&key).cloned();
        let compiled = match found {
            Some(compiled) => compiled,
            None => {
                let source = campaign_source(state, campaign, variant).await?;
                let (template, targets) = match compile(&key, &source, lang, follow) {
                    Ok(compiled) => compiled,
                    Err(unwritten) => return Ok(Err(unwritten)),
                };
                let links = if follow { reactions::register(state, campaign, &targets).await? } else { Vec::new() };
                self.keep(key, template, links)
            }
        };
        variables::unsubscribed_by(&mut variables, unsubscribe);
        if follow {
            reactions::address(state, mail.id, &compiled.links, &mut variables);
        }
        Ok(rendered(&compiled.template, variables).map(|mail| Written { to, letter: letter(mail, Vec::new()) }))
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
        let compiled = match found {
            Some(compiled) => compiled,
            None => match compile(&key, &source, lang, false) {
                Ok((template, _)) => self.keep(key, template, Vec::new()),
                Err(unwritten) => return Ok(Err(unwritten)),
            },
        };
        let mut variables = variables::everywhere(state, mail.customer, &mail.recipient, unsubscribe).await?;
        variables::tell(state, mail, lang, &mut variables);
        let attachments = attachments(state, mail).await?;
        let to = mail.recipient.clone();
        Ok(rendered(&compiled.template, variables).map(|mail| Written { to, letter: letter(mail, attachments) }))
    }

    fn keep(&self, key: Key, template: Template, links: Vec<i64>) -> Compiled {
        let made = Compiled { template: Arc::new(template), links: links.into() };
        let mut compiled = self.compiled.lock();
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(key, made.clone());
        made
    }
}

fn compile(key: &Key, source: &Source, lang: Lang, follow: bool) -> Result<(Template, Vec<String>), Unwritten> {
    let made = if follow {
        Template::compile_tracked(source, lang)
    } else {
        Template::compile(source, lang).map(|template| (template, Vec::new()))
    };
    made.map_err(|errors| {
        tracing::error!(?key, ?errors, "a template does not compile");
        Unwritten::Never("mail.why.template")
    })
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

/// What is written of a campaign, as a template; with the subject of a test (0 is its own).
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn campaign_source(q: &AppState, campaign: CampaignId, variant: i64) -> AppResult<Source> {
    let sql = "SELECT subject, preheader, layout, body, text, subject_test FROM campaigns WHERE id = $1";
    let row: Option<(String, String, String, String, String, String)> = q.db.optional(sql, args![campaign]).await?;
    let (own, preheader, layout, body, text, test) = row.ok_or(AppError::NotFound)?;
    let test: SubjectTest = serde_json::from_str(&test).unwrap_or_default();
    let other = usize::try_from(variant - 1).ok().and_then(|index| test.others.get(index));
    let subject = other.map_or(own, |other| other.trim().to_owned());
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
