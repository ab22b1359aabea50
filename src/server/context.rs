//! Who asks, and from where: what the first line of every server function is about.

use super::AppState;
use crate::base::{AppError, AppResult, BranchId, SessionId};
use crate::office::audit::store::Actor;
use crate::office::staff::{CurrentStaff, Right, sessions::Session};
use axum::http::request::Parts;
use leptos::prelude::use_context;

/// The address that a request came from, put into it by the router.
#[derive(Clone, Debug)]
pub struct ClientIp(pub String);

/// Who reads, as far as it matters to what they find.
#[derive(Clone, Copy, Debug)]
pub struct Viewer<'a> {
    pub state: &'a AppState,
    branches: Option<&'a [BranchId]>,
}

impl<'a> Viewer<'a> {
    /// Somebody for whom the customers of all branches exist: a program.
    #[must_use]
    pub fn everywhere(state: &'a AppState) -> Self {
        Self { state, branches: None }
    }

    /// The branches whose customers exist for them; `None` is no limit.
    #[must_use]
    pub fn scope(&self) -> Option<&'a [BranchId]> {
        self.branches
    }
}

/// A request by a member of the staff who has the right that was asked for.
#[derive(Clone, Debug)]
pub struct Context {
    pub state: AppState,
    pub staff: CurrentStaff,
    pub session: SessionId,
    pub ip: String,
}

impl Context {
    /// Who to write in the audit log.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            staff: Some(self.staff.id),
            session: Some(self.session),
            program: None,
            ip: self.ip.clone(),
            at: self.state.clock.now(),
        }
    }

    /// This member as somebody who reads.
    #[must_use]
    pub fn viewer(&self) -> Viewer<'_> {
        Viewer { state: &self.state, branches: self.scope() }
    }

    /// The branches whose customers exist for this member; `None` is no limit.
    #[must_use]
    pub fn scope(&self) -> Option<&[BranchId]> {
        self.staff.branches.as_deref()
    }
}

/// The session of this request, if somebody is logged in.
#[must_use]
pub fn current() -> Option<Context> {
    let state = use_context::<AppState>()?;
    let parts = use_context::<Parts>()?;
    let session = parts.extensions.get::<Session>()?.clone();
    let ip = parts.extensions.get::<ClientIp>().map(|ip| ip.0.clone()).unwrap_or_default();
    Some(Context { state, staff: session.staff, session: session.id, ip })
}

/// The first line of every server function: somebody is logged in and has `right`.
///
/// # Errors
/// [`AppError::Unauthenticated`] or [`AppError::Forbidden`].
pub fn authorise(right: Right) -> AppResult<Context> {
    let context = current().ok_or(AppError::Unauthenticated)?;
    if context.staff.has(right) { Ok(context) } else { Err(AppError::Forbidden) }
}
