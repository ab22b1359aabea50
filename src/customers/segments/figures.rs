//! SQL of what a segment's page and the profile show beside the segments themselves.

use super::store::Segment;
use super::{Cause, EventLine, EventPage, Figures, In, OfCustomer, SegmentName};
use crate::args;
use crate::base::{BranchId, Currency, CustomerId, Day, Money, SegmentId, Timestamp};
use crate::customers::name::display_name;
use crate::office::settings::zone::Zone;
use crate::rules::Rule;
use crate::rules::query::{Found, found};
use crate::rules::sql::Ask;
use crate::server::db::dialect::numbers_of_json;
use crate::server::{Args, DbResult, Query};

/// The condition that a customer `c` is of these branches.
fn visible(q: &impl Query, scope: Option<&[BranchId]>, args: &mut Args) -> String {
    let Some(branches) = scope else { return String::new() };
    let ids: Vec<i64> = branches.iter().map(|branch| branch.0).collect();
    let place = args.push(super::store::json(&ids));
    format!(" AND c.branch_id IN ({})", numbers_of_json(q, &format!("${place}")))
}

/// Those of whom figures are asked.
#[derive(Clone, Debug)]
pub enum Whom {
    /// Whoever is in a segment, as it is kept.
    Members(SegmentId),
    /// Whom a rule describes, which has been expanded: a sweep is yet to come.
    Described(Rule, Day),
}

/// What they have in common.
///
/// # Errors
/// When the database does not answer.
pub async fn of(q: &impl Query, scope: Option<&[BranchId]>, whom: &Whom, currency: Currency) -> DbResult<Figures> {
    let (these, mut args) = match whom {
        Whom::Members(id) => ("SELECT m.customer_id FROM segment_members m WHERE m.segment_id = $1".to_owned(), args![*id]),
        Whom::Described(rule, today) => {
            let Found { id, from, args } = found(rule, None, Ask::everyone(q, *today));
            (format!("SELECT {id} {from}"), args)
        }
    };
    let visible = visible(q, scope, &mut args);
    let sql = format!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(s.spent_minor), 0) AS BIGINT),
           CAST(COALESCE(SUM(CASE WHEN c.marketing_email THEN 1 ELSE 0 END), 0) AS BIGINT),
           CAST(COALESCE(SUM(CASE WHEN c.marketing_sms THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM customers c JOIN customer_stats s ON s.customer_id = c.id WHERE c.id IN ({these}){visible}"
    );
    let (members, spent, email_consent, sms_consent): (i64, i64, i64, i64) = q.one(&sql, args).await?;
    let average_value = (members > 0).then(|| Money::new(mean(spent, members), currency));
    Ok(Figures { members, average_value, email_consent, sms_consent })
}

/// Rounded half up.
fn mean(sum: i64, count: i64) -> i64 {
    let (sum, count) = (i128::from(sum), i128::from(count));
    i64::try_from((2 * sum + count).div_euclid(2 * count)).unwrap_or(i64::MAX)
}

type EventRow = (i64, i64, bool, String, i64, String, String, String, String);

/// At most `limit` of those who entered or left before the line `before`, where one is given; newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn events(
    q: &impl Query,
    scope: Option<&[BranchId]>,
    id: SegmentId,
    before: Option<i64>,
    limit: usize,
    zone: Zone,
) -> DbResult<EventPage> {
    let mut args = args![id, before.unwrap_or(i64::MAX), limit + 1];
    let visible = visible(q, scope, &mut args);
    let sql = format!(
        "SELECT e.id, e.customer_id, e.entered, e.cause, e.at, c.first_name, c.last_name, c.company, c.email
         FROM segment_events e JOIN customers c ON c.id = e.customer_id
         WHERE e.segment_id = $1 AND e.id < $2{visible} ORDER BY e.id DESC LIMIT $3"
    );
    let rows: Vec<EventRow> = q.all(&sql, args).await?;
    let more = rows.len() > limit;
    let line = |(id, customer, entered, cause, at, first, last, company, email): EventRow| EventLine {
        id,
        customer: CustomerId(customer),
        name: display_name(&first, &last, &company, &email),
        entered,
        cause: Cause::parse(&cause).unwrap_or(Cause::Change),
        at: zone.moment(Timestamp(at)),
    };
    Ok(EventPage { lines: rows.into_iter().take(limit).map(line).collect(), more })
}

/// The segments that a customer is in, and the others, as they are listed.
///
/// # Errors
/// When the database does not answer.
pub async fn of_customer(q: &impl Query, customer: CustomerId, segments: &[Segment], zone: Zone) -> DbResult<OfCustomer> {
    let sql = "SELECT segment_id, since FROM segment_members WHERE customer_id = $1";
    let rows: Vec<(i64, i64)> = q.all(sql, args![customer]).await?;
    let mut found = OfCustomer::default();
    for segment in segments.iter().filter(|segment| !segment.archived) {
        let named: SegmentName = segment.named();
        match rows.iter().find(|(id, _)| *id == segment.id) {
            Some((_, since)) => found.is_in.push(In { segment: named, since: zone.moment(Timestamp(*since)) }),
            None => found.others.push(named),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::mean;

    #[test]
    fn means_round_half_up() {
        assert_eq!((mean(10, 4), mean(9, 4), mean(-10, 4), mean(0, 3)), (3, 2, -2, 0));
        assert_eq!(mean(i64::MAX, 1), i64::MAX);
    }
}
