//! Sending and arriving.

use super::{Parcel, store};
use crate::base::{AppError, AppResult, OrderId, ShipmentId};
use crate::commerce::orders::write::{refresh_stats, save};
use crate::commerce::orders::{Clerk, FulfilmentState, OrderAction};
use crate::office::audit::Change;
use crate::server::Tx;
use serde_json::json;

/// Sends a parcel: the first one of an order, or `another` one.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why it may not leave; [`AppError::Invalid`] on `carrier` or `tracking`;
/// [`AppError::NotFound`].
pub async fn ship(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, parcel: &Parcel, another: bool) -> AppResult<ShipmentId> {
    let parcel = parcel.checked()?;
    let action = if another { OrderAction::AddParcel } else { OrderAction::Ship };
    let mut held = clerk.hold(tx, order, action).await?;
    let before = held.fulfilment;
    let id = store::insert(tx, order, &parcel, clerk.staff(), clerk.now()).await?;
    held.fulfilment = FulfilmentState::Shipped;
    save(tx, &mut held, clerk.now()).await?;
    clerk.tell(tx, &held, if another { "parcel_added" } else { "shipped" }, &parcel.line()).await?;
    let changes: Vec<Change> = [
        Change::of("fulfilment_state", before.code(), held.fulfilment.code()),
        Change::of("carrier", "", parcel.carrier.as_str()),
        Change::of("tracking", "", parcel.tracking.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect();
    clerk.audit(tx, &held, "order.shipped", &changes).await?;
    let url = super::tracking_url(&parcel.carrier, &parcel.tracking);
    let data = json!({ "carrier": parcel.carrier, "tracking": parcel.tracking, "url": url });
    clerk.mail(tx, &held, "order_shipped", &format!("shipment:{id}"), data).await?;
    refresh_stats(tx, &held, None).await?;
    Ok(id)
}

/// A parcel has arrived, or all that are under way (`None`).
///
/// # Errors
/// [`AppError::Conflict`] with the reason why it cannot have; [`AppError::NotFound`].
pub async fn deliver(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, shipment: Option<ShipmentId>) -> AppResult<()> {
    let mut held = clerk.hold(tx, order, OrderAction::Deliver).await?;
    let parcels = store::of_order(tx, order).await?;
    if let Some(id) = shipment {
        let parcel = parcels.iter().find(|parcel| parcel.id == id.0).ok_or(AppError::NotFound)?;
        if parcel.delivered_at > 0 {
            return Err(AppError::Conflict { message: "shipments.arrived_already".into() });
        }
    }
    let waiting = parcels.iter().filter(|parcel| parcel.delivered_at == 0).count();
    // Of an order that came from elsewhere we know no parcels, only that it is on its way.
    if waiting == 0 && held.fulfilment != FulfilmentState::Shipped {
        return Err(AppError::Conflict { message: "shipments.arrived_already".into() });
    }
    let all = shipment.is_none() || waiting <= 1;
    store::set_delivered(tx, order, shipment, clerk.now()).await?;
    let before = held.fulfilment;
    held.fulfilment = before.after_delivery(all);
    save(tx, &mut held, clerk.now()).await?;
    let which = shipment.and_then(|id| parcels.iter().find(|parcel| parcel.id == id.0));
    let detail = which.map(|p| Parcel { carrier: p.carrier.clone(), tracking: p.tracking.clone() }.line()).unwrap_or_default();
    clerk.tell(tx, &held, if all { "delivered" } else { "parcel_arrived" }, &detail).await?;
    let changes: Vec<Change> = [
        Change::of("fulfilment_state", before.code(), held.fulfilment.code()),
        Change::of("tracking", "", which.map_or("", |parcel| parcel.tracking.as_str())),
    ]
    .into_iter()
    .flatten()
    .collect();
    clerk.audit(tx, &held, "order.delivered", &changes).await?;
    refresh_stats(tx, &held, None).await.map_err(Into::into)
}
