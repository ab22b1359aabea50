//! Fifty segments over everybody: how long until they are filled, and how long a sweep takes once a day has gone by and one in two hundred
//! is in another segment than before, while the customer list is opened.

use crate::load::paced;
use crate::measure::Figures;
use crate::segments::rules;
use crate::server::{Server, Setup};
use crate::sql::Database;
use crate::terms::list;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const SEGMENTS: usize = 50;
/// Seconds that a sweep may take, and how much slower a list may be meanwhile.
const LIMIT: f64 = 60.0;
const SLOWER: f64 = 2.0;
/// A list every so often, and for so long before.
const LIST_EVERY: Duration = Duration::from_millis(10);
const IDLE: Duration = Duration::from_secs(5);
/// Beyond this a sweep hangs.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// The last sweep that was begun or is to be.
const LAST: &str = "SELECT COALESCE(MAX(id), 0) FROM jobs WHERE kind = 'segments.sweep'";

/// Runs it; whether all limits held. The segments are deleted again.
pub fn run(setup: &Setup) -> Result<bool, String> {
    let database = Database::open(&setup.database)?;
    let mut server = Server::start(setup)?;
    server.wait_for_index()?;
    let before = database.number(LAST)?;
    let segments = add(&server, &database)?;
    let swept = measure(setup, &server, &database, before);
    for id in &segments {
        server.client.call("archive_segment", &format!("{{\"id\":{id},\"archived\":true}}"))?;
        server.client.call("delete_segment", &format!("{{\"id\":{id}}}"))?;
    }
    swept
}

/// Fifty segments of the rules that are measured one by one, each with bounds of its own.
fn add(server: &Server, database: &Database) -> Result<Vec<i64>, String> {
    let now = Instant::now();
    let rules = rules(database)?;
    let mut ids = Vec::new();
    for at in 0..SEGMENTS {
        let rule = (rules[at % rules.len()].rule)((at / rules.len()) as i64);
        let form = serde_json::json!({ "name": format!("measured {at}"), "description": "", "rule": rule });
        let blank = serde_json::json!({ "name": "", "description": "", "rule": "" });
        let json = serde_json::json!({ "id": null, "form": form, "base": blank }).to_string();
        let saved = server.client.call("save_segment", &json)?;
        ids.push(saved["name"]["id"].as_i64().ok_or_else(|| format!("{json}: {saved}"))?);
    }
    println!("{SEGMENTS} segments saved after {:.1} s", now.elapsed().as_secs_f64());
    Ok(ids)
}

fn measure(setup: &Setup, server: &Server, database: &Database, before: i64) -> Result<bool, String> {
    let began = Instant::now();
    wait(database, before)?;
    let members = database.number("SELECT COUNT(*) FROM segment_members")?;
    println!("all filled after {:.1} s: {members} members", began.elapsed().as_secs_f64());
    let lists = vec![server.client.function("list_customers", &list(""))];
    let idle_until = Instant::now() + IDLE;
    let idle = paced(&server.client, &lists, LIST_EVERY, || Instant::now() >= idle_until)?;
    let before = database.number(LAST)?;
    let day = "DELETE FROM segment_members WHERE customer_id % 200 = 0; UPDATE segment_states SET swept_day = swept_day - 1";
    database.execute(&setup.database, day)?;
    let over = AtomicBool::new(false);
    let meanwhile = std::thread::scope(|scope| {
        let listing = scope.spawn(|| paced(&server.client, &lists, LIST_EVERY, || over.load(Ordering::Relaxed)));
        let waited = wait(database, before);
        over.store(true, Ordering::Relaxed);
        waited?;
        listing.join().map_err(|_| "a thread died")?
    })?;
    let after = database.number("SELECT COUNT(*) FROM segment_members")?;
    if after != members {
        return Err(format!("{members} members before the sweep, {after} after it"));
    }
    let micros = format!("SELECT SUM(finished_at - started_at) FROM jobs WHERE kind = 'segments.sweep' AND id > {before}");
    Ok(verdict(database.number(&micros)? as f64 / 1e6, idle, meanwhile))
}

fn verdict(took: f64, idle: Figures, meanwhile: Figures) -> bool {
    let slower = meanwhile.p50 / idle.p50;
    let passed = took <= LIMIT && slower <= SLOWER;
    println!(
        "a sweep: {took:.1} s (at most {LIMIT:.0}); lists {:.2} ms, idle {:.2} ms: {slower:.2} × (at most {SLOWER}){}",
        meanwhile.p50,
        idle.p50,
        if passed { "" } else { "  FAIL" }
    );
    passed
}

/// Waits until there was a sweep after `before`, and no segment is due.
fn wait(database: &Database, before: i64) -> Result<(), String> {
    let began = Instant::now();
    let under_way = "SELECT COUNT(*) FROM jobs WHERE kind = 'segments.sweep' AND status IN ('queued', 'running')";
    let behind = "SELECT COUNT(*) FROM segment_states t JOIN segments s ON s.id = t.segment_id
      WHERE NOT s.archived AND (t.swept_rule = '' OR t.swept_day < (SELECT MAX(swept_day) FROM segment_states))";
    loop {
        let started = database.number(LAST)? > before;
        if started && database.number(under_way)? == 0 && database.number(behind)? == 0 {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err("the sweep does not end".into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
