//! The invoice and credit notes on an order's page, and what can be done with them.

use super::api::{email_invoice, issue_credit_notes, issue_invoice, list_order_invoices};
use super::{InvoiceRow, OrderInvoices};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, OrderId, Resource, resource};
use crate::commerce::orders::context::OrderContext;
use crate::office::staff::Right;
use crate::ui::{ConfirmDialog, DialogHandle, ErrorState, Icon, SkeletonLines, Toasts, new_key, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the buttons of the card share; copy it into closures.
#[derive(Clone, Copy)]
struct Desk {
    order: OrderId,
    /// The page that the card stands on.
    page: Option<OrderContext>,
    invoices: Resource<Result<OrderInvoices, AppError>>,
    busy: RwSignal<bool>,
    toasts: Toasts,
    may_edit: bool,
    /// The invoice that is to be sent, and the key of this sending.
    sending: RwSignal<Option<(InvoiceRow, String)>>,
    /// Where it is sent to. Not read from `invoices`: outside of the card's own boundary that would make the page around it wait
    /// for them, and the page makes the card anew each time it looks, so that it would wait for ever.
    email: RwSignal<String>,
    dialog: DialogHandle,
}

impl Desk {
    /// Does something, then shows the card anew, and the order around it, whose history tells of it.
    fn act<T: 'static>(self, work: impl Future<Output = Result<T, AppError>> + 'static, done: String) {
        if self.busy.get_untracked() {
            return;
        }
        let l = use_lang();
        self.busy.set(true);
        spawn_local(async move {
            let result = work.await;
            self.busy.set(false);
            match result {
                Ok(_) => {
                    self.toasts.push(done, None);
                    match self.page {
                        Some(page) => page.refresh(),
                        None => self.invoices.refetch(),
                    }
                }
                Err(error) => self.toasts.fail(l.error(&error)),
            }
        });
    }
}

/// The card of an order's invoices.
#[component]
pub fn InvoicesCard(order: OrderId) -> impl IntoView {
    let l = use_lang();
    let desk = Desk {
        order,
        page: use_context(),
        invoices: resource(move || order, list_order_invoices),
        busy: RwSignal::new(false),
        toasts: use_toasts(),
        may_edit: use_session().has(Right::EditOrders),
        sending: RwSignal::new(None),
        email: RwSignal::new(String::new()),
        dialog: DialogHandle::new(),
    };
    let invoices = desk.invoices;
    let title = Signal::derive(move || {
        let number = desk.sending.with(|sending| sending.as_ref().map(|(row, _)| row.number.clone()).unwrap_or_default());
        l.with("invoices.send_title", &[("number", &number)])
    });
    let send = Callback::new(move |()| {
        if let Some((row, key)) = desk.sending.get_untracked() {
            desk.act(email_invoice(row.id, key), l.t("invoices.sent").to_owned());
        }
    });
    view! {
        <section class="card" id="invoices">
            <header class="card-head">
                <h2 class="card-title">{l.t("invoices.title")}</h2>
                <div class="card-actions">
                    <a class="btn btn-sm btn-ghost" href=format!("/orders/{order}/print")><Icon name="printer"/>{l.t("invoices.print")}</a>
                </div>
            </header>
            <Transition fallback=|| view! { <SkeletonLines lines=2/> }>
                {move || Suspend::new(async move {
                    match invoices.await {
                        Ok(found) => body(l, desk, found),
                        Err(error) => {
                            let again = Callback::new(move |()| invoices.refetch());
                            view! { <ErrorState error on_retry=again/> }.into_any()
                        }
                    }
                })}
            </Transition>
            <ConfirmDialog handle=desk.dialog id="send-invoice" title action=l.t("invoices.send") harmless=true on_confirm=send>
                <p>{move || l.with("invoices.send_text", &[("email", &desk.email.get())])}</p>
            </ConfirmDialog>
        </section>
    }
    .into_any()
}

fn body(l: Lang, desk: Desk, found: OrderInvoices) -> AnyView {
    let missing = found.uncredited;
    let can_credit = desk.may_edit && missing > 0 && (found.can_issue || !found.rows.is_empty());
    let empty = found.rows.is_empty();
    let issue = (desk.may_edit && found.can_issue).then(|| {
        let click = move |_| desk.act(issue_invoice(desk.order), l.t("invoices.issued").to_owned());
        button(desk, "receipt", l.t("invoices.issue").to_owned(), click)
    });
    let credit = can_credit.then(|| {
        let click = move |_| desk.act(issue_credit_notes(desk.order), l.t("invoices.credited").to_owned());
        button(desk, "undo", l.count("invoices.credit", i64::try_from(missing).unwrap_or(i64::MAX)), click)
    });
    let actions = (issue.is_some() || credit.is_some()).then(|| view! { <footer class="card-foot">{issue}{credit}</footer> });
    let email = StoredValue::new(found.email);
    let rows = found.rows.into_iter().map(|row| invoice_row(l, desk, row, email)).collect_view();
    let rows = if empty {
        view! { <div class="card-body"><p class="soft">{l.t("invoices.none")}</p></div> }.into_any()
    } else {
        view! { <div class="card-flush"><ul class="card-list">{rows}</ul></div> }.into_any()
    };
    view! { {rows} {actions} }.into_any()
}

fn button(desk: Desk, icon: &'static str, text: String, click: impl Fn(web_sys::MouseEvent) + 'static) -> AnyView {
    let busy = move || desk.busy.get();
    view! { <button class="btn" type="button" disabled=busy on:click=click><Icon name=icon/><span>{text}</span></button> }
        .into_any()
}

fn invoice_row(l: Lang, desk: Desk, row: InvoiceRow, email: StoredValue<String>) -> AnyView {
    let name = format!("{} {}", l.t(row.kind.label_key()), row.number);
    let href = format!("/invoices/{}/pdf", row.id);
    let by = row.by.clone().map(|by| format!(", {by}")).unwrap_or_default();
    let download = l.with("invoices.download", &[("name", &name)]);
    let send = desk.may_edit.then(|| {
        let label = l.with("invoices.send_of", &[("name", &name)]);
        let sent = row.clone();
        let click = move |_| {
            desk.email.set(email.get_value());
            desk.sending.set(Some((sent.clone(), new_key())));
            desk.dialog.open();
        };
        view! {
            <button class="btn btn-icon btn-ghost" type="button" title=label.clone() aria-label=label on:click=click>
                <Icon name="mail"/>
            </button>
        }
    });
    view! {
        <li class="invoice">
            <span class="invoice-name">
                <a class="link tnum" href=href.clone() download="">{name}</a>
                <span class="line-sub">{l.moment(row.at)}{by}</span>
            </span>
            <span class="invoice-total tnum">{l.money(row.total)}</span>
            <span class="row-actions">
                <a class="btn btn-icon btn-ghost" href=href download="" title=download.clone() aria-label=download><Icon name="download"/></a>
                {send}
            </span>
        </li>
    }
    .into_any()
}
