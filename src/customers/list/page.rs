//! The page of the list: search, quick filters, the table, the pager. Its state is its URL.

use super::api::{list_choices, list_customers};
use super::{Choices, Column, ListAnswer, ListState, QuickFilter};
use super::{bulk_bar::SelectionBar, table::CustomerTable, toolbar::Toolbar};
use crate::base::i18n::use_lang;
use crate::base::{AppError, CustomerId};
use crate::customers::profile::add::AddCustomerDialog;
use crate::office::jobs::use_job_tray;
use crate::ui::{ErrorState, Icon};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use std::collections::BTreeSet;
use std::time::Duration;

/// Long enough to skip the letters of a fast typist, short enough to feel live.
const DEBOUNCE: Duration = Duration::from_millis(90);

/// Who is selected: single customers, or everyone who matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    pub ids: BTreeSet<CustomerId>,
    pub everyone: bool,
}

impl Selected {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && !self.everyone
    }
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct List {
    /// The state that the URL says.
    pub state: Memo<ListState>,
    pub answer: Resource<Result<ListAnswer, AppError>>,
    pub choices: Resource<Result<Choices, AppError>>,
    pub selected: RwSignal<Selected>,
    /// Where `j` and `k` are: an index into the rows of the page.
    pub cursor: RwSignal<Option<usize>>,
}

/// The list around this view.
#[must_use]
pub fn use_list() -> List {
    expect_context::<List>()
}

/// The address of a state.
#[must_use]
pub fn href(state: &ListState) -> String {
    match state.to_query() {
        query if query.is_empty() => "/customers".to_owned(),
        query => format!("/customers?{query}"),
    }
}

/// `/customers`.
#[component]
pub fn ListPage() -> impl IntoView {
    let l = use_lang();
    let location = use_location();
    let state = Memo::new(move |_| ListState::parse(&location.search.get()).0);
    // The raw query, so that the server reports what could not be read.
    let answer = Resource::new(move || location.search.get(), list_customers);
    let choices = Resource::new(|| (), |()| list_choices());
    let list = List { state, answer, choices, selected: RwSignal::default(), cursor: RwSignal::new(None) };
    provide_context(list);
    forget_selection_on_change(list);
    super::keys::listen(list);
    // What a bulk action changed is shown when it has ended.
    let ended = use_job_tray().ended();
    Effect::new(move |before: Option<u32>| {
        let now = ended.get();
        if before.is_some_and(|before| before != now) {
            list.answer.refetch();
            list.choices.refetch();
        }
        now
    });
    view! {
        <Title text=l.t("list.title")/>
        <div class="page page-fill" data-selecting=move || (!list.selected.read().is_empty()).then_some("")>
            <header class="list-head">
                <Heading/>
                <Search/>
                <div class="page-actions">
                    <AddCustomerDialog/>
                </div>
            </header>
            <QuickFilters/>
            <Toolbar/>
            <Fallbacks/>
            <Transition fallback=|| view! { <super::table::TableSkeleton/> }>
                {move || Suspend::new(async move {
                    match answer.await {
                        Ok(answer) => view! { <CustomerTable answer=answer.clone()/><Foot answer/> }.into_any(),
                        Err(error) => view! { <ErrorState error on_retry=Callback::new(move |()| list.answer.refetch())/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

/// Another question, another selection: what is selected must be what is seen.
fn forget_selection_on_change(list: List) {
    let asked = Memo::new(move |_| ListState { position: None, columns: None, ..list.state.get() });
    Effect::new(move |before: Option<ListState>| {
        let now = asked.get();
        if before.is_some_and(|before| before != now) {
            list.selected.set(Selected::default());
        }
        now
    });
    Effect::new(move || {
        list.state.track();
        list.cursor.set(None);
    });
}

#[component]
fn Heading() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    view! {
        <div class="list-title">
            <h1 class="page-title">{l.t("list.title")}</h1>
            <p class="page-count" role="status">
                <Transition>
                    {move || Suspend::new(async move {
                        list.answer.await.ok().map(|answer| l.count("list.count", i64::try_from(answer.total).unwrap_or(i64::MAX)))
                    })}
                </Transition>
            </p>
        </div>
    }
}

/// The search box. Without scripts it is a plain form.
#[component]
fn Search() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let navigate = use_navigate();
    let input = NodeRef::<leptos::html::Input>::new();
    let typed = RwSignal::new(list.state.with_untracked(|state| state.search.clone()));
    // Back and forward change the box, but never under somebody's fingers.
    Effect::new(move || {
        let searched = list.state.with(|state| state.search.clone());
        if typed.get_untracked().trim() != searched.trim() && !has_focus(input) {
            typed.set(searched);
        }
    });
    let go = Callback::new(move |text: String| {
        let state = ListState { search: text, ..list.state.get_untracked().from_the_start() };
        navigate(&href(&state), NavigateOptions { replace: true, scroll: false, resolve: false, ..NavigateOptions::default() });
    });
    let mut debounced = leptos::leptos_dom::helpers::debounce(DEBOUNCE, move |text: String| go.run(text));
    let clear = move |_| {
        typed.set(String::new());
        go.run(String::new());
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
        }
    };
    view! {
        <form class="search" role="search" method="get" action="/customers" on:submit=move |event| {
            event.prevent_default();
            go.run(typed.get_untracked());
            // The search is finished: from here on `j`, `k` and `x` are keys of the list, not letters of the search.
            if let Some(input) = input.get_untracked() {
                let _ = input.blur();
            }
        }>
            <Icon name="search"/>
            <input
                node_ref=input
                class="input"
                type="search"
                name="q"
                id="list-search"
                autocomplete="off"
                spellcheck="false"
                maxlength="500"
                placeholder=l.t("list.search_hint")
                aria-label=l.t("list.search")
                aria-keyshortcuts="/"
                prop:value=typed
                value=typed.get_untracked()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    typed.set(text.clone());
                    debounced(text);
                }
            />
            <kbd class="search-hint" aria-hidden="true">"/"</kbd>
            <button
                type="button"
                class="btn btn-icon btn-sm btn-ghost search-clear"
                aria-label=l.t("list.search_clear")
                hidden=move || typed.read().is_empty()
                on:click=clear
            >
                <Icon name="x"/>
            </button>
        </form>
    }
}

fn has_focus(input: NodeRef<leptos::html::Input>) -> bool {
    let Some(input) = input.get_untracked() else { return false };
    document().active_element().is_some_and(|active| active.is_same_node(Some(&input)))
}

/// The quick filters with their counts: links, so that they work without scripts.
#[component]
fn QuickFilters() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let item = move |quick: QuickFilter| {
        let target = move || href(&ListState { quick, ..list.state.get().from_the_start() });
        let here = move || (list.state.read().quick == quick).then_some("true");
        view! {
            <a class="quick-item" href=target aria-current=here>
                {l.t(quick.label_key())} " "
                <span class="count">
                    <Transition>
                        {move || Suspend::new(async move {
                            list.answer.await.ok().map(|answer| l.integer(i64::try_from(answer.facets.count(quick)).unwrap_or(0)))
                        })}
                    </Transition>
                </span>
            </a>
        }
    };
    view! { <nav class="quick" aria-label=l.t("list.quick_filters")>{QuickFilter::ALL.map(item).collect_view()}</nav> }
}

/// What in the URL could not be read.
#[component]
fn Fallbacks() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let fallbacks = list.answer.await.map(|answer| answer.fallbacks).unwrap_or_default();
                (!fallbacks.is_empty()).then(|| {
                    let texts: Vec<String> = fallbacks.iter().map(|fallback| fallback.text(l)).collect();
                    view! {
                        <div class="banner" data-tone="warn" role="status">
                            <Icon name="alert-triangle"/>
                            <p class="banner-body">{texts.join(" ")}</p>
                        </div>
                    }
                })
            })}
        </Transition>
    }
}

/// The pager, or the selection bar in its place.
#[component]
fn Foot(answer: ListAnswer) -> impl IntoView {
    let list = use_list();
    let total = answer.total;
    view! {
        <Show when=move || !list.selected.read().is_empty() fallback=move || view! { <Pager answer=answer.clone()/> }>
            <SelectionBar total/>
        </Show>
    }
}

#[component]
fn Pager(answer: ListAnswer) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let number = |value: u64| l.integer(i64::try_from(value).unwrap_or(i64::MAX));
    let shown = answer.rows.len() as u64;
    let info = (shown > 0).then(|| {
        let (from, to) = (number(answer.before + 1), number(answer.before + shown));
        l.with("list.pager_info", &[("from", &from), ("to", &to), ("total", &number(answer.total))])
    });
    let first = answer.previous.is_some().then(String::new);
    let link = |position: Option<String>, icon: &'static str, label: &'static str| {
        let target = position.map(|at| {
            let state = list.state.get_untracked();
            href(&ListState { position: Some(at).filter(|at| !at.is_empty()), ..state })
        });
        let off = target.is_none().then_some("true");
        view! {
            <a class="btn btn-ghost" href=target aria-disabled=off role=off.map(|_| "link")>
                <Icon name=icon/><span>{l.t(label)}</span>
            </a>
        }
    };
    view! {
        <nav class="pager" aria-label=l.t("list.pages")>
            <p class="pager-info">{info}</p>
            {link(first, "chevrons-left", "list.first")}
            {link(answer.previous, "chevron-left", "list.previous")}
            {link(answer.next, "chevron-right", "list.next")}
            {link(answer.last, "chevrons-right", "list.last")}
        </nav>
    }
}

/// The columns in force: those of the URL, else this member's own, else the usual ones.
#[must_use]
pub fn columns_in_force(state: &ListState, choices: Option<&Choices>) -> Vec<Column> {
    let own = || choices.and_then(|choices| choices.columns.clone());
    state.columns.clone().or_else(own).unwrap_or_else(|| Column::DEFAULT.to_vec())
}
