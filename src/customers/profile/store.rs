//! SQL of the profile: who is visible, what stands above the tabs, who might be the same person. The details' SQL is in
//! [`super::record`].

use super::{Duplicate, LoyaltySummary, PinnedNote, Profile, Summary, TabCounts};
use crate::args;
use crate::base::{AppError, AppResult, BranchId, CustomerId, Day, Money, TagId, Timestamp};
use crate::customers::name::display_name;
use crate::customers::notes;
use crate::customers::tags::TagLabel;
use crate::customers::tags::store::hue;
use crate::office::settings::ShopSettings;
use crate::office::settings::zone::Zone;
use crate::server::db::Value;
use crate::server::{Args, DbResult, Query};
use std::collections::BTreeSet;

/// How often a customer can have been merged into another who was merged in turn; more is a loop.
const MERGES_MAX: usize = 32;

/// The customer of an id, or the survivor where it has been merged away.
///
/// # Errors
/// [`AppError::NotFound`] when there is none, or none of the branches in `scope` (`None` is no limit).
pub async fn get_visible(q: &impl Query, scope: Option<&[BranchId]>, id: CustomerId) -> AppResult<CustomerId> {
    let mut id = id;
    for _ in 0..MERGES_MAX {
        let row: Option<(Option<i64>, Option<i64>)> =
            q.optional("SELECT merged_into_id, branch_id FROM customers WHERE id = $1", args![id]).await?;
        match row {
            Some((Some(survivor), _)) => id = CustomerId(survivor),
            Some((None, branch)) if is_in(scope, branch) => return Ok(id),
            _ => return Err(AppError::NotFound),
        }
    }
    Err(AppError::NotFound)
}

/// Whether a customer of this branch exists for somebody with this scope.
fn is_in(scope: Option<&[BranchId]>, branch: Option<i64>) -> bool {
    scope.is_none_or(|scope| branch.is_some_and(|branch| scope.contains(&BranchId(branch))))
}

#[derive(sqlx::FromRow)]
struct Row {
    merged_into_id: Option<i64>,
    branch_id: Option<i64>,
    first_name: String,
    last_name: String,
    company: String,
    email: String,
    email_confirmed: bool,
    phone: Option<String>,
    phone_key: String,
    account_number: Option<String>,
    date_of_birth: Option<String>,
    account_status: String,
    country: String,
    city: String,
    source: String,
    campaign: Option<String>,
    marketing_email: bool,
    marketing_sms: bool,
    registered_at: i64,
    last_login_at: i64,
    branch: Option<String>,
    group_name: String,
    discount_bp: i64,
    orders_count: i64,
    spent_minor: i64,
    aov_minor: i64,
    visits_count: i64,
    last_order_at: i64,
    last_order_day: i64,
    last_visit_at: Option<i64>,
    placed: i64,
    drafts: i64,
    addresses: i64,
    gift_cards: i64,
    notes: i64,
    credit_minor: i64,
    points: i64,
    tier: Option<String>,
}

/// One row by primary keys, the counts from indexes: what the summary may cost (3 ms) is mostly the way to the database.
const PROFILE: &str = "
    SELECT c.merged_into_id, c.branch_id, c.first_name, c.last_name, c.company, c.email, c.email_confirmed, c.phone, c.phone_key,
      c.account_number,
      c.date_of_birth, c.account_status, c.country, c.city, c.source, c.campaign, c.marketing_email, c.marketing_sms,
      c.registered_at, c.last_login_at, b.name AS branch, g.name AS group_name, g.discount_bp,
      s.orders_count, s.spent_minor, s.aov_minor, s.visits_count, s.last_order_at, s.last_order_day,
      s.credit_minor, s.points, (SELECT m.tier FROM loyalty_members m WHERE m.customer_id = c.id) AS tier,
      (SELECT MAX(v.started_at) FROM visits v WHERE v.customer_id = c.id) AS last_visit_at,
      (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id AND o.status <> 'draft') AS placed,
      (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id AND o.status = 'draft') AS drafts,
      (SELECT COUNT(*) FROM addresses a WHERE a.customer_id = c.id) AS addresses,
      (SELECT COUNT(*) FROM gift_cards k WHERE k.customer_id = c.id) AS gift_cards,
      (SELECT COUNT(*) FROM notes n WHERE n.customer_id = c.id AND n.deleted_at IS NULL) AS notes
    FROM customers c
      JOIN customer_groups g ON g.id = c.pricing_group_id
      JOIN customer_stats s ON s.customer_id = c.id
      LEFT JOIN branches b ON b.id = c.branch_id
    WHERE c.id = $1";

/// What stands above a customer's tabs: of a merged customer, the survivor's.
///
/// # Errors
/// [`AppError::NotFound`] as [`get_visible`].
pub async fn get_profile(
    q: &impl Query,
    scope: Option<&[BranchId]>,
    id: CustomerId,
    settings: &ShopSettings,
    zone: Zone,
    today: Day,
) -> AppResult<Profile> {
    let mut id = id;
    for _ in 0..MERGES_MAX {
        // Hardly anybody was merged: everything is asked for at once, and again where it turns out to be somebody else's.
        let (row, tags, alerts) =
            tokio::try_join!(q.optional::<Row>(PROFILE, args![id]), list_labels(q, id), notes::store::list_pinned(q, id, zone))?;
        match row {
            Some(Row { merged_into_id: Some(survivor), .. }) => id = CustomerId(survivor),
            Some(row) if is_in(scope, row.branch_id) => return Ok(profile(id, row, tags, alerts, settings, zone, today)),
            _ => return Err(AppError::NotFound),
        }
    }
    Err(AppError::NotFound)
}

fn profile(
    id: CustomerId,
    row: Row,
    tags: Vec<TagLabel>,
    alerts: Vec<PinnedNote>,
    settings: &ShopSettings,
    zone: Zone,
    today: Day,
) -> Profile {
    let since = i64::from(today.0) - i64::from(settings.active_days);
    Profile {
        id,
        name: display_name(&row.first_name, &row.last_name, &row.company, &row.email),
        summary: summary(&row, settings, zone),
        company: row.company,
        email: row.email,
        email_confirmed: row.email_confirmed,
        dial: if row.phone_key.is_empty() { String::new() } else { dial(row.phone.as_deref(), &row.phone_key) },
        phone: row.phone,
        account_number: row.account_number,
        date_of_birth: row.date_of_birth.as_deref().and_then(Day::parse),
        blocked: row.account_status == "blocked",
        active: row.orders_count > 0 && row.last_order_day >= since,
        country: row.country,
        city: row.city,
        pricing_group: (row.group_name, row.discount_bp),
        branch: row.branch,
        source: row.source,
        campaign: row.campaign,
        marketing_email: row.marketing_email,
        marketing_sms: row.marketing_sms,
        tags,
        counts: TabCounts {
            orders: row.placed,
            drafts: row.drafts,
            addresses: row.addresses,
            gift_cards: row.gift_cards,
            notes: row.notes,
        },
        alerts,
    }
}

/// What a `tel:` link dials: with a plus where the number has its country code.
fn dial(phone: Option<&str>, key: &str) -> String {
    let typed = phone.unwrap_or_default().trim();
    let national = typed.chars().filter(char::is_ascii_digit).eq(key.chars()) && !typed.starts_with(['+', '0']);
    if national { key.to_owned() } else { format!("+{key}") }
}

fn summary(row: &Row, settings: &ShopSettings, zone: Zone) -> Summary {
    let money = |minor| Money::new(minor, settings.base_currency);
    let tier = |code: &String| settings.loyalty.tier(code).map_or_else(|| code.clone(), |tier| tier.name.clone());
    Summary {
        spent: money(row.spent_minor),
        orders: row.orders_count,
        average: (row.orders_count > 0).then(|| money(row.aov_minor)),
        visits: row.visits_count,
        last_visit: zone.moment_or_never(row.last_visit_at.unwrap_or(0)),
        registered: zone.moment(Timestamp(row.registered_at)),
        last_order: zone.moment_or_never(row.last_order_at),
        last_login: zone.moment_or_never(row.last_login_at),
        credit: money(row.credit_minor),
        credit_enabled: settings.credit.enabled,
        loyalty: row.tier.as_ref().map(|code| LoyaltySummary { points: row.points, tier: tier(code) }),
    }
}

/// What a customer's record says besides the details: where they come from and what they add up to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Figures {
    pub source: String,
    pub campaign: Option<String>,
    pub registered_at: i64,
    pub last_login_at: i64,
    pub orders_count: i64,
    pub spent_minor: i64,
    pub aov_minor: i64,
    pub last_order_at: i64,
    pub last_order_day: i64,
    pub visits_count: i64,
    pub credit_minor: i64,
    pub points: i64,
}

/// # Errors
/// [`AppError::NotFound`].
pub async fn get_figures(q: &impl Query, id: CustomerId) -> AppResult<Figures> {
    q.optional(
        "SELECT c.source, c.campaign, c.registered_at, c.last_login_at, s.orders_count, s.spent_minor, s.aov_minor, s.last_order_at,
           s.last_order_day, s.visits_count, s.credit_minor, s.points
         FROM customers c JOIN customer_stats s ON s.customer_id = c.id WHERE c.id = $1",
        args![id],
    )
    .await?
    .ok_or(AppError::NotFound)
}

/// A customer's tags by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list_labels(q: &impl Query, id: CustomerId) -> DbResult<Vec<TagLabel>> {
    let rows: Vec<(i64, String, Option<i64>)> = q
        .all(
            "SELECT t.id, t.name, t.hue FROM customer_tags ct JOIN tags t ON t.id = ct.tag_id
             WHERE ct.customer_id = $1 AND t.gone_at = 0 ORDER BY t.name_key",
            args![id],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, name, colour)| TagLabel { id: TagId(id), name, hue: hue(colour) }).collect())
}

/// The names of a customer's tags.
///
/// # Errors
/// When the database does not answer.
pub async fn list_tags(q: &impl Query, id: CustomerId) -> DbResult<Vec<String>> {
    Ok(list_labels(q, id).await?.into_iter().map(|tag| tag.name).collect())
}

/// The most of those who have the same email or phone that are pointed out.
const DUPLICATES_MAX: i64 = 5;

/// Visible customers with this email or this phone, those with the email first. Empty keys find nobody.
///
/// # Errors
/// When the database does not answer.
pub async fn find_duplicates(
    q: &impl Query,
    scope: Option<&[BranchId]>,
    email_key: &str,
    phone_keys: &BTreeSet<String>,
) -> DbResult<Vec<Duplicate>> {
    let mut args = args![email_key, DUPLICATES_MAX];
    let phones: Vec<String> = phone_keys.iter().map(|key| format!("${}", args.push(key))).collect();
    let same_phone = if phones.is_empty() {
        String::new()
    } else {
        format!("UNION SELECT id FROM customers WHERE phone_key <> '' AND phone_key IN ({})", phones.join(", "))
    };
    let sql = format!(
        "SELECT c.id, c.first_name, c.last_name, c.company, c.email, s.orders_count,
           CAST(CASE WHEN c.email_key = $1 THEN 1 ELSE 0 END AS BIGINT) AS same_email
         FROM customers c JOIN customer_stats s ON s.customer_id = c.id
         WHERE c.id IN (
             SELECT id FROM customers WHERE email_key = $1 AND $1 <> ''
             {same_phone})
           AND c.merged_into_id IS NULL AND c.anonymised_at IS NULL{}
         ORDER BY same_email DESC, c.id LIMIT $2",
        in_scope(scope, &mut args)
    );
    type Found = (i64, String, String, String, String, i64, i64);
    let rows: Vec<Found> = q.all(&sql, args).await?;
    let duplicate = |(id, first, last, company, email, orders, same_email): Found| Duplicate {
        id: CustomerId(id),
        name: display_name(&first, &last, &company, &email),
        orders,
        same_email: same_email == 1,
    };
    Ok(rows.into_iter().map(duplicate).collect())
}

/// The condition that keeps a query over `customers c` within a scope; adds its binds.
fn in_scope(scope: Option<&[BranchId]>, args: &mut Args) -> String {
    let Some(branches) = scope else { return String::new() };
    let binds: Vec<String> = branches.iter().map(|branch| format!("${}", args.push(Value::from(*branch)))).collect();
    // `IN ()` is no SQL; NULL is in nothing.
    if binds.is_empty() { " AND FALSE".into() } else { format!(" AND c.branch_id IN ({})", binds.join(", ")) }
}
