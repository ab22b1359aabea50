//! The whole state of the customer list: what its URL says and what its rule is.
//!
//! The state is canonical: sets are sorted, ranges are not empty, so that equal states have equal URLs. The URL is read and
//! written in [`url`](super::url), the state is put into words in [`chips`](super::chips).

use super::columns::Column;
use super::model::{QuickFilter, Sort};
use super::segments::{self, SegmentKey};
use super::thresholds::Thresholds;
use crate::base::{BranchId, Currency, Day, GroupId, Money, TagId};
use crate::rules::{DayBound, DayField, FlagField, NumberField, Quantifier, Rule, SetField, TextField};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Everything that the URL of the customer list says; the default is the list as it opens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListState {
    /// What is typed in the search box, as typed.
    pub search: String,
    pub quick: QuickFilter,
    pub filters: Filters,
    /// A rule of the language that must hold as well, as typed; empty is none. One that does not read describes nobody.
    pub rule: String,
    pub sort: Sort,
    /// The columns shown; `None` leaves the choice to the preference of the staff member.
    pub columns: Option<Vec<Column>>,
    pub page_size: PageSize,
    /// Where the page begins, as the server sealed it; `None` is the first page.
    pub position: Option<String>,
}

/// The advanced filters. All that are set must hold; an empty set is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    pub spent_min: Option<Amount>,
    pub spent_max: Option<Amount>,
    pub orders_min: Option<u32>,
    pub orders_max: Option<u32>,
    pub last_order_from: Option<Day>,
    pub last_order_to: Option<Day>,
    /// The last order is at most so many days ago.
    pub last_order_within: Option<u16>,
    /// There is no order within so many days; those who never ordered are among them.
    pub last_order_not_within: Option<u16>,
    pub never_ordered: bool,
    pub registered_from: Option<Day>,
    pub registered_to: Option<Day>,
    /// Registered at most so many days ago.
    pub registered_within: Option<u16>,
    /// Member of at least one of these.
    pub groups: BTreeSet<GroupId>,
    /// One of these; ISO codes in upper case.
    pub countries: BTreeSet<String>,
    pub regions: BTreeSet<String>,
    pub cities: BTreeSet<String>,
    pub tags_any: BTreeSet<TagId>,
    pub tags_all: BTreeSet<TagId>,
    pub tags_none: BTreeSet<TagId>,
    pub status: Option<AccountStatus>,
    pub activity: Option<Activity>,
    pub email_consent: Option<bool>,
    pub sms_consent: Option<bool>,
    /// Assigned to one of these.
    pub branches: BTreeSet<BranchId>,
    pub segment: Option<SegmentKey>,
}

/// An amount as it stands in a URL: in units of the base currency, to the thousandth, whatever that currency is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// Reads plain decimals: `1000`, `12.5`, `-3.125`. `None` of more than three decimals and of what does not fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain =
            !whole.is_empty() && fraction.len() <= 3 && (whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit());
        if !plain {
            return None;
        }
        let thousandths = whole.parse::<i64>().ok()?.checked_mul(1_000)?.checked_add(format!("{fraction:0<3}").parse().ok()?)?;
        Some(Self(if negative { -thousandths } else { thousandths }))
    }

    /// `None` where it does not fit.
    #[must_use]
    pub fn from_money(money: Money) -> Option<Self> {
        money.minor.checked_mul(1_000 / money.currency.scale()).map(Self)
    }

    /// The least amount of money that is not below this.
    #[must_use]
    pub fn at_least(self, currency: Currency) -> Money {
        let step = 1_000 / currency.scale();
        Money::new(self.0.div_euclid(step) + i64::from(self.0.rem_euclid(step) > 0), currency)
    }

    /// The greatest amount of money that is not above this.
    #[must_use]
    pub fn at_most(self, currency: Currency) -> Money {
        Money::new(self.0.div_euclid(1_000 / currency.scale()), currency)
    }
}

/// As [`Amount::parse`] reads it, without idle zeros.
impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / 1_000, self.0.unsigned_abs() % 1_000);
        write!(f, "{sign}{whole}")?;
        match fraction {
            0 => Ok(()),
            _ => write!(f, ".{}", format!("{fraction:03}").trim_end_matches('0')),
        }
    }
}

/// How many customers a page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PageSize {
    Rows25,
    #[default]
    Rows50,
    Rows100,
}

impl PageSize {
    pub const ALL: [Self; 3] = [Self::Rows25, Self::Rows50, Self::Rows100];

    #[must_use]
    pub fn rows(self) -> usize {
        match self {
            Self::Rows25 => 25,
            Self::Rows50 => 50,
            Self::Rows100 => 100,
        }
    }

    #[must_use]
    pub fn from_rows(rows: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.rows() == rows)
    }
}

/// Whether the account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    Active,
    Blocked,
}

/// Whether the customer ordered lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    Active,
    Inactive,
}

impl ListState {
    /// Whom the quick filter and the advanced filters let through. The search is not part of the rule.
    #[must_use]
    pub fn to_rule(&self, thresholds: &Thresholds, currency: Currency) -> Rule {
        self.quick.rule(thresholds).and(self.filters.to_rule(thresholds, currency))
    }

    /// Whether anything but a search keeps anybody out.
    #[must_use]
    pub fn narrows(&self) -> bool {
        self.quick != QuickFilter::All || !self.rule.is_empty() || !self.filters.is_empty()
    }

    /// This list from its first page on, as it is to be after any change of what it shows.
    #[must_use]
    pub fn from_the_start(mut self) -> Self {
        self.position = None;
        self
    }

    /// This list with everybody in it: without search and filters; sort, columns and page size stay.
    #[must_use]
    pub fn cleared(&self) -> Self {
        Self { sort: self.sort, columns: self.columns.clone(), page_size: self.page_size, ..Self::default() }
    }
}

impl Filters {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whom all of the filters let through.
    #[must_use]
    pub fn to_rule(&self, thresholds: &Thresholds, currency: Currency) -> Rule {
        let mut rules = self.number_rules(currency);
        rules.extend(self.day_rules());
        rules.extend(self.set_rules());
        rules.extend(self.flag_rules());
        rules.extend(self.last_order_not_within.map(|days| !Rule::within_days(DayField::LastOrder, days)));
        rules.extend(self.activity.map(|activity| match activity {
            Activity::Active => segments::active(thresholds),
            Activity::Inactive => !segments::active(thresholds),
        }));
        rules.extend(self.segment.as_ref().map(|segment| segment.rule(thresholds)));
        Rule::All(rules)
    }

    fn number_rules(&self, currency: Currency) -> Vec<Rule> {
        let spent_min = self.spent_min.map(|amount| amount.at_least(currency).minor);
        let spent_max = self.spent_max.map(|amount| amount.at_most(currency).minor);
        let orders = (self.orders_min.map(i64::from), self.orders_max.map(i64::from));
        [(NumberField::TotalSpent, (spent_min, spent_max)), (NumberField::OrdersCount, orders)]
            .into_iter()
            .filter(|(_, bounds)| *bounds != (None, None))
            .map(|(field, (min, max))| Rule::number(field, min, max))
            .collect()
    }

    fn day_rules(&self) -> Vec<Rule> {
        let on = |day: Option<Day>| day.map(DayBound::On);
        let ago = |days: Option<u16>| days.map(DayBound::days_ago);
        let mut rules: Vec<Rule> = [
            (DayField::LastOrder, on(self.last_order_from), on(self.last_order_to)),
            (DayField::LastOrder, ago(self.last_order_within), None),
            (DayField::Registered, on(self.registered_from), on(self.registered_to)),
            (DayField::Registered, ago(self.registered_within), None),
        ]
        .into_iter()
        .filter(|(_, from, to)| from.is_some() || to.is_some())
        .map(|(field, from, to)| Rule::day(field, from, to))
        .collect();
        if self.never_ordered {
            rules.push(Rule::never(DayField::LastOrder));
        }
        rules
    }

    fn set_rules(&self) -> Vec<Rule> {
        let tags = |ids: &BTreeSet<TagId>| ids.iter().map(|tag| tag.0).collect();
        let sets: [(SetField, Quantifier, Vec<i64>); 5] = [
            (SetField::Group, Quantifier::Any, self.groups.iter().map(|group| group.0).collect()),
            (SetField::Tag, Quantifier::Any, tags(&self.tags_any)),
            (SetField::Tag, Quantifier::All, tags(&self.tags_all)),
            (SetField::Tag, Quantifier::None, tags(&self.tags_none)),
            (SetField::Branch, Quantifier::Any, self.branches.iter().map(|branch| branch.0).collect()),
        ];
        let places = [(TextField::Country, &self.countries), (TextField::Region, &self.regions), (TextField::City, &self.cities)];
        let sets = sets.into_iter().filter(|(.., ids)| !ids.is_empty());
        let sets = sets.map(|(field, quantifier, ids)| Rule::has(field, quantifier, ids));
        let places = places.into_iter().filter(|(_, one_of)| !one_of.is_empty());
        sets.chain(places.map(|(field, one_of)| Rule::one_of(field, one_of.iter().cloned()))).collect()
    }

    fn flag_rules(&self) -> Vec<Rule> {
        [
            (FlagField::Blocked, self.status.map(|status| status == AccountStatus::Blocked)),
            (FlagField::MarketingEmail, self.email_consent),
            (FlagField::MarketingSms, self.sms_consent),
        ]
        .into_iter()
        .filter_map(|(field, is)| is.map(|is| Rule::flag(field, is)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::settings::ShopSettings;

    #[test]
    fn amounts_keep_what_was_typed() {
        let shown = |text| Amount::parse(text).map(|amount| amount.to_string());
        for (text, back) in
            [("1000", "1000"), ("12.50", "12.5"), ("-3.125", "-3.125"), ("0.005", "0.005"), ("7.", "7"), ("-0", "0")]
        {
            assert_eq!(shown(text).as_deref(), Some(back));
        }
        for bad in ["", "-", ".5", "1,5", "1.2345", "1e3", "+1", "1.-5", "9223372036854775808", "9223372036854776"] {
            assert_eq!(shown(bad), None, "{bad}");
        }
    }

    #[test]
    fn amounts_bound_from_inside() {
        let minor = |text, code| {
            let (amount, currency) = (Amount::parse(text).unwrap(), Currency::parse(code).unwrap());
            (amount.at_least(currency).minor, amount.at_most(currency).minor)
        };
        assert_eq!(minor("10.5", "USD"), (1_050, 1_050));
        assert_eq!(minor("10.005", "USD"), (1_001, 1_000));
        assert_eq!(minor("10.5", "JPY"), (11, 10));
        assert_eq!(minor("-10.5", "JPY"), (-10, -11));
        assert_eq!(minor("1.234", "KWD"), (1_234, 1_234));
        assert_eq!(Amount::from_money(Money::new(1_050, Currency::USD)), Amount::parse("10.5"));
    }

    #[test]
    fn everything_that_is_set_must_hold() {
        let filters = Filters {
            spent_min: Amount::parse("10"),
            last_order_not_within: Some(30),
            tags_none: [TagId(3)].into(),
            status: Some(AccountStatus::Active),
            ..Filters::default()
        };
        let state = ListState { quick: QuickFilter::OneTime, filters, ..ListState::default() };
        let number = |field, min, max| Rule::number(field, min, max);
        let thresholds = Thresholds::of(&ShopSettings::default(), None);
        assert_eq!(
            state.to_rule(&thresholds, Currency::USD),
            Rule::All(vec![
                number(NumberField::OrdersCount, Some(1), Some(1)),
                number(NumberField::TotalSpent, Some(1_000), None),
                Rule::has(SetField::Tag, Quantifier::None, [3]),
                Rule::flag(FlagField::Blocked, false),
                !Rule::within_days(DayField::LastOrder, 30),
            ])
        );
        assert_eq!(ListState::default().to_rule(&thresholds, Currency::USD), Rule::everyone());
    }
}
