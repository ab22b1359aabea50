//! One condition as it is clicked together: its field, how that is tested, and with which values.

use super::draft::{About, What};
use crate::base::Day;
use crate::rules::fields::{Measure, Section, Values};
use crate::rules::{
    Condition, DayBound, DayField, DayTest, EventCondition, EventField, FlagField, Goods, HowMany, NumberField, NumberTest,
    OrderCondition, OrderDay, OrderNumber, OrderText, Quantifier, Ref, SetField, TextField, TextTest,
};

/// One condition, about whatever its group is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    Customer(Condition),
    Order(OrderCondition),
    Event(EventCondition),
}

/// How a field is tested; the same test of different fields looks the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    Number(Measure, NumberTest),
    Day(DayTest),
    Flag(bool),
    Text(TextTest, Values),
    /// One of these codes.
    Codes(Vec<String>, Values),
    /// These of the shop's things.
    Of(Quantifier, Vec<Ref>, Values),
    /// Of the shop's things, one has any.
    Some(Values),
    /// One of these, of what there is one of.
    Among(Vec<Ref>, Values),
    Kinds(Vec<EventField>),
}

/// A field that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As completion writes it.
    pub code: &'static str,
    pub label_key: &'static str,
    pub section: Section,
}

const ANY_ORDER: &str = "any order";
const ANY_EVENT: &str = "any event";
const CUSTOM: &str = "custom.";
const PRODUCT: &str = "product";
const CATEGORY: &str = "category";
const STORE: &str = "store";
const KIND: &str = "kind";
const AT: &str = "at";
const BOUGHT_PRODUCT: &str = "bought product";
const BOUGHT_CATEGORY: &str = "bought category";

/// The fields that conditions can have, by sections.
#[must_use]
pub fn choices(about: About) -> Vec<Choice> {
    macro_rules! of {
        ($($field:ident)*) => {
            [$($field::ALL.iter().map(|field| Choice { code: field.name(), label_key: field.label_key(), section: field.section() }).collect::<Vec<_>>()),*].concat()
        };
    }
    let choice = |code, label_key, section| Choice { code, label_key, section };
    let mut choices = match about {
        About::Customers => of!(NumberField DayField FlagField TextField SetField),
        About::Orders => of!(OrderNumber OrderDay OrderText),
        About::Events => vec![choice(KIND, "rules.field.kind", Section::Doings), choice(AT, "rules.field.at", Section::Doings)],
    };
    match about {
        About::Customers => choices.extend([
            choice(ANY_ORDER, "rules.field.counted_orders", Section::Orders),
            choice(BOUGHT_PRODUCT, "rules.field.bought_product", Section::Orders),
            choice(BOUGHT_CATEGORY, "rules.field.bought_category", Section::Orders),
            choice(ANY_EVENT, "rules.field.counted_events", Section::Doings),
            choice(CUSTOM, "rules.field.custom", Section::Profile),
        ]),
        About::Orders | About::Events => choices.extend([
            choice(PRODUCT, "rules.field.product", Section::Orders),
            choice(CATEGORY, "rules.field.category", Section::Orders),
        ]),
    }
    if about == About::Orders {
        choices.push(choice(STORE, "rules.field.store", Section::Orders));
    }
    choices.sort_by_key(|choice| Section::ALL.iter().position(|section| *section == choice.section));
    choices
}

/// What a condition on a field begins with.
#[must_use]
pub fn begun(about: About, code: &str) -> What {
    match about {
        About::Customers => begun_of_customers(code),
        About::Orders => What::Row(Leaf::Order(begun_of_orders(code))),
        About::Events => What::Row(Leaf::Event(match code {
            AT => EventCondition::At { test: DayTest::within(30) },
            PRODUCT => EventCondition::About { what: Goods::Product, of: Vec::new() },
            CATEGORY => EventCondition::About { what: Goods::Category, of: Vec::new() },
            _ => EventCondition::Kind { one_of: vec![EventField::View] },
        })),
    }
}

fn begun_of_customers(code: &str) -> What {
    let bought =
        |what| What::counted(About::Orders, HowMany::Any, vec![Leaf::Order(OrderCondition::Contains { what, of: Vec::new() })]);
    let any_text = || TextTest::OneOf(Vec::new());
    let condition = if let Some(field) = NumberField::find(code) {
        Condition::Number { field, test: NumberTest::AtLeast(1) }
    } else if let Some(field) = DayField::find(code) {
        let test = if field == DayField::Birthday { DayTest::Anniversary { within: 7 } } else { DayTest::within(30) };
        Condition::Day { field, test }
    } else if let Some(field) = FlagField::find(code) {
        Condition::Flag { field, is: true }
    } else if let Some(field) = TextField::find(code) {
        let test = if field.holds().1 == Values::Free { TextTest::Contains(String::new()) } else { any_text() };
        Condition::Text { field, test }
    } else if let Some(field) = SetField::find(code) {
        Condition::Has { field, quantifier: Quantifier::Any, of: Vec::new() }
    } else {
        match code {
            ANY_EVENT => {
                let view = EventCondition::Kind { one_of: vec![EventField::View] };
                return What::counted(About::Events, HowMany::Any, vec![Leaf::Event(view)]);
            }
            BOUGHT_PRODUCT => return bought(Goods::Product),
            BOUGHT_CATEGORY => return bought(Goods::Category),
            CUSTOM => Condition::Custom { name: String::new(), test: any_text() },
            _ => return What::counted(About::Orders, HowMany::Any, vec![Leaf::Order(begun_of_orders("total"))]),
        }
    };
    What::Row(Leaf::Customer(condition))
}

fn begun_of_orders(code: &str) -> OrderCondition {
    if let Some(field) = OrderDay::find(code) {
        return OrderCondition::Day { field, test: DayTest::within(30) };
    }
    if let Some(field) = OrderText::find(code) {
        return OrderCondition::Text { field, one_of: Vec::new() };
    }
    match code {
        PRODUCT => OrderCondition::Contains { what: Goods::Product, of: Vec::new() },
        CATEGORY => OrderCondition::Contains { what: Goods::Category, of: Vec::new() },
        STORE => OrderCondition::Store { of: Vec::new() },
        _ => {
            OrderCondition::Number { field: OrderNumber::find(code).unwrap_or(OrderNumber::Total), test: NumberTest::AtLeast(1) }
        }
    }
}

fn goods(what: Goods) -> (&'static str, Values) {
    match what {
        Goods::Product => (PRODUCT, Values::Products),
        Goods::Category => (CATEGORY, Values::Categories),
    }
}

impl Leaf {
    /// The field as [`choices`] have it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Customer(condition) => match condition {
                Condition::Number { field, .. } => field.name(),
                Condition::Day { field, .. } => field.name(),
                Condition::Flag { field, .. } => field.name(),
                Condition::Text { field, .. } => field.name(),
                Condition::Has { field, .. } | Condition::HasSome { field } => field.name(),
                Condition::Custom { .. } => CUSTOM,
                Condition::Orders { .. } => ANY_ORDER,
                Condition::Events { .. } => ANY_EVENT,
            },
            Self::Order(condition) => match condition {
                OrderCondition::Number { field, .. } => field.name(),
                OrderCondition::Day { field, .. } => field.name(),
                OrderCondition::Text { field, .. } => field.name(),
                OrderCondition::Contains { what, .. } => goods(*what).0,
                OrderCondition::Store { .. } => STORE,
            },
            Self::Event(condition) => match condition {
                EventCondition::Kind { .. } => KIND,
                EventCondition::At { .. } => AT,
                EventCondition::About { what, .. } => goods(*what).0,
            },
        }
    }

    /// The name of a custom field.
    #[must_use]
    pub fn custom(&self) -> Option<&str> {
        if let Self::Customer(Condition::Custom { name, .. }) = self { Some(name) } else { None }
    }

    /// The same test of the custom field of another name.
    pub fn rename(&mut self, to: String) {
        if let Self::Customer(Condition::Custom { name, .. }) = self {
            *name = to;
        }
    }

    /// How it is tested.
    #[must_use]
    pub fn test(&self) -> Test {
        match self {
            Self::Customer(condition) => match condition {
                Condition::Number { field, test } => Test::Number(field.holds(), *test),
                Condition::Day { test, .. } => Test::Day(test.clone()),
                Condition::Flag { is, .. } => Test::Flag(*is),
                Condition::Text { field, test } => Test::Text(test.clone(), field.holds().1),
                Condition::Custom { test, .. } => Test::Text(test.clone(), Values::CustomValues),
                Condition::Has { field, quantifier, of } => Test::Of(*quantifier, of.clone(), field.holds()),
                Condition::HasSome { field } => Test::Some(field.holds()),
                // These are no leaves.
                Condition::Orders { .. } | Condition::Events { .. } => Test::Flag(true),
            },
            Self::Order(condition) => match condition {
                OrderCondition::Number { field, test } => Test::Number(field.holds(), *test),
                OrderCondition::Day { test, .. } => Test::Day(test.clone()),
                OrderCondition::Text { field, one_of } => Test::Codes(one_of.clone(), field.holds()),
                OrderCondition::Contains { what, of } => Test::Among(of.clone(), goods(*what).1),
                OrderCondition::Store { of } => Test::Among(of.clone(), Values::Stores),
            },
            Self::Event(condition) => match condition {
                EventCondition::Kind { one_of } => Test::Kinds(one_of.clone()),
                EventCondition::At { test } => Test::Day(test.clone()),
                EventCondition::About { what, of } => Test::Among(of.clone(), goods(*what).1),
            },
        }
    }

    /// The same field, tested so; unchanged where that cannot be.
    pub fn set_test(&mut self, new: Test) {
        match (self, new) {
            (
                Self::Customer(Condition::Number { test, .. }) | Self::Order(OrderCondition::Number { test, .. }),
                Test::Number(_, new),
            ) => {
                *test = new;
            }
            (
                Self::Customer(Condition::Day { test, .. })
                | Self::Order(OrderCondition::Day { test, .. })
                | Self::Event(EventCondition::At { test }),
                Test::Day(new),
            ) => *test = new,
            (Self::Customer(Condition::Flag { is, .. }), Test::Flag(new)) => *is = new,
            (Self::Customer(Condition::Text { test, .. } | Condition::Custom { test, .. }), Test::Text(new, _)) => *test = new,
            (Self::Customer(condition), Test::Of(quantifier, of, _)) => {
                if let Condition::Has { field, .. } | Condition::HasSome { field } = condition {
                    *condition = Condition::Has { field: *field, quantifier, of };
                }
            }
            (Self::Customer(condition), Test::Some(_)) => {
                if let Condition::Has { field, .. } = condition {
                    *condition = Condition::HasSome { field: *field };
                }
            }
            (Self::Order(OrderCondition::Text { one_of, .. }), Test::Codes(new, _)) => *one_of = new,
            (
                Self::Order(OrderCondition::Contains { of, .. } | OrderCondition::Store { of })
                | Self::Event(EventCondition::About { of, .. }),
                Test::Among(new, _),
            ) => *of = new,
            (Self::Event(EventCondition::Kind { one_of }), Test::Kinds(new)) => *one_of = new,
            _ => {}
        }
    }
}

const NUMBERS: &[&str] = &["equal", "at_least", "above", "at_most", "below", "between"];
const DAYS: &[&str] = &["within", "since", "until", "on", "days_between", "before", "after", "months", "anniversary", "ever"];
const TEXTS: &[&str] = &["one_of", "contains", "starts", "ends", "set"];
const SETS: &[&str] = &["any", "all", "none", "some"];

impl Test {
    /// How it may be tested; one way needs no choice.
    #[must_use]
    pub fn ways(&self) -> &'static [&'static str] {
        match self {
            Self::Number(..) => NUMBERS,
            Self::Day(_) => DAYS,
            Self::Flag(_) => &["yes", "no"],
            Self::Text(..) => TEXTS,
            Self::Of(..) | Self::Some(_) => SETS,
            Self::Codes(..) | Self::Among(..) | Self::Kinds(_) => &[],
        }
    }

    /// How it is tested.
    #[must_use]
    pub fn way(&self) -> &'static str {
        match self {
            Self::Number(_, test) => match test {
                NumberTest::Equal(_) => "equal",
                NumberTest::AtLeast(_) => "at_least",
                NumberTest::Above(_) => "above",
                NumberTest::AtMost(_) => "at_most",
                NumberTest::Below(_) => "below",
                NumberTest::Between(..) => "between",
            },
            Self::Day(test) => day_way(test),
            Self::Flag(true) => "yes",
            Self::Flag(false) => "no",
            Self::Text(test, _) => match test {
                TextTest::OneOf(_) => "one_of",
                TextTest::Contains(_) => "contains",
                TextTest::StartsWith(_) => "starts",
                TextTest::EndsWith(_) => "ends",
                TextTest::Set => "set",
            },
            Self::Of(Quantifier::Any, ..) => "any",
            Self::Of(Quantifier::All, ..) => "all",
            Self::Of(Quantifier::None, ..) => "none",
            Self::Some(_) => "some",
            Self::Codes(..) => "codes",
            Self::Among(..) => "among",
            Self::Kinds(_) => "kinds",
        }
    }

    /// Tested in another way, with the same values as far as they go; calendar days begin at today.
    #[must_use]
    pub fn in_way(self, way: &str, today: Day) -> Self {
        match self {
            Self::Number(measure, test) => Self::Number(measure, number_in(test, way)),
            Self::Day(test) => Self::Day(day_in(&test, way, today)),
            Self::Flag(_) => Self::Flag(way == "yes"),
            Self::Text(test, values) => Self::Text(text_in(test, way), values),
            Self::Of(_, of, values) => set_in(of, values, way),
            Self::Some(values) => set_in(Vec::new(), values, way),
            other => other,
        }
    }
}

fn number_in(test: NumberTest, way: &str) -> NumberTest {
    let (first, second) = match test {
        NumberTest::Between(first, second) => (first, second),
        NumberTest::Equal(number)
        | NumberTest::AtLeast(number)
        | NumberTest::Above(number)
        | NumberTest::AtMost(number)
        | NumberTest::Below(number) => (number, number),
    };
    match way {
        "equal" => NumberTest::Equal(first),
        "above" => NumberTest::Above(first),
        "at_most" => NumberTest::AtMost(second),
        "below" => NumberTest::Below(second),
        "between" => NumberTest::Between(first, second),
        _ => NumberTest::AtLeast(first),
    }
}

fn day_way(test: &DayTest) -> &'static str {
    match test {
        DayTest::Between { from: None, to: None } => "ever",
        DayTest::Between { from: Some(DayBound::Ago(..)), to: None } => "within",
        DayTest::Between { from: Some(_), to: None } => "since",
        DayTest::Between { from: None, to: Some(_) } => "until",
        DayTest::Between { from: Some(from), to: Some(to) } if from == to => "on",
        DayTest::Between { .. } => "days_between",
        DayTest::Before(_) => "before",
        DayTest::After(_) => "after",
        DayTest::Months(_) => "months",
        DayTest::Anniversary { .. } => "anniversary",
    }
}

fn day_in(test: &DayTest, way: &str, today: Day) -> DayTest {
    let (first, last) = match test {
        DayTest::Between { from, to } => (from.or(*to), to.or(*from)),
        DayTest::Before(bound) | DayTest::After(bound) => (Some(*bound), Some(*bound)),
        DayTest::Months(_) | DayTest::Anniversary { .. } => (None, None),
    };
    let first = first.unwrap_or(DayBound::days_ago(30));
    let now = DayBound::days_ago(0);
    let last = last.unwrap_or(now);
    match way {
        // Of one that moves with today one says "within".
        "since" => DayTest::Between { from: Some(DayBound::On(first.resolve(today))), to: None },
        "until" => DayTest::Between { from: None, to: Some(last) },
        "on" => DayTest::Between { from: Some(first), to: Some(first) },
        // Two days that are the same would be "on".
        "days_between" if first == last && last == now => DayTest::Between { from: Some(DayBound::days_ago(30)), to: Some(now) },
        "days_between" if first == last => DayTest::Between { from: Some(first), to: Some(now) },
        "days_between" => DayTest::Between { from: Some(first), to: Some(last) },
        "before" => DayTest::Before(first),
        "after" => DayTest::After(first),
        "months" => DayTest::Months(vec![12]),
        "anniversary" => DayTest::Anniversary { within: 7 },
        "ever" => DayTest::Between { from: None, to: None },
        _ => match first {
            DayBound::Ago(..) => DayTest::Between { from: Some(first), to: None },
            DayBound::On(_) => DayTest::within(30),
        },
    }
}

fn text_in(test: TextTest, way: &str) -> TextTest {
    let values = match test {
        TextTest::OneOf(values) => values,
        TextTest::Contains(text) | TextTest::StartsWith(text) | TextTest::EndsWith(text) => vec![text],
        TextTest::Set => Vec::new(),
    };
    let first = || values.first().cloned().unwrap_or_default();
    match way {
        "contains" => TextTest::Contains(first()),
        "starts" => TextTest::StartsWith(first()),
        "ends" => TextTest::EndsWith(first()),
        "set" => TextTest::Set,
        _ => TextTest::OneOf(values.into_iter().filter(|value| !value.is_empty()).collect()),
    }
}

fn set_in(of: Vec<Ref>, values: Values, way: &str) -> Test {
    match way {
        "all" => Test::Of(Quantifier::All, of, values),
        "none" => Test::Of(Quantifier::None, of, values),
        "some" => Test::Some(values),
        _ => Test::Of(Quantifier::Any, of, values),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::base::Currency;
    use crate::rules::editor::draft::Draft;
    use crate::rules::{parse, print};

    const TODAY: Day = Day(20_000);

    fn leaves(about: About) -> Vec<(&'static str, Leaf)> {
        let leaf = |choice: Choice| match begun(about, choice.code) {
            What::Row(leaf) => Some((choice.code, leaf)),
            _ => None,
        };
        choices(about).into_iter().filter_map(leaf).collect()
    }

    /// In every way, so that every form of every condition is met.
    fn in_all_ways(leaf: &Leaf) -> Vec<Leaf> {
        let in_way = |way: &&'static str| {
            let mut leaf = leaf.clone();
            leaf.set_test(leaf.test().in_way(way, TODAY));
            assert_eq!(leaf.test().way(), *way, "{leaf:?}");
            leaf
        };
        leaf.test().ways().iter().map(in_way).chain([leaf.clone()]).collect()
    }

    #[test]
    fn every_field_begins_as_itself_and_has_all_its_ways() {
        for about in [About::Customers, About::Orders, About::Events] {
            for (code, leaf) in leaves(about) {
                assert_eq!(leaf.code(), code);
                for one in in_all_ways(&leaf) {
                    for two in in_all_ways(&one) {
                        assert_eq!(two.code(), code);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_clicked_together_can_be_read() {
        for about in [About::Customers, About::Orders, About::Events] {
            for (code, leaf) in leaves(about) {
                for leaf in in_all_ways(&leaf) {
                    let mut draft = Draft::of(&crate::rules::Rule::everyone());
                    let root = draft.root.id;
                    match about {
                        About::Customers => draft.add(root, What::Row(leaf)),
                        about => draft.add(root, What::counted(about, HowMany::Any, vec![leaf])),
                    };
                    let text = print(&draft.rule(), Currency::USD);
                    match parse(&text, Currency::USD) {
                        Ok(rule) => assert_eq!(rule, draft.rule(), "{text}"),
                        // It says that a name is wanted.
                        Err(error) => assert_eq!(code, CUSTOM, "{text}: {error:?}"),
                    }
                }
            }
        }
    }
}
