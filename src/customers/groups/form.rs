//! The form of a group. Two people's edits are put together field by field; where both changed one, the second is told what it is now.

use super::api::{open_group, save_group};
use super::page::Opening;
use super::{GroupForm, Shipping};
use crate::app::use_session;
use crate::base::AppError;
use crate::base::i18n::use_lang;
use crate::office::settings::section::Section;
use crate::ui::{
    Bound, FieldError, FormAlert, HueField, Icon, Switch, TextField, TextInput, aria_error, aria_invalid, use_toasts,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

/// How many fields are not saved.
fn unsaved(opening: Opening) -> usize {
    opening.base.with(|base| {
        opening.form.with(|form| {
            form.fields().iter().zip(base.fields()).filter(|((_, mine), (_, base))| mine.trim() != base.trim()).count()
        })
    })
}

#[component]
pub(super) fn GroupEditor(opening: Opening) -> impl IntoView {
    let l = use_lang();
    let busy = RwSignal::new(false);
    let save = use_save(opening, busy);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        save.run(());
    };
    let bar = move || {
        let count = unsaved(opening);
        let discard = move |_| {
            opening.form.set(opening.base.get_untracked());
            opening.theirs.set(Vec::new());
            opening.error.set(None);
        };
        (count > 0).then(|| {
            view! {
                <footer class="save-bar">
                    <span class="soft" role="status">{l.count("details.unsaved", i64::try_from(count).unwrap_or(i64::MAX))}</span>
                    <button class="btn row-end" type="button" on:click=discard>{l.t("details.discard")}</button>
                    <button class="btn btn-primary" type="submit" aria-busy=move || busy.get().then_some("true")>
                        <span>{l.t("ui.save")}</span>
                    </button>
                </footer>
            }
        })
    };
    view! {
        <form class="card" method="post" novalidate on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("groups.means")}</h2></header>
            <div class="card-body stack">
                <FormAlert error=opening.error/>
                <Meanwhile opening/>
                <Names opening/>
                <Prices opening/>
                <Orders opening/>
                <Further opening/>
            </div>
            {bar}
        </form>
    }
    .into_any()
}

/// Saves, and shows what is in force then.
fn use_save(opening: Opening, busy: RwSignal<bool>) -> Callback<()> {
    let (l, toasts, navigate) = (use_lang(), use_toasts(), use_navigate());
    let currency = use_session().currency;
    Callback::new(move |()| {
        let id = opening.view.with_untracked(|view| view.id);
        let (form, base) = (opening.form.get_untracked(), opening.base.get_untracked());
        // The same check as the server's, without the way there.
        if let Err(failure) = form.checked(currency) {
            return opening.error.set(Some(failure));
        }
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        opening.error.set(None);
        let navigate = navigate.clone();
        spawn_local(async move {
            let mut result = save_group(id, form, base).await;
            let mut collided = false;
            if let (Err(AppError::Conflict { .. }), Some(id)) = (&result, id) {
                // What it says now, against which saving once more means overwriting it knowingly.
                result = open_group(Some(id)).await;
                collided = true;
            }
            if busy.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(fresh) if id.is_none() => {
                    toasts.push(l.with("groups.added", &[("name", &fresh.group.name)]), None);
                    let href = fresh.id.map(|id| format!("/groups/{id}")).unwrap_or_default();
                    navigate(&href, leptos_router::NavigateOptions { replace: true, ..Default::default() });
                }
                Ok(fresh) => {
                    if !collided {
                        opening.base.set(opening.form.get_untracked());
                        toasts.push(l.t("groups.saved"), None);
                    }
                    opening.follow(fresh);
                }
                Err(error) => opening.error.set(Some(error)),
            }
        });
    })
}

/// Says what somebody else has set meanwhile.
#[component]
fn Meanwhile(opening: Opening) -> impl IntoView {
    let l = use_lang();
    let said = move || {
        let fields = opening.theirs.get();
        let list = fields
            .iter()
            .map(|(label, value)| format!("{}: {}", l.dynamic(label), if value.is_empty() { "—" } else { value.as_str() }));
        let list = list.collect::<Vec<_>>().join("; ");
        let by = opening.view.with(|view| view.changed.as_ref().map(|(by, at)| (by.clone(), l.moment(*at)))).unwrap_or_default();
        (!fields.is_empty()).then(|| l.with("groups.meanwhile", &[("name", &by.0), ("time", &by.1), ("fields", &list)]))
    };
    move || {
        said().map(|text| {
            view! {
                <div class="banner" data-tone="warn" role="alert">
                    <Icon name="alert-triangle"/>
                    <p class="banner-body">{text}</p>
                </div>
            }
        })
    }
}

fn bound(opening: Opening, field: fn(&mut GroupForm) -> &mut String) -> Bound {
    Bound::new(opening.form, field)
}

#[component]
fn Names(opening: Opening) -> impl IntoView {
    let l = use_lang();
    let error = opening.error;
    let hue = Signal::derive(move || opening.form.with(|form| form.hue.parse().ok().or(Some(0))));
    let choose = Callback::new(move |hue: Option<u8>| {
        opening.form.update(|form| form.hue = hue.map(|hue| hue.to_string()).unwrap_or_default());
    });
    view! {
        <div class="form-grid">
            <TextField id="g-name" name="name" label=l.t("field.name") bound=bound(opening, |f| &mut f.name) error/>
            <TextField id="g-description" name="description" label=l.t("field.description") bound=bound(opening, |f| &mut f.description) error optional=true/>
        </div>
        <HueField name="hue" chosen=hue choose/>
    }
}

#[component]
fn Prices(opening: Opening) -> impl IntoView {
    let l = use_lang();
    let error = opening.error;
    let lists = opening.view.with_untracked(|view| view.price_lists.clone());
    let options = lists.into_iter().map(|(id, name)| {
        let code = id.to_string();
        let this = code.clone();
        let chosen = move || opening.form.with(|form| form.price_list == this);
        view! { <option value=code selected=untrack(chosen.clone()) prop:selected=chosen>{name}</option> }
    });
    let none = move || opening.form.with(|form| form.price_list.is_empty());
    let choose = move |event| opening.form.update(|form| form.price_list = event_target_value(&event));
    view! {
        <div class="form-grid">
            <div class="field">
                <label class="label" for="g-discount">{l.t("field.discount")} " " <span class="label-note">{l.t("ui.optional")}</span></label>
                <div class="input-group">
                    <TextInput id="g-discount" name="discount" bound=bound(opening, |f| &mut f.discount) error/>
                    <span class="affix">"%"</span>
                </div>
                <p class="hint">{l.t("groups.discount_hint")}</p>
            </div>
            <div class="field">
                <label class="label" for="g-list">{l.t("field.price_list")}</label>
                <select class="input" id="g-list" name="price_list" aria-invalid=aria_invalid(error, "price_list") aria-describedby=aria_error(error, "price_list", "g-list") on:change=choose>
                    <option value="" selected=untrack(none) prop:selected=none>{l.t("groups.no_price_list")}</option>
                    {options.collect_view()}
                </select>
                <FieldError id="g-list" name="price_list" error/>
            </div>
        </div>
    }
}

#[component]
fn Orders(opening: Opening) -> impl IntoView {
    let l = use_lang();
    let error = opening.error;
    let currency = use_session().currency.to_string();
    let chosen = move |this: Shipping| opening.form.with(|form| Shipping::parse(&form.shipping).unwrap_or_default() == this);
    let option = move |this: Shipping| {
        view! { <option value=this.code() selected=untrack(move || chosen(this)) prop:selected=move || chosen(this)>{l.t(this.label_key())}</option> }
    };
    let choose = move |event| opening.form.update(|form| form.shipping = event_target_value(&event));
    let affix = currency.clone();
    view! {
        <div class="form-grid">
            <div class="field">
                <label class="label" for="g-shipping">{l.t("field.shipping")}</label>
                <select class="input" id="g-shipping" name="shipping" on:change=choose>
                    {Shipping::ALL.into_iter().map(option).collect_view()}
                </select>
            </div>
            <Show when=move || chosen(Shipping::FreeOver)>
                <div class="field">
                    <label class="label" for="g-free">{l.t("field.free_over")}</label>
                    <TextInput id="g-free" name="free_over" bound=bound(opening, |f| &mut f.free_over) error affix=affix.clone()/>
                    <p class="hint">{l.t("groups.limits_hint")}</p>
                </div>
            </Show>
            <div class="field">
                <label class="label" for="g-minimum">{l.t("groups.minimum")} " " <span class="label-note">{l.t("ui.optional")}</span></label>
                <TextInput id="g-minimum" name="minimum" bound=bound(opening, |f| &mut f.minimum) error affix=currency/>
            </div>
            <div class="field">
                <label class="label" for="g-terms">{l.t("field.terms")} " " <span class="label-note">{l.t("ui.optional")}</span></label>
                <div class="input-group">
                    <TextInput id="g-terms" name="terms" bound=bound(opening, |f| &mut f.terms) error/>
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
                <p class="hint">{l.t("groups.terms_hint")}</p>
            </div>
        </div>
    }
}

#[component]
fn Further(opening: Opening) -> impl IntoView {
    let l = use_lang();
    let switch = move |text: &'static str, field: fn(&mut GroupForm) -> &mut String| {
        let on = Signal::derive(move || !field(&mut opening.form.get()).is_empty());
        let set =
            Callback::new(move |on: bool| opening.form.update(|form| *field(form) = if on { "1".into() } else { String::new() }));
        view! { <Switch checked=on on_change=set>{text}</Switch> }
    };
    view! {
        <fieldset class="fieldset">
            <legend>{l.t("groups.further")}</legend>
            <div class="check-list">
                {switch(l.t("field.priority_support"), |form| &mut form.priority_support)}
                {switch(l.t("field.early_access"), |form| &mut form.early_access)}
                {switch(l.t("field.locks_address"), |form| &mut form.locks_address)}
            </div>
        </fieldset>
    }
}
