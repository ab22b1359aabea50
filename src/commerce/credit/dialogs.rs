//! The dialogs in which credit is given, taken away, and a limit approved.

use super::api::{give_credit, reduce_credit, set_credit_limit};
use super::{GIVEN, GiveForm, ReduceForm};
use crate::base::i18n::use_lang;
use crate::base::{Currency, CustomerId, Money};
use crate::commerce::ledger::fields::{AmountField, ExpiryField, NoteField, ReasonField};
use crate::commerce::ledger::form::ExpiryForm;
use crate::ui::once::Once;
use crate::ui::{Bound, Dialog, DialogFoot, DialogHandle, FormAlert, use_toasts};
use leptos::prelude::*;

/// The ids of the fields of a [`GiveDialog`]: there are two in a page.
#[derive(Clone, Copy)]
pub struct GiveIds {
    dialog: &'static str,
    amount: &'static str,
    reason: &'static str,
    note: &'static str,
    expires: &'static str,
}

/// In the tab.
pub const IN_TAB: GiveIds = GiveIds {
    dialog: "credit-give",
    amount: "credit-give-amount",
    reason: "credit-give-reason",
    note: "credit-give-note",
    expires: "credit-give-expires",
};

/// Above the tabs.
pub const IN_STRIP: GiveIds = GiveIds {
    dialog: "strip-credit",
    amount: "strip-credit-amount",
    reason: "strip-credit-reason",
    note: "strip-credit-note",
    expires: "strip-credit-expires",
};

/// Gives credit.
#[component]
pub fn GiveDialog(
    id: CustomerId,
    handle: DialogHandle,
    ids: GiveIds,
    currency: Currency,
    on_saved: Callback<()>,
) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let form = RwSignal::new(GiveForm::default());
    let expiry = RwSignal::new(ExpiryForm::default());
    let once = Once::default();
    let error = once.error;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = GiveForm { expiry: expiry.get_untracked(), ..form.get_untracked() };
        once.send(give_credit(id, typed, once.key()), move |()| {
            handle.close();
            form.set(GiveForm::default());
            expiry.set(ExpiryForm::default());
            toasts.push(l.t("credit.given"), None);
            on_saved.run(());
        });
    };
    let reason = Signal::derive(move || form.with(|form| form.reason.clone()));
    let choose = Callback::new(move |reason| form.update(|form| form.reason = reason));
    view! {
        <Dialog handle id=ids.dialog title=l.t("credit.add").to_owned() class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <AmountField
                        id=ids.amount
                        label=l.t("field.amount")
                        currency=currency.code()
                        bound=Bound::new(form, |f| &mut f.amount)
                        error
                    />
                    <ReasonField id=ids.reason reasons=&GIVEN value=reason on_change=choose error/>
                    <NoteField id=ids.note label=l.t("value.note") bound=Bound::new(form, |f| &mut f.note) error optional=true/>
                    <ExpiryField id=ids.expires expiry error/>
                    <p class="hint">{l.t("value.customer_is_told")}</p>
                </div>
                <DialogFoot handle busy=once.busy action=l.t("credit.add")/>
            </form>
        </Dialog>
    }
}

/// Takes credit away.
#[component]
pub fn ReduceDialog(id: CustomerId, handle: DialogHandle, currency: Currency, on_saved: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let form = RwSignal::new(ReduceForm::default());
    let once = Once::default();
    let error = once.error;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        once.send(reduce_credit(id, form.get_untracked(), once.key()), move |()| {
            handle.close();
            form.set(ReduceForm::default());
            toasts.push(l.t("credit.reduced"), None);
            on_saved.run(());
        });
    };
    view! {
        <Dialog handle id="credit-reduce" title=l.t("credit.reduce_title").to_owned() class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <AmountField
                        id="credit-reduce-amount"
                        label=l.t("field.amount")
                        currency=currency.code()
                        bound=Bound::new(form, |f| &mut f.amount)
                        error
                    />
                    <NoteField id="credit-reduce-note" label=l.t("value.why") bound=Bound::new(form, |f| &mut f.note) error/>
                    <p class="hint">{l.t("value.customer_is_told")}</p>
                </div>
                <DialogFoot handle busy=once.busy action=l.t("credit.reduce")/>
            </form>
        </Dialog>
    }
}

/// Approves a limit below zero.
#[component]
pub fn LimitDialog(
    id: CustomerId,
    handle: DialogHandle,
    /// The one in force.
    limit: Money,
    on_saved: Callback<()>,
) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let typed = RwSignal::new(limit.plain());
    let once = Once::default();
    let error = once.error;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        once.send(set_credit_limit(id, typed.get_untracked()), move |()| {
            handle.close();
            toasts.push(l.t("credit.limit_saved"), None);
            on_saved.run(());
        });
    };
    view! {
        <Dialog handle id="credit-limit" title=l.t("credit.set_limit").to_owned() class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <AmountField
                        id="credit-limit-amount"
                        name="limit"
                        label=l.t("credit.limit")
                        currency=limit.currency.code()
                        bound=Bound::new(typed, |typed| typed)
                        error
                        hint=l.t("credit.limit_hint")
                    />
                </div>
                <DialogFoot handle busy=once.busy action=l.t("ui.save")/>
            </form>
        </Dialog>
    }
}
