//! Memberships as staff see them, and the rules that give and take them.

use crate::base::{AppError, AppResult, AssignmentRuleId, CustomerId, GroupId, Moment, TagId};
use serde::{Deserialize, Serialize};

/// What a customer can be in: a group, or the set of those who carry a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Group(GroupId),
    Tag(TagId),
}

impl Target {
    /// The query of the customer list that shows who is in it.
    #[must_use]
    pub fn list_query(self) -> String {
        match self {
            Self::Group(id) => format!("group={id}"),
            Self::Tag(id) => format!("tags_any={id}"),
        }
    }

    /// The address of that list.
    #[must_use]
    pub fn href(self) -> String {
        format!("/customers?{}", self.list_query())
    }
}

/// How a membership came about, or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// By hand, of one customer or of many at once.
    Staff,
    /// By a program.
    Api,
    Rule,
    Import,
    /// Everybody of a group was moved to another.
    Move,
    /// Its tag was merged into another, or deleted.
    Merge,
    /// What a job did was turned back.
    Undo,
}

impl Cause {
    pub const ALL: [Self; 7] = [Self::Staff, Self::Api, Self::Rule, Self::Import, Self::Move, Self::Merge, Self::Undo];

    /// As the database and the messages files (`memberships.cause.{code}`) write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Api => "api",
            Self::Rule => "rule",
            Self::Import => "import",
            Self::Move => "move",
            Self::Merge => "merge",
            Self::Undo => "undo",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }
}

/// What a line of the history is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Group,
    Tag,
    /// The group became the one whose prices hold.
    Pricing,
}

impl Kind {
    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Tag => "tag",
            Self::Pricing => "pricing",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Group, Self::Tag, Self::Pricing].into_iter().find(|kind| kind.code() == code)
    }
}

/// A membership that a customer has now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub target: Target,
    pub name: String,
    pub hue: Option<u8>,
    pub since: Moment,
    /// No rule takes it away.
    pub pinned: bool,
    /// There is a rule for it.
    pub ruled: bool,
    /// It is the group whose prices hold.
    pub pricing: bool,
}

/// Something that a rule does not put a customer into, since somebody took them out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    pub target: Target,
    pub name: String,
    pub at: Moment,
    pub by: Option<String>,
}

/// A line of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    pub id: i64,
    pub kind: Kind,
    pub name: String,
    /// Else left.
    pub entered: bool,
    pub cause: Cause,
    pub by: Option<String>,
    pub at: Moment,
}

/// A page of the history, newest line first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    pub lines: Vec<HistoryLine>,
    pub more: bool,
}

/// What the profile says of a customer's groups and tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memberships {
    /// Groups, then tags; by name.
    pub current: Vec<Membership>,
    pub exclusions: Vec<Exclusion>,
    /// No rule changes the pricing group.
    pub pricing_pinned: bool,
    pub history: HistoryPage,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentRule {
    pub id: AssignmentRuleId,
    pub target: Target,
    pub rule: String,
    /// Between rules that set the pricing group the smallest comes first.
    pub priority: i64,
    /// Who is in the group has its prices.
    pub sets_pricing: bool,
    pub active: bool,
    /// Puts in whom it describes.
    pub enters: bool,
    /// Takes out whom it does not describe.
    pub leaves: bool,
    pub version: i64,
}

/// A rule as it is typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    pub rule: String,
    pub priority: String,
    pub sets_pricing: bool,
    pub active: bool,
    pub enters: bool,
    pub leaves: bool,
}

impl Default for RuleForm {
    fn default() -> Self {
        Self { rule: String::new(), priority: "100".into(), sets_pricing: false, active: false, enters: true, leaves: true }
    }
}

impl RuleForm {
    /// The form of a rule.
    #[must_use]
    pub fn of(rule: &AssignmentRule) -> Self {
        Self {
            rule: rule.rule.clone(),
            priority: rule.priority.to_string(),
            sets_pricing: rule.sets_pricing,
            active: rule.active,
            enters: rule.enters,
            leaves: rule.leaves,
        }
    }

    /// The priority, where everything that can be told without the database is as it can be.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the field that cannot be.
    pub fn checked_priority(&self, target: Target) -> AppResult<i64> {
        if self.rule.trim().is_empty() {
            return Err(AppError::invalid("rule", "field.needed"));
        }
        if !(self.enters || self.leaves) {
            return Err(AppError::invalid("enters", "assign.does_nothing"));
        }
        if self.sets_pricing && !matches!(target, Target::Group(_)) {
            return Err(AppError::invalid("sets_pricing", "assign.tags_have_no_prices"));
        }
        let priority = self.priority.trim().parse::<i64>().ok().filter(|priority| (1..=1_000).contains(priority));
        priority.ok_or_else(|| AppError::invalid("priority", "assign.priority_invalid"))
    }
}

/// What the card of a rule shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleView {
    pub target: Target,
    pub rule: Option<AssignmentRule>,
    /// Members whom rules leave alone, and those who are kept out.
    pub pinned: i64,
    pub kept_out: i64,
}

/// Somebody whom a rule would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changing {
    pub customer: CustomerId,
    pub name: String,
    /// Comes in; else goes; neither where only prices change.
    pub membership: Option<bool>,
    /// The group whose prices hold then.
    pub pricing: Option<String>,
}

/// Whom a rule would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulePreview {
    /// Whom it describes.
    pub matching: i64,
    pub entering: i64,
    pub leaving: i64,
    /// Whose pricing group changes.
    pub pricing: i64,
    /// Those whom it describes or would take out, but who stay as they are since somebody wanted it so.
    pub held: i64,
    /// The first of those who change.
    pub sample: Vec<Changing>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_they_are_written() {
        assert!(Cause::ALL.into_iter().all(|cause| Cause::parse(cause.code()) == Some(cause)));
        assert_eq!(Kind::parse("pricing"), Some(Kind::Pricing));
        assert_eq!(Cause::parse("chance"), None);
    }

    #[test]
    fn a_rule_must_do_something() {
        let form = RuleForm { rule: "x".into(), ..RuleForm::default() };
        let (group, tag) = (Target::Group(GroupId(1)), Target::Tag(TagId(1)));
        let field = |form: &RuleForm, target| match form.checked_priority(target) {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        };
        assert_eq!(form.checked_priority(group), Ok(100));
        assert_eq!(field(&RuleForm { rule: " ".into(), ..form.clone() }, group), "rule");
        assert_eq!(field(&RuleForm { enters: false, leaves: false, ..form.clone() }, group), "enters");
        assert_eq!(field(&RuleForm { sets_pricing: true, ..form.clone() }, tag), "sets_pricing");
        for priority in ["", "0", "1001", "1.5"] {
            assert_eq!(field(&RuleForm { priority: priority.into(), ..form.clone() }, group), "priority", "{priority}");
        }
    }
}
