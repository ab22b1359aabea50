//! What is asked about a mail in doubt, on its page.

use super::MailLine;
use super::api::decide_mail;
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::office::staff::Right;
use crate::ui::{Icon, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Of what is in doubt: whether it is sent again.
#[component]
pub fn Doubt(line: MailLine, on_decided: Callback<()>) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let may = use_session().has(Right::SendCampaigns);
    let busy = RwSignal::new(false);
    let id = line.id;
    let decide = move |again: bool| {
        busy.set(true);
        spawn_local(async move {
            let answer = decide_mail(id, again).await;
            busy.try_set(false);
            match answer {
                Ok(()) => drop(on_decided.try_run(())),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    (line.state == "in_doubt").then(|| {
        let buttons = may.then(|| {
            view! {
                <div class="banner-actions">
                    <button class="btn btn-sm" type="button" disabled=busy on:click=move |_| decide(false)>{l.t("campaign.doubts_leave")}</button>
                    <button class="btn btn-sm" type="button" disabled=busy on:click=move |_| decide(true)>{l.t("campaign.doubts_again")}</button>
                </div>
            }
        });
        view! {
            <div class="banner" data-tone="warn">
                <Icon name="alert-triangle"/>
                <p class="banner-body">{l.t("outbox.doubt")}</p>
                {buttons}
            </div>
        }
    })
}
