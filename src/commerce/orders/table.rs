//! A list of orders as a table (cards on a phone), with its filters and its pager.

use super::api::{own_order_columns, save_order_columns};
use super::parts::{OrderName, date, overall_status, payment_status};
use super::row_menu::row_menu;
use super::{FulfilmentState, OrderColumn, OrderList, OrderQuery, OrderRow, OrderState, OrderStatus, PaymentState};
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, Resource, resource};
use crate::ui::{EmptyState, Icon, open_row, use_toasts};
use leptos::prelude::*;
use std::sync::Arc;

/// Which list a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// One customer's orders.
    OfCustomer,
    /// Everybody's, with a column for the customer.
    OfAll,
}

/// Which columns lists of orders show: this member's choice, kept for the next time.
#[derive(Clone, Copy)]
pub struct Columns {
    kept: Resource<Result<Vec<OrderColumn>, AppError>>,
    /// What has been chosen since the page was opened.
    chosen: RwSignal<Option<Vec<OrderColumn>>>,
}

impl Columns {
    #[must_use]
    pub fn new() -> Self {
        Self { kept: resource(|| (), |()| own_order_columns()), chosen: RwSignal::new(None) }
    }

    /// What is shown until something else is chosen; all of them where that cannot be read.
    pub async fn kept(self) -> Arc<[OrderColumn]> {
        self.kept.await.unwrap_or_else(|_| OrderColumn::ALL.to_vec()).into()
    }

    fn shown(self, kept: &[OrderColumn]) -> Vec<OrderColumn> {
        self.chosen.get().unwrap_or_else(|| kept.to_vec())
    }
}

/// A page of orders: table, notices, pager.
#[component]
pub fn OrderPageView(
    list: OrderList,
    query: OrderQuery,
    shown: Shown,
    columns: Columns,
    /// Of these columns.
    kept: Arc<[OrderColumn]>,
) -> impl IntoView {
    let l = use_lang();
    let notices = notices(l, &list);
    let pager = pager(l, &list, &query);
    if list.rows.is_empty() {
        let title = if query.is_filtered() { l.t("orders.none_match") } else { l.t("orders.none") };
        let clear = query.is_filtered().then(|| OrderQuery { drafts: query.drafts, ..OrderQuery::default() }.link());
        return view! {
            {notices}
            <EmptyState icon="shopping-bag" title=title>
                {clear.map(|href| view! { <a class="btn" href=href>{l.t("orders.clear")}</a> })}
            </EmptyState>
        }
        .into_any();
    }
    let rows = list.rows;
    view! {
        {notices}
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t("orders.title") tabindex="0">
                {move || table(l, &rows, &columns.shown(&kept), &query, shown)}
            </div>
        </div>
        {pager}
    }
    .into_any()
}

fn table(l: Lang, rows: &[OrderRow], columns: &[OrderColumn], query: &OrderQuery, shown: Shown) -> AnyView {
    let head = columns.iter().map(|column| heading(l, *column, query, shown)).collect_view();
    let rows = rows.iter().map(|row| row_view(l, row, columns, shown)).collect_view();
    view! {
        <table class="table table-rows table-cards">
            <thead>
                <tr>{head}<th scope="col" class="c-act"><span class="sr-only">{l.t("orders.actions")}</span></th></tr>
            </thead>
            <tbody on:click=open_row>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn notices(l: Lang, list: &OrderList) -> AnyView {
    let ignored = (!list.ignored.is_empty()).then(|| {
        let names = list.ignored.join(", ");
        view! { <p class="card-body soft" role="status">{l.with("orders.ignored", &[("names", &names)])}</p> }
    });
    let narrowed = list.narrowed.then(|| view! { <p class="card-body soft" role="status">{l.t("orders.narrowed")}</p> });
    view! { {ignored} {narrowed} }.into_any()
}

fn heading(l: Lang, column: OrderColumn, query: &OrderQuery, shown: Shown) -> AnyView {
    let class = matches!(column, OrderColumn::Items | OrderColumn::Total).then_some("num");
    let label = l.t(column.label_key());
    // Among all orders only the date has an index to sort by.
    let sort = column.sort().filter(|_| shown == Shown::OfCustomer || column == OrderColumn::Date);
    let cell = match sort {
        None => view! { <th scope="col" class=class>{label}</th> }.into_any(),
        Some(by) => {
            let now = query.sort.by == by;
            let direction = now.then_some(if query.sort.descending { "descending" } else { "ascending" });
            let icon = if now && !query.sort.descending { "arrow-up" } else { "arrow-down" };
            let href = query.sorted(query.sort.pressed(by)).link();
            view! {
                <th scope="col" class=class aria-sort=direction><a class="th-sort" href=href>{label}<Icon name=icon/></a></th>
            }
            .into_any()
        }
    };
    if column == OrderColumn::Number && shown == Shown::OfAll {
        return view! { {cell}<th scope="col">{l.t("orders.column.customer")}</th> }.into_any();
    }
    cell
}

fn row_view(l: Lang, row: &OrderRow, columns: &[OrderColumn], shown: Shown) -> AnyView {
    let cells = columns.iter().map(|column| cell(l, *column, row, shown)).collect_view();
    view! {
        <tr>
            {cells}
            <td class="c-act" data-slot="act">
                <span class="row-actions">{row_menu(l, row)}</span>
            </td>
        </tr>
    }
    .into_any()
}

fn cell(l: Lang, column: OrderColumn, row: &OrderRow, shown: Shown) -> AnyView {
    match column {
        OrderColumn::Number => {
            let buyer = (shown == Shown::OfAll).then(|| {
                let href = format!("/customers/{}", row.buyer.id);
                let name = row.buyer.name.clone();
                view! { <td data-slot="sub"><a class="link" dir="auto" href=href>{name}</a></td> }
            });
            view! { <th scope="row" class="tnum" data-slot="title"><OrderName row=row.clone() class="person-name"/></th>{buyer} }
                .into_any()
        }
        OrderColumn::Date => {
            let slot = if shown == Shown::OfAll { "tags" } else { "sub" };
            view! { <td class="tnum" data-slot=slot>{date(l, row.at)}</td> }.into_any()
        }
        OrderColumn::Store => view! { <td>{row.store.clone()}</td> }.into_any(),
        OrderColumn::Items => {
            let suffix = if row.units == 1 { l.t("orders.items_suffix.one") } else { l.t("orders.items_suffix.other") };
            view! { <td class="num" data-slot="extra" data-suffix=suffix>{l.integer(row.units)}</td> }.into_any()
        }
        OrderColumn::Total => view! { <td class="num" data-slot="value">{l.money(row.total)}</td> }.into_any(),
        // Nobody owes anything for a draft.
        OrderColumn::Payment if row.status == OrderStatus::Draft => {
            view! { <td data-slot="meta"><span class="nil">"—"</span></td> }.into_any()
        }
        OrderColumn::Payment => view! { <td data-slot="meta">{payment_status(l, row.payment)}</td> }.into_any(),
        OrderColumn::Fulfilment => view! { <td data-slot="state">{overall_status(l, row)}</td> }.into_any(),
    }
}

fn pager(l: Lang, list: &OrderList, query: &OrderQuery) -> AnyView {
    let info = list.total.map(|total| l.count("orders.count", total));
    let link = |position: &Option<String>| position.clone().map(|at| query.at(Some(at)).link());
    let (previous, next) = (link(&list.previous), link(&list.next));
    let disabled = |href: &Option<String>| href.is_none().then_some("true");
    view! {
        <nav class="pager card-foot" aria-label=l.t("orders.pages")>
            <p class="pager-info" role="status">{info}</p>
            <a class="btn btn-ghost" aria-disabled=disabled(&previous) href=previous rel="prev">
                <Icon name="chevron-left"/>{l.t("orders.previous")}
            </a>
            <a class="btn btn-ghost" aria-disabled=disabled(&next) href=next rel="next">
                {l.t("orders.next")}<Icon name="chevron-right"/>
            </a>
        </nav>
    }
    .into_any()
}

/// The choice of a state.
#[component]
pub fn StateSelect(#[prop(into)] value: Signal<Option<OrderState>>) -> impl IntoView {
    let l = use_lang();
    let option = move |state: OrderState, label: &'static str| {
        let chosen = move || value.get() == Some(state);
        view! { <option value=state.code() selected=chosen prop:selected=chosen>{l.t(label)}</option> }
    };
    let none = move || value.get().is_none();
    let payment = PaymentState::ALL.iter().map(|s| option(OrderState::Payment(*s), s.label_key())).collect_view();
    let fulfilment = FulfilmentState::ALL.iter().map(|s| option(OrderState::Fulfilment(*s), s.label_key())).collect_view();
    view! {
        <select class="input input-auto" name="state" aria-label=l.t("orders.state")>
            <option value="" selected=none prop:selected=none>{l.t("orders.any_state")}</option>
            <optgroup label=l.t("orders.column.payment")>{payment}</optgroup>
            <optgroup label=l.t("orders.column.fulfilment")>{fulfilment}</optgroup>
            {option(OrderState::Cancelled, "orders.status.cancelled")}
        </select>
    }
}

/// The choice of columns.
#[component]
pub fn ColumnMenu(columns: Columns) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let save = Action::new(move |chosen: &Vec<OrderColumn>| {
        let chosen = chosen.clone();
        async move {
            if let Err(error) = save_order_columns(chosen).await {
                toasts.fail(l.error(&error));
            }
        }
    });
    let choose = Callback::new(move |chosen: Vec<OrderColumn>| {
        columns.chosen.set(Some(chosen.clone()));
        save.dispatch(chosen);
    });
    let boxes = move || {
        Suspend::new(async move {
            let kept = columns.kept().await;
            OrderColumn::ALL.map(|column| column_box(l, column, columns, kept.clone(), choose)).collect_view()
        })
    };
    // On a phone orders are cards, which have no columns.
    view! {
        <details class="dropdown desk-only">
            <summary class="btn btn-icon btn-ghost" aria-label=l.t("orders.columns") title=l.t("orders.columns")>
                <Icon name="columns"/>
            </summary>
            <div class="menu menu-end"><Suspense>{boxes}</Suspense></div>
        </details>
    }
}

fn column_box(
    l: Lang,
    column: OrderColumn,
    columns: Columns,
    kept: Arc<[OrderColumn]>,
    choose: Callback<Vec<OrderColumn>>,
) -> AnyView {
    let is_shown = {
        let kept = kept.clone();
        move || columns.shown(&kept).contains(&column)
    };
    let change = move |event| {
        let others = untrack(|| columns.shown(&kept)).into_iter().filter(|other| *other != column);
        choose.run(OrderColumn::in_order(others.chain(event_target_checked(&event).then_some(column))));
    };
    view! {
        <label class="menu-item">
            <input
                type="checkbox"
                class="checkbox"
                checked=untrack(is_shown.clone())
                prop:checked=is_shown
                disabled=column == OrderColumn::Number
                on:change=change
            />
            {l.t(column.label_key())}
        </label>
    }
    .into_any()
}
