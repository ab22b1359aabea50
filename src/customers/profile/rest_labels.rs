//! Tags and groups of a customer in the REST API: putting one on and taking it off. Which there are is said by their own rooms.

use super::Details;
use super::rest::{Customer, hold, write};
use crate::args;
use crate::base::text::normalise;
use crate::base::{AppError, GroupId};
use crate::office::apikeys::Scope::WriteCustomers;
use crate::server::rest::{Answer, Call, Operation, Problem};
use crate::server::{Query, Tx};

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let (tag, group) = ("/customers/{id}/tags/{tag}", "/customers/{id}/groups/{group}");
    vec![
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
    let there =
        tx.integer("SELECT COUNT(*) FROM customer_groups WHERE id = $1 AND (archived_at = 0 OR $2)", args![group, !on]).await?;
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
