//! The server functions of the settings.

use super::{
    CheckoutForm, CreditForm, GiftCardForm, InvoiceForm, LoyaltyForm, MailForm, MapForm, SettingsView, ShopForm, ThresholdForm,
};
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

/// Saves the section Store credit; `base` is what it said before it was edited.
#[server(protocol = Wire)]
pub async fn save_credit_settings(form: CreditForm, base: CreditForm) -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::save_form(&ctx, &form, &base).await?;
    super::service::view(&ctx.state).await
}

/// Saves the section Gift cards; `base` is what it said before it was edited.
#[server(protocol = Wire)]
pub async fn save_gift_card_settings(form: GiftCardForm, base: GiftCardForm) -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::save_form(&ctx, &form, &base).await?;
    super::service::view(&ctx.state).await
}

/// Saves the section Loyalty; `base` is what it said before it was edited.
#[server(protocol = Wire)]
pub async fn save_loyalty_settings(form: LoyaltyForm, base: LoyaltyForm) -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::save_form(&ctx, &form, &base).await?;
    super::service::view(&ctx.state).await
}

/// Saves the section Mail; `base` is what it said before it was edited.
#[server(protocol = Wire)]
pub async fn save_mail_settings(form: MailForm, base: MailForm) -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::save_form(&ctx, &form, &base).await?;
    super::service::view(&ctx.state).await
}

/// Saves the section Maps; `base` is what it said before it was edited.
#[server(protocol = Wire)]
pub async fn save_map_settings(form: MapForm, base: MapForm) -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::save_form(&ctx, &form, &base).await?;
    super::service::view(&ctx.state).await
}

/// Saves the section Checkout; `base` is what it said before it was edited.
#[server(protocol = Wire)]
pub async fn save_checkout(form: CheckoutForm, base: CheckoutForm) -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::save_form(&ctx, &form, &base).await?;
    super::service::view(&ctx.state).await
}

/// Saves the section Invoices; `base` is what it said before it was edited.
#[server(protocol = Wire)]
pub async fn save_invoice_settings(form: InvoiceForm, base: InvoiceForm) -> AppResult<SettingsView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::save_form(&ctx, &form, &base).await?;
    super::service::view(&ctx.state).await
}
