//! Measures Clientele over HTTP against the bare SQL of the same questions, and says which of the limits hold.
//!
//! ```text
//! clientele-bench --server PROGRAM --customers N --database URL --folder DIR [--few N --few-database URL --few-folder DIR]
//!                 [--rounds N] [--only TEXT] [--no-load]
//! clientele-bench --server PROGRAM --customers N --database URL --folder DIR --checkout KEY [--pgbench PROGRAM]
//! clientele-bench --server PROGRAM --customers N --database URL --folder DIR --segments [--only TEXT]
//! clientele-bench --server PROGRAM --customers N --database URL --folder DIR --campaigns
//! clientele-bench --server PROGRAM --customers N --database URL --folder DIR --send PEER
//! ```
//!
//! [`cases`] is what is asked, [`terms`] what is searched for, [`load`] what happens meanwhile; [`measure`] times over
//! [`http`], [`sql`] times the database alone, [`checkout`] places orders, [`segments`] asks rules, [`mod@campaigns`] counts audiences and reads reports, [`sweep`] has many segments swept, [`mod@send`] sends mails to a [`sink`], [`report`] prints and judges. Exits with 1 where a limit does not hold.

mod campaigns;
mod cases;
mod checkout;
mod http;
mod load;
mod measure;
mod report;
mod segments;
mod send;
mod server;
mod sink;
mod sql;
mod sweep;
mod terms;

use cases::{Case, Kind, Source};
use measure::Effort;
use report::{Measured, Run};
use server::{Server, Setup, resident};
use sql::Database;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Pages of 50 before the deep page, or a quarter of all where there are not as many.
const DEEP: i64 = 5_000;

fn main() -> ExitCode {
    match Options::parse().and_then(|options| match (&options.checkout, &options.peer) {
        (Some(key), _) => checkout::run(&options.many, key, &options.pgbench),
        (None, Some(peer)) => send::run(&options.many, peer),
        (None, None) if options.segments => segments::run(&options.many, &options.only),
        (None, None) if options.campaigns => campaigns::run(&options.many),
        (None, None) => measure_all(&options),
    }) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("clientele-bench: {error}");
            ExitCode::from(2)
        }
    }
}

struct Options {
    many: Setup,
    customers: i64,
    few: Option<(Setup, i64)>,
    effort: Effort,
    /// Only cases whose names contain this.
    only: String,
    load: bool,
    /// The key with which to order, where that is what is measured.
    checkout: Option<String>,
    pgbench: String,
    /// The folder with the peer that sends mails, where that is what is measured.
    peer: Option<PathBuf>,
    /// Rules are what is measured.
    segments: bool,
    /// Audiences and what came of campaigns are.
    campaigns: bool,
}

impl Options {
    fn parse() -> Result<Self, String> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let value = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned();
        let needed = |name: &str| value(name).ok_or_else(|| format!("{name} is missing"));
        let number = |name: &str, text: String| text.parse::<i64>().map_err(|_| format!("{name} {text}: not a number"));
        let program = PathBuf::from(needed("--server")?);
        let setup = |database: String, folder: String| Setup {
            program: program.clone(),
            database,
            folder: folder.into(),
            environment: Vec::new(),
        };
        let few = match value("--few") {
            Some(few) => Some((setup(needed("--few-database")?, needed("--few-folder")?), number("--few", few)?)),
            None => None,
        };
        let rounds = value("--rounds").map_or(Ok(3), |rounds| number("--rounds", rounds))?;
        Ok(Self {
            many: setup(needed("--database")?, needed("--folder")?),
            customers: number("--customers", needed("--customers")?)?,
            few,
            effort: Effort { rounds: rounds.unsigned_abs() as usize, time: Duration::from_millis(400) },
            only: value("--only").unwrap_or_default(),
            checkout: value("--checkout"),
            pgbench: value("--pgbench").unwrap_or_else(|| "pgbench".into()),
            peer: value("--send").map(PathBuf::from),
            segments: arguments.iter().any(|argument| argument == "--segments"),
            campaigns: arguments.iter().any(|argument| argument == "--campaigns"),
            load: !arguments.iter().any(|argument| argument == "--no-load"),
        })
    }
}

fn measure_all(options: &Options) -> Result<bool, String> {
    let mut run = Run { customers: options.customers, ..Run::default() };
    if let Some((setup, customers)) = &options.few {
        run.few = measure_few(setup, *customers, options)?;
        run.few_customers = *customers;
    }
    let database = Database::open(&options.many.database)?;
    run.on_sqlite = database.is_sqlite();
    let mut server = Server::start(&options.many)?;
    run.started_in = server.started_in.as_secs_f64();
    let waiting = Instant::now();
    server.wait_for_index()?;
    run.index_in = run.started_in + waiting.elapsed().as_secs_f64();
    let memory = watch_memory(server.pid());
    let source = Source { client: &server.client, database: &database, customers: options.customers };
    report::heading();
    for case in all_cases(&source, &options.only)? {
        let measured = measure_case(&case, &source, options.effort)?;
        report::line(&measured);
        run.cases.push(measured);
    }
    let read = |memory: &AtomicU64| memory.load(Ordering::Relaxed) as f64;
    run.memory_before_load = read(&memory);
    if options.load {
        let log = options.many.database.strip_prefix("sqlite:").map(|path| PathBuf::from(format!("{path}-wal")));
        run.load = Some(load::run(&server.client, options.customers, log)?);
    }
    run.memory = read(&memory);
    Ok(report::verdicts(&run))
}

/// The first page and the searches with few customers: names and medians.
fn measure_few(setup: &Setup, customers: i64, options: &Options) -> Result<Vec<(String, f64)>, String> {
    let database = Database::open(&setup.database)?;
    let mut server = Server::start(setup)?;
    server.wait_for_index()?;
    let source = Source { client: &server.client, database: &database, customers };
    let mut cases = vec![source.first_page()?];
    cases.extend(source.searches()?);
    cases.retain(|case| case.name.contains(&options.only));
    let medians = cases.into_iter().map(|case| {
        let figures = options.effort.best(&server.client, &case.requests, 1)?;
        Ok((case.name, figures.p50))
    });
    medians.collect()
}

fn all_cases(source: &Source, only: &str) -> Result<Vec<Case>, String> {
    let mut cases = vec![source.first_page()?];
    if only.is_empty() || "page deep".contains(only) {
        cases.push(source.deep_page(DEEP.min(source.customers / 200))?);
    }
    cases.extend(source.searches()?);
    cases.extend(source.quick_filters()?);
    cases.extend(source.advanced_filters()?);
    cases.extend(source.sorts()?);
    cases.extend(source.profiles()?);
    cases.extend(source.pages());
    cases.retain(|case| case.name.contains(only));
    Ok(cases)
}

fn measure_case(case: &Case, source: &Source, effort: Effort) -> Result<Measured, String> {
    let one = effort.best(source.client, &case.requests, 1)?;
    let sixteen = effort.best(source.client, &case.requests, 16)?;
    let mut measured = Measured::new(case, one, sixteen);
    if case.kind != Kind::Page {
        measured.rows_sql = Some(source.database.time(&case.rows_sql)?);
    }
    if !case.total_sql.is_empty() {
        measured.total_sql = source.database.time(&case.total_sql)?;
    }
    Ok(measured)
}

/// Keeps the most resident memory of a process in MB, for as long as this program runs.
fn watch_memory(pid: u32) -> Arc<AtomicU64> {
    let most = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&most);
    std::thread::spawn(move || {
        while let Some(now) = resident(pid) {
            seen.fetch_max(now.ceil() as u64, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    most
}
