//! What a gift card is, and what the tab and the list of all cards show.

use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use crate::base::{Currency, CustomerId, GiftCardId, Moment, Money, OrderId};
use crate::commerce::ledger::form::ExpiryForm;
use serde::{Deserialize, Serialize};

/// The longest message to go with a card, in characters: a greeting.
pub const MESSAGE_MAX: usize = 500;
/// The longest name of a batch, in characters.
pub const BATCH_NAME_MAX: usize = 80;
/// Cards of one batch: they are one transaction, so that no code is lost.
pub const BATCH_MAX: u32 = 500;

/// Whether a card can be spent, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CardStatus {
    Active,
    PartlyUsed,
    Used,
    Expired,
    Disabled,
}

impl CardStatus {
    pub const ALL: [Self; 5] = [Self::Active, Self::PartlyUsed, Self::Used, Self::Expired, Self::Disabled];

    /// As URLs and programs write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::PartlyUsed => "partly_used",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Disabled => "disabled",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Active => "giftcards.status.active",
            Self::PartlyUsed => "giftcards.status.partly_used",
            Self::Used => "giftcards.status.used",
            Self::Expired => "giftcards.status.expired",
            Self::Disabled => "giftcards.status.disabled",
        }
    }

    /// The tone of its badge.
    #[must_use]
    pub fn tone(self) -> Option<&'static str> {
        match self {
            Self::Active => Some("ok"),
            Self::PartlyUsed => Some("info"),
            Self::Used => None,
            Self::Expired => Some("warn"),
            Self::Disabled => Some("bad"),
        }
    }

    /// What a card is of `initial` that has `left` to spend, where something of it `has_expired`.
    #[must_use]
    pub fn of(disabled: bool, initial: i64, left: i64, has_expired: bool) -> Self {
        match left {
            _ if disabled => Self::Disabled,
            ..=0 if has_expired => Self::Expired,
            ..=0 => Self::Used,
            left if left >= initial => Self::Active,
            _ => Self::PartlyUsed,
        }
    }
}

/// A card as staff see it: never its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRow {
    pub id: GiftCardId,
    pub last_four: String,
    /// `None` for one of a batch that nobody has redeemed.
    pub customer: Option<(CustomerId, String)>,
    pub currency: Currency,
    pub initial: i64,
    pub balance: i64,
    pub used: i64,
    pub status: CardStatus,
    /// `None` is never.
    pub expires: Option<Moment>,
    pub issued: Moment,
    /// `None` where a program or the system issued it.
    pub issued_by: Option<String>,
    /// Empty for a single card.
    pub batch: String,
    pub message: String,
    /// The order that bought it, or whose refund it is.
    pub order: Option<(OrderId, String)>,
}

impl CardRow {
    /// `•••• 7LSD`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("•••• {}", self.last_four)
    }

    /// An amount in the card's currency.
    #[must_use]
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// Whether it can be spent.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        matches!(self.status, CardStatus::Active | CardStatus::PartlyUsed)
    }
}

/// The tab of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardsView {
    /// Gift cards are switched on.
    pub enabled: bool,
    /// Store credit is, too, so that cards can become credit.
    pub credit_enabled: bool,
    /// The base currency first, then those of the stores.
    pub currencies: Vec<Currency>,
    /// Newest first.
    pub cards: Vec<CardRow>,
}

/// A card to be issued, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueForm {
    pub amount: String,
    pub currency: String,
    pub message: String,
    pub expiry: ExpiryForm,
}

/// A batch to be issued, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchForm {
    pub name: String,
    pub count: String,
    pub amount: String,
    pub currency: String,
    pub expiry: ExpiryForm,
}

/// A card, or a part of it, to become store credit, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeemForm {
    /// The customer's own card; `None` for one that is named by its code.
    pub card: Option<GiftCardId>,
    pub code: String,
    /// Empty is all that is left.
    pub amount: String,
}

/// What was issued: the only answer that has codes in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCodes {
    /// Empty for a single card.
    pub batch: String,
    pub amount: Money,
    /// In groups of four; empty where the same request had issued them before.
    pub codes: Vec<String>,
}

impl IssuedCodes {
    /// A row per code, for a spreadsheet or a printer of cards.
    #[must_use]
    pub fn csv(&self) -> String {
        let rows = self.codes.iter().map(|code| format!("{code},{},{}\r\n", self.amount.plain(), self.amount.currency));
        std::iter::once("code,amount,currency\r\n".to_owned()).chain(rows).collect()
    }
}

/// Which cards the list of all shows: the state of the page's URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardQuery {
    /// Last four characters, name or email of the customer, name of the batch.
    pub text: String,
    pub status: Option<CardStatus>,
    /// Only cards that were issued before this one.
    pub before: Option<i64>,
}

/// Nothing longer is worth looking for.
const LONGEST_TEXT: usize = 100;

impl CardQuery {
    /// Reads a URL's query; what cannot be is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "q" => read.text = truncate(value.trim(), LONGEST_TEXT).to_owned(),
                "status" => read.status = CardStatus::parse(&value),
                "before" => read.before = value.parse().ok().filter(|id| *id > 0),
                _ => {}
            }
        }
        read
    }

    /// As a URL's query, without what stands for itself.
    #[must_use]
    pub fn write(&self) -> String {
        let mut query = QueryWriter::default();
        if !self.text.is_empty() {
            query.push("q", &self.text);
        }
        if let Some(status) = self.status {
            query.push("status", status.code());
        }
        if let Some(before) = self.before {
            query.push("before", &before.to_string());
        }
        query.finish()
    }

    /// The query that a form's fields mean: from the newest card on.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self { before: None, ..Self::parse(query) }.write()
    }

    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.text.is_empty() || self.status.is_some()
    }
}

/// A page of all cards, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPage {
    pub enabled: bool,
    pub currencies: Vec<Currency>,
    pub cards: Vec<CardRow>,
    /// The card before which older ones come; `None` at the end.
    pub older: Option<GiftCardId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_reads_as_it_is_written() {
        let query = CardQuery { text: "7LSD ß".into(), status: Some(CardStatus::PartlyUsed), before: Some(7) };
        assert_eq!(CardQuery::parse(&query.write()), query);
        assert_eq!(CardQuery::parse("?q=+&status=lost&before=-1&z=1"), CardQuery::default());
        assert_eq!(CardQuery::canonical("q=a&before=7"), "q=a");
    }

    #[test]
    fn a_card_is_what_is_left_of_it() {
        let of = CardStatus::of;
        assert_eq!([of(false, 100, 100, false), of(false, 100, 1, false)], [CardStatus::Active, CardStatus::PartlyUsed]);
        assert_eq!([of(false, 100, 0, false), of(false, 100, 0, true)], [CardStatus::Used, CardStatus::Expired]);
        assert_eq!(of(false, 100, 30, true), CardStatus::PartlyUsed, "what came back after it had expired");
        assert_eq!(of(true, 100, 100, false), CardStatus::Disabled);
        assert!(CardStatus::ALL.into_iter().all(|status| CardStatus::parse(status.code()) == Some(status)));
    }
}
