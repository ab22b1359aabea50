//! A mail to one customer that a program asks for: a template, filled with what the program tells of.
//!
//! Invariants: whether the customer may get it and whether anything is missing is said when it is asked for; whether they still may is
//! looked at again when it leaves ([`crate::messages::delivery`]), of advertising by the same rules.

use super::store;
use crate::args;
use crate::base::{AppError, AppResult, BranchId, CustomerId, MailId};
use crate::customers::profile::store::get_visible;
use crate::messages::suppression::Topic;
use crate::messages::templates::queued::TOLD;
use crate::messages::templates::service::find_source;
use crate::messages::templates::{compile, says_a_secret, store as templates, told};
use crate::messages::transport::recipient;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::outbox::{Mail, advertising, store as outbox};
use crate::office::settings::MailSettings;
use crate::server::{Query, Tx, internal};
use serde_json::{Map, Value, json};

/// Bytes of what is told of one mail: mail programs cut off what is longer.
const TOLD_MAX: usize = 100_000;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Single<'a> {
    pub template: &'a str,
    pub customer: CustomerId,
    /// Values of the variables of the template's occasion.
    pub told: &'a Map<String, Value>,
    /// What it is about, where it advertises; `None`: what its template mostly is.
    pub topic: Option<Topic>,
    /// No other mail has it.
    pub key: &'a str,
}

/// Queues it.
///
/// # Errors
/// [`AppError::Invalid`] on `template` for one that there is not, or that only says what it tells of together with that; on `data.…` for
/// what cannot be or is missing; on `topic` where it advertises nothing; on `customer_id` for whoever is not there or may not get it.
pub async fn queue(
    tx: &Tx,
    scope: Option<&[BranchId]>,
    actor: &Actor,
    settings: &MailSettings,
    single: Single<'_>,
) -> AppResult<MailId> {
    let Single { template, customer, told, topic, key } = single;
    let unknown = |error| match error {
        AppError::NotFound => AppError::invalid("customer_id", "api.customer_unknown"),
        other => other,
    };
    let customer = get_visible(tx, scope, customer).await.map_err(unknown)?;
    let person = person(tx, customer).await?.ok_or_else(|| unknown(AppError::NotFound))?;
    check_template(tx, template).await?;
    check_told(tx, template, &person.locale, told).await?;
    let topic = topic_of(template, topic)?;
    let refusal = match (person.reachable(), topic) {
        (Ok(()), Some(topic)) => advertising::refusal(tx, customer, topic, settings, actor.at).await?,
        (reachable, _) => reachable.err(),
    };
    if let Some(why) = refusal {
        return Err(AppError::invalid("customer_id", why));
    }
    let data = json!({ TOLD: told });
    let mail = Mail { customer: Some(customer), recipient: &person.email, template, locale: &person.locale, data, key };
    outbox::queue(tx, mail, actor.at).await?;
    if let Some(topic) = topic {
        outbox::set_topic(tx, key, topic).await?;
    }
    let id = store::find_by_key(tx, key).await?.ok_or_else(|| internal(&"a mail that was queued is not there"))?;
    let changes: Vec<Change> = Change::of("template", "", template).into_iter().collect();
    let entry =
        Entry { action: "mail.queued", entity: "customer", entity_id: customer.0, customer: Some(customer), changes: &changes };
    record(tx, actor, entry).await?;
    Ok(id)
}

/// The template is in use, and can be filled with values alone: secrets are never told, and invoices come with their PDF.
async fn check_template(q: &impl Query, template: &str) -> AppResult<()> {
    let wrong = |message: &'static str| Err(AppError::invalid("template", message));
    if says_a_secret(template) || matches!(template, "invoice" | "credit_note") {
        return wrong("messages.template_not_alone");
    }
    if templates::find(q, template).await?.is_some_and(|row| row.retired_at > 0) {
        return wrong("messages.template_retired");
    }
    Ok(())
}

/// Everything that the template says of the occasion is told.
async fn check_told(q: &impl Query, template: &str, locale: &str, told: &Map<String, Value>) -> AppResult<()> {
    let (source, _) =
        find_source(q, template, locale).await?.ok_or_else(|| AppError::invalid("template", "messages.template_unknown"))?;
    let at = |(place, message): told::Wrong| AppError::invalid(format!("data.{place}"), message);
    let read = told::read(&source.subject_matter, told).map_err(at)?;
    if serde_json::to_string(told).map_err(|error| internal(&error))?.len() > TOLD_MAX {
        return Err(AppError::invalid("data", "messages.data_long"));
    }
    match told::lacking(&source.subject_matter, &read, &compile::bare(&source)).first() {
        Some(name) => Err(at(((*name).to_owned(), "messages.variable_missing".into()))),
        None => Ok(()),
    }
}

/// What it advertises; `None` where it does not.
fn topic_of(template: &str, asked: Option<Topic>) -> AppResult<Option<&'static str>> {
    match (advertising::topic_of(template), asked) {
        (None, Some(_)) => Err(AppError::invalid("topic", "messages.topic_of_none")),
        (of_template, asked) => Ok(of_template.map(|most| asked.map_or(most, Topic::code))),
    }
}

/// Who would get it.
#[derive(sqlx::FromRow)]
struct Person {
    email: String,
    locale: String,
}

async fn person(q: &impl Query, customer: CustomerId) -> AppResult<Option<Person>> {
    let sql = "SELECT email, locale FROM customers WHERE id = $1 AND anonymised_at IS NULL";
    Ok(q.optional(sql, args![customer]).await?)
}

impl Person {
    /// Whatever it says, it needs an address.
    fn reachable(&self) -> Result<(), &'static str> {
        match () {
            () if self.email.is_empty() => Err("messages.no_address"),
            () if recipient(&self.email).is_err() => Err("mail.why.address"),
            () => Ok(()),
        }
    }
}
