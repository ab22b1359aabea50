//! `GET /campaigns/{id}/recipients.csv?state=`: who got a campaign and what they did, as a file that is written while it is sent.

use super::{CampaignMail, MailQuery, store};
use crate::base::csv::{START, push_row, text};
use crate::base::query::pairs;
use crate::base::{AppError, AppResult, BranchId, CampaignId, MailId};
use crate::office::staff::Right;
use crate::office::staff::sessions::Session;
use crate::server::AppState;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::Stream;

/// Mails read at once.
const CHUNK: usize = 1_000;
const HEADINGS: [&str; 9] = ["customer", "name", "email", "state", "why", "sent_at", "subject", "opens", "clicks"];

/// Who may export customers may take who got a campaign.
pub async fn download(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    match open(&state, session.as_deref(), &id).await {
        Ok((id, branches)) => {
            let wanted = query.as_deref().map(pairs).unwrap_or_default();
            let wanted = wanted.into_iter().find(|(name, _)| name == "state").map(|(_, value)| value).unwrap_or_default();
            let name = format!("attachment; filename=\"campaign-{id}.csv\"");
            let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
            (headers, Body::from_stream(rows(state, id, wanted, branches))).into_response()
        }
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.to_string()).into_response()
        }
    }
}

async fn open(state: &AppState, session: Option<&Session>, id: &str) -> AppResult<(CampaignId, Option<Vec<BranchId>>)> {
    let staff = &session.ok_or(AppError::Unauthenticated)?.staff;
    if !staff.has(Right::Export) {
        return Err(AppError::Forbidden);
    }
    let id: CampaignId = id.parse().map_err(|_| AppError::NotFound)?;
    store::get_brief(&state.db, id).await?;
    Ok((id, staff.branches.clone()))
}

/// Where the file has come to.
enum At {
    Headings,
    After(Option<MailId>),
    End,
}

fn rows(
    state: AppState,
    id: CampaignId,
    wanted: String,
    branches: Option<Vec<BranchId>>,
) -> impl Stream<Item = Result<String, AppError>> {
    let start = (state, branches, wanted, At::Headings);
    futures::stream::unfold(start, move |(state, branches, wanted, at)| async move {
        let after = match at {
            At::Headings => {
                let mut out = START.to_owned();
                push_row(&mut out, &HEADINGS.map(str::to_owned));
                return Some((Ok(out), (state, branches, wanted, At::After(None))));
            }
            At::After(after) => after,
            At::End => return None,
        };
        let query = MailQuery { state: wanted.clone(), search: String::new(), after };
        let page = store::list_mails(&state.db, id, &query, branches.as_deref(), CHUNK, state.zone()).await;
        Some(match page {
            Ok(page) => {
                let next = page.mails.last().filter(|_| page.more).map_or(At::End, |mail| At::After(Some(mail.id)));
                let mut out = String::new();
                page.mails.iter().for_each(|mail| push_row(&mut out, &cells(mail)));
                (Ok(out), (state, branches, wanted, next))
            }
            Err(error) => (Err(error), (state, branches, wanted, At::End)),
        })
    })
}

fn cells(mail: &CampaignMail) -> [String; 9] {
    [
        mail.customer.to_string(),
        text(&mail.name),
        text(&mail.email),
        mail.state.clone(),
        mail.why.clone(),
        mail.handed.map(|at| at.at.rfc3339()).unwrap_or_default(),
        super::subject_test::letter(mail.variant).to_string(),
        mail.opens.to_string(),
        mail.clicks.to_string(),
    ]
}
