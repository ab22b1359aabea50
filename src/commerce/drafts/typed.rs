//! A draft as it is typed in its editor: texts that may not read yet.

use super::{AddressChoice, CardChoice, CreditWish, DraftEdit, DraftView, LineEdit};
use crate::base::{AppError, AppResult, Currency, Money, ProductId};

/// How much store credit pays, as it is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreditMode {
    #[default]
    All,
    None,
    AtMost,
}

/// A line: what it is called is shown until the answer with its price comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedLine {
    pub product: ProductId,
    pub name: String,
    pub sku: String,
    pub quantity: String,
}

/// What stands in the editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    pub currency: Currency,
    pub base: Currency,
    pub lines: Vec<TypedLine>,
    /// Empty is what the shop usually takes.
    pub shipping: String,
    pub codes: Vec<String>,
    pub credit_mode: CreditMode,
    pub credit: String,
    pub cards: Vec<CardChoice>,
    pub points: String,
    pub shipping_address: AddressChoice,
    pub billing_address: AddressChoice,
}

impl Typed {
    /// What a saved draft says.
    #[must_use]
    pub fn of(view: &DraftView) -> Self {
        let edit = &view.edit;
        let (credit_mode, credit) = match edit.credit {
            CreditWish::All => (CreditMode::All, String::new()),
            CreditWish::None => (CreditMode::None, String::new()),
            CreditWish::AtMost(minor) => (CreditMode::AtMost, Money::new(minor, view.base).plain()),
        };
        let name = |product: ProductId| {
            let line = view.quote.lines.iter().find(|line| line.product == product);
            line.map(|line| (line.name.clone(), line.sku.clone())).unwrap_or_default()
        };
        let line = |line: &LineEdit| {
            let (name, sku) = name(line.product);
            TypedLine { product: line.product, name, sku, quantity: line.quantity.to_string() }
        };
        Self {
            currency: view.currency,
            base: view.base,
            lines: edit.lines.iter().map(line).collect(),
            shipping: edit.shipping.map_or_else(String::new, |minor| Money::new(minor, view.currency).plain()),
            codes: edit.codes.clone(),
            credit_mode,
            credit,
            cards: edit.gift_cards.clone(),
            points: if edit.points == 0 { String::new() } else { edit.points.to_string() },
            shipping_address: edit.shipping_address.clone(),
            billing_address: edit.billing_address.clone(),
        }
    }

    /// What is typed, as far as it reads.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the first field that does not: `quantity:17` (of that product), `shipping`, `credit`, `points`.
    pub fn edit(&self) -> AppResult<DraftEdit> {
        let line = |line: &TypedLine| {
            let quantity = line.quantity.trim().parse::<i64>().ok();
            let field = || AppError::invalid(format!("quantity:{}", line.product), "pricing.quantity_invalid");
            let one = quantity.map(|quantity| LineEdit { product: line.product, quantity }).ok_or_else(field)?;
            let alone = DraftEdit { lines: vec![one], ..DraftEdit::default() };
            alone.checked().map(|_| one).map_err(|_| field())
        };
        let credit = match self.credit_mode {
            CreditMode::All => CreditWish::All,
            CreditMode::None => CreditWish::None,
            CreditMode::AtMost => CreditWish::AtMost(amount("credit", &self.credit, self.base)?.unwrap_or(0)),
        };
        let points = self.points.trim();
        let points = if points.is_empty() { Some(0) } else { points.parse::<i64>().ok().filter(|points| *points >= 0) };
        let edit = DraftEdit {
            lines: self.lines.iter().map(line).collect::<AppResult<_>>()?,
            shipping: amount("shipping", &self.shipping, self.currency)?,
            codes: self.codes.clone(),
            credit,
            gift_cards: self.cards.clone(),
            points: points.ok_or_else(|| AppError::invalid("points", "pricing.points_invalid"))?,
            shipping_address: self.shipping_address.clone(),
            billing_address: self.billing_address.clone(),
        };
        edit.checked()
    }

    /// Puts a piece of a product on the draft: one more where it is there already.
    pub fn add(&mut self, product: ProductId, name: String, sku: String) {
        match self.lines.iter_mut().find(|line| line.product == product) {
            Some(line) => {
                let quantity = line.quantity.trim().parse::<i64>().unwrap_or(0);
                line.quantity = quantity.saturating_add(1).to_string();
            }
            None => self.lines.push(TypedLine { product, name, sku, quantity: "1".into() }),
        }
    }

    /// Changes how many pieces there are, to one at least.
    pub fn step(&mut self, product: ProductId, by: i64) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.product == product) {
            let quantity = line.quantity.trim().parse::<i64>().unwrap_or(1);
            line.quantity = quantity.saturating_add(by).max(1).to_string();
        }
    }
}

/// Nothing is `None`.
fn amount(field: &str, text: &str, currency: Currency) -> AppResult<Option<i64>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let money = Money::parse(text, currency).filter(|money| money.minor >= 0);
    money.map(|money| Some(money.minor)).ok_or_else(|| AppError::invalid(field, "pricing.amount_invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        let line = TypedLine { product: ProductId(7), name: "Tea".into(), sku: "T".into(), quantity: "2".into() };
        Typed {
            currency: Currency::USD,
            base: Currency::USD,
            lines: vec![line],
            shipping: String::new(),
            codes: vec![],
            credit_mode: CreditMode::All,
            credit: String::new(),
            cards: vec![],
            points: String::new(),
            shipping_address: AddressChoice::None,
            billing_address: AddressChoice::None,
        }
    }

    fn field(change: impl Fn(&mut Typed)) -> String {
        let mut typed = typed();
        change(&mut typed);
        match typed.edit() {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_does_not_read_is_named() {
        for quantity in ["", "0", "x", "1.5", "1000000000", "-1"] {
            assert_eq!(field(|typed| typed.lines[0].quantity = quantity.into()), "quantity:7", "{quantity}");
        }
        assert_eq!(field(|typed| typed.shipping = "five".into()), "shipping");
        assert_eq!(field(|typed| typed.points = "-1".into()), "points");
        assert_eq!(field(|typed| (typed.credit_mode, typed.credit) = (CreditMode::AtMost, "x".into())), "credit");
    }

    #[test]
    fn adding_twice_is_two_pieces() {
        let mut typed = typed();
        typed.add(ProductId(7), "Tea".into(), "T".into());
        typed.add(ProductId(8), "Pot".into(), "P".into());
        typed.step(ProductId(8), -5);
        typed.step(ProductId(7), 4);
        typed.shipping = "4.90".into();
        let edit = typed.edit().unwrap();
        assert_eq!(edit.lines.iter().map(|line| (line.product.0, line.quantity)).collect::<Vec<_>>(), [(7, 7), (8, 1)]);
        assert_eq!((edit.shipping, edit.credit, edit.points), (Some(490), CreditWish::All, 0));
    }
}
