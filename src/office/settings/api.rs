//! The server functions of the settings.

use super::{SettingsView, ShopForm, ThresholdForm};
use crate::base::{AppResult, Wire};
use leptos::prelude::*;

/// Everything that the settings page shows.
#[server(protocol = Wire)]
pub async fn get_settings() -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::view(&ctx.state).await
}

/// Saves the section Shop; `base` is what it said before it was edited.
#[server(protocol = Wire)]
pub async fn save_shop(form: ShopForm, base: ShopForm) -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::save_shop(&ctx, &form, &base).await?;
    super::service::view(&ctx.state).await
}

/// Saves the section Customers; `base` is what it said before it was edited.
#[server(protocol = Wire)]
pub async fn save_thresholds(form: ThresholdForm, base: ThresholdForm) -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::save_thresholds(&ctx, &form, &base).await?;
    super::service::view(&ctx.state).await
}
