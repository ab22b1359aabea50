//! `/settings/checkout`: what orders cost and how they are numbered, and what stands on invoices.

use super::api::{get_settings, save_checkout, save_invoice_settings};
use super::page::{Editing, Input, Row, SaveBar, SettingsFrame};
use super::{CheckoutForm, Form, InvoiceForm, SettingsView, ShopSettings};
use crate::base::blocking_resource;
use crate::base::i18n::use_lang;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{ErrorState, lazy_page};
use leptos::prelude::*;

lazy_page!(
    /// The route of the page.
    CheckoutRoute,
    office,
    checkout_view
);

fn checkout_view() -> AnyView {
    let view = blocking_resource(|| (), |()| get_settings());
    let shown = move || {
        Suspend::new(async move {
            match view.await {
                Ok(view) => view! { <Sections view/> }.into_any(),
                Err(error) => view! { <ErrorState error/> }.into_any(),
            }
        })
    };
    view! {
        <Guard rights=&[Right::ManageSettings]>
            <SettingsFrame title="settings.checkout">
                <Suspense fallback=|| view! { <span class="skel skel-block"></span> }>{shown}</Suspense>
            </SettingsFrame>
        </Guard>
    }
    .into_any()
}

#[component]
fn Sections(view: SettingsView) -> impl IntoView {
    let current = RwSignal::new(view);
    view! {
        <CheckoutSection current/>
        <InvoiceSection current/>
    }
}

#[component]
fn CheckoutSection(current: RwSignal<SettingsView>) -> impl IntoView {
    let l = use_lang();
    let editing = Editing::new(current, CheckoutForm::of);
    let form = editing.form;
    let currency = current.with_untracked(|view| view.settings.base_currency);
    let default = CheckoutForm::of(&ShopSettings { base_currency: currency, ..ShopSettings::default() });
    let hint = |key: &str, value: &str| l.with(key, &[("default", &value)]);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        editing.save(save_checkout(form.get_untracked(), editing.base.get_untracked()));
    };
    let mode = move |code: &'static str, label: &'static str| {
        let chosen = form.with_untracked(|form| form.tax_mode == code);
        view! { <option value=code selected=chosen>{l.t(label)}</option> }
    };
    view! {
        <form class="card setting-group" id="checkout" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("settings.orders")}</h2></header>
            <Row id="c-shipping" label="settings.shipping" hint=hint("settings.shipping_hint", &default.shipping) error=editing.about("shipping")>
                <div class="input-group">
                    <span class="affix">{currency.code().to_owned()}</span>
                    <Input id="c-shipping" form get=|f| &f.shipping set=|f| &mut f.shipping error=editing.about("shipping") inputmode="decimal"/>
                </div>
            </Row>
            <Row id="c-mode" label="settings.tax_mode" hint=l.t("settings.tax_mode_hint").to_owned() error=editing.about("tax_mode")>
                <select
                    class="input"
                    id="c-mode"
                    aria-describedby="c-mode-hint"
                    prop:value=move || form.with(|form| form.tax_mode.clone())
                    on:change:target=move |event| form.update(|form| form.tax_mode = event.target().value())
                >
                    {mode("included", "settings.tax_included")}
                    {mode("added", "settings.tax_added")}
                </select>
            </Row>
            <Row id="c-tax" label="settings.tax" hint=hint("settings.tax_hint", &default.tax) error=editing.about("tax")>
                <div class="input-group">
                    <Input id="c-tax" form get=|f| &f.tax set=|f| &mut f.tax error=editing.about("tax") inputmode="decimal"/>
                    <span class="affix">"%"</span>
                </div>
            </Row>
            <Row
                id="c-shipping-tax"
                label="settings.shipping_tax"
                hint=hint("settings.shipping_tax_hint", &default.shipping_tax)
                error=editing.about("shipping_tax")
            >
                <div class="input-group">
                    <Input id="c-shipping-tax" form get=|f| &f.shipping_tax set=|f| &mut f.shipping_tax error=editing.about("shipping_tax") inputmode="decimal"/>
                    <span class="affix">"%"</span>
                </div>
            </Row>
            <Row id="c-prefix" label="settings.order_prefix" hint=l.t("settings.order_prefix_hint").to_owned() error=editing.about("order_prefix")>
                <Input id="c-prefix" form get=|f| &f.order_prefix set=|f| &mut f.order_prefix error=editing.about("order_prefix")/>
            </Row>
            <Row
                id="c-abandoned"
                label="settings.abandoned"
                hint=hint("settings.abandoned_hint", &default.abandoned_minutes)
                error=editing.about("abandoned_minutes")
            >
                <div class="input-group">
                    <Input id="c-abandoned" form get=|f| &f.abandoned_minutes set=|f| &mut f.abandoned_minutes error=editing.about("abandoned_minutes") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.minutes")}</span>
                </div>
            </Row>
            <Row id="c-stuck" label="settings.stuck" hint=hint("settings.stuck_hint", &default.stuck_days) error=editing.about("stuck_days")>
                <div class="input-group">
                    <Input id="c-stuck" form get=|f| &f.stuck_days set=|f| &mut f.stuck_days error=editing.about("stuck_days") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
            </Row>
            <SaveBar editing/>
        </form>
    }
}

#[component]
fn InvoiceSection(current: RwSignal<SettingsView>) -> impl IntoView {
    let l = use_lang();
    let editing = Editing::new(current, InvoiceForm::of);
    let form = editing.form;
    let default = InvoiceForm::of(&ShopSettings::default());
    let hint = |key: &str, value: &str| l.with(key, &[("default", &value)]);
    let company = current.with_untracked(|view| view.settings.name.clone());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        editing.save(save_invoice_settings(form.get_untracked(), editing.base.get_untracked()));
    };
    view! {
        <form class="card setting-group" id="invoices" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("settings.invoices")}</h2></header>
            <Row id="i-prefix" label="settings.invoice_prefix" hint=hint("settings.invoice_prefix_hint", &default.prefix) error=editing.about("prefix")>
                <Input id="i-prefix" form get=|f| &f.prefix set=|f| &mut f.prefix error=editing.about("prefix")/>
            </Row>
            <Row
                id="i-credit"
                label="settings.credit_note_prefix"
                hint=hint("settings.credit_note_prefix_hint", &default.credit_note_prefix)
                error=editing.about("credit_note_prefix")
            >
                <Input id="i-credit" form get=|f| &f.credit_note_prefix set=|f| &mut f.credit_note_prefix error=editing.about("credit_note_prefix")/>
            </Row>
            <Row id="i-company" label="settings.company" hint=hint("settings.company_hint", &company) error=editing.about("company")>
                <Input id="i-company" form get=|f| &f.company set=|f| &mut f.company error=editing.about("company")/>
            </Row>
            <Row id="i-address" label="settings.address" hint=l.t("settings.address_hint").to_owned() error=editing.about("address")>
                <Lines id="i-address" form get=|f| &f.address set=|f| &mut f.address error=editing.about("address") rows=3/>
            </Row>
            <Row id="i-tax" label="settings.tax_id" hint=l.t("settings.tax_id_hint").to_owned() error=editing.about("tax_id")>
                <Lines id="i-tax" form get=|f| &f.tax_id set=|f| &mut f.tax_id error=editing.about("tax_id") rows=2/>
            </Row>
            <Row id="i-bank" label="settings.bank" hint=l.t("settings.bank_hint").to_owned() error=editing.about("bank")>
                <Lines id="i-bank" form get=|f| &f.bank set=|f| &mut f.bank error=editing.about("bank") rows=3/>
            </Row>
            <Row id="i-footer" label="settings.footer" hint=l.t("settings.footer_hint").to_owned() error=editing.about("footer")>
                <Lines id="i-footer" form get=|f| &f.footer set=|f| &mut f.footer error=editing.about("footer") rows=2/>
            </Row>
            <SaveBar editing/>
        </form>
    }
}

/// A text of several lines bound to one field of the form.
#[component]
fn Lines(
    id: &'static str,
    form: RwSignal<InvoiceForm>,
    get: fn(&InvoiceForm) -> &String,
    set: fn(&mut InvoiceForm) -> &mut String,
    error: Signal<Option<String>>,
    rows: u8,
) -> impl IntoView {
    let described = move || if error.get().is_some() { format!("{id}-hint {id}-error") } else { format!("{id}-hint") };
    view! {
        <textarea
            class="input"
            id=id
            rows=rows.to_string()
            prop:value=move || form.with(|form| get(form).clone())
            aria-invalid=move || error.get().map(|_| "true")
            aria-describedby=described
            on:input:target=move |event| form.update(|form| *set(form) = event.target().value())
        >
            {form.with_untracked(|form| get(form).clone())}
        </textarea>
    }
}
