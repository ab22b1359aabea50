//! All SQL of parcels.

use super::Parcel;
use crate::args;
use crate::base::{OrderId, ShipmentId, StaffId, Timestamp};
use crate::server::{DbResult, Query, Tx};

/// A parcel as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ShipmentRow {
    pub id: i64,
    pub carrier: String,
    pub tracking: String,
    pub shipped_at: i64,
    pub delivered_at: i64,
}

/// An order's parcels, the first to leave first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_order(q: &impl Query, order: OrderId) -> DbResult<Vec<ShipmentRow>> {
    q.all("SELECT id, carrier, tracking, shipped_at, delivered_at FROM shipments WHERE order_id = $1 ORDER BY id", args![order])
        .await
}

/// Adds a parcel; the order shows its number as its own.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, order: OrderId, parcel: &Parcel, staff: Option<StaffId>, at: Timestamp) -> DbResult<ShipmentId> {
    let id = tx
        .insert(
            "INSERT INTO shipments (order_id, carrier, tracking, shipped_at, staff_id) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            args![order, &parcel.carrier, &parcel.tracking, at, staff],
        )
        .await?;
    if !parcel.tracking.is_empty() {
        tx.execute("UPDATE orders SET tracking = $2 WHERE id = $1", args![order, &parcel.tracking]).await?;
    }
    Ok(ShipmentId(id))
}

/// Writes that a parcel, or every one that is under way, has arrived.
///
/// # Errors
/// When the database does not answer.
pub async fn set_delivered(tx: &Tx, order: OrderId, shipment: Option<ShipmentId>, at: Timestamp) -> DbResult<u64> {
    let sql = "UPDATE shipments SET delivered_at = $2 WHERE order_id = $1 AND delivered_at = 0 AND (id = $3 OR $3 = 0)";
    tx.execute(sql, args![order, at, shipment.map_or(0, |id| id.0)]).await
}
