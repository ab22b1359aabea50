//! An order with everything that belongs to it.

use super::{OrderRow, PaymentStatus};
use crate::base::i18n::Lang;
use crate::base::{Moment, Money, OrderId};
use serde::{Deserialize, Serialize};

/// A line of an order: what was bought, as it was called then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub name: String,
    pub sku: String,
    pub quantity: i64,
    pub unit_price: Money,
    pub discount: Money,
    pub tax: Money,
    pub total: Money,
}

/// A payment or an attempt at one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// `card`, `bank_transfer`, …
    pub method: String,
    pub status: PaymentStatus,
    pub amount: Money,
    pub reference: String,
    pub at: Moment,
}

/// Money given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub amount: Money,
    pub reason: String,
    pub at: Moment,
}

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// `placed`, `shipped`, …
    pub kind: String,
    pub detail: String,
    /// Who of the staff did it.
    pub by: Option<String>,
    pub at: Moment,
}

/// An address as it was when the order was placed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderAddress {
    pub recipient: String,
    pub company: String,
    pub street: String,
    pub line2: String,
    pub postal_code: String,
    pub city: String,
    pub region: String,
    /// The ISO code.
    pub country: String,
    pub phone: String,
}

impl OrderAddress {
    /// Its lines below one another, without empty ones. The recipient comes first.
    #[must_use]
    pub fn lines(&self, l: Lang) -> Vec<String> {
        let town = format!("{} {}", self.postal_code, self.city);
        let country = l.country(self.country.trim());
        let place = [town.trim(), self.region.trim(), &country];
        let place = place.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        [&self.recipient, &self.company, &self.street, &self.line2, &place]
            .into_iter()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    }
}

/// The addresses of an order; either may be missing, on a draft above all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderAddresses {
    pub shipping: Option<OrderAddress>,
    pub billing: Option<OrderAddress>,
}

/// What an order adds up to, in its own currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub subtotal: Money,
    pub discount: Money,
    pub shipping: Money,
    pub tax: Money,
    pub total: Money,
    pub refunded: Money,
    /// Captured payments.
    pub paid: Money,
    /// What is still to be paid: never below zero.
    pub due: Money,
    /// The total in the shop's base currency, where that is another.
    pub base_total: Option<Money>,
}

/// Everything about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetail {
    pub order: OrderRow,
    pub created: Moment,
    /// Since when it has been in its present state.
    pub state_since: Moment,
    pub tracking: String,
    pub totals: Totals,
    pub lines: Vec<OrderLine>,
    pub payments: Vec<Payment>,
    pub refunds: Vec<Refund>,
    pub history: Vec<HistoryEntry>,
    pub addresses: OrderAddresses,
    /// The customer's completed orders and what they spent, in the base currency.
    pub buyer_orders: i64,
    pub buyer_spent: Money,
    /// The customer's order before and after this one.
    pub previous: Option<OrderId>,
    pub next: Option<OrderId>,
}

/// The last order of a customer, with its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastOrder {
    pub order: OrderRow,
    pub lines: Vec<OrderLine>,
    /// Orders that the customer placed, cancelled ones included.
    pub placed: i64,
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_whatever_there_is() {
        let both: OrderAddresses =
            serde_json::from_str(r#"{"shipping":{"recipient":"A","postal_code":"1","city":"B","country":"PL"},"x":1}"#).unwrap();
        assert_eq!(both.shipping.unwrap().lines(crate::base::i18n::by_code("en")), ["A", "1 B, Poland"]);
        assert_eq!(both.billing, None);
        assert_eq!(serde_json::from_str::<OrderAddresses>("{}").unwrap(), OrderAddresses::default());
    }
}
