//! All SQL of memberships: of one customer or of many at once, each change with its history.

use super::plan::Standing;
use super::{AssignmentRule, Cause, Kind, RuleForm, Target};
use crate::args;
use crate::base::{AssignmentRuleId, BranchId, CustomerId, GroupId, JobId, StaffId, TagId, Timestamp};
use crate::customers::index::MemberCounts;
use crate::customers::name::display_name;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, add_details_of_job, last_of_job};
use crate::server::db::dialect::{for_update, numbers_of_json};
use crate::server::{DbResult, Query, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// Where memberships of a kind stand.
struct Tables {
    members: &'static str,
    exclusions: &'static str,
    column: &'static str,
}

const GROUPS: Tables = Tables { members: "customer_group_members", exclusions: "customer_group_exclusions", column: "group_id" };
const TAGS: Tables = Tables { members: "customer_tags", exclusions: "customer_tag_exclusions", column: "tag_id" };

fn tables(target: Target) -> (&'static Tables, i64) {
    match target {
        Target::Group(id) => (&GROUPS, id.0),
        Target::Tag(id) => (&TAGS, id.0),
    }
}

/// Many ids in one bind.
fn json(ids: &[i64]) -> String {
    serde_json::to_string(ids).unwrap_or_else(|_| "[]".into())
}

/// Who changes memberships, and why.
#[derive(Clone, Copy, Debug)]
pub struct By {
    pub cause: Cause,
    pub staff: Option<StaffId>,
    pub at: Timestamp,
}

impl By {
    /// By hand, by a program, or by the command line's import.
    #[must_use]
    pub fn actor(actor: &Actor) -> Self {
        let cause = match (actor.staff, actor.program) {
            (Some(_), _) => Cause::Staff,
            (None, Some(_)) => Cause::Api,
            (None, None) => Cause::Import,
        };
        Self { cause, staff: actor.staff, at: actor.at }
    }

    /// Whether rules shall leave alone what is done: somebody wanted it, or said so to a program.
    fn pins(self) -> bool {
        matches!(self.cause, Cause::Staff | Cause::Api)
    }
}

/// The name of a group or tag, whatever became of it.
///
/// # Errors
/// When the database does not answer.
pub async fn name(q: &impl Query, target: Target) -> DbResult<Option<String>> {
    let (table, id) = match target {
        Target::Group(id) => ("customer_groups", id.0),
        Target::Tag(id) => ("tags", id.0),
    };
    let row: Option<(String,)> = q.optional(&format!("SELECT name FROM {table} WHERE id = $1"), args![id]).await?;
    Ok(row.map(|(name,)| name))
}

/// Writes down that these customers came in, or went.
///
/// # Errors
/// When the database does not answer.
pub async fn note(tx: &Tx, (kind, of): (Kind, i64), entered: bool, by: By, ids: &[i64]) -> DbResult<()> {
    let table = if kind == Kind::Tag { "tags" } else { "customer_groups" };
    let sql = format!(
        "INSERT INTO membership_history (customer_id, kind, of_id, name, entered, cause, staff_id, at)
         SELECT c.id, $2, t.id, t.name, $4, $5, $6, $7 FROM customers c JOIN {table} t ON t.id = $3 WHERE c.id IN ({})",
        numbers_of_json(tx, "$1")
    );
    tx.execute(&sql, args![json(ids), kind.code(), of, entered, by.cause.code(), by.staff, by.at]).await?;
    Ok(())
}

fn kind_of(target: Target) -> (Kind, i64) {
    match target {
        Target::Group(id) => (Kind::Group, id.0),
        Target::Tag(id) => (Kind::Tag, id.0),
    }
}

/// Puts these customers in, who are not in yet. What is done by hand is pinned, and takes back an earlier exclusion.
///
/// # Errors
/// When the database does not answer.
pub async fn enter(tx: &Tx, target: Target, by: By, ids: &[i64]) -> DbResult<()> {
    let (Tables { members, exclusions, column }, id) = tables(target);
    let these = numbers_of_json(tx, "$1");
    let sql = format!(
        "INSERT INTO {members} (customer_id, {column}, pinned, added_at)
         SELECT c.id, $2, $3, $4 FROM customers c WHERE c.id IN ({these}) ON CONFLICT DO NOTHING"
    );
    tx.execute(&sql, args![json(ids), id, by.pins(), by.at]).await?;
    let sql = format!("DELETE FROM {exclusions} WHERE customer_id IN ({these}) AND {column} = $2");
    tx.execute(&sql, args![json(ids), id]).await?;
    note(tx, kind_of(target), true, by, ids).await
}

/// Takes these customers out, who are in. Where it is done by hand and there is a rule, the rule will not put them in again.
///
/// # Errors
/// When the database does not answer.
pub async fn leave(tx: &Tx, target: Target, by: By, ids: &[i64]) -> DbResult<()> {
    let (Tables { members, exclusions, column }, id) = tables(target);
    let these = numbers_of_json(tx, "$1");
    tx.execute(&format!("DELETE FROM {members} WHERE customer_id IN ({these}) AND {column} = $2"), args![json(ids), id]).await?;
    if by.pins() {
        let sql = format!(
            "INSERT INTO {exclusions} (customer_id, {column}, staff_id, at)
             SELECT c.id, r.{column}, $3, $4 FROM customers c JOIN assignment_rules r ON r.{column} = $2
             WHERE c.id IN ({these}) ON CONFLICT DO NOTHING"
        );
        tx.execute(&sql, args![json(ids), id, by.staff, by.at]).await?;
    }
    note(tx, kind_of(target), false, by, ids).await
}

/// Makes a group the pricing group of these customers, who are in it. By hand, it is pinned.
///
/// # Errors
/// When the database does not answer.
pub async fn set_pricing(tx: &Tx, group: GroupId, by: By, ids: &[i64]) -> DbResult<()> {
    let sql = format!(
        "UPDATE customers SET pricing_group_id = $2, pricing_pinned = $3, version = version + 1, updated_at = $4 WHERE id IN ({})",
        numbers_of_json(tx, "$1")
    );
    tx.execute(&sql, args![json(ids), group, by.pins(), by.at]).await?;
    note(tx, (Kind::Pricing, group.0), true, by, ids).await
}

/// Writes down that a group became the pricing group of a customer, whose row says so already. By hand, it is pinned.
///
/// # Errors
/// When the database does not answer.
pub async fn note_pricing(tx: &Tx, customer: CustomerId, group: GroupId, by: By) -> DbResult<()> {
    pin_pricing(tx, customer, by.pins()).await?;
    note(tx, (Kind::Pricing, group.0), true, by, &[customer.0]).await
}

/// Pins a membership or leaves it to the rules again; false where the customer is not in it.
///
/// # Errors
/// When the database does not answer.
pub async fn pin(tx: &Tx, customer: CustomerId, target: Target, pinned: bool) -> DbResult<bool> {
    let (Tables { members, column, .. }, id) = tables(target);
    let sql = format!("UPDATE {members} SET pinned = $3 WHERE customer_id = $1 AND {column} = $2");
    Ok(tx.execute(&sql, args![customer, id, pinned]).await? == 1)
}

/// Lets rules put a customer in again; false where nothing kept them from it.
///
/// # Errors
/// When the database does not answer.
pub async fn readmit(tx: &Tx, customer: CustomerId, target: Target) -> DbResult<bool> {
    let (Tables { exclusions, column, .. }, id) = tables(target);
    let sql = format!("DELETE FROM {exclusions} WHERE customer_id = $1 AND {column} = $2");
    Ok(tx.execute(&sql, args![customer, id]).await? == 1)
}

/// Pins the pricing group or leaves it to the rules.
///
/// # Errors
/// When the database does not answer.
pub async fn pin_pricing(tx: &Tx, customer: CustomerId, pinned: bool) -> DbResult<()> {
    tx.execute("UPDATE customers SET pricing_pinned = $2 WHERE id = $1", args![customer, pinned]).await.map(drop)
}

/// How these customers stand; merged and anonymised ones are left out. In a transaction they are locked.
///
/// # Errors
/// When the database does not answer.
pub async fn standings(q: &impl Query, ids: &[i64], lock: bool) -> DbResult<BTreeMap<i64, Standing>> {
    let these = numbers_of_json(q, "$1");
    let sql = format!(
        "SELECT id, pricing_group_id, pricing_pinned FROM customers
         WHERE id IN ({these}) AND merged_into_id IS NULL AND anonymised_at IS NULL ORDER BY id{}",
        if lock { for_update(q) } else { "" }
    );
    let rows: Vec<(i64, i64, bool)> = q.all(&sql, args![json(ids)]).await?;
    let standing = |(id, pricing, pricing_pinned)| {
        let (members, kept_out) = (BTreeMap::new(), BTreeSet::new());
        (id, Standing { members, kept_out, pricing: GroupId(pricing), pricing_pinned })
    };
    let mut found: BTreeMap<i64, Standing> = rows.into_iter().map(standing).collect();
    for (tables, target) in
        [(&GROUPS, (|id| Target::Group(GroupId(id))) as fn(i64) -> Target), (&TAGS, |id| Target::Tag(TagId(id)))]
    {
        let Tables { members, exclusions, column } = tables;
        let sql = format!("SELECT customer_id, {column}, pinned FROM {members} WHERE customer_id IN ({these})");
        for (customer, id, pinned) in q.all::<(i64, i64, bool)>(&sql, args![json(ids)]).await? {
            found.entry(customer).and_modify(|standing| _ = standing.members.insert(target(id), pinned));
        }
        let sql = format!("SELECT customer_id, {column} FROM {exclusions} WHERE customer_id IN ({these})");
        for (customer, id) in q.all::<(i64, i64)>(&sql, args![json(ids)]).await? {
            found.entry(customer).and_modify(|standing| _ = standing.kept_out.insert(target(id)));
        }
    }
    Ok(found)
}

/// Who is in, by id, each with whether that is pinned.
///
/// # Errors
/// When the database does not answer.
pub async fn members(q: &impl Query, target: Target) -> DbResult<Vec<(i64, bool)>> {
    let (Tables { members, column, .. }, id) = tables(target);
    q.all(&format!("SELECT customer_id, pinned FROM {members} WHERE {column} = $1 ORDER BY customer_id"), args![id]).await
}

/// Who is kept out, by id.
///
/// # Errors
/// When the database does not answer.
pub async fn excluded(q: &impl Query, target: Target) -> DbResult<Vec<(i64,)>> {
    let (Tables { exclusions, column, .. }, id) = tables(target);
    q.all(&format!("SELECT customer_id FROM {exclusions} WHERE {column} = $1 ORDER BY customer_id"), args![id]).await
}

/// Members of a group who have other prices, by id.
///
/// # Errors
/// When the database does not answer.
pub async fn with_other_prices(q: &impl Query, group: GroupId) -> DbResult<Vec<(i64,)>> {
    q.all(
        "SELECT m.customer_id FROM customer_group_members m JOIN customers c ON c.id = m.customer_id
         WHERE m.group_id = $1 AND c.pricing_group_id <> $1 AND NOT c.pricing_pinned ORDER BY m.customer_id",
        args![group],
    )
    .await
}

/// How many members are pinned, and how many customers are kept out.
///
/// # Errors
/// When the database does not answer.
pub async fn count_held(q: &impl Query, target: Target) -> DbResult<(i64, i64)> {
    let (Tables { members, exclusions, column }, id) = tables(target);
    let sql = format!(
        "SELECT (SELECT COUNT(*) FROM {members} WHERE {column} = $1 AND pinned), (SELECT COUNT(*) FROM {exclusions} WHERE {column} = $1)"
    );
    q.one(&sql, args![id]).await
}

/// How many customers of these branches (`None` is all) are in each group and carry each tag: by counting rows.
///
/// # Errors
/// When the database does not answer.
pub async fn count_members(q: &impl Query, scope: Option<&[BranchId]>) -> DbResult<MemberCounts> {
    let branches = match scope {
        None => String::new(),
        Some([]) => " AND 1 = 0".into(),
        Some(branches) => {
            // Numbers of ours.
            let ids: Vec<String> = branches.iter().map(BranchId::to_string).collect();
            format!(" AND c.branch_id IN ({})", ids.join(", "))
        }
    };
    let sql = |Tables { members, column, .. }: &Tables| {
        format!(
            "SELECT m.{column}, COUNT(*) FROM {members} m JOIN customers c ON c.id = m.customer_id
             WHERE c.merged_into_id IS NULL AND c.anonymised_at IS NULL{branches} GROUP BY m.{column}"
        )
    };
    let groups: Vec<(i64, i64)> = q.all(&sql(&GROUPS), args![]).await?;
    let tags: Vec<(i64, i64)> = q.all(&sql(&TAGS), args![]).await?;
    Ok(MemberCounts {
        groups: groups.into_iter().map(|(id, count)| (GroupId(id), count.unsigned_abs())).collect(),
        tags: tags.into_iter().map(|(id, count)| (TagId(id), count.unsigned_abs())).collect(),
    })
}

#[derive(sqlx::FromRow)]
struct RuleRow {
    id: i64,
    group_id: Option<i64>,
    tag_id: Option<i64>,
    rule: String,
    priority: i64,
    sets_pricing: bool,
    active: bool,
    enters: bool,
    leaves: bool,
    version: i64,
}

impl From<RuleRow> for AssignmentRule {
    fn from(row: RuleRow) -> Self {
        let tag = Target::Tag(TagId(row.tag_id.unwrap_or_default()));
        Self {
            id: AssignmentRuleId(row.id),
            target: row.group_id.map_or(tag, |id| Target::Group(GroupId(id))),
            rule: row.rule,
            priority: row.priority,
            sets_pricing: row.sets_pricing,
            active: row.active,
            enters: row.enters,
            leaves: row.leaves,
            version: row.version,
        }
    }
}

const RULES: &str =
    "SELECT r.id, r.group_id, r.tag_id, r.rule, r.priority, r.sets_pricing, r.active, r.enters, r.leaves, r.version
    FROM assignment_rules r LEFT JOIN customer_groups g ON g.id = r.group_id LEFT JOIN tags t ON t.id = r.tag_id";

/// The rule of a group or tag.
///
/// # Errors
/// When the database does not answer.
pub async fn find_rule(q: &impl Query, target: Target) -> DbResult<Option<AssignmentRule>> {
    let (Tables { column, .. }, id) = tables(target);
    let row: Option<RuleRow> = q.optional(&format!("{RULES} WHERE r.{column} = $1"), args![id]).await?;
    Ok(row.map(AssignmentRule::from))
}

/// The rules that are switched on, of groups and tags in use, by priority.
///
/// # Errors
/// When the database does not answer.
pub async fn list_active_rules(q: &impl Query) -> DbResult<Vec<AssignmentRule>> {
    let sql = format!(
        "{RULES} WHERE r.active AND COALESCE(g.archived_at, 0) = 0 AND COALESCE(t.gone_at, 0) = 0 ORDER BY r.priority, r.id"
    );
    Ok(q.all::<RuleRow>(&sql, args![]).await?.into_iter().map(AssignmentRule::from).collect())
}

/// # Errors
/// [`DbError::Unique`](crate::server::DbError::Unique) when there is one already.
pub async fn insert_rule(tx: &Tx, target: Target, form: &RuleForm, priority: i64, now: Timestamp) -> DbResult<AssignmentRuleId> {
    let (Tables { column, .. }, id) = tables(target);
    let sql = format!(
        "INSERT INTO assignment_rules ({column}, rule, priority, sets_pricing, active, enters, leaves, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id"
    );
    let args = args![id, form.rule.as_str(), priority, form.sets_pricing, form.active, form.enters, form.leaves, now];
    tx.insert(&sql, args).await.map(AssignmentRuleId)
}

/// Changes a rule of this version; false where somebody was faster.
///
/// # Errors
/// When the database does not answer.
pub async fn update_rule(
    tx: &Tx,
    (id, version): (AssignmentRuleId, i64),
    form: &RuleForm,
    priority: i64,
    now: Timestamp,
) -> DbResult<bool> {
    let changed = tx
        .execute(
            "UPDATE assignment_rules SET rule = $3, priority = $4, sets_pricing = $5, active = $6, enters = $7, leaves = $8,
               updated_at = $9, version = version + 1 WHERE id = $1 AND version = $2",
            args![id, version, form.rule.as_str(), priority, form.sets_pricing, form.active, form.enters, form.leaves, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Deletes a rule of this version; false where somebody was faster. Whom it kept out is forgotten with it.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_rule(tx: &Tx, target: Target, version: i64) -> DbResult<bool> {
    let (Tables { exclusions, column, .. }, id) = tables(target);
    let sql = format!("DELETE FROM assignment_rules WHERE {column} = $1 AND version = $2");
    let deleted = tx.execute(&sql, args![id, version]).await? == 1;
    if deleted {
        tx.execute(&format!("DELETE FROM {exclusions} WHERE {column} = $1"), args![id]).await?;
    }
    Ok(deleted)
}

/// The group of those who have no other: Retail, where it is there.
///
/// # Errors
/// When the database does not answer.
pub async fn fallback_group(q: &impl Query) -> DbResult<Option<GroupId>> {
    let sql = "SELECT id FROM customer_groups WHERE code = 'retail' OR name_key = 'retail' ORDER BY id LIMIT 1";
    Ok(q.optional::<(i64,)>(sql, args![]).await?.map(|(id,)| GroupId(id)))
}

/// The display names of these customers.
///
/// # Errors
/// When the database does not answer.
pub async fn customer_names(q: &impl Query, ids: &[i64]) -> DbResult<BTreeMap<i64, String>> {
    let sql =
        format!("SELECT id, first_name, last_name, company, email FROM customers WHERE id IN ({})", numbers_of_json(q, "$1"));
    let rows: Vec<(i64, String, String, String, String)> = q.all(&sql, args![json(ids)]).await?;
    let named = |(id, first, last, company, email): (i64, String, String, String, String)| {
        (id, display_name(&first, &last, &company, &email))
    };
    Ok(rows.into_iter().map(named).collect())
}

/// Writes an audit entry for each of these customers, pointing to the job (whose own entry says from where).
///
/// # Errors
/// When the database does not answer.
pub async fn audit(tx: &Tx, job: JobId, by: By, action: &str, changes: &[Change], ids: &[i64]) -> DbResult<()> {
    let before = last_of_job(tx, job).await?;
    let sql = format!(
        "INSERT INTO audit_entries (at, staff_id, action, entity, entity_id, customer_id)
         SELECT $2, $3, $4, 'job', $5, c.id FROM customers c WHERE c.id IN ({}) ORDER BY c.id",
        numbers_of_json(tx, "$1")
    );
    tx.execute(&sql, args![json(ids), by.at, by.staff, action, job]).await?;
    add_details_of_job(tx, job, before, changes).await
}
