//! `/outbox/:id`: a mail as its recipient sees it.

use super::api::open_mail;
use super::undecided::Doubt;
use super::{MailView, tone};
use crate::base::i18n::use_lang;
use crate::base::{AppError, resource};
use crate::messages::templates::frame::{Look, LookSwitches, MailStage};
use crate::messages::templates::has_pictures;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::not_found::NotFound;
use crate::ui::{ErrorState, Icon, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

lazy_page!(
    /// `/outbox/:id`.
    MailRoute,
    messages,
    mail_view
);

fn mail_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><MailPage/></Guard> }.into_any()
}

#[component]
fn MailPage() -> impl IntoView {
    let params = use_params_map();
    let asked = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let opened =
        resource(move || asked.get(), |asked| async move { open_mail(asked.parse().map_err(|_| AppError::NotFound)?).await });
    let retry = Callback::new(move |()| opened.refetch());
    let show = move || {
        Suspend::new(async move {
            match opened.await {
                Ok(view) => view! { <Opened view on_decided=retry/> }.into_any(),
                Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                Err(error) => view! { <div class="page"><ErrorState error on_retry=retry/></div> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <div class="page"><SkeletonLines lines=10/></div> }>{show}</Transition> }.into_any()
}

#[component]
fn Opened(view: MailView, on_decided: Callback<()>) -> impl IntoView {
    let l = use_lang();
    let look = Look::default();
    let mail = Signal::stored(view.mail.clone());
    let pictures = RwSignal::new(false);
    let has_pictures = view.mail.as_ref().is_some_and(|mail| has_pictures(&mail.html));
    let title = view.mail.as_ref().map(|mail| mail.subject.clone()).filter(|subject| !subject.is_empty());
    let title = title.unwrap_or_else(|| view.line.template.clone());
    let download = (view.kept && !view.secret).then(|| {
        view! {
            <a class="btn btn-collapse" href=format!("/outbox/{}/eml", view.line.id) rel="external" download="">
                <Icon name="download"/><span>{l.t("outbox.download")}</span>
            </a>
        }
    });
    view! {
        <Title text=title.clone()/>
        <div class="page">
            <header class="page-head">
                <a class="btn btn-icon btn-ghost desk-only" href="/outbox" aria-label=l.t("outbox.title")><Icon name="chevron-left"/></a>
                <h1 class="page-title" dir="auto">{title}</h1>
                <span class="status" data-tone=tone(&view.line.state)>{l.known("outbox.state", &view.line.state)}</span>
                <div class="page-actions">{download}</div>
            </header>
            <div class="stack">
                <Doubt line=view.line.clone() on_decided/>
                <div class="columns">
                    <section class="card" aria-labelledby="mail-title">
                        <header class="card-head">
                            <h2 class="card-title" id="mail-title">{l.t("outbox.mail")}</h2>
                            <div class="card-actions"><LookSwitches look/></div>
                        </header>
                        <div class="card-body stack">
                            <Notes view=view.clone()/>
                            {has_pictures.then(|| view! { <Pictures pictures/> })}
                            <MailStage mail look pictures/>
                        </div>
                    </section>
                    <div class="stack"><Facts view=view.clone()/><Headers headers=view.headers/></div>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// Pictures load when somebody asks: whoever keeps them takes it for the recipient who looks.
#[component]
fn Pictures(pictures: RwSignal<bool>) -> impl IntoView {
    let l = use_lang();
    view! {
        <Show when=move || !pictures.get()>
            <div class="banner">
                <Icon name="image"/>
                <p class="banner-body">{l.t("outbox.pictures")}</p>
                <div class="banner-actions">
                    <button class="btn btn-sm" type="button" on:click=move |_| pictures.set(true)>{l.t("outbox.pictures_show")}</button>
                </div>
            </div>
        </Show>
    }
    .into_any()
}

/// What one must know of what one sees.
#[component]
fn Notes(view: MailView) -> impl IntoView {
    let l = use_lang();
    let note = |tone: &'static str, icon: &'static str, text: String| {
        view! { <div class="banner" data-tone=tone><Icon name=icon/><p class="banner-body">{text}</p></div> }
    };
    // What is in doubt is said above, with what can be done.
    let why = (!view.why.is_empty() && view.line.state != "in_doubt").then(|| note("bad", "alert-circle", l.dynamic(&view.why)));
    let secret = view.secret.then(|| note("info", "lock", l.t("outbox.secret").to_owned()));
    let now = (!view.kept && !view.secret).then(|| note("info", "info", l.t("outbox.as_now").to_owned()));
    view! { {why} {secret} {now} }.into_any()
}

#[component]
fn Facts(view: MailView) -> impl IntoView {
    let l = use_lang();
    let MailView { line, customer, answer, .. } = view;
    let customer = customer.map(|(id, name)| {
        view! { <dt>{l.t("outbox.customer")}</dt><dd><a class="link" href=format!("/customers/{id}") dir="auto">{name}</a></dd> }
    });
    let sent = line.sent.map(|at| view! { <dt>{l.t("outbox.sent")}</dt><dd>{l.moment(at)}</dd> });
    // Without a mail server nobody answered.
    let answer = (!answer.is_empty() && answer != "outbox")
        .then(|| view! { <dt>{l.t("outbox.answer")}</dt><dd class="code">{answer}</dd> });
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("outbox.facts")}</h2></header>
            <div class="card-body">
                <dl class="facts">
                    <dt>{l.t("outbox.recipient")}</dt><dd>{line.recipient}</dd>
                    {customer}
                    <dt>{l.t("field.template")}</dt><dd dir="auto">{line.template}</dd>
                    <dt>{l.t("outbox.queued")}</dt><dd>{l.moment(line.queued)}</dd>
                    {sent}
                    {answer}
                </dl>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Headers(headers: Vec<(String, String)>) -> impl IntoView {
    let l = use_lang();
    let line = |(name, value): (String, String)| view! { <dt>{name}</dt><dd class="template-source">{value}</dd> };
    (!headers.is_empty()).then(|| {
        view! {
            <details class="card">
                <summary class="card-head"><Icon name="chevron-right"/><h2 class="card-title">{l.t("outbox.headers")}</h2></summary>
                <div class="card-body"><dl class="facts">{headers.into_iter().map(line).collect_view()}</dl></div>
            </details>
        }
    })
}
