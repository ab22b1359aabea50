//! A test of the mail to some addresses, and how far it has come.

use super::api::{list_tests, send_test};
use super::step::Composed;
use super::{TestMail, addresses};
use crate::base::i18n::use_lang;
use crate::ui::{Bound, Dialog, DialogFoot, DialogHandle, FieldError, FormAlert, Icon, Once, aria_error, aria_invalid, tab};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often one looks how far the mails have come, and how many times.
const LOOK_EVERY: Duration = Duration::from_millis(800);
const LOOKS: u8 = 25;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Form {
    to: String,
}

/// The button, and its dialog.
#[component]
pub(super) fn TestMails(composed: Composed) -> impl IntoView {
    let l = use_lang();
    let dialog = DialogHandle::new();
    let form = RwSignal::new(Form::default());
    tab::keep(composed.name("test"), form);
    let to = Bound::new(form, |form| &mut form.to);
    let once = Once::default();
    let sent = RwSignal::new(Vec::<TestMail>::new());
    let open = move |_| {
        if to.get_untracked().is_empty() {
            to.set(composed.desk.with_untracked(|desk| desk.own_address.clone()));
        }
        sent.set(Vec::new());
        dialog.open();
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let draft = composed.writing.draft.get_untracked();
        let recipient = composed.recipient.get_untracked().map(|recipient| recipient.id);
        let request = send_test(composed.id, draft, recipient, addresses(&to.get_untracked()), once.key());
        once.send(request, move |mails| {
            sent.set(mails);
            follow(sent, LOOKS);
        });
    };
    let as_whom = move || match composed.recipient.get() {
        Some(recipient) => l.with("composer.write.test_as", &[("name", &recipient.name)]),
        None => l.t("composer.write.test_samples").to_owned(),
    };
    let line = move |mail: TestMail| {
        let why = (!mail.why.is_empty()).then(|| l.dynamic(&mail.why));
        let answer = (!mail.answer.is_empty() && mail.answer != "outbox").then_some(mail.answer);
        view! {
            <li class="composer-test">
                <a class="link" href=format!("/outbox/{}", mail.id) target="_blank" dir="auto">{mail.to}</a>
                <span class="status" data-tone=crate::messages::outbox::tone(&mail.state)>{l.known("outbox.state", &mail.state)}</span>
                {why.map(|why| view! { <span class="soft">{why}</span> })}
                {answer.map(|answer| view! { <span class="soft" dir="auto">{answer}</span> })}
            </li>
        }
    };
    view! {
        <button class="btn" type="button" on:click=open><Icon name="send"/>{l.t("composer.write.test")}</button>
        <Dialog handle=dialog id="test-mail" title=l.t("composer.write.test")>
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error=once.error/>
                    <p class="soft">{as_whom}</p>
                    <div class="field">
                        <label class="label" for="test-to">{l.t("composer.write.test_to")}</label>
                        <input
                            class="input"
                            id="test-to"
                            name="addresses"
                            autocomplete="email"
                            inputmode="email"
                            prop:value=move || to.get()
                            on:input=move |event| to.set(event_target_value(&event))
                            aria-invalid=aria_invalid(once.error, "addresses")
                            aria-describedby=aria_error(once.error, "addresses", "test-to")
                        />
                        <FieldError id="test-to" name="addresses" error=once.error/>
                        <p class="hint">{l.t("composer.write.test_hint")}</p>
                    </div>
                    <Wrong once/>
                    <div role="status"><ul class="composer-tests">{move || sent.get().into_iter().map(line).collect_view()}</ul></div>
                </div>
                <DialogFoot handle=dialog busy=once.busy action=l.t("composer.write.test_send")/>
            </form>
        </Dialog>
    }
    .into_any()
}

/// What keeps the mail itself from being sent.
#[component]
fn Wrong(once: Once) -> impl IntoView {
    let l = use_lang();
    move || {
        once.error.with(|error| match error {
            Some(crate::base::AppError::Invalid { field, message }) if field != "addresses" => Some(view! {
                <p class="error" role="alert"><Icon name="alert-circle"/>{l.dynamic(message)}</p>
            }),
            _ => None,
        })
    }
}

/// Looks how far the mails have come, until each has arrived or failed.
fn follow(sent: RwSignal<Vec<TestMail>>, looks: u8) {
    let is_under_way = |mail: &TestMail| matches!(mail.state.as_str(), "queued" | "claimed" | "handing_over");
    let look = move || {
        let Some(ids) = sent.try_with_untracked(|mails| mails.iter().map(|mail| mail.id).collect::<Vec<_>>()) else { return };
        spawn_local(async move {
            let answer = list_tests(ids.clone()).await;
            let is_same = sent.try_with_untracked(|mails| mails.iter().map(|mail| mail.id).eq(ids.iter().copied()));
            if is_same != Some(true) {
                return;
            }
            if let Ok(mails) = answer {
                sent.set(mails);
            }
            if looks > 0 && sent.with_untracked(|mails| mails.iter().any(is_under_way)) {
                follow(sent, looks - 1);
            }
        });
    };
    set_timeout(look, LOOK_EVERY);
}
