//! What an order costs (O6): one pure function for drafts, checkout and API. It takes everything it needs as arguments, asks no
//! clock and no database, and explains each of its steps.
//!
//! The order of the steps, and what each looks at:
//!
//! 1. The list price, or the price list's where the customer has one.
//! 2. The pricing group's discount, in percent of each line. Discounts of groups never stack: there is one pricing group.
//! 3. Discount codes: percentages first, all of them of the price after step 2 (so their order does not matter), then amounts,
//!    spread over the lines by what each has left. A line never goes below zero.
//! 4. Shipping, free where the group, the tier or a code says so, or the merchandise after discounts reaches the group's limit.
//!    The same merchandise decides about the minimum order.
//! 5. Tax, per line and for shipping, added to the price or contained in it.
//! 6. Store credit, as much as there is and is wanted; then gift cards, in the order given; then points. Nobody pays more than
//!    is due.
//!
//! A gift card that is bought is money in another form: steps 2, 3 and 5 pass over its line.
//!
//! Rounding: amounts are whole minor units. Percentages and tax are rounded half to even, once per line. An amount that is
//! spread over lines is rounded down on each and its rest goes to the lines with the largest fractions, so that parts always add
//! up. What is converted from the base currency (credit, points) is rounded in the shop's favour: down for what it buys, up for
//! what it costs.
//!
//! Invariants, tested with random carts: nothing is below zero, parts add up to totals, what is paid and what is due add up to
//! the total, the order of codes is irrelevant, and an amount in another currency than the order's is refused.

mod model;
mod price;
mod round;
#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use model::*;
pub use price::price;
pub use round::{half_even, spread};
