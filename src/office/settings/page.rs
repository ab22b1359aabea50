//! `/settings`: the shop and what counts as active, new, VIP. Each section is saved by itself.

use super::api::{get_settings, save_shop, save_thresholds};
use super::maps_page::MapSection;
use super::section::{Section, conflicts, rebase};
use super::value_page::{CreditSection, GiftCardSection, LoyaltySection};
use super::{SettingsView, ShopForm, ShopSettings, ThresholdForm};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{AppError, AppResult, Resource, blocking_resource};
use crate::office::jobs::JobProgress;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{ErrorState, Icon, focus_control, lazy_page, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

lazy_page!(
    /// The route of [`SettingsPage`].
    SettingsRoute,
    office,
    settings_view
);

fn settings_view() -> AnyView {
    let view = blocking_resource(|| (), |()| get_settings());
    view! {
        <Guard rights=&[Right::ManageSettings]>
            <SettingsFrame title="settings.title">
                <SettingsPage view/>
            </SettingsFrame>
        </Guard>
    }
    .into_any()
}

/// The heading and the places of the settings, around each of them.
#[component]
pub fn SettingsFrame(title: &'static str, children: Children) -> impl IntoView {
    let l = use_lang();
    let session = use_session();
    let place = move |href: &'static str, text: &'static str, shown: bool| {
        let current = (text == title).then_some("true");
        shown.then(
            || view! { <a class="nav-item" href=href aria-current=current><span class="nav-label">{l.dynamic(text)}</span></a> },
        )
    };
    view! {
        <Title text=l.dynamic(title)/>
        <div class="page page-narrow">
            <header class="page-head"><h1 class="page-title">{l.dynamic(title)}</h1></header>
            <div class="settings">
                <nav class="settings-nav" aria-label=l.t("nav.settings")>
                    {place("/settings", "settings.title", session.has(Right::ManageSettings))}
                    {place("/settings/checkout", "settings.checkout", session.has(Right::ManageSettings))}
                    {place("/settings/mail", "settings.mail", session.has(Right::ManageSettings))}
                    {place("/settings/staff", "staff.title", session.has(Right::ManageStaff))}
                    {place("/settings/keys", "apikeys.title", session.has(Right::ManageSettings))}
                    {place("/settings/audit", "audit.title", session.has(Right::ManageStaff))}
                    {place("/settings/account", "account.title", true)}
                </nav>
                <div class="stack">{children()}</div>
            </div>
        </div>
    }
}

#[component]
fn SettingsPage(view: Resource<AppResult<SettingsView>>) -> impl IntoView {
    let shown = move || {
        Suspend::new(async move {
            match view.await {
                Ok(view) => view! { <Sections view/> }.into_any(),
                Err(error) => view! { <ErrorState error/> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <span class="skel skel-block"></span> }>{shown}</Suspense> }
}

#[component]
fn Sections(view: SettingsView) -> impl IntoView {
    let current = RwSignal::new(view);
    let rebuild = Memo::new(move |_| current.with(|view| view.rebuild.clone()));
    view! {
        {move || rebuild.get().map(|job| view! { <section class="card"><div class="card-body"><JobProgress job/></div></section> })}
        <ShopSection current/>
        <ThresholdSection current/>
        <CreditSection current/>
        <GiftCardSection current/>
        <LoyaltySection current/>
        <MapSection current/>
    }
}

/// A section while it is edited; copy it into closures.
pub struct Editing<S: Section> {
    current: RwSignal<SettingsView>,
    pub form: RwSignal<S>,
    /// What the form was edited from.
    pub base: RwSignal<S>,
    /// What somebody else has meanwhile set of the fields that are being edited: label and value.
    theirs: RwSignal<Vec<(&'static str, String)>>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
}

// Derived, they would ask for a section that is Copy itself.
impl<S: Section> Clone for Editing<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Section> Copy for Editing<S> {}

impl<S: Section> Editing<S> {
    pub fn new(current: RwSignal<SettingsView>, of: fn(&ShopSettings) -> S) -> Self {
        let start = current.with_untracked(|view| of(&view.settings));
        let (form, base) = (RwSignal::new(start.clone()), RwSignal::new(start));
        let theirs = RwSignal::new(Vec::new());
        // Whenever the settings come anew, fields that were not edited follow them.
        Effect::new(move |first: Option<()>| {
            let fresh = current.with(|view| of(&view.settings));
            if first.is_none() {
                return;
            }
            let (mine, before) = (form.get_untracked(), base.get_untracked());
            theirs.set(conflicts(&mine, &before, &fresh));
            form.set(rebase(&mine, &before, &fresh));
            base.set(fresh);
        });
        Self { current, form, base, theirs, busy: RwSignal::new(false), error: RwSignal::new(None) }
    }

    fn is_changed(self) -> bool {
        self.base.with(|base| self.form.with(|form| form != base))
    }

    fn discard(self) {
        self.form.set(self.base.get_untracked());
        self.theirs.set(Vec::new());
        self.error.set(None);
    }

    /// The sentence about one field, where that is what is wrong.
    pub fn about(self, field: &'static str) -> Signal<Option<String>> {
        let l = use_lang();
        Signal::derive(move || {
            self.error.with(|error| match error {
                Some(AppError::Invalid { field: about, message }) if about == field => Some(l.dynamic(message)),
                _ => None,
            })
        })
    }

    /// Saves, shows what is in force then, and says so.
    pub fn save(self, saved: impl Future<Output = AppResult<SettingsView>> + 'static) {
        let (l, toasts) = (use_lang(), use_toasts());
        self.busy.set(true);
        self.error.set(None);
        let sent = self.form.get_untracked();
        spawn_local(async move {
            let mut result = saved.await;
            if let Err(AppError::Conflict { .. }) = result {
                // What it says now, against which saving once more means overwriting it knowingly.
                match get_settings().await {
                    Ok(view) => self.current.set(view),
                    Err(error) => result = Err(error),
                }
            }
            self.busy.set(false);
            match result {
                Ok(view) => {
                    self.base.set(sent);
                    self.current.set(view);
                    toasts.push(l.t("settings.saved"), None);
                }
                Err(AppError::Conflict { .. }) => {}
                Err(error) => {
                    if !matches!(error, AppError::Invalid { .. }) {
                        toasts.fail(l.error(&error));
                    }
                    self.error.set(Some(error));
                }
            }
        });
    }
}

/// Says what somebody else has set meanwhile.
#[component]
fn Meanwhile(theirs: RwSignal<Vec<(&'static str, String)>>) -> impl IntoView {
    let l = use_lang();
    let listed = move || {
        let fields = theirs.get();
        let list = fields.iter().map(|(label, value)| format!("{}: {value}", l.dynamic(label))).collect::<Vec<_>>().join("; ");
        (!fields.is_empty()).then(|| l.with("settings.meanwhile", &[("fields", &list)]))
    };
    move || {
        listed().map(|text| {
            view! {
                <div class="card-body">
                    <div class="banner" data-tone="warn" role="alert">
                        <Icon name="alert-triangle"/>
                        <p class="banner-body">{text}</p>
                    </div>
                </div>
            }
        })
    }
}

#[component]
pub(super) fn Row(
    id: &'static str,
    label: &'static str,
    /// What it means, and its default.
    hint: String,
    error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    let l = use_lang();
    // It may be far above the button that saves.
    Effect::new(move |_| {
        if error.with(Option::is_some) {
            focus_control(id.to_owned());
        }
    });
    view! {
        <div class="setting-row">
            <div>
                <label class="setting-name" for=id>{l.dynamic(label)}</label>
                <p class="hint" id=format!("{id}-hint")>{hint}</p>
            </div>
            <div class="setting-control">
                {children()}
                {move || error.get().map(|text| view! {
                    <p class="error" id=format!("{id}-error") role="alert"><Icon name="alert-circle"/>{text}</p>
                })}
            </div>
        </div>
    }
}

#[component]
pub(super) fn SaveBar<S: Section>(editing: Editing<S>) -> impl IntoView {
    let l = use_lang();
    let idle = move || editing.busy.get() || !editing.is_changed();
    view! {
        <Meanwhile theirs=editing.theirs/>
        <footer class="save-bar">
            <span class="soft">{move || editing.is_changed().then(|| l.t("settings.unsaved"))}</span>
            <button class="btn row-end" type="button" disabled=idle on:click=move |_| editing.discard()>{l.t("settings.discard")}</button>
            <button class="btn btn-primary" type="submit" disabled=idle aria-busy=move || editing.busy.get().then_some("true")>
                <span>{l.t("settings.save")}</span>
            </button>
        </footer>
    }
}

/// A text input bound to one field of a form.
#[component]
pub(super) fn Input<F: Send + Sync + 'static>(
    id: &'static str,
    form: RwSignal<F>,
    get: fn(&F) -> &String,
    set: fn(&mut F) -> &mut String,
    error: Signal<Option<String>>,
    #[prop(optional)] inputmode: &'static str,
    #[prop(optional)] readonly: bool,
) -> impl IntoView {
    let described = move || if error.get().is_some() { format!("{id}-hint {id}-error") } else { format!("{id}-hint") };
    view! {
        <input
            class="input"
            id=id
            prop:value=move || form.with(|form| get(form).clone())
            value=form.with_untracked(|form| get(form).clone())
            inputmode=(!inputmode.is_empty()).then_some(inputmode)
            readonly=readonly
            aria-invalid=move || error.get().map(|_| "true")
            aria-describedby=described
            on:input:target=move |event| form.update(|form| *set(form) = event.target().value())
        />
    }
}

#[component]
fn ShopSection(current: RwSignal<SettingsView>) -> impl IntoView {
    let l = use_lang();
    let editing = Editing::new(current, ShopForm::of);
    let form = editing.form;
    let fixed = current.with_untracked(|view| view.currency_fixed);
    let default = ShopSettings::default();
    let zones = current.with_untracked(|view| view.zones.clone());
    let languages = current.with_untracked(|view| view.languages.clone());
    let hint = |key: &str, value: &str| l.with(key, &[("default", &value)]);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        editing.save(save_shop(form.get_untracked(), editing.base.get_untracked()));
    };
    let zone = form.with_untracked(|form| form.time_zone.clone());
    let locale = form.with_untracked(|form| form.locale.clone());
    view! {
        <form class="card setting-group" id="shop" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("settings.shop")}</h2></header>
            <Row id="s-name" label="settings.name" hint=hint("settings.name_hint", &default.name) error=editing.about("name")>
                <Input id="s-name" form get=|f| &f.name set=|f| &mut f.name error=editing.about("name")/>
            </Row>
            <Row id="s-website" label="settings.website" hint=l.t("settings.website_hint").to_owned() error=editing.about("website")>
                <Input id="s-website" form get=|f| &f.website set=|f| &mut f.website error=editing.about("website") inputmode="url"/>
            </Row>
            <Row
                id="s-currency"
                label="settings.currency"
                hint=if fixed { l.t("settings.currency_fixed").to_owned() } else { hint("settings.currency_hint", default.base_currency.code()) }
                error=editing.about("base_currency")
            >
                <Input
                    id="s-currency"
                    form
                    get=|f| &f.base_currency
                    set=|f| &mut f.base_currency
                    error=editing.about("base_currency")
                    readonly=fixed
                />
            </Row>
            <Row id="s-zone" label="settings.zone" hint=hint("settings.zone_hint", &default.time_zone) error=editing.about("time_zone")>
                <select
                    class="input"
                    id="s-zone"
                    aria-describedby="s-zone-hint"
                    prop:value=move || form.with(|form| form.time_zone.clone())
                    on:change:target=move |event| form.update(|form| form.time_zone = event.target().value())
                >
                    {zones.into_iter().map(|name| {
                        let selected = name == zone;
                        view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
                    }).collect_view()}
                </select>
            </Row>
            <Row id="s-locale" label="settings.language" hint=l.t("settings.language_hint").to_owned() error=editing.about("locale")>
                <select
                    class="input"
                    id="s-locale"
                    aria-describedby="s-locale-hint"
                    prop:value=move || form.with(|form| form.locale.clone())
                    on:change:target=move |event| form.update(|form| form.locale = event.target().value())
                >
                    {languages.into_iter().map(|(code, name)| {
                        let selected = code == locale;
                        view! { <option value=code selected=selected>{name}</option> }
                    }).collect_view()}
                </select>
            </Row>
            <SaveBar editing/>
        </form>
    }
}

#[component]
fn ThresholdSection(current: RwSignal<SettingsView>) -> impl IntoView {
    let l = use_lang();
    let editing = Editing::new(current, ThresholdForm::of);
    let form = editing.form;
    let currency = current.with_untracked(|view| view.settings.base_currency);
    let default = ThresholdForm::of(&ShopSettings { base_currency: currency, ..ShopSettings::default() });
    let hint = |key: &str, value: &str| l.with(key, &[("default", &value)]);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        editing.save(save_thresholds(form.get_untracked(), editing.base.get_untracked()));
    };
    view! {
        <form class="card setting-group" id="thresholds" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("settings.customers")}</h2></header>
            <Row id="t-active" label="settings.active" hint=hint("settings.active_hint", &default.active_days) error=editing.about("active_days")>
                <div class="input-group">
                    <Input id="t-active" form get=|f| &f.active_days set=|f| &mut f.active_days error=editing.about("active_days") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
            </Row>
            <Row id="t-new" label="settings.new" hint=hint("settings.new_hint", &default.new_days) error=editing.about("new_days")>
                <div class="input-group">
                    <Input id="t-new" form get=|f| &f.new_days set=|f| &mut f.new_days error=editing.about("new_days") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
            </Row>
            <Row
                id="t-orders"
                label="settings.new_orders"
                hint=hint("settings.new_orders_hint", &default.new_max_orders)
                error=editing.about("new_max_orders")
            >
                <Input id="t-orders" form get=|f| &f.new_max_orders set=|f| &mut f.new_max_orders error=editing.about("new_max_orders") inputmode="numeric"/>
            </Row>
            <Row id="t-once" label="settings.one_time" hint=hint("settings.one_time_hint", &default.one_time_days) error=editing.about("one_time_days")>
                <div class="input-group">
                    <Input id="t-once" form get=|f| &f.one_time_days set=|f| &mut f.one_time_days error=editing.about("one_time_days") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
            </Row>
            <Row id="t-vip" label="settings.vip" hint=hint("settings.vip_hint", &default.vip) error=editing.about("vip")>
                <div class="input-group">
                    <span class="affix">{currency.code().to_owned()}</span>
                    <Input id="t-vip" form get=|f| &f.vip set=|f| &mut f.vip error=editing.about("vip") inputmode="decimal"/>
                </div>
            </Row>
            <Row id="t-high" label="settings.high_value" hint=hint("settings.high_value_hint", &default.high_value) error=editing.about("high_value")>
                <div class="input-group">
                    <span class="affix">{currency.code().to_owned()}</span>
                    <Input id="t-high" form get=|f| &f.high_value set=|f| &mut f.high_value error=editing.about("high_value") inputmode="decimal"/>
                </div>
            </Row>
            <Row id="t-churn" label="settings.churn" hint=hint("settings.churn_hint", &default.churn) error=editing.about("churn")>
                <div class="input-group">
                    <Input id="t-churn" form get=|f| &f.churn set=|f| &mut f.churn error=editing.about("churn") inputmode="numeric"/>
                    <span class="affix">"%"</span>
                </div>
            </Row>
            <Row id="t-free" label="settings.free_mail" hint=l.t("settings.free_mail_hint").to_owned() error=editing.about("free_mail")>
                <textarea
                    class="input"
                    id="t-free"
                    rows="6"
                    spellcheck="false"
                    autocapitalize="none"
                    aria-describedby="t-free-hint"
                    aria-invalid=move || editing.about("free_mail").get().map(|_| "true")
                    prop:value=move || form.with(|form| form.free_mail.clone())
                    on:input:target=move |event| form.update(|form| form.free_mail = event.target().value())
                >
                    {form.with_untracked(|form| form.free_mail.clone())}
                </textarea>
            </Row>
            <SaveBar editing/>
        </form>
    }
}
