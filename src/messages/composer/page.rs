//! `/campaigns/:id/edit`: the composer's shell, with its steps.

use super::CampaignMenu;
use super::Opened;
use super::api::open_composer;
use super::audience::AudienceStep;
use super::check::CheckStep;
use super::draft::{Composing, Standing};
use super::send::SendStep;
use super::write::WriteStep;
use crate::base::i18n::use_lang;
use crate::base::{AppError, CampaignId, resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::not_found::NotFound;
use crate::ui::{ErrorState, Icon, SkeletonLines, Undo, focus_main, lazy_page, use_toasts};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use std::sync::Arc;

lazy_page!(
    /// `/campaigns/:id/edit`.
    ComposerRoute,
    messages,
    composer_view
);

/// A step: its name in the address, the key of its label, its view.
type Step = (&'static str, &'static str, fn(Composing) -> AnyView);

/// The steps in their order.
const STEPS: &[Step] = &[
    ("audience", "composer.step.audience", |composing| view! { <AudienceStep id=composing.id form=composing.form/> }.into_any()),
    ("write", "composer.step.write", |composing| view! { <WriteStep id=composing.id form=composing.form/> }.into_any()),
    ("check", "composer.step.check", |composing| view! { <CheckStep id=composing.id form=composing.form/> }.into_any()),
    ("send", "composer.step.send", |composing| view! { <SendStep id=composing.id form=composing.form/> }.into_any()),
];

fn composer_view() -> AnyView {
    view! { <Guard rights=&[Right::SendCampaigns]><ComposerPage/></Guard> }.into_any()
}

#[component]
fn ComposerPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<CampaignId>().ok())));
    let draft = resource(
        move || id.get(),
        async |id| match id {
            Some(id) => open_composer(id).await,
            None => Err(AppError::NotFound),
        },
    );
    let retry = Callback::new(move |()| draft.refetch());
    let show = move || {
        Suspend::new(async move {
            match draft.await {
                Ok(opened) => view! { <Composer opened/> }.into_any(),
                Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                Err(AppError::Conflict { message }) => view! { <NoDraft id=id.get_untracked() message/> }.into_any(),
                Err(error) => view! { <div class="page"><ErrorState error on_retry=retry/></div> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <div class="page"><SkeletonLines lines=12/></div> }>{show}</Transition> }.into_any()
}

/// It was sent or scheduled meanwhile: there is a campaign to look at.
#[component]
fn NoDraft(id: Option<CampaignId>, message: String) -> impl IntoView {
    let (l, toasts, navigate) = (use_lang(), use_toasts(), use_navigate());
    let href = id.map(|id| format!("/campaigns/{id}")).unwrap_or_else(|| "/campaigns".into());
    let (text, to) = (l.dynamic(&message), href.clone());
    let said = text.clone();
    Effect::new(move |_| {
        toasts.push(said.clone(), None);
        navigate(&to, NavigateOptions { replace: true, ..Default::default() });
    });
    view! {
        <div class="page page-narrow stack">
            <div class="banner" data-tone="info">
                <Icon name="info"/>
                <p class="banner-body">{text}</p>
                <div class="banner-actions"><a class="btn btn-sm" href=href>{l.t("composer.show_campaign")}</a></div>
            </div>
        </div>
    }
}

#[component]
fn Composer(opened: Opened) -> impl IntoView {
    let l = use_lang();
    let composing = Composing::new(opened);
    composing.follow();
    let query = use_query_map();
    let step = Memo::new(move |_| query.with(|query| step_of(query.get("step").as_deref())));
    Effect::new(move |before: Option<usize>| {
        let step = step.get();
        if before.is_some_and(|before| before != step) {
            composing.save();
        }
        step
    });
    let name = move || composing.form.try_with(|form| form.name.trim().to_owned()).filter(|name| !name.is_empty());
    let title = move || name().unwrap_or_else(|| l.t("composer.unnamed").to_owned());
    view! {
        <Title text=title/>
        <div class="page composer">
            <header class="page-head">
                <a class="btn btn-icon btn-ghost desk-only" href="/campaigns" aria-label=l.t("campaigns.title")><Icon name="chevron-left"/></a>
                <Heading composing/>
                <div class="page-actions"><Saving composing/><Menu composing/></div>
            </header>
            <Theirs composing/>
            <StepBar step/>
            {move || STEPS.get(step.get()).map(|(_, _, shown)| shown(composing))}
            <Onward step/>
        </div>
    }
    .into_any()
}

/// Which step the address names; the first where it names none that there is.
fn step_of(code: Option<&str>) -> usize {
    STEPS.iter().position(|(name, ..)| Some(*name) == code).unwrap_or(0)
}

/// The name, to be typed over.
#[component]
fn Heading(composing: Composing) -> impl IntoView {
    let l = use_lang();
    let form = composing.form;
    view! {
        <h1 class="composer-name">
            <label class="sr-only" for="campaign-name">{l.t("composer.name")}</label>
            <input
                class="input input-quiet page-title"
                id="campaign-name"
                name="name"
                maxlength="120"
                dir="auto"
                autocomplete="off"
                placeholder=l.t("composer.unnamed")
                value=form.with_untracked(|form| form.name.clone())
                prop:value=move || form.with(|form| form.name.clone())
                on:input=move |event| form.update(|form| form.name = event_target_value(&event))
            />
        </h1>
    }
}

/// Whether what is typed is saved, and another try where it is not.
#[component]
fn Saving(composing: Composing) -> impl IntoView {
    let l = use_lang();
    let standing = composing.standing;
    let failed = Memo::new(move |_| match standing.get() {
        Standing::Failed(error) => Some(error),
        _ => None,
    });
    let word = move || match standing.get() {
        Standing::Saved => l.t("composer.saved"),
        Standing::Waiting | Standing::Saving => l.t("composer.saving"),
        Standing::Failed(_) => l.t("composer.not_saved"),
    };
    let tone = move || failed.with(Option::is_some).then_some("bad");
    view! {
        <div class="composer-saving">
            <span class="soft" data-tone=tone>{word}</span>
            {move || failed.get().map(|error| view! {
                <span class="error" role="alert">{l.error(&error)}</span>
                <button class="btn btn-sm" type="button" on:click=move |_| composing.save()><Icon name="refresh"/> {l.t("ui.retry")}</button>
            })}
        </div>
    }
}

/// What else can be done with it. Once deleted one is led to the list, once it is back, to it.
#[component]
fn Menu(composing: Composing) -> impl IntoView {
    let l = use_lang();
    let id = composing.id;
    let go = |to: String| -> Undo {
        let navigate = use_navigate();
        Arc::new(move || navigate(&to, Default::default()))
    };
    let (on_deleted, on_restored) = (go("/campaigns".into()), go(format!("/campaigns/{id}/edit")));
    let name = composing.form.with_untracked(|form| form.name.clone());
    let name = if name.is_empty() { l.t("composer.unnamed").to_owned() } else { name };
    view! { <CampaignMenu id name is_draft=true on_deleted on_restored/> }
}

/// Somebody else wrote the draft: theirs, or mine over it.
#[component]
fn Theirs(composing: Composing) -> impl IntoView {
    let l = use_lang();
    move || {
        composing.theirs.get().map(|theirs| {
            let by = if theirs.by.is_empty() { l.t("composer.somebody").to_owned() } else { theirs.by };
            let said = l.with("composer.changed_by", &[("name", &by), ("when", &l.moment(theirs.at))]);
            view! {
                <div class="banner draft-conflict" data-tone="warn" role="alert">
                    <Icon name="alert-triangle"/>
                    <p class="banner-body"><strong>{said}</strong> " " {l.t("composer.conflict_hint")}</p>
                    <div class="banner-actions">
                        <button class="btn btn-sm" type="button" on:click=move |_| composing.take_theirs()>{l.t("drafts.take_theirs")}</button>
                        <button class="btn btn-sm" type="button" on:click=move |_| composing.keep_mine()>{l.t("drafts.keep_mine")}</button>
                    </div>
                </div>
            }
        })
    }
}

/// To the step before and the one after, for whoever has come to the end of one.
#[component]
fn Onward(step: Memo<usize>) -> impl IntoView {
    let l = use_lang();
    let link = move |at: usize, next: bool| {
        STEPS.get(at).map(|(code, label, _)| {
            let (key, class) = if next { ("composer.next", "btn btn-primary row-end") } else { ("composer.back", "btn") };
            let icon = |name: &'static str, shown: bool| shown.then(|| view! { <Icon name/> });
            view! {
                <a class=class href=format!("?step={code}") on:click=move |_| focus_main()>
                    {icon("chevron-left", !next)} {l.with(key, &[("step", &l.t(label))])} {icon("chevron-right", next)}
                </a>
            }
        })
    };
    view! {
        <nav class="row composer-onward" aria-label=l.t("composer.onward")>
            {move || step.get().checked_sub(1).and_then(|before| link(before, false))}
            {move || link(step.get() + 1, true)}
        </nav>
    }
    .into_any()
}

#[component]
fn StepBar(step: Memo<usize>) -> impl IntoView {
    let l = use_lang();
    let link = move |(at, (code, label, _)): (usize, &'static Step)| {
        let here = move || (step.get() == at).then_some("step");
        view! {
            <li>
                <a class="composer-step" href=format!("?step={code}") aria-current=here>
                    <span class="composer-number" aria-hidden="true">{at + 1}</span>
                    <span>{l.t(label)}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="composer-steps" aria-label=l.t("composer.steps")>
            <ol>{STEPS.iter().enumerate().map(link).collect_view()}</ol>
        </nav>
    }
    .into_any()
}
