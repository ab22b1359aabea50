//! `/outbox`: the mails that wait or were sent, searchable.

use super::api::list_outbox;
use super::{MailLine, OutboxPage, OutboxQuery, STATES, tone};
use crate::base::blocking_resource;
use crate::base::i18n::use_lang;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{EmptyState, Icon, LiveForm, Loaded, SearchField, lazy_page, open_row};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

lazy_page!(
    /// `/outbox`.
    OutboxRoute,
    messages,
    outbox_view
);

fn outbox_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><OutboxView/></Guard> }.into_any()
}

#[component]
fn OutboxView() -> impl IntoView {
    let l = use_lang();
    let search = use_location().search;
    let page = blocking_resource(move || search.get(), list_outbox);
    let query = Memo::new(move |_| OutboxQuery::parse(&search.get()));
    view! {
        <Title text=l.t("outbox.title")/>
        <div class="page">
            <header class="page-head"><h1 class="page-title">{l.t("outbox.title")}</h1></header>
            <section class="card">
                <div class="card-body"><Filters query/></div>
                <Loaded resource=page view=move |page: OutboxPage| view! { <Mails page query/> }.into_any()/>
            </section>
        </div>
    }
    .into_any()
}

#[component]
fn Filters(query: Memo<OutboxQuery>) -> impl IntoView {
    let l = use_lang();
    let text = Signal::derive(move || query.get().text);
    let chosen = StoredValue::new(query.with_untracked(|query| query.state.clone()));
    let option = move |state: &'static str| {
        let selected = chosen.with_value(|chosen| chosen == state);
        view! { <option value=state selected=selected>{l.dynamic(&format!("outbox.state.{state}"))}</option> }
    };
    view! {
        <LiveForm class="toolbar" canonical=OutboxQuery::canonical label=l.t("outbox.search")>
            <SearchField name="q" label=l.t("outbox.search") placeholder=l.t("outbox.search_hint") value=text/>
            <select class="input input-auto" name="state" aria-label=l.t("templates.state")>
                <option value="" selected=chosen.with_value(String::is_empty)>{l.t("outbox.any_state")}</option>
                {STATES.map(option).collect_view()}
            </select>
            <noscript><button class="btn" type="submit">{l.t("orders.filter")}</button></noscript>
        </LiveForm>
    }
    .into_any()
}

#[component]
fn Mails(page: OutboxPage, query: Memo<OutboxQuery>) -> impl IntoView {
    let l = use_lang();
    let now = query.get_untracked();
    let link = |before| format!("/outbox?{}", OutboxQuery { before, ..now.clone() }.write());
    let older = page.mails.last().filter(|_| page.more).map(|mail| link(Some(mail.id)));
    let newest = now.before.is_some().then(|| link(None));
    if page.mails.is_empty() {
        let (title, text) =
            if now.is_filtered() { ("outbox.not_found", "outbox.not_found_text") } else { ("outbox.none", "outbox.none_text") };
        return view! { <EmptyState icon="send" title=l.dynamic(title) text=l.dynamic(text)/> }.into_any();
    }
    let pager = (older.is_some() || newest.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label=l.t("audit.pages")>
                {newest.map(|href| view! { <a class="btn btn-ghost" href=href><Icon name="chevrons-left"/>{l.t("audit.newest")}</a> })}
                {older.map(|href| view! { <a class="btn btn-ghost row-end" href=href>{l.t("audit.older")}<Icon name="chevron-right"/></a> })}
            </nav>
        }
    });
    view! {
        <div class="table-scroll" role="region" aria-label=l.t("outbox.title") tabindex="0">
            <table class="table table-rows table-wrap table-cards">
                <thead>
                    <tr>
                        <th scope="col">{l.t("outbox.recipient")}</th>
                        <th scope="col">{l.t("templates.subject")}</th>
                        <th scope="col">{l.t("templates.state")}</th>
                        <th scope="col">{l.t("outbox.when")}</th>
                    </tr>
                </thead>
                <tbody on:click=open_row>{page.mails.into_iter().map(|mail| view! { <Row mail/> }).collect_view()}</tbody>
            </table>
        </div>
        {pager}
    }
    .into_any()
}

#[component]
fn Row(mail: MailLine) -> impl IntoView {
    let l = use_lang();
    let when = mail.sent.unwrap_or(mail.queued);
    // Of what is not written yet only the campaign or template is known.
    let subject = (!mail.subject.is_empty()).then(|| view! { <span dir="auto">{mail.subject}</span> <br/> });
    view! {
        <tr>
            <th scope="row" data-slot="title"><a class="person-name" href=format!("/outbox/{}", mail.id)>{mail.recipient}</a></th>
            <td data-slot="sub">{subject} <span class="dim" dir="auto">{mail.template}</span></td>
            <td class="nowrap" data-slot="state">
                <span class="status" data-tone=tone(&mail.state)>{l.known("outbox.state", &mail.state)}</span>
            </td>
            <td class="tnum nowrap" data-slot="meta">{l.moment(when)}</td>
        </tr>
    }
    .into_any()
}
