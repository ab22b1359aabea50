//! Whom the text describes: how many, how much they are worth, who they are.

use super::live::Live;
use super::{Figures, Missing, Preview, Sample};
use crate::base::i18n::{Lang, use_lang};
use crate::ui::{ErrorState, Icon};
use leptos::prelude::*;

/// The figures beneath the text. Old ones stay, dimmed, until newer ones are there.
#[component]
pub fn LiveFigures(live: Live) -> impl IntoView {
    let l = use_lang();
    let outdated = move || live.is_outdated().then_some("");
    let shown = move || {
        live.answer.with(|answer| match answer {
            Some(Ok(Preview::Found(figures))) => figures_view(l, figures),
            Some(Err(error)) => {
                let retry = Callback::new(move |()| live.ask_again());
                view! { <ErrorState error=error.clone() on_retry=retry/> }.into_any()
            }
            Some(Ok(Preview::Wrong(_))) | None => ().into_any(),
        })
    };
    let said = move || {
        live.answer.with(|answer| match answer {
            Some(Ok(Preview::Found(figures))) => l.count("rules.editor.customers", whole(figures.count)),
            _ => String::new(),
        })
    };
    view! {
        <p class="sr-only" role="status">{said}</p>
        <div class="rule-figures" data-outdated=outdated>{shown}</div>
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn figures_view(l: Lang, figures: &Figures) -> AnyView {
    let figure = |label: &'static str, value: String, note: Option<String>| {
        let note = note.map(|note| view! { <dd class="stat-note">{note}</dd> });
        view! { <div class="stat"><dt class="stat-label">{l.t(label)}</dt><dd class="stat-value tnum">{value}</dd>{note}</div> }
    };
    let share = l.with("rules.editor.share", &[("share", &l.percent(figures.share())), ("of", &l.integer(whole(figures.of)))]);
    let mean = figures.average_clv.map_or_else(|| "—".to_owned(), |money| l.money(money));
    let consenting = (figures.count > 0).then(|| l.percent(figures.consenting_share()));
    view! {
        {figures.missing.iter().map(|missing| missing_view(l, missing)).collect_view()}
        <dl class="stats">
            {figure("rules.editor.count", l.integer(whole(figures.count)), Some(share))}
            {figure("rules.editor.average_clv", mean, None)}
            {figure("rules.editor.consenting", l.integer(whole(figures.consenting)), consenting)}
        </dl>
        {(!figures.sample.is_empty()).then(|| sample_view(l, &figures.sample))}
    }
    .into_any()
}

fn missing_view(l: Lang, missing: &Missing) -> AnyView {
    let what = l.known("rules.what", &missing.what);
    let text = l.with("rules.editor.missing", &[("what", &what), ("name", &missing.name)]);
    let meant = missing.suggestion.as_ref().map(|name| l.with("rules.editor.meant", &[("name", name)]));
    view! { <p class="hint rule-missing"><Icon name="alert-triangle"/><span>{text} " " {meant}</span></p> }.into_any()
}

fn sample_view(l: Lang, sample: &[Sample]) -> AnyView {
    let line = |one: &Sample| {
        view! {
            <li>
                <a class="link truncate" href=format!("/customers/{}", one.id) dir="auto">{one.name.clone()}</a>
                <span class="dim truncate">{one.email.clone()}</span>
            </li>
        }
    };
    view! {
        <details class="rule-sample">
            <summary class="link">{l.count("rules.editor.sample", whole(sample.len() as u64))}</summary>
            <ul>{sample.iter().map(line).collect_view()}</ul>
        </details>
    }
    .into_any()
}
