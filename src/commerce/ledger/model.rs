//! What accounts hold and why entries are made.

use crate::base::Currency;
use serde::{Deserialize, Serialize};

/// The largest amount of one posting, in minor units or points: a billion of most currencies. What is above it was mistyped.
pub const AMOUNT_MAX: i64 = 1_000_000_000_00;
/// The longest idempotency key, in bytes.
pub const KEY_MAX: usize = 200;

/// What an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// Store credit, in the base currency; one account per customer.
    Credit,
    /// A gift card, in its own currency; one account per card.
    GiftCard,
    /// Loyalty points, which are no money; one account per customer.
    Points,
}

impl AccountKind {
    pub const ALL: [Self; 3] = [Self::Credit, Self::GiftCard, Self::Points];

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::GiftCard => "gift_card",
            Self::Points => "points",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What an account counts in: money of one currency, or points. Accounts of different units never exchange amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    Money(Currency),
    Points,
}

impl Unit {
    /// As the database writes it: a currency's code, nothing for points.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Money(currency) => currency.code(),
            Self::Points => "",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        if code.is_empty() { Some(Self::Points) } else { Currency::parse(code).map(Self::Money) }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)*) => {
        /// Why an entry was made. Of credit these are its categories.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $($(#[$doc])* $variant,)* }

        impl Reason {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As the database writes it.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The key of its name in the messages files.
            #[must_use]
            pub fn label_key(self) -> &'static str {
                match self { $(Self::$variant => concat!("ledger.reason.", $code),)* }
            }
        }
    };
}

reasons! {
    /// Given to make up for something.
    Goodwill = "goodwill";
    /// Money back for an order.
    Refund = "refund";
    /// A reward for loyalty.
    Loyalty = "loyalty";
    /// A gift of the shop's own accord: a campaign, a birthday.
    Promotion = "promotion";
    /// Paid in by the customer beforehand.
    Prepaid = "prepaid";
    /// Pays what a customer with an approved limit owes.
    Settlement = "settlement";
    /// Puts a mistake right, up or down.
    Correction = "correction";
    /// A gift card's first amount.
    Issued = "issued";
    /// A gift card's amount becomes store credit: down on the card, up on the credit.
    Redeemed = "redeemed";
    /// Points for an order.
    Earned = "earned";
    /// Points for an order taken back, since it was refunded.
    ClawedBack = "clawed_back";
    /// Spent on an order.
    Order = "order";
    /// Spent on an order that came back: given back.
    Returned = "returned";
    /// What was authorised and not captured: given back.
    Released = "released";
    /// Its time was over.
    Expired = "expired";
}

impl Reason {
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::base::i18n::by_code;

    #[test]
    fn codes_round_trip_and_have_names() {
        let english = by_code("en");
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.code()), Some(*reason));
            assert_ne!(english.dynamic(reason.label_key()), reason.label_key());
        }
        for kind in AccountKind::ALL {
            assert_eq!(AccountKind::parse(kind.code()), Some(kind));
        }
        assert_eq!(Unit::parse(""), Some(Unit::Points));
        assert_eq!(Unit::parse("EUR").as_ref().map(Unit::code), Some("EUR"));
    }
}
