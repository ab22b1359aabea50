//! What a draft says, and what it comes to.

use crate::base::{AddressId, AppError, AppResult, Currency, GiftCardId, Moment, Money, OrderId, ProductId};
use crate::commerce::orders::{Buyer, DraftKind, OrderAddress};
use crate::commerce::pricing::{Priced, PricedLine, QUANTITY_MAX};
use crate::commerce::products::ProductKind;
use crate::customers::addresses::AddressForm;
use serde::{Deserialize, Serialize};

/// Lines of a draft; who needs more means several orders.
pub const LINES_MAX: usize = 200;
/// Codes on one order.
pub const CODES_MAX: usize = 10;
/// Gift cards that pay for one order.
pub const CARDS_MAX: usize = 10;
/// The longest reference of a payment, in characters.
pub const REFERENCE_MAX: usize = crate::commerce::payments::REFERENCE_MAX;

/// Everything that may be changed on a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftEdit {
    pub lines: Vec<LineEdit>,
    /// Minor units of the order's currency; `None` is what the shop usually takes.
    pub shipping: Option<i64>,
    pub codes: Vec<String>,
    pub credit: CreditWish,
    pub gift_cards: Vec<CardChoice>,
    /// Points to spend.
    pub points: i64,
    pub shipping_address: AddressChoice,
    pub billing_address: AddressChoice,
}

/// A line of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineEdit {
    pub product: ProductId,
    pub quantity: i64,
}

/// How much store credit pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditWish {
    /// As much as there is; never what is only approved to be owed.
    #[default]
    All,
    None,
    /// At most so much, in minor units of the base currency. May go into an approved limit.
    AtMost(i64),
}

/// A gift card that pays: by its code where it is given for the first time, by its id once it is on the draft. A code is never kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardChoice {
    Code(String),
    Card(GiftCardId),
}

/// Where something goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressChoice {
    #[default]
    None,
    /// The invoice goes where the goods go.
    SameAsShipping,
    /// One of the customer's addresses.
    Saved(AddressId),
    Typed(Box<OrderAddress>),
}

/// An address as the form of addresses has it, which knows what one must have in its country.
#[must_use]
pub fn form_of(address: &OrderAddress) -> AddressForm {
    let address = address.clone();
    AddressForm {
        recipient: address.recipient,
        company: address.company,
        street: address.street,
        line2: address.line2,
        postal_code: address.postal_code,
        city: address.city,
        region: address.region,
        country: address.country,
        phone: address.phone,
        default_shipping: false,
        default_billing: false,
    }
}

/// An address of that form as orders keep it.
#[must_use]
pub fn address_of(form: AddressForm) -> OrderAddress {
    OrderAddress {
        recipient: form.recipient,
        company: form.company,
        street: form.street,
        line2: form.line2,
        postal_code: form.postal_code,
        city: form.city,
        region: form.region,
        country: form.country,
        phone: form.phone,
    }
}

impl DraftEdit {
    /// The edit with one line per product, codes once each and in capitals, as they are compared.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `lines`, `quantity`, `codes`, `gift_cards`, `shipping`, `credit` or `points` when there is too much or
    /// too little.
    pub fn checked(&self) -> AppResult<Self> {
        let mut edit = Self { lines: Vec::new(), codes: Vec::new(), ..self.clone() };
        for line in &self.lines {
            check_quantity(line.quantity)?;
            match edit.lines.iter_mut().find(|other| other.product == line.product) {
                Some(same) => {
                    same.quantity += line.quantity;
                    check_quantity(same.quantity)?;
                }
                None => edit.lines.push(*line),
            }
        }
        for code in self.codes.iter().map(|code| code.trim().to_uppercase()).filter(|code| !code.is_empty()) {
            if !edit.codes.contains(&code) {
                edit.codes.push(code);
            }
        }
        let amount = |minor: i64| (0..=crate::commerce::ledger::AMOUNT_MAX).contains(&minor);
        let credit = if let CreditWish::AtMost(minor) = self.credit { amount(minor) } else { true };
        match () {
            () if edit.lines.len() > LINES_MAX => Err(AppError::invalid("lines", "drafts.too_many_lines")),
            () if edit.codes.len() > CODES_MAX => Err(AppError::invalid("codes", "drafts.too_many_codes")),
            () if edit.codes.iter().any(|code| code.chars().count() > 64) => Err(AppError::invalid("codes", "field.too_long")),
            () if edit.gift_cards.len() > CARDS_MAX => Err(AppError::invalid("gift_cards", "drafts.too_many_cards")),
            () if !self.shipping.is_none_or(amount) => Err(AppError::invalid("shipping", "pricing.amount_invalid")),
            () if !credit => Err(AppError::invalid("credit", "pricing.amount_invalid")),
            () if !amount(self.points) => Err(AppError::invalid("points", "pricing.points_invalid")),
            () => Ok(edit),
        }
    }
}

fn check_quantity(quantity: i64) -> AppResult<()> {
    if (1..=i64::from(QUANTITY_MAX)).contains(&quantity) {
        Ok(())
    } else {
        Err(AppError::invalid("quantity", "pricing.quantity_invalid"))
    }
}

/// What a draft comes to now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub lines: Vec<QuoteLine>,
    pub codes: Vec<QuoteCode>,
    pub cards: Vec<QuoteCard>,
    /// `None` while there is nothing to be priced.
    pub priced: Option<Priced>,
    /// What the shop usually takes for shipping this.
    pub usual_shipping: Money,
    /// Store credit that there is, in the base currency.
    pub credit: Money,
    /// How much more may be owed.
    pub credit_limit: Money,
    /// Points that there are.
    pub points: i64,
    /// The customer may pay so many days later; 0 is at once.
    pub terms_days: i64,
    /// What stands in the way of placing it. Each has its field.
    pub problems: Vec<Problem>,
}

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `lines`, `codes`, `gift_cards`, `credit`, `points`, `customer`, `minimum`.
    pub field: String,
    /// An error's message.
    pub message: String,
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        AppError::invalid(problem.field, problem.message)
    }
}

/// A line of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteLine {
    pub product: ProductId,
    pub name: String,
    pub sku: String,
    pub kind: ProductKind,
    pub quantity: i64,
    /// Before the price list and discounts.
    pub list_price: Money,
    /// Hundredths of a percent.
    pub tax_bp: u32,
    /// `None` where it has no price.
    pub priced: Option<PricedLine>,
    /// Why it cannot be ordered: an error's message.
    pub problem: Option<String>,
}

/// A code of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteCode {
    pub code: String,
    /// Why it does not hold: an error's message.
    pub problem: Option<String>,
}

/// A gift card of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteCard {
    /// `None` where there is no such card.
    pub id: Option<GiftCardId>,
    pub last_four: String,
    pub balance: Option<Money>,
    /// Why it cannot pay: an error's message.
    pub problem: Option<String>,
}

/// A draft in its editor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftView {
    pub id: OrderId,
    pub version: i64,
    pub kind: DraftKind,
    pub buyer: Buyer,
    pub store: String,
    pub currency: Currency,
    pub base: Currency,
    pub edit: DraftEdit,
    pub quote: Quote,
    /// The customer's addresses, the defaults first.
    pub addresses: Vec<(AddressId, OrderAddress)>,
    pub changed: Moment,
    /// Who of the staff changed it last.
    pub changed_by: Option<String>,
}

/// How what is due is paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentChoice {
    /// Nothing may be due.
    #[default]
    Nothing,
    /// Later, on the terms of the customer's group.
    Terms,
    /// It was paid.
    Paid { method: PaidBy, reference: String },
    /// A card was authorised, and is captured later.
    Authorised { reference: String },
}

/// How money came from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidBy {
    #[default]
    Card,
    BankTransfer,
    Cash,
    Other,
}

impl PaidBy {
    pub const ALL: [Self; 4] = [Self::Card, Self::BankTransfer, Self::Cash, Self::Other];

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::BankTransfer => "bank_transfer",
            Self::Cash => "cash",
            Self::Other => "other",
        }
    }

    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Card => "orders.method.card",
            Self::BankTransfer => "orders.method.bank_transfer",
            Self::Cash => "orders.method.cash",
            Self::Other => "orders.method.other",
        }
    }
}

/// What whoever places an order saw last, in minor units of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub total: i64,
    pub due: i64,
}

/// How a draft is placed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Completion {
    pub payment: PaymentChoice,
    /// The version that was read; another one by now is a conflict. `None` does not ask.
    pub version: Option<i64>,
    /// `None` compares with what was saved with the draft.
    pub seen: Option<Seen>,
    /// Whatever it costs by now.
    pub accept_changes: bool,
}

/// An order that was placed, as its page is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedOrder {
    pub order: OrderId,
    pub number: String,
}

/// What became of a reorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reordered {
    pub draft: OrderId,
    pub changes: Vec<ReorderChange>,
}

/// Something that is not as it was in the order before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReorderChange {
    pub name: String,
    pub what: ReorderDifference,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReorderDifference {
    /// It is no longer sold, or not in this currency: left out.
    Missing,
    /// It may not be ordered yet: left out.
    NotYet,
    /// A piece costs something else.
    Price { before: Money, now: Money },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(product: i64, quantity: i64) -> LineEdit {
        LineEdit { product: ProductId(product), quantity }
    }

    fn field(edit: DraftEdit) -> String {
        match edit.checked() {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn one_line_per_product_and_each_code_once() {
        let edit = DraftEdit {
            lines: vec![line(1, 2), line(2, 1), line(1, 3)],
            codes: vec![" ten ".into(), "TEN".into(), String::new()],
            ..DraftEdit::default()
        };
        let checked = edit.checked().unwrap();
        assert_eq!(checked.lines, [line(1, 5), line(2, 1)]);
        assert_eq!(checked.codes, ["TEN"]);
    }

    #[test]
    fn what_cannot_be_is_refused_by_field() {
        let lines = |lines| DraftEdit { lines, ..DraftEdit::default() };
        for quantity in [0, -1, 1_000_000_000, i64::MIN, i64::MAX] {
            assert_eq!(field(lines(vec![line(1, quantity)])), "quantity");
        }
        assert_eq!(field(lines(vec![line(1, 999_999), line(1, 2)])), "quantity");
        assert_eq!(field(lines((0..201).map(|n| line(n, 1)).collect())), "lines");
        assert_eq!(field(DraftEdit { shipping: Some(-1), ..DraftEdit::default() }), "shipping");
        assert_eq!(field(DraftEdit { credit: CreditWish::AtMost(i64::MAX), ..DraftEdit::default() }), "credit");
        assert_eq!(field(DraftEdit { points: -1, ..DraftEdit::default() }), "points");
        assert_eq!(field(DraftEdit { codes: (0..11).map(|n| format!("C{n}")).collect(), ..DraftEdit::default() }), "codes");
    }
}
