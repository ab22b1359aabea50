//! Returns in the REST API.

use super::{NewReturn, RequestedBy, ReturnLine, ReturnReason, approve, receive, refund, refuse, request, store};
use crate::base::{AppError, OrderId, OrderLineId, ReturnId};
use crate::commerce::orders::rest::{Order, clerk, guard, reply};
use crate::commerce::payments::rest::Refunded;
use crate::commerce::payments::{RefundOutcome, RefundTo};
use crate::office::apikeys::Scope::{MoveMoney, WriteOrders};
use crate::server::Tx;
use crate::server::rest::{Amount, Answer, Call, Operation, Reply};
use serde::Deserialize;
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::post("/orders/{order}/returns", WriteOrders, "request_return", "Asks to send goods back", |c, tx| {
            Box::pin(ask(c, tx))
        })
        .takes::<ReturnInput>()
        .creates::<Order>()
        .guarded(),
        Operation::post("/returns/{return}/approve", WriteOrders, "approve_return", "Approves a return", |c, tx| {
            Box::pin(decide(c, tx, true))
        })
        .about("The goods may be sent.")
        .takes::<AnswerInput>()
        .gives::<Order>(),
        Operation::post("/returns/{return}/refuse", WriteOrders, "refuse_return", "Refuses a return", |c, tx| {
            Box::pin(decide(c, tx, false))
        })
        .about("`answer` says why.")
        .takes::<AnswerInput>()
        .gives::<Order>(),
        Operation::post(
            "/returns/{return}/receive",
            WriteOrders,
            "receive_return",
            "Says that returned goods have arrived",
            |c, tx| Box::pin(arrive(c, tx)),
        )
        .gives::<Order>(),
        Operation::post("/returns/{return}/refund", MoveMoney, "refund_return", "Gives money back for a return", |c, tx| {
            Box::pin(give_back(c, tx))
        })
        .about("What its goods cost, or `amount`; to where it was asked for, or `to`. An amount of 0 ends it without a refund.")
        .takes::<ReturnRefundInput>()
        .gives::<Refunded>(),
    ]
}

/// Goods that shall come back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnInput {
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Vec<ReturnLineInput>,
    pub reason: ReturnReason,
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: String,
    /// Where the money shall go.
    pub refund_to: RefundTo,
    /// Who asks: the customer, where it is not said.
    #[serde(default)]
    pub by_program: bool,
}

/// How much of a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnLineInput {
    /// The `id` of the order's line.
    #[schema(minimum = 1)]
    pub line_id: i64,
    #[schema(minimum = 1, maximum = 1000000)]
    pub quantity: i64,
}

/// What is answered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerInput {
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub answer: String,
}

/// What is given back for a return.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnRefundInput {
    pub amount: Option<Amount>,
    pub to: Option<RefundTo>,
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: String,
}

async fn ask(call: &Call, tx: &Tx) -> Answer {
    let input: ReturnInput = call.body()?;
    let order = guard(call, tx).await?;
    let settings = call.state.settings();
    let line = |line: &ReturnLineInput| ReturnLine { line: OrderLineId(line.line_id), quantity: line.quantity };
    let lines: Vec<ReturnLine> = input.lines.iter().map(line).collect();
    let new = NewReturn {
        lines: &lines,
        reason: input.reason,
        note: &input.note,
        refund_to: input.refund_to,
        requested_by: if input.by_program { RequestedBy::Program } else { RequestedBy::Customer },
    };
    request(tx, &clerk(call, &settings), order, new).await?;
    let asked = reply(tx, call, order).await?;
    Ok(Reply { status: 201, ..asked }.at(format!("/api/orders/{order}")))
}

/// The return of the path and its order.
async fn found(call: &Call, tx: &Tx) -> Answer<(ReturnId, OrderId)> {
    let id: ReturnId = call.id("return")?;
    let row = store::find(tx, id).await?.ok_or(AppError::NotFound)?;
    Ok((id, OrderId(row.order_id)))
}

async fn decide(call: &Call, tx: &Tx, approved: bool) -> Answer {
    let input: AnswerInput = call.body()?;
    let (id, order) = found(call, tx).await?;
    let settings = call.state.settings();
    let clerk = clerk(call, &settings);
    if approved {
        approve(tx, &clerk, id, &input.answer).await?;
    } else {
        refuse(tx, &clerk, id, &input.answer).await?;
    }
    reply(tx, call, order).await
}

async fn arrive(call: &Call, tx: &Tx) -> Answer {
    let (id, order) = found(call, tx).await?;
    let settings = call.state.settings();
    receive(tx, &clerk(call, &settings), id).await?;
    reply(tx, call, order).await
}

async fn give_back(call: &Call, tx: &Tx) -> Answer {
    let input: ReturnRefundInput = call.body()?;
    let (id, order) = found(call, tx).await?;
    let amount = input.amount.as_ref().map(|amount| amount.money("amount")).transpose()?;
    let settings = call.state.settings();
    let outcome = refund(tx, &clerk(call, &settings), id, amount, input.to, &input.reason).await?;
    let nothing = RefundOutcome { gift_card_code: None, points_taken_back: 0, points_written_off: 0 };
    Reply::ok(&Refunded::new(tx, call, order, outcome.unwrap_or(nothing)).await?)
}
