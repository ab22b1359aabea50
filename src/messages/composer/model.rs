//! Drafts of campaigns as they are opened and saved.

use crate::base::i18n::Lang;
use crate::base::{AppError, AppResult, CampaignId, CustomerId, GroupId, Moment, SegmentId};
use crate::customers::list::BuiltInSegment;
use crate::messages::campaigns::{Audience, CampaignForm, Part, Waterfall};
use serde::{Deserialize, Serialize};

/// The longest name, subject and preheader, in characters.
const NAME_MAX: usize = 120;
const LINE_MAX: usize = 500;
/// Characters of a day or time as it is typed.
const TYPED_MAX: usize = 40;
/// The longest body and plain text, in bytes: more than any layout comes to, and little enough to be saved as one types.
const BODY_MAX: usize = 200_000;
/// Parts of an audience, and rules that are typed among them, on each side.
pub const PARTS_MAX: usize = 50;
pub const RULES_MAX: usize = 3;
/// The longest rule and key of a segment, in bytes.
const RULE_MAX: usize = 10_000;
const KEY_MAX: usize = 200;
/// Customers of a selection. More are described by a rule, which also follows those who come and go.
pub const CHOSEN_MAX: usize = 5_000;

/// A draft as the composer opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub id: CampaignId,
    pub version: i64,
    pub form: CampaignForm,
    /// Who wrote it last; empty where nobody knows.
    pub by: String,
    pub at: Moment,
}

/// What came of saving a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Saved {
    /// It has this version now.
    As(i64),
    /// Somebody else wrote it since, so nothing was saved: this is theirs.
    Theirs(Box<Opened>),
}

/// What a new campaign begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    #[default]
    Nothing,
    Group(GroupId),
    Segment(SegmentId),
    /// Everybody whom the query of a customer list shows.
    List(String),
    Chosen(Vec<CustomerId>),
}

/// What a part of an audience comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// So many customers.
    Count(i64),
    /// A message: why nobody knows.
    Wrong(String),
}

/// What an audience comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// One for each part, in their order.
    pub include: Vec<Found>,
    pub exclude: Vec<Found>,
    /// `None` where a part is wrong: any figure would be.
    pub waterfall: Option<Waterfall>,
}

/// One of an audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: CustomerId,
    pub name: String,
    pub email: String,
    /// A key of the texts: why the address is on the list of those that get none, or that the customer is blocked; else empty.
    pub why: String,
}

/// A page of those of an audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    pub rows: Vec<Person>,
    pub more: bool,
}

/// What an audience can be made of: groups and segments with their sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    pub groups: Vec<Choice>,
    pub segments: Vec<Choice>,
}

/// A group or a segment; archived ones are named, but not offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub part: Part,
    /// A built-in segment's is empty: it is a text of the program.
    pub name: String,
    pub href: String,
    pub size: i64,
    pub archived: bool,
}

impl Choice {
    /// As people read it.
    #[must_use]
    pub fn text(&self, l: Lang) -> String {
        match &self.part {
            Part::Segment(key) if self.name.is_empty() => {
                BuiltInSegment::parse(key).map_or_else(|| key.clone(), |segment| l.t(segment.label_key()).to_owned())
            }
            _ => self.name.clone(),
        }
    }
}

/// A draft may be unfinished, but not boundless.
///
/// # Errors
/// [`AppError::Invalid`] on the first field that cannot be kept.
pub fn bounded(form: &CampaignForm) -> AppResult<()> {
    let line = |field: &'static str, text: &str, most: usize, message: &'static str| {
        if text.chars().count() > most || text.contains(char::is_control) {
            Err(AppError::invalid(field, message))
        } else {
            Ok(())
        }
    };
    line("name", &form.name, NAME_MAX, "composer.name_long")?;
    line("subject", &form.subject, LINE_MAX, "composer.line_long")?;
    line("preheader", &form.preheader, LINE_MAX, "composer.line_long")?;
    for (field, text) in [("body", &form.body), ("text", &form.text)] {
        let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.len() > BODY_MAX || text.contains(strange) {
            return Err(AppError::invalid(field, "composer.body_long"));
        }
    }
    form.test.check_bounds()?;
    line("day", &form.timing.day, TYPED_MAX, "composer.line_long")?;
    line("time", &form.timing.time, TYPED_MAX, "composer.line_long")?;
    bounded_audience(&form.audience)
}

/// As [`bounded`], of an audience alone.
///
/// # Errors
/// [`AppError::Invalid`] on `audience`.
pub fn bounded_audience(audience: &Audience) -> AppResult<()> {
    let wrong = |message: &'static str| Err(AppError::invalid("audience", message));
    for side in [&audience.include, &audience.exclude] {
        if side.len() > PARTS_MAX {
            return wrong("composer.audience.many_parts");
        }
        for part in side {
            match part {
                Part::Chosen(ids) if ids.len() > CHOSEN_MAX => return wrong("composer.audience.many_chosen"),
                Part::Segment(key) if key.len() > KEY_MAX || key.contains(char::is_control) => {
                    return wrong("composer.audience.segment_gone");
                }
                Part::Rule(text) if text.len() > RULE_MAX => return wrong("composer.audience.rule_long"),
                _ => {}
            }
        }
    }
    Ok(())
}

/// A name as a copy has it: `Spring (copy)`, within the bounds.
#[must_use]
pub fn copy_name(name: &str, suffix: &str) -> String {
    let room = NAME_MAX.saturating_sub(suffix.chars().count() + 1);
    let kept: String = name.trim().chars().take(room).collect();
    format!("{} {suffix}", kept.trim_end()).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::campaigns::{SubjectTest, Timing};
    use crate::messages::suppression::Topic;
    use crate::messages::templates::Layout;

    fn form() -> CampaignForm {
        CampaignForm {
            name: String::new(),
            topic: Topic::Newsletter,
            subject: String::new(),
            preheader: String::new(),
            layout: Layout::Card,
            body: String::new(),
            text: String::new(),
            audience: Audience::default(),
            test: SubjectTest::default(),
            timing: Timing::default(),
        }
    }

    fn wrong(form: &CampaignForm) -> String {
        match bounded(form) {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_draft_may_be_empty_but_not_boundless() {
        assert_eq!(bounded(&form()), Ok(()));
        assert_eq!(bounded(&CampaignForm { body: "a\r\n\tb".into(), name: "n".repeat(NAME_MAX), ..form() }), Ok(()));
        assert_eq!(wrong(&CampaignForm { name: "n".repeat(NAME_MAX + 1), ..form() }), "name");
        assert_eq!(wrong(&CampaignForm { name: "a\nb".into(), ..form() }), "name");
        assert_eq!(wrong(&CampaignForm { subject: "a\r\nBcc: all@x.example".into(), ..form() }), "subject");
        assert_eq!(wrong(&CampaignForm { preheader: "p".repeat(LINE_MAX + 1), ..form() }), "preheader");
        assert_eq!(wrong(&CampaignForm { body: "b".repeat(BODY_MAX + 1), ..form() }), "body");
        assert_eq!(wrong(&CampaignForm { text: "\0".into(), ..form() }), "text");
        assert_eq!(wrong(&CampaignForm { timing: Timing { day: "1".repeat(99), ..Timing::default() }, ..form() }), "day");
        let audience =
            |part: Part, count| CampaignForm { audience: Audience { include: Vec::new(), exclude: vec![part; count] }, ..form() };
        assert_eq!(bounded(&audience(Part::Chosen(vec![CustomerId(1); CHOSEN_MAX]), PARTS_MAX)), Ok(()));
        assert_eq!(wrong(&audience(Part::Everybody, PARTS_MAX + 1)), "audience");
        assert_eq!(wrong(&audience(Part::Chosen(vec![CustomerId(1); CHOSEN_MAX + 1]), 1)), "audience");
        assert_eq!(wrong(&audience(Part::Rule("r".repeat(RULE_MAX + 1)), 1)), "audience");
        assert_eq!(wrong(&audience(Part::Segment("k".repeat(KEY_MAX + 1)), 1)), "audience");
    }

    #[test]
    fn a_copy_is_called_so_within_the_bounds() {
        assert_eq!(copy_name(" Spring ", "(copy)"), "Spring (copy)");
        assert_eq!(copy_name("", "(copy)"), "(copy)");
        assert_eq!(copy_name(&"ä".repeat(200), "(copy)").chars().count(), NAME_MAX);
    }
}
