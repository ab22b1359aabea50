//! The table, and what holds of the limits.

use crate::cases::{Case, Kind};
use crate::load::Load;
use crate::measure::Figures;
use crate::terms::Frequency;

/// What a case showed.
pub struct Measured {
    pub name: String,
    pub kind: Kind,
    pub found: Option<u64>,
    /// On one connection, and on sixteen.
    pub one: Figures,
    pub sixteen: Figures,
    /// Medians of the bare SQL in milliseconds: the rows, and the total; `None` where there is none.
    pub rows_sql: Option<f64>,
    pub total_sql: f64,
}

impl Measured {
    pub fn new(case: &Case, one: Figures, sixteen: Figures) -> Self {
        Self { name: case.name.clone(), kind: case.kind, found: case.found, one, sixteen, rows_sql: None, total_sql: 0.0 }
    }

    fn sql(&self) -> Option<f64> {
        self.rows_sql.map(|rows| rows + self.total_sql)
    }
}

/// The rest of what a run shows.
#[derive(Default)]
pub struct Run {
    pub customers: i64,
    pub cases: Vec<Measured>,
    /// The medians of the same list and searches with few customers, by name.
    pub few: Vec<(String, f64)>,
    pub few_customers: i64,
    pub load: Option<Load>,
    /// Seconds from the start of the process to the first answer, and until the index answered.
    pub started_in: f64,
    pub index_in: f64,
    /// The most resident memory in MB: in all, and before the bulk job.
    pub memory: f64,
    pub memory_before_load: f64,
    pub on_sqlite: bool,
}

pub fn heading() {
    println!("{:<34}{:>10}{:>18}{:>27}{:>20}{:>8}", "", "", "1 connection", "16 connections", "bare SQL, p50", "HTTP");
    println!(
        "{:<34}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}{:>10}{:>8}",
        "milliseconds", "found", "p50", "p99", "p50", "p99", "per s", "rows", "total", "/ SQL"
    );
}

pub fn line(case: &Measured) {
    let found = case.found.map_or(String::new(), |found| found.to_string());
    let optional = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.2}"));
    println!(
        "{:<34}{:>10}{:>9.2}{:>9.2}{:>9.2}{:>9.2}{:>9.0}{:>10}{:>10}{:>8}",
        case.name,
        found,
        case.one.p50,
        case.one.p99,
        case.sixteen.p50,
        case.sixteen.p99,
        case.sixteen.per_second,
        optional(case.rows_sql),
        optional(Some(case.total_sql).filter(|total| *total > 0.0)),
        optional(case.sql().map(|sql| case.one.p50 / sql)),
    );
}

/// A limit and whether it holds.
struct Verdict {
    passed: bool,
    what: String,
}

/// Prints every limit; true when all hold.
pub fn verdicts(run: &Run) -> bool {
    let mut verdicts = of_cases(run);
    verdicts.extend(of_growth(run));
    verdicts.extend(of_load(run));
    verdicts.push(at_most("start to the first answer", run.started_in, 1.0, "s"));
    verdicts.push(at_most("resident memory, all through", run.memory, 250.0, "MB"));
    println!();
    for verdict in &verdicts {
        println!("{}  {}", if verdict.passed { "PASS" } else { "FAIL" }, verdict.what);
    }
    println!(
        "      (until the index answered: {:.1} s; memory before the bulk job: {:.0} MB)",
        run.index_in, run.memory_before_load
    );
    verdicts.iter().all(|verdict| verdict.passed)
}

fn of_cases(run: &Run) -> Vec<Verdict> {
    let of = |kind: Kind| run.cases.iter().filter(move |case| case.kind == kind);
    let functions = || run.cases.iter().filter(|case| case.kind != Kind::Page);
    let first = of(Kind::List).next();
    let mut verdicts = vec![
        worst("server function, beyond 2 × bare SQL (+ 1 ms)", functions(), 1.0, |case| {
            case.sql().map_or(0.0, |sql| case.one.p50 - 2.0 * sql)
        }),
        worst("p99 at 16 connections / its p50", run.cases.iter(), 10.0, |case| case.sixteen.p99 / case.sixteen.p50),
        worst("any answer, p50 in ms", run.cases.iter(), 50.0, |case| case.one.p50),
        worst("list, p50 in ms", of(Kind::List).chain(of(Kind::Deep)), 5.0, |case| case.one.p50),
        worst(
            "rare search, p50 in ms",
            of(Kind::Search(Frequency::Rare)).chain(of(Kind::Search(Frequency::None))),
            5.0,
            |case| case.one.p50,
        ),
        worst("5 % search, p50 in ms", of(Kind::Search(Frequency::FivePercent)), 20.0, |case| case.one.p50),
        worst("profile summary, p50 in ms", of(Kind::Profile), 3.0, |case| case.one.p50),
        worst("server-rendered page, p50 in ms", of(Kind::Page), 15.0, |case| case.one.p50),
    ];
    if let Some(first) = first {
        verdicts.push(worst("deep page / first page", of(Kind::Deep), 1.5, |case| case.one.p50 / first.one.p50));
        verdicts.push(Verdict {
            passed: first.sixteen.per_second >= 500.0,
            what: format!("lists a second at 16 connections: {:.0} (at least 500)", first.sixteen.per_second),
        });
    }
    verdicts
}

/// The list, and the median over the kinds of searches.
fn of_growth(run: &Run) -> Vec<Verdict> {
    if run.few.is_empty() {
        return Vec::new();
    }
    let pairs: Vec<(&Measured, f64)> = run
        .cases
        .iter()
        .filter_map(|case| run.few.iter().find(|(name, _)| *name == case.name).map(|(_, few)| (case, *few)))
        .collect();
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let is_search = |case: &Measured| matches!(case.kind, Kind::Search(_));
    let lists = pairs.iter().filter(|(case, _)| !is_search(case)).map(|(case, few)| case.one.p50 / few);
    let searches = pairs.iter().filter(|(case, _)| is_search(case));
    let (many, few): (Vec<f64>, Vec<f64>) = searches.map(|(case, few)| (case.one.p50, *few)).unzip();
    let from = format!("{} → {} customers", run.few_customers, run.customers);
    vec![
        at_most(&format!("list, {from}"), median(lists.collect()), 2.0, "times"),
        at_most(&format!("search, median of its kinds, {from}"), median(many) / median(few), 2.0, "times"),
    ]
}

fn of_load(run: &Run) -> Vec<Verdict> {
    let Some(load) = &run.load else { return Vec::new() };
    let mut verdicts = Vec::new();
    for (name, job) in [("bulk tag of everyone", &load.tagging), ("its undo", &load.undoing)] {
        let name = format!("during {name} ({:.0} s)", job.took);
        verdicts.push(at_most(&format!("{name}: saving a note, p99"), job.notes.p99, 100.0, "ms"));
        let ratio = job.lists.p50 / load.idle_lists.p50;
        verdicts.push(at_most(&format!("{name}: list p50 ({:.2} ms) / idle", job.lists.p50), ratio, 2.0, "times"));
        if run.on_sqlite {
            // Twice what the program asks SQLite to shrink the log to.
            verdicts.push(at_most(&format!("{name}: write-ahead log"), job.log, 134.0, "MB"));
        }
    }
    verdicts
}

fn at_most(what: &str, value: f64, limit: f64, unit: &str) -> Verdict {
    Verdict { passed: value <= limit, what: format!("{what}: {value:.2} {unit} (at most {limit})") }
}

/// The case with the greatest value.
fn worst<'a>(what: &str, cases: impl Iterator<Item = &'a Measured>, limit: f64, value: impl Fn(&Measured) -> f64) -> Verdict {
    let worst = cases.map(|case| (value(case), case)).max_by(|a, b| a.0.total_cmp(&b.0));
    let Some((value, case)) = worst else {
        return Verdict { passed: true, what: format!("{what}: nothing measured") };
    };
    Verdict { passed: value <= limit, what: format!("{what}: {value:.2}, {} (at most {limit})", case.name) }
}
