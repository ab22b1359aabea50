//! What orders are: their states and the rows of lists.

use crate::base::{CustomerId, Moment, Money, OrderId};
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal, $label:literal, $tone:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the database and in URLs.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }

            /// The key of its name in the messages files.
            #[must_use]
            pub fn label_key(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// Its tone: empty for the neutral one.
            #[must_use]
            pub fn tone(self) -> &'static str {
                match self { $(Self::$variant => $tone,)* }
            }
        }
    };
}

pub(crate) use codes;

codes! {
    /// Whether an order was placed at all.
    OrderStatus {
        /// Never placed.
        Draft = "draft", "orders.status.draft", "accent";
        Placed = "placed", "orders.status.placed", "";
        Cancelled = "cancelled", "orders.status.cancelled", "bad";
    }
}

codes! {
    /// Why a draft has not been placed.
    DraftKind {
        /// A cart that its customer left.
        AbandonedCart = "abandoned_cart", "orders.draft.abandoned_cart", "warn";
        /// Staff are writing it.
        Staff = "staff", "orders.draft.staff", "info";
        /// It waits for a payment.
        Unpaid = "unpaid", "orders.draft.unpaid", "warn";
    }
}

codes! {
    PaymentState {
        Unpaid = "unpaid", "orders.payment.unpaid", "warn";
        Authorised = "authorised", "orders.payment.authorised", "info";
        Paid = "paid", "orders.payment.paid", "ok";
        PartRefunded = "part_refunded", "orders.payment.part_refunded", "warn";
        Refunded = "refunded", "orders.payment.refunded", "";
    }
}

codes! {
    FulfilmentState {
        Unfulfilled = "unfulfilled", "orders.fulfilment.unfulfilled", "";
        /// Shown as "In transit".
        Shipped = "shipped", "orders.fulfilment.shipped", "info";
        Delivered = "delivered", "orders.fulfilment.delivered", "ok";
        PartReturned = "part_returned", "orders.fulfilment.part_returned", "warn";
        Returned = "returned", "orders.fulfilment.returned", "warn";
    }
}

codes! {
    PaymentStatus {
        Authorised = "authorised", "orders.paid.authorised", "info";
        Captured = "captured", "orders.paid.captured", "ok";
        Voided = "voided", "orders.paid.voided", "";
    }
}

/// The customer of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    pub id: CustomerId,
    /// The name, else the company, else the email.
    pub name: String,
    pub email: String,
}

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRow {
    pub id: OrderId,
    /// Drafts have none.
    pub number: Option<String>,
    pub status: OrderStatus,
    /// `None` unless it is a draft.
    pub draft: Option<DraftKind>,
    pub payment: PaymentState,
    pub fulfilment: FulfilmentState,
    pub store: String,
    /// Pieces over all lines.
    pub units: i64,
    /// In the order's own currency, tax and shipping included.
    pub total: Money,
    /// When it was placed; of a draft, when it was last changed.
    pub at: Moment,
    pub buyer: Buyer,
}

/// A page of a list of orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderList {
    pub rows: Vec<OrderRow>,
    /// How many orders match; `None` where counting would cost more than the page.
    pub total: Option<i64>,
    /// The position of the page before, as it stands in the URL.
    pub previous: Option<String>,
    pub next: Option<String>,
    /// What in the URL could not be read and was left out: names of parameters.
    pub ignored: Vec<String>,
    /// The search named more customers than were looked at.
    pub narrowed: bool,
}

/// How many placed orders wait for somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCounts {
    pub to_ship: i64,
    pub in_transit: i64,
    /// Either of these for more than [`Self::stuck_days`].
    pub stuck: i64,
    pub unpaid: i64,
    /// From the settings.
    pub stuck_days: u16,
}

/// A draft in the list of a customer's drafts, with what it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRow {
    pub row: OrderRow,
    /// A cart that may still be in use: not idle for as long as the settings say.
    pub in_use: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_round_trip() {
        for state in PaymentState::ALL {
            assert_eq!(PaymentState::parse(state.code()), Some(*state));
        }
        for state in FulfilmentState::ALL {
            assert_eq!(FulfilmentState::parse(state.code()), Some(*state));
        }
        assert_eq!(OrderStatus::parse("Draft"), None);
    }
}
