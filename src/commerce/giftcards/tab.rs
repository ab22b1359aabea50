//! The tab Gift cards (P8).

use super::api::open_gift_cards;
use super::dialogs::{CodesDialog, IssueDialog, RedeemDialog};
use super::table::{Acts, card_table, use_switch};
use super::{CardRow, CardsView, IssuedCodes};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{CustomerId, resource};
use crate::customers::profile::use_profile;
use crate::office::staff::Right;
use crate::ui::{DialogHandle, EmptyState, Icon, Loaded};
use leptos::prelude::*;

#[component]
pub fn GiftCardsTab(id: CustomerId) -> impl IntoView {
    let cards = resource(|| (), move |()| open_gift_cards(id));
    let context = use_profile();
    let changed = Callback::new(move |()| {
        cards.refetch();
        context.refresh();
    });
    // Outside of what is read again, so that a code stays until it was read.
    let issued = RwSignal::new(None::<IssuedCodes>);
    let told = DialogHandle::new();
    let on_issued = Callback::new(move |codes| {
        issued.set(Some(codes));
        told.open();
        changed.run(());
    });
    let view = move |view: CardsView| view! { <Cards id view changed on_issued/> }.into_any();
    view! {
        <Loaded resource=cards view/>
        <CodesDialog handle=told issued/>
    }
}

#[component]
fn Cards(id: CustomerId, view: CardsView, changed: Callback<()>, on_issued: Callback<IssuedCodes>) -> impl IntoView {
    let l = use_lang();
    let session = use_session();
    let can_adjust = session.has(Right::AdjustMoney);
    let CardsView { enabled, credit_enabled, currencies, cards } = view;
    let (issue, redeem) = (DialogHandle::new(), DialogHandle::new());
    let chosen = RwSignal::new(None::<CardRow>);
    let open_redeem = Callback::new(move |card: Option<CardRow>| {
        chosen.set(card);
        redeem.open();
    });
    let (disable, enable, switch_dialog) = use_switch(changed);
    let redeemable = enabled && credit_enabled;
    let redeem_row = redeemable.then(|| Callback::new(move |card| open_redeem.run(Some(card))));
    let acts = can_adjust.then_some(Acts { redeem: redeem_row, disable, enable });
    let head = can_adjust.then(|| {
        view! {
            <div class="card-actions">
                {redeemable
                    .then(|| {
                        view! {
                            <button class="btn btn-sm" type="button" on:click=move |_| open_redeem.run(None)>
                                {l.t("giftcards.redeem_code")}
                            </button>
                        }
                    })}
                {enabled
                    .then(|| {
                        view! {
                            <button class="btn btn-sm btn-primary" type="button" on:click=move |_| issue.open()>
                                <Icon name="plus"/>
                                {l.t("giftcards.issue")}
                            </button>
                        }
                    })}
            </div>
        }
    });
    let body = if cards.is_empty() {
        view! { <EmptyState icon="gift" title=l.t("giftcards.none_title") text=l.t("giftcards.none")/> }.into_any()
    } else {
        card_table(l, cards, acts, false)
    };
    let dialogs = can_adjust.then(|| {
        view! {
            <IssueDialog id handle=issue currencies on_issued/>
            <RedeemDialog id handle=redeem chosen currency=session.currency on_saved=changed/>
            {switch_dialog}
        }
    });
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("profile.tab.gift_cards")}</h2>{head}</header>
            {(!enabled)
                .then(|| {
                    view! {
                        <div class="banner" data-tone="info">
                            <Icon name="info"/>
                            <p class="banner-body">{l.t("giftcards.are_off")}</p>
                        </div>
                    }
                })}
            {body}
        </section>
        {dialogs}
    }
}
