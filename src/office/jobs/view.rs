//! A job as people see it: how far it is, Stop, and Undo when it is done; and the tray in which jobs stay in sight from page
//! to page.

use super::api::{cancel_job, list_my_jobs, undo_job};
use super::{JobStatus, JobView};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, AppResult, JobId, wire};
use crate::office::staff::Right;
use crate::ui::{Icon, later, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_split_helpers::wasm_split;
use web_sys::{EventSource, MessageEvent};

/// The jobs shown in the corner of every page.
#[derive(Clone, Copy, Debug)]
pub struct JobTrayHandle {
    jobs: RwSignal<Vec<JobView>>,
    /// Those that ended lately and can be undone, whether shown or not.
    recent: RwSignal<Vec<JobView>>,
    /// Counts the jobs that ended while shown: pages that show what jobs change reload when it moves.
    ended: RwSignal<u32>,
}

impl JobTrayHandle {
    fn new() -> Self {
        Self { jobs: RwSignal::new(Vec::new()), recent: RwSignal::new(Vec::new()), ended: RwSignal::new(0) }
    }

    /// Shows a job that was just started.
    pub fn show(self, job: JobView) {
        self.jobs.update(|jobs| {
            jobs.retain(|other| other.id != job.id);
            jobs.push(job);
        });
    }

    /// Moves whenever a shown job ends.
    #[must_use]
    pub fn ended(self) -> Signal<u32> {
        self.ended.into()
    }

    /// Notes how the job ended that was shown as `shown`; undoing one puts another in its place.
    fn end(self, shown: JobId, job: JobView) {
        self.recent.update(|recent| {
            recent.retain(|other| other.id != shown && other.id != job.id);
            if job.undoable {
                recent.push(job);
            }
        });
        self.ended.update(|n| *n += 1);
    }

    fn dismiss(self, id: JobId) {
        self.jobs.update(|jobs| jobs.retain(|job| job.id != id));
    }
}

/// Provides the tray to everything below the caller.
pub fn provide_job_tray() {
    provide_context(JobTrayHandle::new());
}

/// The tray of this page.
#[must_use]
pub fn use_job_tray() -> JobTrayHandle {
    use_context::<JobTrayHandle>().unwrap_or_else(JobTrayHandle::new)
}

/// The tray itself: toasts above the page. What was at work when the page was loaded is shown again.
#[component]
pub fn JobTray() -> impl IntoView {
    let tray = use_job_tray();
    Effect::new(move || {
        spawn_local(async move {
            if let Ok(jobs) = list_my_jobs().await {
                let (over, at_work): (Vec<_>, Vec<_>) = jobs.into_iter().partition(JobView::is_over);
                tray.recent.set(over);
                at_work.into_iter().for_each(|job| tray.show(job));
            }
        });
    });
    let shown = Memo::new(move |_| tray.jobs.with(|jobs| !jobs.is_empty()));
    later(move || shown.get(), move || job_toasts(tray))
}

#[wasm_split(list)]
fn job_toasts(tray: JobTrayHandle) -> AnyView {
    let toast = move |job: JobView| {
        let id = job.id;
        view! { <JobToast job on_dismiss=move || tray.dismiss(id) on_end=move |job| tray.end(id, job)/> }
    };
    view! {
        <div class="toasts job-tray">
            <For each=move || tray.jobs.get() key=|job| job.id children=toast/>
        </div>
    }
    .into_any()
}

/// What can still be undone, in the top bar: also after the page was loaded anew or the toast dismissed.
#[component]
pub fn RecentJobs() -> impl IntoView {
    let tray = use_job_tray();
    let may_undo = use_session().has(Right::BulkEdit);
    let shown = Memo::new(move |_| may_undo && tray.recent.with(|recent| !recent.is_empty()));
    later(move || shown.get(), move || recent_jobs(tray))
}

#[wasm_split(list)]
fn recent_jobs(tray: JobTrayHandle) -> AnyView {
    let l = use_lang();
    let toasts = use_toasts();
    let undo = move |id: JobId| {
        spawn_local(async move {
            match undo_job(id).await {
                Ok(job) => {
                    tray.recent.update(|recent| recent.retain(|other| other.id != id));
                    tray.dismiss(id);
                    tray.show(job);
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let line = move |job: JobView| {
        let id = job.id;
        view! {
            <li class="menu-line">
                <span>{title(l, &job)}</span>
                <button class="btn btn-sm" type="button" on:click=move |_| undo(id)>{l.t("job.undo")}</button>
            </li>
        }
    };
    let newest_first = move || tray.recent.get().into_iter().rev().collect::<Vec<_>>();
    view! {
        <details class="dropdown">
            <summary class="btn btn-icon btn-ghost" aria-label=l.t("job.recent") title=l.t("job.recent")>
                <Icon name="history"/>
            </summary>
            <div class="menu menu-end">
                <p class="menu-title">{l.t("job.recent")}". "{l.t("job.recent_text")}"."</p>
                <ul><For each=newest_first key=|job| job.id children=line/></ul>
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn JobToast(
    job: JobView,
    on_dismiss: impl Fn() + Send + Sync + Copy + 'static,
    on_end: impl Fn(JobView) + Send + Sync + 'static,
) -> impl IntoView {
    let l = use_lang();
    let job = RwSignal::new(job);
    on_finish(job, on_end);
    view! {
        <div class="toast" data-tone=move || job.with(tone)>
            <div class="toast-text"><JobLine job/></div>
            <JobButtons job class="btn btn-inverse"/>
            <Show when=move || job.with(JobView::is_over)>
                <button class="btn btn-icon btn-inverse" type="button" aria-label=l.t("job.dismiss") on:click=move |_| on_dismiss()>
                    <Icon name="x"/>
                </button>
            </Show>
        </div>
    }
}

/// A job's progress in the page: follows it until it is over, with Stop, and Undo where it can be undone. Without scripts
/// it shows what the page was made with.
#[component]
pub fn JobProgress(job: JobView) -> impl IntoView {
    let job = RwSignal::new(job);
    view! {
        <div class="progress">
            <JobLine job/>
            <div class="row"><JobButtons job class="btn btn-sm"/></div>
        </div>
    }
}

/// The sentence and the bar.
#[component]
fn JobLine(job: RwSignal<JobView>) -> impl IntoView {
    let l = use_lang();
    follow(job);
    let title = move || job.with(|job| title(l, job));
    let bar = move || {
        job.with(|job| {
            (!job.is_over()).then(|| {
                let total = job.total.max(1);
                view! {
                    <progress class="progress-bar" max=total.to_string() value=job.progress.min(total).to_string() aria-label=title>
                    </progress>
                }
            })
        })
    };
    let counted = move || {
        job.with(|job| {
            (!job.is_over() && job.total > 0)
                .then(|| l.with("job.progress", &[("done", &l.integer(job.progress)), ("total", &l.integer(job.total))]))
        })
    };
    view! {
        <p class="progress-head"><span role="status">{title}</span><span class="num">{counted}</span></p>
        {bar}
    }
}

#[component]
fn JobButtons(job: RwSignal<JobView>, class: &'static str) -> impl IntoView {
    let l = use_lang();
    let may_undo = use_session().has(Right::BulkEdit);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<AppError>);
    let settle = move |result: AppResult<JobView>| {
        busy.set(false);
        match result {
            Ok(view) => job.set(view),
            Err(error) => failed.set(Some(error)),
        }
    };
    let stop = move |_| {
        busy.set(true);
        let id = job.with_untracked(|job| job.id);
        spawn_local(async move { settle(cancel_job(id).await) });
    };
    let undo = move |_| {
        busy.set(true);
        let id = job.with_untracked(|job| job.id);
        spawn_local(async move { settle(undo_job(id).await) });
    };
    view! {
        <Show when=move || job.with(|job| !job.is_over())>
            <button class=class type="button" disabled=busy on:click=stop>{l.t("job.stop")}</button>
        </Show>
        <Show when=move || may_undo && job.with(|job| job.undoable)>
            <button class=class type="button" disabled=busy on:click=undo>{l.t("job.undo")}</button>
        </Show>
        {move || failed.get().map(|error| view! { <p class="error" role="alert">{l.dynamic(error.message_key())}</p> })}
    }
}

fn tone(job: &JobView) -> Option<&'static str> {
    match job.status {
        JobStatus::Done => Some("ok"),
        JobStatus::Failed => Some("bad"),
        JobStatus::Cancelled => Some("warn"),
        JobStatus::Queued | JobStatus::Running => None,
    }
}

/// The sentence that says what a job does or did.
fn title(l: Lang, job: &JobView) -> String {
    let subject = |text: String| text.replace("{subject}", &job.subject);
    let doing = || subject(l.dynamic(&format!("job.{}", job.kind)));
    let done = || subject(l.count(&format!("job.{}.done", job.kind), job.changed));
    match job.status {
        JobStatus::Queued | JobStatus::Running => doing(),
        JobStatus::Done if job.changed < job.total => {
            format!("{} {}", done(), l.count("job.unchanged", job.total - job.changed))
        }
        JobStatus::Done => done(),
        JobStatus::Cancelled => format!("{} {}", l.t("job.stopped"), done()),
        JobStatus::Failed => format!("{}: {}", doing(), l.dynamic(&job.error)),
    }
}

/// Calls `then` each time the job comes to an end while shown.
fn on_finish(job: RwSignal<JobView>, then: impl Fn(JobView) + Send + Sync + 'static) {
    Effect::new(move |was_over: Option<bool>| {
        let is_over = job.with(JobView::is_over);
        if is_over && was_over == Some(false) {
            then(job.get_untracked());
        }
        is_over
    });
}

/// Keeps `job` as the server's events tell it, until it is over; another job put in its place is followed in turn.
fn follow(job: RwSignal<JobView>) {
    let wanted = Memo::new(move |_| job.with(|job| (!job.is_over()).then_some(job.id)));
    Effect::new(move || {
        if let Some(followed) = wanted.get().and_then(|id| Followed::open(id, job)) {
            // Dropped, and so closed, when the effect runs again or the view goes.
            StoredValue::new_local(followed);
        }
    });
}

/// An open stream of events.
struct Followed {
    source: EventSource,
    /// Called by the browser as long as the stream is open.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Followed {
    fn open(id: JobId, job: RwSignal<JobView>) -> Option<Self> {
        let source = EventSource::new(&format!("/jobs/{id}/events")).ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let view = event.data().as_string().and_then(|text| wire::read::<JobView>(&text).ok());
            if let Some(view) = view {
                job.try_set(view);
            }
        });
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { source, _on_message: on_message })
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.source.close();
    }
}
