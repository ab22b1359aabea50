//! The Details tab (P2): edited in place, saved at once or not at all; two people's edits are put together field by field.

use super::api::{find_same_contact, open_details, save_details};
use super::conflict::ConflictDialog;
use super::details_parts::{Account, CustomFields, Marketing, Person};
use super::{Choices, Details, DetailsPage, Edit, FieldAuthor, SaveOutcome, changed, use_profile};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{AppError, CustomerId, resource};
use crate::customers::memberships::card::MembershipsCard;
use crate::office::staff::Right;
use crate::ui::{DialogHandle, FormAlert, FormError, Loaded, use_toasts};
use leptos::prelude::*;

#[component]
pub fn DetailsTab(id: CustomerId) -> impl IntoView {
    let page = resource(|| (), move |()| open_details(id));
    let saved = RwSignal::new(0_i64);
    view! {
        <div class="stack">
            <Loaded resource=page view=move |page: DetailsPage| view! { <DetailsForm id page saved/> }.into_any()/>
            <MembershipsCard id version=saved/>
        </div>
    }
}

/// What an edit collides with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Collision {
    pub version: i64,
    pub theirs: Details,
    pub authors: Vec<FieldAuthor>,
}

/// The state of the form.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    /// What the form shows.
    pub details: RwSignal<Details>,
    /// What it started from, and what is in the database as far as is known.
    pub base: RwSignal<Details>,
    pub version: RwSignal<i64>,
    pub error: FormError,
    pub choices: StoredValue<Choices>,
    pub collision: RwSignal<Option<Collision>>,
}

impl Draft {
    fn new(page: &DetailsPage) -> Self {
        Self {
            details: RwSignal::new(page.details.clone()),
            base: RwSignal::new(page.details.clone()),
            version: RwSignal::new(page.version),
            error: FormError::new(None),
            choices: StoredValue::new(page.choices.clone()),
            collision: RwSignal::new(None),
        }
    }

    /// How many fields are not saved.
    fn unsaved(self) -> usize {
        self.base.with(|base| self.details.with(|details| changed(base, details).len()))
    }

    fn edit(self) -> Edit {
        Edit { version: self.version.get_untracked(), base: self.base.get_untracked(), details: self.details.get_untracked() }
    }

    fn discard(self) {
        self.details.set(self.base.get_untracked());
        self.error.set(None);
    }
}

#[component]
fn DetailsForm(
    id: CustomerId,
    page: DetailsPage,
    /// The version that was saved last here.
    saved: RwSignal<i64>,
) -> impl IntoView {
    let can_edit = use_session().has(Right::EditCustomers);
    let draft = Draft::new(&page);
    let conflict = DialogHandle::new();
    let save = use_save(id, draft, conflict, saved);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !save.pending().get_untracked() {
            save.dispatch(draft.edit());
        }
    };
    view! {
        <form method="post" novalidate on:submit=submit>
            <fieldset class="columns" disabled=!can_edit>
                <div class="stack">
                    <Person draft taken=move || view! { <Taken id draft/> }/>
                    <CustomFields draft/>
                </div>
                <div class="stack">
                    <Account draft/>
                    <Marketing draft consents=page.consents/>
                </div>
            </fieldset>
            <FormAlert error=draft.error/>
            <SaveBar draft busy=save.pending()/>
        </form>
        <ConflictDialog handle=conflict draft on_save=Callback::new(move |()| { save.dispatch(draft.edit()); })/>
    }
}

/// Saves, and settles what comes of it.
fn use_save(
    id: CustomerId,
    draft: Draft,
    conflict: DialogHandle,
    saved: RwSignal<i64>,
) -> Action<Edit, Result<SaveOutcome, AppError>> {
    let l = use_lang();
    let toasts = use_toasts();
    let profile = use_profile();
    let save = Action::new(move |edit: &Edit| save_details(id, edit.clone()));
    Effect::new(move |_| match save.value().get() {
        Some(Ok(SaveOutcome::Saved { version, details })) => {
            draft.version.set(version);
            saved.set(version);
            draft.base.set(details.clone());
            draft.details.set(details);
            draft.error.set(None);
            profile.refresh();
            toasts.push(l.t("details.saved"), None);
        }
        Some(Ok(SaveOutcome::Conflict { version, theirs, authors })) => {
            draft.collision.set(Some(Collision { version, theirs, authors }));
            conflict.open();
        }
        Some(Err(failure)) => draft.error.set(Some(failure)),
        None => {}
    });
    save
}

#[component]
fn SaveBar(draft: Draft, #[prop(into)] busy: Signal<bool>) -> impl IntoView {
    let l = use_lang();
    move || {
        let unsaved = draft.unsaved();
        (unsaved > 0).then(|| {
            view! {
                <footer class="save-bar">
                    <span class="soft" role="status">{l.count("details.unsaved", i64::try_from(unsaved).unwrap_or(i64::MAX))}</span>
                    <button class="btn row-end" type="button" on:click=move |_| draft.discard()>{l.t("details.discard")}</button>
                    <button class="btn btn-primary" type="submit" aria-busy=move || busy.get().then_some("true")>
                        <span>{l.t("ui.save")}</span>
                    </button>
                </footer>
            }
        })
    }
}

/// Who has the email that was refused: a link to that customer.
#[component]
fn Taken(id: CustomerId, draft: Draft) -> impl IntoView {
    let l = use_lang();
    let find = Action::new(move |email: &String| find_same_contact(email.clone(), String::new(), Some(id)));
    let taken = Memo::new(move |_| {
        draft.error.with(|error| matches!(error, Some(AppError::Invalid { message, .. }) if message == "customer.email_taken"))
    });
    Effect::new(move |_| {
        if taken.get() {
            find.dispatch(draft.details.with_untracked(|details| details.email.clone()));
        }
    });
    move || {
        let found = find.value().get().filter(|_| taken.get()).and_then(Result::ok)?;
        let owner = found.into_iter().find(|owner| owner.same_email)?;
        let href = format!("/customers/{}", owner.id);
        Some(view! { <p class="hint">{l.t("details.taken_by")} " " <a class="link" href=href>{owner.name}</a></p> })
    }
}
