//! Use cases of the settings.

use super::section::merge;
use super::store::{self, rows, save};
use super::zone::Zone;
use super::{Form, SettingsView, ShopForm, ShopSettings, ThresholdForm, days};
use crate::base::i18n::LOCALES;
use crate::base::{AppError, AppResult};
use crate::commerce::loyalty;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::jobs;
use crate::server::db::dialect;
use crate::server::{AppState, Context, Tx};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Settings that another server changed are in force here after so long.
const RELOAD_EVERY: Duration = Duration::from_secs(10);

/// Reads the settings again and again until `stop`.
pub async fn follow(state: AppState, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RELOAD_EVERY) => {}
        }
        if let Err(error) = state.reload_settings().await {
            tracing::warn!(%error, "the settings could not be read again");
        }
    }
}

/// What the settings page shows.
///
/// # Errors
/// When the database does not answer.
pub async fn view(state: &AppState) -> AppResult<SettingsView> {
    Ok(SettingsView {
        settings: store::load(&state.db).await?,
        currency_fixed: store::is_currency_fixed(&state.db).await?,
        zones: Zone::names().into_iter().map(str::to_owned).collect(),
        languages: LOCALES.iter().map(|(code, name, _)| ((*code).to_owned(), (*name).to_owned())).collect(),
        rebuild: jobs::store::find_unfinished(&state.db, jobs::kind::REBUILD_DAYS).await?,
    })
}

/// Serialises everybody who saves settings, so that each sees what the one before has saved.
const SETTINGS_LOCK: i64 = 0x0004;

/// Saves the section Shop, edited from `base`; what others changed meanwhile stays. A new time zone starts the job that moves
/// everything to its days.
///
/// # Errors
/// [`AppError::Invalid`] on the first field that cannot be, or on `base_currency` once there are orders;
/// [`AppError::Conflict`] where somebody else changed the same field.
pub async fn save_shop(ctx: &Context, form: &ShopForm, base: &ShopForm) -> AppResult<()> {
    if Zone::parse(&form.time_zone).is_none() {
        return Err(AppError::invalid("time_zone", "settings.zone_invalid"));
    }
    if !LOCALES.iter().any(|(code, _, _)| *code == form.locale) {
        return Err(AppError::invalid("locale", "settings.language_invalid"));
    }
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    dialect::advisory_lock(&tx, SETTINGS_LOCK).await?;
    let before = store::load(&tx).await?;
    let after = merge(form, base, &ShopForm::of(&before))?.apply(&before)?;
    if after.base_currency != before.base_currency && store::is_currency_fixed(&tx).await? {
        return Err(AppError::invalid("base_currency", "settings.currency_fixed"));
    }
    write(&tx, &before, &after, &actor).await?;
    if after.time_zone != before.time_zone {
        days::enqueue(&tx, &after.time_zone, ctx.staff.id, actor.at).await?;
    }
    commit(ctx, tx).await
}

/// Saves the section Customers, as [`save_shop`].
///
/// # Errors
/// [`AppError::Invalid`] on the first field that cannot be; [`AppError::Conflict`] as there.
pub async fn save_thresholds(ctx: &Context, form: &ThresholdForm, base: &ThresholdForm) -> AppResult<()> {
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    dialect::advisory_lock(&tx, SETTINGS_LOCK).await?;
    let before = store::load(&tx).await?;
    let after = merge(form, base, &ThresholdForm::of(&before))?.apply(&before)?;
    write(&tx, &before, &after, &actor).await?;
    commit(ctx, tx).await
}

/// Saves any other section, as [`save_shop`]. Other tiers than before are given to their members at once.
///
/// # Errors
/// As [`save_thresholds`].
pub async fn save_form<F: Form>(ctx: &Context, form: &F, base: &F) -> AppResult<()> {
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    dialect::advisory_lock(&tx, SETTINGS_LOCK).await?;
    let before = store::load(&tx).await?;
    let after = merge(form, base, &F::of(&before))?.apply(&before)?;
    write(&tx, &before, &after, &actor).await?;
    if after.loyalty.tiers != before.loyalty.tiers {
        loyalty::store::assign_tiers(&tx, &after.loyalty).await?;
    }
    commit(ctx, tx).await
}

/// Writes what differs, and so does the audit log.
async fn write(tx: &Tx, before: &ShopSettings, after: &ShopSettings, actor: &Actor) -> AppResult<()> {
    let mut changes = Vec::new();
    for ((key, old), (_, new)) in rows(before).into_iter().zip(rows(after)) {
        if let Some(change) = Change::of(&key, old.trim_matches('"'), new.trim_matches('"')) {
            save(tx, &key, &new, actor.staff, actor.at).await?;
            changes.push(change);
        }
    }
    if !changes.is_empty() {
        let entry = Entry { action: "settings.changed", entity: "settings", entity_id: 0, customer: None, changes: &changes };
        record(tx, actor, entry).await?;
    }
    Ok(())
}

/// Makes it permanent and in force.
async fn commit(ctx: &Context, tx: Tx) -> AppResult<()> {
    tx.commit().await?;
    ctx.state.reload_settings().await?;
    ctx.state.job_added.notify_one();
    Ok(())
}
