//! What a promotion is, and for whom it holds.

use crate::base::{Currency, CustomerId, GroupId, Money, PromotionId, SegmentId, TagId, Timestamp};
use crate::commerce::eligibility::{Early, Member};
use crate::commerce::pricing::Benefit;
use serde::{Deserialize, Serialize};

/// What a code takes off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PromotionKind {
    #[default]
    Percent,
    Amount,
    FreeShipping,
}

impl PromotionKind {
    pub const ALL: [Self; 3] = [Self::Percent, Self::Amount, Self::FreeShipping];

    /// As the database and forms write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Amount => "amount",
            Self::FreeShipping => "free_shipping",
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
            Self::Percent => "promotions.kind.percent",
            Self::Amount => "promotions.kind.amount",
            Self::FreeShipping => "promotions.kind.free_shipping",
        }
    }
}

/// When a promotion holds, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub active: bool,
    /// 0 is since ever.
    pub starts: Timestamp,
    /// For those with early access; 0 is as for all.
    pub early_starts: Timestamp,
    /// Who has it besides.
    pub early_for: Early,
    /// Before this instant; 0 is for ever.
    pub ends: Timestamp,
    /// 0 is no limit.
    pub limit_total: i64,
    pub limit_per_customer: i64,
    pub first_order_only: bool,
}

/// Whom a promotion is for; nothing at all is everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eligible {
    pub group: Option<GroupId>,
    pub tag: Option<TagId>,
    /// Whoever is in it as they order.
    #[serde(default)]
    pub segment: Option<SegmentId>,
    /// The code of a loyalty tier; empty is any, or none.
    pub tier: String,
    /// One customer's own code.
    pub customer: Option<CustomerId>,
}

/// A promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    pub id: PromotionId,
    /// As it is written; found in either case.
    pub code: String,
    pub name: String,
    pub benefit: Benefit,
    /// Merchandise of at least so much; in the currency of its amount, else in the base currency. 0 is any.
    pub minimum: Money,
    pub terms: Terms,
    pub eligible: Eligible,
    pub uses: i64,
    pub version: i64,
}

/// Who wants to use a code, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    pub customer: Option<CustomerId>,
    pub member: Member,
    /// Orders that were placed and not cancelled.
    pub orders: i64,
    /// How often they used this promotion.
    pub uses: i64,
}

/// What the code is to be used on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basket {
    /// Of the order.
    pub currency: Currency,
    /// After the group's discount, before codes.
    pub merchandise: i64,
    /// The promotion's minimum in the order's currency.
    pub minimum: i64,
}

impl Terms {
    /// For whom it is open now, though not for all.
    #[must_use]
    pub fn asks_early(&self, now: Timestamp) -> Option<Early> {
        (self.starts > now && self.early_starts.0 > 0 && self.early_starts <= now).then_some(self.early_for)
    }
}

impl Promotion {
    /// Why the code does not hold now for this customer and basket: the key of a sentence. Each reason has its own.
    #[must_use]
    pub fn refusal(&self, audience: &Audience, basket: Basket, now: Timestamp) -> Option<&'static str> {
        self.refusal_by_time(&audience.member, now)
            .or_else(|| self.refusal_by_audience(audience))
            .or_else(|| self.refusal_by_limits(audience))
            .or_else(|| self.refusal_by_basket(basket))
    }

    fn refusal_by_time(&self, member: &Member, now: Timestamp) -> Option<&'static str> {
        let terms = self.terms;
        let early = terms.asks_early(now).is_some_and(|early| member.has_early_access(early));
        match () {
            () if !terms.active => Some("promotions.switched_off"),
            () if terms.ends.0 > 0 && terms.ends <= now => Some("promotions.ended"),
            () if terms.starts > now && !early => Some("promotions.not_started"),
            () => None,
        }
    }

    fn refusal_by_audience(&self, audience: &Audience) -> Option<&'static str> {
        let (eligible, member) = (&self.eligible, &audience.member);
        match () {
            () if eligible.customer.is_some() && eligible.customer != audience.customer => Some("promotions.not_yours"),
            () if eligible.group.is_some_and(|group| !member.groups.contains(&group)) => Some("promotions.not_your_group"),
            () if eligible.tag.is_some_and(|tag| !member.tags.contains(&tag)) => Some("promotions.not_your_tag"),
            () if eligible.segment.is_some_and(|segment| !member.segments.contains(&segment)) => {
                Some("promotions.not_your_segment")
            }
            () if !eligible.tier.is_empty() && member.tier.as_ref() != Some(&eligible.tier) => Some("promotions.not_your_tier"),
            () => None,
        }
    }

    fn refusal_by_limits(&self, audience: &Audience) -> Option<&'static str> {
        let terms = self.terms;
        match () {
            () if terms.first_order_only && audience.orders > 0 => Some("promotions.first_order_only"),
            () if terms.limit_total > 0 && self.uses >= terms.limit_total => Some("promotions.used_up"),
            () if terms.limit_per_customer > 0 && audience.uses >= terms.limit_per_customer => {
                Some("promotions.used_by_customer")
            }
            () => None,
        }
    }

    fn refusal_by_basket(&self, basket: Basket) -> Option<&'static str> {
        match self.benefit {
            Benefit::Amount(amount) if amount.currency != basket.currency => Some("promotions.other_currency"),
            _ if basket.merchandise < basket.minimum => Some("promotions.below_minimum"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promotion() -> Promotion {
        Promotion {
            id: PromotionId(1),
            code: "TEN".into(),
            name: "Ten".into(),
            benefit: Benefit::Percent(1_000),
            minimum: Money::new(20_00, Currency::USD),
            terms: Terms { active: true, ..Terms::default() },
            eligible: Eligible::default(),
            uses: 0,
            version: 1,
        }
    }

    fn refusal(change: impl Fn(&mut Promotion, &mut Audience, &mut Basket)) -> Option<&'static str> {
        let mut promotion = promotion();
        let mut audience = Audience { customer: Some(CustomerId(7)), ..Audience::default() };
        let mut basket = Basket { currency: Currency::USD, merchandise: 20_00, minimum: 20_00 };
        change(&mut promotion, &mut audience, &mut basket);
        promotion.refusal(&audience, basket, Timestamp(1_000))
    }

    #[test]
    fn each_refusal_has_its_reason() {
        let euro = Currency::parse("EUR").unwrap();
        assert_eq!(refusal(|_, _, _| ()), None);
        assert_eq!(refusal(|p, _, _| p.terms.active = false), Some("promotions.switched_off"));
        assert_eq!(refusal(|p, _, _| p.terms.ends = Timestamp(1_000)), Some("promotions.ended"));
        assert_eq!(refusal(|p, _, _| p.terms.ends = Timestamp(1_001)), None);
        assert_eq!(refusal(|p, _, _| p.terms.starts = Timestamp(1_001)), Some("promotions.not_started"));
        assert_eq!(refusal(|p, _, _| p.eligible.customer = Some(CustomerId(8))), Some("promotions.not_yours"));
        assert_eq!(refusal(|p, _, _| p.eligible.group = Some(GroupId(1))), Some("promotions.not_your_group"));
        assert_eq!(refusal(|p, _, _| p.eligible.tag = Some(TagId(1))), Some("promotions.not_your_tag"));
        assert_eq!(refusal(|p, _, _| p.eligible.segment = Some(SegmentId(1))), Some("promotions.not_your_segment"));
        assert_eq!(refusal(|p, a, _| (p.eligible.segment, a.member.segments) = (Some(SegmentId(1)), vec![SegmentId(1)])), None);
        assert_eq!(refusal(|p, _, _| p.eligible.tier = "gold".into()), Some("promotions.not_your_tier"));
        assert_eq!(refusal(|p, a, _| (p.terms.first_order_only, a.orders) = (true, 1)), Some("promotions.first_order_only"));
        assert_eq!(refusal(|p, _, _| (p.terms.limit_total, p.uses) = (5, 5)), Some("promotions.used_up"));
        assert_eq!(refusal(|p, a, _| (p.terms.limit_per_customer, a.uses) = (1, 1)), Some("promotions.used_by_customer"));
        assert_eq!(refusal(|p, _, _| p.benefit = Benefit::Amount(Money::new(5_00, euro))), Some("promotions.other_currency"));
        assert_eq!(refusal(|_, _, b| b.merchandise = 19_99), Some("promotions.below_minimum"));
    }

    #[test]
    fn early_access_opens_earlier_and_closes_as_for_all() {
        let early = |p: &mut Promotion| (p.terms.starts, p.terms.early_starts) = (Timestamp(2_000), Timestamp(1_000));
        assert_eq!(refusal(|p, _, _| early(p)), Some("promotions.not_started"));
        assert_eq!(
            refusal(|p, a, _| {
                early(p);
                a.member.early_access = true;
            }),
            None
        );
        assert_eq!(
            refusal(|p, a, _| {
                early(p);
                a.member.early_access = true;
                p.terms.ends = Timestamp(900);
            }),
            Some("promotions.ended")
        );
        let tagged = |p: &mut Promotion| {
            early(p);
            p.terms.early_for.tag = Some(TagId(1));
        };
        assert_eq!(refusal(|p, _, _| tagged(p)), Some("promotions.not_started"));
        assert_eq!(
            refusal(|p, a, _| {
                tagged(p);
                a.member.tags = vec![TagId(1)];
            }),
            None
        );
    }
}
