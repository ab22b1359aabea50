//! The list of all orders (O1), newest first, and of all drafts.

use super::api::{count_orders, list_orders};
use super::table::{ColumnMenu, Columns, OrderPageView, Shown, StateSelect};
use super::{FulfilmentState, OrderCounts, OrderQuery, OrderState, PaymentState};
use crate::base::i18n::{Lang, use_lang};
use crate::base::resource;
use crate::commerce::drafts::NewOrderLink;
use crate::ui::{ErrorState, LiveForm, SearchField, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

lazy_page!(
    /// `/orders`.
    OrdersRoute,
    commerce,
    orders_view
);

fn orders_view() -> AnyView {
    let l = use_lang();
    let search = use_location().search;
    let list = resource(move || search.get(), list_orders);
    let query = Memo::new(move |_| OrderQuery::parse(&search.get()).0);
    let columns = Columns::new();
    let counts = resource(|| (), |()| count_orders());
    view! {
        <Title text=l.t("orders.title")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("orders.title")}</h1>
                <div class="page-actions"><NewOrderLink class="btn btn-primary btn-collapse"/></div>
            </header>
            <section class="card">
                <div class="card-body"><Filters query columns/></div>
                <Transition>
                    {move || Suspend::new(async move { counts.await.ok().map(|counts| quick(l, query, counts)) })}
                </Transition>
                <Transition fallback=|| view! { <SkeletonLines lines=12/> }>
                    {move || Suspend::new(async move {
                        let kept = columns.kept().await;
                        match list.await {
                            Ok(found) => {
                                let query = query.get_untracked();
                                view! { <OrderPageView list=found query shown=Shown::OfAll columns kept/> }.into_any()
                            }
                            Err(error) => {
                                let again = Callback::new(move |()| list.refetch());
                                view! { <ErrorState error on_retry=again/> }.into_any()
                            }
                        }
                    })}
                </Transition>
            </section>
        </div>
    }
    .into_any()
}

/// What waits for somebody, with how many there are.
fn quick(l: Lang, query: Memo<OrderQuery>, counts: OrderCounts) -> AnyView {
    let fulfilment = |state| Some(OrderState::Fulfilment(state));
    let stuck = l.with("orders.quick.stuck", &[("days", &l.integer(i64::from(counts.stuck_days)))]);
    let items = [
        (l.t("orders.quick.all").to_owned(), None, None, None),
        (l.t("orders.quick.to_ship").to_owned(), fulfilment(FulfilmentState::Unfulfilled), None, Some(counts.to_ship)),
        (l.t("orders.fulfilment.shipped").to_owned(), fulfilment(FulfilmentState::Shipped), None, Some(counts.in_transit)),
        (stuck, None, Some(counts.stuck_days), Some(counts.stuck)),
        (l.t("orders.payment.unpaid").to_owned(), Some(OrderState::Payment(PaymentState::Unpaid)), None, Some(counts.unpaid)),
    ];
    let items = items.map(|(label, state, days, count)| {
        let href = move || OrderQuery { state, days, search: query.get().search, ..OrderQuery::default() }.link();
        let current = move || {
            let now = query.get();
            (!now.drafts && now.state == state && now.days == days).then_some("true")
        };
        let count = count.map(|count| view! { " " <span class="count">{l.integer(count)}</span> });
        view! { <a class="quick-item" href=href aria-current=current>{label} {count}</a> }
    });
    view! { <nav class="quick" aria-label=l.t("orders.quick")>{items.collect_view()}</nav> }.into_any()
}

#[component]
fn Filters(query: Memo<OrderQuery>, columns: Columns) -> impl IntoView {
    let l = use_lang();
    let search = Signal::derive(move || query.get().search);
    let state = Signal::derive(move || query.get().state);
    // Placed orders or drafts: a state of payment or delivery means nothing to a draft.
    let switch = move |drafts: bool, label: &'static str| {
        let href = move || {
            let now = query.get();
            OrderQuery { drafts, search: now.search, ..OrderQuery::default() }.link()
        };
        let current = move || (query.get().drafts == drafts).then_some("true");
        view! { <a class="seg-item" href=href aria-current=current>{l.t(label)}</a> }
    };
    view! {
        <LiveForm class="toolbar" canonical=OrderQuery::canonical label=l.t("orders.filter")>
            <SearchField name="q" label=l.t("orders.search") placeholder=l.t("orders.search_all_hint") value=search/>
            <div class="seg" role="group" aria-label=l.t("orders.which")>
                {switch(false, "orders.placed")}
                {switch(true, "orders.drafts")}
            </div>
            <input type="hidden" name="drafts" value=move || if query.get().drafts { "1" } else { "" }/>
            <input type="hidden" name="days" value=move || query.get().days.map(|days| days.to_string()).unwrap_or_default()/>
            <input type="hidden" name="sort" value=move || query.get().sort.code()/>
            {move || (!query.get().drafts).then(|| view! { <StateSelect value=state/> })}
            <div class="toolbar-end">
                <ColumnMenu columns/>
                <noscript><button class="btn" type="submit">{l.t("orders.filter")}</button></noscript>
            </div>
        </LiveForm>
    }
}
