//! What stands where something could not be loaded: what went wrong, and a way to try again.

use super::Icon;
use crate::base::AppError;
use crate::base::i18n::use_lang;
use leptos::prelude::*;

/// An error in the place of content.
#[component]
pub fn ErrorState(error: AppError, #[prop(optional)] on_retry: Option<Callback<()>>) -> impl IntoView {
    let l = use_lang();
    // A page with a part missing is not what was asked for. What is not found or not allowed says so by itself where it matters.
    if error.status() >= 500 {
        error.answer();
    }
    let seconds = if let AppError::RateLimited { seconds } = &error { *seconds } else { 0 };
    let text = l.with(error.message_key(), &[("seconds", &seconds)]);
    let id = if let AppError::Internal { id } = &error { Some(l.with("error.reference", &[("id", id)])) } else { None };
    view! {
        <div class="empty" data-tone="bad" role="alert">
            <span class="empty-icon"><Icon name="alert-triangle"/></span>
            <p class="empty-text">{text}</p>
            {id.map(|id| view! { <p class="dim">{id}</p> })}
            <div class="empty-actions">
                {(error == AppError::Unauthenticated).then(|| view! { <a class="btn btn-primary" href="/login" rel="external">{l.t("login.submit")}</a> })}
                {on_retry.map(|retry| view! {
                    <button class="btn" type="button" on:click=move |_| retry.run(())><Icon name="refresh"/> {l.t("ui.retry")}</button>
                })}
            </div>
        </div>
    }
}
