//! The step's view: what was found, the worst first, each with what to do and the way to where it is done.

use super::api::{check_campaign, try_links};
use super::{Finding, Level, Place, Report, Trial, Tried};
use crate::base::i18n::use_lang;
use crate::base::{AppError, CampaignId};
use crate::messages::campaigns::CampaignForm;
use crate::ui::{FormAlert, FormError, Icon, SkeletonLines, use_toasts};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// The name can be typed over in every step.
const PAUSE: Duration = Duration::from_millis(700);

/// The step's state; copy it into closures.
#[derive(Clone, Copy)]
struct Checked {
    id: CampaignId,
    form: RwSignal<CampaignForm>,
    report: RwSignal<Option<Report>>,
    failed: FormError,
    busy: RwSignal<bool>,
    asked: StoredValue<u32>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Checked {
    fn look(self) {
        self.asked.update_value(|asked| *asked += 1);
        let question = self.asked.get_value();
        let form = self.form.get_untracked();
        self.busy.set(true);
        spawn_local(async move {
            let answer = check_campaign(self.id, form).await;
            if self.asked.try_get_value() != Some(question) {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(report) => {
                    self.failed.set(None);
                    self.report.set(Some(report));
                }
                // It could not even be saved.
                Err(AppError::Invalid { field, message }) => {
                    let findings = vec![Finding::new(Level::Error, message, Some(Place::of(&field)))];
                    self.report.set(Some(Report { findings, ..Report::default() }));
                }
                Err(error) => self.failed.set(Some(error)),
            }
        });
    }

    fn look_soon(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        let look = move || {
            if !self.asked.is_disposed() {
                self.look();
            }
        };
        self.timer.set_value(set_timeout_with_handle(look, PAUSE).ok());
    }
}

/// Looks at the campaign as it is typed.
#[component]
pub fn CheckStep(id: CampaignId, form: RwSignal<CampaignForm>) -> impl IntoView {
    let checked = Checked {
        id,
        form,
        report: RwSignal::new(None),
        failed: FormError::new(None),
        busy: RwSignal::new(false),
        asked: StoredValue::new(0),
        timer: StoredValue::new(None),
    };
    Effect::new(move |before: Option<CampaignForm>| {
        let now = form.get();
        match before {
            None => checked.look(),
            Some(before) if before != now => checked.look_soon(),
            Some(_) => {}
        }
        now
    });
    let shown = move || match checked.report.get() {
        Some(report) => view! { <Found report checked/> }.into_any(),
        None if checked.failed.with(Option::is_some) => ().into_any(),
        None => view! { <section class="card"><SkeletonLines lines=8/></section> }.into_any(),
    };
    view! {
        <div class="stack composer-check">
            <FormAlert error=checked.failed/>
            {shown}
        </div>
    }
    .into_any()
}

#[component]
fn Found(report: Report, checked: Checked) -> impl IntoView {
    let links = report.links.clone();
    let of =
        |level: Level| -> Vec<Finding> { report.findings.iter().filter(|finding| finding.level == level).cloned().collect() };
    let groups = [Level::Error, Level::Warning, Level::Hint].map(|level| view! { <Group level findings=of(level)/> });
    let passed = of(Level::Ok);
    view! {
        <Summary report checked/>
        {groups.collect_view()}
        <Links links checked/>
        <Passed findings=passed/>
    }
    .into_any()
}

/// Whether it can be sent.
#[component]
fn Summary(report: Report, checked: Checked) -> impl IntoView {
    let l = use_lang();
    let (errors, warnings) = (report.count(Level::Error), report.count(Level::Warning));
    let level = match (errors, warnings) {
        (0, 0) => Level::Ok,
        (0, _) => Level::Warning,
        _ => Level::Error,
    };
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let says = match level {
        Level::Ok => l.t("composer.check.ready").to_owned(),
        Level::Warning => l.count("composer.check.ready_with", number(warnings)),
        _ => l.count("composer.check.not_ready", number(errors)),
    };
    let who = l.count("composer.check.gets_it", report.gets_it);
    view! {
        <section class="banner check-summary" data-tone=level.tone() role="status">
            <Icon name=level.icon()/>
            <p class="banner-body"><strong>{says}</strong> " " {who}</p>
            <div class="banner-actions">
                <button class="btn btn-sm" type="button" aria-busy=move || checked.busy.get().then_some("true") on:click=move |_| checked.look()>
                    <Icon name="refresh"/>{l.t("composer.check.again")}
                </button>
            </div>
        </section>
    }
    .into_any()
}

/// What is equally bad.
#[component]
fn Group(level: Level, findings: Vec<Finding>) -> impl IntoView {
    let l = use_lang();
    if findings.is_empty() {
        return ().into_any();
    }
    let count = findings.len();
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t(level.label_key())}</h2>
                <span class="badge" data-tone=level.tone()>{count}</span>
            </header>
            <ul class="card-list">{findings.into_iter().map(|finding| view! { <Line finding/> }).collect_view()}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Line(finding: Finding) -> impl IntoView {
    let l = use_lang();
    let Finding { level, says, advice, place, details, customers } = finding;
    let advice = (!advice.is_empty()).then(|| view! { <p class="soft">{l.dynamic(&advice)}</p> });
    let detail = |text: String| view! { <li><code class="code" dir="auto">{text}</code></li> };
    let details =
        (!details.is_empty()).then(|| view! { <ul class="check-details">{details.into_iter().map(detail).collect_view()}</ul> });
    let customer = |(id, name): (crate::base::CustomerId, String)| {
        view! { <li><a class="link" href=format!("/customers/{id}") target="_blank" dir="auto">{name}</a></li> }
    };
    let customers = (!customers.is_empty())
        .then(|| view! { <ul class="check-details">{customers.into_iter().map(customer).collect_view()}</ul> });
    let way = place.map(|place| view! { <a class="btn btn-sm check-way" href=place.href()>{l.t("composer.check.show")}</a> });
    view! {
        <li class="check-line">
            <span class="check-icon" data-tone=level.tone()><Icon name=level.icon()/></span>
            <div class="check-said">
                <p class="strong">{l.dynamic(&says)}</p>
                {advice}
                {details}
                {customers}
            </div>
            {way}
        </li>
    }
    .into_any()
}

/// The links, to be opened.
#[component]
fn Links(links: Vec<String>, checked: Checked) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    if links.is_empty() {
        return ().into_any();
    }
    let trials = RwSignal::new(None::<Vec<Trial>>);
    let busy = RwSignal::new(false);
    let run = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = try_links(checked.id).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(found) => trials.set(Some(found)),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let says = move |tried: &Tried| match tried {
        Tried::Answers(status) => l.with("composer.check.link_answers", &[("status", status)]),
        Tried::Gone(status) => l.with("composer.check.link_gone", &[("status", status)]),
        Tried::Silent => l.t("composer.check.link_silent").to_owned(),
        Tried::NotPublic => l.t("composer.check.link_private").to_owned(),
        Tried::Skipped => l.t("composer.check.link_skipped").to_owned(),
    };
    let line = move |url: String| {
        let of = url.clone();
        let status = move || {
            let tried =
                trials.with(|trials| trials.as_ref()?.iter().find(|trial| trial.url == of).map(|trial| trial.tried.clone()));
            tried.map(|tried| {
                view! { <span class="status" data-tone=tried.level().tone()>{says(&tried)}</span> }
            })
        };
        view! { <li class="check-link"><code class="code" dir="auto">{url}</code> {status}</li> }
    };
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("composer.check.links")}</h2>
                <div class="card-actions">
                    <button class="btn btn-sm" type="button" aria-busy=move || busy.get().then_some("true") on:click=run>
                        <span>{l.t("composer.check.links_open")}</span>
                    </button>
                </div>
            </header>
            <ul class="card-list">{links.into_iter().map(line).collect_view()}</ul>
            <footer class="card-foot"><p class="hint">{l.t("composer.check.links_hint")}</p></footer>
        </section>
    }
    .into_any()
}

/// What was looked at and is as it should be.
#[component]
fn Passed(findings: Vec<Finding>) -> impl IntoView {
    let l = use_lang();
    if findings.is_empty() {
        return ().into_any();
    }
    let count = i64::try_from(findings.len()).unwrap_or(i64::MAX);
    let line = |finding: Finding| {
        view! {
            <li class="check-line"><span class="check-icon" data-tone="ok"><Icon name="check-circle"/></span><p>{l.dynamic(&finding.says)}</p></li>
        }
    };
    view! {
        <details class="card">
            <summary class="card-head"><Icon name="chevron-right"/><span class="card-title">{l.count("composer.check.passed", count)}</span></summary>
            <ul class="card-list">{findings.into_iter().map(line).collect_view()}</ul>
        </details>
    }
    .into_any()
}
