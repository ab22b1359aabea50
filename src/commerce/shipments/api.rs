//! Server functions: parcels, by staff.

use super::Parcel;
use crate::base::{AppError, OrderId, ShipmentId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    crate::commerce::orders::clerk::{Clerk, begin},
    crate::office::staff::Right,
    crate::server::authorise,
};

/// Sends an order's first parcel, or another one.
#[server(protocol = Wire)]
pub async fn ship_order(order: OrderId, version: i64, parcel: Parcel, another: bool) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = begin(&ctx, order, version).await?;
    super::ship(&tx, &clerk, order, &parcel, another).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// A parcel has arrived; without one, all that are under way.
#[server(protocol = Wire)]
pub async fn deliver_order(order: OrderId, version: i64, shipment: Option<ShipmentId>) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = begin(&ctx, order, version).await?;
    super::deliver(&tx, &clerk, order, shipment).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}
