//! `GET /jobs/{id}/events`: a job's progress as server-sent events, each a [`JobView`] as answers travel.

use super::{JobView, service};
use crate::base::{AppError, JobId, wire};
use crate::office::staff::CurrentStaff;
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

/// Eyes do not follow faster, and another server may be the one at work: so the database is asked.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A stream ends after so many looks (ten minutes); the browser connects again, and the session is checked again.
const LOOKS: usize = 2_400;

/// Follows a job. Only its owner and who manages the staff may.
pub async fn follow(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(Extension(session)) = session else { return StatusCode::UNAUTHORIZED.into_response() };
    let Ok(id) = id.parse::<JobId>() else { return StatusCode::NOT_FOUND.into_response() };
    match service::get(&state, &session.staff, id).await {
        Ok(view) => Sse::new(events(state, session.staff, view)).keep_alive(KeepAlive::default()).into_response(),
        Err(AppError::Unavailable) => unavailable(&Method::GET, "", &headers),
        Err(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}

/// The view as it stands, then each that differs from the one before, until the job is over.
fn events(state: AppState, staff: CurrentStaff, first: JobView) -> impl Stream<Item = Result<Event, Infallible>> {
    struct Followed {
        state: AppState,
        staff: CurrentStaff,
        /// What was sent last.
        view: JobView,
        looks: usize,
    }
    let start = (Followed { state, staff, view: first, looks: 0 }, true);
    futures::stream::unfold(start, |(mut at, is_first)| async move {
        if is_first {
            return Some((Ok(event(&at.view)), (at, false)));
        }
        while !at.view.is_over() && at.looks < LOOKS {
            at.looks += 1;
            tokio::select! {
                () = at.state.stop.cancelled() => return None,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            match service::get(&at.state, &at.staff, at.view.id).await {
                Ok(view) if view != at.view => {
                    at.view = view;
                    // Who is told that it is over looks at the list next.
                    if at.view.is_over() {
                        at.state.changed().await;
                    }
                    return Some((Ok(event(&at.view)), (at, false)));
                }
                Ok(_) => {}
                Err(_) => return None,
            }
        }
        None
    })
}

fn event(view: &JobView) -> Event {
    Event::default().data(wire::write(view).unwrap_or_default())
}
