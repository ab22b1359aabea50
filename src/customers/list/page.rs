//! The page of the list: search, quick filters, the table, the pager. Its state is its URL.

use super::api::list_choices;
use super::filter_sheet::FilterSheet;
use super::live::Live;
use super::pager::Foot;
use super::search_box::SearchBox;
use super::thumb_bar::ThumbBar;
use super::toolbar::Toolbar;
use super::views_menu::ViewsMenu;
use super::{Choices, Column, ListState, QuickFilter, table};
use crate::base::i18n::use_lang;
use crate::base::{AppError, CustomerId, Resource, resource};
use crate::customers::profile::add::AddCustomerDialog;
use crate::office::jobs::use_job_tray;
use crate::ui::{DialogHandle, ErrorState, Icon};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use std::collections::BTreeSet;

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
    pub live: Live,
    pub choices: Resource<Result<Choices, AppError>>,
    pub selected: RwSignal<Selected>,
    /// On a phone: rows are being chosen, so that boxes take the place of the avatars.
    pub choosing: RwSignal<bool>,
    /// Where `j` and `k` are: an index into the rows of the page.
    pub cursor: RwSignal<Option<usize>>,
    /// The columns that the URL says.
    pub columns: Memo<Option<Vec<Column>>>,
    /// The columns that were chosen since the page was opened: newer than those among the choices.
    pub chosen_columns: RwSignal<Option<Vec<Column>>>,
    pub filter_sheet: DialogHandle,
}

impl List {
    /// Whether rows are selected, or about to be.
    #[must_use]
    pub fn is_selecting(self) -> bool {
        self.choosing.get() || !self.selected.read().is_empty()
    }

    pub fn clear_selection(self) {
        self.choosing.set(false);
        self.selected.set(Selected::default());
    }

    /// The columns in force: those of the URL, else this member's own, else the usual ones.
    #[must_use]
    pub fn columns_in_force(self, choices: Option<&Choices>) -> Vec<Column> {
        let own = || self.chosen_columns.get().or_else(|| choices.and_then(|choices| choices.columns.clone()));
        self.columns.get().or_else(own).unwrap_or_else(|| Column::DEFAULT.to_vec())
    }
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

/// Where the filters of a state are written as a rule.
#[must_use]
pub fn rule_href(state: &ListState) -> String {
    match state.clone().from_the_start().to_query() {
        query if query.is_empty() => "/customers/rule".to_owned(),
        query => format!("/customers/rule?{query}"),
    }
}

/// `/customers`.
#[component]
pub fn ListPage() -> impl IntoView {
    let l = use_lang();
    let query = use_location().search;
    let state = Memo::new(move |_| ListState::parse(&query.get()).0);
    let list = List {
        state,
        live: Live::new(query),
        choices: resource(|| (), |()| list_choices()),
        selected: RwSignal::default(),
        choosing: RwSignal::new(false),
        cursor: RwSignal::new(None),
        columns: Memo::new(move |_| state.with(|state| state.columns.clone())),
        chosen_columns: RwSignal::new(None),
        filter_sheet: DialogHandle::new(),
    };
    provide_context(list);
    forget_selection_on_change(list);
    follow_jobs(list);
    super::keys::listen(list);
    let selecting = move || list.is_selecting().then_some("");
    let asking = move || list.live.is_asking().then_some("");
    view! {
        <Title text=l.t("list.title")/>
        <div class="page page-fill" data-selecting=selecting data-asking=asking>
            <header class="list-head">
                <Heading/>
                <SearchBox/>
                <div class="page-actions">
                    <ViewsMenu/>
                    <div class="desk-only"><AddCustomerDialog/></div>
                </div>
            </header>
            <QuickFilters/>
            <Toolbar/>
            <Fallbacks/>
            <Rows/>
            <ThumbBar/>
        </div>
        <FilterSheet/>
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

/// What a bulk action changed is shown when it has ended.
fn follow_jobs(list: List) {
    let ended = use_job_tray().ended();
    Effect::new(move |before: Option<u32>| {
        let now = ended.get();
        if before.is_some_and(|before| before != now) {
            list.live.ask_again();
            list.choices.refetch();
        }
        now
    });
}

#[component]
fn Heading() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let count = move |total: u64| l.count("list.count", i64::try_from(total).unwrap_or(i64::MAX));
    view! {
        <div class="list-title">
            <h1 class="page-title">{l.t("list.title")}</h1>
            <p class="page-count" role="status">
                {list.live.show(move |outcome| outcome.as_ref().ok().map(|answer| count(answer.total)).into_any())}
            </p>
        </div>
    }
}

/// The quick filters with their counts: links, so that they work without scripts.
#[component]
fn QuickFilters() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let item = move |quick: QuickFilter| {
        let target = move || href(&ListState { quick, ..list.state.get().from_the_start() });
        let here = move || (list.state.read().quick == quick).then_some("true");
        let count = move |counted: u64| l.integer(i64::try_from(counted).unwrap_or(i64::MAX));
        view! {
            <a class="quick-item" href=target aria-current=here>
                {l.t(quick.label_key())} " "
                <span class="count">
                    {list.live.show(move |outcome| outcome.as_ref().ok().map(|answer| count(answer.facets.count(quick))).into_any())}
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
    list.live.show(move |outcome| {
        let texts: Vec<String> = outcome.iter().flat_map(|answer| &answer.fallbacks).map(|fallback| fallback.text(l)).collect();
        let banner = (!texts.is_empty()).then(|| {
            view! {
                <div class="banner" data-tone="warn" role="status">
                    <Icon name="alert-triangle"/>
                    <p class="banner-body">{texts.join(" ")}</p>
                </div>
            }
        });
        banner.into_any()
    })
}

/// The table and what stands below it, or what went wrong.
#[component]
fn Rows() -> impl IntoView {
    let list = use_list();
    let retry = Callback::new(move |()| list.live.ask_again());
    list.live.show_or((|| view! { <table::TableSkeleton/> }).into(), move |outcome| match outcome {
        Ok(answer) => view! { <table::CustomerTable answer=answer.clone()/><Foot answer=answer.clone()/> }.into_any(),
        Err(error) => view! { <ErrorState error=error.clone() on_retry=retry/> }.into_any(),
    })
}
