//! The dialogs in which cards are issued, their codes told, and cards redeemed.

use super::api::{issue_gift_card, issue_gift_card_batch, redeem_gift_card};
use super::{BatchForm, CardRow, IssueForm, IssuedCodes, RedeemForm};
use crate::base::i18n::{Lang, use_lang};
use crate::base::{Currency, CustomerId};
use crate::commerce::ledger::fields::{AmountField, ExpiryField};
use crate::commerce::ledger::form::ExpiryForm;
use crate::ui::once::Once;
use crate::ui::{
    Bound, Dialog, DialogFoot, DialogHandle, FieldError, FormAlert, FormError, Icon, TextField, Toasts, clipboard, use_toasts,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Issues a card to a customer.
#[component]
pub fn IssueDialog(
    id: CustomerId,
    handle: DialogHandle,
    /// The first one is chosen.
    currencies: Vec<Currency>,
    on_issued: Callback<IssuedCodes>,
) -> impl IntoView {
    let l = use_lang();
    let first = currencies.first().map(|currency| currency.code().to_owned()).unwrap_or_default();
    let start = move || IssueForm { currency: first.clone(), ..IssueForm::default() };
    let form = RwSignal::new(start());
    let expiry = RwSignal::new(ExpiryForm::default());
    let once = Once::default();
    let error = once.error;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = IssueForm { expiry: expiry.get_untracked(), ..form.get_untracked() };
        let start = start.clone();
        once.send(issue_gift_card(id, typed, once.key()), move |issued| {
            handle.close();
            form.set(start());
            expiry.set(ExpiryForm::default());
            on_issued.run(issued);
        });
    };
    view! {
        <Dialog handle id="card-issue" title=l.t("giftcards.issue").to_owned() class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <MoneyFields
                        id="card-issue-amount"
                        amount=Bound::new(form, |f| &mut f.amount)
                        currency_id="card-issue-currency"
                        currency=Signal::derive(move || form.with(|form| form.currency.clone()))
                        on_currency=Callback::new(move |code| form.update(|form| form.currency = code))
                        currencies
                        error
                    />
                    <div class="field">
                        <label class="label" for="card-issue-message">
                            {l.t("giftcards.message")} " " <span class="label-note">{l.t("ui.optional")}</span>
                        </label>
                        <textarea
                            class="input"
                            id="card-issue-message"
                            name="message"
                            dir="auto"
                            prop:value=move || form.with(|form| form.message.clone())
                            on:input=move |event| form.update(|form| form.message = event_target_value(&event))
                        ></textarea>
                        <FieldError id="card-issue-message" name="message" error/>
                    </div>
                    <ExpiryField id="card-issue-expires" expiry error/>
                    <p class="hint">{l.t("giftcards.issue_hint")}</p>
                </div>
                <DialogFoot handle busy=once.busy action=l.t("giftcards.issue")/>
            </form>
        </Dialog>
    }
}

/// Issues a batch.
#[component]
pub fn BatchDialog(handle: DialogHandle, currencies: Vec<Currency>, on_issued: Callback<IssuedCodes>) -> impl IntoView {
    let l = use_lang();
    let first = currencies.first().map(|currency| currency.code().to_owned()).unwrap_or_default();
    let start = move || BatchForm { currency: first.clone(), ..BatchForm::default() };
    let form = RwSignal::new(start());
    let expiry = RwSignal::new(ExpiryForm::default());
    let once = Once::default();
    let error = once.error;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = BatchForm { expiry: expiry.get_untracked(), ..form.get_untracked() };
        let start = start.clone();
        once.send(issue_gift_card_batch(typed, once.key()), move |issued| {
            handle.close();
            form.set(start());
            expiry.set(ExpiryForm::default());
            on_issued.run(issued);
        });
    };
    view! {
        <Dialog handle id="batch-issue" title=l.t("giftcards.issue_batch").to_owned() class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <TextField id="batch-name" name="batch" label=l.t("giftcards.batch_name") bound=Bound::new(form, |f| &mut f.name) error/>
                    <TextField id="batch-count" name="count" label=l.t("giftcards.count") bound=Bound::new(form, |f| &mut f.count) error/>
                    <MoneyFields
                        id="batch-amount"
                        amount=Bound::new(form, |f| &mut f.amount)
                        currency_id="batch-currency"
                        currency=Signal::derive(move || form.with(|form| form.currency.clone()))
                        on_currency=Callback::new(move |code| form.update(|form| form.currency = code))
                        currencies
                        error
                    />
                    <ExpiryField id="batch-expires" expiry error/>
                    <p class="hint">{l.t("giftcards.batch_hint")}</p>
                </div>
                <DialogFoot handle busy=once.busy action=l.t("giftcards.issue_batch")/>
            </form>
        </Dialog>
    }
}

/// An amount and its currency, side by side.
#[component]
fn MoneyFields(
    id: &'static str,
    amount: Bound,
    currency_id: &'static str,
    #[prop(into)] currency: Signal<String>,
    on_currency: Callback<String>,
    currencies: Vec<Currency>,
    error: FormError,
) -> impl IntoView {
    let l = use_lang();
    let options = currencies.into_iter().map(|each| {
        let chosen = move || currency.get() == each.code();
        view! { <option value=each.code().to_owned() prop:selected=chosen>{each.code().to_owned()}</option> }
    });
    view! {
        <div class="form-grid">
            <TextField id name="amount" label=l.t("field.amount") bound=amount error/>
            <div class="field">
                <label class="label" for=currency_id>{l.t("giftcards.currency")}</label>
                <select class="input" id=currency_id name="currency" on:change=move |event| on_currency.run(event_target_value(&event))>
                    {options.collect_view()}
                </select>
                <FieldError id=currency_id name="currency" error/>
            </div>
        </div>
    }
}

/// Tells the codes of what was issued, this one time.
#[component]
pub fn CodesDialog(handle: DialogHandle, issued: RwSignal<Option<IssuedCodes>>) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let codes = move || issued.with(|issued| issued.as_ref().map(|issued| issued.codes.clone()).unwrap_or_default());
    let body = move || {
        issued.with(|issued| match issued {
            None => ().into_any(),
            Some(issued) if issued.codes.is_empty() => view! { <p>{l.t("giftcards.told_before")}</p> }.into_any(),
            Some(issued) => told(l, issued),
        })
    };
    let copy = move |_| copy_codes(codes().join("\n"), l, toasts);
    let download = move || {
        let issued = issued.get()?;
        (!issued.batch.is_empty()).then(|| {
            let name = format!("gift-cards-{}.csv", file_name(&issued.batch));
            let href = format!("data:text/csv;charset=utf-8,{}", crate::base::query::encode(&issued.csv()));
            view! { <a class="btn" href=href download=name><Icon name="download"/>"CSV"</a> }
        })
    };
    let title = move || {
        let many = issued.with(|issued| issued.as_ref().is_some_and(|issued| issued.codes.len() > 1));
        if many { l.t("giftcards.codes_title") } else { l.t("giftcards.code_title") }.to_owned()
    };
    view! {
        <Dialog handle id="card-codes" title=Signal::derive(title) class="dialog-sm">
            <div class="dialog-body stack">{body}</div>
            <footer class="dialog-foot">
                {download}
                <button class="btn btn-primary" type="button" on:click=copy><Icon name="copy"/>{l.t("giftcards.copy")}</button>
                <button class="btn" type="button" on:click=move |_| handle.close()>{l.t("ui.close")}</button>
            </footer>
        </Dialog>
    }
}

fn told(l: Lang, issued: &IssuedCodes) -> AnyView {
    let once = view! {
        <div class="banner" data-tone="warn">
            <Icon name="eye-off"/>
            <p class="banner-body">{l.t("giftcards.told_once")}</p>
        </div>
    };
    let amount = l.money(issued.amount);
    if let [code] = issued.codes.as_slice() {
        return view! { {once} <p class="gift-code code" data-code="">{code.clone()}</p> <p class="soft">{amount}</p> }
            .into_any();
    }
    let count = i64::try_from(issued.codes.len()).unwrap_or(i64::MAX);
    let list = issued.codes.iter().map(|code| view! { <li class="code">{code.clone()}</li> }).collect_view();
    view! {
        {once}
        <p class="soft">{l.count("giftcards.cards", count)} " × " {amount}</p>
        <ol class="gift-codes" tabindex="0" aria-label=l.t("giftcards.codes_title")>{list}</ol>
    }
    .into_any()
}

fn copy_codes(codes: String, l: Lang, toasts: Toasts) {
    spawn_local(async move {
        if clipboard::copy(&codes).await {
            toasts.push(l.t("giftcards.copied"), None);
        } else {
            toasts.fail(l.t("giftcards.not_copied").to_owned());
        }
    });
}

/// Only what a file name may hold everywhere.
fn file_name(batch: &str) -> String {
    batch.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// Turns a card into a customer's credit: one that was `chosen`, or one that is named by its code.
#[component]
pub fn RedeemDialog(
    id: CustomerId,
    handle: DialogHandle,
    chosen: RwSignal<Option<CardRow>>,
    currency: Currency,
    on_saved: Callback<()>,
) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let form = RwSignal::new(RedeemForm::default());
    let once = Once::default();
    let error = once.error;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = RedeemForm { card: chosen.get_untracked().map(|card| card.id), ..form.get_untracked() };
        once.send(redeem_gift_card(id, typed, once.key()), move |()| {
            handle.close();
            form.set(RedeemForm::default());
            toasts.push(l.t("giftcards.redeemed"), None);
            on_saved.run(());
        });
    };
    let which = move || {
        match chosen.get() {
        Some(card) => {
            let left = l.money(card.money(card.balance));
            view! { <p>{l.with("giftcards.redeem_which", &[("card", &card.masked()), ("left", &left)])}</p> }.into_any()
        }
        None => view! { <TextField id="card-redeem-code" name="code" label=l.t("giftcards.code") bound=Bound::new(form, |f| &mut f.code) error/> }
            .into_any(),
    }
    };
    view! {
        <Dialog handle id="card-redeem" title=l.t("giftcards.redeem_title").to_owned() class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <CardAlert error/>
                    {which}
                    <AmountField
                        id="card-redeem-amount"
                        label=l.t("field.amount")
                        currency=currency.code()
                        bound=Bound::new(form, |f| &mut f.amount)
                        error
                        hint=l.t("giftcards.redeem_all")
                    />
                    <p class="hint">{l.t("giftcards.redeem_hint")}</p>
                </div>
                <DialogFoot handle busy=once.busy action=l.t("giftcards.redeem")/>
            </form>
        </Dialog>
    }
}

/// What is wrong with the card itself: no field of its own says it.
#[component]
fn CardAlert(error: FormError) -> impl IntoView {
    let l = use_lang();
    move || {
        error.with(|error| match error {
            Some(crate::base::AppError::Invalid { field, message }) if field == "gift_card" || field == "currency" => {
                let text = l.dynamic(message);
                Some(view! {
                    <div class="banner" data-tone="bad" role="alert">
                        <Icon name="alert-circle"/>
                        <p class="banner-body">{text}</p>
                    </div>
                })
            }
            _ => None,
        })
    }
}
