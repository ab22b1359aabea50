//! The ledger on both databases: what it promises, what the database itself refuses, and many clients at once. The files
//! beside compare it with a simple model and kill its clients.

mod crash;
mod model;
#[path = "../support/mod.rs"]
mod support;

use clientele::args;
use clientele::base::{AppError, Currency, CustomerId, LedgerAccountId, LedgerEntryId, OrderId, StaffId, Timestamp};
use clientele::commerce::ledger::authorise::{authorise, capture, void};
use clientele::commerce::ledger::{
    AccountKind, By, Posted, Posting, Reason, Unit, check, credit, debit, open, reverse, set_limit,
};
use clientele::commerce::stats;
use clientele::office::jobs::{nightly, service::drain};
use clientele::office::{alerts, staff::Role};
use clientele::server::{Db, Query, Tx};
use support::{NOW, TestApp, customer, integer, staff};

/// A customer's empty account of store credit.
pub async fn account(db: &Db, email: &str) -> (CustomerId, LedgerAccountId) {
    let owner = customer(email).insert(db).await;
    (owner, account_of(db, owner, AccountKind::Credit, Unit::Money(Currency::USD)).await)
}

pub async fn account_of(db: &Db, owner: CustomerId, kind: AccountKind, unit: Unit) -> LedgerAccountId {
    let tx = db.begin().await.expect("a transaction");
    let id = open(&tx, kind, Some(owner), unit, NOW).await.expect("an account");
    tx.commit().await.expect("a commit");
    id
}

pub fn posting(amount: i64, key: &str) -> Posting<'_> {
    Posting { amount, reason: Reason::Goodwill, by: By::Job, key, order: None, note: "", at: NOW }
}

/// What one posting does, in a transaction of its own.
pub async fn commit<T>(db: &Db, work: impl AsyncFnOnce(&Tx) -> Result<T, AppError>) -> Result<T, AppError> {
    let tx = db.begin().await?;
    let done = work(&tx).await?;
    tx.commit().await?;
    Ok(done)
}

async fn up(db: &Db, account: LedgerAccountId, amount: i64, key: &str, expires: Option<Timestamp>) -> Result<Posted, AppError> {
    commit(db, async |tx| credit(tx, account, posting(amount, key), expires).await).await
}

async fn down(db: &Db, account: LedgerAccountId, amount: i64, key: &str) -> Result<Posted, AppError> {
    commit(db, async |tx| debit(tx, account, posting(amount, key)).await).await
}

pub async fn balance(db: &Db, account: LedgerAccountId) -> i64 {
    integer(db, "SELECT balance FROM ledger_accounts WHERE id = $1", args![account]).await
}

async fn entries(db: &Db, account: LedgerAccountId) -> i64 {
    integer(db, "SELECT COUNT(*) FROM ledger_entries WHERE account_id = $1", args![account]).await
}

/// Nothing differs, neither in the ledger nor in the statistics.
pub async fn assert_adds_up(db: &Db) {
    assert_eq!(check::check(db, |_| {}).await.expect("an answer"), []);
    assert_eq!(stats::check(db, |_| {}).await.expect("an answer"), []);
}

fn message<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    result.expect_err("a refusal").message_key().to_owned()
}

/// What the database says to a statement.
async fn refused(db: &Db, sql: &str) -> bool {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(sql, args![]).await.is_err()
}

support::db_test!(the_balance_is_the_sum_and_the_list_shows_it);
async fn the_balance_is_the_sum_and_the_list_shows_it(db: Db) {
    let (owner, credit_account) = account(&db, "ana@shop.example").await;
    let points = account_of(&db, owner, AccountKind::Points, Unit::Points).await;
    let author = By::Staff(staff(&db, "Lena").await);
    let noted = Posting { by: author, note: "late parcel", ..posting(5_000, "a") };
    commit(&db, async |tx| credit(tx, credit_account, noted, None).await).await.expect("a credit");
    up(&db, points, 70, "a", None).await.expect("points, under a key of their own account");
    let posted = down(&db, credit_account, 1_250, "b").await.expect("a debit");
    assert_eq!((posted.amount, posted.balance, posted.repeated), (-1_250, 3_750, false));
    assert_eq!(balance(&db, credit_account).await, 3_750);
    let figures = "SELECT credit_minor * 1000 + points FROM customer_stats WHERE customer_id = $1";
    assert_eq!(integer(&db, figures, args![owner]).await, 3_750_070);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM ledger_notes WHERE body = 'late parcel'", args![]).await, 1);
    assert_adds_up(&db).await;
    assert_eq!(account_of(&db, owner, AccountKind::Credit, Unit::Money(Currency::USD)).await, credit_account);
}

support::db_test!(what_cannot_be_leaves_no_trace);
async fn what_cannot_be_leaves_no_trace(db: Db) {
    let (_, id) = account(&db, "ana@shop.example").await;
    up(&db, id, 100, "a", None).await.expect("a credit");
    for amount in [0, -1, i64::MIN, i64::MAX, 1_000_000_000_01] {
        assert_eq!(message(up(&db, id, amount, "b", None).await), "ledger.amount_invalid");
        assert_eq!(message(down(&db, id, amount, "b").await), "ledger.amount_invalid");
    }
    assert_eq!(message(down(&db, id, 101, "b").await), "ledger.insufficient");
    assert_eq!(message(up(&db, id, 1, "", None).await), "ledger.key_invalid");
    assert_eq!(message(up(&db, id, 1, &"k".repeat(201), None).await), "ledger.key_invalid");
    let long = "n".repeat(1_001);
    let noted = Posting { note: &long, ..posting(1, "b") };
    assert_eq!(message(commit(&db, async |tx| credit(tx, id, noted, None).await).await), "ledger.note_too_long");
    assert_eq!(up(&db, LedgerAccountId(999), 1, "b", None).await, Err(AppError::NotFound));
    assert_eq!((balance(&db, id).await, entries(&db, id).await), (100, 1));
}

support::db_test!(a_key_does_once_what_it_did);
async fn a_key_does_once_what_it_did(db: Db) {
    let (_, id) = account(&db, "ana@shop.example").await;
    let first = up(&db, id, 100, "a", None).await.expect("a credit");
    let again = up(&db, id, 100, "a", None).await.expect("the same credit");
    assert_eq!((again.entry, again.balance, first.repeated, again.repeated), (first.entry, 100, false, true));
    for other in [up(&db, id, 99, "a", None).await, down(&db, id, 100, "a").await] {
        assert_eq!(message(other), "ledger.key_reused");
    }
    let other_reason = Posting { reason: Reason::Prepaid, ..posting(100, "a") };
    assert_eq!(message(commit(&db, async |tx| credit(tx, id, other_reason, None).await).await), "ledger.key_reused");
    let other_order = Posting { order: Some(OrderId(7)), ..posting(100, "a") };
    assert_eq!(message(commit(&db, async |tx| credit(tx, id, other_order, None).await).await), "ledger.key_reused");
    assert_eq!((balance(&db, id).await, entries(&db, id).await), (100, 1));
}

support::db_test!(what_expires_soonest_is_spent_first_and_what_has_expired_never);
async fn what_expires_soonest_is_spent_first_and_what_has_expired_never(db: Db) {
    let app = TestApp::new(&db).await;
    let (_, id) = account(&db, "ana@shop.example").await;
    up(&db, id, 100, "never", None).await.expect("a credit");
    up(&db, id, 50, "late", Some(NOW.plus(9 * Timestamp::DAY))).await.expect("a credit");
    up(&db, id, 30, "soon", Some(NOW.plus(Timestamp::DAY))).await.expect("a credit");
    down(&db, id, 40, "x").await.expect("a debit");
    let left = support::numbers(&db, "SELECT remaining FROM ledger_lots ORDER BY id", args![]).await;
    assert_eq!(left, [100, 40, 0]);
    let late = Posting { at: NOW.plus(9 * Timestamp::DAY), ..posting(101, "y") };
    assert_eq!(message(commit(&db, async |tx| debit(tx, id, late).await).await), "ledger.insufficient");
    assert_eq!(balance(&db, id).await, 140, "the refusal left no trace");
    app.state.clock.advance(9 * Timestamp::DAY);
    assert!(nightly::enqueue(&app.state).await.expect("an answer"));
    assert!(!nightly::enqueue(&app.state).await.expect("an answer"), "once a day");
    drain(&app.state).await.expect("jobs that run");
    assert_eq!(balance(&db, id).await, 100);
    let expired = "SELECT amount FROM ledger_entries WHERE reason = 'expired' AND cause = 'job'";
    assert_eq!(support::numbers(&db, expired, args![]).await, [-40]);
    app.state.clock.advance(Timestamp::DAY);
    assert!(nightly::enqueue(&app.state).await.expect("an answer"));
    drain(&app.state).await.expect("jobs that run");
    assert_adds_up(&db).await;
}

support::db_test!(an_approved_limit_goes_below_zero_and_no_further);
async fn an_approved_limit_goes_below_zero_and_no_further(db: Db) {
    let (_, id) = account(&db, "ana@shop.example").await;
    let limit = async |to: i64| commit(&db, async |tx| set_limit(tx, id, to).await).await;
    up(&db, id, 20, "a", None).await.expect("a credit");
    limit(100).await.expect("a limit");
    assert_eq!(message(down(&db, id, 121, "b").await), "ledger.insufficient");
    assert_eq!(down(&db, id, 90, "c").await.expect("a debit").balance, -70);
    assert_eq!(message(limit(69).await), "ledger.limit_below_debt");
    assert_eq!(message(limit(-1).await), "ledger.amount_invalid");
    limit(70).await.expect("a limit that is used up");
    let settled = up(&db, id, 100, "d", Some(NOW.plus(Timestamp::DAY))).await.expect("a settlement");
    assert_eq!(settled.balance, 30);
    let left = support::numbers(&db, "SELECT remaining FROM ledger_lots WHERE remaining > 0", args![]).await;
    assert_eq!(left, [30], "what was owed is settled before the rest becomes a lot");
    assert_adds_up(&db).await;
}

support::db_test!(what_is_set_aside_is_captured_or_given_back_once);
async fn what_is_set_aside_is_captured_or_given_back_once(db: Db) {
    let (_, id) = account(&db, "ana@shop.example").await;
    up(&db, id, 60, "a", Some(NOW.plus(Timestamp::DAY))).await.expect("a credit");
    up(&db, id, 40, "b", None).await.expect("a credit");
    let set_aside = async |amount, key: &str| commit(&db, async |tx| authorise(tx, id, posting(amount, key)).await).await;
    let first = set_aside(80, "x").await.expect("an authorisation");
    assert_eq!(set_aside(80, "x").await.expect("the same").id, first.id);
    assert_eq!(message(set_aside(21, "y").await), "ledger.insufficient");
    let back = commit(&db, async |tx| reverse(tx, first.posted.entry, posting(1, "r")).await).await;
    assert_eq!(message(back), "ledger.authorisation_open");
    let take = async |amount| commit(&db, async |tx| capture(tx, first.id, posting(amount, "-")).await).await;
    assert_eq!(message(take(81).await), "ledger.more_than_authorised");
    take(70).await.expect("a capture");
    take(70).await.expect("the same capture");
    assert_eq!(message(take(80).await), "ledger.authorisation_closed");
    let give_up = async |which| commit(&db, async |tx| void(tx, which, posting(1, "-")).await).await;
    assert_eq!(message(give_up(first.id).await), "ledger.authorisation_closed");
    assert_eq!(balance(&db, id).await, 30);
    let second = set_aside(30, "z").await.expect("an authorisation");
    give_up(second.id).await.expect("voided");
    give_up(second.id).await.expect("voided already");
    assert_eq!(balance(&db, id).await, 30);
    assert_adds_up(&db).await;
}

support::db_test!(a_debit_goes_back_where_it_came_from);
async fn a_debit_goes_back_where_it_came_from(db: Db) {
    let (_, id) = account(&db, "ana@shop.example").await;
    let soon = NOW.plus(Timestamp::DAY);
    up(&db, id, 60, "a", Some(soon)).await.expect("a credit");
    up(&db, id, 40, "b", None).await.expect("a credit");
    let spent = down(&db, id, 80, "c").await.expect("a debit").entry;
    let back = async |amount, key: &str, at| {
        commit(&db, async |tx| reverse(tx, spent, Posting { at, ..posting(amount, key) }).await).await
    };
    let lots = async || support::numbers(&db, "SELECT remaining FROM ledger_lots ORDER BY id", args![]).await;
    back(30, "r1", NOW).await.expect("a part");
    assert_eq!(lots().await, [10, 40]);
    assert_eq!(message(back(51, "r2", NOW).await), "ledger.more_than_debited");
    back(50, "r3", soon).await.expect("the rest, after its lot has expired");
    assert_eq!(lots().await, [0, 40, 50], "as a lot of its own, with a time of grace");
    assert!(back(50, "r3", soon).await.expect("the same").repeated);
    let credited: LedgerEntryId = up(&db, id, 1, "d", None).await.expect("a credit").entry;
    let wrong = commit(&db, async |tx| reverse(tx, credited, posting(1, "r4")).await).await;
    assert_eq!(message(wrong), "ledger.more_than_debited");
    assert_adds_up(&db).await;
}

support::db_test!(the_database_refuses_what_the_engine_never_does);
async fn the_database_refuses_what_the_engine_never_does(db: Db) {
    let (_, id) = account(&db, "ana@shop.example").await;
    up(&db, id, 100, "a", None).await.expect("a credit");
    let entry = |seq: i64, amount: i64, after: i64, key: &str| {
        format!(
            "INSERT INTO ledger_entries (account_id, seq, amount, balance_after, reason, cause, idempotency_key, at)
             VALUES ({id}, {seq}, {amount}, {after}, 'correction', 'job', '{key}', 0)"
        )
    };
    for sql in [
        "UPDATE ledger_entries SET amount = 1",
        "UPDATE ledger_entries SET reason = 'refund'",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_accounts SET balance = 1",
        "UPDATE ledger_accounts SET entries_count = 0",
        "UPDATE ledger_accounts SET credit_limit = -1",
        "UPDATE ledger_accounts SET kind = 'points', currency = ''",
        "INSERT INTO ledger_accounts (kind, currency, balance, created_at) VALUES ('gift_card', 'USD', 5, 0)",
        "INSERT INTO ledger_accounts (kind, currency, created_at) VALUES ('credit', '', 0)",
        "UPDATE ledger_lots SET remaining = -1",
        "UPDATE ledger_lots SET remaining = 101",
        "DELETE FROM ledger_lots",
        "DELETE FROM customers",
    ] {
        assert!(refused(&db, sql).await, "{sql}");
    }
    for (sql, why) in [
        (entry(2, -101, -1, "b"), "below zero"),
        (entry(2, -1, 100, "b"), "another balance than results"),
        (entry(3, -1, 99, "b"), "not the next number"),
        (entry(1, -1, 99, "b"), "a number again"),
        (entry(2, -1, 99, "a"), "a key again"),
        (entry(2, 0, 100, "b"), "nothing"),
    ] {
        assert!(refused(&db, &sql).await, "{why}");
    }
    assert!(!refused(&db, &entry(2, -1, 99, "b")).await, "rolled back, but not refused");
    assert_adds_up(&db).await;
}

support::db_test!(reconciliation_finds_what_does_not_add_up_and_forgets_it_once_it_does);
async fn reconciliation_finds_what_does_not_add_up_and_forgets_it_once_it_does(db: Db) {
    let app = TestApp::new(&db).await;
    let (owner, id) = account(&db, "ana@shop.example").await;
    up(&db, id, 100, "a", None).await.expect("a credit");
    let drop_guard = if db.is_postgres() {
        "DROP TRIGGER ledger_accounts_guard ON ledger_accounts"
    } else {
        "DROP TRIGGER ledger_accounts_balance"
    };
    let tamper = async |sql: &str| commit(&db, async |tx| Ok(tx.execute(sql, args![]).await?)).await.expect("tampering");
    tamper(drop_guard).await;
    tamper("UPDATE ledger_accounts SET balance = 90").await;
    tamper("UPDATE ledger_lots SET remaining = 80").await;
    let found = check::check(&db, |_| {}).await.expect("an answer");
    let found: Vec<_> = found.iter().map(|d| (d.account, d.what.as_str(), d.stored, d.computed)).collect();
    let expected = [("balance", 90, 100), ("customer statistics", 100, 90), ("lots", 80, 90), ("use of lots", 80, 100)];
    assert_eq!(found, expected.map(|(what, stored, computed)| (id.0, what, stored, computed)));
    assert_eq!(stats::check(&db, |_| {}).await.expect("an answer").len(), 1, "{owner} has another balance than the list shows");
    let nightly = async || {
        app.state.clock.advance(Timestamp::DAY);
        nightly::enqueue(&app.state).await.expect("an answer");
        drain(&app.state).await.expect("jobs that run");
        alerts::store::count_open(&db, check::ALERT).await.expect("a number")
    };
    assert_eq!((nightly().await, nightly().await), (4, 4), "seen twice, raised once");
    tamper("UPDATE ledger_accounts SET balance = 100").await;
    tamper("UPDATE ledger_lots SET remaining = 100").await;
    assert_eq!(nightly().await, 0);
    assert_adds_up(&db).await;
}

support::db_test!(who_has_a_balance_is_not_deleted);
async fn who_has_a_balance_is_not_deleted(db: Db) {
    let app = TestApp::new(&db).await;
    let context = app.context(app.member(Role::Owner, None).await).await;
    let (owner, id) = account(&db, "ana@shop.example").await;
    up(&db, id, 100, "a", None).await.expect("a credit");
    let deleted = support::in_tx!(db, tx => clientele::customers::profile::service::delete(&tx, None, &context.actor(), owner));
    assert_eq!(message(deleted), "profile.delete_refused");
}

/// Clients at once, what each of them does, and how much there is for them.
const CLIENTS: i64 = 64;
const DEBITS: i64 = 5;
const START: i64 = 1_000;

support::db_test!(many_clients_spend_what_there_is_and_nothing_twice);
async fn many_clients_spend_what_there_is_and_nothing_twice(db: Db) {
    let (owner, id) = account(&db, "ana@shop.example").await;
    for lot in 0..10 {
        let expires = (lot % 2 == 0).then(|| NOW.plus((lot + 1) * Timestamp::DAY));
        up(&db, id, START / 10, &format!("lot {lot}"), expires).await.expect("a credit");
    }
    let client = |client: i64| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut taken = 0;
            for number in 0..DEBITS {
                // 4 on average, 1,280 in all: more than there is.
                let (amount, key) = (1 + (client + number) % 7, format!("client {client}, {number}"));
                let (one, two) = tokio::join!(down(&db, id, amount, &key), down(&db, id, amount, &key));
                match (one, two) {
                    (Ok(one), Ok(two)) => {
                        assert_eq!((one.entry, one.balance), (two.entry, two.balance));
                        assert_ne!(one.repeated, two.repeated, "one of them did it");
                        taken += amount;
                    }
                    (one, two) => {
                        assert_eq!((message(one), message(two)), ("ledger.insufficient".into(), "ledger.insufficient".into()))
                    }
                }
            }
            taken
        })
    };
    let mut taken = 0;
    for task in (0..CLIENTS).map(client).collect::<Vec<_>>() {
        taken += task.await.expect("a client");
    }
    let left = balance(&db, id).await;
    assert!(left >= 0 && taken > 0, "{left} left");
    assert_eq!(START - taken, left, "nothing lost");
    assert!(left < 7, "the last ones were refused for want of money, not for anything else");
    assert_eq!(integer(&db, "SELECT credit_minor FROM customer_stats WHERE customer_id = $1", args![owner]).await, left);
    assert_adds_up(&db).await;
}

support::db_test!(two_first_credits_make_one_account);
async fn two_first_credits_make_one_account(db: Db) {
    let owner = customer("ana@shop.example").insert(&db).await;
    let first = |number: i64| {
        let db = db.clone();
        async move {
            let key = format!("{number}");
            commit(&db, async |tx| {
                let id = open(tx, AccountKind::Credit, Some(owner), Unit::Money(Currency::USD), NOW).await?;
                credit(tx, id, posting(10, &key), None).await
            })
            .await
        }
    };
    let (one, two) = tokio::join!(first(1), first(2));
    assert_eq!(one.expect("a credit").balance + two.expect("a credit").balance, 30);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM ledger_accounts", args![]).await, 1);
    assert_adds_up(&db).await;
}

#[test]
fn who_made_an_entry_is_written_as_the_database_knows_it() {
    let codes = [By::Staff(StaffId(1)), By::Customer, By::Program, By::Job].map(By::code);
    assert_eq!(codes, ["staff", "customer", "program", "job"]);
}
