//! The real purchases: CDNOW's customers who first bought in the first quarter of 1997 (see `data/cdnow/README.md`).

use super::history::{History, Purchase};
use crate::base::{Currency, Day, Money};
use anyhow::Context;
use chrono::NaiveDate;
use std::collections::BTreeMap;

const FILE: &str = include_str!("../../../data/cdnow/CDNOW_master.txt");

/// Reads all purchases, moved in time by the number of days that makes `last` the day of the last one.
///
/// # Errors
/// When a line of the embedded file cannot be read.
pub fn read(last: Day) -> anyhow::Result<Vec<History>> {
    let mut customers = BTreeMap::<i64, Vec<Purchase>>::new();
    for (at, line) in FILE.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let (customer, purchase) = read_line(line).with_context(|| format!("CDNOW_master.txt, line {}", at + 1))?;
        customers.entry(customer).or_default().push(purchase);
    }
    let newest = customers.values().flatten().map(|p| p.day.0).max().context("no purchases")?;
    let shift = last.0 - newest;
    let history = |(customer, mut purchases): (i64, Vec<Purchase>)| {
        for purchase in &mut purchases {
            purchase.day.0 += shift;
        }
        // A stable sort: purchases of one day keep the order of the file.
        purchases.sort_by_key(|p| p.day);
        History { customer, purchases, registered: None }
    };
    Ok(customers.into_iter().map(history).collect())
}

fn read_line(line: &str) -> anyhow::Result<(i64, Purchase)> {
    let mut columns = line.split_whitespace();
    let mut column = || columns.next().context("a column is missing");
    let customer = column()?.parse()?;
    let date: u32 = column()?.parse()?;
    let day = NaiveDate::from_ymd_opt(i32::try_from(date / 10_000)?, date / 100 % 100, date % 100).context("not a date")?;
    let discs = column()?.parse()?;
    let amount = Money::parse(column()?, Currency::USD).context("not an amount")?;
    Ok((customer, Purchase { day: Day::from_date(day), discs, amount_minor: amount.minor }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_totals() {
        let histories = read(Day(20_000)).unwrap();
        let purchases: Vec<Purchase> = histories.iter().flat_map(|h| h.purchases.clone()).collect();
        assert_eq!(histories.len(), 23_570);
        assert_eq!(purchases.len(), 69_659);
        assert_eq!(purchases.iter().map(|p| p.amount_minor).sum::<i64>(), 250_031_563);
        assert_eq!(purchases.iter().filter(|p| p.amount_minor == 0).count(), 80);
        // 49.48 %
        assert_eq!(histories.iter().filter(|h| h.purchases.len() > 1).count(), 11_662);
        assert_eq!(purchases.iter().map(|p| p.day).max(), Some(Day(20_000)));
        assert_eq!(purchases.iter().map(|p| p.day).min(), Some(Day(20_000 - 545)));
    }
}
