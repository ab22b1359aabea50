//! Pages that need a right.

use super::ErrorState;
use crate::app::use_session;
use crate::base::AppError;
use crate::base::i18n::use_lang;
use crate::office::staff::Right;
use leptos::prelude::*;
use leptos_meta::Title;

/// Shows its children to who has one of `rights`; to others it says so, with the status 403. The server functions behind the
/// page check again.
#[component]
pub fn Guard(rights: &'static [Right], children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    if rights.iter().any(|right| session.has(*right)) {
        return children().into_any();
    }
    AppError::Forbidden.answer();
    let title = use_lang().dynamic(AppError::Forbidden.message_key());
    view! {
        <Title text=title/>
        <div class="page page-narrow"><ErrorState error=AppError::Forbidden/></div>
    }
    .into_any()
}
