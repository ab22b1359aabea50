//! Numbers of orders: one after the other over all stores, since a number names one order of the shop. Invoices must have no gaps,
//! orders may: on PostgreSQL a number whose order failed is not given again, since otherwise every order of the shop would wait for
//! the one before to be on the disk. SQLite writes one transaction after the other anyway.

use crate::args;
use crate::base::AppResult;
use crate::commerce::orders::write::next_number;
use crate::server::db::dialect::advisory_lock;
use crate::server::{DbResult, Query, Tx, internal};

/// The counter of orders' numbers on SQLite.
const COUNTER: &str = "order";
/// Numbers that are passed over since an import brought them, before we give up.
const TRIES: usize = 1_000;
/// Numbers that are looked at to find the highest one: imports may bring some that are no numbers.
const LOOK_AT: usize = 50;
/// Held on PostgreSQL by who passes over numbers, until the order is there.
const PASSING_LOCK: i64 = 0x0006;
/// As many numbers are counted to one by one: more than the shop's orders may take between two statements.
const COUNTED_TO: i64 = 10_000;

/// The next free number with the shop's prefix.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn take(tx: &Tx, prefix: &str) -> AppResult<String> {
    for attempt in 0..TRIES {
        let next = next(tx).await?;
        // Nobody counted before, or an import brought orders since.
        if next == 1 || attempt == 1 {
            let highest = highest(tx, prefix).await?;
            if highest >= next {
                pass_over(tx, highest).await?;
                continue;
            }
        }
        let number = format!("{prefix}{next}");
        if tx.integer("SELECT COUNT(*) FROM orders WHERE number = $1", args![&number]).await? == 0 {
            return Ok(number);
        }
    }
    Err(internal(&"no free number for an order"))
}

async fn next(tx: &Tx) -> DbResult<i64> {
    if tx.is_postgres() { tx.integer("SELECT nextval('order_numbers')", args![]).await } else { next_number(tx, COUNTER).await }
}

/// The highest number that the shop's orders have, from an import or before there was a counter; 0 where they have none.
async fn highest(tx: &Tx, prefix: &str) -> DbResult<i64> {
    let numbers: Vec<(String,)> = tx
        .all(
            "SELECT number FROM orders WHERE number IS NOT NULL AND status <> 'draft' ORDER BY LENGTH(number) DESC, number DESC LIMIT $1",
            args![LOOK_AT],
        )
        .await?;
    let highest = numbers.iter().filter_map(|(number,)| number.strip_prefix(prefix)?.parse::<i64>().ok()).max();
    Ok(highest.unwrap_or(0).clamp(0, 1 << 53))
}

/// Counting goes on after `number`, or further on where others have counted on meanwhile: never back, or two orders got one number.
async fn pass_over(tx: &Tx, number: i64) -> DbResult<()> {
    if !tx.is_postgres() {
        tx.execute("UPDATE counters SET value = MAX(value, $2) WHERE name = $1", args![COUNTER, number]).await?;
        return Ok(());
    }
    advisory_lock(tx, PASSING_LOCK).await?;
    // Others count on under this without asking for the lock: what is near is counted to, what is set is out of their reach.
    let last = tx.integer("SELECT last_value FROM order_numbers", args![]).await?;
    if number > last + COUNTED_TO {
        tx.integer("SELECT setval('order_numbers', $1)", args![number]).await?;
    } else if number > last {
        tx.integer("SELECT MAX(nextval('order_numbers')) FROM generate_series($1, $2)", args![last + 1, number]).await?;
    }
    Ok(())
}
