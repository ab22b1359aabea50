//! The Notes tab and the notes of the overview.

use super::api::{add_note, delete_note, edit_note, list_note_versions, list_notes, pin_note};
use super::{Note, NoteForm, NoteKind, NoteVersion};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{AppError, CustomerId, NoteId, resource};
use crate::customers::profile::{Tab, use_profile};
use crate::office::staff::Right;
use crate::ui::{EmptyState, FieldError, FormAlert, FormError, Icon, Loaded, use_toasts};
use leptos::prelude::*;
use std::sync::Arc;

/// How many notes the overview shows.
const AT_A_GLANCE: usize = 3;

/// Reads the notes again, here and above the tabs.
#[derive(Clone, Copy)]
struct Reload(Callback<()>);

#[component]
pub fn NotesTab(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let can_edit = use_session().has(Right::EditCustomers);
    let notes = resource(|| (), move |()| list_notes(id));
    let profile = use_profile();
    provide_context(Reload(Callback::new(move |()| {
        notes.refetch();
        profile.refresh();
    })));
    let list = move |notes: Vec<Note>| {
        if notes.is_empty() {
            return view! { <EmptyState icon="note" title=l.t("notes.none_title") text=l.t("notes.none")/> }.into_any();
        }
        notes.into_iter().map(|note| view! { <NoteView note can_edit/> }).collect_view().into_any()
    };
    view! {
        <section class="card">
            <h2 class="sr-only">{l.t("profile.tab.notes")}</h2>
            {can_edit.then(|| view! { <AddNote id/> })}
            <Loaded resource=notes view=list/>
        </section>
    }
}

/// The newest notes, for the overview.
#[component]
pub fn NotesCard(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let notes = resource(|| (), move |()| list_notes(id));
    let profile = use_profile();
    provide_context(Reload(Callback::new(move |()| {
        notes.refetch();
        profile.refresh();
    })));
    let list = move |notes: Vec<Note>| {
        if notes.is_empty() {
            return view! { <p class="card-body soft">{l.t("notes.none_title")}</p> }.into_any();
        }
        let first = notes.into_iter().take(AT_A_GLANCE).map(|note| view! { <NoteView note can_edit=false/> });
        view! { <div class="card-flush">{first.collect_view()}</div> }.into_any()
    };
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("profile.tab.notes")}</h2>
                <div class="card-actions">
                    <a class="btn btn-sm btn-ghost" href=Tab::Notes.href(id)>{l.t("notes.all")}<Icon name="chevron-right"/></a>
                </div>
            </header>
            <Loaded resource=notes view=list/>
        </section>
    }
}

/// Writes a new note; its text stays where saving fails.
#[component]
fn AddNote(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let Reload(reload) = expect_context();
    let form = RwSignal::new(NoteForm::default());
    let error = FormError::new(None);
    let add = Action::new(move |form: &NoteForm| add_note(id, form.clone()));
    Effect::new(move |_| match add.value().get() {
        Some(Ok(_)) => {
            form.set(NoteForm::default());
            error.set(None);
            reload.run(());
        }
        Some(Err(failure)) => error.set(Some(failure)),
        None => {}
    });
    let submit = Callback::new(move |()| {
        add.dispatch(form.get_untracked());
    });
    view! { <NoteFields id="note-new".to_owned() form error busy=add.pending() submit action=l.t("notes.add") cancel=None/> }
}

/// The fields of a note that is written or edited.
#[component]
fn NoteFields(
    id: String,
    form: RwSignal<NoteForm>,
    error: FormError,
    #[prop(into)] busy: Signal<bool>,
    submit: Callback<()>,
    action: &'static str,
    cancel: Option<Callback<()>>,
) -> impl IntoView {
    let l = use_lang();
    let described = format!("{id}-error");
    let kinds = NoteKind::ALL.map(|kind| {
        let chosen = move || form.with(|form| form.kind) == kind;
        view! {
            <option value=kind.code() selected=untrack(chosen) prop:selected=chosen>{l.t(kind.label_key())}</option>
        }
    });
    let choose = move |event| {
        let kind = NoteKind::parse(&event_target_value(&event)).unwrap_or_default();
        form.update(|form| form.kind = kind);
    };
    let cancel = cancel.map(|cancel| {
        view! { <button class="btn" type="button" on:click=move |_| cancel.run(())>{l.t("ui.cancel")}</button> }
    });
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            submit.run(());
        }
    };
    view! {
        <form class="note-form" method="post" on:submit=on_submit>
            <label class="sr-only" for=id.clone()>{l.t("notes.body")}</label>
            <textarea
                class="input"
                id=id.clone()
                dir="auto"
                placeholder=l.t("notes.placeholder")
                aria-describedby=described
                prop:value=move || form.with(|form| form.body.clone())
                on:input=move |event| form.update(|form| form.body = event_target_value(&event))
            ></textarea>
            <FieldError id=id.clone() name="body" error/>
            <FormAlert error/>
            <div class="row">
                <select class="input input-auto" aria-label=l.t("notes.kind") on:change=choose>{kinds}</select>
                <label class="check">
                    <input
                        type="checkbox"
                        class="checkbox"
                        prop:checked=move || form.with(|form| form.pinned)
                        on:change=move |event| form.update(|form| form.pinned = event_target_checked(&event))
                    />
                    <span>{l.t("notes.pin_to_top")}</span>
                </label>
                <span class="row-end row">
                    {cancel}
                    <button class="btn btn-primary" type="submit" aria-busy=move || busy.get().then_some("true")>
                        <span>{action}</span>
                    </button>
                </span>
            </div>
        </form>
    }
}

/// A note, with its edit form in its place while it is edited.
#[component]
fn NoteView(note: Note, can_edit: bool) -> impl IntoView {
    let l = use_lang();
    let editing = RwSignal::new(false);
    let history = RwSignal::new(false);
    let note = StoredValue::new(note);
    let text = move || {
        let note = note.get_value();
        if editing.get() {
            return view! { <EditNote note editing/> }.into_any();
        }
        view! { <p class="note-text" dir="auto">{note.body}</p> }.into_any()
    };
    let Note { id, kind, pinned, author, created, version, .. } = note.get_value();
    let edited = (version > 1).then(|| {
        view! {
            <button
                class="link"
                type="button"
                aria-expanded=move || history.get().to_string()
                on:click=move |_| history.update(|open| *open = !*open)
            >
                {l.t("notes.edited")}
            </button>
        }
    });
    view! {
        <article class="note" data-pinned=pinned.then_some("")>
            <header class="note-head">
                <span class="badge" data-tone=kind.tone()>{l.t(kind.label_key())}</span>
                <span class="note-author" dir="auto">{author.unwrap_or_else(|| l.t("activity.system").to_owned())}</span>
                <time datetime=created.at.rfc3339() title=l.moment(created)>{l.day(created.day)}</time>
                {edited}
                {can_edit.then(|| view! { <NoteActions id pinned editing/> })}
            </header>
            {text}
            {move || history.get().then(|| view! { <History id/> })}
        </article>
    }
}

#[component]
fn NoteActions(id: NoteId, pinned: bool, editing: RwSignal<bool>) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let Reload(reload) = expect_context();
    // The tab, and with it this note, may have been left when an answer comes.
    let settle = move |result: Result<(), AppError>| match result {
        Ok(()) => {
            let _ = reload.try_run(());
        }
        Err(error) => toasts.fail(l.error(&error)),
    };
    let pin = Action::new(move |pinned: &bool| {
        let pinned = *pinned;
        async move { settle(pin_note(id, pinned).await) }
    });
    let delete = Action::new(move |(): &()| async move {
        let result = delete_note(id, false).await;
        if result.is_ok() {
            let undo = move || leptos::task::spawn_local(async move { settle(delete_note(id, true).await) });
            toasts.push(l.t("notes.deleted"), Some(Arc::new(undo)));
        }
        settle(result);
    });
    let (pin_icon, pin_label) = if pinned { ("pin-off", l.t("notes.unpin")) } else { ("pin", l.t("notes.pin")) };
    let button = move |icon: &'static str, label: &'static str, press: Callback<()>| {
        view! {
            <button class="btn btn-icon btn-sm btn-ghost" type="button" aria-label=label title=label on:click=move |_| press.run(())>
                <Icon name=icon/>
            </button>
        }
    };
    view! {
        <span class="row-end">
            {button(pin_icon, pin_label, Callback::new(move |()| { pin.dispatch(!pinned); }))}
            {button("pencil", l.t("notes.edit"), Callback::new(move |()| editing.update(|open| *open = !*open)))}
            {button("trash", l.t("notes.delete"), Callback::new(move |()| { delete.dispatch(()); }))}
        </span>
    }
}

#[component]
fn EditNote(note: Note, editing: RwSignal<bool>) -> impl IntoView {
    let l = use_lang();
    let Reload(reload) = expect_context();
    let Note { id, version, kind, body, pinned, .. } = note;
    let form = RwSignal::new(NoteForm { kind, body, pinned });
    let error = FormError::new(None);
    let save = Action::new(move |form: &NoteForm| edit_note(id, version, form.clone()));
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            editing.set(false);
            reload.run(());
        }
        Some(Err(failure)) => error.set(Some(failure)),
        None => {}
    });
    let submit = Callback::new(move |()| {
        save.dispatch(form.get_untracked());
    });
    let cancel = Some(Callback::new(move |()| editing.set(false)));
    view! { <NoteFields id=format!("note-{id}") form error busy=save.pending() submit action=l.t("ui.save") cancel/> }
}

/// What the note said before each edit.
#[component]
fn History(id: NoteId) -> impl IntoView {
    let l = use_lang();
    let versions = resource(|| (), move |()| list_note_versions(id));
    let list = move |versions: Vec<NoteVersion>| {
        let version = |version: NoteVersion| {
            let by = version.replaced_by.unwrap_or_else(|| l.t("activity.system").to_owned());
            let head = l.with("notes.until", &[("when", &l.moment(version.replaced)), ("who", &by)]);
            view! {
                <li>
                    <span class="dim">{l.t(version.kind.label_key())} ", " {head}</span>
                    <p class="note-text" dir="auto">{version.body}</p>
                </li>
            }
        };
        view! { <ol class="stack">{versions.into_iter().map(version).collect_view()}</ol> }.into_any()
    };
    view! { <Loaded resource=versions view=list/> }
}
