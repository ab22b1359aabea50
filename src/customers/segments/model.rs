//! Segments as they are listed, typed and explained.

use crate::base::i18n::Lang;
use crate::base::{AppError, AppResult, CustomerId, Day, Moment, Money, SegmentId};
use crate::customers::list::BuiltInSegment;
use crate::office::settings::section::Section;
use serde::{Deserialize, Serialize};

/// The longest name and description, in characters.
const NAME_MAX: usize = 60;
const TEXT_MAX: usize = 500;
/// Days of the trend in the list, and on a segment's page.
pub const LIST_DAYS: i32 = 30;
pub const PAGE_DAYS: i32 = 365;

/// Why somebody entered or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Something about the customer changed.
    Change,
    /// Days went by.
    Time,
    /// The rule, or what it is made of, became another.
    Rule,
}

impl Cause {
    pub const ALL: [Self; 3] = [Self::Change, Self::Time, Self::Rule];

    /// As the database and the messages files (`segments.cause.{code}`) write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Time => "time",
            Self::Rule => "rule",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }
}

/// What a segment is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentName {
    pub id: SegmentId,
    /// The name in URLs and rules.
    pub key: String,
    pub name: String,
    /// The shop has it from the start: its name is a text of the program.
    pub built_in: bool,
}

impl SegmentName {
    /// As people read it.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match BuiltInSegment::parse(&self.key).filter(|_| self.built_in) {
            Some(segment) => lang.t(segment.label_key()).to_owned(),
            None => self.name.clone(),
        }
    }

    #[must_use]
    pub fn href(&self) -> String {
        format!("/segments/{}", self.id)
    }

    /// The customer list with those who are in it.
    #[must_use]
    pub fn customers_href(&self) -> String {
        format!("/customers?segment={}", self.key)
    }
}

/// How large a segment was at the end of a day, of how many customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySize {
    pub day: Day,
    pub members: i64,
    pub customers: i64,
}

/// A segment in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRow {
    pub name: SegmentName,
    pub description: String,
    /// Its rule as people write it.
    pub rule: String,
    /// Who is in it now, as far as they exist for the asker.
    pub members: i64,
    /// Of all customers, by day; today is not among them.
    pub trend: Vec<DaySize>,
    /// What refers to it.
    pub uses: usize,
    pub archived: bool,
}

/// The segments, and how many customers there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    pub rows: Vec<SegmentRow>,
    pub customers: i64,
}

/// A segment as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SegmentForm {
    pub name: String,
    pub description: String,
    pub rule: String,
}

impl Section for SegmentForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("field.name", &self.name), ("field.description", &self.description), ("field.rule", &self.rule)]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![&mut self.name, &mut self.description, &mut self.rule]
    }
}

impl SegmentForm {
    /// The form with its lines put straight, as far as it can be checked without the database.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the field that cannot be.
    pub fn checked(&self) -> AppResult<Self> {
        if self.rule.trim().is_empty() {
            return Err(AppError::invalid("rule", "segments.rule_needed"));
        }
        Ok(Self {
            name: line("name", &self.name, NAME_MAX, true)?,
            description: line("description", &self.description, TEXT_MAX, false)?,
            rule: self.rule.trim().to_owned(),
        })
    }
}

fn line(field: &str, text: &str, most: usize, needed: bool) -> AppResult<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match () {
        () if text.is_empty() && needed => Err(AppError::invalid(field, "field.needed")),
        () if text.chars().count() > most => Err(AppError::invalid(field, "field.too_long")),
        () => Ok(text),
    }
}

/// Something that refers to a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    pub kind: UseKind,
    pub name: String,
    pub href: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UseKind {
    Segment,
    /// The rule that puts customers into a group.
    Group,
    /// The rule that gives customers a tag.
    Tag,
    /// The audience of a campaign that is not written down yet.
    Campaign,
    /// A code for whoever is in it, or that opens earlier for them.
    Promotion,
    /// What opens earlier for whoever is in it.
    Product,
}

impl UseKind {
    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Segment => "segments.use.segment",
            Self::Group => "segments.use.group",
            Self::Tag => "segments.use.tag",
            Self::Campaign => "segments.use.campaign",
            Self::Promotion => "segments.use.promotion",
            Self::Product => "segments.use.product",
        }
    }
}

/// A segment on its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentView {
    pub name: SegmentName,
    /// Of a built-in one with what the settings make of it.
    pub form: SegmentForm,
    pub archived: bool,
    pub members: i64,
    pub customers: i64,
    /// Who is in it is as the rule says; otherwise it is being found out.
    pub settled: bool,
    /// By day, with today at the end.
    pub trend: Vec<DaySize>,
    pub uses: Vec<Use>,
    /// Who changed it last.
    pub changed: Option<(String, Moment)>,
}

/// What the members have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub members: i64,
    /// What they spent to date, on average; `None` for nobody.
    pub average_value: Option<Money>,
    pub email_consent: i64,
    pub sms_consent: i64,
}

/// Somebody who entered or left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    pub id: i64,
    pub customer: CustomerId,
    pub name: String,
    /// Else left.
    pub entered: bool,
    pub cause: Cause,
    pub at: Moment,
}

/// A page of those, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPage {
    pub lines: Vec<EventLine>,
    pub more: bool,
}

/// A segment that a customer is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct In {
    pub segment: SegmentName,
    pub since: Moment,
}

/// What the profile says of segments: those that the customer is in, and the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfCustomer {
    pub is_in: Vec<In>,
    pub others: Vec<SegmentName>,
}

/// Why a customer is in a segment, or is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    pub segment: SegmentName,
    pub customer: CustomerId,
    pub customer_name: String,
    pub reason: Reason,
}

/// A part of a rule as it turned out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub holds: bool,
    pub part: ReasonPart,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReasonPart {
    All(Vec<Reason>),
    Any(Vec<Reason>),
    Not(Box<Reason>),
    /// A condition as it stands in the rule, and what the customer has.
    Is(String, Has),
    /// A word that stands for a rule of its own, such as a segment.
    StandsFor(String, Box<Reason>),
}

/// What a customer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Has {
    Count(i64),
    Money(Money),
    /// `None`: it never happened.
    Day(Option<Day>),
    Flag(bool),
    /// Empty: there is none.
    Text(String),
    /// The names of tags, groups …
    Names(Vec<String>),
    /// So many of the customer's orders or events are such.
    Found {
        found: u32,
        of: u32,
    },
}

/// Somebody who can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub id: CustomerId,
    pub name: String,
    pub email: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_they_are_written() {
        assert!(Cause::ALL.into_iter().all(|cause| Cause::parse(cause.code()) == Some(cause)));
        assert_eq!(Cause::parse("chance"), None);
    }

    #[test]
    fn a_form_needs_a_name_and_a_rule() {
        let form = SegmentForm { name: " Big   spenders ".into(), rule: " orders > 3 ".into(), ..SegmentForm::default() };
        let checked = form.checked().unwrap();
        assert_eq!((checked.name.as_str(), checked.rule.as_str()), ("Big spenders", "orders > 3"));
        let field = |form: SegmentForm| match form.checked() {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        };
        assert_eq!(field(SegmentForm { name: " ".into(), ..form.clone() }), "name");
        assert_eq!(field(SegmentForm { rule: " ".into(), ..form.clone() }), "rule");
        assert_eq!(field(SegmentForm { name: "x".repeat(61), ..form.clone() }), "name");
        assert_eq!(field(SegmentForm { description: "x".repeat(501), ..form }), "description");
    }
}
