//! The dialogs of returns: request, approve, refuse, receive, settle.

use super::api::{approve_return, receive_return, refuse_return, request_return, settle_return};
use super::{Return, ReturnForm, ReturnLine, ReturnReason, SettleForm};
use crate::base::i18n::use_lang;
use crate::base::{Money, OrderLineId};
use crate::commerce::orders::OrderLine;
use crate::commerce::orders::context::{ActionDialog, Doing, Target, use_order};
use crate::commerce::payments::RefundTo;
use crate::commerce::payments::fields::{AmountField, NewCode, RefundToField, TextArea, read_amount};
use crate::ui::{FieldError, Switch, use_toasts};
use leptos::prelude::*;
use std::collections::HashMap;

/// Requests a return in the customer's name.
#[component]
pub fn RequestDialog(doing: Doing) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let quantities = RwSignal::new(HashMap::<OrderLineId, i64>::new());
    let (reason, note) = (RwSignal::new(ReturnReason::NoLongerWanted), RwSignal::new(String::new()));
    let (to, approve) = (RwSignal::new(RefundTo::Original), RwSignal::new(true));
    doing.on_open(move |_| {
        quantities.set(HashMap::new());
        note.set(String::new());
        to.set(RefundTo::Original);
        approve.set(true);
    });
    let lines = move || {
        let lines = order.detail.with(|detail| detail.lines.clone());
        lines.into_iter().filter(|line| !line.is_gift_card).map(|line| quantity_row(line, quantities, doing)).collect_view()
    };
    let reasons = ReturnReason::ALL.iter().map(|each| {
        let chosen = move || reason.get() == *each;
        view! { <option value=each.code() selected=untrack(chosen) prop:selected=chosen>{l.t(each.label_key())}</option> }
    });
    let reasons = reasons.collect_view();
    let submit = Callback::new(move |()| {
        let wanted = quantities.get_untracked();
        let mut lines: Vec<ReturnLine> = wanted
            .into_iter()
            .filter(|(_, quantity)| *quantity != 0)
            .map(|(line, quantity)| ReturnLine { line, quantity })
            .collect();
        lines.sort_by_key(|line| line.line);
        let form = ReturnForm {
            lines,
            reason: reason.get_untracked(),
            note: note.get_untracked(),
            refund_to: to.get_untracked(),
            approve: approve.get_untracked(),
        };
        doing.run(request_return(order.id, order.version(), form), move |_| toasts.push(l.t("returns.requested"), None));
    });
    let error = doing.error;
    view! {
        <ActionDialog doing id="return" title=l.t("returns.request").to_owned() action=l.t("returns.request").to_owned() on_submit=submit>
            <fieldset class="fieldset" id="return-lines" tabindex="-1">
                <legend>{l.t("returns.what")}</legend>
                <div class="stack">{lines}</div>
                <FieldError id="return-lines" name="lines" error/>
                <FieldError id="return-lines" name="quantity" error/>
            </fieldset>
            <div class="field">
                <label class="label" for="return-reason">{l.t("refunds.reason")}</label>
                <select
                    class="input"
                    id="return-reason"
                    name="reason"
                    on:change=move |event| reason.set(ReturnReason::parse(&event_target_value(&event)).unwrap_or(ReturnReason::Other))
                >
                    {reasons}
                </select>
            </div>
            <TextArea id="return-note" name="note" label=l.t("returns.note") value=note error optional=true/>
            <RefundToField name="return-to" value=to amount=Signal::stored(None)/>
            <Switch checked=approve on_change=Callback::new(move |on| approve.set(on))>{l.t("returns.approve_at_once")}</Switch>
        </ActionDialog>
    }
}

/// A line of the order and how many of it come back.
fn quantity_row(line: OrderLine, quantities: RwSignal<HashMap<OrderLineId, i64>>, doing: Doing) -> AnyView {
    let l = use_lang();
    let left = (line.quantity - line.returned).max(0);
    let id = format!("return-line-{}", line.id);
    let value = move || quantities.with(|all| all.get(&line.id).copied().unwrap_or_default());
    let typed = move |event| {
        // What is no number comes back as none of it; the server looks at the rest.
        let quantity = event_target_value(&event).trim().parse().unwrap_or_default();
        quantities.update(|all| {
            all.insert(line.id, quantity);
        });
        doing.error.set(None);
    };
    let hint = if left == 0 { l.t("returns.none_left").to_owned() } else { l.with("returns.of", &[("count", &l.integer(left))]) };
    view! {
        <div class="row">
            <label for=id.clone()>{line.name.clone()} " " <span class="dim">{line.sku.clone()}</span></label>
            <span class="row-end row">
                <input
                    class="input input-auto"
                    id=id
                    type="number"
                    inputmode="numeric"
                    min="0"
                    max=left.to_string()
                    disabled=left == 0
                    prop:value=move || value().to_string()
                    on:input=typed
                    aria-invalid=move || (value() > left || value() < 0).then_some("true")
                />
                <span class="hint">{hint}</span>
            </span>
        </div>
    }
    .into_any()
}

/// What is decided about a return that was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Refuse,
}

/// Approves or refuses a return.
#[component]
pub fn DecideDialog(target: Target<Return>, decision: Decision) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let Target { doing, about } = target;
    let answer = RwSignal::new(String::new());
    doing.on_open(move |_| answer.set(String::new()));
    let (id, field, title, label, done) = match decision {
        Decision::Approve => ("approve-return", "approve-answer", "returns.approve", "returns.answer", "returns.approved"),
        Decision::Refuse => ("refuse-return", "refuse-answer", "returns.refuse", "returns.refuse_why", "returns.refused"),
    };
    let refuses = decision == Decision::Refuse;
    let submit = Callback::new(move |()| {
        let Some(of) = about.with_untracked(|about| about.as_ref().map(|about| about.id)) else { return };
        let (version, answer) = (order.version(), answer.get_untracked());
        let call = async move {
            if refuses { refuse_return(of, version, answer).await } else { approve_return(of, version, answer).await }
        };
        doing.run(call, move |()| toasts.push(l.dynamic(done), None));
    });
    let summary = move || about.with(|about| about.as_ref().map(summary));
    view! {
        <ActionDialog doing id title=l.dynamic(title) action=l.dynamic(title) danger=refuses on_submit=submit>
            {summary}
            <TextArea id=field name="answer" label=l.t(label) value=answer error=doing.error optional=!refuses/>
            <p class="hint">{l.t("returns.mail_note")}</p>
        </ActionDialog>
    }
}

/// What a return is about, in short.
fn summary(about: &Return) -> AnyView {
    let l = use_lang();
    let lines =
        about.lines.iter().map(|line| view! { <li>{l.integer(line.quantity)} " × " {line.name.clone()}</li> }).collect_view();
    let note = (!about.note.is_empty()).then(|| view! { <p class="soft" dir="auto">{about.note.clone()}</p> });
    view! {
        <div>
            <p class="strong">{about.number.clone()} ", " {l.t(about.reason.label_key())}</p>
            <ul class="soft">{lines}</ul>
            {note}
        </div>
    }
    .into_any()
}

/// The goods of a return are here.
#[component]
pub fn ReceiveDialog(target: Target<Return>) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let Target { doing, about } = target;
    let summary = move || about.with(|about| about.as_ref().map(summary));
    let submit = Callback::new(move |()| {
        let Some(of) = about.with_untracked(|about| about.as_ref().map(|about| about.id)) else { return };
        doing.run(receive_return(of, order.version()), move |()| toasts.push(l.t("returns.received"), None));
    });
    view! {
        <ActionDialog doing id="receive-return" title=l.t("returns.receive").to_owned() action=l.t("returns.receive").to_owned() on_submit=submit>
            {summary}
            <p class="soft">{l.t("returns.receive_effect")}</p>
        </ActionDialog>
    }
}

/// Gives money back for a return, or settles it without.
#[component]
pub fn SettleDialog(target: Target<Return>, told: NewCode) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let Target { doing, about } = target;
    let (amount, reason) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let to = RwSignal::new(RefundTo::Original);
    doing.on_open(move |detail| {
        about.with_untracked(|about| {
            let Some(about) = about else { return };
            let proposed = about.worth.minor.min(detail.refundable.minor);
            amount.set(Money::new(proposed, detail.refundable.currency).plain());
            to.set(about.refund_to);
        });
        reason.set(String::new());
    });
    let minor = Signal::derive(move || order.detail.with(|detail| read_amount(detail, &amount.get())));
    let warning = Signal::derive(move || {
        let most = order.detail.with(|detail| detail.refundable.minor);
        let key = match minor.get() {
            None if amount.with(|text| text.trim().is_empty()) => return None,
            None => "payments.amount_unreadable",
            Some(minor) if minor < 0 => "ledger.amount_invalid",
            Some(minor) if minor > most => "refunds.more_than_paid",
            Some(_) => return None,
        };
        Some(l.t(key).to_owned())
    });
    let worth = move || {
        let worth = about.with(|about| about.as_ref().map(|about| about.worth))?;
        let most = order.detail.with(|detail| detail.refundable);
        Some(l.with("returns.worth", &[("worth", &l.money(worth)), ("most", &l.money(most))]))
    };
    let action = Signal::derive(move || match minor.get() {
        Some(0) => l.t("returns.settle_without").to_owned(),
        Some(minor) if minor > 0 => {
            let currency = order.detail.with(|detail| detail.order.total.currency);
            l.with("refunds.refund_amount", &[("amount", &l.money(Money::new(minor, currency)))])
        }
        _ => l.t("refunds.refund").to_owned(),
    });
    let submit = Callback::new(move |()| {
        let Some(of) = about.with_untracked(|about| about.as_ref().map(|about| about.id)) else { return };
        let form = SettleForm { amount: amount.get_untracked(), to: to.get_untracked(), reason: reason.get_untracked() };
        doing.run(settle_return(of, order.version(), form), move |outcome| match outcome {
            Some(outcome) => told.tell(l, toasts, l.t("refunds.done"), outcome),
            None => toasts.push(l.t("returns.settled"), None),
        });
    });
    let error = doing.error;
    view! {
        <ActionDialog doing id="settle-return" title=l.t("returns.settle").to_owned() action danger=true on_submit=submit>
            <div>
                <AmountField id="settle-amount" label=l.t("payments.amount") value=amount error warning/>
                <p class="hint">{worth}</p>
            </div>
            <RefundToField name="settle-to" value=to amount=minor/>
            <TextArea id="settle-reason" name="reason" label=l.t("refunds.reason") value=reason error optional=true/>
        </ActionDialog>
    }
}
