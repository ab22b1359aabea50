//! Fitting the models to all customers: the nightly job, and the end of loading demo data.

use super::bg_nbd::{BgNbd, Cell};
use super::gamma_gamma::{GammaGamma, Spend};
use super::history::History;
use super::store::{self, DayRecord, Kept, Outcome};
use crate::base::{AppResult, Currency, Day, Timestamp};
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::Job;
use crate::server::{AppState, Db, DbResult, Tx, internal};
use async_trait::async_trait;
use std::time::{Duration, Instant};

/// Customers who bought again, below which nothing is predicted. With CDNOW's 946 the logarithms of the parameters are known to
/// some 10 %; the error grows with the root, so here to about half, where predictions stop to be better than guesses.
pub const LEAST_REPEAT: i64 = 50;
/// Customers whose purchases are read at a time.
const CHUNK: i64 = 5_000;
/// The job reads for so long between two signs of life.
const READ_FOR: Duration = Duration::from_secs(1);

/// What the models are fitted to.
#[derive(Debug)]
pub struct Sample {
    today: Day,
    /// Whole units of the base currency in a minor one.
    unit: f64,
    cells: Vec<Cell>,
    spends: Vec<Spend>,
}

impl Sample {
    #[must_use]
    pub fn new(today: Day, base: Currency) -> Self {
        Self { today, unit: 10f64.powi(-base.decimals().cast_signed()), cells: Vec::new(), spends: Vec::new() }
    }

    /// Adds customers by their days with purchases, in the order of customers and days.
    fn add(&mut self, days: &[DayRecord]) {
        for days in days.chunk_by(|a, b| a.customer_id == b.customer_id) {
            let purchases = days.iter().map(|day| (Day(i32::try_from(day.placed_day).unwrap_or_default()), day.value_minor));
            if let Some(history) = History::of(purchases, self.today) {
                self.add_history(&history);
            }
        }
    }

    /// Adds a customer.
    pub fn add_history(&mut self, history: &History) {
        let History { repeats, recency, age, .. } = *history;
        self.cells.push(Cell { repeats, recency, age, customers: 1 });
        if let Some(mean) = history.mean_minor().filter(|mean| *mean > 0.0) {
            self.spends.push(Spend { repeats, mean: mean * self.unit });
        }
    }

    /// Fits both models. Of a million customers that is some seconds of work.
    #[must_use]
    pub fn fit(mut self) -> (Outcome, Kept) {
        match self.fit_purchases() {
            Ok(kept) => (Outcome::Fitted, self.fit_spend(kept)),
            Err(end) => end,
        }
    }

    /// Fits BG/NBD, or says why not.
    fn fit_purchases(&mut self) -> Result<Kept, (Outcome, Kept)> {
        let repeat_customers = self.cells.iter().filter(|cell| cell.repeats > 0).count();
        let kept = Kept { customers: number(self.cells.len()), repeat_customers: number(repeat_customers), ..Kept::default() };
        if kept.repeat_customers < LEAST_REPEAT {
            return Err((Outcome::TooFew, kept));
        }
        group(&mut self.cells);
        match BgNbd::fit(&self.cells) {
            Some((model, log_likelihood)) => Ok(Kept { purchases: Some(model), log_likelihood, ..kept }),
            None => Err((Outcome::Failed, kept)),
        }
    }

    /// Fits Gamma-Gamma, where enough amounts are known.
    fn fit_spend(&self, kept: Kept) -> Kept {
        let enough = number(self.spends.len()) >= LEAST_REPEAT;
        match enough.then(|| GammaGamma::fit(&self.spends)).flatten() {
            Some((model, log_likelihood)) => Kept { spend: Some(model), spend_log_likelihood: log_likelihood, ..kept },
            None => kept,
        }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// One cell for all customers with the same history.
fn group(cells: &mut Vec<Cell>) {
    cells.sort_unstable();
    cells.dedup_by(|next, cell| {
        let same = (next.repeats, next.recency, next.age) == (cell.repeats, cell.recency, cell.age);
        if same {
            cell.customers += next.customers;
        }
        same
    });
}

/// Reads, fits and keeps, all at once.
///
/// # Errors
/// When the database does not answer.
pub async fn run(db: &Db, today: Day, base: Currency, now: Timestamp) -> anyhow::Result<()> {
    let mut sample = Sample::new(today, base);
    let last = store::last_customer(db).await?;
    let mut low = 1;
    while low <= last {
        sample.add(&store::days(db, low, low + CHUNK - 1).await?);
        low += CHUNK;
    }
    let (outcome, kept) = tokio::task::spawn_blocking(move || sample.fit()).await?;
    let tx = db.begin().await?;
    store::keep(&tx, today, outcome, &kept, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The nightly job. It reads and computes between its transactions and keeps what it has in memory, so a crash begins it anew.
pub struct Fit {
    db: Db,
    today: Day,
    stage: Stage,
}

enum Stage {
    /// Up to this customer.
    Reading(Sample, i64),
    /// BG/NBD is fitted.
    Counted(Sample, Kept),
    Fitted(Outcome, Kept),
}

impl Stage {
    /// Computes on, once all customers are read.
    fn next(self) -> Self {
        match self {
            Self::Reading(mut sample, _) => match sample.fit_purchases() {
                Ok(kept) => Self::Counted(sample, kept),
                Err((outcome, kept)) => Self::Fitted(outcome, kept),
            },
            Self::Counted(sample, kept) => Self::Fitted(Outcome::Fitted, sample.fit_spend(kept)),
            fitted @ Self::Fitted(..) => fitted,
        }
    }
}

impl Fit {
    #[must_use]
    pub fn open(state: &AppState) -> Self {
        let today = state.today();
        let sample = Sample::new(today, state.settings().base_currency);
        Self { db: state.db.clone(), today, stage: Stage::Reading(sample, 0) }
    }

    /// Reads on; true once all customers are read.
    async fn read(&mut self) -> DbResult<bool> {
        let Stage::Reading(sample, read) = &mut self.stage else { return Ok(true) };
        let last = store::last_customer(&self.db).await?;
        let started = Instant::now();
        while *read < last && started.elapsed() < READ_FOR {
            sample.add(&store::days(&self.db, *read + 1, *read + CHUNK).await?);
            *read += CHUNK;
        }
        Ok(*read >= last)
    }
}

#[async_trait]
impl Work for Fit {
    async fn prepare(&mut self) -> AppResult<()> {
        if self.read().await? {
            let stage = std::mem::replace(&mut self.stage, Stage::Fitted(Outcome::Failed, Kept::default()));
            let next = tokio::task::spawn_blocking(move || stage.next()).await;
            self.stage = next.map_err(|error| internal(&error))?;
        }
        Ok(())
    }

    async fn step(&mut self, tx: &Tx, job: &Job, _size: usize, now: Timestamp) -> AppResult<Step> {
        match &self.stage {
            Stage::Reading(_, read) => Ok(Step { cursor: *read, done: (read - job.cursor).max(0), changed: 0, last: false }),
            Stage::Counted(..) => Ok(Step { cursor: job.cursor, done: 0, changed: 0, last: false }),
            Stage::Fitted(outcome, kept) => {
                store::keep(tx, self.today, *outcome, kept, now).await?;
                Ok(Step { cursor: job.cursor, done: 0, changed: kept.customers, last: true })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const FILE: &str = include_str!("../../../data/cdnow/CDNOW_sample.txt");

    /// The paper's sample: one in ten of CDNOW's customers, until 30 September 1997.
    fn cdnow() -> Sample {
        let date = |text: &str| Day::parse(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..])).unwrap();
        let end = Day::parse("1997-09-30").unwrap();
        let mut customers = BTreeMap::<&str, Vec<(Day, i64)>>::new();
        for line in FILE.lines().filter(|line| !line.trim().is_empty()) {
            let cells: Vec<&str> = line.split_whitespace().collect();
            let minor = cells[4].replace('.', "").parse().unwrap();
            customers.entry(cells[1]).or_default().push((date(cells[2]), minor));
        }
        let mut sample = Sample::new(end, Currency::USD);
        for mut purchases in customers.into_values() {
            purchases.sort_unstable();
            sample.add_history(&History::of(purchases.into_iter().filter(|(day, _)| *day <= end), end).unwrap());
        }
        sample
    }

    fn near(computed: f64, expected: f64, within: f64) {
        assert!((computed - expected).abs() <= within, "{computed} ≠ {expected}");
    }

    /// Fader, Hardie, Lee (2005), table 2: r = 0.243, alpha = 4.414, a = 0.793, b = 2.426, LL = −9582.4. Fader, Hardie (2013):
    /// p = 6.25, q = 3.74, gamma = 15.44; LL = −4055.9177 in the tests of the R package CLVTools. More digits by scipy 1.17.
    #[test]
    fn the_literatures_parameters() {
        let (outcome, kept) = cdnow().fit();
        assert_eq!((outcome, kept.customers, kept.repeat_customers), (Outcome::Fitted, 2_357, 946));
        let (purchases, spend) = (kept.purchases.unwrap(), kept.spend.unwrap());
        near(purchases.r, 0.242_59, 2e-4);
        near(purchases.alpha, 4.413_6, 2e-3);
        near(purchases.a, 0.792_9, 1e-3);
        near(purchases.b, 2.425_9, 3e-3);
        near(kept.log_likelihood, -9_582.429_207, 1e-4);
        near(spend.p, 6.249_6, 3e-3);
        near(spend.q, 3.744_2, 1e-3);
        near(spend.gamma, 15.443_5, 2e-2);
        near(kept.spend_log_likelihood, -4_055.917_695, 1e-4);
    }

    #[test]
    fn grouping_loses_nobody_and_changes_nothing() {
        let mut sample = cdnow();
        let alone = BgNbd::fit(&sample.cells).unwrap().1;
        group(&mut sample.cells);
        assert!(sample.cells.len() < 2_000, "{}", sample.cells.len());
        assert_eq!(sample.cells.iter().map(|cell| cell.customers).sum::<u32>(), 2_357);
        near(BgNbd::fit(&sample.cells).unwrap().1, alone, 1e-5);
    }

    #[test]
    fn few_repeat_buyers_are_too_few() {
        let mut sample = Sample::new(Day(1_000), Currency::USD);
        for age in 0..500 {
            sample.add_history(&History { repeats: 0, recency: 0, age, repeat_minor: 0 });
        }
        for age in 100..149 {
            sample.add_history(&History { repeats: 1, recency: 30, age, repeat_minor: 1_000 });
        }
        let (outcome, kept) = sample.fit();
        assert_eq!((outcome, kept.repeat_customers, kept.purchases), (Outcome::TooFew, 49, None));
    }
}
