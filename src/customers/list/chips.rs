//! The filters that are on, each in words and each removable.

use super::filter::{AccountStatus, Activity, Amount, Filters, ListState};
use super::segments::SegmentKey;
use crate::base::i18n::Lang;
use crate::base::{BranchId, Currency, Day, GroupId, TagId};
use serde::{Deserialize, Serialize};

/// A filter that can be removed by itself: one range, one switch, or one member of a set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterPart {
    Spent,
    Orders,
    LastOrder,
    LastOrderWithin,
    LastOrderNotWithin,
    NeverOrdered,
    Registered,
    RegisteredWithin,
    Group(GroupId),
    Country(String),
    Region(String),
    City(String),
    TagAny(TagId),
    TagAll(TagId),
    TagNone(TagId),
    Status,
    Activity,
    EmailConsent,
    SmsConsent,
    Branch(BranchId),
    Segment,
    Rule,
}

/// A filter that is on: what the page shows as a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterChip {
    pub part: FilterPart,
    /// The key of its sentence, whose placeholders are the names of `values`.
    pub label_key: &'static str,
    pub values: Vec<(&'static str, ChipValue)>,
}

/// What stands in a chip's sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChipValue {
    /// A key of the messages files.
    Key(&'static str),
    Text(String),
    Integer(i64),
    /// A span of days, in the form that follows "within".
    Days(u16),
    Amount(Amount),
    Day(Day),
    Country(String),
    Group(GroupId),
    Tag(TagId),
    Branch(BranchId),
    /// One of the shop's own segments.
    Segment(SegmentKey),
}

impl FilterChip {
    /// The sentence. `name_of` knows the names of groups, tags and branches; what it does not know is shown as it
    /// stands in the URL.
    #[must_use]
    pub fn text(&self, lang: Lang, currency: Currency, name_of: impl Fn(&ChipValue) -> Option<String>) -> String {
        let values: Vec<(&str, String)> = self
            .values
            .iter()
            .map(|(name, value)| (*name, name_of(value).unwrap_or_else(|| value.text(lang, currency))))
            .collect();
        let values: Vec<(&str, &dyn std::fmt::Display)> =
            values.iter().map(|(name, value)| (*name, value as &dyn std::fmt::Display)).collect();
        lang.with(self.label_key, &values)
    }
}

impl ChipValue {
    fn text(&self, lang: Lang, currency: Currency) -> String {
        match self {
            Self::Key(key) => lang.t(key).to_owned(),
            Self::Text(text) => text.clone(),
            Self::Country(code) => lang.country(code),
            Self::Integer(number) => lang.integer(*number),
            Self::Days(days) => lang.count("list.days", i64::from(*days)),
            Self::Amount(amount) => lang.money(amount.at_least(currency)),
            Self::Day(day) => lang.day(*day),
            Self::Group(GroupId(id)) | Self::Tag(TagId(id)) | Self::Branch(BranchId(id)) => format!("#{id}"),
            Self::Segment(key) => key.code().to_owned(),
        }
    }
}

impl ListState {
    /// The advanced filters that are on, in the order of the filter form.
    #[must_use]
    pub fn chips(&self) -> Vec<FilterChip> {
        let filters = &self.filters;
        let mut chips = Vec::new();
        chips.extend(filters.range_chips());
        chips.extend(filters.days_chips());
        chips.extend(filters.set_chips());
        chips.extend(filters.choice_chips());
        if !self.rule.is_empty() {
            chips.push(chip(FilterPart::Rule, "list.chip.rule", [("value", ChipValue::Text(self.rule.clone()))]));
        }
        chips
    }

    /// This list without one of its filters, from the first page on.
    #[must_use]
    pub fn without(&self, part: &FilterPart) -> Self {
        let mut state = self.clone().from_the_start();
        state.filters.remove(part);
        if *part == FilterPart::Rule {
            state.rule.clear();
        }
        state
    }
}

impl Filters {
    fn range_chips(&self) -> impl Iterator<Item = FilterChip> {
        let amount = |amount: Option<Amount>| amount.map(ChipValue::Amount);
        let count = |count: Option<u32>| count.map(|count| ChipValue::Integer(count.into()));
        let day = |day: Option<Day>| day.map(ChipValue::Day);
        [
            range_chip(FilterPart::Spent, &SPENT, amount(self.spent_min), amount(self.spent_max)),
            range_chip(FilterPart::Orders, &ORDERS, count(self.orders_min), count(self.orders_max)),
            range_chip(FilterPart::LastOrder, &LAST_ORDER, day(self.last_order_from), day(self.last_order_to)),
            range_chip(FilterPart::Registered, &REGISTERED, day(self.registered_from), day(self.registered_to)),
        ]
        .into_iter()
        .flatten()
    }

    fn days_chips(&self) -> impl Iterator<Item = FilterChip> {
        let never = self.never_ordered.then(|| chip(FilterPart::NeverOrdered, "list.chip.never_ordered", []));
        [
            (FilterPart::LastOrderWithin, "list.chip.last_order_within", self.last_order_within),
            (FilterPart::LastOrderNotWithin, "list.chip.last_order_not_within", self.last_order_not_within),
            (FilterPart::RegisteredWithin, "list.chip.registered_within", self.registered_within),
        ]
        .into_iter()
        .filter_map(|(part, key, days)| Some(chip(part, key, [("days", ChipValue::Days(days?))])))
        .chain(never)
    }

    fn set_chips(&self) -> Vec<FilterChip> {
        let mut chips = Vec::new();
        let mut add = |part, key, value| chips.push(chip(part, key, [("value", value)]));
        for &id in &self.groups {
            add(FilterPart::Group(id), "list.chip.group", ChipValue::Group(id));
        }
        for code in &self.countries {
            add(FilterPart::Country(code.clone()), "list.chip.country", ChipValue::Country(code.clone()));
        }
        for name in &self.regions {
            add(FilterPart::Region(name.clone()), "list.chip.region", ChipValue::Text(name.clone()));
        }
        for name in &self.cities {
            add(FilterPart::City(name.clone()), "list.chip.city", ChipValue::Text(name.clone()));
        }
        for &id in &self.tags_any {
            add(FilterPart::TagAny(id), "list.chip.tag_any", ChipValue::Tag(id));
        }
        for &id in &self.tags_all {
            add(FilterPart::TagAll(id), "list.chip.tag_all", ChipValue::Tag(id));
        }
        for &id in &self.tags_none {
            add(FilterPart::TagNone(id), "list.chip.tag_none", ChipValue::Tag(id));
        }
        for &id in &self.branches {
            add(FilterPart::Branch(id), "list.chip.branch", ChipValue::Branch(id));
        }
        chips
    }

    fn choice_chips(&self) -> impl Iterator<Item = FilterChip> {
        let consent = |yes: bool| ChipValue::Key(if yes { "list.consent.given" } else { "list.consent.not_given" });
        let segment = |key: &SegmentKey| match key.built_in() {
            Some(segment) => ChipValue::Key(segment.label_key()),
            None => ChipValue::Segment(key.clone()),
        };
        [
            (FilterPart::Status, "list.chip.status", self.status.map(|s| ChipValue::Key(s.label_key()))),
            (FilterPart::Activity, "list.chip.activity", self.activity.map(|a| ChipValue::Key(a.label_key()))),
            (FilterPart::EmailConsent, "list.chip.email_consent", self.email_consent.map(consent)),
            (FilterPart::SmsConsent, "list.chip.sms_consent", self.sms_consent.map(consent)),
            (FilterPart::Segment, "list.chip.segment", self.segment.as_ref().map(segment)),
        ]
        .into_iter()
        .filter_map(|(part, key, value)| Some(chip(part, key, [("value", value?)])))
    }

    fn remove(&mut self, part: &FilterPart) {
        match part {
            FilterPart::Spent => (self.spent_min, self.spent_max) = (None, None),
            FilterPart::Orders => (self.orders_min, self.orders_max) = (None, None),
            FilterPart::LastOrder => (self.last_order_from, self.last_order_to) = (None, None),
            FilterPart::LastOrderWithin => self.last_order_within = None,
            FilterPart::LastOrderNotWithin => self.last_order_not_within = None,
            FilterPart::NeverOrdered => self.never_ordered = false,
            FilterPart::Registered => (self.registered_from, self.registered_to) = (None, None),
            FilterPart::RegisteredWithin => self.registered_within = None,
            FilterPart::Status => self.status = None,
            FilterPart::Activity => self.activity = None,
            FilterPart::EmailConsent => self.email_consent = None,
            FilterPart::SmsConsent => self.sms_consent = None,
            FilterPart::Segment => self.segment = None,
            // It is the list's.
            FilterPart::Rule => {}
            FilterPart::Group(id) => _ = self.groups.remove(id),
            FilterPart::Country(code) => _ = self.countries.remove(code),
            FilterPart::Region(name) => _ = self.regions.remove(name),
            FilterPart::City(name) => _ = self.cities.remove(name),
            FilterPart::TagAny(id) => _ = self.tags_any.remove(id),
            FilterPart::TagAll(id) => _ = self.tags_all.remove(id),
            FilterPart::TagNone(id) => _ = self.tags_none.remove(id),
            FilterPart::Branch(id) => _ = self.branches.remove(id),
        }
    }
}

impl AccountStatus {
    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Active => "list.account.active",
            Self::Blocked => "list.account.blocked",
        }
    }
}

impl Activity {
    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Active => "list.activity.active",
            Self::Inactive => "list.activity.inactive",
        }
    }
}

/// The sentences about a range, by the bounds that it has.
struct RangeKeys {
    from: &'static str,
    to: &'static str,
    between: &'static str,
}

const SPENT: RangeKeys = RangeKeys { from: "list.chip.spent_from", to: "list.chip.spent_to", between: "list.chip.spent_between" };
const ORDERS: RangeKeys =
    RangeKeys { from: "list.chip.orders_from", to: "list.chip.orders_to", between: "list.chip.orders_between" };
const LAST_ORDER: RangeKeys =
    RangeKeys { from: "list.chip.last_order_from", to: "list.chip.last_order_to", between: "list.chip.last_order_between" };
const REGISTERED: RangeKeys =
    RangeKeys { from: "list.chip.registered_from", to: "list.chip.registered_to", between: "list.chip.registered_between" };

fn range_chip(part: FilterPart, keys: &RangeKeys, from: Option<ChipValue>, to: Option<ChipValue>) -> Option<FilterChip> {
    match (from, to) {
        (Some(from), Some(to)) => Some(chip(part, keys.between, [("from", from), ("to", to)])),
        (Some(from), None) => Some(chip(part, keys.from, [("from", from)])),
        (None, Some(to)) => Some(chip(part, keys.to, [("to", to)])),
        (None, None) => None,
    }
}

fn chip<const N: usize>(part: FilterPart, label_key: &'static str, values: [(&'static str, ChipValue); N]) -> FilterChip {
    FilterChip { part, label_key, values: values.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: &str = "q=ann&spent_min=1&spent_max=2&orders_max=9&last_order=never&last_order_to=2026-01-01&last_order_within=5\
        &last_order_not_within=9&registered_from=2026-01-01&registered_within=7&group=1,2&country=AT,DE&region=x&city=y&tags_any=1\
        &tags_all=2,3&tags_none=4&status=blocked&activity=inactive&email_consent=yes&sms_consent=no&branch=1&segment=new&at=abc";

    #[test]
    fn every_filter_has_a_chip_that_removes_it() {
        let (mut state, fallbacks) = ListState::parse(EVERYTHING);
        assert!(fallbacks.is_empty(), "{fallbacks:?}");
        let chips = state.chips();
        assert_eq!(chips.len(), 24);
        for chip in chips {
            let without = state.without(&chip.part);
            assert_eq!(without.chips().len() + 1, state.chips().len(), "{chip:?}");
            state = without;
        }
        assert!(state.filters.is_empty());
        assert_eq!(state.to_query(), "q=ann");
    }

    #[test]
    fn a_chip_names_what_it_filters_by() {
        let (state, _) = ListState::parse("spent_min=1&tags_any=7");
        let chips = state.chips();
        assert_eq!(chips[0].label_key, "list.chip.spent_from");
        assert_eq!(chips[0].values, [("from", ChipValue::Amount(Amount::parse("1").unwrap()))]);
        assert_eq!(chips[1].values, [("value", ChipValue::Tag(TagId(7)))]);
    }
}
