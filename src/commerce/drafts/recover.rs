//! Reminding a customer of what they left (P7): a mail that leads back to the cart, or to the payment.

use super::service::{hold, record_change};
use super::store;
use crate::args;
use crate::base::i18n::message;
use crate::base::{AppError, AppResult, Money, OrderId, Timestamp};
use crate::commerce::orders::{Clerk, DraftKind, write};
use crate::customers::profile::mail;
use crate::office::outbox::advertising::{self, topic_of};
use crate::server::{Query, Tx};
use serde_json::json;

/// A customer is reminded of a draft at most once in so long.
const PAUSE: i64 = 24 * Timestamp::HOUR;

/// Queues the mail.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] with the reason: staff's own draft, a cart in use, a customer who is blocked or gets no
/// such mail ([`advertising`]), one reminded within a day.
pub async fn recover(tx: &Tx, clerk: &Clerk<'_>, order: OrderId) -> AppResult<()> {
    let draft = hold(tx, order, None).await?;
    let now = clerk.now();
    let (blocked, email): (bool, String) =
        tx.one("SELECT account_status = 'blocked', email FROM customers WHERE id = $1", args![draft.customer]).await?;
    let idle = i64::from(clerk.settings.checkout.abandoned_minutes) * Timestamp::MINUTE;
    let is_cart = draft.kind == DraftKind::AbandonedCart;
    // A reminder of a payment belongs to an order; one of a cart advertises it.
    let unwanted = match topic_of(template(draft.kind)) {
        Some(topic) => advertising::refusal(tx, draft.customer, topic, &clerk.settings.mail, now).await?,
        None => None,
    };
    let key = format!("{}:{order}:", template(draft.kind));
    let last = store::last_mail(tx, draft.customer, &key).await?;
    let refusal = match () {
        () if draft.kind == DraftKind::Staff => Some("drafts.not_the_customers"),
        () if draft.lines.is_empty() => Some("pricing.no_lines"),
        () if blocked => Some("drafts.customer_blocked"),
        () if email.is_empty() => Some("drafts.no_email"),
        () if unwanted == Some("mail.why.no_consent") => Some("drafts.no_consent"),
        () if unwanted.is_some() => unwanted,
        () if is_cart && draft.updated.plus(idle) > now => Some("drafts.cart_in_use"),
        () if last.0 > 0 && last.plus(PAUSE) > now => Some("drafts.reminded"),
        () => None,
    };
    if let Some(key) = refusal {
        let last = clerk.zone.moment(last);
        let when = format!("{} {:02}:{:02}", last.day.iso(), last.minute / 60, last.minute % 60);
        return Err(AppError::Conflict { message: message(key, &[("when", &when)]) });
    }
    let lines: Vec<_> = draft.lines.iter().map(|line| json!({ "name": line.name, "quantity": line.quantity })).collect();
    let data = json!({
        "order_id": order.0,
        "lines": lines,
        "currency": draft.currency.code(),
        "total_minor": draft.total,
        "total": Money::new(draft.total, draft.currency).plain(),
    });
    mail::queue(tx, draft.customer, template(draft.kind), data, &format!("{key}{}", now.0), now).await?;
    write::tell(tx, order, "reminded", "", clerk.staff(), now).await?;
    record_change(tx, clerk, &draft, "draft.reminded", &[]).await
}

/// The name of the mail's template.
fn template(kind: DraftKind) -> &'static str {
    match kind {
        DraftKind::AbandonedCart => "abandoned_cart",
        DraftKind::Staff | DraftKind::Unpaid => "payment_reminder",
    }
}
