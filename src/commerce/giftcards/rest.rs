//! Gift cards in the REST API. A code is sent in bodies only: addresses stand in logs.

use super::service::{self, NewCard};
use super::store::{self, Card};
use super::{CardStatus, NewRedemption, WhichCard, redeem};
use crate::base::{CustomerId, GiftCardId, Money};
use crate::commerce::ledger::By;
use crate::customers::profile::rest::named;
use crate::office::apikeys::Scope::{MoveMoney, ReadMoney};
use crate::server::Tx;
use crate::server::rest::{Amount, Answer, Call, Operation, Problem, Reply, instant, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let card = "/gift-cards/{card}";
    vec![
        Operation::post("/gift-cards", MoveMoney, "issue_gift_card", "Issues a gift card", |c, tx| Box::pin(issue(c, tx)))
            .about("The code is in this answer only. Where the card is for a customer, it is sent to them by email as well.")
            .takes::<GiftCardInput>()
            .creates::<IssuedGiftCard>(),
        Operation::ask("/gift-cards/check", ReadMoney, "check_gift_card", "What is on a gift card", |c| Box::pin(check(c)))
            .takes::<GiftCardCode>()
            .gives::<GiftCard>(),
        Operation::post("/gift-cards/redeem", MoveMoney, "redeem_gift_card", "Turns a gift card into store credit", |c, tx| {
            Box::pin(turn(c, tx))
        })
        .about("All that is left of it, or a part.")
        .takes::<RedemptionInput>()
        .gives::<RedeemedGiftCard>(),
        Operation::get(card, ReadMoney, "get_gift_card", "A gift card", |c| Box::pin(get(c))).gives::<GiftCard>(),
        Operation::post("/gift-cards/{card}/disable", MoveMoney, "disable_gift_card", "Disables a gift card", |c, tx| {
            Box::pin(disable(c, tx))
        })
        .about("It pays for nothing until it is enabled again; what is left of it stays.")
        .takes::<DisableInput>()
        .gives::<GiftCard>(),
        Operation::post("/gift-cards/{card}/enable", MoveMoney, "enable_gift_card", "Enables a gift card again", |c, tx| {
            Box::pin(enable(c, tx))
        })
        .gives::<GiftCard>(),
    ]
}

/// A card to be issued.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiftCardInput {
    /// In the card's own currency.
    pub amount: Amount,
    /// Who gets it.
    #[schema(minimum = 1)]
    pub customer_id: Option<i64>,
    /// Goes with it.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub message: String,
    /// As the settings say where it is left out.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

/// A gift card.
#[derive(Debug, Serialize, ToSchema)]
pub struct GiftCard {
    pub id: i64,
    /// The end of its code.
    pub last_four: String,
    pub status: CardStatus,
    pub initial: Amount,
    /// What can be spent.
    pub balance: Amount,
    pub customer_id: Option<i64>,
    /// Null is never.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

impl From<Card> for GiftCard {
    fn from(card: Card) -> Self {
        let amount = |minor| Amount::from(Money::new(minor, card.currency));
        Self {
            id: card.id.0,
            initial: amount(card.initial),
            balance: amount(card.balance),
            last_four: card.last_four,
            status: card.status,
            customer_id: card.customer.map(|customer| customer.0),
            expires_at: card.expires_at.and_then(rfc3339),
        }
    }
}

/// A card that was issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedGiftCard {
    /// Whoever knows it can spend the card.
    pub code: String,
    pub card: GiftCard,
}

/// The code of a card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiftCardCode {
    /// In either case of letters, with or without spaces and hyphens.
    #[schema(min_length = 1)]
    pub code: String,
}

/// A card, or a part of it, to become store credit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedemptionInput {
    #[schema(min_length = 1)]
    pub code: String,
    /// Whose credit it becomes.
    #[schema(minimum = 1)]
    pub customer_id: i64,
    /// All that is left where it is left out.
    pub amount: Option<Amount>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedeemedGiftCard {
    pub card: GiftCard,
    /// What went over.
    pub amount: Amount,
    /// The customer's store credit right after.
    pub store_credit: Amount,
}

/// Why a card is disabled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableInput {
    #[schema(min_length = 1, max_length = 1000)]
    pub note: String,
}

async fn issue(call: &Call, tx: &Tx) -> Answer {
    let input: GiftCardInput = call.body()?;
    let customer = match input.customer_id {
        Some(id) => Some(named(tx, "customer_id", CustomerId(id)).await?),
        None => None,
    };
    let (settings, keys, key) = (call.state.settings(), &call.state.keys, call.posting_key());
    let expires = input.expires_at.as_deref().map(|at| instant("expires_at", at)).transpose()?;
    let new = NewCard {
        amount: input.amount.money("amount")?,
        customer,
        expires: expires.or_else(|| service::usual_expiry(&settings, call.now)),
        message: &input.message,
        batch: "",
        order: None,
        key: &key,
    };
    let issued = service::issue_audited(tx, &settings, keys, &call.actor(), By::Program, new).await;
    let issued = issued.map_err(|error| Problem::from(error).renamed("expires", "expires_at"))?;
    let card = GiftCard::from(store::get(tx, issued.id, call.now).await?);
    // The key is new, so the code is here.
    let code = issued.code.unwrap_or_default();
    Reply::created(format!("/api/gift-cards/{}", issued.id), &IssuedGiftCard { code, card })
}

async fn check(call: &Call) -> Answer {
    let input: GiftCardCode = call.body()?;
    let found = store::find_by_code(&call.state.db, &call.state.keys, &input.code, call.now).await?;
    Reply::ok(&GiftCard::from(found.ok_or_else(|| Problem::invalid("code", "giftcards.unknown_code"))?))
}

async fn turn(call: &Call, tx: &Tx) -> Answer {
    let input: RedemptionInput = call.body()?;
    let (settings, key) = (call.state.settings(), call.posting_key());
    let new = NewRedemption {
        card: WhichCard::Code(&input.code),
        customer: named(tx, "customer_id", CustomerId(input.customer_id)).await?,
        amount: input.amount.as_ref().map(|amount| amount.money("amount")).transpose()?,
        by: By::Program,
        key: &key,
    };
    let redeemed = redeem(tx, &settings, &call.state.keys, &call.actor(), new).await?;
    let base = |minor| Amount::from(Money::new(minor, settings.base_currency));
    Reply::ok(&RedeemedGiftCard {
        card: store::get(tx, redeemed.card, call.now).await?.into(),
        amount: base(redeemed.credit.amount),
        store_credit: base(redeemed.credit.balance),
    })
}

async fn get(call: &Call) -> Answer {
    Reply::ok(&GiftCard::from(store::get(&call.state.db, call.id("card")?, call.now).await?))
}

async fn disable(call: &Call, tx: &Tx) -> Answer {
    let (card, input): (GiftCardId, DisableInput) = (call.id("card")?, call.body()?);
    service::disable(tx, &call.actor(), card, &input.note).await?;
    Reply::ok(&GiftCard::from(store::get(tx, card, call.now).await?))
}

async fn enable(call: &Call, tx: &Tx) -> Answer {
    let card: GiftCardId = call.id("card")?;
    service::enable(tx, &call.actor(), card).await?;
    Reply::ok(&GiftCard::from(store::get(tx, card, call.now).await?))
}
