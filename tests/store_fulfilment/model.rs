//! Random sequences of payments, parcels, returns, refunds and cancellations against a model that is too simple to be wrong: it
//! keeps every minor unit of each payment apart.

use crate::support::{self, NOW, customer, integer};
use crate::{Shop, place, usd};
use clientele::args;
use clientele::base::{AppError, Currency, CustomerId, Money, OrderId, OrderLineId, PaymentId, ReturnId};
use clientele::commerce::ledger::check;
use clientele::commerce::orders::Rate;
use clientele::commerce::payments::{self, Method, NewPayment, Refund, RefundTo};
use clientele::commerce::returns::{self, NewReturn, RequestedBy, ReturnLine, ReturnReason};
use clientele::commerce::shipments::{self, Parcel};
use clientele::commerce::stats;
use clientele::server::{Db, Query};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Lines of the order: quantity and cost. No cost divides evenly.
const LINES: [(i64, i64); 2] = [(3, 100), (2, 77)];
const TOTAL: i64 = 177;
const CREDIT: i64 = 60;
const POINTS: i64 = 50;
const CARD: i64 = 40;
/// The order's currency, and what one unit of it is worth.
const CURRENCIES: [(&str, &str); 3] = [("USD", "1"), ("EUR", "1.0850"), ("EUR", "0.3333")];

#[derive(Clone, Debug)]
enum Op {
    Pay(Method, i64),
    Authorise(i64),
    /// Which payment, counted from the last; how much.
    Capture(usize, i64),
    Void(usize),
    Ship,
    AddParcel,
    Deliver,
    Refund(RefundTo, i64),
    Request(usize, i64),
    /// Which return, counted from the last.
    Approve(usize),
    Refuse(usize),
    Receive(usize),
    /// Which return; an amount, or what is proposed.
    Settle(usize, Option<i64>),
    Cancel,
}

fn ops() -> impl Strategy<Value = (usize, Vec<Op>)> {
    let amount = || prop_oneof![8 => 1..90_i64, 1 => Just(TOTAL), 1 => -1..2_i64];
    let method = prop_oneof![
        3 => Just(Method::Card),
        1 => Just(Method::Cash),
        2 => Just(Method::Credit),
        2 => Just(Method::GiftCard),
        2 => Just(Method::Points),
    ];
    let to = prop_oneof![4 => Just(RefundTo::Original), 1 => Just(RefundTo::Credit), 1 => Just(RefundTo::GiftCard)];
    let which = || 0..3_usize;
    let op = prop_oneof![
        8 => (method, amount()).prop_map(|(method, amount)| Op::Pay(method, amount)),
        2 => amount().prop_map(Op::Authorise),
        2 => (which(), amount()).prop_map(|(which, amount)| Op::Capture(which, amount)),
        1 => which().prop_map(Op::Void),
        2 => Just(Op::Ship),
        1 => Just(Op::AddParcel),
        2 => Just(Op::Deliver),
        5 => (to, amount()).prop_map(|(to, amount)| Op::Refund(to, amount)),
        4 => (0..2_usize, 0..3_i64).prop_map(|(line, quantity)| Op::Request(line, quantity)),
        3 => which().prop_map(Op::Approve),
        1 => which().prop_map(Op::Refuse),
        3 => which().prop_map(Op::Receive),
        3 => (which(), proptest::option::of(amount())).prop_map(|(which, amount)| Op::Settle(which, amount)),
        1 => Just(Op::Cancel),
    ];
    (0..CURRENCIES.len(), vec(op, 5..40))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Payment {
    Promised,
    Taken,
    Gone,
}

#[derive(Clone, Debug)]
struct Paid {
    method: Method,
    state: Payment,
    amount: i64,
    back: i64,
}

#[derive(Clone, Debug)]
struct Returning {
    line: usize,
    quantity: i64,
    /// 0 requested, 1 approved, 2 received, 3 settled, 4 refused.
    stage: u8,
}

/// Refused by the engine.
struct Refused;

#[derive(Clone, Debug)]
struct Model {
    rate: Rate,
    currency: Currency,
    payments: Vec<Paid>,
    returns: Vec<Returning>,
    refunded: i64,
    cancelled: bool,
    fulfilment: &'static str,
    parcels: usize,
    /// What is left of store credit (base), points and the gift card (the order's currency).
    credit: i64,
    points_spent: i64,
    card: i64,
}

impl Model {
    fn new((currency, rate): (&str, &str)) -> Self {
        Self {
            rate: Rate::parse(rate).expect("a rate"),
            currency: Currency::parse(currency).expect("a currency"),
            payments: vec![],
            returns: vec![],
            refunded: 0,
            cancelled: false,
            fulfilment: "unfulfilled",
            parcels: 0,
            credit: CREDIT,
            points_spent: 0,
            card: CARD,
        }
    }

    fn sum(&self, state: Payment) -> i64 {
        self.payments.iter().filter(|paid| paid.state == state).map(|paid| paid.amount).sum()
    }

    fn due(&self) -> i64 {
        TOTAL - self.sum(Payment::Taken) - self.sum(Payment::Promised)
    }

    fn state(&self) -> &'static str {
        let taken = self.sum(Payment::Taken);
        match (self.due(), self.sum(Payment::Promised), self.refunded) {
            _ if self.cancelled && taken == 0 => "unpaid",
            (1.., ..) if !self.cancelled => "unpaid",
            (_, 1.., _) => "authorised",
            (_, _, 0) => "paid",
            (_, _, refunded) if refunded < taken => "part_refunded",
            _ => "refunded",
        }
    }

    fn alive(&self, right: bool) -> Result<(), Refused> {
        if !self.cancelled && right { Ok(()) } else { Err(Refused) }
    }

    fn base(&self, minor: i64) -> i64 {
        self.rate.costs(minor, self.currency, Currency::USD)
    }

    /// What a payment costs where it comes from.
    fn cost(&self, method: Method, amount: i64) -> i64 {
        match method {
            Method::Credit | Method::Points => self.base(amount),
            _ => amount,
        }
    }

    fn pay(&mut self, method: Method, amount: i64, state: Payment) -> Result<(), Refused> {
        self.alive((1..=self.due()).contains(&amount))?;
        let cost = self.cost(method, amount);
        match method {
            Method::Credit if cost > self.credit => return Err(Refused),
            Method::Points if self.points_spent + cost > POINTS => return Err(Refused),
            // A card in dollars pays for nothing in euros.
            Method::GiftCard if cost > self.card || self.currency != Currency::USD => return Err(Refused),
            Method::Credit => self.credit -= cost,
            Method::Points => self.points_spent += cost,
            Method::GiftCard => self.card -= cost,
            _ => {}
        }
        self.payments.push(Paid { method, state, amount, back: 0 });
        Ok(())
    }

    fn close(&mut self, which: usize, amount: Option<i64>) -> Result<(), Refused> {
        let promised = self.payments[which].state == Payment::Promised;
        self.alive(promised && amount.is_none_or(|amount| (1..=self.payments[which].amount).contains(&amount)))?;
        let paid = &mut self.payments[which];
        match amount {
            Some(amount) => (paid.state, paid.amount) = (Payment::Taken, amount),
            None => paid.state = Payment::Gone,
        }
        Ok(())
    }

    fn refund(&mut self, to: RefundTo, amount: i64) -> Result<(), Refused> {
        self.alive((1..=self.sum(Payment::Taken) - self.refunded).contains(&amount))?;
        self.give_back(to, amount);
        Ok(())
    }

    /// Unit by unit, each from the first payment that has one left.
    fn give_back(&mut self, to: RefundTo, amount: i64) {
        let rank =
            |method| [Method::GiftCard, Method::Credit, Method::Points].iter().position(|m| *m == method).map_or(0, |at| at + 1);
        for _ in 0..amount {
            let left = |paid: &Paid| paid.state == Payment::Taken && paid.back < paid.amount;
            let (at, _) = self
                .payments
                .iter()
                .enumerate()
                .filter(|(_, paid)| left(paid))
                .min_by_key(|(at, paid)| (rank(paid.method), *at))
                .expect("one");
            let (method, whole, back) = (self.payments[at].method, self.payments[at].amount, self.payments[at].back);
            self.payments[at].back += 1;
            if to == RefundTo::Original {
                let cost = self.cost(method, whole);
                let more = cost * (back + 1) / whole - cost * back / whole;
                match method {
                    Method::Credit => self.credit += more,
                    Method::Points => self.points_spent -= more,
                    Method::GiftCard => self.card += more,
                    _ => {}
                }
            }
        }
        if to == RefundTo::Credit {
            self.credit += self.rate.worth(amount, self.currency, Currency::USD);
        }
        self.refunded += amount;
    }

    fn held(&self, line: usize, before: usize) -> i64 {
        self.returns[..before].iter().filter(|r| r.line == line && r.stage < 4).map(|r| r.quantity).sum()
    }

    fn request(&mut self, line: usize, quantity: i64) -> Result<(), Refused> {
        let left = LINES[line].0 - self.held(line, self.returns.len());
        self.alive((1..=left).contains(&quantity) && !["unfulfilled", "returned"].contains(&self.fulfilment))?;
        self.returns.push(Returning { line, quantity, stage: 0 });
        Ok(())
    }

    fn step(&mut self, which: usize, from: &[u8], to: u8) -> Result<(), Refused> {
        if !from.contains(&self.returns[which].stage) {
            return Err(Refused);
        }
        self.returns[which].stage = to;
        Ok(())
    }

    fn receive(&mut self, which: usize) -> Result<(), Refused> {
        self.step(which, &[1], 2)?;
        let here: i64 = self.returns.iter().filter(|r| (2..4).contains(&r.stage)).map(|r| r.quantity).sum();
        self.fulfilment = if here == LINES[0].0 + LINES[1].0 { "returned" } else { "part_returned" };
        Ok(())
    }

    fn settle(&mut self, which: usize, amount: Option<i64>) -> Result<(), Refused> {
        self.step(which, &[2], 3)?;
        let Returning { line, quantity, .. } = self.returns[which];
        let (of, total) = LINES[line];
        let before = self.held(line, which);
        let worth = total * (before + quantity) / of - total * before / of;
        let amount = amount.unwrap_or(worth.min(self.sum(Payment::Taken) - self.refunded));
        if amount == 0 { Ok(()) } else { self.refund(RefundTo::Original, amount) }
    }

    fn cancel(&mut self) -> Result<(), Refused> {
        self.alive(self.fulfilment == "unfulfilled")?;
        for paid in &mut self.payments {
            if paid.state == Payment::Promised {
                paid.state = Payment::Gone;
            }
        }
        self.give_back(RefundTo::Original, self.sum(Payment::Taken) - self.refunded);
        self.cancelled = true;
        Ok(())
    }

    fn apply(&mut self, op: &Op) -> Result<(), Refused> {
        match *op {
            Op::Pay(method, amount) => self.pay(method, amount, Payment::Taken),
            Op::Authorise(amount) => self.pay(Method::Card, amount, Payment::Promised),
            Op::Capture(which, amount) => self.close(which, Some(amount)),
            Op::Void(which) => self.close(which, None),
            Op::Ship => {
                self.alive(self.fulfilment == "unfulfilled" && self.state() != "refunded")?;
                (self.fulfilment, self.parcels) = ("shipped", 1);
                Ok(())
            }
            Op::AddParcel => {
                self.alive(self.fulfilment == "shipped")?;
                self.parcels += 1;
                Ok(())
            }
            Op::Deliver => {
                self.alive(!["unfulfilled", "delivered"].contains(&self.fulfilment) && self.parcels > 0)?;
                self.parcels = 0;
                if self.fulfilment == "shipped" {
                    self.fulfilment = "delivered";
                }
                Ok(())
            }
            Op::Refund(to, amount) => self.refund(to, amount),
            Op::Request(line, quantity) => self.request(line, quantity),
            Op::Approve(which) => self.step(which, &[0], 1),
            Op::Refuse(which) => self.step(which, &[0, 1], 4),
            Op::Receive(which) => self.receive(which),
            Op::Settle(which, amount) => self.settle(which, amount),
            Op::Cancel => self.cancel(),
        }
    }
}

/// The engine's side of one run.
struct Real {
    shop: Arc<Shop>,
    customer: CustomerId,
    order: OrderId,
    lines: Vec<i64>,
    code: String,
    currency: Currency,
    payments: Vec<PaymentId>,
    returns: Vec<ReturnId>,
}

impl Real {
    async fn apply(&mut self, op: &Op) -> Result<(), AppError> {
        let (shop, order) = (self.shop.clone(), self.order);
        let money = |minor| Money::new(minor, self.currency);
        match *op {
            Op::Pay(method, amount) => {
                let reference = if method == Method::GiftCard { self.code.as_str() } else { "tx" };
                let new = NewPayment { method, amount: money(amount), reference };
                let paid = shop.work(async |tx, clerk| payments::record(tx, clerk, order, new).await).await?;
                self.payments.push(paid.payment);
            }
            Op::Authorise(amount) => {
                let new = NewPayment { method: Method::Card, amount: money(amount), reference: "hold" };
                let paid = shop.work(async |tx, clerk| payments::authorise(tx, clerk, order, new).await).await?;
                self.payments.push(paid.payment);
            }
            Op::Capture(which, amount) => {
                let (id, amount) = (self.payments[which], money(amount));
                shop.work(async |tx, clerk| payments::capture(tx, clerk, id, Some(amount)).await).await?;
            }
            Op::Void(which) => {
                let id = self.payments[which];
                shop.work(async |tx, clerk| payments::void(tx, clerk, id).await).await?;
            }
            Op::Ship | Op::AddParcel => {
                let another = matches!(op, Op::AddParcel);
                let parcel = Parcel::default();
                shop.work(async |tx, clerk| shipments::ship(tx, clerk, order, &parcel, another).await).await?;
            }
            Op::Deliver => shop.work(async |tx, clerk| shipments::deliver(tx, clerk, order, None).await).await?,
            Op::Refund(to, amount) => {
                let new = Refund { amount: money(amount), to, reason: "", of_return: None };
                shop.work(async |tx, clerk| payments::refund(tx, clerk, order, new).await).await?;
            }
            Op::Request(line, quantity) => {
                let lines = [ReturnLine { line: OrderLineId(self.lines[line]), quantity }];
                let new = NewReturn {
                    lines: &lines,
                    reason: ReturnReason::Other,
                    note: "",
                    refund_to: RefundTo::Original,
                    requested_by: RequestedBy::Staff,
                };
                self.returns.push(shop.work(async |tx, clerk| returns::request(tx, clerk, order, new).await).await?);
            }
            Op::Approve(which) => {
                let id = self.returns[which];
                shop.work(async |tx, clerk| returns::approve(tx, clerk, id, "").await).await?;
            }
            Op::Refuse(which) => {
                let id = self.returns[which];
                shop.work(async |tx, clerk| returns::refuse(tx, clerk, id, "no").await).await?;
            }
            Op::Receive(which) => {
                let id = self.returns[which];
                shop.work(async |tx, clerk| returns::receive(tx, clerk, id).await).await?;
            }
            Op::Settle(which, amount) => {
                let (id, amount) = (self.returns[which], amount.map(money));
                shop.work(async |tx, clerk| returns::refund(tx, clerk, id, amount, None, "").await).await?;
            }
            Op::Cancel => {
                shop.work(async |tx, clerk| payments::cancel(tx, clerk, order, "no more").await).await?;
            }
        }
        Ok(())
    }

    /// What the database says, to be compared with [`Model::picture`].
    async fn picture(&self) -> String {
        let db = &self.shop.state.db;
        let (state, fulfilment, refunded): (String, String, i64) = db
            .one("SELECT payment_state, fulfilment_state, refunded_minor FROM orders WHERE id = $1", args![self.order])
            .await
            .expect("the order");
        let taken =
            "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM payments WHERE order_id = $1 AND status = 'captured'";
        let back =
            support::numbers(db, "SELECT refunded_minor FROM payments WHERE order_id = $1 ORDER BY id", args![self.order]).await;
        let credit = integer(db, "SELECT credit_minor FROM customer_stats WHERE customer_id = $1", args![self.customer]).await;
        let card = integer(
            db,
            "SELECT a.balance FROM gift_cards g JOIN ledger_accounts a ON a.id = g.account_id WHERE g.issue_key = $1",
            args![format!("start {}", self.customer)],
        )
        .await;
        let points = integer(
            db,
            "SELECT CAST(-COALESCE(SUM(e.amount), 0) AS BIGINT) FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
             WHERE a.customer_id = $1 AND a.kind = 'points' AND e.reason IN ('order', 'returned')",
            args![self.customer],
        )
        .await;
        format!(
            "{state} {fulfilment} taken {} refunded {refunded} {back:?} credit {credit} card {card} points {points}",
            integer(db, taken, args![self.order]).await
        )
    }

    /// What holds whatever was done.
    async fn check(&self, model: &Model) {
        let db = &self.shop.state.db;
        let zero = async |what: &str, sql: &str| assert_eq!(integer(db, sql, args![self.order]).await, 0, "{what}");
        zero(
            "refunds add up",
            "SELECT o.refunded_minor - CAST(COALESCE((SELECT SUM(amount_minor) FROM refunds r WHERE r.order_id = o.id), 0) AS BIGINT)
             FROM orders o WHERE o.id = $1",
        )
        .await;
        zero(
            "base parts add up",
            "SELECT o.base_refunded_minor - CAST(COALESCE((SELECT SUM(base_amount_minor) FROM refunds r WHERE r.order_id = o.id), 0) AS BIGINT)
             FROM orders o WHERE o.id = $1",
        )
        .await;
        zero(
            "parts make their refund",
            "SELECT COUNT(*) FROM refunds r WHERE r.order_id = $1 AND r.amount_minor <> CAST(COALESCE((
               SELECT SUM(p.amount_minor) FROM refund_parts p WHERE p.refund_id = r.id), 0) AS BIGINT)",
        )
        .await;
        zero(
            "parts make what came back of a payment",
            "SELECT COUNT(*) FROM payments y WHERE y.order_id = $1 AND y.refunded_minor <> CAST(COALESCE((
               SELECT SUM(p.amount_minor) FROM refund_parts p WHERE p.payment_id = y.id), 0) AS BIGINT)",
        )
        .await;
        zero(
            "points are taken back up to what was earned, all where all came back",
            "SELECT COUNT(*) FROM loyalty_order_points l JOIN orders o ON o.id = l.order_id WHERE o.id = $1
               AND (l.taken_back + l.written_off > l.earned
                 OR o.payment_state = 'refunded' AND l.taken_back + l.written_off < l.earned)",
        )
        .await;
        let base = integer(db, "SELECT base_refunded_minor FROM orders WHERE id = $1", args![self.order]).await;
        assert_eq!(base, model.rate.convert(model.refunded, model.currency, Currency::USD), "rounded once");
        assert!(model.refunded <= model.sum(Payment::Taken) && model.sum(Payment::Taken) <= TOTAL);
        assert_eq!(check::check(db, |_| {}).await.expect("an answer"), []);
        assert_eq!(stats::check(db, |_| {}).await.expect("an answer"), []);
    }
}

impl Model {
    fn picture(&self) -> String {
        let back: Vec<i64> = self.payments.iter().map(|paid| paid.back).collect();
        let (taken, refunded) = (self.sum(Payment::Taken), self.refunded);
        let (credit, card, points) = (self.credit, self.card, self.points_spent);
        format!(
            "{} {} taken {taken} refunded {refunded} {back:?} credit {credit} card {card} points {points}",
            self.state(),
            self.fulfilment
        )
    }
}

/// Runs the operations on both sides, in step.
async fn compare(shop: Arc<Shop>, currency: usize, ops: Vec<Op>) -> Result<(), TestCaseError> {
    static RUN: AtomicU32 = AtomicU32::new(0);
    let email = format!("run{}@shop.example", RUN.fetch_add(1, Ordering::Relaxed));
    let owner = customer(&email).insert(&shop.state.db).await;
    let code = shop.endow(owner, CREDIT, POINTS, usd(CARD)).await;
    let (code_of, rate) = CURRENCIES[currency];
    let lines: Vec<_> = LINES.iter().map(|(quantity, total)| (*quantity, *total, false)).collect();
    let (order, lines) = place(&shop, owner, &lines, code_of, rate).await;
    let mut model = Model::new(CURRENCIES[currency]);
    let mut real =
        Real { shop, customer: owner, order, lines, code, currency: model.currency, payments: vec![], returns: vec![] };
    for op in ops {
        // "The second last payment", as a number from the front; without any there is nothing to do.
        let from_front = |which: usize, of: usize| of - 1 - which % of;
        let op = match (op, model.payments.len(), model.returns.len()) {
            (Op::Capture(..) | Op::Void(_), 0, _) => continue,
            (Op::Approve(_) | Op::Refuse(_) | Op::Receive(_) | Op::Settle(..), _, 0) => continue,
            (Op::Capture(which, amount), n, _) => Op::Capture(from_front(which, n), amount),
            (Op::Void(which), n, _) => Op::Void(from_front(which, n)),
            (Op::Approve(which), _, n) => Op::Approve(from_front(which, n)),
            (Op::Refuse(which), _, n) => Op::Refuse(from_front(which, n)),
            (Op::Receive(which), _, n) => Op::Receive(from_front(which, n)),
            (Op::Settle(which, amount), _, n) => Op::Settle(from_front(which, n), amount),
            (op, ..) => op,
        };
        let mut next = model.clone();
        let expected = next.apply(&op);
        let result = real.apply(&op).await;
        prop_assert_eq!(result.is_ok(), expected.is_ok(), "{:?}: {:?} {:?}", op, result, model);
        if expected.is_ok() {
            model = next;
        }
        prop_assert_eq!(real.picture().await, model.picture(), "{:?}", op);
        real.check(&model).await;
    }
    Ok(())
}

support::db_test!(random_lives_of_orders_do_as_the_model_does);
async fn random_lives_of_orders_do_as_the_model_does(db: Db) {
    let shop = Arc::new(Shop::open(&db).await);
    assert_eq!(shop.state.clock.now(), NOW);
    let (handle, of_run) = (tokio::runtime::Handle::current(), shop.clone());
    let run = move || {
        let mut runner =
            TestRunner::new(Config { cases: 48, failure_persistence: None, max_shrink_iters: 200, ..Config::default() });
        runner.run(&ops(), |(currency, ops)| handle.block_on(compare(of_run.clone(), currency, ops)))
    };
    tokio::task::spawn_blocking(run).await.expect("a runner").unwrap_or_else(|failure| panic!("{failure}"));
    shop.assert_adds_up().await;
}
