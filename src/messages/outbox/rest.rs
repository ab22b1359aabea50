//! Mails in the REST API: which wait or were sent, each as its recipient sees it, and mails to one customer.

use super::single::{self, Single};
use super::store::{self, MailRow};
use super::{OutboxQuery, STATES, doubt, service};
use crate::base::{AppError, CampaignId, CustomerId, MailId, Timestamp};
use crate::messages::suppression::Topic;
use crate::messages::templates::RenderedMail;
use crate::office::apikeys::Scope::{ReadMessages, SendMessages};
use crate::server::Tx;
use crate::server::rest::{Answer, Call, Kind, Operation, PageOf, Param, Problem, Reply, rfc3339};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/messages", ReadMessages, "list_messages", "Mails that wait or were sent, the newest first", |c| {
            Box::pin(list(c))
        })
        .query(PARAMS)
        .lists::<ListedMessage>(),
        Operation::post("/messages", SendMessages, "send_message", "Sends a mail to one customer", |c, tx| Box::pin(send(c, tx)))
            .about(
                "A template, filled with `data`; it is queued and leaves at once, before those of campaigns. `data` has the variables \
                that `GET /api/templates/{template}` lists as `told`, by their names. Those that cannot be missing \
                must be there, and so must what the template says without a fallback. Templates that advertise (all of the shop's own \
                ones) go only where a campaign would: to customers who agreed to that and did not decline the topic, to no suppressed \
                address, and to nobody who got as much advertising of late as the settings allow, for which they count. `code` says \
                which of these it is. Templates that say a secret, and those of invoices, are not sent like this.",
            )
            .takes::<MessageInput>()
            .creates::<ListedMessage>(),
        Operation::get("/messages/{id}", ReadMessages, "get_message", "A mail, as its recipient sees it", |c| Box::pin(get(c)))
            .about(
                "As it was handed over where it is kept, else as it would be written now. Secrets (the code of a gift card, a link that \
                sets a password) are not shown.",
            )
            .gives::<Message>(),
        Operation::post("/messages/{id}/doubt", SendMessages, "decide_message", "Decides about a mail in doubt", |c, tx| {
            Box::pin(decide(c, tx))
        })
        .about(
            "Nobody knows whether the mail server has it. Refused (409) where it is not in doubt any more, so nobody decides twice. What is sent again \
            is looked at once more when it leaves, like any mail.",
        )
        .takes::<DoubtInput>()
        .gives::<ListedMessage>(),
    ]
}

const fn param(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, kind, about }
}

const PARAMS: &[Param] = &[
    param("q", Kind::Text, "Found in the recipient, the subject, the customer's name and the campaign's"),
    param("customer", Kind::Integer, "To this customer"),
    param("campaign", Kind::Integer, "Of this campaign"),
    param("template", Kind::Text, "Of this template: `order_confirmation`; tests of campaigns are `campaign_test`"),
    param("state", Kind::Choice(&STATES), "In this state"),
    param("before", Kind::Integer, "Older than the mail with this id: follow `next`"),
];

/// A mail to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageInput {
    /// Its name: `order_shipped`.
    #[schema(min_length = 1, example = "order_shipped")]
    pub template: String,
    /// Who gets it, in their language.
    #[schema(minimum = 1)]
    pub customer_id: i64,
    /// The template's variables by their names: texts, whole numbers, days (`2026-03-01`), amounts (`{"amount": "12.50", "currency": "EUR"}`),
    /// addresses (`https://…`), and lists of objects.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "order.number": "10482", "parcel.carrier": "DHL" }))]
    pub data: Map<String, Value>,
    /// What advertising is about: customers who declined the topic do not get it. Null: what the template mostly is, `newsletter` for the shop's own ones.
    /// Only for templates that advertise.
    pub topic: Option<Topic>,
}

/// What becomes of a mail of which nobody knows whether it was sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubtInput {
    pub decision: Decision,
}

/// What becomes of what is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DoubtDecision)]
pub enum Decision {
    /// Perhaps somebody gets it twice.
    SendAgain,
    /// Perhaps somebody never gets it. It counts as failed from then on.
    Leave,
}

impl Decision {
    #[must_use]
    pub fn is_again(self) -> bool {
        self == Self::SendAgain
    }
}

/// A mail in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedMessage {
    pub id: i64,
    /// Null for somebody who is no customer.
    pub customer_id: Option<i64>,
    /// Empty until one of a campaign was written.
    pub recipient: String,
    /// Null for those of campaigns.
    pub template: Option<String>,
    pub campaign_id: Option<i64>,
    /// Empty until it was written.
    pub subject: String,
    /// `queued`, `claimed`, `handing_over`, `sent`, `failed`, `skipped`, or `in_doubt`: nobody knows whether the mail server has it.
    pub state: String,
    /// Why it failed or was skipped: `no_consent`, `suppressed`, `refused` …
    pub why: Option<String>,
    #[schema(format = DateTime)]
    pub queued_at: Option<String>,
    #[schema(format = DateTime)]
    pub sent_at: Option<String>,
}

impl From<MailRow> for ListedMessage {
    fn from(row: MailRow) -> Self {
        Self {
            id: row.id,
            customer_id: row.customer_id,
            recipient: row.recipient,
            template: Some(row.template).filter(|_| row.campaign_id.is_none()),
            campaign_id: row.campaign_id,
            subject: row.subject,
            state: row.state,
            why: why(&row.why),
            queued_at: rfc3339(Timestamp(row.created_at)),
            sent_at: rfc3339(Timestamp(row.sent_at)),
        }
    }
}

/// Why a mail did not go, as programs read it.
#[must_use]
pub fn why(key: &str) -> Option<String> {
    Some(key.trim_start_matches("mail.why.").to_owned()).filter(|code| !code.is_empty())
}

/// A mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    pub id: i64,
    /// Null for somebody who is no customer.
    pub customer_id: Option<i64>,
    pub recipient: String,
    /// Null for those of campaigns.
    pub template: Option<String>,
    pub campaign_id: Option<i64>,
    /// As a mail in a list.
    pub state: String,
    pub why: Option<String>,
    /// What the mail server said.
    pub answer: String,
    #[schema(format = DateTime)]
    pub queued_at: Option<String>,
    #[schema(format = DateTime)]
    pub sent_at: Option<String>,
    /// Null where it cannot be written.
    pub content: Option<MessageContent>,
    /// It is shown as it was handed over, not as it would be written now.
    pub kept: bool,
    /// Something in it is not shown.
    pub secret: bool,
    pub headers: Vec<MessageHeader>,
}

/// What a mail says.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageContent {
    pub subject: String,
    /// What inboxes show beside the subject; empty where the mail is shown as it was handed over.
    pub preheader: String,
    /// A whole document.
    pub html: String,
    pub text: String,
}

impl From<RenderedMail> for MessageContent {
    fn from(mail: RenderedMail) -> Self {
        let RenderedMail { subject, preheader, html, text } = mail;
        Self { subject, preheader, html, text }
    }
}

/// A header of a mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageHeader {
    pub name: String,
    pub value: String,
}

/// Mails on a page.
const PAGE: usize = 50;

async fn list(call: &Call) -> Answer {
    let query = read(call)?;
    let mut rows = store::list(&call.state.db, &query, None, PAGE + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| more).map(|row| row.id);
    let items = rows.into_iter().map(ListedMessage::from).collect();
    Reply::ok(&PageOf { items, total: None, next: last.map(|id| call.page_after("before", id)), previous: None })
}

/// On the screen what does not read is left out; a program must not be given everything.
fn read(call: &Call) -> Answer<OutboxQuery> {
    Ok(OutboxQuery {
        text: call.short_text("q")?,
        state: call.choice("state", &STATES)?.unwrap_or_default(),
        customer: call.number("customer")?.map(CustomerId),
        campaign: call.number("campaign")?.map(CampaignId),
        template: call.short_text("template")?,
        before: call.number("before")?,
    })
}

async fn get(call: &Call) -> Answer {
    let id: i64 = call.id("id")?;
    let row = service::get(&call.state, id, None).await?;
    let view = service::open(call.viewer(), id, call.lang).await?;
    let listed = ListedMessage::from(row);
    Reply::ok(&Message {
        id,
        customer_id: listed.customer_id,
        recipient: listed.recipient,
        template: listed.template,
        campaign_id: listed.campaign_id,
        state: listed.state,
        why: listed.why,
        answer: view.answer,
        queued_at: listed.queued_at,
        sent_at: listed.sent_at,
        content: view.mail.map(MessageContent::from),
        kept: view.kept,
        secret: view.secret,
        headers: view.headers.into_iter().map(|(name, value)| MessageHeader { name, value }).collect(),
    })
}

async fn send(call: &Call, tx: &Tx) -> Answer {
    let input: MessageInput = call.body()?;
    let (customer, key) = (CustomerId(input.customer_id), call.posting_key());
    let single = Single { template: &input.template, customer, told: &input.data, topic: input.topic, key: &key };
    let id = single::queue(tx, None, &call.actor(), &call.state.settings().mail, single).await?;
    let row = store::find(tx, id.0, None).await?.ok_or(Problem::App(AppError::NotFound))?;
    Reply::created(format!("/api/messages/{id}"), &ListedMessage::from(row))
}

async fn decide(call: &Call, tx: &Tx) -> Answer {
    let (input, id): (DoubtInput, i64) = (call.body()?, call.id("id")?);
    doubt::decide(tx, None, &call.actor(), MailId(id), input.decision.is_again()).await?;
    let row = store::find(tx, id, None).await?.ok_or(Problem::App(AppError::NotFound))?;
    Reply::ok(&ListedMessage::from(row))
}
