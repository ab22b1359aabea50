//! All SQL of the statistics.

use crate::args;
use crate::base::{CustomerId, Day, OrderId, Timestamp};
use crate::server::db::dialect;
use crate::server::{Db, DbResult, Query, Tx};
use std::collections::BTreeMap;

/// Customers that are compared or rebuilt at a time: few enough to leave the writer free for others every few milliseconds.
const CHUNK: i64 = 2_000;

/// What the rows of the customers `$1…$2` must be.
const COMPUTE: &str = "
    SELECT customer_id, orders_count, spent_minor,
           CASE WHEN orders_count = 0 THEN 0
                WHEN spent_minor >= 0 THEN (2 * spent_minor + orders_count) / (2 * orders_count)
                ELSE -((orders_count - 2 * spent_minor) / (2 * orders_count)) END AS aov_minor,
           units, first_order_at, first_order_day, last_order_at, last_order_day, visits_count
    FROM (SELECT c.id AS customer_id,
                 COUNT(o.id) AS orders_count,
                 CAST(COALESCE(SUM(o.base_total_minor - o.base_gift_cards_minor - o.base_refunded_minor), 0) AS BIGINT)
                   AS spent_minor,
                 CAST(COALESCE(SUM(o.units), 0) AS BIGINT) AS units,
                 COALESCE(MIN(o.placed_at), 0) AS first_order_at,
                 COALESCE(MIN(o.placed_day), 0) AS first_order_day,
                 COALESCE(MAX(o.placed_at), 0) AS last_order_at,
                 COALESCE(MAX(o.placed_day), 0) AS last_order_day,
                 (SELECT COUNT(*) FROM visits v WHERE v.customer_id = c.id) AS visits_count
          FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = 'placed'
          WHERE c.id BETWEEN $1 AND $2
          GROUP BY c.id) AS counted";

/// Writes what [`COMPUTE`] yields, where it differs.
const WRITE: (&str, &str) = (
    "INSERT INTO customer_stats (customer_id, orders_count, spent_minor, aov_minor, units, first_order_at, first_order_day,
       last_order_at, last_order_day, visits_count)
     SELECT * FROM (",
    ") AS computed WHERE TRUE
     ON CONFLICT (customer_id) DO UPDATE SET orders_count = excluded.orders_count, spent_minor = excluded.spent_minor,
       aov_minor = excluded.aov_minor, units = excluded.units, first_order_at = excluded.first_order_at,
       first_order_day = excluded.first_order_day, last_order_at = excluded.last_order_at,
       last_order_day = excluded.last_order_day, visits_count = excluded.visits_count
     WHERE (customer_stats.orders_count, customer_stats.spent_minor, customer_stats.aov_minor, customer_stats.units,
            customer_stats.first_order_at, customer_stats.first_order_day, customer_stats.last_order_at,
            customer_stats.last_order_day, customer_stats.visits_count)
        <> (excluded.orders_count, excluded.spent_minor, excluded.aov_minor, excluded.units, excluded.first_order_at,
            excluded.first_order_day, excluded.last_order_at, excluded.last_order_day, excluded.visits_count)",
);

/// What is stored, in the columns of [`COMPUTE`].
const STORED: &str = "SELECT customer_id, orders_count, spent_minor, aov_minor, units, first_order_at, first_order_day,
      last_order_at, last_order_day, visits_count
    FROM customer_stats WHERE customer_id BETWEEN $1 AND $2";

/// All roll-ups as they are stored, in the columns of [`COMPUTE_DAYS`].
const STORED_DAYS: &str = "SELECT day, store_id, orders_count, units, revenue_minor, refunds_minor FROM daily_rollups";

/// Store credit and points as the ledger has them.
const BALANCES: &str = "
    SELECT s.customer_id,
           CAST(COALESCE((SELECT SUM(a.balance) FROM ledger_accounts a
                          WHERE a.customer_id = s.customer_id AND a.kind = 'credit'), 0) AS BIGINT) AS credit,
           CAST(COALESCE((SELECT SUM(a.balance) FROM ledger_accounts a
                          WHERE a.customer_id = s.customer_id AND a.kind = 'points'), 0) AS BIGINT) AS points
    FROM customer_stats s WHERE s.customer_id BETWEEN $1 AND $2";

/// What all roll-ups must be.
const COMPUTE_DAYS: &str = "
    SELECT day, store_id, CAST(SUM(orders_count) AS BIGINT) AS orders_count, CAST(SUM(units) AS BIGINT) AS units,
           CAST(SUM(revenue_minor) AS BIGINT) AS revenue_minor, CAST(SUM(refunds_minor) AS BIGINT) AS refunds_minor
    FROM (SELECT placed_day AS day, store_id, COUNT(*) AS orders_count, CAST(SUM(units) AS BIGINT) AS units,
                 CAST(SUM(base_total_minor - base_gift_cards_minor) AS BIGINT) AS revenue_minor, 0 AS refunds_minor
          FROM orders WHERE status = 'placed' GROUP BY placed_day, store_id
          UNION ALL
          SELECT r.day, o.store_id, 0, 0, 0, CAST(SUM(r.base_amount_minor) AS BIGINT)
          FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.status = 'placed' GROUP BY r.day, o.store_id) AS parts
    GROUP BY day, store_id";

/// Every zone is within 14 hours of UTC: the window of instants that can lie on a local day, so that the index on `placed_at`
/// serves a question about `placed_day`.
const ZONES: i64 = 14 * Timestamp::HOUR;

const REFRESH_DAY: &str = "
    INSERT INTO daily_rollups (day, store_id, orders_count, units, revenue_minor, refunds_minor)
    SELECT $1, $2, COUNT(*), CAST(COALESCE(SUM(units), 0) AS BIGINT),
           CAST(COALESCE(SUM(base_total_minor - base_gift_cards_minor), 0) AS BIGINT),
           (SELECT CAST(COALESCE(SUM(r.base_amount_minor), 0) AS BIGINT)
            FROM refunds r JOIN orders ro ON ro.id = r.order_id
            WHERE r.day = $1 AND ro.store_id = $2 AND ro.status = 'placed')
    FROM orders
    WHERE placed_at >= $3 AND placed_at < $4 AND status <> 'draft' AND status = 'placed' AND placed_day = $1 AND store_id = $2
    ON CONFLICT (day, store_id) DO UPDATE SET orders_count = excluded.orders_count, units = excluded.units,
      revenue_minor = excluded.revenue_minor, refunds_minor = excluded.refunds_minor";

const ADD_TO_DAY: &str = "
    INSERT INTO daily_rollups (day, store_id, orders_count, units, revenue_minor, refunds_minor)
    SELECT placed_day, store_id, 1, units, base_total_minor - base_gift_cards_minor, 0 FROM orders WHERE id = $1 AND status = 'placed'
    ON CONFLICT (day, store_id) DO UPDATE SET orders_count = daily_rollups.orders_count + 1,
      units = daily_rollups.units + excluded.units, revenue_minor = daily_rollups.revenue_minor + excluded.revenue_minor";

/// One row of `customer_stats`, without what the ledgers keep there.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
struct Stats {
    /// 1 as it is stored, 0 as it must be.
    stored: i64,
    customer_id: i64,
    orders_count: i64,
    spent_minor: i64,
    aov_minor: i64,
    units: i64,
    first_order_at: i64,
    first_order_day: i64,
    last_order_at: i64,
    last_order_day: i64,
    visits_count: i64,
}

/// A roll-up's figures: orders, units, revenue, refunds.
type DayFigures = [i64; 4];
/// Day and store.
type DayKey = (i64, i64);

/// A row that does not say what the orders and visits add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which row: `customer 17`, `day 2026-03-01, store 1`.
    pub row: String,
    /// The columns that differ, as `name: stored ≠ computed`; for a row that is missing, so says its only entry.
    pub columns: Vec<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.row, self.columns.join(", "))
    }
}

/// Locks a customer's row until the end of the transaction, after the ledger's accounts and before any counter: whoever places
/// or changes an order of theirs meanwhile waits, and what they did is there to be seen afterwards.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(tx: &Tx, customer: CustomerId) -> DbResult<()> {
    if lock(tx, customer.0, customer.0).await? == 0 && tx.is_postgres() {
        let sql = "INSERT INTO customer_stats (customer_id) SELECT id FROM customers WHERE id = $1 ON CONFLICT (customer_id) DO NOTHING";
        tx.execute(sql, args![customer]).await?;
        lock(tx, customer.0, customer.0).await?;
    }
    Ok(())
}

/// Recomputes a customer's row from their orders and visits. Every write of either calls it in its own transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn refresh(tx: &Tx, customer: CustomerId) -> DbResult<()> {
    hold(tx, customer).await?;
    write(tx, customer.0, customer.0).await.map(drop)
}

/// Recomputes the roll-up of a local day and a store, after an order or refund of that day was written.
///
/// # Errors
/// When the database does not answer.
pub async fn refresh_day(tx: &Tx, day: Day, store: i64) -> DbResult<()> {
    // Locks the row, as in [`refresh`], also where it is not there yet.
    tx.execute(
        "INSERT INTO daily_rollups (day, store_id) VALUES ($1, $2) ON CONFLICT (day, store_id) DO UPDATE SET units = daily_rollups.units",
        args![day, store],
    )
    .await?;
    let starts = i64::from(day.0) * Timestamp::DAY;
    tx.execute(REFRESH_DAY, args![day, store, starts - ZONES, starts + Timestamp::DAY + ZONES]).await.map(drop)
}

/// Adds an order that this transaction placed to the roll-up of its day: what [`refresh_day`] finds by going through the orders of
/// the day, which a shop that sells much cannot do for each of them.
///
/// # Errors
/// When the database does not answer.
pub async fn add_to_day(tx: &Tx, order: OrderId) -> DbResult<()> {
    tx.execute(ADD_TO_DAY, args![order]).await.map(drop)
}

/// Recomputes everything, a chunk of customers per transaction; yields how many rows it had to change. `progress` is told how
/// many customers are done.
///
/// # Errors
/// When the database does not answer; the chunks done so far stay right.
pub async fn rebuild(db: &Db, mut progress: impl FnMut(u64)) -> DbResult<u64> {
    let mut changed = 0;
    for (low, high) in chunks(db).await? {
        let tx = db.begin().await?;
        lock_accounts(&tx, low, high).await?;
        lock(&tx, low, high).await?;
        changed += write_balances(&tx, low, high).await?;
        changed += write(&tx, low, high).await?;
        tx.commit().await?;
        progress(u64::try_from(high - low + 1).unwrap_or(0));
    }
    let tx = db.begin().await?;
    lock_days(&tx).await?;
    let (computed, mut stored) = days(&tx).await?;
    for ((day, store), [orders, units, revenue, refunds]) in &computed {
        if stored.remove(&(*day, *store)) != Some([*orders, *units, *revenue, *refunds]) {
            tx.execute(
                "INSERT INTO daily_rollups (day, store_id, orders_count, units, revenue_minor, refunds_minor)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (day, store_id) DO UPDATE SET orders_count = excluded.orders_count, units = excluded.units,
                   revenue_minor = excluded.revenue_minor, refunds_minor = excluded.refunds_minor",
                args![*day, *store, *orders, *units, *revenue, *refunds],
            )
            .await?;
            changed += 1;
        }
    }
    for (day, store) in stored.into_keys() {
        tx.execute("DELETE FROM daily_rollups WHERE day = $1 AND store_id = $2", args![day, store]).await?;
        changed += 1;
    }
    tx.commit().await?;
    Ok(changed)
}

/// Recomputes everything and compares it with what is stored, writing nothing. What belongs together is read by one statement, so
/// of one moment: customers who order meanwhile are seen before or after, never in between.
///
/// # Errors
/// When the database does not answer.
pub async fn check(db: &Db, mut progress: impl FnMut(u64)) -> DbResult<Vec<Difference>> {
    let mut differences = Vec::new();
    for (low, high) in chunks(db).await? {
        let both = format!(
            "SELECT CAST(0 AS BIGINT) AS stored, computed.* FROM ({COMPUTE}) AS computed
             UNION ALL SELECT CAST(1 AS BIGINT), kept.* FROM ({STORED}) AS kept"
        );
        let rows: Vec<Stats> = db.all(&both, args![low, high]).await?;
        let (stored, computed): (Vec<Stats>, Vec<Stats>) = rows.into_iter().partition(|row| row.stored == 1);
        let stored: BTreeMap<i64, Stats> = stored.into_iter().map(|s| (s.customer_id, s)).collect();
        for computed in computed {
            differences.extend(computed.difference(stored.get(&computed.customer_id)));
        }
        differences.extend(check_balances(db, low, high).await?);
        progress(u64::try_from(high - low + 1).unwrap_or(0));
    }
    differences.extend(check_days(db).await?);
    Ok(differences)
}

/// Locks the accounts of these customers, in the order in which postings do, and before the statistics as they do.
async fn lock_accounts(tx: &Tx, low: i64, high: i64) -> DbResult<()> {
    let sql =
        format!("SELECT id FROM ledger_accounts WHERE customer_id BETWEEN $1 AND $2 ORDER BY id{}", dialect::for_update(tx));
    tx.all::<(i64,)>(&sql, args![low, high]).await.map(drop)
}

/// Keeps everybody from writing roll-ups until the end of the transaction, after those who have written some are done: an order
/// that is placed between adding up and writing would be lost.
async fn lock_days(tx: &Tx) -> DbResult<()> {
    if tx.is_postgres() {
        tx.execute("LOCK TABLE daily_rollups IN SHARE ROW EXCLUSIVE MODE", args![]).await?;
    }
    Ok(())
}

/// Writes the ledger's balances where they differ; accounts and rows are locked.
async fn write_balances(tx: &Tx, low: i64, high: i64) -> DbResult<u64> {
    let sql = format!(
        "UPDATE customer_stats SET credit_minor = computed.credit, points = computed.points FROM ({BALANCES}) AS computed
         WHERE customer_stats.customer_id = computed.customer_id
           AND (customer_stats.credit_minor, customer_stats.points) <> (computed.credit, computed.points)"
    );
    tx.execute(&sql, args![low, high]).await
}

async fn check_balances(db: &Db, low: i64, high: i64) -> DbResult<Vec<Difference>> {
    // One statement, so that a posting meanwhile is seen on both sides or on none.
    let sql = format!(
        "SELECT s.customer_id, s.credit_minor, s.points, computed.credit, computed.points FROM ({BALANCES}) AS computed
         JOIN customer_stats s ON s.customer_id = computed.customer_id
         WHERE (s.credit_minor, s.points) <> (computed.credit, computed.points) ORDER BY s.customer_id"
    );
    let rows: Vec<(i64, i64, i64, i64, i64)> = db.all(&sql, args![low, high]).await?;
    let difference = |(customer, credit, points, credit_computed, points_computed): (i64, i64, i64, i64, i64)| Difference {
        row: format!("customer {customer}"),
        columns: compare(["credit_minor", "points"], [credit, points], [credit_computed, points_computed]),
    };
    Ok(rows.into_iter().map(difference).collect())
}

async fn check_days(db: &Db) -> DbResult<Vec<Difference>> {
    let (computed, stored) = days(db).await?;
    let keys: std::collections::BTreeSet<DayKey> = computed.keys().chain(stored.keys()).copied().collect();
    let mut differences = Vec::new();
    for key in keys {
        // A row of zeros says the same as none.
        let figures = |map: &BTreeMap<DayKey, DayFigures>| map.get(&key).copied().unwrap_or_default();
        let columns = compare(["orders_count", "units", "revenue_minor", "refunds_minor"], figures(&stored), figures(&computed));
        if !columns.is_empty() {
            let day = Day(i32::try_from(key.0).unwrap_or_default()).iso();
            differences.push(Difference { row: format!("day {day}, store {}", key.1), columns });
        }
    }
    Ok(differences)
}

impl Stats {
    fn difference(&self, stored: Option<&Self>) -> Option<Difference> {
        let columns = match stored {
            None => vec!["missing".to_owned()],
            Some(stored) => compare(
                [
                    "orders_count",
                    "spent_minor",
                    "aov_minor",
                    "units",
                    "first_order_at",
                    "first_order_day",
                    "last_order_at",
                    "last_order_day",
                    "visits_count",
                ],
                stored.figures(),
                self.figures(),
            ),
        };
        (!columns.is_empty()).then(|| Difference { row: format!("customer {}", self.customer_id), columns })
    }

    fn figures(&self) -> [i64; 9] {
        [
            self.orders_count,
            self.spent_minor,
            self.aov_minor,
            self.units,
            self.first_order_at,
            self.first_order_day,
            self.last_order_at,
            self.last_order_day,
            self.visits_count,
        ]
    }
}

fn compare<const N: usize>(names: [&str; N], stored: [i64; N], computed: [i64; N]) -> Vec<String> {
    let pairs = names.into_iter().zip(stored.into_iter().zip(computed));
    pairs.filter(|(_, (stored, computed))| stored != computed).map(|(name, (s, c))| format!("{name}: {s} ≠ {c}")).collect()
}

/// Locks the rows of these customers before their sums are read: PostgreSQL sees what others committed only from the next
/// statement on. Yields how many there are; SQLite does not count them.
async fn lock(tx: &Tx, low: i64, high: i64) -> DbResult<usize> {
    if !tx.is_postgres() {
        return Ok(0);
    }
    let sql = format!(
        "SELECT customer_id FROM customer_stats WHERE customer_id BETWEEN $1 AND $2 ORDER BY customer_id{}",
        dialect::for_update(tx)
    );
    Ok(tx.all::<(i64,)>(&sql, args![low, high]).await?.len())
}

async fn write(tx: &Tx, low: i64, high: i64) -> DbResult<u64> {
    tx.execute(&format!("{}{COMPUTE}{}", WRITE.0, WRITE.1), args![low, high]).await
}

/// Ranges of ids that cover all customers.
async fn chunks(db: &Db) -> DbResult<impl Iterator<Item = (i64, i64)> + use<>> {
    let last = db.integer("SELECT MAX(id) FROM customers", args![]).await?;
    Ok((0..).map(move |n| (n * CHUNK + 1, ((n + 1) * CHUNK).min(last))).take_while(move |(low, _)| *low <= last))
}

/// All roll-ups as they must be and as they are stored, of one moment.
async fn days(q: &impl Query) -> DbResult<(BTreeMap<DayKey, DayFigures>, BTreeMap<DayKey, DayFigures>)> {
    let both = format!(
        "SELECT CAST(0 AS BIGINT), computed.* FROM ({COMPUTE_DAYS}) AS computed
         UNION ALL SELECT CAST(1 AS BIGINT), kept.* FROM ({STORED_DAYS}) AS kept"
    );
    let rows: Vec<(i64, i64, i64, i64, i64, i64, i64)> = q.all(&both, args![]).await?;
    let (mut computed, mut stored) = (BTreeMap::new(), BTreeMap::new());
    for (is_stored, day, store, orders, units, revenue, refunds) in rows {
        let side = if is_stored == 1 { &mut stored } else { &mut computed };
        side.insert((day, store), [orders, units, revenue, refunds]);
    }
    Ok((computed, stored))
}
