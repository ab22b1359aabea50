//! `GET /outbox/{id}/eml`: a mail as a file, which any mail program opens.

use super::service;
use crate::base::{AppError, RETRY_AFTER_SECONDS};
use crate::office::staff::Right;
use crate::office::staff::sessions::Session;
use crate::server::AppState;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The file.
pub async fn eml(State(state): State<AppState>, session: Option<Extension<Session>>, Path(id): Path<String>) -> Response {
    let file = async {
        let staff = &session.as_deref().ok_or(AppError::Unauthenticated)?.staff;
        if !staff.has(Right::View) {
            return Err(AppError::Forbidden);
        }
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        Ok((id, service::eml(&state, id, staff.branches.as_deref()).await?))
    };
    match file.await {
        Ok((id, bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, "message/rfc822".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"mail-{id}.eml\"")),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = (status, error.to_string()).into_response();
            if error == AppError::Unavailable {
                response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
            }
            response
        }
    }
}
