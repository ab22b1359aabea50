//! Drafts of campaigns in the REST API: written, looked at, tested. What becomes of them is said by [`crate::messages::campaigns`].

use super::check::{Finding, Level, Place, Report};
use super::rest_input::CampaignInput;
use super::write::test_mail::{self, Test};
use super::{Counted, Found, bounded, check, copy_name, service, write};
use crate::base::CampaignId;
use crate::base::i18n::Lang;
use crate::messages::campaigns::rest::{guard, reply};
use crate::messages::campaigns::rest_shown::{AudienceCount, Campaign};
use crate::messages::campaigns::service as campaigns;
use crate::messages::campaigns::{CampaignForm, Timing, store};
use crate::messages::composer::write::TESTS_MAX;
use crate::messages::outbox::rest::ListedMessage;
use crate::messages::outbox::store as outbox;
use crate::messages::templates::Draft;
use crate::messages::templates::rest::{Preview, as_whom};
use crate::office::apikeys::Scope::{ReadMessages, SendMessages, WriteMessages};
use crate::server::Tx;
use crate::server::rest::{Answer, Call, Operation, PageOf, Problem, Reply};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let one = "/campaigns/{id}";
    vec![
        Operation::post("/campaigns", WriteMessages, "create_campaign", "Drafts a campaign", |c, tx| Box::pin(add(c, tx)))
            .about("Nothing is sent before it is started or scheduled, for which another scope is needed.")
            .takes::<CampaignInput>()
            .creates::<Campaign>(),
        Operation::put(one, WriteMessages, "replace_campaign", "Writes a draft anew", |c, tx| Box::pin(replace(c, tx)))
            .about("Drafts only: a scheduled campaign is made one by `unschedule`.")
            .takes::<CampaignInput>()
            .gives::<Campaign>()
            .guarded(),
        Operation::post("/campaigns/{id}/copy", WriteMessages, "copy_campaign", "Drafts a campaign like another one", |c, tx| {
            Box::pin(duplicate(c, tx))
        })
        .about("Whatever its state: what is written of it and whom it is for, with nothing of when it was sent and what came of it.")
        .takes::<CopyInput>()
        .creates::<Campaign>(),
        Operation::delete(one, WriteMessages, "delete_campaign", "Deletes a draft", |c, tx| Box::pin(delete(c, tx)))
            .about("Drafts only. Staff can bring it back.")
            .guarded(),
        Operation::ask(
            "/campaigns/{id}/check",
            ReadMessages,
            "check_campaign",
            "What is wrong with a campaign, and who gets it",
            |c| Box::pin(look(c)),
        )
        .about("An error is what starting it would refuse; whatever else is found is advice. Links are not opened.")
        .gives::<CampaignCheck>(),
        Operation::ask("/campaigns/{id}/preview", ReadMessages, "preview_campaign", "What a campaign looks like", |c| {
            Box::pin(preview(c))
        })
        .about("As a customer gets it, in their language, for which the key needs `customers:read` as well; filled with samples in the shop's.")
        .takes::<CampaignPreviewInput>()
        .gives::<Preview>(),
        Operation::post(
            "/campaigns/{id}/test",
            SendMessages,
            "test_campaign",
            "Sends a campaign to those who write it",
            |c, tx| Box::pin(test(c, tx)),
        )
        .about(
            "As it is written now; filled in as a customer where the key has `customers:read` as well. A test counts nowhere: in no report, for no cap, \
            on nobody's timeline.",
        )
        .takes::<CampaignTestInput>()
        .lists::<ListedMessage>(),
    ]
}

/// What a copy is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyInput {
    /// One line; null: as the other one, with “(copy)” behind it in the language of the request.
    #[schema(min_length = 1, max_length = 120, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub name: Option<String>,
}

/// As whom a campaign is looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignPreviewInput {
    /// Null: filled with samples.
    #[schema(minimum = 1)]
    pub customer_id: Option<i64>,
}

/// Where a test goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignTestInput {
    /// Email addresses.
    #[schema(min_items = 1, max_items = 5)]
    pub addresses: Vec<String>,
    /// As whom it is filled in; null: with samples.
    #[schema(minimum = 1)]
    pub customer_id: Option<i64>,
}

const _: () = assert!(TESTS_MAX == 5, "as the schema says");

/// What was found before a campaign is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignCheck {
    /// Nothing keeps it from being sent.
    pub ready: bool,
    /// The worst first.
    pub findings: Vec<CampaignFinding>,
    /// Who would get it now, step by step; null where a part of the audience cannot be read.
    pub audience: Option<AudienceCount>,
    /// What each part of the audience comes to, in its order.
    pub include: Vec<PartCount>,
    pub exclude: Vec<PartCount>,
    /// The addresses that it links to.
    pub links: Vec<String>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignFinding {
    pub level: Level,
    /// For programs: `campaign.nobody_gets_it`.
    pub code: String,
    pub detail: String,
    /// What to do about it; empty where nothing.
    pub advice: String,
    /// Where it can be put right.
    pub place: Option<Place>,
    /// What it is about, such as addresses of links.
    pub about: Vec<String>,
    /// Whom it is about, the first few.
    pub customers: Vec<i64>,
}

impl CampaignFinding {
    fn new(finding: Finding, lang: Lang) -> Self {
        Self {
            level: finding.level,
            code: finding.says.split('\u{1f}').next().unwrap_or_default().to_owned(),
            detail: lang.dynamic(&finding.says),
            advice: if finding.advice.is_empty() { String::new() } else { lang.dynamic(&finding.advice) },
            place: finding.place,
            about: finding.details,
            customers: finding.customers.into_iter().map(|(id, _)| id.0).collect(),
        }
    }
}

/// What a part of an audience comes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartCount {
    /// Null where it cannot be read.
    pub customers: Option<i64>,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

impl PartCount {
    fn new(found: Found, lang: Lang) -> Self {
        match found {
            Found::Count(customers) => Self { customers: Some(customers), problem: None },
            Found::Wrong(message) => Self { customers: None, problem: Some(lang.dynamic(&message)) },
        }
    }
}

async fn add(call: &Call, tx: &Tx) -> Answer {
    let form = call.body::<CampaignInput>()?.form(Timing::default())?;
    let id = campaigns::add(tx, None, &call.actor(), &form).await?;
    created(call, tx, id).await
}

async fn created(call: &Call, tx: &Tx, id: CampaignId) -> Answer {
    let made = reply(tx, call, id).await?;
    Ok(Reply { status: 201, ..made }.at(format!("/api/campaigns/{id}")))
}

async fn duplicate(call: &Call, tx: &Tx) -> Answer {
    let CopyInput { name } = call.body()?;
    if name.as_deref().is_some_and(|name| name.trim().is_empty()) {
        return Err(Problem::invalid("name", "campaign.name_invalid"));
    }
    let named = |other: &str| name.unwrap_or_else(|| copy_name(other, call.lang.t("composer.copy_suffix")));
    let id = service::copy(tx, None, &call.actor(), call.id("id")?, named).await?;
    created(call, tx, id).await
}

async fn replace(call: &Call, tx: &Tx) -> Answer {
    let input: CampaignInput = call.body()?;
    let id = guard(call, tx).await?;
    let before = service::hold(tx, None, id, call.zone()).await?.form;
    // What staff typed of its time is theirs.
    let form = input.form(before.timing.clone())?;
    bounded(&form)?;
    if before != form.trimmed() {
        service::write(tx, &call.actor(), id, &form).await?;
    }
    reply(tx, call, id).await
}

async fn delete(call: &Call, tx: &Tx) -> Answer {
    let id = guard(call, tx).await?;
    service::remove(tx, None, &call.actor(), id).await?;
    Ok(Reply::nothing())
}

async fn look(call: &Call) -> Answer {
    let id: CampaignId = call.id("id")?;
    let (_, form) = store::get_form(&call.state.db, id).await?;
    let Report { findings, links, .. } = check::service::report(call.viewer(), id, &form).await?;
    let scope = service::see(&call.state.db, None, id).await?;
    let counted = super::sift::count(&call.state, &form.audience, form.topic, scope.as_deref()).await?;
    let Counted { include, exclude, waterfall } = counted;
    let counts = |found: Vec<Found>| found.into_iter().map(|found| PartCount::new(found, call.lang)).collect();
    Reply::ok(&CampaignCheck {
        ready: findings.iter().all(|finding| finding.level != Level::Error),
        findings: findings.into_iter().map(|finding| CampaignFinding::new(finding, call.lang)).collect(),
        audience: waterfall.map(AudienceCount::from),
        include: counts(include),
        exclude: counts(exclude),
        links,
    })
}

/// What a campaign says, as a mail to one.
fn draft(form: CampaignForm) -> Draft {
    let text = Some(form.text).filter(|text| !text.trim().is_empty());
    Draft { layout: form.layout, subject: form.subject, preheader: form.preheader, body: form.body, text }
}

async fn preview(call: &Call) -> Answer {
    let input: CampaignPreviewInput = call.body()?;
    let db = &call.state.db;
    let (_, form) = store::get_form(db, call.id("id")?).await?;
    let customer = as_whom(call, db, input.customer_id).await?;
    let shown = write::service::preview(call.viewer(), draft(form), customer).await?;
    Reply::ok(&Preview::of(shown, call.lang)?)
}

async fn test(call: &Call, tx: &Tx) -> Answer {
    let input: CampaignTestInput = call.body()?;
    let id: CampaignId = call.id("id")?;
    let (_, form) = store::get_form(tx, id).await?;
    let recipient = as_whom(call, tx, input.customer_id).await?;
    let key = call.posting_key();
    let test = Test { id, draft: draft(form), recipient, addresses: &input.addresses, key: &key };
    let queued = test_mail::queue(tx, call.viewer(), &call.actor(), test).await?;
    let mut items = Vec::with_capacity(queued.len());
    for id in queued {
        let row = outbox::find(tx, id.0, None).await?;
        items.push(ListedMessage::from(row.ok_or(Problem::App(crate::base::AppError::NotFound))?));
    }
    Reply::ok(&PageOf::whole(items))
}
