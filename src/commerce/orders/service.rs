//! From records to what people read: moments in the shop's zone, money with its currency, sealed positions.

use super::records::{self, OrderExtras};
use super::store::{self, Drafts, Filter, OrderRecord, Place, Search};
use super::{whole, *};
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, BranchId, Currency, CustomerId, Day, Money, OrderId, OrderLineId, Timestamp};
use crate::customers::index::Request;
use crate::customers::list::SortColumn;
use crate::customers::name::display_name;
use crate::customers::profile::store::get_visible;
use crate::office::staff::preferences;
use crate::server::{Context, Query, Viewer, internal};

/// Orders on a page.
pub const PAGE: usize = 50;
/// Customers whose orders a search of all orders looks at.
const BUYERS: usize = 100;
/// Drafts of one customer that are shown.
const DRAFTS: usize = 100;

/// The customer that exists under this id for this member: of a merged one the survivor.
///
/// # Errors
/// [`AppError::NotFound`] where there is none.
pub async fn visible(ctx: Viewer<'_>, customer: CustomerId) -> AppResult<CustomerId> {
    get_visible(&ctx.state.db, ctx.scope(), customer).await
}

/// A page of one customer's orders.
pub async fn of_customer(ctx: Viewer<'_>, customer: CustomerId, query: &OrderQuery) -> AppResult<OrderList> {
    // Hardly anybody was merged: whose orders these are is asked together with the orders, and they again where it was another.
    let (owner, found) = tokio::try_join!(visible(ctx, customer), orders_of(ctx, customer, query))?;
    if owner == customer { Ok(found) } else { orders_of(ctx, owner, query).await }
}

async fn orders_of(ctx: Viewer<'_>, customer: CustomerId, query: &OrderQuery) -> AppResult<OrderList> {
    let text = query.search.trim().trim_start_matches('#');
    let filter = Filter {
        customer: Some(customer),
        search: (!text.is_empty()).then(|| Search::Contains(text.to_owned())),
        drafts: if query.drafts { Drafts::With } else { Drafts::Without },
        ..common(ctx, query)
    };
    let list = page(ctx, &filter, query).await?;
    let total = match list.total {
        Some(total) => total,
        // A page without rows tells nothing, unless it is the only one.
        None if query.position.is_none() => 0,
        None => store::count(&ctx.state.db, &filter).await?,
    };
    Ok(OrderList { total: Some(total), ..list })
}

/// A page of all orders, or of all drafts.
pub async fn of_all(ctx: Viewer<'_>, query: &OrderQuery) -> AppResult<OrderList> {
    let text = query.search.trim();
    let mut narrowed = false;
    let search = if text.is_empty() {
        None
    } else {
        let buyers = buyers(ctx, text).await?;
        narrowed = buyers.len() == BUYERS;
        Some(Search::NumberOrBuyer { number: text.trim_start_matches('#').to_owned(), buyers })
    };
    let filter = Filter { search, drafts: if query.drafts { Drafts::Only } else { Drafts::Without }, ..common(ctx, query) };
    Ok(OrderList { narrowed, ..page(ctx, &filter, query).await? })
}

/// Customers whom the search of the customer list finds, those who ordered last first: so the newest orders are complete
/// however many customers match. Until the index is ready, those whose name or email begins like this.
async fn buyers(ctx: Viewer<'_>, text: &str) -> AppResult<Vec<CustomerId>> {
    let request = Request {
        scope: ctx.scope().map(<[BranchId]>::to_vec),
        search: text.to_owned(),
        sort: SortColumn::LastOrder,
        descending: true,
        limit: BUYERS,
        ..Request::default()
    };
    match ctx.state.index.query(request).await {
        Some(answer) => Ok(answer.ids),
        None => Ok(store::buyers_beginning_with(&ctx.state.db, ctx.scope(), &normalise(text), BUYERS).await?),
    }
}

fn common<'a>(ctx: Viewer<'a>, query: &OrderQuery) -> Filter<'a> {
    let zone = ctx.state.zone();
    Filter {
        scope: ctx.scope(),
        state: query.state,
        state_before: query.days.map(|days| before(ctx, days)),
        from: query.from.map(|day| zone.start_of(day)),
        until: query.to.map(|day| zone.start_of(Day(day.0 + 1))),
        ..Filter::default()
    }
}

/// What has been so since before this instant has been so for more than `days` calendar days.
fn before(ctx: Viewer<'_>, days: u16) -> Timestamp {
    ctx.state.zone().start_of(Day(ctx.state.today().0 - i32::from(days)))
}

/// How many orders wait for somebody.
pub async fn counts(ctx: Viewer<'_>) -> AppResult<OrderCounts> {
    let stuck_days = ctx.state.settings().checkout.stuck_days;
    let [to_ship, in_transit, stuck, unpaid] = store::count_states(&ctx.state.db, ctx.scope(), before(ctx, stuck_days)).await?;
    Ok(OrderCounts { to_ship, in_transit, stuck, unpaid, stuck_days })
}

async fn page(ctx: Viewer<'_>, filter: &Filter<'_>, query: &OrderQuery) -> AppResult<OrderList> {
    let place = query.position.as_ref().map(|sealed| open(ctx, query, sealed));
    let ignored = if place == Some(None) { vec!["at".to_owned()] } else { vec![] };
    let found = store::list(&ctx.state.db, filter, query.sort, place.flatten(), PAGE).await?;
    let position = |row: Option<&OrderRecord>, before| row.map(|row| seal(ctx, query, row, before));
    Ok(OrderList {
        previous: position(found.rows.first(), true).filter(|_| found.has_previous),
        next: position(found.rows.last(), false).filter(|_| found.has_next),
        rows: found.rows.iter().map(|row| order_row(ctx, row)).collect::<AppResult<_>>()?,
        total: found.total(),
        ignored,
        narrowed: false,
    })
}

/// A position holds what the list is sorted by, so it leads nowhere in a list that is sorted otherwise.
fn seal(ctx: Viewer<'_>, query: &OrderQuery, row: &OrderRecord, before: bool) -> String {
    ctx.state.keys.seal(format!("{}|{}|{}|{}", sort_name(query), u8::from(before), row.sort_value, row.id).as_bytes())
}

fn open(ctx: Viewer<'_>, query: &OrderQuery, sealed: &str) -> Option<Place> {
    let plain = String::from_utf8(ctx.state.keys.open(sealed)?).ok()?;
    let mut parts = plain.split('|');
    (parts.next()? == sort_name(query)).then_some(())?;
    let before = parts.next()? == "1";
    Some(Place { before, value: parts.next()?.parse().ok()?, id: parts.next()?.parse().ok()? })
}

fn sort_name(query: &OrderQuery) -> String {
    format!("orders{}{}", query.sort.code(), u8::from(query.drafts))
}

/// Where a member's choice of columns is kept.
const COLUMNS: &str = "orders.columns";

/// The columns that a member's lists show: all of them where nothing else was chosen.
pub async fn columns(ctx: &Context) -> AppResult<Vec<OrderColumn>> {
    let kept = preferences::find(&ctx.state.db, ctx.staff.id, COLUMNS).await?;
    Ok(kept.map_or_else(
        || OrderColumn::ALL.to_vec(),
        |codes| OrderColumn::in_order(codes.split(',').filter_map(OrderColumn::parse)),
    ))
}

/// Keeps the choice of columns.
pub async fn keep_columns(ctx: &Context, columns: &[OrderColumn]) -> AppResult<()> {
    let chosen = OrderColumn::in_order(columns.iter().copied());
    let codes: Vec<&str> = chosen.into_iter().map(OrderColumn::code).collect();
    let tx = ctx.state.db.begin().await?;
    preferences::keep(&tx, ctx.staff.id, COLUMNS, &codes.join(",")).await?;
    Ok(tx.commit().await?)
}

/// A customer's drafts, those changed last first.
pub async fn drafts_of(ctx: Viewer<'_>, customer: CustomerId) -> AppResult<Vec<DraftRow>> {
    let customer = visible(ctx, customer).await?;
    let filter = Filter { customer: Some(customer), drafts: Drafts::Only, ..Filter::default() };
    let found = store::list(&ctx.state.db, &filter, OrderSort::default(), None, DRAFTS).await?;
    let now = ctx.state.clock.now();
    let idle = i64::from(ctx.state.settings().checkout.abandoned_minutes) * Timestamp::MINUTE;
    let draft = |record: &OrderRecord| {
        let row = order_row(ctx, record)?;
        let in_use = row.draft == Some(DraftKind::AbandonedCart) && record.updated_at + idle > now.0;
        Ok(DraftRow { row, in_use })
    };
    found.rows.iter().map(draft).collect()
}

/// The order that a customer placed last, if any.
pub async fn last_of(ctx: Viewer<'_>, customer: CustomerId) -> AppResult<Option<LastOrder>> {
    let customer = visible(ctx, customer).await?;
    let db = &ctx.state.db;
    let filter = Filter { customer: Some(customer), ..Filter::default() };
    let found = store::list(db, &filter, OrderSort::default(), None, 1).await?;
    let Some(record) = found.rows.first() else { return Ok(None) };
    let order = order_row(ctx, record)?;
    let lines = lines_of(db, order.id, order.total.currency).await?;
    Ok(Some(LastOrder { order, lines, placed: record.total.unwrap_or_default() }))
}

/// Everything about an order, as its page shows it.
pub async fn detail(q: &impl Query, ctx: Viewer<'_>, id: OrderId) -> AppResult<OrderDetail> {
    let (record, extras) = records::find(q, id, ctx.scope()).await?.ok_or(AppError::NotFound)?;
    let found = assemble(q, ctx, &record, extras).await?;
    let (previous, next) = records::neighbours(q, &record).await?;
    Ok(OrderDetail {
        purse: whole::purse(q, ctx, found.order.buyer.id).await?,
        refundable: whole::refundable(q, id, &found.order, &found.payments, found.totals.refunded.minor).await?,
        previous,
        next,
        ..found
    })
}

/// An order for a program: without what can be done with it, and its neighbours.
pub async fn order(q: &impl Query, ctx: Viewer<'_>, id: OrderId) -> AppResult<OrderDetail> {
    let (record, extras) = records::find(q, id, ctx.scope()).await?.ok_or(AppError::NotFound)?;
    assemble(q, ctx, &record, extras).await
}

async fn assemble(q: &impl Query, ctx: Viewer<'_>, record: &OrderRecord, extras: OrderExtras) -> AppResult<OrderDetail> {
    let order = order_row(ctx, record)?;
    let id = order.id;
    let currency = order.total.currency;
    let moment = |at| ctx.state.zone().moment(Timestamp(at));
    let payments = whole::payments(q, ctx, id).await?;
    let entry = |h: records::HistoryRecord| HistoryEntry { kind: h.kind, detail: h.detail, by: h.author, at: moment(h.at) };
    let base = ctx.state.settings().base_currency;
    Ok(OrderDetail {
        totals: totals(&order, &extras, &payments, base),
        lines: lines_of(q, id, order.total.currency).await?,
        history: records::history(q, id).await?.into_iter().map(entry).collect(),
        addresses: serde_json::from_str(&extras.addresses).unwrap_or_default(),
        refunds: if extras.has_refunds { whole::refunds(q, ctx, id).await? } else { vec![] },
        shipments: if extras.has_shipments { whole::shipments(q, ctx, id).await? } else { vec![] },
        returns: if extras.has_returns { whole::returns(q, ctx, id, currency).await? } else { vec![] },
        points: whole::points(q, id).await?,
        purse: Purse::default(),
        refundable: Money::new(0, currency),
        steps: serde_json::from_str(&extras.steps).unwrap_or_default(),
        version: extras.version,
        channel: extras.channel,
        due_at: ctx.state.zone().moment_or_never(extras.due_at),
        buyer_orders: extras.buyer_orders,
        buyer_spent: Money::new(extras.buyer_spent_minor, base),
        created: moment(extras.created_at),
        state_since: moment(extras.state_since),
        tracking: extras.tracking,
        order,
        payments,
        previous: None,
        next: None,
    })
}

fn totals(order: &OrderRow, extras: &OrderExtras, payments: &[Payment], base: Currency) -> Totals {
    let money = |minor| Money::new(minor, order.total.currency);
    let captured = payments.iter().filter(|p| p.status == PaymentStatus::Captured && p.amount.currency == order.total.currency);
    let paid: i64 = captured.map(|payment| payment.amount.minor).sum();
    Totals {
        subtotal: money(extras.subtotal_minor),
        discount: money(extras.discount_minor),
        shipping: money(extras.shipping_minor),
        tax: money(extras.tax_minor),
        total: order.total,
        refunded: money(extras.refunded_minor),
        paid: money(paid),
        due: money(if order.status == OrderStatus::Cancelled { 0 } else { (order.total.minor - paid).max(0) }),
        base_total: (order.total.currency != base).then(|| Money::new(extras.base_total_minor, base)),
    }
}

async fn lines_of(q: &impl Query, order: OrderId, currency: Currency) -> AppResult<Vec<OrderLine>> {
    let money = |minor| Money::new(minor, currency);
    let line = |line: records::LineRecord| OrderLine {
        id: OrderLineId(line.id),
        returned: line.returned,
        is_gift_card: line.is_gift_card,
        name: line.name,
        sku: line.sku,
        quantity: line.quantity,
        unit_price: money(line.unit_price_minor),
        discount: money(line.discount_minor),
        tax: money(line.tax_minor),
        total: money(line.total_minor),
    };
    Ok(records::lines(q, order).await?.into_iter().map(line).collect())
}

fn order_row(ctx: Viewer<'_>, record: &OrderRecord) -> AppResult<OrderRow> {
    let at = if record.placed_at == 0 { record.updated_at } else { record.placed_at };
    let draft = record.draft_kind.as_deref().filter(|_| record.status == OrderStatus::Draft.code());
    Ok(OrderRow {
        id: OrderId(record.id),
        number: record.number.clone().filter(|_| record.status != OrderStatus::Draft.code()),
        status: known(OrderStatus::parse(&record.status), &record.status)?,
        draft: draft.map(|kind| known(DraftKind::parse(kind), kind)).transpose()?,
        payment: known(PaymentState::parse(&record.payment_state), &record.payment_state)?,
        fulfilment: known(FulfilmentState::parse(&record.fulfilment_state), &record.fulfilment_state)?,
        store: record.store.clone(),
        units: record.units,
        total: Money::new(record.total_minor, currency(&record.currency)?),
        at: ctx.state.zone().moment(Timestamp(at)),
        buyer: Buyer {
            id: CustomerId(record.customer_id),
            name: display_name(&record.first_name, &record.last_name, &record.company, &record.email),
            email: record.email.clone(),
        },
    })
}

/// A currency as the database keeps it.
///
/// # Errors
/// [`AppError::Internal`] where it is none: somebody wrote to the database past us.
pub fn currency(code: &str) -> AppResult<Currency> {
    known(Currency::parse(code), code)
}

/// The schema allows only values that we know, so others are a fault of ours.
pub(super) fn known<T>(value: Option<T>, code: &str) -> AppResult<T> {
    value.ok_or_else(|| internal(&format!("{code:?} is no value of its column")))
}
