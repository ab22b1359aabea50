//! Random rules about everything that can be asked. Included by the unit tests of the language as well, which is why the types come
//! by way of `super::language`.

use super::language::*;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

/// Tags, groups, products and the other things of the shop have these ids; the last one does not exist.
pub const SOME_IDS: std::ops::Range<i64> = 101..106;
/// Texts that are hard to write down or to compare.
pub const TEXTS: [&str; 16] = [
    "",
    "de",
    "Berlin",
    "Zürich",
    "ZURICH",
    "xl",
    "XL",
    "Frankfurt am Main",
    "王伟",
    "a\"b\\c",
    "100%_off",
    "and",
    "Ann@Shop.example",
    "-5",
    "shop.example",
    "O'Brien",
];

fn texts() -> impl Strategy<Value = String> {
    select(TEXTS.to_vec()).prop_map(str::to_owned)
}

fn refs() -> impl Strategy<Value = Vec<Ref>> {
    vec(prop_oneof![8 => SOME_IDS.prop_map(Ref::Id), 1 => texts().prop_map(Ref::Name)], 0..4)
}

fn numbers() -> impl Strategy<Value = NumberTest> {
    let number =
        || prop_oneof![4 => 0..6_i64, 2 => select(vec![-1, 99, 1_000, 10_000, 100_000]), 1 => select(vec![i64::MIN, i64::MAX])];
    prop_oneof![
        number().prop_map(NumberTest::Equal),
        number().prop_map(NumberTest::Below),
        number().prop_map(NumberTest::AtMost),
        number().prop_map(NumberTest::AtLeast),
        number().prop_map(NumberTest::Above),
        (number(), number()).prop_map(|(least, most)| NumberTest::Between(least, most)),
    ]
}

/// Days around the day 20,000, which is 4 October 2024, and some far from it.
pub fn days() -> impl Strategy<Value = Day> {
    prop_oneof![6 => 19_600..20_001_i32, 2 => 10_957..20_001_i32, 1 => select(vec![0, -1, -25_500, 11_016, 84_000])].prop_map(Day)
}

fn bounds() -> impl Strategy<Value = DayBound> {
    let count = select(vec![0_u16, 1, 2, 7, 30, 90, 365, u16::MAX]);
    prop_oneof![
        days().prop_map(DayBound::On),
        (count, select(Unit::ALL.to_vec())).prop_map(|(count, unit)| DayBound::Ago(count, unit))
    ]
}

fn day_tests() -> impl Strategy<Value = DayTest> {
    prop_oneof![
        4 => (of(bounds()), of(bounds())).prop_map(|(from, to)| DayTest::Between { from, to }),
        1 => bounds().prop_map(|day| DayTest::Between { from: Some(day), to: Some(day) }),
        1 => bounds().prop_map(DayTest::Before),
        1 => bounds().prop_map(DayTest::After),
        2 => vec(1..13_u8, 0..4).prop_map(DayTest::Months),
        2 => select(vec![0, 1, 7, 30, 200, 364, 365, 9_999]).prop_map(|within| DayTest::Anniversary { within }),
    ]
}

fn text_tests() -> impl Strategy<Value = TextTest> {
    prop_oneof![
        4 => vec(texts(), 0..4).prop_map(TextTest::OneOf),
        1 => texts().prop_map(TextTest::Contains),
        1 => texts().prop_map(TextTest::StartsWith),
        1 => texts().prop_map(TextTest::EndsWith),
        1 => Just(TextTest::Set),
    ]
}

/// Fields with fixed values have these, or none.
fn codes(codes: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    vec(select(codes.to_vec()).prop_map(str::to_owned), 0..3)
}

fn how_many() -> impl Strategy<Value = HowMany> {
    prop_oneof![
        3 => Just(HowMany::Any),
        1 => Just(HowMany::All),
        2 => Just(HowMany::None),
        1 => (0..4_u32).prop_map(HowMany::AtLeast),
        1 => (0..4_u32).prop_map(HowMany::AtMost),
        1 => (0..4_u32).prop_map(HowMany::Exactly),
    ]
}

fn goods() -> impl Strategy<Value = Goods> {
    select(vec![Goods::Product, Goods::Category])
}

fn order_conditions() -> impl Strategy<Value = OrderCondition> {
    let one_of = |field: OrderText| match field.holds() {
        fields::Values::Codes(known) => codes(known.all()).boxed(),
        _ => codes(&["USD", "eur", "CHF"]).boxed(),
    };
    prop_oneof![
        3 => (select(OrderNumber::ALL), numbers()).prop_map(|(field, test)| OrderCondition::Number { field, test }),
        3 => (select(OrderDay::ALL), day_tests()).prop_map(|(field, test)| OrderCondition::Day { field, test }),
        2 => select(OrderText::ALL).prop_flat_map(move |field| one_of(field).prop_map(move |one_of| OrderCondition::Text { field, one_of })),
        3 => (goods(), refs()).prop_map(|(what, of)| OrderCondition::Contains { what, of }),
        1 => refs().prop_map(|of| OrderCondition::Store { of }),
    ]
}

fn event_conditions() -> impl Strategy<Value = EventCondition> {
    prop_oneof![
        3 => vec(select(EventField::ALL), 0..3).prop_map(|one_of| EventCondition::Kind { one_of }),
        1 => Just(EventCondition::Kind { one_of: vec![EventField::View] }),
        2 => day_tests().prop_map(|test| EventCondition::At { test }),
        1 => (goods(), refs()).prop_map(|(what, of)| EventCondition::About { what, of }),
    ]
}

/// Trees of every shape, so many levels deep.
fn trees<C: Clone + std::fmt::Debug + 'static>(one: impl Strategy<Value = C> + 'static, depth: u32) -> BoxedStrategy<Tree<C>> {
    let leaf = one.prop_map(Tree::Is);
    leaf.prop_recursive(depth, 16, 4, |tree| {
        prop_oneof![
            vec(tree.clone(), 0..4).prop_map(Tree::All),
            vec(tree.clone(), 0..4).prop_map(Tree::Any),
            tree.prop_map(|tree| !tree),
        ]
    })
    .boxed()
}

pub fn conditions() -> impl Strategy<Value = Condition> {
    let fixed = |field: TextField| match field.holds().1 {
        fields::Values::Codes(known) => codes(known.all()).prop_map(TextTest::OneOf).boxed(),
        fields::Values::Countries => codes(&["DE", "ch", "US", ""]).prop_map(TextTest::OneOf).boxed(),
        _ => text_tests().boxed(),
    };
    let quantifier = select(vec![Quantifier::Any, Quantifier::All, Quantifier::None]);
    let custom = select(vec!["size", "Size", "shoe size", "王", ""]).prop_map(str::to_owned);
    prop_oneof![
        3 => (select(NumberField::ALL), numbers()).prop_map(|(field, test)| Condition::Number { field, test }),
        3 => (select(DayField::ALL), day_tests()).prop_map(|(field, test)| Condition::Day { field, test }),
        2 => (select(FlagField::ALL), any::<bool>()).prop_map(|(field, is)| Condition::Flag { field, is }),
        4 => select(TextField::ALL).prop_flat_map(move |field| fixed(field).prop_map(move |test| Condition::Text { field, test })),
        2 => (custom, text_tests()).prop_map(|(name, test)| Condition::Custom { name, test }),
        3 => (select(SetField::ALL), quantifier, refs()).prop_map(|(field, quantifier, of)| Condition::Has { field, quantifier, of }),
        1 => select(SetField::ALL).prop_map(|field| Condition::HasSome { field }),
        5 => (how_many(), trees(order_conditions(), 2)).prop_map(|(how_many, such)| Condition::Orders { how_many, such }),
        4 => (how_many(), trees(event_conditions(), 2)).prop_map(|(how_many, such)| Condition::Events { how_many, such }),
    ]
}

/// Rules about everything, a few levels deep.
pub fn any_rules() -> BoxedStrategy<Rule> {
    trees(conditions(), 3)
}
