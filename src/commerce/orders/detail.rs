//! An order with everything that belongs to it.

use super::{OrderRow, PaymentStatus};
use crate::base::i18n::Lang;
use crate::base::{Moment, Money, OrderId, OrderLineId, PaymentId};
use crate::commerce::payments::{Method, Source, split};
use crate::commerce::pricing::Step;
use crate::commerce::returns::Return;
use crate::commerce::shipments::Shipment;
use serde::{Deserialize, Serialize};

/// A line of an order: what was bought, as it was called then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub id: OrderLineId,
    pub name: String,
    pub sku: String,
    pub quantity: i64,
    pub unit_price: Money,
    pub discount: Money,
    pub tax: Money,
    pub total: Money,
    /// Pieces that returns hold which were not refused.
    pub returned: i64,
    /// Gift cards are no goods: they do not come back.
    pub is_gift_card: bool,
}

/// A payment or an attempt at one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub id: PaymentId,
    /// `card`, `bank_transfer`, …
    pub method: String,
    pub status: PaymentStatus,
    pub amount: Money,
    /// What came back of it.
    pub refunded: Money,
    pub reference: String,
    /// Loyalty points that it cost.
    pub points: i64,
    /// Who of the staff recorded it.
    pub by: Option<String>,
    pub at: Moment,
}

/// Money given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub amount: Money,
    pub reason: String,
    /// Where it went: the way, how much, how many points that were.
    pub parts: Vec<(Method, Money, i64)>,
    pub by: Option<String>,
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

/// Points that an order earned, and what its refunds took back of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPoints {
    pub earned: i64,
    pub taken_back: i64,
    /// They should have been taken back and were spent already.
    pub written_off: i64,
}

/// What its customer could pay with besides money, where the shop has it switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purse {
    /// Store credit, in the base currency.
    pub credit: Option<Money>,
    pub points: Option<i64>,
    pub gift_cards: bool,
}

/// Everything about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetail {
    pub order: OrderRow,
    /// Which state of it this is: a change says what it was looking at.
    pub version: i64,
    /// `staff`, `api`, `portal`, `import`.
    pub channel: String,
    /// Until when it is to be paid, where that is not at once.
    pub due_at: Option<Moment>,
    /// How the price came about.
    pub steps: Vec<Step>,
    pub shipments: Vec<Shipment>,
    pub returns: Vec<Return>,
    pub points: OrderPoints,
    pub purse: Purse,
    /// How much can be given back, where gift cards that it bought stay.
    pub refundable: Money,
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

impl OrderDetail {
    /// What is left of each payment to give back.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let currency = self.order.total.currency;
        let own = self.payments.iter().filter(|p| p.status == PaymentStatus::Captured && p.amount.currency == currency);
        own.map(|p| Source { payment: p.id, method: Method::read(&p.method), left: p.amount.minor - p.refunded.minor }).collect()
    }

    /// Where a refund of so much would go by itself: the way and how much of it, in the order in which it comes back.
    #[must_use]
    pub fn ways_back(&self, minor: i64) -> Option<Vec<(Method, Money)>> {
        let mut ways: Vec<(Method, Money)> = Vec::new();
        for (source, part) in split(&self.sources(), minor)? {
            match ways.iter_mut().find(|(method, _)| *method == source.method) {
                Some((_, sum)) => sum.minor += part,
                None => ways.push((source.method, Money::new(part, self.order.total.currency))),
            }
        }
        Some(ways)
    }
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
