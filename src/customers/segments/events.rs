//! Who came into a segment and left it lately.

use super::api::list_segment_events;
use super::{EventLine, EventPage};
use crate::base::i18n::use_lang;
use crate::base::{SegmentId, resource};
use crate::ui::{Icon, Loaded, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(super) fn Events(id: SegmentId) -> impl IntoView {
    let l = use_lang();
    let first = resource(|| (), move |()| list_segment_events(id, None));
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("segments.events")}</h2></header>
            <Loaded resource=first view=move |page: EventPage| view! { <Lines id page/> }.into_any()/>
        </section>
    }
}

#[component]
fn Lines(id: SegmentId, page: EventPage) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    if page.lines.is_empty() {
        return view! { <p class="card-body soft">{l.t("segments.no_events")}</p> }.into_any();
    }
    let (lines, more) = (RwSignal::new(page.lines), RwSignal::new(page.more));
    let older = move |_| {
        let before = lines.with_untracked(|lines| lines.last().map(|line| line.id));
        spawn_local(async move {
            match list_segment_events(id, before).await {
                Ok(page) => {
                    _ = lines.try_update(|lines| lines.extend(page.lines));
                    _ = more.try_set(page.more);
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    view! {
        <ul class="card-list">
            <For each=move || lines.get() key=|line| line.id children=move |line| view! { <Line line/> }/>
        </ul>
        {move || more.get().then(|| view! {
            <footer class="card-foot"><button class="btn btn-sm" type="button" on:click=older>{l.t("segments.older")}</button></footer>
        })}
    }
    .into_any()
}

#[component]
fn Line(line: EventLine) -> impl IntoView {
    let l = use_lang();
    let EventLine { customer, name, entered, cause, at, .. } = line;
    let (icon, what) = if entered { ("plus", "segments.entered") } else { ("minus", "segments.left") };
    view! {
        <li class="row">
            <Icon name=icon/>
            <span class="segment-event">
                <a class="link" href=format!("/customers/{customer}") dir="auto">{name}</a>
                " " <span class="soft">{l.t(what)} ", " {l.dynamic(&format!("segments.cause.{}", cause.code()))}</span>
            </span>
            <span class="soft nowrap row-end">{l.moment(at)}</span>
        </li>
    }
}
