//! What a customer's profile shows of their orders: the tab Orders, and the card of the last order.

use super::api::{last_customer_order, list_customer_orders};
use super::parts::{OrderName, date_time, overall_status, payment_status};
use super::table::{ColumnMenu, Columns, OrderPageView, Shown, StateSelect};
use super::{LastOrder, OrderQuery};
use crate::base::i18n::{Lang, use_lang};
use crate::base::{CustomerId, Day, resource};
use crate::commerce::drafts::NewOrderLink;
use crate::ui::{EmptyState, ErrorState, Icon, LiveForm, SearchField, SkeletonLines};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Lines that the card of the last order shows.
const CARD_LINES: usize = 6;

/// The tab Orders (P6): search, filter, sort, choose columns, page; all of it in the URL.
#[component]
pub fn OrdersTab(id: CustomerId) -> impl IntoView {
    let search = use_location().search;
    let list = resource(move || search.get(), move |query| list_customer_orders(id, query));
    let query = Memo::new(move |_| OrderQuery::parse(&search.get()).0);
    let columns = Columns::new();
    view! {
        <section class="card">
            <div class="card-body"><Filters id query columns/></div>
            <Transition fallback=|| view! { <SkeletonLines lines=8/> }>
                {move || Suspend::new(async move {
                    let kept = columns.kept().await;
                    match list.await {
                        Ok(list) => {
                            let query = query.get_untracked();
                            view! { <OrderPageView list query shown=Shown::OfCustomer columns kept/> }.into_any()
                        }
                        Err(error) => retry(error, move || list.refetch()),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

fn retry(error: crate::base::AppError, again: impl Fn() + Send + Sync + 'static) -> AnyView {
    view! { <ErrorState error on_retry=Callback::new(move |()| again())/> }.into_any()
}

#[component]
fn Filters(id: CustomerId, query: Memo<OrderQuery>, columns: Columns) -> impl IntoView {
    let l = use_lang();
    let search = Signal::derive(move || query.get().search);
    let state = Signal::derive(move || query.get().state);
    let sort = move || query.get().sort.code();
    let drafts = move || query.get().drafts;
    view! {
        <LiveForm class="toolbar" canonical=OrderQuery::canonical label=l.t("orders.filter")>
            <SearchField name="q" label=l.t("orders.search") placeholder=l.t("orders.search_hint") value=search/>
            <StateSelect value=state/>
            <input type="hidden" name="sort" value=sort/>
            <label class="check">
                <input type="checkbox" class="switch" role="switch" name="drafts" value="1" checked=drafts prop:checked=drafts/>
                <span>{l.t("orders.drafts_too")}</span>
            </label>
            {move || period(l, &query.get())}
            <div class="toolbar-end">
                <ColumnMenu columns/>
                <NewOrderLink customer=id class="btn btn-collapse"/>
                <noscript><button class="btn" type="submit">{l.t("orders.filter")}</button></noscript>
            </div>
        </LiveForm>
    }
}

/// The days that the list is narrowed to, as a chip; other pages link here with them.
fn period(l: Lang, query: &OrderQuery) -> Option<AnyView> {
    let text = match (query.from, query.to) {
        (None, None) => return None,
        (Some(from), Some(to)) => format!("{} – {}", l.day(from), l.day(to)),
        (Some(from), None) => format!("{} –", l.day(from)),
        (None, Some(to)) => format!("– {}", l.day(to)),
    };
    let without = OrderQuery { from: None, to: None, position: None, ..query.clone() }.link();
    let iso = |day: Option<Day>| day.map(Day::iso);
    let label = l.with("orders.remove_period", &[("period", &text)]);
    let view = view! {
        {iso(query.from).map(|day| view! { <input type="hidden" name="from" value=day/> })}
        {iso(query.to).map(|day| view! { <input type="hidden" name="to" value=day/> })}
        <span class="chip">
            <span class="chip-label"><span class="key">{l.t("orders.column.date")}</span><span class="value">{text}</span></span>
            <a class="chip-x" href=without aria-label=label><Icon name="x"/></a>
        </span>
    };
    Some(view.into_any())
}

/// The card of the order placed last (P5).
#[component]
pub fn LastOrderCard(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let last = resource(move || id, last_customer_order);
    view! {
        <section class="card">
            <Transition fallback=move || view! {
                <header class="card-head"><h2 class="card-title">{l.t("orders.last")}</h2></header>
                <SkeletonLines lines=4/>
            }>
                {move || Suspend::new(async move {
                    match last.await {
                        Ok(Some(last)) => last_order(l, id, last),
                        Ok(None) => view! {
                            <header class="card-head"><h2 class="card-title">{l.t("orders.last")}</h2></header>
                            <EmptyState icon="shopping-bag" title=l.t("orders.none")/>
                        }.into_any(),
                        Err(error) => retry(error, move || last.refetch()),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

fn last_order(l: Lang, id: CustomerId, last: LastOrder) -> AnyView {
    let order = last.order;
    let more = last.lines.len().saturating_sub(CARD_LINES);
    let lines = last.lines.into_iter().take(CARD_LINES).map(|line| {
        view! {
            <tr>
                <th scope="row">{line.name} " " <span class="dim">{line.sku}</span></th>
                <td class="num">{l.integer(line.quantity)}</td>
                <td class="num">{l.money(line.unit_price)}</td>
                <td class="num">{l.money(line.total)}</td>
            </tr>
        }
    });
    let lines = lines.collect_view();
    let more = (more > 0).then(|| {
        let href = format!("/orders/{}", order.id);
        let text = l.count("orders.more_lines", i64::try_from(more).unwrap_or(0));
        view! { <tr><td colspan="4"><a class="link" href=href>{text}</a></td></tr> }
    });
    view! {
        <header class="card-head">
            <h2 class="card-title">{l.t("orders.last")}</h2>
            <OrderName row=order.clone()/>
            {overall_status(l, &order)}
            {payment_status(l, order.payment)}
            <div class="card-actions">
                <a class="btn btn-sm btn-ghost" href=format!("/customers/{id}/orders")>
                    {l.count("orders.view_all", last.placed)}<Icon name="chevron-right"/>
                </a>
            </div>
        </header>
        <div class="card-flush">
            <table class="table table-wrap">
                <thead>
                    <tr>
                        <th scope="col">{l.t("orders.item")}</th>
                        <th scope="col" class="num">{l.t("orders.quantity")}</th>
                        <th scope="col" class="num">{l.t("orders.price")}</th>
                        <th scope="col" class="num">{l.t("orders.column.total")}</th>
                    </tr>
                </thead>
                <tbody>{lines}{more}</tbody>
            </table>
        </div>
        <footer class="card-foot">
            <span>{date_time(l, order.at)}</span>
            <span>{order.store.clone()}</span>
            <strong class="row-end tnum">{l.money(order.total)}</strong>
        </footer>
    }
    .into_any()
}
