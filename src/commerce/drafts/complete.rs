//! Placing an order: everything that it takes happens in the caller's transaction, or nothing of it.

use super::quote::Assembled;
use super::store::{self, Draft, Placing};
use super::{AddressChoice, CardChoice, Completion, NewDraft, PaymentChoice, Quote, REFERENCE_MAX, Seen};
use super::{number, service};
use crate::base::i18n::message;
use crate::base::{AppError, AppResult, Day, LedgerAccountId, LedgerEntryId, Money, OrderId, Timestamp};
use crate::commerce::giftcards;
use crate::commerce::ledger::{self, Posting, Reason};
use crate::commerce::orders::write;
use crate::commerce::orders::{Clerk, PaymentState};
use crate::commerce::payments::{self, Method, store::NewRow};
use crate::commerce::pricing::Priced;
use crate::commerce::{promotions, stats};
use crate::office::audit::Change;
use crate::server::Tx;
use serde_json::json;

/// The mail that confirms an order.
pub const MAIL: &str = "order_confirmation";

/// An order that was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub order: OrderId,
    pub number: String,
    pub total: Money,
    /// What is still to be paid.
    pub due: Money,
}

/// Places a draft.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when it was placed already (which order it is), was changed since
/// `completion.version`, or costs something else by now; [`AppError::Invalid`] on what stands in the way: `customer`, `lines`, `codes`,
/// `gift_cards`, `credit`, `points`, `minimum`, `payment`, `reference`.
pub async fn complete(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, completion: &Completion) -> AppResult<Placed> {
    let draft = service::hold(tx, order, completion.version).await?;
    promotions::hold(tx, &draft.tender.codes).await?;
    ledger::store::hold_spendable(tx, draft.customer, &draft.tender.gift_cards).await?;
    let assembled = service::assemble(tx, clerk, &draft, &draft.edit()).await?;
    let (quote, priced) = ready(&assembled)?;
    is_as_seen(&draft, priced, completion)?;
    store::write(tx, &draft, quote, clerk.settings.base_currency, clerk.now()).await?;
    place(tx, clerk, &draft, &assembled, &completion.payment).await
}

/// Writes a draft and places it, both at once: what is new is locked by nobody else, so it is priced once, under the other locks.
///
/// # Errors
/// As [`service::create`] and [`complete`].
pub async fn checkout(tx: &Tx, clerk: &Clerk<'_>, new: NewDraft<'_>, payment: &PaymentChoice) -> AppResult<Placed> {
    let (mut draft, rate, edit) = service::prepare(tx, clerk, new).await?;
    promotions::hold(tx, &edit.codes).await?;
    let mut cards = Vec::new();
    for choice in &edit.gift_cards {
        if let CardChoice::Code(code) = choice {
            cards.extend(giftcards::find_by_code(tx, clerk.keys, code, clerk.now()).await?.map(|card| card.id));
        }
    }
    ledger::store::hold_spendable(tx, draft.customer, &cards).await?;
    let assembled = service::price_in(tx, clerk, &mut draft, &edit).await?;
    let (quote, _) = ready(&assembled)?;
    store::insert(tx, &mut draft, &rate, service::channel(clerk), quote, clerk.settings.base_currency).await?;
    place(tx, clerk, &draft, &assembled, payment).await
}

/// Places a draft as it was priced and written. Codes and accounts are locked.
async fn place(tx: &Tx, clerk: &Clerk<'_>, draft: &Draft, assembled: &Assembled, payment: &PaymentChoice) -> AppResult<Placed> {
    let order = draft.id;
    let (quote, priced) = ready(assembled)?;
    check_payment(quote, priced, payment)?;
    for code in &assembled.codes {
        promotions::claim(tx, code, order, draft.customer, clerk.now()).await?;
    }
    write::tell(tx, order, "placed", "", clerk.staff(), clerk.now()).await?;
    pay(tx, clerk, draft, assembled, priced).await?;
    pay_from_outside(tx, clerk, draft, priced.due, payment).await?;
    let left = settle(tx, clerk, order, priced, payment).await?;
    // The shop's other orders wait for the number until this transaction ends, so it comes as late as it can; and whoever has it
    // waits for nobody but them, so the customer's statistics are locked before.
    stats::hold(tx, draft.customer).await?;
    let number = number::take(tx, &clerk.settings.checkout.order_prefix).await?;
    let steps = serde_json::to_string(&priced.steps).unwrap_or_else(|_| "[]".into());
    let placing = Placing {
        number: &number,
        channel: service::channel(clerk),
        placed: clerk.now(),
        day: clerk.today(),
        due: due_at(clerk, quote, priced, payment),
        steps: &steps,
    };
    store::place(tx, order, placing).await?;
    tell(tx, clerk, draft, assembled, priced, &number).await?;
    write::count_placed(tx, order, draft.customer).await?;
    let money = |minor| Money::new(minor, draft.currency);
    Ok(Placed { order, number, total: money(priced.total), due: money(left) })
}

/// That nothing stands in the way.
fn ready(assembled: &Assembled) -> AppResult<(&Quote, &Priced)> {
    let quote = &assembled.quote;
    if let Some(problem) = quote.problems.first() {
        return Err(problem.clone().into());
    }
    let priced = quote.priced.as_ref().ok_or_else(|| AppError::invalid("lines", "pricing.no_lines"))?;
    Ok((quote, priced))
}

/// That it costs what it was said to cost.
fn is_as_seen(draft: &Draft, priced: &Priced, completion: &Completion) -> AppResult<()> {
    let as_seen = match completion.seen {
        Some(seen) => seen == Seen { total: priced.total, due: priced.due },
        None => draft.total == priced.total,
    };
    if as_seen || completion.accept_changes {
        return Ok(());
    }
    let plain = |minor| format!("{} {}", Money::new(minor, draft.currency).plain(), draft.currency);
    let before = completion.seen.map_or(draft.total, |seen| seen.total);
    let (before, total, due) = (plain(before), plain(priced.total), plain(priced.due));
    let key = if before == total { "drafts.due_changed" } else { "drafts.price_changed" };
    Err(AppError::Conflict { message: message(key, &[("before", &before), ("total", &total), ("due", &due)]) })
}

/// That what is due is paid, promised, or may wait.
fn check_payment(quote: &Quote, priced: &Priced, choice: &PaymentChoice) -> AppResult<()> {
    let due = format!("{} {}", Money::new(priced.due, priced.currency).plain(), priced.currency);
    match choice {
        _ if priced.due == 0 => Ok(()),
        PaymentChoice::Nothing => Err(AppError::invalid("payment", message("drafts.payment_missing", &[("due", &due)]))),
        PaymentChoice::Terms if quote.terms_days <= 0 => Err(AppError::invalid("payment", "drafts.no_terms")),
        PaymentChoice::Paid { reference, .. } | PaymentChoice::Authorised { reference }
            if reference.chars().count() > REFERENCE_MAX || reference.contains(char::is_control) =>
        {
            Err(AppError::invalid("reference", "payments.reference_invalid"))
        }
        PaymentChoice::Authorised { reference } if reference.trim().is_empty() => {
            Err(AppError::invalid("reference", "drafts.reference_missing"))
        }
        PaymentChoice::Terms | PaymentChoice::Paid { .. } | PaymentChoice::Authorised { .. } => Ok(()),
    }
}

/// Debits store credit, gift cards and points, each with its payment. The accounts are locked.
async fn pay(tx: &Tx, clerk: &Clerk<'_>, draft: &Draft, assembled: &Assembled, priced: &Priced) -> AppResult<()> {
    let accounts = assembled.purchaser.accounts;
    let order = draft.id;
    let row = |method, amount| NewRow {
        order,
        method,
        status: "captured",
        amount: Money::new(amount, draft.currency),
        reference: "",
        entry: None,
        gift_card: None,
        points: 0,
        staff: clerk.staff(),
        at: clerk.now(),
    };
    if priced.credit > 0
        && let Some(account) = accounts.credit
    {
        let entry = Some(debit(tx, clerk, account, priced.credit_base, &format!("order:{order}:credit"), order).await?);
        payments::store::insert(tx, NewRow { entry, ..row(Method::Credit, priced.credit) }).await?;
    }
    for (card, (_, amount)) in assembled.cards.iter().zip(&priced.gift_cards).filter(|(_, (_, amount))| *amount > 0) {
        let key = format!("order:{order}:gift_card:{}", card.id);
        let entry = Some(debit(tx, clerk, card.account, *amount, &key, order).await?);
        let gift_card = Some(card.id);
        let reference = &card.last_four;
        payments::store::insert(tx, NewRow { entry, gift_card, reference, ..row(Method::GiftCard, *amount) }).await?;
    }
    if priced.points_value > 0
        && let Some(account) = accounts.points
    {
        let entry = Some(debit(tx, clerk, account, priced.points, &format!("order:{order}:points"), order).await?);
        let points = priced.points;
        payments::store::insert(tx, NewRow { entry, points, ..row(Method::Points, priced.points_value) }).await?;
    }
    Ok(())
}

async fn debit(
    tx: &Tx,
    clerk: &Clerk<'_>,
    account: LedgerAccountId,
    amount: i64,
    key: &str,
    order: OrderId,
) -> AppResult<LedgerEntryId> {
    let order = Some(order);
    let posting = Posting { amount, reason: Reason::Order, by: clerk.by, key, order, note: "", at: clerk.now() };
    Ok(ledger::debit(tx, account, posting).await?.entry)
}

/// Writes the payment that came, or was promised, from outside.
async fn pay_from_outside(tx: &Tx, clerk: &Clerk<'_>, draft: &Draft, due: i64, choice: &PaymentChoice) -> AppResult<()> {
    let (method, status, reference) = match choice {
        _ if due == 0 => return Ok(()),
        PaymentChoice::Nothing | PaymentChoice::Terms => return Ok(()),
        PaymentChoice::Paid { method, reference } => (*method, "captured", reference.trim()),
        PaymentChoice::Authorised { reference } => (super::PaidBy::Card, "authorised", reference.trim()),
    };
    let row = NewRow {
        order: draft.id,
        method: Method::read(method.code()),
        status,
        amount: Money::new(due, draft.currency),
        reference,
        entry: None,
        gift_card: None,
        points: 0,
        staff: clerk.staff(),
        at: clerk.now(),
    };
    payments::store::insert(tx, row).await?;
    Ok(())
}

/// The day on which the group's terms end, in the shop's time zone; 0 is at once.
fn due_at(clerk: &Clerk<'_>, quote: &Quote, priced: &Priced, choice: &PaymentChoice) -> Timestamp {
    let waits = priced.due > 0 && *choice == PaymentChoice::Terms;
    let days = i32::try_from(quote.terms_days).unwrap_or(0);
    if waits { clerk.zone.start_of(Day(clerk.today().0.saturating_add(days))) } else { Timestamp(0) }
}

/// Audit log, the address's last use, and the mail.
async fn tell(tx: &Tx, clerk: &Clerk<'_>, draft: &Draft, assembled: &Assembled, priced: &Priced, number: &str) -> AppResult<()> {
    let (order, now) = (draft.id, clerk.now());
    let plain = |minor| format!("{} {}", Money::new(minor, draft.currency).plain(), draft.currency);
    let codes: Vec<&str> = assembled.codes.iter().map(|valid| valid.code.code.as_str()).collect();
    let changes: Vec<Change> = [
        Change::of("number", "", number),
        Change::of("lines", "", service::lines_of(&assembled.quote)),
        Change::of("total", "", plain(priced.total)),
        Change::of("due", "", plain(priced.due)),
        Change::of("codes", "", codes.join(", ")),
    ]
    .into_iter()
    .flatten()
    .collect();
    service::record_change(tx, clerk, draft, "order.placed", &changes).await?;
    if let AddressChoice::Saved(id) = draft.edit().shipping_address {
        store::use_address(tx, id, now).await?;
    }
    let lines: Vec<_> = assembled
        .quote
        .lines
        .iter()
        .map(|line| json!({ "name": line.name, "sku": line.sku, "quantity": line.quantity, "total_minor": line.priced.map(|p| p.total) }))
        .collect();
    let data = json!({
        "order": number,
        "order_id": order.0,
        "currency": draft.currency.code(),
        "lines": lines,
        "shipping_minor": priced.shipping,
        "discount_minor": priced.discount,
        "tax_minor": priced.tax,
        "total_minor": priced.total,
        "due_minor": priced.due,
    });
    crate::customers::profile::mail::queue(tx, draft.customer, MAIL, data, &format!("order:{order}"), now).await?;
    Ok(())
}

/// Brings the payment state up to date; yields what is still due. What a paid order brings goes to accounts that are locked already.
async fn settle(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, priced: &Priced, choice: &PaymentChoice) -> AppResult<i64> {
    let paid = priced.due == 0 || matches!(choice, PaymentChoice::Paid { .. });
    let mut held = write::hold(tx, order).await?;
    if paid {
        payments::after_paid(tx, clerk.keys, clerk.settings, &held, clerk.now()).await?;
    } else if matches!(choice, PaymentChoice::Authorised { .. }) {
        held.payment = PaymentState::Authorised;
        write::save(tx, &mut held, clerk.now()).await?;
        clerk.tell(tx, &held, "authorised", "").await?;
    }
    Ok(if paid { 0 } else { priced.due })
}
