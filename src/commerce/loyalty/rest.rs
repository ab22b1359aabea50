//! Loyalty in the REST API.

use super::cash_value;
use super::service::{self, Adjustment};
use super::store::find_member;
use crate::base::CustomerId;
use crate::base::Timestamp;
use crate::commerce::ledger::rest::{LedgerEntry, entries};
use crate::commerce::ledger::{self, AccountKind, By, Reason};
use crate::customers::profile::store::get_visible;
use crate::office::apikeys::Scope::{MoveMoney, ReadMoney};
use crate::server::rest::{Amount, Answer, Call, Kind, Operation, Param, Reply, rfc3339};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const AT: &[Param] = &[Param { name: "at", kind: Kind::Text, about: "A place in the list: follow `next`" }];

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/customers/{id}/loyalty", ReadMoney, "get_loyalty", "A customer's points and tier", |c| Box::pin(get(c)))
            .gives::<Loyalty>(),
        Operation::post("/customers/{id}/loyalty", MoveMoney, "enrol", "Makes a customer a member", |c, tx| {
            Box::pin(enrol(c, tx))
        })
        .about("With a new card number; who is a member already stays as they are.")
        .gives::<Loyalty>(),
        Operation::get("/customers/{id}/points", ReadMoney, "list_points", "What moved a customer's points", |c| {
            Box::pin(list(c))
        })
        .about("Newest first.")
        .query(AT)
        .lists::<LedgerEntry>(),
        Operation::post("/customers/{id}/points", MoveMoney, "move_points", "Gives points, or takes some away", |c, tx| {
            Box::pin(adjust(c, tx))
        })
        .about(
            "Above zero gives, below zero takes away. Orders earn their points by themselves, and the tier goes by these alone. \
             The customer is told by email.",
        )
        .takes::<PointsInput>()
        .creates::<Loyalty>(),
    ]
}

/// What a customer has in the loyalty programme.
#[derive(Debug, Serialize, ToSchema)]
pub struct Loyalty {
    pub member: bool,
    pub card_number: Option<String>,
    /// The tier's code: `bronze`.
    pub tier: Option<String>,
    /// What can be spent now.
    pub points: i64,
    /// What these are worth.
    pub worth: Amount,
    /// Earned by purchases over the lifetime, less what refunds reversed: what the tier goes by.
    pub earned_points: i64,
    #[schema(format = DateTime)]
    pub member_since: Option<String>,
}

/// Why points are given or taken away.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PointsReason {
    Goodwill,
    Promotion,
    Loyalty,
    Correction,
}

/// Points to be given or taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PointsInput {
    #[schema(minimum = -1000000000, maximum = 1000000000)]
    pub points: i64,
    /// To take away it is `correction`.
    pub reason: PointsReason,
    #[schema(min_length = 1, max_length = 1000)]
    pub note: String,
}

async fn read(q: &impl Query, call: &Call, customer: CustomerId) -> Answer<Loyalty> {
    let settings = call.state.settings();
    let member = find_member(q, customer).await?;
    let points = match ledger::store::find_account(q, AccountKind::Points, customer).await? {
        Some(account) => ledger::store::spendable(q, account.id, call.now).await?,
        None => 0,
    };
    let worth = cash_value(points, settings.loyalty.points_per_unit, settings.base_currency);
    Ok(Loyalty {
        member: member.is_some(),
        points,
        worth: worth.into(),
        tier: member.as_ref().map(|member| member.tier.clone()).filter(|tier| !tier.is_empty()),
        earned_points: member.as_ref().map_or(0, |member| member.earned_points),
        member_since: member.as_ref().and_then(|member| rfc3339(Timestamp(member.enrolled_at))),
        card_number: member.map(|member| member.card_number),
    })
}

async fn get(call: &Call) -> Answer {
    let customer = get_visible(&call.state.db, None, call.id("id")?).await?;
    Reply::ok(&read(&call.state.db, call, customer).await?)
}

async fn list(call: &Call) -> Answer {
    let customer = get_visible(&call.state.db, None, call.id("id")?).await?;
    entries(call, AccountKind::Points, customer).await
}

async fn enrol(call: &Call, tx: &Tx) -> Answer {
    let customer = get_visible(tx, None, call.id("id")?).await?;
    service::enrol(tx, &call.state.settings(), &call.actor(), customer).await?;
    Reply::ok(&read(tx, call, customer).await?)
}

async fn adjust(call: &Call, tx: &Tx) -> Answer {
    let input: PointsInput = call.body()?;
    let customer = get_visible(tx, None, call.id("id")?).await?;
    let reason = match input.reason {
        PointsReason::Goodwill => Reason::Goodwill,
        PointsReason::Promotion => Reason::Promotion,
        PointsReason::Loyalty => Reason::Loyalty,
        PointsReason::Correction => Reason::Correction,
    };
    let adjustment = Adjustment { points: input.points, reason, note: &input.note, by: By::Program, key: &call.posting_key() };
    service::adjust(tx, &call.state.settings(), &call.actor(), customer, adjustment).await?;
    Reply::created(format!("/api/customers/{customer}/points"), &read(tx, call, customer).await?)
}
