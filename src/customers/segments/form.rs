//! The form of a segment. Two people's edits are put together field by field; where both changed one, the second is told what it is now.

use super::SegmentForm;
use super::api::{open_segment, save_segment};
use super::page::Opening;
use crate::base::AppError;
use crate::base::i18n::use_lang;
use crate::office::settings::section::Section;
use crate::rules::editor::RuleEditor;
use crate::ui::{Bound, FormAlert, Icon, TextField, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

/// How many fields are not saved.
fn unsaved(opening: Opening) -> usize {
    let typed = opening.typed();
    opening
        .base
        .with(|base| typed.fields().iter().zip(base.fields()).filter(|((_, mine), (_, base))| mine.trim() != base.trim()).count())
}

#[component]
pub(super) fn SegmentEditor(opening: Opening) -> impl IntoView {
    let l = use_lang();
    let busy = RwSignal::new(false);
    let save = use_save(opening, busy);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        save.run(());
    };
    let fresh = opening.view.with_untracked(Option::is_none);
    let bar = move || {
        let count = unsaved(opening);
        let discard = move |_| {
            let base = opening.base.get_untracked();
            opening.rule.set(base.rule.clone());
            opening.form.set(base);
            opening.theirs.set(Vec::new());
            opening.error.set(None);
        };
        (count > 0).then(|| {
            view! {
                <footer class="save-bar">
                    <span class="soft" role="status">{l.count("details.unsaved", i64::try_from(count).unwrap_or(i64::MAX))}</span>
                    {(!fresh).then(|| view! { <button class="btn row-end" type="button" on:click=discard>{l.t("details.discard")}</button> })}
                    <button class=if fresh { "btn btn-primary row-end" } else { "btn btn-primary" } type="submit" aria-busy=move || busy.get().then_some("true")>
                        <span>{l.t("ui.save")}</span>
                    </button>
                </footer>
            }
        })
    };
    let bound = |field: fn(&mut SegmentForm) -> &mut String| Bound::new(opening.form, field);
    let error = opening.error;
    view! {
        <form class="card" method="post" novalidate on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("segments.says")}</h2></header>
            <div class="card-body stack">
                <FormAlert error/>
                <Meanwhile opening/>
                <div class="form-grid">
                    <TextField id="s-name" name="name" label=l.t("field.name") bound=bound(|f| &mut f.name) error/>
                    <TextField id="s-description" name="description" label=l.t("field.description") bound=bound(|f| &mut f.description) error optional=true/>
                </div>
                <RuleEditor text=opening.rule id="s-rule" label=l.t("field.rule") error/>
            </div>
            {bar}
        </form>
    }
    .into_any()
}

/// Saves, and shows what is in force then.
fn use_save(opening: Opening, busy: RwSignal<bool>) -> Callback<()> {
    let (l, toasts, navigate) = (use_lang(), use_toasts(), use_navigate());
    Callback::new(move |()| {
        let id = opening.view.with_untracked(|view| view.as_ref().map(|view| view.name.id));
        let (form, base) = (untrack(|| opening.typed()), opening.base.get_untracked());
        // The same check as the server's, without the way there.
        if let Err(failure) = form.checked() {
            return opening.error.set(Some(failure));
        }
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        opening.error.set(None);
        let navigate = navigate.clone();
        spawn_local(async move {
            let mut result = save_segment(id, form, base).await;
            let mut collided = false;
            if let (Err(AppError::Conflict { .. }), Some(id)) = (&result, id) {
                // What it says now, against which saving once more means overwriting it knowingly.
                result = open_segment(id).await;
                collided = true;
            }
            if busy.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(fresh) if id.is_none() => {
                    toasts.push(l.with("segments.added", &[("name", &fresh.form.name)]), None);
                    navigate(&fresh.name.href(), leptos_router::NavigateOptions { replace: true, ..Default::default() });
                }
                Ok(fresh) => {
                    if !collided {
                        opening.base.set(untrack(|| opening.typed()));
                        toasts.push(l.t("segments.saved"), None);
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
        let changed = opening.view.with(|view| view.as_ref().and_then(|view| view.changed.clone()));
        let by = changed.map(|(by, at)| (by, l.moment(at))).unwrap_or_default();
        (!fields.is_empty()).then(|| l.with("segments.meanwhile", &[("name", &by.0), ("time", &by.1), ("fields", &list)]))
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
