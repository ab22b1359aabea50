//! The page of the list.

use crate::base::i18n::use_lang;
use leptos::prelude::*;
use leptos_meta::Title;

/// `/customers`.
#[component]
pub fn ListPage() -> impl IntoView {
    let l = use_lang();
    view! {
        <Title text=l.t("list.title")/>
        <div class="page"><h1 class="page-title">{l.t("list.title")}</h1></div>
    }
}
