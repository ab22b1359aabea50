//! Who gets the mail, step by step; each number opens those whom it counts.

use super::api::list_audience;
use super::reach::Reach;
use super::{People, Person};
use crate::base::i18n::use_lang;
use crate::base::{AppError, AppResult, CustomerId};
use crate::messages::campaigns::{Fate, Waterfall};
use crate::ui::{Dialog, DialogHandle, ErrorState, Icon, SkeletonLines};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The steps as they are shown: nobody's fate is everybody who was matched.
const STEPS: [(Option<Fate>, &str); 6] = [
    (None, "composer.reach.matched"),
    (Some(Fate::NoConsent), "composer.reach.no_consent"),
    (Some(Fate::Suppressed), "composer.reach.suppressed"),
    (Some(Fate::Capped), "composer.reach.capped"),
    (Some(Fate::NoAddress), "composer.reach.no_address"),
    (Some(Fate::GetsIt), "composer.reach.gets_it"),
];

fn label(fate: Option<Fate>) -> &'static str {
    STEPS.iter().find(|(is, _)| *is == fate).map_or("composer.reach.matched", |(_, label)| label)
}

fn count(waterfall: &Waterfall, fate: Option<Fate>) -> i64 {
    fate.map_or(waterfall.matched, |fate| waterfall.of(fate))
}

/// The figures, with those behind them. Old ones stay, dimmed, until newer ones are there.
#[component]
pub(super) fn WaterfallCard(reach: Reach) -> impl IntoView {
    let l = use_lang();
    let behind = Behind::new(reach);
    let outdated = move || reach.is_outdated().then_some("");
    let said = move || match reach.waterfall().filter(|_| !reach.is_empty() && !reach.is_outdated()) {
        Some(waterfall) => l.count("composer.reach.get_it", waterfall.gets_it),
        None => String::new(),
    };
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("composer.reach.title")}</h2></header>
            <div class="card-body stack" data-outdated=outdated>
                <p class="sr-only" role="status">{said}</p>
                {move || figures(reach, behind)}
            </div>
        </section>
        <BehindDialog behind/>
    }
    .into_any()
}

fn figures(reach: Reach, behind: Behind) -> AnyView {
    let l = use_lang();
    if reach.is_empty() {
        return view! { <p class="soft">{l.t("composer.reach.nobody_yet")}</p> }.into_any();
    }
    match reach.answer.get() {
        None => view! { <SkeletonLines lines=6/> }.into_any(),
        Some(Err(error)) => {
            let retry = Callback::new(move |()| reach.ask_again());
            view! { <ErrorState error on_retry=retry/> }.into_any()
        }
        Some(Ok(counted)) => match counted.waterfall {
            Some(waterfall) => steps(waterfall, behind),
            None => view! { <p class="error"><Icon name="alert-circle"/>{l.t("composer.reach.wrong")}</p> }.into_any(),
        },
    }
}

fn steps(waterfall: Waterfall, behind: Behind) -> AnyView {
    let l = use_lang();
    let step = move |(fate, label): (Option<Fate>, &'static str)| {
        let number = count(&waterfall, fate);
        let loses = !matches!(fate, None | Some(Fate::GetsIt));
        let kind = if loses {
            "loss"
        } else if fate.is_some() {
            "total"
        } else {
            "first"
        };
        let text = if loses && number > 0 { format!("−{}", l.integer(number)) } else { l.integer(number) };
        let who = l.with("composer.reach.show", &[("step", &l.t(label)), ("count", &l.integer(number))]);
        let number = if number == 0 {
            view! { <span class="waterfall-number nil">{text}</span> }.into_any()
        } else {
            view! { <button type="button" class="link waterfall-number" aria-label=who on:click=move |_| behind.open(fate)>{text}</button> }
                .into_any()
        };
        let most = waterfall.matched.max(1).to_string();
        view! {
            <li data-kind=kind>
                <span class="waterfall-label">{l.t(label)}</span>
                {number}
                <progress class="bar" max=most value=count(&waterfall, fate).to_string() aria-hidden="true"></progress>
            </li>
        }
    };
    let warning = match waterfall {
        Waterfall { matched: 0, .. } => Some("campaign.nobody"),
        Waterfall { gets_it: 0, .. } => Some("campaign.nobody_gets_it"),
        _ => None,
    };
    view! {
        <ol class="waterfall">{STEPS.map(step).collect_view()}</ol>
        {warning.map(|key| view! { <div class="banner" data-tone="warn"><Icon name="alert-triangle"/><p class="banner-body">{l.t(key)}</p></div> })}
        <p class="hint">{l.t("composer.reach.hint")}</p>
    }
    .into_any()
}

/// Those behind a number; copy it into closures.
#[derive(Clone, Copy)]
struct Behind {
    reach: Reach,
    dialog: DialogHandle,
    fate: RwSignal<Option<Fate>>,
    people: RwSignal<Vec<Person>>,
    more: RwSignal<bool>,
    busy: RwSignal<bool>,
    failure: RwSignal<Option<AppError>>,
    /// Which opening the answers are for.
    opened: StoredValue<u32>,
}

impl Behind {
    fn new(reach: Reach) -> Self {
        Self {
            reach,
            dialog: DialogHandle::new(),
            fate: RwSignal::new(None),
            people: RwSignal::new(Vec::new()),
            more: RwSignal::new(false),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            opened: StoredValue::new(0),
        }
    }

    fn open(self, fate: Option<Fate>) {
        self.fate.set(fate);
        self.people.set(Vec::new());
        self.more.set(false);
        self.opened.update_value(|opened| *opened += 1);
        self.load();
        self.dialog.open();
    }

    /// Asks for those after the last one who is shown.
    fn load(self) {
        self.busy.set(true);
        self.failure.set(None);
        let opened = self.opened.get_value();
        let ((audience, topic), fate) = (self.reach.question.get_untracked(), self.fate.get_untracked());
        let after: Option<CustomerId> = self.people.with_untracked(|people| people.last().map(|person| person.id));
        spawn_local(async move {
            let answer = list_audience(self.reach.id, audience, topic, fate, after).await;
            if self.opened.try_get_value() == Some(opened) {
                self.settle(answer);
            }
        });
    }

    fn settle(self, answer: AppResult<People>) {
        self.busy.set(false);
        match answer {
            Ok(found) => {
                self.more.set(found.more);
                self.people.update(|people| people.extend(found.rows));
            }
            Err(error) => self.failure.set(Some(error)),
        }
    }
}

#[component]
fn BehindDialog(behind: Behind) -> impl IntoView {
    let l = use_lang();
    let title = Signal::derive(move || l.t(label(behind.fate.get())).to_owned());
    let retry = Callback::new(move |()| behind.load());
    let row = move |person: Person| {
        view! {
            <li>
                <a class="link truncate" href=format!("/customers/{}", person.id) dir="auto">{person.name}</a>
                <span class="line-sub truncate" dir="auto">{person.email}</span>
                {(!person.why.is_empty()).then(|| view! { <span class="badge">{l.dynamic(&person.why)}</span> })}
            </li>
        }
    };
    let nobody = move || behind.people.with(Vec::is_empty) && !behind.busy.get() && behind.failure.with(Option::is_none);
    view! {
        <Dialog handle=behind.dialog id="audience-people" title class="sheet">
            <div class="dialog-body stack audience-people" tabindex="0">
                <ul class="stack"><For each=move || behind.people.get() key=|person| person.id children=row/></ul>
                {move || behind.busy.get().then(|| view! { <SkeletonLines lines=6/> })}
                {move || nobody().then(|| view! { <p class="soft">{l.t("composer.reach.none")}</p> })}
                {move || behind.failure.get().map(|error| view! { <ErrorState error on_retry=retry/> })}
                <button class="btn" type="button" hidden=move || !behind.more.get() || behind.busy.get() on:click=move |_| behind.load()>
                    {l.t("campaign.mails.more")}
                </button>
            </div>
        </Dialog>
    }
    .into_any()
}
