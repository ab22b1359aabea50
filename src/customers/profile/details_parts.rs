//! The cards of the Details tab.

use super::details::Draft;
use super::{AccountStatus, ConsentLine, Details};
use crate::base::i18n::use_lang;
use crate::base::{BranchId, GroupId};
use crate::ui::{Bound, FieldError, FormError, Icon, Switch, TextInput, aria_error, aria_invalid};
use leptos::prelude::*;

/// A text of the details that is edited in place.
#[component]
fn Line(
    draft: Draft,
    id: &'static str,
    name: &'static str,
    label: &'static str,
    field: fn(&mut Details) -> &mut String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let bound = Bound::new(draft.details, field);
    view! {
        <label class="label" for=id>{label}</label>
        <div class="field">
            <TextInput id name bound error=draft.error kind class="input input-quiet"/>
            {children.map(|children| children())}
        </div>
    }
}

/// Name, company, contact.
#[component]
pub(super) fn Person<F, V>(
    draft: Draft,
    /// What stands beneath an email that somebody else has.
    taken: F,
) -> impl IntoView
where
    F: Fn() -> V + Send + 'static,
    V: IntoView + 'static,
{
    let l = use_lang();
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("details.person")}</h2></header>
            <div class="card-body">
                <div class="edit-grid">
                    <Line draft id="d-first" name="first_name" label=l.t("field.first_name") field=|d| &mut d.first_name/>
                    <Line draft id="d-last" name="last_name" label=l.t("field.last_name") field=|d| &mut d.last_name/>
                    <Line draft id="d-company" name="company" label=l.t("field.company") field=|d| &mut d.company/>
                    <Line draft id="d-email" name="email" label=l.t("field.email") field=|d| &mut d.email kind="email">{taken()}</Line>
                    <Line draft id="d-phone" name="phone" label=l.t("field.phone") field=|d| &mut d.phone kind="tel"/>
                    <Line draft id="d-number" name="account_number" label=l.t("field.account_number") field=|d| &mut d.account_number/>
                    <Line draft id="d-birth" name="date_of_birth" label=l.t("field.date_of_birth") field=|d| &mut d.date_of_birth kind="date"/>
                    <LocaleLine draft/>
                </div>
            </div>
        </section>
    }
}

#[component]
fn LocaleLine(draft: Draft) -> impl IntoView {
    let l = use_lang();
    let locales = draft.choices.with_value(|choices| choices.locales.clone());
    let chosen = Signal::derive(move || draft.details.with(|details| details.locale.clone()));
    let choose = Callback::new(move |code| draft.details.update(|details| details.locale = code));
    view! {
        <label class="label" for="d-locale">{l.t("field.locale")}</label>
        <Select id="d-locale" name="locale" error=draft.error options=locales chosen choose/>
    }
}

/// A select among codes and their names.
#[component]
fn Select(
    id: &'static str,
    name: &'static str,
    error: FormError,
    options: Vec<(String, String)>,
    chosen: Signal<String>,
    choose: Callback<String>,
) -> impl IntoView {
    let option = move |(code, name): (String, String)| {
        let this = code.clone();
        let is_chosen = move || chosen.with(|chosen| *chosen == this);
        view! { <option value=code selected=untrack(is_chosen.clone()) prop:selected=is_chosen>{name}</option> }
    };
    view! {
        <select
            class="input input-quiet"
            id=id
            name=name
            aria-invalid=aria_invalid(error, name)
            aria-describedby=aria_error(error, name, id)
            on:change=move |event| choose.run(event_target_value(&event))
        >
            {options.into_iter().map(option).collect_view()}
        </select>
    }
}

/// Status, groups, tags, branch, department.
#[component]
pub(super) fn Account(draft: Draft) -> impl IntoView {
    let l = use_lang();
    let flag = move |read: fn(&Details) -> bool| Signal::derive(move || draft.details.with(read));
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("details.account")}</h2></header>
            <div class="card-body stack">
                <PricingGroup draft/>
                <Groups draft/>
                <Tags draft/>
                <Branch draft/>
                <Department draft/>
                <Switch
                    checked=flag(|details| details.email_confirmed)
                    on_change=Callback::new(move |on| draft.details.update(|details| details.email_confirmed = on))
                >
                    {l.t("field.email_confirmed")}
                </Switch>
                <Switch
                    checked=flag(|details| details.account_status == AccountStatus::Blocked)
                    on_change=Callback::new(move |on| draft.details.update(|details| details.account_status = AccountStatus::blocked(on)))
                >
                    {l.t("account.blocked")}
                    " "
                    <span class="hint">{l.t("details.blocked_hint")}</span>
                </Switch>
            </div>
        </section>
    }
}

#[component]
fn PricingGroup(draft: Draft) -> impl IntoView {
    let l = use_lang();
    let name = |(id, name, discount): &(GroupId, String, i64)| {
        let name = if *discount > 0 { format!("{name}, {}", l.percent(discount / 10)) } else { name.clone() };
        (id.to_string(), name)
    };
    let options: Vec<_> = draft.choices.with_value(|choices| choices.groups.iter().map(name).collect());
    let chosen = Signal::derive(move || draft.details.with(|details| details.pricing_group.to_string()));
    let choose = Callback::new(move |id: String| {
        let Ok(id) = id.parse::<GroupId>() else { return };
        draft.details.update(|details| {
            details.pricing_group = id;
            if !details.groups.contains(&id) {
                details.groups.push(id);
                details.groups.sort_unstable();
            }
        });
    });
    view! {
        <div class="field">
            <label class="label" for="d-pricing">{l.t("field.pricing_group")}</label>
            <Select id="d-pricing" name="pricing_group" error=draft.error options chosen choose/>
            <p class="hint">{l.t("details.no_stacking")}</p>
            <FieldError id="d-pricing" name="pricing_group" error=draft.error/>
        </div>
    }
}

/// The groups as tags that can be left, except the pricing group, and a select to join one.
#[component]
fn Groups(draft: Draft) -> impl IntoView {
    let l = use_lang();
    let name_of = move |id: GroupId| {
        let name = |(known, name, _): &(GroupId, String, i64)| (*known == id).then(|| name.clone());
        draft.choices.with_value(|choices| choices.groups.iter().find_map(name)).unwrap_or_default()
    };
    let leave = move |id: GroupId| draft.details.update(|details| details.groups.retain(|group| *group != id));
    let tag = move |id: GroupId| {
        let name = name_of(id);
        let label = l.with("details.leave_group", &[("name", &name)]);
        let pricing = draft.details.with(|details| details.pricing_group == id);
        let x = (!pricing).then(|| {
            view! { <button class="tag-x" type="button" aria-label=label on:click=move |_| leave(id)><Icon name="x"/></button> }
        });
        view! { <span class="tag">{name}{x}</span> }
    };
    let tags = move || draft.details.with(|details| details.groups.clone()).into_iter().map(tag).collect_view();
    let join = move |event| {
        let Ok(id) = event_target_value(&event).parse::<GroupId>() else { return };
        draft.details.update(|details| {
            details.groups.push(id);
            details.groups.sort_unstable();
            details.groups.dedup();
        });
    };
    let others = move || {
        let mine = draft.details.with(|details| details.groups.clone());
        let others = draft.choices.with_value(|choices| choices.groups.clone());
        let others = others.into_iter().filter(|(id, ..)| !mine.contains(id));
        let options = others.map(|(id, name, _)| view! { <option value=id.to_string()>{name}</option> }).collect_view();
        view! { <option value="">{l.t("details.join_group")}</option> {options} }
    };
    view! {
        <div class="field">
            <label class="label" for="d-groups">{l.t("field.groups")}</label>
            <span class="tags">{tags}</span>
            <select class="input input-quiet" id="d-groups" on:change=join>{others}</select>
        </div>
    }
}

/// Tags between commas.
#[component]
fn Tags(draft: Draft) -> impl IntoView {
    let l = use_lang();
    let typed = Signal::derive(move || draft.details.with(|details| details.tags.join(", ")));
    // On leaving the field, so that a comma can be typed.
    let settle = move |event| {
        let mut tags = super::split_tags(&event_target_value(&event));
        tags.sort_by_key(|tag| tag.to_lowercase());
        draft.details.update(|details| details.tags = tags);
    };
    view! {
        <div class="field">
            <label class="label" for="d-tags">{l.t("field.tags")}</label>
            <input
                class="input input-quiet"
                id="d-tags"
                name="tags"
                aria-invalid=aria_invalid(draft.error, "tags")
                aria-describedby=aria_error(draft.error, "tags", "d-tags")
                autocomplete="off"
                dir="auto"
                value=typed.get_untracked()
                prop:value=move || typed.get()
                on:change=settle
            />
            <p class="hint">{l.t("details.tags_hint")}</p>
            <FieldError id="d-tags" name="tags" error=draft.error/>
        </div>
    }
}

#[component]
fn Branch(draft: Draft) -> impl IntoView {
    let l = use_lang();
    let branches = draft.choices.with_value(|choices| choices.branches.clone());
    let none = (String::new(), l.t("details.none").to_owned());
    let options = [none].into_iter().chain(branches.into_iter().map(|(id, name)| (id.to_string(), name))).collect();
    let chosen = Signal::derive(move || draft.details.with(|d| d.branch.map(|id| id.to_string()).unwrap_or_default()));
    let choose = Callback::new(move |id: String| {
        draft.details.update(|details| {
            details.branch = id.parse::<BranchId>().ok();
            details.department = None;
        });
    });
    view! {
        <div class="field">
            <label class="label" for="d-branch">{l.t("field.branch")}</label>
            <Select id="d-branch" name="branch" error=draft.error options chosen choose/>
            <FieldError id="d-branch" name="branch" error=draft.error/>
        </div>
    }
}

/// The departments of the chosen branch; nothing where it has none.
#[component]
fn Department(draft: Draft) -> impl IntoView {
    let l = use_lang();
    let branch = Memo::new(move |_| draft.details.with(|details| details.branch));
    let chosen = Signal::derive(move || draft.details.with(|d| d.department.map(|id| id.to_string()).unwrap_or_default()));
    let choose = Callback::new(move |id: String| draft.details.update(|details| details.department = id.parse().ok()));
    move || {
        let all = draft.choices.with_value(|choices| choices.departments.clone());
        let mine: Vec<_> = all.into_iter().filter(|(_, home, _)| Some(*home) == branch.get()).collect();
        (!mine.is_empty()).then(|| {
            let none = (String::new(), l.t("details.none").to_owned());
            let options = [none].into_iter().chain(mine.into_iter().map(|(id, _, name)| (id.to_string(), name))).collect();
            view! {
                <div class="field">
                    <label class="label" for="d-department">{l.t("field.department")}</label>
                    <Select id="d-department" name="department" error=draft.error options chosen choose/>
                    <FieldError id="d-department" name="department" error=draft.error/>
                </div>
            }
        })
    }
}

/// What marketing the customer agreed to, and since when.
#[component]
pub(super) fn Marketing(draft: Draft, consents: Vec<ConsentLine>) -> impl IntoView {
    let l = use_lang();
    let said = |purpose: &str| {
        consents.iter().find(|line| line.purpose == purpose).map(|line| {
            let key = if line.granted { "details.agreed" } else { "details.withdrawn" };
            let source = l.dynamic(&format!("source.{}", line.source));
            let text = l.with(key, &[("when", &l.day(line.at.day)), ("source", &source)]);
            view! { " " <span class="hint" title=l.moment(line.at)>{text}</span> }
        })
    };
    let (email_said, sms_said) = (said("marketing_email"), said("marketing_sms"));
    let email = Signal::derive(move || draft.details.with(|details| details.marketing_email));
    let sms = Signal::derive(move || draft.details.with(|details| details.marketing_sms));
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("profile.marketing_title")}</h2></header>
            <div class="card-body check-list">
                <Switch checked=email on_change=Callback::new(move |on| draft.details.update(|d| d.marketing_email = on))>
                    {l.t("details.by_email")}
                    {email_said}
                </Switch>
                <Switch checked=sms on_change=Callback::new(move |on| draft.details.update(|d| d.marketing_sms = on))>
                    {l.t("details.by_sms")}
                    {sms_said}
                </Switch>
            </div>
        </section>
    }
}

/// Names and values of the shop's own.
#[component]
pub(super) fn CustomFields(draft: Draft) -> impl IntoView {
    let l = use_lang();
    let count = Memo::new(move |_| draft.details.with(|details| details.custom_fields.len()));
    let part = move |row: usize, read: fn(&(String, String)) -> &String| {
        draft.details.with(|details| details.custom_fields.get(row).map(read).cloned().unwrap_or_default())
    };
    let write = move |row: usize, text: String, field: fn(&mut (String, String)) -> &mut String| {
        draft.details.update(|details| {
            if let Some(pair) = details.custom_fields.get_mut(row) {
                *field(pair) = text;
            }
        });
    };
    let remove = move |row: usize| {
        draft.details.update(|details| {
            if row < details.custom_fields.len() {
                details.custom_fields.remove(row);
            }
        });
    };
    let row = move |row: usize| {
        view! {
            <div class="custom-field">
                <input
                    class="input"
                    aria-label=l.t("details.field_name")
                    placeholder=l.t("details.field_name")
                    prop:value=move || part(row, |pair| &pair.0)
                    value=untrack(move || part(row, |pair| &pair.0))
                    on:input=move |event| write(row, event_target_value(&event), |pair| &mut pair.0)
                />
                <input
                    class="input"
                    aria-label=l.t("details.field_value")
                    placeholder=l.t("details.field_value")
                    prop:value=move || part(row, |pair| &pair.1)
                    value=untrack(move || part(row, |pair| &pair.1))
                    on:input=move |event| write(row, event_target_value(&event), |pair| &mut pair.1)
                />
                <button
                    class="btn btn-icon btn-ghost"
                    type="button"
                    aria-label=l.t("details.field_remove")
                    title=l.t("details.field_remove")
                    on:click=move |_| remove(row)
                >
                    <Icon name="x"/>
                </button>
            </div>
        }
    };
    let add = move |_| draft.details.update(|details| details.custom_fields.push((String::new(), String::new())));
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("field.custom_fields")}</h2>
                <div class="card-actions">
                    <button class="btn btn-sm btn-ghost" type="button" on:click=add><Icon name="plus"/>{l.t("details.field_add")}</button>
                </div>
            </header>
            <div class="card-body stack" id="d-custom" tabindex="-1">
                {move || (count.get() == 0).then(|| view! { <p class="hint">{l.t("details.no_fields")}</p> })}
                <For each=move || 0..count.get() key=|row| *row let:index>{row(index)}</For>
                <FieldError id="d-custom" name="custom_fields" error=draft.error/>
            </div>
        </section>
    }
}
