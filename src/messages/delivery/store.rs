//! All SQL of workers: who is alive, claiming what is due, giving back what nobody holds any more.

use super::pace::{self, AHEAD, Pace};
use crate::args;
use crate::base::{CampaignId, CustomerId, MailId, Timestamp};
use crate::messages::transport::recipient;
use crate::office::settings::MailSettings;
use crate::server::db::dialect::for_update_skip_locked;
use crate::server::{Args, DbResult, Query, Tx};
use std::collections::HashMap;

/// A worker that was not seen for so long is dead.
pub const LEASE: i64 = 30 * Timestamp::SECOND;
/// What is older tells of nothing that is still so.
pub const STALE: i64 = 7 * Timestamp::DAY;

/// What waits for the winner of a test of subjects has this much added to its `next_at`: so it sorts behind everything else, is due only
/// where that is asked for, and deciding is a write to the campaign alone.
pub const WITHHELD: i64 = 1 << 60;

/// A mail that a worker claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub id: MailId,
    pub customer: Option<CustomerId>,
    pub campaign: Option<CampaignId>,
    /// Empty for those of campaigns: whatever address the customer has by then.
    pub recipient: String,
    pub template: String,
    pub locale: String,
    /// What the template is filled with, as JSON.
    pub data: String,
    /// What it advertises; empty for those of campaigns, which say it themselves, and for what is no advertising.
    pub topic: String,
    /// How often it was handed over before; whoever finds another number there has lost it.
    pub attempts: i64,
    /// Which subject of its campaign: 0 is A, -1 the winner.
    pub variant: i64,
    pub created_at: Timestamp,
    /// It does not go before.
    pub not_before: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    customer_id: Option<i64>,
    campaign_id: Option<i64>,
    recipient: String,
    template: String,
    locale: String,
    data: String,
    topic: String,
    attempts: i64,
    variant: i64,
    created_at: i64,
    domain: String,
}

impl Row {
    fn domain(&self) -> String {
        if self.domain.is_empty() {
            recipient(&self.recipient).map(|(_, domain)| domain).unwrap_or_default()
        } else {
            self.domain.clone()
        }
    }

    fn claimed(self, not_before: Timestamp) -> Claimed {
        Claimed {
            id: MailId(self.id),
            customer: self.customer_id.map(CustomerId),
            campaign: self.campaign_id.map(CampaignId),
            recipient: self.recipient,
            template: self.template,
            locale: self.locale,
            data: self.data,
            topic: self.topic,
            attempts: self.attempts,
            variant: self.variant,
            created_at: Timestamp(self.created_at),
            not_before,
        }
    }
}

const COLUMNS: &str =
    "id, customer_id, campaign_id, recipient, template, locale, data, topic, attempts, variant, created_at, domain";

/// Says that this worker is alive.
///
/// # Errors
/// When the database does not answer.
pub async fn beat(tx: &Tx, worker: &str, now: Timestamp) -> DbResult<()> {
    let sql =
        "INSERT INTO mail_workers (name, seen_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at";
    tx.execute(sql, args![worker, now]).await.map(drop)
}

/// A worker stops: what it claimed and did not hand over is anybody's.
///
/// # Errors
/// When the database does not answer.
pub async fn leave(tx: &Tx, worker: &str) -> DbResult<()> {
    let sql = format!("UPDATE outbox SET state = 'queued', worker = '' WHERE worker = $1 AND state = 'claimed' AND {HELD}");
    tx.execute(&sql, args![worker]).await?;
    let held = format!("SELECT COUNT(*) FROM outbox WHERE worker = $1 AND state = 'handing_over' AND {HELD}");
    if tx.integer(&held, args![worker]).await? == 0 {
        tx.execute("DELETE FROM mail_workers WHERE name = $1", args![worker]).await?;
    }
    Ok(())
}

/// The condition of the index by workers: said beside a narrower one, the database sees that the index serves.
const HELD: &str = "state IN ('claimed', 'handing_over')";

const DEAD: &str = "state IN ('claimed', 'handing_over') AND worker NOT IN (SELECT name FROM mail_workers WHERE seen_at > $1)";

/// Whether [`recover`] would find something; a read.
///
/// # Errors
/// When the database does not answer.
pub async fn is_anything_lost(q: &impl Query, now: Timestamp) -> DbResult<bool> {
    let sql = format!("SELECT CAST(1 AS BIGINT) FROM outbox WHERE {DEAD} LIMIT 1");
    Ok(q.integer(&sql, args![now.plus(-LEASE)]).await? == 1)
}

/// Gives back what dead workers had claimed. What they were handing over is in doubt, or is sent again where `resend` says so; yields
/// how many that are.
///
/// # Errors
/// When the database does not answer.
pub async fn recover(tx: &Tx, resend: bool, now: Timestamp) -> DbResult<u64> {
    let dead = now.plus(-LEASE);
    let back = format!("UPDATE outbox SET state = 'queued', worker = '' WHERE state = 'claimed' AND {DEAD}");
    tx.execute(&back, args![dead]).await?;
    // The name stays: if it is not dead after all, it may still say what came of it.
    let doubt = if resend {
        format!("UPDATE outbox SET state = 'queued', worker = '', next_at = $2 WHERE state = 'handing_over' AND {DEAD}")
    } else {
        format!("UPDATE outbox SET state = 'in_doubt', next_at = $2 WHERE state = 'handing_over' AND {DEAD}")
    };
    let lost = tx.execute(&doubt, args![dead, now]).await?;
    tx.execute("DELETE FROM mail_workers WHERE seen_at < $1", args![now.plus(-Timestamp::DAY)]).await?;
    Ok(lost)
}

/// Whether anything waits to be sent; a read, so that an idle worker never writes.
///
/// # Errors
/// When the database does not answer.
pub async fn is_any_due(q: &impl Query, now: Timestamp) -> DbResult<bool> {
    let sql = "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM outbox WHERE state = 'queued' AND campaign_id IS NULL AND next_at <= $1)
        OR EXISTS (SELECT 1 FROM campaigns c WHERE c.state = 'sending'
          AND (EXISTS (SELECT 1 FROM outbox o WHERE o.campaign_id = c.id AND o.state = 'queued' AND o.next_at <= $1)
            OR c.winner >= 0 AND EXISTS (SELECT 1 FROM outbox o WHERE o.campaign_id = c.id AND o.state = 'queued' AND o.next_at BETWEEN $2 AND $3 - c.rest_later)))";
    Ok(q.integer(sql, args![now, WITHHELD, now.plus(WITHHELD)]).await? == 1)
}

/// Claims up to `wanted` mails that are due: those about one customer first, then those of the campaigns that are being sent, each
/// in its turn.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(tx: &Tx, worker: &str, wanted: usize, settings: &MailSettings, now: Timestamp) -> DbResult<Vec<Claimed>> {
    let until = now.plus(AHEAD);
    let mut all = Pace::new(pace::lock(tx).await?, settings.per_second, now);
    let room = all.room(until, wanted);
    if room == 0 {
        return Ok(Vec::new());
    }
    let mut domains = Domains { known: pace::of_domains(tx, now).await?, paces: HashMap::new(), settings, now, until };
    let mut taken = Vec::new();
    domains.take(due(tx, None, 0, room, until, now).await?, &mut all, &mut taken);
    for (campaign, decided) in sending(tx, now).await? {
        for (held, later) in std::iter::once((0, 0)).chain(decided.map(|later| (WITHHELD, later))) {
            if taken.len() < room {
                let rows = due(tx, Some(campaign), held, room - taken.len(), until, now.plus(-later)).await?;
                domains.take(rows, &mut all, &mut taken);
            }
        }
    }
    if taken.is_empty() {
        return Ok(taken);
    }
    let ids = serde_json::Value::from(taken.iter().map(|mail| mail.id.0).collect::<Vec<_>>()).to_string();
    let sql = format!("UPDATE outbox SET state = 'claimed', worker = $1 WHERE state = 'queued' AND {}", pace::among(tx, "$2"));
    tx.execute(&sql, args![worker, ids]).await?;
    pace::keep(tx, "", all.next()).await?;
    for (domain, pace) in &domains.paces {
        if settings.per_domain_per_second > 0 && !domain.is_empty() {
            pace::keep(tx, domain, pace.next()).await?;
        }
    }
    Ok(taken)
}

/// The moments of each domain, as far as they were looked at.
struct Domains<'a> {
    known: HashMap<String, Timestamp>,
    paces: HashMap<String, Pace>,
    settings: &'a MailSettings,
    now: Timestamp,
    until: Timestamp,
}

impl Domains<'_> {
    /// Takes of `rows` what may go soon.
    fn take(&mut self, rows: Vec<Row>, all: &mut Pace, taken: &mut Vec<Claimed>) {
        for row in rows {
            let domain = row.domain();
            let known = self.known.get(&domain).copied().unwrap_or_default();
            let (per_second, now) = (self.settings.per_domain_per_second, self.now);
            let pace = self.paces.entry(domain).or_insert_with(|| Pace::new(known, per_second, now));
            if pace.room(self.until, 1) == 0 {
                continue;
            }
            let Some(at) = all.take(self.until) else { return };
            let of_domain = pace.take(self.until).unwrap_or(at);
            taken.push(row.claimed(at.max(of_domain)));
        }
    }
}

/// The campaigns that are being sent and, where a test of subjects has a winner, by how much the rest was put off; beginning with another one
/// each time.
async fn sending(tx: &Tx, now: Timestamp) -> DbResult<Vec<(CampaignId, Option<i64>)>> {
    let sql = "SELECT id, winner >= 0, rest_later FROM campaigns WHERE state = 'sending' ORDER BY id";
    let rows: Vec<(i64, bool, i64)> = tx.all(sql, args![]).await?;
    let mut ids: Vec<(CampaignId, Option<i64>)> =
        rows.into_iter().map(|(id, decided, later)| (CampaignId(id), decided.then_some(later))).collect();
    if !ids.is_empty() {
        let first = usize::try_from(now.0.rem_euclid(ids.len() as i64)).unwrap_or(0);
        ids.rotate_left(first);
    }
    Ok(ids)
}

/// What is due of a campaign, or of mails about one customer, and not to a domain that has to wait. `held`: what waited for a winner
/// ([`WITHHELD`]), or 0.
async fn due(
    tx: &Tx,
    campaign: Option<CampaignId>,
    held: i64,
    limit: usize,
    until: Timestamp,
    now: Timestamp,
) -> DbResult<Vec<Row>> {
    let mut args = Args::default();
    let from = args.push(held);
    let now = args.push(now.plus(held));
    let until = args.push(until);
    let limit = args.push(limit);
    let of = match campaign {
        Some(campaign) => format!("campaign_id = ${}", args.push(campaign)),
        None => "campaign_id IS NULL".to_owned(),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM outbox WHERE {of} AND state = 'queued' AND next_at BETWEEN ${from} AND ${now}
           AND domain NOT IN (SELECT domain FROM mail_pace WHERE domain <> '' AND next_at > ${until})
         ORDER BY next_at, id LIMIT ${limit}{}",
        for_update_skip_locked(tx)
    );
    tx.all(&sql, args).await
}
