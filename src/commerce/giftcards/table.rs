//! The table of cards, and what can be done with one.

use super::api::{disable_gift_card, enable_gift_card};
use super::{CardRow, CardStatus};
use crate::base::i18n::{Lang, use_lang};
use crate::commerce::ledger::fields::NoteField;
use crate::ui::once::Once;
use crate::ui::{Bound, Dialog, DialogFoot, DialogHandle, FormAlert, Icon, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What can be done with the cards of a table.
#[derive(Clone, Copy)]
pub struct Acts {
    /// Into the store credit of the customer whose tab it is.
    pub redeem: Option<Callback<CardRow>>,
    pub disable: Callback<CardRow>,
    pub enable: Callback<CardRow>,
}

/// Disabling and enabling, with the dialog that asks why.
pub fn use_switch(on_saved: Callback<()>) -> (Callback<CardRow>, Callback<CardRow>, AnyView) {
    let (l, toasts) = (use_lang(), use_toasts());
    let handle = DialogHandle::new();
    let chosen = RwSignal::new(None::<CardRow>);
    let disable = Callback::new(move |card| {
        chosen.set(Some(card));
        handle.open();
    });
    let enable = Callback::new(move |card: CardRow| {
        spawn_local(async move {
            match enable_gift_card(card.id).await {
                Ok(()) => {
                    toasts.push(l.with("giftcards.enabled_now", &[("card", &card.masked())]), None);
                    let _ = on_saved.try_run(());
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    });
    (disable, enable, view! { <DisableDialog handle chosen on_saved/> }.into_any())
}

#[component]
fn DisableDialog(handle: DialogHandle, chosen: RwSignal<Option<CardRow>>, on_saved: Callback<()>) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let note = RwSignal::new(String::new());
    let once = Once::default();
    let error = once.error;
    let name = move || chosen.with(|card| card.as_ref().map(CardRow::masked).unwrap_or_default());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(card) = chosen.get_untracked() else { return };
        once.send(disable_gift_card(card.id, note.get_untracked()), move |()| {
            handle.close();
            note.set(String::new());
            toasts.push(l.with("giftcards.disabled_now", &[("card", &card.masked())]), None);
            on_saved.run(());
        });
    };
    view! {
        <Dialog
            handle
            id="card-disable"
            title=Signal::derive(move || l.with("giftcards.disable_title", &[("card", &name())]))
            class="dialog-sm"
        >
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body stack">
                    <FormAlert error/>
                    <p class="soft">{l.t("giftcards.disable_effect")}</p>
                    <NoteField id="card-disable-note" label=l.t("value.why") bound=Bound::new(note, |note| note) error/>
                </div>
                <DialogFoot handle busy=once.busy action=l.t("giftcards.disable")/>
            </form>
        </Dialog>
    }
}

/// Cards, one to a row; on a phone one to a card.
pub fn card_table(l: Lang, cards: Vec<CardRow>, acts: Option<Acts>, of_all: bool) -> AnyView {
    let rows = cards.into_iter().map(|card| row(l, card, acts, of_all)).collect_view();
    view! {
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t("giftcards.title") tabindex="0">
                <table class="table table-wrap table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("giftcards.column.code")}</th>
                            {of_all.then(|| view! { <th scope="col" class="c-rest">{l.t("giftcards.column.customer")}</th> })}
                            <th scope="col">{l.t("giftcards.column.status")}</th>
                            <th scope="col">{l.t("giftcards.column.issued")}</th>
                            <th scope="col">{l.t("giftcards.column.expires")}</th>
                            <th scope="col" class="num">{l.t("giftcards.column.initial")}</th>
                            <th scope="col" class="num">{l.t("giftcards.column.used")}</th>
                            <th scope="col" class="num">{l.t("giftcards.column.balance")}</th>
                            {acts.map(|_| view! { <th scope="col" class="c-act"><span class="sr-only">{l.t("giftcards.column.acts")}</span></th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}

fn row(l: Lang, card: CardRow, acts: Option<Acts>, of_all: bool) -> AnyView {
    let owner = of_all.then(|| view! { <td data-slot="sub">{owner(l, &card)}</td> });
    let expires = match card.expires {
        Some(at) => view! { <time datetime=at.at.rfc3339() title=l.moment(at)>{l.day(at.day)}</time> }.into_any(),
        None => view! { <span class="dim">{l.t("value.expires_never")}</span> }.into_any(),
    };
    let from = card.order.as_ref().map(|(id, number)| {
        let name = if number.is_empty() { l.with("orders.draft_name", &[("id", id)]) } else { format!("#{number}") };
        view! { <p><a class="link tnum" href=format!("/orders/{id}")>{name}</a></p> }
    });
    let message =
        (!card.message.is_empty()).then(|| view! { <p class="dim desk-only" dir="auto">"“" {card.message.clone()} "”"</p> });
    let by = card.issued_by.clone().map(|name| view! { <p class="dim" dir="auto">{name}</p> });
    let expires_word = l.t("value.expires");
    view! {
        <tr>
            <th scope="row" data-slot="title"><span class="code nowrap">{card.masked()}</span>{from}{message}</th>
            {owner}
            <td data-slot="state"><span class="status" data-tone=card.status.tone()>{l.t(card.status.label_key())}</span></td>
            <td class="nowrap"><time datetime=card.issued.at.rfc3339() title=l.moment(card.issued)>{l.day(card.issued.day)}</time>{by}</td>
            <td class="nowrap" data-slot="meta"><span class="phone-only">{expires_word} " "</span>{expires}</td>
            <td class="num nowrap">{l.money(card.money(card.initial))}</td>
            <td class="num nowrap">{l.money(card.money(card.used))}</td>
            <td class="num nowrap strong" data-slot="value">{l.money(card.money(card.balance))}</td>
            {acts.map(|acts| view! { <td class="c-act" data-slot="act"><Buttons card acts/></td> })}
        </tr>
    }
    .into_any()
}

fn owner(l: Lang, card: &CardRow) -> AnyView {
    let batch = (!card.batch.is_empty()).then(|| {
        let href = format!("/gift-cards?q={}", crate::base::query::encode(&card.batch));
        view! { " " <span class="tags"><a class="tag" href=href dir="auto">{card.batch.clone()}</a></span> }
    });
    let customer = match card.customer.clone() {
        Some((id, name)) => view! { <a class="link" href=format!("/customers/{id}/gift-cards") dir="auto">{name}</a> }.into_any(),
        None => view! { <span class="dim">{l.t("giftcards.nobodys")}</span> }.into_any(),
    };
    view! { {customer}{batch} }.into_any()
}

#[component]
fn Buttons(card: CardRow, acts: Acts) -> impl IntoView {
    let l = use_lang();
    let name = card.masked();
    let disabled = card.status == CardStatus::Disabled;
    let usable = card.is_usable();
    let card = StoredValue::new(card);
    let button = move |icon: &'static str, label: String, press: Callback<CardRow>| {
        view! {
            <button
                class="btn btn-icon btn-sm btn-ghost"
                type="button"
                aria-label=label.clone()
                title=label
                on:click=move |_| press.run(card.get_value())
            >
                <Icon name=icon/>
            </button>
        }
    };
    let redeem =
        acts.redeem.filter(|_| usable).map(|redeem| button("wallet", l.with("giftcards.redeem_of", &[("card", &name)]), redeem));
    let switch = match disabled {
        true => Some(button("check-circle", l.with("giftcards.enable_of", &[("card", &name)]), acts.enable)),
        false => usable.then(|| button("ban", l.with("giftcards.disable_of", &[("card", &name)]), acts.disable)),
    };
    view! { <span class="row-actions">{redeem}{switch}</span> }
}
