//! What a campaign is.

use super::subject_test::{SubjectTest, TestView, WinnerRule};
use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use crate::base::{CampaignId, CustomerId, Day, GroupId, MailId, Moment, Timestamp};
use crate::messages::suppression::Topic;
use crate::messages::templates::{Layout, Purpose, Source};
use serde::{Deserialize, Serialize};

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    Draft,
    Scheduled,
    Sending,
    Paused,
    Sent,
    Cancelled,
}

impl CampaignState {
    pub const ALL: [Self; 6] = [Self::Draft, Self::Scheduled, Self::Sending, Self::Paused, Self::Sent, Self::Cancelled];

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Sending => "sending",
            Self::Paused => "paused",
            Self::Sent => "sent",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Sent | Self::Cancelled)
    }
}

/// Some customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Everybody,
    Chosen(Vec<CustomerId>),
    Group(GroupId),
    /// The key of a segment.
    Segment(String),
    /// A rule as people write it.
    Rule(String),
}

/// Whom a campaign is for: everybody of any of `include`, without those of any of `exclude`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    pub include: Vec<Part>,
    pub exclude: Vec<Part>,
}

/// What becomes of a customer of an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Did not agree to advertising by email, or declined the topic.
    NoConsent,
    /// On the list of addresses that get none, or blocked.
    Suppressed,
    /// Got as many as the settings allow.
    Capped,
    NoAddress,
    GetsIt,
}

impl Fate {
    /// The first of the first four that holds is a customer's fate.
    pub const ALL: [Self; 5] = [Self::NoConsent, Self::Suppressed, Self::Capped, Self::NoAddress, Self::GetsIt];
}

/// How many of the matched are left out, for the first reason that holds, and how many get the mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waterfall {
    pub matched: i64,
    /// Without consent to advertising by email, or not to this topic.
    pub no_consent: i64,
    /// On the list of addresses that get none; blocked customers are with them.
    pub suppressed: i64,
    /// Got as many as the settings allow.
    pub capped: i64,
    pub no_address: i64,
    pub gets_it: i64,
}

impl Waterfall {
    /// How many have a fate.
    #[must_use]
    pub fn of(&self, fate: Fate) -> i64 {
        match fate {
            Fate::NoConsent => self.no_consent,
            Fate::Suppressed => self.suppressed,
            Fate::Capped => self.capped,
            Fate::NoAddress => self.no_address,
            Fate::GetsIt => self.gets_it,
        }
    }

    /// Counts some more of a fate.
    pub fn add(&mut self, fate: Fate, count: i64) {
        self.matched += count;
        *match fate {
            Fate::NoConsent => &mut self.no_consent,
            Fate::Suppressed => &mut self.suppressed,
            Fate::Capped => &mut self.capped,
            Fate::NoAddress => &mut self.no_address,
            Fate::GetsIt => &mut self.gets_it,
        } += count;
    }
}

/// What is written of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignForm {
    pub name: String,
    pub topic: Topic,
    pub subject: String,
    /// What inboxes show beside the subject.
    pub preheader: String,
    pub layout: Layout,
    /// HTML with variables, without the frame that the layout brings.
    pub body: String,
    /// Plain text; empty: made from the body.
    pub text: String,
    pub audience: Audience,
    /// Subjects to try beside this one.
    #[serde(default)]
    pub test: SubjectTest,
    #[serde(default)]
    pub timing: Timing,
}

/// When a draft is to be sent, as it is typed: it counts only once it is sent or scheduled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    pub when: When,
    /// `2026-12-24`, or nothing yet.
    pub day: String,
    /// `09:30`.
    pub time: String,
}

/// By whose clocks a campaign goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    #[default]
    Now,
    Shop,
    /// Each recipient's own.
    Own,
}

impl Default for Timing {
    fn default() -> Self {
        Self { when: When::Now, day: String::new(), time: "09:00".into() }
    }
}

impl CampaignForm {
    /// As it is kept: its lines without space around them.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let line = |text: &String| text.trim().to_owned();
        let (name, subject, preheader) = (line(&self.name), line(&self.subject), line(&self.preheader));
        Self { name, subject, preheader, ..self.clone() }
    }

    /// As a template.
    #[must_use]
    pub fn source(&self) -> Source {
        Source {
            subject_matter: "campaign".into(),
            purpose: Purpose::Marketing,
            layout: self.layout,
            subject: self.subject.trim().to_owned(),
            preheader: self.preheader.trim().to_owned(),
            body: self.body.clone(),
            text: Some(self.text.clone()).filter(|text| !text.trim().is_empty()),
        }
    }
}

/// When a campaign is sent: clocks show `minute` minutes after midnight of `day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    pub day: Day,
    pub minute: u16,
    /// Each recipient's clocks rather than the shop's.
    #[serde(default)]
    pub own_zones: bool,
}

impl Schedule {
    /// When the rest of a test of subjects gets it whose sample gets it now: on the next day, and so much later.
    #[must_use]
    pub fn of_rest(self, later: i64) -> Self {
        let days = i32::try_from(later / Timestamp::DAY).unwrap_or(0);
        Self { day: Day(self.day.0 + 1 + days), ..self }
    }
}

/// What sending would come to: whom it reaches and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendPlan {
    pub waterfall: Waterfall,
    /// The first and the last mail, as the shop's clocks show it; none where it is sent now.
    pub span: Option<(Moment, Moment)>,
    /// Recipients whose clocks are past the time already: they get it at once.
    pub at_once: i64,
    /// When the time has come for the first, by each recipient's clocks, also where that is over.
    pub earliest: Option<Timestamp>,
}

impl SendPlan {
    /// The day on which the rest of a test of subjects gets it by each recipient's clocks, if the sample leaves in time: the first on which nobody's
    /// clocks have passed the time when the winner is known. `None` where somebody chooses the winner.
    #[must_use]
    pub fn rest_day(&self, sample: Schedule, test: &SubjectTest) -> Option<Day> {
        let ((_, last), earliest) = (self.span?, self.earliest?);
        if !sample.own_zones || !test.is_on() || test.rule == WinnerRule::Hand {
            return None;
        }
        let known = last.at.plus(i64::from(test.wait_hours) * Timestamp::HOUR);
        let days = (1..).find(|days| earliest.plus(days * Timestamp::DAY) >= known)?;
        Some(Day(sample.day.0 + i32::try_from(days).ok()?))
    }
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Waiting, also those that a worker has claimed.
    pub queued: i64,
    /// Being handed over at this moment.
    pub handing_over: i64,
    pub sent: i64,
    pub failed: i64,
    pub skipped: i64,
    pub in_doubt: i64,
}

/// A campaign as its page and the list show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignView {
    pub id: CampaignId,
    pub version: i64,
    pub name: String,
    pub topic: Topic,
    pub subject: String,
    pub state: CampaignState,
    /// A key of the texts: why the program paused it.
    pub paused_why: String,
    /// Everybody who gets it has been written down.
    pub frozen: bool,
    pub waterfall: Waterfall,
    pub progress: Progress,
    /// Another number whenever recipients did something.
    pub pulse: i64,
    pub scheduled: Option<Moment>,
    /// The time that each recipient's clocks show when it is sent, where it goes by those.
    pub own_zones: Option<Schedule>,
    pub test: Option<TestView>,
    pub started: Option<Moment>,
    pub finished: Option<Moment>,
    /// When a draft was written last, or its state changed.
    pub changed: Moment,
    pub by: String,
}

/// Which campaigns are wanted: the state of the list's URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignQuery {
    /// Found in the name and the subject.
    pub text: String,
    pub state: Option<CampaignState>,
    /// Only those older than this one.
    pub before: Option<CampaignId>,
}

/// Nothing longer is worth looking for.
const LONGEST_TEXT: usize = 100;

impl CampaignQuery {
    /// Reads a URL's query; what cannot be is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "q" => read.text = truncate(value.trim(), LONGEST_TEXT).to_owned(),
                "state" => read.state = CampaignState::parse(&value),
                "before" => read.before = value.parse().ok().filter(|id: &CampaignId| id.0 > 0),
                _ => {}
            }
        }
        read
    }

    /// Writes it as a URL's query.
    #[must_use]
    pub fn write(&self) -> String {
        let mut writer = QueryWriter::default();
        writer.push("q", &self.text);
        writer.push("state", self.state.map_or("", CampaignState::code));
        if let Some(before) = self.before {
            writer.push("before", &before.to_string());
        }
        writer.finish()
    }

    /// The query of the first page of what a form says.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self { before: None, ..Self::parse(query) }.write()
    }

    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.text.is_empty() || self.state.is_some()
    }
}

/// A page of campaigns, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignPage {
    pub rows: Vec<CampaignView>,
    /// Whether older ones follow.
    pub more: bool,
}

/// What a person does with a campaign under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    Pause,
    Resume,
    /// What has not left yet never does. A scheduled one is ended, too.
    Cancel,
    /// A scheduled one is a draft again.
    Unschedule,
}

/// Which mails of a campaign are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailQuery {
    /// `queued`, `sent`, `failed`, `skipped`, `in_doubt`, or what their recipients did: `opened`, `clicked`, `machine`, `unsubscribed`,
    /// `bounced`, `complained`, `ordered`; empty for all.
    pub state: String,
    /// What an address begins with.
    pub search: String,
    /// Only those after this one.
    pub after: Option<MailId>,
}

/// A mail of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignMail {
    pub id: MailId,
    pub customer: CustomerId,
    pub name: String,
    pub email: String,
    /// As the database writes it; `queued` for those that a worker has claimed, too.
    pub state: String,
    /// A key of the texts: why it failed or was skipped; empty where neither.
    pub why: String,
    /// What the mail server said.
    pub answer: String,
    /// When it was handed over last.
    pub handed: Option<Moment>,
    /// Which subject it has: 0 is A.
    pub variant: usize,
    /// How often its recipient opened it and followed a link of it.
    pub opens: i64,
    pub clicks: i64,
}

/// A page of the mails of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignMails {
    pub mails: Vec<CampaignMail>,
    pub more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_round_trip() {
        let query = CampaignQuery { text: "spring & co".into(), state: Some(CampaignState::Draft), before: Some(CampaignId(7)) };
        assert_eq!(CampaignQuery::parse(&query.write()), query);
        assert_eq!(CampaignQuery::parse("state=nonsense&before=-1&q="), CampaignQuery::default());
        assert_eq!(CampaignQuery::canonical("q=+a&state=sent&before=9"), "q=a&state=sent");
    }

    #[test]
    fn the_rest_of_a_test_waits_for_the_first_day_behind_the_winner() {
        let moment = |hours: i64| Moment { at: Timestamp(0).plus(hours * Timestamp::HOUR), day: Day(0), minute: 0 };
        let sample = Schedule { day: Day(100), minute: 540, own_zones: true };
        let day = |first: i64, last: i64, wait_hours: u16| {
            let span = Some((moment(first.max(0)), moment(last)));
            let plan = SendPlan { waterfall: Waterfall::default(), span, at_once: 0, earliest: Some(moment(first).at) };
            plan.rest_day(sample, &SubjectTest { others: vec!["B".into()], wait_hours, ..SubjectTest::default() })
                .map(|day| day.0 - 100)
        };
        // One zone; Europe; all of the earth, of which the east is over already.
        assert_eq!([day(0, 0, 4), day(0, 0, 24), day(0, 0, 25)], [Some(1), Some(1), Some(2)]);
        assert_eq!([day(0, 3, 4), day(0, 3, 22)], [Some(1), Some(2)]);
        assert_eq!([day(-2, 24, 4), day(-2, 24, 23)], [Some(2), Some(3)]);
        let hand = SubjectTest { others: vec!["B".into()], rule: WinnerRule::Hand, ..SubjectTest::default() };
        let plan = SendPlan { waterfall: Waterfall::default(), span: None, at_once: 0, earliest: None };
        assert_eq!(plan.rest_day(sample, &hand), None);
        assert_eq!(sample.of_rest(2 * Timestamp::DAY).day, Day(103));
    }
}
