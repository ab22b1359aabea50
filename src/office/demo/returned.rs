//! A few returns that are under way: none of them refunded yet, so that what was spent stays what it was.

use crate::args;
use crate::base::Timestamp;
use crate::commerce::returns::{ReturnReason, ReturnStatus};
use crate::server::{DbResult, Query, Tx};

/// How far each is; the first one is of the order that was delivered last.
const STATUSES: [ReturnStatus; 12] = [
    ReturnStatus::Requested,
    ReturnStatus::Requested,
    ReturnStatus::Approved,
    ReturnStatus::Requested,
    ReturnStatus::Received,
    ReturnStatus::Refused,
    ReturnStatus::Requested,
    ReturnStatus::Approved,
    ReturnStatus::Received,
    ReturnStatus::Requested,
    ReturnStatus::Approved,
    ReturnStatus::Refused,
];
const NOTES: [&str; 4] =
    ["The case arrived broken.", "This is the live recording; I ordered the studio album.", "", "Bought it twice by mistake."];
/// Every so many of the orders delivered last.
const EACH: usize = 5;
/// A parcel is looked at for so long before somebody sends it back, and then on its way.
const DAYS: i64 = 4;

/// Adds them.
///
/// # Errors
/// When the database does not answer.
pub async fn tell(tx: &Tx, now: Timestamp) -> DbResult<()> {
    let before = now.plus(-DAYS * Timestamp::DAY);
    let orders: Vec<(i64, i64, i64)> = tx
        .all(
            "SELECT o.id, o.state_since, (SELECT MIN(l.id) FROM order_lines l WHERE l.order_id = o.id)
             FROM orders o WHERE o.status = 'placed' AND o.fulfilment_state = 'delivered' AND o.state_since < $1
             ORDER BY o.state_since DESC, o.id LIMIT $2",
            args![before, STATUSES.len() * EACH],
        )
        .await?;
    let mut number = 0;
    for ((order, delivered, line), status) in orders.into_iter().step_by(EACH).zip(STATUSES) {
        number += 1;
        tell_return(tx, number, (order, line), status, Timestamp(delivered)).await?;
    }
    if number > 0 {
        tx.execute("INSERT INTO counters (name, value) VALUES ('return', $1)", args![number]).await?;
    }
    Ok(())
}

async fn tell_return(
    tx: &Tx,
    number: i64,
    (order, line): (i64, i64),
    status: ReturnStatus,
    delivered: Timestamp,
) -> DbResult<()> {
    let at = usize::try_from(number).unwrap_or_default();
    let (requested, decided) = (delivered.plus(20 * Timestamp::HOUR), delivered.plus(31 * Timestamp::HOUR));
    let received = delivered.plus(80 * Timestamp::HOUR);
    let is = |wanted: &[ReturnStatus]| wanted.contains(&status);
    let was_decided = is(&[ReturnStatus::Approved, ReturnStatus::Refused, ReturnStatus::Received]);
    let id = tx
        .insert(
            "INSERT INTO returns (number, order_id, status, reason, note, answer, refund_to, requested_by, requested_at, decided_at,
               received_at)
             VALUES ($1, $2, $3, $4, $5, $6, 'original', 'customer', $7, $8, $9) RETURNING id",
            args![
                format!("R-{}", 1_000 + number),
                order,
                status.code(),
                ReturnReason::ALL[at % ReturnReason::ALL.len()].code(),
                NOTES[at % NOTES.len()],
                if status == ReturnStatus::Refused { "The 30 days are over." } else { "" },
                requested,
                if was_decided { decided.0 } else { 0 },
                if status == ReturnStatus::Received { received.0 } else { 0 }
            ],
        )
        .await?;
    tx.execute("INSERT INTO return_lines (return_id, line_id, quantity) VALUES ($1, $2, 1)", args![id, line]).await?;
    let name = format!("R-{}", 1_000 + number);
    let steps = [
        (true, "return_requested", requested),
        (is(&[ReturnStatus::Approved, ReturnStatus::Received]), "return_approved", decided),
        (is(&[ReturnStatus::Refused]), "return_refused", decided),
        (is(&[ReturnStatus::Received]), "returned", received),
    ];
    for (happened, kind, at) in steps {
        if happened {
            let sql = "INSERT INTO order_history (order_id, kind, detail, at) VALUES ($1, $2, $3, $4)";
            tx.execute(sql, args![order, kind, name.as_str(), at]).await?;
        }
    }
    if status == ReturnStatus::Received {
        let sql = "UPDATE orders SET state_since = $2, updated_at = $2, fulfilment_state = CASE WHEN units = 1 THEN 'returned'
                     ELSE 'part_returned' END WHERE id = $1";
        tx.execute(sql, args![order, received]).await?;
    }
    Ok(())
}
