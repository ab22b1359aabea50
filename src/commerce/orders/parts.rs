//! Small parts that all views of orders share.

use super::{FulfilmentState, OrderRow, OrderStatus, PaymentState};
use crate::base::Moment;
use crate::base::i18n::{Lang, use_lang};
use crate::commerce::payments::Method;
use leptos::prelude::*;

/// A state in words, with its tone.
pub fn status(l: Lang, label: &'static str, tone: &'static str) -> AnyView {
    let tone = (!tone.is_empty()).then_some(tone);
    view! { <span class="status" data-tone=tone>{l.t(label)}</span> }.into_any()
}

pub fn payment_status(l: Lang, state: PaymentState) -> AnyView {
    status(l, state.label_key(), state.tone())
}

pub fn fulfilment_status(l: Lang, state: FulfilmentState) -> AnyView {
    status(l, state.label_key(), state.tone())
}

/// What came of the order as a whole: that it was cancelled or is a draft comes before how far it has been fulfilled.
pub fn overall_status(l: Lang, row: &OrderRow) -> AnyView {
    match (row.status, row.draft) {
        (OrderStatus::Placed, _) => fulfilment_status(l, row.fulfilment),
        (OrderStatus::Draft, Some(kind)) => status(l, kind.label_key(), kind.tone()),
        (other, _) => status(l, other.label_key(), other.tone()),
    }
}

/// What an order is called: `#10482`, or that it is a draft.
pub fn order_name(l: Lang, row: &OrderRow) -> String {
    row.number.as_ref().map_or_else(|| l.with("orders.draft_name", &[("id", &row.id)]), |number| format!("#{number}"))
}

/// A day, with the exact moment on hover.
pub fn date(l: Lang, at: Moment) -> AnyView {
    view! { <time datetime=at.at.rfc3339() title=l.moment(at)>{l.day(at.day)}</time> }.into_any()
}

/// A day and its time.
pub fn date_time(l: Lang, at: Moment) -> AnyView {
    view! { <time datetime=at.at.rfc3339()>{l.moment(at)}</time> }.into_any()
}

/// An order's name as a link to it.
#[component]
pub fn OrderName(row: OrderRow, #[prop(default = "link tnum")] class: &'static str) -> impl IntoView {
    let name = order_name(use_lang(), &row);
    view! { <a class=class href=format!("/orders/{}", row.id)>{name}</a> }
}

/// A way of paying in words; one that we have no word for as the payment provider writes it.
pub fn method_name(l: Lang, code: &str) -> String {
    Method::parse(code).map_or_else(|| code.to_owned(), |method| l.t(method.label_key()).to_owned())
}
