//! Timing requests. A case is run in short rounds and its best round counts: on a machine that others use too, the slower ones
//! say more about the others.

use crate::http::{Client, Request};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a round showed; times in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub p50: f64,
    pub p99: f64,
    pub per_second: f64,
}

impl Figures {
    /// Of the times of single requests and the time of all.
    pub fn of(mut times: Vec<f64>, took: Duration) -> Self {
        times.sort_by(f64::total_cmp);
        let per_second = times.len() as f64 / took.as_secs_f64();
        Self { p50: percentile(&times, 0.50), p99: percentile(&times, 0.99), per_second }
    }
}

/// The value that this share of sorted values does not exceed.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(at.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub rounds: usize,
    /// Of each round.
    pub time: Duration,
}

impl Effort {
    /// The best of some rounds: the one with the least median, with its own p99 and rate.
    pub fn best(self, client: &Client, requests: &[Request], connections: usize) -> Result<Figures, String> {
        let mut best: Option<Figures> = None;
        for _ in 0..self.rounds {
            let round = run(client, requests, connections, self.time)?;
            if best.is_none_or(|best| round.p50 < best.p50) {
                best = Some(round);
            }
        }
        Ok(best.unwrap_or_default())
    }
}

/// Sends these requests over and over on so many connections, each beginning at another one.
pub fn run(client: &Client, requests: &[Request], connections: usize, time: Duration) -> Result<Figures, String> {
    let stop = AtomicBool::new(false);
    let started = Instant::now();
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|at| {
                let (from, stop) = (at * requests.len() / connections, &stop);
                scope.spawn(move || send_until(client, requests, from, stop, started, time))
            })
            .collect();
        let results: Vec<_> = threads.into_iter().map(|t| t.join().unwrap_or_else(|_| Err("a thread died".into()))).collect();
        results.into_iter().collect::<Result<Vec<_>, _>>()
    })?;
    Ok(Figures::of(times.concat(), started.elapsed()))
}

fn send_until(
    client: &Client,
    requests: &[Request],
    from: usize,
    stop: &AtomicBool,
    started: Instant,
    time: Duration,
) -> Result<Vec<f64>, String> {
    let mut connection = client.connect().map_err(|error| error.to_string())?;
    let mut times = Vec::new();
    for request in requests.iter().cycle().skip(from) {
        let sent = Instant::now();
        let response = connection.send(request).map_err(|error| error.to_string());
        times.push(milliseconds(sent.elapsed()));
        let response = response.inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
        if response.status != 200 {
            stop.store(true, Ordering::Relaxed);
            return Err(response.complaint(request));
        }
        if stop.load(Ordering::Relaxed) || started.elapsed() >= time {
            break;
        }
    }
    Ok(times)
}
