//! Trying several subjects on a sample before the rest gets the best one: what is tried, who gets which, which one wins.

use super::Schedule;
use crate::base::{AppError, AppResult, CampaignId, CustomerId, Moment};
use serde::{Deserialize, Serialize};

/// Subjects beside the campaign's own one: more would each be seen by too few.
pub const MOST_OTHERS: usize = 3;
/// Under this there is no sample to speak of, and over that hardly anybody is left for the winner.
const SHARES: std::ops::RangeInclusive<u8> = 1..=90;
/// From an hour to a week: news does not keep for longer.
pub const HOURS: std::ops::RangeInclusive<u16> = 1..=168;
/// Bytes; no inbox shows as much.
const LONGEST: usize = 2_000;

/// By what the winner is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WinnerRule {
    /// Most recipients who opened it, machines not counted.
    #[default]
    Opens,
    /// Most recipients who clicked, machines not counted.
    Clicks,
    /// Somebody chooses; the rest waits for that.
    Hand,
}

impl WinnerRule {
    pub const ALL: [Self; 3] = [Self::Opens, Self::Clicks, Self::Hand];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::Clicks => "clicks",
            Self::Hand => "hand",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code() == code)
    }
}

/// What is tried: the campaign's own subject is A, `others` are B to D. Without others nothing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubjectTest {
    pub others: Vec<String>,
    /// Per cent of the recipients who are in the sample.
    pub share: u8,
    /// How long one waits for opens and clicks after the last mail of the sample has left.
    pub wait_hours: u16,
    pub rule: WinnerRule,
}

impl Default for SubjectTest {
    fn default() -> Self {
        // A fifth shows a difference of some per cent among ten thousand; most opens come within four hours.
        Self { others: Vec::new(), share: 20, wait_hours: 4, rule: WinnerRule::Opens }
    }
}

impl SubjectTest {
    /// Whether there is more than one subject.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.others.is_empty()
    }

    /// How many subjects there are, the campaign's own included.
    #[must_use]
    pub fn subjects(&self) -> usize {
        self.others.len() + 1
    }

    /// What is kept of a draft must be bounded, finished or not.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the field that is not.
    pub fn check_bounds(&self) -> AppResult<()> {
        if self.others.len() > MOST_OTHERS || self.others.iter().any(|subject| subject.len() > LONGEST) {
            return Err(AppError::invalid("others", "campaign.test.too_many"));
        }
        Ok(())
    }

    /// What is sent must be a test that can end. That the subjects are templates that work is checked elsewhere.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the first field that cannot be.
    pub fn check(&self) -> AppResult<()> {
        self.check_bounds()?;
        if !self.is_on() {
            return Ok(());
        }
        if self.others.iter().any(|subject| subject.trim().is_empty()) {
            return Err(AppError::invalid("others", "campaign.test.empty"));
        }
        if !SHARES.contains(&self.share) {
            return Err(AppError::invalid("share", "campaign.test.share"));
        }
        if !HOURS.contains(&self.wait_hours) && self.rule != WinnerRule::Hand {
            return Err(AppError::invalid("wait_hours", "campaign.test.wait"));
        }
        Ok(())
    }

    /// Which subject a customer gets: 0 is A; `None` for whoever waits for the winner. Always the same for a campaign and a customer, so it does
    /// not matter how often, or where, an audience is frozen.
    #[must_use]
    pub fn assign(&self, campaign: CampaignId, customer: CustomerId) -> Option<i64> {
        if !self.is_on() {
            return Some(0);
        }
        let number = scatter(scatter(campaign.0.unsigned_abs()) ^ customer.0.unsigned_abs());
        // Two independent parts of the number: whether, and which.
        let (whether, which) = ((number >> 32) % 100, number & 0xffff_ffff);
        let subjects = self.subjects() as u64;
        (whether < u64::from(self.share)).then(|| i64::try_from(which % subjects).unwrap_or(0))
    }
}

/// SplitMix64's last step (Steele, Lea, Flood 2014): each bit of the result depends on each bit of the number.
fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What came of one subject in the sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Mails that the mail server took.
    pub sent: i64,
    /// Recipients who opened or clicked, and who clicked.
    pub opened: i64,
    pub clicked: i64,
}

/// Which subject wins, and why, as [`TestView::why`] says it: the highest share of recipients; of equals the first. A where nobody did
/// anything.
#[must_use]
pub fn winner(rule: WinnerRule, tallies: &[Tally]) -> (i64, &'static str) {
    let count = |tally: &Tally| if rule == WinnerRule::Clicks { tally.clicked } else { tally.opened };
    let mut best = (0, Tally::default());
    for (index, tally) in (0..).zip(tallies) {
        // Crosswise, so that shares are compared exactly.
        let (ours, theirs) = (i128::from(count(tally)), i128::from(count(&best.1)));
        if ours * i128::from(best.1.sent.max(1)) > theirs * i128::from(tally.sent.max(1)) {
            best = (index, *tally);
        }
    }
    match (count(&best.1), rule) {
        (0, _) => (0, "nothing"),
        (_, WinnerRule::Clicks) => (best.0, "clicks"),
        _ => (best.0, "opens"),
    }
}

/// The letter of a subject: 0 is A.
#[must_use]
pub fn letter(index: usize) -> char {
    char::from(b'A' + u8::try_from(index.min(25)).unwrap_or(0))
}

/// How far a test is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestView {
    pub subjects: Vec<String>,
    pub test: SubjectTest,
    /// Each subject's, in their order; of the sample alone.
    pub tallies: Vec<Tally>,
    /// 0 is A.
    pub winner: Option<usize>,
    /// `opens`, `clicks`, `hand`, or `nothing`: nobody did anything, so it is A.
    pub why: String,
    /// When it is decided, once the sample has left.
    pub decides: Option<Moment>,
    /// When the rest gets it once it is decided, where that goes by each recipient's clocks.
    pub rest: Option<Schedule>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subjects: usize, share: u8) -> SubjectTest {
        SubjectTest { others: vec!["x".into(); subjects - 1], share, ..SubjectTest::default() }
    }

    #[test]
    fn the_sample_is_as_large_as_it_should_be_and_its_parts_are_alike() {
        let test = of(3, 30);
        let mut counts = [0_i32; 4];
        for customer in 1..=30_000 {
            let assigned = test.assign(CampaignId(7), CustomerId(customer));
            assert_eq!(assigned, test.assign(CampaignId(7), CustomerId(customer)));
            counts[assigned.map_or(3, |index| usize::try_from(index).unwrap())] += 1;
        }
        assert!((counts[3] - 21_000).abs() < 400, "{counts:?}");
        assert!(counts[..3].iter().all(|count| (count - 3_000).abs() < 250), "{counts:?}");
        // Another campaign tries it on others.
        let same = (1..=10_000).filter(|id| {
            let id = CustomerId(*id);
            test.assign(CampaignId(7), id).is_some() && test.assign(CampaignId(8), id).is_some()
        });
        assert!((same.count() as i32 - 900).abs() < 150);
        assert_eq!(SubjectTest::default().assign(CampaignId(7), CustomerId(1)), Some(0));
    }

    #[test]
    fn the_highest_share_wins_and_a_where_nothing_is_known() {
        let tally = |sent, opened, clicked| Tally { sent, opened, clicked };
        let tallies = [tally(100, 20, 5), tally(50, 11, 1), tally(100, 22, 0)];
        assert_eq!(winner(WinnerRule::Opens, &tallies), (1, "opens"));
        assert_eq!(winner(WinnerRule::Clicks, &tallies), (0, "clicks"));
        assert_eq!(winner(WinnerRule::Opens, &[tally(10, 2, 0), tally(20, 4, 0)]), (0, "opens"));
        assert_eq!(winner(WinnerRule::Clicks, &[tally(10, 2, 0), tally(20, 4, 0)]), (0, "nothing"));
        assert_eq!(winner(WinnerRule::Opens, &[tally(0, 0, 0), tally(0, 0, 0)]), (0, "nothing"));
        assert_eq!(winner(WinnerRule::Opens, &[]), (0, "nothing"));
    }

    #[test]
    fn what_cannot_be_tried_is_refused_by_field() {
        let field = |test: SubjectTest| match test.check() {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        };
        assert_eq!(of(2, 20).check(), Ok(()));
        assert_eq!(SubjectTest { share: 0, ..SubjectTest::default() }.check(), Ok(()));
        assert_eq!(field(of(5, 20)), "others");
        assert_eq!(field(SubjectTest { others: vec![" ".into()], ..of(2, 20) }), "others");
        assert_eq!(field(of(2, 0)), "share");
        assert_eq!(field(of(2, 91)), "share");
        assert_eq!(field(SubjectTest { wait_hours: 0, ..of(2, 20) }), "wait_hours");
        assert_eq!(SubjectTest { wait_hours: 0, rule: WinnerRule::Hand, ..of(2, 20) }.check(), Ok(()));
    }
}
