//! All SQL of members and of what orders earned.

use crate::args;
use crate::base::{CustomerId, OrderId, Timestamp};
use crate::office::settings::{LoyaltySettings, store as settings};
use crate::server::db::dialect::{advisory_lock, for_update, shared_advisory_lock};
use crate::server::{DbResult, Query, Tx};

/// A member of the programme.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Member {
    pub card_number: String,
    /// The tier's code.
    pub tier: String,
    /// Points earned by purchases over the lifetime, less reversals.
    pub earned_points: i64,
    pub enrolled_at: i64,
}

const MEMBER: &str = "SELECT card_number, tier, earned_points, enrolled_at FROM loyalty_members WHERE customer_id = $1";

/// # Errors
/// When the database does not answer.
pub async fn find_member(q: &impl Query, customer: CustomerId) -> DbResult<Option<Member>> {
    q.optional(MEMBER, args![customer]).await
}

/// # Errors
/// When the database does not answer.
pub(super) async fn insert_member(
    tx: &Tx,
    customer: CustomerId,
    card_number: &str,
    tier: &str,
    now: Timestamp,
) -> DbResult<bool> {
    let sql = "INSERT INTO loyalty_members (customer_id, card_number, tier, enrolled_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, args![customer, card_number, tier, now]).await? > 0)
}

/// # Errors
/// When the database does not answer.
pub(super) async fn set_earned(tx: &Tx, customer: CustomerId, earned_points: i64, tier: &str) -> DbResult<()> {
    let sql = "UPDATE loyalty_members SET earned_points = $2, tier = $3, version = version + 1 WHERE customer_id = $1";
    tx.execute(sql, args![customer, earned_points, tier]).await.map(drop)
}

/// Whoever writes the tier of a member has it together with others, whoever gives other tiers to all has it alone: a member who earns
/// meanwhile would get, and keep, the tier of before.
const TIERS_LOCK: i64 = 0x0005;

/// The tiers as they are saved, which they stay until the transaction ends. The settings that a request began with may be older.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn hold_tiers(tx: &Tx) -> DbResult<LoyaltySettings> {
    shared_advisory_lock(tx, TIERS_LOCK).await?;
    settings::load_loyalty(tx).await
}

/// Gives every member the tier that the settings say. The lowest begins at 0, so everybody has one. Who is about to write a member's
/// tier is waited for, and waits.
///
/// # Errors
/// When the database does not answer.
pub async fn assign_tiers(tx: &Tx, loyalty: &LoyaltySettings) -> DbResult<u64> {
    let mut tiers = loyalty.tiers.clone();
    tiers.sort_by_key(|tier| std::cmp::Reverse(tier.from_points));
    let mut args = args![];
    let whens: Vec<String> = tiers
        .iter()
        .map(|tier| format!("WHEN earned_points >= {} THEN ${}", tier.from_points, args.push(tier.code.as_str())))
        .collect();
    if whens.is_empty() {
        return Ok(0);
    }
    let tier = format!("CASE {} ELSE '' END", whens.join(" "));
    advisory_lock(tx, TIERS_LOCK).await?;
    tx.execute(&format!("UPDATE loyalty_members SET tier = {tier}, version = version + 1 WHERE tier <> {tier}"), args).await
}

/// What an order earned, and what its refunds took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OrderPoints {
    pub customer_id: i64,
    pub earned: i64,
    pub taken_back: i64,
    pub written_off: i64,
}

/// # Errors
/// When the database does not answer.
pub async fn find_order_points(q: &impl Query, order: OrderId) -> DbResult<Option<OrderPoints>> {
    q.optional("SELECT customer_id, earned, taken_back, written_off FROM loyalty_order_points WHERE order_id = $1", args![order])
        .await
}

/// As [`find_order_points`], locked until the end of the transaction.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn hold_order_points(tx: &Tx, order: OrderId) -> DbResult<Option<OrderPoints>> {
    let sql = format!(
        "SELECT customer_id, earned, taken_back, written_off FROM loyalty_order_points WHERE order_id = $1{}",
        for_update(tx)
    );
    tx.optional(&sql, args![order]).await
}

/// Writes what an order earned; `false` where it had earned before.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn insert_order_points(
    tx: &Tx,
    order: OrderId,
    customer: CustomerId,
    earned: i64,
    now: Timestamp,
) -> DbResult<bool> {
    let sql = "INSERT INTO loyalty_order_points (order_id, customer_id, earned, at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (order_id) DO NOTHING";
    Ok(tx.execute(sql, args![order, customer, earned, now]).await? > 0)
}

/// # Errors
/// When the database refuses it, since it is more than was earned.
pub(super) async fn add_taken_back(tx: &Tx, order: OrderId, taken: i64, written_off: i64) -> DbResult<()> {
    let sql = "UPDATE loyalty_order_points SET taken_back = taken_back + $2, written_off = written_off + $3 WHERE order_id = $1";
    tx.execute(sql, args![order, taken, written_off]).await.map(drop)
}

/// Orders of a customer whose points could not all be taken back, the newest first: order, number, earned, taken back,
/// written off.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn list_written_off(
    q: &impl Query,
    customer: CustomerId,
    limit: usize,
) -> DbResult<Vec<(i64, Option<String>, i64, i64, i64)>> {
    q.all(
        "SELECT p.order_id, o.number, p.earned, p.taken_back, p.written_off
         FROM loyalty_order_points p JOIN orders o ON o.id = p.order_id
         WHERE p.customer_id = $1 AND p.written_off > 0 ORDER BY p.order_id DESC LIMIT $2",
        args![customer, limit],
    )
    .await
}
