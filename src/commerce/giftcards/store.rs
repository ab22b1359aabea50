//! All SQL of gift cards.

use super::code::Code;
use super::{CardStatus, NewCard};
use crate::args;
use crate::base::{AppError, AppResult, Currency, CustomerId, GiftCardId, LedgerAccountId, StaffId, Timestamp};
use crate::server::keys::Keys;
use crate::server::{DbResult, Query, Tx, internal};

/// A card as it is at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub id: GiftCardId,
    pub account: LedgerAccountId,
    /// `None` for one of a batch that nobody has redeemed.
    pub customer: Option<CustomerId>,
    pub currency: Currency,
    pub initial: i64,
    /// What can be spent, in minor units of its currency.
    pub balance: i64,
    pub last_four: String,
    pub status: CardStatus,
    /// `None` is never.
    pub expires_at: Option<Timestamp>,
    pub version: i64,
}

/// A row of [`CARD`].
#[derive(sqlx::FromRow)]
pub(super) struct StoredCard {
    pub id: i64,
    pub account_id: i64,
    pub customer_id: Option<i64>,
    pub currency: String,
    pub last_four: String,
    pub initial_minor: i64,
    pub disabled_at: i64,
    pub expires_at: i64,
    pub version: i64,
    /// What can be spent, and until when what lives longest of it (0 is never).
    pub left_minor: i64,
    pub left_until: i64,
    /// What has expired, whether or not there is an entry of it yet.
    pub expired_minor: i64,
}

/// What a card's row says of its state at the instant `$1`, of `gift_cards g`. A card that came back after it had expired
/// (a return) can be spent for a time of grace, which its lots know.
pub(super) const STATE: &str = "
    CAST(COALESCE((SELECT SUM(l.remaining) FROM ledger_lots l
      WHERE l.account_id = g.account_id AND l.remaining > 0 AND (l.expires_at = 0 OR l.expires_at > $1)), 0) AS BIGINT) AS left_minor,
    CAST(COALESCE((SELECT MAX(CASE WHEN l.expires_at = 0 THEN 9223372036854775807 ELSE l.expires_at END) FROM ledger_lots l
      WHERE l.account_id = g.account_id AND l.remaining > 0 AND (l.expires_at = 0 OR l.expires_at > $1)), 0) AS BIGINT) AS left_until,
    CAST(COALESCE((SELECT SUM(l.remaining) FROM ledger_lots l
      WHERE l.account_id = g.account_id AND l.remaining > 0 AND l.expires_at > 0 AND l.expires_at <= $1), 0)
      - COALESCE((SELECT SUM(e.amount) FROM ledger_entries e WHERE e.account_id = g.account_id AND e.reason = 'expired'), 0)
      AS BIGINT) AS expired_minor";

pub(super) const COLUMNS: &str =
    "g.id, g.account_id, g.customer_id, g.currency, g.last_four, g.initial_minor, g.disabled_at, g.expires_at, g.version";

impl StoredCard {
    pub(super) fn card(self) -> AppResult<Card> {
        let currency = Currency::parse(&self.currency)
            .ok_or_else(|| internal(&format!("gift card {} is in {:?}", self.id, self.currency)))?;
        let until = if self.left_minor > 0 { self.left_until } else { self.expires_at };
        Ok(Card {
            id: GiftCardId(self.id),
            account: LedgerAccountId(self.account_id),
            customer: self.customer_id.map(CustomerId),
            currency,
            initial: self.initial_minor,
            balance: self.left_minor,
            last_four: self.last_four,
            status: CardStatus::of(self.disabled_at > 0, self.initial_minor, self.left_minor, self.expired_minor > 0),
            expires_at: Some(Timestamp(until)).filter(|at| at.0 > 0 && at.0 < i64::MAX),
            version: self.version,
        })
    }
}

/// The card with this code, as it is at `now`; what is no code is nobody's. To spend of it, lock its account and [`get`] it again.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_code(q: &impl Query, keys: &Keys, code: &str, now: Timestamp) -> AppResult<Option<Card>> {
    let Some(code) = Code::parse(code) else { return Ok(None) };
    let sql = format!("SELECT {COLUMNS}, {STATE} FROM gift_cards g WHERE g.code_hash = $2");
    let row: Option<StoredCard> = q.optional(&sql, args![now, keys.gift_card_hash(code.plain())]).await?;
    row.map(StoredCard::card).transpose()
}

/// A card as it is at `now`.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get(q: &impl Query, id: GiftCardId, now: Timestamp) -> AppResult<Card> {
    let sql = format!("SELECT {COLUMNS}, {STATE} FROM gift_cards g WHERE g.id = $2");
    let row: Option<StoredCard> = q.optional(&sql, args![now, id]).await?;
    row.ok_or(AppError::NotFound)?.card()
}

/// What a key issued before: card, amount, currency, customer.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn find_issued(q: &impl Query, key: &str) -> DbResult<Option<(i64, i64, String, Option<i64>)>> {
    q.optional("SELECT id, initial_minor, currency, customer_id FROM gift_cards WHERE issue_key = $1", args![key]).await
}

/// # Errors
/// When the database refuses it.
pub(super) async fn insert(
    tx: &Tx,
    account: LedgerAccountId,
    (hash, last_four): (Vec<u8>, &str),
    new: &NewCard<'_>,
    by: Option<StaffId>,
    now: Timestamp,
) -> DbResult<GiftCardId> {
    let id = tx
        .insert(
            "INSERT INTO gift_cards (account_id, code_hash, last_four, customer_id, initial_minor, currency, expires_at, batch, message,
               order_id, issued_by, issue_key, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id",
            args![
                account,
                hash,
                last_four,
                new.customer,
                new.amount.minor,
                new.amount.currency.code(),
                new.expires.unwrap_or_default(),
                new.batch,
                new.message,
                new.order,
                by,
                new.key,
                now,
            ],
        )
        .await?;
    Ok(GiftCardId(id))
}

/// Disables a card (`Some` instant) or enables it again; the caller has locked its account.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn set_disabled(tx: &Tx, id: GiftCardId, at: Option<Timestamp>) -> DbResult<()> {
    let sql = "UPDATE gift_cards SET disabled_at = $2, version = version + 1 WHERE id = $1";
    tx.execute(sql, args![id, at.unwrap_or_default()]).await.map(drop)
}

/// Whether the order that bought a card was cancelled. A card that an order was refunded to is none that it bought.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn was_given_back(tx: &Tx, id: GiftCardId) -> DbResult<bool> {
    let sql = "SELECT COUNT(*) FROM gift_cards g JOIN orders o ON o.id = g.order_id
               WHERE g.id = $1 AND g.issue_key LIKE 'order:%' AND o.status = 'cancelled'";
    Ok(tx.integer(sql, args![id]).await? > 0)
}

/// Gives a card that is nobody's to a customer; the caller has locked its account.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn set_owner(tx: &Tx, id: GiftCardId, owner: CustomerId) -> DbResult<()> {
    let sql = "UPDATE gift_cards SET customer_id = $2, version = version + 1 WHERE id = $1 AND customer_id IS NULL";
    tx.execute(sql, args![id, owner]).await.map(drop)
}
