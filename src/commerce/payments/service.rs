//! Payments: recorded, promised, taken, let go; and what follows once everything is paid.

use super::store::{self, NewRow, PaymentRow};
use super::{Method, PaymentStep, REFERENCE_MAX, Source, Sums};
use crate::base::{AppError, AppResult, GiftCardId, LedgerAccountId, LedgerEntryId, Money, OrderId, PaymentId, Timestamp};
use crate::commerce::giftcards::{self, NewCard};
use crate::commerce::ledger::{self, AMOUNT_MAX, AccountKind, By, Posting, Reason};
use crate::commerce::orders::clerk::may;
use crate::commerce::orders::write::{Held, hold, refresh_stats, save, tell};
use crate::commerce::orders::{Clerk, FulfilmentState, OrderAction, PaymentState, PaymentStatus};
use crate::commerce::{credit, loyalty};
use crate::office::audit::Change;
use crate::office::settings::ShopSettings;
use crate::server::keys::Keys;
use crate::server::{Tx, internal};

/// A payment to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct NewPayment<'a> {
    pub method: Method,
    /// In the order's currency.
    pub amount: Money,
    /// The provider's reference; of a gift card its code, which is not kept.
    pub reference: &'a str,
}

/// A payment that was written, and what it made of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    pub payment: PaymentId,
    pub state: PaymentState,
    /// What is still to be paid.
    pub due: Money,
}

/// Records a payment that was made. By credit, gift card or points it is made here and now.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why the order takes none; [`AppError::Invalid`] on `currency`, `amount`, `method`,
/// `reference` or `gift_card`; [`AppError::NotFound`].
pub async fn record(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, new: NewPayment<'_>) -> AppResult<Paid> {
    let mut held = clerk.hold(tx, order, OrderAction::Pay).await?;
    let payments = store::of_order(tx, order).await?;
    check(&held, sums(&held, &payments), &new)?;
    let key = format!("order:{order}:payment:{}", payments.len() + 1);
    let moved = take(tx, clerk, &held, &new, &key).await?;
    let payment = insert(tx, clerk, &held, &new, PaymentStatus::Captured, moved).await?;
    settle(tx, clerk, &mut held, "order.paid", (new.method, new.amount)).await?;
    finish(tx, &held, payment).await
}

/// Records a promise to pay, of a provider: it counts as paid once it is captured.
///
/// # Errors
/// As [`record`]; [`AppError::Invalid`] on `method` for what is paid at once.
pub async fn authorise(tx: &Tx, clerk: &Clerk<'_>, order: OrderId, new: NewPayment<'_>) -> AppResult<Paid> {
    let mut held = clerk.hold(tx, order, OrderAction::Authorise).await?;
    let payments = store::of_order(tx, order).await?;
    check(&held, sums(&held, &payments), &new)?;
    if !new.method.is_outside() {
        return Err(AppError::invalid("method", "payments.paid_at_once"));
    }
    let payment = insert(tx, clerk, &held, &new, PaymentStatus::Authorised, Moved::default()).await?;
    settle(tx, clerk, &mut held, "order.authorised", (new.method, new.amount)).await?;
    finish(tx, &held, payment).await
}

/// Takes what was promised, all of it or less: the rest is let go.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why not; [`AppError::Invalid`] on `amount` or `currency`; [`AppError::NotFound`].
pub async fn capture(tx: &Tx, clerk: &Clerk<'_>, payment: PaymentId, amount: Option<Money>) -> AppResult<Paid> {
    let (mut held, row) = promised(tx, payment, OrderAction::Capture, PaymentStep::Capture).await?;
    let amount = amount.unwrap_or(Money::new(row.amount_minor, held.currency));
    if amount.currency != held.currency {
        return Err(AppError::invalid("currency", "payments.other_currency"));
    }
    if !(1..=row.amount_minor).contains(&amount.minor) {
        return Err(AppError::invalid("amount", "payments.more_than_authorised"));
    }
    store::set_status(tx, payment, PaymentStatus::Captured.code(), amount.minor).await?;
    settle(tx, clerk, &mut held, "order.captured", (Method::read(&row.method), amount)).await?;
    finish(tx, &held, payment).await
}

/// Lets go what was promised.
///
/// # Errors
/// [`AppError::Conflict`] with the reason why not; [`AppError::NotFound`].
pub async fn void(tx: &Tx, clerk: &Clerk<'_>, payment: PaymentId) -> AppResult<Paid> {
    let (mut held, row) = promised(tx, payment, OrderAction::Void, PaymentStep::Void).await?;
    store::set_status(tx, payment, PaymentStatus::Voided.code(), row.amount_minor).await?;
    let amount = Money::new(row.amount_minor, held.currency);
    settle(tx, clerk, &mut held, "order.voided", (Method::read(&row.method), amount)).await?;
    finish(tx, &held, payment).await
}

/// What follows once nothing is due, for whoever placed an order that was paid while it was placed: the state, points, the gift
/// cards that it bought, the history.
///
/// # Errors
/// When the database does not answer.
pub async fn after_paid(tx: &Tx, keys: &Keys, settings: &ShopSettings, held: &Held, now: Timestamp) -> AppResult<()> {
    let mut held = held.clone();
    held.payment = PaymentState::Paid;
    deliver_value(tx, keys, settings, &mut held, By::Job, now).await?;
    save(tx, &mut held, now).await?;
    tell(tx, held.id, "paid", "", None, now).await?;
    Ok(())
}

/// What an order's payments in its currency add up to.
#[must_use]
pub fn sums(held: &Held, payments: &[PaymentRow]) -> Sums {
    let of = |status: PaymentStatus| -> i64 {
        let own = payments.iter().filter(|p| p.currency == held.currency.code() && p.status == status.code());
        own.map(|payment| payment.amount_minor).sum()
    };
    Sums {
        total: held.total,
        captured: of(PaymentStatus::Captured),
        authorised: of(PaymentStatus::Authorised),
        refunded: held.refunded,
    }
}

/// What is left of each payment to give back.
#[must_use]
pub fn sources(held: &Held, payments: &[PaymentRow]) -> Vec<Source> {
    let own = payments.iter().filter(|p| p.currency == held.currency.code() && p.status == PaymentStatus::Captured.code());
    own.map(|payment| Source {
        payment: PaymentId(payment.id),
        method: Method::read(&payment.method),
        left: payment.amount_minor - payment.refunded_minor,
    })
    .collect()
}

fn check(held: &Held, sums: Sums, new: &NewPayment<'_>) -> AppResult<()> {
    if new.amount.currency != held.currency {
        return Err(AppError::invalid("currency", "payments.other_currency"));
    }
    if !(1..=AMOUNT_MAX).contains(&new.amount.minor) {
        return Err(AppError::invalid("amount", "ledger.amount_invalid"));
    }
    if new.amount.minor > sums.due() {
        return Err(AppError::invalid("amount", "payments.more_than_due"));
    }
    if new.reference.chars().count() > REFERENCE_MAX || new.reference.contains(char::is_control) {
        return Err(AppError::invalid("reference", "payments.reference_invalid"));
    }
    Ok(())
}

/// What a payment moved in the ledger, and what of its reference may be kept.
#[derive(Clone, Debug, Default)]
struct Moved {
    entry: Option<LedgerEntryId>,
    gift_card: Option<GiftCardId>,
    points: i64,
    /// The last four characters of a gift card's code.
    last_four: Option<String>,
}

/// Takes the amount from the ledger where it is there.
async fn take(tx: &Tx, clerk: &Clerk<'_>, held: &Held, new: &NewPayment<'_>, key: &str) -> AppResult<Moved> {
    let base = clerk.settings.base_currency;
    let posting =
        |amount| Posting { amount, reason: Reason::Order, by: clerk.by, key, order: Some(held.id), note: "", at: clerk.now() };
    let off = |method| AppError::invalid("method", method);
    Ok(match new.method {
        Method::Credit => {
            if !clerk.settings.credit.enabled {
                return Err(off("payments.credit_off"));
            }
            let account = credit::account(tx, held.customer, base, clerk.now()).await?;
            let cost = held.rate.costs(new.amount.minor, held.currency, base);
            lock(tx, held, account).await?;
            let posted = ledger::debit(tx, account, posting(cost)).await?;
            Moved { entry: Some(posted.entry), ..Moved::default() }
        }
        Method::GiftCard => {
            if !clerk.settings.gift_cards.enabled {
                return Err(off("payments.gift_cards_off"));
            }
            let found = giftcards::find_by_code(tx, clerk.keys, new.reference, clerk.now()).await?;
            let found = found.ok_or_else(|| AppError::invalid("gift_card", "payments.gift_card_unknown"))?;
            lock(tx, held, found.account).await?;
            let card = giftcards::get(tx, found.id, clerk.now()).await?;
            giftcards::usable(&card)?;
            if card.currency != held.currency {
                return Err(AppError::invalid("gift_card", "payments.gift_card_currency"));
            }
            let posted = ledger::debit(tx, card.account, posting(new.amount.minor)).await?;
            Moved { entry: Some(posted.entry), gift_card: Some(card.id), points: 0, last_four: Some(card.last_four) }
        }
        Method::Points => {
            if !clerk.settings.loyalty.enabled {
                return Err(off("payments.points_off"));
            }
            let account = loyalty::points_account(tx, held.customer, clerk.now()).await?;
            let points = points_for(held, clerk.settings, new.amount.minor);
            let posted = ledger::debit(tx, account, posting(points)).await?;
            Moved { entry: Some(posted.entry), points, ..Moved::default() }
        }
        _ => Moved::default(),
    })
}

/// Locks the account that pays, and that of the points which the order may earn: whoever locks several does so in the order of
/// their ids.
async fn lock(tx: &Tx, held: &Held, account: LedgerAccountId) -> AppResult<()> {
    let points = ledger::store::find_account(tx, AccountKind::Points, held.customer).await?;
    let accounts: Vec<LedgerAccountId> = points.map(|points| points.id).into_iter().chain([account]).collect();
    ledger::lock_all(tx, &accounts).await
}

/// How many points an amount of the order's currency costs, rounded up: as pricing does.
fn points_for(held: &Held, settings: &ShopSettings, minor: i64) -> i64 {
    let base = settings.base_currency;
    let scale = i128::from(base.scale());
    let cost = i128::from(held.rate.costs(minor, held.currency, base)) * i128::from(settings.loyalty.points_per_unit);
    i64::try_from((cost + scale - 1) / scale).unwrap_or(i64::MAX)
}

async fn insert(
    tx: &Tx,
    clerk: &Clerk<'_>,
    held: &Held,
    new: &NewPayment<'_>,
    status: PaymentStatus,
    moved: Moved,
) -> AppResult<PaymentId> {
    let last_four = moved.last_four.as_deref().map(|last| format!("…{last}"));
    let row = NewRow {
        order: held.id,
        method: new.method,
        status: status.code(),
        amount: new.amount,
        reference: last_four.as_deref().unwrap_or(new.reference.trim()),
        entry: moved.entry,
        gift_card: moved.gift_card,
        points: moved.points,
        staff: clerk.staff(),
        at: clerk.now(),
    };
    Ok(store::insert(tx, row).await?)
}

/// Locks the order of a payment that was promised, and finds the payment.
async fn promised(tx: &Tx, payment: PaymentId, action: OrderAction, step: PaymentStep) -> AppResult<(Held, PaymentRow)> {
    let order = store::find_order(tx, payment).await?.ok_or(AppError::NotFound)?;
    let held = hold(tx, order).await?;
    let payments = store::of_order(tx, order).await?;
    let row = payments.into_iter().find(|row| row.id == payment.0).ok_or(AppError::NotFound)?;
    let status = PaymentStatus::parse(&row.status);
    let status = status.ok_or_else(|| internal(&format!("payment {payment} is {:?}", row.status)))?;
    status.after(step).map_err(|reason| AppError::Conflict { message: reason.into() })?;
    may(&held, action)?;
    Ok((held, row))
}

/// Brings the order's payment state up to date with its payments, and tells what was done. Once everything is paid, what follows
/// from that happens.
async fn settle(tx: &Tx, clerk: &Clerk<'_>, held: &mut Held, action: &str, (method, amount): (Method, Money)) -> AppResult<()> {
    let before = held.payment;
    held.payment = sums(held, &store::of_order(tx, held.id).await?).state(held.status);
    let detail = format!("{} {}, {}", amount.plain(), amount.currency, method.code());
    // The history has words for `paid`, `authorised`, `captured`, `voided`; a part is not the whole.
    let kind = match action.trim_start_matches("order.") {
        "paid" if held.payment == PaymentState::Unpaid => "part_paid",
        kind => kind,
    };
    clerk.tell(tx, held, kind, &detail).await?;
    let open = |state| matches!(state, PaymentState::Unpaid | PaymentState::Authorised);
    if open(before) && !open(held.payment) {
        deliver_value(tx, clerk.keys, clerk.settings, held, clerk.by, clerk.now()).await?;
    }
    save(tx, held, clerk.now()).await?;
    let changes: Vec<Change> =
        [Change::of("payment_state", before.code(), held.payment.code()), Change::of("payment", "", detail)]
            .into_iter()
            .flatten()
            .collect();
    clerk.audit(tx, held, action, &changes).await
}

/// What a paid order brings: points for what was spent, the gift cards that it bought. An order of gift cards alone is delivered
/// with that.
async fn deliver_value(tx: &Tx, keys: &Keys, settings: &ShopSettings, held: &mut Held, by: By, now: Timestamp) -> AppResult<()> {
    let payments = store::of_order(tx, held.id).await?;
    let cards = store::card_lines(tx, held.id).await?;
    let bought: i64 = cards.iter().map(|(_, _, _, total)| total).sum();
    let (earning, back) = earning(held, &payments, bought);
    let base = settings.base_currency;
    let spent = held.rate.convert(earning, held.currency, base);
    if spent > 0 {
        loyalty::earn(tx, settings, held.customer, held.id, Money::new(spent, base), now).await?;
        if back > 0 {
            let key = format!("order:{}:refunded_before", held.id);
            loyalty::take_back(tx, held.id, (back, earning), &key, now).await?;
        }
    }
    for (line, quantity, worth, _) in &cards {
        for number in 1..=*quantity {
            let key = format!("order:{}:line:{line}:{number}", held.id);
            let new = NewCard {
                amount: Money::new(*worth, held.currency),
                customer: Some(held.customer),
                expires: giftcards::usual_expiry(settings, now),
                message: "",
                batch: "",
                order: Some(held.id),
                key: &key,
            };
            giftcards::issue(tx, keys, new, by, now).await?;
        }
    }
    if !cards.is_empty() && held.fulfilment == FulfilmentState::Unfulfilled && store::goods_lines(tx, held.id).await? == 0 {
        held.fulfilment = FulfilmentState::Delivered;
        tell(tx, held.id, "cards_sent", "", None, now).await?;
    }
    Ok(())
}

/// What an order was paid with that earns points (everything but points, for everything but gift cards, which cost
/// `gift_cards`), and how much of that came back: gift cards stay, so it is the rest that comes back.
#[must_use]
pub fn earning(held: &Held, payments: &[PaymentRow], gift_cards: i64) -> (i64, i64) {
    let own = payments.iter().filter(|p| {
        p.currency == held.currency.code()
            && p.status == PaymentStatus::Captured.code()
            && Method::read(&p.method) != Method::Points
    });
    let (paid, back) = own.fold((0, 0), |(paid, back), payment| (paid + payment.amount_minor, back + payment.refunded_minor));
    let earns = (paid - gift_cards).max(0);
    (earns, back.min(earns))
}

/// The answer, and the statistics.
async fn finish(tx: &Tx, held: &Held, payment: PaymentId) -> AppResult<Paid> {
    refresh_stats(tx, held, None).await?;
    let due = sums(held, &store::of_order(tx, held.id).await?).due();
    Ok(Paid { payment, state: held.payment, due: Money::new(due, held.currency) })
}
