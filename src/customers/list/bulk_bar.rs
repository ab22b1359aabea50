//! The selection bar: who is selected, and what can be done with them (L8). Every action says first what it will do to how many.

use super::Selection;
use super::page::{List, use_list};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{GroupId, TagId};
use crate::customers::bulk::BulkAction;
use crate::customers::bulk::api::start_bulk;
use crate::office::jobs::use_job_tray;
use crate::office::staff::Right;
use crate::ui::{ConfirmDialog, DialogHandle, Icon, later, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::wasm_split;

/// In the pager's place while somebody is selected.
#[component]
pub fn SelectionBar(total: u64) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let count = move || count(list, total);
    let everyone = move |_| list.selected.update(|selected| selected.everyone = true);
    let more = move || (!list.selected.read().everyone && count() < total).then_some(l.count("list.select_all", total));
    let may_edit = use_session().has(Right::BulkEdit);
    view! {
        <div class="selection-bar" role="region" aria-label=l.t("list.selection")>
            <span class="selection-count" role="status">{move || l.count("list.selected", count())}</span>
            {move || more().map(|text| view! { <button type="button" class="link" on:click=everyone>{text}</button> })}
            <div class="row-end">
                {may_edit.then(|| later(|| true, move || actions(total)))}
                <button
                    type="button"
                    class="btn btn-inverse btn-icon"
                    aria-label=l.t("list.selection_clear")
                    title=l.t("list.selection_clear")
                    on:click=move |_| list.clear_selection()
                >
                    <Icon name="x"/>
                </button>
            </div>
        </div>
    }
}

/// How many are selected, of `total` who match.
fn count(list: List, total: i64) -> i64 {
    list.selected.with(|selected| if selected.everyone { total } else { i64::try_from(selected.ids.len()).unwrap_or(0) })
}

/// An action that waits for a yes.
#[derive(Clone, PartialEq)]
struct Asked {
    action: BulkAction,
    /// The name of its tag or group.
    subject: String,
}

impl Asked {
    /// The question, with the number of customers.
    fn title(&self, l: Lang, count: i64) -> String {
        let key = match self.action {
            BulkAction::Tag { .. } => "bulk.ask.tag",
            BulkAction::Untag { .. } => "bulk.ask.untag",
            BulkAction::AddToGroup { .. } => "bulk.ask.add_to_group",
            BulkAction::RemoveFromGroup { .. } => "bulk.ask.remove_from_group",
            BulkAction::Block => "bulk.ask.block",
            BulkAction::Unblock => "bulk.ask.unblock",
        };
        l.count(key, count).replace("{subject}", &self.subject)
    }

    /// What its button says.
    fn label_key(&self) -> &'static str {
        match self.action {
            BulkAction::Tag { .. } => "bulk.add_tag",
            BulkAction::Untag { .. } => "bulk.remove_tag",
            BulkAction::AddToGroup { .. } => "bulk.add_group",
            BulkAction::RemoveFromGroup { .. } => "bulk.remove_group",
            BulkAction::Block => "bulk.block",
            BulkAction::Unblock => "bulk.unblock",
        }
    }
}

/// The actions; each asks, then starts a job that stays in sight and can be undone. What follows the selection uses nothing but
/// plain values and the page's signals: the last effect runs when the bar, and what was made in it, has gone.
#[wasm_split(list)]
fn actions(total: i64) -> AnyView {
    let l = use_lang();
    let list = use_list();
    let asked = RwSignal::new(None::<Asked>);
    let title = RwSignal::new(String::new());
    let dialog = DialogHandle::new();
    let ask = Callback::new(move |question: Asked| {
        title.set(question.title(l, untrack(|| count(list, total))));
        asked.set(Some(question));
        dialog.open();
    });
    let start = use_start();
    let confirm = Callback::new(move |()| {
        if let Some(asked) = asked.get_untracked() {
            start.run(asked.action);
        }
    });
    let with = move |action: BulkAction| move |_| ask.run(Asked { action: action.clone(), subject: String::new() });
    let label = Signal::derive(move || asked.with(|asked| asked.as_ref().map_or("ui.cancel", Asked::label_key)));
    let is_block = move || asked.with(|asked| asked.as_ref().is_some_and(|asked| asked.action == BulkAction::Block));
    view! {
        <TagMenu ask/>
        <GroupMenu ask/>
        {use_session().has(Right::SendCampaigns).then(|| view! {
            <a class="btn btn-inverse" href=move || write_href(list)><Icon name="send"/> <span>{l.t("composer.write_to_selected")}</span></a>
        })}
        <button type="button" class="btn btn-inverse" disabled=move || count(list, total) == 0 on:click=with(BulkAction::Block)>
            <Icon name="ban"/> <span>{l.t("bulk.block")}</span>
        </button>
        <button type="button" class="btn btn-inverse" disabled=move || count(list, total) == 0 on:click=with(BulkAction::Unblock)>
            <Icon name="user-check"/> <span>{l.t("bulk.unblock")}</span>
        </button>
        <ConfirmDialog
            handle=dialog
            id="bulk"
            title
            action=Signal::derive(move || l.t(label.get()).to_owned())
            harmless=Signal::derive(move || !is_block())
            on_confirm=confirm
        >
            <p>{move || is_block().then(|| l.t("bulk.block_text"))} " " {l.t("bulk.can_undo")}</p>
        </ConfirmDialog>
    }
    .into_any()
}

/// Where a campaign to who is selected begins: everybody who matches as a rule, single ones by their ids.
fn write_href(list: List) -> String {
    list.selected.with(|selected| {
        if selected.everyone {
            let query = list.state.with(|state| state.clone().from_the_start().to_query());
            return format!("/campaigns/new?list={}", crate::base::query::encode(&query));
        }
        let ids: Vec<String> = selected.ids.iter().map(ToString::to_string).collect();
        format!("/campaigns/new?customers={}", ids.join(","))
    })
}

/// Starts an action on who is selected.
fn use_start() -> Callback<BulkAction> {
    let l = use_lang();
    let list = use_list();
    let tray = use_job_tray();
    let toasts = use_toasts();
    Callback::new(move |action: BulkAction| {
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
                    list.clear_selection();
                }
                Err(error) => toasts.fail(l.dynamic(error.message_key())),
            }
        });
    })
}

#[component]
fn TagMenu(ask: Callback<Asked>) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let name = RwSignal::new(String::new());
    let tag = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked().split_whitespace().collect::<Vec<_>>().join(" ");
        if !name.is_empty() {
            ask.run(Asked { action: BulkAction::Tag { name: name.clone() }, subject: name });
        }
    };
    let known = move |(_, name): (TagId, String)| view! { <option value=name></option> };
    let untag = move |(tag, subject): (TagId, String)| {
        let asked = Asked { action: BulkAction::Untag { tag }, subject: subject.clone() };
        view! {
            <button type="button" class="menu-item" on:click=move |_| ask.run(asked.clone())>
                <Icon name="minus"/> {subject}
            </button>
        }
    };
    let tags = move || list.choices.get().and_then(Result::ok).map(|choices| choices.tags).unwrap_or_default();
    view! {
        <details class="dropdown">
            <summary class="btn btn-inverse"><Icon name="tag"/> <span>{l.t("bulk.tags")}</span></summary>
            <div class="menu menu-end menu-up">
                <form class="stack menu-form" on:submit=tag>
                    <input
                        class="input"
                        maxlength="50"
                        autocomplete="off"
                        list="bulk-tags"
                        placeholder=l.t("bulk.tag_name")
                        aria-label=l.t("bulk.tag_name")
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                    <datalist id="bulk-tags"><Transition>{move || tags().into_iter().map(known).collect_view()}</Transition></datalist>
                    <button type="submit" class="btn btn-sm btn-primary">{l.t("bulk.add_tag")}</button>
                </form>
                <hr class="menu-sep"/>
                <p class="menu-title">{l.t("bulk.remove_tag")}</p>
                <Transition>{move || tags().into_iter().map(untag).collect_view()}</Transition>
            </div>
        </details>
    }
}

#[component]
fn GroupMenu(ask: Callback<Asked>) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let items = move |add: bool| {
        let item = move |(group, subject): (GroupId, String)| {
            let action = if add { BulkAction::AddToGroup { group } } else { BulkAction::RemoveFromGroup { group } };
            let asked = Asked { action, subject: subject.clone() };
            view! {
                <button type="button" class="menu-item" on:click=move |_| ask.run(asked.clone())>
                    <Icon name=if add { "plus" } else { "minus" }/> {subject}
                </button>
            }
        };
        let groups = list.choices.get().and_then(Result::ok).map(|choices| choices.groups).unwrap_or_default();
        groups.into_iter().map(item).collect_view()
    };
    view! {
        <details class="dropdown">
            <summary class="btn btn-inverse"><Icon name="users"/> <span>{l.t("bulk.groups")}</span></summary>
            <div class="menu menu-end menu-up">
                <p class="menu-title">{l.t("bulk.add_group")}</p>
                <Transition>{move || items(true)}</Transition>
                <hr class="menu-sep"/>
                <p class="menu-title">{l.t("bulk.remove_group")}</p>
                <Transition>{move || items(false)}</Transition>
            </div>
        </details>
    }
}
