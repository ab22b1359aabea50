//! All SQL of groups.

use super::{Benefits, CheckedGroup, Hold, Shipping};
use crate::args;
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, Currency, GroupId, Money, PriceListId, Timestamp};
use crate::customers::audiences;
use crate::server::db::dialect::for_update;
use crate::server::{Args, DbError, DbResult, Query, Tx};

/// A group's row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Group {
    pub id: i64,
    pub code: String,
    name: String,
    description: String,
    hue: i64,
    discount_bp: i64,
    free_shipping: bool,
    free_shipping_over_minor: Option<i64>,
    minimum_order_minor: i64,
    payment_terms_days: i64,
    price_list_id: Option<i64>,
    priority_support: bool,
    early_access: bool,
    locks_address: bool,
    pub archived_at: i64,
    pub ruled: bool,
    pub version: i64,
}

impl Group {
    /// What it means; amounts are in the base currency.
    #[must_use]
    pub fn checked(&self, base: Currency) -> CheckedGroup {
        let shipping = match (self.free_shipping, self.free_shipping_over_minor) {
            (true, _) => Shipping::Free,
            (false, Some(_)) => Shipping::FreeOver,
            (false, None) => Shipping::Regular,
        };
        CheckedGroup {
            name: self.name.clone(),
            description: self.description.clone(),
            hue: u8::try_from(self.hue).unwrap_or_default(),
            benefits: Benefits {
                discount_bp: self.discount_bp,
                shipping,
                free_over: Money::new(self.free_shipping_over_minor.filter(|_| !self.free_shipping).unwrap_or_default(), base),
                minimum: Money::new(self.minimum_order_minor, base),
                terms_days: self.payment_terms_days,
                price_list: self.price_list_id.map(PriceListId),
                priority_support: self.priority_support,
                early_access: self.early_access,
                locks_address: self.locks_address,
            },
        }
    }

    #[must_use]
    pub fn is_archived(&self) -> bool {
        self.archived_at > 0
    }
}

const GROUPS: &str =
    "SELECT g.id, g.code, g.name, g.description, g.hue, g.discount_bp, g.free_shipping, g.free_shipping_over_minor,
      g.minimum_order_minor, g.payment_terms_days, g.price_list_id, g.priority_support, g.early_access, g.locks_address,
      g.archived_at, EXISTS (SELECT 1 FROM assignment_rules r WHERE r.group_id = g.id AND r.active) AS ruled, g.version
    FROM customer_groups g";

/// All groups: those in use by name, then the archived ones.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query) -> DbResult<Vec<Group>> {
    let sql = format!("{GROUPS} ORDER BY CASE WHEN g.archived_at = 0 THEN 0 ELSE 1 END, g.name_key, g.id");
    q.all(&sql, args![]).await
}

/// A group.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get(q: &impl Query, id: GroupId) -> AppResult<Group> {
    q.optional(&format!("{GROUPS} WHERE g.id = $1"), args![id]).await?.ok_or(AppError::NotFound)
}

/// As [`get`], locked until the end of the transaction: nobody comes in meanwhile.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn hold(tx: &Tx, id: GroupId) -> AppResult<Group> {
    let sql = format!("SELECT id FROM customer_groups WHERE id = $1{}", for_update(tx));
    tx.optional::<(i64,)>(&sql, args![id]).await?;
    get(tx, id).await
}

/// Whether a group is archived, or gone.
///
/// # Errors
/// When the database does not answer.
pub async fn is_archived(q: &impl Query, id: GroupId) -> DbResult<bool> {
    Ok(q.integer("SELECT COUNT(*) FROM customer_groups WHERE id = $1 AND archived_at = 0", args![id]).await? == 0)
}

/// Binds `$1` to `$14`.
fn written(group: &CheckedGroup) -> Args {
    let benefits = &group.benefits;
    args![
        group.name.as_str(),
        normalise(&group.name),
        group.description.as_str(),
        i64::from(group.hue),
        benefits.discount_bp,
        benefits.shipping == Shipping::Free,
        (benefits.shipping == Shipping::FreeOver).then_some(benefits.free_over.minor),
        benefits.minimum.minor,
        benefits.terms_days,
        benefits.price_list.map(|id| id.0),
        benefits.priority_support,
        benefits.early_access,
        benefits.locks_address,
    ]
}

/// # Errors
/// [`AppError::Invalid`] on `name` when it is taken.
pub async fn insert(tx: &Tx, group: &CheckedGroup, code: &str, now: Timestamp) -> AppResult<GroupId> {
    let mut args = written(group);
    args.push(code);
    args.push(now);
    let id = tx
        .insert(
            "INSERT INTO customer_groups (name, name_key, description, hue, discount_bp, free_shipping, free_shipping_over_minor,
               minimum_order_minor, payment_terms_days, price_list_id, priority_support, early_access, locks_address, code, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id",
            args,
        )
        .await;
    id.map(GroupId).map_err(taken)
}

/// # Errors
/// As [`insert`].
pub async fn update(tx: &Tx, id: GroupId, group: &CheckedGroup) -> AppResult<()> {
    let mut args = written(group);
    args.push(id);
    let done = tx
        .execute(
            "UPDATE customer_groups SET name = $1, name_key = $2, description = $3, hue = $4, discount_bp = $5, free_shipping = $6,
               free_shipping_over_minor = $7, minimum_order_minor = $8, payment_terms_days = $9, price_list_id = $10,
               priority_support = $11, early_access = $12, locks_address = $13, version = version + 1 WHERE id = $14",
            args,
        )
        .await;
    done.map(drop).map_err(taken)
}

fn taken(error: DbError) -> AppError {
    match error {
        DbError::Unique(_) => AppError::invalid("name", "groups.name_taken"),
        other => other.into(),
    }
}

/// Whether a group has this code.
///
/// # Errors
/// When the database does not answer.
pub async fn is_code_taken(q: &impl Query, code: &str) -> DbResult<bool> {
    Ok(q.integer("SELECT COUNT(*) FROM customer_groups WHERE code = $1", args![code]).await? > 0)
}

/// Archives a group, or takes it into use again.
///
/// # Errors
/// When the database does not answer.
pub async fn set_archived(tx: &Tx, id: GroupId, at: Timestamp) -> DbResult<()> {
    tx.execute("UPDATE customer_groups SET archived_at = $2, version = version + 1 WHERE id = $1", args![id, at]).await.map(drop)
}

/// # Errors
/// When the database does not answer, or something refers to the group.
pub async fn delete(tx: &Tx, id: GroupId) -> DbResult<()> {
    tx.execute("DELETE FROM customer_groups WHERE id = $1", args![id]).await.map(drop)
}

/// Who and what keeps a group from being archived.
///
/// # Errors
/// When the database does not answer.
pub async fn holds(q: &impl Query, base: Currency, id: GroupId) -> DbResult<Hold> {
    let (customers, promotions, products): (i64, i64, i64) = q
        .one(
            "SELECT (SELECT COUNT(*) FROM (SELECT customer_id FROM customer_group_members WHERE group_id = $1
                     UNION SELECT id FROM customers WHERE pricing_group_id = $1) AS held),
                    (SELECT COUNT(*) FROM promotions WHERE group_id = $1 OR early_group_id = $1),
                    (SELECT COUNT(*) FROM products WHERE early_group_id = $1)",
            args![id],
        )
        .await?;
    let unsent = audiences::unsent(q, base).await?;
    let campaigns = unsent.into_iter().filter(|campaign| campaign.names_group(id)).map(|campaign| campaign.name).collect();
    Ok(Hold { customers, promotions, products, campaigns })
}

/// Who is in a group or has its prices, by id; merged and anonymised customers too.
///
/// # Errors
/// When the database does not answer.
pub async fn members(q: &impl Query, id: GroupId) -> DbResult<Vec<i64>> {
    let rows: Vec<(i64,)> = q
        .all(
            "SELECT customer_id FROM (SELECT customer_id FROM customer_group_members WHERE group_id = $1
               UNION SELECT id FROM customers WHERE pricing_group_id = $1) AS held ORDER BY customer_id",
            args![id],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The price lists by name.
///
/// # Errors
/// When the database does not answer.
pub async fn price_lists(q: &impl Query) -> DbResult<Vec<(PriceListId, String)>> {
    let rows: Vec<(i64, String)> = q.all("SELECT id, name FROM price_lists ORDER BY name_key, id", args![]).await?;
    Ok(rows.into_iter().map(|(id, name)| (PriceListId(id), name)).collect())
}

/// Who changed a group last, and when.
///
/// # Errors
/// When the database does not answer.
pub async fn last_change(q: &impl Query, id: GroupId) -> DbResult<Option<(Option<String>, i64)>> {
    q.optional(
        "SELECT COALESCE(m.name, k.name), e.at FROM audit_entries e
         LEFT JOIN staff m ON m.id = e.staff_id LEFT JOIN api_keys k ON k.id = e.api_key_id
         WHERE e.entity = 'group' AND e.entity_id = $1 ORDER BY e.id DESC LIMIT 1",
        args![id],
    )
    .await
}
