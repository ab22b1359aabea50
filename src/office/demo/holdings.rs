//! What customers have beside their orders: points with their card, store credit, gift cards. Everything is booked as the ledger
//! books it, so that its check finds nothing.

use super::history::chance_for;
use super::shop::CURRENCY;
use super::story::{Subject, Teller};
use super::tables::{AccountRow, Batch, EntryRow, GiftCardRow, LedgerNoteRow, LotRow, LotUseRow, MemberRow, OrderPointsRow};
use super::words::{any, between, chance};
use crate::base::{Currency, Money, Timestamp};
use crate::commerce::giftcards::code::Code;
use crate::commerce::loyalty::{card_number, points_for};
use crate::office::settings::LoyaltySettings;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

const DAY: i64 = Timestamp::DAY;
/// Gift cards last three years, as the settings say.
const CARD_LIFE: i64 = 3 * 365 * DAY;

/// The next free ids.
#[derive(Debug)]
pub struct Ids {
    account: i64,
    entry: i64,
    lot: i64,
    card: i64,
}

impl Default for Ids {
    fn default() -> Self {
        Self { account: 1, entry: 1, lot: 1, card: 1 }
    }
}

fn take(next: &mut i64) -> i64 {
    *next += 1;
    *next - 1
}

struct Lot {
    id: i64,
    entry: i64,
    amount: i64,
    remaining: i64,
    /// 0 is never.
    expires_at: i64,
}

/// A movement.
struct Movement<'a> {
    at: i64,
    amount: i64,
    reason: &'static str,
    /// Whose doing it was; the system's where it is nobody's.
    staff: Option<i64>,
    order: Option<i64>,
    key: String,
    note: &'a str,
}

/// An account while it is written.
struct Book {
    id: i64,
    balance: i64,
    entries: i64,
    lots: Vec<Lot>,
}

impl Book {
    fn open(ids: &mut Ids, kind: &'static str, customer: Option<i64>, limit: i64, at: i64, out: &mut Batch) -> Self {
        let id = take(&mut ids.account);
        let currency = if kind == "points" { "" } else { CURRENCY };
        out.push(AccountRow { id, kind, customer_id: customer, currency, credit_limit: limit, created_at: at });
        Self { id, balance: 0, entries: 0, lots: Vec::new() }
    }

    fn up(&mut self, ids: &mut Ids, movement: Movement<'_>, expires_at: i64, out: &mut Batch) {
        self.expire(ids, movement.at, out);
        let amount = movement.amount;
        let entry = self.enter(ids, amount, movement, out);
        self.lots.push(Lot { id: take(&mut ids.lot), entry, amount, remaining: amount, expires_at });
    }

    /// Takes what there is, at most; the soonest to expire first. Yields how much.
    fn down(&mut self, ids: &mut Ids, movement: Movement<'_>, out: &mut Batch) -> i64 {
        self.expire(ids, movement.at, out);
        let amount = movement.amount.min(self.balance);
        if amount <= 0 {
            return 0;
        }
        let entry = self.enter(ids, -amount, movement, out);
        self.lots.sort_by_key(|lot| (lot.expires_at == 0, lot.expires_at, lot.id));
        let mut left = amount;
        for lot in &mut self.lots {
            let part = lot.remaining.min(left);
            if part > 0 {
                lot.remaining -= part;
                left -= part;
                out.push(LotUseRow { entry_id: entry, lot_id: lot.id, amount: part });
            }
        }
        amount
    }

    /// Makes the entries of what has expired until `now`.
    fn expire(&mut self, ids: &mut Ids, now: i64, out: &mut Batch) {
        let mut due: Vec<(i64, i64, i64)> = Vec::new();
        for lot in self.lots.iter_mut().filter(|lot| lot.remaining > 0 && lot.expires_at > 0 && lot.expires_at <= now) {
            due.push((lot.expires_at, lot.id, lot.remaining));
            lot.remaining = 0;
        }
        due.sort_unstable();
        for (at, lot, amount) in due {
            let key = format!("expired:{lot}");
            let movement = Movement { at, amount, reason: "expired", staff: None, order: None, key, note: "" };
            let entry = self.enter(ids, -amount, movement, out);
            out.push(LotUseRow { entry_id: entry, lot_id: lot, amount });
        }
    }

    fn enter(&mut self, ids: &mut Ids, amount: i64, movement: Movement<'_>, out: &mut Batch) -> i64 {
        let id = take(&mut ids.entry);
        self.entries += 1;
        self.balance += amount;
        out.push(EntryRow {
            id,
            account_id: self.id,
            seq: self.entries,
            amount,
            balance_after: self.balance,
            reason: movement.reason,
            cause: if movement.staff.is_some() { "staff" } else { "job" },
            staff_id: movement.staff,
            order_id: movement.order,
            idempotency_key: movement.key,
            at: movement.at,
        });
        if !movement.note.is_empty() {
            out.push(LedgerNoteRow { entry_id: id, body: movement.note.to_owned() });
        }
        id
    }

    /// Makes the last expiries and writes the lots; yields the balance.
    fn close(mut self, ids: &mut Ids, now: i64, out: &mut Batch) -> i64 {
        self.expire(ids, now, out);
        for lot in self.lots {
            out.push(LotRow {
                id: lot.id,
                account_id: self.id,
                entry_id: lot.entry,
                amount: lot.amount,
                remaining: lot.remaining,
                expires_at: lot.expires_at,
            });
        }
        self.balance
    }
}

/// Adds what the customer has, and says so in `subject`. Its chance is its own, so that the other rows are what they would be
/// without it.
pub fn tell(teller: &mut Teller, subject: &mut Subject, out: &mut Batch) {
    let mut rng = chance_for(teller.seed, 2, subject.id);
    let mut ids = std::mem::take(&mut teller.ids);
    if !subject.orders.is_empty() && chance(teller.detail.members, &mut rng) {
        subject.points = tell_points(teller, subject, &mut ids, out, &mut rng);
    }
    let credit = chance(teller.detail.credited, &mut rng) || subject.wholesale && chance(300, &mut rng);
    let mut book = credit.then(|| tell_credit(teller, subject, &mut ids, out, &mut rng));
    if chance(teller.detail.carded, &mut rng) {
        tell_card(teller, subject, &mut book, &mut ids, out, &mut rng);
    }
    if let Some(book) = book {
        subject.credit_minor = book.close(&mut ids, teller.now.0, out);
    }
    teller.ids = ids;
}

/// A member since registration: every order earned by the tier of then, and a year later what is left of it expires.
fn tell_points(teller: &Teller, subject: &Subject, ids: &mut Ids, out: &mut Batch, rng: &mut ChaCha8Rng) -> i64 {
    let settings = LoyaltySettings::default();
    let currency = Currency::parse(CURRENCY).unwrap_or(Currency::USD);
    let life = i64::from(settings.expiry_days) * DAY;
    let enrolled_at = subject.registered_at.0;
    let mut book = Book::open(ids, "points", Some(subject.id), 0, enrolled_at, out);
    let mut earned_points = 0;
    for order in &subject.orders {
        let at = order.at.plus(Timestamp::MINUTE).0;
        let earns = settings.tier_for(earned_points).map_or(0, |tier| tier.earns);
        let points = points_for(Money::new(order.amount_minor, currency), earns);
        out.push(OrderPointsRow { order_id: order.id, customer_id: subject.id, earned: points, at });
        if points > 0 {
            let key = format!("order:{}:earned", order.id);
            let movement = Movement { at, amount: points, reason: "earned", staff: None, order: Some(order.id), key, note: "" };
            book.up(ids, movement, at + life, out);
            earned_points += points;
        }
    }
    let last = subject.last_order_at().0 + Timestamp::HOUR;
    if last < teller.now.0 && chance(60, rng) {
        let at = between(last, teller.now.0, rng);
        let points = 50 * between(1, 10, rng);
        let staff = any(&teller.shop.authors, rng).copied();
        let note = "For the wait at the till";
        let movement = Movement { at, amount: points, reason: "goodwill", staff, order: None, key: "demo:goodwill".into(), note };
        book.up(ids, movement, at + life, out);
    }
    let tier = settings.tier_for(earned_points).map_or("", |tier| tier.code.as_str()).to_owned();
    // Each customer another number: the factor has no divisor in common with the range of a billion.
    let number = u32::try_from(subject.id.wrapping_mul(387_420_489).rem_euclid(1_000_000_000)).unwrap_or(0);
    out.push(MemberRow { customer_id: subject.id, card_number: card_number(number), tier, earned_points, enrolled_at });
    book.close(ids, teller.now.0, out)
}

/// Goodwill for this and that; businesses prepay or have a limit.
fn tell_credit(teller: &Teller, subject: &Subject, ids: &mut Ids, out: &mut Batch, rng: &mut ChaCha8Rng) -> Book {
    let limit = if subject.wholesale { 500_00 * between(1, 10, rng) } else { 0 };
    let opened = subject.registered_at.0;
    let mut book = Book::open(ids, "credit", Some(subject.id), limit, opened, out);
    let mut times: Vec<i64> = (0..between(1, 3, rng)).map(|_| between(opened, teller.now.0, rng)).collect();
    times.sort_unstable();
    for (number, at) in times.into_iter().enumerate() {
        let staff = any(&teller.shop.authors, rng).copied();
        let (amount, reason, note) = match between(0, 9, rng) {
            _ if subject.wholesale => (250_00 * between(1, 8, rng), "prepaid", "Bank transfer"),
            0..=4 => (5_00 * between(1, 4, rng), "goodwill", "The sleeve arrived bent"),
            5..=7 => (10_00, "promotion", "Autumn sale"),
            _ => (2_50 * between(2, 12, rng), "loyalty", ""),
        };
        let expires_at = if reason == "promotion" { at + 180 * DAY } else { 0 };
        let movement = Movement { at, amount, reason, staff, order: None, key: format!("demo:{number}"), note };
        book.up(ids, movement, expires_at, out);
    }
    if chance(60, rng) {
        let (at, staff) = (teller.now.0 - Timestamp::HOUR, any(&teller.shop.authors, rng).copied());
        let note = "Given twice by mistake";
        let movement =
            Movement { at, amount: 5_00, reason: "correction", staff, order: None, key: "demo:correction".into(), note };
        book.down(ids, movement, out);
    }
    book
}

/// A gift card; some are partly redeemed, to credit.
fn tell_card(
    teller: &Teller,
    subject: &Subject,
    credit: &mut Option<Book>,
    ids: &mut Ids,
    out: &mut Batch,
    rng: &mut ChaCha8Rng,
) {
    let now = teller.now.0;
    let at = between(subject.registered_at.0, now, rng);
    let amount = [25_00, 25_00, 50_00, 100_00][rng.random_range(0..4)];
    let staff = any(&teller.shop.authors, rng).copied();
    let disabled_at = if chance(40, rng) { between(at, now, rng) } else { 0 };
    let message = if chance(400, rng) { "Happy birthday, and happy listening!" } else { "" };
    let owner = Some(subject.id);
    let mut card = issue(ids, NewCard { owner, amount, at, staff, disabled_at, batch: "", message }, out, rng);
    // Before anything that the credit account has seen, nothing could be booked any more.
    if disabled_at == 0 && credit.is_none() && chance(350, rng) && at + DAY < now {
        let redeemed_at = between(at + DAY, now, rng);
        let part = if chance(500, rng) { amount } else { 10_00 };
        let movement =
            |key: String| Movement { at: redeemed_at, amount: part, reason: "redeemed", staff, order: None, key, note: "" };
        card.down(ids, movement("demo:redeemed".into()), out);
        let mut book = Book::open(ids, "credit", owner, 0, redeemed_at, out);
        book.up(ids, movement("demo:redeemed".into()), at + CARD_LIFE, out);
        *credit = Some(book);
    }
    card.close(ids, now, out);
}

/// A card to be issued.
struct NewCard {
    owner: Option<i64>,
    amount: i64,
    at: i64,
    staff: Option<i64>,
    disabled_at: i64,
    batch: &'static str,
    message: &'static str,
}

/// Opens a card. Nobody knows its code: the hash is of none.
fn issue(ids: &mut Ids, new: NewCard, out: &mut Batch, rng: &mut ChaCha8Rng) -> Book {
    let NewCard { owner, amount, at, staff, disabled_at, batch, message } = new;
    let mut book = Book::open(ids, "gift_card", owner, 0, at, out);
    let movement = Movement { at, amount, reason: "issued", staff, order: None, key: "issued".into(), note: "" };
    let expires_at = at + CARD_LIFE;
    book.up(ids, movement, expires_at, out);
    let hash: [u8; 32] = rng.random();
    out.push(GiftCardRow {
        id: take(&mut ids.card),
        account_id: book.id,
        code_hash: hash.to_vec(),
        last_four: Code::new(rng.random()).last_four().to_owned(),
        customer_id: owner,
        initial_minor: amount,
        currency: CURRENCY,
        expires_at,
        disabled_at,
        batch,
        message,
        issued_by: staff,
        created_at: at,
    });
    book
}

/// A batch that lies at the till.
pub fn tell_batch(teller: &mut Teller, out: &mut Batch) {
    let mut rng = chance_for(teller.seed, 2, 0);
    let mut ids = std::mem::take(&mut teller.ids);
    let (at, staff) = (teller.now.0 - 40 * DAY, teller.shop.authors.first().copied());
    for _ in 0..40 {
        let new = NewCard { owner: None, amount: 25_00, at, staff, disabled_at: 0, batch: "At the till", message: "" };
        issue(&mut ids, new, out, &mut rng).close(&mut ids, teller.now.0, out);
    }
    teller.ids = ids;
}
