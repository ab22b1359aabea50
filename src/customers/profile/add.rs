//! Adding a customer (L11): a dialog on the list, and a page that is the same form without scripts. Those who have the same
//! email or phone are pointed out while typing, and before saving at the latest.

use super::api::{add_customer, find_same_contact, open_add_customer};
use super::{Choices, Duplicate, NewCustomer, SAME_PHONE, Tab};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::text::initials;
use crate::base::{AppError, AppResult, CustomerId, GroupId, Resource, resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{Bound, Dialog, DialogHandle, FormAlert, FormError, Icon, Loaded, SkeletonLines, TextField, later_or, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use std::time::Duration;
use wasm_split_helpers::wasm_split;

/// How long typing pauses before duplicates are looked for.
const PAUSE: Duration = Duration::from_millis(250);

/// The button of the list and its dialog; without scripts, a link to the page. Nothing for those who may not add.
#[component]
pub fn AddCustomerDialog() -> impl IntoView {
    let l = use_lang();
    if !use_session().has(Right::EditCustomers) {
        return ().into_any();
    }
    let handle = DialogHandle::new();
    // The form is made when it is first asked for, and afresh each time.
    let opened = RwSignal::new(0_u32);
    let open = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        opened.update(|count| *count += 1);
        handle.open();
    };
    let body = later_or(
        (|| view! { <SkeletonLines/> }).into(),
        move || opened.get() > 0,
        move || {
            opened.track();
            add_form(handle)
        },
    );
    view! {
        <a class="btn btn-primary btn-collapse" href="/customers/new" on:click=open>
            <Icon name="user-plus"/>
            <span>{l.t("add.title")}</span>
        </a>
        <Dialog handle id="add" title=l.t("add.title").to_owned()>{body}</Dialog>
    }
    .into_any()
}

/// The form in the dialog.
#[wasm_split(list)]
fn add_form(dialog: DialogHandle) -> AnyView {
    view! { <AddForm dialog=Some(dialog)/> }.into_any()
}

lazy_page!(
    /// `/customers/new`.
    AddRoute,
    list,
    add_view
);

fn add_view() -> AnyView {
    view! { <AddPage/> }.into_any()
}

#[component]
fn AddPage() -> impl IntoView {
    let l = use_lang();
    view! {
        <Guard rights=&[Right::EditCustomers]>
            <Title text=l.t("add.title")/>
            <div class="page page-narrow">
                <header class="page-head"><h1 class="page-title">{l.t("add.title")}</h1></header>
                <AddForm dialog=None/>
            </div>
        </Guard>
    }
}

#[component]
fn AddForm(dialog: Option<DialogHandle>) -> impl IntoView {
    let choices = resource(|| (), |()| open_add_customer());
    let contact = if dialog.is_some() { Default::default() } else { returned().0 };
    let before = resource(|| (), move |()| same_contact_as(contact.clone()));
    view! { <Loaded resource=choices view=move |choices: Choices| view! { <Form dialog choices before/> }.into_any()/> }
}

/// What a form that came back without scripts brings along in the page's address.
fn returned() -> (NewCustomer, Option<AppError>) {
    let query = use_query_map();
    let get = |name: &str| query.with_untracked(|query| query.get(name)).unwrap_or_default();
    let form = NewCustomer {
        first_name: get("first_name"),
        last_name: get("last_name"),
        company: get("company"),
        email: get("email"),
        phone: get("phone"),
        group: get("group").parse().ok(),
        tags: get("tags"),
    };
    // Only texts of ours: the address is anybody's.
    let ours = |key: &String| ["contact.", "customer.", "field.", "tag.", "error."].iter().any(|wing| key.starts_with(wing));
    let error = Some(get("error")).filter(ours).map(|message| AppError::Invalid { field: get("field"), message });
    (form, error)
}

#[component]
fn Form(
    dialog: Option<DialogHandle>,
    choices: Choices,
    /// Who has the same email or phone as a form that came back.
    before: Resource<Vec<Duplicate>>,
) -> impl IntoView {
    let l = use_lang();
    let (form, error) = if dialog.is_some() { Default::default() } else { returned() };
    let pointed_out = error.as_ref().is_some_and(|error| error.message_key() == SAME_PHONE);
    let form = RwSignal::new(form);
    let error = FormError::new(error);
    let navigate = use_navigate();
    let found = use_duplicates(form);
    let add = Action::new(|(new, pointed_out): &(NewCustomer, bool)| add_unless_same(new.clone(), *pointed_out));
    Effect::new(move |_| match add.value().get() {
        Some(Ok(id)) => {
            if let Some(dialog) = dialog {
                dialog.close();
            }
            navigate(&Tab::Overview.href(id), Default::default());
        }
        Some(Err(failure)) => error.set(Some(failure)),
        None => {}
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !add.pending().get_untracked() {
            add.dispatch((form.get_untracked(), found.with_untracked(Option::is_some)));
        }
    };
    let cancel = match dialog {
        Some(dialog) => {
            view! { <button class="btn" type="button" on:click=move |_| dialog.close()>{l.t("ui.cancel")}</button> }.into_any()
        }
        None => view! { <a class="btn" href="/customers">{l.t("ui.cancel")}</a> }.into_any(),
    };
    let (body, foot) = if dialog.is_some() { ("dialog-body", "dialog-foot") } else { ("card-body stack", "card-foot") };
    view! {
        <form class=dialog.is_none().then_some("card") method="post" action="/customers/new" novalidate on:submit=submit>
            <div class=body>
                <FormAlert error/>
                <Fields form error choices/>
                <Duplicates found before/>
                {pointed_out.then(|| view! { <input type="hidden" name="anyway" value="yes"/> })}
            </div>
            <footer class=foot>
                {cancel}
                <button class="btn btn-primary" type="submit" aria-busy=move || add.pending().get().then_some("true")>
                    <span>{l.t("add.title")}</span>
                </button>
            </footer>
        </form>
    }
}

#[component]
fn Fields(form: RwSignal<NewCustomer>, error: FormError, choices: Choices) -> impl IntoView {
    let l = use_lang();
    let bound = move |field: fn(&mut NewCustomer) -> &mut String| Bound::new(form, field);
    let options = choices.groups.into_iter().map(move |(id, name, _)| {
        let chosen = move || form.with(|form| form.group == Some(id));
        view! { <option value=id.to_string() selected=untrack(chosen) prop:selected=chosen>{name}</option> }
    });
    let choose = move |event| form.update(|form| form.group = event_target_value(&event).parse::<GroupId>().ok());
    view! {
        <div class="form-grid">
            <TextField id="add-first" name="first_name" label=l.t("field.first_name") bound=bound(|f| &mut f.first_name) error/>
            <TextField id="add-last" name="last_name" label=l.t("field.last_name") bound=bound(|f| &mut f.last_name) error/>
            <TextField id="add-email" name="email" label=l.t("field.email") bound=bound(|f| &mut f.email) error kind="email" wide=true/>
            <TextField id="add-phone" name="phone" label=l.t("field.phone") bound=bound(|f| &mut f.phone) error kind="tel" optional=true/>
            <TextField id="add-company" name="company" label=l.t("field.company") bound=bound(|f| &mut f.company) error optional=true/>
            <div class="field">
                <label class="label" for="add-group">{l.t("field.pricing_group")}</label>
                <select class="input" id="add-group" name="group" on:change=choose>
                    <option value="">{l.t("add.default_group")}</option>
                    {options.collect_view()}
                </select>
            </div>
            <TextField id="add-tags" name="tags" label=l.t("add.tags") bound=bound(|f| &mut f.tags) error optional=true/>
        </div>
    }
}

/// Adds, unless somebody has the phone and was not pointed out yet.
async fn add_unless_same(new: NewCustomer, pointed_out: bool) -> AppResult<CustomerId> {
    if !pointed_out {
        let same = find_same_contact(new.email.clone(), new.phone.clone(), None).await?;
        if same.iter().any(|one| !one.same_email) {
            return Err(AppError::invalid("phone", SAME_PHONE));
        }
    }
    add_customer(new).await
}

async fn same_contact_as(form: NewCustomer) -> Vec<Duplicate> {
    if form.email.is_empty() && form.phone.is_empty() {
        return Vec::new();
    }
    // Without the hint, saving still says what is taken.
    find_same_contact(form.email, form.phone, None).await.unwrap_or_default()
}

/// Who has the email or the phone already: looked for when typing pauses.
fn use_duplicates(form: RwSignal<NewCustomer>) -> Memo<Option<Vec<Duplicate>>> {
    let contact = Memo::new(move |_| form.with(|form| (form.email.clone(), form.phone.clone())));
    let search = Action::new(|contact: &(String, String)| {
        let contact = contact.clone();
        async move {
            let found = find_same_contact(contact.0.clone(), contact.1.clone(), None).await.unwrap_or_default();
            (contact, found)
        }
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    on_cleanup(move || {
        if let Some(Some(timer)) = waiting.try_get_value() {
            timer.clear();
        }
    });
    Effect::new(move |_| {
        let contact = contact.get();
        if let Some(earlier) = waiting.get_value() {
            earlier.clear();
        }
        let known = contact.0.contains('@') || !contact.1.is_empty();
        let timer = known.then(|| set_timeout_with_handle(move || drop(search.dispatch(contact)), PAUSE).ok());
        waiting.set_value(timer.flatten());
    });
    Memo::new(move |_| {
        // An answer about what was typed before says nothing about what is typed now.
        let (asked, found) = search.value().get()?;
        (asked == contact.get() && !found.is_empty()).then_some(found)
    })
}

/// The duplicates with links; those of a form that came back without scripts as well.
#[component]
fn Duplicates(found: Memo<Option<Vec<Duplicate>>>, before: Resource<Vec<Duplicate>>) -> impl IntoView {
    let l = use_lang();
    let people = move |found: Vec<Duplicate>| {
        let email = found.iter().any(|one| one.same_email);
        let person = |one: Duplicate| {
            view! {
                <p class="person">
                    <span class="avatar" data-hue=(one.id.0 % 12).to_string() aria-hidden="true">{initials(&one.name)}</span>
                    <a class="person-name" href=Tab::Overview.href(one.id) dir="auto">{one.name}</a>
                    <span class="dim nowrap">{l.count("add.orders", one.orders)}</span>
                </p>
            }
        };
        let text = if email { l.t("add.same_email") } else { l.t("add.same_phone") };
        view! {
            <div class="banner" data-tone="warn">
                <Icon name="alert-triangle"/>
                <div class="banner-body"><p>{text}</p>{found.into_iter().map(person).collect_view()}</div>
            </div>
        }
    };
    let before = move || {
        Suspend::new(async move {
            let before = before.await;
            (!before.is_empty()).then(|| people(before))
        })
    };
    // What came back is told until something else is known.
    let shown = move || match found.get() {
        Some(found) => people(found).into_any(),
        None => view! { <Transition>{before}</Transition> }.into_any(),
    };
    view! { <div role="status">{shown}</div> }
}
