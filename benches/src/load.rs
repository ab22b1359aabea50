//! Tagging everyone while people work: notes are saved and lists opened during the bulk job and its undo.

use crate::http::{Client, Request};
use crate::measure::{Figures, milliseconds};
use crate::server::megabytes;
use crate::terms::{list, scrambled};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// People pause: a note every so often, a list every so often.
const NOTE_EVERY: Duration = Duration::from_millis(50);
const LIST_EVERY: Duration = Duration::from_millis(10);
/// How long lists are measured before.
const IDLE: Duration = Duration::from_secs(5);
/// Beyond this the job hangs.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// What was seen during a job.
#[derive(Clone, Copy, Debug, Default)]
pub struct DuringJob {
    pub took: f64,
    pub notes: Figures,
    pub lists: Figures,
    /// The largest write-ahead log in MB; 0 on PostgreSQL.
    pub log: f64,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    pub idle_lists: Figures,
    pub tagging: DuringJob,
    pub undoing: DuringJob,
}

/// Runs it. `log`: SQLite's write-ahead log.
pub fn run(client: &Client, customers: i64, log: Option<PathBuf>) -> Result<Load, String> {
    let lists = vec![client.function("list_customers", &list(""))];
    let notes: Vec<Request> = (0..997)
        .map(|at| {
            let id = 1 + (scrambled(&format!("note {at}")) % customers as u64) as i64;
            let form = r#"{"kind":"general","body":"Called about the last order.","pinned":false}"#;
            client.function("add_note", &format!("{{\"id\":{id},\"form\":{form}}}"))
        })
        .collect();
    let idle_until = Instant::now() + IDLE;
    let idle_lists = paced(client, &lists, LIST_EVERY, || Instant::now() >= idle_until)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let action = format!("{{\"action\":{{\"Tag\":{{\"name\":\"measured {now}\"}}}},\"customers\":{{\"matching\":\"\"}}}}");
    let (job, tagging) = during(client, "start_bulk", &action, &notes, &lists, log.as_deref())?;
    let (_, undoing) = during(client, "undo_job", &format!("{{\"id\":{job}}}"), &notes, &lists, log.as_deref())?;
    Ok(Load { idle_lists, tagging, undoing })
}

/// Starts a job and measures until it is over; yields its id.
fn during(
    client: &Client,
    function: &str,
    arguments: &str,
    notes: &[Request],
    lists: &[Request],
    log: Option<&std::path::Path>,
) -> Result<(i64, DuringJob), String> {
    let began = Instant::now();
    let started = client.call(function, arguments)?;
    let job = started["id"].as_i64().ok_or_else(|| format!("{function} starts no job: {started}"))?;
    let over = AtomicBool::new(false);
    let largest = Mutex::new(0.0_f64);
    std::thread::scope(|scope| {
        let is_over = || over.load(Ordering::Relaxed);
        let saving = scope.spawn(move || paced(client, notes, NOTE_EVERY, is_over));
        let listing = scope.spawn(move || paced(client, lists, LIST_EVERY, is_over));
        let waited = wait(client, job, began, || {
            if let (Some(log), Ok(mut largest)) = (log, largest.lock()) {
                *largest = largest.max(megabytes(log));
            }
        });
        over.store(true, Ordering::Relaxed);
        waited?;
        let notes = saving.join().map_err(|_| "a thread died")??;
        let lists = listing.join().map_err(|_| "a thread died")??;
        let log = largest.lock().map_or(0.0, |largest| *largest);
        Ok((job, DuringJob { took: began.elapsed().as_secs_f64(), notes, lists, log }))
    })
}

/// Looks until the job is over.
fn wait(client: &Client, job: i64, began: Instant, look: impl Fn()) -> Result<(), String> {
    loop {
        let jobs = client.call("list_my_jobs", "{}")?;
        // One that is over stays in the list as long as it can be undone.
        let is_under_way = |other: &serde_json::Value| {
            let status = other["status"].as_str().unwrap_or_default().to_ascii_lowercase();
            other["id"].as_i64() == Some(job) && matches!(status.as_str(), "queued" | "running")
        };
        if !jobs.as_array().is_some_and(|jobs| jobs.iter().any(is_under_way)) {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err("the job does not end".into());
        }
        for _ in 0..5 {
            look();
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Sends requests in turn, one every `pause`, until it is over.
pub fn paced(client: &Client, requests: &[Request], pause: Duration, over: impl Fn() -> bool) -> Result<Figures, String> {
    let began = Instant::now();
    let mut connection = client.connect().map_err(|error| error.to_string())?;
    let mut times = Vec::new();
    for request in requests.iter().cycle() {
        if over() {
            break;
        }
        let sent = Instant::now();
        let response = connection.send(request).map_err(|error| error.to_string())?;
        times.push(milliseconds(sent.elapsed()));
        if response.status != 200 {
            return Err(response.complaint(request));
        }
        std::thread::sleep(pause.saturating_sub(sent.elapsed()));
    }
    Ok(Figures::of(times, began.elapsed()))
}
