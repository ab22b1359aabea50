//! Ordering through the REST API: a draft, or a checkout in one request; and the carts of the shop front.

use super::rest_input::{CompleteInput, LineInput, OrderInput};
use super::{NewDraft, Quote, QuoteLine, ReorderChange, ReorderDifference, carts, checkout, complete, reorder, service, store};
use crate::base::{AppError, Currency, CustomerId, Money, OrderId};
use crate::commerce::orders::DraftKind;
use crate::commerce::orders::rest::{Order, PriceStep, clerk, guard, reply};
use crate::customers::profile::store::get_visible;
use crate::office::apikeys::Scope::{ReadOrders, Track, WriteOrders};
use crate::server::Tx;
use crate::server::rest::{Amount, Answer, Call, Operation, Problem, Reply, is_token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let order = "/orders/{order}";
    vec![
        Operation::post("/customers/{id}/orders", WriteOrders, "create_order", "Orders something, or drafts it", |c, tx| {
            Box::pin(create(c, tx))
        })
        .about(
            "Without `complete` it is a draft, which is priced and can be changed. With it the order is placed in this one request: \
             store credit is used first (unless `store_credit` says otherwise), then gift cards, then points, and `payment` says \
             what becomes of the rest. Everything happens, or nothing. Addresses that are left out are the customer's defaults.",
        )
        .takes::<OrderInput>()
        .creates::<Order>(),
        Operation::put(order, WriteOrders, "change_draft", "Changes a draft", |c, tx| Box::pin(change(c, tx)))
            .about("All of it; with `complete` it is placed as well.")
            .takes::<OrderInput>()
            .gives::<Order>()
            .guarded(),
        Operation::get("/orders/{order}/quote", ReadOrders, "quote_draft", "What a draft comes to, step by step", |c| {
            Box::pin(quote(c))
        })
        .about("At today's prices, with what stands in the way of placing it.")
        .gives::<DraftQuote>()
        .may_conflict(),
        Operation::post("/orders/{order}/complete", WriteOrders, "complete_draft", "Places a draft", |c, tx| {
            Box::pin(place(c, tx))
        })
        .about("Refused (409) where it costs something else by now than when it was saved, unless `accept_changes` says so.")
        .takes::<CompleteInput>()
        .gives::<Order>()
        .guarded(),
        Operation::post("/orders/{order}/reorder", WriteOrders, "reorder", "Drafts the same again", |c, tx| {
            Box::pin(again(c, tx))
        })
        .about("At today's prices; what is not as it was is listed.")
        .creates::<ReorderedDraft>(),
        Operation::delete(order, WriteOrders, "delete_draft", "Deletes a draft", |c, tx| Box::pin(delete(c, tx))).guarded(),
        Operation::put("/carts/{token}", Track, "put_cart", "What is in a cart of the shop front", |c, tx| Box::pin(cart(c, tx)))
            .about(
                "Of a customer whose email is known: the cart stands among their drafts, as an abandoned one once nothing happened \
                 in it for a while. Without lines it goes. The token is the shop front's own; after an order it begins a new cart.",
            )
            .texts(&["token"])
            .takes::<CartInput>()
            .gives::<Cart>(),
    ]
}

/// What a draft comes to now. Amounts are in its currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftQuote {
    pub lines: Vec<QuotedLine>,
    /// How what is due came about; all steps add up to it.
    pub steps: Vec<PriceStep>,
    /// Null while there is nothing to be priced.
    pub total: Option<Amount>,
    /// What store credit, gift cards and points leave to be paid.
    pub due: Option<Amount>,
    /// Store credit that there is, in the base currency.
    pub store_credit: Amount,
    pub points: i64,
    /// The customer may pay so many days later.
    pub terms_days: i64,
    /// What stands in the way of placing it.
    pub problems: Vec<QuoteProblem>,
}

/// A line of a quote.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotedLine {
    pub sku: String,
    pub name: String,
    pub quantity: i64,
    pub unit_price: Option<Amount>,
    pub discount: Option<Amount>,
    pub total: Option<Amount>,
}

/// What stands in the way.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteProblem {
    pub field: String,
    pub detail: String,
}

/// A draft of what was ordered before.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReorderedDraft {
    pub order_id: i64,
    pub changes: Vec<ReorderedChange>,
}

/// Something that is not as it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReorderedChange {
    pub name: String,
    /// `missing`, `not_yet` or `price`.
    pub what: &'static str,
    pub before: Option<Amount>,
    pub now: Option<Amount>,
}

/// What is in a cart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartInput {
    /// Of the customer.
    #[schema(min_length = 3)]
    pub email: String,
    #[schema(max_items = 200)]
    pub lines: Vec<LineInput>,
    #[serde(default)]
    #[schema(max_items = 10)]
    pub codes: Vec<String>,
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
}

/// A cart as it was kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cart {
    pub customer_id: i64,
    /// The draft; null for an empty cart.
    pub order_id: Option<i64>,
}

async fn create(call: &Call, tx: &Tx) -> Answer {
    let input: OrderInput = call.body()?;
    let customer = get_visible(tx, None, call.id("id")?).await?;
    let settings = call.state.settings();
    let clerk = clerk(call, &settings);
    let new = NewDraft {
        customer,
        store: input.store_id,
        kind: DraftKind::Staff,
        currency: input.currency.as_deref(),
        rate: input.rate.as_deref(),
        edit: input.edit(tx).await?,
    };
    let named = |error: AppError| Problem::from(error).renamed("store", "store_id");
    let order = match input.completion() {
        Some(completion) => {
            let placed = checkout(tx, &clerk, new, &completion.payment).await.map_err(named)?;
            input.check_amounts(placed.total)?;
            placed.order
        }
        None => {
            let order = service::create(tx, &clerk, new).await.map_err(named)?;
            input.check_amounts(store::get(tx, order).await?.total())?;
            order
        }
    };
    let made = reply(tx, call, order).await?;
    Ok(Reply { status: 201, ..made }.at(format!("/api/orders/{order}")))
}

async fn change(call: &Call, tx: &Tx) -> Answer {
    let input: OrderInput = call.body()?;
    let order = guard(call, tx).await?;
    input.check_fixed()?;
    let settings = call.state.settings();
    let clerk = clerk(call, &settings);
    service::change(tx, &clerk, order, None, &input.edit(tx).await?).await?;
    input.check_amounts(store::get(tx, order).await?.total())?;
    if let Some(completion) = input.completion() {
        complete(tx, &clerk, order, &completion).await?;
    }
    reply(tx, call, order).await
}

async fn quote(call: &Call) -> Answer {
    let order: OrderId = call.id("order")?;
    let settings = call.state.settings();
    let draft = store::get(&call.state.db, order).await?;
    let quote = service::price(&call.state.db, &clerk(call, &settings), order, &draft.edit()).await?;
    Reply::ok(&shown(call, quote, draft.currency))
}

fn shown(call: &Call, quote: Quote, currency: Currency) -> DraftQuote {
    let amount = |minor| Amount::from(Money::new(minor, currency));
    let line = |line: QuoteLine| QuotedLine {
        sku: line.sku,
        name: line.name,
        quantity: line.quantity,
        unit_price: line.priced.map(|priced| amount(priced.unit_price)),
        discount: line.priced.map(|priced| amount(priced.group_discount + priced.code_discount)),
        total: line.priced.map(|priced| amount(priced.total)),
    };
    let (total, due) = (quote.priced.as_ref().map(|priced| priced.total), quote.priced.as_ref().map(|priced| priced.due));
    let steps = quote.priced.map(|priced| priced.steps).unwrap_or_default();
    DraftQuote {
        lines: quote.lines.into_iter().map(line).collect(),
        steps: steps.into_iter().map(|step| PriceStep::new(step, currency)).collect(),
        total: total.map(amount),
        due: due.map(amount),
        store_credit: quote.credit.into(),
        points: quote.points,
        terms_days: quote.terms_days,
        problems: quote
            .problems
            .into_iter()
            .map(|problem| QuoteProblem { detail: call.lang.dynamic(&problem.message), field: problem.field })
            .collect(),
    }
}

async fn place(call: &Call, tx: &Tx) -> Answer {
    let input: CompleteInput = call.body()?;
    let order = guard(call, tx).await?;
    let settings = call.state.settings();
    complete(tx, &clerk(call, &settings), order, &input.completion()).await?;
    reply(tx, call, order).await
}

async fn again(call: &Call, tx: &Tx) -> Answer {
    let settings = call.state.settings();
    let made = reorder(tx, &clerk(call, &settings), call.id("order")?).await?;
    let change = |change: ReorderChange| {
        let (what, before, now) = match change.what {
            ReorderDifference::Missing => ("missing", None, None),
            ReorderDifference::NotYet => ("not_yet", None, None),
            ReorderDifference::Price { before, now } => ("price", Some(before.into()), Some(now.into())),
        };
        ReorderedChange { name: change.name, what, before, now }
    };
    let shown = ReorderedDraft { order_id: made.draft.0, changes: made.changes.into_iter().map(change).collect() };
    Reply::created(format!("/api/orders/{}", made.draft), &shown)
}

async fn delete(call: &Call, tx: &Tx) -> Answer {
    let order = guard(call, tx).await?;
    let settings = call.state.settings();
    service::delete(tx, &clerk(call, &settings), order).await?;
    Ok(Reply::nothing())
}

async fn cart(call: &Call, tx: &Tx) -> Answer {
    let input: CartInput = call.body()?;
    let token = call.text("token")?;
    if !is_token(token) {
        return Err(Problem::invalid("token", "api.token_invalid"));
    }
    let customer: CustomerId =
        carts::customer_of(tx, &input.email).await?.ok_or_else(|| Problem::invalid("email", "api.customer_unknown"))?;
    let settings = call.state.settings();
    let order = carts::put(tx, &clerk(call, &settings), token, customer, &input).await?;
    Reply::ok(&Cart { customer_id: customer.0, order_id: order.map(|order| order.0) })
}
