//! `/gift-cards`: all cards, a batch of new ones, and what is left on the card of a code.

use super::api::{check_gift_card, list_gift_cards};
use super::dialogs::{BatchDialog, CodesDialog};
use super::table::{Acts, card_table, use_switch};
use super::{CardPage, CardQuery, CardRow, CardStatus, IssuedCodes};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppResult, Resource, blocking_resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::once::Once;
use crate::ui::{
    Bound, Dialog, DialogFoot, DialogHandle, EmptyState, FormAlert, Icon, LiveForm, Loaded, SearchField, TextField, lazy_page,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

lazy_page!(
    /// The route of the gift cards.
    GiftCardsRoute,
    commerce,
    gift_cards_view
);

fn gift_cards_view() -> AnyView {
    let search = use_location().search;
    let page = blocking_resource(move || search.get(), list_gift_cards);
    let query = Memo::new(move |_| CardQuery::parse(&search.get()));
    view! {
        <Guard rights=&[Right::View]>
            <GiftCardsPage page query/>
        </Guard>
    }
    .into_any()
}

#[component]
fn GiftCardsPage(page: Resource<AppResult<CardPage>>, query: Memo<CardQuery>) -> impl IntoView {
    let l = use_lang();
    let can_adjust = use_session().has(Right::AdjustMoney);
    let changed = Callback::new(move |()| page.refetch());
    let (told, batch, check) = (DialogHandle::new(), DialogHandle::new(), DialogHandle::new());
    let issued = RwSignal::new(None::<IssuedCodes>);
    let on_issued = Callback::new(move |codes| {
        issued.set(Some(codes));
        told.open();
        changed.run(());
    });
    let (disable, enable, switch_dialog) = use_switch(changed);
    let acts = can_adjust.then_some(Acts { redeem: None, disable, enable });
    // The first answer knows the currencies; the dialog is made once, so that what is typed in it stays.
    let dialog = move || {
        Suspend::new(async move {
            let page = page.await.ok().filter(|page| page.enabled && can_adjust)?;
            Some(view! { <BatchDialog handle=batch currencies=page.currencies on_issued/> })
        })
    };
    let enabled = move || page.get().and_then(Result::ok).is_some_and(|page| page.enabled);
    let issue = move || {
        (can_adjust && enabled()).then(|| {
            view! {
                <button class="btn btn-primary" type="button" on:click=move |_| batch.open()>
                    <Icon name="plus"/>
                    {l.t("giftcards.issue_batch")}
                </button>
            }
        })
    };
    view! {
        <Title text=l.t("giftcards.title")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("giftcards.title")}</h1>
                <div class="page-actions">
                    <button class="btn" type="button" on:click=move |_| check.open()>{l.t("giftcards.check")}</button>
                    <Transition>{issue}</Transition>
                </div>
            </header>
            <section class="card">
                <div class="card-body"><Filters query/></div>
                <Loaded resource=page view=move |page: CardPage| view! { <List page query acts/> }.into_any()/>
            </section>
        </div>
        <CheckDialog handle=check/>
        <Transition>{dialog}</Transition>
        <CodesDialog handle=told issued/>
        {switch_dialog}
    }
}

#[component]
fn Filters(query: Memo<CardQuery>) -> impl IntoView {
    let l = use_lang();
    let text = Signal::derive(move || query.get().text);
    let option = move |status: CardStatus| {
        let chosen = move || query.get().status == Some(status);
        view! { <option value=status.code() selected=untrack(chosen) prop:selected=chosen>{l.t(status.label_key())}</option> }
    };
    let any = move || query.get().status.is_none();
    view! {
        <LiveForm class="toolbar" canonical=CardQuery::canonical label=l.t("giftcards.filter")>
            <SearchField name="q" label=l.t("giftcards.search") placeholder=l.t("giftcards.search_hint") value=text/>
            <select class="input input-auto" name="status" aria-label=l.t("giftcards.column.status")>
                <option value="" selected=untrack(any) prop:selected=any>{l.t("giftcards.any_status")}</option>
                {CardStatus::ALL.map(option)}
            </select>
            <noscript><button class="btn" type="submit">{l.t("giftcards.filter")}</button></noscript>
        </LiveForm>
    }
}

#[component]
fn List(page: CardPage, query: Memo<CardQuery>, acts: Option<Acts>) -> impl IntoView {
    let l = use_lang();
    let now = query.get_untracked();
    let older = page.older.map(|id| link(&CardQuery { before: Some(id.0), ..now.clone() }));
    let newest = now.before.is_some().then(|| link(&CardQuery { before: None, ..now.clone() }));
    let body = if page.cards.is_empty() { empty(l, now.is_filtered()) } else { card_table(l, page.cards, acts, true) };
    let pager = (older.is_some() || newest.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label=l.t("giftcards.pages")>
                {newest.map(|href| view! { <a class="btn btn-ghost" href=href><Icon name="chevrons-left"/>{l.t("ledger.newest")}</a> })}
                {older.map(|href| view! { <a class="btn btn-ghost row-end" href=href>{l.t("ledger.older")}<Icon name="chevron-right"/></a> })}
            </nav>
        }
    });
    view! { {body}{pager} }
}

fn empty(l: Lang, filtered: bool) -> AnyView {
    if !filtered {
        return view! { <EmptyState icon="gift" title=l.t("giftcards.none_yet") text=l.t("giftcards.none_yet_text")/> }
            .into_any();
    }
    view! {
        <EmptyState icon="gift" title=l.t("giftcards.none_match")>
            <a class="btn" href="/gift-cards">{l.t("giftcards.clear")}</a>
        </EmptyState>
    }
    .into_any()
}

fn link(query: &CardQuery) -> String {
    format!("/gift-cards?{}", query.write())
}

/// Says what is left on the card of a code. The code is sent, never part of an address.
#[component]
fn CheckDialog(handle: DialogHandle) -> impl IntoView {
    let l = use_lang();
    let code = RwSignal::new(String::new());
    let found = RwSignal::new(None::<CardRow>);
    let once = Once::default();
    let error = once.error;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        found.set(None);
        once.send(check_gift_card(code.get_untracked()), move |card| found.set(Some(card)));
    };
    let answer = move || {
        found.get().map(|card| {
            let customer = card.customer.clone().map(|(id, name)| {
                view! { <dt>{l.t("giftcards.column.customer")}</dt><dd><a class="link" href=format!("/customers/{id}/gift-cards") dir="auto">{name}</a></dd> }
            });
            let expires = card.expires.map_or_else(|| l.t("value.expires_never").to_owned(), |at| l.day(at.day));
            view! {
                <dl class="facts" role="status">
                    <dt>{l.t("giftcards.column.balance")}</dt>
                    <dd class="strong">{l.money(card.money(card.balance))}</dd>
                    <dt>{l.t("giftcards.column.status")}</dt>
                    <dd><span class="status" data-tone=card.status.tone()>{l.t(card.status.label_key())}</span></dd>
                    <dt>{l.t("giftcards.column.expires")}</dt>
                    <dd>{expires}</dd>
                    {customer}
                </dl>
            }
        })
    };
    view! {
        <Dialog handle id="card-check" title=l.t("giftcards.check").to_owned() class="dialog-sm">
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <TextField id="card-check-code" name="code" label=l.t("giftcards.code") bound=Bound::new(code, |code| code) error/>
                    {answer}
                </div>
                <DialogFoot handle busy=once.busy action=l.t("giftcards.check_now")/>
            </form>
        </Dialog>
    }
}
