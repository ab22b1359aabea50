//! `/settings/mail`: from whom mails come and how fast they leave; the mail server, and whether it takes mails.

use super::api::{get_settings, save_mail_settings};
use super::page::{Editing, Input, Row, SaveBar, SettingsFrame};
use super::value_page::OnRow;
use super::{Form, MailForm, SettingsView, ShopSettings};
use crate::base::i18n::use_lang;
use crate::base::{AppResult, blocking_resource};
use crate::messages::outbox::api::{get_mail_setup, send_test_mail};
use crate::messages::outbox::{MailServerView, MailSetup};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{ErrorState, Icon, lazy_page, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

lazy_page!(
    /// The route of the page.
    MailSettingsRoute,
    office,
    mail_settings_view
);

fn mail_settings_view() -> AnyView {
    let view = blocking_resource(|| (), |()| get_settings());
    let setup = blocking_resource(|| (), |()| get_mail_setup());
    let shown = move || {
        Suspend::new(async move {
            match view.await {
                Ok(view) => {
                    let setup = setup.await;
                    view! { <ServerSection setup/><MailSection view/> }.into_any()
                }
                Err(error) => view! { <ErrorState error/> }.into_any(),
            }
        })
    };
    view! {
        <Guard rights=&[Right::ManageSettings]>
            <SettingsFrame title="settings.mail">
                <Suspense fallback=|| view! { <span class="skel skel-block"></span> }>{shown}</Suspense>
            </SettingsFrame>
        </Guard>
    }
    .into_any()
}

/// The mail server and the mailbox as the installation says them; only the installation can change them.
#[component]
fn ServerSection(setup: AppResult<MailSetup>) -> impl IntoView {
    let l = use_lang();
    let body = match setup {
        Ok(setup) => view! { <Setup setup/> }.into_any(),
        Err(error) => view! { <p class="error" role="alert">{l.error(&error)}</p> }.into_any(),
    };
    view! {
        <section class="card" aria-labelledby="mail-server">
            <header class="card-head"><h2 class="card-title" id="mail-server">{l.t("settings.mail.server")}</h2></header>
            <div class="card-body stack">{body}</div>
        </section>
    }
}

#[component]
fn Setup(setup: MailSetup) -> impl IntoView {
    let l = use_lang();
    let troubles = setup.troubles.into_iter().map(|(kind, detail)| {
        let text = format!("{} {detail}", l.known("settings.mail.trouble", &kind));
        view! {
            <div class="banner" data-tone="bad" role="alert">
                <Icon name="alert-triangle"/>
                <p class="banner-body" dir="auto">{text}</p>
            </div>
        }
    });
    let mailbox = setup.mailbox.map(|place| {
        view! { <dl class="facts"><dt>{l.t("settings.mail.mailbox")}</dt><dd dir="ltr">{place}</dd></dl> }
    });
    let server = match setup.server {
        Some(server) => view! { <ServerFacts server/>{mailbox}<TestMail/> }.into_any(),
        None => view! {
            <p>{l.t("settings.mail.none")}</p>
            <p class="soft">{l.t("settings.mail.none_hint")}</p>
            {mailbox}
            <p><a class="link" href="/outbox">{l.t("outbox.title")}</a></p>
        }
        .into_any(),
    };
    view! { {troubles.collect_view()}{server} }
}

#[component]
fn ServerFacts(server: MailServerView) -> impl IntoView {
    let l = use_lang();
    let login = if server.login { "settings.mail.login_yes" } else { "settings.mail.login_no" };
    let dkim = server.dkim.unwrap_or_else(|| l.t("settings.mail.dkim_none").to_owned());
    view! {
        <dl class="facts">
            <dt>{l.t("settings.mail.address")}</dt>
            <dd dir="ltr">{format!("{}:{}", server.host, server.port)}</dd>
            <dt>{l.t("settings.mail.secrecy")}</dt>
            <dd>{l.known("settings.mail.secrecy", &server.secrecy)}</dd>
            <dt>{l.t("settings.mail.login")}</dt>
            <dd>{l.t(login)}</dd>
            <dt>{l.t("settings.mail.dkim")}</dt>
            <dd dir="auto">{dkim}</dd>
            <dt>{l.t("settings.mail.sender")}</dt>
            <dd dir="ltr">{server.sender}</dd>
        </dl>
    }
}

/// A mail to oneself, and what the mail server says to it.
#[component]
fn TestMail() -> impl IntoView {
    let l = use_lang();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let said = RwSignal::new(None::<Result<String, String>>);
    let send = move |_| {
        busy.set(true);
        said.set(None);
        spawn_local(async move {
            let answer = send_test_mail().await;
            busy.try_set(false);
            match answer {
                Ok(answer) => {
                    said.try_set(Some(Ok(l.with("settings.mail.accepted", &[("answer", &answer)]))));
                    toasts.push(l.t("settings.mail.sent"), None);
                }
                Err(error) => drop(said.try_set(Some(Err(l.error(&error))))),
            }
        });
    };
    let shown = move || {
        said.get().map(|said| match said {
            Ok(text) => view! { <p class="soft" dir="auto">{text}</p> }.into_any(),
            Err(text) => view! { <p class="error" dir="auto"><Icon name="alert-circle"/>{text}</p> }.into_any(),
        })
    };
    view! {
        <div>
            <button class="btn" type="button" disabled=busy aria-busy=move || busy.get().then_some("true") on:click=send>
                <Icon name="send"/>
                <span>{l.t("settings.mail.test")}</span>
            </button>
        </div>
        <div role="status">{shown}</div>
    }
}

#[component]
fn MailSection(view: SettingsView) -> impl IntoView {
    let l = use_lang();
    let current = RwSignal::new(view);
    let editing = Editing::new(current, MailForm::of);
    let form = editing.form;
    let default = MailForm::of(&ShopSettings::default());
    let hint = |key: &str, value: &str| l.with(key, &[("default", &value)]);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        editing.save(save_mail_settings(form.get_untracked(), editing.base.get_untracked()));
    };
    view! {
        <form class="card setting-group" id="mail" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("settings.mail.sending")}</h2></header>
            <Row id="m-name" label="settings.from_name" hint=l.t("settings.from_name_hint").to_owned() error=editing.about("from_name")>
                <Input id="m-name" form get=|f| &f.from_name set=|f| &mut f.from_name error=editing.about("from_name")/>
            </Row>
            <Row id="m-from" label="settings.from_address" hint=l.t("settings.from_address_hint").to_owned() error=editing.about("from_address")>
                <Input id="m-from" form get=|f| &f.from_address set=|f| &mut f.from_address error=editing.about("from_address") inputmode="email"/>
            </Row>
            <Row id="m-reply" label="settings.reply_to" hint=l.t("settings.reply_to_hint").to_owned() error=editing.about("reply_to")>
                <Input id="m-reply" form get=|f| &f.reply_to set=|f| &mut f.reply_to error=editing.about("reply_to") inputmode="email"/>
            </Row>
            <Row id="m-cap" label="settings.cap_mails" hint=hint("settings.cap_mails_hint", &default.cap_mails) error=editing.about("cap_mails")>
                <div class="input-group">
                    <Input id="m-cap" form get=|f| &f.cap_mails set=|f| &mut f.cap_mails error=editing.about("cap_mails") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.mails")}</span>
                </div>
            </Row>
            <Row id="m-days" label="settings.cap_days" hint=hint("settings.cap_days_hint", &default.cap_days) error=editing.about("cap_days")>
                <div class="input-group">
                    <Input id="m-days" form get=|f| &f.cap_days set=|f| &mut f.cap_days error=editing.about("cap_days") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
            </Row>
            <Row id="m-rate" label="settings.per_second" hint=hint("settings.per_second_hint", &default.per_second) error=editing.about("per_second")>
                <div class="input-group">
                    <Input id="m-rate" form get=|f| &f.per_second set=|f| &mut f.per_second error=editing.about("per_second") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.a_second")}</span>
                </div>
            </Row>
            <Row
                id="m-domain"
                label="settings.per_domain"
                hint=hint("settings.per_domain_hint", &default.per_domain_per_second)
                error=editing.about("per_domain_per_second")
            >
                <div class="input-group">
                    <Input
                        id="m-domain"
                        form
                        get=|f| &f.per_domain_per_second
                        set=|f| &mut f.per_domain_per_second
                        error=editing.about("per_domain_per_second")
                        inputmode="numeric"
                    />
                    <span class="affix">{l.t("settings.a_second")}</span>
                </div>
            </Row>
            <Row id="m-retry" label="settings.retry_seconds" hint=hint("settings.retry_seconds_hint", &default.retry_seconds) error=editing.about("retry_seconds")>
                <div class="input-group">
                    <Input id="m-retry" form get=|f| &f.retry_seconds set=|f| &mut f.retry_seconds error=editing.about("retry_seconds") inputmode="numeric"/>
                    <span class="affix">{l.t("settings.seconds")}</span>
                </div>
            </Row>
            <Row id="m-tries" label="settings.tries" hint=hint("settings.tries_hint", &default.tries) error=editing.about("tries")>
                <Input id="m-tries" form get=|f| &f.tries set=|f| &mut f.tries error=editing.about("tries") inputmode="numeric"/>
            </Row>
            <Row id="m-stop" label="settings.stop_after" hint=hint("settings.stop_after_hint", &default.stop_after_refusals) error=editing.about("stop_after_refusals")>
                <Input
                    id="m-stop"
                    form
                    get=|f| &f.stop_after_refusals
                    set=|f| &mut f.stop_after_refusals
                    error=editing.about("stop_after_refusals")
                    inputmode="numeric"
                />
            </Row>
            <Row id="m-soft" label="settings.soft_bounces" hint=hint("settings.soft_bounces_hint", &default.soft_bounces) error=editing.about("soft_bounces")>
                <Input id="m-soft" form get=|f| &f.soft_bounces set=|f| &mut f.soft_bounces error=editing.about("soft_bounces") inputmode="numeric"/>
            </Row>
            <OnRow id="m-doubt" label="settings.resend" hint="settings.resend_hint" form get=|f| &f.resend_in_doubt set=|f| &mut f.resend_in_doubt/>
            <OnRow id="m-follow" label="settings.follow" hint="settings.follow_hint" form get=|f| &f.follow set=|f| &mut f.follow/>
            <Row
                id="m-window"
                label="settings.attribution_days"
                hint=hint("settings.attribution_days_hint", &default.attribution_days)
                error=editing.about("attribution_days")
            >
                <div class="input-group">
                    <Input
                        id="m-window"
                        form
                        get=|f| &f.attribution_days
                        set=|f| &mut f.attribution_days
                        error=editing.about("attribution_days")
                        inputmode="numeric"
                    />
                    <span class="affix">{l.t("settings.days")}</span>
                </div>
            </Row>
            <OnRow
                id="m-opens"
                label="settings.attribute_opens"
                hint="settings.attribute_opens_hint"
                form
                get=|f| &f.attribute_opens
                set=|f| &mut f.attribute_opens
            />
            <SaveBar editing/>
        </form>
    }
}
