//! Freezing an audience, as a job: a row in the outbox for everybody who gets the mail, batch by batch; sending begins with the first.

use super::audience::{Terms, fates, resolve};
use super::{CampaignState, Fate, Waterfall, store, zones};
use crate::args;
use crate::base::{AppError, AppResult, CampaignId, CustomerId, Day, Timestamp};
use crate::messages::delivery::store::WITHHELD;
use crate::office::jobs::kind;
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::{Job, NewJob, insert};
use crate::server::db::dialect::{behind_at, look_at, numbers_of_json};
use crate::server::{AppState, DbResult, Tx};
use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

/// Enqueues the job. It is nobody's own, so that no one's other jobs wait for it.
///
/// # Errors
/// When the database does not answer.
pub async fn enqueue(tx: &Tx, id: CampaignId, name: &str, now: Timestamp) -> DbResult<()> {
    let payload = id.0.to_string();
    let job = NewJob { kind: kind::FREEZE_CAMPAIGN, payload: &payload, subject: name, total: 0, staff: None, undo_of: None };
    insert(tx, job, now).await.map(drop)
}

/// Opens the job's work.
///
/// # Errors
/// When its payload is none of ours, or the campaign is gone.
pub async fn open(state: &AppState, job: &Job) -> AppResult<Box<dyn Work>> {
    let id: CampaignId = job.payload.parse().map_err(|error: std::num::ParseIntError| crate::server::internal(&error))?;
    let brief = store::get_brief(&state.db, id).await?;
    Ok(Box::new(Freeze { state: state.clone(), id, brief, audience: None }))
}

struct Freeze {
    state: AppState,
    id: CampaignId,
    brief: store::Brief,
    /// By ascending id.
    audience: Option<Vec<i64>>,
}

#[async_trait]
impl Work for Freeze {
    async fn prepare(&mut self) -> AppResult<()> {
        if self.audience.is_none() {
            let found = match resolve(&self.state, &self.brief.audience, self.brief.scope.as_deref()).await {
                // Since it was started, everybody of it has gone, or the rule no longer reads: then nobody gets it.
                Err(AppError::Invalid { message, .. }) => {
                    tracing::warn!(campaign = %self.id, %message, "a campaign has no audience any more");
                    Vec::new()
                }
                found => found?,
            };
            self.audience = Some(found.into_iter().map(|id| id.0).collect());
        }
        Ok(())
    }

    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let audience = self.audience.as_deref().unwrap_or_default();
        let from = audience.partition_point(|id| *id <= job.cursor);
        let ids = &audience[from..(from + size).min(audience.len())];
        if store::lock(tx, self.id).await?.0 == CampaignState::Cancelled {
            return Ok(Step { cursor: job.cursor, done: 0, changed: 0, last: true });
        }
        let terms = Terms::of(&self.state, self.brief.topic, self.brief.scope.as_deref(), now);
        let fates = fates(tx, ids, terms).await?;
        let mut waterfall = Waterfall::default();
        fates.iter().for_each(|(_, fate)| waterfall.add(*fate, 1));
        for ((state, why, variant, next), of) in self.rows(tx, &fates, now).await? {
            write(tx, self.id, &of, Row { state, why, variant, next }, now).await?;
        }
        let last = from + ids.len() >= audience.len();
        count(tx, self.id, waterfall, last).await?;
        if from == 0 || last {
            look_at(tx, "outbox").await?;
        }
        let done = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        Ok(Step { cursor: ids.last().copied().unwrap_or(job.cursor), done, changed: waterfall.gets_it, last })
    }
}

/// State, why, subject and time: customers who share these are written at once.
type Kind = (&'static str, &'static str, i64, Timestamp);

impl Freeze {
    /// The rows that some fates come to. Who has no consent or no address has none.
    async fn rows(&self, tx: &Tx, fates: &[(CustomerId, Fate)], now: Timestamp) -> DbResult<BTreeMap<Kind, Vec<i64>>> {
        let get_it: Vec<CustomerId> = fates.iter().filter(|(_, is)| *is == Fate::GetsIt).map(|(id, _)| *id).collect();
        let zones = match self.brief.own_zones {
            Some(_) => zones::of(tx, &get_it, self.state.zone()).await?,
            None => HashMap::new(),
        };
        let mut rows: BTreeMap<Kind, Vec<i64>> = BTreeMap::new();
        for (id, fate) in fates {
            let kind = match fate {
                Fate::GetsIt => {
                    // In their own time, or at once where that is over.
                    let own = |days: i32| {
                        let at = self.brief.own_zones.zip(zones.get(id));
                        let at = at.map(|(at, zone)| zone.instant_or_after(Day(at.day.0 + days), at.minute));
                        at.unwrap_or(now).max(now)
                    };
                    match self.brief.test.assign(self.id, *id) {
                        Some(variant) => ("queued", "", variant, own(0)),
                        // A day later at the earliest: on the first on which the winner is known ([`super::trial`]).
                        None => ("queued", "", -1, own(1).plus(WITHHELD)),
                    }
                }
                Fate::Suppressed => ("skipped", "mail.why.suppressed", 0, now),
                Fate::Capped => ("skipped", "mail.why.capped", 0, now),
                Fate::NoConsent | Fate::NoAddress => continue,
            };
            rows.entry(kind).or_default().push(id.0);
        }
        Ok(rows)
    }
}

/// What the rows of some customers have in common.
struct Row {
    state: &'static str,
    why: &'static str,
    /// Which subject; -1 for the winner.
    variant: i64,
    /// Not before.
    next: Timestamp,
}

/// Writes a row for each; one that is there stays.
async fn write(tx: &Tx, id: CampaignId, customers: &[i64], row: Row, now: Timestamp) -> DbResult<()> {
    let sql = format!(
        "INSERT INTO outbox (customer_id, campaign_id, recipient, template, locale, data, dedup_key, created_at, next_at, domain, state, why, variant)
         SELECT c.id, $2, '', '', c.locale, '{{}}', $3 || CAST(c.id AS TEXT), $4, $7, {}, $5, $6, $8 FROM customers c WHERE c.id IN ({}) ORDER BY c.id
         ON CONFLICT (dedup_key) DO NOTHING",
        behind_at(tx, "c.email_key"),
        numbers_of_json(tx, "$1")
    );
    let ids = serde_json::Value::from(customers).to_string();
    let Row { state, why, variant, next } = row;
    tx.execute(&sql, args![ids, id, dedup_prefix(id), now, state, why, next, variant]).await.map(drop)
}

fn dedup_prefix(id: CampaignId) -> String {
    format!("campaign:{id}:")
}

/// The key of the one mail that a campaign has for a customer.
#[must_use]
pub fn dedup_key(id: CampaignId, customer: CustomerId) -> String {
    format!("{}{customer}", dedup_prefix(id))
}

async fn count(tx: &Tx, id: CampaignId, more: Waterfall, last: bool) -> DbResult<()> {
    let sql = "UPDATE campaigns SET matched = matched + $2, no_consent = no_consent + $3, suppressed = suppressed + $4, capped = capped + $5,
          no_address = no_address + $6, queued = queued + $7, frozen = frozen OR $8 WHERE id = $1";
    let Waterfall { matched, no_consent, suppressed, capped, no_address, gets_it } = more;
    tx.execute(sql, args![id, matched, no_consent, suppressed, capped, no_address, gets_it, last]).await.map(drop)
}
