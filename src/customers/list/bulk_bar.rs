//! The selection bar: who is selected, and what can be done with them (L8).

use super::Selection;
use super::page::{Selected, use_list};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{GroupId, TagId};
use crate::customers::bulk::BulkAction;
use crate::customers::bulk::api::start_bulk;
use crate::office::jobs::use_job_tray;
use crate::office::staff::Right;
use crate::ui::{ConfirmDialog, DialogHandle, Icon, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// In the pager's place while somebody is selected.
#[component]
pub fn SelectionBar(total: u64) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let count = move || {
        list.selected.with(|selected| if selected.everyone { total } else { i64::try_from(selected.ids.len()).unwrap_or(0) })
    };
    let everyone = move |_| list.selected.update(|selected| selected.everyone = true);
    let clear = move |_| list.selected.set(Selected::default());
    let may_edit = use_session().has(Right::BulkEdit);
    view! {
        <div class="selection-bar" role="region" aria-label=l.t("list.selection")>
            <span class="selection-count" role="status">{move || l.count("list.selected", count())}</span>
            {move || (!list.selected.read().everyone && count() < total).then(|| view! {
                <button type="button" class="link" on:click=everyone>{l.count("list.select_all", total)}</button>
            })}
            <div class="row-end">
                {may_edit.then(|| view! { <Actions count=Signal::derive(count)/> })}
                <button type="button" class="btn btn-inverse btn-icon" aria-label=l.t("list.selection_clear") on:click=clear><Icon name="x"/></button>
            </div>
        </div>
    }
}

/// The actions; each starts a job that stays in sight and can be undone.
#[component]
fn Actions(count: Signal<i64>) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let tray = use_job_tray();
    let toasts = use_toasts();
    let start = Callback::new(move |action: BulkAction| {
        let selected = list.selected.get_untracked();
        let customers = if selected.everyone {
            Selection::Matching(list.state.with_untracked(|state| state.clone().from_the_start().to_query()))
        } else {
            Selection::Ids(selected.ids.into_iter().collect())
        };
        spawn_local(async move {
            match start_bulk(action, customers).await {
                Ok(job) => {
                    tray.show(job);
                    list.selected.set(Selected::default());
                }
                Err(error) => toasts.fail(l.dynamic(error.message_key())),
            }
        });
    });
    let block = DialogHandle::new();
    let block_title = Signal::derive(move || l.count("bulk.block_title", count.get()));
    view! {
        <TagMenu start/>
        <GroupMenu start/>
        <button type="button" class="btn btn-inverse" on:click=move |_| block.open()><Icon name="ban"/> <span>{l.t("bulk.block")}</span></button>
        <button type="button" class="btn btn-inverse" on:click=move |_| start.run(BulkAction::Unblock)>{l.t("bulk.unblock")}</button>
        <ConfirmDialog
            handle=block
            id="bulk-block"
            title=block_title
            action=Signal::derive(move || l.t("bulk.block").to_owned())
            on_confirm=Callback::new(move |()| start.run(BulkAction::Block))
        >
            <p>{l.t("bulk.block_text")}</p>
        </ConfirmDialog>
    }
}

#[component]
fn TagMenu(start: Callback<BulkAction>) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let name = RwSignal::new(String::new());
    let tag = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked().trim().to_owned();
        if !name.is_empty() {
            start.run(BulkAction::Tag { name });
        }
    };
    let untag = move |(id, name): (TagId, String)| {
        view! {
            <button type="button" class="menu-item" on:click=move |_| start.run(BulkAction::Untag { tag: id })>
                <Icon name="minus"/> {name}
            </button>
        }
    };
    view! {
        <details class="dropdown">
            <summary class="btn btn-inverse"><Icon name="tag"/> <span>{l.t("bulk.tags")}</span></summary>
            <div class="menu menu-end menu-up">
                <form class="stack" on:submit=tag>
                    <input
                        class="input"

                        maxlength="60"
                        autocomplete="off"
                        placeholder=l.t("bulk.tag_name")
                        aria-label=l.t("bulk.tag_name")
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                    <button type="submit" class="btn btn-sm btn-primary">{l.t("bulk.add_tag")}</button>
                </form>
                <hr class="menu-sep"/>
                <p class="menu-title">{l.t("bulk.remove_tag")}</p>
                <Transition>
                    {move || Suspend::new(async move {
                        let tags = list.choices.await.map(|choices| choices.tags).unwrap_or_default();
                        tags.into_iter().map(untag).collect_view()
                    })}
                </Transition>
            </div>
        </details>
    }
}

#[component]
fn GroupMenu(start: Callback<BulkAction>) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let items = move |groups: Vec<(GroupId, String)>, add: bool| {
        let item = move |(group, name): (GroupId, String)| {
            let action = move || if add { BulkAction::AddToGroup { group } } else { BulkAction::RemoveFromGroup { group } };
            view! {
                <button type="button" class="menu-item" on:click=move |_| start.run(action())>
                    <Icon name=if add { "plus" } else { "minus" }/> {name}
                </button>
            }
        };
        groups.into_iter().map(item).collect_view()
    };
    view! {
        <details class="dropdown">
            <summary class="btn btn-inverse"><Icon name="users"/> <span>{l.t("bulk.groups")}</span></summary>
            <div class="menu menu-end menu-up">
                <Transition>
                    {move || Suspend::new(async move {
                        let groups = list.choices.await.map(|choices| choices.groups).unwrap_or_default();
                        view! {
                            <p class="menu-title">{l.t("bulk.add_group")}</p>
                            {items(groups.clone(), true)}
                            <hr class="menu-sep"/>
                            <p class="menu-title">{l.t("bulk.remove_group")}</p>
                            {items(groups, false)}
                        }
                    })}
                </Transition>
            </div>
        </details>
    }
}
