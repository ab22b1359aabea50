//! How large a rule may be: enough for any a person builds, and within what both databases take in one statement.

use super::{Condition, Rule};
use crate::base::{AppError, AppResult};

/// Groups within groups; every reading of a rule recurses so deep.
pub const MAX_DEPTH: usize = 16;
/// Conditions, an empty `All` or `Any` counting as one. SQLite parses expressions of at most 1,000 levels, and a chain of
/// `AND`s has a level for each.
pub const MAX_CONDITIONS: usize = 500;
/// Values in one list.
pub const MAX_VALUES: usize = 1_000;
/// Values in all lists together: each is a bind, of which SQLite takes 32,766 in a statement.
pub const MAX_VALUES_IN_ALL: usize = 20_000;

/// Whether `rule` is small enough to be run. Everything that comes from outside passes here before any other reading.
///
/// # Errors
/// [`AppError::Invalid`] of the field `rule`, telling which limit it breaks.
pub fn validate(rule: &Rule) -> AppResult<()> {
    let mut size = Size::default();
    size.add(rule, 1)
}

#[derive(Default)]
struct Size {
    conditions: usize,
    values: usize,
}

impl Size {
    /// Counts `rule`, which stands at `depth`, and stops at the first limit that is broken.
    fn add(&mut self, rule: &Rule, depth: usize) -> AppResult<()> {
        if depth > MAX_DEPTH {
            return Err(too("rules.too_deep"));
        }
        match rule {
            Rule::All(parts) | Rule::Any(parts) if !parts.is_empty() => {
                parts.iter().try_for_each(|part| self.add(part, depth + 1))
            }
            Rule::Not(inner) => self.add(inner, depth + 1),
            Rule::All(_) | Rule::Any(_) => self.add_condition(0),
            Rule::Is(condition) => self.add_condition(condition.values()),
        }
    }

    fn add_condition(&mut self, values: usize) -> AppResult<()> {
        self.conditions += 1;
        self.values += values;
        if self.conditions > MAX_CONDITIONS {
            return Err(too("rules.too_many_conditions"));
        }
        if values > MAX_VALUES || self.values > MAX_VALUES_IN_ALL {
            return Err(too("rules.too_many_values"));
        }
        Ok(())
    }
}

fn too(message: &str) -> AppError {
    AppError::invalid("rule", message)
}

impl Condition {
    /// How many values its list has; 0 where it has no list.
    fn values(&self) -> usize {
        match self {
            Self::Text { one_of, .. } => one_of.len(),
            Self::Tags { tags, .. } => tags.len(),
            Self::Groups { groups, .. } => groups.len(),
            Self::Branch { one_of } => one_of.len(),
            Self::Number { .. } | Self::Day { .. } | Self::Never { .. } | Self::Flag { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::TagId;
    use crate::rules::{FlagField, Quantifier};

    fn refusal(rule: &Rule) -> Option<String> {
        validate(rule).err().map(|error| error.message_key().to_owned())
    }

    fn blocked() -> Rule {
        Rule::Is(Condition::Flag { field: FlagField::Blocked, is: true })
    }

    fn tags(count: usize) -> Rule {
        Rule::Is(Condition::Tags { quantifier: Quantifier::Any, tags: (0..count as i64).map(TagId).collect() })
    }

    #[test]
    fn depth_is_limited() {
        let nested = |times: usize| (0..times).fold(blocked(), |rule, _| !rule);
        assert_eq!(refusal(&nested(MAX_DEPTH - 1)), None);
        assert_eq!(refusal(&nested(MAX_DEPTH)).as_deref(), Some("rules.too_deep"));
    }

    #[test]
    fn conditions_are_limited_and_empty_groups_count() {
        for part in [blocked(), Rule::everyone(), Rule::Any(Vec::new())] {
            assert_eq!(refusal(&Rule::All(vec![part.clone(); MAX_CONDITIONS])), None);
            assert_eq!(refusal(&Rule::Any(vec![part; MAX_CONDITIONS + 1])).as_deref(), Some("rules.too_many_conditions"));
        }
    }

    #[test]
    fn lists_are_limited_one_by_one_and_together() {
        assert_eq!(refusal(&tags(MAX_VALUES)), None);
        assert_eq!(refusal(&tags(MAX_VALUES + 1)).as_deref(), Some("rules.too_many_values"));
        let lists = MAX_VALUES_IN_ALL / MAX_VALUES;
        assert_eq!(refusal(&Rule::All(vec![tags(MAX_VALUES); lists])), None);
        assert_eq!(refusal(&Rule::All(vec![tags(MAX_VALUES); lists + 1])).as_deref(), Some("rules.too_many_values"));
    }
}
