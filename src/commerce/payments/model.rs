//! Ways to pay, what may become of a payment, and how a refund is split. Pure.

use crate::base::PaymentId;
use crate::commerce::orders::{OrderStatus, PaymentState, PaymentStatus, codes};
use serde::{Deserialize, Serialize};

/// The longest reference of a provider, in characters.
pub const REFERENCE_MAX: usize = 120;

codes! {
    /// A way to pay.
    Method {
        /// By a provider; what is kept is its reference.
        Card = "card", "orders.method.card", "";
        Wallet = "wallet", "orders.method.wallet", "";
        BankTransfer = "bank_transfer", "orders.method.bank_transfer", "";
        Cash = "cash", "orders.method.cash", "";
        Other = "other", "orders.method.other", "";
        /// Store credit.
        Credit = "credit", "orders.method.credit", "";
        GiftCard = "gift_card", "orders.method.gift_card", "";
        /// Loyalty points.
        Points = "points", "orders.method.points", "";
    }
}

impl Method {
    /// Money from outside of the shop: nothing in the ledger moves.
    #[must_use]
    pub fn is_outside(self) -> bool {
        !matches!(self, Self::Credit | Self::GiftCard | Self::Points)
    }

    /// As the database has it; what imports brought and we have no word for is outside money.
    #[must_use]
    pub fn read(code: &str) -> Self {
        Self::parse(code).unwrap_or(Self::Other)
    }

    /// Which kind comes back first.
    fn refund_rank(self) -> u8 {
        match self {
            Self::GiftCard => 1,
            Self::Credit => 2,
            Self::Points => 3,
            _ => 0,
        }
    }
}

codes! {
    /// Where a refund goes.
    RefundTo {
        /// Back to what paid.
        Original = "original", "refunds.to.original", "";
        /// All of it becomes store credit.
        Credit = "credit", "refunds.to.credit", "";
        /// All of it becomes a new gift card.
        GiftCard = "gift_card", "refunds.to.gift_card", "";
    }
}

/// What is done with a payment that was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentStep {
    Capture,
    Void,
}

impl PaymentStatus {
    /// What a payment is after a step.
    ///
    /// # Errors
    /// The key of the reason why it cannot be.
    pub fn after(self, step: PaymentStep) -> Result<Self, &'static str> {
        match (self, step) {
            (Self::Authorised, PaymentStep::Capture) => Ok(Self::Captured),
            (Self::Authorised, PaymentStep::Void) => Ok(Self::Voided),
            (Self::Captured, PaymentStep::Capture) => Err("payments.captured_already"),
            (Self::Captured, PaymentStep::Void) => Err("payments.captured_refund"),
            (Self::Voided, _) => Err("payments.voided_already"),
        }
    }
}

/// What an order's payments add up to, in its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub total: i64,
    pub captured: i64,
    pub authorised: i64,
    pub refunded: i64,
}

impl Sums {
    /// What is neither paid nor promised. A refund does not make it due again.
    #[must_use]
    pub fn due(self) -> i64 {
        (self.total - self.captured - self.authorised).max(0)
    }

    /// The payment state that this is. A cancelled order owes nothing.
    #[must_use]
    pub fn state(self, status: OrderStatus) -> PaymentState {
        if status == OrderStatus::Cancelled && self.captured == 0 || status != OrderStatus::Cancelled && self.due() > 0 {
            PaymentState::Unpaid
        } else if self.authorised > 0 {
            PaymentState::Authorised
        } else if self.refunded == 0 {
            PaymentState::Paid
        } else if self.refunded < self.captured {
            PaymentState::PartRefunded
        } else {
            PaymentState::Refunded
        }
    }
}

/// What is left of a payment to give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub payment: PaymentId,
    pub method: Method,
    pub left: i64,
}

/// How much of each payment a refund of `amount` is, in the order in which they come back; `None` where there is not so much.
#[must_use]
pub fn split(sources: &[Source], amount: i64) -> Option<Vec<(Source, i64)>> {
    let mut sources = sources.to_vec();
    sources.sort_by_key(|source| (source.method.refund_rank(), source.payment));
    let mut left = amount;
    let mut parts = Vec::new();
    for source in sources {
        let part = source.left.min(left);
        if part > 0 {
            parts.push((source, part));
            left -= part;
        }
    }
    (left == 0).then_some(parts)
}

/// How much of what a payment cost (credit in the base currency, points) comes back with a part of it: rounded down over all
/// parts so far, so that the last part brings back the rest. `before` and `part` are parts of `amount`.
#[must_use]
pub fn cost_back(cost: i64, before: i64, part: i64, amount: i64) -> i64 {
    if amount <= 0 {
        return 0;
    }
    let until = |sum: i64| i128::from(cost) * i128::from(sum) / i128::from(amount);
    i64::try_from(until(before + part) - until(before)).unwrap_or(0)
}

/// The form of a payment, as it is typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayForm {
    pub method: Method,
    /// In the order's currency.
    pub amount: String,
    /// The provider's reference, or the gift card's code.
    pub reference: String,
    /// Promised, not yet taken.
    pub authorise: bool,
}

/// The form of a refund, as it is typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundForm {
    pub amount: String,
    pub to: RefundTo,
    pub reason: String,
}

/// What came of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundOutcome {
    /// Of the new gift card: shown this once.
    pub gift_card_code: Option<String>,
    /// Points for the order that were taken back.
    pub points_taken_back: i64,
    /// Points that should have been taken back and were spent already.
    pub points_written_off: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::i18n::by_code;

    #[test]
    fn methods_and_destinations_have_names() {
        for l in ["en", "de"].map(by_code) {
            for method in Method::ALL {
                assert_eq!(Method::parse(method.code()), Some(*method));
                assert_ne!(l.dynamic(method.label_key()), method.label_key());
            }
            for to in RefundTo::ALL {
                assert_ne!(l.dynamic(to.label_key()), to.label_key());
            }
        }
        assert_eq!(Method::read("paypal"), Method::Other);
        assert!(Method::ALL.iter().filter(|method| !method.is_outside()).count() == 3);
    }

    #[test]
    fn a_payment_goes_where_its_table_says() {
        use PaymentStatus::{Authorised, Captured, Voided};
        use PaymentStep::{Capture, Void};
        let table = [
            (Authorised, Capture, Ok(Captured)),
            (Authorised, Void, Ok(Voided)),
            (Captured, Capture, Err("payments.captured_already")),
            (Captured, Void, Err("payments.captured_refund")),
            (Voided, Capture, Err("payments.voided_already")),
            (Voided, Void, Err("payments.voided_already")),
        ];
        for (from, step, to) in table {
            assert_eq!(from.after(step), to, "{from:?} {step:?}");
            if let Err(reason) = to {
                assert_ne!(by_code("en").dynamic(reason), reason);
            }
        }
    }

    #[test]
    fn the_state_follows_from_the_sums() {
        use OrderStatus::{Cancelled, Placed};
        use PaymentState::*;
        let state = |status, captured, authorised, refunded| Sums { total: 100, captured, authorised, refunded }.state(status);
        for (captured, authorised, refunded, expected) in [
            (0, 0, 0, Unpaid),
            (99, 0, 0, Unpaid),
            (50, 50, 0, Authorised),
            (0, 100, 0, Authorised),
            (0, 99, 0, Unpaid),
            (100, 0, 0, Paid),
            (100, 0, 1, PartRefunded),
            (100, 0, 100, Refunded),
            // What is still due comes first.
            (40, 0, 40, Unpaid),
        ] {
            assert_eq!(state(Placed, captured, authorised, refunded), expected, "{captured} {authorised} {refunded}");
        }
        assert_eq!((state(Cancelled, 0, 0, 0), state(Cancelled, 40, 0, 40)), (Unpaid, Refunded));
        assert_eq!(Sums::default().state(Placed), Paid, "nothing was due");
    }

    #[test]
    fn outside_money_comes_back_first_and_points_last() {
        let source = |payment, method, left| Source { payment: PaymentId(payment), method, left };
        let sources = [
            source(1, Method::Points, 5),
            source(2, Method::Credit, 10),
            source(3, Method::GiftCard, 20),
            source(4, Method::Card, 30),
            source(5, Method::Cash, 1),
        ];
        let parts = |amount| split(&sources, amount).map(|p| p.iter().map(|(s, part)| (s.payment.0, *part)).collect::<Vec<_>>());
        assert_eq!(parts(31), Some(vec![(4, 30), (5, 1)]));
        assert_eq!(parts(65), Some(vec![(4, 30), (5, 1), (3, 20), (2, 10), (1, 4)]));
        assert_eq!((parts(66).map(|p| p.len()), parts(67)), (Some(5), None));
        assert_eq!(parts(0), Some(vec![]));
    }

    #[test]
    fn parts_of_a_cost_add_up_to_it() {
        for (cost, amount) in [(100, 3), (7, 100), (1, 1), (0, 5), (999, 1_000)] {
            let mut back = 0;
            for before in 0..amount {
                let part = cost_back(cost, before, 1, amount);
                assert!(part >= 0);
                back += part;
                assert!(i128::from(back) * i128::from(amount) <= i128::from(cost) * i128::from(before + 1), "never too much");
            }
            assert_eq!(back, cost);
        }
    }
}
