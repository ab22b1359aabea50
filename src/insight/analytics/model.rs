//! The formulas. Where a figure is not defined it is `None`, never zero.

use crate::base::{Currency, Day, Moment, Money, OrderId};
use crate::insight::prediction::Outlook;
use serde::{Deserialize, Serialize};

/// A completed order, as far as the figures look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderFact {
    pub id: OrderId,
    pub day: Day,
    /// What it adds to total spent: minor units of the base currency.
    pub value_minor: i64,
    pub units: i64,
}

/// The figures of a customer's completed orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub orders: i64,
    /// n ÷ months since the first order, at least one; hundredths.
    pub per_month_hundredths: Option<i64>,
    pub days_since_last: Option<i64>,
    /// (last − first) ÷ (n − 1); tenths of a day.
    pub days_between_tenths: Option<i64>,
    /// Mean units of an order; tenths.
    pub cart_tenths: Option<i64>,
    /// Minor units of the base currency.
    pub spent_minor: i64,
    pub average_minor: Option<i64>,
}

/// Days in a year of months, four of which are 1,461 days: a month is 30.4375 days.
const DAYS_IN_48_MONTHS: i64 = 1_461;

impl Figures {
    /// Of orders in the order of time.
    #[must_use]
    pub fn of(orders: &[OrderFact], today: Day) -> Self {
        let (Some(first), Some(last)) = (orders.first(), orders.last()) else { return Self::default() };
        let n = i64::try_from(orders.len()).unwrap_or(i64::MAX);
        let between = |from: Day, to: Day| i64::from(to.0) - i64::from(from.0);
        // 48 months since the first order, at least one month's worth.
        let elapsed = (between(first.day, today) * 48).max(DAYS_IN_48_MONTHS);
        let units: i64 = orders.iter().map(|order| order.units).sum();
        let spent_minor = orders.iter().map(|order| order.value_minor).sum();
        Self {
            orders: n,
            per_month_hundredths: Some(rounded(n * 100 * DAYS_IN_48_MONTHS, elapsed)),
            days_since_last: Some(between(last.day, today)),
            days_between_tenths: (n > 1).then(|| rounded(between(first.day, last.day) * 10, n - 1)),
            cart_tenths: Some(rounded(units * 10, n)),
            spent_minor,
            average_minor: Some(rounded(spent_minor, n)),
        }
    }
}

/// `above ÷ below`, rounded half away from zero; `below` is positive.
fn rounded(above: i64, below: i64) -> i64 {
    let half = if above < 0 { -below / 2 } else { below / 2 };
    (above + half) / below
}

/// What was bought of one product, or in one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// Empty for things that are in no category.
    pub name: String,
    pub units: i64,
    /// After discounts, before shipping, in the base currency.
    pub net: Money,
    /// Of everything bought: thousandths of the net value.
    pub share_thousandths: i64,
}

/// Categories with the largest net value first.
#[must_use]
pub fn by_value(mut bought: Vec<Bought>) -> Vec<Bought> {
    let total: i64 = bought.iter().map(|b| b.net.minor.max(0)).sum();
    for b in &mut bought {
        b.share_thousandths = if total > 0 { rounded(b.net.minor.max(0) * 1_000, total) } else { 0 };
    }
    bought.sort_by(|a, b| b.net.minor.cmp(&a.net.minor).then_with(|| a.name.cmp(&b.name)));
    bought
}

/// Products bought most often first; among equals those that cost more.
#[must_use]
pub fn favourites(mut bought: Vec<Bought>, how_many: usize) -> Vec<Bought> {
    bought.sort_by(|a, b| (b.units, b.net.minor).cmp(&(a.units, a.net.minor)).then_with(|| a.name.cmp(&b.name)));
    bought.truncate(how_many);
    bought
}

/// The months that the chart shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Period {
    Six,
    Twelve,
    /// Since the first order.
    #[default]
    All,
}

impl Period {
    pub const EVERY: [Self; 3] = [Self::Six, Self::Twelve, Self::All];

    /// The value of `m` in URLs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Six => "6",
            Self::Twelve => "12",
            Self::All => "all",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|period| period.code() == code)
    }

    /// The key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Six => "analytics.months.6",
            Self::Twelve => "analytics.months.12",
            Self::All => "analytics.months.all",
        }
    }
}

/// A calendar month: months since the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Month(i32);

impl Month {
    fn of(day: Day) -> Self {
        let date = day.date();
        Self(date.year() * 12 + date.month().cast_signed() - 1)
    }

    fn first(self) -> Day {
        Day::of(self.0.div_euclid(12), self.0.rem_euclid(12).cast_unsigned() + 1, 1).unwrap_or_default()
    }

    fn last(self) -> Day {
        Day(Self(self.0 + 1).first().0 - 1)
    }
}

/// The height of the drawing; depths count from its top.
pub const HEIGHT: i64 = 800;

/// A month of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartMonth {
    pub first: Day,
    pub last: Day,
    pub spend: Money,
    pub orders: i64,
    /// How far below the top of the drawing the point lies.
    pub depth: i64,
    /// The same month a year before, with its depth.
    pub year_before: Option<(Money, i64)>,
}

/// Spend over time, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    pub months: Vec<ChartMonth>,
    /// The lines of the grid, top to bottom; the last is zero.
    pub ticks: Vec<Money>,
}

/// Lines of the grid above zero.
const STEPS: i64 = 4;

impl Chart {
    /// Of orders in the order of time.
    #[must_use]
    pub fn of(orders: &[OrderFact], today: Day, period: Period, currency: Currency) -> Self {
        let now = Month::of(today);
        let start = match period {
            Period::Six => Month(now.0 - 5),
            Period::Twelve => Month(now.0 - 11),
            Period::All => orders.first().map_or(now, |order| Month::of(order.day)).min(now),
        };
        let sums = |month: Month| {
            let within = orders.iter().filter(|order| Month::of(order.day) == month);
            within.fold((0, 0), |(spend, count), order| (spend + order.value_minor, count + 1))
        };
        // All of it has no year before it.
        let before = |month: Month| (period != Period::All).then(|| sums(Month(month.0 - 12)).0);
        let months: Vec<_> = (start.0..=now.0).map(|m| (Month(m), sums(Month(m)), before(Month(m)))).collect();
        let largest = months.iter().map(|(_, (spend, _), before)| (*spend).max(before.unwrap_or(0))).max().unwrap_or(0);
        let step = nice_step(largest);
        let depth = |minor: i64| HEIGHT - rounded(minor.clamp(0, step * STEPS) * HEIGHT, step * STEPS);
        let month = |(month, (spend, orders), before): (Month, (i64, i64), Option<i64>)| ChartMonth {
            first: month.first(),
            last: month.last(),
            spend: Money::new(spend, currency),
            orders,
            depth: depth(spend),
            year_before: before.map(|minor| (Money::new(minor, currency), depth(minor))),
        };
        Self {
            months: months.into_iter().map(month).collect(),
            ticks: (0..=STEPS).rev().map(|tick| Money::new(tick * step, currency)).collect(),
        }
    }
}

/// The smallest 1, 2 or 5 times a power of ten of which [`STEPS`] reach `largest`.
fn nice_step(largest: i64) -> i64 {
    let mut power = 100;
    loop {
        for factor in [1, 2, 5] {
            let step: i64 = factor * power;
            if step.saturating_mul(STEPS) >= largest || power > i64::MAX / 100 {
                return step;
            }
        }
        power *= 10;
    }
}

/// An order on the way from first to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    pub id: OrderId,
    pub at: Moment,
    pub value: Money,
}

/// Everything that the tab shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analytics {
    pub figures: Figures,
    pub first: Option<Milestone>,
    pub last: Option<Milestone>,
    pub spent: Money,
    /// Largest first; what is in no category has no name.
    pub categories: Vec<Bought>,
    pub favourites: Vec<Bought>,
    pub chart: Chart,
    /// `None` without orders.
    pub outlook: Option<Outlook>,
    pub time_zone: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: i64, day: &str, value_minor: i64, units: i64) -> OrderFact {
        OrderFact { id: OrderId(id), day: Day::parse(day).unwrap(), value_minor, units }
    }

    fn bought(name: &str, units: i64, minor: i64) -> Bought {
        Bought { name: name.into(), units, net: Money::new(minor, Currency::USD), share_thousandths: 0 }
    }

    #[test]
    fn nobody_without_orders_has_figures() {
        assert_eq!(Figures::of(&[], Day(20_000)), Figures::default());
        assert_eq!(Figures::default().per_month_hundredths, None);
    }

    #[test]
    fn one_order_has_no_gap_and_at_least_a_month() {
        let figures = Figures::of(&[order(1, "2026-11-20", 1_000, 3)], Day::parse("2026-11-21").unwrap());
        assert_eq!(figures.per_month_hundredths, Some(100));
        assert_eq!(figures.days_since_last, Some(1));
        assert_eq!(figures.days_between_tenths, None);
        assert_eq!(figures.cart_tenths, Some(30));
        assert_eq!(figures.average_minor, Some(1_000));
    }

    #[test]
    fn figures_follow_the_definitions() {
        let orders = [order(1, "2025-11-21", 1_000, 1), order(2, "2026-02-01", 2_001, 2), order(3, "2026-09-27", 3_000, 2)];
        let figures = Figures::of(&orders, Day::parse("2026-11-21").unwrap());
        // 365 days are 11.99 months.
        assert_eq!(figures.per_month_hundredths, Some(25));
        assert_eq!(figures.days_since_last, Some(55));
        // 310 days, two gaps.
        assert_eq!(figures.days_between_tenths, Some(1_550));
        assert_eq!(figures.cart_tenths, Some(17));
        assert_eq!(figures.spent_minor, 6_001);
        assert_eq!(figures.average_minor, Some(2_000));
    }

    #[test]
    fn shares_are_of_net_value_and_favourites_of_units() {
        let categories = by_value(vec![bought("Jazz", 9, 2_500), bought("Rock", 1, 7_500), bought("Refunded", 1, -100)]);
        assert_eq!(categories[0].name, "Rock");
        assert_eq!(categories.iter().map(|c| c.share_thousandths).collect::<Vec<_>>(), [750, 250, 0]);
        let best = favourites(vec![bought("A", 1, 900), bought("B", 2, 100), bought("C", 2, 300)], 2);
        assert_eq!(best.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), ["C", "B"]);
        assert_eq!(by_value(vec![bought("Free", 1, 0)])[0].share_thousandths, 0);
    }

    #[test]
    fn the_chart_has_every_month_and_reaches_its_largest() {
        let orders = [order(1, "2025-10-31", 30_000, 1), order(2, "2026-01-01", 39_900, 1), order(3, "2026-01-31", 100, 1)];
        let today = Day::parse("2026-02-15").unwrap();
        let chart = Chart::of(&orders, today, Period::All, Currency::USD);
        assert_eq!(chart.months.iter().map(|m| m.spend.minor).collect::<Vec<_>>(), [30_000, 0, 0, 40_000, 0]);
        assert_eq!(chart.months.iter().map(|m| m.depth).collect::<Vec<_>>(), [200, 800, 800, 0, 800]);
        assert_eq!(chart.ticks.iter().map(|t| t.minor).collect::<Vec<_>>(), [40_000, 30_000, 20_000, 10_000, 0]);
        assert_eq!((chart.months[3].first.iso(), chart.months[3].last.iso()), ("2026-01-01".into(), "2026-01-31".into()));
        let half_year = Chart::of(&orders, today, Period::Six, Currency::USD);
        assert_eq!(half_year.months.len(), 6);
        assert!(half_year.months.iter().all(|m| m.year_before.is_some()));
        assert_eq!(Chart::of(&[], today, Period::All, Currency::USD).months.len(), 1);
    }

    #[test]
    fn steps_are_round() {
        for (largest, step) in [(0, 100), (400, 100), (401, 200), (64_000, 20_000), (i64::MAX, 1_000_000_000_000_000_000)] {
            assert!(nice_step(largest) == step || largest == i64::MAX, "{largest}");
        }
    }
}
