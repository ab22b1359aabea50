//! The dialogs of the page of tags.

use super::api::{count_tagged, delete_tag, merge_tags, save_tag};
use super::page::Tags;
use super::{TagEdit, TagForm, TagRow};
use crate::base::i18n::use_lang;
use crate::base::{AppError, TagId};
use crate::customers::memberships::Target;
use crate::customers::memberships::rule_card::Assignment;
use crate::office::jobs::use_job_tray;
use crate::ui::{
    Bound, ConfirmDialog, Dialog, DialogFoot, FieldError, FormAlert, FormError, HueField, TextField, aria_invalid, use_toasts,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeMap;

/// Makes a tag, or gives one another name or colour.
#[component]
pub(super) fn EditDialog(tags: Tags) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let (form, error) = (RwSignal::new(TagForm::default()), FormError::new(None));
    Effect::new(move |_| {
        error.set(None);
        form.set(tags.about.get().map(|row| TagForm { name: row.label.name, hue: row.label.hue }).unwrap_or_default());
    });
    let save = Action::new(move |edit: &TagEdit| save_tag(edit.clone()));
    Effect::new(move |_| match save.value().get() {
        Some(Ok(_)) => {
            tags.edit.close();
            tags.reload();
            toasts.push(l.t("tags.saved"), None);
        }
        Some(Err(failure)) => error.set(Some(failure)),
        None => {}
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let form = form.get_untracked();
        // The same check as the server's, without the way there.
        match form.checked() {
            Err(failure) => error.set(Some(failure)),
            Ok(_) if save.pending().get_untracked() => {}
            Ok(_) => {
                error.set(None);
                let id = tags.about.with_untracked(|row| row.as_ref().map(|row| (row.label.id, row.version)));
                save.dispatch(TagEdit { id, form });
            }
        }
    };
    let title = Signal::derive(move || l.t(if tags.about.with(Option::is_some) { "tags.edit" } else { "tags.new" }).to_owned());
    let hue = Signal::derive(move || form.with(|form| form.hue));
    view! {
        <Dialog handle=tags.edit id="tag-edit" title class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <TextField id="tag-name" name="name" label=l.t("field.name") bound=Bound::new(form, |form: &mut TagForm| &mut form.name) error/>
                    <HueField name="tag-hue" chosen=hue choose=Callback::new(move |hue| form.update(|form| form.hue = hue)) or_none=true/>
                </div>
                <DialogFoot handle=tags.edit busy=save.pending() action=l.t("ui.save")/>
            </form>
        </Dialog>
    }
    .into_any()
}

/// Asks before a tag is taken off everybody.
#[component]
pub(super) fn DeleteDialog(tags: Tags) -> impl IntoView {
    let (l, toasts, tray) = (use_lang(), use_toasts(), use_job_tray());
    let about = move || tags.about.get().map(|row| (row.label.name, row.customers)).unwrap_or_default();
    let title = Signal::derive(move || l.with("tags.delete_title", &[("name", &about().0)]));
    let confirm = Callback::new(move |()| {
        let Some(id) = tags.about.with_untracked(|row| row.as_ref().map(|row| row.label.id)) else { return };
        spawn_local(async move {
            match delete_tag(id).await {
                Ok(job) => {
                    tags.chosen.update(|chosen| _ = chosen.remove(&id.0));
                    tags.reload();
                    tray.show(job);
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    });
    view! {
        <ConfirmDialog handle=tags.delete id="tag-delete" title action=l.t("tags.delete").to_owned() on_confirm=confirm>
            <p>{move || l.count("tags.delete_text", about().1)} " " {l.t("bulk.can_undo")}</p>
        </ConfirmDialog>
    }
    .into_any()
}

/// Chooses which of the ticked tags stays, and says how many customers will carry it.
#[component]
pub(super) fn MergeDialog(tags: Tags) -> impl IntoView {
    let (l, tray) = (use_lang(), use_job_tray());
    let (error, busy) = (FormError::new(None), RwSignal::new(false));
    let into = RwSignal::new(None::<TagId>);
    let carriers = RwSignal::new(None::<i64>);
    // Of those that are ticked the one that most carry stays, unless somebody chooses another.
    Effect::new(move |_| {
        let chosen = tags.chosen.get();
        error.set(None);
        carriers.set(None);
        into.set(chosen.values().max_by_key(|row| row.customers).map(|row| row.label.id));
        if chosen.len() > 1 {
            let ids: Vec<TagId> = chosen.values().map(|row| row.label.id).collect();
            spawn_local(async move {
                if let Ok(count) = count_tagged(ids).await {
                    _ = carriers.try_set(Some(count));
                }
            });
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(goal) = into.get_untracked() else { return error.set(Some(AppError::invalid("into", "tags.merge_what"))) };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let ids: Vec<TagId> = tags.chosen.with_untracked(|chosen| chosen.keys().copied().map(TagId).collect());
        spawn_local(async move {
            let answer = merge_tags(ids, goal).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(job) => {
                    tags.merge.close();
                    tags.chosen.update(BTreeMap::clear);
                    tags.reload();
                    tray.show(job);
                }
                Err(failure) => error.set(Some(failure)),
            }
        });
    };
    let option = move |row: TagRow| {
        let id = row.label.id;
        let chosen = move || into.get() == Some(id);
        let text = format!("{} ({})", row.label.name, l.integer(row.customers));
        view! { <option value=id.to_string() prop:selected=chosen>{text}</option> }
    };
    let options = move || tags.chosen.get().into_values().map(option).collect_view();
    let outcome = move || {
        let name = tags.chosen.with(|chosen| into.get().and_then(|id| chosen.get(&id.0).map(|row| row.label.name.clone())));
        let (name, count) = (name?, carriers.get()?);
        Some(l.count("tags.merge_outcome", count).replace("{name}", &name))
    };
    view! {
        <Dialog handle=tags.merge id="tag-merge" title=l.t("tags.merge_title").to_owned() class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <div class="field">
                        <label class="label" for="merge-into">{l.t("tags.merge_into")}</label>
                        <select
                            class="input"
                            id="merge-into"
                            name="into"
                            aria-invalid=aria_invalid(error, "into")
                            on:change=move |event| into.set(event_target_value(&event).parse().ok())
                        >
                            {options}
                        </select>
                        <FieldError id="merge-into" name="into" error/>
                    </div>
                    <p role="status">{outcome}</p>
                    <p class="hint">{l.t("tags.merge_hint")} " " {l.t("bulk.can_undo")}</p>
                </div>
                <DialogFoot handle=tags.merge busy action=l.t("tags.merge")/>
            </form>
        </Dialog>
    }
    .into_any()
}

/// The rule that puts a tag on by itself.
#[component]
pub(super) fn RuleDialog(tags: Tags) -> impl IntoView {
    let l = use_lang();
    let name = move || tags.about.get().map(|row| row.label.name).unwrap_or_default();
    let title = Signal::derive(move || l.with("assign.title_of", &[("name", &name())]));
    // Made anew for each tag, once it is asked for.
    let target = Memo::new(move |_| {
        let about = tags.about.get().map(|row| Target::Tag(row.label.id));
        about.filter(|_| tags.rule.is_wanted())
    });
    view! {
        <Dialog handle=tags.rule id="tag-rule" title>
            <div class="dialog-body stack">{move || target.get().map(|target| view! { <Assignment target/> })}</div>
        </Dialog>
    }
    .into_any()
}
