//! What a member of the staff chose for themselves and finds again at the next visit: values under dotted keys.

use crate::args;
use crate::base::StaffId;
use crate::server::{DbResult, Query, Tx};

/// What a member keeps under `key`.
///
/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, staff: StaffId, key: &str) -> DbResult<Option<String>> {
    let row: Option<(String,)> =
        q.optional("SELECT value FROM staff_preferences WHERE staff_id = $1 AND key = $2", args![staff, key]).await?;
    Ok(row.map(|(value,)| value))
}

/// Keeps `value` under `key`, in place of what was there.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(tx: &Tx, staff: StaffId, key: &str, value: &str) -> DbResult<()> {
    tx.execute(
        "INSERT INTO staff_preferences (staff_id, key, value) VALUES ($1, $2, $3)
         ON CONFLICT (staff_id, key) DO UPDATE SET value = excluded.value",
        args![staff, key, value],
    )
    .await?;
    Ok(())
}
