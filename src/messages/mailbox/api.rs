//! The server functions of the outbox.

use super::{OutboxPage, OutboxQuery};
use crate::base::{AppResult, Wire};
use leptos::prelude::*;

/// Who got which mail when.
#[server(protocol = Wire)]
pub async fn list_mails(query: OutboxQuery) -> AppResult<OutboxPage> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    Ok(super::store::list(&ctx.state.db, &query, ctx.scope(), ctx.state.zone()).await?)
}

/// Sends a mail to the member who asks, at once and past the outbox; what the mail server said.
#[server(protocol = Wire)]
pub async fn send_test_mail() -> AppResult<String> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::test_mail::send(&ctx).await
}
