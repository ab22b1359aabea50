//! All SQL of reports.

use super::report::{Figures, LinkFigures, Report};
use super::store;
use crate::args;
use crate::base::{AppResult, CampaignId, Money};
use crate::messages::composer::service::see;
use crate::messages::reactions::store::PICTURE;
use crate::server::db::dialect::numbers_of_json;
use crate::server::{Context, DbResult, Query, Viewer};
use std::collections::HashMap;

/// The report of a campaign: of all who got it, whoever asks; only who they are depends on branches.
///
/// # Errors
/// [`crate::base::AppError::NotFound`].
pub async fn report(ctx: Viewer<'_>, id: CampaignId) -> AppResult<Report> {
    let (db, settings) = (&ctx.state.db, ctx.state.settings());
    see(db, ctx.scope(), id).await?;
    let view = store::get_view(db, id, ctx.state.zone()).await?;
    let figures = of(db, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(Report {
        figures,
        revenue: Money::new(figures.revenue_minor, settings.base_currency),
        links: links(db, id).await?,
        test: view.test,
        follows: settings.mail.follow,
        days: settings.mail.attribution_days,
        opens_count: settings.mail.attribute_opens,
    })
}

/// The figures of the campaigns of a page, with their revenue in the base currency.
///
/// # Errors
/// When the database does not answer.
pub async fn of_page(ctx: &Context, ids: &[CampaignId]) -> AppResult<Vec<(CampaignId, Figures, Money)>> {
    let currency = ctx.state.settings().base_currency;
    let ids = store::seen(&ctx.state.db, ctx.scope(), &ids[..ids.len().min(store::PAGE)]).await?;
    let figures = of(&ctx.state.db, &ids).await?;
    Ok(figures.into_iter().map(|(id, figures)| (id, figures, Money::new(figures.revenue_minor, currency))).collect())
}

/// The figures of some campaigns.
///
/// # Errors
/// When the database does not answer.
pub async fn of(q: &impl Query, ids: &[CampaignId]) -> DbResult<HashMap<CampaignId, Figures>> {
    let json = serde_json::Value::from(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
    let these = numbers_of_json(q, "$1");
    let mut all: HashMap<CampaignId, Figures> = HashMap::new();
    let sql = format!(
        "SELECT campaign_id, COUNT(*) FROM outbox WHERE campaign_id IN ({these}) AND state = 'sent' GROUP BY campaign_id"
    );
    let rows: Vec<(i64, i64)> = q.all(&sql, args![json.as_str()]).await?;
    for (id, sent) in rows {
        all.entry(CampaignId(id)).or_default().sent = sent;
    }
    for (id, Reacted { opened, clicked, machines }) in reacted(q, &json).await? {
        let figures = all.entry(id).or_default();
        (figures.opened, figures.clicked, figures.machines) = (opened, clicked, machines);
    }
    let sql = format!(
        "SELECT o.campaign_id, e.kind, COUNT(*) FROM mail_events e JOIN outbox o ON o.id = e.mail_id
         WHERE o.campaign_id IN ({these}) AND o.state = 'sent' GROUP BY o.campaign_id, e.kind"
    );
    let rows: Vec<(i64, String, i64)> = q.all(&sql, args![json.as_str()]).await?;
    for (id, kind, count) in rows {
        let figures = all.entry(CampaignId(id)).or_default();
        match kind.as_str() {
            "bounced" => figures.bounced = count,
            "unsubscribed" => figures.unsubscribed = count,
            "complained" => figures.complained = count,
            // It may still arrive.
            _ => {}
        }
    }
    let sql = format!(
        "SELECT a.campaign_id, COUNT(*), CAST(SUM(o.base_total_minor - o.base_gift_cards_minor - o.base_refunded_minor) AS BIGINT)
         FROM campaign_orders a JOIN orders o ON o.id = a.order_id
         WHERE a.campaign_id IN ({these}) AND o.status = 'placed' GROUP BY a.campaign_id"
    );
    let rows: Vec<(i64, i64, i64)> = q.all(&sql, args![json.as_str()]).await?;
    for (id, orders, revenue_minor) in rows {
        let figures = all.entry(CampaignId(id)).or_default();
        (figures.orders, figures.revenue_minor) = (orders, revenue_minor);
    }
    Ok(all)
}

/// Mails that people opened, that they clicked, and that only machines did anything with.
#[derive(Clone, Copy, Debug, Default)]
struct Reacted {
    opened: i64,
    clicked: i64,
    machines: i64,
}

/// Most mails that anybody reacted to were opened and no more, and have one row: those are counted as they stand. Only of the others
/// is it asked which rows belong to one mail.
async fn reacted(q: &impl Query, campaigns: &str) -> DbResult<HashMap<CampaignId, Reacted>> {
    let these = numbers_of_json(q, "$1");
    let mut all: HashMap<CampaignId, Reacted> = HashMap::new();
    let sql = format!(
        "SELECT campaign_id, COUNT(*), CAST(SUM(CASE WHEN times > 0 THEN 1 ELSE 0 END) AS BIGINT)
         FROM mail_reactions WHERE campaign_id IN ({these}) AND link_id = {PICTURE} GROUP BY campaign_id"
    );
    let rows: Vec<(i64, i64, i64)> = q.all(&sql, args![campaigns]).await?;
    for (id, mails, opened) in rows {
        all.insert(CampaignId(id), Reacted { opened, clicked: 0, machines: mails - opened });
    }
    // A click without the picture is an opening as well.
    let sql = format!(
        "SELECT k.campaign_id, CAST(SUM(k.people) AS BIGINT),
           CAST(SUM(CASE WHEN k.people = 1 AND COALESCE(o.times, 0) = 0 THEN 1 ELSE 0 END) AS BIGINT),
           CAST(SUM(CASE WHEN o.mail_id IS NULL THEN 1 ELSE 0 END) AS BIGINT)
         FROM (SELECT campaign_id, mail_id, MAX(CASE WHEN times > 0 THEN 1 ELSE 0 END) AS people FROM mail_reactions
           WHERE campaign_id IN ({these}) AND link_id > {PICTURE} GROUP BY campaign_id, mail_id) AS k
         LEFT JOIN mail_reactions o ON o.mail_id = k.mail_id AND o.link_id = {PICTURE} GROUP BY k.campaign_id"
    );
    let rows: Vec<(i64, i64, i64, i64)> = q.all(&sql, args![campaigns]).await?;
    for (id, clicked, opened, mails) in rows {
        let reacted = all.entry(CampaignId(id)).or_default();
        reacted.clicked = clicked;
        reacted.opened += opened;
        reacted.machines += mails - opened;
    }
    Ok(all)
}

async fn links(q: &impl Query, id: CampaignId) -> DbResult<Vec<LinkFigures>> {
    let sql = "SELECT l.target, CAST(COALESCE(SUM(CASE WHEN r.times > 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
          CAST(COALESCE(SUM(r.times), 0) AS BIGINT), CAST(COALESCE(SUM(r.machine_times), 0) AS BIGINT)
        FROM campaign_links l LEFT JOIN mail_reactions r ON r.campaign_id = l.campaign_id AND r.link_id = l.id
        WHERE l.campaign_id = $1 GROUP BY l.id, l.position, l.target ORDER BY 2 DESC, l.position";
    let rows: Vec<(String, i64, i64, i64)> = q.all(sql, args![id]).await?;
    let link = |(target, people, clicks, machine_clicks)| LinkFigures { target, people, clicks, machine_clicks };
    Ok(rows.into_iter().map(link).collect())
}
