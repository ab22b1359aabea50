//! All SQL of products, as far as orders ask for it.

use super::{Availability, ProductKind};
use crate::args;
use crate::base::text::escape_like;
use crate::base::{AppResult, BranchId, Currency, Money, PriceListId, ProductId, Timestamp};
use crate::commerce::orders::service::currency;
use crate::server::db::dialect::numbers_of_json;
use crate::server::{DbResult, Query, internal};

/// A product with what it costs somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub sku: String,
    pub name: String,
    pub category: Option<String>,
    pub kind: ProductKind,
    /// Hundredths of a percent; `None` is the shop's usual rate.
    pub tax_bp: Option<u32>,
    pub price: Money,
    /// The price list's, where it has one.
    pub own_price: Option<Money>,
    pub available: Availability,
}

impl Product {
    /// List price and own price where the order is in `currency`: an amount in another one counts as none.
    #[must_use]
    pub fn prices_in(&self, currency: Currency) -> Option<(Money, Option<Money>)> {
        let own = self.own_price.filter(|price| price.currency == currency);
        let list = Some(self.price).filter(|price| price.currency == currency);
        list.map(|list| (list, own)).or_else(|| own.map(|own| (own, None)))
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    sku: String,
    name: String,
    category: Option<String>,
    kind: String,
    tax_bp: Option<i64>,
    price_minor: i64,
    currency: String,
    own_minor: Option<i64>,
    own_currency: Option<String>,
    active: bool,
    available_from: i64,
    early_from: i64,
}

impl Row {
    fn product(self) -> AppResult<Product> {
        let own = match (self.own_minor, self.own_currency) {
            (Some(minor), Some(code)) => Some(Money::new(minor, currency(&code)?)),
            _ => None,
        };
        Ok(Product {
            id: ProductId(self.id),
            kind: ProductKind::parse(&self.kind).ok_or_else(|| internal(&format!("product {} is a {:?}", self.id, self.kind)))?,
            sku: self.sku,
            name: self.name,
            category: self.category,
            tax_bp: self.tax_bp.and_then(|bp| u32::try_from(bp).ok()),
            price: Money::new(self.price_minor, currency(&self.currency)?),
            own_price: own,
            available: Availability {
                active: self.active,
                from: Timestamp(self.available_from),
                early_from: Timestamp(self.early_from),
            },
        })
    }
}

/// `$1` is the price list, or NULL.
const PRODUCT: &str = "
    SELECT p.id, p.sku, p.name, c.name AS category, p.kind, p.tax_bp, p.price_minor, p.currency, i.price_minor AS own_minor,
      l.currency AS own_currency, p.active, p.available_from, p.early_from
    FROM products p
      LEFT JOIN categories c ON c.id = p.category_id
      LEFT JOIN price_list_items i ON i.product_id = p.id AND i.price_list_id = $1
      LEFT JOIN price_lists l ON l.id = i.price_list_id";

/// The products of these ids, in any order; those that are not there are missing.
///
/// # Errors
/// When the database does not answer.
pub async fn list_by_id(q: &impl Query, ids: &[ProductId], list: Option<PriceListId>) -> AppResult<Vec<Product>> {
    let json = serde_json::to_string(ids).unwrap_or_default();
    let sql = format!("{PRODUCT} WHERE p.id IN ({})", numbers_of_json(q, "$2"));
    let rows: Vec<Row> = q.all(&sql, args![list.map(|list| list.0), json]).await?;
    rows.into_iter().map(Row::product).collect()
}

/// Products that are sold and whose name or SKU has all words of `text`, those whose SKU or name begins with it first. Of other
/// branches than those in `scope` (`None` is no limit) there are none.
///
/// # Errors
/// When the database does not answer.
pub async fn search(
    q: &impl Query,
    text: &str,
    list: Option<PriceListId>,
    scope: Option<&[BranchId]>,
    limit: usize,
) -> AppResult<Vec<Product>> {
    let text = text.trim().to_lowercase();
    let mut args = args![list.map(|list| list.0), format!("{}%", escape_like(&text))];
    let mut wanted = String::new();
    for word in text.split_whitespace() {
        let at = args.push(format!("%{}%", escape_like(word)));
        wanted.push_str(&format!(" AND (LOWER(p.name) LIKE ${at} ESCAPE '\\' OR LOWER(p.sku) LIKE ${at} ESCAPE '\\')"));
    }
    if let Some(branches) = scope {
        // Ids are numbers: they can stand in the text. No branch has the id 0.
        let ids = branches.iter().fold("0".to_owned(), |ids, branch| format!("{ids}, {branch}"));
        wanted.push_str(&format!(" AND (p.branch_id IS NULL OR p.branch_id IN ({ids}))"));
    }
    let sql = format!(
        "{PRODUCT} WHERE p.active{wanted}
         ORDER BY CASE WHEN LOWER(p.sku) LIKE $2 ESCAPE '\\' OR LOWER(p.name) LIKE $2 ESCAPE '\\' THEN 0 ELSE 1 END, p.name, p.id
         LIMIT {limit}"
    );
    let rows: Vec<Row> = q.all(&sql, args).await?;
    rows.into_iter().map(Row::product).collect()
}

/// The price list of a group, if it has one.
///
/// # Errors
/// When the database does not answer.
pub async fn list_of_group(q: &impl Query, group: i64) -> DbResult<Option<PriceListId>> {
    let row: Option<(Option<i64>,)> = q.optional("SELECT price_list_id FROM customer_groups WHERE id = $1", args![group]).await?;
    Ok(row.and_then(|(id,)| id).map(PriceListId))
}
