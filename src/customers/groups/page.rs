//! `/groups/:id` and `/groups/new`: what a group means, who is in it, and the rule that puts customers in.

use super::api::open_group;
use super::closing::Closing;
use super::facts::facts;
use super::form::GroupEditor;
use super::list_page::{customers_href, may_edit};
use super::{GroupForm, GroupView};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, GroupId, resource};
use crate::customers::memberships::Target;
use crate::customers::memberships::rule_card::RuleCard;
use crate::office::jobs::use_job_tray;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::not_found::NotFound;
use crate::ui::{ErrorState, FormError, HueDot, Icon, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

lazy_page!(
    /// `/groups/:id`.
    GroupRoute,
    profile,
    group_view
);

fn group_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><GroupPage/></Guard> }.into_any()
}

#[component]
fn GroupPage() -> impl IntoView {
    let params = use_params_map();
    let asked = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let opened = resource(
        move || asked.get(),
        |asked| async move {
            match asked.as_str() {
                "new" => open_group(None).await,
                id => open_group(Some(id.parse().map_err(|_| AppError::NotFound)?)).await,
            }
        },
    );
    let retry = Callback::new(move |()| opened.refetch());
    let show = move || {
        Suspend::new(async move {
            match opened.await {
                Ok(view) if view.id.is_none() && !may_edit() => {
                    view! { <div class="page"><ErrorState error=AppError::Forbidden/></div> }.into_any()
                }
                Ok(view) => view! { <Opened view/> }.into_any(),
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
    pub view: RwSignal<GroupView>,
    pub form: RwSignal<GroupForm>,
    /// What the form was edited from.
    pub base: RwSignal<GroupForm>,
    /// What somebody else has meanwhile set of the fields that are being edited: label and value.
    pub theirs: RwSignal<Vec<(&'static str, String)>>,
    pub error: FormError,
}

impl Opening {
    fn new(view: GroupView) -> Self {
        let (form, base) = (RwSignal::new(view.form.clone()), RwSignal::new(view.form.clone()));
        Self { view: RwSignal::new(view), form, base, theirs: RwSignal::new(Vec::new()), error: FormError::new(None) }
    }

    /// Shows what is in force now; what is being edited stays.
    pub fn follow(self, fresh: GroupView) {
        use crate::office::settings::section::{conflicts, rebase};
        let (mine, base) = (self.form.get_untracked(), self.base.get_untracked());
        self.theirs.set(conflicts(&mine, &base, &fresh.form));
        self.form.set(rebase(&mine, &base, &fresh.form));
        self.base.set(fresh.form.clone());
        self.view.set(fresh);
    }

    /// Reads it anew.
    pub fn refresh(self) {
        let Some(id) = self.view.with_untracked(|view| view.id) else { return };
        leptos::task::spawn_local(async move {
            if let Ok(fresh) = open_group(Some(id)).await
                && !self.view.is_disposed()
            {
                self.follow(fresh);
            }
        });
    }
}

#[component]
fn Opened(view: GroupView) -> impl IntoView {
    let l = use_lang();
    let id = view.id;
    let edits = may_edit();
    let opening = Opening::new(view);
    // Sizes follow the jobs that change them.
    let ended = use_job_tray().ended();
    Effect::new(move |before: Option<u32>| {
        let now = ended.get();
        if before.is_some_and(|before| before != now) {
            opening.refresh();
        }
        now
    });
    let title = move || opening.view.with(|view| name(l, view));
    let title_at_first = untrack(title);
    view! {
        <Title text=move || opening.view.try_with(|view| name(l, view)).unwrap_or_else(|| title_at_first.clone())/>
        <div class="page">
            <header class="page-head">
                <span class="named-hue">
                    <HueDot hue=Signal::derive(move || opening.view.with(|view| view.group.hue))/>
                    <h1 class="page-title" dir="auto">{title}</h1>
                </span>
                {move || opening.view.with(|view| view.archived)
                    .then(|| view! { <span class="badge" data-tone="warn">{l.t("groups.is_archived")}</span> })}
                <div class="page-actions">
                    {id.filter(|_| use_session().has(Right::SendCampaigns)).map(|id| view! {
                        <a class="btn" href=format!("/campaigns/new?group={id}")><Icon name="send"/>{l.t("composer.write_to_group")}</a>
                    })}
                    {(edits && id.is_some()).then(|| view! { <Closing opening/> })}
                </div>
            </header>
            <div class="columns">
                <div class="stack">
                    {if edits {
                        view! { <GroupEditor opening/> }.into_any()
                    } else {
                        view! {
                            <section class="card"><div class="card-body">{move || opening.view.with(|view| facts(l, view))}</div></section>
                        }
                        .into_any()
                    }}
                </div>
                <div class="stack">
                    {id.map(|id| view! { <Customers opening id/> })}
                    {id.filter(|_| edits).map(|id| view! { <RuleCard target=Target::Group(id)/> })}
                </div>
            </div>
        </div>
    }
    .into_any()
}

fn name(l: Lang, view: &GroupView) -> String {
    if view.id.is_none() { l.t("groups.new").to_owned() } else { view.group.name.clone() }
}

/// How many are in it, and the way to them.
#[component]
fn Customers(opening: Opening, id: GroupId) -> impl IntoView {
    let l = use_lang();
    let size = move || opening.view.with(|view| view.customers);
    let code = opening.view.with_untracked(|view| view.code.clone());
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("groups.customers")}</h2></header>
            <div class="card-body stack">
                <p><a class="btn" href=customers_href(id)><Icon name="users"/>{move || l.count("groups.size", size())}</a></p>
                <p class="hint">{l.t("groups.code")} " " <span class="code">{code}</span></p>
                {move || opening.view.with(|view| view.is_fallback).then(|| view! { <p class="hint">{l.t("groups.is_fallback")}</p> })}
            </div>
        </section>
    }
}
