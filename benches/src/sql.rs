//! The bare SQL: the same question, asked of the database without the program. SQLite through its C library, prepared once;
//! PostgreSQL through `psql`, which times each statement.

use crate::measure::{milliseconds, percentile};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::process::Command;
use std::time::{Duration, Instant};

/// Enough for a median of what is fast; what is slow is asked until it has taken this long, and at least once.
const RUNS: usize = 20;
const TIME: Duration = Duration::from_secs(1);

pub enum Database {
    Sqlite(Connection),
    Postgres(String),
}

impl Database {
    pub fn open(url: &str) -> Result<Self, String> {
        let Some(path) = url.strip_prefix("sqlite:") else { return Ok(Self::Postgres(url.to_owned())) };
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|e| format!("{path}: {e}"))?;
        // As the server's readers have it.
        connection.execute_batch("PRAGMA cache_size = -4000; PRAGMA temp_store = memory").map_err(|e| e.to_string())?;
        Ok(Self::Sqlite(connection))
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// The median time of these statements in milliseconds: they are asked in turn.
    pub fn time(&self, statements: &[String]) -> Result<f64, String> {
        let mut times = match self {
            Self::Sqlite(connection) => time_sqlite(connection, statements)?,
            Self::Postgres(url) => time_postgres(url, statements)?,
        };
        times.sort_by(f64::total_cmp);
        Ok(percentile(&times, 0.5))
    }

    /// All rows as text; NULL is empty.
    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare(sql).map_err(|e| format!("{sql}: {e}"))?;
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| (0..columns).map(|at| Ok(text(row.get_ref(at)?))).collect());
                rows.and_then(Iterator::collect).map_err(|e| format!("{sql}: {e}"))
            }
            Self::Postgres(url) => {
                let output = psql(url, sql)?;
                Ok(output.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
            }
        }
    }

    /// Changes something, on a connection of its own.
    pub fn execute(&self, url: &str, sql: &str) -> Result<(), String> {
        match (self, url.strip_prefix("sqlite:")) {
            (Self::Sqlite(_), Some(path)) => {
                let connection = Connection::open(path).map_err(|error| format!("{path}: {error}"))?;
                connection.execute_batch(sql).map_err(|error| format!("{sql}: {error}"))
            }
            _ => psql(url, sql).map(drop),
        }
    }

    /// The one number that a query yields.
    pub fn number(&self, sql: &str) -> Result<i64, String> {
        let rows = self.rows(sql)?;
        rows.first().and_then(|row| row.first()?.parse().ok()).ok_or_else(|| format!("{sql}: no number"))
    }
}

fn text(value: ValueRef) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Null | ValueRef::Blob(_) => String::new(),
    }
}

fn time_sqlite(connection: &Connection, statements: &[String]) -> Result<Vec<f64>, String> {
    let began = Instant::now();
    let mut times = Vec::new();
    for run in 0..RUNS {
        let sql = &statements[run % statements.len()];
        let mut statement = connection.prepare_cached(sql).map_err(|error| format!("{sql}: {error}"))?;
        let columns = statement.column_count();
        let sent = Instant::now();
        let mut rows = statement.query([]).map_err(|error| error.to_string())?;
        while let Some(row) = rows.next().map_err(|error| error.to_string())? {
            for at in 0..columns {
                std::hint::black_box(row.get_ref(at).map_err(|error| error.to_string())?);
            }
        }
        times.push(milliseconds(sent.elapsed()));
        if began.elapsed() > TIME {
            break;
        }
    }
    Ok(times)
}

fn time_postgres(url: &str, statements: &[String]) -> Result<Vec<f64>, String> {
    let mut script = String::from("\\timing on\n\\o /dev/null\n");
    for sql in statements.iter().cycle().take(RUNS) {
        script.push_str(&sql.replace('\n', " "));
        script.push_str(";\n");
    }
    let output = psql(url, &script)?;
    let times = output.lines().filter_map(|line| line.strip_prefix("Time: ")?.split(' ').next()?.replace(',', ".").parse().ok());
    let times: Vec<f64> = times.collect();
    if times.is_empty() { Err("psql timed nothing".into()) } else { Ok(times) }
}

fn psql(url: &str, script: &str) -> Result<String, String> {
    use std::io::Write;
    let mut process = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t", "-v", "ON_ERROR_STOP=1", url])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .map_err(|error| format!("psql: {error}"))?;
    let mut input = process.stdin.take().ok_or("psql takes no input")?;
    let script = script.to_owned();
    let writing = std::thread::spawn(move || input.write_all(script.as_bytes()));
    let output = process.wait_with_output().map_err(|error| error.to_string())?;
    let _ = writing.join();
    if !output.status.success() {
        return Err(format!("psql: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
