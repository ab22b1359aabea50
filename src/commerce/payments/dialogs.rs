//! The dialogs in which staff pay, capture, void, refund and cancel.

use super::api::{cancel_order, capture_payment, pay_order, refund_order, void_payment};
use super::fields::{AmountField, NewCode, RefundToField, TextArea, read_amount};
use super::{Method, PayForm, RefundForm, RefundTo};
use crate::base::Money;
use crate::base::i18n::use_lang;
use crate::commerce::orders::context::{ActionDialog, Doing, Target, use_order};
use crate::commerce::orders::{OrderDetail, Payment, method_name};
use crate::ui::{FieldError, Switch, aria_error, aria_invalid, use_toasts};
use leptos::prelude::*;

/// An amount as it stands in a field.
fn plain(money: Money) -> String {
    money.plain()
}

/// What is wrong with an amount that stands in a field: that it is none, or above `most`.
fn wrong(detail: &OrderDetail, text: &str, most: i64, above: &'static str) -> Option<&'static str> {
    match read_amount(detail, text) {
        None if text.trim().is_empty() => None,
        None => Some("payments.amount_unreadable"),
        Some(minor) if minor <= 0 => Some("ledger.amount_invalid"),
        Some(minor) if minor > most => Some(above),
        Some(_) => None,
    }
}

/// Records a payment, or a promise of one.
#[component]
pub fn PayDialog(doing: Doing) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let (method, amount) = (RwSignal::new(Method::BankTransfer), RwSignal::new(String::new()));
    let (reference, promise) = (RwSignal::new(String::new()), RwSignal::new(false));
    doing.on_open(move |detail| {
        amount.set(plain(detail.totals.due));
        reference.set(String::new());
        promise.set(false);
    });
    let warning = Signal::derive(move || {
        order
            .detail
            .with(|detail| wrong(detail, &amount.get(), detail.totals.due.minor, "payments.more_than_due"))
            .map(|key| l.t(key).to_owned())
    });
    let options = move || {
        let purse = order.detail.with(|detail| detail.purse);
        let offered = Method::ALL.iter().copied().filter(move |method| match method {
            Method::Credit => purse.credit.is_some_and(|credit| credit.minor > 0),
            Method::Points => purse.points.is_some_and(|points| points > 0),
            Method::GiftCard => purse.gift_cards,
            _ => true,
        });
        offered
            .map(|each| {
                let chosen = move || method.get() == each;
                view! { <option value=each.code() selected=untrack(chosen) prop:selected=chosen>{l.t(each.label_key())}</option> }
            })
            .collect_view()
    };
    // What is there to pay with.
    let balance = move || {
        let purse = order.detail.with(|detail| detail.purse);
        let text = match method.get() {
            Method::Credit => l.with("payments.credit_left", &[("amount", &l.money(purse.credit?))]),
            Method::Points => l.count("payments.points_left", purse.points?),
            _ => return None,
        };
        Some(view! { <p class="hint">{text}</p> })
    };
    let reference_field = move || {
        let label = match method.get() {
            Method::Credit | Method::Points => return None,
            Method::GiftCard => l.t("payments.gift_card_code"),
            _ => l.t("payments.reference"),
        };
        // An unknown card is an error of its code's field.
        let name = if method.get() == Method::GiftCard { "gift_card" } else { "reference" };
        let optional = name == "reference";
        let error = doing.error;
        Some(view! {
            <div class="field">
                <label class="label" for="pay-reference">
                    {label} {optional.then(|| view! { " " <span class="label-note">{l.t("ui.optional")}</span> })}
                </label>
                <input
                    class="input"
                    id="pay-reference"
                    name="reference"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || reference.get()
                    on:input=move |event| reference.set(event_target_value(&event))
                    aria-invalid=aria_invalid(error, name)
                    aria-describedby=aria_error(error, name, "pay-reference")
                />
                <FieldError id="pay-reference" name error/>
            </div>
        })
    };
    let promise_field = move || {
        method.get().is_outside().then(|| {
            view! {
                <Switch checked=promise on_change=Callback::new(move |on| promise.set(on))>{l.t("payments.authorise_only")}</Switch>
            }
        })
    };
    let choose = move |event| method.set(Method::parse(&event_target_value(&event)).unwrap_or(Method::Other));
    let submit = Callback::new(move |()| {
        let form = PayForm {
            method: method.get_untracked(),
            amount: amount.get_untracked(),
            reference: reference.get_untracked(),
            authorise: promise.get_untracked() && method.get_untracked().is_outside(),
        };
        doing.run(pay_order(order.id, order.version(), form), move |()| toasts.push(l.t("payments.recorded"), None));
    });
    let error = doing.error;
    view! {
        <ActionDialog doing id="pay" title=l.t("payments.record").to_owned() action=l.t("payments.record").to_owned() on_submit=submit>
            <AmountField id="pay-amount" label=l.t("payments.amount") value=amount error warning/>
            <div class="field">
                <label class="label" for="pay-method">{l.t("payments.method")}</label>
                <select
                    class="input"
                    id="pay-method"
                    name="method"
                    on:change=choose
                    aria-invalid=aria_invalid(error, "method")
                    aria-describedby=aria_error(error, "method", "pay-method")
                >
                    {options}
                </select>
                {balance}
                <FieldError id="pay-method" name="method" error/>
            </div>
            {reference_field}
            {promise_field}
        </ActionDialog>
    }
}

/// Takes what was promised, or a part of it.
#[component]
pub fn CaptureDialog(target: Target<Payment>) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let Target { doing, about } = target;
    let amount = RwSignal::new(String::new());
    doing.on_open(move |_| {
        about.with_untracked(|payment| amount.set(payment.as_ref().map(|p| plain(p.amount)).unwrap_or_default()))
    });
    let most = move || about.with(|payment| payment.as_ref().map_or(0, |payment| payment.amount.minor));
    let warning = Signal::derive(move || {
        order
            .detail
            .with(|detail| wrong(detail, &amount.get(), most(), "payments.more_than_authorised"))
            .map(|key| l.t(key).to_owned())
    });
    let submit = Callback::new(move |()| {
        let Some(payment) = about.with_untracked(|payment| payment.as_ref().map(|payment| payment.id)) else { return };
        doing.run(capture_payment(payment, order.version(), amount.get_untracked()), move |()| {
            toasts.push(l.t("payments.captured"), None);
        });
    });
    view! {
        <ActionDialog doing id="capture" title=l.t("payments.capture").to_owned() action=l.t("payments.capture").to_owned() on_submit=submit>
            <AmountField id="capture-amount" label=l.t("payments.amount") value=amount error=doing.error warning/>
            <p class="hint">{l.t("payments.capture_effect")}</p>
        </ActionDialog>
    }
}

/// Lets go what was promised.
#[component]
pub fn VoidDialog(target: Target<Payment>) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let Target { doing, about } = target;
    let effect = move || {
        about.with(|payment| {
            let payment = payment.as_ref()?;
            Some(l.with(
                "payments.void_effect",
                &[("amount", &l.money(payment.amount)), ("method", &method_name(l, &payment.method))],
            ))
        })
    };
    let submit = Callback::new(move |()| {
        let Some(payment) = about.with_untracked(|payment| payment.as_ref().map(|payment| payment.id)) else { return };
        doing.run(void_payment(payment, order.version()), move |()| toasts.push(l.t("payments.voided"), None));
    });
    view! {
        <ActionDialog doing id="void" title=l.t("payments.void").to_owned() action=l.t("payments.void").to_owned() danger=true on_submit=submit>
            <p class="soft">{effect}</p>
        </ActionDialog>
    }
}

/// Gives money back, of an order that nothing has to come back for.
#[component]
pub fn RefundDialog(doing: Doing, told: NewCode) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let (amount, reason) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let to = RwSignal::new(RefundTo::Original);
    doing.on_open(move |detail| {
        amount.set(plain(detail.refundable));
        reason.set(String::new());
        to.set(RefundTo::Original);
    });
    let minor = Signal::derive(move || order.detail.with(|detail| read_amount(detail, &amount.get())));
    let warning = Signal::derive(move || {
        order
            .detail
            .with(|detail| wrong(detail, &amount.get(), detail.refundable.minor, "refunds.more_than_paid"))
            .map(|key| l.t(key).to_owned())
    });
    let most = move || order.detail.with(|detail| l.with("refunds.at_most", &[("amount", &l.money(detail.refundable))]));
    let action = Signal::derive(move || match minor.get().filter(|minor| *minor > 0) {
        Some(minor) => {
            let currency = order.detail.with(|detail| detail.order.total.currency);
            l.with("refunds.refund_amount", &[("amount", &l.money(Money::new(minor, currency)))])
        }
        None => l.t("refunds.refund").to_owned(),
    });
    let submit = Callback::new(move |()| {
        let form = RefundForm { amount: amount.get_untracked(), to: to.get_untracked(), reason: reason.get_untracked() };
        doing.run(refund_order(order.id, order.version(), form), move |outcome| {
            told.tell(l, toasts, l.t("refunds.done"), outcome)
        });
    });
    let error = doing.error;
    view! {
        <ActionDialog doing id="refund" title=l.t("refunds.refund").to_owned() action danger=true on_submit=submit>
            <div>
                <AmountField id="refund-amount" label=l.t("payments.amount") value=amount error warning/>
                <p class="hint">{most}</p>
            </div>
            <RefundToField name="refund-to" value=to amount=minor/>
            <TextArea id="refund-reason" name="reason" label=l.t("refunds.reason") value=reason error optional=true/>
        </ActionDialog>
    }
}

/// Cancels an order that has not left.
#[component]
pub fn CancelDialog(doing: Doing, told: NewCode) -> impl IntoView {
    let l = use_lang();
    let order = use_order();
    let toasts = use_toasts();
    let reason = RwSignal::new(String::new());
    doing.on_open(move |_| reason.set(String::new()));
    let effect = move || {
        order.detail.with(|detail| {
            let left: i64 = detail.sources().iter().map(|source| source.left).sum();
            let ways = detail.ways_back(left).filter(|ways| !ways.is_empty());
            let Some(ways) = ways else { return l.t("orders.cancel_effect_unpaid").to_owned() };
            let parts: Vec<String> =
                ways.iter().map(|(method, part)| format!("{} {}", method_name(l, method.code()), l.money(*part))).collect();
            l.with("orders.cancel_effect", &[("parts", &parts.join(", "))])
        })
    };
    let submit = Callback::new(move |()| {
        doing.run(cancel_order(order.id, order.version(), reason.get_untracked()), move |outcome| {
            told.tell(l, toasts, l.t("orders.cancelled"), outcome);
        });
    });
    let error = doing.error;
    view! {
        <ActionDialog doing id="cancel" title=l.t("orders.cancel").to_owned() action=l.t("orders.cancel").to_owned() danger=true on_submit=submit>
            <p class="soft">{effect}</p>
            <TextArea id="cancel-reason" name="reason" label=l.t("refunds.reason") value=reason error/>
        </ActionDialog>
    }
}
