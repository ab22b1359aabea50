//! What a product is.

use crate::base::{Money, ProductId, Timestamp};
use crate::commerce::eligibility::{Early, Member};
use serde::{Deserialize, Serialize};

/// What is sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    #[default]
    Goods,
    /// Money in another form: it is not discounted, not taxed, not shipped, and does not count as spent.
    GiftCard,
}

impl ProductKind {
    pub const ALL: [Self; 2] = [Self::Goods, Self::GiftCard];

    /// As the database and forms write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Goods => "goods",
            Self::GiftCard => "gift_card",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Goods => "products.kind.goods",
            Self::GiftCard => "products.kind.gift_card",
        }
    }
}

/// From when on something may be ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Switched off, it cannot be ordered at all.
    pub active: bool,
    /// From when on by everybody; 0 is always.
    pub from: Timestamp,
    /// From when on by those with early access; 0 is as for all.
    pub early_from: Timestamp,
    /// Who has it besides.
    pub early_for: Early,
}

impl Availability {
    /// For whom it is open now, though not for all.
    #[must_use]
    pub fn asks_early(self, now: Timestamp) -> Option<Early> {
        (self.from > now && self.early_from.0 > 0 && self.early_from <= now).then_some(self.early_for)
    }

    /// Why somebody cannot order it now: the key of a sentence.
    #[must_use]
    pub fn refusal(self, member: &Member, now: Timestamp) -> Option<&'static str> {
        let early = self.asks_early(now).is_some_and(|early| member.has_early_access(early));
        match () {
            () if !self.active => Some("products.not_sold"),
            () if self.from <= now || early => None,
            () => Some("products.not_yet"),
        }
    }
}

/// A product as the search of an order's editor finds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundProduct {
    pub id: ProductId,
    pub sku: String,
    pub name: String,
    pub category: Option<String>,
    pub kind: ProductKind,
    /// What it costs this customer before discounts.
    pub price: Money,
    /// Why it cannot be ordered by them now: the key of a sentence.
    pub refusal: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::TagId;

    #[test]
    fn some_may_order_before_others() {
        let early_for = Early { tag: Some(TagId(1)), ..Early::default() };
        let at = Availability { active: true, from: Timestamp(100), early_from: Timestamp(50), early_for };
        let now = |micros| Timestamp(micros);
        let (all, early) = (Member::default(), Member { early_access: true, ..Member::default() });
        let tagged = Member { tags: vec![TagId(1)], ..Member::default() };
        assert_eq!(at.refusal(&all, now(99)), Some("products.not_yet"));
        assert_eq!((at.refusal(&all, now(100)), at.refusal(&early, now(50)), at.refusal(&tagged, now(50))), (None, None, None));
        assert_eq!(at.refusal(&early, now(49)), Some("products.not_yet"));
        assert_eq!(at.refusal(&tagged, now(49)), Some("products.not_yet"));
        let as_all = Availability { early_from: Timestamp(0), ..at };
        assert_eq!(as_all.refusal(&early, now(99)), Some("products.not_yet"), "0 is no instant");
        assert_eq!(Availability { active: false, ..at }.refusal(&early, now(200)), Some("products.not_sold"));
        let always = Availability { active: true, ..Availability::default() };
        assert_eq!(always.refusal(&all, now(1)), None);
    }
}
