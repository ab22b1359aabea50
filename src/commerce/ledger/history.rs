//! Reading an account's entries with what belongs to them: author, order, note, expiry.

use super::entry::{Author, EntryPage, EntryRow, PAGE, Upcoming};
use super::{Reason, store};
use crate::args;
use crate::base::{AppResult, LedgerAccountId, LedgerEntryId, OrderId, Timestamp};
use crate::office::settings::zone::Zone;
use crate::server::{DbResult, Query, internal};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    seq: i64,
    at: i64,
    amount: i64,
    balance_after: i64,
    reason: String,
    cause: String,
    staff: Option<String>,
    order_id: Option<i64>,
    number: Option<String>,
    note: Option<String>,
    expires_at: i64,
    left_amount: i64,
}

const ENTRIES: &str = "
    SELECT e.id, e.seq, e.at, e.amount, e.balance_after, e.reason, e.cause, s.name AS staff, e.order_id, o.number, n.body AS note,
           COALESCE((SELECT MIN(l.expires_at) FROM ledger_lots l WHERE l.entry_id = e.id AND l.expires_at > 0), 0) AS expires_at,
           CAST(COALESCE((SELECT SUM(l.remaining) FROM ledger_lots l WHERE l.entry_id = e.id), 0) AS BIGINT) AS left_amount
    FROM ledger_entries e
      LEFT JOIN staff s ON s.id = e.staff_id
      LEFT JOIN orders o ON o.id = e.order_id
      LEFT JOIN ledger_notes n ON n.entry_id = e.id
    WHERE e.account_id = $1";

/// A page of an account's entries, those before the number `before` or the newest.
///
/// # Errors
/// When the database does not answer.
pub async fn page(q: &impl Query, account: LedgerAccountId, before: Option<i64>, zone: Zone) -> AppResult<EntryPage> {
    let sql = format!("{ENTRIES} AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3");
    let mut rows: Vec<Row> = q.all(&sql, args![account, before.unwrap_or(i64::MAX), PAGE + 1]).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let older = rows.last().filter(|_| more).map(|row| row.seq);
    Ok(EntryPage { rows: read(rows, zone)?, older })
}

/// An account's entries between two instants (the end not included), in the order in which they were made.
///
/// # Errors
/// When the database does not answer.
pub async fn between(
    q: &impl Query,
    account: LedgerAccountId,
    from: Timestamp,
    to: Timestamp,
    zone: Zone,
) -> AppResult<Vec<EntryRow>> {
    let sql = format!("{ENTRIES} AND e.at >= $2 AND e.at < $3 ORDER BY e.seq");
    read(q.all(&sql, args![account, from, to]).await?, zone)
}

/// An account's balance right before an instant.
///
/// # Errors
/// When the database does not answer.
pub async fn balance_before(q: &impl Query, account: LedgerAccountId, at: Timestamp) -> DbResult<i64> {
    let sql = "SELECT balance_after FROM ledger_entries WHERE account_id = $1 AND at < $2 ORDER BY seq DESC LIMIT 1";
    q.integer(sql, args![account, at]).await
}

/// When an account's first entry was made, if there is one.
///
/// # Errors
/// When the database does not answer.
pub async fn first_at(q: &impl Query, account: LedgerAccountId) -> DbResult<Option<Timestamp>> {
    let at = q.integer("SELECT at FROM ledger_entries WHERE account_id = $1 AND seq = 1", args![account]).await?;
    Ok((at > 0).then_some(Timestamp(at)))
}

/// What expires next, by the shop's days: at most `days` of them.
///
/// # Errors
/// When the database does not answer.
pub async fn upcoming(
    q: &impl Query,
    account: LedgerAccountId,
    now: Timestamp,
    zone: Zone,
    days: usize,
) -> DbResult<Vec<Upcoming>> {
    let mut upcoming: Vec<Upcoming> = Vec::new();
    for (at, amount) in store::expiring(q, account, now).await? {
        let at = zone.moment(Timestamp(at));
        if let Some(last) = upcoming.last_mut().filter(|last| last.at.day == at.day) {
            last.amount += amount;
        } else if upcoming.len() < days {
            upcoming.push(Upcoming { at, amount });
        } else {
            break;
        }
    }
    Ok(upcoming)
}

fn read(rows: Vec<Row>, zone: Zone) -> AppResult<Vec<EntryRow>> {
    let entry = |row: Row| {
        let unknown =
            || internal(&format!("ledger entry {} has the reason {:?} and the cause {:?}", row.id, row.reason, row.cause));
        let by = match (row.cause.as_str(), row.staff) {
            ("staff", name) => Author::Staff(name.unwrap_or_default()),
            ("customer", _) => Author::Customer,
            ("program", _) => Author::Program,
            ("job", _) => Author::Job,
            _ => return Err(unknown()),
        };
        Ok(EntryRow {
            id: LedgerEntryId(row.id),
            seq: row.seq,
            at: zone.moment(Timestamp(row.at)),
            amount: row.amount,
            balance: row.balance_after,
            reason: Reason::parse(&row.reason).ok_or_else(unknown)?,
            by,
            order: row.order_id.map(|id| (OrderId(id), row.number.unwrap_or_default())),
            note: row.note.unwrap_or_default(),
            expires: zone.moment_or_never(row.expires_at),
            left: row.left_amount,
        })
    };
    rows.into_iter().map(entry).collect()
}
