//! Giving money back: for a return or by itself, in part or whole.

use super::service::{earning, sources, sums};
use super::store::{self, NewPart, NewRefund, PaymentRow};
use super::{Method, RefundOutcome, RefundTo, Source, cost_back, split};
use crate::base::{
    AppError, AppResult, GiftCardId, LedgerAccountId, LedgerEntryId, Money, OrderId, PaymentId, RefundId, ReturnId,
};
use crate::commerce::giftcards::{self, NewCard};
use crate::commerce::ledger::{self, AMOUNT_MAX, AccountKind, Posting, Reason};
use crate::commerce::orders::write::{Held, refresh_stats, save};
use crate::commerce::orders::{Clerk, OrderAction};
use crate::commerce::{credit, invoices, loyalty};
use crate::office::audit::Change;
use crate::server::Tx;
use serde_json::json;

/// The longest reason of a refund, in characters.
const REASON_MAX: usize = 500;

/// Money to be given back.
#[derive(Clone, Copy, Debug)]
pub struct Refund<'a> {
    /// In the order's currency.
    pub amount: Money,
    pub to: RefundTo,
    pub reason: &'a str,
    pub of_return: Option<ReturnId>,
}

/// A refund that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    pub id: RefundId,
    pub outcome: RefundOutcome,
}

/// How much of an order can be given back: what was paid and has not come back yet, and of that what was not for gift cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub paid: i64,
    pub goods: i64,
}

/// What can be given back of a held order.
///
/// # Errors
/// When the database does not answer.
pub async fn limits(tx: &Tx, held: &Held) -> AppResult<Limits> {
    let payments = store::of_order(tx, held.id).await?;
    limits_of(tx, held, &payments).await
}

/// Gives money back.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why nothing can be given back; [`AppError::Invalid`] on `currency`, `amount` or
/// `reason`; [`AppError::NotFound`].
pub async fn refund(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, new: Refund<'_>) -> AppResult<Refunded> {
    let mut held = clerk.hold(tx, order, OrderAction::Refund).await?;
    let payments = store::of_order(tx, order).await?;
    let limits = limits_of(tx, &held, &payments).await?;
    check(&held, limits, &new)?;
    let refunded = give_back(tx, clerk, &mut held, &payments, &new).await?;
    held.payment = sums(&held, &payments).state(held.status);
    save(tx, &mut held, clerk.now()).await?;
    refresh_stats(tx, &held, Some(clerk.today())).await?;
    invoices::correct(tx, order, &clerk.actor).await?;
    Ok(refunded)
}

async fn limits_of(tx: &Tx, held: &Held, payments: &[PaymentRow]) -> AppResult<Limits> {
    let paid: i64 = sources(held, payments).iter().map(|source| source.left).sum();
    Ok(Limits { paid, goods: paid.min(held.total - gift_cards(tx, held).await? - held.refunded).max(0) })
}

/// What of an order bought gift cards, in its currency.
async fn gift_cards(tx: &Tx, held: &Held) -> AppResult<i64> {
    Ok(store::card_lines(tx, held.id).await?.iter().map(|(_, _, _, total)| total).sum())
}

fn check(held: &Held, limits: Limits, new: &Refund<'_>) -> AppResult<()> {
    if limits.paid == 0 {
        return Err(AppError::Conflict { message: "refunds.nothing_paid".into() });
    }
    if new.amount.currency != held.currency {
        return Err(AppError::invalid("currency", "payments.other_currency"));
    }
    if !(1..=AMOUNT_MAX).contains(&new.amount.minor) {
        return Err(AppError::invalid("amount", "ledger.amount_invalid"));
    }
    if new.amount.minor > limits.paid {
        return Err(AppError::invalid("amount", "refunds.more_than_paid"));
    }
    if new.amount.minor > limits.goods {
        return Err(AppError::invalid("amount", "refunds.gift_cards_stay"));
    }
    if new.reason.chars().count() > REASON_MAX {
        return Err(AppError::invalid("reason", "refunds.reason_too_long"));
    }
    Ok(())
}

/// Gives back an amount that was checked: moves it, writes it down, tells the customer. States, statistics and saving are the
/// caller's.
pub(super) async fn give_back(
    tx: &Tx,
    clerk: &Clerk<'_>,
    held: &mut Held,
    payments: &[PaymentRow],
    new: &Refund<'_>,
) -> AppResult<Refunded> {
    let amount = new.amount.minor;
    let parts = split(&sources(held, payments), amount).ok_or_else(|| AppError::invalid("amount", "refunds.more_than_paid"))?;
    lock(tx, clerk, held, payments, new.to).await?;
    let base_before = held.base_refunded;
    held.refunded += amount;
    held.base_refunded = base_refunded(held, clerk, gift_cards(tx, held).await?).max(base_before);
    let row = NewRefund {
        order: held.id,
        amount: new.amount,
        base: held.base_refunded - base_before,
        reason: new.reason.trim(),
        of_return: new.of_return,
        staff: clerk.staff(),
        at: clerk.now(),
        day: clerk.today(),
    };
    let id = store::insert_refund(tx, row).await?;
    let code = match new.to {
        RefundTo::Original => to_payments(tx, clerk, held, payments, &parts, id).await?,
        RefundTo::Credit => to_credit(tx, clerk, held, &parts, id, amount).await?,
        RefundTo::GiftCard => to_gift_card(tx, clerk, held, &parts, id, amount).await?,
    };
    for (source, part) in &parts {
        store::add_refunded(tx, source.payment, *part).await?;
    }
    let taken = take_points_back(tx, clerk, held, id).await?;
    let outcome = RefundOutcome { gift_card_code: code, points_taken_back: taken.0, points_written_off: taken.1 };
    tell(tx, clerk, held, new, id, &outcome).await?;
    Ok(Refunded { id, outcome })
}

/// What all refunds so far are in the base currency: rounded once, of their sum, and never more than counted as spent. Only a
/// cancelled order gives back what bought gift cards, which never counted.
fn base_refunded(held: &Held, clerk: &Clerk<'_>, gift_cards: i64) -> i64 {
    let goods = held.base_total - held.base_gift_cards;
    let sum = held.rate.convert(held.refunded, held.currency, clerk.settings.base_currency);
    match held.total - gift_cards - held.refunded {
        _ if held.refunded == held.total => held.base_total,
        0 => goods,
        1.. => sum.min(goods),
        _ => sum.min(held.base_total),
    }
}

/// Locks every account that is going to be posted to, in the order of their ids.
async fn lock(tx: &Tx, clerk: &Clerk<'_>, held: &Held, payments: &[PaymentRow], to: RefundTo) -> AppResult<()> {
    let mut accounts = paying_accounts(tx, held, payments).await?;
    if to == RefundTo::Credit {
        accounts.push(credit::account(tx, held.customer, clerk.settings.base_currency, clerk.now()).await?);
    }
    ledger::lock_all(tx, &accounts).await
}

/// The accounts that paid, and that of the points which the order may have earned.
pub(super) async fn paying_accounts(tx: &Tx, held: &Held, payments: &[PaymentRow]) -> AppResult<Vec<LedgerAccountId>> {
    let entries: Vec<LedgerEntryId> = payments.iter().filter_map(|payment| payment.entry_id.map(LedgerEntryId)).collect();
    let mut accounts = store::accounts_of(tx, &entries).await?;
    let points = ledger::store::find_account(tx, AccountKind::Points, held.customer).await?;
    accounts.extend(points.map(|account| account.id));
    Ok(accounts)
}

fn row_of(payments: &[PaymentRow], payment: PaymentId) -> Option<&PaymentRow> {
    payments.iter().find(|row| row.id == payment.0)
}

async fn to_payments(
    tx: &Tx,
    clerk: &Clerk<'_>,
    held: &Held,
    payments: &[PaymentRow],
    parts: &[(Source, i64)],
    refund: RefundId,
) -> AppResult<Option<String>> {
    for (source, part) in parts {
        let Some(row) = row_of(payments, source.payment) else { continue };
        let mut written = NewPart {
            refund,
            payment: source.payment,
            method: source.method,
            amount: *part,
            points: 0,
            entry: None,
            gift_card: row.gift_card_id.map(GiftCardId),
        };
        if let Some(entry) = row.entry_id.map(LedgerEntryId) {
            let cost = store::debited(tx, entry).await?;
            let back = cost_back(cost, row.refunded_minor, *part, row.amount_minor);
            if source.method == Method::Points {
                written.points = back;
            }
            // Of a small part nothing may be left after rounding; the last part brings back the rest.
            if back > 0 {
                let key = format!("refund:{refund}:{}", source.payment);
                let posting = posting(clerk, held, back, Reason::Returned, &key);
                written.entry = Some(ledger::reverse(tx, entry, posting).await?.entry);
            }
        }
        store::insert_part(tx, written).await?;
    }
    Ok(None)
}

async fn to_credit(
    tx: &Tx,
    clerk: &Clerk<'_>,
    held: &Held,
    parts: &[(Source, i64)],
    refund: RefundId,
    amount: i64,
) -> AppResult<Option<String>> {
    let base = clerk.settings.base_currency;
    let worth = held.rate.worth(amount, held.currency, base);
    let mut entry = None;
    if worth > 0 {
        let key = format!("refund:{refund}");
        let new = credit::NewCredit {
            amount: Money::new(worth, base),
            reason: Reason::Refund,
            by: clerk.by,
            key: &key,
            order: Some(held.id),
            note: "",
            // Money that the customer had paid does not run out.
            expires: None,
        };
        entry = Some(credit::give(tx, clerk.settings, held.customer, new, clerk.now()).await?.entry);
    }
    for (source, part) in parts {
        let (payment, method) = (source.payment, Method::Credit);
        store::insert_part(tx, NewPart { refund, payment, method, amount: *part, points: 0, entry, gift_card: None }).await?;
    }
    Ok(None)
}

async fn to_gift_card(
    tx: &Tx,
    clerk: &Clerk<'_>,
    held: &Held,
    parts: &[(Source, i64)],
    refund: RefundId,
    amount: i64,
) -> AppResult<Option<String>> {
    if !clerk.settings.gift_cards.enabled {
        return Err(AppError::invalid("to", "payments.gift_cards_off"));
    }
    let key = format!("refund:{refund}");
    let new = NewCard {
        amount: Money::new(amount, held.currency),
        customer: Some(held.customer),
        expires: giftcards::usual_expiry(clerk.settings, clerk.now()),
        message: "",
        batch: "",
        order: Some(held.id),
        key: &key,
    };
    let issued = giftcards::issue(tx, clerk.keys, new, clerk.by, clerk.now()).await?;
    for (source, part) in parts {
        let (payment, method) = (source.payment, Method::GiftCard);
        let gift_card = Some(issued.id);
        store::insert_part(tx, NewPart { refund, payment, method, amount: *part, points: 0, entry: None, gift_card }).await?;
    }
    Ok(issued.code)
}

fn posting<'a>(clerk: &Clerk<'_>, held: &Held, amount: i64, reason: Reason, key: &'a str) -> Posting<'a> {
    Posting { amount, reason, by: clerk.by, key, order: Some(held.id), note: "", at: clerk.now() }
}

/// Takes points back that the order earned, in proportion to what came back of what earned them: points taken, points that were
/// spent already.
async fn take_points_back(tx: &Tx, clerk: &Clerk<'_>, held: &Held, refund: RefundId) -> AppResult<(i64, i64)> {
    let (paid, back) = earning(held, &store::of_order(tx, held.id).await?, gift_cards(tx, held).await?);
    if paid == 0 || back == 0 {
        return Ok((0, 0));
    }
    let key = format!("refund:{refund}:points");
    let taken = loyalty::take_back(tx, held.id, (back, paid), &key, clerk.now()).await?;
    Ok((taken.points, taken.written_off))
}

async fn tell(tx: &Tx, clerk: &Clerk<'_>, held: &Held, new: &Refund<'_>, id: RefundId, outcome: &RefundOutcome) -> AppResult<()> {
    let amount = format!("{} {}", new.amount.plain(), new.amount.currency);
    clerk.tell(tx, held, "refunded", &amount).await?;
    if outcome.points_taken_back > 0 {
        clerk.tell(tx, held, "points_taken_back", &outcome.points_taken_back.to_string()).await?;
    }
    if outcome.points_written_off > 0 {
        clerk.tell(tx, held, "points_written_off", &outcome.points_written_off.to_string()).await?;
    }
    let changes: Vec<Change> = [
        Change::of("refund", "", amount.as_str()),
        Change::of("refund_to", "", new.to.code()),
        Change::of("reason", "", new.reason.trim()),
        Change::of("points_taken_back", "0", outcome.points_taken_back.to_string()),
        Change::of("points_written_off", "0", outcome.points_written_off.to_string()),
    ]
    .into_iter()
    .flatten()
    .collect();
    clerk.audit(tx, held, "order.refunded", &changes).await?;
    let data = json!({ "amount": new.amount.plain(), "currency": new.amount.currency.code(), "to": new.to.code() });
    clerk.mail(tx, held, "refund", &format!("refund:{id}"), data).await
}
