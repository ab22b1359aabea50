//! What happens to an order after it was placed, on both databases: payments, parcels, returns, refunds, cancelling. The file beside
//! compares random sequences of all of it with a simple model.

mod model;
#[path = "../support/mod.rs"]
mod support;

use clientele::args;
use clientele::base::{AppError, Currency, CustomerId, Money, OrderId, OrderLineId, PaymentId, ReturnId};
use clientele::commerce::giftcards::{self, NewCard};
use clientele::commerce::ledger::{By, Reason, check};
use clientele::commerce::orders::Clerk;
use clientele::commerce::payments::{self, Method, NewPayment, Refund, RefundTo};
use clientele::commerce::returns::{self, NewReturn, RequestedBy, ReturnLine, ReturnReason};
use clientele::commerce::shipments::{self, Parcel};
use clientele::commerce::{credit, loyalty, stats};
use clientele::office::audit::store::Actor;
use clientele::office::settings::ShopSettings;
use clientele::office::staff::Role;
use clientele::server::{AppState, Db, Query, Tx};
use support::{NOW, TestApp, customer, integer, staff};

/// A shop with one member of the staff.
pub struct Shop {
    pub state: AppState,
    pub settings: ShopSettings,
    pub actor: Actor,
}

impl Shop {
    pub async fn open(db: &Db) -> Self {
        let state = TestApp::new(db).await.state;
        let lena = staff(db, "Lena").await;
        let settings = (*state.settings()).clone();
        Self {
            state,
            settings,
            actor: Actor { staff: Some(lena), session: None, program: None, ip: "192.0.2.1".into(), at: NOW },
        }
    }

    pub fn clerk(&self) -> Clerk<'_> {
        let by = By::Staff(self.actor.staff.expect("Lena"));
        Clerk::new(&self.state, &self.settings, by, Actor { at: self.state.clock.now(), ..self.actor.clone() })
    }

    /// What one use case does, in a transaction of its own.
    pub async fn work<T>(&self, work: impl AsyncFnOnce(&Tx, &Clerk<'_>) -> Result<T, AppError>) -> Result<T, AppError> {
        let tx = self.state.db.begin().await?;
        let done = work(&tx, &self.clerk()).await?;
        tx.commit().await?;
        Ok(done)
    }

    pub async fn pay(&self, order: OrderId, method: Method, minor: i64, reference: &str) -> Result<PaymentId, AppError> {
        let new = NewPayment { method, amount: usd(minor), reference };
        self.work(async |tx, clerk| payments::record(tx, clerk, order, new).await).await.map(|paid| paid.payment)
    }

    async fn refund(&self, order: OrderId, minor: i64, to: RefundTo) -> Result<payments::Refunded, AppError> {
        let new = Refund { amount: usd(minor), to, reason: "late", of_return: None };
        self.work(async |tx, clerk| payments::refund(tx, clerk, order, new).await).await
    }

    async fn ship(&self, order: OrderId) -> Result<(), AppError> {
        let parcel = Parcel { carrier: "UPS".into(), tracking: "1Z9".into() };
        self.work(async |tx, clerk| shipments::ship(tx, clerk, order, &parcel, false).await).await.map(drop)
    }

    async fn deliver(&self, order: OrderId) -> Result<(), AppError> {
        self.work(async |tx, clerk| shipments::deliver(tx, clerk, order, None).await).await
    }

    async fn cancel(&self, order: OrderId) -> Result<payments::RefundOutcome, AppError> {
        self.work(async |tx, clerk| payments::cancel(tx, clerk, order, "sold out").await).await
    }

    async fn request(&self, order: OrderId, lines: &[(i64, i64)]) -> Result<ReturnId, AppError> {
        let lines: Vec<ReturnLine> =
            lines.iter().map(|(line, quantity)| ReturnLine { line: OrderLineId(*line), quantity: *quantity }).collect();
        let new = NewReturn {
            lines: &lines,
            reason: ReturnReason::Damaged,
            note: "a crack",
            refund_to: RefundTo::Original,
            requested_by: RequestedBy::Staff,
        };
        self.work(async |tx, clerk| returns::request(tx, clerk, order, new).await).await
    }

    /// Requested, approved and received.
    async fn arrived(&self, order: OrderId, lines: &[(i64, i64)]) -> ReturnId {
        let id = self.request(order, lines).await.expect("a return");
        self.work(async |tx, clerk| returns::approve(tx, clerk, id, "").await).await.expect("an approval");
        self.work(async |tx, clerk| returns::receive(tx, clerk, id).await).await.expect("a receipt");
        id
    }

    /// Gives a customer store credit, points and membership, and issues a gift card of the same currency; yields its code.
    pub async fn endow(&self, customer: CustomerId, credit_minor: i64, points: i64, card: Money) -> String {
        self.work(async |tx, clerk| {
            loyalty::enrol(tx, clerk.settings, &clerk.actor, customer).await?;
            let key = format!("start {customer}");
            if credit_minor > 0 {
                let new = credit::NewCredit {
                    amount: usd(credit_minor),
                    reason: Reason::Prepaid,
                    by: By::Job,
                    key: &key,
                    order: None,
                    note: "",
                    expires: None,
                };
                credit::give(tx, clerk.settings, customer, new, NOW).await?;
            }
            if points > 0 {
                let account = loyalty::points_account(tx, customer, NOW).await?;
                let posting = clientele::commerce::ledger::Posting {
                    amount: points,
                    reason: Reason::Promotion,
                    by: By::Job,
                    key: &key,
                    order: None,
                    note: "",
                    at: NOW,
                };
                clientele::commerce::ledger::credit(tx, account, posting, None).await?;
            }
            let new = NewCard { amount: card, customer: None, expires: None, message: "", batch: "", order: None, key: &key };
            giftcards::issue(tx, clerk.keys, new, By::Job, NOW).await
        })
        .await
        .expect("an endowment")
        .code
        .expect("a code")
    }

    pub async fn assert_adds_up(&self) {
        assert_eq!(check::check(&self.state.db, |_| {}).await.expect("an answer"), []);
        assert_eq!(stats::check(&self.state.db, |_| {}).await.expect("an answer"), []);
    }
}

pub fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

/// Lines of an order to be: quantity, what all of it costs, whether it buys gift cards.
pub type NewLine = (i64, i64, bool);

/// An order that was placed and is unpaid; yields its lines.
pub async fn place(shop: &Shop, customer: CustomerId, lines: &[NewLine], currency: &str, rate: &str) -> (OrderId, Vec<i64>) {
    let db = &shop.state.db;
    let total: i64 = lines.iter().map(|line| line.1).sum();
    let cards: i64 = lines.iter().filter(|line| line.2).map(|line| line.1).sum();
    let convert = |minor| {
        let rate = clientele::commerce::orders::Rate::parse(rate).expect("a rate");
        rate.convert(minor, Currency::parse(currency).expect("a currency"), Currency::USD)
    };
    let tx = db.begin().await.expect("a transaction");
    let sql =
        "INSERT INTO stores (code, name, currency, created_at) VALUES ('web', 'Web', 'USD', $1) ON CONFLICT (code) DO NOTHING";
    tx.execute(sql, args![NOW]).await.expect("a store");
    let product = tx
        .insert(
            "INSERT INTO products (sku, name, price_minor, currency, kind, created_at)
             VALUES ('CARD', 'Gift card', 5000, 'USD', 'gift_card', $1)
             ON CONFLICT (sku) DO UPDATE SET name = excluded.name RETURNING id",
            args![NOW],
        )
        .await
        .expect("a product");
    let store = tx.integer("SELECT id FROM stores WHERE code = 'web'", args![]).await.expect("a store");
    let order = tx
        .insert(
            "INSERT INTO orders (number, store_id, customer_id, status, payment_state, fulfilment_state, currency, rate, subtotal_minor,
               total_minor, base_total_minor, base_gift_cards_minor, units, placed_at, placed_day, state_since, created_at, updated_at)
             VALUES ((SELECT CAST(COUNT(*) + 1000 AS TEXT) FROM orders), $1, $2, 'placed', 'unpaid', 'unfulfilled', $3, $4, $5, $5, $6, $7,
               $8, $9, $10, $9, $9, $9) RETURNING id",
            args![
                store,
                customer,
                currency,
                rate,
                total,
                convert(total),
                convert(cards),
                lines.iter().map(|line| line.0).sum::<i64>(),
                NOW,
                NOW.0.div_euclid(clientele::base::Timestamp::DAY)
            ],
        )
        .await
        .expect("an order");
    let mut ids = vec![];
    for (quantity, total, is_card) in lines {
        ids.push(
            tx.insert(
                "INSERT INTO order_lines (order_id, product_id, name, quantity, unit_price_minor, total_minor)
                 VALUES ($1, $2, 'A thing', $3, $4, $5) RETURNING id",
                args![order, is_card.then_some(product), *quantity, total / quantity, *total],
            )
            .await
            .expect("a line"),
        );
    }
    let held = clientele::commerce::orders::write::hold(&tx, OrderId(order)).await.expect("the order");
    clientele::commerce::orders::write::refresh_stats(&tx, &held, None).await.expect("statistics");
    tx.commit().await.expect("a commit");
    (OrderId(order), ids)
}

fn message<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    result.expect_err("a refusal").message_key().to_owned()
}

async fn text(db: &Db, sql: &str, order: OrderId) -> String {
    db.one::<(String,)>(sql, args![order]).await.expect("a text").0
}

/// Status, payment and fulfilment.
async fn states(db: &Db, order: OrderId) -> String {
    text(db, "SELECT status || ' ' || payment_state || ' ' || fulfilment_state FROM orders WHERE id = $1", order).await
}

/// Everything that is written when something is done.
async fn traces(db: &Db) -> i64 {
    let mut sum = 0;
    for table in [
        "payments",
        "refunds",
        "refund_parts",
        "shipments",
        "returns",
        "return_lines",
        "order_history",
        "audit_entries",
        "outbox",
        "ledger_entries",
    ] {
        sum += integer(db, &format!("SELECT COUNT(*) FROM {table}"), args![]).await;
    }
    sum + integer(db, "SELECT CAST(SUM(version) AS BIGINT) FROM orders", args![]).await
}

support::db_test!(an_order_goes_its_way);
async fn an_order_goes_its_way(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    let (order, lines) = place(&shop, ana, &[(2, 4_000, false), (1, 1_000, false)], "USD", "1").await;
    shop.pay(order, Method::Card, 2_000, "tx-1").await.expect("a part");
    assert_eq!(states(&db, order).await, "placed unpaid unfulfilled");
    shop.pay(order, Method::BankTransfer, 3_000, "").await.expect("the rest");
    assert_eq!(states(&db, order).await, "placed paid unfulfilled");
    shop.ship(order).await.expect("a parcel");
    shop.deliver(order).await.expect("its arrival");
    assert_eq!(states(&db, order).await, "placed paid delivered");
    let id = shop.arrived(order, &[(lines[0], 1)]).await;
    assert_eq!(states(&db, order).await, "placed paid part_returned");
    let outcome = shop.work(async |tx, clerk| returns::refund(tx, clerk, id, None, None, "").await).await.expect("a refund");
    assert!(outcome.is_some());
    assert_eq!(states(&db, order).await, "placed part_refunded part_returned");
    assert_eq!(integer(&db, "SELECT refunded_minor FROM orders WHERE id = $1", args![order]).await, 2_000);
    let id = shop.arrived(order, &[(lines[0], 1), (lines[1], 1)]).await;
    shop.work(async |tx, clerk| returns::refund(tx, clerk, id, None, None, "").await).await.expect("a refund");
    assert_eq!(states(&db, order).await, "placed refunded returned");
    let kinds: Vec<(String,)> =
        db.all("SELECT kind FROM order_history WHERE order_id = $1 ORDER BY id", args![order]).await.expect("a history");
    let kinds: Vec<&str> = kinds.iter().map(|(kind,)| kind.as_str()).collect();
    let of_return = ["return_requested", "return_approved", "returned", "refunded", "return_closed"];
    assert_eq!(kinds, [&["part_paid", "paid", "shipped", "delivered"][..], &of_return, &of_return].concat());
    let mails = support::numbers(&db, "SELECT COUNT(*) FROM outbox GROUP BY template ORDER BY template", args![]).await;
    // order_shipped; refund, return_approved, return_received and return_requested twice each.
    assert_eq!(mails, [1, 2, 2, 2, 2]);
    assert_eq!(integer(&db, "SELECT spent_minor FROM customer_stats WHERE customer_id = $1", args![ana]).await, 0);
    shop.assert_adds_up().await;
}

support::db_test!(what_cannot_be_is_refused_with_its_reason_and_leaves_no_trace);
async fn what_cannot_be_is_refused_with_its_reason_and_leaves_no_trace(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    let (order, lines) = place(&shop, ana, &[(2, 5_000, false)], "USD", "1").await;
    let before = traces(&db).await;
    for minor in [0, -1, i64::MIN, i64::MAX] {
        assert_eq!(message(shop.pay(order, Method::Card, minor, "").await), "ledger.amount_invalid");
    }
    assert_eq!(message(shop.pay(order, Method::Card, 5_001, "").await), "payments.more_than_due");
    assert_eq!(message(shop.pay(order, Method::Card, 1, &"x".repeat(121)).await), "payments.reference_invalid");
    let euros = NewPayment { method: Method::Card, amount: Money::new(1, Currency::parse("EUR").expect("EUR")), reference: "" };
    assert_eq!(
        message(shop.work(async |tx, clerk| payments::record(tx, clerk, order, euros).await).await),
        "payments.other_currency"
    );
    assert_eq!(message(shop.pay(order, Method::Credit, 1, "").await), "ledger.insufficient");
    assert_eq!(message(shop.pay(order, Method::Points, 1, "").await), "ledger.insufficient");
    assert_eq!(message(shop.pay(order, Method::GiftCard, 1, "no code").await), "payments.gift_card_unknown");
    assert_eq!(message(shop.refund(order, 1, RefundTo::Original).await), "refunds.nothing_paid");
    assert_eq!(message(shop.deliver(order).await), "orders.no.not_shipped");
    assert_eq!(message(shop.request(order, &[(lines[0], 1)]).await), "orders.no.return_unshipped");
    let credit = NewPayment { method: Method::Credit, amount: usd(1), reference: "" };
    assert_eq!(
        message(shop.work(async |tx, clerk| payments::authorise(tx, clerk, order, credit).await).await),
        "payments.paid_at_once"
    );
    assert_eq!(
        message(shop.work(async |tx, clerk| payments::cancel(tx, clerk, order, " ").await).await),
        "orders.reason_missing"
    );
    assert_eq!(shop.pay(OrderId(999), Method::Card, 1, "").await, Err(AppError::NotFound));
    assert_eq!(traces(&db).await, before, "no trace");

    shop.pay(order, Method::Card, 5_000, "tx").await.expect("a payment");
    let before = traces(&db).await;
    assert_eq!(message(shop.pay(order, Method::Card, 1, "").await), "orders.no.nothing_due");
    assert_eq!(message(shop.refund(order, 5_001, RefundTo::Original).await), "refunds.more_than_paid");
    assert_eq!(message(shop.refund(order, -1, RefundTo::Credit).await), "ledger.amount_invalid");
    assert_eq!(traces(&db).await, before, "no trace");

    shop.ship(order).await.expect("a parcel");
    let before = traces(&db).await;
    assert_eq!(message(shop.ship(order).await), "orders.no.shipped");
    assert_eq!(message(shop.cancel(order).await), "orders.no.cancel_shipped");
    for quantity in [3, 1_000_000_000] {
        assert_eq!(message(shop.request(order, &[(lines[0], quantity)]).await), "returns.more_than_bought");
    }
    assert_eq!(message(shop.request(order, &[(lines[0], 0)]).await), "returns.quantity_invalid");
    assert_eq!(message(shop.request(order, &[(lines[0] + 99, 1)]).await), "returns.line_unknown");
    assert_eq!(message(shop.request(order, &[]).await), "returns.no_lines");
    assert_eq!(traces(&db).await, before, "no trace");

    let id = shop.request(order, &[(lines[0], 1)]).await.expect("a return");
    let before = traces(&db).await;
    assert_eq!(message(shop.request(order, &[(lines[0], 2)]).await), "returns.more_than_bought");
    assert_eq!(message(shop.work(async |tx, clerk| returns::receive(tx, clerk, id).await).await), "returns.no.not_approved");
    assert_eq!(message(shop.work(async |tx, clerk| returns::refuse(tx, clerk, id, "").await).await), "returns.answer_missing");
    assert_eq!(traces(&db).await, before, "no trace");
    shop.work(async |tx, clerk| returns::refuse(tx, clerk, id, "too late").await).await.expect("a refusal");
    shop.request(order, &[(lines[0], 2)]).await.expect("what was refused is free again");
    shop.assert_adds_up().await;
}

support::db_test!(a_refund_goes_back_where_it_came_from);
async fn a_refund_goes_back_where_it_came_from(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    let code = shop.endow(ana, 2_000, 1_000, usd(3_000)).await;
    let (order, _) = place(&shop, ana, &[(1, 10_000, false)], "USD", "1").await;
    shop.pay(order, Method::Points, 500, "").await.expect("points");
    shop.pay(order, Method::Credit, 1_500, "").await.expect("credit");
    shop.pay(order, Method::GiftCard, 3_000, &code).await.expect("a card");
    shop.pay(order, Method::Cash, 5_000, "").await.expect("cash");
    let kept = "SELECT reference FROM payments WHERE method = 'gift_card' AND order_id = $1";
    assert_eq!(text(&db, kept, order).await, format!("…{}", &code[code.len() - 4..]), "a code is not kept");
    // 9,500 of it earn 10 points a whole unit.
    let points = "SELECT points FROM customer_stats WHERE customer_id = $1";
    assert_eq!(integer(&db, points, args![ana]).await, 1_000 - 500 + 950);

    shop.refund(order, 6_000, RefundTo::Original).await.expect("a refund");
    let back = "SELECT refunded_minor FROM payments WHERE order_id = $1 ORDER BY id";
    assert_eq!(support::numbers(&db, back, args![order]).await, [0, 0, 1_000, 5_000]);
    assert_eq!(integer(&db, "SELECT balance FROM ledger_accounts WHERE kind = 'gift_card'", args![]).await, 1_000);
    assert_eq!(integer(&db, points, args![ana]).await, 1_450 - 600, "in proportion: 6,000 of 9,500");
    shop.refund(order, 4_000, RefundTo::Original).await.expect("the rest");
    assert_eq!(support::numbers(&db, back, args![order]).await, [500, 1_500, 3_000, 5_000]);
    assert_eq!(integer(&db, points, args![ana]).await, 1_000);
    assert_eq!(integer(&db, "SELECT credit_minor FROM customer_stats WHERE customer_id = $1", args![ana]).await, 2_000);
    assert_eq!(states(&db, order).await, "placed refunded unfulfilled");
    assert_eq!(message(shop.ship(order).await), "orders.no.ship_refunded");
    assert_eq!(message(shop.refund(order, 1, RefundTo::Original).await), "orders.no.refunded");
    shop.assert_adds_up().await;
}

support::db_test!(a_refund_becomes_credit_or_a_card);
async fn a_refund_becomes_credit_or_a_card(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    shop.endow(ana, 0, 0, usd(1)).await;
    let (order, _) = place(&shop, ana, &[(1, 1_001, false)], "EUR", "1.0850").await;
    let euros = |minor| Money::new(minor, Currency::parse("EUR").expect("EUR"));
    let pay = NewPayment { method: Method::Card, amount: euros(1_001), reference: "tx" };
    shop.work(async |tx, clerk| payments::record(tx, clerk, order, pay).await).await.expect("a payment");
    let refund = async |minor, to| {
        let new = Refund { amount: euros(minor), to, reason: "", of_return: None };
        shop.work(async |tx, clerk| payments::refund(tx, clerk, order, new).await).await.expect("a refund")
    };
    refund(333, RefundTo::Credit).await;
    // 3.33 × 1.085 = 3.613, rounded in the shop's favour.
    assert_eq!(integer(&db, "SELECT credit_minor FROM customer_stats WHERE customer_id = $1", args![ana]).await, 361);
    let card = refund(333, RefundTo::GiftCard).await;
    assert!(card.outcome.gift_card_code.is_some(), "told once");
    refund(335, RefundTo::Original).await;
    let cards = "SELECT initial_minor FROM gift_cards WHERE order_id = $1 AND currency = 'EUR'";
    assert_eq!(integer(&db, cards, args![order]).await, 333);
    let sum = "SELECT CAST(SUM(base_amount_minor) AS BIGINT) FROM refunds WHERE order_id = $1";
    let base = integer(&db, "SELECT base_total_minor FROM orders WHERE id = $1", args![order]).await;
    assert_eq!(integer(&db, sum, args![order]).await, base, "parts add up to the rounded whole");
    assert_eq!(integer(&db, "SELECT refunded_minor FROM payments WHERE order_id = $1", args![order]).await, 1_001);
    shop.assert_adds_up().await;
}

support::db_test!(points_that_were_spent_meanwhile_are_written_off);
async fn points_that_were_spent_meanwhile_are_written_off(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    shop.endow(ana, 0, 0, usd(1)).await;
    let (first, _) = place(&shop, ana, &[(1, 10_000, false)], "USD", "1").await;
    shop.pay(first, Method::Card, 10_000, "").await.expect("a payment that earns 1,000 points");
    let (second, _) = place(&shop, ana, &[(1, 900, false)], "USD", "1").await;
    shop.pay(second, Method::Points, 900, "").await.expect("points");
    let refunded = shop.refund(first, 10_000, RefundTo::Original).await.expect("a refund");
    assert_eq!((refunded.outcome.points_taken_back, refunded.outcome.points_written_off), (100, 900));
    let told = "SELECT COUNT(*) FROM order_history WHERE order_id = $1 AND kind = 'points_written_off' AND detail = '900'";
    assert_eq!(integer(&db, told, args![first]).await, 1);
    shop.refund(second, 900, RefundTo::Original).await.expect("points come back as points");
    assert_eq!(integer(&db, "SELECT points FROM customer_stats WHERE customer_id = $1", args![ana]).await, 900);
    shop.assert_adds_up().await;
}

support::db_test!(cancelling_undoes_everything);
async fn cancelling_undoes_everything(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    let code = shop.endow(ana, 1_000, 0, usd(500)).await;
    let (order, _) = place(&shop, ana, &[(1, 4_000, false), (1, 5_000, true)], "USD", "1").await;
    shop.pay(order, Method::Credit, 1_000, "").await.expect("credit");
    shop.pay(order, Method::GiftCard, 500, &code).await.expect("a card");
    shop.pay(order, Method::Card, 7_500, "tx").await.expect("the rest");
    let bought = "SELECT COUNT(*) FROM gift_cards WHERE order_id = $1 AND disabled_at = 0";
    assert_eq!(integer(&db, bought, args![order]).await, 1, "the card that it bought was issued");
    assert_eq!(message(shop.refund(order, 4_001, RefundTo::Original).await), "refunds.gift_cards_stay");
    shop.refund(order, 1_000, RefundTo::Original).await.expect("a part");
    shop.cancel(order).await.expect("an end");
    assert_eq!(states(&db, order).await, "cancelled refunded unfulfilled");
    assert_eq!(integer(&db, bought, args![order]).await, 0);
    assert_eq!(integer(&db, "SELECT refunded_minor FROM orders WHERE id = $1", args![order]).await, 9_000);
    assert_eq!(integer(&db, "SELECT credit_minor + points FROM customer_stats WHERE customer_id = $1", args![ana]).await, 1_000);
    for again in
        [message(shop.cancel(order).await), message(shop.ship(order).await), message(shop.pay(order, Method::Card, 1, "").await)]
    {
        assert_eq!(again, "orders.no.cancelled");
    }
    let (promised, _) = place(&shop, ana, &[(1, 100, false)], "USD", "1").await;
    let new = NewPayment { method: Method::Card, amount: usd(100), reference: "hold" };
    shop.work(async |tx, clerk| payments::authorise(tx, clerk, promised, new).await).await.expect("a promise");
    assert_eq!(states(&db, promised).await, "placed authorised unfulfilled");
    assert_eq!(message(shop.pay(promised, Method::Card, 1, "").await), "orders.no.authorised");
    shop.cancel(promised).await.expect("an end");
    assert_eq!(states(&db, promised).await, "cancelled unpaid unfulfilled");
    assert_eq!(text(&db, "SELECT status FROM payments WHERE order_id = $1", promised).await, "voided");
    shop.assert_adds_up().await;
}

support::db_test!(a_used_card_keeps_its_order);
async fn a_used_card_keeps_its_order(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    let (order, lines) = place(&shop, ana, &[(1, 5_000, true)], "USD", "1").await;
    shop.pay(order, Method::Card, 5_000, "tx").await.expect("a payment");
    assert_eq!(states(&db, order).await, "placed paid delivered", "nothing has to be sent");
    assert_eq!(message(shop.request(order, &[(lines[0], 1)]).await), "returns.gift_card");
    assert_eq!(message(shop.refund(order, 1, RefundTo::Original).await), "refunds.gift_cards_stay");
    assert_eq!(message(shop.cancel(order).await), "orders.no.cancel_shipped");
    let (mixed, _) = place(&shop, ana, &[(1, 5_000, true), (1, 100, false)], "USD", "1").await;
    shop.pay(mixed, Method::Card, 5_100, "tx").await.expect("a payment");
    shop.work(async |tx, clerk| {
        let card = payments::store::cards_bought(tx, mixed).await?[0];
        let posting = clientele::commerce::ledger::Posting {
            amount: 1,
            reason: Reason::Order,
            by: By::Job,
            key: "spent",
            order: None,
            note: "",
            at: clerk.now(),
        };
        clientele::commerce::ledger::debit(tx, clientele::base::LedgerAccountId(card.1), posting).await
    })
    .await
    .expect("a card that is used");
    let before = traces(&db).await;
    assert_eq!(message(shop.cancel(mixed).await), "orders.cancel_cards_used");
    assert_eq!(traces(&db).await, before, "no trace");
    shop.assert_adds_up().await;
}

support::db_test!(promises_are_captured_or_let_go_once);
async fn promises_are_captured_or_let_go_once(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    let (order, _) = place(&shop, ana, &[(1, 1_000, false)], "USD", "1").await;
    let promise = async |minor| {
        let new = NewPayment { method: Method::Card, amount: usd(minor), reference: "hold" };
        shop.work(async |tx, clerk| payments::authorise(tx, clerk, order, new).await).await.map(|paid| paid.payment)
    };
    let capture = async |payment, minor: Option<i64>| {
        shop.work(async |tx, clerk| payments::capture(tx, clerk, payment, minor.map(usd)).await).await.map(|paid| paid.due.minor)
    };
    let void =
        async |payment| shop.work(async |tx, clerk| payments::void(tx, clerk, payment).await).await.map(|paid| paid.due.minor);
    let first = promise(1_000).await.expect("a promise");
    assert_eq!(message(promise(1).await), "orders.no.authorised");
    assert_eq!(message(capture(first, Some(1_001)).await), "payments.more_than_authorised");
    assert_eq!(message(capture(first, Some(0)).await), "payments.more_than_authorised");
    assert_eq!(capture(first, Some(400)).await, Ok(600), "the rest is let go");
    assert_eq!(message(capture(first, None).await), "payments.captured_already");
    assert_eq!(message(void(first).await), "payments.captured_refund");
    let second = promise(600).await.expect("a promise of the rest");
    assert_eq!(states(&db, order).await, "placed authorised unfulfilled");
    assert_eq!(void(second).await, Ok(600));
    assert_eq!(message(void(second).await), "payments.voided_already");
    assert_eq!(states(&db, order).await, "placed unpaid unfulfilled");
    let third = promise(600).await.expect("a promise of the rest");
    assert_eq!(capture(third, None).await, Ok(0));
    assert_eq!(states(&db, order).await, "placed paid unfulfilled");
    assert_eq!(capture(PaymentId(999), None).await, Err(AppError::NotFound));
    shop.assert_adds_up().await;
}

support::db_test!(parcels_are_delivered_one_by_one);
async fn parcels_are_delivered_one_by_one(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@shop.example").insert(&db).await;
    let (order, _) = place(&shop, ana, &[(2, 1_000, false)], "USD", "1").await;
    let ship = async |tracking: &str, another| {
        let parcel = Parcel { carrier: "DHL".into(), tracking: tracking.into() };
        shop.work(async |tx, clerk| shipments::ship(tx, clerk, order, &parcel, another).await).await
    };
    let deliver = async |id| shop.work(async |tx, clerk| shipments::deliver(tx, clerk, order, Some(id)).await).await;
    assert_eq!(message(ship("0", true).await), "orders.no.not_shipped");
    let (first, second) = (ship("1", false).await.expect("a parcel"), ship("2", true).await.expect("another"));
    assert_eq!(message(ship(&"9".repeat(81), true).await), "shipments.tracking_invalid");
    deliver(first).await.expect("its arrival");
    assert_eq!(states(&db, order).await, "placed unpaid shipped", "of terms, an order is sent before it is paid");
    assert_eq!(message(deliver(first).await), "shipments.arrived_already");
    deliver(second).await.expect("its arrival");
    assert_eq!(states(&db, order).await, "placed unpaid delivered");
    assert_eq!(message(deliver(second).await), "orders.no.delivered");
    assert_eq!(text(&db, "SELECT tracking FROM orders WHERE id = $1", order).await, "2");
    shop.assert_adds_up().await;
}

/// 16 clients at once, each of whom asks for more than a sixteenth.
async fn at_once<T: Send + 'static, F: Future<Output = Result<T, AppError>> + Send + 'static>(client: impl Fn(i64) -> F) -> i64 {
    let tasks: Vec<_> = (0..16).map(|number| tokio::spawn(client(number))).collect();
    let mut done = 0;
    for task in tasks {
        match task.await.expect("a task") {
            Ok(_) => done += 1,
            Err(AppError::Conflict { .. } | AppError::Invalid { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    done
}

support::db_test!(many_clients_refund_no_more_than_was_paid);
async fn many_clients_refund_no_more_than_was_paid(db: Db) {
    let shop = std::sync::Arc::new(Shop::open(&db).await);
    let ana = customer("ana@shop.example").insert(&db).await;
    let code = shop.endow(ana, 300, 200, usd(300)).await;
    let (order, lines) = place(&shop, ana, &[(4, 1_000, false)], "USD", "1").await;
    shop.pay(order, Method::Credit, 300, "").await.expect("credit");
    shop.pay(order, Method::Points, 200, "").await.expect("points");
    // The last 500 by 16 clients at once, 100 each.
    let paid = at_once({
        let (shop, code) = (shop.clone(), code.clone());
        move |number| {
            let (shop, code) = (shop.clone(), code.clone());
            let (method, reference) = if number % 2 == 0 { (Method::GiftCard, code) } else { (Method::Card, "tx".into()) };
            async move { shop.pay(order, method, 100, &reference).await }
        }
    })
    .await;
    assert_eq!(paid, 5);
    assert_eq!(states(&db, order).await, "placed paid unfulfilled");
    let refunded = at_once({
        let shop = shop.clone();
        move |number| {
            let shop = shop.clone();
            let to = [RefundTo::Original, RefundTo::Credit, RefundTo::GiftCard][usize::try_from(number % 3).expect("small")];
            async move { shop.refund(order, 150, to).await }
        }
    })
    .await;
    assert_eq!(refunded, 6, "of 1,000");
    let sums = "SELECT CAST(SUM(amount_minor) AS BIGINT) FROM refunds WHERE order_id = $1";
    assert_eq!(integer(&db, sums, args![order]).await, 900);
    shop.ship(order).await.expect("a parcel");
    let requested = at_once({
        let shop = shop.clone();
        move |_| {
            let (shop, line) = (shop.clone(), lines[0]);
            async move { shop.request(order, &[(line, 1)]).await }
        }
    })
    .await;
    assert_eq!(requested, 4, "pieces that were bought");
    shop.assert_adds_up().await;
}

support::db_test!(staff_are_told_what_is_wrong_and_who_was_faster);
async fn staff_are_told_what_is_wrong_and_who_was_faster(db: Db) {
    let shop = Shop::open(&db).await;
    let (here, elsewhere) = (support::branch(&db, "Here").await, support::branch(&db, "Elsewhere").await);
    let ana = customer("ana@shop.example").branch(here).insert(&db).await;
    let (order, lines) = place(&shop, ana, &[(2, 1_000, false)], "USD", "1").await;
    let app = TestApp::new(&db).await;
    let cookie = app.log_in(Role::Support).await;
    let pay = |version: i64, amount: &str| {
        format!(
            r#"{{"order":{order},"version":{version},"form":{{"method":"card","amount":"{amount}","reference":"tx","authorise":false}}}}"#
        )
    };
    for (amount, message) in
        [("", "payments.amount_unreadable"), ("1e9", "payments.amount_unreadable"), ("10.01", "payments.more_than_due")]
    {
        let answer = app.call("/fn/pay_order", &cookie, &pay(1, amount)).await;
        assert_eq!(answer.status.as_u16(), 422, "{amount}: {}", answer.body);
        assert!(answer.body.contains(message), "{}", answer.body);
    }
    assert_eq!(app.call("/fn/pay_order", &cookie, &pay(1, "10.00")).await.status.as_u16(), 200);
    let late = app
        .call(
            "/fn/ship_order",
            &cookie,
            &format!(r#"{{"order":{order},"version":1,"parcel":{{"carrier":"","tracking":""}},"another":false}}"#),
        )
        .await;
    assert_eq!(late.status.as_u16(), 409);
    assert!(late.body.contains("orders.changed"), "{}", late.body);
    assert_eq!(states(&db, order).await, "placed paid unfulfilled");
    let version = integer(&db, "SELECT version FROM orders WHERE id = $1", args![order]).await;
    let ship = format!(r#"{{"order":{order},"version":{version},"parcel":{{"carrier":"UPS","tracking":"1"}},"another":false}}"#);
    assert_eq!(app.call("/fn/ship_order", &cookie, &ship).await.status.as_u16(), 200);
    let request = format!(
        r#"{{"order":{order},"version":{},"form":{{"lines":[{{"line":{},"quantity":1}}],"reason":"damaged","note":"","refund_to":"credit","approve":true}}}}"#,
        version + 1,
        lines[0]
    );
    assert_eq!(app.call("/fn/request_return", &cookie, &request).await.status.as_u16(), 200);
    // Of an order whose customer does not exist for them, they are told nothing.
    let other = app.cookie_of(app.member(Role::Admin, Some(&[elsewhere])).await).await;
    for (function, body) in
        [("get_order", format!(r#"{{"order":{order}}}"#)), ("pay_order", pay(version, "1")), ("request_return", request)]
    {
        assert_eq!(app.call(&format!("/fn/{function}"), &other, &body).await.status.as_u16(), 404, "{function}");
    }
    let list = app.call("/fn/list_returns", &other, r#"{"query":""}"#).await.json();
    assert_eq!((list["rows"].as_array().map(Vec::len), list["open"][1].as_i64()), (Some(0), Some(0)));
    let list = app.call("/fn/list_returns", &cookie, r#"{"query":"q=r-10&status=approved"}"#).await.json();
    assert_eq!((list["rows"][0]["number"].as_str(), list["open"][1].as_i64()), (Some("R-1001"), Some(1)));
    let counts = app.call("/fn/count_orders", &cookie, "{}").await.json();
    assert_eq!(
        (counts["in_transit"].as_i64(), counts["to_ship"].as_i64(), counts["stuck"].as_i64()),
        (Some(1), Some(0), Some(0))
    );
    let detail = app.call("/fn/get_order", &cookie, &format!(r#"{{"order":{order}}}"#)).await.json();
    assert_eq!(
        (detail["returns"][0]["status"].as_str(), detail["refundable"]["minor"].as_i64()),
        (Some("approved"), Some(1_000))
    );
    let page = app.get(&format!("/orders/{order}"), &cookie).await;
    assert!(page.status.is_success() && page.body.contains("R-1001"));
}

support::db_test!(orders_of_one_customer_do_not_block_each_other);
async fn orders_of_one_customer_do_not_block_each_other(db: Db) {
    let shop = std::sync::Arc::new(Shop::open(&db).await);
    let ana = customer("ana@shop.example").insert(&db).await;
    let code = shop.endow(ana, 2_000, 2_000, usd(2_000)).await;
    let mut orders = vec![];
    for _ in 0..16 {
        orders.push(place(&shop, ana, &[(1, 100, false), (1, 100, true)], "USD", "1").await.0);
    }
    let paid = at_once({
        let (shop, orders) = (shop.clone(), orders.clone());
        move |number| {
            let (shop, code, number) = (shop.clone(), code.clone(), usize::try_from(number).expect("small"));
            let (order, method) = (orders[number], [Method::Credit, Method::GiftCard, Method::Points][number % 3]);
            async move {
                shop.pay(order, method, 100, &code).await?;
                shop.pay(order, Method::Card, 100, "tx").await
            }
        }
    });
    assert_eq!(paid.await, 16);
    let back = at_once({
        let (shop, orders) = (shop.clone(), orders.clone());
        move |number| {
            let (shop, order) = (shop.clone(), orders[usize::try_from(number).expect("small")]);
            async move {
                let to = if number % 2 == 0 { RefundTo::Original } else { RefundTo::Credit };
                shop.refund(order, 50, to).await?;
                shop.cancel(order).await
            }
        }
    });
    assert_eq!(back.await, 16);
    let held = "SELECT credit_minor + points FROM customer_stats WHERE customer_id = $1";
    // Eight times 50 became credit; the rest is where it was.
    assert_eq!(integer(&db, held, args![ana]).await, 2_000 + 2_000 + 400);
    shop.assert_adds_up().await;
}
