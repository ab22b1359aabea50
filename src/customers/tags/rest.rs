//! Tags in the REST API.

use super::{LONGEST, TagEdit, TagForm, TagQuery, service, store};
use crate::base::{AppError, TagId};
use crate::customers::memberships::service::counts;
use crate::office::apikeys::Scope::{ReadCustomers, WriteCustomers};
use crate::server::rest::{Answer, Call, Operation, PageOf, Reply, etag};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let one = "/tags/{id}";
    vec![
        Operation::get("/tags", ReadCustomers, "list_tags", "The shop's tags", |c| Box::pin(list(c)))
            .about("By name, each with how many customers carry it.")
            .lists::<CountedTag>(),
        Operation::post("/tags", WriteCustomers, "create_tag", "Makes a tag", |c, tx| Box::pin(add(c, tx)))
            .about("Tags are also made when they are first put on a customer. Names are unique whatever their case and accents.")
            .takes::<TagInput>()
            .creates::<Tag>(),
        Operation::get(one, ReadCustomers, "get_tag", "A tag", |c| Box::pin(get(c))).gives::<Tag>(),
        Operation::put(one, WriteCustomers, "replace_tag", "Renames a tag", |c, tx| Box::pin(replace(c, tx)))
            .takes::<TagInput>()
            .gives::<Tag>()
            .guarded(),
        Operation::delete(one, WriteCustomers, "delete_tag", "Deletes a tag", |c, tx| Box::pin(delete(c, tx)))
            .about("Its name is free at once; it is taken off the customers in the background. Refused while a promotion is for them, or a product opens earlier for them.")
            .guarded(),
        Operation::post("/tags/{id}/merge", WriteCustomers, "merge_tags", "Merges other tags into a tag", |c, tx| {
            Box::pin(merge(c, tx))
        })
        .about("Their names are free at once; the customers get this tag in their place in the background.")
        .takes::<MergeInput>()
        .gives::<Tag>(),
    ]
}

/// What can be written of a tag.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagInput {
    #[schema(min_length = 1, max_length = 50)]
    pub name: String,
    /// One of twelve colours; null is none.
    #[schema(maximum = 11)]
    pub hue: Option<u8>,
}

impl TagInput {
    fn form(self) -> Answer<TagForm> {
        if self.hue.is_some_and(|hue| hue >= super::HUES) {
            return Err(AppError::invalid("hue", "groups.hue_invalid").into());
        }
        Ok(TagForm { name: self.name, hue: self.hue })
    }
}

/// Tags that become another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// Their ids.
    #[schema(min_items = 1, max_items = 50)]
    pub tags: Vec<i64>,
}

/// A tag.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
    /// One of twelve colours; null is none.
    pub hue: Option<u8>,
    /// Goes up with every change.
    pub version: i64,
}

impl From<store::Tag> for Tag {
    fn from(tag: store::Tag) -> Self {
        Self { id: tag.id, hue: store::hue(tag.hue), name: tag.name, version: tag.version }
    }
}

/// A tag and how many carry it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CountedTag {
    pub id: i64,
    pub name: String,
    pub hue: Option<u8>,
    pub customers: u64,
}

async fn list(call: &Call) -> Answer {
    let counts = counts(&call.state, None).await?.tags;
    let tags = store::list(&call.state.db, &TagQuery::default()).await?;
    let counted = |tag: store::Tag| CountedTag {
        id: tag.id,
        hue: store::hue(tag.hue),
        customers: counts.get(&TagId(tag.id)).copied().unwrap_or_default(),
        name: tag.name,
    };
    Reply::ok(&PageOf::whole(tags.into_iter().map(counted).collect()))
}

async fn shown(q: &impl Query, id: TagId) -> Answer {
    let tag = Tag::from(store::get(q, id).await?);
    Ok(Reply::ok(&tag)?.tagged(etag(&tag)))
}

async fn get(call: &Call) -> Answer {
    shown(&call.state.db, call.id("id")?).await
}

async fn add(call: &Call, tx: &Tx) -> Answer {
    let form = call.body::<TagInput>()?.form()?;
    let id = service::save(tx, &call.actor(), &TagEdit { id: None, form }).await?;
    let made = shown(tx, id).await?;
    Ok(Reply { status: 201, ..made }.at(format!("/api/tags/{id}")))
}

/// The tag of the path, locked, as `If-Match` wants it.
async fn held(call: &Call, tx: &Tx) -> Answer<Tag> {
    let tag = Tag::from(store::hold(tx, call.id("id")?).await?);
    call.expect_version(&etag(&tag))?;
    Ok(tag)
}

async fn replace(call: &Call, tx: &Tx) -> Answer {
    let form = call.body::<TagInput>()?.form()?;
    let tag = held(call, tx).await?;
    let id = service::save(tx, &call.actor(), &TagEdit { id: Some((TagId(tag.id), tag.version)), form }).await?;
    shown(tx, id).await
}

async fn delete(call: &Call, tx: &Tx) -> Answer {
    let tag = held(call, tx).await?;
    service::delete(tx, &call.actor(), TagId(tag.id)).await?;
    call.job_added();
    Ok(Reply::nothing())
}

async fn merge(call: &Call, tx: &Tx) -> Answer {
    let input = call.body::<MergeInput>()?;
    let into: TagId = call.id("id")?;
    let tags: Vec<TagId> = input.tags.into_iter().map(TagId).collect();
    service::merge(tx, &call.actor(), &tags, into).await?;
    call.job_added();
    shown(tx, into).await
}

const _: () = assert!(LONGEST == 50, "as the schema says");
