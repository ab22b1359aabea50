//! The page for addresses that lead nowhere: with a search, since people come here looking for somebody.

use super::Icon;
use crate::base::AppError;
use crate::base::i18n::use_lang;
use leptos::prelude::*;
use leptos_meta::Title;

/// Sets the status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    AppError::NotFound.answer();
    let l = use_lang();
    view! {
        <Title text=l.t("not_found.title")/>
        <div class="page">
            <div class="empty">
                <span class="empty-icon"><Icon name="search"/></span>
                <h1 class="empty-title">{l.t("not_found.title")}</h1>
                <p class="empty-text">{l.t("not_found.text")}</p>
                <form class="search" role="search" action="/customers" method="get">
                    <Icon name="search"/>
                    <input class="input" type="search" name="q" placeholder=l.t("list.search") aria-label=l.t("list.search")/>
                </form>
                <div class="empty-actions">
                    <a class="btn btn-primary" href="/customers">{l.t("not_found.to_customers")}</a>
                </div>
            </div>
        </div>
    }
}
