//! What sending would come to, before somebody confirms it: whom it reaches, when the first and the last mail go.

use super::{Fate, Schedule, SendPlan, store, zones};
use crate::base::{AppError, AppResult, CampaignId, CustomerId, Timestamp};
use crate::messages::composer::service::see;
use crate::messages::composer::sift;
use crate::server::{AppState, Context};

/// Customers whose zone is read at once.
const CHUNK: usize = 5_000;

/// When a campaign begins to be sent. Where it goes by each recipient's clocks it is where a day begins first on earth: then the
/// whole audience is collected.
///
/// # Errors
/// [`AppError::Invalid`] on `schedule` for a time that is over where the shop is, or that its clocks jump over.
pub fn start(state: &AppState, schedule: Schedule, now: Timestamp) -> AppResult<Timestamp> {
    let shops = if schedule.own_zones {
        Some(state.zone().instant_or_after(schedule.day, schedule.minute))
    } else {
        state.zone().instant(schedule.day, schedule.minute)
    };
    let shops = shops.ok_or_else(|| AppError::invalid("schedule", "campaign.schedule_gap"))?;
    if shops <= now {
        return Err(AppError::invalid("schedule", "campaign.schedule_past"));
    }
    Ok(if schedule.own_zones { zones::first().instant_or_after(schedule.day, schedule.minute).min(shops) } else { shops })
}

/// What sending a campaign would come to now, or at a time. An audience of nobody is no error here: the waterfall says so.
///
/// # Errors
/// As [`start`]; [`AppError::Invalid`] on `audience` where a part of it is wrong.
pub async fn plan(ctx: &Context, id: CampaignId, schedule: Option<Schedule>) -> AppResult<SendPlan> {
    see(&ctx.state.db, ctx.scope(), id).await?;
    let (state, now) = (&ctx.state, ctx.state.clock.now());
    let brief = store::get_brief(&state.db, id).await?;
    let begins = schedule.map(|schedule| start(state, schedule, now)).transpose()?;
    let scope = brief.scope.as_deref();
    let counted = sift::count(state, &brief.audience, brief.topic, scope).await?;
    let waterfall = counted.waterfall.ok_or_else(|| AppError::invalid("audience", "campaign.part_wrong"))?;
    let (mut span, mut at_once, mut earliest) = (begins.map(|at| (at, at)), 0, None::<Timestamp>);
    if let Some(own) = schedule.filter(|schedule| schedule.own_zones) {
        span = None;
        let audience = (&brief.audience, brief.topic);
        let ids = sift::who(state, audience, scope, Some(Fate::GetsIt), (CustomerId(0), usize::MAX)).await?;
        for chunk in ids.chunks(CHUNK) {
            for zone in zones::of(&state.db, chunk, state.zone()).await?.into_values() {
                let at = zone.instant_or_after(own.day, own.minute);
                at_once += i64::from(at <= now);
                earliest = Some(earliest.map_or(at, |first| first.min(at)));
                let at = at.max(now);
                span = Some(span.map_or((at, at), |(first, last)| (at.min(first), at.max(last))));
            }
        }
    }
    let zone = state.zone();
    let span = span.map(|(first, last)| (zone.moment(first), zone.moment(last)));
    Ok(SendPlan { waterfall, span, at_once, earliest })
}
