//! Background jobs and bulk actions: each customer exactly once, whatever crashes; undone without losing later edits.

mod support;

use clientele::args;
use clientele::base::{BranchId, CustomerId, JobId, TagId, Timestamp, wire};
use clientele::customers::bulk::{BulkAction, service::start};
use clientele::office::jobs::service::{Running, cancel, drain, get, undo};
use clientele::office::jobs::store::{LEASE, UNDOABLE_FOR, list_own};
use clientele::office::jobs::{JobStatus, JobView};
use clientele::office::staff::Role;
use clientele::office::upkeep;
use clientele::server::{Context, Db};
use support::{NOW, TestApp, group, integer, numbers};

/// More than two first batches.
const MANY: i64 = 450;

/// `count` customers of one group.
async fn customers(db: &Db, count: i64) -> Vec<CustomerId> {
    let retail = group(db, "retail").await;
    let tx = db.begin().await.expect("a transaction");
    tx.execute(
        "WITH RECURSIVE numbers(n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
         INSERT INTO customers (first_name, name_key, email, email_key, pricing_group_id, registered_at, registered_day,
           created_at, updated_at)
         SELECT 'C', 'c', 'c' || n || '@example.com', 'c' || n || '@example.com', $2, $3, $4, $3, $3 FROM numbers",
        args![count, retail, NOW, NOW.0 / Timestamp::DAY],
    )
    .await
    .expect("customers");
    tx.commit().await.expect("a commit");
    numbers(db, "SELECT id FROM customers ORDER BY id", args![]).await.into_iter().map(CustomerId).collect()
}

async fn owner(db: &Db) -> (TestApp, Context) {
    let app = TestApp::new(db).await;
    let owner = app.member(Role::Owner, None).await;
    let context = app.context(owner).await;
    (app, context)
}

fn tag(name: &str) -> BulkAction {
    BulkAction::Tag { name: name.into() }
}

async fn view(context: &Context, job: JobId) -> JobView {
    get(&context.state, &context.staff, job).await.expect("a job")
}

async fn execute(db: &Db, sql: &str, args: clientele::server::Args) {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(sql, args).await.expect("a statement that runs");
    tx.commit().await.expect("a commit");
}

/// Runs what was started and yields how it ended.
async fn run(context: &Context, action: BulkAction, audience: &[CustomerId]) -> JobView {
    let job = start(context, action, audience.to_vec()).await.expect("a job");
    drain(&context.state).await.expect("jobs that run");
    view(context, job).await
}

async fn undone(context: &Context, job: JobId) -> JobView {
    let undoing = undo(context, job).await.expect("an undo");
    drain(&context.state).await.expect("jobs that run");
    view(context, undoing.id).await
}

support::db_test!(tagging_does_everybody_once_and_says_so);
async fn tagging_does_everybody_once_and_says_so(db: Db) {
    let (_, context) = owner(&db).await;
    let audience = customers(&db, MANY).await;
    run(&context, tag("gift"), &audience[..10]).await;
    let done = run(&context, tag(" GIFT "), &audience).await;
    assert_eq!((done.status, done.progress, done.total, done.changed), (JobStatus::Done, MANY, MANY, MANY - 10));
    assert_eq!(done.subject, "gift");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customer_tags", args![]).await, MANY);
    let entries = "SELECT COUNT(*) FROM audit_entries a JOIN audit_details d ON d.audit_id = a.id
        WHERE a.action = 'customer.tagged' AND a.customer_id IS NOT NULL AND d.changes LIKE '%gift%'";
    assert_eq!(integer(&db, entries, args![]).await, MANY);
}

support::db_test!(a_crash_resumes_after_the_last_batch);
async fn a_crash_resumes_after_the_last_batch(db: Db) {
    let (app, context) = owner(&db).await;
    let audience = customers(&db, MANY).await;
    let job = start(&context, tag("gift"), audience).await.expect("a job");
    let mut crashing = Running::claim(&app.state).await.expect("an answer").expect("the job");
    assert!(crashing.step().await.expect("a batch"));
    drop(crashing);
    let halfway = integer(&db, "SELECT COUNT(*) FROM customer_tags", args![]).await;
    assert!(halfway > 0 && halfway < MANY, "{halfway}");
    assert!(Running::claim(&app.state).await.expect("an answer").is_none(), "the lease still holds");
    app.state.clock.advance(LEASE + 1);
    drain(&app.state).await.expect("jobs that run");
    let done = view(&context, job).await;
    assert_eq!((done.status, done.progress, done.changed), (JobStatus::Done, MANY, MANY));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customer_tags", args![]).await, MANY);
    let entries = "SELECT COUNT(*) FROM audit_entries WHERE action = 'customer.tagged'";
    assert_eq!(integer(&db, entries, args![]).await, MANY);
}

support::db_test!(who_lost_the_lease_commits_nothing);
async fn who_lost_the_lease_commits_nothing(db: Db) {
    let (app, context) = owner(&db).await;
    let audience = customers(&db, MANY).await;
    let job = start(&context, tag("gift"), audience).await.expect("a job");
    let mut late = Running::claim(&app.state).await.expect("an answer").expect("the job");
    app.state.clock.advance(LEASE + 1);
    let mut quick = Running::claim(&app.state).await.expect("an answer").expect("the job again");
    assert!(quick.step().await.expect("a batch"));
    assert!(!late.step().await.unwrap_or(false));
    while quick.step().await.expect("a batch") {}
    assert_eq!(view(&context, job).await.changed, MANY);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'customer.tagged'", args![]).await, MANY);
}

support::db_test!(a_stopped_job_can_be_undone);
async fn a_stopped_job_can_be_undone(db: Db) {
    let (app, context) = owner(&db).await;
    let all = 2_000;
    let audience = customers(&db, all).await;
    let job = start(&context, tag("gift"), audience).await.expect("a job");
    let mut running = Running::claim(&app.state).await.expect("an answer").expect("the job");
    assert!(running.step().await.expect("a batch"));
    assert!(undo(&context, job).await.is_err(), "still at work");
    cancel(&context, job).await.expect("a request to stop");
    assert!(!running.step().await.expect("the last batch"));
    let stopped = view(&context, job).await;
    assert_eq!(stopped.status, JobStatus::Cancelled);
    assert!(stopped.undoable && stopped.progress < all);
    let undoing = undone(&context, job).await;
    assert_eq!((undoing.status, undoing.changed), (JobStatus::Done, stopped.changed));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customer_tags", args![]).await, 0);
    assert!(undo(&context, job).await.is_err(), "undone already");
}

support::db_test!(what_can_be_undone_is_offered_for_a_day);
async fn what_can_be_undone_is_offered_for_a_day(db: Db) {
    let (app, context) = owner(&db).await;
    let audience = customers(&db, 3).await;
    let offered = async || {
        let jobs = list_own(&db, context.staff.id, app.state.clock.now()).await.expect("jobs");
        jobs.into_iter().map(|job| job.id).collect::<Vec<_>>()
    };
    let gift = run(&context, tag("gift"), &audience).await;
    let nothing = run(&context, tag("gift"), &audience).await;
    assert_eq!(nothing.changed, 0);
    let vip = run(&context, tag("vip"), &audience).await;
    assert_eq!(offered().await, [gift.id, vip.id], "what changed nothing needs no undo");
    undone(&context, gift.id).await;
    assert_eq!(offered().await, [vip.id]);
    let at_work = start(&context, tag("b2b"), audience).await.expect("a job");
    app.state.clock.advance(Timestamp::DAY + 1);
    assert_eq!(offered().await, [at_work]);
    let other = app.member(Role::Admin, None).await;
    assert!(list_own(&db, other, app.state.clock.now()).await.expect("jobs").is_empty(), "everybody sees their own");
}

support::db_test!(undoing_tags_keeps_later_edits);
async fn undoing_tags_keeps_later_edits(db: Db) {
    let (app, context) = owner(&db).await;
    let audience = customers(&db, 4).await;
    let [had, again, _, gone] = audience[..] else { panic!("four customers") };
    run(&context, tag("gift"), &[had]).await;
    app.state.clock.advance(1);
    let done = run(&context, tag("gift"), &audience).await;
    // Later: taken off one, and off another and put on again.
    execute(&db, "DELETE FROM customer_tags WHERE customer_id = $1", args![gone]).await;
    execute(&db, "UPDATE customer_tags SET added_at = added_at + 5 WHERE customer_id = $1", args![again]).await;
    assert_eq!(undone(&context, done.id).await.changed, 1);
    let tagged = numbers(&db, "SELECT customer_id FROM customer_tags ORDER BY customer_id", args![]).await;
    assert_eq!(tagged, [had.0, again.0]);
}

support::db_test!(undoing_brings_back_tags_and_groups_as_they_were);
async fn undoing_brings_back_tags_and_groups_as_they_were(db: Db) {
    let (_, context) = owner(&db).await;
    let audience = customers(&db, 3).await;
    let [first, second, third] = audience[..] else { panic!("three customers") };
    let vip = group(&db, "vip").await;
    for (customer, pinned, at) in [(first, true, 11_i64), (second, false, 22), (third, false, 33)] {
        execute(
            &db,
            "INSERT INTO customer_group_members (customer_id, group_id, pinned, added_at) VALUES ($1, $2, $3, $4)",
            args![customer, vip, pinned, at],
        )
        .await;
    }
    execute(&db, "UPDATE customers SET pricing_group_id = $2 WHERE id = $1", args![third, vip]).await;
    let state = "SELECT customer_id * 1000 + added_at * 10 + CASE WHEN pinned THEN 1 ELSE 0 END
        FROM customer_group_members WHERE group_id = $1 ORDER BY customer_id";
    let before = numbers(&db, state, args![vip]).await;
    let removed = run(&context, BulkAction::RemoveFromGroup { group: vip }, &audience).await;
    assert_eq!(removed.changed, 2, "it is the discount group of the third");
    assert_eq!(undone(&context, removed.id).await.changed, 2);
    assert_eq!(numbers(&db, state, args![vip]).await, before);

    run(&context, tag("gift"), &[first]).await;
    let tags = "SELECT added_at FROM customer_tags";
    let before = numbers(&db, tags, args![]).await;
    let gift = TagId(integer(&db, "SELECT id FROM tags WHERE name_key = 'gift'", args![]).await);
    let untagged = run(&context, BulkAction::Untag { tag: gift }, &audience).await;
    assert_eq!((untagged.changed, numbers(&db, tags, args![]).await.len()), (1, 0));
    undone(&context, untagged.id).await;
    assert_eq!(numbers(&db, tags, args![]).await, before);

    let added = run(&context, BulkAction::AddToGroup { group: group(&db, "loyalty").await }, &audience).await;
    assert_eq!(added.changed, 3);
    assert_eq!(undone(&context, added.id).await.changed, 3);
}

support::db_test!(undoing_a_block_keeps_who_was_set_again);
async fn undoing_a_block_keeps_who_was_set_again(db: Db) {
    let (_, context) = owner(&db).await;
    let audience = customers(&db, 3).await;
    execute(&db, "UPDATE customers SET account_status = 'blocked' WHERE id = $1", args![audience[0]]).await;
    let blocked = run(&context, BulkAction::Block, &audience).await;
    assert_eq!(blocked.changed, 2);
    // Somebody unblocks the second and blocks them again for a reason of their own.
    run(&context, BulkAction::Unblock, &audience[1..2]).await;
    run(&context, BulkAction::Block, &audience[1..2]).await;
    let back = undone(&context, blocked.id).await;
    assert_eq!((back.progress, back.changed), (2, 1));
    let still = numbers(&db, "SELECT id FROM customers WHERE account_status = 'blocked' ORDER BY id", args![]).await;
    assert_eq!(still, [audience[0].0, audience[1].0]);
}

support::db_test!(a_branch_limited_member_changes_only_their_own);
async fn a_branch_limited_member_changes_only_their_own(db: Db) {
    let app = TestApp::new(&db).await;
    let audience = customers(&db, 3).await;
    let branch: BranchId = support::branch(&db, "Hamburg").await;
    execute(&db, "UPDATE customers SET branch_id = $2 WHERE id = $1", args![audience[1], branch]).await;
    let limited = app.member(Role::Marketing, Some(&[branch])).await;
    let context = app.context(limited).await;
    let done = run(&context, tag("gift"), &audience).await;
    assert_eq!(done.changed, 1);
    assert_eq!(numbers(&db, "SELECT customer_id FROM customer_tags", args![]).await, [audience[1].0]);
    // Others cannot see the job; who manages the staff can.
    let other = app.context(app.member(Role::Support, None).await).await;
    assert!(get(&app.state, &other.staff, done.id).await.is_err());
    let admin = app.context(app.member(Role::Admin, None).await).await;
    assert!(get(&app.state, &admin.staff, done.id).await.is_ok());
}

support::db_test!(jobs_of_one_member_run_in_order);
async fn jobs_of_one_member_run_in_order(db: Db) {
    let (app, context) = owner(&db).await;
    let audience = customers(&db, 1).await;
    let first = start(&context, tag("gift"), audience.clone()).await.expect("a job");
    start(&context, BulkAction::Block, audience).await.expect("another");
    let held = Running::claim(&app.state).await.expect("an answer").expect("the first");
    assert!(Running::claim(&app.state).await.expect("an answer").is_none(), "the second waits");
    drop(held);
    assert_eq!(view(&context, first).await.status, JobStatus::Running);
}

support::db_test!(events_tell_how_it_ends_to_its_owner_alone);
async fn events_tell_how_it_ends_to_its_owner_alone(db: Db) {
    let (app, context) = owner(&db).await;
    let audience = customers(&db, 3).await;
    let done = run(&context, tag("gift"), &audience).await;
    let path = format!("/jobs/{}/events", done.id);
    let answer = app.get(&path, &app.cookie_of(context.staff.id).await).await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let data = answer.body.lines().find_map(|line| line.strip_prefix("data: ")).expect("an event");
    assert_eq!(wire::read::<JobView>(data), Ok(done));
    let other = app.log_in(Role::Marketing).await;
    assert_eq!(app.get(&path, &other).await.status, axum::http::StatusCode::NOT_FOUND);
}

support::db_test!(what_cannot_be_is_refused_at_once);
async fn what_cannot_be_is_refused_at_once(db: Db) {
    let (_, context) = owner(&db).await;
    let audience = customers(&db, 1).await;
    assert!(start(&context, tag("gift"), vec![]).await.is_err());
    for name in ["", "  ", "a,b", &"x".repeat(51)] {
        assert!(start(&context, tag(name), audience.clone()).await.is_err(), "{name:?}");
    }
    assert!(start(&context, BulkAction::Untag { tag: TagId(99) }, audience).await.is_err());
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM jobs", args![]).await, 0);
}

support::db_test!(what_an_old_job_did_is_forgotten);
async fn what_an_old_job_did_is_forgotten(db: Db) {
    let (app, context) = owner(&db).await;
    let audience = customers(&db, MANY).await;
    let old = run(&context, tag("gift"), &audience).await;
    app.state.clock.advance(UNDOABLE_FOR - 1);
    let new = run(&context, tag("vip"), &audience[..3]).await;
    upkeep::clean(&app.state).await.expect("a clean database");
    assert!(view(&context, old.id).await.undoable, "not yet");
    app.state.clock.advance(2);
    upkeep::clean(&app.state).await.expect("a clean database");
    let kept = "SELECT COUNT(*) FROM job_customers WHERE job_id = $1";
    assert_eq!((integer(&db, kept, args![old.id]).await, integer(&db, kept, args![new.id]).await), (0, 3));
    assert!(!view(&context, old.id).await.undoable && view(&context, new.id).await.undoable);
    assert!(undo(&context, old.id).await.is_err());
}
