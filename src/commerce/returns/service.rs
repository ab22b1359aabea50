//! The life of a return, step by step, each under the order's lock.

use super::store::{self, NewRow, ReturnRow};
use super::{RequestedBy, ReturnAction, ReturnLine, ReturnReason, ReturnStatus, TEXT_MAX, check_lines, share};
use crate::base::{AppError, AppResult, Money, OrderId, ReturnId};
use crate::commerce::orders::clerk::may;
use crate::commerce::orders::write::{Held, hold, next_number, refresh_stats, save};
use crate::commerce::orders::{Clerk, FulfilmentState, OrderAction};
use crate::commerce::payments::{self, Refund, RefundOutcome, RefundTo};
use crate::commerce::stats;
use crate::office::audit::Change;
use crate::server::{Query, Tx, internal};
use serde_json::json;
use std::collections::HashMap;

/// A return to be requested.
#[derive(Clone, Copy, Debug)]
pub struct NewReturn<'a> {
    pub lines: &'a [ReturnLine],
    pub reason: ReturnReason,
    pub note: &'a str,
    pub refund_to: RefundTo,
    pub requested_by: RequestedBy,
}

/// Requests a return.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why the order takes none; [`AppError::Invalid`] on `lines`, `quantity` or `note`;
/// [`AppError::NotFound`].
pub async fn request(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, new: NewReturn<'_>) -> AppResult<ReturnId> {
    let mut held = clerk.hold(tx, order, OrderAction::RequestReturn).await?;
    check_text("note", new.note)?;
    check_lines(new.lines, &store::bought(tx, order, None).await?)?;
    stats::hold(tx, held.customer).await?;
    let number = format!("R-{}", 1_000 + next_number(tx, "return").await?);
    let row = NewRow {
        number: &number,
        order,
        reason: new.reason,
        note: new.note.trim(),
        refund_to: new.refund_to,
        requested_by: new.requested_by,
        staff: clerk.staff(),
        at: clerk.now(),
    };
    let id = store::insert(tx, row, new.lines).await?;
    let changes: Vec<Change> =
        [Change::of("return", "", number.as_str()), Change::of("reason", "", new.reason.code())].into_iter().flatten().collect();
    note_down(tx, clerk, &mut held, ("return_requested", &number), "return.requested", &changes).await?;
    mail(tx, clerk, &held, "return_requested", id, &number, "").await?;
    Ok(id)
}

/// Approves a return: the goods may be sent.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why not; [`AppError::Invalid`] on `answer`; [`AppError::NotFound`].
pub async fn approve(tx: &Tx, clerk: &Clerk<'_>, id: ReturnId, answer: &str) -> AppResult<()> {
    check_text("answer", answer)?;
    decide(tx, clerk, id, ReturnAction::Approve, answer.trim()).await
}

/// Refuses a return; its goods may be asked for again.
///
/// # Errors
/// As [`approve`]; [`AppError::Invalid`] on `answer` where it says not why.
pub async fn refuse(tx: &Tx, clerk: &Clerk<'_>, id: ReturnId, answer: &str) -> AppResult<()> {
    if answer.trim().is_empty() {
        return Err(AppError::invalid("answer", "returns.answer_missing"));
    }
    check_text("answer", answer)?;
    decide(tx, clerk, id, ReturnAction::Refuse, answer.trim()).await
}

/// The goods have arrived: the order is returned in part or whole.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why they cannot have; [`AppError::NotFound`].
pub async fn receive(tx: &Tx, clerk: &Clerk<'_>, id: ReturnId) -> AppResult<()> {
    let (mut held, row, status) = take(tx, id, ReturnAction::Receive).await?;
    may(&held, OrderAction::ReceiveReturn)?;
    store::set_status(tx, id, status, None, clerk.now()).await?;
    let before = held.fulfilment;
    held.fulfilment = FulfilmentState::after_receipt(store::still_out(tx, held.id).await? == 0);
    let changes: Vec<Change> =
        [Change::of("return", "", row.number.as_str()), Change::of("fulfilment_state", before.code(), held.fulfilment.code())]
            .into_iter()
            .flatten()
            .collect();
    note_down(tx, clerk, &mut held, ("returned", &row.number), "return.received", &changes).await?;
    mail(tx, clerk, &held, "return_received", id, &row.number, "").await
}

/// Gives money back for a return that was received: `amount`, or what is proposed; to where it was asked for, or elsewhere. An
/// amount of 0 ends the return without a refund.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why not; those of a refund; [`AppError::NotFound`].
pub async fn refund(
    tx: &Tx,
    clerk: &Clerk<'_>,
    id: ReturnId,
    amount: Option<Money>,
    to: Option<RefundTo>,
    reason: &str,
) -> AppResult<Option<RefundOutcome>> {
    let (held, row, status) = take(tx, id, ReturnAction::Refund).await?;
    let asked = RefundTo::parse(&row.refund_to).unwrap_or(RefundTo::Original);
    let to = to.unwrap_or(asked);
    let amount = match amount {
        Some(amount) => amount,
        None => proposal(tx, &held, id).await?,
    };
    let mut outcome = None;
    let mut held = held;
    if amount.minor != 0 {
        let reason = if reason.trim().is_empty() { row.number.as_str() } else { reason };
        let refund = Refund { amount, to, reason, of_return: Some(id) };
        outcome = Some(payments::refund(tx, clerk, held.id, refund).await?.outcome);
        held = hold(tx, held.id).await?;
    } else if amount.currency != held.currency {
        return Err(AppError::invalid("currency", "payments.other_currency"));
    }
    store::set_status(tx, id, status, None, clerk.now()).await?;
    store::set_refund_to(tx, id, to).await?;
    let changes: Vec<Change> = [
        Change::of("return", "", row.number.as_str()),
        Change::of("refund", "", format!("{} {}", amount.plain(), amount.currency)),
    ]
    .into_iter()
    .flatten()
    .collect();
    note_down(tx, clerk, &mut held, ("return_closed", &row.number), "return.refunded", &changes).await?;
    Ok(outcome)
}

/// What is proposed to be given back for a return: its lines' share of what they cost, as far as it was paid.
///
/// # Errors
/// When the database does not answer.
pub async fn proposal(tx: &Tx, held: &Held, id: ReturnId) -> AppResult<Money> {
    let worth = worth(tx, held.id, id).await?;
    let limits = payments::limits(tx, held).await?;
    Ok(Money::new(worth.min(limits.goods), held.currency))
}

/// What a return's goods cost after discounts, with their tax, in minor units.
///
/// # Errors
/// When the database does not answer.
pub async fn worth(q: &impl Query, order: OrderId, id: ReturnId) -> AppResult<i64> {
    let bought = store::bought(q, order, Some(id)).await?;
    let lines = store::lines_of_order(q, order).await?;
    let wanted: HashMap<i64, i64> =
        lines.into_iter().filter(|line| line.0 == id.0).map(|(_, line, _, _, quantity)| (line, quantity)).collect();
    let shares = bought
        .iter()
        .map(|line| wanted.get(&line.line.0).map_or(0, |quantity| share(line.total, line.quantity, line.held, *quantity)));
    Ok(shares.sum())
}

async fn decide(tx: &Tx, clerk: &Clerk<'_>, id: ReturnId, action: ReturnAction, answer: &str) -> AppResult<()> {
    let (mut held, row, status) = take(tx, id, action).await?;
    store::set_status(tx, id, status, Some(answer), clerk.now()).await?;
    let (kind, act, template) = match status {
        ReturnStatus::Approved => ("return_approved", "return.approved", "return_approved"),
        _ => ("return_refused", "return.refused", "return_refused"),
    };
    let detail = if answer.is_empty() { row.number.clone() } else { format!("{}: {answer}", row.number) };
    let changes: Vec<Change> =
        [Change::of("return", "", row.number.as_str()), Change::of("answer", "", answer)].into_iter().flatten().collect();
    note_down(tx, clerk, &mut held, (kind, &detail), act, &changes).await?;
    mail(tx, clerk, &held, template, id, &row.number, answer).await
}

/// Locks the order of a return, then reads the return; yields what it will be.
async fn take(tx: &Tx, id: ReturnId, action: ReturnAction) -> AppResult<(Held, ReturnRow, ReturnStatus)> {
    let row = store::find(tx, id).await?.ok_or(AppError::NotFound)?;
    let held = hold(tx, OrderId(row.order_id)).await?;
    let row = store::find(tx, id).await?.ok_or(AppError::NotFound)?;
    let status = ReturnStatus::parse(&row.status).ok_or_else(|| internal(&format!("return {id} is {:?}", row.status)))?;
    let after = status.after(action).map_err(|reason| AppError::Conflict { message: reason.into() })?;
    Ok((held, row, after))
}

/// What every step ends with: the order as it is now, its history, the audit log, the statistics.
async fn note_down(
    tx: &Tx,
    clerk: &Clerk<'_>,
    held: &mut Held,
    (kind, detail): (&str, &str),
    action: &str,
    changes: &[Change],
) -> AppResult<()> {
    save(tx, held, clerk.now()).await?;
    clerk.tell(tx, held, kind, detail).await?;
    clerk.audit(tx, held, action, changes).await?;
    Ok(refresh_stats(tx, held, None).await?)
}

async fn mail(
    tx: &Tx,
    clerk: &Clerk<'_>,
    held: &Held,
    template: &str,
    id: ReturnId,
    number: &str,
    answer: &str,
) -> AppResult<()> {
    let data = json!({ "return_id": id.0, "return": number, "answer": answer });
    clerk.mail(tx, held, template, &format!("return:{id}:{template}"), data).await
}

fn check_text(field: &str, text: &str) -> AppResult<()> {
    if text.chars().count() > TEXT_MAX { Err(AppError::invalid(field, "returns.text_too_long")) } else { Ok(()) }
}
