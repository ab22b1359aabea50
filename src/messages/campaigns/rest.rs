//! Campaigns in the REST API: as they stand, sending them, what came of them. Drafts are written in [`crate::messages::composer`].

use super::report::{Figures, Report};
use super::rest_shown::{Campaign, CampaignLink, CampaignRecipient, CampaignReport, ListedCampaign, SubjectTestReport};
use super::subject_test::MOST_OTHERS;
use super::{CampaignQuery, CampaignState, MailQuery, Move, Schedule, figures, plan, service, store, trial};
use crate::base::{AppError, CampaignId, MailId};
use crate::messages::composer::rest_input::of_test;
use crate::messages::outbox::rest::DoubtInput;
use crate::office::apikeys::Scope::{ReadMessages, SendMessages};
use crate::server::rest::{Answer, Call, Kind, Operation, PageOf, Param, Problem, Reply, day, edition_tag};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let one = "/campaigns/{id}";
    vec![
        Operation::get("/campaigns", ReadMessages, "list_campaigns", "Campaigns, the newest first", |c| Box::pin(list(c)))
            .query(PARAMS)
            .lists::<ListedCampaign>(),
        Operation::get(one, ReadMessages, "get_campaign", "A campaign and how far it is", |c| Box::pin(get(c))).gives::<Campaign>(),
        Operation::post_seen(
            "/campaigns/{id}/start",
            SendMessages,
            "start_campaign",
            "Sends a campaign now",
            |c| Box::pin(look(c)),
            |c, tx, seen| Box::pin(start(c, tx, seen)),
        )
        .about(
            "A draft, or one that was scheduled. Refused for everything that `check` calls an error, such as an audience of which \
            nobody gets it. Nobody gets it twice, however often this is asked.",
        )
        .gives::<Campaign>()
        .guarded(),
        Operation::post_seen(
            "/campaigns/{id}/schedule",
            SendMessages,
            "schedule_campaign",
            "Sends a campaign at a time",
            |c| Box::pin(look_ahead(c)),
            |c, tx, seen| Box::pin(schedule(c, tx, seen)),
        )
        .about("By the shop's clocks, or by each recipient's. Whom it goes to is settled when it begins.")
        .takes::<ScheduleInput>()
        .gives::<Campaign>()
        .guarded(),
        moving("/campaigns/{id}/unschedule", "unschedule_campaign", "Makes a scheduled campaign a draft again", |c, tx| {
            Box::pin(step(c, tx, Move::Unschedule))
        }),
        moving("/campaigns/{id}/pause", "pause_campaign", "Pauses a campaign", |c, tx| Box::pin(step(c, tx, Move::Pause)))
            .about("From the next mail on; what is being handed over at this moment still leaves."),
        moving("/campaigns/{id}/resume", "resume_campaign", "Goes on with a campaign", |c, tx| Box::pin(step(c, tx, Move::Resume))),
        moving("/campaigns/{id}/cancel", "cancel_campaign", "Ends a campaign", |c, tx| Box::pin(step(c, tx, Move::Cancel)))
            .about("What has not left yet never does. A scheduled one is ended, too."),
        moving("/campaigns/{id}/winner", "choose_winner", "Chooses the subject that the rest of a campaign gets", |c, tx| {
            Box::pin(choose(c, tx))
        })
        .about("Of a campaign that tries subjects and is being sent or paused; also before the waiting time is over, but only once.")
        .takes::<WinnerInput>(),
        moving("/campaigns/{id}/doubts", "decide_doubts", "Decides about a campaign's mails in doubt", |c, tx| Box::pin(decide(c, tx)))
            .about(
                "Nobody knows whether the mail server has them. All of them at once; `POST /api/messages/{id}/doubt` decides about one. Where there is \
                none, nothing is changed.",
            )
            .takes::<DoubtInput>(),
        Operation::get("/campaigns/{id}/report", ReadMessages, "get_campaign_report", "What came of a campaign", |c| {
            Box::pin(report(c))
        })
        .about("Recipients are counted, each once.")
        .gives::<CampaignReport>(),
        Operation::get("/campaigns/{id}/recipients", ReadMessages, "list_recipients", "Who got a campaign, when, or why not", |c| {
            Box::pin(recipients(c))
        })
        .query(RECIPIENT_PARAMS)
        .lists::<CampaignRecipient>(),
    ]
}

fn moving(path: &'static str, name: &'static str, summary: &'static str, run: crate::server::rest::Write) -> Operation {
    Operation::post(path, SendMessages, name, summary, run).gives::<Campaign>().guarded()
}

const fn param(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, kind, about }
}

const STATES: &[&str] = &["draft", "scheduled", "sending", "paused", "sent", "cancelled"];

const PARAMS: &[Param] = &[
    param("q", Kind::Text, "Found in the name and the subject"),
    param("state", Kind::Choice(STATES), "In this state"),
    param("before", Kind::Integer, "Older than the campaign with this id: follow `next`"),
];

const DID: &[&str] = &[
    "queued",
    "sent",
    "failed",
    "skipped",
    "in_doubt",
    "opened",
    "clicked",
    "machine",
    "unsubscribed",
    "bounced",
    "complained",
    "ordered",
];

const RECIPIENT_PARAMS: &[Param] = &[
    param("q", Kind::Text, "What the address begins with"),
    param(
        "state",
        Kind::Choice(DID),
        "Whose mail is in this state, or who did this; `machine`: in whose mail only machines opened something",
    ),
    param("after", Kind::Integer, "Behind the mail with this id: follow `next`"),
];

/// When a campaign is sent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleInput {
    #[schema(format = Date)]
    pub day: String,
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "09:30")]
    pub time: String,
    #[serde(default)]
    pub clocks: Clocks,
}

/// Whose clocks show the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clocks {
    #[default]
    Shop,
    /// Each recipient's. The sample of a test of subjects gets it then, the rest at the same time on the first day on which the winner is known.
    Recipient,
}

/// Which subject wins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WinnerInput {
    /// Its index, as in the report: 0 is the campaign's own.
    #[schema(minimum = 0, maximum = 3)]
    pub subject: usize,
}

const _: () = assert!(MOST_OTHERS == 3, "as the schema says");

impl ScheduleInput {
    fn schedule(&self) -> Answer<Schedule> {
        let minute = minute(&self.time).ok_or_else(|| Problem::invalid("time", "api.time_invalid"))?;
        Ok(Schedule { day: day("day", &self.day)?, minute, own_zones: self.clocks == Clocks::Recipient })
    }
}

/// `09:30` in minutes after midnight.
fn minute(text: &str) -> Option<u16> {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|letter| letter.is_ascii_digit());
    let (hour, minute) = text.split_once(':').filter(|(hour, minute)| digits(hour) && digits(minute))?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

async fn list(call: &Call) -> Answer {
    let state = call.choice("state", STATES)?.and_then(|code| CampaignState::parse(&code));
    let query = CampaignQuery { text: call.short_text("q")?, state, before: call.number("before")?.map(CampaignId) };
    let page = store::list(&call.state.db, &query, None, call.zone()).await?;
    let last = page.rows.last().filter(|_| page.more).map(|row| row.id.0);
    Reply::ok(&PageOf {
        items: page.rows.into_iter().map(ListedCampaign::from).collect(),
        total: None,
        next: last.map(|id| call.page_after("before", id)),
        previous: None,
    })
}

async fn get(call: &Call) -> Answer {
    reply(&call.state.db, call, call.id("id")?).await
}

/// A campaign as it is now, with its tag.
pub(in crate::messages) async fn reply(q: &impl Query, call: &Call, id: CampaignId) -> Answer {
    let view = store::get_view(q, id, call.zone()).await?;
    let (_, form) = store::get_form(q, id).await?;
    let campaign = Campaign::new(view, form);
    Ok(Reply::ok(&campaign)?.tagged(tag(id, campaign.version, &campaign)))
}

/// What is edited is the version's; mails that leave meanwhile are no edit.
fn tag(id: CampaignId, version: i64, shown: &impl Serialize) -> String {
    edition_tag(&(id, version), shown)
}

/// The campaign of the path, locked, as `If-Match` wants it.
pub(in crate::messages) async fn guard(call: &Call, tx: &Tx) -> Answer<CampaignId> {
    let id: CampaignId = call.id("id")?;
    store::lock(tx, id).await?;
    call.expect_edition(&tag(id, store::get_form(tx, id).await?.0, &()))?;
    Ok(id)
}

async fn look(call: &Call) -> Answer<i64> {
    service::ready(call.viewer(), call.id("id")?).await.map_err(|error| of_test(error.into()))
}

async fn start(call: &Call, tx: &Tx, seen: i64) -> Answer {
    let id = guard(call, tx).await?;
    service::launch(tx, &call.actor(), id, seen).await?;
    call.job_added();
    reply(tx, call, id).await
}

/// The time is that of the request, so it names what is wrong with it before anybody asks for the audience.
async fn look_ahead(call: &Call) -> Answer<i64> {
    let schedule = call.body::<ScheduleInput>()?.schedule()?;
    plan::start(&call.state, schedule, call.now).map_err(of_time)?;
    look(call).await
}

async fn schedule(call: &Call, tx: &Tx, seen: i64) -> Answer {
    let schedule = call.body::<ScheduleInput>()?.schedule()?;
    let id = guard(call, tx).await?;
    service::set_time(tx, &call.state, &call.actor(), id, schedule, seen).await.map_err(of_time)?;
    reply(tx, call, id).await
}

/// What is wrong with a schedule, by the field of the body.
fn of_time(error: AppError) -> Problem {
    Problem::from(error).renamed("schedule", "day")
}

async fn step(call: &Call, tx: &Tx, to: Move) -> Answer {
    let id = guard(call, tx).await?;
    service::move_on(tx, None, &call.actor(), id, to).await?;
    reply(tx, call, id).await
}

async fn choose(call: &Call, tx: &Tx) -> Answer {
    let input: WinnerInput = call.body()?;
    let id = guard(call, tx).await?;
    let chosen = trial::settle(tx, &call.actor(), id, input.subject).await;
    chosen.map_err(|error| Problem::from(error).renamed("winner", "subject"))?;
    reply(tx, call, id).await
}

async fn decide(call: &Call, tx: &Tx) -> Answer {
    let input: DoubtInput = call.body()?;
    let id = guard(call, tx).await?;
    service::settle_doubts(tx, &call.actor(), id, input.decision.is_again()).await?;
    reply(tx, call, id).await
}

async fn report(call: &Call) -> Answer {
    let Report { figures, revenue, links, test, follows, days, opens_count } =
        figures::report(call.viewer(), call.id("id")?).await?;
    let Figures { sent, bounced, opened, machines, clicked, unsubscribed, complained, orders, .. } = figures;
    Reply::ok(&CampaignReport {
        sent,
        delivered: figures.delivered(),
        bounced,
        opened,
        machines,
        clicked,
        unsubscribed,
        complained,
        orders,
        revenue: revenue.into(),
        attribution_days: days,
        attributes_opens: opens_count,
        follows,
        links: links.into_iter().map(CampaignLink::from).collect(),
        subject_test: test.map(SubjectTestReport::from),
    })
}

async fn recipients(call: &Call) -> Answer {
    let (db, id): (_, CampaignId) = (&call.state.db, call.id("id")?);
    store::get_brief(db, id).await?;
    let query = MailQuery {
        state: call.choice("state", DID)?.unwrap_or_default(),
        search: call.short_text("q")?,
        after: call.number("after")?.map(MailId),
    };
    let page = store::list_mails(db, id, &query, None, store::PAGE, call.zone()).await?;
    let last = page.mails.last().filter(|_| page.more).map(|mail| mail.id.0);
    Reply::ok(&PageOf {
        items: page.mails.into_iter().map(CampaignRecipient::from).collect(),
        total: None,
        next: last.map(|id| call.page_after("after", id)),
        previous: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_are_all_of_them() {
        assert_eq!(CampaignState::ALL.map(CampaignState::code), STATES);
    }

    #[test]
    fn times_are_read_strictly() {
        assert_eq!((minute("00:00"), minute("09:30"), minute("23:59")), (Some(0), Some(570), Some(1_439)));
        for wrong in ["9:30", "24:00", "12:60", "+9:30", "09:30:00", "09.30", "", "٠٩:٣٠"] {
            assert_eq!(minute(wrong), None, "{wrong}");
        }
    }
}
