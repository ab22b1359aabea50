//! Pages that need a right.

use super::ErrorState;
use crate::app::use_session;
use crate::base::AppError;
use crate::office::staff::Right;
use leptos::prelude::*;

/// Shows its children to who has one of `rights`; to others it says so, with the status 403. The server functions behind the
/// page check again.
#[component]
pub fn Guard(rights: &'static [Right], children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    if rights.iter().any(|right| session.has(*right)) {
        return children().into_any();
    }
    AppError::Forbidden.answer();
    view! { <div class="page page-narrow"><ErrorState error=AppError::Forbidden/></div> }.into_any()
}
