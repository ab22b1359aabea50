//! Segments in the REST API. Who is in one is asked of the customers: `/api/customers?segment=` and its key.

use super::service::{self, Size};
use super::standing::kept;
use super::store::{self, Segment};
use crate::base::SegmentId;
use crate::customers::list::service::meanings;
use crate::office::apikeys::Scope::ReadCustomers;
use crate::rules::names::{Meanings, named};
use crate::rules::print;
use crate::server::rest::{Answer, Call, Operation, PageOf, Reply, etag};
use serde::Serialize;
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/segments", ReadCustomers, "list_segments", "The shop's segments", |c| Box::pin(list(c)))
            .about("The built-in ones, the shop's own by name, then the archived ones. Who is in one: `/api/customers?segment={key}`.")
            .lists::<ListedSegment>(),
        Operation::get("/segments/{id}", ReadCustomers, "get_segment", "A segment", |c| Box::pin(get(c))).gives::<ListedSegment>(),
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

async fn listed(call: &Call, meanings: &Meanings, segment: &Segment, size: Option<&Size>) -> Answer<ListedSegment> {
    let currency = call.state.settings().base_currency;
    let rule = named(&call.state.db, &kept(segment, meanings, currency)).await?;
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
    let sizes = service::sizes(&call.state, None, &segments, &meanings).await?;
    let mut items = Vec::with_capacity(segments.len());
    for segment in &segments {
        items.push(listed(call, &meanings, segment, sizes.get(&SegmentId(segment.id))).await?);
    }
    Reply::ok(&PageOf::whole(items))
}

async fn get(call: &Call) -> Answer {
    let segment = store::get(&call.state.db, call.id("id")?).await?;
    let meanings = meanings(&call.state.db, &call.state.settings()).await?;
    let sizes = service::sizes(&call.state, None, std::slice::from_ref(&segment), &meanings).await?;
    let shown = listed(call, &meanings, &segment, sizes.get(&SegmentId(segment.id))).await?;
    Ok(Reply::ok(&shown)?.tagged(etag(&shown)))
}
