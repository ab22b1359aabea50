//! `GET /mails/{id}/eml`: a mail as it was handed over, for any mail program.

use super::store;
use crate::base::{AppError, AppResult, MailId};
use crate::messages::delivery::says_a_secret;
use crate::office::staff::Right;
use crate::office::staff::sessions::Session;
use crate::server::AppState;
use crate::server::outage::unavailable;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Downloads a mail.
pub async fn download(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(Extension(session)) = session else { return StatusCode::UNAUTHORIZED.into_response() };
    let Ok(id) = id.parse::<MailId>() else { return StatusCode::NOT_FOUND.into_response() };
    match read(&state, &session, id).await {
        Ok(eml) => {
            let kind = (header::CONTENT_TYPE, "message/rfc822".to_owned());
            let name = (header::CONTENT_DISPOSITION, format!("attachment; filename=\"mail-{id}.eml\""));
            ([kind, name], eml).into_response()
        }
        Err(AppError::Unavailable) => unavailable(&Method::GET, "", &headers),
        Err(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}

async fn read(state: &AppState, session: &Session, id: MailId) -> AppResult<String> {
    if !session.staff.has(Right::View) {
        return Err(AppError::Forbidden);
    }
    let found = store::find_letter(&state.db, id, session.staff.branches.as_deref()).await?;
    let (template, sealed) = found.ok_or(AppError::NotFound)?;
    if says_a_secret(&template) && !session.staff.has(Right::ManageSettings) {
        return Err(AppError::Forbidden);
    }
    // Sealed with another master key, it is lost.
    state.keys.open_secret(&sealed).ok_or(AppError::NotFound)
}
