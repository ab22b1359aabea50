//! All SQL of accounts, entries and lots. Nothing outside of this room writes these tables.

use super::lots::{Lot, Part};
use super::service::{By, Posting};
use super::{AccountKind, Unit};
use crate::args;
use crate::base::{AppError, AppResult, CustomerId, GiftCardId, LedgerAccountId, LedgerEntryId, Timestamp};
use crate::server::db::dialect::{for_update, numbers_of_json};
use crate::server::{DbError, DbResult, Query, Tx, internal};

/// An account, locked for the transaction that posts to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: LedgerAccountId,
    pub kind: AccountKind,
    pub owner: Option<CustomerId>,
    pub unit: Unit,
    pub balance: i64,
    /// How far below zero it may go.
    pub limit: i64,
    /// The number of its last entry.
    pub entries: i64,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: i64,
    kind: String,
    customer_id: Option<i64>,
    currency: String,
    balance: i64,
    credit_limit: i64,
    entries_count: i64,
}

impl TryFrom<AccountRow> for Account {
    type Error = AppError;

    fn try_from(row: AccountRow) -> AppResult<Self> {
        let unknown = || internal(&format!("ledger account {} is a {:?} in {:?}", row.id, row.kind, row.currency));
        Ok(Self {
            id: LedgerAccountId(row.id),
            kind: AccountKind::parse(&row.kind).ok_or_else(unknown)?,
            owner: row.customer_id.map(CustomerId),
            unit: Unit::parse(&row.currency).ok_or_else(unknown)?,
            balance: row.balance,
            limit: row.credit_limit,
            entries: row.entries_count,
        })
    }
}

const ACCOUNT: &str = "SELECT id, kind, customer_id, currency, balance, credit_limit, entries_count FROM ledger_accounts";

/// Makes an account; yields the one that there is for this owner and kind already.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_account(
    tx: &Tx,
    kind: AccountKind,
    owner: Option<CustomerId>,
    unit: Unit,
    now: Timestamp,
) -> DbResult<LedgerAccountId> {
    let find = || async {
        let sql = "SELECT id FROM ledger_accounts WHERE customer_id = $1 AND kind = $2 ORDER BY id LIMIT 1";
        tx.optional::<(i64,)>(sql, args![owner, kind.code()]).await
    };
    if kind != AccountKind::GiftCard
        && let Some((id,)) = find().await?
    {
        return Ok(LedgerAccountId(id));
    }
    let made: Option<(i64,)> = tx
        .optional(
            "INSERT INTO ledger_accounts (kind, customer_id, currency, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (customer_id, kind) WHERE kind <> 'gift_card' DO NOTHING RETURNING id",
            args![kind.code(), owner, unit.code(), now],
        )
        .await?;
    // Somebody else was faster.
    let id = if made.is_some() { made } else { find().await? };
    id.map(|(id,)| LedgerAccountId(id)).ok_or(DbError::Other(sqlx::Error::RowNotFound))
}

/// The account of store credit or points that a customer has, if any.
///
/// # Errors
/// When the database does not answer.
pub async fn find_account(q: &impl Query, kind: AccountKind, owner: CustomerId) -> AppResult<Option<Account>> {
    let sql = format!("{ACCOUNT} WHERE customer_id = $1 AND kind = $2 ORDER BY id LIMIT 1");
    let row: Option<AccountRow> = q.optional(&sql, args![owner, kind.code()]).await?;
    row.map(Account::try_from).transpose()
}

/// An account as it is, without a lock.
///
/// # Errors
/// [`AppError::NotFound`] where there is none.
pub async fn get_account(q: &impl Query, id: LedgerAccountId) -> AppResult<Account> {
    let row: Option<AccountRow> = q.optional(&format!("{ACCOUNT} WHERE id = $1"), args![id]).await?;
    row.ok_or(AppError::NotFound)?.try_into()
}

/// Locks an account until the end of the transaction.
///
/// # Errors
/// [`AppError::NotFound`] where there is none.
pub async fn hold(tx: &Tx, id: LedgerAccountId) -> AppResult<Account> {
    let row: Option<AccountRow> = tx.optional(&format!("{ACCOUNT} WHERE id = $1{}", for_update(tx)), args![id]).await?;
    row.ok_or(AppError::NotFound)?.try_into()
}

/// Locks several accounts in the order of their ids. SQLite's writer is alone anyway.
///
/// # Errors
/// When the database does not answer.
pub async fn hold_all(tx: &Tx, ids: &[LedgerAccountId]) -> DbResult<()> {
    if ids.is_empty() || !tx.is_postgres() {
        return Ok(());
    }
    let json = serde_json::to_string(ids).unwrap_or_default();
    let sql = format!("SELECT id FROM ledger_accounts WHERE id IN ({}) ORDER BY id{}", numbers_of_json(tx, "$1"), for_update(tx));
    tx.all::<(i64,)>(&sql, args![json]).await.map(drop)
}

/// Locks a customer's store credit and points, and the accounts of these gift cards, in the order of their ids.
///
/// # Errors
/// When the database does not answer.
pub async fn hold_spendable(tx: &Tx, customer: CustomerId, cards: &[GiftCardId]) -> DbResult<()> {
    if !tx.is_postgres() {
        return Ok(());
    }
    let sql = format!(
        "SELECT id FROM ledger_accounts
         WHERE customer_id = $1 AND kind IN ('credit', 'points') OR id IN (SELECT account_id FROM gift_cards WHERE id IN ({}))
         ORDER BY id{}",
        numbers_of_json(tx, "$2"),
        for_update(tx)
    );
    tx.all::<(i64,)>(&sql, args![customer, serde_json::to_string(cards).unwrap_or_default()]).await.map(drop)
}

/// An entry that is there already.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    pub id: i64,
    pub account_id: i64,
    pub amount: i64,
    pub balance_after: i64,
    pub reason: String,
    pub order_id: Option<i64>,
    pub reverses_id: Option<i64>,
}

const ENTRY: &str = "SELECT id, account_id, amount, balance_after, reason, order_id, reverses_id FROM ledger_entries";

/// The entry that a key made, if it made one.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_key(tx: &Tx, account: LedgerAccountId, key: &str) -> DbResult<Option<Entry>> {
    tx.optional(&format!("{ENTRY} WHERE account_id = $1 AND idempotency_key = $2"), args![account, key]).await
}

/// # Errors
/// [`AppError::NotFound`] where there is no such entry.
pub async fn get_entry(q: &impl Query, id: LedgerEntryId) -> AppResult<Entry> {
    q.optional(&format!("{ENTRY} WHERE id = $1"), args![id]).await?.ok_or(AppError::NotFound)
}

/// Writes the next entry of an account, and its note. The trigger brings the balance up to date.
///
/// # Errors
/// When the database refuses it: then the engine has miscounted, and nothing is written.
pub async fn insert_entry(
    tx: &Tx,
    account: &Account,
    amount: i64,
    posting: &Posting<'_>,
    reverses: Option<LedgerEntryId>,
) -> DbResult<LedgerEntryId> {
    let staff = match posting.by {
        By::Staff(id) => Some(id),
        By::Customer | By::Program | By::Job => None,
    };
    let id = tx
        .insert(
            "INSERT INTO ledger_entries (account_id, seq, amount, balance_after, reason, cause, staff_id, order_id, reverses_id,
               idempotency_key, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
            args![
                account.id,
                account.entries + 1,
                amount,
                account.balance + amount,
                posting.reason.code(),
                posting.by.code(),
                staff,
                posting.order,
                reverses,
                posting.key,
                posting.at,
            ],
        )
        .await?;
    if !posting.note.is_empty() {
        tx.execute("INSERT INTO ledger_notes (entry_id, body) VALUES ($1, $2)", args![id, posting.note]).await?;
    }
    Ok(LedgerEntryId(id))
}

/// What is left of an account's lots.
///
/// # Errors
/// When the database does not answer.
pub async fn lots_left(tx: &Tx, account: LedgerAccountId) -> DbResult<Vec<Lot>> {
    let rows: Vec<(i64, i64, i64)> = tx
        .all("SELECT id, remaining, expires_at FROM ledger_lots WHERE account_id = $1 AND remaining > 0", args![account])
        .await?;
    Ok(rows.into_iter().map(|(id, remaining, expires_at)| Lot { id, remaining, expires_at }).collect())
}

/// What the debit `entry` still holds of each lot, what came back from it before taken off.
///
/// # Errors
/// When the database does not answer.
pub async fn lots_taken(tx: &Tx, entry: LedgerEntryId) -> DbResult<Vec<(Lot, i64)>> {
    let rows: Vec<(i64, i64, i64, i64)> = tx
        .all(
            "SELECT l.id, l.remaining, l.expires_at, CAST(SUM(u.amount) AS BIGINT)
             FROM ledger_lot_uses u JOIN ledger_lots l ON l.id = u.lot_id
             WHERE u.entry_id = $1 OR u.entry_id IN (SELECT id FROM ledger_entries WHERE reverses_id = $1)
             GROUP BY l.id, l.remaining, l.expires_at",
            args![entry],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, remaining, expires_at, taken)| (Lot { id, remaining, expires_at }, taken)).collect())
}

/// How much of a debit was given back before.
///
/// # Errors
/// When the database does not answer.
pub async fn given_back(tx: &Tx, entry: LedgerEntryId) -> DbResult<i64> {
    tx.integer("SELECT CAST(SUM(amount) AS BIGINT) FROM ledger_entries WHERE reverses_id = $1", args![entry]).await
}

/// Whether a debit waits to be captured or voided.
///
/// # Errors
/// When the database does not answer.
pub async fn is_set_aside(tx: &Tx, entry: LedgerEntryId) -> DbResult<bool> {
    let sql = "SELECT COUNT(*) FROM ledger_authorisations WHERE entry_id = $1 AND status = 'open'";
    Ok(tx.integer(sql, args![entry]).await? > 0)
}

/// Takes parts from lots (`sign` 1) or gives them back (`sign` −1).
///
/// # Errors
/// When a lot does not have so much: then the engine has miscounted, and nothing is written.
pub async fn use_lots(tx: &Tx, entry: LedgerEntryId, parts: &[Part], sign: i64) -> DbResult<()> {
    for part in parts {
        let amount = sign * part.amount;
        tx.execute("UPDATE ledger_lots SET remaining = remaining - $2 WHERE id = $1", args![part.lot, amount]).await?;
        let sql = "INSERT INTO ledger_lot_uses (entry_id, lot_id, amount) VALUES ($1, $2, $3)";
        tx.execute(sql, args![entry, part.lot, amount]).await?;
    }
    Ok(())
}

/// Adds a lot.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_lot(
    tx: &Tx,
    account: LedgerAccountId,
    entry: LedgerEntryId,
    amount: i64,
    expires_at: Option<Timestamp>,
) -> DbResult<()> {
    tx.execute(
        "INSERT INTO ledger_lots (account_id, entry_id, amount, remaining, expires_at) VALUES ($1, $2, $3, $3, $4)",
        args![account, entry, amount, expires_at.unwrap_or_default()],
    )
    .await
    .map(drop)
}

/// What can be spent of an account at an instant, without a lock: what has expired since the nightly job is not counted.
///
/// # Errors
/// When the database does not answer.
pub async fn spendable(q: &impl Query, account: LedgerAccountId, now: Timestamp) -> DbResult<i64> {
    let sql = format!("SELECT {} FROM ledger_accounts a WHERE a.id = $1", spendable_of("a", "$2"));
    q.integer(&sql, args![account, now]).await
}

/// [`spendable`] as an expression on the accounts `a` at the instant that is bound as `now`; 0 where there is no account.
#[must_use]
pub fn spendable_of(a: &str, now: &str) -> String {
    format!(
        "CAST(COALESCE({a}.balance + {a}.credit_limit - COALESCE((
             SELECT SUM(l.remaining) FROM ledger_lots l
             WHERE l.account_id = {a}.id AND l.remaining > 0 AND l.expires_at > 0 AND l.expires_at <= {now}), 0), 0) AS BIGINT)"
    )
}

/// What of an account expires, and when, the soonest first.
///
/// # Errors
/// When the database does not answer.
pub async fn expiring(q: &impl Query, account: LedgerAccountId, now: Timestamp) -> DbResult<Vec<(i64, i64)>> {
    q.all(
        "SELECT expires_at, CAST(SUM(remaining) AS BIGINT) FROM ledger_lots
         WHERE account_id = $1 AND remaining > 0 AND expires_at > $2 GROUP BY expires_at ORDER BY expires_at LIMIT 200",
        args![account, now],
    )
    .await
}

/// Gives an account that is nobody's to a customer.
///
/// # Errors
/// When the database does not answer.
pub async fn set_owner(tx: &Tx, account: LedgerAccountId, owner: CustomerId) -> DbResult<()> {
    let sql = "UPDATE ledger_accounts SET customer_id = $2 WHERE id = $1 AND customer_id IS NULL";
    tx.execute(sql, args![account, owner]).await.map(drop)
}

/// # Errors
/// When the database refuses it, since more is owed already.
pub async fn set_limit(tx: &Tx, account: LedgerAccountId, limit: i64) -> DbResult<()> {
    tx.execute("UPDATE ledger_accounts SET credit_limit = $2 WHERE id = $1", args![account, limit]).await.map(drop)
}

/// Writes an account's balance to where the list reads it.
///
/// # Errors
/// When the database does not answer.
pub async fn mirror(tx: &Tx, account: &Account) -> DbResult<()> {
    let column = match account.kind {
        AccountKind::Credit => "credit_minor",
        AccountKind::Points => "points",
        AccountKind::GiftCard => return Ok(()),
    };
    let Some(owner) = account.owner else { return Ok(()) };
    let sql = format!(
        "INSERT INTO customer_stats (customer_id, {column}) VALUES ($1, $2)
         ON CONFLICT (customer_id) DO UPDATE SET {column} = excluded.{column}"
    );
    tx.execute(&sql, args![owner, account.balance]).await.map(drop)
}
