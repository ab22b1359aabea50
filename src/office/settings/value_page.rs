//! The sections Store credit, Gift cards and Loyalty of the settings page.

use super::api::{save_credit_settings, save_gift_card_settings, save_loyalty_settings};
use super::page::{Editing, Input, Row, SaveBar};
use super::value::{BENEFITS, CreditForm, Form, GiftCardForm, LoyaltyForm, TierForm, switch};
use super::{SettingsView, ShopSettings};
use crate::base::i18n::use_lang;
use crate::ui::Icon;
use leptos::prelude::*;

#[component]
pub fn CreditSection(current: RwSignal<SettingsView>) -> impl IntoView {
    let l = use_lang();
    let editing = Editing::new(current, CreditForm::of);
    let form = editing.form;
    let default = CreditForm::of(&ShopSettings::default());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        editing.save(save_credit_settings(form.get_untracked(), editing.base.get_untracked()));
    };
    view! {
        <form class="card setting-group" id="credit" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("settings.credit")}</h2></header>
            <OnRow id="c-on" label="settings.credit_on" hint="settings.credit_on_hint" form get=|f| &f.enabled set=|f| &mut f.enabled/>
            <Row
                id="c-expiry"
                label="settings.credit_expiry"
                hint=l.with("settings.expiry_hint", &[("default", &default.expiry_days)])
                error=editing.about("expiry_days")
            >
                <div class="input-group">
                    <Input id="c-expiry" form get=|f| &f.expiry_days set=|f| &mut f.expiry_days error=editing.about("expiry_days") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
            </Row>
            <SaveBar editing/>
        </form>
    }
}

#[component]
pub fn GiftCardSection(current: RwSignal<SettingsView>) -> impl IntoView {
    let l = use_lang();
    let editing = Editing::new(current, GiftCardForm::of);
    let form = editing.form;
    let default = GiftCardForm::of(&ShopSettings::default());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        editing.save(save_gift_card_settings(form.get_untracked(), editing.base.get_untracked()));
    };
    view! {
        <form class="card setting-group" id="gift-cards" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("settings.cards")}</h2></header>
            <OnRow id="g-on" label="settings.cards_on" hint="settings.cards_on_hint" form get=|f| &f.enabled set=|f| &mut f.enabled/>
            <Row
                id="g-expiry"
                label="settings.cards_expiry"
                hint=l.with("settings.expiry_hint", &[("default", &default.expiry_days)])
                error=editing.about("expiry_days")
            >
                <div class="input-group">
                    <Input id="g-expiry" form get=|f| &f.expiry_days set=|f| &mut f.expiry_days error=editing.about("expiry_days") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
            </Row>
            <SaveBar editing/>
        </form>
    }
}

#[component]
pub fn LoyaltySection(current: RwSignal<SettingsView>) -> impl IntoView {
    let l = use_lang();
    let editing = Editing::new(current, LoyaltyForm::of);
    let form = editing.form;
    let default = LoyaltyForm::of(&ShopSettings::default());
    let currency = current.with_untracked(|view| view.settings.base_currency);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        editing.save(save_loyalty_settings(form.get_untracked(), editing.base.get_untracked()));
    };
    let per_unit = l.with("settings.per_unit_hint", &[("default", &default.points_per_unit), ("currency", &currency)]);
    view! {
        <form class="card setting-group" id="loyalty" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("settings.loyalty")}</h2></header>
            <OnRow id="l-on" label="settings.loyalty_on" hint="settings.loyalty_on_hint" form get=|f| &f.enabled set=|f| &mut f.enabled/>
            <Row id="l-unit" label="settings.per_unit" hint=per_unit error=editing.about("points_per_unit")>
                <div class="input-group">
                    <Input id="l-unit" form get=|f| &f.points_per_unit set=|f| &mut f.points_per_unit error=editing.about("points_per_unit") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.points")}</span>
                </div>
            </Row>
            <Row
                id="l-expiry"
                label="settings.points_expiry"
                hint=l.with("settings.expiry_hint", &[("default", &default.expiry_days)])
                error=editing.about("expiry_days")
            >
                <div class="input-group">
                    <Input id="l-expiry" form get=|f| &f.expiry_days set=|f| &mut f.expiry_days error=editing.about("expiry_days") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
            </Row>
            <Tiers editing currency=currency.code().to_owned()/>
            <SaveBar editing/>
        </form>
    }
}

/// A switch bound to one field of a form.
#[component]
pub(super) fn OnRow<F: Send + Sync + 'static>(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    form: RwSignal<F>,
    get: fn(&F) -> &String,
    set: fn(&mut F) -> &mut String,
) -> impl IntoView {
    let l = use_lang();
    let on = move || form.with(|form| get(form) == "on");
    view! {
        <div class="setting-row">
            <div>
                <label class="setting-name" for=id>{l.dynamic(label)}</label>
                <p class="hint" id=format!("{id}-hint")>{l.dynamic(hint)}</p>
            </div>
            <div class="setting-control">
                <input
                    type="checkbox"
                    class="switch"
                    role="switch"
                    id=id
                    aria-describedby=format!("{id}-hint")
                    checked=untrack(on)
                    prop:checked=on
                    on:change:target=move |event| {
                        let checked = event.target().checked();
                        form.update(|form| *set(form) = switch(checked));
                    }
                />
            </div>
        </div>
    }
}

/// The tiers, one below the other.
#[component]
fn Tiers(editing: Editing<LoyaltyForm>, currency: String) -> impl IntoView {
    let l = use_lang();
    let form = editing.form;
    let tiers = Memo::new(move |_| TierForm::read(&form.with(|form| form.tiers.clone())));
    let count = Memo::new(move |_| tiers.with(Vec::len));
    let change = Callback::new(move |change: Change| {
        let mut changed = tiers.get_untracked();
        change(&mut changed);
        form.update(|form| form.tiers = TierForm::write(&changed));
    });
    let add = move |_| {
        change.run(Box::new(|tiers: &mut Vec<TierForm>| {
            let earns = tiers.last().map_or_else(|| "10".to_owned(), |tier| tier.earns.clone());
            tiers.push(TierForm { earns, ..TierForm::default() });
        }));
    };
    let error = editing.about("tiers");
    let currency = StoredValue::new(currency);
    view! {
        <fieldset class="card-body stack fieldset" aria-describedby="l-tiers-hint">
            <legend class="setting-name">{l.t("settings.tiers")}</legend>
            <p class="hint" id="l-tiers-hint">{l.t("settings.tiers_hint")}</p>
            {move || (0..count.get()).map(|at| view! { <TierRow at tiers change currency=currency.get_value()/> }).collect_view()}
            {move || error.get().map(|text| view! { <p class="error" role="alert"><Icon name="alert-circle"/>{text}</p> })}
            <div>
                <button class="btn btn-sm" type="button" on:click=add><Icon name="plus"/>{l.t("settings.add_tier")}</button>
            </div>
        </fieldset>
    }
}

/// A change of the tiers.
type Change = Box<dyn FnOnce(&mut Vec<TierForm>) + Send + Sync>;

#[component]
fn TierRow(at: usize, tiers: Memo<Vec<TierForm>>, change: Callback<Change>, currency: String) -> impl IntoView {
    let l = use_lang();
    let text = move |get: fn(&TierForm) -> &String| {
        Signal::derive(move || tiers.with(|tiers| tiers.get(at).map(|tier| get(tier).clone()).unwrap_or_default()))
    };
    let name = text(|tier| &tier.name);
    let field = move |part: &'static str, label: String, value: Signal<String>, set: fn(&mut TierForm) -> &mut String| {
        let id = format!("l-tier-{at}-{part}");
        let typed = move |text: String| {
            change.run(Box::new(move |tiers: &mut Vec<TierForm>| {
                if let Some(tier) = tiers.get_mut(at) {
                    *set(tier) = text;
                }
            }));
        };
        view! {
            <div class="field">
                <label class="label" for=id.clone()>{label}</label>
                <input
                    class="input"
                    id=id
                    value=value.get_untracked()
                    prop:value=move || value.get()
                    inputmode=(part != "name").then_some("numeric")
                    on:input:target=move |event| typed(event.target().value())
                />
            </div>
        }
    };
    let benefit = move |benefit: &'static str| {
        let has = move || tiers.with(|tiers| tiers.get(at).is_some_and(|tier| tier.benefits.iter().any(|name| name == benefit)));
        let tick = move |on: bool| {
            change.run(Box::new(move |tiers: &mut Vec<TierForm>| {
                if let Some(tier) = tiers.get_mut(at) {
                    let granted =
                        |name: &&'static str| if *name == benefit { on } else { tier.benefits.iter().any(|has| has == name) };
                    tier.benefits = BENEFITS.into_iter().filter(granted).map(str::to_owned).collect();
                }
            }));
        };
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    class="checkbox"
                    checked=untrack(has)
                    prop:checked=has
                    on:change:target=move |event| tick(event.target().checked())
                />
                <span>{l.dynamic(&format!("settings.benefit.{benefit}"))}</span>
            </label>
        }
    };
    let remove = move |_| {
        change.run(Box::new(move |tiers: &mut Vec<TierForm>| {
            if at < tiers.len() {
                tiers.remove(at);
            }
        }));
    };
    let label = move || l.with("settings.remove_tier", &[("name", &name.get())]);
    view! {
        <div class="tier" role="group" aria-label=move || name.get()>
            <div class="tier-fields">
                {field("name", l.t("settings.tier_name").to_owned(), name, |tier| &mut tier.name)}
                {field("from", l.t("settings.tier_from").to_owned(), text(|tier| &tier.from_points), |tier| &mut tier.from_points)}
                {field(
                    "earns",
                    l.with("settings.tier_earns", &[("currency", &currency)]),
                    text(|tier| &tier.earns),
                    |tier| &mut tier.earns,
                )}
                <button class="btn btn-icon btn-ghost tier-remove" type="button" aria-label=label title=label on:click=remove>
                    <Icon name="trash"/>
                </button>
            </div>
            <div class="tier-benefits">{BENEFITS.map(benefit)}</div>
        </div>
    }
}
