//! Numbers of orders: one after the other over all stores, since a number names one order of the shop.

use crate::args;
use crate::base::AppResult;
use crate::commerce::orders::write::next_number;
use crate::server::{Query, Tx, internal};

/// The counter of orders' numbers.
const COUNTER: &str = "order";
/// Numbers that are passed over since an import brought them, before we give up.
const TRIES: usize = 1_000;
/// Numbers that are looked at to find the highest one: imports may bring some that are no numbers.
const LOOK_AT: usize = 50;

/// The next free number with the shop's prefix. Others who place orders wait until this transaction ends.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn take(tx: &Tx, prefix: &str) -> AppResult<String> {
    for _ in 0..TRIES {
        let next = match next_number(tx, COUNTER).await? {
            // Nobody counted before.
            1 => begin(tx, prefix).await?,
            next => next,
        };
        let number = format!("{prefix}{next}");
        if tx.integer("SELECT COUNT(*) FROM orders WHERE number = $1", args![&number]).await? == 0 {
            return Ok(number);
        }
    }
    Err(internal(&"no free number for an order"))
}

/// Where the shop has orders already, from an import or before there was a counter, counting goes on from the highest number:
/// yields the one after it.
async fn begin(tx: &Tx, prefix: &str) -> AppResult<i64> {
    let numbers: Vec<(String,)> = tx
        .all(
            "SELECT number FROM orders WHERE number IS NOT NULL AND status <> 'draft' ORDER BY LENGTH(number) DESC, number DESC LIMIT $1",
            args![LOOK_AT],
        )
        .await?;
    let highest = numbers.iter().filter_map(|(number,)| number.strip_prefix(prefix)?.parse::<i64>().ok()).max();
    let next = highest.unwrap_or(0).clamp(0, 1 << 53) + 1;
    tx.execute("UPDATE counters SET value = $2 WHERE name = $1", args![COUNTER, next]).await?;
    Ok(next)
}
