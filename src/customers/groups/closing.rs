//! Doing without a group: its customers are moved to another first, then it is archived; an archived one is taken into use again, or
//! deleted.

use super::Hold;
use super::api::{archive_group, delete_group, hold_of_group, move_group};
use super::page::Opening;
use crate::base::i18n::use_lang;
use crate::base::{AppError, GroupId};
use crate::office::jobs::use_job_tray;
use crate::ui::{
    ConfirmDialog, Dialog, DialogFoot, DialogHandle, FieldError, FormAlert, FormError, Icon, Once, aria_invalid, use_toasts,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

#[component]
pub(super) fn Closing(opening: Opening) -> impl IntoView {
    let (l, toasts, navigate) = (use_lang(), use_toasts(), use_navigate());
    let Some(id) = opening.view.with_untracked(|view| view.id) else { return ().into_any() };
    let (moving, deleting) = (DialogHandle::new(), DialogHandle::new());
    let (hold, archives) = (RwSignal::new(None::<Hold>), RwSignal::new(false));
    let fail = move |error: AppError| toasts.fail(l.error(&error));
    let set_archived = move |archived: bool| {
        spawn_local(async move {
            match archive_group(id, archived).await {
                Ok(view) => {
                    toasts.push(l.t(if archived { "groups.archived_now" } else { "groups.restored_now" }), None);
                    opening.follow(view);
                }
                Err(error) => fail(error),
            }
        });
    };
    // Asks who is in it first: whoever is must go elsewhere. What else keeps it, the refusal says.
    let ask = move |archive: bool| {
        spawn_local(async move {
            match hold_of_group(id).await {
                Ok(found) if archive && found.customers == 0 => set_archived(true),
                Ok(found) => {
                    hold.set(Some(found));
                    archives.set(archive);
                    moving.open();
                }
                Err(error) => fail(error),
            }
        });
    };
    let delete = Callback::new(move |()| {
        let navigate = navigate.clone();
        spawn_local(async move {
            match delete_group(id).await {
                Ok(()) => navigate("/groups", leptos_router::NavigateOptions { replace: true, ..Default::default() }),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    });
    let items = move || {
        if opening.view.with(|view| view.archived) {
            view! {
                <button class="menu-item" type="button" on:click=move |_| set_archived(false)><Icon name="undo"/>{l.t("groups.restore")}</button>
                <button class="menu-item" data-tone="bad" type="button" on:click=move |_| deleting.open()><Icon name="trash"/>{l.t("groups.delete")}</button>
            }
            .into_any()
        } else {
            let fallback = opening.view.with(|view| view.is_fallback);
            view! {
                <button class="menu-item" type="button" on:click=move |_| ask(false)><Icon name="users"/>{l.t("groups.move")}</button>
                {(!fallback).then(|| view! {
                    <button class="menu-item" type="button" on:click=move |_| ask(true)><Icon name="archive"/>{l.t("groups.archive")}</button>
                })}
            }
            .into_any()
        }
    };
    view! {
        <details class="dropdown">
            <summary class="btn btn-icon" aria-label=l.t("groups.actions") title=l.t("groups.actions")><Icon name="more-horizontal"/></summary>
            <div class="menu menu-end">{items}</div>
        </details>
        <MoveDialog opening id handle=moving hold archives/>
        <ConfirmDialog handle=deleting id="delete-group" title=l.t("groups.delete").to_owned() action=l.t("groups.delete").to_owned() on_confirm=delete>
            <p>{l.t("groups.delete_text")}</p>
        </ConfirmDialog>
    }
    .into_any()
}

#[component]
fn MoveDialog(
    opening: Opening,
    id: GroupId,
    handle: DialogHandle,
    hold: RwSignal<Option<Hold>>,
    /// The group is archived afterwards.
    archives: RwSignal<bool>,
) -> impl IntoView {
    let (l, tray) = (use_lang(), use_job_tray());
    let once = Once::default();
    let goal = RwSignal::new(None::<GroupId>);
    let error: FormError = once.error;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(to) = goal.get_untracked() else { return error.set(Some(AppError::invalid("to", "groups.move_where"))) };
        once.send(move_group(id, to, archives.get_untracked()), move |job| {
            handle.close();
            tray.show(job);
        });
    };
    let title = Signal::derive(move || l.t(if archives.get() { "groups.archive" } else { "groups.move" }).to_owned());
    let text = move || {
        let Hold { customers, promotions, products, campaigns } = hold.get().unwrap_or_default();
        let who = (customers > 0).then(|| view! { <p>{l.count("groups.held_by", customers)}</p> });
        let held = |by: i64, text: &'static str| {
            let text = l.t(text);
            (by > 0 && archives.get())
                .then(|| view! { <p class="banner" data-tone="warn"><Icon name="alert-triangle"/>{text}</p> })
        };
        let (codes, goods) = (held(promotions, "groups.used_by_promotion"), held(products, "groups.used_by_product"));
        let mails = campaigns.into_iter().filter(|_| archives.get()).map(|name| {
            let text = l.with("groups.used_by_campaign", &[("name", &name)]);
            view! { <p class="banner" data-tone="warn"><Icon name="alert-triangle"/>{text}</p> }
        });
        view! { {who} {codes} {goods} {mails.collect_view()} }
    };
    // Filled once it is open: until then the dialog must be what the server rendered.
    let options = move || {
        let others = if hold.get().is_some() { opening.view.with(|view| view.others.clone()) } else { Vec::new() };
        others.into_iter().map(|(id, name)| view! { <option value=id.to_string()>{name}</option> }).collect_view()
    };
    view! {
        <Dialog handle id="move-group" title class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    {text}
                    <div class="field">
                        <label class="label" for="move-to">{l.t("groups.move_to")}</label>
                        <select
                            class="input"
                            id="move-to"
                            name="to"
                            aria-invalid=aria_invalid(error, "to")
                            on:change=move |event| goal.set(event_target_value(&event).parse().ok())
                        >
                            <option value="">{l.t("groups.choose")}</option>
                            {options}
                        </select>
                        <FieldError id="move-to" name="to" error/>
                    </div>
                    <p class="hint">{l.t("groups.move_hint")}</p>
                </div>
                <DialogFoot handle busy=once.busy action=l.t("groups.move_confirm")/>
            </form>
        </Dialog>
    }
    .into_any()
}
