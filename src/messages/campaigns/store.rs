//! All SQL of campaigns but freezing.

use super::audience::branches;
use super::{
    Audience, CampaignForm, CampaignMail, CampaignMails, CampaignPage, CampaignQuery, CampaignState, CampaignView, MailQuery,
    Progress, Schedule, SubjectTest, TestView, Waterfall, trial,
};
use crate::args;
use crate::base::text::{escape_like, normalise};
use crate::base::{AppError, AppResult, BranchId, CampaignId, CustomerId, Day, MailId, StaffId, Timestamp};
use crate::customers::name::display_name;
use crate::messages::suppression::Topic;
use crate::messages::templates::Layout;
use crate::office::settings::zone::Zone;
use crate::server::db::dialect::{for_update, numbers_of_json};
use crate::server::{Args, DbResult, Query, Tx};

/// Campaigns, and mails of one, on a page.
pub const PAGE: usize = 50;

/// Adds a draft. `scope`: the branches whose customers may get it.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(
    tx: &Tx,
    form: &CampaignForm,
    scope: Option<&[BranchId]>,
    by: Option<StaffId>,
    now: Timestamp,
) -> AppResult<CampaignId> {
    let sql =
        "INSERT INTO campaigns (name, topic, subject, preheader, layout, body, text, audience, subject_test, tested, timing,
          scope, state, created_by, changed_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'draft', $13, $13, $14, $14) RETURNING id";
    let mut args = written(form)?;
    args.push(json(&scope)?);
    args.push(by);
    args.push(now);
    Ok(CampaignId(tx.insert(sql, args).await?))
}

/// Writes a draft anew that was locked.
///
/// # Errors
/// When the database does not answer.
pub async fn update(tx: &Tx, id: CampaignId, form: &CampaignForm, by: Option<StaffId>, now: Timestamp) -> AppResult<()> {
    let sql = "UPDATE campaigns SET name = $1, topic = $2, subject = $3, preheader = $4, layout = $5, body = $6, text = $7, audience = $8,
          subject_test = $9, tested = $10, timing = $11, changed_by = $13, updated_at = $14, version = version + 1 WHERE id = $12";
    let mut args = written(form)?;
    args.push(id);
    args.push(by);
    args.push(now);
    Ok(tx.execute(sql, args).await.map(drop)?)
}

/// Binds `$1` to `$11`.
fn written(form: &CampaignForm) -> AppResult<Args> {
    let CampaignForm { name, topic, subject, preheader, layout, body, text, audience, test, timing } = form;
    let (audience, tested, test, timing) = (json(audience)?, test.is_on(), json(test)?, json(timing)?);
    Ok(args![
        name.trim(),
        topic.code(),
        subject.trim(),
        preheader.trim(),
        layout.code(),
        body,
        text,
        audience,
        test,
        tested,
        timing
    ])
}

fn json<T: serde::Serialize>(of: &T) -> AppResult<String> {
    serde_json::to_string(of).map_err(|error| crate::server::internal(&error))
}

/// Whom a campaign is for, about what, and of which branches.
#[derive(Clone, Debug)]
pub struct Brief {
    pub audience: Audience,
    pub scope: Option<Vec<BranchId>>,
    pub topic: Topic,
    pub state: CampaignState,
    pub test: SubjectTest,
    /// Where it goes by each recipient's clocks.
    pub own_zones: Option<Schedule>,
}

/// # Errors
/// [`AppError::NotFound`].
pub async fn get_brief(q: &impl Query, id: CampaignId) -> AppResult<Brief> {
    let sql = "SELECT audience, scope, topic, state, subject_test, own_zones, local_day, local_minute FROM campaigns
        WHERE id = $1 AND deleted_at = 0";
    let row: Option<(String, String, String, String, String, bool, i64, i64)> = q.optional(sql, args![id]).await?;
    let (audience, scope, topic, state, test, own_zones, day, minute) = row.ok_or(AppError::NotFound)?;
    let unread = |error: serde_json::Error| crate::server::internal(&error);
    Ok(Brief {
        audience: serde_json::from_str(&audience).map_err(unread)?,
        scope: serde_json::from_str(&scope).map_err(unread)?,
        topic: Topic::parse(&topic).ok_or(AppError::NotFound)?,
        state: CampaignState::parse(&state).ok_or(AppError::NotFound)?,
        test: serde_json::from_str(&test).map_err(unread)?,
        own_zones: schedule(own_zones, day, minute),
    })
}

fn schedule(own_zones: bool, day: i64, minute: i64) -> Option<Schedule> {
    let (day, minute) = (i32::try_from(day).ok()?, u16::try_from(minute).ok()?);
    own_zones.then_some(Schedule { day: Day(day), minute, own_zones })
}

/// Locks a campaign; where it stands.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn lock(tx: &Tx, id: CampaignId) -> AppResult<(CampaignState, String)> {
    let sql = format!("SELECT state, name FROM campaigns WHERE id = $1 AND deleted_at = 0{}", for_update(tx));
    let row: Option<(String, String)> = tx.optional(&sql, args![id]).await?;
    let (state, name) = row.ok_or(AppError::NotFound)?;
    Ok((CampaignState::parse(&state).ok_or(AppError::NotFound)?, name))
}

/// Moves a campaign that was locked to another state. Resuming forgets why it was paused.
///
/// # Errors
/// When the database does not answer.
pub async fn enter(tx: &Tx, id: CampaignId, state: CampaignState, now: Timestamp) -> DbResult<()> {
    let sql = "UPDATE campaigns SET state = $2, paused_why = '', refused_in_a_row = 0, updated_at = $3, version = version + 1,
          started_at = CASE WHEN started_at = 0 AND $4 THEN $3 ELSE started_at END,
          finished_at = CASE WHEN $5 THEN $3 ELSE finished_at END WHERE id = $1";
    let (starts, ends) = (state == CampaignState::Sending, state.is_over());
    tx.execute(sql, args![id, state.code(), now, starts, ends]).await.map(drop)
}

/// Sets when a campaign begins to be sent (0: not by itself), and by whose clocks.
///
/// # Errors
/// When the database does not answer.
pub async fn set_schedule(tx: &Tx, id: CampaignId, at: Timestamp, by: Option<Schedule>) -> DbResult<()> {
    let sql = "UPDATE campaigns SET scheduled_at = $2, own_zones = $3, local_day = $4, local_minute = $5 WHERE id = $1";
    let (day, minute) = by.map_or((0, 0), |by| (by.day.0, i64::from(by.minute)));
    tx.execute(sql, args![id, at, by.is_some_and(|by| by.own_zones), day, minute]).await.map(drop)
}

/// Scheduled campaigns whose time has come.
///
/// # Errors
/// When the database does not answer.
pub async fn list_due(q: &impl Query, now: Timestamp) -> DbResult<Vec<CampaignId>> {
    let sql = "SELECT id FROM campaigns WHERE state = 'scheduled' AND scheduled_at <= $1 ORDER BY id";
    let rows: Vec<(i64,)> = q.all(sql, args![now]).await?;
    Ok(rows.into_iter().map(|(id,)| CampaignId(id)).collect())
}

/// Campaigns that are being sent and have nothing left to send.
///
/// # Errors
/// When the database does not answer.
pub async fn list_done(q: &impl Query) -> DbResult<Vec<CampaignId>> {
    let sql = "SELECT c.id FROM campaigns c WHERE c.state = 'sending' AND c.frozen AND NOT EXISTS
        (SELECT 1 FROM outbox o WHERE o.campaign_id = c.id AND o.state IN ('queued', 'claimed', 'handing_over')) ORDER BY c.id";
    let rows: Vec<(i64,)> = q.all(sql, args![]).await?;
    Ok(rows.into_iter().map(|(id,)| CampaignId(id)).collect())
}

/// How far a campaign is.
///
/// # Errors
/// When the database does not answer.
pub async fn progress(q: &impl Query, id: CampaignId) -> DbResult<Progress> {
    let rows: Vec<(String, i64)> =
        q.all("SELECT state, COUNT(*) FROM outbox WHERE campaign_id = $1 GROUP BY state", args![id]).await?;
    let mut progress = Progress::default();
    for (state, count) in rows {
        match state.as_str() {
            "queued" | "claimed" => progress.queued += count,
            "handing_over" => progress.handing_over = count,
            "sent" => progress.sent = count,
            "failed" => progress.failed = count,
            "skipped" => progress.skipped = count,
            _ => progress.in_doubt = count,
        }
    }
    Ok(progress)
}

#[derive(sqlx::FromRow)]
struct ViewRow {
    id: i64,
    version: i64,
    name: String,
    topic: String,
    subject: String,
    state: String,
    paused_why: String,
    frozen: bool,
    matched: i64,
    no_consent: i64,
    suppressed: i64,
    capped: i64,
    no_address: i64,
    queued: i64,
    scheduled_at: i64,
    started_at: i64,
    finished_at: i64,
    subject_test: String,
    winner: i64,
    winner_why: String,
    decide_at: i64,
    own_zones: bool,
    local_day: i64,
    local_minute: i64,
    rest_later: i64,
    updated_at: i64,
    by: Option<String>,
}

const VIEW: &str =
    "SELECT c.id, c.version, c.name, c.topic, c.subject, c.state, c.paused_why, c.frozen, c.matched, c.no_consent, c.suppressed,
      c.capped, c.no_address, c.queued, c.scheduled_at, c.started_at, c.finished_at,
      c.subject_test, c.winner, c.winner_why, c.decide_at, c.own_zones, c.local_day, c.local_minute, c.rest_later, c.updated_at, s.name AS by
    FROM campaigns c LEFT JOIN staff s ON s.id = c.created_by";

fn view(row: ViewRow, progress: Progress, zone: Zone) -> CampaignView {
    let test: SubjectTest = serde_json::from_str(&row.subject_test).unwrap_or_default();
    let own_zones = schedule(row.own_zones, row.local_day, row.local_minute);
    let test = test.is_on().then(|| TestView {
        rest: own_zones.filter(|_| row.winner >= 0).map(|sample| sample.of_rest(row.rest_later)),
        subjects: std::iter::once(&row.subject).chain(&test.others).map(|subject| subject.trim().to_owned()).collect(),
        test,
        tallies: Vec::new(),
        winner: usize::try_from(row.winner).ok(),
        why: row.winner_why,
        decides: zone.moment_or_never(row.decide_at),
    });
    CampaignView {
        id: CampaignId(row.id),
        version: row.version,
        name: row.name,
        topic: Topic::parse(&row.topic).unwrap_or(Topic::Newsletter),
        subject: row.subject,
        state: CampaignState::parse(&row.state).unwrap_or(CampaignState::Cancelled),
        paused_why: row.paused_why,
        frozen: row.frozen,
        waterfall: Waterfall {
            matched: row.matched,
            no_consent: row.no_consent,
            suppressed: row.suppressed,
            capped: row.capped,
            no_address: row.no_address,
            gets_it: row.queued,
        },
        progress,
        pulse: 0,
        scheduled: zone.moment_or_never(row.scheduled_at),
        own_zones,
        test,
        started: zone.moment_or_never(row.started_at),
        finished: zone.moment_or_never(row.finished_at),
        changed: zone.moment(Timestamp(row.updated_at)),
        by: row.by.unwrap_or_default(),
    }
}

/// # Errors
/// [`AppError::NotFound`].
pub async fn get_view(q: &impl Query, id: CampaignId, zone: Zone) -> AppResult<CampaignView> {
    let row: Option<ViewRow> = q.optional(&format!("{VIEW} WHERE c.id = $1 AND c.deleted_at = 0"), args![id]).await?;
    let mut view = view(row.ok_or(AppError::NotFound)?, progress(q, id).await?, zone);
    let sql = "SELECT COUNT(*) + CAST(COALESCE(SUM(times), 0) AS BIGINT) FROM mail_reactions WHERE campaign_id = $1";
    view.pulse = q.integer(sql, args![id]).await?;
    if let Some(test) = &mut view.test {
        test.tallies = trial::tallies(q, id, test.subjects.len()).await?;
    }
    Ok(view)
}

/// The condition of the campaigns `c` that are there for a member of some branches: those for their branches, or for fewer.
fn visible(q: &impl Query, scope: Option<&[BranchId]>, args: &mut Args) -> String {
    let Some(branches) = scope else { return String::new() };
    let own = args.push(serde_json::to_string(branches).unwrap_or_else(|_| "[]".into()));
    let (its, own) = (numbers_of_json(q, "c.scope"), numbers_of_json(q, &format!("${own}")));
    format!(" AND CASE WHEN c.scope = 'null' THEN FALSE ELSE NOT EXISTS ({its} EXCEPT {own}) END")
}

/// Of these campaigns those that are there for a member of some branches.
///
/// # Errors
/// When the database does not answer.
pub async fn seen(q: &impl Query, scope: Option<&[BranchId]>, ids: &[CampaignId]) -> DbResult<Vec<CampaignId>> {
    let mut args = args![serde_json::to_string(ids).unwrap_or_else(|_| "[]".into())];
    let visible = visible(q, scope, &mut args);
    let sql = format!("SELECT c.id FROM campaigns c WHERE c.id IN ({}){visible} ORDER BY c.id", numbers_of_json(q, "$1"));
    let rows: Vec<(i64,)> = q.all(&sql, args).await?;
    Ok(rows.into_iter().map(|(id,)| CampaignId(id)).collect())
}

/// The newest campaigns that a query wants and that are there for a member of some branches, without how far they are.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, query: &CampaignQuery, scope: Option<&[BranchId]>, zone: Zone) -> DbResult<CampaignPage> {
    let mut args = args![query.before.map_or(i64::MAX, |id| id.0), PAGE + 1];
    let mut wanted = visible(q, scope, &mut args);
    if let Some(state) = query.state {
        wanted.push_str(&format!(" AND c.state = ${}", args.push(state.code())));
    }
    if !query.text.is_empty() {
        let found = args.push(find(q, &query.text).await?);
        wanted.push_str(&format!(" AND c.id IN ({})", numbers_of_json(q, &format!("${found}"))));
    }
    let sql = format!("{VIEW} WHERE c.id < $1 AND c.deleted_at = 0{wanted} ORDER BY c.id DESC LIMIT $2");
    let mut rows: Vec<ViewRow> = q.all(&sql, args).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    Ok(CampaignPage { rows: rows.into_iter().map(|row| view(row, Progress::default(), zone)).collect(), more })
}

/// The campaigns whose name or subject has a text in it, in whatever case and accents, as JSON. There are not many campaigns, and SQLite
/// knows only the case of English letters.
async fn find(q: &impl Query, text: &str) -> DbResult<String> {
    let all: Vec<(i64, String, String)> = q.all("SELECT id, name, subject FROM campaigns WHERE deleted_at = 0", args![]).await?;
    let text = normalise(text);
    let has = |field: &str| normalise(field).contains(&text);
    let found: Vec<i64> = all.into_iter().filter(|(_, name, subject)| has(name) || has(subject)).map(|(id, ..)| id).collect();
    Ok(serde_json::to_string(&found).unwrap_or_else(|_| "[]".into()))
}

/// Decides about the mails of a campaign that are in doubt: sent again, or not.
///
/// # Errors
/// When the database does not answer.
pub async fn decide_doubts(tx: &Tx, id: CampaignId, again: bool, now: Timestamp) -> DbResult<u64> {
    let sql = if again {
        "UPDATE outbox SET state = 'queued', worker = '', next_at = $2 WHERE campaign_id = $1 AND state = 'in_doubt'"
    } else {
        "UPDATE outbox SET state = 'failed', worker = '', next_at = $2, why = 'mail.why.in_doubt' WHERE campaign_id = $1 AND state = 'in_doubt'"
    };
    tx.execute(sql, args![id, now]).await
}

/// What is written of a campaign, and in which version.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_form(q: &impl Query, id: CampaignId) -> AppResult<(i64, CampaignForm)> {
    let sql = "SELECT version, name, topic, subject, preheader, layout, body, text, audience, subject_test, timing FROM campaigns
        WHERE id = $1 AND deleted_at = 0";
    let row: Option<(i64, String, String, String, String, String, String, String, String, String, String)> =
        q.optional(sql, args![id]).await?;
    let (version, name, topic, subject, preheader, layout, body, text, audience, test, timing) = row.ok_or(AppError::NotFound)?;
    let audience = serde_json::from_str(&audience).map_err(|error| crate::server::internal(&error))?;
    let test = serde_json::from_str(&test).map_err(|error| crate::server::internal(&error))?;
    // Of before there was one there is nothing.
    let timing = serde_json::from_str(&timing).unwrap_or_default();
    let topic = Topic::parse(&topic).unwrap_or(Topic::Newsletter);
    let layout = Layout::parse(&layout).unwrap_or_default();
    Ok((version, CampaignForm { name, topic, subject, preheader, layout, body, text, audience, test, timing }))
}

#[derive(sqlx::FromRow)]
struct MailRow {
    id: i64,
    customer_id: i64,
    first_name: String,
    last_name: String,
    company: String,
    email: String,
    state: String,
    why: String,
    answer: String,
    handed_at: i64,
    variant: i64,
    opens: i64,
    clicks: i64,
}

/// Recipients who did something, and the condition that they did.
const WHO_DID: [(&str, &str); 4] = [
    ("opened", "EXISTS (SELECT 1 FROM mail_reactions r WHERE r.mail_id = o.id AND r.times > 0)"),
    ("clicked", "EXISTS (SELECT 1 FROM mail_reactions r WHERE r.mail_id = o.id AND r.times > 0 AND r.link_id > 0)"),
    (
        "machine",
        "EXISTS (SELECT 1 FROM mail_reactions r WHERE r.mail_id = o.id)
           AND NOT EXISTS (SELECT 1 FROM mail_reactions r WHERE r.mail_id = o.id AND r.times > 0)",
    ),
    (
        "ordered",
        "EXISTS (SELECT 1 FROM orders x JOIN campaign_orders a ON a.order_id = x.id
           WHERE x.customer_id = o.customer_id AND x.status = 'placed' AND a.campaign_id = o.campaign_id)",
    ),
];

/// A page of the mails of a campaign, to customers who exist for `scope`.
///
/// # Errors
/// When the database does not answer.
pub async fn list_mails(
    q: &impl Query,
    id: CampaignId,
    query: &MailQuery,
    scope: Option<&[BranchId]>,
    limit: usize,
    zone: Zone,
) -> AppResult<CampaignMails> {
    let mut args = args![id, query.after.map_or(0, |after| after.0), limit + 1];
    let state = match query.state.as_str() {
        "queued" => " AND o.state IN ('queued', 'claimed', 'handing_over')".to_owned(),
        known @ ("sent" | "failed" | "skipped" | "in_doubt") => format!(" AND o.state = ${}", args.push(known)),
        kind @ ("unsubscribed" | "bounced" | "complained") => {
            format!(" AND EXISTS (SELECT 1 FROM mail_events e WHERE e.mail_id = o.id AND e.kind = ${})", args.push(kind))
        }
        other => WHO_DID.iter().find(|(did, _)| *did == other).map(|(_, sql)| format!(" AND {sql}")).unwrap_or_default(),
    };
    let search = query.search.trim().to_lowercase();
    let search = if search.is_empty() {
        String::new()
    } else {
        format!(" AND c.email_key LIKE ${} ESCAPE '\\'", args.push(format!("{}%", escape_like(&search))))
    };
    let branches = branches(q, scope, &mut args);
    let sql = format!(
        "SELECT o.id, c.id AS customer_id, c.first_name, c.last_name, c.company, CASE WHEN o.recipient = '' THEN c.email ELSE o.recipient END AS email,
           o.state, o.why, o.answer, o.handed_at, CASE WHEN o.variant < 0 THEN p.winner ELSE o.variant END AS variant,
           COALESCE((SELECT r.times FROM mail_reactions r WHERE r.mail_id = o.id AND r.link_id = 0), 0) AS opens,
           CAST(COALESCE((SELECT SUM(r.times) FROM mail_reactions r WHERE r.mail_id = o.id AND r.link_id > 0), 0) AS BIGINT) AS clicks
         FROM outbox o JOIN customers c ON c.id = o.customer_id JOIN campaigns p ON p.id = o.campaign_id
         WHERE o.campaign_id = $1 AND o.id > $2{state}{search}{branches} ORDER BY o.id LIMIT $3"
    );
    let mut rows: Vec<MailRow> = q.all(&sql, args).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let mail = |row: MailRow| CampaignMail {
        id: MailId(row.id),
        customer: CustomerId(row.customer_id),
        name: display_name(&row.first_name, &row.last_name, &row.company, &row.email),
        email: row.email,
        state: if row.state == "claimed" { "queued".into() } else { row.state },
        why: row.why,
        answer: row.answer,
        handed: zone.moment_or_never(row.handed_at),
        variant: usize::try_from(row.variant).unwrap_or(0),
        opens: row.opens,
        clicks: row.clicks,
    };
    Ok(CampaignMails { mails: rows.into_iter().map(mail).collect(), more })
}
