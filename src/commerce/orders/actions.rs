//! What can be done with an order: the buttons at its head, and the dialogs behind all buttons of its page.

use super::context::{Doing, OrderContext, Target, use_order};
use super::{FulfilmentState, OrderAction, OrderDetail, OrderStates, Payment};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::commerce::payments::dialogs::{CancelDialog, CaptureDialog, PayDialog, RefundDialog, VoidDialog};
use crate::commerce::payments::fields::{CodeDialog, NewCode};
use crate::commerce::returns::Return;
use crate::commerce::returns::dialogs::{DecideDialog, Decision, ReceiveDialog, RequestDialog, SettleDialog};
use crate::commerce::shipments::Shipment;
use crate::commerce::shipments::dialogs::{DeliverDialog, ShipDialog};
use crate::office::staff::Right;
use crate::ui::Icon;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The dialogs of an order's page; copy it into closures.
#[derive(Clone, Copy, Debug)]
pub struct OrderDialogs {
    pub pay: Doing,
    pub capture: Target<Payment>,
    pub void: Target<Payment>,
    pub refund: Doing,
    pub cancel: Doing,
    pub ship: Doing,
    /// `None` is all parcels that are under way.
    pub deliver: Target<Shipment>,
    pub request: Doing,
    pub approve: Target<Return>,
    pub refuse: Target<Return>,
    pub receive: Target<Return>,
    pub settle: Target<Return>,
    pub code: NewCode,
}

impl OrderDialogs {
    #[must_use]
    pub fn new(order: OrderContext) -> Self {
        Self {
            pay: Doing::new(order),
            capture: Target::new(order),
            void: Target::new(order),
            refund: Doing::new(order),
            cancel: Doing::new(order),
            ship: Doing::new(order),
            deliver: Target::new(order),
            request: Doing::new(order),
            approve: Target::new(order),
            refuse: Target::new(order),
            receive: Target::new(order),
            settle: Target::new(order),
            code: NewCode::new(),
        }
    }
}

/// All dialogs of the page, closed. They stand outside of what is rendered anew, so what is typed outlives a change by others.
#[component]
pub fn Dialogs(dialogs: OrderDialogs) -> impl IntoView {
    let order = use_order();
    let query = use_query_map();
    // Lists lead here with what is to be done.
    Effect::new(move |_| {
        let wanted = query.with(|query| query.get("do")).unwrap_or_default();
        if wanted == "return" && untrack(|| order.may(OrderAction::RequestReturn)) && use_session().has(Right::EditOrders) {
            dialogs.request.open();
        }
    });
    view! {
        <PayDialog doing=dialogs.pay/>
        <CaptureDialog target=dialogs.capture/>
        <VoidDialog target=dialogs.void/>
        <RefundDialog doing=dialogs.refund told=dialogs.code/>
        <CancelDialog doing=dialogs.cancel told=dialogs.code/>
        <ShipDialog doing=dialogs.ship/>
        <DeliverDialog target=dialogs.deliver/>
        <RequestDialog doing=dialogs.request/>
        <DecideDialog target=dialogs.approve decision=Decision::Approve/>
        <DecideDialog target=dialogs.refuse decision=Decision::Refuse/>
        <ReceiveDialog target=dialogs.receive/>
        <SettleDialog target=dialogs.settle told=dialogs.code/>
        <CodeDialog told=dialogs.code/>
    }
    .into_any()
}

/// The next steps as buttons, everything else in a menu: only what is legal now and what this member may do.
#[component]
pub fn ActionBar(dialogs: OrderDialogs) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    move || order.detail.with(|detail| bar(l, detail, dialogs))
}

fn bar(l: Lang, detail: &OrderDetail, dialogs: OrderDialogs) -> AnyView {
    let session = use_session();
    let (edit, refund) = (session.has(Right::EditOrders), session.has(Right::Refund));
    let may = |action| OrderStates::of(&detail.order).may(action).is_ok();
    let under_way = detail.order.fulfilment == FulfilmentState::Shipped;
    let money_back = !detail.sources().iter().all(|source| source.left == 0);
    let returnable = detail.lines.iter().any(|line| !line.is_gift_card && line.returned < line.quantity);
    let pay = (edit && may(OrderAction::Pay))
        .then(|| button("btn", "credit-card", l.t("payments.record"), Callback::new(move |()| dialogs.pay.open())));
    let ship = (edit && may(OrderAction::Ship))
        .then(|| button("btn btn-primary", "truck", l.t("shipments.ship"), Callback::new(move |()| dialogs.ship.open())));
    let deliver = (edit && under_way && may(OrderAction::Deliver))
        .then(|| button("btn", "package", l.t("shipments.deliver"), Callback::new(move |()| dialogs.deliver.open(None))));
    let menu: Vec<AnyView> = [
        (edit && may(OrderAction::AddParcel))
            .then(|| button("menu-item", "truck", l.t("shipments.add"), Callback::new(move |()| dialogs.ship.open()))),
        (edit && may(OrderAction::RequestReturn) && returnable)
            .then(|| button("menu-item", "undo", l.t("returns.request"), Callback::new(move |()| dialogs.request.open()))),
        (refund && may(OrderAction::Refund) && detail.refundable.minor > 0)
            .then(|| button("menu-item", "undo", l.t("refunds.refund"), Callback::new(move |()| dialogs.refund.open()))),
        // Cancelling gives back what was paid.
        (edit && may(OrderAction::Cancel) && (refund || !money_back))
            .then(|| button("menu-item", "ban", l.t("orders.cancel"), Callback::new(move |()| dialogs.cancel.open()))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let menu = (!menu.is_empty()).then(|| {
        view! {
            <details class="dropdown">
                <summary class="btn btn-icon" aria-label=l.t("orders.more") title=l.t("orders.more")>
                    <Icon name="more-horizontal"/>
                </summary>
                <div class="menu menu-end">{menu}</div>
            </details>
        }
    });
    view! { {pay} {deliver} {ship} {menu} }.into_any()
}

fn button(class: &'static str, icon: &'static str, label: &'static str, press: Callback<()>) -> AnyView {
    view! { <button class=class type="button" on:click=move |_| press.run(())><Icon name=icon/>{label}</button> }.into_any()
}
