//! `/tags`: all tags, how many customers carry each, and what can be done with them.

use super::api::list_all_tags;
use super::dialogs::{DeleteDialog, EditDialog, MergeDialog, RuleDialog};
use super::table::TagTable;
use super::{TagPage, TagQuery, TagRow};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{AppError, TagId, resource};
use crate::office::jobs::use_job_tray;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{DialogHandle, EmptyState, ErrorState, Icon, LiveForm, SearchField, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use std::collections::BTreeMap;

lazy_page!(
    /// `/tags`.
    TagsRoute,
    profile,
    tags_view
);

fn tags_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><TagsView/></Guard> }.into_any()
}

/// The page's state; copy it into closures.
#[derive(Clone, Copy)]
pub(super) struct Tags {
    /// What is shown; `None` before the first answer.
    pub page: RwSignal<Option<Result<TagPage, AppError>>>,
    /// The query of the URL.
    query: Memo<TagQuery>,
    /// How often the list was asked for: a later answer is the one that counts.
    asked: StoredValue<u32>,
    /// Those that are ticked: names by id.
    pub chosen: RwSignal<BTreeMap<i64, TagRow>>,
    /// The tag that a dialog is about; `None` is a new one.
    pub about: RwSignal<Option<TagRow>>,
    pub edit: DialogHandle,
    pub delete: DialogHandle,
    pub merge: DialogHandle,
    pub rule: DialogHandle,
    /// Renames, merges, deletes.
    pub may_edit: bool,
    /// Writes rules.
    pub may_rule: bool,
}

impl Tags {
    /// Reads the list anew. What is shown stays until the answer comes, and so does each row that is still there: the menu that is open
    /// in it, and the focus.
    pub fn reload(self) {
        self.asked.update_value(|asked| *asked += 1);
        let (asked, query) = (self.asked.get_value(), self.query.get_untracked().write());
        spawn_local(async move {
            let answer = list_all_tags(query).await;
            // Nobody waits for it any more where somebody asked again, or left the page.
            if self.asked.try_get_value() == Some(asked) {
                self.page.set(Some(answer));
            }
        });
    }

    /// A tag as it is shown.
    #[must_use]
    pub fn find(self, tag: TagId) -> Option<TagRow> {
        self.page.with(|page| match page {
            Some(Ok(page)) => page.rows.iter().find(|row| row.label.id == tag).cloned(),
            _ => None,
        })
    }

    pub fn ask(self, row: Option<TagRow>, dialog: DialogHandle) {
        self.about.set(row);
        dialog.open();
    }

    pub fn choose(self, row: &TagRow, on: bool) {
        self.chosen.update(|chosen| {
            if on {
                chosen.insert(row.label.id.0, row.clone());
            } else {
                chosen.remove(&row.label.id.0);
            }
        });
    }

    #[must_use]
    pub fn is_chosen(self, tag: TagId) -> bool {
        self.chosen.with(|chosen| chosen.contains_key(&tag.0))
    }
}

#[component]
fn TagsView() -> impl IntoView {
    let l = use_lang();
    let session = use_session();
    let everywhere = session.staff.as_ref().is_some_and(|staff| staff.branches.is_none());
    let search = use_location().search;
    let query = Memo::new(move |_| TagQuery::parse(&search.get()));
    let handle = DialogHandle::new;
    let tags = Tags {
        page: RwSignal::new(None),
        query,
        asked: StoredValue::new(0),
        chosen: RwSignal::new(BTreeMap::new()),
        about: RwSignal::new(None),
        edit: handle(),
        delete: handle(),
        merge: handle(),
        rule: handle(),
        may_edit: everywhere && session.has(Right::BulkEdit),
        may_rule: everywhere && session.has(Right::ManageSettings),
    };
    // Sizes follow the jobs that change them.
    let ended = use_job_tray().ended();
    Effect::new(move |before: Option<(u32, TagQuery)>| {
        let now = (ended.get(), query.get());
        if before.is_some_and(|before| before != now) {
            tags.reload();
        }
        now
    });
    // Waited for once: what comes later does not make the rows anew.
    let first = resource(|| (), move |()| list_all_tags(query.get_untracked().write()));
    let show = move || {
        Suspend::new(async move {
            let answer = first.await;
            _ = tags.page.try_set(Some(answer));
            view! { <Found tags/> }
        })
    };
    let text = Signal::derive(move || query.get().search);
    let by_size = move || query.get().by_size;
    view! {
        <Title text=l.t("tags.title")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("tags.title")}</h1>
                <div class="page-actions">
                    {tags.may_edit.then(|| view! {
                        <button class="btn btn-primary btn-collapse" type="button" on:click=move |_| tags.ask(None, tags.edit)>
                            <Icon name="plus"/><span>{l.t("tags.new")}</span>
                        </button>
                    })}
                </div>
            </header>
            <section class="card">
                <div class="card-body">
                    <LiveForm class="toolbar" canonical=TagQuery::canonical label=l.t("tags.search")>
                        <SearchField name="q" label=l.t("tags.search") placeholder=l.t("tags.search") value=text/>
                        <label class="check">
                            <input type="checkbox" class="switch" role="switch" name="sort" value="size" checked=by_size prop:checked=by_size/>
                            <span>{l.t("tags.by_size")}</span>
                        </label>
                        <noscript><button class="btn" type="submit">{l.t("orders.filter")}</button></noscript>
                    </LiveForm>
                </div>
                <Transition fallback=|| view! { <SkeletonLines lines=8/> }>{show}</Transition>
                <Chosen tags/>
            </section>
            {tags.may_edit.then(|| view! {
                <EditDialog tags/>
                <DeleteDialog tags/>
                <MergeDialog tags/>
            })}
            {tags.may_rule.then(|| view! { <RuleDialog tags/> })}
        </div>
    }
    .into_any()
}

/// What there is to see.
#[derive(Clone, PartialEq)]
enum Seen {
    Tags,
    /// No tag, or none that was searched for.
    Nothing {
        searched: bool,
    },
    Error(AppError),
}

#[component]
fn Found(tags: Tags) -> impl IntoView {
    let l = use_lang();
    let seen = Memo::new(move |_| {
        tags.page.with(|page| match page {
            Some(Ok(page)) if page.rows.is_empty() => {
                Seen::Nothing { searched: tags.query.with_untracked(|query| !query.search.is_empty()) }
            }
            Some(Err(error)) => Seen::Error(error.clone()),
            _ => Seen::Tags,
        })
    });
    let more = move || {
        tags.page.with(|page| {
            let page = page.as_ref()?.as_ref().ok().filter(|page| page.more)?;
            let shown = i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
            let text = l.with("tags.more", &[("shown", &l.integer(shown)), ("total", &l.integer(page.total))]);
            Some(view! { <footer class="card-foot soft">{text}</footer> })
        })
    };
    move || match seen.get() {
        Seen::Tags => view! {
            <TagTable tags/>
            {more}
        }
        .into_any(),
        Seen::Nothing { searched } => {
            let (title, text) =
                if searched { ("tags.not_found", "tags.not_found_text") } else { ("tags.none", "tags.none_text") };
            view! { <EmptyState icon="tag" title=l.dynamic(title) text=l.dynamic(text)/> }.into_any()
        }
        Seen::Error(error) => view! { <ErrorState error on_retry=Callback::new(move |()| tags.reload())/> }.into_any(),
    }
}

/// What can be done with those that are ticked.
#[component]
fn Chosen(tags: Tags) -> impl IntoView {
    let l = use_lang();
    let count = move || tags.chosen.with(|chosen| i64::try_from(chosen.len()).unwrap_or(i64::MAX));
    let any = Memo::new(move |_| count() > 0);
    move || {
        any.get().then(|| {
            view! {
                <div class="selection-bar" role="region" aria-label=l.t("tags.chosen")>
                    <span class="selection-count" role="status">{move || l.count("tags.chosen_count", count())}</span>
                    <div class="row-end">
                        <button class="btn btn-inverse" type="button" disabled=move || { count() < 2 } on:click=move |_| tags.merge.open()>
                            <Icon name="git-merge"/> <span>{l.t("tags.merge")}</span>
                        </button>
                        <button
                            class="btn btn-inverse btn-icon"
                            type="button"
                            aria-label=l.t("list.selection_clear")
                            title=l.t("list.selection_clear")
                            on:click=move |_| tags.chosen.update(BTreeMap::clear)
                        >
                            <Icon name="x"/>
                        </button>
                    </div>
                </div>
            }
        })
    }
}
