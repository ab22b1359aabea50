//! The statistics of customers and days, and what they mean: the one definition of orders count, total spent, AOV and the
//! rest, which list, profile, rules and reports all read.
//!
//! - A *completed* order is placed and not cancelled.
//! - *Total spent* of a customer is, over their completed orders and in minor units of the base currency,
//!   `base_total − base_gift_cards − base_refunded`.
//! - *AOV* is total spent ÷ completed orders, see [`average_minor`]; 0 where there are none.
//! - A day's *revenue* is `base_total − base_gift_cards` of the completed orders placed that day; its *refunds* are those paid
//!   out that day on completed orders. So revenue − refunds over all days is total spent over all customers.
//!
//! Invariant: `customer_stats` and `daily_rollups` are written in the transaction of the event that changes them
//! ([`refresh`], [`add_to_day`], [`refresh_day`]); [`check`] recomputes everything and compares. Store credit and points live in the same
//! row but belong to the ledger, which writes them: only [`rebuild`] and [`check`] know them here.

mod command;
mod store;

pub use command::{RebuildArgs, run};
pub use store::{Difference, add_to_day, check, hold, rebuild, refresh, refresh_day};

/// Total spent ÷ orders in minor units, rounded half away from zero; 0 without orders. [`store`]'s SQL says the same in integers,
/// so that both databases and Rust agree to the cent.
#[must_use]
pub const fn average_minor(spent_minor: i64, orders: i64) -> i64 {
    if orders <= 0 {
        0
    } else if spent_minor >= 0 {
        (2 * spent_minor + orders) / (2 * orders)
    } else {
        -((orders - 2 * spent_minor) / (2 * orders))
    }
}

#[cfg(test)]
mod tests {
    use super::average_minor;

    #[test]
    fn averages_round_half_away_from_zero() {
        for (spent, orders, average) in
            [(10, 4, 3), (9, 4, 2), (-10, 4, -3), (-9, 4, -2), (0, 3, 0), (7, 0, 0), (1, 3, 0), (2, 3, 1)]
        {
            assert_eq!(average_minor(spent, orders), average, "{spent} / {orders}");
        }
    }
}
