//! Which room does which kind of background job: `app` puts pages together, this puts work together.

use crate::base::{AppError, AppResult};
use crate::commerce::drafts::prune::Prune;
use crate::commerce::ledger::{check::Check, expiry::Expire};
use crate::customers::{bulk, groups, memberships, segments, tags};
use crate::insight::prediction::fit::Fit;
use crate::messages::campaigns::freeze;
use crate::office::jobs::kind;
use crate::office::jobs::service::Work;
use crate::office::jobs::store::{Job, find};
use crate::office::settings::days;
use crate::server::AppState;
use crate::server::rest::idempotency::Forget;

/// Opens the work of a claimed job.
///
/// # Errors
/// When its kind or payload is none of ours (an older version's), or the database does not answer.
pub async fn open(state: &AppState, job: &Job) -> AppResult<Box<dyn Work>> {
    match job.kind.as_str() {
        kind::UNDO => open_undo(state, job).await,
        kind::DELETE_TAG | kind::MERGE_TAGS => tags::retire::open(job),
        kind::MOVE_GROUP => groups::moving::open(job, state.settings().base_currency),
        kind::ASSIGN => memberships::job::open(job),
        kind::ASSIGN_ALL => memberships::job::open_all(state).await,
        kind::SWEEP_SEGMENTS => segments::sweep::open(state).await,
        change if kind::UNDOABLE.contains(&change) => bulk::service::open(job),
        kind::REBUILD_DAYS => days::open(state, job).await,
        kind::EXPIRE_LEDGERS => Ok(Box::new(Expire)),
        kind::CHECK_LEDGERS => Ok(Box::new(Check)),
        kind::FIT_PREDICTIONS => Ok(Box::new(Fit::open(state))),
        kind::FORGET_REQUESTS => Ok(Box::new(Forget)),
        kind::FREEZE_CAMPAIGN => freeze::open(state, job).await,
        kind::PRUNE_CARTS => Ok(Box::new(Prune)),
        other => Err(crate::server::internal(&format!("no work is called {other:?}"))),
    }
}

/// Opens the work that turns a job back.
async fn open_undo(state: &AppState, job: &Job) -> AppResult<Box<dyn Work>> {
    let done = match job.undo_of {
        Some(id) => find(&state.db, id).await?.ok_or(AppError::NotFound)?,
        None => return Err(AppError::NotFound),
    };
    match done.kind.as_str() {
        kind::DELETE_TAG | kind::MERGE_TAGS => tags::retire::open_undo(&done),
        kind::MOVE_GROUP => groups::moving::open_undo(&done),
        _ => bulk::service::open_undo(&done, job),
    }
}
