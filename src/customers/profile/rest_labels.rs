//! Tags and groups in the REST API: which there are, and putting one on a customer or taking it off.

use super::Details;
use super::rest::{Customer, hold, write};
use crate::args;
use crate::base::text::normalise;
use crate::base::{AppError, GroupId};
use crate::office::apikeys::Scope::{ReadCustomers, WriteCustomers};
use crate::server::rest::{Answer, Call, Operation, PageOf, Problem, Reply};
use crate::server::{Query, Tx};
use serde::Serialize;
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let (tag, group) = ("/customers/{id}/tags/{tag}", "/customers/{id}/groups/{group}");
    vec![
        Operation::get("/tags", ReadCustomers, "list_tags", "The shop's tags", |c| Box::pin(list_tags(c))).lists::<Tag>(),
        Operation::get("/groups", ReadCustomers, "list_groups", "The shop's customer groups", |c| Box::pin(list_groups(c)))
            .lists::<Group>(),
        Operation::put(tag, WriteCustomers, "tag_customer", "Puts a tag on a customer", |c, tx| Box::pin(set_tag(c, tx, true)))
            .about("In either case of letters; a tag that the shop does not know yet is made.")
            .texts(&["tag"])
            .gives::<Customer>()
            .guarded(),
        Operation::delete(tag, WriteCustomers, "untag_customer", "Takes a tag off a customer", |c, tx| {
            Box::pin(set_tag(c, tx, false))
        })
        .texts(&["tag"])
        .gives::<Customer>()
        .guarded(),
        Operation::put(group, WriteCustomers, "add_to_group", "Puts a customer into a group", |c, tx| {
            Box::pin(set_group(c, tx, true))
        })
        .about("Whose prices hold is said by `pricing_group` of the customer.")
        .gives::<Customer>()
        .guarded(),
        Operation::delete(group, WriteCustomers, "remove_from_group", "Takes a customer out of a group", |c, tx| {
            Box::pin(set_group(c, tx, false))
        })
        .about("Not out of the one whose prices hold.")
        .gives::<Customer>()
        .guarded(),
    ]
}

/// A tag.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

/// A customer group and what it means.
#[derive(Debug, Serialize, ToSchema)]
pub struct Group {
    pub id: i64,
    /// Stays when the name changes: `wholesale`.
    pub code: String,
    pub name: String,
    pub description: String,
    /// Hundredths of a percent: 3000 is 30 %.
    pub discount_bp: i64,
    /// Days after the order by which it is to be paid.
    pub payment_terms_days: i64,
}

async fn list_tags(call: &Call) -> Answer {
    let rows: Vec<(i64, String)> = call.state.db.all("SELECT id, name FROM tags ORDER BY name_key", args![]).await?;
    Reply::ok(&PageOf::whole(rows.into_iter().map(|(id, name)| Tag { id, name }).collect()))
}

async fn list_groups(call: &Call) -> Answer {
    let sql = "SELECT id, code, name, description, discount_bp, payment_terms_days FROM customer_groups ORDER BY name_key";
    let rows: Vec<(i64, String, String, String, i64, i64)> = call.state.db.all(sql, args![]).await?;
    let group = |(id, code, name, description, discount_bp, payment_terms_days)| Group {
        id,
        code,
        name,
        description,
        discount_bp,
        payment_terms_days,
    };
    Reply::ok(&PageOf::whole(rows.into_iter().map(group).collect()))
}

async fn set_tag(call: &Call, tx: &Tx, on: bool) -> Answer {
    let tag = call.text("tag")?.to_owned();
    if tag.contains(',') {
        return Err(Problem::invalid("tag", "tag.name_invalid"));
    }
    let (id, version, before) = hold(tx, call).await?;
    let same = |known: &String| normalise(known) == normalise(&tag);
    let mut after = before.clone();
    match (on, after.tags.iter().any(same)) {
        (true, false) => after.tags.push(tag),
        (false, true) => after.tags.retain(|known| !same(known)),
        _ => {}
    }
    write(call, tx, id, version, &before, &after).await
}

async fn set_group(call: &Call, tx: &Tx, on: bool) -> Answer {
    let group: GroupId = call.id("group")?;
    let (id, version, before) = hold(tx, call).await?;
    let there = tx.integer("SELECT COUNT(*) FROM customer_groups WHERE id = $1", args![group]).await?;
    if there == 0 {
        return Err(AppError::NotFound.into());
    }
    if !on && group == before.pricing_group {
        return Err(AppError::Conflict { message: "api.pricing_group_stays".into() }.into());
    }
    let mut groups = before.groups.clone();
    groups.retain(|known| *known != group);
    groups.extend(on.then_some(group));
    write(call, tx, id, version, &before, &Details { groups, ..before.clone() }).await
}
