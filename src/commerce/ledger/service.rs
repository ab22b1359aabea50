//! Postings: up, down, back. Each is one entry in the caller's transaction, made once per idempotency key.

use super::lots::{self, GivenBack};
use super::store::{self, Account, Entry};
use super::{AMOUNT_MAX, AccountKind, KEY_MAX, Reason, Unit, expiry};
use crate::base::{AppError, AppResult, CustomerId, LedgerAccountId, LedgerEntryId, OrderId, StaffId, Timestamp};
use crate::server::Tx;

/// The longest note, in characters: a paragraph.
const NOTE_MAX: usize = 1_000;
/// No balance grows beyond it, so that no sum of balances overflows.
const BALANCE_MAX: i64 = 1_000 * AMOUNT_MAX;
/// What comes back after its lot has expired can be spent for so long: whoever returns a purchase does not lose the credit
/// that paid for it.
const GRACE: i64 = 30 * Timestamp::DAY;

/// Who or what makes an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Staff(StaffId),
    /// The customer, at the checkout or in the portal.
    Customer,
    /// A program with a key.
    Program,
    Job,
}

impl By {
    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Staff(_) => "staff",
            Self::Customer => "customer",
            Self::Program => "program",
            Self::Job => "job",
        }
    }
}

/// A movement to be made.
#[derive(Clone, Copy, Debug)]
pub struct Posting<'a> {
    /// Above zero; up or down is said by the function.
    pub amount: i64,
    pub reason: Reason,
    pub by: By,
    /// Unique per account: the same request again makes no second entry.
    pub key: &'a str,
    pub order: Option<OrderId>,
    /// What a person wrote about it; may be empty.
    pub note: &'a str,
    pub at: Timestamp,
}

/// A movement that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    pub entry: LedgerEntryId,
    /// With its sign.
    pub amount: i64,
    /// Right after this entry.
    pub balance: i64,
    /// The key had made it before; nothing was done now.
    pub repeated: bool,
}

/// The account of a customer for this kind, made where it is missing. A gift card's is always new.
///
/// # Errors
/// When the database does not answer.
pub async fn open(
    tx: &Tx,
    kind: AccountKind,
    owner: Option<CustomerId>,
    unit: Unit,
    now: Timestamp,
) -> AppResult<LedgerAccountId> {
    Ok(store::insert_account(tx, kind, owner, unit, now).await?)
}

/// Locks several accounts before the first posting to any of them, so that two transactions never wait for each other.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_all(tx: &Tx, accounts: &[LedgerAccountId]) -> AppResult<()> {
    Ok(store::hold_all(tx, accounts).await?)
}

/// What can be debited now. Locks the account and makes its expiries, so that it still can be when the transaction debits it.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn available(tx: &Tx, account: LedgerAccountId, now: Timestamp) -> AppResult<i64> {
    let mut account = store::hold(tx, account).await?;
    expiry::sweep(tx, &mut account, now).await?;
    Ok(account.balance + account.limit)
}

/// Adds to an account; what is not owed becomes a lot that expires at `expires`.
///
/// # Errors
/// [`AppError::Invalid`] on `amount`, `key` or `note`; [`AppError::Conflict`] when the key was used for something else;
/// [`AppError::NotFound`].
pub async fn credit(tx: &Tx, account: LedgerAccountId, posting: Posting<'_>, expires: Option<Timestamp>) -> AppResult<Posted> {
    let mut account = match begin(tx, account, 1, &posting, None).await? {
        Begun::Repeated(posted) => return Ok(posted),
        Begun::New(account) => account,
    };
    let owed = owed(&account);
    let posted = enter(tx, &mut account, posting.amount, &posting, None).await?;
    if posting.amount > owed {
        store::insert_lot(tx, account.id, posted.entry, posting.amount - owed, expires).await?;
    }
    Ok(posted)
}

/// Takes from an account: from the lots that expire soonest, then from the approved limit.
///
/// # Errors
/// As [`credit`], and [`AppError::Invalid`] on `amount` when balance and limit do not suffice.
pub async fn debit(tx: &Tx, account: LedgerAccountId, posting: Posting<'_>) -> AppResult<Posted> {
    let mut account = match begin(tx, account, -1, &posting, None).await? {
        Begun::Repeated(posted) => return Ok(posted),
        Begun::New(account) => account,
    };
    if posting.amount > account.balance + account.limit {
        return Err(AppError::invalid("amount", "ledger.insufficient"));
    }
    let parts = lots::take(store::lots_left(tx, account.id).await?, posting.amount);
    let posted = enter(tx, &mut account, -posting.amount, &posting, None).await?;
    store::use_lots(tx, posted.entry, &parts, 1).await?;
    Ok(posted)
}

/// Gives back what the debit `entry` took, in whole or in part: settles what is owed, then fills the lots as if the debit had
/// been so much smaller.
///
/// # Errors
/// As [`credit`]; [`AppError::Invalid`] on `amount` when it is more than is left of the debit, or `entry` is none;
/// [`AppError::Conflict`] when the debit is only authorised: that is voided.
pub async fn reverse(tx: &Tx, entry: LedgerEntryId, posting: Posting<'_>) -> AppResult<Posted> {
    let debit = store::get_entry(tx, entry).await?;
    let mut account = match begin(tx, LedgerAccountId(debit.account_id), 1, &posting, Some(entry)).await? {
        Begun::Repeated(posted) => return Ok(posted),
        Begun::New(account) => account,
    };
    if store::is_set_aside(tx, entry).await? {
        return Err(AppError::Conflict { message: "ledger.authorisation_open".into() });
    }
    let left = -debit.amount - store::given_back(tx, entry).await?;
    if posting.amount > left {
        return Err(AppError::invalid("amount", "ledger.more_than_debited"));
    }
    let taken = store::lots_taken(tx, entry).await?;
    let unbound = left - taken.iter().map(|(_, amount)| amount).sum::<i64>();
    let owed = owed(&account).min(posting.amount);
    let posted = enter(tx, &mut account, posting.amount, &posting, Some(entry)).await?;
    let given = lots::give_back(&taken, (unbound - owed).max(0), posting.amount - owed, posting.at.0);
    place(tx, &account, posted.entry, &given, posting.at).await?;
    Ok(posted)
}

/// Approves a limit below zero; 0 takes it away.
///
/// # Errors
/// [`AppError::Invalid`] on `limit` when it cannot be, or more than it is owed already; [`AppError::NotFound`].
pub async fn set_limit(tx: &Tx, account: LedgerAccountId, limit: i64) -> AppResult<()> {
    if !(0..=AMOUNT_MAX).contains(&limit) {
        return Err(AppError::invalid("limit", "ledger.amount_invalid"));
    }
    let account = store::hold(tx, account).await?;
    if owed(&account) > limit {
        return Err(AppError::invalid("limit", "ledger.limit_below_debt"));
    }
    Ok(store::set_limit(tx, account.id, limit).await?)
}

enum Begun {
    Repeated(Posted),
    New(Account),
}

/// What is written beside a change of money must not be longer than the statements show.
///
/// # Errors
/// [`AppError::Invalid`] on `note`.
pub fn check_note(note: &str) -> AppResult<()> {
    if note.chars().count() > NOTE_MAX { Err(AppError::invalid("note", "ledger.note_too_long")) } else { Ok(()) }
}

/// What every posting begins with: checks, the lock, the key, and what has expired meanwhile. `sign` is 1 for up, −1 for down.
async fn begin(
    tx: &Tx,
    account: LedgerAccountId,
    sign: i64,
    posting: &Posting<'_>,
    reverses: Option<LedgerEntryId>,
) -> AppResult<Begun> {
    if !(1..=AMOUNT_MAX).contains(&posting.amount) {
        return Err(AppError::invalid("amount", "ledger.amount_invalid"));
    }
    if posting.key.is_empty() || posting.key.len() > KEY_MAX {
        return Err(AppError::invalid("key", "ledger.key_invalid"));
    }
    check_note(posting.note)?;
    let amount = sign * posting.amount;
    let mut account = store::hold(tx, account).await?;
    if let Some(entry) = store::find_by_key(tx, account.id, posting.key).await? {
        return repeated(&entry, amount, posting, reverses).map(Begun::Repeated);
    }
    expiry::sweep(tx, &mut account, posting.at).await?;
    if account.balance + amount > BALANCE_MAX {
        return Err(AppError::invalid("amount", "ledger.amount_invalid"));
    }
    Ok(Begun::New(account))
}

/// The same request again, or another one under a key that is used up.
fn repeated(entry: &Entry, amount: i64, posting: &Posting<'_>, reverses: Option<LedgerEntryId>) -> AppResult<Posted> {
    let same = entry.amount == amount
        && entry.reason == posting.reason.code()
        && entry.order_id == posting.order.map(|order| order.0)
        && entry.reverses_id == reverses.map(|entry| entry.0);
    if !same {
        return Err(AppError::Conflict { message: "ledger.key_reused".into() });
    }
    Ok(Posted { entry: LedgerEntryId(entry.id), amount, balance: entry.balance_after, repeated: true })
}

/// Writes the entry, and what shows the balance elsewhere.
pub(super) async fn enter(
    tx: &Tx,
    account: &mut Account,
    amount: i64,
    posting: &Posting<'_>,
    reverses: Option<LedgerEntryId>,
) -> AppResult<Posted> {
    let entry = store::insert_entry(tx, account, amount, posting, reverses).await?;
    account.balance += amount;
    account.entries += 1;
    store::mirror(tx, account).await?;
    Ok(Posted { entry, amount, balance: account.balance, repeated: false })
}

fn owed(account: &Account) -> i64 {
    (-account.balance).max(0)
}

async fn place(tx: &Tx, account: &Account, entry: LedgerEntryId, given: &GivenBack, now: Timestamp) -> AppResult<()> {
    store::use_lots(tx, entry, &given.to_lots, -1).await?;
    if given.expired > 0 {
        store::insert_lot(tx, account.id, entry, given.expired, Some(now.plus(GRACE))).await?;
    }
    if given.unbound > 0 {
        store::insert_lot(tx, account.id, entry, given.unbound, None).await?;
    }
    Ok(())
}
