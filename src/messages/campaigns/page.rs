//! `/campaigns/:id`: how far a campaign is, whom it leaves out for what, who got it; pausing, resuming, cancelling.

use super::api::{decide_doubts, get_campaign, list_campaign_mails, move_campaign};
use super::follow::follow;
use super::parts::StateBadge;
use super::results::Results;
use super::subject_test::letter;
use super::{CampaignMail, CampaignMails, CampaignState, CampaignView, MailQuery, Move};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, AppResult, CampaignId, MailId, resource};
use crate::messages::composer::CampaignMenu;
use crate::messages::composer::write::MailCard;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::not_found::NotFound;
use crate::ui::{
    ConfirmDialog, DialogHandle, EmptyState, ErrorState, Icon, Loaded, SkeletonLines, Undo, focus_control, lazy_page, use_toasts,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map};
use std::sync::Arc;

lazy_page!(
    /// `/campaigns/:id`.
    CampaignRoute,
    messages,
    campaign_view
);

fn campaign_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><CampaignPage/></Guard> }.into_any()
}

#[component]
fn CampaignPage() -> impl IntoView {
    let params = use_params_map();
    let asked = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let opened =
        resource(move || asked.get(), |asked| async move { get_campaign(asked.parse().map_err(|_| AppError::NotFound)?).await });
    let retry = Callback::new(move |()| opened.refetch());
    let show = move || {
        Suspend::new(async move {
            match opened.await {
                Ok(view) => view! { <Opened view/> }.into_any(),
                Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                Err(error) => view! { <div class="page"><ErrorState error on_retry=retry/></div> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <div class="page"><SkeletonLines lines=10/></div> }>{show}</Transition> }.into_any()
}

#[component]
fn Opened(view: CampaignView) -> impl IntoView {
    let l = use_lang();
    let id = view.id;
    let (name, subject) = (view.name.clone(), view.subject.clone());
    let tested = view.test.is_some();
    let campaign = RwSignal::new(view);
    follow(campaign);
    let state = Memo::new(move |_| campaign.with(|campaign| campaign.state));
    let begun = Memo::new(move |_| campaign.with(|campaign| campaign.started.is_some()));
    let ahead = Memo::new(move |_| campaign.with(|campaign| campaign.started.is_none() && !campaign.frozen));
    let why = move || campaign.with(|campaign| (!campaign.paused_why.is_empty()).then(|| l.dynamic(&campaign.paused_why)));
    view! {
        <Title text=name.clone()/>
        <div class="page">
            <header class="page-head">
                <div>
                    <h1 class="page-title" dir="auto">{name}</h1>
                    <p class="line-sub" dir="auto">{subject}</p>
                    <p class="line-sub">{move || campaign.with(|campaign| history(l, campaign))}</p>
                </div>
                <div class="page-actions">
                    {move || view! { <StateBadge state=state.get()/> }}
                    <Moves campaign/>
                    <Menu campaign/>
                </div>
            </header>
            <div class="stack">
                {move || why().map(|why| view! {
                    <div class="banner" data-tone="bad" role="alert"><Icon name="alert-circle"/><p class="banner-body">{why}</p></div>
                })}
                {move || if ahead.get() {
                    view! { <Ahead campaign/><MailCard id/> }.into_any()
                } else {
                    view! {
                        <OwnZones campaign/>
                        {move || begun.get().then(|| view! { <Results campaign/> })}
                        <div class="pairs"><HowFar campaign/><Steps campaign/></div>
                        <MailCard id/>
                        <Mails id state tested/>
                    }
                    .into_any()
                }}
            </div>
        </div>
    }
    .into_any()
}

/// Pause, resume, cancel.
#[component]
fn Moves(campaign: RwSignal<CampaignView>) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let may = use_session().has(Right::SendCampaigns);
    let busy = RwSignal::new(false);
    let settle = move |result: AppResult<CampaignView>| {
        busy.try_set(false);
        match result {
            Ok(view) => drop(campaign.try_set(view)),
            Err(error) => toasts.fail(l.error(&error)),
        }
    };
    let go = move |to: Move| {
        busy.set(true);
        let id = campaign.with_untracked(|campaign| campaign.id);
        spawn_local(async move { settle(move_campaign(id, to).await) });
    };
    let state = Memo::new(move |_| campaign.with(|campaign| campaign.state));
    let confirm = DialogHandle::new();
    // Only cancelling cannot be taken back.
    let press = move |to: Move| if to == Move::Cancel { confirm.open() } else { go(to) };
    let button = move |to: Move, label: &'static str| {
        view! { <button class="btn" type="button" disabled=busy on:click=move |_| press(to)>{l.t(label)}</button> }
    };
    let buttons = move || {
        let buttons = match state.get() {
            CampaignState::Sending => vec![(Move::Pause, "campaign.pause"), (Move::Cancel, "campaign.cancel")],
            CampaignState::Paused => vec![(Move::Resume, "campaign.resume"), (Move::Cancel, "campaign.cancel")],
            CampaignState::Scheduled => vec![(Move::Unschedule, "campaign.unschedule"), (Move::Cancel, "campaign.cancel")],
            CampaignState::Draft if may => {
                return Some(view! { <Edit id=campaign.with_untracked(|campaign| campaign.id)/> }.into_any());
            }
            _ => Vec::new(),
        };
        may.then(|| buttons.into_iter().map(|(to, label)| button(to, label)).collect_view().into_any())
    };
    view! {
        {buttons}
        <ConfirmDialog
            handle=confirm
            id="campaign-cancel"
            title=l.t("campaign.cancel_ask")
            action=l.t("campaign.cancel")
            on_confirm=Callback::new(move |()| go(Move::Cancel))
        >
            <p>{l.t("campaign.cancel_text")}</p>
        </ConfirmDialog>
    }
    .into_any()
}

/// Copying it, and deleting what was never sent.
#[component]
fn Menu(campaign: RwSignal<CampaignView>) -> impl IntoView {
    let navigate = use_navigate();
    let (id, name) = campaign.with_untracked(|campaign| (campaign.id, campaign.name.clone()));
    let is_draft = campaign.with_untracked(|campaign| campaign.state == CampaignState::Draft);
    let go = |to: String| -> Undo {
        let navigate = navigate.clone();
        Arc::new(move || navigate(&to, Default::default()))
    };
    let (on_deleted, on_restored) = (go("/campaigns".into()), go(format!("/campaigns/{id}")));
    use_session().has(Right::SendCampaigns).then(|| view! { <CampaignMenu id name is_draft on_deleted on_restored/> })
}

/// When it was sent, and by whom.
fn history(l: Lang, campaign: &CampaignView) -> String {
    let said = [
        campaign.started.map(|at| l.with("campaign.begun", &[("when", &l.moment(at))])),
        campaign.finished.map(|at| l.with("campaign.finished", &[("when", &l.moment(at))])),
        (!campaign.by.is_empty()).then(|| campaign.by.clone()),
    ];
    said.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// To where a draft is written.
#[component]
fn Edit(id: CampaignId) -> impl IntoView {
    let l = use_lang();
    view! { <a class="btn btn-primary" href=format!("/campaigns/{id}/edit")><Icon name="pencil"/> {l.t("composer.edit")}</a> }
}

/// Of what has not begun there is nothing to count: when it goes, or why it does not.
#[component]
fn Ahead(campaign: RwSignal<CampaignView>) -> impl IntoView {
    let l = use_lang();
    move || {
        let (state, scheduled) = campaign.with(|campaign| (campaign.state, campaign.scheduled));
        let planned = || match (own_zones(l, campaign), scheduled) {
            (Some(text), _) => text,
            (None, Some(at)) => l.with("campaign.ahead.scheduled", &[("when", &l.moment(at))]),
            (None, None) => l.t(state.label_key()).to_owned(),
        };
        let (icon, title, text) = match state {
            CampaignState::Draft => ("pencil", l.t("campaign.ahead.draft").to_owned(), l.t("campaign.ahead.draft_text")),
            CampaignState::Cancelled => ("ban", l.t("campaign.ahead.cancelled").to_owned(), ""),
            _ => ("clock", planned(), l.t("campaign.ahead.scheduled_text")),
        };
        view! { <section class="card"><EmptyState icon title text/></section> }
    }
}

/// When it goes, where that depends on the recipient.
#[component]
fn OwnZones(campaign: RwSignal<CampaignView>) -> impl IntoView {
    let l = use_lang();
    move || own_zones(l, campaign).map(|text| view! { <p class="soft">{text}</p> })
}

fn own_zones(l: Lang, campaign: RwSignal<CampaignView>) -> Option<String> {
    let at = campaign.with(|campaign| campaign.own_zones)?;
    let time = format!("{:02}:{:02}", at.minute / 60, at.minute % 60);
    Some(l.with("campaign.own_zones", &[("time", &time), ("day", &l.day(at.day))]))
}

/// The bar, and the numbers under it.
#[component]
fn HowFar(campaign: RwSignal<CampaignView>) -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let may = use_session().has(Right::SendCampaigns);
    let total = move || campaign.with(|campaign| campaign.waterfall.gets_it);
    let done = move || campaign.with(|campaign| total() - campaign.progress.queued - campaign.progress.handing_over);
    let counted = move || l.with("job.progress", &[("done", &l.integer(done().max(0))), ("total", &l.integer(total()))]);
    let numbers = move || {
        let progress = campaign.with(|campaign| campaign.progress);
        [
            ("campaign.mails.sent", progress.sent),
            ("campaign.mails.queued", progress.queued + progress.handing_over),
            ("campaign.mails.failed", progress.failed),
            ("campaign.mails.skipped", progress.skipped),
            ("campaign.mails.in_doubt", progress.in_doubt),
        ]
        .map(|(label, count)| view! { <dt>{l.t(label)}</dt><dd>{l.integer(count)}</dd> })
        .collect_view()
    };
    let decide = move |again: bool| {
        let id = campaign.with_untracked(|campaign| campaign.id);
        spawn_local(async move {
            match decide_doubts(id, again).await {
                Ok(view) => drop(campaign.try_set(view)),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let doubts = Memo::new(move |_| campaign.with(|campaign| campaign.progress.in_doubt));
    view! {
        <section class="card">
            <div class="card-head"><h2 class="card-title">{l.t("campaign.progress")}</h2><span class="num row-end" role="status">{counted}</span></div>
            <div class="card-body stack">
            <progress class="progress-bar" max=move || total().max(1).to_string() value=move || done().max(0).to_string() aria-label=l.t("campaign.progress")></progress>
            <dl class="sums">{numbers}</dl>
            {move || (may && doubts.get() > 0).then(|| view! {
                <div class="banner" data-tone="warn">
                    <Icon name="alert-triangle"/>
                    <p class="banner-body">{l.count("campaign.doubts", doubts.get())}</p>
                    <div class="banner-actions">
                        <button class="btn btn-sm" type="button" on:click=move |_| decide(false)>{l.t("campaign.doubts_leave")}</button>
                        <button class="btn btn-sm" type="button" on:click=move |_| decide(true)>{l.t("campaign.doubts_again")}</button>
                    </div>
                </div>
            })}
            </div>
        </section>
    }
}

/// The audience step by step.
#[component]
fn Steps(campaign: RwSignal<CampaignView>) -> impl IntoView {
    let l = use_lang();
    let steps = move || {
        let waterfall = campaign.with(|campaign| campaign.waterfall);
        [
            ("campaign.step.matched", waterfall.matched),
            ("campaign.step.no_consent", -waterfall.no_consent),
            ("campaign.step.suppressed", -waterfall.suppressed),
            ("campaign.step.capped", -waterfall.capped),
            ("campaign.step.no_address", -waterfall.no_address),
            ("campaign.step.gets_it", waterfall.gets_it),
        ]
        .map(|(label, count)| {
            let total = (label == "campaign.step.gets_it").then_some("total");
            view! { <dt class=total>{l.t(label)}</dt><dd class=total>{l.integer(count)}</dd> }
        })
        .collect_view()
    };
    view! {
        <section class="card">
            <div class="card-head"><h2 class="card-title">{l.t("campaign.audience")}</h2></div>
            <div class="card-body"><dl class="sums">{steps}</dl></div>
        </section>
    }
}

/// What mails came to, and what their recipients did.
const STATES: [&str; 13] = [
    "",
    "sent",
    "opened",
    "machine",
    "clicked",
    "ordered",
    "unsubscribed",
    "bounced",
    "complained",
    "queued",
    "failed",
    "skipped",
    "in_doubt",
];

/// Who got it, and why not.
#[component]
fn Mails(id: CampaignId, state: Memo<CampaignState>, tested: bool) -> impl IntoView {
    let l = use_lang();
    let chosen = RwSignal::new(String::new());
    // The last mail that is shown: as far as that it is read again when the campaign has moved on.
    let last = StoredValue::new(None::<MailId>);
    let mails = resource(move || (chosen.get(), state.get()), move |(state, _)| read(id, state, last.try_get_value().flatten()));
    let options = STATES.map(|code| {
        let label = if code.is_empty() { l.t("campaign.mails.all").to_owned() } else { l.known("campaign.mails", code) };
        view! { <option value=code>{label}</option> }
    });
    let choose = move |event| {
        last.set_value(None);
        chosen.set(event_target_value(&event));
    };
    let may_export = use_session().has(Right::Export);
    let href = move || format!("/campaigns/{id}/recipients.csv?state={}", chosen.get());
    view! {
        <section class="card">
            <div class="card-head">
                <h2 class="card-title">{l.t("campaign.mails.title")}</h2>
                <div class="card-actions">
                    {may_export.then(|| view! {
                        <a class="btn btn-collapse" href=href rel="external" download=""><Icon name="download"/><span>{l.t("campaign.report.export")}</span></a>
                    })}
                    <select class="input input-auto" aria-label=l.t("campaign.mails.title") on:change=choose>{options.collect_view()}</select>
                </div>
            </div>
            <Loaded
                resource=mails
                view=move |mails: CampaignMails| {
                    let state = chosen.get_untracked();
                    view! { <MailTable id mails state last tested/> }.into_any()
                }
            />
        </section>
    }
}

/// The mails from the first on, as far as one that has been shown.
async fn read(id: CampaignId, state: String, as_far_as: Option<MailId>) -> AppResult<CampaignMails> {
    let mut all = list_campaign_mails(id, MailQuery { state: state.clone(), ..MailQuery::default() }).await?;
    while all.more && all.mails.last().map(|mail| mail.id) < as_far_as {
        let after = all.mails.last().map(|mail| mail.id);
        let next = list_campaign_mails(id, MailQuery { state: state.clone(), after, ..MailQuery::default() }).await?;
        all.mails.extend(next.mails);
        all.more = next.more;
    }
    Ok(all)
}

#[component]
fn MailTable(
    id: CampaignId,
    mails: CampaignMails,
    /// Which of them are wanted.
    state: String,
    last: StoredValue<Option<MailId>>,
    tested: bool,
) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    if mails.mails.is_empty() {
        return view! { <div class="card-body"><p class="soft">{l.t("campaign.mails.none")}</p></div> }.into_any();
    }
    let (lines, more) = (RwSignal::new(mails.mails), RwSignal::new(mails.more));
    let go_on = Action::new(move |state: &String| {
        let after = lines.with_untracked(|lines| lines.last().map(|mail| mail.id));
        let query = MailQuery { state: state.clone(), after, ..MailQuery::default() };
        async move {
            match list_campaign_mails(id, query).await {
                Ok(page) => {
                    let first = page.mails.first().map(|mail| mail.id);
                    last.try_set_value(page.mails.last().map(|mail| mail.id));
                    _ = lines.try_update(|lines| lines.extend(page.mails));
                    _ = more.try_set(page.more);
                    // With the last of them the button goes, and whoever pressed it would be nowhere.
                    if let (false, Some(first)) = (page.more, first) {
                        focus_control(format!("mail-{first}"));
                    }
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        }
    });
    let state = StoredValue::new(state);
    view! {
        <div class="table-scroll" role="region" aria-label=l.t("campaign.mails.title") tabindex="0">
            <table class="table table-wrap table-cards">
                <thead>
                    <tr>
                        <th scope="col">{l.t("groups.customers")}</th>
                        <th scope="col">{l.t("campaigns.state")}</th>
                        <th scope="col">{l.t("campaigns.when")}</th>
                        <th scope="col">{l.t("campaign.mails.why")}</th>
                    </tr>
                </thead>
                <tbody><For each=move || lines.get() key=|mail| mail.id let:mail><MailRow mail tested/></For></tbody>
            </table>
        </div>
        <Show when=move || more.get()>
            <div class="card-body">
                <button
                    class="btn btn-sm"
                    type="button"
                    aria-busy=move || go_on.pending().get().then_some("true")
                    on:click=move |_| {
                        if !go_on.pending().get_untracked() {
                            go_on.dispatch(state.get_value());
                        }
                    }
                >
                    {l.t("campaign.mails.more")}
                </button>
            </div>
        </Show>
    }
    .into_any()
}

#[component]
fn MailRow(mail: CampaignMail, tested: bool) -> impl IntoView {
    let l = use_lang();
    let did = [
        (!mail.why.is_empty()).then(|| l.dynamic(&mail.why)),
        (mail.opens > 0).then(|| l.count("timeline.mail_opened", mail.opens)),
        (mail.clicks > 0).then(|| l.count("timeline.mail_clicked", mail.clicks)),
        tested.then(|| format!("{} {}", l.t("campaign.mails.subject"), letter(mail.variant))),
    ];
    let did = did.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let did = (!did.is_empty()).then(|| view! { <span>{did}</span> });
    // Without a mail server nobody answered.
    let answer = (!mail.answer.is_empty() && mail.answer != "outbox")
        .then(|| view! { <span class="line-sub" dir="auto">{mail.answer}</span> });
    let when = mail.handed.map_or_else(
        || "—".into_any(),
        |at| {
            view! { <a class="link" href=format!("/outbox/{}", mail.id) title=l.t("campaign.mails.show")>{l.moment(at)}</a> }
                .into_any()
        },
    );
    view! {
        <tr>
            <th scope="row" data-slot="title">
                <a class="person-name" id=format!("mail-{}", mail.id) href=format!("/customers/{}", mail.customer) dir="auto">{mail.name}</a>
                <span class="line-sub" dir="auto">{mail.email}</span>
            </th>
            <td data-slot="value">{l.known("campaign.mails", &mail.state)}</td>
            <td class="nowrap" data-slot="sub">{when}</td>
            <td data-slot="tags">{did} {answer}</td>
        </tr>
    }
    .into_any()
}
