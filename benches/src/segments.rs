//! Rules as they are typed: how long until a segment's figures are there (its count, its share, what its customers spent on average,
//! how many consent, a sample), beside the bare SQL of the count alone. Each rule is asked with bounds that were not asked before, so
//! that nothing is answered from what is kept.

use crate::cases::today;
use crate::http::Client;
use crate::measure::{milliseconds, percentile};
use crate::server::{Server, Setup};
use crate::sql::Database;
use crate::sweep;
use std::time::Instant;

/// How often each rule is asked.
const RUNS: i64 = 15;
/// Milliseconds that any rule may take, and the built-in ones.
const ANY: f64 = 300.0;
const BUILT_IN: f64 = 50.0;

/// A rule with its bare SQL, of a number that makes each run another question.
pub struct Asked {
    name: &'static str,
    built_in: bool,
    pub rule: Box<dyn Fn(i64) -> String>,
    /// What yields the count.
    sql: Box<dyn Fn(i64) -> String>,
}

/// Runs it; whether all limits held.
pub fn run(setup: &Setup, only: &str) -> Result<bool, String> {
    let database = Database::open(&setup.database)?;
    let mut passed = measure_rules(setup, &database, only)?;
    if only.is_empty() || "sweep".contains(only) {
        passed &= sweep::run(setup)?;
    }
    Ok(passed)
}

fn measure_rules(setup: &Setup, database: &Database, only: &str) -> Result<bool, String> {
    let mut server = Server::start(setup)?;
    server.wait_for_index()?;
    println!("{:<64}{:>9}{:>10}{:>10}{:>10}{:>8}", "milliseconds, first use", "found", "p50", "most", "bare SQL", "ratio");
    let mut passed = true;
    for asked in rules(database)?.into_iter().filter(|asked| asked.name.contains(only)) {
        passed &= measure(&server.client, database, &asked)?;
    }
    Ok(passed)
}

fn measure(client: &Client, database: &Database, asked: &Asked) -> Result<bool, String> {
    let (mut times, mut found) = (Vec::new(), 0);
    for run in 0..RUNS {
        let json = serde_json::json!({ "text": (asked.rule)(run) }).to_string();
        let sent = Instant::now();
        let answer = client.call("rule_preview", &json)?;
        times.push(milliseconds(sent.elapsed()));
        found = answer["found"]["count"].as_i64().ok_or_else(|| format!("{json}: {answer}"))?;
    }
    times.sort_by(f64::total_cmp);
    let (p50, most) = (percentile(&times, 0.5), percentile(&times, 1.0));
    let statements: Vec<String> = (0..RUNS).map(asked.sql.as_ref()).collect();
    let sql = database.time(&statements)?;
    let last = database.number(&(asked.sql)(RUNS - 1))?;
    if last != found {
        return Err(format!("{}: {found} by the rule, {last} by SQL", asked.name));
    }
    let limit = if asked.built_in { BUILT_IN } else { ANY };
    let passed = p50 <= 1.5 * sql + 1.0 && p50 < limit || p50 < 1.0;
    let verdict = if passed { "" } else { "  FAIL" };
    println!("{:<64}{found:>9}{p50:>10.2}{most:>10.2}{sql:>10.2}{:>8.2}{verdict}", asked.name, p50 / sql);
    Ok(passed)
}

const ALIVE: &str = "c.merged_into_id IS NULL AND c.anonymised_at IS NULL";

fn customers(condition: &str) -> String {
    format!("SELECT COUNT(*) FROM customers c JOIN customer_stats s ON s.customer_id = c.id WHERE {ALIVE} AND {condition}")
}

fn stats(condition: &str) -> String {
    format!("SELECT COUNT(*) FROM customer_stats s WHERE {condition}")
}

/// Days of these months among those on which anybody ordered.
fn in_months(column: &str, months: &[u32]) -> String {
    let days: Vec<String> = (0..today() + 2).filter(|day| months.contains(&month_of(*day))).map(|day| day.to_string()).collect();
    format!("{column} IN ({})", days.join(","))
}

/// The month of a day since 1970 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn month_of(day: i64) -> u32 {
    let day = (day + 719_468) % 146_097;
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    (if month < 10 { month + 3 } else { month - 9 }) as u32
}

fn asked(
    name: &'static str,
    built_in: bool,
    rule: impl Fn(i64) -> String + 'static,
    sql: impl Fn(i64) -> String + 'static,
) -> Asked {
    Asked { name, built_in, rule: Box::new(rule), sql: Box::new(sql) }
}

/// The rules that are asked.
pub fn rules(database: &Database) -> Result<Vec<Asked>, String> {
    let product = database.number("SELECT product_id FROM order_lines WHERE id > 1000 ORDER BY id LIMIT 1")?;
    let sku = database.rows(&format!("SELECT sku FROM products WHERE id = {product}"))?;
    let sku = sku.first().and_then(|row| row.first()).cloned().unwrap_or_default();
    let now = today();
    Ok(vec![
        asked(
            "high value: spent > 1,000, ordered within 90 days",
            true,
            |n| format!("total_spent > {} and last_order within 90 days", 1_000 + n),
            move |n| stats(&format!("s.spent_minor > {} AND s.last_order_day >= {}", 100_000 + 100 * n, now - 90)),
        ),
        asked(
            "at risk: of high value, not within 90 days",
            true,
            |n| format!("total_spent > {} and orders >= 1 and not last_order within 90 days", 1_000 + n),
            move |n| {
                let condition =
                    format!("s.spent_minor > {} AND s.orders_count >= 1 AND s.last_order_day < {}", 100_000 + 100 * n, now - 90);
                stats(&condition)
            },
        ),
        asked(
            "new: registered within 30 days, fewer than 3 orders",
            true,
            |n| format!("registered within {} days and orders < 3", 30 + n),
            move |n| customers(&format!("c.registered_day >= {} AND s.orders_count < 3", now - 30 - n)),
        ),
        asked(
            "one-time: one order, more than 30 days ago",
            true,
            |n| format!("orders = 1 and last_order before {} days ago", 30 + n),
            move |n| stats(&format!("s.orders_count = 1 AND s.last_order_day < {} AND s.last_order_day > 0", now - 30 - n)),
        ),
        asked(
            "any order (total > 100 and placed month = november)",
            false,
            |n| format!("any order (total > {} and placed month = november)", 100 + n),
            |n| {
                let days = in_months("o.placed_day", &[11]);
                let such = format!("o.status = 'placed' AND o.base_total_minor > {} AND {days}", 10_000 + 100 * n);
                format!("SELECT COUNT(DISTINCT o.customer_id) FROM orders o WHERE {such}")
            },
        ),
        asked(
            "bought product at least 2 times within 1 year",
            false,
            move |n| format!("at least 2 orders (product = \"{sku}\" and placed within {} days)", 365 + n),
            move |n| {
                format!(
                    "SELECT COUNT(*) FROM (SELECT o.customer_id FROM orders o WHERE o.status = 'placed' AND o.placed_day >= {}
                       AND o.id IN (SELECT l.order_id FROM order_lines l WHERE l.product_id = {product})
                     GROUP BY o.customer_id HAVING COUNT(*) >= 2) found",
                    now - 365 - n
                )
            },
        ),
        asked(
            "none of event (view) within 30 days",
            false,
            |n| format!("no event (kind = view and date within {} days)", 30 + n),
            move |n| {
                let viewed = "SELECT e.customer_id FROM events e WHERE e.kind = 'product_view' AND e.customer_id IS NOT NULL";
                customers(&format!("c.id NOT IN ({viewed} AND e.day >= {})", now - 30 - n))
            },
        ),
        asked(
            "tag none of (gift, vip) and country = DE",
            false,
            |n| format!("tag none of (gift, vip) and country = DE and orders < {}", 1_000 + n),
            |n| {
                let tagged = "SELECT m.customer_id FROM customer_tags m JOIN tags t ON t.id = m.tag_id WHERE t.name_key IN ('gift', 'vip')";
                customers(&format!("c.country = 'DE' AND c.id NOT IN ({tagged}) AND s.orders_count < {}", 1_000 + n))
            },
        ),
        asked(
            "email endswith \".edu\"",
            false,
            |n| format!("email endswith \".edu\" or email endswith \"campus.example\" and orders < {}", 1_000 + n),
            |n| {
                let ends = "c.email_key LIKE '%.edu' OR c.email_key LIKE '%campus.example' AND s.orders_count <";
                customers(&format!("({ends} {})", 1_000 + n))
            },
        ),
        asked(
            "not consent.email and points > 500",
            false,
            |n| format!("not consent.email and points > {}", 500 + n),
            |n| customers(&format!("NOT c.marketing_email AND s.points > {}", 500 + n)),
        ),
        asked(
            "custom.favourite_format = \"vinyl\"",
            false,
            |n| format!("custom.favourite_format = \"vinyl\" and orders < {}", 1_000 + n),
            |n| {
                let having =
                    "SELECT f.customer_id FROM customer_fields f WHERE f.name_key = 'favourite_format' AND f.value_key = 'vinyl'";
                stats(&format!("s.customer_id IN ({having}) AND s.orders_count < {}", 1_000 + n))
            },
        ),
        asked(
            "last_order month in (november, december) and spent > 100",
            false,
            |n| format!("last_order month in (november, december) and total_spent > {}", 100 + n),
            |n| stats(&format!("{} AND s.spent_minor > {}", in_months("s.last_order_day", &[11, 12]), 10_000 + 100 * n)),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_months() {
        assert_eq!([0, 31, 58, 59, 364, 365, 11_016, 20_783].map(month_of), [1, 2, 2, 3, 12, 1, 2, 11]);
    }
}
