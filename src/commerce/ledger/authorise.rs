//! Authorise → capture or void: an amount set aside for an order that is not paid for yet.
//!
//! Authorising is a debit, so that nobody else can spend the amount meanwhile and one number, the balance, says what is left.
//! Capturing keeps it, or a part and gives the rest back; voiding gives back all. Either happens once: the same again changes
//! nothing, the other one is refused.

use super::service::{Posted, Posting, debit, reverse};
use super::{Reason, store};
use crate::args;
use crate::base::{AppError, AppResult, AuthorisationId, LedgerAccountId, LedgerEntryId, Timestamp};
use crate::server::{Query, Tx};

/// A debit that is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authorised {
    pub id: AuthorisationId,
    pub posted: Posted,
}

#[derive(sqlx::FromRow)]
struct Row {
    entry_id: i64,
    amount: i64,
    status: String,
    captured: i64,
}

/// Sets an amount aside.
///
/// # Errors
/// As [`debit`].
pub async fn authorise(tx: &Tx, account: LedgerAccountId, posting: Posting<'_>) -> AppResult<Authorised> {
    let posted = debit(tx, account, posting).await?;
    if posted.repeated {
        let sql = "SELECT id FROM ledger_authorisations WHERE entry_id = $1";
        let id: Option<(i64,)> = tx.optional(sql, args![posted.entry]).await?;
        // The key belongs to a debit that was not set aside.
        let (id,) = id.ok_or(AppError::Conflict { message: "ledger.key_reused".into() })?;
        return Ok(Authorised { id: AuthorisationId(id), posted });
    }
    let id = tx
        .insert(
            "INSERT INTO ledger_authorisations (account_id, entry_id, amount, status, created_at)
             VALUES ($1, $2, $3, 'open', $4) RETURNING id",
            args![account, posted.entry, posting.amount, posting.at],
        )
        .await?;
    Ok(Authorised { id: AuthorisationId(id), posted })
}

/// Keeps `posting.amount` of what was set aside and gives the rest back. The posting's key and reason are not asked for: an
/// authorisation is closed once, and what it gives back is [`Reason::Released`].
///
/// # Errors
/// [`AppError::Invalid`] on `amount` when it is none or more than was set aside; [`AppError::Conflict`] when it was voided, or
/// captured with another amount; [`AppError::NotFound`].
pub async fn capture(tx: &Tx, id: AuthorisationId, posting: Posting<'_>) -> AppResult<()> {
    let row = hold(tx, id).await?;
    if row.status == "captured" && row.captured == posting.amount {
        return Ok(());
    }
    if row.status != "open" {
        return Err(AppError::Conflict { message: "ledger.authorisation_closed".into() });
    }
    if !(1..=row.amount).contains(&posting.amount) {
        return Err(AppError::invalid("amount", "ledger.more_than_authorised"));
    }
    close(tx, id, "captured", posting.amount, posting.at).await?;
    release(tx, id, &row, row.amount - posting.amount, posting).await
}

/// Gives back all that was set aside. The posting's amount, key and reason are not asked for.
///
/// # Errors
/// [`AppError::Conflict`] when it was captured; [`AppError::NotFound`].
pub async fn void(tx: &Tx, id: AuthorisationId, posting: Posting<'_>) -> AppResult<()> {
    let row = hold(tx, id).await?;
    match row.status.as_str() {
        "voided" => Ok(()),
        "open" => {
            close(tx, id, "voided", 0, posting.at).await?;
            release(tx, id, &row, row.amount, posting).await
        }
        _ => Err(AppError::Conflict { message: "ledger.authorisation_closed".into() }),
    }
}

/// Locks the account first, as every posting does.
async fn hold(tx: &Tx, id: AuthorisationId) -> AppResult<Row> {
    let account: Option<(i64,)> = tx.optional("SELECT account_id FROM ledger_authorisations WHERE id = $1", args![id]).await?;
    let (account,) = account.ok_or(AppError::NotFound)?;
    store::hold(tx, LedgerAccountId(account)).await?;
    let sql = "SELECT entry_id, amount, status, captured FROM ledger_authorisations WHERE id = $1";
    Ok(tx.one(sql, args![id]).await?)
}

async fn close(tx: &Tx, id: AuthorisationId, status: &str, captured: i64, now: Timestamp) -> AppResult<()> {
    let sql = "UPDATE ledger_authorisations SET status = $2, captured = $3, closed_at = $4 WHERE id = $1";
    tx.execute(sql, args![id, status, captured, now]).await?;
    Ok(())
}

async fn release(tx: &Tx, id: AuthorisationId, row: &Row, amount: i64, posting: Posting<'_>) -> AppResult<()> {
    if amount == 0 {
        return Ok(());
    }
    let key = format!("release:{id}");
    let back = Posting { amount, reason: Reason::Released, key: &key, ..posting };
    reverse(tx, LedgerEntryId(row.entry_id), back).await.map(drop)
}
