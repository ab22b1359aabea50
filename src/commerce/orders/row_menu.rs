//! What can be done with an order right from its row (P6).

use super::parts::order_name;
use super::{OrderAction, OrderRow, OrderStates, OrderStatus};
use crate::app::use_session;
use crate::base::OrderId;
use crate::base::i18n::{Lang, use_lang};
use crate::commerce::invoices::api::{email_invoice, issue_invoice};
use crate::office::staff::Right;
use crate::ui::{Icon, PopMenu, Toasts, new_key, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The menu at the end of an order's row.
pub fn row_menu(l: Lang, row: &OrderRow) -> AnyView {
    let (id, placed) = (row.id, row.status == OrderStatus::Placed);
    let returnable = OrderStates::of(row).may(OrderAction::RequestReturn).is_ok() && use_session().has(Right::EditOrders);
    let label = l.with("orders.menu_of", &[("order", &order_name(l, row))]);
    let link = move |href: String, icon: &'static str, text: &'static str, file: bool| {
        let download = file.then_some("");
        view! { <a class="menu-item" href=href download=download><Icon name=icon/>{l.t(text)}</a> }
    };
    view! {
        <PopMenu id=format!("order-{id}-menu") label>
            {link(format!("/orders/{id}"), "eye", "orders.view", false)}
            {placed.then(|| invoice_items(id))}
            {returnable.then(|| link(format!("/orders/{id}?do=return"), "undo", "returns.request", false))}
            {link(format!("/orders/{id}/csv"), "download", "orders.csv", true)}
            {link(format!("/orders/{id}/print"), "printer", "invoices.print", false)}
        </PopMenu>
    }
    .into_any()
}

/// The invoice as a file and as an email. Who may change orders gets it issued on the way, others only where it is there.
fn invoice_items(order: OrderId) -> AnyView {
    let (l, toasts) = (use_lang(), use_toasts());
    if !use_session().has(Right::EditOrders) {
        let href = format!("/orders/{order}/invoice.pdf");
        return view! { <a class="menu-item" href=href download=""><Icon name="receipt"/>{l.t("invoices.pdf")}</a> }.into_any();
    }
    view! {
        <button class="menu-item" type="button" on:click=move |_| download(l, toasts, order)>
            <Icon name="receipt"/>{l.t("invoices.pdf")}
        </button>
        <button class="menu-item" type="button" on:click=move |_| email(l, toasts, order)>
            <Icon name="mail"/>{l.t("invoices.email")}
        </button>
    }
    .into_any()
}

fn download(l: Lang, toasts: Toasts, order: OrderId) {
    spawn_local(async move {
        match issue_invoice(order).await {
            // A file: the page stays.
            Ok(id) => drop(window().location().assign(&format!("/invoices/{id}/pdf"))),
            Err(error) => toasts.fail(l.error(&error)),
        }
    });
}

fn email(l: Lang, toasts: Toasts, order: OrderId) {
    let key = new_key();
    spawn_local(async move {
        let sent = match issue_invoice(order).await {
            Ok(id) => email_invoice(id, key).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(()) => toasts.push(l.t("invoices.sent"), None),
            Err(error) => toasts.fail(l.error(&error)),
        }
    });
}
