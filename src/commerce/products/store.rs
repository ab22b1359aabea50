//! All SQL of products and price lists.

use super::{Availability, PriceListRow, ProductKind, ProductQuery};
use crate::args;
use crate::base::text::{escape_like, normalise};
use crate::base::{AppResult, BranchId, Currency, GroupId, Money, PriceListId, ProductId, SegmentId, TagId, Timestamp};
use crate::commerce::eligibility::Early;
use crate::commerce::orders::service::currency;
use crate::server::db::dialect::{for_update, lower, numbers_of_json};
use crate::server::{Args, DbResult, Query, Tx, internal};

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
    early_group_id: Option<i64>,
    early_tag_id: Option<i64>,
    early_segment_id: Option<i64>,
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
                early_for: Early {
                    group: self.early_group_id.map(GroupId),
                    tag: self.early_tag_id.map(TagId),
                    segment: self.early_segment_id.map(SegmentId),
                },
            },
        })
    }
}

/// `$1` is the price list, or NULL.
const PRODUCT: &str = "
    SELECT p.id, p.sku, p.name, c.name AS category, p.kind, p.tax_bp, p.price_minor, p.currency, i.price_minor AS own_minor,
      l.currency AS own_currency, p.active, p.available_from, p.early_from,
      p.early_group_id, p.early_tag_id, p.early_segment_id
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
    let mut wanted = with_words(q, &text, &mut args);
    if let Some(branches) = scope {
        // Ids are numbers: they can stand in the text. No branch has the id 0.
        let ids = branches.iter().fold("0".to_owned(), |ids, branch| format!("{ids}, {branch}"));
        wanted.push_str(&format!(" AND (p.branch_id IS NULL OR p.branch_id IN ({ids}))"));
    }
    let (sku, name) = (lower(q, "p.sku"), lower(q, "p.name"));
    let sql = format!(
        "{PRODUCT} WHERE p.active{wanted}
         ORDER BY CASE WHEN {sku} LIKE $2 ESCAPE '\\' OR {name} LIKE $2 ESCAPE '\\' THEN 0 ELSE 1 END, p.name, p.id
         LIMIT {limit}"
    );
    let rows: Vec<Row> = q.all(&sql, args).await?;
    rows.into_iter().map(Row::product).collect()
}

/// The condition that each word is in the product's name or SKU; `text` in lower case.
fn with_words(q: &impl Query, text: &str, args: &mut Args) -> String {
    let (name, sku) = (lower(q, "p.name"), lower(q, "p.sku"));
    let mut wanted = String::new();
    for word in text.split_whitespace() {
        let at = args.push(format!("%{}%", escape_like(word)));
        wanted.push_str(&format!(" AND ({name} LIKE ${at} ESCAPE '\\' OR {sku} LIKE ${at} ESCAPE '\\')"));
    }
    wanted
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    product: Row,
    version: i64,
    early_tag: Option<String>,
}

/// A product in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub product: Product,
    pub version: i64,
    /// Who carries it has early access.
    pub early_tag: Option<String>,
}

/// At most `limit` products that `query` wants, by SKU; with their prices on `list`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, query: &ProductQuery, list: Option<PriceListId>, limit: usize) -> AppResult<Vec<Listed>> {
    let mut args = args![list.map(|list| list.0), query.after.as_deref().unwrap_or_default()];
    let mut wanted = with_words(q, &query.search.to_lowercase(), &mut args);
    if !query.all {
        wanted.push_str(" AND p.active");
    }
    let product = PRODUCT.replacen(
        "SELECT ",
        "SELECT p.version, (SELECT t.name FROM tags t WHERE t.id = p.early_tag_id) AS early_tag, ",
        1,
    );
    let sql = format!("{product} WHERE p.sku > $2{wanted} ORDER BY p.sku LIMIT {limit}");
    let rows: Vec<ListedRow> = q.all(&sql, args).await?;
    let listed = |row: ListedRow| Ok(Listed { product: row.product.product()?, version: row.version, early_tag: row.early_tag });
    rows.into_iter().map(listed).collect()
}

/// The names of all categories.
///
/// # Errors
/// When the database does not answer.
pub async fn categories(q: &impl Query) -> DbResult<Vec<String>> {
    let rows: Vec<(String,)> = q.all("SELECT DISTINCT name FROM categories ORDER BY name", args![]).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The category of this name, made where there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn category(tx: &Tx, name: &str) -> DbResult<i64> {
    let found: Option<(i64,)> = tx.optional("SELECT id FROM categories WHERE name = $1 ORDER BY id LIMIT 1", args![name]).await?;
    match found {
        Some((id,)) => Ok(id),
        None => tx.insert("INSERT INTO categories (name) VALUES ($1) RETURNING id", args![name]).await,
    }
}

/// Locks a product until the end of the transaction; yields its version.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(tx: &Tx, id: ProductId) -> DbResult<Option<i64>> {
    let sql = format!("SELECT version FROM products WHERE id = $1{}", for_update(tx));
    Ok(tx.optional::<(i64,)>(&sql, args![id.0]).await?.map(|(version,)| version))
}

/// What is written of a product.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    pub sku: &'a str,
    pub name: &'a str,
    pub category: Option<i64>,
    pub price: Money,
    pub active: bool,
    pub tax_bp: Option<u32>,
    pub kind: ProductKind,
    pub from: Timestamp,
    pub early_from: Timestamp,
    pub early_for: Early,
}

impl Written<'_> {
    /// The binds of `$1` to `$13`.
    fn args(&self) -> Args {
        args![
            self.sku,
            self.name,
            self.category,
            self.price.minor,
            self.price.currency.code(),
            self.active,
            self.tax_bp.map(i64::from),
            self.kind.code(),
            self.from,
            self.early_from,
            self.early_for.group,
            self.early_for.tag,
            self.early_for.segment
        ]
    }
}

/// # Errors
/// [`DbError::Unique`](crate::server::DbError::Unique) when the SKU is taken.
pub async fn insert(tx: &Tx, written: &Written<'_>, now: Timestamp) -> DbResult<ProductId> {
    let mut args = written.args();
    args.push(now);
    tx.insert(
        "INSERT INTO products (sku, name, category_id, price_minor, currency, active, tax_bp, kind, available_from, early_from,
           early_group_id, early_tag_id, early_segment_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id",
        args,
    )
    .await
    .map(ProductId)
}

/// # Errors
/// As [`insert`].
pub async fn update(tx: &Tx, id: ProductId, written: &Written<'_>) -> DbResult<()> {
    let mut args = written.args();
    args.push(id.0);
    tx.execute(
        "UPDATE products SET sku = $1, name = $2, category_id = $3, price_minor = $4, currency = $5, active = $6, tax_bp = $7, kind = $8,
           available_from = $9, early_from = $10, early_group_id = $11, early_tag_id = $12, early_segment_id = $13, version = version + 1
         WHERE id = $14",
        args,
    )
    .await
    .map(drop)
}

/// All price lists by name: id, version, name, currency, how many products they price.
///
/// # Errors
/// When the database does not answer.
pub async fn lists(q: &impl Query) -> AppResult<Vec<PriceListRow>> {
    let rows: Vec<(i64, i64, String, String, i64)> = q
        .all(
            "SELECT l.id, l.version, l.name, l.currency, (SELECT COUNT(*) FROM price_list_items i WHERE i.price_list_id = l.id)
             FROM price_lists l ORDER BY l.name_key, l.id",
            args![],
        )
        .await?;
    let groups: Vec<(i64, i64)> =
        q.all("SELECT price_list_id, id FROM customer_groups WHERE price_list_id IS NOT NULL ORDER BY name_key", args![]).await?;
    let row = |(id, version, name, code, items): (i64, i64, String, String, i64)| {
        let groups = groups.iter().filter(|(list, _)| *list == id).map(|(_, group)| GroupId(*group)).collect();
        Ok(PriceListRow { id: PriceListId(id), version, name, currency: currency(&code)?, items, groups })
    };
    rows.into_iter().map(row).collect()
}

/// The name and currency of a price list.
///
/// # Errors
/// When the database does not answer.
pub async fn find_list(q: &impl Query, id: PriceListId) -> AppResult<Option<(String, Currency)>> {
    let row: Option<(String, String)> = q.optional("SELECT name, currency FROM price_lists WHERE id = $1", args![id.0]).await?;
    row.map(|(name, code)| Ok((name, currency(&code)?))).transpose()
}

/// Locks a price list until the end of the transaction; yields its version.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_list(tx: &Tx, id: PriceListId) -> DbResult<Option<i64>> {
    let sql = format!("SELECT version FROM price_lists WHERE id = $1{}", for_update(tx));
    Ok(tx.optional::<(i64,)>(&sql, args![id.0]).await?.map(|(version,)| version))
}

/// # Errors
/// [`DbError::Unique`](crate::server::DbError::Unique) when the name is taken.
pub async fn insert_list(tx: &Tx, name: &str, currency: Currency, now: Timestamp) -> DbResult<PriceListId> {
    let sql = "INSERT INTO price_lists (name, name_key, currency, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    tx.insert(sql, args![name, normalise(name), currency.code(), now]).await.map(PriceListId)
}

/// # Errors
/// As [`insert_list`].
pub async fn rename_list(tx: &Tx, id: PriceListId, name: &str) -> DbResult<()> {
    let sql = "UPDATE price_lists SET name = $2, name_key = $3, version = version + 1 WHERE id = $1";
    tx.execute(sql, args![id.0, name, normalise(name)]).await.map(drop)
}

/// The groups whose customers have a price list.
///
/// # Errors
/// When the database does not answer.
pub async fn groups_of_list(q: &impl Query, id: PriceListId) -> DbResult<Vec<GroupId>> {
    let rows: Vec<(i64,)> = q.all("SELECT id FROM customer_groups WHERE price_list_id = $1 ORDER BY id", args![id.0]).await?;
    Ok(rows.into_iter().map(|(id,)| GroupId(id)).collect())
}

/// Gives a price list to these groups and to no others.
///
/// # Errors
/// When the database does not answer.
pub async fn set_groups(tx: &Tx, id: PriceListId, groups: &[GroupId]) -> DbResult<()> {
    let json = serde_json::to_string(groups).unwrap_or_default();
    let these = numbers_of_json(tx, "$2");
    let off = format!("UPDATE customer_groups SET price_list_id = NULL WHERE price_list_id = $1 AND id NOT IN ({these})");
    tx.execute(&off, args![id.0, &json]).await?;
    let on = format!("UPDATE customer_groups SET price_list_id = $1 WHERE id IN ({these})");
    tx.execute(&on, args![id.0, json]).await.map(drop)
}

/// # Errors
/// When the database does not answer.
pub async fn put_price(tx: &Tx, list: PriceListId, product: ProductId, minor: i64) -> DbResult<()> {
    tx.execute(
        "INSERT INTO price_list_items (price_list_id, product_id, price_minor) VALUES ($1, $2, $3)
         ON CONFLICT (price_list_id, product_id) DO UPDATE SET price_minor = excluded.price_minor",
        args![list.0, product.0, minor],
    )
    .await
    .map(drop)
}

/// # Errors
/// When the database does not answer.
pub async fn take_off(tx: &Tx, list: PriceListId, product: ProductId) -> DbResult<()> {
    let sql = "DELETE FROM price_list_items WHERE price_list_id = $1 AND product_id = $2";
    tx.execute(sql, args![list.0, product.0]).await.map(drop)
}
