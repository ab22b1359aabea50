//! Predictions: what the models are fitted to, what is kept, and what becomes of one customer.

mod support;

use clientele::args;
use clientele::base::{CustomerId, Day, Money, Timestamp};
use clientele::insight::prediction::store::{self, Kept, Outcome};
use clientele::insight::prediction::{Basis, Outlook, outlook};
use clientele::office::jobs::{nightly, service::drain};
use clientele::server::{AppState, Db};
use support::{NOW, TestApp, customer, integer};

const DAY: i64 = Timestamp::DAY;

fn today() -> Day {
    Day(i32::try_from(NOW.0.div_euclid(DAY)).expect("a day"))
}

/// Orders of 10.00, placed so many days ago.
async fn buys(db: &Db, customer: CustomerId, days_ago: &[i64]) {
    let tx = db.begin().await.expect("a transaction");
    let store =
        "INSERT INTO stores (code, name, currency, created_at) VALUES ('web', 'Web', 'USD', $1) ON CONFLICT (code) DO NOTHING";
    tx.execute(store, args![NOW]).await.expect("a store");
    for (n, days) in (0..).zip(days_ago) {
        // Not all at the same hour.
        let at = NOW.plus(-days * DAY + n % 5);
        tx.execute(
            "INSERT INTO orders (number, store_id, customer_id, status, payment_state, fulfilment_state, currency, subtotal_minor,
               total_minor, base_total_minor, units, placed_at, placed_day, state_since, created_at, updated_at)
             SELECT $1, MIN(id), $2, 'placed', 'paid', 'delivered', 'USD', 1000, 1000, 1000, 1, $3, $4, $3, $3, $3 FROM stores",
            args![format!("{customer}-{n}"), customer, at, at.0.div_euclid(DAY)],
        )
        .await
        .expect("an order");
    }
    tx.commit().await.expect("a commit");
}

/// So many customers who bought again, at different gaps, and twice as many who did not.
async fn shop(db: &Db, again: i64) {
    for n in 0..again {
        let id = customer(&format!("again{n}@example.com")).insert(db).await;
        let gap = 5 + n % 40;
        let days: Vec<i64> = (0..=1 + n % 4).map(|at| 20 + 3 * n + at * gap).rev().collect();
        buys(db, id, &days).await;
    }
    for n in 0..2 * again {
        let id = customer(&format!("once{n}@example.com")).insert(db).await;
        buys(db, id, &[10 + 2 * n]).await;
    }
}

async fn fit(app: &TestApp) {
    assert!(nightly::enqueue(&app.state).await.expect("an answer"), "a new night");
    drain(&app.state).await.expect("jobs that run");
}

async fn of(state: &AppState, days_ago: &[i64]) -> Outlook {
    let purchases = days_ago.iter().map(|days| (Day(today().0 - i32::try_from(*days).expect("days")), 1_000));
    outlook(state, purchases.collect::<Vec<_>>()).await.expect("an answer").expect("an outlook")
}

support::db_test!(a_night_makes_predictions);
async fn a_night_makes_predictions(db: Db) {
    let app = TestApp::new(&db).await;
    shop(&db, 60).await;
    let nobody: [(Day, i64); 0] = [];
    assert_eq!(outlook(&app.state, nobody).await.expect("an answer"), None);
    let before = of(&app.state, &[200, 150, 20]).await;
    assert_eq!((before.basis, before.alive_thousandths, before.orders_hundredths), (Basis::NotYet, None, None));
    fit(&app).await;
    let (day, outcome, kept) = store::find_latest(&db).await.expect("an answer").expect("a fit");
    assert_eq!((day, outcome, kept.customers, kept.repeat_customers), (today(), Outcome::Fitted, 180, 60));
    assert!(kept.log_likelihood < 0.0 && kept.purchases.is_some() && kept.spend.is_some());
    let done = "SELECT COUNT(*) FROM jobs WHERE kind = 'predictions.fit' AND status = 'done'";
    assert_eq!(integer(&db, done, args![]).await, 1);

    let regular = of(&app.state, &[200, 150, 100, 60, 20]).await;
    assert_eq!(regular.basis, Basis::Fitted { day: today(), customers: 180 });
    let silent = of(&app.state, &[900, 850, 800, 760, 720]).await;
    assert!(regular.alive_thousandths > silent.alive_thousandths && regular.orders_hundredths > silent.orders_hundredths);
    assert_eq!((regular.churned, silent.churned.is_some()), (None, true));
    assert!(silent.lifespan_days.is_some_and(|days| (180..900).contains(&days)));
    let (orders, value) = (regular.orders_hundredths.expect("orders"), regular.value.expect("a value"));
    // Everybody spends 10.00 each time.
    assert!((value.minor - orders * 10).abs() < 100 && value == Money::new(value.minor, value.currency), "{orders} {value:?}");
    assert_eq!(of(&app.state, &[200, 200, 150, 150, 100, 60, 20, 20]).await.orders_hundredths, regular.orders_hundredths);

    let once = of(&app.state, &[80]).await;
    assert_eq!((once.alive_thousandths, once.churned, once.orders_hundredths.is_some()), (None, None, true));
    assert_eq!(of(&app.state, &[400]).await.lifespan_days, Some(91), "without a prediction silence decides");
}

support::db_test!(where_nothing_can_be_predicted_it_says_why);
async fn where_nothing_can_be_predicted_it_says_why(db: Db) {
    let app = TestApp::new(&db).await;
    fit(&app).await;
    assert_eq!(of(&app.state, &[30]).await.basis, Basis::TooFew { repeat: 0, needed: 50 });
    shop(&db, 49).await;
    app.state.clock.advance(DAY);
    fit(&app).await;
    let few = of(&app.state, &[100, 30]).await;
    assert_eq!((few.basis, few.value), (Basis::TooFew { repeat: 49, needed: 50 }, None));
    // Its own gap of 70 days gives it 140.
    assert_eq!((few.churned, few.patience_days), (None, 140));
}

support::db_test!(a_fit_that_failed_replaces_none_that_did_not);
async fn a_fit_that_failed_replaces_none_that_did_not(db: Db) {
    let keep = async |day: i32, outcome, customers| {
        let tx = db.begin().await.expect("a transaction");
        let kept = Kept { customers, ..Kept::default() };
        store::keep(&tx, Day(day), outcome, &kept, NOW).await.expect("a row");
        tx.commit().await.expect("a commit");
    };
    let latest =
        async || store::find_latest(&db).await.expect("an answer").map(|(day, outcome, kept)| (day.0, outcome, kept.customers));
    assert_eq!(latest().await, None);
    keep(1_000, Outcome::Failed, 1).await;
    assert_eq!(latest().await, Some((1_000, Outcome::Failed, 1)));
    keep(1_001, Outcome::Fitted, 2).await;
    keep(1_002, Outcome::Fitted, 3).await;
    keep(1_003, Outcome::Failed, 4).await;
    assert_eq!(latest().await, Some((1_002, Outcome::Fitted, 3)));
    keep(1_402, Outcome::TooFew, 5).await;
    assert_eq!(latest().await, Some((1_402, Outcome::TooFew, 5)));
    assert_eq!(
        support::numbers(&db, "SELECT customers FROM prediction_fits ORDER BY id", args![]).await,
        [3, 4, 5],
        "400 days are kept"
    );
}
