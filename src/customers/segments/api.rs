//! Server functions of segments.

use super::{Candidate, EventPage, Figures, OfCustomer, SegmentForm, SegmentView, Segments, Why};
use crate::base::{AppError, CustomerId, SegmentId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{figures, service, store, sweep, why},
    crate::customers::list::{self, ListState, PageSize},
    crate::customers::profile::store::get_visible,
    crate::office::staff::Right,
    crate::server::{Context, authorise},
};

/// Segments are everybody's: who is limited to branches does not see whom they describe.
#[cfg(feature = "ssr")]
fn authorise_edit() -> Result<Context, AppError> {
    let ctx = authorise(Right::BulkEdit)?;
    if ctx.scope().is_some() { Err(AppError::Forbidden) } else { Ok(ctx) }
}

/// All segments with their sizes.
#[server(protocol = Wire)]
pub async fn list_segments() -> Result<Segments, AppError> {
    let ctx = authorise(Right::View)?;
    service::list(&ctx.state, ctx.scope()).await
}

/// A segment on its page.
#[server(protocol = Wire)]
pub async fn open_segment(id: SegmentId) -> Result<SegmentView, AppError> {
    let ctx = authorise(Right::View)?;
    service::view(&ctx.state, ctx.scope(), id).await
}

/// What a new segment begins with: nothing, what another one says, or what the query of a customer list shows.
#[server(protocol = Wire)]
pub async fn blank_segment(like: Option<SegmentId>, list: Option<String>) -> Result<SegmentForm, AppError> {
    let ctx = authorise_edit()?;
    match list {
        Some(query) => service::blank_of_list(&ctx.state, &query).await,
        None => service::blank(&ctx.state, like).await,
    }
}

/// Makes a segment, or changes one: `base` is what it was edited from.
#[server(protocol = Wire)]
pub async fn save_segment(id: Option<SegmentId>, form: SegmentForm, base: SegmentForm) -> Result<SegmentView, AppError> {
    let ctx = authorise_edit()?;
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    let id = match id {
        Some(id) => {
            service::change(&tx, &ctx.state, &actor, id, &form, &base).await?;
            id
        }
        None => service::add(&tx, &ctx.state, &actor, &form).await?,
    };
    tx.commit().await?;
    sweep::enqueue_due(&ctx.state).await?;
    service::view(&ctx.state, ctx.scope(), id).await
}

/// Archives a segment that nothing refers to, or takes it into use again.
#[server(protocol = Wire)]
pub async fn archive_segment(id: SegmentId, archived: bool) -> Result<SegmentView, AppError> {
    let ctx = authorise_edit()?;
    let tx = ctx.state.db.begin().await?;
    service::set_archived(&tx, &ctx.state, &ctx.actor(), id, archived).await?;
    tx.commit().await?;
    sweep::enqueue_due(&ctx.state).await?;
    service::view(&ctx.state, ctx.scope(), id).await
}

/// Deletes an archived segment for good.
#[server(protocol = Wire)]
pub async fn delete_segment(id: SegmentId) -> Result<(), AppError> {
    let ctx = authorise_edit()?;
    let tx = ctx.state.db.begin().await?;
    service::delete(&tx, &ctx.state, &ctx.actor(), id).await?;
    tx.commit().await?;
    Ok(())
}

/// What the members of a segment have in common.
#[server(protocol = Wire)]
pub async fn segment_figures(id: SegmentId) -> Result<Figures, AppError> {
    let ctx = authorise(Right::View)?;
    service::figures(&ctx.state, ctx.scope(), id).await
}

/// Who entered and left lately, or before a line.
#[server(protocol = Wire)]
pub async fn list_segment_events(id: SegmentId, before: Option<i64>) -> Result<EventPage, AppError> {
    const SHOWN: usize = 20;
    let ctx = authorise(Right::View)?;
    store::get(&ctx.state.db, id).await?;
    Ok(figures::events(&ctx.state.db, ctx.scope(), id, before, SHOWN, ctx.state.zone()).await?)
}

/// The segments that a customer is in, and the others.
#[server(protocol = Wire)]
pub async fn segments_of_customer(customer: CustomerId) -> Result<OfCustomer, AppError> {
    let ctx = authorise(Right::View)?;
    let customer = get_visible(&ctx.state.db, ctx.scope(), customer).await?;
    let segments = store::list(&ctx.state.db).await?;
    Ok(figures::of_customer(&ctx.state.db, customer, &segments, ctx.state.zone()).await?)
}

/// Why a customer is in a segment, or is not.
#[server(protocol = Wire)]
pub async fn why_in_segment(id: SegmentId, customer: CustomerId) -> Result<Why, AppError> {
    let ctx = authorise(Right::View)?;
    let customer = get_visible(&ctx.state.db, ctx.scope(), customer).await?;
    why::explain(&ctx.state, id, customer).await
}

/// Customers as the list finds them, to ask about.
#[server(protocol = Wire)]
pub async fn find_candidates(text: String) -> Result<Vec<Candidate>, AppError> {
    const SHOWN: usize = 6;
    let ctx = authorise(Right::View)?;
    let search = crate::base::text::truncate(text.trim(), list::MAX_SEARCH).to_owned();
    if search.is_empty() {
        return Ok(Vec::new());
    }
    let asked = ListState { search, page_size: PageSize::Rows25, ..ListState::default() };
    let answer = list::service::answer(&ctx.state, ctx.scope(), &asked).await?;
    let candidate = |row: list::ListRow| Candidate { id: row.id, name: row.display_name().to_owned(), email: row.email };
    Ok(answer.rows.into_iter().take(SHOWN).map(candidate).collect())
}
