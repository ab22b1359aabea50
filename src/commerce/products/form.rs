//! Products and price lists as they are listed and typed.

use super::ProductKind;
use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use crate::base::{AppError, AppResult, Currency, Day, GroupId, Money, PriceListId, ProductId};
use crate::commerce::eligibility::{Choices, EarlyForm, typed_day};
use crate::commerce::pricing::WHOLE;
use serde::{Deserialize, Serialize};

/// The longest SKU, and the longest name of a product, category or list, in characters.
const SKU_MAX: usize = 64;
const NAME_MAX: usize = 200;

/// What the page of products shows, as its URL says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductQuery {
    /// Part of the name or the SKU.
    pub search: String,
    /// Those that are no longer sold, too.
    pub all: bool,
    /// Products whose SKU comes after this one.
    pub after: Option<String>,
}

impl ProductQuery {
    /// Reads a query; what cannot be read is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "q" => read.search = truncate(value.trim(), 100).to_owned(),
                "all" => read.all = value == "1",
                "after" if !value.is_empty() => read.after = Some(truncate(&value, SKU_MAX).to_owned()),
                _ => {}
            }
        }
        read
    }

    /// The query of this state, without a question mark.
    #[must_use]
    pub fn write(&self) -> String {
        let mut writer = QueryWriter::default();
        if !self.search.is_empty() {
            writer.push("q", &self.search);
        }
        if self.all {
            writer.push("all", "1");
        }
        if let Some(after) = &self.after {
            writer.push("after", after);
        }
        writer.finish()
    }

    /// The query that a form's fields mean: from the first one on.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self { after: None, ..Self::parse(query) }.write()
    }
}

/// A page of products, by SKU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPage {
    pub rows: Vec<ProductRow>,
    pub more: bool,
    /// Names of the categories there are.
    pub categories: Vec<String>,
    /// For whom one can open earlier.
    pub who: Choices,
    pub base: Currency,
}

/// A product in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductRow {
    pub id: ProductId,
    pub version: i64,
    pub active: bool,
    pub price: Money,
    pub kind: ProductKind,
    /// From when on, where that is still to come.
    pub from: Option<Day>,
    pub early_from: Option<Day>,
    /// As it is typed.
    pub form: ProductForm,
}

/// A product as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductForm {
    pub sku: String,
    pub name: String,
    /// Made where there is none of this name; empty is none.
    pub category: String,
    pub kind: ProductKind,
    pub price: String,
    /// Empty is the base currency.
    pub currency: String,
    /// Percent; empty is the shop's usual rate.
    pub tax: String,
    /// Days as `2026-03-01`; empty is always.
    pub from: String,
    pub early_from: String,
    /// Who has early access besides.
    pub early: EarlyForm,
    pub active: bool,
}

/// A form that reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedProduct {
    pub sku: String,
    pub name: String,
    pub category: String,
    pub price: Money,
    pub tax_bp: Option<u32>,
    pub from: Option<Day>,
    pub early_from: Option<Day>,
}

impl ProductForm {
    /// What is typed, as far as it can be said without the database.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the field that cannot be.
    pub fn checked(&self, base: Currency) -> AppResult<CheckedProduct> {
        let currency = match self.currency.trim() {
            "" => base,
            code => Currency::parse(code).ok_or_else(|| AppError::invalid("currency", "promotions.currency_invalid"))?,
        };
        let (from, early_from) = (typed_day("from", &self.from)?, typed_day("early_from", &self.early_from)?);
        if early_from.is_some() && early_from >= from {
            return Err(AppError::invalid("early_from", "promotions.early_is_late"));
        }
        self.early.check("early_from", early_from)?;
        Ok(CheckedProduct {
            sku: line("sku", &self.sku, SKU_MAX, true)?,
            name: line("name", &self.name, NAME_MAX, true)?,
            category: line("category", &self.category, NAME_MAX, false)?,
            price: price(&self.price, currency)?,
            tax_bp: tax(&self.tax)?,
            from,
            early_from,
        })
    }
}

fn line(field: &str, text: &str, most: usize, needed: bool) -> AppResult<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match () {
        () if text.is_empty() && needed => Err(AppError::invalid(field, "field.needed")),
        () if text.chars().count() > most => Err(AppError::invalid(field, "field.too_long")),
        () => Ok(text),
    }
}

/// A price as it is typed: nothing is allowed to be given away by mistake, so it must be there.
///
/// # Errors
/// [`AppError::Invalid`] on `price`.
pub fn price(text: &str, currency: Currency) -> AppResult<Money> {
    let most = crate::commerce::ledger::AMOUNT_MAX;
    let money = Money::parse(text, currency).filter(|money| (0..=most).contains(&money.minor));
    money.ok_or_else(|| AppError::invalid("price", "pricing.amount_invalid"))
}

fn tax(text: &str) -> AppResult<Option<u32>> {
    let text = text.trim().trim_end_matches('%');
    if text.trim().is_empty() {
        return Ok(None);
    }
    // Hundredths of a percent are what two decimals are.
    let bp = Money::parse(text, Currency::USD).and_then(|percent| u32::try_from(percent.minor).ok());
    bp.filter(|bp| *bp <= WHOLE).map(Some).ok_or_else(|| AppError::invalid("tax", "pricing.percent_invalid"))
}

/// A product to be written; `None` is a new one, else its id and the version that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductEdit {
    pub id: Option<(ProductId, i64)>,
    pub form: ProductForm,
}

/// All price lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLists {
    pub lists: Vec<PriceListRow>,
    pub groups: Vec<(GroupId, String)>,
    pub base: Currency,
}

/// A price list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceListRow {
    pub id: PriceListId,
    pub version: i64,
    pub name: String,
    pub currency: Currency,
    pub items: i64,
    /// The groups whose customers have it.
    pub groups: Vec<GroupId>,
}

/// A price list to be written; `None` is a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceListEdit {
    pub id: Option<(PriceListId, i64)>,
    pub name: String,
    /// Of a new one; empty is the base currency. A list keeps the one it has.
    pub currency: String,
    pub groups: Vec<GroupId>,
}

impl PriceListEdit {
    /// Its name as it is kept.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `name`.
    pub fn checked_name(&self) -> AppResult<String> {
        line("name", &self.name, NAME_MAX, true)
    }
}

/// A page of a price list: products by SKU, each with its price on the list, if any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceListPage {
    pub id: PriceListId,
    pub name: String,
    pub currency: Currency,
    pub rows: Vec<PriceRow>,
    pub more: bool,
}

/// A product on a page of a price list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRow {
    pub product: ProductId,
    pub sku: String,
    pub name: String,
    pub list_price: Money,
    pub own_price: Option<Money>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> ProductForm {
        ProductForm { sku: " A-1 ".into(), name: "A  thing".into(), price: "4.90".into(), ..ProductForm::default() }
    }

    fn field(change: impl Fn(&mut ProductForm)) -> String {
        let mut form = form();
        change(&mut form);
        match form.checked(Currency::USD) {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_form_says_what_a_product_is() {
        let checked = form().checked(Currency::USD).unwrap();
        assert_eq!(
            (checked.sku.as_str(), checked.name.as_str(), checked.price.minor, checked.tax_bp),
            ("A-1", "A thing", 490, None)
        );
        let taxed = ProductForm { tax: "19 %".into(), ..form() };
        assert_eq!(taxed.checked(Currency::USD).unwrap().tax_bp, Some(1_900));
    }

    #[test]
    fn what_cannot_be_is_refused_by_field() {
        assert_eq!(field(|form| form.sku = " ".into()), "sku");
        assert_eq!(field(|form| form.name = "x".repeat(201)), "name");
        assert_eq!(field(|form| form.price = String::new()), "price");
        assert_eq!(field(|form| form.price = "-1".into()), "price");
        assert_eq!(field(|form| form.currency = "EURO".into()), "currency");
        assert_eq!(field(|form| form.tax = "101".into()), "tax");
        assert_eq!(field(|form| form.from = "soon".into()), "from");
        assert_eq!(field(|form| form.early_from = "2026-03-01".into()), "early_from");
        assert_eq!(field(|form| form.early.tag = "gift".into()), "early_from");
    }

    #[test]
    fn a_query_reads_as_it_is_written() {
        let query = ProductQuery { search: "tea & pot".into(), all: true, after: Some("A/1".into()) };
        assert_eq!(ProductQuery::parse(&query.write()), query);
        assert_eq!(ProductQuery::canonical("after=3&q=a"), "q=a");
    }
}
