//! The server function of the audit log.

use super::AuditPage;
use crate::base::{AppResult, Wire};
use leptos::prelude::*;

/// A page of the log, as the query of the page's URL wants it.
#[server(protocol = Wire)]
pub async fn list_audit(query: String) -> AppResult<AuditPage> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageStaff)?;
    super::service::list(&ctx, &query).await
}
