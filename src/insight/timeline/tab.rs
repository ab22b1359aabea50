//! The tab Timeline.

use super::api::customer_timeline;
use super::endless::on_reach;
use super::entry::entry_view;
use super::{TimelineEntry, TimelinePage, TimelineQuery, Topic};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, CustomerId, Day, resource};
use crate::ui::{EmptyState, ErrorState, Icon, LiveForm, SkeletonLines};
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// What a customer did and what was done for them, newest first.
#[component]
pub fn TimelineTab(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let search = use_location().search;
    let query = Memo::new(move |_| TimelineQuery::parse(&search.get()));
    let first = resource(move || query.get().to_query(), move |query| customer_timeline(id, query));
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("timeline.title")}</h2>
                <div class="card-actions"><Topics query/></div>
            </header>
            <Transition fallback=|| view! { <SkeletonLines lines=10/> }>
                {move || Suspend::new(async move {
                    match first.await {
                        Ok(page) if page.entries.is_empty() => nothing(l, &query.get_untracked()),
                        Ok(page) => view! { <Entries id page query=query.get_untracked()/> }.into_any(),
                        Err(error) => {
                            let again = Callback::new(move |()| first.refetch());
                            view! { <ErrorState error on_retry=again/> }.into_any()
                        }
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

/// Registration is always there, so only a choice of topics leaves nothing.
fn nothing(l: Lang, query: &TimelineQuery) -> AnyView {
    let all = (!query.topics.is_empty()).then(|| view! { <a class="btn" href="?">{l.t("timeline.show_all")}</a> });
    view! { <EmptyState icon="clock" title=l.t("timeline.none") text=l.t("timeline.none_text")>{all}</EmptyState> }.into_any()
}

/// The choice of what the timeline is about.
#[component]
fn Topics(query: Memo<TimelineQuery>) -> impl IntoView {
    let l = use_lang();
    let boxes = Topic::ALL.into_iter().map(move |topic| {
        let checked = move || query.get().topics.contains(&topic);
        view! {
            <label class="menu-item">
                <input type="checkbox" class="checkbox" name="about" value=topic.code() checked=checked prop:checked=checked/>
                {l.t(topic.label_key())}
            </label>
        }
    });
    let chosen = move || {
        let topics = query.get().topics;
        match topics.as_slice() {
            [] => l.t("timeline.all").to_owned(),
            [only] => l.t(only.label_key()).to_owned(),
            several => l.count("timeline.topics", i64::try_from(several.len()).unwrap_or(0)),
        }
    };
    view! {
        <LiveForm canonical=TimelineQuery::canonical label=l.t("timeline.filter")>
            <details class="dropdown">
                <summary class="btn btn-sm"><Icon name="filter"/>{chosen}<Icon name="chevron-down" class="icon-caret"/></summary>
                <div class="menu menu-end">
                    {boxes.collect_view()}
                    <noscript><button class="btn btn-block" type="submit">{l.t("timeline.filter")}</button></noscript>
                </div>
            </details>
        </LiveForm>
    }
}

/// The entries, and more of them as one comes to their end.
#[component]
fn Entries(id: CustomerId, page: TimelinePage, query: TimelineQuery) -> impl IntoView {
    let l = use_lang();
    let today = use_session().today;
    let TimelinePage { entries, older } = page;
    let entries = RwSignal::new(entries);
    let older = RwSignal::new(older);
    let error = RwSignal::new(None::<AppError>);
    let round = RwSignal::new(0_u32);
    let link = NodeRef::<html::A>::new();
    let next = {
        let query = query.clone();
        move || older.get().map(|before| TimelineQuery { before: Some(before), ..query.clone() }.to_query())
    };
    let load = Action::new_local(move |query: &String| {
        let query = query.clone();
        async move {
            match customer_timeline(id, query).await {
                Ok(more) => {
                    entries.update(|entries| entries.extend(more.entries));
                    older.set(more.older);
                    error.set(None);
                    round.update(|round| *round += 1);
                }
                Err(problem) => error.set(Some(problem)),
            }
        }
    });
    let show_older = {
        let next = next.clone();
        move || {
            if let (false, Some(query)) = (load.pending().get_untracked(), untrack(&next)) {
                load.dispatch_local(query);
            }
        }
    };
    on_reach(link, round.into(), {
        let show_older = show_older.clone();
        // After an error only a press tries again.
        move || {
            if error.get_untracked().is_none() {
                show_older();
            }
        }
    });
    let rows = move || rows(&entries.read(), l, today);
    let href = {
        let next = next.clone();
        move || next().map(|query| format!("?{query}"))
    };
    let message = move || error.get().map(|error| view! { <p class="error" role="alert">{l.dynamic(error.message_key())}</p> });
    view! {
        <div class="card-body" aria-busy=move || load.pending().get().then_some("true")>
            <ol class="timeline">
                <For each=rows key=Row::key let:row>
                    {match row {
                        Row::Day(_, text) => view! { <li class="timeline-day">{text}</li> }.into_any(),
                        Row::Entry(entry) => entry_view(l, *entry),
                    }}
                </For>
            </ol>
            {message}
            <Show when=move || older.read().is_some()>
                <a
                    class="btn btn-block"
                    href=href.clone()
                    node_ref=link
                    on:click={
                        let show_older = show_older.clone();
                        move |event: leptos::ev::MouseEvent| {
                            event.prevent_default();
                            show_older();
                        }
                    }
                >
                    {l.t("timeline.older")}
                </a>
            </Show>
        </div>
    }
    .into_any()
}

/// A line of the list: the heading of a day, or an entry.
#[derive(Clone)]
enum Row {
    Day(Day, String),
    Entry(Box<TimelineEntry>),
}

impl Row {
    fn key(&self) -> String {
        match self {
            Self::Day(day, _) => format!("day-{}", day.0),
            Self::Entry(entry) => entry.key.clone(),
        }
    }
}

fn rows(entries: &[TimelineEntry], l: Lang, today: Day) -> Vec<Row> {
    let mut rows = Vec::with_capacity(entries.len() + 8);
    let mut day = None;
    for entry in entries {
        if day != Some(entry.at.day) {
            day = Some(entry.at.day);
            rows.push(Row::Day(entry.at.day, day_heading(l, entry.at.day, today)));
        }
        rows.push(Row::Entry(Box::new(entry.clone())));
    }
    rows
}

/// `Today, 21 Nov 2026`, or the day alone.
fn day_heading(l: Lang, day: Day, today: Day) -> String {
    match today.0 - day.0 {
        0 => l.with("timeline.today", &[("day", &l.day(day))]),
        1 => l.with("timeline.yesterday", &[("day", &l.day(day))]),
        _ => l.day(day),
    }
}
