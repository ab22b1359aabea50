//! The page of an order or draft.

use super::actions::{ActionBar, Dialogs, OrderDialogs};
use super::api::get_order;
use super::cards::{addresses_card, buyer_card, history_card, items_card, money_card, returns_card, shipment_card};
use super::context::OrderContext;
use super::parts::{date_time, fulfilment_status, order_name, payment_status, status};
use super::{OrderDetail, OrderRow, OrderStatus};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, OrderId, resource};
use crate::commerce::drafts::ReorderButton;
use crate::commerce::invoices::InvoicesCard;
use crate::office::staff::Right;
use crate::ui::not_found::NotFound;
use crate::ui::{ErrorState, Icon, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

lazy_page!(
    /// `/orders/:id`.
    OrderRoute,
    commerce,
    order_view
);

fn order_view() -> AnyView {
    let params = use_params_map();
    let id = move || params.read().get("id").and_then(|id| id.parse::<OrderId>().ok());
    let order = resource(id, async |id| match id {
        Some(id) => get_order(id).await,
        None => Err(AppError::NotFound),
    });
    view! {
        <Transition fallback=|| view! { <div class="page"><SkeletonLines lines=12/></div> }>
            {move || Suspend::new(async move {
                match order.await {
                    Ok(detail) => view! { <OrderView detail/> }.into_any(),
                    Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                    Err(error) => {
                        let again = Callback::new(move |()| order.refetch());
                        view! { <div class="page"><ErrorState error on_retry=again/></div> }.into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn OrderView(detail: OrderDetail) -> impl IntoView {
    let l = use_lang();
    let today = use_session().today;
    let order = OrderContext::new(detail);
    provide_context(order);
    let dialogs = OrderDialogs::new(order);
    let name = move || order.detail.with(|detail| order_name(l, &detail.order));
    let body = move || {
        order.detail.with(|detail| {
            view! {
                {head(l, detail, dialogs)}
                <div class="columns">
                    <div class="stack">
                        {items_card(l, &detail.lines, detail.order.units)}
                        {money_card(l, detail, dialogs)}
                        {shipment_card(l, detail, today, dialogs)}
                        {returns_card(l, detail, dialogs)}
                        {(detail.order.status != OrderStatus::Draft).then(|| view! { <InvoicesCard order=detail.order.id/> })}
                        {history_card(l, detail)}
                    </div>
                    <div class="stack">
                        {buyer_card(l, detail)}
                        {addresses_card(l, detail)}
                    </div>
                </div>
            }
            .into_any()
        })
    };
    view! {
        <Title text=name/>
        <div class="page">{body}</div>
        <Dialogs dialogs/>
    }
    .into_any()
}

fn head(l: Lang, detail: &OrderDetail, dialogs: OrderDialogs) -> AnyView {
    let order = &detail.order;
    let name = order_name(l, order);
    let states = match (order.status, order.draft) {
        (OrderStatus::Draft, kind) => {
            let kind = kind.map(|kind| status(l, kind.label_key(), kind.tone()));
            view! { <span class="badge" data-tone="accent">{l.t("orders.status.draft")}</span>{kind} }.into_any()
        }
        (OrderStatus::Cancelled, _) => {
            view! { {status(l, "orders.status.cancelled", "bad")}{payment_status(l, order.payment)} }.into_any()
        }
        (OrderStatus::Placed, _) => {
            view! { {payment_status(l, order.payment)}{fulfilment_status(l, order.fulfilment)} }.into_any()
        }
    };
    let csv = format!("/orders/{}/csv", order.id);
    view! {
        <header class="page-head">
            <h1 class="page-title tnum">{name}</h1>
            {states}
            <p class="page-count">{date_time(l, order.at)} ", " {order.store.clone()}</p>
            <div class="page-actions">
                {neighbour(l.t("orders.older"), "chevron-left", detail.previous)}
                {neighbour(l.t("orders.newer"), "chevron-right", detail.next)}
                <a class="btn btn-collapse" href=csv download=""><Icon name="download"/><span>{l.t("orders.csv")}</span></a>
                {write_again(order)}
                <ActionBar dialogs/>
            </div>
        </header>
    }
    .into_any()
}

/// A draft is written on; an order is written again.
fn write_again(order: &OrderRow) -> AnyView {
    let l = use_lang();
    if order.status != OrderStatus::Draft {
        return view! { <ReorderButton order=order.id/> }.into_any();
    }
    let can_edit = use_session().has(Right::EditOrders);
    let link = can_edit.then(|| {
        let href = format!("/orders/{}/edit", order.id);
        view! { <a class="btn btn-primary btn-collapse" href=href><Icon name="pencil"/><span>{l.t("drafts.edit")}</span></a> }
    });
    link.into_any()
}

/// A link to the customer's order before or after this one.
fn neighbour(label: &'static str, icon: &'static str, id: Option<OrderId>) -> AnyView {
    let href = id.map(|id| format!("/orders/{id}"));
    let disabled = href.is_none().then_some("true");
    view! {
        <a class="btn btn-icon btn-ghost" role="link" href=href aria-disabled=disabled aria-label=label title=label><Icon name=icon/></a>
    }
    .into_any()
}
