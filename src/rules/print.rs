//! Tree → text, which reads back as the same tree: `parse(print(rule)) == rule`.

use super::fields::Measure;
use super::parse::Part;
use super::parse::conditions::CUSTOM;
use super::parse::days::{MONTHS, one};
use super::parse::lex::written;
use super::{
    Condition, DayBound, DayField, DayTest, EventCondition, Goods, HowMany, NumberTest, OrderCondition, Quantifier, Ref, Rule,
    TextTest, Tree, Unit,
};
use crate::base::{Currency, Money};

/// A rule as text. Amounts are in `currency`, the shop's base currency.
#[must_use]
pub fn print(rule: &Rule, currency: Currency) -> String {
    Printer(currency).tree(rule)
}

/// One condition as text, as it stands in a rule.
#[must_use]
pub fn print_condition(condition: &Condition, currency: Currency) -> String {
    Printer(currency).customer(condition)
}

struct Printer(Currency);

/// How one condition is written, and its negation where that has a form of its own.
trait Written: Part {
    fn written(&self, printer: &Printer) -> String;
    fn negated(&self, printer: &Printer) -> Option<String>;
}

impl Printer {
    fn tree<C: Written>(&self, tree: &Tree<C>) -> String {
        match tree {
            Tree::All(parts) => self.join(parts, "and", "all", C::EVERYTHING),
            Tree::Any(parts) => self.join(parts, "or", "any", C::NOTHING),
            Tree::Not(inner) => match &**inner {
                Tree::Is(condition) => condition.negated(self).unwrap_or_else(|| format!("not {}", condition.written(self))),
                other => format!("not {}", self.part(other)),
            },
            Tree::Is(condition) => condition.written(self),
        }
    }

    fn join<C: Written>(&self, parts: &[Tree<C>], word: &str, alone: &str, of_none: &str) -> String {
        match parts {
            [] => of_none.to_owned(),
            [only] => format!("{alone} ({})", self.tree(only)),
            parts => parts.iter().map(|part| self.part(part)).collect::<Vec<_>>().join(&format!(" {word} ")),
        }
    }

    /// A tree within another one: in brackets where it is joined of several.
    fn part<C: Written>(&self, tree: &Tree<C>) -> String {
        match tree {
            Tree::All(parts) | Tree::Any(parts) if parts.len() > 1 => format!("({})", self.tree(tree)),
            tree => self.tree(tree),
        }
    }

    fn customer(&self, condition: &Condition) -> String {
        match condition {
            Condition::Number { field, test } => self.number(field.name(), field.holds(), *test),
            Condition::Day { field, test } => self.day(field.name(), *field == DayField::Birthday, test),
            Condition::Flag { field, is: true } => field.name().to_owned(),
            Condition::Flag { field, is: false } => format!("{} = no", field.name()),
            Condition::Text { field, test } => text(field.name(), test),
            Condition::Custom { name, test } => text(&format!("{CUSTOM}{}", written(name)), test),
            Condition::Has { field, quantifier, of } => quantified(field.name(), *quantifier, of),
            Condition::HasSome { field } => format!("{} is set", field.name()),
            Condition::Orders { how_many, such } => {
                self.bought(*how_many, such).unwrap_or_else(|| self.counted(*how_many, "order", "orders", such))
            }
            Condition::Events { how_many, such } => self.events(*how_many, such),
        }
    }

    fn number(&self, field: &str, measure: Measure, test: NumberTest) -> String {
        let number = |number: i64| match measure {
            Measure::Count => number.to_string(),
            Measure::Money => amount(Money::new(number, self.0)),
        };
        match test {
            NumberTest::Equal(is) => format!("{field} = {}", number(is)),
            NumberTest::Below(most) => format!("{field} < {}", number(most)),
            NumberTest::AtMost(most) => format!("{field} <= {}", number(most)),
            NumberTest::AtLeast(least) => format!("{field} >= {}", number(least)),
            NumberTest::Above(least) => format!("{field} > {}", number(least)),
            NumberTest::Between(least, most) => format!("{field} between {} and {}", number(least), number(most)),
        }
    }

    fn day(&self, field: &str, is_birthday: bool, test: &DayTest) -> String {
        let today = DayBound::days_ago(0);
        match test {
            DayTest::Between { from: None, to: None } => format!("{field} is set"),
            // Said of a birthday, "on today" means the one that comes again.
            DayTest::Between { from: Some(from), to: Some(to) } if from == to && !(is_birthday && *from == today) => {
                format!("{field} on {}", bound(*from))
            }
            DayTest::Months(months) => {
                let months: Vec<&str> = months.iter().map(|month| MONTHS[(usize::from(*month) + 11) % 12]).collect();
                match months[..] {
                    [month] => format!("{field} month = {month}"),
                    _ => format!("{field} month in ({})", months.join(", ")),
                }
            }
            DayTest::Anniversary { within: 0 } if is_birthday => format!("{field} is today"),
            DayTest::Anniversary { within: 0 } => format!("{field} anniversary is today"),
            DayTest::Anniversary { within } => {
                let again = if is_birthday { "" } else { " anniversary" };
                format!("{field}{again} in next {within} {}", if *within == 1 { "day" } else { "days" })
            }
            DayTest::Between { .. } | DayTest::Before(_) | DayTest::After(_) => format!("{field} {}", stretch(test)),
        }
    }

    fn counted<C: Written>(&self, how_many: HowMany, one: &str, many: &str, such: &Tree<C>) -> String {
        let such = match such {
            Tree::All(parts) if parts.is_empty() => String::new(),
            such => self.tree(such),
        };
        format!("{} ({such})", how_many_of(how_many, one, many))
    }

    /// `bought product X at least 2 times within 1 year`, where that says it all.
    fn bought(&self, how_many: HowMany, such: &Tree<OrderCondition>) -> Option<String> {
        let (contains, when) = match such {
            Tree::Is(contains) => (contains, None),
            Tree::All(parts) => match &parts[..] {
                [Tree::Is(contains), Tree::Is(OrderCondition::Day { test, .. })] if is_stretch(test) => (contains, Some(test)),
                _ => return None,
            },
            _ => return None,
        };
        let OrderCondition::Contains { what, of } = contains else { return None };
        let times = |count: u32| if count == 1 { "1 time".to_owned() } else { format!("{count} times") };
        let (bought, times) = match how_many {
            HowMany::Any => ("bought", String::new()),
            HowMany::None => ("never bought", String::new()),
            HowMany::AtLeast(count) => ("bought", format!(" at least {}", times(count))),
            HowMany::AtMost(count) => ("bought", format!(" at most {}", times(count))),
            HowMany::Exactly(count) => ("bought", format!(" exactly {}", times(count))),
            HowMany::All => return None,
        };
        let of = match &of[..] {
            [one] => reference(one),
            _ => format!("in ({})", references(of)),
        };
        let when = when.map(|test| format!(" {}", stretch(test))).unwrap_or_default();
        Some(format!("{bought} {} {of}{times}{when}", goods(*what)))
    }

    /// `none of event (view) within 30 days`, where that says it all.
    fn events(&self, how_many: HowMany, such: &Tree<EventCondition>) -> String {
        if let Tree::All(parts) = such
            && let [kind @ Tree::Is(EventCondition::Kind { .. }), Tree::Is(EventCondition::At { test })] = &parts[..]
            && is_stretch(test)
        {
            return format!("{} {}", self.counted(how_many, "event", "events", kind), stretch(test));
        }
        self.counted(how_many, "event", "events", such)
    }
}

impl Written for Condition {
    fn written(&self, printer: &Printer) -> String {
        printer.customer(self)
    }

    fn negated(&self, printer: &Printer) -> Option<String> {
        match self {
            Self::Number { field, test: NumberTest::Equal(_) } => Some(unequal(&printer.customer(self), field.name())),
            Self::Day { field, test: DayTest::Between { from: None, to: None } } => Some(format!("{} is unset", field.name())),
            Self::Text { field, test } => Some(not_text(field.name(), test)),
            Self::Custom { name, test } => Some(not_text(&format!("{CUSTOM}{}", written(name)), test)),
            Self::HasSome { field } => Some(format!("{} is unset", field.name())),
            _ => None,
        }
    }
}

impl Written for OrderCondition {
    fn written(&self, printer: &Printer) -> String {
        match self {
            Self::Number { field, test } => printer.number(field.name(), field.holds(), *test),
            Self::Day { field, test } => printer.day(field.name(), false, test),
            Self::Text { field, one_of } => text(field.name(), &TextTest::OneOf(one_of.clone())),
            Self::Contains { what, of } => quantified(goods(*what), Quantifier::Any, of),
            Self::Store { of } => quantified("store", Quantifier::Any, of),
        }
    }

    fn negated(&self, printer: &Printer) -> Option<String> {
        match self {
            Self::Number { field, test: NumberTest::Equal(_) } => Some(unequal(&self.written(printer), field.name())),
            Self::Day { field, test: DayTest::Between { from: None, to: None } } => Some(format!("{} is unset", field.name())),
            Self::Text { field, one_of } => Some(not_text(field.name(), &TextTest::OneOf(one_of.clone()))),
            Self::Contains { what, of } => Some(not_among(goods(*what), of)),
            Self::Store { of } => Some(not_among("store", of)),
            Self::Number { .. } | Self::Day { .. } => None,
        }
    }
}

impl Written for EventCondition {
    fn written(&self, printer: &Printer) -> String {
        match self {
            Self::Kind { one_of } => match one_of[..] {
                [kind] => kind.name().to_owned(),
                _ => format!("kind in ({})", one_of.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")),
            },
            Self::At { test } => printer.day("at", false, test),
            Self::About { what, of } => quantified(goods(*what), Quantifier::Any, of),
        }
    }

    fn negated(&self, _: &Printer) -> Option<String> {
        match self {
            Self::At { test: DayTest::Between { from: None, to: None } } => Some("at is unset".to_owned()),
            Self::About { what, of } => Some(not_among(goods(*what), of)),
            Self::Kind { .. } | Self::At { .. } => None,
        }
    }
}

fn how_many_of(how_many: HowMany, one: &str, many: &str) -> String {
    let noun = |count: u32| if count == 1 { one } else { many };
    match how_many {
        HowMany::Any => format!("any {one}"),
        HowMany::All => format!("all {many}"),
        HowMany::None => format!("none of {many}"),
        HowMany::AtLeast(count) => format!("at least {count} {}", noun(count)),
        HowMany::AtMost(count) => format!("at most {count} {}", noun(count)),
        HowMany::Exactly(count) => format!("exactly {count} {}", noun(count)),
    }
}

/// `field = x` as `field != x`.
fn unequal(written: &str, field: &str) -> String {
    written.strip_prefix(&format!("{field} =")).map_or_else(|| format!("not {written}"), |value| format!("{field} !={value}"))
}

/// Whether [`stretch`] writes it.
fn is_stretch(test: &DayTest) -> bool {
    !matches!(test, DayTest::Months(_) | DayTest::Anniversary { .. } | DayTest::Between { from: None, to: None })
}

fn stretch(test: &DayTest) -> String {
    match test {
        DayTest::Between { from: Some(DayBound::Ago(count, unit)), to: None } => format!("within {}", span(*count, *unit)),
        DayTest::Between { from: Some(from), to: None } => format!("since {}", bound(*from)),
        DayTest::Between { from: None, to: Some(to) } => format!("until {}", bound(*to)),
        DayTest::Between { from: Some(from), to: Some(to) } => format!("between {} and {}", bound(*from), bound(*to)),
        DayTest::Before(day) => format!("before {}", bound(*day)),
        DayTest::After(day) => format!("after {}", bound(*day)),
        DayTest::Between { from: None, to: None } | DayTest::Months(_) | DayTest::Anniversary { .. } => String::new(),
    }
}

fn bound(bound: DayBound) -> String {
    match bound {
        DayBound::On(day) => day.iso(),
        DayBound::Ago(0, Unit::Days) => "today".to_owned(),
        DayBound::Ago(1, Unit::Days) => "yesterday".to_owned(),
        DayBound::Ago(count, unit) => format!("{} ago", span(count, unit)),
    }
}

fn span(count: u16, unit: Unit) -> String {
    format!("{count} {}", if count == 1 { one(unit) } else { unit.name() })
}

fn amount(money: Money) -> String {
    let plain = money.plain();
    match plain.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole.to_owned(),
        _ => plain,
    }
}

fn text(field: &str, test: &TextTest) -> String {
    match test {
        TextTest::OneOf(values) => match &values[..] {
            [value] => format!("{field} = {}", written(value)),
            _ => format!("{field} in ({})", values.iter().map(|value| written(value)).collect::<Vec<_>>().join(", ")),
        },
        TextTest::Contains(text) => format!("{field} contains {}", written(text)),
        TextTest::StartsWith(text) => format!("{field} starts with {}", written(text)),
        TextTest::EndsWith(text) => format!("{field} ends with {}", written(text)),
        TextTest::Set => format!("{field} is set"),
    }
}

fn not_text(field: &str, test: &TextTest) -> String {
    let is = text(field, test);
    match test {
        TextTest::Set => format!("{field} is unset"),
        TextTest::OneOf(values) if values.len() == 1 => unequal(&is, field),
        _ => is.strip_prefix(field).map_or_else(|| format!("not {is}"), |test| format!("{field} not{test}")),
    }
}

fn quantified(field: &str, quantifier: Quantifier, of: &[Ref]) -> String {
    match (quantifier, of) {
        (Quantifier::Any, [one]) => format!("{field} = {}", reference(one)),
        (Quantifier::None, [one]) => format!("{field} != {}", reference(one)),
        (Quantifier::Any, of) => format!("{field} in ({})", references(of)),
        (Quantifier::All, of) => format!("{field} all of ({})", references(of)),
        (Quantifier::None, of) => format!("{field} none of ({})", references(of)),
    }
}

/// The negation of `field in (…)`, of what there is one of.
fn not_among(field: &str, of: &[Ref]) -> String {
    match of {
        [one] => format!("{field} != {}", reference(one)),
        of => format!("{field} not in ({})", references(of)),
    }
}

fn references(of: &[Ref]) -> String {
    of.iter().map(reference).collect::<Vec<_>>().join(", ")
}

fn reference(of: &Ref) -> String {
    match of {
        Ref::Id(id) => format!("#{id}"),
        Ref::Name(name) => written(name),
    }
}

fn goods(what: Goods) -> &'static str {
    match what {
        Goods::Product => "product",
        Goods::Category => "category",
    }
}
