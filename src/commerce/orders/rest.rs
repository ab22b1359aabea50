//! Orders in the REST API: lists and one order with everything that belongs to it.

use super::{
    Clerk, DraftKind, FulfilmentState, OrderAddress, OrderDetail, OrderLine, OrderList, OrderQuery, OrderRow, OrderStatus,
    PaymentState, PaymentStatus, service, write,
};
use crate::base::{Currency, Money, OrderId};
use crate::commerce::ledger::By;
use crate::commerce::payments::RefundTo;
use crate::commerce::pricing::{Step, StepKind};
use crate::commerce::returns::{Return, ReturnReason, ReturnStatus};
use crate::commerce::shipments::Shipment;
use crate::office::apikeys::Scope::ReadOrders;
use crate::office::settings::ShopSettings;
use crate::server::rest::{Amount, Answer, Call, Kind, Operation, PageOf, Param, Problem, Reply, etag, rfc3339};
use crate::server::{Query, Tx};
use serde::Serialize;
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/orders", ReadOrders, "list_orders", "Orders, searched, filtered and sorted", |c| Box::pin(list(c)))
            .about("Of all customers; with `drafts=1` the drafts instead.")
            .query(PARAMS)
            .lists::<ListedOrder>(),
        Operation::get("/orders/{order}", ReadOrders, "get_order", "An order", |c| Box::pin(get(c)))
            .about("Or a draft, which has no number yet.")
            .gives::<Order>(),
        Operation::get("/customers/{id}/orders", ReadOrders, "list_customer_orders", "A customer's orders", |c| {
            Box::pin(list_of_customer(c))
        })
        .about("With `drafts=1` the drafts too.")
        .query(PARAMS)
        .lists::<ListedOrder>(),
    ]
}

const fn param(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, kind, about }
}

const STATES: &[&str] = &[
    "unpaid",
    "authorised",
    "paid",
    "part_refunded",
    "refunded",
    "unfulfilled",
    "shipped",
    "delivered",
    "part_returned",
    "returned",
    "cancelled",
];
const SORTS: &[&str] = &["date", "-date", "total", "-total", "items", "-items"];

const PARAMS: &[Param] = &[
    param("q", Kind::Text, "The number or its beginning; the buyer, or in a customer's orders what was bought"),
    param("state", Kind::Choice(STATES), "In this state"),
    param("days", Kind::Integer, "In its present state for more than so many days; without `state` what is still under way"),
    param("from", Kind::Day, "Placed on this day or later"),
    param("to", Kind::Day, "Placed on this day or earlier"),
    param("drafts", Kind::Choice(&["1"]), "What was never placed"),
    param("sort", Kind::Choice(SORTS), "With a minus the other way round; `-date` where it is left out"),
    param("at", Kind::Text, "A place in the list: follow `next` and `previous`"),
];

/// An order in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedOrder {
    pub id: i64,
    /// Null for drafts.
    pub number: Option<String>,
    pub status: OrderStatus,
    /// Why a draft has not been placed; null for orders.
    pub draft_kind: Option<DraftKind>,
    pub payment: PaymentState,
    pub fulfilment: FulfilmentState,
    pub store: String,
    pub customer: i64,
    /// Pieces over all lines.
    pub units: i64,
    /// Tax and shipping included.
    pub total: Amount,
    /// Null for drafts.
    #[schema(format = DateTime)]
    pub placed_at: Option<String>,
}

impl From<OrderRow> for ListedOrder {
    fn from(row: OrderRow) -> Self {
        Self {
            id: row.id.0,
            number: row.number,
            status: row.status,
            draft_kind: row.draft,
            payment: row.payment,
            fulfilment: row.fulfilment,
            store: row.store,
            customer: row.buyer.id.0,
            units: row.units,
            total: row.total.into(),
            placed_at: (row.status != OrderStatus::Draft).then(|| rfc3339(row.at.at)).flatten(),
        }
    }
}

/// An order with everything that belongs to it. Amounts are in the order's own currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Order {
    pub id: i64,
    /// Null for drafts.
    pub number: Option<String>,
    pub status: OrderStatus,
    /// Why a draft has not been placed; null for orders.
    pub draft_kind: Option<DraftKind>,
    pub payment: PaymentState,
    pub fulfilment: FulfilmentState,
    pub store: String,
    pub customer: i64,
    #[schema(format = DateTime)]
    pub created_at: Option<String>,
    /// Null for drafts.
    #[schema(format = DateTime)]
    pub placed_at: Option<String>,
    /// Until when it is to be paid, where that is not at once.
    #[schema(format = DateTime)]
    pub due_at: Option<String>,
    /// Since when it has been in its present state.
    #[schema(format = DateTime)]
    pub state_since: Option<String>,
    /// How it came in: `staff`, `api`, `portal` or `import`.
    pub channel: String,
    pub lines: Vec<Line>,
    pub subtotal: Amount,
    pub discount: Amount,
    pub shipping: Amount,
    pub tax: Amount,
    pub total: Amount,
    pub paid: Amount,
    /// What is still to be paid.
    pub due: Amount,
    pub refunded: Amount,
    /// How the price came about, of an order that was placed here.
    pub steps: Vec<PriceStep>,
    pub payments: Vec<OrderPayment>,
    pub refunds: Vec<OrderRefund>,
    pub shipments: Vec<OrderShipment>,
    pub returns: Vec<OrderReturn>,
    pub points: PointsOfOrder,
    pub shipping_address: Option<PostalAddress>,
    pub billing_address: Option<PostalAddress>,
    pub tracking: String,
    /// Newest first.
    pub history: Vec<OrderStep>,
}

/// A step of the explanation of a price.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceStep {
    pub kind: StepKind,
    /// Which code or gift card.
    pub subject: String,
    /// Below zero where it became cheaper.
    pub change: Amount,
}

impl PriceStep {
    /// A step of a price in this currency.
    pub(in crate::commerce) fn new(step: Step, currency: Currency) -> Self {
        Self { kind: step.kind, subject: step.subject, change: Money::new(step.change, currency).into() }
    }
}

/// A line of an order: what was bought, as it was called then.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    pub id: i64,
    pub sku: String,
    pub name: String,
    pub quantity: i64,
    pub unit_price: Amount,
    pub discount: Amount,
    pub tax: Amount,
    pub total: Amount,
    /// Pieces that returns hold which were not refused.
    pub returned: i64,
}

impl From<OrderLine> for Line {
    fn from(line: OrderLine) -> Self {
        Self {
            id: line.id.0,
            returned: line.returned,
            sku: line.sku,
            name: line.name,
            quantity: line.quantity,
            unit_price: line.unit_price.into(),
            discount: line.discount.into(),
            tax: line.tax.into(),
            total: line.total.into(),
        }
    }
}

/// A payment or an attempt at one.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderPayment {
    pub id: i64,
    /// `card`, `bank_transfer`, `cash`, `credit`, `gift_card`, `points`, `other`.
    pub method: String,
    pub status: PaymentStatus,
    pub amount: Amount,
    /// What came back of it.
    pub refunded: Amount,
    /// Loyalty points that it cost.
    pub points: i64,
    pub reference: String,
    #[schema(format = DateTime)]
    pub at: Option<String>,
}

/// Money given back.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderRefund {
    pub amount: Amount,
    pub reason: String,
    #[schema(format = DateTime)]
    pub at: Option<String>,
}

/// A parcel of an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderShipment {
    pub id: i64,
    pub carrier: String,
    pub tracking: String,
    #[schema(format = DateTime)]
    pub shipped_at: Option<String>,
    /// Null while it is under way.
    #[schema(format = DateTime)]
    pub delivered_at: Option<String>,
}

impl From<Shipment> for OrderShipment {
    fn from(shipment: Shipment) -> Self {
        Self {
            id: shipment.id.0,
            carrier: shipment.carrier,
            tracking: shipment.tracking,
            shipped_at: rfc3339(shipment.shipped.at),
            delivered_at: shipment.delivered.and_then(|moment| rfc3339(moment.at)),
        }
    }
}

/// Goods that come back, or shall.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderReturn {
    pub id: i64,
    pub number: String,
    pub status: ReturnStatus,
    pub reason: ReturnReason,
    pub note: String,
    pub answer: String,
    pub refund_to: RefundTo,
    pub lines: Vec<OrderReturnLine>,
    /// What its goods cost.
    pub worth: Amount,
    /// What was given back for it.
    pub given_back: Option<Amount>,
    #[schema(format = DateTime)]
    pub requested_at: Option<String>,
}

/// How much of a line comes back.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderReturnLine {
    pub line_id: i64,
    pub quantity: i64,
}

impl From<Return> for OrderReturn {
    fn from(goods: Return) -> Self {
        Self {
            id: goods.id.0,
            number: goods.number,
            status: goods.status,
            reason: goods.reason,
            note: goods.note,
            answer: goods.answer,
            refund_to: goods.refund_to,
            lines: goods
                .lines
                .into_iter()
                .map(|line| OrderReturnLine { line_id: line.line.0, quantity: line.quantity })
                .collect(),
            worth: goods.worth.into(),
            given_back: goods.given_back.map(Amount::from),
            requested_at: rfc3339(goods.requested.at),
        }
    }
}

/// Points that an order earned, and what its refunds took back of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointsOfOrder {
    pub earned: i64,
    pub taken_back: i64,
    /// They should have been taken back and were spent already.
    pub written_off: i64,
}

/// An address as it was when the order was placed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostalAddress {
    pub recipient: String,
    pub company: String,
    pub street: String,
    pub line2: String,
    pub postal_code: String,
    pub city: String,
    pub region: String,
    pub country: String,
    pub phone: String,
}

impl From<OrderAddress> for PostalAddress {
    fn from(address: OrderAddress) -> Self {
        Self {
            recipient: address.recipient,
            company: address.company,
            street: address.street,
            line2: address.line2,
            postal_code: address.postal_code,
            city: address.city,
            region: address.region,
            country: address.country,
            phone: address.phone,
        }
    }
}

/// Something that happened to an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderStep {
    /// `placed`, `shipped`, …
    pub kind: String,
    pub detail: String,
    /// Who of the staff did it.
    pub by: Option<String>,
    #[schema(format = DateTime)]
    pub at: Option<String>,
}

impl From<OrderDetail> for Order {
    fn from(detail: OrderDetail) -> Self {
        let totals = detail.totals;
        let currency = totals.total.currency;
        let listed = ListedOrder::from(detail.order);
        let payment = |payment: super::Payment| OrderPayment {
            id: payment.id.0,
            method: payment.method,
            status: payment.status,
            amount: payment.amount.into(),
            refunded: payment.refunded.into(),
            points: payment.points,
            reference: payment.reference,
            at: rfc3339(payment.at.at),
        };
        let refund = |refund: super::Refund| OrderRefund {
            amount: refund.amount.into(),
            reason: refund.reason,
            at: rfc3339(refund.at.at),
        };
        let step =
            |step: super::HistoryEntry| OrderStep { kind: step.kind, detail: step.detail, by: step.by, at: rfc3339(step.at.at) };
        Self {
            id: listed.id,
            number: listed.number,
            status: listed.status,
            draft_kind: listed.draft_kind,
            payment: listed.payment,
            fulfilment: listed.fulfilment,
            store: listed.store,
            customer: listed.customer,
            created_at: rfc3339(detail.created.at),
            placed_at: listed.placed_at,
            due_at: detail.due_at.and_then(|moment| rfc3339(moment.at)),
            channel: detail.channel,
            state_since: rfc3339(detail.state_since.at),
            lines: detail.lines.into_iter().map(Line::from).collect(),
            subtotal: totals.subtotal.into(),
            discount: totals.discount.into(),
            shipping: totals.shipping.into(),
            tax: totals.tax.into(),
            total: listed.total,
            paid: totals.paid.into(),
            due: totals.due.into(),
            refunded: totals.refunded.into(),
            steps: detail.steps.into_iter().map(|step| PriceStep::new(step, currency)).collect(),
            payments: detail.payments.into_iter().map(payment).collect(),
            refunds: detail.refunds.into_iter().map(refund).collect(),
            shipments: detail.shipments.into_iter().map(OrderShipment::from).collect(),
            returns: detail.returns.into_iter().map(OrderReturn::from).collect(),
            points: PointsOfOrder {
                earned: detail.points.earned,
                taken_back: detail.points.taken_back,
                written_off: detail.points.written_off,
            },
            shipping_address: detail.addresses.shipping.map(PostalAddress::from),
            billing_address: detail.addresses.billing.map(PostalAddress::from),
            tracking: detail.tracking,
            history: detail.history.into_iter().map(step).collect(),
        }
    }
}

async fn list(call: &Call) -> Answer {
    let query = read(call)?;
    let found = service::of_all(call.viewer(), &query).await?;
    page(call, &query, found)
}

async fn list_of_customer(call: &Call) -> Answer {
    let query = read(call)?;
    let found = service::of_customer(call.viewer(), call.id("id")?, &query).await?;
    page(call, &query, found)
}

async fn get(call: &Call) -> Answer {
    reply(&call.state.db, call, call.id("order")?).await
}

/// An order as it is now, with its tag.
pub(in crate::commerce) async fn reply(q: &impl Query, call: &Call, order: OrderId) -> Answer {
    let order = whole(q, call, order).await?;
    Ok(Reply::ok(&order)?.tagged(etag(&order)))
}

/// An order as it is now.
pub(in crate::commerce) async fn whole(q: &impl Query, call: &Call, order: OrderId) -> Answer<Order> {
    Ok(service::order(q, call.viewer(), order).await?.into())
}

/// A program at work.
pub(in crate::commerce) fn clerk<'a>(call: &'a Call, settings: &'a ShopSettings) -> Clerk<'a> {
    Clerk::new(&call.state, settings, By::Program, call.actor())
}

/// The order of the path, locked, as `If-Match` wants it.
pub(in crate::commerce) async fn guard(call: &Call, tx: &Tx) -> Answer<OrderId> {
    let order: OrderId = call.id("order")?;
    write::hold(tx, order).await?;
    if call.is_guarded() {
        call.expect_version(&etag(&whole(tx, call, order).await?))?;
    }
    Ok(order)
}

/// On the screen what does not read is left out and named; a program must not be given everything.
fn read(call: &Call) -> Answer<OrderQuery> {
    let (query, ignored) = OrderQuery::parse(call.query());
    ignored.into_iter().next().map_or(Ok(query), |name| Err(unread(name)))
}

fn unread(name: String) -> Problem {
    Problem::parameter(name, "This value does not read; the documentation says which there are.")
}

fn page(call: &Call, query: &OrderQuery, found: OrderList) -> Answer {
    if let Some(name) = found.ignored.into_iter().next() {
        return Err(unread(name));
    }
    let link = |position: Option<String>| position.map(|at| call.link(&query.at(Some(at)).to_query()));
    Reply::ok(&PageOf {
        items: found.rows.into_iter().map(ListedOrder::from).collect(),
        total: found.total.and_then(|total| u64::try_from(total).ok()),
        next: link(found.next),
        previous: link(found.previous),
    })
}
