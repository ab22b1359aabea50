//! `GET /campaigns/{id}/events`: how far a campaign is, as server-sent events, each a [`CampaignView`] as answers travel.

use super::{CampaignView, store};
use crate::base::{AppError, AppResult, CampaignId, Timestamp, wire};
use crate::messages::composer::service::see;
use crate::office::staff::sessions::Session;
use crate::server::AppState;
use crate::server::outage::unavailable;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use std::convert::Infallible;
use std::time::Duration;

/// Counting a campaign's mails reads all of them, so not as often as for jobs.
const LOOK_EVERY: Duration = Duration::from_millis(700);
/// Once everything has left, what recipients do is all that changes.
const LOOK_LATER: Duration = Duration::from_secs(5);
/// After so long hardly anybody does anything any more.
const QUIET: i64 = 7 * Timestamp::DAY;
/// A stream ends after so many looks (ten minutes); the browser connects again, and the session is checked again.
const LOOKS: usize = 850;

/// Follows a campaign; whoever it is there for may see how far it is.
pub async fn follow(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(Extension(session)) = session else { return StatusCode::UNAUTHORIZED.into_response() };
    let Ok(id) = id.parse::<CampaignId>() else { return StatusCode::NOT_FOUND.into_response() };
    match first(&state, &session, id).await {
        // A browser that is told so does not connect again.
        Ok(view) if is_quiet(&view, state.clock.now()) => StatusCode::NO_CONTENT.into_response(),
        Ok(view) => Sse::new(events(state, view)).keep_alive(KeepAlive::default()).into_response(),
        Err(AppError::Unavailable) => unavailable(&Method::GET, "", &headers),
        Err(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}

/// How far it is, for whom it is there at all.
async fn first(state: &AppState, session: &Session, id: CampaignId) -> AppResult<CampaignView> {
    see(&state.db, session.staff.branches.as_deref(), id).await?;
    store::get_view(&state.db, id, state.zone()).await
}

fn is_quiet(view: &CampaignView, now: Timestamp) -> bool {
    view.state.is_over() && view.finished.is_none_or(|at| at.at.plus(QUIET) < now)
}

/// The view as it stands, then each that differs from the one before.
fn events(state: AppState, first: CampaignView) -> impl Stream<Item = Result<Event, Infallible>> {
    let start = (state, first, LOOKS, true);
    futures::stream::unfold(start, |(state, mut view, mut looks, is_first)| async move {
        if is_first {
            return Some((Ok(event(&view)), (state, view, looks, false)));
        }
        while looks > 0 {
            looks -= 1;
            let pause = if view.state.is_over() { LOOK_LATER } else { LOOK_EVERY };
            tokio::select! {
                () = state.stop.cancelled() => return None,
                () = tokio::time::sleep(pause) => {}
            }
            let now = store::get_view(&state.db, view.id, state.zone()).await.ok()?;
            if now != view {
                view = now;
                return Some((Ok(event(&view)), (state, view, looks, false)));
            }
        }
        None
    })
}

fn event(view: &CampaignView) -> Event {
    Event::default().data(wire::write(view).unwrap_or_default())
}
