//! Parcels in the REST API.

use super::{Parcel, deliver, ship};
use crate::base::ShipmentId;
use crate::commerce::orders::rest::{Order, clerk, guard, reply};
use crate::office::apikeys::Scope::WriteOrders;
use crate::server::Tx;
use crate::server::rest::{Answer, Call, Operation, Reply};
use serde::Deserialize;
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::post("/orders/{order}/shipments", WriteOrders, "ship_order", "Sends a parcel", |c, tx| Box::pin(send(c, tx)))
            .takes::<ParcelInput>()
            .creates::<Order>()
            .guarded(),
        Operation::post("/orders/{order}/deliver", WriteOrders, "deliver_order", "Says that parcels have arrived", |c, tx| {
            Box::pin(arrive(c, tx))
        })
        .takes::<DeliveryInput>()
        .gives::<Order>()
        .guarded(),
    ]
}

/// A parcel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParcelInput {
    #[serde(default)]
    #[schema(max_length = 60)]
    pub carrier: String,
    #[serde(default)]
    #[schema(max_length = 80)]
    pub tracking: String,
    /// It is not the order's first.
    #[serde(default)]
    pub another: bool,
}

/// What has arrived.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryInput {
    /// All parcels that are under way where it is left out.
    #[schema(minimum = 1)]
    pub shipment_id: Option<i64>,
}

async fn send(call: &Call, tx: &Tx) -> Answer {
    let input: ParcelInput = call.body()?;
    let order = guard(call, tx).await?;
    let settings = call.state.settings();
    let parcel = Parcel { carrier: input.carrier, tracking: input.tracking };
    ship(tx, &clerk(call, &settings), order, &parcel, input.another).await?;
    let sent = reply(tx, call, order).await?;
    Ok(Reply { status: 201, ..sent }.at(format!("/api/orders/{order}")))
}

async fn arrive(call: &Call, tx: &Tx) -> Answer {
    let input: DeliveryInput = call.body()?;
    let order = guard(call, tx).await?;
    let settings = call.state.settings();
    deliver(tx, &clerk(call, &settings), order, input.shipment_id.map(ShipmentId)).await?;
    reply(tx, call, order).await
}
