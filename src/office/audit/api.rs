//! The server function of the audit log.

use super::AuditPage;
use crate::base::AppResult;
use leptos::prelude::*;

/// A page of the log, as the query of the page's URL wants it.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn list_audit(query: String) -> AppResult<AuditPage> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageStaff)?;
    super::service::list(&ctx, &query).await
}
