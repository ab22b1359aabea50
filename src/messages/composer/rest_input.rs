//! What programs write of campaigns.

use super::{CHOSEN_MAX, PARTS_MAX};
use crate::base::{CustomerId, GroupId};
use crate::messages::campaigns::subject_test::HOURS;
use crate::messages::campaigns::{Audience, CampaignForm, Part, SubjectTest, Timing, WinnerRule};
use crate::messages::suppression::Topic;
use crate::messages::templates::Layout;
use crate::server::rest::{Answer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What can be written of a campaign. What is left out is emptied. A draft may be unfinished: `check` says what is missing.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignInput {
    /// What staff call it: one line.
    #[schema(min_length = 1, max_length = 120, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub name: String,
    /// Customers who declined the topic do not get it; `newsletter` where it is left out.
    #[serde(default = "newsletter")]
    pub topic: Topic,
    /// One line, with variables.
    #[serde(default)]
    #[schema(max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub subject: String,
    /// What inboxes show beside the subject: one line.
    #[serde(default)]
    #[schema(max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub preheader: String,
    #[serde(default)]
    pub layout: Layout,
    /// HTML with variables, without the frame that the layout brings. At most 200,000 bytes of UTF-8; lines and tabs are the only controls.
    #[serde(default)]
    #[schema(max_length = 200000)]
    pub body: String,
    /// Plain text with variables, as long as the body; null: made from the body.
    #[schema(max_length = 200000)]
    pub text: Option<String>,
    #[serde(default)]
    pub audience: AudienceOf,
    /// Null: everybody gets `subject`.
    pub subject_test: Option<SubjectTestOf>,
}

fn newsletter() -> Topic {
    Topic::Newsletter
}

/// Whom a campaign is for: everybody of any of `include`, without those of any of `exclude`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignAudience)]
pub struct AudienceOf {
    #[serde(default)]
    #[schema(max_items = 50)]
    pub include: Vec<PartOf>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub exclude: Vec<PartOf>,
}

/// Some customers: `"everybody"`, or an object with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AudiencePart)]
pub enum PartOf {
    Everybody,
    /// Their ids, at most 5,000.
    Customers(Vec<i64>),
    /// A group's id.
    Group(i64),
    /// A segment's key, at most 200 bytes without control characters: `high_value`.
    Segment(String),
    /// A rule as people write it, at most 10,000 bytes: `total_spent > 100 and country = DE`.
    Rule(String),
}

/// Subjects that are tried on a sample before the rest gets the best one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubjectTest)]
pub struct SubjectTestOf {
    /// The others beside `subject`, each at most 2,000 bytes.
    #[schema(min_items = 1, max_items = 3)]
    pub others: Vec<String>,
    /// Per cent of the recipients who are in the sample.
    #[schema(minimum = 1, maximum = 90)]
    pub share: u8,
    /// How long one waits for opens and clicks after the sample has left.
    #[schema(minimum = 1, maximum = 168)]
    pub wait_hours: u16,
    /// By what the winner is chosen; `hand`: by staff.
    #[serde(default)]
    pub rule: WinnerRule,
}

impl CampaignInput {
    /// What is to be written; when it is to be sent is not.
    ///
    /// # Errors
    /// [`Problem`] on the first field that cannot be. Lengths are asked for where it is written.
    pub fn form(self, timing: Timing) -> Answer<CampaignForm> {
        if self.name.trim().is_empty() {
            return Err(Problem::invalid("name", "campaign.name_invalid"));
        }
        let test = match self.subject_test {
            Some(test) => test.test()?,
            None => SubjectTest::default(),
        };
        Ok(CampaignForm {
            name: self.name,
            topic: self.topic,
            subject: self.subject,
            preheader: self.preheader,
            layout: self.layout,
            body: self.body,
            text: self.text.unwrap_or_default(),
            audience: self.audience.audience()?,
            test,
            timing,
        })
    }
}

impl AudienceOf {
    fn audience(self) -> Answer<Audience> {
        let side = |name: &str, parts: Vec<PartOf>| -> Answer<Vec<Part>> {
            let named = |(at, part): (usize, PartOf)| part.part(&format!("audience.{name}[{at}]"));
            parts.into_iter().enumerate().map(named).collect()
        };
        Ok(Audience { include: side("include", self.include)?, exclude: side("exclude", self.exclude)? })
    }
}

impl From<Audience> for AudienceOf {
    fn from(audience: Audience) -> Self {
        let side = |parts: Vec<Part>| parts.into_iter().map(PartOf::from).collect();
        Self { include: side(audience.include), exclude: side(audience.exclude) }
    }
}

impl PartOf {
    fn part(self, field: &str) -> Answer<Part> {
        let wrong = |id: i64| id < 1;
        Ok(match self {
            Self::Customers(ids) if ids.iter().copied().any(wrong) => {
                return Err(Problem::invalid(format!("{field}.customers"), "api.customer_unknown"));
            }
            Self::Group(id) if wrong(id) => {
                return Err(Problem::invalid(format!("{field}.group"), "composer.audience.group_gone"));
            }
            Self::Everybody => Part::Everybody,
            Self::Customers(ids) => Part::Chosen(ids.into_iter().map(CustomerId).collect()),
            Self::Group(id) => Part::Group(GroupId(id)),
            Self::Segment(key) => Part::Segment(key),
            Self::Rule(text) => Part::Rule(text),
        })
    }
}

impl From<Part> for PartOf {
    fn from(part: Part) -> Self {
        match part {
            Part::Everybody => Self::Everybody,
            Part::Chosen(ids) => Self::Customers(ids.into_iter().map(|id| id.0).collect()),
            Part::Group(id) => Self::Group(id.0),
            Part::Segment(key) => Self::Segment(key),
            Part::Rule(text) => Self::Rule(text),
        }
    }
}

impl SubjectTestOf {
    fn test(self) -> Answer<SubjectTest> {
        if self.others.is_empty() {
            return Err(Problem::invalid("subject_test.others", "campaign.test.empty"));
        }
        let Self { others, share, wait_hours, rule } = self;
        let test = SubjectTest { others, share, wait_hours, rule };
        test.check().map_err(|error| of_test(error.into()))?;
        // Where somebody chooses, nobody waits for it, but it is written as the schema says.
        if !HOURS.contains(&wait_hours) {
            return Err(Problem::invalid("subject_test.wait_hours", "campaign.test.wait"));
        }
        Ok(test)
    }
}

/// What is wrong with a test, by the field of the body.
#[must_use]
pub fn of_test(problem: Problem) -> Problem {
    let renamed = |problem: Problem, name: &&str| problem.renamed(name, &format!("subject_test.{name}"));
    ["others", "share", "wait_hours"].iter().fold(problem, renamed)
}

impl From<SubjectTest> for SubjectTestOf {
    fn from(test: SubjectTest) -> Self {
        let SubjectTest { others, share, wait_hours, rule } = test;
        Self { others, share, wait_hours, rule }
    }
}

const _: () = assert!(PARTS_MAX == 50 && CHOSEN_MAX == 5_000, "as the schemas say");

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn input(change: Value) -> CampaignInput {
        let mut whole = json!({ "name": "Spring" });
        crate::server::rest::merge(&mut whole, change);
        serde_json::from_value(whole).expect("a campaign")
    }

    fn field(change: Value) -> String {
        let body = input(change).form(Timing::default()).expect_err("wrong").body(crate::base::i18n::by_code("en"));
        body.field.unwrap_or_default()
    }

    #[test]
    fn an_audience_is_written_as_it_is_read() {
        let parts = json!({
            "include": ["everybody", { "customers": [7, 9] }, { "group": 3 }],
            "exclude": [{ "segment": "high_value" }, { "rule": "total_spent > 100" }],
        });
        let form = input(json!({ "audience": parts })).form(Timing::default()).expect("a form");
        assert_eq!(form.audience.include[1], Part::Chosen(vec![CustomerId(7), CustomerId(9)]));
        assert_eq!(serde_json::to_value(AudienceOf::from(form.audience)).ok(), Some(parts));
        for wrong in
            [json!({ "groups": 1 }), json!({}), json!({ "group": 1, "segment": "x" }), json!("nobody"), json!({ "group": "1" })]
        {
            assert!(serde_json::from_value::<PartOf>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_field() {
        assert_eq!(field(json!({ "name": " " })), "name");
        assert_eq!(field(json!({ "audience": { "include": [{ "group": 1 }, { "group": 0 }] } })), "audience.include[1].group");
        assert_eq!(field(json!({ "audience": { "exclude": [{ "customers": [1, -1] }] } })), "audience.exclude[0].customers");
        let test = |change: Value| {
            let mut test = json!({ "others": ["B"], "share": 20, "wait_hours": 4 });
            crate::server::rest::merge(&mut test, change);
            field(json!({ "subject_test": test }))
        };
        assert_eq!(test(json!({ "others": [] })), "subject_test.others");
        assert_eq!(test(json!({ "others": [" "] })), "subject_test.others");
        assert_eq!(test(json!({ "others": ["B", "C", "D", "E"] })), "subject_test.others");
        assert_eq!(test(json!({ "share": 0 })), "subject_test.share");
        assert_eq!(test(json!({ "wait_hours": 169 })), "subject_test.wait_hours");
        assert_eq!(test(json!({ "wait_hours": 169, "rule": "hand" })), "subject_test.wait_hours");
    }
}
