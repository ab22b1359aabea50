//! Server functions of gift cards.

use super::{BatchForm, CardPage, CardRow, CardsView, IssueForm, IssuedCodes, RedeemForm};
use crate::base::{AppError, CustomerId, GiftCardId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{CardQuery, NewBatch, NewCard, NewRedemption, WhichCard, list, redeem, service, store},
    crate::base::{AppResult, Currency, Money},
    crate::commerce::ledger::By,
    crate::commerce::ledger::form::{read_amount, staff_key},
    crate::customers::profile::store::get_visible,
    crate::office::staff::Right,
    crate::server::{Context, Query, authorise},
};

/// The tab of a customer.
#[server(protocol = Wire)]
pub async fn open_gift_cards(id: CustomerId) -> Result<CardsView, AppError> {
    let ctx = authorise(Right::View)?;
    let id = get_visible(&ctx.state.db, ctx.scope(), id).await?;
    list::of_customer(&ctx.state, id).await
}

/// A page of all cards; the query is the page's.
#[server(protocol = Wire)]
pub async fn list_gift_cards(query: String) -> Result<CardPage, AppError> {
    let ctx = authorise(Right::View)?;
    list::all(&ctx.state, ctx.scope(), &CardQuery::parse(&query)).await
}

/// The card of a code, to say what is left on it.
#[server(protocol = Wire)]
pub async fn check_gift_card(code: String) -> Result<CardRow, AppError> {
    let ctx = authorise(Right::View)?;
    let unknown = || AppError::invalid("code", "giftcards.unknown_code");
    let card = store::find_by_code(&ctx.state.db, &ctx.state.keys, &code, ctx.state.clock.now()).await?.ok_or_else(unknown)?;
    list::find(&ctx.state, ctx.scope(), card.id).await?.ok_or_else(unknown)
}

/// Issues a card to a customer; the answer is the one time that its code is told.
#[server(protocol = Wire)]
pub async fn issue_gift_card(id: CustomerId, form: IssueForm, key: String) -> Result<IssuedCodes, AppError> {
    let ctx = authorise(Right::AdjustMoney)?;
    let (settings, actor) = (ctx.state.settings(), ctx.actor());
    let amount = read_money(&form.amount, &form.currency)?;
    let expires = form.expiry.read(service::usual_expiry(&settings, actor.at), ctx.state.zone())?;
    let tx = ctx.state.db.begin().await?;
    let id = get_visible(&tx, ctx.scope(), id).await?;
    let new = NewCard {
        amount,
        customer: Some(id),
        expires,
        message: form.message.trim(),
        batch: "",
        order: None,
        key: &staff_key(ctx.staff.id, &key)?,
    };
    let issued = service::issue_audited(&tx, &settings, &ctx.state.keys, &actor, By::Staff(ctx.staff.id), new).await?;
    tx.commit().await?;
    Ok(IssuedCodes { batch: String::new(), amount, codes: issued.code.into_iter().collect() })
}

/// Issues a batch of cards for nobody in particular; the answer is the one time that their codes are told.
#[server(protocol = Wire)]
pub async fn issue_gift_card_batch(form: BatchForm, key: String) -> Result<IssuedCodes, AppError> {
    let ctx = authorise(Right::AdjustMoney)?;
    let (settings, actor) = (ctx.state.settings(), ctx.actor());
    let amount = read_money(&form.amount, &form.currency)?;
    let count = form.count.trim().parse().map_err(|_| AppError::invalid("count", "giftcards.count_invalid"))?;
    let batch = NewBatch {
        name: form.name.trim(),
        count,
        amount,
        expires: form.expiry.read(service::usual_expiry(&settings, actor.at), ctx.state.zone())?,
        key: &staff_key(ctx.staff.id, &key)?,
    };
    let tx = ctx.state.db.begin().await?;
    let issued = service::issue_batch(&tx, &settings, &ctx.state.keys, &actor, By::Staff(ctx.staff.id), batch).await?;
    tx.commit().await?;
    let codes = issued.into_iter().filter_map(|card| card.code).collect();
    Ok(IssuedCodes { batch: batch.name.to_owned(), amount, codes })
}

/// Turns a card, or a part of it, into a customer's store credit.
#[server(protocol = Wire)]
pub async fn redeem_gift_card(id: CustomerId, form: RedeemForm, key: String) -> Result<(), AppError> {
    let ctx = authorise(Right::AdjustMoney)?;
    let settings = ctx.state.settings();
    let amount = match form.amount.trim() {
        "" => None,
        typed => Some(read_amount(typed, settings.base_currency)?),
    };
    let tx = ctx.state.db.begin().await?;
    let id = get_visible(&tx, ctx.scope(), id).await?;
    let new = NewRedemption {
        card: form.card.map_or(WhichCard::Code(&form.code), WhichCard::Id),
        customer: id,
        amount,
        by: By::Staff(ctx.staff.id),
        key: &staff_key(ctx.staff.id, &key)?,
    };
    redeem(&tx, &settings, &ctx.state.keys, &ctx.actor(), new).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Disables a card, for a reason.
#[server(protocol = Wire)]
pub async fn disable_gift_card(card: GiftCardId, note: String) -> Result<(), AppError> {
    let ctx = authorise(Right::AdjustMoney)?;
    let tx = ctx.state.db.begin().await?;
    check_visible(&tx, &ctx, card).await?;
    service::disable(&tx, &ctx.actor(), card, &note).await?;
    Ok(tx.commit().await?)
}

/// Enables a card that was disabled.
#[server(protocol = Wire)]
pub async fn enable_gift_card(card: GiftCardId) -> Result<(), AppError> {
    let ctx = authorise(Right::AdjustMoney)?;
    let tx = ctx.state.db.begin().await?;
    check_visible(&tx, &ctx, card).await?;
    service::enable(&tx, &ctx.actor(), card).await?;
    Ok(tx.commit().await?)
}

/// That a card exists for who asks: its customer does, or it is nobody's.
#[cfg(feature = "ssr")]
async fn check_visible(q: &impl Query, ctx: &Context, card: GiftCardId) -> AppResult<()> {
    match store::get(q, card, ctx.state.clock.now()).await?.customer {
        Some(customer) => get_visible(q, ctx.scope(), customer).await.map(drop),
        None => Ok(()),
    }
}

/// An amount in a currency that is typed, too.
#[cfg(feature = "ssr")]
fn read_money(amount: &str, currency: &str) -> AppResult<Money> {
    let currency = Currency::parse(currency).filter(Currency::is_known);
    read_amount(amount, currency.ok_or_else(|| AppError::invalid("currency", "value.currency_unknown"))?)
}
