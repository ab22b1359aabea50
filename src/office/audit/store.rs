//! Writing entries, always in the transaction of the change they tell of.

use super::Change;
use crate::args;
use crate::base::{CustomerId, SessionId, StaffId, Timestamp};
use crate::server::{DbResult, Tx};

/// Who did it and from where.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `None` for the system itself and the command line.
    pub staff: Option<StaffId>,
    pub session: Option<SessionId>,
    pub ip: String,
    pub at: Timestamp,
}

impl Actor {
    /// The system itself: jobs, the command line.
    #[must_use]
    pub fn system(at: Timestamp) -> Self {
        Self { staff: None, session: None, ip: String::new(), at }
    }
}

/// What was done to what.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// `customer.updated`, `staff.invited`: the entity and a past participle.
    pub action: &'a str,
    pub entity: &'a str,
    pub entity_id: i64,
    /// The customer on whose Activity tab it shows.
    pub customer: Option<CustomerId>,
    pub changes: &'a [Change],
}

/// Writes one entry.
///
/// # Errors
/// When the database does not answer.
pub async fn record(tx: &Tx, actor: &Actor, entry: Entry<'_>) -> DbResult<()> {
    let id = tx
        .insert(
            "INSERT INTO audit_entries (at, staff_id, action, entity, entity_id, customer_id, session_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            args![actor.at, actor.staff, entry.action, entry.entity, entry.entity_id, entry.customer, actor.session],
        )
        .await?;
    let changes = serde_json::to_string(entry.changes).unwrap_or_else(|_| "[]".into());
    tx.execute("INSERT INTO audit_details (audit_id, changes, ip) VALUES ($1, $2, $3)", args![id, changes, actor.ip.as_str()])
        .await?;
    Ok(())
}
