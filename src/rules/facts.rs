//! A rule read against what is known of one customer, in memory: the plainest reading, which the others are tested against.

use super::sql::order_code;
use super::{
    Actual, Condition, DayField, EventCondition, EventField, Explanation, FlagField, Goods, HowMany, NumberField, OrderCondition,
    OrderDay, OrderNumber, OrderText, Part, Quantifier, Ref, Rule, SetField, TextField, TextTest, Tree,
    fields::{Keying, Measure},
};
use crate::base::{BranchId, Day, GroupId, TagId};
use std::collections::{BTreeSet, HashSet};
use std::sync::OnceLock;

/// Everything that a rule can ask of a customer. What the index keeps stands here, the rest in [`MoreFacts`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerFacts {
    pub orders_count: i64,
    /// Money in minor units of the base currency, here and below.
    pub spent_minor: i64,
    /// 0 for a customer without orders.
    pub aov_minor: i64,
    pub credit_minor: i64,
    pub points: i64,
    pub visits_count: i64,
    pub registered: Day,
    pub first_order: Option<Day>,
    pub last_order: Option<Day>,
    pub blocked: bool,
    pub email_confirmed: bool,
    pub marketing_email: bool,
    pub marketing_sms: bool,
    /// The ISO code in upper case.
    pub country: String,
    /// Normalised, as is the city.
    pub region_key: String,
    pub city_key: String,
    pub source: String,
    pub branch: Option<BranchId>,
    pub tags: HashSet<TagId>,
    pub groups: HashSet<GroupId>,
    /// `None`: nobody looked, and rules that ask for it cannot be answered from here.
    pub more: Option<Box<MoreFacts>>,
}

/// What a rule can ask beside what the index keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoreFacts {
    pub units: i64,
    /// The code of the tier; `None` for who is no member.
    pub tier: Option<String>,
    pub earned_points: i64,
    pub birthday: Option<Day>,
    /// The purposes whose newest entry in the log grants them.
    pub consents: BTreeSet<String>,
    pub name_key: String,
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email_key: String,
    pub phone_key: String,
    pub account_number: String,
    pub locale: String,
    pub campaign: String,
    pub pricing_group: Option<i64>,
    pub department: Option<i64>,
    /// Names and values as they are written.
    pub custom_fields: Vec<(String, String)>,
    /// The completed ones.
    pub orders: Vec<OrderFacts>,
    pub events: Vec<EventFacts>,
}

/// A completed order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFacts {
    pub total_minor: i64,
    pub refunded_minor: i64,
    pub units: i64,
    pub placed: Day,
    pub payment: String,
    pub fulfilment: String,
    pub channel: String,
    pub currency: String,
    pub store: i64,
    pub products: BTreeSet<i64>,
    /// Of its products, with all above them.
    pub categories: BTreeSet<i64>,
}

/// Something that the customer did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFacts {
    /// `None`: of a kind that rules have no word for.
    pub kind: Option<EventField>,
    pub day: Day,
    pub product: Option<i64>,
    /// Of the product, with all above it.
    pub categories: BTreeSet<i64>,
}

/// Whether the customer is one of those that `rule` describes when today is `today`.
#[must_use]
pub fn matches(rule: &Rule, facts: &CustomerFacts, today: Day) -> bool {
    tree(rule, &|condition| holds(condition, facts, today))
}

fn tree<C>(of: &Tree<C>, one: &impl Fn(&C) -> bool) -> bool {
    match of {
        Tree::All(parts) => parts.iter().all(|part| tree(part, one)),
        Tree::Any(parts) => parts.iter().any(|part| tree(part, one)),
        Tree::Not(inner) => !tree(inner, one),
        Tree::Is(condition) => one(condition),
    }
}

/// Whether one condition holds of the customer when today is `today`.
#[must_use]
pub fn holds(condition: &Condition, facts: &CustomerFacts, today: Day) -> bool {
    match condition {
        Condition::Number { field, test } => test.passes(facts.number(*field)),
        Condition::Day { field, test } => facts.day(*field).is_some_and(|day| test.passes(day, today)),
        Condition::Flag { field, is } => facts.flag(*field) == *is,
        Condition::Text { field, test } => text_passes(test, facts.text(*field), field.holds().0),
        Condition::Custom { name, test } => facts.custom(name).any(|value| text_passes(test, value, Keying::AsWritten)),
        Condition::Has { field, quantifier, of } => quantified(*quantifier, of, &facts.set(*field)),
        Condition::HasSome { field } => !facts.set(*field).is_empty(),
        Condition::Orders { how_many, such } => {
            let orders = &facts.more().orders;
            let found = orders.iter().filter(|order| tree(such, &|condition| order_passes(condition, order, today))).count();
            enough(*how_many, found, orders.len())
        }
        Condition::Events { how_many, such } => {
            let events = &facts.more().events;
            let found = events.iter().filter(|event| tree(such, &|condition| event_passes(condition, event, today))).count();
            enough(*how_many, found, events.len())
        }
    }
}

/// How many of the customer's orders or events are such, of how many; `None` of other conditions.
#[must_use]
pub fn found(condition: &Condition, facts: &CustomerFacts, today: Day) -> Option<(usize, usize)> {
    match condition {
        Condition::Orders { such, .. } => {
            let orders = &facts.more().orders;
            let such = |order: &&OrderFacts| tree(such, &|condition| order_passes(condition, order, today));
            Some((orders.iter().filter(such).count(), orders.len()))
        }
        Condition::Events { such, .. } => {
            let events = &facts.more().events;
            let such = |event: &&EventFacts| tree(such, &|condition| event_passes(condition, event, today));
            Some((events.iter().filter(such).count(), events.len()))
        }
        _ => None,
    }
}

/// How `rule` turns out for a customer of whom everything is known, when today is `today`. Segments in it have been
/// replaced by their rules.
#[must_use]
pub fn explain(rule: &Rule, facts: &CustomerFacts, today: Day) -> Explanation {
    let all = |parts: &[Rule]| parts.iter().map(|part| explain(part, facts, today)).collect::<Vec<_>>();
    let (holds, part) = match rule {
        Rule::All(parts) => {
            let parts = all(parts);
            (parts.iter().all(|part| part.holds), Part::All(parts))
        }
        Rule::Any(parts) => {
            let parts = all(parts);
            (parts.iter().any(|part| part.holds), Part::Any(parts))
        }
        Rule::Not(inner) => {
            let inner = explain(inner, facts, today);
            (!inner.holds, Part::Not(Box::new(inner)))
        }
        Rule::Is(condition) => {
            let holds = holds(condition, facts, today);
            (holds, Part::Is(condition.clone(), actual(condition, facts, today)))
        }
    };
    Explanation { holds, part }
}

fn actual(condition: &Condition, facts: &CustomerFacts, today: Day) -> Actual {
    match condition {
        Condition::Number { field, .. } => match field.holds() {
            Measure::Count => Actual::Count(facts.number(*field)),
            Measure::Money => Actual::Money(facts.number(*field)),
        },
        Condition::Day { field, .. } => Actual::Day(facts.day(*field)),
        Condition::Flag { field, .. } => Actual::Flag(facts.flag(*field)),
        Condition::Text { field, .. } => Actual::Text(facts.text(*field).to_owned()),
        Condition::Custom { name, .. } => Actual::Text(facts.custom(name).collect::<Vec<_>>().join(", ")),
        Condition::Has { field, .. } | Condition::HasSome { field } => Actual::Has(facts.set(*field).into_iter().collect()),
        Condition::Orders { .. } | Condition::Events { .. } => {
            let (found, of) = found(condition, facts, today).unwrap_or_default();
            let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            Actual::Found { found: count(found), of: count(of) }
        }
    }
}

fn enough(how_many: HowMany, found: usize, of: usize) -> bool {
    let count = |count: u32| count as usize;
    match how_many {
        HowMany::Any => found > 0,
        HowMany::All => of > 0 && found == of,
        HowMany::None => found == 0,
        HowMany::AtLeast(least) => found >= count(least),
        HowMany::AtMost(most) => found <= count(most),
        HowMany::Exactly(exactly) => found == count(exactly),
    }
}

fn order_passes(condition: &OrderCondition, order: &OrderFacts, today: Day) -> bool {
    match condition {
        OrderCondition::Number { field, test } => test.passes(match field {
            OrderNumber::Total => order.total_minor,
            OrderNumber::Refunded => order.refunded_minor,
            OrderNumber::Pieces => order.units,
        }),
        OrderCondition::Day { field: OrderDay::Placed, test } => test.passes(order.placed, today),
        OrderCondition::Text { field, one_of } => {
            let value = match field {
                OrderText::Payment => &order.payment,
                OrderText::Fulfilment => &order.fulfilment,
                OrderText::Channel => &order.channel,
                OrderText::Currency => &order.currency,
            };
            one_of.iter().any(|code| order_code(*field, code) == *value)
        }
        OrderCondition::Contains { what: Goods::Product, of } => is_among(of, &order.products),
        OrderCondition::Contains { what: Goods::Category, of } => is_among(of, &order.categories),
        OrderCondition::Store { of } => is_among(of, &BTreeSet::from([order.store])),
    }
}

fn event_passes(condition: &EventCondition, event: &EventFacts, today: Day) -> bool {
    match condition {
        EventCondition::Kind { one_of } => event.kind.is_some_and(|kind| one_of.contains(&kind)),
        EventCondition::At { test } => test.passes(event.day, today),
        EventCondition::About { what: Goods::Product, of } => is_among(of, &event.product.into_iter().collect()),
        EventCondition::About { what: Goods::Category, of } => is_among(of, &event.categories),
    }
}

fn is_among(of: &[Ref], has: &BTreeSet<i64>) -> bool {
    quantified(Quantifier::Any, of, has)
}

/// Nobody has what is only a name.
fn quantified(quantifier: Quantifier, wanted: &[Ref], has: &BTreeSet<i64>) -> bool {
    let has = |one: &Ref| matches!(one, Ref::Id(id) if has.contains(id));
    match quantifier {
        Quantifier::Any => wanted.iter().any(has),
        Quantifier::All => wanted.iter().all(has),
        Quantifier::None => !wanted.iter().any(has),
    }
}

fn text_passes(test: &TextTest, value: &str, keying: Keying) -> bool {
    let value = if keying == Keying::AsWritten { keying.key(value) } else { value.to_owned() };
    match test {
        TextTest::OneOf(values) => values.iter().any(|one| keying.key(one) == value),
        TextTest::Contains(text) => value.contains(&keying.key(text)),
        TextTest::StartsWith(text) => value.starts_with(&keying.key(text)),
        TextTest::EndsWith(text) => value.ends_with(&keying.key(text)),
        TextTest::Set => !value.is_empty(),
    }
}

impl CustomerFacts {
    /// What is known beside; nothing where nobody looked.
    #[must_use]
    pub fn more(&self) -> &MoreFacts {
        static NOTHING: OnceLock<MoreFacts> = OnceLock::new();
        self.more.as_deref().unwrap_or_else(|| NOTHING.get_or_init(MoreFacts::default))
    }

    #[must_use]
    pub fn number(&self, field: NumberField) -> i64 {
        match field {
            NumberField::OrdersCount => self.orders_count,
            NumberField::TotalSpent => self.spent_minor,
            NumberField::AverageOrderValue => self.aov_minor,
            NumberField::StoreCredit => self.credit_minor,
            NumberField::Points => self.points,
            NumberField::Visits => self.visits_count,
            NumberField::Units => self.more().units,
            NumberField::EarnedPoints => self.more().earned_points,
        }
    }

    /// `None` where it never happened. Everyone has registered.
    #[must_use]
    pub fn day(&self, field: DayField) -> Option<Day> {
        match field {
            DayField::Registered => Some(self.registered),
            DayField::FirstOrder => self.first_order,
            DayField::LastOrder => self.last_order,
            DayField::Birthday => self.more().birthday,
        }
    }

    #[must_use]
    pub fn flag(&self, field: FlagField) -> bool {
        match field {
            FlagField::Blocked => self.blocked,
            FlagField::EmailConfirmed => self.email_confirmed,
            FlagField::MarketingEmail => self.marketing_email,
            FlagField::MarketingSms => self.marketing_sms,
            FlagField::ConsentProcessing | FlagField::ConsentCookies => {
                field.purpose().is_some_and(|purpose| self.more().consents.contains(purpose))
            }
            FlagField::LoyaltyMember => self.more().tier.is_some(),
            FlagField::Active | FlagField::BusinessEmail => false,
        }
    }

    /// As it is compared, or as it is written where that is the same but for the case.
    #[must_use]
    pub fn text(&self, field: TextField) -> &str {
        let more = self.more();
        match field {
            TextField::Country => &self.country,
            TextField::Region => &self.region_key,
            TextField::City => &self.city_key,
            TextField::Source => &self.source,
            TextField::Name => &more.name_key,
            TextField::FirstName => &more.first_name,
            TextField::LastName => &more.last_name,
            TextField::Company => &more.company,
            TextField::Email => &more.email_key,
            TextField::EmailDomain => more.email_key.split_once('@').map_or(&more.email_key, |(_, domain)| domain),
            TextField::Phone => &more.phone_key,
            TextField::AccountNumber => &more.account_number,
            TextField::Locale => &more.locale,
            TextField::Campaign => &more.campaign,
            TextField::Tier => more.tier.as_deref().unwrap_or_default(),
        }
    }

    /// The values of the custom field of this name.
    pub fn custom<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> + use<'f> {
        let name = Keying::AsWritten.key(name);
        let of_name = move |(other, _): &&(String, String)| Keying::AsWritten.key(other) == name;
        self.more().custom_fields.iter().filter(of_name).map(|(_, value)| value.as_str())
    }

    /// The ids of what the customer has. Memberships of segments are no facts: segments stand for their rules.
    #[must_use]
    pub fn set(&self, field: SetField) -> BTreeSet<i64> {
        match field {
            SetField::Tag => self.tags.iter().map(|tag| tag.0).collect(),
            SetField::Group => self.groups.iter().map(|group| group.0).collect(),
            SetField::PricingGroup => self.more().pricing_group.into_iter().collect(),
            SetField::Branch => self.branch.iter().map(|branch| branch.0).collect(),
            SetField::Department => self.more().department.into_iter().collect(),
            SetField::Segment => BTreeSet::new(),
        }
    }
}
