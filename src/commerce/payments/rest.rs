//! Payments, refunds and cancelling in the REST API.

use super::{Method, NewPayment, Refund, RefundOutcome, RefundTo, authorise, cancel, capture, record, refund, store, void};
use crate::base::{AppError, OrderId, PaymentId};
use crate::commerce::orders::rest::{Order, clerk, guard, reply, whole};
use crate::office::apikeys::Scope::{MoveMoney, WriteOrders};
use crate::server::Tx;
use crate::server::rest::{Amount, Answer, Call, Operation, Reply};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::post("/orders/{order}/payments", WriteOrders, "pay_order", "Records a payment", |c, tx| {
            Box::pin(pay(c, tx))
        })
        .about("By store credit, gift card or points it is made here and now; anything else was made elsewhere.")
        .takes::<NewOrderPayment>()
        .creates::<Order>()
        .guarded(),
        Operation::post(
            "/orders/{order}/payments/{payment}/capture",
            WriteOrders,
            "capture_payment",
            "Takes what was authorised",
            |c, tx| Box::pin(take(c, tx)),
        )
        .about("All of it or less; the rest is let go.")
        .takes::<CaptureInput>()
        .gives::<Order>(),
        Operation::post("/orders/{order}/payments/{payment}/void", WriteOrders, "void_payment", "Lets go what was authorised", |c, tx| {
            Box::pin(let_go(c, tx))
        })
        .gives::<Order>(),
        Operation::post("/orders/{order}/refunds", MoveMoney, "refund_order", "Gives money back", |c, tx| {
            Box::pin(give_back(c, tx))
        })
        .about("To what paid, as store credit, or on a new gift card. Points that the order earned are taken back in proportion.")
        .takes::<RefundInput>()
        .creates::<Refunded>()
        .guarded(),
        Operation::post("/orders/{order}/cancel", WriteOrders, "cancel_order", "Cancels an order", |c, tx| {
            Box::pin(end(c, tx))
        })
        .about("What was paid comes back to what paid it; codes can be used again. An order that was shipped is returned instead.")
        .takes::<CancelInput>()
        .gives::<Refunded>()
        .guarded(),
    ]
}

/// A payment to be recorded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrderPayment {
    pub method: Method,
    /// In the order's currency.
    pub amount: Amount,
    /// The provider's; of a gift card its code, which is not kept.
    #[serde(default)]
    #[schema(max_length = 120)]
    pub reference: String,
    /// Promised by the provider, to be captured later.
    #[serde(default)]
    pub authorise: bool,
}

/// How much is taken.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptureInput {
    /// All of it where it is left out.
    pub amount: Option<Amount>,
}

/// Money to be given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundInput {
    /// In the order's currency.
    pub amount: Amount,
    pub to: RefundTo,
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: String,
}

/// Why an order is cancelled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelInput {
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: String,
}

/// What came of giving money back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refunded {
    pub order: Order,
    /// Of a new gift card: in this answer only.
    pub gift_card_code: Option<String>,
    /// Points that the order had earned and that were taken back.
    pub points_taken_back: i64,
    /// Points that should have been taken back and were spent already.
    pub points_written_off: i64,
}

impl Refunded {
    /// With the order as it is now.
    pub(in crate::commerce) async fn new(tx: &Tx, call: &Call, order: OrderId, outcome: RefundOutcome) -> Answer<Self> {
        Ok(Self {
            order: whole(tx, call, order).await?,
            gift_card_code: outcome.gift_card_code,
            points_taken_back: outcome.points_taken_back,
            points_written_off: outcome.points_written_off,
        })
    }
}

/// As an answer that made something at the order's address.
fn made(reply: Reply, order: OrderId) -> Reply {
    Reply { status: 201, ..reply }.at(format!("/api/orders/{order}"))
}

async fn pay(call: &Call, tx: &Tx) -> Answer {
    let input: NewOrderPayment = call.body()?;
    let order = guard(call, tx).await?;
    let settings = call.state.settings();
    let clerk = clerk(call, &settings);
    let new = NewPayment { method: input.method, amount: input.amount.money("amount")?, reference: &input.reference };
    if input.authorise {
        authorise(tx, &clerk, order, new).await?;
    } else {
        record(tx, &clerk, order, new).await?;
    }
    Ok(made(reply(tx, call, order).await?, order))
}

/// The payment of the path, which must be the order's.
async fn payment(call: &Call, tx: &Tx) -> Answer<(OrderId, PaymentId)> {
    let (order, payment): (OrderId, PaymentId) = (call.id("order")?, call.id("payment")?);
    let found = store::of_order(tx, order).await?.into_iter().any(|row| row.id == payment.0);
    if found { Ok((order, payment)) } else { Err(AppError::NotFound.into()) }
}

async fn take(call: &Call, tx: &Tx) -> Answer {
    let input: CaptureInput = call.body()?;
    let (order, payment) = payment(call, tx).await?;
    let amount = input.amount.as_ref().map(|amount| amount.money("amount")).transpose()?;
    let settings = call.state.settings();
    capture(tx, &clerk(call, &settings), payment, amount).await?;
    reply(tx, call, order).await
}

async fn let_go(call: &Call, tx: &Tx) -> Answer {
    let (order, payment) = payment(call, tx).await?;
    let settings = call.state.settings();
    void(tx, &clerk(call, &settings), payment).await?;
    reply(tx, call, order).await
}

async fn give_back(call: &Call, tx: &Tx) -> Answer {
    let input: RefundInput = call.body()?;
    let order = guard(call, tx).await?;
    let settings = call.state.settings();
    let new = Refund { amount: input.amount.money("amount")?, to: input.to, reason: &input.reason, of_return: None };
    let refunded = refund(tx, &clerk(call, &settings), order, new).await?;
    let shown = Refunded::new(tx, call, order, refunded.outcome).await?;
    Ok(made(Reply::ok(&shown)?, order))
}

async fn end(call: &Call, tx: &Tx) -> Answer {
    let input: CancelInput = call.body()?;
    let order = guard(call, tx).await?;
    let settings = call.state.settings();
    let outcome = cancel(tx, &clerk(call, &settings), order, &input.reason).await?;
    Reply::ok(&Refunded::new(tx, call, order, outcome).await?)
}
