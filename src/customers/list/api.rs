//! The server functions of the list.

use super::{Choices, ListAnswer, SavedView};
#[cfg(feature = "ssr")]
use super::{ListState, choices, parse_columns, service, views};
use crate::base::{AppError, ViewId, Wire};
#[cfg(feature = "ssr")]
use crate::office::staff::Right;
#[cfg(feature = "ssr")]
use crate::server::authorise;
use leptos::prelude::*;

/// One page of the list: `query` is the URL's.
#[server(protocol = Wire)]
pub async fn list_customers(query: String) -> Result<ListAnswer, AppError> {
    let ctx = authorise(Right::View)?;
    let (list, fallbacks) = ListState::parse(&query);
    let mut answer = service::answer(&ctx.state, ctx.scope(), &list).await?;
    answer.fallbacks.splice(0..0, fallbacks);
    Ok(answer)
}

/// The filters of a list in the rule language; empty where there are none.
#[server(protocol = Wire)]
pub async fn list_in_words(query: String) -> Result<String, AppError> {
    let ctx = authorise(Right::View)?;
    service::in_words(&ctx.state, &ListState::parse(&query).0).await
}

/// What filters are chosen from, and what this member prefers.
#[server(protocol = Wire)]
pub async fn list_choices() -> Result<Choices, AppError> {
    let ctx = authorise(Right::View)?;
    let mut found = choices::read(&ctx.state.db, ctx.scope()).await?;
    found.columns = views::columns(&ctx.state.db, ctx.staff.id).await?.and_then(|codes| parse_columns(&codes).0);
    found.views = views::list(&ctx.state.db, ctx.staff.id).await?;
    Ok(found)
}

/// Keeps the choice of columns as this member's own; an empty one goes back to the usual columns.
#[server(protocol = Wire)]
pub async fn save_columns(columns: String) -> Result<(), AppError> {
    let ctx = authorise(Right::View)?;
    views::save_columns(&ctx, &columns).await
}

/// Keeps a state of the list under a name; the same name again replaces it.
#[server(protocol = Wire)]
pub async fn save_view(name: String, query: String, shared: bool) -> Result<SavedView, AppError> {
    let ctx = authorise(Right::View)?;
    let (list, _) = ListState::parse(&query);
    views::save(&ctx, &name, &list.from_the_start().to_query(), shared).await
}

/// Renames one of this member's own views and says who sees it; a `query` replaces the state that it keeps.
#[server(protocol = Wire)]
pub async fn change_view(id: ViewId, name: String, shared: bool, query: Option<String>) -> Result<SavedView, AppError> {
    let ctx = authorise(Right::View)?;
    let query = query.map(|query| ListState::parse(&query).0.from_the_start().to_query());
    views::change(&ctx, id, &name, shared, query.as_deref()).await
}

/// Deletes one of this member's own views.
#[server(protocol = Wire)]
pub async fn delete_view(id: ViewId) -> Result<(), AppError> {
    let ctx = authorise(Right::View)?;
    views::delete(&ctx, id).await
}
