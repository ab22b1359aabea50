//! What pricing is told and what it answers.

use crate::base::{Currency, Money};
use crate::commerce::orders::Rate;
use serde::{Deserialize, Serialize};

/// Pieces of one line; more were mistyped.
pub const QUANTITY_MAX: u32 = 1_000_000;
/// A whole, in hundredths of a percent.
pub const WHOLE: u32 = 10_000;

/// Everything that the price of an order depends on.
#[derive(Clone, Debug)]
pub struct Cart {
    /// The order's. Amounts in any other are refused, but for store credit and points.
    pub currency: Currency,
    /// What store credit is held in, and what points are worth.
    pub base: Currency,
    /// How much of the base currency one unit of the order's is worth.
    pub rate: Rate,
    pub lines: Vec<Line>,
    pub group: GroupTerms,
    /// The customer's tier ships free.
    pub tier_ships_free: bool,
    /// Codes that hold for this customer now; whether they do is decided before.
    pub codes: Vec<Code>,
    /// What shipping costs where it is not free.
    pub shipping: Money,
    pub tax: Tax,
    pub credit: Credit,
    pub gift_cards: Vec<GiftCard>,
    pub points: Points,
}

/// A line of the cart.
#[derive(Clone, Debug)]
pub struct Line {
    pub list_price: Money,
    /// The price list's, in place of the list price.
    pub own_price: Option<Money>,
    /// 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
    /// Hundredths of a percent.
    pub tax_bp: u32,
    /// It is a gift card, which is money: nothing is taken off, and no tax is added.
    pub gift_card: bool,
}

/// What the pricing group grants.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupTerms {
    /// Hundredths of a percent, at most [`WHOLE`].
    pub discount_bp: u32,
    pub free_shipping: bool,
    pub free_shipping_from: Option<Money>,
    pub minimum: Option<Money>,
}

/// A discount code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    pub code: String,
    pub benefit: Benefit,
}

/// What a code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Benefit {
    /// Hundredths of a percent, at most [`WHOLE`].
    Percent(u32),
    Amount(Money),
    FreeShipping,
}

/// How tax is reckoned.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tax {
    /// Prices contain it; otherwise it is added.
    pub included: bool,
    /// Of shipping, in hundredths of a percent.
    pub shipping_bp: u32,
}

/// Store credit, in the base currency.
#[derive(Clone, Copy, Debug)]
pub struct Credit {
    pub available: Money,
    /// At most so much of it; `None` takes as much as is due.
    pub at_most: Option<Money>,
}

/// A gift card that was given.
#[derive(Clone, Debug)]
pub struct GiftCard {
    pub last_four: String,
    pub balance: Money,
}

/// Loyalty points.
#[derive(Clone, Copy, Debug)]
pub struct Points {
    pub available: i64,
    /// How many the customer wants to spend.
    pub wanted: i64,
    /// So many points are worth one unit (not minor unit) of the base currency.
    pub per_unit: i64,
}

/// A priced order. All amounts are in its currency unless they say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    pub currency: Currency,
    pub lines: Vec<PricedLine>,
    /// Before discounts.
    pub subtotal: i64,
    pub discount: i64,
    /// After discounts: what limits look at.
    pub merchandise: i64,
    pub shipping: i64,
    /// Of lines and shipping.
    pub tax: i64,
    /// What the customer owes, whatever pays for it.
    pub total: i64,
    pub credit: i64,
    /// What the credit account is debited, in the base currency.
    pub credit_base: i64,
    /// Per gift card given: its last four and what it pays.
    pub gift_cards: Vec<(String, i64)>,
    /// What the points pay, and how many they are.
    pub points_value: i64,
    pub points: i64,
    /// What is left to be paid.
    pub due: i64,
    /// How much merchandise is missing to the group's minimum order: such an order is not placed.
    pub below_minimum: Option<i64>,
    pub steps: Vec<Step>,
}

/// A line with its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedLine {
    pub unit_price: i64,
    pub subtotal: i64,
    pub group_discount: i64,
    pub code_discount: i64,
    pub tax: i64,
    /// After discounts, with the tax.
    pub total: i64,
}

/// A step of the explanation: what it was and how it moved what is due. All of them together yield what is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub kind: StepKind,
    /// Which code or gift card.
    pub subject: String,
    /// Minor units; below zero where it became cheaper.
    pub change: i64,
}

/// What a step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    ListPrice,
    PriceList,
    GroupDiscount,
    Code,
    Shipping,
    FreeShipping,
    Tax,
    /// Contained in the price: changes nothing.
    TaxIncluded,
    Credit,
    GiftCard,
    Points,
}

impl StepKind {
    pub const ALL: [Self; 11] = [
        Self::ListPrice,
        Self::PriceList,
        Self::GroupDiscount,
        Self::Code,
        Self::Shipping,
        Self::FreeShipping,
        Self::Tax,
        Self::TaxIncluded,
        Self::Credit,
        Self::GiftCard,
        Self::Points,
    ];

    /// The key of its sentence in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::ListPrice => "pricing.step.list_price",
            Self::PriceList => "pricing.step.price_list",
            Self::GroupDiscount => "pricing.step.group_discount",
            Self::Code => "pricing.step.code",
            Self::Shipping => "pricing.step.shipping",
            Self::FreeShipping => "pricing.step.free_shipping",
            Self::Tax => "pricing.step.tax",
            Self::TaxIncluded => "pricing.step.tax_included",
            Self::Credit => "pricing.step.credit",
            Self::GiftCard => "pricing.step.gift_card",
            Self::Points => "pricing.step.points",
        }
    }
}
