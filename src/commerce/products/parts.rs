//! What the pages of the catalogue share.

use super::ProductQuery;
use crate::base::i18n::use_lang;
use crate::ui::{Icon, LiveForm, SearchField};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Products, price lists, promotions: where one is, and the ways to the others.
#[component]
pub fn CatalogueTabs() -> impl IntoView {
    let l = use_lang();
    let path = use_location().pathname;
    let tab = move |href: &'static str, label: &'static str| {
        let here = move || {
            let path = path.get();
            let deeper = href != "/products" && path.starts_with(&format!("{href}/"));
            (path == href || deeper).then_some("true")
        };
        view! { <a class="seg-item" href=href aria-current=here>{l.t(label)}</a> }
    };
    view! {
        <div class="seg" role="group" aria-label=l.t("products.catalogue")>
            {tab("/products", "products.title")}
            {tab("/products/lists", "products.lists")}
            {tab("/promotions", "promotions.title")}
        </div>
    }
}

/// The search for products over a list of them.
#[component]
pub fn ProductFilter(query: Memo<ProductQuery>) -> impl IntoView {
    let l = use_lang();
    let text = Signal::derive(move || query.get().search);
    let all = move || query.get().all;
    view! {
        <LiveForm class="toolbar" canonical=ProductQuery::canonical label=l.t("orders.filter")>
            <SearchField name="q" label=l.t("products.search") placeholder=l.t("products.search") value=text/>
            <label class="check">
                <input type="checkbox" class="switch" role="switch" name="all" value="1" checked=all prop:checked=all/>
                <span>{l.t("products.show_all")}</span>
            </label>
            <noscript><button class="btn" type="submit">{l.t("orders.filter")}</button></noscript>
        </LiveForm>
    }
}

/// First and Next of a list that is paged by SKU.
#[component]
pub fn ProductPager(base: String, query: ProductQuery, last: Option<String>, more: bool) -> impl IntoView {
    let l = use_lang();
    let first = ProductQuery { after: None, ..query.clone() }.write();
    let next = ProductQuery { after: last, ..query.clone() }.write();
    let back = query.after.is_some();
    (back || more).then(|| {
        view! {
            <nav class="pager" aria-label=l.t("promotions.pages")>
                {back.then(|| view! { <a class="btn btn-ghost" href=format!("{base}?{first}")><Icon name="chevrons-left"/>{l.t("products.first")}</a> })}
                {more.then(|| view! { <a class="btn btn-ghost row-end" href=format!("{base}?{next}")>{l.t("products.next")}<Icon name="chevron-right"/></a> })}
            </nav>
        }
    })
}
