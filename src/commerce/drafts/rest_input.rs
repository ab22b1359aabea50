//! What the REST API takes for an order or a draft.

use super::{AddressChoice, CardChoice, Completion, CreditWish, DraftEdit, LineEdit, PaidBy, PaymentChoice};
use crate::args;
use crate::base::i18n::message;
use crate::base::{AddressId, AppError, GiftCardId, Money, ProductId};
use crate::commerce::orders::OrderAddress;
use crate::server::Query;
use crate::server::rest::{Amount, Answer, Problem};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A line to be ordered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineInput {
    #[schema(min_length = 1)]
    pub sku: String,
    #[schema(minimum = 1, maximum = 1000000)]
    pub quantity: i64,
}

/// Whether store credit pays.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UseCredit {
    /// As much as there is.
    #[default]
    All,
    None,
}

/// How what is left is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// Nothing may be left.
    #[default]
    Nothing,
    /// Later, on the terms of the customer's group.
    Terms,
    /// It was paid.
    Paid,
    /// A card was authorised, and is captured later.
    Authorised,
}

/// How money came.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaidWith {
    #[default]
    Card,
    BankTransfer,
    Cash,
    Other,
}

/// How what store credit, gift cards and points leave is paid.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentInput {
    pub kind: PaymentKind,
    /// Of `paid`.
    #[serde(default)]
    pub method: PaidWith,
    /// The provider's; `authorised` needs one.
    #[serde(default)]
    #[schema(max_length = 120)]
    pub reference: String,
}

impl PaymentInput {
    fn choice(&self) -> PaymentChoice {
        let method = match self.method {
            PaidWith::Card => PaidBy::Card,
            PaidWith::BankTransfer => PaidBy::BankTransfer,
            PaidWith::Cash => PaidBy::Cash,
            PaidWith::Other => PaidBy::Other,
        };
        match self.kind {
            PaymentKind::Nothing => PaymentChoice::Nothing,
            PaymentKind::Terms => PaymentChoice::Terms,
            PaymentKind::Paid => PaymentChoice::Paid { method, reference: self.reference.clone() },
            PaymentKind::Authorised => PaymentChoice::Authorised { reference: self.reference.clone() },
        }
    }
}

/// An address that is none of the customer's saved ones.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypedAddress {
    #[schema(min_length = 1)]
    pub recipient: String,
    #[serde(default)]
    pub company: String,
    #[schema(min_length = 1)]
    pub street: String,
    #[serde(default)]
    pub line2: String,
    #[serde(default)]
    pub postal_code: String,
    #[schema(min_length = 1)]
    pub city: String,
    #[serde(default)]
    pub region: String,
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: String,
    #[serde(default)]
    pub phone: String,
}

impl From<TypedAddress> for OrderAddress {
    fn from(typed: TypedAddress) -> Self {
        Self {
            recipient: typed.recipient,
            company: typed.company,
            street: typed.street,
            line2: typed.line2,
            postal_code: typed.postal_code,
            city: typed.city,
            region: typed.region,
            country: typed.country,
            phone: typed.phone,
        }
    }
}

/// An order, or a draft.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderInput {
    #[schema(max_items = 200)]
    pub lines: Vec<LineInput>,
    /// The shop's first where it is left out. Only when it is made.
    #[schema(minimum = 1)]
    pub store_id: Option<i64>,
    /// The store's where it is left out. Only when it is made.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// How much of the base currency one unit of it is worth; as in the newest order in it where it is left out.
    #[schema(pattern = r"^[0-9]{1,9}(\.[0-9]{1,9})?$")]
    pub rate: Option<String>,
    /// What the shop usually takes where it is left out.
    pub shipping: Option<Amount>,
    /// Discount codes.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub codes: Vec<String>,
    #[serde(default)]
    pub store_credit: UseCredit,
    /// Codes of gift cards that pay.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub gift_cards: Vec<String>,
    /// Gift cards that were put on the draft before, by their ids.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub gift_card_ids: Vec<i64>,
    /// Loyalty points to spend.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub points: i64,
    /// One of the customer's addresses.
    #[schema(minimum = 1)]
    pub shipping_address_id: Option<i64>,
    pub shipping_address: Option<TypedAddress>,
    /// One of the customer's addresses.
    #[schema(minimum = 1)]
    pub billing_address_id: Option<i64>,
    pub billing_address: Option<TypedAddress>,
    /// The invoice goes where the goods go.
    #[serde(default)]
    pub billing_same_as_shipping: bool,
    /// Places the order.
    #[serde(default)]
    pub complete: bool,
    /// Of an order that is placed.
    pub payment: Option<PaymentInput>,
    /// What the customer was shown: refused (409) where it comes to something else.
    pub expected_total: Option<Amount>,
}

/// How a draft is placed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteInput {
    pub payment: Option<PaymentInput>,
    /// Whatever it costs by now.
    #[serde(default)]
    pub accept_changes: bool,
}

impl CompleteInput {
    #[must_use]
    pub fn completion(&self) -> Completion {
        let payment = self.payment.clone().unwrap_or_default().choice();
        Completion { payment, version: None, seen: None, accept_changes: self.accept_changes }
    }
}

impl OrderInput {
    /// What it puts on a draft.
    ///
    /// # Errors
    /// [`Problem`] on the field.
    pub async fn edit(&self, q: &impl Query) -> Answer<DraftEdit> {
        let cards = self.gift_cards.iter().cloned().map(CardChoice::Code);
        let known = self.gift_card_ids.iter().map(|id| CardChoice::Card(GiftCardId(*id)));
        Ok(DraftEdit {
            lines: lines(q, &self.lines).await?,
            shipping: self.shipping.as_ref().map(|amount| amount.money("shipping")).transpose()?.map(|money| money.minor),
            codes: self.codes.clone(),
            credit: match self.store_credit {
                UseCredit::All => CreditWish::All,
                UseCredit::None => CreditWish::None,
            },
            gift_cards: known.chain(cards).collect(),
            points: self.points,
            shipping_address: address("shipping_address", self.shipping_address_id, &self.shipping_address, false)?,
            billing_address: address(
                "billing_address",
                self.billing_address_id,
                &self.billing_address,
                self.billing_same_as_shipping,
            )?,
        })
    }

    /// Amounts are in the draft's currency, and it comes to what the customer was shown.
    ///
    /// # Errors
    /// [`Problem`] on `shipping.currency` or `expected_total`; [`AppError::Conflict`] where it comes to something else.
    pub fn check_amounts(&self, total: Money) -> Answer<()> {
        for (field, amount) in [("shipping", &self.shipping), ("expected_total", &self.expected_total)] {
            if amount.as_ref().is_some_and(|amount| amount.currency != total.currency.code()) {
                return Err(Problem::invalid(format!("{field}.currency"), "api.currency_other"));
            }
        }
        let expected = self.expected_total.as_ref().map(|amount| amount.money("expected_total")).transpose()?;
        match expected {
            Some(expected) if expected.minor != total.minor => {
                let total = format!("{} {}", total.plain(), total.currency);
                Err(AppError::Conflict { message: message("api.total_differs", &[("total", &total)]) }.into())
            }
            _ => Ok(()),
        }
    }

    /// What is settled when a draft is made.
    ///
    /// # Errors
    /// [`Problem`] on the field.
    pub fn check_fixed(&self) -> Answer<()> {
        for (field, given) in
            [("store_id", self.store_id.is_some()), ("currency", self.currency.is_some()), ("rate", self.rate.is_some())]
        {
            if given {
                return Err(Problem::invalid(field, "api.fixed"));
            }
        }
        Ok(())
    }

    /// How it is placed, if it is. It was priced in this request, so it costs what it costs.
    #[must_use]
    pub fn completion(&self) -> Option<Completion> {
        let payment = self.payment.clone().unwrap_or_default().choice();
        self.complete.then_some(Completion { payment, version: None, seen: None, accept_changes: false })
    }
}

/// Lines by the ids of their products.
///
/// # Errors
/// [`Problem`] on the line whose SKU is unknown.
pub async fn lines(q: &impl Query, given: &[LineInput]) -> Answer<Vec<LineEdit>> {
    let skus: BTreeSet<&str> = given.iter().map(|line| line.sku.as_str()).collect();
    let mut args = args![];
    let binds: Vec<String> = skus.into_iter().map(|sku| format!("${}", args.push(sku))).collect();
    let known: Vec<(String, i64)> = match binds.is_empty() {
        true => vec![],
        false => q.all(&format!("SELECT sku, id FROM products WHERE sku IN ({})", binds.join(", ")), args).await?,
    };
    let known: BTreeMap<&str, i64> = known.iter().map(|(sku, id)| (sku.as_str(), *id)).collect();
    let edit = |(index, line): (usize, &LineInput)| {
        let id = known.get(line.sku.as_str()).copied().map(ProductId);
        let product = id.ok_or_else(|| Problem::invalid(format!("lines[{index}].sku"), "api.product_unknown"))?;
        Ok(LineEdit { product, quantity: line.quantity })
    };
    given.iter().enumerate().map(edit).collect()
}

fn address(field: &str, saved: Option<i64>, typed: &Option<TypedAddress>, same: bool) -> Answer<AddressChoice> {
    match (saved, typed, same) {
        (None, None, false) => Ok(AddressChoice::None),
        (None, None, true) => Ok(AddressChoice::SameAsShipping),
        (Some(id), None, false) => Ok(AddressChoice::Saved(AddressId(id))),
        (None, Some(typed), false) => Ok(AddressChoice::Typed(Box::new(typed.clone().into()))),
        _ => Err(Problem::invalid(field, "api.one_address")),
    }
}
