//! Orders in the REST API: lists and one order with everything that belongs to it.

use super::{
    DraftKind, FulfilmentState, OrderAddress, OrderDetail, OrderLine, OrderList, OrderQuery, OrderRow, OrderStatus, PaymentState,
    PaymentStatus, service,
};
use crate::base::OrderId;
use crate::office::apikeys::Scope::ReadOrders;
use crate::server::rest::{Amount, Answer, Call, Kind, Operation, PageOf, Param, Problem, Reply, rfc3339};
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
    /// Since when it has been in its present state.
    #[schema(format = DateTime)]
    pub state_since: Option<String>,
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
    pub payments: Vec<OrderPayment>,
    pub refunds: Vec<OrderRefund>,
    pub shipping_address: Option<PostalAddress>,
    pub billing_address: Option<PostalAddress>,
    pub tracking: String,
    /// Newest first.
    pub history: Vec<OrderStep>,
}

/// A line of an order: what was bought, as it was called then.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    pub sku: String,
    pub name: String,
    pub quantity: i64,
    pub unit_price: Amount,
    pub discount: Amount,
    pub tax: Amount,
    pub total: Amount,
}

impl From<OrderLine> for Line {
    fn from(line: OrderLine) -> Self {
        Self {
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
    /// `card`, `bank_transfer`, `cash`, `credit`, `gift_card`, `points`, `other`.
    pub method: String,
    pub status: PaymentStatus,
    pub amount: Amount,
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
        let listed = ListedOrder::from(detail.order);
        let payment = |payment: super::Payment| OrderPayment {
            method: payment.method,
            status: payment.status,
            amount: payment.amount.into(),
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
            payments: detail.payments.into_iter().map(payment).collect(),
            refunds: detail.refunds.into_iter().map(refund).collect(),
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
    let order: OrderId = call.id("order")?;
    Reply::ok(&Order::from(service::detail(call.viewer(), order).await?))
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
