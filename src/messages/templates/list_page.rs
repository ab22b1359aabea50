//! `/templates`: every template, those that the program brings and own ones.

use super::api::{create_template, list_templates, retire_template};
use super::{Purpose, TemplateSummary};
use crate::base::i18n::use_lang;
use crate::base::{AppError, Resource, blocking_resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{
    Bound, Dialog, DialogFoot, DialogHandle, EmptyState, FormAlert, Icon, Loaded, Once, TextField, lazy_page, open_row,
    use_toasts,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_navigate;

lazy_page!(
    /// `/templates`.
    TemplatesRoute,
    messages,
    templates_view
);

fn templates_view() -> AnyView {
    view! { <Guard rights=&[Right::SendCampaigns]><TemplatesView/></Guard> }.into_any()
}

type Templates = Resource<Result<Vec<TemplateSummary>, AppError>>;

#[component]
fn TemplatesView() -> impl IntoView {
    let l = use_lang();
    let templates: Templates = blocking_resource(|| (), |()| list_templates());
    let dialog = DialogHandle::new();
    let names = RwSignal::new(Vec::<(String, String)>::new());
    // What can be copied is known once the list is there.
    let listed = StoredValue::new(Vec::<(String, String)>::new());
    let add = move |_| {
        names.set(listed.get_value());
        dialog.open();
    };
    let shown = move |rows: Vec<TemplateSummary>| {
        let marketing = rows.iter().filter(|row| row.purpose == Purpose::Marketing);
        listed.set_value(marketing.map(|row| (row.name.clone(), row.title.clone())).collect());
        view! { <Tables rows templates/> }.into_any()
    };
    view! {
        <Title text=l.t("templates.title")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("templates.title")}</h1>
                <div class="page-actions">
                    <button class="btn btn-primary btn-collapse" type="button" on:click=add>
                        <Icon name="plus"/><span>{l.t("templates.new")}</span>
                    </button>
                </div>
            </header>
            <Loaded resource=templates view=shown/>
            <NewDialog dialog names/>
        </div>
    }
    .into_any()
}

#[component]
fn Tables(rows: Vec<TemplateSummary>, templates: Templates) -> impl IntoView {
    let l = use_lang();
    let (own, brought): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.own);
    let (marketing, service): (Vec<_>, Vec<_>) = brought.into_iter().partition(|row| row.purpose == Purpose::Marketing);
    let own = if own.is_empty() {
        view! { <EmptyState icon="mail" title=l.t("templates.none") text=l.t("templates.none_text")/> }.into_any()
    } else {
        view! { <TemplateTable title=l.t("templates.own") rows=own templates/> }.into_any()
    };
    view! {
        <div class="stack">
            <section class="card">
                <header class="card-head"><h2 class="card-title">{l.t("templates.own")}</h2></header>
                {own}
            </section>
            <section class="card">
                <header class="card-head"><h2 class="card-title">{l.t("templates.marketing")}</h2></header>
                <TemplateTable title=l.t("templates.marketing") rows=marketing templates/>
            </section>
            <section class="card">
                <header class="card-head"><h2 class="card-title">{l.t("templates.service")}</h2></header>
                <TemplateTable title=l.t("templates.service") rows=service templates/>
            </section>
        </div>
    }
    .into_any()
}

#[component]
fn TemplateTable(title: &'static str, rows: Vec<TemplateSummary>, templates: Templates) -> impl IntoView {
    let l = use_lang();
    let own = rows.iter().any(|row| row.own);
    view! {
        <div class="table-scroll" role="region" aria-label=title tabindex="0">
            <table class="table table-fixed table-rows table-wrap table-cards">
                <thead>
                    <tr>
                        <th scope="col" class="c-xl">{l.t("field.template")}</th>
                        <th scope="col">{l.t("templates.subject")}</th>
                        <th scope="col" class="c-m">{l.t("templates.languages")}</th>
                        <th scope="col" class="c-xl">{l.t("templates.state")}</th>
                        {own.then(|| view! { <th scope="col" class="c-xl"><span class="sr-only">{l.t("staff.actions")}</span></th> })}
                    </tr>
                </thead>
                <tbody on:click=open_row>{rows.into_iter().map(|row| view! { <Row row templates/> }).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Row(row: TemplateSummary, templates: Templates) -> impl IntoView {
    let l = use_lang();
    let state = match row.changed {
        _ if row.retired => view! { <span class="status">{l.t("templates.retired").to_owned()}</span> }.into_any(),
        Some(at) => view! { <span class="soft">{l.with("templates.changed_at", &[("when", &l.moment(at))])}</span> }.into_any(),
        None => view! { <span class="dim">{l.t("templates.as_brought")}</span> }.into_any(),
    };
    let acts = row.own.then(|| {
        let (name, title) = (row.name.clone(), row.title.clone());
        view! { <td class="num" data-slot="acts"><Retire name title retired=row.retired templates/></td> }
    });
    let languages = row.locales.join(", ").to_uppercase();
    view! {
        <tr>
            <th scope="row" data-slot="title"><a class="person-name" href=format!("/templates/{}", row.name) dir="auto">{row.title}</a></th>
            <td data-slot="sub"><span class="template-source" dir="auto">{row.subject}</span></td>
            <td class="nowrap" data-slot="extra">{languages}</td>
            <td data-slot="state">{state}</td>
            {acts}
        </tr>
    }
    .into_any()
}

/// Takes an own template out of use, or back.
#[component]
fn Retire(name: String, title: String, retired: bool, templates: Templates) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let word = l.t(if retired { "templates.use_again" } else { "templates.retire" });
    let act = move |_| {
        let name = name.clone();
        spawn_local(async move {
            match retire_template(name, !retired).await {
                Ok(()) => toasts.push(l.t(if retired { "templates.used_again" } else { "templates.retired_now" }), None),
                Err(error) => toasts.fail(l.error(&error)),
            }
            if !templates.is_disposed() {
                templates.refetch();
            }
        });
    };
    view! { <button class="btn btn-sm btn-ghost" type="button" aria-label=format!("{word}: {title}") on:click=act>{word}</button> }
}

/// What a new template is called, and what it begins as.
#[derive(Clone, Debug, Default)]
struct NewForm {
    title: String,
    from: String,
}

#[component]
fn NewDialog(dialog: DialogHandle, names: RwSignal<Vec<(String, String)>>) -> impl IntoView {
    let l = use_lang();
    let navigate = StoredValue::new(use_navigate());
    let (form, once) = (RwSignal::new(NewForm::default()), Once::default());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let NewForm { title, from } = form.get_untracked();
        once.send(create_template(title, from), move |name| {
            dialog.close();
            navigate.with_value(|navigate| navigate(&format!("/templates/{name}"), Default::default()));
        });
    };
    let choose = move |event| form.update(|form| form.from = event_target_value(&event));
    let options =
        move || names.get().into_iter().map(|(name, title)| view! { <option value=name>{title}</option> }).collect_view();
    view! {
        <Dialog handle=dialog id="template-new" title=Signal::stored(l.t("templates.new").to_owned()) class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error=once.error/>
                    <TextField id="template-title" name="title" label=l.t("field.name") bound=Bound::new(form, |form: &mut NewForm| &mut form.title) error=once.error/>
                    <div class="field">
                        <label class="label" for="template-from">{l.t("templates.from")}</label>
                        <select class="input" id="template-from" name="from" on:change=choose>
                            <option value="">{l.t("templates.from_nothing")}</option>
                            {options}
                        </select>
                        <crate::ui::FieldError id="template-from" name="from" error=once.error/>
                    </div>
                    <p class="hint">{l.t("templates.new_hint")}</p>
                </div>
                <DialogFoot handle=dialog busy=once.busy action=l.t("templates.create")/>
            </form>
        </Dialog>
    }
    .into_any()
}
