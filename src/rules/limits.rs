//! How large a rule may be: enough for any a person builds, and within what both databases take in one statement.

use super::{Condition, EventCondition, OrderCondition, Rule, TextTest, Tree};
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

/// Characters of a value that a person types; SQLite takes patterns of 50,000 bytes.
pub const MAX_VALUE_LENGTH: usize = 500;

/// Whether `rule` is small enough to be run. Everything that comes from outside passes here before any other reading.
///
/// # Errors
/// [`AppError::Invalid`] of the field `rule`, telling which limit it breaks.
pub fn validate(rule: &Rule) -> AppResult<()> {
    let mut size = Size::default();
    size.add(rule, 1, Size::customer)
}

#[derive(Default)]
struct Size {
    conditions: usize,
    values: usize,
}

impl Size {
    /// Counts a tree that stands at `depth`, and stops at the first limit that is broken.
    fn add<C>(&mut self, tree: &Tree<C>, depth: usize, one: fn(&mut Self, &C, usize) -> AppResult<()>) -> AppResult<()> {
        if depth > MAX_DEPTH {
            return Err(too("rules.too_deep"));
        }
        match tree {
            Tree::All(parts) | Tree::Any(parts) if !parts.is_empty() => {
                parts.iter().try_for_each(|part| self.add(part, depth + 1, one))
            }
            Tree::Not(inner) => self.add(inner, depth + 1, one),
            Tree::All(_) | Tree::Any(_) => self.count(0),
            Tree::Is(condition) => one(self, condition, depth),
        }
    }

    fn customer(&mut self, condition: &Condition, depth: usize) -> AppResult<()> {
        match condition {
            Condition::Text { test, .. } => self.text(test),
            Condition::Custom { name, test } => {
                length(name)?;
                self.text(test)
            }
            Condition::Has { of, .. } => self.count(of.len()),
            Condition::Orders { such, .. } => {
                self.count(0)?;
                self.add(such, depth + 1, Self::order)
            }
            Condition::Events { such, .. } => {
                self.count(0)?;
                self.add(such, depth + 1, Self::event)
            }
            Condition::Number { .. } | Condition::Day { .. } | Condition::Flag { .. } | Condition::HasSome { .. } => {
                self.count(0)
            }
        }
    }

    fn order(&mut self, condition: &OrderCondition, _: usize) -> AppResult<()> {
        match condition {
            OrderCondition::Text { one_of, .. } => self.count(one_of.len()),
            OrderCondition::Contains { of, .. } | OrderCondition::Store { of } => self.count(of.len()),
            OrderCondition::Number { .. } | OrderCondition::Day { .. } => self.count(0),
        }
    }

    fn event(&mut self, condition: &EventCondition, _: usize) -> AppResult<()> {
        match condition {
            EventCondition::About { of, .. } => self.count(of.len()),
            EventCondition::Kind { .. } | EventCondition::At { .. } => self.count(0),
        }
    }

    fn text(&mut self, test: &TextTest) -> AppResult<()> {
        match test {
            TextTest::OneOf(values) => {
                values.iter().try_for_each(|value| length(value))?;
                self.count(values.len())
            }
            TextTest::Contains(text) | TextTest::StartsWith(text) | TextTest::EndsWith(text) => {
                length(text)?;
                self.count(1)
            }
            TextTest::Set => self.count(0),
        }
    }

    /// A condition with a list of so many values.
    fn count(&mut self, values: usize) -> AppResult<()> {
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

fn length(value: &str) -> AppResult<()> {
    if value.chars().nth(MAX_VALUE_LENGTH).is_some() { Err(too("rules.too_long_a_value")) } else { Ok(()) }
}

fn too(message: &str) -> AppError {
    AppError::invalid("rule", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{FlagField, Quantifier, SetField};

    fn refusal(rule: &Rule) -> Option<String> {
        validate(rule).err().map(|error| error.message_key().to_owned())
    }

    fn blocked() -> Rule {
        Rule::flag(FlagField::Blocked, true)
    }

    fn tags(count: usize) -> Rule {
        Rule::has(SetField::Tag, Quantifier::Any, 0..count as i64)
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
