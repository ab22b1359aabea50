//! The dialog in which an address is added or changed.

use super::api::{add_address, edit_address};
use super::{Address, AddressForm};
use crate::base::CustomerId;
use crate::base::country;
use crate::base::i18n::use_lang;
use crate::ui::{Bound, Dialog, DialogHandle, FieldError, FormAlert, FormError, Switch, TextField, aria_error, aria_invalid};
use leptos::prelude::*;

/// `editing` says which address the dialog is about; `None` adds one.
#[component]
pub fn AddressDialog(
    id: CustomerId,
    handle: DialogHandle,
    editing: RwSignal<Option<Address>>,
    /// Who is shipped to where nobody else is named.
    recipient: Signal<String>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let l = use_lang();
    let form = RwSignal::new(AddressForm::default());
    let error = FormError::new(None);
    Effect::new(move |_| {
        let blank = || AddressForm { recipient: recipient.get_untracked(), ..AddressForm::default() };
        form.set(editing.with(|address| address.as_ref().map_or_else(blank, |address| address.form.clone())));
        error.set(None);
    });
    let save = Action::new(move |form: &AddressForm| {
        let form = form.clone();
        let address = editing.get_untracked();
        async move {
            match address {
                Some(address) => edit_address(address.id, address.version, form).await,
                None => add_address(id, form).await.map(|_| ()),
            }
        }
    });
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            handle.close();
            on_saved.run(());
        }
        Some(Err(failure)) => error.set(Some(failure)),
        None => {}
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // The same check as the server's, without the way there.
        match form.with_untracked(AddressForm::checked) {
            Ok(checked) => {
                save.dispatch(checked);
            }
            Err(failure) => error.set(Some(failure)),
        }
    };
    let title = move || if editing.with(Option::is_some) { l.t("address.edit") } else { l.t("address.add") }.to_owned();
    view! {
        <Dialog handle id="address" title=Signal::derive(title)>
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body">
                    <FormAlert error/>
                    <AddressFields form error/>
                    <Defaults form/>
                </div>
                <footer class="dialog-foot">
                    <button class="btn" type="button" on:click=move |_| handle.close()>{l.t("ui.cancel")}</button>
                    <button class="btn btn-primary" type="submit" aria-busy=move || save.pending().get().then_some("true")>
                        <span>{l.t("ui.save")}</span>
                    </button>
                </footer>
            </form>
        </Dialog>
    }
}

/// The fields of an address, wherever one is typed.
#[component]
pub fn AddressFields(form: RwSignal<AddressForm>, error: FormError) -> impl IntoView {
    let l = use_lang();
    let bound = move |field: fn(&mut AddressForm) -> &mut String| Bound::new(form, field);
    let rule = move || form.with(|form| country::find(&form.country));
    let example = move || {
        rule().filter(|country| country.needs_postal_code()).map(|country| {
            let hint = l.with("address.postal_code_hint", &[("example", &country.postal_example())]);
            view! { <p class="hint">{hint}</p> }
        })
    };
    view! {
        <div class="form-grid">
            <TextField id="address-recipient" name="recipient" label=l.t("field.recipient") bound=bound(|f| &mut f.recipient) error wide=true/>
            <TextField id="address-company" name="company" label=l.t("field.company") bound=bound(|f| &mut f.company) error optional=true wide=true/>
            <TextField id="address-street" name="street" label=l.t("field.street") bound=bound(|f| &mut f.street) error wide=true/>
            <TextField id="address-line2" name="line2" label=l.t("field.line2") bound=bound(|f| &mut f.line2) error optional=true wide=true/>
            <div>
                <TextField id="address-postal" name="postal_code" label=l.t("field.postal_code") bound=bound(|f| &mut f.postal_code) error/>
                {example}
            </div>
            <TextField id="address-city" name="city" label=l.t("field.city") bound=bound(|f| &mut f.city) error/>
            <TextField id="address-region" name="region" label=l.t("field.region") bound=bound(|f| &mut f.region) error/>
            <CountryField form error/>
            <TextField id="address-phone" name="phone" label=l.t("field.phone") bound=bound(|f| &mut f.phone) error kind="tel" optional=true wide=true/>
        </div>
    }
}

#[component]
fn CountryField(form: RwSignal<AddressForm>, error: FormError) -> impl IntoView {
    let l = use_lang();
    let options = country::by_name(l).into_iter().map(|(code, name)| {
        view! { <option value=code prop:selected=move || form.with(|form| form.country == code)>{name}</option> }
    });
    view! {
        <div class="field">
            <label class="label" for="address-country">{l.t("field.country")}</label>
            <select
                class="input"
                id="address-country"
                name="country"
                aria-invalid=aria_invalid(error, "country")
                aria-describedby=aria_error(error, "country", "address-country")
                on:change=move |event| form.update(|form| form.country = event_target_value(&event))
            >
                <option value="" prop:selected=move || form.with(|form| form.country.is_empty())>{l.t("address.choose_country")}</option>
                {options.collect_view()}
            </select>
            <FieldError id="address-country" name="country" error/>
        </div>
    }
}

#[component]
fn Defaults(form: RwSignal<AddressForm>) -> impl IntoView {
    let l = use_lang();
    let shipping = Signal::derive(move || form.with(|form| form.default_shipping));
    let billing = Signal::derive(move || form.with(|form| form.default_billing));
    view! {
        <div class="check-list">
            <Switch checked=shipping on_change=Callback::new(move |on| form.update(|form| form.default_shipping = on))>
                {l.t("address.default_shipping")}
            </Switch>
            <Switch checked=billing on_change=Callback::new(move |on| form.update(|form| form.default_billing = on))>
                {l.t("address.default_billing")}
            </Switch>
        </div>
    }
}
