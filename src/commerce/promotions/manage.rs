//! Promotions as staff write them: list, create, change, switch on and off.

use super::form::{
    CheckedPromotion, PromotionChoices, PromotionEdit, PromotionForm, PromotionPage, PromotionQuery, PromotionRow,
};
use super::store::{self, Listed, Written};
use super::{Promotion, PromotionKind};
use crate::base::{AppError, AppResult, Currency, CustomerId, Day, Money, PromotionId, TagId, Timestamp};
use crate::commerce::eligibility::{self, Early, EarlyForm};
use crate::commerce::orders::Clerk;
use crate::commerce::pricing::Benefit;
use crate::office::audit::Change;
use crate::office::audit::store::{Entry, record};
use crate::office::settings::ShopSettings;
use crate::office::settings::zone::Zone;
use crate::server::{DbError, Query, Tx};

/// Promotions on a page.
const PAGE: usize = 50;

/// A page of promotions.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    q: &impl Query,
    settings: &ShopSettings,
    zone: Zone,
    query: &PromotionQuery,
    now: Timestamp,
) -> AppResult<PromotionPage> {
    let mut rows = store::list(q, query, settings.base_currency, PAGE + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let tiers = settings.loyalty.tiers.iter().map(|tier| (tier.code.clone(), tier.name.clone())).collect();
    let choices = PromotionChoices { who: eligibility::choices(q).await?, tiers, base: Some(settings.base_currency) };
    let base = settings.base_currency;
    Ok(PromotionPage { rows: rows.into_iter().map(|listed| row(listed, base, zone, now)).collect(), more, choices })
}

fn row(listed: Listed, base: Currency, zone: Zone, now: Timestamp) -> PromotionRow {
    let Listed { promotion, group, tag, segment, customer, early_tag } = listed;
    let terms = promotion.terms;
    let day = |at: Timestamp| (at.0 > 0).then(|| zone.day(at));
    // The last day ends where the next one begins.
    let ends = (terms.ends.0 > 0).then(|| zone.day(terms.ends.plus(-1)));
    let (starts, early_starts) = (day(terms.starts), day(terms.early_starts));
    let runs = terms.active && terms.starts <= now && (terms.ends.0 == 0 || now < terms.ends);
    let iso = |day: Option<Day>| day.map(Day::iso).unwrap_or_default();
    let number = |number: i64| if number == 0 { String::new() } else { number.to_string() };
    let (kind, value) = match promotion.benefit {
        Benefit::Percent(bp) => (PromotionKind::Percent, Money::new(i64::from(bp), Currency::USD).plain()),
        Benefit::Amount(amount) => (PromotionKind::Amount, amount.plain()),
        Benefit::FreeShipping => (PromotionKind::FreeShipping, String::new()),
    };
    let early_for = terms.early_for;
    let form = PromotionForm {
        code: promotion.code.clone(),
        name: promotion.name.clone(),
        kind,
        value,
        currency: if promotion.minimum.currency == base { String::new() } else { promotion.minimum.currency.to_string() },
        minimum: if promotion.minimum.minor == 0 { String::new() } else { promotion.minimum.plain() },
        starts: iso(starts),
        early_starts: iso(early_starts),
        early: EarlyForm { group: early_for.group, segment: early_for.segment, tag: early_tag.unwrap_or_default() },
        ends: iso(ends),
        limit_total: number(terms.limit_total),
        limit_per_customer: number(terms.limit_per_customer),
        first_order_only: terms.first_order_only,
        group: promotion.eligible.group,
        tag: tag.clone().unwrap_or_default(),
        segment: promotion.eligible.segment,
        tier: promotion.eligible.tier.clone(),
        customer: customer.clone().unwrap_or_default(),
    };
    PromotionRow { promotion, form, starts, early_starts, ends, group, tag, segment, customer, runs }
}

/// Creates or changes a promotion.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be; [`AppError::Conflict`] when somebody else changed it meanwhile;
/// [`AppError::NotFound`].
pub async fn save(tx: &Tx, clerk: &Clerk<'_>, edit: &PromotionEdit) -> AppResult<PromotionId> {
    let customer = customer(tx, &edit.form.customer).await?;
    save_for(tx, clerk, edit, customer).await
}

/// As [`save`], for a customer who is known by id, whatever their email.
///
/// # Errors
/// As [`save`].
pub async fn save_for(tx: &Tx, clerk: &Clerk<'_>, edit: &PromotionEdit, customer: Option<CustomerId>) -> AppResult<PromotionId> {
    let base = clerk.settings.base_currency;
    let checked = edit.form.checked(base)?;
    let before = match edit.id {
        Some((id, version)) => Some(hold(tx, id, version, base).await?),
        None => None,
    };
    if let Some(before) = &before
        && checked.limit_total > 0
        && before.uses > checked.limit_total
    {
        return Err(AppError::invalid("limit_total", "promotions.limit_below_uses"));
    }
    refuse_unknown_tier(clerk, &edit.form.tier, before.as_ref())?;
    let whom = whom(tx, clerk, &edit.form, customer).await?;
    let written = written(clerk, &edit.form, &checked, base, whom);
    let id = match &before {
        Some(before) => store::update(tx, before.id, &written).await.map(|()| before.id),
        None => store::insert(tx, &written, clerk.staff(), clerk.now()).await,
    };
    let id = id.map_err(|error| match error {
        DbError::Unique(_) => AppError::invalid("code", "promotions.code_taken"),
        other => other.into(),
    })?;
    let after = store::find(tx, id, base).await?.ok_or(AppError::NotFound)?;
    let action = if before.is_some() { "promotion.changed" } else { "promotion.created" };
    audit(tx, clerk, id, action, &changes(before.as_ref(), &after)).await?;
    Ok(id)
}

/// Switches a promotion on or off.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn set_active(tx: &Tx, clerk: &Clerk<'_>, id: PromotionId, active: bool) -> AppResult<()> {
    let before = store::find(tx, id, clerk.settings.base_currency).await?.ok_or(AppError::NotFound)?;
    if before.terms.active == active {
        return Ok(());
    }
    store::set_active(tx, id, active).await?;
    let change = Change::of("code", "", before.code);
    let action = if active { "promotion.switched_on" } else { "promotion.switched_off" };
    audit(tx, clerk, id, action, &change.into_iter().collect::<Vec<_>>()).await
}

async fn hold(tx: &Tx, id: PromotionId, version: i64, base: Currency) -> AppResult<Promotion> {
    store::lock(tx, id).await?;
    let promotion = store::find(tx, id, base).await?.ok_or(AppError::NotFound)?;
    if promotion.version != version {
        return Err(AppError::Conflict { message: "promotions.changed".into() });
    }
    Ok(promotion)
}

/// A tier of the settings, or the one that it was for before.
fn refuse_unknown_tier(clerk: &Clerk<'_>, tier: &str, before: Option<&Promotion>) -> AppResult<()> {
    let known = |code: &str| clerk.settings.loyalty.tiers.iter().any(|tier| tier.code == code);
    let stays = before.is_some_and(|before| before.eligible.tier == tier);
    if tier.is_empty() || stays || known(tier) { Ok(()) } else { Err(AppError::invalid("tier", "promotions.tier_gone")) }
}

/// For whom a promotion is, and for whom it opens earlier; all of it is there, and stays.
struct Whom {
    customer: Option<CustomerId>,
    tag: Option<TagId>,
    early_for: Early,
}

async fn whom(tx: &Tx, clerk: &Clerk<'_>, form: &PromotionForm, customer: Option<CustomerId>) -> AppResult<Whom> {
    let EarlyForm { group, segment, tag: early_tag } = &form.early;
    let groups = [("group", form.group), ("early_group", *group)];
    let segments = [("segment", form.segment), ("early_segment", *segment)];
    eligibility::hold(tx, &groups, &segments).await?;
    let named = [("tag", form.tag.as_str()), ("early_tag", early_tag.as_str())];
    let [tag, early_tag] = eligibility::tags(tx, clerk.now(), named).await?;
    Ok(Whom { customer, tag, early_for: Early { group: *group, tag: early_tag, segment: *segment } })
}

async fn customer(tx: &Tx, email: &str) -> AppResult<Option<CustomerId>> {
    if email.trim().is_empty() {
        return Ok(None);
    }
    let found = store::find_customer(tx, email).await?;
    found.map(Some).ok_or_else(|| AppError::invalid("customer", "promotions.customer_unknown"))
}

fn written<'a>(
    clerk: &Clerk<'_>,
    form: &'a PromotionForm,
    checked: &'a CheckedPromotion,
    base: Currency,
    whom: Whom,
) -> Written<'a> {
    let start = |day: Option<Day>| day.map_or(Timestamp(0), |day| clerk.zone.start_of(day));
    let is_amount = matches!(checked.benefit, Benefit::Amount(_));
    let currency =
        if is_amount || checked.minimum.currency != base { checked.minimum.currency.to_string() } else { String::new() };
    Written {
        code: &checked.code,
        name: &checked.name,
        kind: form.kind,
        benefit: checked.benefit,
        currency,
        minimum: checked.minimum.minor,
        starts: start(checked.starts),
        early_starts: start(checked.early_starts),
        ends: start(checked.ends.map(|day| Day(day.0 + 1))),
        limit_total: checked.limit_total,
        limit_per_customer: checked.limit_per_customer,
        first_order_only: form.first_order_only,
        group: form.group,
        tag: whom.tag,
        tier: &form.tier,
        customer: whom.customer,
        segment: form.segment,
        early_for: whom.early_for,
    }
}

fn changes(before: Option<&Promotion>, after: &Promotion) -> Vec<Change> {
    let text = |promotion: &Promotion| {
        let value = match promotion.benefit {
            Benefit::Percent(bp) => format!("{} %", Money::new(i64::from(bp), Currency::USD).plain()),
            Benefit::Amount(amount) => format!("{} {}", amount.plain(), amount.currency),
            Benefit::FreeShipping => "free shipping".to_owned(),
        };
        let day = |at: Timestamp| if at.0 == 0 { String::new() } else { at.rfc3339() };
        let limits = format!("{} / {}", promotion.terms.limit_total, promotion.terms.limit_per_customer);
        [
            ("code", promotion.code.clone()),
            ("name", promotion.name.clone()),
            ("benefit", value),
            ("minimum", format!("{} {}", promotion.minimum.plain(), promotion.minimum.currency)),
            ("starts", day(promotion.terms.starts)),
            ("early_starts", day(promotion.terms.early_starts)),
            ("early_for", promotion.terms.early_for.text()),
            ("ends", day(promotion.terms.ends)),
            ("limits", limits),
            ("first_order_only", promotion.terms.first_order_only.to_string()),
            ("eligible", serde_json::to_string(&promotion.eligible).unwrap_or_default()),
        ]
    };
    let before = before.map(text);
    let of = |(n, (field, after)): (usize, (&str, String))| {
        Change::of(field, before.as_ref().map(|before| before[n].1.clone()).unwrap_or_default(), after)
    };
    text(after).into_iter().enumerate().filter_map(of).collect()
}

async fn audit(tx: &Tx, clerk: &Clerk<'_>, id: PromotionId, action: &str, changes: &[Change]) -> AppResult<()> {
    let entry = Entry { action, entity: "promotion", entity_id: id.0, customer: None, changes };
    Ok(record(tx, &clerk.actor, entry).await?)
}
