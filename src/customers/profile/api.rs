//! Server functions of the profile.

use super::{Choices, DetailsPage, Duplicate, Edit, NewCustomer, Profile, SaveOutcome};
use crate::base::{AppError, CustomerId, Wire};
use crate::office::audit::LogPage;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{record, service, store},
    crate::office::audit::store::list_of_customer,
    crate::office::staff::Right,
    crate::server::authorise,
};

/// Entries of the audit log in one page of the Activity tab.
#[cfg(feature = "ssr")]
const LOG_PAGE: usize = 50;

/// What stands above a customer's tabs: of a merged customer, the survivor's.
#[server(protocol = Wire)]
pub async fn open_profile(id: CustomerId) -> Result<Profile, AppError> {
    let ctx = authorise(Right::View)?;
    let (settings, zone) = (ctx.state.settings(), ctx.state.zone());
    store::get_profile(&ctx.state.db, ctx.scope(), id, &settings, zone, ctx.state.today()).await
}

/// The Details tab.
#[server(protocol = Wire)]
pub async fn open_details(id: CustomerId) -> Result<DetailsPage, AppError> {
    let ctx = authorise(Right::View)?;
    let db = &ctx.state.db;
    let id = store::get_visible(db, ctx.scope(), id).await?;
    let (version, details) = service::get_details(db, ctx.scope(), id).await?;
    let choices = record::list_choices(db, ctx.scope()).await?;
    let consents = record::list_marketing_consents(db, id, ctx.state.zone()).await?;
    Ok(DetailsPage { version, details, choices, consents })
}

/// Saves an edit of the details, or says what somebody else changed meanwhile.
#[server(protocol = Wire)]
pub async fn save_details(id: CustomerId, edit: Edit) -> Result<SaveOutcome, AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    let outcome = service::save(&tx, ctx.scope(), &ctx.actor(), id, &edit, ctx.state.zone()).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(outcome)
}

/// Blocks a customer or lifts that.
#[server(protocol = Wire)]
pub async fn set_customer_blocked(id: CustomerId, blocked: bool) -> Result<(), AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    service::set_blocked(&tx, ctx.scope(), &ctx.actor(), id, blocked).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Deletes a customer who never ordered.
#[server(protocol = Wire)]
pub async fn delete_customer(id: CustomerId) -> Result<(), AppError> {
    let ctx = authorise(Right::DeleteCustomers)?;
    let tx = ctx.state.db.begin().await?;
    service::delete(&tx, ctx.scope(), &ctx.actor(), id).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// What can be chosen when a customer is added.
#[server(protocol = Wire)]
pub async fn open_add_customer() -> Result<Choices, AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    Ok(record::list_choices(&ctx.state.db, ctx.scope()).await?)
}

/// Who has this email or phone already, `except` aside.
#[server(protocol = Wire)]
pub async fn find_same_contact(email: String, phone: String, except: Option<CustomerId>) -> Result<Vec<Duplicate>, AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    service::find_duplicates(&ctx.state.db, ctx.scope(), &email, &phone, except).await
}

/// Adds a customer.
#[server(protocol = Wire)]
pub async fn add_customer(new: NewCustomer) -> Result<CustomerId, AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let locale = ctx.state.settings().locale.clone();
    let tx = ctx.state.db.begin().await?;
    let id = service::add(&tx, ctx.scope(), &ctx.actor(), &new, &locale, ctx.state.zone()).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(id)
}

/// Who changed what of a customer: the entries before `before`, or the newest.
#[server(protocol = Wire)]
pub async fn list_customer_activity(id: CustomerId, before: Option<i64>) -> Result<LogPage, AppError> {
    let ctx = authorise(Right::View)?;
    let id = store::get_visible(&ctx.state.db, ctx.scope(), id).await?;
    Ok(list_of_customer(&ctx.state.db, id, before, LOG_PAGE, ctx.state.zone()).await?)
}
