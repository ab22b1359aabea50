//! Random lives of orders: placed, paid, shipped, returned, refunded, cancelled in any order and amount, by several clients who get in
//! each other's way, while credit, cards and points move as well and statistics are rebuilt. Whatever they made of it adds up: after
//! each history, after clients that were killed, and one client does the same on both databases.

use crate::shop::Shop;
use crate::support::{self, NOW, customer, integer};
use clientele::args;
use clientele::base::{
    AppError, AppResult, Currency, CustomerId, GiftCardId, Money, OrderId, OrderLineId, PaymentId, ProductId, ReturnId, StaffId,
    Timestamp,
};
use clientele::commerce::credit::{self, NewCredit, Reduction};
use clientele::commerce::drafts::{
    self, CardChoice, Completion, CreditWish, DraftEdit, LineEdit, NewDraft, PaidBy, PaymentChoice,
};
use clientele::commerce::giftcards::{self, NewCard, NewRedemption, WhichCard};
use clientele::commerce::invoices::{self, InvoiceKind};
use clientele::commerce::ledger::{By, Reason, check};
use clientele::commerce::orders::Clerk;
use clientele::commerce::payments::{self, Method, NewPayment, Refund, RefundTo};
use clientele::commerce::returns::{self, NewReturn, RequestedBy, ReturnLine, ReturnReason};
use clientele::commerce::shipments::{self, Parcel};
use clientele::commerce::{loyalty, stats};
use clientele::office::audit::store::Actor;
use clientele::office::settings::zone::Zone;
use clientele::server::{Db, Query, Tx};
use parking_lot::Mutex;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const CLIENTS: u64 = 6;
/// Currencies of orders with what one unit is worth: one that divides, and one at which everything is rounded.
const RATES: [(&str, &str); 3] = [("USD", "1"), ("EUR", "1.0850"), ("EUR", "0.3333")];

/// A shop in which everything can be done.
struct Lives {
    shop: Shop,
    customers: Vec<CustomerId>,
    /// Goods, goods and a gift card: in dollars, then in euros.
    products: Vec<ProductId>,
    /// Codes of gift cards that are known.
    codes: Mutex<Vec<String>>,
    orders: Mutex<Vec<OrderId>>,
    day: AtomicI64,
}

impl Lives {
    async fn open(db: &Db) -> Self {
        let shop = Shop::open(db).await;
        let mut products = Vec::new();
        for currency in ["USD", "EUR"] {
            products.push(shop.product_in(&format!("TEA {currency}"), 10_00, currency, "goods").await);
            products.push(shop.product_in(&format!("POT {currency}"), 7_77, currency, "goods").await);
            products.push(shop.product_in(&format!("GIFT {currency}"), 5_01, currency, "gift_card").await);
        }
        for (code, more) in
            [("TEN", ""), ("FIRST", "first_order_only = TRUE"), ("ONCE", "limit_per_customer = 1"), ("FEW", "limit_total = 3")]
        {
            shop.code(code, more).await;
        }
        let mut customers = Vec::new();
        for number in 0..4 {
            let buyer = customer(&format!("buyer{number}@example.com")).insert(db).await;
            customers.push(buyer);
            if number > 0 {
                let tx = db.begin().await.expect("a transaction");
                loyalty::enrol(&tx, &shop.settings, &shop.clerk().actor, buyer).await.expect("a member");
                tx.commit().await.expect("a commit");
            }
        }
        shop.run("UPDATE customer_groups SET payment_terms_days = 30", args![]).await;
        Self::with(shop, customers, products)
    }

    fn with(shop: Shop, customers: Vec<CustomerId>, products: Vec<ProductId>) -> Self {
        Self { shop, customers, products, codes: Mutex::default(), orders: Mutex::default(), day: AtomicI64::new(0) }
    }

    /// The shop that another process has opened.
    async fn again(db: &Db, day: i64) -> Self {
        let ids = async |sql: &str| support::numbers(db, sql, args![]).await;
        let settings = {
            let mut settings = clientele::office::settings::ShopSettings::default();
            settings.checkout.shipping_minor = 5_00;
            settings
        };
        let staff = StaffId(ids("SELECT id FROM staff ORDER BY id LIMIT 1").await[0]);
        let keys = clientele::server::keys::Keys::derive(&[7; 32]);
        let shop = Shop { db: db.clone(), keys, settings, staff, now: NOW };
        let customers = ids("SELECT id FROM customers ORDER BY id").await.into_iter().map(CustomerId).collect();
        let products = ids("SELECT id FROM products ORDER BY id").await.into_iter().map(ProductId).collect();
        let lives = Self::with(shop, customers, products);
        let orders = ids("SELECT id FROM orders ORDER BY id").await;
        lives.orders.lock().extend(orders.into_iter().map(OrderId));
        lives.day.store(day, Ordering::Relaxed);
        lives
    }

    fn now(&self) -> Timestamp {
        NOW.plus(self.day.load(Ordering::Relaxed) * Timestamp::DAY)
    }

    /// What one use case does, in a transaction of its own.
    async fn work<T>(&self, work: impl AsyncFnOnce(&Tx, &Clerk<'_>) -> AppResult<T>) -> AppResult<T> {
        let actor = Actor { staff: Some(self.shop.staff), ..Actor::system(self.now()) };
        let by = By::Staff(self.shop.staff);
        let clerk = Clerk { keys: &self.shop.keys, settings: &self.shop.settings, zone: Zone::UTC, by, actor };
        let tx = self.shop.db.begin().await?;
        let done = work(&tx, &clerk).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// One random thing; a refusal is as good as anything else.
    async fn step(&self, random: &mut Random) {
        let what = random.0.random_range(0..31);
        let done = match what {
            0..3 => self.place(random).await,
            3 => self.place_again(random).await,
            4..6 => self.change_customer(random).await,
            6 => self.change_card(random).await,
            7 => self.invoice(random).await,
            8 if random.one_in(4) => {
                self.day.fetch_add(random.0.random_range(1..40), Ordering::Relaxed);
                Ok(())
            }
            9 => stats::rebuild(&self.shop.db, |_| ()).await.map(drop).map_err(AppError::from),
            _ => self.go_on(random, what).await,
        };
        match done {
            Ok(()) | Err(AppError::Invalid { .. } | AppError::Conflict { .. } | AppError::NotFound) => {}
            Err(error) => panic!("{what}: {error:?}"),
        }
    }

    async fn place(&self, random: &mut Random) -> AppResult<()> {
        let (currency, rate) = *random.pick(&RATES);
        let products = if currency == "USD" { &self.products[..3] } else { &self.products[3..] };
        let wanted = (0..random.0.random_range(1..4)).map(|_| (*random.pick(products), random.0.random_range(1..4)));
        let edit = DraftEdit {
            lines: wanted.map(|(product, quantity)| LineEdit { product, quantity }).collect(),
            codes: if random.one_in(3) { vec![(*random.pick(&["TEN", "FIRST", "ONCE", "FEW"])).into()] } else { vec![] },
            credit: match random.0.random_range(0..4) {
                0 => CreditWish::None,
                1 => CreditWish::AtMost(random.0.random_range(0..20_00)),
                _ => CreditWish::All,
            },
            gift_cards: if random.one_in(3) {
                random.some(&self.codes.lock()).map(CardChoice::Code).into_iter().collect()
            } else {
                vec![]
            },
            points: if random.one_in(3) { random.0.random_range(0..1_000) } else { 0 },
            ..DraftEdit::default()
        };
        let (customer, completion) = (*random.pick(&self.customers), random.completion());
        let draft_only = random.one_in(6);
        let new = NewDraft { currency: Some(currency), rate: Some(rate), edit, ..NewDraft::of(customer) };
        let order = self
            .work(async |tx, clerk| {
                let order = drafts::create(tx, clerk, new).await?;
                if !draft_only {
                    drafts::complete(tx, clerk, order, &completion).await?;
                }
                Ok(order)
            })
            .await?;
        self.orders.lock().push(order);
        Ok(())
    }

    /// Places a draft, which somebody else may have placed.
    async fn place_again(&self, random: &mut Random) -> AppResult<()> {
        let (order, completion) = (self.order(random)?, random.completion());
        self.work(async |tx, clerk| drafts::complete(tx, clerk, order, &completion).await).await.map(drop)
    }

    async fn change_customer(&self, random: &mut Random) -> AppResult<()> {
        let (customer, amount) = (*random.pick(&self.customers), Money::new(random.0.random_range(1..30_00), Currency::USD));
        let (what, key) = (random.0.random_range(0..5), format!("random {}", random.0.random::<u64>()));
        let expires = random.one_in(2).then(|| self.now().plus(random.0.random_range(1..60) * Timestamp::DAY));
        self.work(async |tx, clerk| {
            let (settings, actor, by, key) = (clerk.settings, &clerk.actor, clerk.by, key.as_str());
            match what {
                0 | 1 => {
                    let new = NewCredit { amount, reason: Reason::Goodwill, by, key, order: None, note: "", expires };
                    credit::service::top_up(tx, settings, actor, customer, new).await.map(drop)
                }
                2 => credit::service::reduce(tx, settings, actor, customer, Reduction { amount, note: "x", by, key })
                    .await
                    .map(drop),
                3 => credit::service::set_limit(tx, settings, actor, customer, amount).await,
                _ => {
                    let (points, reason) = (amount.minor - 10_00, Reason::Correction);
                    let adjustment = loyalty::Adjustment { points, reason, note: "x", by, key };
                    loyalty::adjust(tx, settings, actor, customer, adjustment).await.map(drop)
                }
            }
        })
        .await
    }

    async fn change_card(&self, random: &mut Random) -> AppResult<()> {
        let (customer, key) = (*random.pick(&self.customers), format!("random {}", random.0.random::<u64>()));
        let amount = Money::new(random.0.random_range(1..30_00), Currency::USD);
        let (what, code) = (random.0.random_range(0..4), random.some(&self.codes.lock()));
        let cards = support::numbers(&self.shop.db, "SELECT id FROM gift_cards ORDER BY id", args![]).await;
        let card = random.some(&cards).map(GiftCardId);
        let expires = random.one_in(3).then(|| self.now().plus(random.0.random_range(1..60) * Timestamp::DAY));
        let issued = self
            .work(async |tx, clerk| {
                let (settings, actor, by, keys) = (clerk.settings, &clerk.actor, clerk.by, clerk.keys);
                match (what, code, card) {
                    (1, Some(code), _) => {
                        let new = NewRedemption { card: WhichCard::Code(&code), customer, amount: None, by, key: &key };
                        giftcards::redeem(tx, settings, keys, actor, new).await?;
                    }
                    (2, _, Some(card)) => giftcards::disable(tx, actor, card, "x").await?,
                    (3, _, Some(card)) => giftcards::enable(tx, actor, card).await?,
                    _ => {
                        let new = NewCard { amount, customer: None, expires, message: "", batch: "", order: None, key: &key };
                        return Ok(giftcards::issue(tx, keys, new, by, clerk.now()).await?.code);
                    }
                }
                Ok(None)
            })
            .await?;
        self.codes.lock().extend(issued);
        Ok(())
    }

    async fn invoice(&self, random: &mut Random) -> AppResult<()> {
        let order = self.order(random)?;
        let work = async |tx: &Tx, clerk: &Clerk<'_>| {
            invoices::issue(tx, order, InvoiceKind::Invoice, None, clerk.by, clerk.now()).await
        };
        self.work(work).await.map(drop)
    }

    /// One of the newest orders, so that something comes of them.
    fn order(&self, random: &mut Random) -> AppResult<OrderId> {
        let orders = self.orders.lock();
        random.some(&orders[orders.len().saturating_sub(12)..]).ok_or(AppError::NotFound)
    }

    /// What is done with an order once it is placed.
    async fn go_on(&self, random: &mut Random, what: u32) -> AppResult<()> {
        let order = self.order(random)?;
        let db = &self.shop.db;
        let ids = async |sql: &str| support::numbers(db, sql, args![order]).await;
        let (currency, total): (String, i64) =
            db.one("SELECT currency, total_minor FROM orders WHERE id = $1", args![order]).await.expect("the order");
        let amount = if random.one_in(2) { total } else { random.0.random_range(0..total.max(1)) };
        let amount = Money::new(amount, Currency::parse(&currency).expect("a currency"));
        let payment =
            random.some(&ids("SELECT id FROM payments WHERE order_id = $1 ORDER BY id").await).map_or(PaymentId(0), PaymentId);
        let goods =
            random.some(&ids("SELECT id FROM returns WHERE order_id = $1 ORDER BY id").await).map_or(ReturnId(0), ReturnId);
        let line = random
            .some(&ids("SELECT id FROM order_lines WHERE order_id = $1 ORDER BY id").await)
            .map_or(OrderLineId(0), OrderLineId);
        let code = random.some(&self.codes.lock()).unwrap_or_default();
        let method = *random.pick(&[Method::Card, Method::Cash, Method::Credit, Method::Points, Method::GiftCard]);
        let reference = if method == Method::GiftCard { code.as_str() } else { "tx" };
        let to = *random.pick(&[RefundTo::Original, RefundTo::Original, RefundTo::Credit, RefundTo::GiftCard]);
        let (some, quantity) = (random.one_in(2).then_some(amount), random.0.random_range(1..3));
        self.work(async |tx, clerk| match what {
            10..13 => payments::record(tx, clerk, order, NewPayment { method, amount, reference }).await.map(drop),
            13 => {
                let new = NewPayment { method: Method::Card, amount, reference };
                payments::authorise(tx, clerk, order, new).await.map(drop)
            }
            14 => payments::capture(tx, clerk, payment, some).await.map(drop),
            15 => payments::void(tx, clerk, payment).await.map(drop),
            16..19 => shipments::ship(tx, clerk, order, &Parcel::default(), false).await.map(drop),
            19 => shipments::ship(tx, clerk, order, &Parcel::default(), true).await.map(drop),
            20 => shipments::deliver(tx, clerk, order, None).await,
            21..23 => payments::refund(tx, clerk, order, Refund { amount, to, reason: "", of_return: None }).await.map(drop),
            23..26 => {
                let lines = [ReturnLine { line, quantity }];
                let (reason, requested_by) = (ReturnReason::Other, RequestedBy::Staff);
                let new = NewReturn { lines: &lines, reason, note: "", refund_to: to, requested_by };
                let id = returns::request(tx, clerk, order, new).await?;
                returns::approve(tx, clerk, id, "").await?;
                if what == 23 { Ok(()) } else { returns::receive(tx, clerk, id).await }
            }
            26 => returns::refuse(tx, clerk, goods, "no").await,
            27 => returns::receive(tx, clerk, goods).await,
            28..30 => returns::refund(tx, clerk, goods, some, None, "").await.map(drop),
            _ => payments::cancel(tx, clerk, order, "x").await.map(drop),
        })
        .await
    }
}

/// Chances that are the same for the same seed.
struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.0.random_range(0..of.len())]
    }

    fn some<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let at = self.0.random::<u32>() as usize;
        (!of.is_empty()).then(|| of[at % of.len()].clone())
    }

    fn one_in(&mut self, number: u32) -> bool {
        self.0.random_range(0..number) == 0
    }

    fn completion(&mut self) -> Completion {
        let payment = match self.0.random_range(0..6) {
            0 => PaymentChoice::Terms,
            1 => PaymentChoice::Nothing,
            2 => PaymentChoice::Authorised { reference: "hold".into() },
            _ => PaymentChoice::Paid { method: PaidBy::Card, reference: "tx".into() },
        };
        Completion { payment, accept_changes: true, ..Completion::default() }
    }
}

/// What holds whatever was done.
async fn adds_up(db: &Db) {
    assert_eq!(check::check(db, |_| ()).await.expect("a reconciliation"), []);
    assert_eq!(stats::check(db, |_| ()).await.expect("figures"), []);
    let paid = "CAST(COALESCE((SELECT SUM(p.amount_minor) FROM payments p WHERE p.order_id = o.id AND p.status <> 'voided'), 0) AS BIGINT)";
    let captured = "CAST(COALESCE((SELECT SUM(p.amount_minor) FROM payments p WHERE p.order_id = o.id AND p.status = 'captured'), 0) AS BIGINT)";
    let sum_of =
        |column: &str| format!("CAST(COALESCE((SELECT SUM(r.{column}) FROM refunds r WHERE r.order_id = o.id), 0) AS BIGINT)");
    for (what, wrong) in [
        ("more is paid or promised than the total", format!("orders o WHERE {paid} > o.total_minor")),
        ("more came back than was paid", format!("orders o WHERE o.refunded_minor > {captured}")),
        ("refunds are not what the order says", format!("orders o WHERE o.refunded_minor <> {}", sum_of("amount_minor"))),
        ("refunds in the base currency are not what the order says", format!("orders o WHERE o.base_refunded_minor <> {}", sum_of("base_amount_minor"))),
        ("a refund costs less than nothing", "refunds WHERE base_amount_minor < 0".into()),
        ("less than nothing was spent on an order", "orders WHERE status = 'placed' AND base_total_minor - base_gift_cards_minor < base_refunded_minor".into()),
        ("what counted as spent is there though all came back", "orders o WHERE payment_state = 'refunded' AND status = 'placed'
            AND refunded_minor = total_minor AND base_total_minor <> base_refunded_minor".into()),
        ("less than nothing was spent", "customer_stats WHERE spent_minor < 0 OR points < 0 OR orders_count < 0".into()),
        ("a day sold less than nothing", "daily_rollups WHERE revenue_minor < 0 OR refunds_minor < 0 OR orders_count < 0 OR units < 0".into()),
        ("a gift card or points are owed", "ledger_accounts WHERE kind <> 'credit' AND balance < 0".into()),
        ("parts are not what came back of a payment", "payments p WHERE p.refunded_minor <> CAST(COALESCE((
            SELECT SUM(r.amount_minor) FROM refund_parts r WHERE r.payment_id = p.id), 0) AS BIGINT) OR p.refunded_minor > p.amount_minor".into()),
        ("parts are not their refund", "refunds f WHERE f.amount_minor <> CAST(COALESCE((
            SELECT SUM(r.amount_minor) FROM refund_parts r WHERE r.refund_id = f.id), 0) AS BIGINT)".into()),
        ("more points were spent back than the payment took", "payments p JOIN ledger_entries e ON e.id = p.entry_id WHERE -e.amount < CAST(COALESCE((
            SELECT SUM(b.amount) FROM ledger_entries b WHERE b.reverses_id = e.id), 0) AS BIGINT)".into()),
        ("a payment that came back whole has not brought all it took", "payments p JOIN ledger_entries e ON e.id = p.entry_id
            WHERE p.refunded_minor = p.amount_minor AND NOT EXISTS (
                SELECT 1 FROM refund_parts r WHERE r.payment_id = p.id AND r.method <> p.method)
              AND NOT EXISTS (SELECT 1 FROM refund_parts r JOIN refunds f ON f.id = r.refund_id WHERE r.payment_id = p.id AND r.entry_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM ledger_entries b WHERE b.id = r.entry_id AND b.reverses_id = e.id))
              AND NOT EXISTS (SELECT 1 FROM refund_parts r WHERE r.payment_id = p.id AND r.method = 'gift_card' AND r.gift_card_id <> p.gift_card_id)
              AND -e.amount <> CAST(COALESCE((SELECT SUM(b.amount) FROM ledger_entries b WHERE b.reverses_id = e.id), 0) AS BIGINT)".into()),
        ("points of an order are not all taken back", "loyalty_order_points l JOIN orders o ON o.id = l.order_id
            WHERE o.payment_state = 'refunded' AND o.refunded_minor = o.total_minor AND l.taken_back + l.written_off <> l.earned".into()),
        ("a member has not earned what the orders say", "loyalty_members m WHERE m.earned_points <> CAST(COALESCE((
            SELECT SUM(l.earned - l.taken_back - l.written_off) FROM loyalty_order_points l WHERE l.customer_id = m.customer_id), 0) AS BIGINT)".into()),
        ("a code is not used as often as it says", "promotions p WHERE p.uses_count <> (SELECT COUNT(*) FROM promotion_uses u WHERE u.promotion_id = p.id)".into()),
        ("a cancelled order uses a code", "promotion_uses u JOIN orders o ON o.id = u.order_id WHERE o.status <> 'placed'".into()),
        ("two orders are somebody's first", "(SELECT u.customer_id FROM promotion_uses u JOIN promotions p ON p.id = u.promotion_id
            WHERE p.first_order_only GROUP BY u.customer_id HAVING COUNT(*) > 1) AS twice".into()),
        ("a cancelled order's gift card can be spent", "gift_cards g JOIN orders o ON o.id = g.order_id
            WHERE o.status = 'cancelled' AND g.issue_key LIKE 'order:%' AND g.disabled_at = 0".into()),
        ("a refund of an invoiced order has no credit note", "order_history i WHERE i.kind = 'invoiced'
            AND (SELECT COUNT(*) FROM order_history r WHERE r.order_id = i.order_id AND r.kind = 'refunded' AND r.id > i.id)
              > (SELECT COUNT(*) FROM invoices n WHERE n.order_id = i.order_id AND n.kind = 'credit_note')".into()),
        ("numbers of SQLite have gaps", "counters c WHERE c.name = 'order' AND c.value <> (SELECT COUNT(*) FROM orders WHERE status <> 'draft')".into()),
        ("a state does not follow from the sums", format!("orders o WHERE o.status = 'placed' AND o.payment_state IN ('paid', 'part_refunded', 'refunded')
            AND {captured} <> o.total_minor")),
    ] {
        assert_eq!(integer(db, &format!("SELECT COUNT(*) FROM {wrong}"), args![]).await, 0, "{what}");
    }
}

/// A history by several clients at once.
async fn live(lives: &Arc<Lives>, seed: u64, steps: usize) {
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let lives = lives.clone();
            tokio::spawn(async move {
                let mut random = Random::new(seed * CLIENTS + client);
                for _ in 0..steps {
                    lives.step(&mut random).await;
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}

support::db_test!(whatever_many_clients_do_adds_up);
async fn whatever_many_clients_do_adds_up(db: Db) {
    let lives = Arc::new(Lives::open(&db).await);
    let mut missing = Some("everything");
    for seed in 0..30 {
        live(&lives, seed, 60).await;
        adds_up(&db).await;
        // Who is first is chance: a few histories more, until each thing has happened.
        missing = never(&db).await;
        if seed > 4 && missing.is_none() {
            break;
        }
    }
    assert_eq!(missing, None, "never happened");
}

/// Something that a test of lives wants to see and that has not happened.
async fn never(db: &Db) -> Option<&'static str> {
    for (what, least) in [
        ("orders WHERE status = 'placed'", 40),
        ("orders WHERE status = 'cancelled'", 5),
        ("refunds", 20),
        ("returns WHERE status = 'refunded'", 2),
        ("invoices WHERE kind = 'credit_note'", 3),
        ("loyalty_order_points WHERE taken_back > 0", 3),
        ("ledger_entries WHERE reason = 'expired'", 3),
        ("payments WHERE method = 'gift_card'", 3),
    ] {
        if integer(db, &format!("SELECT COUNT(*) FROM {what}"), args![]).await < least {
            return Some(what);
        }
    }
    None
}

/// Everything that a history left, without ids and what chance made.
async fn picture(db: &Db) -> Vec<String> {
    let mut all = Vec::new();
    for sql in [
        "SELECT COALESCE(number, '') || ' ' || status || ' ' || payment_state || ' ' || fulfilment_state || ' ' || total_minor || ' ' || refunded_minor
           || ' ' || base_total_minor || ' ' || base_gift_cards_minor || ' ' || base_refunded_minor FROM orders ORDER BY id",
        "SELECT method || ' ' || status || ' ' || amount_minor || ' ' || refunded_minor || ' ' || points FROM payments ORDER BY id",
        "SELECT amount_minor || ' ' || base_amount_minor || ' ' || day FROM refunds ORDER BY id",
        "SELECT a.kind || ' ' || e.seq || ' ' || e.amount || ' ' || e.balance_after || ' ' || e.reason FROM ledger_entries e
           JOIN ledger_accounts a ON a.id = e.account_id ORDER BY e.id",
        "SELECT a.kind || ' ' || l.amount || ' ' || l.remaining || ' ' || l.expires_at FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id
           ORDER BY l.id",
        "SELECT orders_count || ' ' || spent_minor || ' ' || aov_minor || ' ' || units || ' ' || credit_minor || ' ' || points FROM customer_stats
           ORDER BY customer_id",
        "SELECT day || ' ' || orders_count || ' ' || units || ' ' || revenue_minor || ' ' || refunds_minor FROM daily_rollups ORDER BY day",
        "SELECT tier || ' ' || earned_points FROM loyalty_members ORDER BY customer_id",
        "SELECT earned || ' ' || taken_back || ' ' || written_off FROM loyalty_order_points ORDER BY order_id",
        "SELECT number FROM invoices ORDER BY id",
        "SELECT code || ' ' || uses_count FROM promotions ORDER BY id",
        "SELECT kind FROM order_history ORDER BY id",
        "SELECT template FROM outbox ORDER BY id",
    ] {
        let rows: Vec<(String,)> = db.all(sql, args![]).await.expect("rows");
        all.extend(rows.into_iter().map(|(row,)| row));
    }
    all
}

#[tokio::test]
async fn one_client_does_the_same_on_both_databases() {
    let history = async |db: Db| {
        let lives = Lives::open(&db).await;
        let mut random = Random::new(7);
        for _ in 0..250 {
            lives.step(&mut random).await;
        }
        adds_up(&db).await;
        picture(&db).await
    };
    let (mut sqlite, mut postgres) = (Vec::new(), Vec::new());
    support::on_sqlite(async |db| sqlite = history(db).await).await;
    support::on_postgres(async |db| postgres = history(db).await).await;
    assert!(sqlite.len() > 150, "{}", sqlite.len());
    for (at, (one, other)) in sqlite.iter().zip(&postgres).enumerate() {
        assert_eq!(one, other, "row {at}");
    }
    assert_eq!(sqlite.len(), postgres.len());
}

/// Names the database to the clients that are killed; the test of that name does nothing without it.
const KILLED: &str = "CLIENTELE_TEST_KILLED_LIVES";
const KILLS: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clients_that_are_killed() {
    let Ok(orders) = std::env::var(KILLED) else { return };
    let (url, round) = orders.split_once('|').expect("a database and a round");
    let round: u64 = round.parse().expect("a number");
    let db = Db::connect(url).await.expect("a database");
    let lives = Arc::new(Lives::again(&db, i64::try_from(round).expect("small") * 20).await);
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let lives = lives.clone();
        clients.spawn(async move {
            let mut random = Random::new(1_000 + round * CLIENTS + client);
            // Until they are killed.
            while lives.orders.lock().len() < usize::MAX {
                lives.step(&mut random).await;
                println!("done");
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.expect("a client");
    }
}

/// Starts clients and kills them after they have done so many things; yields whether they had.
fn start_and_kill(orders: &str, things: usize) -> bool {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "lives::the_clients_that_are_killed", "--nocapture"])
        .env(KILLED, orders)
        .stdout(Stdio::piped())
        .spawn()
        .expect("clients");
    let lines = BufReader::new(child.stdout.take().expect("their words")).lines();
    let done = lines.map_while(Result::ok).filter(|line| line.contains("done")).take(things).count();
    // SIGKILL: nothing of the process runs after it.
    child.kill().expect("a kill");
    child.wait().expect("its end");
    done == things
}

support::db_test!(clients_that_are_killed_leave_nothing_half_done);
async fn clients_that_are_killed_leave_nothing_half_done(db: Db) {
    let lives = Arc::new(Lives::open(&db).await);
    live(&lives, 50, 20).await;
    let url = crate::url_of(&db).await;
    for round in 0..KILLS {
        let orders = format!("{url}|{round}");
        let things = usize::try_from(round * 17 % 60).expect("small");
        let done = tokio::task::spawn_blocking(move || start_and_kill(&orders, things)).await.expect("a kill");
        assert!(done, "round {round}: the clients ended by themselves");
        adds_up(&db).await;
    }
}
