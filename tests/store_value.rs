//! Store credit, gift cards and points on both databases: what each promises, what it refuses, and many clients at once.

mod support;

use clientele::args;
use clientele::base::{AppError, Currency, CustomerId, GiftCardId, Money, OrderId, Timestamp};
use clientele::commerce::credit::{self, NewCredit, Reduction};
use clientele::commerce::giftcards::{
    self, CardStatus, Issued, NewBatch, NewCard, NewRedemption, Redeemed, WhichCard, find_by_code, usable,
};
use clientele::commerce::ledger::{self, By, Posting, Reason, check, expiry};
use clientele::commerce::loyalty::{self, Adjustment, LoyaltyTerms, TakenBack};
use clientele::commerce::stats;
use clientele::office::audit::store::Actor;
use clientele::office::outbox::{self, Mail};
use clientele::office::settings::{Form, LoyaltyForm, ShopSettings};
use clientele::office::staff::Role;
use clientele::server::keys::Keys;
use clientele::server::{Db, Query, Tx};
use support::{NOW, TestApp, customer, integer, numbers};

const DAY: i64 = Timestamp::DAY;

fn keys() -> Keys {
    Keys::derive(&[7; 32])
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn actor(at: Timestamp) -> Actor {
    Actor::system(at)
}

/// What one use case does, in a transaction of its own.
async fn commit<T>(db: &Db, work: impl AsyncFnOnce(&Tx) -> Result<T, AppError>) -> Result<T, AppError> {
    let tx = db.begin().await?;
    let done = work(&tx).await?;
    tx.commit().await?;
    Ok(done)
}

/// The field and the key of the message of a refusal.
fn refusal<T: std::fmt::Debug>(result: Result<T, AppError>) -> (String, String) {
    match result.expect_err("a refusal") {
        AppError::Invalid { field, message } => (field, message),
        AppError::Conflict { message } => (String::new(), message),
        other => (format!("{other:?}"), String::new()),
    }
}

fn said(field: &str, message: &str) -> (String, String) {
    (field.into(), message.into())
}

async fn assert_adds_up(db: &Db) {
    assert_eq!(check::check(db, |_| {}).await.expect("an answer"), []);
    assert_eq!(stats::check(db, |_| {}).await.expect("an answer"), []);
}

async fn count(db: &Db, table: &str) -> i64 {
    integer(db, &format!("SELECT COUNT(*) FROM {table}"), args![]).await
}

/// An order of a customer, as far as points need one.
async fn order(db: &Db, customer: CustomerId, number: &str) -> OrderId {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(
        "INSERT INTO stores (id, code, name, currency, created_at) VALUES (1, 'web', 'Web', 'USD', 0) ON CONFLICT DO NOTHING",
        args![],
    )
    .await
    .expect("a store");
    let id = tx
        .insert(
            "INSERT INTO orders (number, customer_id, store_id, status, payment_state, fulfilment_state, currency, rate, subtotal_minor,
               total_minor, base_total_minor, placed_at, placed_day, state_since, created_at, updated_at)
             VALUES ($1, $2, 1, 'placed', 'paid', 'unfulfilled', 'USD', '1', 0, 0, 0, $3, $4, $3, $3, $3) RETURNING id",
            args![number, customer, NOW, NOW.0.div_euclid(DAY)],
        )
        .await
        .expect("an order");
    stats::refresh(&tx, customer).await.expect("statistics");
    stats::refresh_day(&tx, clientele::base::Day((NOW.0.div_euclid(DAY)) as i32), 1).await.expect("a roll-up");
    tx.commit().await.expect("a commit");
    OrderId(id)
}

// --- outbox ---------------------------------------------------------------------------------------------------------

support::db_test!(a_mail_is_queued_once);
async fn a_mail_is_queued_once(db: Db) {
    for text in ["first", "second"] {
        let mail = Mail {
            customer: None,
            recipient: "ana@shop.example",
            template: "hello",
            locale: "en",
            data: serde_json::json!({ "text": text }),
            key: "hello:1",
        };
        commit(&db, async |tx| Ok(outbox::store::queue(tx, mail, NOW).await?)).await.expect("a mail");
    }
    let rows: Vec<(String,)> = db.all("SELECT data FROM outbox", args![]).await.expect("rows");
    assert_eq!(rows, [("{\"text\":\"first\"}".to_owned(),)]);
}

// --- store credit ---------------------------------------------------------------------------------------------------

fn goodwill(amount: Money, key: &str) -> NewCredit<'_> {
    NewCredit { amount, reason: Reason::Goodwill, by: By::Program, key, order: None, note: "", expires: None }
}

async fn credit_of(db: &Db, customer: CustomerId) -> i64 {
    integer(db, "SELECT credit_minor FROM customer_stats WHERE customer_id = $1", args![customer]).await
}

support::db_test!(credit_is_given_and_taken_and_the_customer_told);
async fn credit_is_given_and_taken_and_the_customer_told(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    let settings = ShopSettings::default();
    let give = async |new| commit(&db, async |tx| credit::top_up(tx, &settings, &actor(NOW), ana, new).await).await;
    let first = give(goodwill(usd(5_000), "a")).await.expect("credit");
    assert!(give(goodwill(usd(5_000), "a")).await.expect("the same").repeated);
    assert_eq!((first.balance, credit_of(&db, ana).await, count(&db, "outbox").await), (5_000, 5_000, 1));
    let cut = Reduction { amount: usd(1_200), note: "given twice", by: By::Program, key: "b" };
    commit(&db, async |tx| credit::reduce(tx, &settings, &actor(NOW), ana, cut).await).await.expect("a reduction");
    assert_eq!((credit_of(&db, ana).await, count(&db, "outbox").await, count(&db, "audit_entries").await), (3_800, 2, 2));
    let told =
        "SELECT COUNT(*) FROM outbox WHERE recipient = 'ana@shop.example' AND template = 'credit_changed' AND customer_id = $1";
    assert_eq!(integer(&db, told, args![ana]).await, 2);
    assert_adds_up(&db).await;
}

support::db_test!(credit_that_cannot_be_leaves_no_trace);
async fn credit_that_cannot_be_leaves_no_trace(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    let settings = ShopSettings::default();
    let give = async |new| refusal(commit(&db, async |tx| credit::top_up(tx, &settings, &actor(NOW), ana, new).await).await);
    for minor in [0, -1, i64::MIN, i64::MAX] {
        assert_eq!(give(goodwill(usd(minor), "a")).await, said("amount", "ledger.amount_invalid"));
    }
    let euros = Money::new(100, Currency::parse("EUR").expect("a currency"));
    assert_eq!(give(goodwill(euros, "a")).await, said("currency", "credit.currency_invalid"));
    let of = |reason| NewCredit { reason, ..goodwill(usd(100), "a") };
    assert_eq!(give(of(Reason::Earned)).await, said("reason", "credit.reason_invalid"));
    assert_eq!(give(of(Reason::Correction)).await, said("note", "value.note_missing"));
    let past = NewCredit { expires: Some(NOW), ..goodwill(usd(100), "a") };
    assert_eq!(give(past).await, said("expires", "value.expiry_past"));
    let cut = async |amount, note| {
        let cut = Reduction { amount, note, by: By::Program, key: "b" };
        refusal(commit(&db, async |tx| credit::reduce(tx, &settings, &actor(NOW), ana, cut).await).await)
    };
    assert_eq!(cut(usd(1), "more than there is").await, said("amount", "ledger.insufficient"));
    assert_eq!(cut(usd(1), " ").await, said("note", "value.note_missing"));
    let mut off = ShopSettings::default();
    off.credit.enabled = false;
    let refused = commit(&db, async |tx| credit::give(tx, &off, ana, goodwill(usd(100), "a"), NOW).await).await;
    assert_eq!(refusal(refused), said("", "credit.switched_off"));
    for table in ["ledger_accounts", "ledger_entries", "outbox", "audit_entries"] {
        assert_eq!(count(&db, table).await, 0, "{table}");
    }
}

support::db_test!(a_credit_limit_is_approved_used_and_settled);
async fn a_credit_limit_is_approved_used_and_settled(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    let settings = ShopSettings::default();
    let limit = async |minor| commit(&db, async |tx| credit::set_limit(tx, &settings, &actor(NOW), ana, usd(minor)).await).await;
    limit(10_000).await.expect("a limit");
    let spend = async |amount| {
        commit(&db, async |tx| {
            let account = credit::account(tx, ana, Currency::USD, NOW).await?;
            let posting = Posting { amount, reason: Reason::Order, by: By::Program, key: "o", order: None, note: "", at: NOW };
            ledger::debit(tx, account, posting).await
        })
        .await
    };
    assert_eq!(refusal(spend(10_001).await), said("amount", "ledger.insufficient"));
    assert_eq!(spend(8_000).await.expect("on credit").balance, -8_000);
    assert_eq!(refusal(limit(7_999).await), said("limit", "ledger.limit_below_debt"));
    let settled = NewCredit { reason: Reason::Settlement, ..goodwill(usd(8_000), "s") };
    commit(&db, async |tx| credit::give(tx, &settings, ana, settled, NOW).await).await.expect("a settlement");
    assert_eq!(credit_of(&db, ana).await, 0);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'credit.limit_set'", args![]).await, 1);
    assert_adds_up(&db).await;
}

// --- gift cards -----------------------------------------------------------------------------------------------------

fn new_card(amount: Money, key: &str) -> NewCard<'_> {
    NewCard { amount, customer: None, expires: None, message: "", batch: "", order: None, key }
}

async fn issue(db: &Db, new: NewCard<'_>) -> Result<Issued, AppError> {
    commit(db, async |tx| giftcards::issue(tx, &keys(), new, By::Program, NOW).await).await
}

/// A card and its code.
async fn card(db: &Db, minor: i64, key: &str) -> (GiftCardId, String) {
    let issued = issue(db, new_card(usd(minor), key)).await.expect("a card");
    (issued.id, issued.code.expect("a code"))
}

async fn redeem(
    db: &Db,
    at: Timestamp,
    card: WhichCard<'_>,
    to: CustomerId,
    minor: Option<i64>,
    key: &str,
) -> Result<Redeemed, AppError> {
    let settings = ShopSettings::default();
    let new = NewRedemption { card, customer: to, amount: minor.map(usd), by: By::Program, key };
    commit(db, async |tx| giftcards::redeem(tx, &settings, &keys(), &actor(at), new).await).await
}

support::db_test!(a_code_is_told_once_and_kept_as_a_hash);
async fn a_code_is_told_once_and_kept_as_a_hash(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    let new = NewCard { customer: Some(ana), message: "Happy birthday", ..new_card(usd(2_500), "k") };
    let first = issue(&db, new).await.expect("a card");
    let code = first.code.clone().expect("a code");
    assert_eq!(issue(&db, new).await.expect("the same card"), Issued { id: first.id, code: None });
    assert_eq!(refusal(issue(&db, NewCard { amount: usd(2_501), ..new }).await), said("", "ledger.key_reused"));
    assert_eq!((count(&db, "gift_cards").await, count(&db, "outbox").await, count(&db, "ledger_entries").await), (1, 1, 1));
    let found =
        find_by_code(&db, &keys(), &code.to_lowercase().replace('-', " "), NOW).await.expect("an answer").expect("a card");
    assert_eq!((found.id, found.customer, found.balance, found.status), (first.id, Some(ana), 2_500, CardStatus::Active));
    assert_eq!(found.last_four, code[code.len() - 4..]);
    assert_eq!(find_by_code(&db, &Keys::derive(&[8; 32]), &code, NOW).await.expect("an answer"), None, "with another key");
    assert_eq!(find_by_code(&db, &keys(), "2222-2222-2222-2222-2222", NOW).await.expect("an answer"), None);
    // Wherever the database keeps text, there is no code in it.
    let (data,): (String,) = db.one("SELECT data FROM outbox", args![]).await.expect("a mail");
    assert!(!data.contains(&code[..9]) && data.contains("Happy birthday"), "{data}");
    let sealed = serde_json::from_str::<serde_json::Value>(&data).expect("JSON")["sealed_code"].as_str().map(str::to_owned);
    assert_eq!(keys().open_secret(&sealed.expect("a sealed code")), Some(code));
    assert_adds_up(&db).await;
}

support::db_test!(cards_that_cannot_be_leave_no_trace);
async fn cards_that_cannot_be_leave_no_trace(db: Db) {
    let try_it = async |new| refusal(issue(&db, new).await);
    for minor in [0, -1, i64::MIN, i64::MAX] {
        assert_eq!(try_it(new_card(usd(minor), "k")).await, said("amount", "ledger.amount_invalid"));
    }
    let nobodys = Money::new(100, Currency::parse("XXX").expect("three letters"));
    assert_eq!(try_it(new_card(nobodys, "k")).await, said("currency", "value.currency_unknown"));
    assert_eq!(try_it(NewCard { expires: Some(NOW), ..new_card(usd(1), "k") }).await, said("expires", "value.expiry_past"));
    let long = "m".repeat(501);
    assert_eq!(try_it(NewCard { message: &long, ..new_card(usd(1), "k") }).await, said("message", "giftcards.message_too_long"));
    assert_eq!(try_it(new_card(usd(1), "")).await, said("key", "ledger.key_invalid"));
    let batch = async |count, name| {
        let new = NewBatch { name, count, amount: usd(100), expires: None, key: "k" };
        let settings = ShopSettings::default();
        let by = By::Program;
        refusal(commit(&db, async |tx| giftcards::issue_batch(tx, &settings, &keys(), &actor(NOW), by, new).await).await)
    };
    assert_eq!(batch(0, "June").await, said("count", "giftcards.count_invalid"));
    assert_eq!(batch(501, "June").await, said("count", "giftcards.count_invalid"));
    assert_eq!(batch(3, " ").await, said("batch", "giftcards.batch_missing"));
    for table in ["gift_cards", "ledger_accounts", "outbox", "audit_entries"] {
        assert_eq!(count(&db, table).await, 0, "{table}");
    }
}

support::db_test!(a_batch_is_issued_at_once_or_not_at_all);
async fn a_batch_is_issued_at_once_or_not_at_all(db: Db) {
    let new = NewBatch { name: "June", count: 40, amount: usd(1_000), expires: Some(NOW.plus(DAY)), key: "b" };
    let settings = ShopSettings::default();
    let issue = async || {
        commit(&db, async |tx| giftcards::issue_batch(tx, &settings, &keys(), &actor(NOW), By::Program, new).await).await
    };
    let first = issue().await.expect("a batch");
    let codes: std::collections::BTreeSet<_> = first.iter().filter_map(|card| card.code.clone()).collect();
    assert_eq!((first.len(), codes.len()), (40, 40));
    assert!(issue().await.expect("the same batch").iter().all(|card| card.code.is_none()));
    assert_eq!((count(&db, "gift_cards").await, count(&db, "audit_entries").await, count(&db, "outbox").await), (40, 1, 0));
    assert_adds_up(&db).await;
}

support::db_test!(a_card_is_redeemed_in_part_and_becomes_the_customers);
async fn a_card_is_redeemed_in_part_and_becomes_the_customers(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    let ben = customer("ben@shop.example").insert(&db).await;
    let until = NOW.plus(10 * DAY);
    let expires = Some(until);
    let issued = issue(&db, NewCard { expires, ..new_card(usd(2_500), "k") }).await.expect("a card");
    let (id, code) = (issued.id, issued.code.expect("a code"));
    assert_eq!(redeem(&db, NOW, WhichCard::Id(id), ana, None, "r").await, Err(AppError::NotFound), "not hers by its number");
    let part = redeem(&db, NOW, WhichCard::Code(&code), ana, Some(1_000), "r1").await.expect("a part");
    assert_eq!((part.left, part.credit.balance), (1_500, 1_000));
    assert!(redeem(&db, NOW, WhichCard::Code(&code), ana, Some(1_000), "r1").await.expect("the same").credit.repeated);
    let found = giftcards::get(&db, id, NOW).await.expect("a card");
    assert_eq!((found.customer, found.status, found.expires_at), (Some(ana), CardStatus::PartlyUsed, expires));
    let rest = redeem(&db, NOW, WhichCard::Id(id), ana, None, "r2").await.expect("the rest, by its number now");
    assert_eq!((rest.left, rest.credit.balance), (0, 2_500));
    assert!(redeem(&db, NOW, WhichCard::Id(id), ana, None, "r2").await.expect("the same").credit.repeated);
    assert_eq!(refusal(redeem(&db, NOW, WhichCard::Code(&code), ben, None, "r3").await), said("gift_card", "giftcards.is_used"));
    assert_eq!(numbers(&db, "SELECT expires_at FROM ledger_lots WHERE remaining > 0 ORDER BY id", args![]).await, [until.0; 2]);
    assert_adds_up(&db).await;
}

support::db_test!(a_card_that_pays_for_nothing_says_why);
async fn a_card_that_pays_for_nothing_says_why(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    let to_ana = async |at, code: &str, minor| refusal(redeem(&db, at, WhichCard::Code(code), ana, minor, "r").await);
    assert_eq!(to_ana(NOW, "2222-2222-2222-2222-2222", None).await, said("code", "giftcards.unknown_code"));
    assert_eq!(to_ana(NOW, "not a code", None).await, said("code", "giftcards.unknown_code"));
    let (id, code) = card(&db, 2_500, "k1").await;
    for minor in [0, -1, i64::MIN] {
        assert_eq!(to_ana(NOW, &code, Some(minor)).await, said("amount", "ledger.amount_invalid"));
    }
    assert_eq!(to_ana(NOW, &code, Some(2_501)).await, said("amount", "giftcards.more_than_left"));
    let disable = async |note| commit(&db, async |tx| giftcards::disable(tx, &actor(NOW), id, note).await).await;
    assert_eq!(refusal(disable("").await), said("note", "value.note_missing"));
    let long = "x".repeat(1_001);
    assert_eq!(refusal(disable(&long).await), said("note", "ledger.note_too_long"));
    disable("lost").await.expect("disabled");
    disable("lost").await.expect("disabled already");
    assert_eq!(to_ana(NOW, &code, None).await, said("gift_card", "giftcards.is_disabled"));
    commit(&db, async |tx| giftcards::enable(tx, &actor(NOW), id).await).await.expect("enabled");
    let found = giftcards::get(&db, id, NOW).await.expect("a card");
    assert_eq!((usable(&found), found.balance), (Ok(()), 2_500), "what was on it stayed");
    let expiring = issue(&db, NewCard { expires: Some(NOW.plus(DAY)), ..new_card(usd(100), "k2") }).await.expect("a card");
    let late = to_ana(NOW.plus(DAY), &expiring.code.expect("a code"), None).await;
    assert_eq!(late, said("gift_card", "giftcards.is_expired"));
    let yen = Money::new(500, Currency::parse("JPY").expect("a currency"));
    let other = issue(&db, new_card(yen, "k3")).await.expect("a card").code.expect("a code");
    assert_eq!(to_ana(NOW, &other, None).await, said("gift_card", "giftcards.other_currency"));
    assert_eq!((credit_of(&db, ana).await, count(&db, "outbox").await), (0, 0));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries", args![]).await, 2, "disabled and enabled, each once");
    assert_adds_up(&db).await;
}

support::db_test!(an_expired_card_that_a_return_fills_can_be_spent);
async fn an_expired_card_that_a_return_fills_can_be_spent(db: Db) {
    let issued = issue(&db, NewCard { expires: Some(NOW.plus(DAY)), ..new_card(usd(1_000), "k") }).await.expect("a card");
    let state = async |at| giftcards::get(&db, issued.id, at).await.expect("a card");
    let account = state(NOW).await.account;
    let posting = |amount, key, at| Posting { amount, reason: Reason::Order, by: By::Program, key, order: None, note: "", at };
    let spent = commit(&db, async |tx| ledger::debit(tx, account, posting(600, "o", NOW)).await).await.expect("spent");
    assert_eq!(state(NOW).await.status, CardStatus::PartlyUsed);
    let late = NOW.plus(2 * DAY);
    assert_eq!((state(late).await.status, state(late).await.balance), (CardStatus::Expired, 0), "before the nightly job, too");
    commit(&db, async |tx| expiry::sweep(tx, &mut ledger::store::hold(tx, account).await?, late).await).await.expect("expired");
    assert_eq!(state(late).await.status, CardStatus::Expired);
    let back = Posting { reason: Reason::Returned, ..posting(600, "r", late) };
    commit(&db, async |tx| ledger::reverse(tx, spent.entry, back).await).await.expect("given back");
    let filled = state(late).await;
    assert_eq!((filled.status, filled.balance, usable(&filled)), (CardStatus::PartlyUsed, 600, Ok(())));
    assert_eq!(filled.expires_at, Some(late.plus(30 * DAY)));
    assert_adds_up(&db).await;
}

support::db_test!(many_clients_redeem_one_card);
async fn many_clients_redeem_one_card(db: Db) {
    const CLIENTS: i64 = 64;
    let ana = customer("ana@shop.example").insert(&db).await;
    let (id, code) = card(&db, 10_050, "k").await;
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (db, code) = (db.clone(), code.clone());
            // Every request comes twice.
            tokio::spawn(async move {
                let key = format!("r{}", client / 2);
                loop {
                    match redeem(&db, NOW, WhichCard::Code(&code), ana, Some(500), &key).await {
                        Err(AppError::Unavailable) => {}
                        other => return other,
                    }
                }
            })
        })
        .collect();
    let mut refused = 0;
    for task in tasks {
        match task.await.expect("a client") {
            Ok(redeemed) => assert!(redeemed.left >= 0),
            Err(error) => {
                assert_eq!(error, AppError::invalid("amount", "giftcards.more_than_left"));
                refused += 1;
            }
        }
    }
    // 32 different requests over 500 each: 20 fit.
    assert_eq!(refused, 24);
    assert_eq!((giftcards::get(&db, id, NOW).await.expect("a card").balance, credit_of(&db, ana).await), (50, 10_000));
    assert_adds_up(&db).await;
}

support::db_test!(many_clients_issue_one_card);
async fn many_clients_issue_one_card(db: Db) {
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                loop {
                    match issue(&db, new_card(usd(100), "k")).await {
                        Err(AppError::Unavailable) => {}
                        other => return other,
                    }
                }
            })
        })
        .collect();
    let mut codes = 0;
    for task in tasks {
        codes += usize::from(task.await.expect("a client").expect("the card").code.is_some());
    }
    assert_eq!((codes, count(&db, "gift_cards").await, count(&db, "ledger_accounts").await), (1, 1, 1));
    assert_adds_up(&db).await;
}

// --- loyalty --------------------------------------------------------------------------------------------------------

async fn enrol(db: &Db, customer: CustomerId) -> String {
    let settings = ShopSettings::default();
    commit(db, async |tx| loyalty::enrol(tx, &settings, &actor(NOW), customer).await).await.expect("a member").card_number
}

async fn earn(db: &Db, customer: CustomerId, order: OrderId, minor: i64) -> i64 {
    let settings = ShopSettings::default();
    commit(db, async |tx| loyalty::earn(tx, &settings, customer, order, usd(minor), NOW).await).await.expect("an answer")
}

async fn take_back(db: &Db, at: Timestamp, order: OrderId, refunded: (i64, i64), key: &str) -> TakenBack {
    commit(db, async |tx| loyalty::take_back(tx, order, refunded, key, at).await).await.expect("an answer")
}

async fn terms(db: &Db, customer: CustomerId, at: Timestamp) -> LoyaltyTerms {
    loyalty::terms(db, &ShopSettings::default(), customer, at).await.expect("terms")
}

async fn earned(db: &Db, customer: CustomerId) -> i64 {
    integer(db, "SELECT earned_points FROM loyalty_members WHERE customer_id = $1", args![customer]).await
}

support::db_test!(members_have_cards_and_only_they_earn);
async fn members_have_cards_and_only_they_earn(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    let first = order(&db, ana, "1001").await;
    assert_eq!(earn(&db, ana, first, 100_00).await, 0, "no member");
    let number = enrol(&db, ana).await;
    assert_eq!((number.len(), &number[..2], enrol(&db, ana).await), (12, "FC", number.clone()));
    assert_eq!(earn(&db, ana, first, 99_99).await, 990, "ten for each whole unit");
    assert_eq!(earn(&db, ana, first, 99_99).await, 0, "an order earns once");
    let second = order(&db, ana, "1002").await;
    assert_eq!(earn(&db, ana, second, 1_00).await, 10, "still Bronze");
    let third = order(&db, ana, "1003").await;
    assert_eq!(earn(&db, ana, third, 400_00).await, 4_800, "Silver earns twelve");
    let gold = terms(&db, ana, NOW).await;
    assert_eq!((gold.tier.as_deref(), gold.free_shipping, gold.early_access, gold.points), (Some("gold"), true, true, 5_800));
    assert_eq!(terms(&db, ana, NOW.plus(365 * DAY)).await.points, 0, "a year later, also before the nightly job");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'loyalty.enrolled'", args![]).await, 1);
    let ben = customer("ben@shop.example").insert(&db).await;
    assert_eq!(terms(&db, ben, NOW).await, LoyaltyTerms::default());
    assert_adds_up(&db).await;
}

support::db_test!(refunds_take_back_what_there_is_and_write_off_the_rest);
async fn refunds_take_back_what_there_is_and_write_off_the_rest(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    enrol(&db, ana).await;
    let id = order(&db, ana, "1001").await;
    assert_eq!(earn(&db, ana, id, 150_00).await, 1_500);
    assert_eq!(terms(&db, ana, NOW).await.tier.as_deref(), Some("silver"));
    let spend = async |amount, key: &str| {
        commit(&db, async |tx| {
            let account = loyalty::points_account(tx, ana, NOW).await?;
            let posting = Posting { amount, reason: Reason::Order, by: By::Program, key, order: None, note: "", at: NOW };
            ledger::debit(tx, account, posting).await
        })
        .await
    };
    spend(1_100, "s").await.expect("spent");
    assert_eq!(terms(&db, ana, NOW).await.tier.as_deref(), Some("silver"), "spending never lowers the tier");
    assert_eq!(take_back(&db, NOW, id, (50_00, 150_00), "r1").await, TakenBack { points: 400, written_off: 100 });
    assert_eq!(take_back(&db, NOW, id, (50_00, 150_00), "r1").await, TakenBack::default(), "the same again");
    assert_eq!((earned(&db, ana).await, terms(&db, ana, NOW).await.tier.as_deref()), (1_000, Some("silver")));
    assert_eq!(take_back(&db, NOW, id, (150_00, 150_00), "r2").await, TakenBack { points: 0, written_off: 1_000 });
    assert_eq!(take_back(&db, NOW, id, (i64::MAX, 150_00), "r3").await, TakenBack::default(), "never more than was earned");
    assert_eq!((earned(&db, ana).await, terms(&db, ana, NOW).await.tier.as_deref()), (0, Some("bronze")));
    let row = "SELECT earned * 1000000 + taken_back * 10000 + written_off FROM loyalty_order_points";
    assert_eq!(integer(&db, row, args![]).await, 1_500 * 1_000_000 + 400 * 10_000 + 1_100);
    assert_adds_up(&db).await;
}

support::db_test!(points_that_have_expired_are_written_off_not_owed);
async fn points_that_have_expired_are_written_off_not_owed(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    enrol(&db, ana).await;
    let id = order(&db, ana, "1001").await;
    earn(&db, ana, id, 10_00).await;
    let late = NOW.plus(366 * DAY);
    assert_eq!(take_back(&db, late, id, (1, 1), "r").await, TakenBack { points: 0, written_off: 100 });
    assert_adds_up(&db).await;
}

support::db_test!(adjusting_says_why_tells_the_customer_and_leaves_the_tier);
async fn adjusting_says_why_tells_the_customer_and_leaves_the_tier(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    let settings = ShopSettings::default();
    let adjust = async |points, reason, note, key: &str| {
        let new = Adjustment { points, reason, note, by: By::Program, key };
        commit(&db, async |tx| loyalty::adjust(tx, &settings, &actor(NOW), ana, new).await).await
    };
    assert_eq!(refusal(adjust(5, Reason::Goodwill, "late", "a").await), said("", "loyalty.no_member"));
    enrol(&db, ana).await;
    assert_eq!(adjust(6_000, Reason::Goodwill, "late", "a").await.expect("points").balance, 6_000);
    assert!(adjust(6_000, Reason::Goodwill, "late", "a").await.expect("the same").repeated);
    assert_eq!(terms(&db, ana, NOW).await.tier.as_deref(), Some("bronze"));
    assert_eq!(adjust(-1_000, Reason::Correction, "mistyped", "b").await.expect("points").balance, 5_000);
    for (points, reason, note, refused) in [
        (0, Reason::Goodwill, "x", said("points", "loyalty.points_invalid")),
        (i64::MIN, Reason::Correction, "x", said("points", "loyalty.points_invalid")),
        (i64::MAX, Reason::Goodwill, "x", said("points", "loyalty.points_invalid")),
        (-5_001, Reason::Correction, "x", said("points", "loyalty.insufficient")),
        (-1, Reason::Goodwill, "x", said("reason", "loyalty.reason_invalid")),
        (1, Reason::Earned, "x", said("reason", "loyalty.reason_invalid")),
        (1, Reason::Goodwill, " ", said("note", "value.note_missing")),
    ] {
        assert_eq!(refusal(adjust(points, reason, note, "c").await), refused);
    }
    let told = "SELECT COUNT(*) FROM outbox WHERE template = 'points_changed' AND customer_id = $1";
    assert_eq!((integer(&db, told, args![ana]).await, count(&db, "ledger_entries").await), (2, 2));
    assert_adds_up(&db).await;
}

support::db_test!(many_clients_earn_and_take_back_one_order);
async fn many_clients_earn_and_take_back_one_order(db: Db) {
    let ana = customer("ana@shop.example").insert(&db).await;
    let id = order(&db, ana, "1001").await;
    let enrolling: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn({
                let db = db.clone();
                async move { enrol(&db, ana).await }
            })
        })
        .collect();
    let mut cards = std::collections::BTreeSet::new();
    for task in enrolling {
        cards.insert(task.await.expect("a client"));
    }
    assert_eq!(cards.len(), 1);
    let earning: Vec<_> = (0..16)
        .map(|_| {
            tokio::spawn({
                let db = db.clone();
                async move { earn(&db, ana, id, 100_00).await }
            })
        })
        .collect();
    let mut points = 0;
    for task in earning {
        points += task.await.expect("a client");
    }
    assert_eq!(points, 1_000);
    let taking = (1..=16).map(|part| {
        let db = db.clone();
        tokio::spawn(async move { take_back(&db, NOW, id, (part, 16), &format!("r{part}")).await.points })
    });
    let mut taken = 0;
    for task in taking.collect::<Vec<_>>() {
        taken += task.await.expect("a client");
    }
    assert_eq!((taken, earned(&db, ana).await, terms(&db, ana, NOW).await.points), (1_000, 0, 0));
    assert_adds_up(&db).await;
}

// --- as staff use them ----------------------------------------------------------------------------------------------

support::db_test!(cards_are_listed_by_what_they_are);
async fn cards_are_listed_by_what_they_are(db: Db) {
    let app = TestApp::new(&db).await;
    let cookie = app.log_in(Role::Owner).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    let (_, used) = card(&db, 500, "used").await;
    redeem(&db, NOW, WhichCard::Code(&used), ana, None, "r1").await.expect("redeemed");
    let (_, part) = card(&db, 500, "part").await;
    redeem(&db, NOW, WhichCard::Code(&part), ana, Some(100), "r2").await.expect("redeemed");
    let (disabled, _) = card(&db, 500, "disabled").await;
    commit(&db, async |tx| giftcards::disable(tx, &actor(NOW), disabled, "lost").await).await.expect("disabled");
    let batch = NewCard { batch: "June", expires: Some(NOW.plus(DAY)), ..new_card(usd(700), "expired") };
    issue(&db, batch).await.expect("a card");
    let (_, active) = card(&db, 900, "active").await;
    app.state.clock.advance(DAY);
    let list = async |query: &str| {
        let answer = app.call("/fn/list_gift_cards", &cookie, &format!(r#"{{"query":"{query}"}}"#)).await.json();
        let cards = answer["cards"].as_array().cloned().unwrap_or_default();
        cards.iter().map(|card| card["status"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, ["active", "expired", "disabled", "partly_used", "used"], "newest first");
    for status in CardStatus::ALL {
        assert_eq!(list(&format!("status={}", status.code())).await, [status.code()]);
    }
    assert_eq!(list(&format!("q={}", &active[active.len() - 4..].to_lowercase())).await, ["active"]);
    assert_eq!(list("q=june").await, ["expired"]);
    assert_eq!(list("q=ANA@").await, ["partly_used", "used"], "redeemed cards are hers");
    assert_eq!(list("q=%25").await, Vec::<String>::new());
    let checked = app.call("/fn/check_gift_card", &cookie, &format!(r#"{{"code":"{part}"}}"#)).await.json();
    assert_eq!((checked["balance"].as_i64(), checked["used"].as_i64()), (Some(400), Some(100)));
}

support::db_test!(staff_see_a_code_once);
async fn staff_see_a_code_once(db: Db) {
    let app = TestApp::new(&db).await;
    let cookie = app.log_in(Role::Owner).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    let body = |amount: &str| {
        format!(
            r#"{{"id":{ana},"form":{{"amount":"{amount}","currency":"USD","message":"","expiry":{{"choice":"","day":""}}}},"key":"k"}}"#
        )
    };
    let first = app.call("/fn/issue_gift_card", &cookie, &body("25.00")).await.json();
    assert_eq!(first["codes"].as_array().map(Vec::len), Some(1));
    let again = app.call("/fn/issue_gift_card", &cookie, &body("25.00")).await.json();
    assert_eq!(again["codes"].as_array().map(Vec::len), Some(0), "the same request issues nothing and tells nothing");
    assert_eq!(app.call("/fn/issue_gift_card", &cookie, &body("26.00")).await.status, 409);
    assert_eq!(app.call("/fn/issue_gift_card", &cookie, &body("-1")).await.status, 422);
    assert_eq!(count(&db, "gift_cards").await, 1);
    let tab = app.call("/fn/open_gift_cards", &cookie, &format!(r#"{{"id":{ana}}}"#)).await;
    let code = first["codes"][0].as_str().expect("a code");
    assert!(!tab.body.contains(&code[..9]) && tab.body.contains(&code[code.len() - 4..]), "{}", tab.body);
}

support::db_test!(a_statement_goes_from_balance_to_balance);
async fn a_statement_goes_from_balance_to_balance(db: Db) {
    let app = TestApp::new(&db).await;
    let cookie = app.log_in(Role::Owner).await;
    let ana = customer("ana@shop.example").name("=Ana", "Test").insert(&db).await;
    let settings = ShopSettings::default();
    let month = 31 * DAY;
    for (key, at, minor, note) in
        [("a", NOW.plus(-month), 1_000, ""), ("b", NOW, 2_500, "=1+1"), ("c", NOW.plus(month), 9_000, "")]
    {
        let new = NewCredit { note, ..goodwill(usd(minor), key) };
        commit(&db, async |tx| credit::give(tx, &settings, ana, new, at).await).await.expect("credit");
    }
    let statement = app.call("/fn/open_credit_statement", &cookie, &format!(r#"{{"id":{ana},"month":"2026-03"}}"#)).await.json();
    let figures = ["opening", "added", "taken", "closing"].map(|name| statement[name].as_i64().unwrap_or(-1));
    assert_eq!(figures, [1_000, 2_500, 0, 3_500]);
    let csv = app.get(&format!("/customers/{ana}/credit/statement.csv?month=2026-03"), &cookie).await;
    assert!(csv.body.contains("2026-03-01,opening_balance,,,,,10.00,USD\r\n"), "{}", csv.body);
    assert!(csv.body.contains("goodwill,,'=1+1,A program,25.00,35.00,USD\r\n"), "{}", csv.body);
    let wrong = app.get(&format!("/customers/{ana}/credit/statement.csv?month=2026-13"), &cookie).await;
    assert_eq!(wrong.status, 422);
}

support::db_test!(other_tiers_are_given_to_members_at_once);
async fn other_tiers_are_given_to_members_at_once(db: Db) {
    let app = TestApp::new(&db).await;
    let cookie = app.log_in(Role::Owner).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    enrol(&db, ana).await;
    let id = order(&db, ana, "1001").await;
    earn(&db, ana, id, 150_00).await;
    let before = LoyaltyForm::of(&ShopSettings::default());
    let after = LoyaltyForm { tiers: "base\tBase\t0\t5\t\n\tRuby Plus\t1500\t20\tearly_access".into(), ..before.clone() };
    let save = async |form: &LoyaltyForm, base: &LoyaltyForm| {
        app.call("/fn/save_loyalty_settings", &cookie, &serde_json::json!({ "form": form, "base": base }).to_string()).await
    };
    assert_eq!(save(&after, &before).await.status, 200);
    let tier: (String,) = db.one("SELECT tier FROM loyalty_members", args![]).await.expect("a member");
    assert_eq!(tier.0, "ruby_plus");
    let stale = LoyaltyForm { tiers: "other\tOther\t0\t5\t".into(), ..before.clone() };
    assert_eq!(save(&stale, &before).await.status, 409, "somebody else has changed the tiers");
    let switched = LoyaltyForm { enabled: "off".into(), ..before.clone() };
    assert_eq!(save(&switched, &before).await.status, 200, "another field goes together with theirs");
    let settings = clientele::office::settings::store::load(&db).await.expect("settings");
    assert_eq!((settings.loyalty.enabled, settings.loyalty.tiers.len()), (false, 2));
    let off = commit(&db, async |tx| loyalty::enrol(tx, &settings, &actor(NOW), ana).await).await;
    assert_eq!(refusal(off), said("", "loyalty.switched_off"));
    let audited = "SELECT COUNT(*) FROM audit_details WHERE changes LIKE '%loyalty.tiers%'";
    assert_eq!(integer(&db, audited, args![]).await, 1);
}
