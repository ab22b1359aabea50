//! Fields and messages that the dialogs about money share.

use super::{RefundOutcome, RefundTo};
use crate::base::Money;
use crate::base::i18n::{Lang, use_lang};
use crate::commerce::orders::context::use_order;
use crate::commerce::orders::{OrderDetail, method_name};
use crate::ui::{Dialog, DialogHandle, FieldError, FormError, Icon, Toasts, aria_error, aria_invalid};
use leptos::prelude::*;

/// What was typed as an amount of the order's currency, in minor units.
#[must_use]
pub fn read_amount(detail: &OrderDetail, text: &str) -> Option<i64> {
    Money::parse(text, detail.order.total.currency).map(|money| money.minor)
}

/// An amount, with its currency behind it and what is wrong with it while one types.
#[component]
pub fn AmountField(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    error: FormError,
    /// What is wrong with what stands there, or what it means.
    #[prop(into)]
    warning: Signal<Option<String>>,
) -> impl IntoView {
    let detail = use_order().detail;
    let currency = move || detail.with(|detail| detail.order.total.currency.code().to_owned());
    let typed = move |event| {
        value.set(event_target_value(&event));
        error.set(None);
    };
    let invalid = aria_invalid(error, "amount");
    view! {
        <div class="field">
            <label class="label" for=id>{label}</label>
            <div class="input-group">
                <input
                    class="input"
                    id=id
                    name="amount"
                    inputmode="decimal"
                    autocomplete="off"
                    prop:value=move || value.get()
                    on:input=typed
                    aria-invalid=move || invalid().or(warning.with(Option::is_some).then_some("true"))
                    aria-describedby=aria_error(error, "amount", id)
                />
                <span class="affix">{currency}</span>
            </div>
            {move || warning.get().map(|text| view! { <p class="error" role="status"><Icon name="alert-circle"/>{text}</p> })}
            <FieldError id name="amount" error/>
        </div>
    }
}

/// A text of several lines.
#[component]
pub fn TextArea(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    error: FormError,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let l = use_lang();
    view! {
        <div class="field">
            <label class="label" for=id>
                {label} {optional.then(|| view! { " " <span class="label-note">{l.t("ui.optional")}</span> })}
            </label>
            <textarea
                class="input"
                id=id
                name=name
                rows="2"
                dir="auto"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
                aria-invalid=aria_invalid(error, name)
                aria-describedby=aria_error(error, name, id)
            ></textarea>
            <FieldError id name error/>
        </div>
    }
}

/// Where a refund goes, with what that means for an amount.
#[component]
pub fn RefundToField(
    /// Unique in the page: the radios' name.
    name: &'static str,
    value: RwSignal<RefundTo>,
    /// Minor units that are to be given back.
    #[prop(into)]
    amount: Signal<Option<i64>>,
) -> impl IntoView {
    let l = use_lang();
    let detail = use_order().detail;
    let choices = move || {
        let purse = detail.with(|detail| detail.purse);
        let offered = RefundTo::ALL.iter().copied().filter(move |to| match to {
            RefundTo::Original => true,
            RefundTo::Credit => purse.credit.is_some(),
            RefundTo::GiftCard => purse.gift_cards,
        });
        offered
            .map(|to| {
                let chosen = move || value.get() == to;
                view! {
                    <label class="check">
                        <input
                            type="radio"
                            class="radio"
                            name=name
                            value=to.code()
                            prop:checked=chosen
                            on:change=move |_| value.set(to)
                        />
                        <span>{l.t(to.label_key())}</span>
                    </label>
                }
            })
            .collect_view()
    };
    let ways = move || {
        let minor = amount.get().filter(|minor| *minor > 0)?;
        let ways = detail.with(|detail| detail.ways_back(minor))?;
        (value.get() == RefundTo::Original).then(|| {
            let parts: Vec<String> =
                ways.iter().map(|(method, part)| format!("{} {}", method_name(l, method.code()), l.money(*part))).collect();
            view! { <p class="hint">{l.with("refunds.goes_back", &[("parts", &parts.join(", "))])}</p> }
        })
    };
    view! {
        <fieldset class="fieldset">
            <legend>{l.t("refunds.to")}</legend>
            <div class="check-list">{choices}</div>
            {ways}
        </fieldset>
    }
}

/// The code of a gift card that a refund made: shown once.
#[derive(Clone, Copy, Debug)]
pub struct NewCode {
    dialog: DialogHandle,
    code: RwSignal<String>,
}

impl Default for NewCode {
    fn default() -> Self {
        Self::new()
    }
}

impl NewCode {
    #[must_use]
    pub fn new() -> Self {
        Self { dialog: DialogHandle::new(), code: RwSignal::new(String::new()) }
    }

    /// Says what came of a refund.
    pub fn tell(self, l: Lang, toasts: Toasts, done: &str, outcome: RefundOutcome) {
        let mut text = done.to_owned();
        if outcome.points_taken_back > 0 {
            text = format!("{text} {}", l.count("refunds.points_taken_back", outcome.points_taken_back));
        }
        if outcome.points_written_off > 0 {
            text = format!("{text} {}", l.count("refunds.points_written_off", outcome.points_written_off));
        }
        toasts.push(text, None);
        if let Some(code) = outcome.gift_card_code {
            let _ = self.code.try_set(code);
            self.dialog.open();
        }
    }
}

/// Shows the code of a new gift card.
#[component]
pub fn CodeDialog(told: NewCode) -> impl IntoView {
    let l = use_lang();
    view! {
        <Dialog handle=told.dialog id="refund-code" title=l.t("refunds.code_title").to_owned() class="dialog-sm">
            <div class="dialog-body">
                <p class="soft">{l.t("refunds.code_text")}</p>
                <p class="code strong">{move || told.code.get()}</p>
            </div>
            <footer class="dialog-foot">
                <button class="btn btn-primary" type="button" autofocus on:click=move |_| told.dialog.close()>{l.t("ui.close")}</button>
            </footer>
        </Dialog>
    }
}
