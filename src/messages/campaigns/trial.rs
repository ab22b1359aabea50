//! Deciding which subject the rest gets. That is one write of one row, so whatever dies in between, it is decided or it is not, and all
//! that are left get the same subject.
//!
//! Where a campaign goes by each recipient's clocks, the sample is complete when its last zone is, and the rest gets the mail at the same time of
//! the day on the first day on which nobody's clocks have passed it: the rows say the day behind the sample's, and the campaign by how many days more
//! that is put off. Where clocks are changed between these two days, it is an hour earlier or later there.

use super::subject_test::{Tally, WinnerRule, winner};
use super::{CampaignState, SubjectTest, store};
use crate::args;
use crate::base::{AppError, AppResult, CampaignId, Timestamp};
use crate::messages::composer::service::see;
use crate::messages::delivery::store::WITHHELD;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::server::{AppState, Context, DbResult, Query, Tx};

/// Campaigns whose sample is being sent or was, and which have no winner.
async fn list_undecided(q: &impl Query) -> DbResult<Vec<(CampaignId, Timestamp)>> {
    let sql = "SELECT id, decide_at FROM campaigns WHERE state = 'sending' AND frozen AND tested AND winner < 0 ORDER BY id";
    let rows: Vec<(i64, i64)> = q.all(sql, args![]).await?;
    Ok(rows.into_iter().map(|(id, at)| (CampaignId(id), Timestamp(at))).collect())
}

/// Whether mails of the sample are still to be sent.
async fn is_sample_waiting(q: &impl Query, id: CampaignId) -> DbResult<bool> {
    let sql = "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM outbox WHERE campaign_id = $1 AND state = 'queued' AND next_at < $2)
        OR EXISTS (SELECT 1 FROM outbox WHERE campaign_id = $1 AND state IN ('claimed', 'handing_over'))";
    Ok(q.integer(sql, args![id, WITHHELD]).await? == 1)
}

/// What came of each subject in the sample.
///
/// # Errors
/// When the database does not answer.
pub async fn tallies(q: &impl Query, id: CampaignId, subjects: usize) -> DbResult<Vec<Tally>> {
    let sql = "SELECT o.variant, COUNT(*),
          CAST(COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM mail_reactions r WHERE r.mail_id = o.id AND r.times > 0) THEN 1 ELSE 0 END), 0) AS BIGINT),
          CAST(COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM mail_reactions r WHERE r.mail_id = o.id AND r.times > 0 AND r.link_id > 0) THEN 1 ELSE 0 END), 0) AS BIGINT)
        FROM outbox o WHERE o.campaign_id = $1 AND o.state = 'sent' AND o.variant >= 0 GROUP BY o.variant";
    let rows: Vec<(i64, i64, i64, i64)> = q.all(sql, args![id]).await?;
    let mut tallies = vec![Tally::default(); subjects];
    for (variant, sent, opened, clicked) in rows {
        if let Some(tally) = usize::try_from(variant).ok().and_then(|variant| tallies.get_mut(variant)) {
            *tally = Tally { sent, opened, clicked };
        }
    }
    Ok(tallies)
}

/// Begins the waiting time of samples that have left, and decides where it is over; asked by every worker now and then.
///
/// # Errors
/// When the database does not answer.
pub async fn look_after(state: &AppState, now: Timestamp) -> AppResult<()> {
    for (id, decide_at) in list_undecided(&state.db).await? {
        let has_left = decide_at.0 > 0 || !is_sample_waiting(&state.db, id).await?;
        if !has_left || decide_at > now {
            continue;
        }
        let tx = state.db.begin().await?;
        let (is, name) = store::lock(&tx, id).await?;
        // Another server may have been first, or somebody paused it.
        if is == CampaignState::Sending && list_undecided(&tx).await?.contains(&(id, decide_at)) {
            go_on(&tx, id, &name, decide_at, now).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn go_on(tx: &Tx, id: CampaignId, name: &str, decide_at: Timestamp, now: Timestamp) -> AppResult<()> {
    let SubjectTest { rule, wait_hours, others, .. } = store::get_brief(tx, id).await?.test;
    match (decide_at.0, rule) {
        (_, WinnerRule::Hand) => {}
        (0, _) if !is_sample_waiting(tx, id).await? => {
            let at = now.plus(i64::from(wait_hours) * Timestamp::HOUR);
            tx.execute("UPDATE campaigns SET decide_at = $2 WHERE id = $1", args![id, at]).await?;
        }
        (0, _) => {}
        _ => {
            let (best, why) = winner(rule, &tallies(tx, id, others.len() + 1).await?);
            decide(tx, &Actor::system(now), id, name, best, why).await?;
        }
    }
    Ok(())
}

/// Chooses the subject that the rest gets, by hand; also before the waiting time is over.
///
/// # Errors
/// [`AppError::Invalid`] on `winner` for a subject that there is not; [`AppError::Conflict`] where it is decided, or nothing waits for it.
pub async fn choose(ctx: &Context, id: CampaignId, index: usize) -> AppResult<()> {
    see(&ctx.state.db, ctx.scope(), id).await?;
    let tx = ctx.state.db.begin().await?;
    settle(&tx, &ctx.actor(), id, index).await?;
    Ok(tx.commit().await?)
}

/// As [`choose`], in a transaction that is under way.
///
/// # Errors
/// As [`choose`].
pub async fn settle(tx: &Tx, actor: &Actor, id: CampaignId, index: usize) -> AppResult<()> {
    let (state, name) = store::lock(tx, id).await?;
    let test = store::get_brief(tx, id).await?.test;
    let decided = tx.integer("SELECT winner FROM campaigns WHERE id = $1", args![id]).await? >= 0;
    if !test.is_on() || decided || !matches!(state, CampaignState::Sending | CampaignState::Paused) {
        return Err(AppError::Conflict { message: "campaign.not_now".into() });
    }
    let best = i64::try_from(index).ok().filter(|_| index < test.subjects());
    let best = best.ok_or_else(|| AppError::invalid("winner", "campaign.test.no_such"))?;
    decide(tx, actor, id, &name, best, "hand").await
}

async fn decide(tx: &Tx, actor: &Actor, id: CampaignId, name: &str, best: i64, why: &str) -> AppResult<()> {
    let later =
        if store::get_brief(tx, id).await?.own_zones.is_some() { put_off(first_of_rest(tx, id).await?, actor.at) } else { 0 };
    let sql = "UPDATE campaigns SET winner = $2, winner_why = $3, decide_at = $4, updated_at = $4, rest_later = $5 WHERE id = $1 AND winner < 0";
    tx.execute(sql, args![id, best, why, actor.at, later]).await?;
    let letter = super::subject_test::letter(usize::try_from(best).unwrap_or(0)).to_string();
    let changes: Vec<Change> =
        [Change::of("campaign", "", name), Change::of("winner", "", &letter)].into_iter().flatten().collect();
    let entry = Entry { action: "campaign.winner", entity: "campaign", entity_id: id.0, customer: None, changes: &changes };
    Ok(record(tx, actor, entry).await?)
}

/// When the first of the rest would get it by what the rows say; 0 where nobody is left.
async fn first_of_rest(tx: &Tx, id: CampaignId) -> DbResult<Timestamp> {
    let sql = "SELECT COALESCE(MIN(next_at), $2) FROM outbox WHERE campaign_id = $1 AND state = 'queued' AND next_at >= $2";
    Ok(Timestamp(tx.integer(sql, args![id, WITHHELD]).await? - WITHHELD))
}

/// By how much the rest is put off, in whole days: nobody's time may be over.
fn put_off(first: Timestamp, now: Timestamp) -> i64 {
    let over = (now.0 - first.0).max(0);
    if first.0 == 0 { 0 } else { (over + Timestamp::DAY - 1) / Timestamp::DAY * Timestamp::DAY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_put_off_by_whole_days_until_nobodys_time_is_over() {
        let days = |hours: i64| put_off(Timestamp(1_000), Timestamp(1_000).plus(hours * Timestamp::HOUR)) / Timestamp::DAY;
        assert_eq!([-5, 0, 1, 24, 25, 48, 49].map(days), [0, 0, 1, 1, 2, 2, 3]);
        assert_eq!(put_off(Timestamp(0), Timestamp(i64::MAX)), 0);
    }
}
