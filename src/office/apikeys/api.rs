//! The server functions of keys.

use super::ApiKey;
use crate::base::{ApiKeyId, AppResult, Wire};
use leptos::prelude::*;

/// Every key, revoked ones too.
#[server(protocol = Wire)]
pub async fn list_api_keys() -> AppResult<Vec<ApiKey>> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::list(&ctx).await
}

/// Ends a key for good.
#[server(protocol = Wire)]
pub async fn revoke_api_key(id: ApiKeyId) -> AppResult<()> {
    let ctx = crate::server::authorise(crate::office::staff::Right::ManageSettings)?;
    super::service::revoke(&ctx, id).await
}
