//! How campaigns, their recipients and their results are written in the REST API.

use super::report::LinkFigures;
use super::{CampaignForm, CampaignMail, CampaignState, CampaignView, Progress, Schedule, TestView, Waterfall};
use crate::messages::composer::rest_input::{AudienceOf, SubjectTestOf};
use crate::messages::outbox::rest::why;
use crate::messages::suppression::Topic;
use crate::messages::templates::Layout;
use crate::server::rest::{Amount, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

/// A campaign in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedCampaign {
    pub id: i64,
    pub name: String,
    pub topic: Topic,
    pub subject: String,
    pub state: CampaignState,
    /// How many of its audience get it, as far as they have been written down.
    pub recipients: i64,
    #[schema(format = DateTime)]
    pub scheduled_at: Option<String>,
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    #[schema(format = DateTime)]
    pub finished_at: Option<String>,
    /// When it was written last, or its state changed.
    #[schema(format = DateTime)]
    pub changed_at: Option<String>,
    /// Goes up with every change.
    pub version: i64,
}

impl From<CampaignView> for ListedCampaign {
    fn from(view: CampaignView) -> Self {
        Self {
            id: view.id.0,
            name: view.name,
            topic: view.topic,
            subject: view.subject,
            state: view.state,
            recipients: view.waterfall.gets_it,
            scheduled_at: view.scheduled.and_then(|moment| rfc3339(moment.at)),
            started_at: view.started.and_then(|moment| rfc3339(moment.at)),
            finished_at: view.finished.and_then(|moment| rfc3339(moment.at)),
            changed_at: rfc3339(view.changed.at),
            version: view.version,
        }
    }
}

/// A campaign: what is written, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Campaign {
    pub id: i64,
    pub name: String,
    pub topic: Topic,
    pub state: CampaignState,
    /// Why the program paused it: `refused`, the mail server refused one mail after the other; null where it did not.
    pub paused_why: Option<String>,
    pub subject: String,
    pub preheader: String,
    pub layout: Layout,
    pub body: String,
    /// Null: made from the body.
    pub text: Option<String>,
    pub audience: AudienceOf,
    /// Null: everybody gets `subject`.
    pub subject_test: Option<SubjectTestOf>,
    /// When it begins; null where it is not scheduled.
    #[schema(format = DateTime)]
    pub scheduled_at: Option<String>,
    /// The time that each recipient's clocks show, where it goes by those.
    pub recipients_time: Option<LocalTime>,
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    #[schema(format = DateTime)]
    pub finished_at: Option<String>,
    /// When it was written last, or its state changed.
    #[schema(format = DateTime)]
    pub changed_at: Option<String>,
    /// Who of the staff began it; null for programs.
    pub created_by: Option<String>,
    /// What became of its audience, as far as it has been written down.
    pub counts: AudienceCount,
    /// The whole audience has been written down.
    pub frozen: bool,
    pub progress: CampaignProgress,
    /// Goes up with every change.
    pub version: i64,
}

impl Campaign {
    #[must_use]
    pub fn new(view: CampaignView, form: CampaignForm) -> Self {
        let (counts, frozen, progress) = (view.waterfall.into(), view.frozen, view.progress.into());
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (paused_why, created_by) = (filled(view.paused_why.trim_start_matches("campaign.paused.")), filled(&view.by));
        let recipients_time = view.own_zones.map(LocalTime::from);
        let listed = ListedCampaign::from(view);
        Self {
            id: listed.id,
            name: listed.name,
            topic: listed.topic,
            state: listed.state,
            paused_why,
            subject: listed.subject,
            preheader: form.preheader,
            layout: form.layout,
            body: form.body,
            text: filled(&form.text),
            audience: form.audience.into(),
            subject_test: form.test.is_on().then(|| form.test.into()),
            scheduled_at: listed.scheduled_at,
            recipients_time,
            started_at: listed.started_at,
            finished_at: listed.finished_at,
            changed_at: listed.changed_at,
            created_by,
            counts,
            frozen,
            progress,
            version: listed.version,
        }
    }
}

/// A time as clocks show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocalTime {
    #[schema(format = Date)]
    pub day: String,
    /// `09:30`.
    pub time: String,
}

impl From<Schedule> for LocalTime {
    fn from(at: Schedule) -> Self {
        Self { day: at.day.iso(), time: format!("{:02}:{:02}", at.minute / 60, at.minute % 60) }
    }
}

/// An audience, step by step: each of the matched is counted for the first reason that holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct AudienceCount {
    pub matched: i64,
    /// Did not agree to advertising by email, or declined the topic.
    pub no_consent: i64,
    /// On the list of addresses that get none; blocked customers are with them.
    pub suppressed: i64,
    /// Got as many as the settings allow.
    pub capped: i64,
    pub no_address: i64,
    pub gets_it: i64,
}

impl From<Waterfall> for AudienceCount {
    fn from(waterfall: Waterfall) -> Self {
        let Waterfall { matched, no_consent, suppressed, capped, no_address, gets_it } = waterfall;
        Self { matched, no_consent, suppressed, capped, no_address, gets_it }
    }
}

/// How far a campaign is, in mails.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignProgress {
    pub queued: i64,
    /// Being handed over at this moment.
    pub handing_over: i64,
    pub sent: i64,
    pub failed: i64,
    pub skipped: i64,
    /// Nobody knows whether the mail server has it; not sent again unless staff say so.
    pub in_doubt: i64,
}

impl From<Progress> for CampaignProgress {
    fn from(progress: Progress) -> Self {
        let Progress { queued, handing_over, sent, failed, skipped, in_doubt } = progress;
        Self { queued, handing_over, sent, failed, skipped, in_doubt }
    }
}

/// What came of a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignReport {
    /// Mails that the mail server took, and of these those that arrived, as far as one knows.
    pub sent: i64,
    pub delivered: i64,
    /// Those that came back.
    pub bounced: i64,
    /// Recipients who opened or clicked.
    pub opened: i64,
    /// Recipients in whose mail only machines did.
    pub machines: i64,
    pub clicked: i64,
    pub unsubscribed: i64,
    pub complained: i64,
    /// Completed orders that it led to.
    pub orders: i64,
    /// What was paid for them, less refunds and gift cards, in the base currency.
    pub revenue: Amount,
    /// An order counts for so many days after the click.
    pub attribution_days: u16,
    /// Whether an open counts as well, where nobody clicked.
    pub attributes_opens: bool,
    /// Whether opens and clicks are followed now.
    pub follows: bool,
    pub links: Vec<CampaignLink>,
    pub subject_test: Option<SubjectTestReport>,
}

/// A link of a campaign, and who followed it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignLink {
    /// As it was written: it may have variables in it.
    pub target: String,
    pub recipients: i64,
    /// All of theirs together.
    pub clicks: i64,
    pub machine_clicks: i64,
}

impl From<LinkFigures> for CampaignLink {
    fn from(link: LinkFigures) -> Self {
        let LinkFigures { target, people, clicks, machine_clicks } = link;
        Self { target, recipients: people, clicks, machine_clicks }
    }
}

/// How the subjects of a test did, in the sample.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectTestReport {
    pub subjects: Vec<SubjectFigures>,
    /// The index of the subject that the rest gets; null while nobody knows.
    pub winner: Option<usize>,
    /// `opens`, `clicks`, `hand`, or `nothing`: nobody did anything, so it is the first; null while nobody knows.
    pub why: Option<String>,
    /// When it is decided.
    #[schema(format = DateTime)]
    pub decides_at: Option<String>,
    /// When the rest gets it once it is decided, where that goes by each recipient's clocks.
    pub rest_time: Option<LocalTime>,
}

/// What came of a subject.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectFigures {
    pub subject: String,
    pub sent: i64,
    pub opened: i64,
    pub clicked: i64,
}

impl From<TestView> for SubjectTestReport {
    fn from(test: TestView) -> Self {
        let mut tallies = test.tallies.into_iter();
        let figures = |subject| {
            let tally = tallies.next().unwrap_or_default();
            SubjectFigures { subject, sent: tally.sent, opened: tally.opened, clicked: tally.clicked }
        };
        Self {
            subjects: test.subjects.into_iter().map(figures).collect(),
            winner: test.winner,
            why: Some(test.why).filter(|why| !why.is_empty()),
            decides_at: test.decides.and_then(|moment| rfc3339(moment.at)),
            rest_time: test.rest.map(LocalTime::from),
        }
    }
}

/// One of those whom a campaign goes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignRecipient {
    /// The mail: `/api/messages/{id}`.
    pub message_id: i64,
    pub customer_id: i64,
    pub name: String,
    pub email: String,
    /// `queued`, `handing_over`, `sent`, `failed`, `skipped`, or `in_doubt`: nobody knows whether the mail server has it.
    pub state: String,
    /// Why it failed or was skipped: `capped`, `refused` …
    pub why: Option<String>,
    /// What the mail server said.
    pub answer: String,
    /// When it was handed over last.
    #[schema(format = DateTime)]
    pub handed_at: Option<String>,
    /// The index of its subject, where subjects are tested.
    pub subject: usize,
    /// How often the mail was opened and its links were followed, machines not counted.
    pub opens: i64,
    pub clicks: i64,
}

impl From<CampaignMail> for CampaignRecipient {
    fn from(mail: CampaignMail) -> Self {
        Self {
            message_id: mail.id.0,
            customer_id: mail.customer.0,
            name: mail.name,
            email: mail.email,
            state: mail.state,
            why: why(&mail.why),
            answer: mail.answer,
            handed_at: mail.handed.and_then(|moment| rfc3339(moment.at)),
            subject: mail.variant,
            opens: mail.opens,
            clicks: mail.clicks,
        }
    }
}
