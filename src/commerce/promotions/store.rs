//! All SQL of promotions.

use super::{Audience, Eligible, Promotion, PromotionKind, PromotionQuery, Terms};
use crate::args;
use crate::base::contact::email_key;
use crate::base::text::escape_like;
use crate::base::{
    AppError, AppResult, Currency, CustomerId, GroupId, Money, OrderId, PromotionId, SegmentId, StaffId, TagId, Timestamp,
};
use crate::commerce::eligibility::{self, Early};
use crate::commerce::orders::service::currency;
use crate::commerce::pricing::Benefit;
use crate::customers::segments::SegmentName;
use crate::server::db::dialect::for_update;
use crate::server::{Args, DbResult, Query, Tx, internal};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    code: String,
    name: String,
    kind: String,
    percent_bp: i64,
    amount_minor: i64,
    currency: String,
    starts_at: i64,
    ends_at: i64,
    early_starts_at: i64,
    early_group_id: Option<i64>,
    early_tag_id: Option<i64>,
    early_segment_id: Option<i64>,
    limit_total: i64,
    limit_per_customer: i64,
    first_order_only: bool,
    minimum_minor: i64,
    group_id: Option<i64>,
    tag_id: Option<i64>,
    segment_id: Option<i64>,
    tier: String,
    customer_id: Option<i64>,
    active: bool,
    uses_count: i64,
    version: i64,
}

const COLUMNS: &str = "p.id, p.code, p.name, p.kind, p.percent_bp, p.amount_minor, p.currency, p.starts_at, p.ends_at,
      p.early_starts_at, p.early_group_id, p.early_tag_id, p.early_segment_id, p.limit_total, p.limit_per_customer, p.first_order_only, p.minimum_minor, p.group_id, p.tag_id, p.tier,
      p.segment_id, p.customer_id, p.active, p.uses_count, p.version";

impl Row {
    fn promotion(self, base: Currency) -> AppResult<Promotion> {
        let unknown = || internal(&format!("promotion {} is a {:?} of {} bp", self.id, self.kind, self.percent_bp));
        let own = if self.currency.is_empty() { base } else { currency(&self.currency)? };
        let benefit = match PromotionKind::parse(&self.kind).ok_or_else(unknown)? {
            PromotionKind::Percent => Benefit::Percent(u32::try_from(self.percent_bp).map_err(|_| unknown())?),
            PromotionKind::Amount => Benefit::Amount(Money::new(self.amount_minor, own)),
            PromotionKind::FreeShipping => Benefit::FreeShipping,
        };
        Ok(Promotion {
            id: PromotionId(self.id),
            code: self.code,
            name: self.name,
            benefit,
            minimum: Money::new(self.minimum_minor, own),
            terms: Terms {
                active: self.active,
                starts: Timestamp(self.starts_at),
                early_starts: Timestamp(self.early_starts_at),
                early_for: Early {
                    group: self.early_group_id.map(GroupId),
                    tag: self.early_tag_id.map(TagId),
                    segment: self.early_segment_id.map(SegmentId),
                },
                ends: Timestamp(self.ends_at),
                limit_total: self.limit_total,
                limit_per_customer: self.limit_per_customer,
                first_order_only: self.first_order_only,
            },
            eligible: Eligible {
                group: self.group_id.map(GroupId),
                tag: self.tag_id.map(TagId),
                segment: self.segment_id.map(SegmentId),
                tier: self.tier,
                customer: self.customer_id.map(CustomerId),
            },
            uses: self.uses_count,
            version: self.version,
        })
    }
}

/// The form in which codes are found: trimmed, in capitals.
#[must_use]
pub fn code_key(code: &str) -> String {
    code.trim().to_uppercase()
}

/// The promotion of a code, in either case.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_code(q: &impl Query, code: &str, base: Currency) -> AppResult<Option<Promotion>> {
    let sql = format!("SELECT {COLUMNS} FROM promotions p WHERE p.code_key = $1");
    let row: Option<Row> = q.optional(&sql, args![code_key(code)]).await?;
    row.map(|row| row.promotion(base)).transpose()
}

/// The promotion of an id.
///
/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, id: PromotionId, base: Currency) -> AppResult<Option<Promotion>> {
    let sql = format!("SELECT {COLUMNS} FROM promotions p WHERE p.id = $1");
    let row: Option<Row> = q.optional(&sql, args![id.0]).await?;
    row.map(|row| row.promotion(base)).transpose()
}

/// Adds what a customer is and did, as promotions ask: groups, tags, orders.
///
/// # Errors
/// When the database does not answer.
pub async fn fill(q: &impl Query, customer: CustomerId, audience: &mut Audience) -> DbResult<()> {
    eligibility::store::fill(q, customer, &mut audience.member).await?;
    audience.orders = placed_orders(q, customer, OrderId(0)).await?;
    Ok(())
}

/// Completed orders of a customer, `but` one.
///
/// # Errors
/// When the database does not answer.
pub async fn placed_orders(q: &impl Query, customer: CustomerId, but: OrderId) -> DbResult<i64> {
    let sql = "SELECT COUNT(*) FROM orders WHERE customer_id = $1 AND status = 'placed' AND id <> $2";
    q.integer(sql, args![customer, but]).await
}

/// How often a customer has used a promotion, `but` for one order.
///
/// # Errors
/// When the database does not answer.
pub async fn uses_by(q: &impl Query, id: PromotionId, customer: CustomerId, but: OrderId) -> DbResult<i64> {
    let sql = "SELECT COUNT(*) FROM promotion_uses WHERE promotion_id = $1 AND customer_id = $2 AND order_id <> $3";
    q.integer(sql, args![id.0, customer, but]).await
}

/// Counts one more use and so locks the promotion until the end of the transaction; whether there was one left.
///
/// # Errors
/// When the database does not answer.
pub async fn take(tx: &Tx, id: PromotionId) -> DbResult<bool> {
    let sql = "UPDATE promotions SET uses_count = uses_count + 1
               WHERE id = $1 AND active AND (limit_total = 0 OR uses_count < limit_total)";
    Ok(tx.execute(sql, args![id.0]).await? == 1)
}

/// Writes that an order used a promotion.
///
/// # Errors
/// [`DbError::Unique`](crate::server::DbError::Unique) when it did before.
pub async fn insert_use(tx: &Tx, id: PromotionId, order: OrderId, customer: CustomerId, now: Timestamp) -> DbResult<()> {
    let sql = "INSERT INTO promotion_uses (promotion_id, order_id, customer_id, at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![id.0, order, customer, now]).await.map(drop)
}

/// The promotions that an order used, by id.
///
/// # Errors
/// When the database does not answer.
pub async fn used_by_order(q: &impl Query, order: OrderId) -> DbResult<Vec<PromotionId>> {
    let sql = "SELECT promotion_id FROM promotion_uses WHERE order_id = $1 ORDER BY promotion_id";
    let rows: Vec<(i64,)> = q.all(sql, args![order]).await?;
    Ok(rows.into_iter().map(|(id,)| PromotionId(id)).collect())
}

/// Takes back that an order used a promotion.
///
/// # Errors
/// When the database does not answer.
pub async fn give_back(tx: &Tx, id: PromotionId, order: OrderId) -> DbResult<()> {
    tx.execute("UPDATE promotions SET uses_count = uses_count - 1 WHERE id = $1", args![id.0]).await?;
    tx.execute("DELETE FROM promotion_uses WHERE promotion_id = $1 AND order_id = $2", args![id.0, order]).await.map(drop)
}

/// A promotion with the names of whom it is for.
#[derive(Clone, Debug)]
pub struct Listed {
    pub promotion: Promotion,
    pub group: Option<String>,
    pub tag: Option<String>,
    pub segment: Option<SegmentName>,
    /// The email.
    pub customer: Option<String>,
    /// Who carries it has early access.
    pub early_tag: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    promotion: Row,
    group_name: Option<String>,
    tag_name: Option<String>,
    segment_key: Option<String>,
    segment_name: Option<String>,
    built_in: bool,
    customer_email: Option<String>,
    early_tag_name: Option<String>,
}

impl ListedRow {
    fn listed(self, base: Currency) -> AppResult<Listed> {
        let promotion = self.promotion.promotion(base)?;
        let named = promotion.eligible.segment.zip(self.segment_key.zip(self.segment_name));
        let segment = named.map(|(id, (key, name))| SegmentName { id, key, name, built_in: self.built_in });
        Ok(Listed {
            promotion,
            group: self.group_name,
            tag: self.tag_name,
            segment,
            customer: self.customer_email,
            early_tag: self.early_tag_name,
        })
    }
}

fn listed_sql() -> String {
    format!(
        "SELECT {COLUMNS}, g.name AS group_name, t.name AS tag_name, c.email AS customer_email, e.name AS early_tag_name,
           s.key AS segment_key, s.name AS segment_name, COALESCE(s.kind = 'built_in', FALSE) AS built_in
         FROM promotions p LEFT JOIN customer_groups g ON g.id = p.group_id LEFT JOIN tags t ON t.id = p.tag_id
           LEFT JOIN customers c ON c.id = p.customer_id LEFT JOIN segments s ON s.id = p.segment_id
           LEFT JOIN tags e ON e.id = p.early_tag_id"
    )
}

/// A promotion with its names.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_listed(q: &impl Query, id: PromotionId, base: Currency) -> AppResult<Listed> {
    let row: Option<ListedRow> = q.optional(&format!("{} WHERE p.id = $1", listed_sql()), args![id.0]).await?;
    row.ok_or(AppError::NotFound)?.listed(base)
}

/// At most `limit` promotions that `query` wants, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, query: &PromotionQuery, base: Currency, limit: usize) -> AppResult<Vec<Listed>> {
    let mut args = args![query.before.unwrap_or(i64::MAX)];
    let mut wanted = String::new();
    if !query.search.is_empty() {
        let at = args.push(format!("%{}%", escape_like(&query.search.to_uppercase())));
        wanted.push_str(&format!(" AND (p.code_key LIKE ${at} ESCAPE '\\' OR UPPER(p.name) LIKE ${at} ESCAPE '\\')"));
    }
    if !query.all {
        wanted.push_str(" AND p.active");
    }
    let sql = format!("{} WHERE p.id < $1{wanted} ORDER BY p.id DESC LIMIT {limit}", listed_sql());
    let rows: Vec<ListedRow> = q.all(&sql, args).await?;
    rows.into_iter().map(|row| row.listed(base)).collect()
}

/// The customer with this email.
///
/// # Errors
/// When the database does not answer.
pub async fn find_customer(q: &impl Query, email: &str) -> DbResult<Option<CustomerId>> {
    let sql = "SELECT id FROM customers WHERE email_key = $1 AND merged_into_id IS NULL AND anonymised_at IS NULL";
    let row: Option<(i64,)> = q.optional(sql, args![email_key(email)]).await?;
    Ok(row.map(|(id,)| CustomerId(id)))
}

/// Locks a promotion until the end of the transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(tx: &Tx, id: PromotionId) -> DbResult<()> {
    let sql = format!("SELECT id FROM promotions WHERE id = $1{}", for_update(tx));
    tx.optional::<(i64,)>(&sql, args![id.0]).await.map(drop)
}

/// Locks the promotions of these codes until the end of the transaction, in the order of their ids.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_codes(tx: &Tx, codes: &[String]) -> DbResult<()> {
    if codes.is_empty() {
        return Ok(());
    }
    let mut args = args![];
    let binds: Vec<String> = codes.iter().map(|code| format!("${}", args.push(code_key(code)))).collect();
    let sql = format!("SELECT id FROM promotions WHERE code_key IN ({}) ORDER BY id{}", binds.join(", "), for_update(tx));
    tx.all::<(i64,)>(&sql, args).await.map(drop)
}

/// What is written of a promotion.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    pub code: &'a str,
    pub name: &'a str,
    pub kind: PromotionKind,
    pub benefit: Benefit,
    pub currency: String,
    pub minimum: i64,
    pub starts: Timestamp,
    pub early_starts: Timestamp,
    pub ends: Timestamp,
    pub limit_total: i64,
    pub limit_per_customer: i64,
    pub first_order_only: bool,
    pub group: Option<GroupId>,
    pub tag: Option<TagId>,
    pub tier: &'a str,
    pub customer: Option<CustomerId>,
    pub segment: Option<SegmentId>,
    pub early_for: Early,
}

impl Written<'_> {
    /// The binds of `$1` to `$22`.
    fn args(&self) -> Args {
        let (percent, amount) = match self.benefit {
            Benefit::Percent(bp) => (i64::from(bp), 0),
            Benefit::Amount(amount) => (0, amount.minor),
            Benefit::FreeShipping => (0, 0),
        };
        args![
            self.code,
            code_key(self.code),
            self.name,
            self.kind.code(),
            percent,
            amount,
            self.currency.as_str(),
            self.minimum,
            self.starts,
            self.early_starts,
            self.ends,
            self.limit_total,
            self.limit_per_customer,
            self.first_order_only,
            self.group,
            self.tag,
            self.tier,
            self.customer,
            self.segment,
            self.early_for.group,
            self.early_for.tag,
            self.early_for.segment
        ]
    }
}

/// # Errors
/// [`DbError::Unique`](crate::server::DbError::Unique) when the code is taken.
pub async fn insert(tx: &Tx, written: &Written<'_>, by: Option<StaffId>, now: Timestamp) -> DbResult<PromotionId> {
    let mut args = written.args();
    args.push(by);
    args.push(now);
    tx.insert(
        "INSERT INTO promotions (code, code_key, name, kind, percent_bp, amount_minor, currency, minimum_minor, starts_at,
           early_starts_at, ends_at, limit_total, limit_per_customer, first_order_only, group_id, tag_id, tier, customer_id,
           segment_id, early_group_id, early_tag_id, early_segment_id, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
         RETURNING id",
        args,
    )
    .await
    .map(PromotionId)
}

/// # Errors
/// As [`insert`].
pub async fn update(tx: &Tx, id: PromotionId, written: &Written<'_>) -> DbResult<()> {
    let mut args = written.args();
    args.push(id.0);
    tx.execute(
        "UPDATE promotions SET code = $1, code_key = $2, name = $3, kind = $4, percent_bp = $5, amount_minor = $6, currency = $7,
           minimum_minor = $8, starts_at = $9, early_starts_at = $10, ends_at = $11, limit_total = $12, limit_per_customer = $13,
           first_order_only = $14, group_id = $15, tag_id = $16, tier = $17, customer_id = $18, segment_id = $19,
           early_group_id = $20, early_tag_id = $21, early_segment_id = $22, version = version + 1
         WHERE id = $23",
        args,
    )
    .await
    .map(drop)
}

/// # Errors
/// When the database does not answer.
pub async fn set_active(tx: &Tx, id: PromotionId, active: bool) -> DbResult<()> {
    tx.execute("UPDATE promotions SET active = $2, version = version + 1 WHERE id = $1", args![id.0, active]).await.map(drop)
}
