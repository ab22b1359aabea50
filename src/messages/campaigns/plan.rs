//! What sending would come to, before somebody confirms it: whom it reaches, when the first and the last mail go.

use super::audience::{Fate, Terms, fates, resolve};
use super::{Schedule, SendPlan, Waterfall, store, zones};
use crate::base::{AppError, AppResult, CampaignId, Timestamp};
use crate::messages::composer::service::see;
use crate::server::{AppState, Context};

/// Customers whose fate is read at once.
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
/// As [`start`]; [`AppError::Invalid`] on `audience` for a rule that does not read.
pub async fn plan(ctx: &Context, id: CampaignId, schedule: Option<Schedule>) -> AppResult<SendPlan> {
    see(ctx, id).await?;
    let (state, now) = (&ctx.state, ctx.state.clock.now());
    let brief = store::get_brief(&state.db, id).await?;
    let begins = schedule.map(|schedule| start(state, schedule, now)).transpose()?;
    let audience = match resolve(state, &brief.audience, brief.scope.as_deref()).await {
        Err(AppError::Invalid { message, .. }) if message == "campaign.nobody" => Vec::new(),
        found => found?,
    };
    let terms = Terms::of(state, brief.topic, brief.scope.as_deref(), now);
    let (mut waterfall, mut sample, mut at_once) = (Waterfall::default(), 0, 0);
    let mut span = begins.map(|at| (at, at));
    let own = schedule.filter(|schedule| schedule.own_zones);
    if own.is_some() {
        span = None;
    }
    let ids: Vec<i64> = audience.into_iter().map(|id| id.0).collect();
    for chunk in ids.chunks(CHUNK) {
        let fates = fates(&state.db, chunk, terms).await?;
        waterfall.add(&fates);
        let get_it: Vec<_> = fates.iter().filter(|(_, fate)| *fate == Fate::GetsIt).map(|(id, _)| *id).collect();
        sample += get_it.iter().filter(|customer| brief.test.is_on() && brief.test.assign(id, **customer).is_some()).count();
        let Some(own) = own else { continue };
        for zone in zones::of(&state.db, &get_it, state.zone()).await?.into_values() {
            let at = zone.instant_or_after(own.day, own.minute);
            at_once += i64::from(at <= now);
            let at = at.max(now);
            span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        }
    }
    let zone = state.zone();
    let span = span.map(|(first, last)| (zone.moment(first), zone.moment(last)));
    Ok(SendPlan { waterfall, sample: i64::try_from(sample).unwrap_or(i64::MAX), span, at_once })
}
