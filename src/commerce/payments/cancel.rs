//! Cancelling: an order that has not left comes to nothing. What was promised is let go, what was paid goes back to where it came
//! from, codes may be used again.

use super::refund::{Refund, give_back, paying_accounts};
use super::service::{sources, sums};
use super::{RefundOutcome, RefundTo, store};
use crate::base::{AppError, AppResult, GiftCardId, LedgerAccountId, Money, OrderId, PaymentId};
use crate::commerce::ledger::lock_all;
use crate::commerce::orders::write::{Held, refresh_stats_of, save};
use crate::commerce::orders::{Clerk, OrderAction, OrderStatus, PaymentStatus};
use crate::commerce::{giftcards, invoices, promotions};
use crate::office::audit::Change;
use crate::server::Tx;
use serde_json::json;

/// The longest reason, in characters.
const REASON_MAX: usize = 500;
/// What is written on gift cards that are disabled since their order was cancelled.
const CARD_NOTE: &str = "order cancelled";

/// Cancels an order.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why it cannot be: it was shipped, or a gift card that it bought was used;
/// [`AppError::Invalid`] on `reason`; [`AppError::NotFound`].
pub async fn cancel(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, reason: &str) -> AppResult<RefundOutcome> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(AppError::invalid("reason", "orders.reason_missing"));
    }
    if reason.chars().count() > REASON_MAX {
        return Err(AppError::invalid("reason", "refunds.reason_too_long"));
    }
    let mut held = clerk.hold(tx, order, OrderAction::Cancel).await?;
    // Codes before accounts, as placing an order locks them.
    promotions::release(tx, order).await?;
    take_cards_back(tx, clerk, &held).await?;
    void_promised(tx, &held).await?;
    let payments = store::of_order(tx, order).await?;
    let left: i64 = sources(&held, &payments).iter().map(|source| source.left).sum();
    let mut outcome = RefundOutcome { gift_card_code: None, points_taken_back: 0, points_written_off: 0 };
    if left > 0 {
        let amount = Money::new(left, held.currency);
        let refund = Refund { amount, to: RefundTo::Original, reason, of_return: None };
        outcome = give_back(tx, clerk, &mut held, &payments, &refund).await?.outcome;
    }
    held.status = OrderStatus::Cancelled;
    held.payment = sums(&held, &store::of_order(tx, order).await?).state(held.status);
    save(tx, &mut held, clerk.now()).await?;
    clerk.tell(tx, &held, "cancelled", reason).await?;
    let changes: Vec<Change> =
        [Change::of("status", "placed", "cancelled"), Change::of("reason", "", reason)].into_iter().flatten().collect();
    clerk.audit(tx, &held, "order.cancelled", &changes).await?;
    let data = json!({ "refunded": Money::new(left, held.currency).plain(), "currency": held.currency.code() });
    clerk.mail(tx, &held, "order_cancelled", &format!("order:{order}:cancelled"), data).await?;
    // What was refunded of it before counts no more either, on the days when that was.
    let days = store::refund_days(tx, order).await?;
    refresh_stats_of(tx, &held, days).await?;
    invoices::annul(tx, order, reason, &clerk.actor).await?;
    Ok(outcome)
}

/// Disables the gift cards that the order bought; none of them may have been used.
async fn take_cards_back(tx: &Tx, clerk: &Clerk<'_>, held: &Held) -> AppResult<()> {
    let cards = store::cards_bought(tx, held.id).await?;
    if cards.is_empty() {
        return Ok(());
    }
    let bought = cards.iter().map(|(_, account, ..)| LedgerAccountId(*account));
    // Those that are given back to, too: all of them at once, in the order of their ids.
    let accounts: Vec<_> = bought.chain(paying_accounts(tx, held, &store::of_order(tx, held.id).await?).await?).collect();
    lock_all(tx, &accounts).await?;
    // Once more, now that nobody else can spend of them.
    for (id, _, initial, balance) in store::cards_bought(tx, held.id).await? {
        if balance < initial {
            return Err(AppError::Conflict { message: "orders.cancel_cards_used".into() });
        }
        giftcards::disable(tx, &clerk.actor, GiftCardId(id), CARD_NOTE).await?;
    }
    Ok(())
}

async fn void_promised(tx: &Tx, held: &Held) -> AppResult<()> {
    for payment in store::of_order(tx, held.id).await? {
        if payment.status == PaymentStatus::Authorised.code() {
            let id = PaymentId(payment.id);
            store::set_status(tx, id, PaymentStatus::Voided.code(), payment.amount_minor).await?;
        }
    }
    Ok(())
}
