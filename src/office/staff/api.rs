//! The server functions of staff and of one's own account.

use super::{AccountView, MemberForm, StaffView};
use crate::base::{AppResult, SessionId, StaffId, Wire};
use leptos::prelude::*;

/// Everybody who works or worked here.
#[server(protocol = Wire)]
pub async fn list_staff() -> AppResult<StaffView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageStaff)?;
    super::service::list(&ctx).await
}

/// Invites somebody; yields the link that sets their password, this once.
#[server(protocol = Wire)]
pub async fn invite_staff(form: MemberForm) -> AppResult<String> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageStaff)?;
    super::service::invite(&ctx, &form).await
}

/// A new link for somebody who has not joined yet.
#[server(protocol = Wire)]
pub async fn invite_staff_again(id: StaffId) -> AppResult<String> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageStaff)?;
    super::service::invite_again(&ctx, id).await
}

/// Changes name, role and branches.
#[server(protocol = Wire)]
pub async fn change_staff(id: StaffId, form: MemberForm) -> AppResult<()> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageStaff)?;
    super::service::change(&ctx, id, &form).await
}

/// Lets a member log in, or no more.
#[server(protocol = Wire)]
pub async fn set_staff_active(id: StaffId, active: bool) -> AppResult<()> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageStaff)?;
    super::service::set_active(&ctx, id, active).await
}

/// One's own account.
#[server(protocol = Wire)]
pub async fn get_own_account() -> AppResult<AccountView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::service::own_account(&ctx).await
}

/// Sets one's own password.
#[server(protocol = Wire)]
pub async fn change_own_password(current: String, new: String) -> AppResult<()> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::service::change_password(&ctx, &current, &new).await
}

/// Sets the language of one's own pages.
#[server(protocol = Wire)]
pub async fn set_own_language(locale: Option<String>) -> AppResult<()> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::service::set_language(&ctx, locale.as_deref()).await
}

/// Switches shortcuts of a single character on or off for oneself.
#[server(protocol = Wire)]
pub async fn set_own_keys(on: bool) -> AppResult<()> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::service::set_single_keys(&ctx, on).await
}

/// Ends a session of one's own.
#[server(protocol = Wire)]
pub async fn end_session(id: SessionId) -> AppResult<()> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::service::end_session(&ctx, id).await
}
