//! `/segments/:id` and `/segments/new`: what a segment says, how large it is, who comes and goes, and why somebody is in it or not.

use super::api::{archive_segment, blank_segment, delete_segment, open_segment, segment_figures};
use super::events::Events;
use super::form::SegmentEditor;
use super::list_page::may_edit;
use super::trend::{TrendChart, share};
use super::why_view::WhyCard;
use super::{Figures, SegmentForm, SegmentName, SegmentView, Use};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{AppError, SegmentId, resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::not_found::NotFound;
use crate::ui::{ConfirmDialog, DialogHandle, ErrorState, FormError, Icon, Loaded, SkeletonLines, Undo, lazy_page, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use std::sync::Arc;

lazy_page!(
    /// `/segments/:id`.
    SegmentRoute,
    profile,
    segment_view
);

fn segment_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><SegmentPage/></Guard> }.into_any()
}

/// What the page is opened with: a segment, or the beginning of a new one.
type Asked = Result<(Option<SegmentView>, SegmentForm), AppError>;

async fn open(asked: String, like: Option<SegmentId>, list: Option<String>) -> Asked {
    if asked != "new" {
        let view = open_segment(asked.parse().map_err(|_| AppError::NotFound)?).await?;
        let form = view.form.clone();
        return Ok((Some(view), form));
    }
    let form = blank_segment(like, list).await?;
    // The name is another's.
    Ok((None, SegmentForm { name: String::new(), ..form }))
}

#[component]
fn SegmentPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked = Memo::new(move |_| {
        let id = params.with(|params| params.get("id").unwrap_or_default());
        let fresh = id == "new";
        let of = |name: &str| query.with(|query| query.get(name)).filter(|_| fresh);
        (id, of("like").and_then(|id| id.parse().ok()), of("list"))
    });
    let opened = resource(move || asked.get(), |(id, like, list)| open(id, like, list));
    let retry = Callback::new(move |()| opened.refetch());
    let show = move || {
        Suspend::new(async move {
            match opened.await {
                Ok((view, form)) => view! { <Opened view form/> }.into_any(),
                Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                Err(error) => view! { <div class="page"><ErrorState error on_retry=retry/></div> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <div class="page"><SkeletonLines lines=10/></div> }>{show}</Transition> }.into_any()
}

/// The page's state; copy it into closures.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    /// `None` of one that is about to be made.
    pub view: RwSignal<Option<SegmentView>>,
    /// Name and description; the rule has a signal of its own.
    pub form: RwSignal<SegmentForm>,
    pub rule: RwSignal<String>,
    /// What the form was edited from.
    pub base: RwSignal<SegmentForm>,
    /// What somebody else has meanwhile set of the fields that are being edited: label and value.
    pub theirs: RwSignal<Vec<(&'static str, String)>>,
    pub error: FormError,
}

impl Opening {
    fn new(view: Option<SegmentView>, form: SegmentForm) -> Self {
        Self {
            rule: RwSignal::new(form.rule.clone()),
            form: RwSignal::new(form.clone()),
            base: RwSignal::new(if view.is_some() { form } else { SegmentForm::default() }),
            view: RwSignal::new(view),
            theirs: RwSignal::new(Vec::new()),
            error: FormError::new(None),
        }
    }

    /// What is typed.
    #[must_use]
    pub fn typed(self) -> SegmentForm {
        SegmentForm { rule: self.rule.get(), ..self.form.get() }
    }

    /// Shows what is in force now; what is being edited stays.
    pub fn follow(self, fresh: SegmentView) {
        use crate::office::settings::section::{conflicts, rebase};
        let (mine, base) = (untrack(|| self.typed()), self.base.get_untracked());
        self.theirs.set(conflicts(&mine, &base, &fresh.form));
        let form = rebase(&mine, &base, &fresh.form);
        self.rule.set(form.rule.clone());
        self.form.set(form);
        self.base.set(fresh.form.clone());
        self.view.set(Some(fresh));
    }
}

#[component]
fn Opened(view: Option<SegmentView>, form: SegmentForm) -> impl IntoView {
    let l = use_lang();
    let name = view.as_ref().map(|view| view.name.clone());
    let edits = may_edit() && name.as_ref().is_none_or(|name| !name.built_in);
    let opening = Opening::new(view, form);
    let title =
        move || opening.view.with(|view| view.as_ref().map_or_else(|| l.t("segments.new").to_owned(), |view| view.name.text(l)));
    let title_at_first = untrack(title);
    let side = name.clone().map(|name| view! { <Side opening name/> });
    let below = name.clone().map(|name| view! { <Below opening id=name.id/> });
    let archived = move || opening.view.with(|view| view.as_ref().is_some_and(|view| view.archived));
    view! {
        <Title text=move || opening.view.try_with(|view| view.as_ref().map(|view| view.name.text(l))).flatten().unwrap_or_else(|| title_at_first.clone())/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title" dir="auto">{title}</h1>
                {move || archived().then(|| view! { <span class="badge" data-tone="warn">{l.t("segments.is_archived")}</span> })}
                {name.as_ref().is_some_and(|name| name.built_in).then(|| view! { <span class="badge">{l.t("segments.built_in")}</span> })}
                <div class="page-actions">{name.map(|name| view! { <Actions opening name edits/> })}</div>
            </header>
            <div class="columns">
                <div class="stack">
                    {if edits { view! { <SegmentEditor opening/> }.into_any() } else { view! { <Said opening/> }.into_any() }}
                    {below}
                </div>
                <div class="stack">{side}</div>
            </div>
        </div>
    }
    .into_any()
}

/// What can be done with a segment.
#[component]
fn Actions(opening: Opening, name: SegmentName, edits: bool) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let id = name.id;
    let archived = move || opening.view.with(|view| view.as_ref().is_some_and(|view| view.archived));
    let set = move |archive: bool| {
        spawn_local(async move {
            match archive_segment(id, archive).await {
                Ok(view) => {
                    // The toast outlives the page.
                    let undo: Undo = Arc::new(move || {
                        spawn_local(async move {
                            match archive_segment(id, !archive).await {
                                Ok(view) if !opening.view.is_disposed() => opening.follow(view),
                                Ok(_) => {}
                                Err(error) => toasts.fail(l.error(&error)),
                            }
                        });
                    });
                    toasts.push(l.t(if archive { "segments.archived_now" } else { "segments.restored_now" }), Some(undo));
                    if !opening.view.is_disposed() {
                        opening.follow(view);
                    }
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let duplicate = may_edit().then(|| {
        view! { <a class="btn" href=format!("/segments/new?like={id}")><Icon name="copy"/>{l.t("segments.duplicate")}</a> }
    });
    let close = edits.then_some(move || {
        let gone = archived();
        let (icon, label) = if gone { ("undo", "segments.restore") } else { ("archive", "segments.archive") };
        view! { <button class="btn" type="button" on:click=move |_| set(!gone)><Icon name=icon/>{l.t(label)}</button> }
    });
    let deleting = DialogHandle::new();
    let delete = edits.then_some(move || {
        archived().then(|| {
            view! {
                <button class="btn btn-danger" type="button" on:click=move |_| deleting.open()><Icon name="trash"/>{l.t("segments.delete")}</button>
            }
        })
    });
    let write = (use_session().has(Right::SendCampaigns) && !untrack(archived)).then(|| {
        view! { <a class="btn" href=format!("/campaigns/new?segment={id}")><Icon name="send"/>{l.t("composer.write_to_segment")}</a> }
    });
    view! {
        {write}
        <a class="btn" href=name.customers_href()><Icon name="users"/>{l.t("segments.show_customers")}</a>
        {duplicate}
        {close}
        {delete}
        {edits.then(|| view! { <Deleting opening id handle=deleting/> })}
    }
}

/// Asks before a segment goes for good.
#[component]
fn Deleting(opening: Opening, id: SegmentId, handle: DialogHandle) -> impl IntoView {
    let (l, toasts, navigate) = (use_lang(), use_toasts(), use_navigate());
    let name = move || opening.view.with(|view| view.as_ref().map(|view| view.name.text(l)).unwrap_or_default());
    let title = Signal::derive(move || l.with("segments.delete_title", &[("name", &name())]));
    let confirm = Callback::new(move |()| {
        let navigate = navigate.clone();
        spawn_local(async move {
            match delete_segment(id).await {
                Ok(()) => {
                    toasts.push(l.t("segments.deleted"), None);
                    navigate("/segments", NavigateOptions { replace: true, ..NavigateOptions::default() });
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    });
    view! {
        <ConfirmDialog handle id="delete-segment" title action=l.t("segments.delete").to_owned() on_confirm=confirm>
            <p>{l.t("segments.delete_text")}</p>
        </ConfirmDialog>
    }
    .into_any()
}

/// The rule, for those who only read it.
#[component]
fn Said(opening: Opening) -> impl IntoView {
    let l = use_lang();
    let built_in = opening.view.with_untracked(|view| view.as_ref().is_some_and(|view| view.name.built_in));
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("field.rule")}</h2></header>
            <div class="card-body stack">
                <pre class="code segment-rule">{move || opening.rule.get()}</pre>
                <p dir="auto">{move || opening.form.with(|form| form.description.clone())}</p>
                {built_in.then(|| view! { <p class="hint">{l.t("segments.built_in_hint")}</p> })}
            </div>
        </section>
    }
}

#[component]
fn Below(opening: Opening, id: SegmentId) -> impl IntoView {
    let trend = move || opening.view.with(|view| view.as_ref().map(|view| view.trend.clone()).unwrap_or_default());
    view! {
        {move || {
            let trend = trend();
            // One day is no trend yet.
            (trend.len() > 1).then(|| view! { <section class="card"><div class="card-body"><TrendChart trend/></div></section> })
        }}
        <Events id/>
    }
}

#[component]
fn Side(opening: Opening, name: SegmentName) -> impl IntoView {
    let l = use_lang();
    let id = name.id;
    let version = Memo::new(move |_| opening.base.get());
    let figures = resource(move || version.get(), move |_| segment_figures(id));
    let size = move || {
        opening.view.with(|view| {
            view.as_ref().map(|view| {
                let share = l.with("segments.share_of", &[("share", &l.percent(share(view.members, view.customers)))]);
                let settling = (!view.settled).then(|| view! { <p class="hint" role="status">{l.t("segments.settling")}</p> });
                view! {
                    <dl class="stats">
                        <div class="stat">
                            <dt class="stat-label">{l.t("segments.members")}</dt>
                            <dd class="stat-value tnum">{l.integer(view.members)}</dd>
                            <dd class="stat-note">{share}</dd>
                        </div>
                    </dl>
                    {settling}
                }
            })
        })
    };
    let key = name.key.clone();
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("segments.size")}</h2></header>
            <div class="card-body stack">
                {size}
                <Loaded resource=figures view=|figures: Figures| view! { <FigureList figures/> }.into_any()/>
                <p class="hint">{l.t("segments.key")} " " <span class="code">{key}</span></p>
            </div>
        </section>
        <WhyCard id/>
        {move || opening.view.with(|view| view.as_ref().filter(|view| !view.uses.is_empty()).map(|view| uses(l, &view.uses)))}
    }
}

#[component]
fn FigureList(figures: Figures) -> impl IntoView {
    let l = use_lang();
    let Figures { members, average_value, email_consent, sms_consent } = figures;
    let consent = move |count: i64| format!("{} ({})", l.integer(count), l.percent(share(count, members)));
    view! {
        <dl class="facts">
            <dt>{l.t("segments.average_value")}</dt>
            <dd>{average_value.map_or_else(|| "—".to_owned(), |money| l.money(money))}</dd>
            <dt>{l.t("list.consent_email")}</dt>
            <dd>{consent(email_consent)}</dd>
            <dt>{l.t("list.consent_sms")}</dt>
            <dd>{consent(sms_consent)}</dd>
        </dl>
    }
}

fn uses(l: crate::base::i18n::Lang, uses: &[Use]) -> AnyView {
    let line = |one: &Use| {
        view! {
            <li class="row">
                <a class="link" href=one.href.clone() dir="auto">{one.name.clone()}</a>
                <span class="soft">{l.t(one.kind.label_key())}</span>
            </li>
        }
    };
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("segments.used_by")}</h2></header>
            <ul class="card-list">{uses.iter().map(line).collect_view()}</ul>
        </section>
    }
    .into_any()
}
