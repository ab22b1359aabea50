//! The server functions of the editor.

use super::{Offer, Preview};
use crate::base::{AppError, Wire};
use crate::rules::fields::Values;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{offers, service},
    crate::office::staff::Right,
    crate::server::authorise,
};

/// Whom a rule describes, of the customers who exist for the asker. Dropped, it stops in the database.
#[server(protocol = Wire)]
pub async fn rule_preview(text: String) -> Result<Preview, AppError> {
    let ctx = authorise(Right::View)?;
    service::preview(&ctx.state, ctx.scope(), &text).await
}

/// Values that go on with what was typed; `field` is the custom field whose values they are.
#[server(protocol = Wire)]
pub async fn offer_rule_values(values: Values, field: Option<String>, typed: String) -> Result<Vec<Offer>, AppError> {
    let ctx = authorise(Right::View)?;
    offers::list(&ctx.state, ctx.scope(), values, field.as_deref().unwrap_or_default(), &typed).await
}
