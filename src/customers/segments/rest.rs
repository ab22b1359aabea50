//! Segments in the REST API. Who is in one is asked of the customers: `/api/customers?segment=` and its key.

use super::service::{self, Size};
use super::standing::kept;
use super::store::{self, Segment};
use crate::base::SegmentId;
use crate::customers::list::service::meanings;
use crate::office::apikeys::Scope::{ReadCustomers, WriteCustomers};
use crate::rules::names::{Meanings, named};
use crate::rules::print;
use crate::server::rest::{Answer, Call, Operation, PageOf, Reply, edition_tag};
use crate::server::{Query, Tx};
use serde::Serialize;
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let one = "/segments/{id}";
    vec![
        Operation::get("/segments", ReadCustomers, "list_segments", "The shop's segments", |c| Box::pin(list(c)))
            .about("The built-in ones, the shop's own by name, then the archived ones. Who is in one: `/api/customers?segment={key}`.")
            .lists::<ListedSegment>(),
        Operation::get(one, ReadCustomers, "get_segment", "A segment", |c| Box::pin(get(c))).gives::<ListedSegment>(),
        Operation::delete(one, WriteCustomers, "delete_segment", "Deletes an archived segment for good", |c, tx| {
            Box::pin(delete(c, tx))
        })
        .about("With its sizes, and who came and went. Refused for built-in ones, and while anything names it.")
        .guarded(),
        Operation::post("/segments/{id}/archive", WriteCustomers, "archive_segment", "Archives a segment", |c, tx| {
            Box::pin(archive(c, tx, true))
        })
        .about("Refused for built-in ones, and while a rule, another segment, a promotion, a product, or a campaign that is not sent yet names it.")
        .gives::<ListedSegment>()
        .guarded(),
        Operation::post("/segments/{id}/restore", WriteCustomers, "restore_segment", "Takes an archived segment into use", |c, tx| {
            Box::pin(archive(c, tx, false))
        })
        .about("Who is in it is found out in the background.")
        .gives::<ListedSegment>()
        .guarded(),
    ]
}

/// A segment and how many are in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListedSegment {
    pub id: i64,
    /// Its name in addresses and rules, which stays when the name changes: `high_value`.
    pub key: String,
    pub name: String,
    pub description: String,
    /// Whom it describes, in the rule language; of a built-in one what the settings make of it.
    pub rule: String,
    /// The shop has it from the start.
    pub built_in: bool,
    /// No longer kept up to date.
    pub archived: bool,
    /// Who is in it now.
    pub customers: u64,
    /// Goes up with every change.
    pub version: i64,
}

async fn listed(
    call: &Call,
    q: &impl Query,
    meanings: &Meanings,
    segment: &Segment,
    size: Option<&Size>,
) -> Answer<ListedSegment> {
    let currency = call.state.settings().base_currency;
    let rule = named(q, &kept(segment, meanings, currency)).await?;
    Ok(ListedSegment {
        id: segment.id,
        key: segment.key.clone(),
        name: segment.name.clone(),
        description: segment.description.clone(),
        rule: print(&rule, currency),
        built_in: segment.is_built_in(),
        archived: segment.archived,
        customers: size.and_then(|size| u64::try_from(size.members).ok()).unwrap_or_default(),
        version: segment.version,
    })
}

async fn list(call: &Call) -> Answer {
    let segments = store::list(&call.state.db).await?;
    let meanings = meanings(&call.state.db, &call.state.settings()).await?;
    let sizes = service::sizes(&call.state.db, &call.state, None, &segments, &meanings).await?;
    let mut items = Vec::with_capacity(segments.len());
    for segment in &segments {
        items.push(listed(call, &call.state.db, &meanings, segment, sizes.get(&SegmentId(segment.id))).await?);
    }
    Reply::ok(&PageOf::whole(items))
}

/// A segment as the transaction sees it, or the database.
async fn shown(call: &Call, q: &impl Query, segment: &Segment) -> Answer<ListedSegment> {
    let meanings = meanings(q, &call.state.settings()).await?;
    let sizes = service::sizes(q, &call.state, None, std::slice::from_ref(segment), &meanings).await?;
    listed(call, q, &meanings, segment, sizes.get(&SegmentId(segment.id))).await
}

/// Of what people edit, and of everything: who is in it comes and goes.
fn tag(segment: &Segment, shown: &impl Serialize) -> String {
    edition_tag(&(segment.id, segment.version), shown)
}

async fn reply(call: &Call, q: &impl Query, segment: &Segment) -> Answer {
    let shown = shown(call, q, segment).await?;
    Ok(Reply::ok(&shown)?.tagged(tag(segment, &shown)))
}

async fn get(call: &Call) -> Answer {
    let db = &call.state.db;
    reply(call, db, &store::get(db, call.id("id")?).await?).await
}

/// The segment of the path, locked, as `If-Match` wants it. In the order in which everybody locks: the row comes last.
async fn held(call: &Call, tx: &Tx) -> Answer<SegmentId> {
    store::lock_rules(tx).await?;
    store::lock_members(tx).await?;
    let segment = store::hold(tx, call.id("id")?).await?;
    call.expect_edition(&tag(&segment, &()))?;
    Ok(SegmentId(segment.id))
}

async fn archive(call: &Call, tx: &Tx, archived: bool) -> Answer {
    let id = held(call, tx).await?;
    service::set_archived(tx, &call.state, &call.actor(), id, archived).await?;
    reply(call, tx, &store::get(tx, id).await?).await
}

async fn delete(call: &Call, tx: &Tx) -> Answer {
    let id = held(call, tx).await?;
    service::delete(tx, &call.state, &call.actor(), id).await?;
    Ok(Reply::nothing())
}
