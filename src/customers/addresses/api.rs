//! Server functions of addresses.

use super::{Address, AddressForm};
use crate::base::{AddressId, AppError, CustomerId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{service, store},
    crate::customers::profile::store::get_visible,
    crate::office::staff::Right,
    crate::server::authorise,
};

/// A customer's addresses, the defaults first.
#[server(protocol = Wire)]
pub async fn list_addresses(id: CustomerId) -> Result<Vec<Address>, AppError> {
    let ctx = authorise(Right::View)?;
    let id = get_visible(&ctx.state.db, ctx.scope(), id).await?;
    Ok(store::list(&ctx.state.db, id, ctx.state.zone()).await?)
}

/// Adds an address.
#[server(protocol = Wire)]
pub async fn add_address(id: CustomerId, form: AddressForm) -> Result<AddressId, AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    let id = service::add(&tx, ctx.scope(), &ctx.actor(), id, &form).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(id)
}

/// Changes an address.
#[server(protocol = Wire)]
pub async fn edit_address(address: AddressId, version: i64, form: AddressForm) -> Result<(), AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    service::edit(&tx, ctx.scope(), &ctx.actor(), address, version, &form).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Deletes an address.
#[server(protocol = Wire)]
pub async fn delete_address(address: AddressId) -> Result<(), AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    service::delete(&tx, ctx.scope(), &ctx.actor(), address).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Makes the default shipping address the default for billing too.
#[server(protocol = Wire)]
pub async fn bill_to_shipping_address(id: CustomerId) -> Result<(), AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    service::bill_to_shipping(&tx, ctx.scope(), &ctx.actor(), id).await?;
    Ok(tx.commit().await?)
}
