//! Which room does which kind of background job: `app` puts pages together, this puts work together.

use crate::base::AppResult;
use crate::commerce::ledger::{check::Check, expiry::Expire};
use crate::customers::bulk;
use crate::insight::prediction::fit::Fit;
use crate::office::jobs::kind;
use crate::office::jobs::service::Work;
use crate::office::jobs::store::Job;
use crate::office::settings::days;
use crate::server::AppState;
use crate::server::rest::idempotency::Forget;

/// Opens the work of a claimed job.
///
/// # Errors
/// When its kind or payload is none of ours (an older version's), or the database does not answer.
pub async fn open(state: &AppState, job: &Job) -> AppResult<Box<dyn Work>> {
    match job.kind.as_str() {
        kind::UNDO => bulk::service::open_undo(state, job).await,
        change if kind::UNDOABLE.contains(&change) => bulk::service::open(job),
        kind::REBUILD_DAYS => days::open(state, job).await,
        kind::EXPIRE_LEDGERS => Ok(Box::new(Expire)),
        kind::CHECK_LEDGERS => Ok(Box::new(Check)),
        kind::FIT_PREDICTIONS => Ok(Box::new(Fit::open(state))),
        kind::FORGET_REQUESTS => Ok(Box::new(Forget)),
        other => Err(crate::server::internal(&format!("no work is called {other:?}"))),
    }
}
