//! Use cases of invoices.

use super::paper::{Corrects, Paper, TaxPart};
use super::store::{self, InvoiceRecord, NewInvoice};
use super::{InvoiceKind, InvoiceRow, OrderInvoices, compose, drawing};
use crate::base::i18n::by_code;
use crate::base::{AppError, AppResult, BranchId, CustomerId, InvoiceId, Money, OrderId, RefundId, ReturnId, Timestamp};
use crate::commerce::ledger::By;
use crate::commerce::orders::write::{Held, hold, next_number, tell};
use crate::commerce::orders::{OrderAddresses, OrderStatus, records as orders};
use crate::customers::name::display_name;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::settings::store as settings;
use crate::office::settings::zone::Zone;
use crate::office::settings::{InvoiceSettings, ShopSettings};
use crate::server::{AppState, Context, DbError, Query, Tx, internal};

/// Digits of a number, so that numbers sort as texts.
const DIGITS: usize = 6;

/// Issues the invoice of an order, or the credit note of one of its refunds. What has been issued is yielded again.
///
/// # Errors
/// [`AppError::NotFound`] for an order or refund that is not there; [`AppError::Conflict`] for a draft, and for the invoice of an
/// order that was cancelled.
pub async fn issue(
    tx: &Tx,
    order: OrderId,
    kind: InvoiceKind,
    refund: Option<RefundId>,
    by: By,
    now: Timestamp,
) -> AppResult<InvoiceId> {
    let staff = if let By::Staff(id) = by { Some(id) } else { None };
    issue_as(tx, order, kind, refund, &Actor { staff, ..Actor::system(now) }).await
}

/// As [`issue`], by somebody of whom the audit log knows more.
///
/// # Errors
/// As [`issue`].
pub async fn issue_as(
    tx: &Tx,
    order: OrderId,
    kind: InvoiceKind,
    refund: Option<RefundId>,
    actor: &Actor,
) -> AppResult<InvoiceId> {
    // Whoever else issues for this order waits here, and finds what was issued.
    let held = hold(tx, order).await?;
    match (kind, refund) {
        (InvoiceKind::Invoice, _) => match store::find_of_order(tx, order).await? {
            Some(there) => Ok(InvoiceId(there.id)),
            None if held.status == OrderStatus::Cancelled => {
                Err(AppError::Conflict { message: "invoices.order_cancelled".into() })
            }
            None => invoice(tx, &held, actor).await,
        },
        (InvoiceKind::CreditNote, Some(refund)) => match store::find_of_refund(tx, refund).await? {
            Some(there) if there.order_id == order.0 => Ok(InvoiceId(there.id)),
            Some(_) => Err(AppError::NotFound),
            None => credit_note(tx, &held, refund, actor).await,
        },
        (InvoiceKind::CreditNote, None) => Err(AppError::NotFound),
    }
}

/// Corrects the invoice of an order, where it has one: issues the credit notes that its refunds lack; yields how many. Whoever gives
/// money back calls it last, after the statistics.
///
/// # Errors
/// As [`issue`].
pub async fn correct(tx: &Tx, order: OrderId, actor: &Actor) -> AppResult<usize> {
    if store::find_of_order(tx, order).await?.is_none() { Ok(0) } else { credit_all(tx, order, actor).await }
}

/// As [`correct`], of an order that was cancelled: nothing of its invoice is owed any more, so what no refund gave back is credited,
/// too. Once.
///
/// # Errors
/// As [`issue`].
pub async fn annul(tx: &Tx, order: OrderId, reason: &str, actor: &Actor) -> AppResult<()> {
    let Some(corrected) = store::find_of_order(tx, order).await? else { return Ok(()) };
    credit_all(tx, order, actor).await?;
    let there = store::list(tx, order).await?;
    let papers = there.iter().filter(|there| there.kind == InvoiceKind::CreditNote.code()).map(read);
    let papers: Vec<Paper> = papers.collect::<AppResult<_>>()?;
    let rest = read(&corrected)?.total + papers.iter().map(|paper| paper.total).sum::<i64>();
    if rest <= 0 || there.iter().any(|there| there.kind == InvoiceKind::CreditNote.code() && there.refund_id.is_none()) {
        return Ok(());
    }
    let held = hold(tx, order).await?;
    let settings = settings::load(tx).await?;
    let record = store::find_source(tx, order).await?.ok_or(AppError::NotFound)?;
    let mut lines = store::lines(tx, order, None).await?;
    if papers.is_empty() {
        lines.iter_mut().for_each(|line| line.returned = line.quantity);
    }
    let source = source(&held, &record, &lines, &settings, actor.at)?;
    let of = store::RefundRecord { amount_minor: rest, reason: reason.to_owned(), return_id: None, at: actor.at.0 };
    let corrects = Corrects { invoice: corrected.number, reason: reason.to_owned() };
    let paper = compose::credit_note(&source, &of, &[], &credited(tx, order).await?, corrects);
    write(tx, &held, None, &paper, &source, actor).await.map(drop)
}

/// Issues the credit notes that an order's refunds lack.
async fn credit_all(tx: &Tx, order: OrderId, actor: &Actor) -> AppResult<usize> {
    let missing = store::uncredited(tx, order).await?;
    for refund in &missing {
        issue_as(tx, order, InvoiceKind::CreditNote, Some(*refund), actor).await?;
    }
    Ok(missing.len())
}

async fn invoice(tx: &Tx, order: &Held, actor: &Actor) -> AppResult<InvoiceId> {
    if order.status == OrderStatus::Draft {
        return Err(AppError::Conflict { message: "invoices.order_not_placed".into() });
    }
    let settings = settings::load(tx).await?;
    let record = store::find_source(tx, order.id).await?.ok_or(AppError::NotFound)?;
    let lines = store::lines(tx, order.id, None).await?;
    let payments = store::payments(tx, order.id).await?;
    let source = source(order, &record, &lines, &settings, actor.at)?;
    write(tx, order, None, &compose::invoice(&source, &payments), &source, actor).await
}

/// A credit note corrects an invoice, so there is one first.
async fn credit_note(tx: &Tx, order: &Held, refund: RefundId, actor: &Actor) -> AppResult<InvoiceId> {
    let of = store::find_refund(tx, order.id, refund).await?.ok_or(AppError::NotFound)?;
    if store::find_of_order(tx, order.id).await?.is_none() {
        invoice(tx, order, actor).await?;
    }
    let corrected = store::find_of_order(tx, order.id).await?.ok_or(AppError::NotFound)?;
    let settings = settings::load(tx).await?;
    let record = store::find_source(tx, order.id).await?.ok_or(AppError::NotFound)?;
    let lines = store::lines(tx, order.id, of.return_id.map(ReturnId)).await?;
    let parts = store::refund_parts(tx, refund).await?;
    let source = source(order, &record, &lines, &settings, actor.at)?;
    let corrects = Corrects { invoice: corrected.number, reason: of.reason.clone() };
    let paper = compose::credit_note(&source, &of, &parts, &credited(tx, order.id).await?, corrects);
    write(tx, order, Some(refund), &paper, &source, actor).await
}

fn source<'a>(
    order: &'a Held,
    record: &'a store::SourceRecord,
    lines: &'a [store::LineRecord],
    settings: &'a ShopSettings,
    now: Timestamp,
) -> AppResult<compose::Source<'a>> {
    let zone = Zone::parse(&settings.time_zone).ok_or_else(|| internal(&"the shop's time zone is none"))?;
    Ok(compose::Source { order, record, lines, settings, zone, now })
}

/// What the credit notes of an order gave back so far, above zero.
async fn credited(tx: &Tx, order: OrderId) -> AppResult<Vec<TaxPart>> {
    let mut parts = Vec::new();
    for there in store::list(tx, order).await? {
        if there.kind == InvoiceKind::CreditNote.code() {
            let paper = read(&there)?;
            parts.extend(paper.taxes.into_iter().map(|part| TaxPart { net: -part.net, tax: -part.tax, ..part }));
        }
    }
    Ok(parts)
}

/// Gives it the next number of its store and writes it, its audit entry and the order's history.
async fn write(
    tx: &Tx,
    order: &Held,
    refund: Option<RefundId>,
    paper: &Paper,
    source: &compose::Source<'_>,
    actor: &Actor,
) -> AppResult<InvoiceId> {
    let kind = paper.kind;
    let seq = next_number(tx, &format!("{}:{}", kind.code(), order.store)).await?;
    let number = number(&source.settings.invoice, kind, &source.record.store_code, seq);
    let data = serde_json::to_string(paper).map_err(|error| internal(&error))?;
    let new = NewInvoice {
        store: order.store,
        kind,
        seq,
        number: &number,
        order: order.id,
        refund,
        locale: &source.record.locale,
        data: &data,
        by: actor.staff,
        at: actor.at,
    };
    let id = store::insert(tx, new).await.map_err(|error| match error {
        DbError::Unique(_) => AppError::Conflict { message: "invoices.number_taken".into() },
        other => other.into(),
    })?;
    let changes: Vec<Change> = Change::of("number", "", number.as_str()).into_iter().collect();
    let action = match kind {
        InvoiceKind::Invoice => "invoice.issued",
        InvoiceKind::CreditNote => "invoice.credited",
    };
    let entry = Entry { action, entity: "order", entity_id: order.id.0, customer: Some(order.customer), changes: &changes };
    record(tx, actor, entry).await?;
    let step = match kind {
        InvoiceKind::Invoice => "invoiced",
        InvoiceKind::CreditNote => "credited",
    };
    tell(tx, order.id, step, &number, actor.staff, actor.at).await?;
    Ok(id)
}

/// `INV-web-000042`.
fn number(settings: &InvoiceSettings, kind: InvoiceKind, store: &str, seq: i64) -> String {
    let prefix = match kind {
        InvoiceKind::Invoice => &settings.prefix,
        InvoiceKind::CreditNote => &settings.credit_note_prefix,
    };
    format!("{prefix}{store}-{seq:0DIGITS$}")
}

pub(super) fn read(invoice: &InvoiceRecord) -> AppResult<Paper> {
    serde_json::from_str(&invoice.data).map_err(|error| internal(&format!("invoice {}: {error}", invoice.number)))
}

/// Whether a customer of this branch exists for somebody with this scope.
fn is_in(scope: Option<&[BranchId]>, branch: Option<i64>) -> bool {
    scope.is_none_or(|scope| branch.is_some_and(|branch| scope.contains(&BranchId(branch))))
}

/// An invoice that exists for somebody with this scope.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get(q: &impl Query, id: InvoiceId, scope: Option<&[BranchId]>) -> AppResult<InvoiceRecord> {
    let found = store::find(q, id).await?;
    found.filter(|invoice| is_in(scope, invoice.branch_id)).ok_or(AppError::NotFound)
}

/// That an order exists.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn exists(q: &impl Query, order: OrderId) -> AppResult<()> {
    store::find_buyer(q, order).await?.map(drop).ok_or(AppError::NotFound)
}

/// The invoice of an order, for somebody with this scope.
///
/// # Errors
/// [`AppError::NotFound`], also where none has been issued.
pub async fn get_of_order(q: &impl Query, order: OrderId, scope: Option<&[BranchId]>) -> AppResult<InvoiceRecord> {
    let found = store::find_of_order(q, order).await?;
    found.filter(|invoice| is_in(scope, invoice.branch_id)).ok_or(AppError::NotFound)
}

/// An invoice as a PDF: the same bytes whenever it is asked for.
///
/// # Errors
/// [`AppError::NotFound`]. Whom it exists for is asked before.
pub async fn pdf(state: &AppState, id: InvoiceId) -> AppResult<Vec<u8>> {
    let invoice = store::find(&state.db, id).await?.ok_or(AppError::NotFound)?;
    draw(&invoice).await
}

/// As [`pdf`], of one that was read already.
///
/// # Errors
/// [`AppError::Internal`] where what was kept does not read.
pub async fn draw(invoice: &InvoiceRecord) -> AppResult<Vec<u8>> {
    let paper = read(invoice)?;
    let (number, locale, at) = (invoice.number.clone(), invoice.locale.clone(), Timestamp(invoice.issued_at));
    drawn(move || drawing::invoice(by_code(&locale), &paper, &number, at)).await
}

/// The label of a return as a PDF. Whom it exists for is asked before.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] while it has not been approved.
pub async fn label_pdf(state: &AppState, id: ReturnId) -> AppResult<Vec<u8>> {
    let found = store::find_return(&state.db, id).await?.ok_or(AppError::NotFound)?;
    if matches!(found.status.as_str(), "requested" | "refused") {
        return Err(AppError::Conflict { message: "invoices.label_not_approved".into() });
    }
    let addresses: OrderAddresses = serde_json::from_str(&found.addresses).unwrap_or_default();
    let name = display_name(&found.first_name, &found.last_name, &found.company, &found.email);
    let lines = store::lines(&state.db, OrderId(found.order_id), Some(id)).await?;
    let label = drawing::Label {
        number: found.number,
        order_number: found.order_number.unwrap_or_default(),
        seller: compose::seller(&state.settings()),
        sender: addresses.shipping.or(addresses.billing),
        sender_name: name,
        items: lines.into_iter().filter(|line| line.returned > 0).map(|line| (line.returned, line.name, line.sku)).collect(),
        requested_at: Timestamp(found.requested_at),
        requested_on: state.zone().day(Timestamp(found.requested_at)),
    };
    drawn(move || drawing::label(by_code(&found.locale), &label)).await
}

/// Drawing takes milliseconds: too long for the threads that answer.
async fn drawn(draw: impl FnOnce() -> AppResult<Vec<u8>> + Send + 'static) -> AppResult<Vec<u8>> {
    tokio::task::spawn_blocking(draw).await.map_err(|error| internal(&error))?
}

/// The return that exists for somebody with this scope.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_return(q: &impl Query, id: ReturnId, scope: Option<&[BranchId]>) -> AppResult<store::ReturnRecord> {
    let found = store::find_return(q, id).await?;
    found.filter(|found| is_in(scope, found.branch_id)).ok_or(AppError::NotFound)
}

/// What the order's page shows of its invoices.
///
/// # Errors
/// [`AppError::NotFound`] for an order that does not exist for this member.
pub async fn of_order(ctx: &Context, order: OrderId) -> AppResult<OrderInvoices> {
    let db = &ctx.state.db;
    let (record, _) = orders::find(db, order, ctx.scope()).await?.ok_or(AppError::NotFound)?;
    let zone = ctx.state.zone();
    let row = |invoice: InvoiceRecord| {
        let paper = read(&invoice)?;
        Ok(InvoiceRow {
            id: InvoiceId(invoice.id),
            kind: paper.kind,
            total: Money::new(paper.total, paper.currency),
            number: invoice.number,
            at: zone.moment(Timestamp(invoice.issued_at)),
            by: invoice.author,
        })
    };
    let rows = store::list(db, order).await?.into_iter().map(row).collect::<AppResult<Vec<_>>>()?;
    let invoiced = rows.iter().any(|row| row.kind == InvoiceKind::Invoice);
    Ok(OrderInvoices {
        can_issue: record.status == OrderStatus::Placed.code() && !invoiced,
        uncredited: store::uncredited(db, order).await?.len(),
        email: record.email,
        rows,
    })
}

/// Issues the invoice of an order where there is none yet; yields it.
///
/// # Errors
/// As [`issue`].
pub async fn issue_invoice(ctx: &Context, order: OrderId) -> AppResult<InvoiceId> {
    check(ctx, order).await?;
    let tx = ctx.state.db.begin().await?;
    let id = issue_as(&tx, order, InvoiceKind::Invoice, None, &ctx.actor()).await?;
    tx.commit().await?;
    Ok(id)
}

/// Issues the credit notes that an order's refunds still lack; yields how many.
///
/// # Errors
/// As [`issue`].
pub async fn issue_credit_notes(ctx: &Context, order: OrderId) -> AppResult<usize> {
    check(ctx, order).await?;
    let tx = ctx.state.db.begin().await?;
    hold(&tx, order).await?;
    let issued = credit_all(&tx, order, &ctx.actor()).await?;
    tx.commit().await?;
    Ok(issued)
}

/// The order exists for this member.
async fn check(ctx: &Context, order: OrderId) -> AppResult<CustomerId> {
    let (customer, branch) = store::find_buyer(&ctx.state.db, order).await?.ok_or(AppError::NotFound)?;
    if is_in(ctx.scope(), branch.map(|branch| branch.0)) { Ok(customer) } else { Err(AppError::NotFound) }
}
