//! Reading orders, figures and timelines, on both databases.

mod support;

use clientele::args;
use clientele::base::{CustomerId, Day, OrderId, Timestamp};
use clientele::commerce::orders::records;
use clientele::commerce::orders::store::{self, Drafts, Filter, Place, Search};
use clientele::commerce::orders::{FulfilmentState, OrderSort, OrderSortBy, OrderState, PaymentState};
use clientele::insight::analytics::{Figures, OrderFact, store as analytics};
use clientele::insight::timeline::store::{Place as TimelinePlace, Record, Source, newest};
use clientele::insight::timeline::{TimelineQuery, Topic};
use clientele::server::db::dialect::lower;
use clientele::server::{Db, Query};
use support::{NOW, customer, integer};

const DAY: i64 = Timestamp::DAY;
/// No order at all.
const NOBODYS: [i64; 0] = [];

/// An order to be: placed, paid, delivered, of one line, unless it is said otherwise.
struct NewOrder {
    number: Option<String>,
    status: &'static str,
    draft_kind: Option<&'static str>,
    payment: PaymentState,
    fulfilment: FulfilmentState,
    minor: i64,
    refunded: i64,
    units: i64,
    at: Timestamp,
    item: &'static str,
    product: Option<i64>,
}

fn order(number: &str, at: Timestamp, minor: i64) -> NewOrder {
    NewOrder {
        number: Some(number.to_owned()),
        status: "placed",
        draft_kind: None,
        payment: PaymentState::Paid,
        fulfilment: FulfilmentState::Delivered,
        minor,
        refunded: 0,
        units: 1,
        at,
        item: "A thing",
        product: None,
    }
}

fn draft(kind: &'static str, at: Timestamp) -> NewOrder {
    NewOrder { number: None, status: "draft", draft_kind: Some(kind), payment: PaymentState::Unpaid, ..order("", at, 500) }
}

impl NewOrder {
    async fn insert(self, db: &Db, customer: CustomerId) -> OrderId {
        let store = store_of(db).await;
        let placed = if self.status == "draft" { 0 } else { self.at.0 };
        let tx = db.begin().await.expect("a transaction");
        let id = tx
            .insert(
                "INSERT INTO orders (number, store_id, customer_id, status, draft_kind, payment_state, fulfilment_state, currency,
                   subtotal_minor, total_minor, refunded_minor, base_total_minor, base_refunded_minor, units, placed_at, placed_day,
                   state_since, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 'USD', $8, $8, $9, $8, $9, $10, $11, $12, $13, $13, $13) RETURNING id",
                args![
                    self.number,
                    store,
                    customer,
                    self.status,
                    self.draft_kind,
                    self.payment.code(),
                    self.fulfilment.code(),
                    self.minor,
                    self.refunded,
                    self.units,
                    placed,
                    placed.div_euclid(DAY),
                    self.at
                ],
            )
            .await
            .expect("an order");
        tx.execute(
            "INSERT INTO order_lines (order_id, product_id, name, quantity, unit_price_minor, total_minor)
             VALUES ($1, $2, $3, $4, $5, $6)",
            args![id, self.product, self.item, self.units, self.minor / self.units, self.minor],
        )
        .await
        .expect("a line");
        tx.commit().await.expect("a commit");
        OrderId(id)
    }
}

async fn store_of(db: &Db) -> i64 {
    run(
        db,
        "INSERT INTO stores (code, name, currency, created_at) VALUES ('web', 'Web', 'USD', $1)
         ON CONFLICT (code) DO NOTHING",
        args![NOW],
    )
    .await;
    integer(db, "SELECT id FROM stores WHERE code = 'web'", args![]).await
}

async fn run(db: &Db, sql: &str, args: clientele::server::Args) {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(sql, args).await.expect("a statement that runs");
    tx.commit().await.expect("a commit");
}

/// Every id of a list, page by page.
async fn forwards(db: &Db, filter: &Filter<'_>, sort: OrderSort, size: usize) -> Vec<i64> {
    let (mut ids, mut place) = (vec![], None);
    loop {
        let page = store::list(db, filter, sort, place, size).await.expect("a page");
        assert_eq!(page.has_previous, place.is_some());
        ids.extend(page.rows.iter().map(|row| row.id));
        let Some(last) = page.rows.last().filter(|_| page.has_next) else { return ids };
        place = Some(Place { value: last.sort_value, id: last.id, before: false });
    }
}

/// Every id of a list but those of its last row, page by page from its end.
async fn backwards(db: &Db, filter: &Filter<'_>, sort: OrderSort, size: usize) -> Vec<i64> {
    let all = store::list(db, filter, sort, None, 1_000).await.expect("all rows").rows;
    let last = all.last().expect("a row");
    let (mut ids, mut place) = (vec![], Place { value: last.sort_value, id: last.id, before: true });
    loop {
        let page = store::list(db, filter, sort, Some(place), size).await.expect("a page");
        let fresh: Vec<i64> = page.rows.iter().map(|row| row.id).filter(|id| !ids.contains(id)).collect();
        ids.splice(0..0, fresh.into_iter().filter(|id| *id != last.id));
        let Some(first) = page.rows.first().filter(|_| page.has_previous) else { return ids };
        place = Place { value: first.sort_value, id: first.id, before: true };
    }
}

async fn ids(db: &Db, filter: &Filter<'_>) -> Vec<i64> {
    let page = store::list(db, filter, OrderSort::default(), None, 1_000).await.expect("a page");
    page.rows.iter().map(|row| row.id).collect()
}

support::db_test!(pages_lead_there_and_back);
async fn pages_lead_there_and_back(db: Db) {
    let ana = customer("ana@example.com").insert(&db).await;
    // Many of the same instant and amount: then the id decides.
    for n in 0..23 {
        order(&format!("10{n:02}"), NOW.plus(-(n / 4) * DAY), 1_000 + n % 3).insert(&db, ana).await;
    }
    draft("staff", NOW).insert(&db, ana).await;
    let filter = Filter { customer: Some(ana), ..Filter::default() };
    for by in [OrderSortBy::Date, OrderSortBy::Total, OrderSortBy::Items] {
        for descending in [true, false] {
            let sort = OrderSort { by, descending };
            let all: Vec<i64> =
                store::list(&db, &filter, sort, None, 1_000).await.expect("all").rows.iter().map(|row| row.id).collect();
            assert_eq!(all.len(), 23);
            assert_eq!(forwards(&db, &filter, sort, 5).await, all, "{sort:?}");
            assert_eq!(backwards(&db, &filter, sort, 5).await, all[..22], "{sort:?}");
        }
    }
    assert_eq!(store::count(&db, &filter).await.expect("a count"), 23);
    let with = Filter { drafts: Drafts::With, ..filter.clone() };
    assert_eq!(forwards(&db, &with, OrderSort::default(), 5).await.len(), 24);
    assert_eq!(ids(&db, &Filter { drafts: Drafts::Only, ..filter }).await.len(), 1);
}

support::db_test!(filters_find_what_they_say);
async fn filters_find_what_they_say(db: Db) {
    let (ana, bo) = (customer("ana@example.com").insert(&db).await, customer("bo@example.com").insert(&db).await);
    let unpaid = NewOrder { payment: PaymentState::Unpaid, ..order("10482", NOW, 1_000) }.insert(&db, ana).await;
    let sent =
        NewOrder { fulfilment: FulfilmentState::Shipped, item: "50%_Teapot ÄPFEL", ..order("20777", NOW.plus(-DAY), 2_000) };
    let sent = sent.insert(&db, ana).await;
    let cancelled =
        NewOrder { status: "cancelled", fulfilment: FulfilmentState::Unfulfilled, ..order("10483", NOW.plus(-40 * DAY), 3_000) };
    let cancelled = cancelled.insert(&db, ana).await;
    let other = order("10499", NOW, 1).insert(&db, bo).await;
    let of_ana = Filter { customer: Some(ana), ..Filter::default() };
    let state = |state| Filter { state: Some(state), ..of_ana.clone() };
    assert_eq!(ids(&db, &of_ana).await, [unpaid.0, sent.0, cancelled.0]);
    assert_eq!(ids(&db, &state(OrderState::Payment(PaymentState::Unpaid))).await, [unpaid.0]);
    assert_eq!(ids(&db, &state(OrderState::Fulfilment(FulfilmentState::Shipped))).await, [sent.0]);
    assert_eq!(ids(&db, &state(OrderState::Cancelled)).await, [cancelled.0]);
    assert_eq!(ids(&db, &Filter { from: Some(NOW), ..of_ana.clone() }).await, [unpaid.0]);
    assert_eq!(ids(&db, &Filter { until: Some(NOW), ..of_ana.clone() }).await, [sent.0, cancelled.0]);
    let contains = |text: &str| Filter { search: Some(Search::Contains(text.to_owned())), ..of_ana.clone() };
    assert_eq!(ids(&db, &contains("048")).await, [unpaid.0, cancelled.0]);
    assert_eq!(ids(&db, &contains("%_tea")).await, [sent.0]);
    assert_eq!(ids(&db, &contains("Äpfel")).await, [sent.0], "the case of no English letter");
    assert_eq!(ids(&db, &contains("%_'\"\0")).await, NOBODYS);
    // Among all orders the rare states have indexes of their own.
    let anybodys = |state| Filter { state: Some(state), ..Filter::default() };
    assert_eq!(ids(&db, &anybodys(OrderState::Payment(PaymentState::Unpaid))).await, [unpaid.0]);
    assert_eq!(ids(&db, &anybodys(OrderState::Fulfilment(FulfilmentState::Shipped))).await, [sent.0]);
    assert_eq!(ids(&db, &anybodys(OrderState::Payment(PaymentState::Paid))).await.len(), 3);
    assert_eq!(ids(&db, &anybodys(OrderState::Cancelled)).await, [cancelled.0]);
    // What was cancelled waits for nobody.
    assert_eq!(ids(&db, &anybodys(OrderState::Fulfilment(FulfilmentState::Unfulfilled))).await, NOBODYS);
    let all = |number: &str, buyers: Vec<CustomerId>| Filter {
        search: Some(Search::NumberOrBuyer { number: number.to_owned(), buyers }),
        ..Filter::default()
    };
    assert_eq!(ids(&db, &all("1048", vec![])).await, [unpaid.0, cancelled.0]);
    assert_eq!(ids(&db, &all("104", vec![])).await, NOBODYS, "a short number is searched for as a whole");
    assert_eq!(ids(&db, &all("x", vec![bo])).await, [other.0]);
    assert_eq!(store::buyers_beginning_with(&db, None, "an", 10).await.expect("buyers"), [ana]);
}

support::db_test!(lower_case_is_that_of_every_script);
async fn lower_case_is_that_of_every_script(db: Db) {
    let sql = format!(
        "SELECT {}, {} FROM (SELECT CAST($1 AS TEXT) AS written, CAST(NULL AS TEXT) AS missing) t",
        lower(&db, "t.written"),
        lower(&db, "t.missing")
    );
    type Row = (String, Option<String>);
    let read: Row = db.one(&sql, args!["ÄPFEL Łódź ДА"]).await.expect("a text");
    assert_eq!(read, ("äpfel łódź да".into(), None));
    let written: Row = support::in_tx!(db, tx => tx.one(&sql, args!["Tea"])).expect("a text");
    assert_eq!(written, ("tea".into(), None));
}

support::db_test!(other_branches_have_no_orders);
async fn other_branches_have_no_orders(db: Db) {
    let (berlin, london) = (support::branch(&db, "Berlin").await, support::branch(&db, "London").await);
    let ana = customer("ana@example.com").branch(berlin).insert(&db).await;
    let everywhere = customer("bo@example.com").insert(&db).await;
    let first = order("1", NOW.plus(-DAY), 1_000).insert(&db, ana).await;
    let second = order("2", NOW, 1_000).insert(&db, everywhere).await;
    let scoped = [
        (None, vec![second.0, first.0]),
        (Some(vec![berlin]), vec![first.0]),
        (Some(vec![london]), vec![]),
        (Some(vec![]), vec![]),
    ];
    for (branches, expected) in scoped {
        let scope = branches.as_deref();
        assert_eq!(ids(&db, &Filter { scope, ..Filter::default() }).await, expected, "{branches:?}");
        assert_eq!(records::find(&db, first, scope).await.expect("an answer").is_some(), expected.contains(&first.0));
        let buyers = store::buyers_beginning_with(&db, scope, "ana@", 10).await.expect("buyers");
        assert_eq!(buyers.contains(&ana), expected.contains(&first.0));
    }
}

support::db_test!(an_order_knows_its_neighbours);
async fn an_order_knows_its_neighbours(db: Db) {
    let ana = customer("ana@example.com").insert(&db).await;
    let first = order("1", NOW.plus(-DAY), 1_000).insert(&db, ana).await;
    let second = order("2", NOW, 2_000).insert(&db, ana).await;
    let third = order("3", NOW, 3_000).insert(&db, ana).await;
    let unfinished = draft("abandoned_cart", NOW).insert(&db, ana).await;
    let neighbours = async |id| {
        let (record, _) = records::find(&db, id, None).await.expect("an answer").expect("an order");
        records::neighbours(&db, &record).await.expect("neighbours")
    };
    assert_eq!(neighbours(first).await, (None, Some(second)));
    assert_eq!(neighbours(second).await, (Some(first), Some(third)));
    assert_eq!(neighbours(unfinished).await, (None, None));
    assert_eq!(records::lines(&db, third).await.expect("lines")[0].total_minor, 3_000);
}

support::db_test!(figures_count_completed_orders);
async fn figures_count_completed_orders(db: Db) {
    let ana = customer("ana@example.com").insert(&db).await;
    run(&db, "INSERT INTO categories (name) VALUES ('Jazz')", args![]).await;
    run(
        &db,
        "INSERT INTO products (sku, name, category_id, price_minor, currency, created_at)
         SELECT 'J1', 'Night in Marlow', id, 1000, 'USD', $1 FROM categories",
        args![NOW],
    )
    .await;
    let product = integer(&db, "SELECT id FROM products", args![]).await;
    NewOrder { units: 2, product: Some(product), ..order("1", NOW.plus(-100 * DAY), 2_000) }.insert(&db, ana).await;
    NewOrder { units: 3, refunded: 500, ..order("2", NOW.plus(-40 * DAY), 3_000) }.insert(&db, ana).await;
    NewOrder { units: 1, product: Some(product), ..order("3", NOW.plus(-10 * DAY), 1_000) }.insert(&db, ana).await;
    NewOrder { status: "cancelled", ..order("4", NOW, 9_000) }.insert(&db, ana).await;
    draft("staff", NOW).insert(&db, ana).await;
    let day = |micros: i64| Day(i32::try_from(micros.div_euclid(DAY)).expect("a day"));
    let facts: Vec<OrderFact> = analytics::orders(&db, ana)
        .await
        .expect("orders")
        .iter()
        .map(|record| OrderFact {
            id: OrderId(record.id),
            day: day(record.placed_at),
            value_minor: record.value_minor,
            units: record.units,
        })
        .collect();
    let figures = Figures::of(&facts, day(NOW.0));
    assert_eq!((figures.orders, figures.spent_minor, figures.cart_tenths), (3, 5_500, Some(20)));
    assert_eq!((figures.days_since_last, figures.days_between_tenths), (Some(10), Some(450)));
    // 100 days are 3.285 months.
    assert_eq!(figures.per_month_hundredths, Some(91));
    let bought = analytics::bought(&db, ana).await.expect("what was bought");
    let jazz = bought.iter().find(|record| record.category.as_deref() == Some("Jazz")).expect("a category");
    assert_eq!((jazz.name.as_str(), jazz.units, jazz.net_minor), ("Night in Marlow", 3, 3_000));
    assert_eq!(bought.len(), 2);
}

/// A customer with something of every source, some of it at the same instant.
async fn eventful(db: &Db) -> CustomerId {
    let ana = customer("ana@example.com").registered(NOW.plus(-20 * DAY)).insert(db).await;
    let lena = support::staff(db, "Lena").await;
    let order = order("10482", NOW, 1_000).insert(db, ana).await;
    for (kind, at) in [("placed", NOW), ("paid", NOW), ("shipped", NOW.plus(DAY))] {
        run(db, "INSERT INTO order_history (order_id, kind, at) VALUES ($1, $2, $3)", args![order, kind, at]).await;
    }
    run(
        db,
        "INSERT INTO refunds (order_id, amount_minor, base_amount_minor, currency, at, day) VALUES ($1, 100, 100, 'USD', $2, 1)",
        args![order, NOW.plus(2 * DAY)],
    )
    .await;
    for (n, kind) in
        ["product_view", "review", "email_sent", "support_contact", "product_view", "product_view"].into_iter().enumerate()
    {
        let at = NOW.plus(-i64::try_from(n / 2).expect("small") * DAY);
        run(db, "INSERT INTO events (customer_id, kind, at, day) VALUES ($1, $2, $3, 1)", args![ana, kind, at]).await;
    }
    let visit = "INSERT INTO visits (visitor_id, customer_id, started_at, day, last_seen_at) VALUES ('v', $1, $2, 1, $2)";
    run(db, visit, args![ana, NOW]).await;
    let note = "INSERT INTO notes (customer_id, kind, body, author_id, created_at, updated_at, deleted_at) VALUES ($1, 'alert', $2, $3, $4, $4, $5)";
    run(db, note, args![ana, "Ring twice", lena, NOW, None::<i64>]).await;
    run(db, note, args![ana, "Gone", lena, NOW, Some(NOW.0)]).await;
    let consent =
        "INSERT INTO consents (customer_id, purpose, granted, source, at) VALUES ($1, 'marketing_email', $2, 'portal', $3)";
    run(db, consent, args![ana, true, NOW.plus(-20 * DAY)]).await;
    for action in ["customer.updated", "note.added"] {
        run(
            db,
            "INSERT INTO audit_entries (at, staff_id, action, entity, entity_id, customer_id) VALUES ($1, $2, $3, 'customer', $4, $4)",
            args![NOW, lena, action, ana],
        )
        .await;
    }
    let bo = customer("bo@example.com").insert(db).await;
    run(db, visit, args![bo, NOW]).await;
    ana
}

async fn timeline(db: &Db, customer: CustomerId, query: &TimelineQuery, size: usize) -> Vec<Record> {
    let (mut all, mut place) = (vec![], None);
    loop {
        let page = newest(db, customer, query, place, size).await.expect("a page");
        let Some(last) = page.last() else { return all };
        place = Some(TimelinePlace { at: last.at, source: Source::parse(last.source).expect("a source"), id: last.id });
        all.extend(page);
    }
}

support::db_test!(the_timeline_merges_everything_in_one_order);
async fn the_timeline_merges_everything_in_one_order(db: Db) {
    let ana = eventful(&db).await;
    let keys = |records: &[Record]| records.iter().map(|r| (r.at, r.source, r.id)).collect::<Vec<_>>();
    let all = timeline(&db, ana, &TimelineQuery::default(), 1_000).await;
    // Events 6, visit, order, two steps, refund, note, consent, change, registration.
    assert_eq!(all.len(), 15);
    assert!(keys(&all).is_sorted_by(|a, b| a > b), "newest first");
    for size in [1, 2, 3, 7] {
        assert_eq!(keys(&timeline(&db, ana, &TimelineQuery::default(), size).await), keys(&all), "pages of {size}");
    }
    let order = all.iter().find(|record| record.source == Source::Orders.number()).expect("the order");
    assert_eq!((order.number.as_deref(), order.amount, order.units), (Some("10482"), Some(1_000), Some(1)));
    let consent = all.iter().find(|record| record.source == Source::Consents.number()).expect("the consent");
    assert_eq!((consent.units, consent.text.as_deref()), (Some(1), Some("portal")));
}

support::db_test!(the_timeline_is_filtered_by_topic);
async fn the_timeline_is_filtered_by_topic(db: Db) {
    let ana = eventful(&db).await;
    let about = async |topics: &[Topic]| {
        let query = TimelineQuery { topics: topics.to_vec(), before: None };
        timeline(&db, ana, &query, 2).await.into_iter().map(|record| record.kind).collect::<Vec<_>>()
    };
    assert_eq!(about(&[Topic::Orders]).await, ["refund", "shipped", "paid", "placed"]);
    assert_eq!(about(&[Topic::Browsing]).await, ["visit", "product_view", "product_view", "product_view"]);
    assert_eq!(about(&[Topic::Emails, Topic::Notes]).await, ["alert", "email_sent"]);
    assert_eq!(about(&[Topic::Browsing, Topic::Reviews]).await.len(), 5);
    assert_eq!(about(&[Topic::Changes]).await, ["customer.updated"]);
    assert_eq!(about(&[Topic::Consent]).await, ["registered", "marketing_email"]);
    let parts: usize = {
        let mut sum = 0;
        for topic in Topic::ALL {
            sum += about(&[topic]).await.len();
        }
        sum
    };
    assert_eq!(parts, 15, "every entry is about one topic");
}
