//! Groups, tags and memberships: what is edited is what pricing uses, hands win over rules, and what jobs did can be turned back.

mod support;

use clientele::args;
use clientele::base::{AppError, Currency, CustomerId, GroupId, JobId, TagId};
use clientele::commerce::eligibility::EarlyForm;
use clientele::commerce::orders::Clerk;
use clientele::commerce::products::{self, ProductEdit, ProductForm};
use clientele::customers::bulk::{BulkAction, service::start as start_bulk};
use clientele::customers::groups::{self, GroupForm};
use clientele::customers::memberships::{self, Cause, RuleForm, Target, service::Evaluated};
use clientele::customers::profile;
use clientele::customers::segments::{self, SegmentForm};
use clientele::customers::tags::{self, TagEdit, TagForm, TagQuery};
use clientele::office::audit::store::Actor;
use clientele::office::jobs::JobStatus;
use clientele::office::jobs::service::{drain, get, undo};
use clientele::office::settings::zone::Zone;
use clientele::office::staff::Role;
use clientele::server::{Args, Context, Db};
use support::{TestApp, customer, group, in_tx, integer, numbers};

async fn owner(db: &Db) -> (TestApp, Context) {
    let app = TestApp::new(db).await;
    let owner = app.member(Role::Owner, None).await;
    let context = app.context(owner).await;
    (app, context)
}

async fn run(db: &Db, sql: &str, args: Args) {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(sql, args).await.expect("a statement that runs");
    tx.commit().await.expect("a commit");
}

fn invalid<T: std::fmt::Debug>(result: Result<T, AppError>) -> (String, String) {
    match result {
        Err(AppError::Invalid { field, message }) => (field, message),
        Err(AppError::Conflict { message }) => ("conflict".into(), message),
        other => (format!("{other:?}"), String::new()),
    }
}

async fn edit(db: &Db, ctx: &Context, id: CustomerId, change: impl Fn(&mut profile::Details)) {
    let (version, base) = profile::service::get_details(db, None, id).await.expect("details");
    let mut details = base.clone();
    change(&mut details);
    let edit = profile::Edit { version, base, details };
    in_tx!(db, tx => profile::service::save(&tx, None, &ctx.actor(), id, &edit, Zone::UTC)).expect("saved");
}

async fn tag(db: &Db, ctx: &Context, name: &str) -> TagId {
    let edit = TagEdit { id: None, form: TagForm { name: name.into(), hue: None } };
    in_tx!(db, tx => tags::service::save(&tx, &ctx.actor(), &edit)).expect("a tag")
}

async fn put_on(db: &Db, tag: TagId, ids: &[CustomerId], at: i64) {
    for id in ids {
        let sql = "INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, $2, $3)";
        run(db, sql, args![*id, tag, at]).await;
    }
}

async fn people(db: &Db, count: usize) -> Vec<CustomerId> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(customer(&format!("c{n}@example.com")).insert(db).await);
    }
    ids
}

async fn carriers(db: &Db, tag: TagId) -> Vec<i64> {
    numbers(db, "SELECT customer_id FROM customer_tags WHERE tag_id = $1 ORDER BY customer_id", args![tag]).await
}

async fn members(db: &Db, group: GroupId) -> Vec<i64> {
    let sql = "SELECT customer_id FROM customer_group_members WHERE group_id = $1 ORDER BY customer_id";
    numbers(db, sql, args![group]).await
}

async fn priced(db: &Db, group: GroupId) -> Vec<i64> {
    numbers(db, "SELECT id FROM customers WHERE pricing_group_id = $1 ORDER BY id", args![group]).await
}

fn ids(customers: &[CustomerId]) -> Vec<i64> {
    customers.iter().map(|id| id.0).collect()
}

async fn finished(ctx: &Context, job: JobId) -> (JobStatus, i64) {
    drain(&ctx.state).await.expect("jobs that run");
    let view = get(&ctx.state, &ctx.staff, job).await.expect("a job");
    (view.status, view.changed)
}

async fn undone(ctx: &Context, job: JobId) -> (JobStatus, i64) {
    let undoing = undo(ctx, job).await.expect("an undo");
    drain(&ctx.state).await.expect("jobs that run");
    let view = get(&ctx.state, &ctx.staff, undoing.id).await.expect("a job");
    (view.status, view.changed)
}

support::db_test!(two_edits_of_a_group_go_together_and_of_one_field_do_not);
async fn two_edits_of_a_group_go_together_and_of_one_field_do_not(db: Db) {
    let (_, ctx) = owner(&db).await;
    let actor = ctx.actor();
    let form = GroupForm { name: "Trade".into(), discount: "10".into(), ..GroupForm::default() };
    let id = in_tx!(db, tx => groups::service::add(&tx, &actor, Currency::USD, &form)).expect("a group");
    let again =
        in_tx!(db, tx => groups::service::add(&tx, &actor, Currency::USD, &GroupForm { name: "TRÁDE".into(), ..form.clone() }));
    assert_eq!(invalid(again), ("name".into(), "groups.name_taken".into()));
    let base = groups::service::view(&ctx.state, None, Some(id)).await.expect("a group").form;
    let save = async |mine: GroupForm| in_tx!(db, tx => groups::service::change(&tx, &actor, Currency::USD, id, &mine, &base));
    save(GroupForm { discount: "12.5".into(), ..base.clone() }).await.expect("the first");
    save(GroupForm { terms: "30".into(), ..base.clone() }).await.expect("another field");
    let refused = save(GroupForm { discount: "20".into(), ..base.clone() }).await;
    assert_eq!(invalid(refused).1, "groups.changed");
    let view = groups::service::view(&ctx.state, None, Some(id)).await.expect("a group");
    assert_eq!((view.form.discount.as_str(), view.form.terms.as_str(), view.code.as_str()), ("12.5", "30", "trade"));
    assert_eq!(view.changed.map(|(by, _)| by), Some("owner".to_owned()));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE entity = 'group' AND entity_id = $1", args![id]).await, 3);
    let gone = save(GroupForm { price_list: "99".into(), ..base.clone() }).await;
    assert_eq!(invalid(gone), ("price_list".into(), "groups.price_list_gone".into()));
}

support::db_test!(a_group_with_customers_is_archived_once_they_are_moved);
async fn a_group_with_customers_is_archived_once_they_are_moved(db: Db) {
    let (_, ctx) = owner(&db).await;
    let actor = ctx.actor();
    let (retail, trade, vip) = (group(&db, "retail").await, group(&db, "trade").await, group(&db, "vip").await);
    let ana = customer("ana@example.com").group("trade").insert(&db).await;
    let bea = customer("bea@example.com").insert(&db).await;
    let cleo = customer("cleo@example.com").group("trade").insert(&db).await;
    // Bea is in it at other prices; Cleo is in the other group already.
    run(
        &db,
        "INSERT INTO customer_group_members (customer_id, group_id, pinned, added_at) VALUES ($1, $2, TRUE, 5)",
        args![bea, trade],
    )
    .await;
    run(&db, "INSERT INTO customer_group_members (customer_id, group_id, added_at) VALUES ($1, $2, 7)", args![cleo, vip]).await;
    let archive = async |id, archived| in_tx!(db, tx => groups::service::set_archived(&tx, &actor, Currency::USD, id, archived));
    assert_eq!(invalid(archive(trade, true).await).1, "groups.still_used");
    assert_eq!(invalid(archive(retail, true).await).1, "groups.fallback_stays");
    let job = in_tx!(db, tx => groups::service::move_everybody(&tx, &actor, trade, vip, true)).expect("a job");
    assert_eq!(finished(&ctx, job).await, (JobStatus::Done, 3));
    assert_eq!((members(&db, trade).await, priced(&db, trade).await), (vec![], vec![]));
    assert_eq!((members(&db, vip).await, priced(&db, vip).await), (ids(&[ana, bea, cleo]), ids(&[ana, cleo])));
    let pinned = "SELECT customer_id FROM customer_group_members WHERE group_id = $1 AND pinned";
    assert_eq!(numbers(&db, pinned, args![vip]).await, ids(&[bea]), "as firmly as before");
    assert!(groups::store::is_archived(&db, trade).await.expect("an answer"));
    let told = "SELECT COUNT(*) FROM membership_history WHERE cause = 'move' AND customer_id = $1";
    assert_eq!(integer(&db, told, args![ana]).await, 3, "out, in, prices");
    // Nobody comes in any more.
    let (version, base) = profile::service::get_details(&db, None, bea).await.expect("details");
    let details = profile::Details { groups: vec![retail, trade, vip], ..base.clone() };
    let save = profile::Edit { version, base, details };
    in_tx!(db, tx => profile::service::save(&tx, None, &actor, bea, &save, Zone::UTC)).expect("what is not offered is left out");
    assert_eq!(members(&db, trade).await, [0; 0]);
    // Somebody chose for Cleo meanwhile: her prices stay.
    run(&db, "UPDATE customers SET pricing_group_id = $2 WHERE id = $1", args![cleo, retail]).await;
    assert_eq!(undone(&ctx, job).await, (JobStatus::Done, 2));
    assert!(!groups::store::is_archived(&db, trade).await.expect("an answer"));
    assert_eq!((members(&db, trade).await, priced(&db, trade).await), (ids(&[ana, bea]), ids(&[ana])));
    assert_eq!(members(&db, vip).await, ids(&[cleo]));
    let since = "SELECT added_at FROM customer_group_members WHERE group_id = $1 AND customer_id = $2 AND pinned";
    assert_eq!(integer(&db, since, args![trade, bea]).await, 5, "as old and as firm as before");
}

support::db_test!(an_empty_group_is_archived_restored_and_deleted);
async fn an_empty_group_is_archived_restored_and_deleted(db: Db) {
    let (_, ctx) = owner(&db).await;
    let actor = ctx.actor();
    let trade = group(&db, "trade").await;
    let archive = async |archived| in_tx!(db, tx => groups::service::set_archived(&tx, &actor, Currency::USD, trade, archived));
    let delete = async || in_tx!(db, tx => groups::service::delete(&tx, &actor, Currency::USD, trade));
    assert_eq!(invalid(delete().await).1, "groups.archive_first");
    archive(true).await.expect("archived");
    archive(false).await.expect("restored");
    archive(true).await.expect("archived");
    // Bulk actions do not find it.
    let bea = customer("bea@example.com").insert(&db).await;
    let add = start_bulk(&ctx, BulkAction::AddToGroup { group: trade }, vec![bea]).await;
    assert_eq!(add, Err(AppError::NotFound));
    delete().await.expect("deleted");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customer_groups WHERE code = 'trade'", args![]).await, 0);
}

support::db_test!(a_campaign_that_is_for_a_group_keeps_it);
async fn a_campaign_that_is_for_a_group_keeps_it(db: Db) {
    let (_, ctx) = owner(&db).await;
    let actor = ctx.actor();
    let (trade, vip) = (group(&db, "trade").await, group(&db, "vip").await);
    let archive = async |id| in_tx!(db, tx => groups::service::set_archived(&tx, &actor, Currency::USD, id, true));
    let campaign = async |audience: &str| {
        let sql =
            "INSERT INTO campaigns (name, topic, subject, preheader, layout, body, text, audience, state, created_at, updated_at)
            VALUES ('Spring', 'offers', '', '', 'card', '', '', $1, 'scheduled', 0, 0)";
        run(&db, sql, args![audience]).await;
    };
    for audience in [
        format!(r#"{{"include":["everybody"],"exclude":[{{"group":{trade}}}]}}"#),
        r#"{"include":[{"rule":"orders > 1 and not group = trade"}],"exclude":[]}"#.to_owned(),
    ] {
        campaign(&audience).await;
        assert!(invalid(archive(trade).await).1.starts_with("groups.used_by_campaign"), "{audience}");
        let hold = groups::service::hold(&db, Currency::USD, trade).await.expect("a hold");
        assert_eq!((hold.campaigns.as_slice(), hold.customers), (["Spring".to_owned()].as_slice(), 0));
        // Nor does the job archive it that moves everybody out.
        let job = in_tx!(db, tx => groups::service::move_everybody(&tx, &actor, trade, vip, true)).expect("a job");
        finished(&ctx, job).await;
        assert!(!groups::store::is_archived(&db, trade).await.expect("an answer"));
        run(&db, "UPDATE campaigns SET deleted_at = 1", args![]).await;
    }
    archive(trade).await.expect("no campaign any more");
    campaign(&format!(r#"{{"include":[{{"group":{trade}}}],"exclude":[]}}"#)).await;
    let deleted = in_tx!(db, tx => groups::service::delete(&tx, &actor, Currency::USD, trade));
    assert!(invalid(deleted).1.starts_with("groups.used_by_campaign"));
}

support::db_test!(names_of_tags_are_unique_in_every_script);
async fn names_of_tags_are_unique_in_every_script(db: Db) {
    let (_, ctx) = owner(&db).await;
    for (first, second) in
        [("Straße", "STRASSE"), ("Ὀδυσσεύς", "οδυσσευς"), ("ПОДАРОК", "подарок"), ("王伟", "王伟"), ("ＶＩＰ", "vip")]
    {
        tag(&db, &ctx, first).await;
        let edit = TagEdit { id: None, form: TagForm { name: second.into(), hue: None } };
        let again = in_tx!(db, tx => tags::service::save(&tx, &ctx.actor(), &edit));
        assert_eq!(invalid(again), ("name".into(), "tags.name_taken".into()), "{second}");
    }
    let found = tags::service::list(&ctx.state, None, &TagQuery { search: "οδυσσ".into(), ..TagQuery::default() }).await;
    assert_eq!(found.expect("tags").rows.len(), 1);
    let nothing = TagEdit { id: None, form: TagForm { name: "\u{301}".into(), hue: None } };
    assert_eq!(invalid(in_tx!(db, tx => tags::service::save(&tx, &ctx.actor(), &nothing))).0, "name");
}

support::db_test!(a_tag_is_renamed_by_whoever_is_first);
async fn a_tag_is_renamed_by_whoever_is_first(db: Db) {
    let (_, ctx) = owner(&db).await;
    let gift = tag(&db, &ctx, "gift").await;
    let rename = async |version, name: &str| {
        let edit = TagEdit { id: Some((gift, version)), form: TagForm { name: name.into(), hue: Some(4) } };
        in_tx!(db, tx => tags::service::save(&tx, &ctx.actor(), &edit))
    };
    rename(1, "Gift").await.expect("only its case");
    assert_eq!(invalid(rename(1, "present").await).1, "tags.changed");
    rename(2, "present").await.expect("the next");
    let label = tags::store::get(&db, gift).await.expect("a tag").label();
    assert_eq!((label.name.as_str(), label.hue), ("present", Some(4)));
}

support::db_test!(merging_keeps_who_carries_what_and_is_undone);
async fn merging_keeps_who_carries_what_and_is_undone(db: Db) {
    let (_, ctx) = owner(&db).await;
    let actor = ctx.actor();
    let all = people(&db, 6).await;
    let (a, b, into) = (tag(&db, &ctx, "gift").await, tag(&db, &ctx, "gifts").await, tag(&db, &ctx, "present").await);
    put_on(&db, a, &all[..3], 11).await;
    put_on(&db, b, &all[2..4], 22).await;
    put_on(&db, into, &all[3..5], 33).await;
    assert_eq!(tags::service::count_carriers(&ctx.state, &[a, b, into]).await, Ok(5));
    let job = in_tx!(db, tx => tags::service::merge(&tx, &actor, &[a, b, into], into)).expect("a job");
    // The names are free at once; nobody shows a tag that goes.
    let new = tag(&db, &ctx, "Gift").await;
    assert!(profile::store::list_tags(&db, all[0]).await.expect("tags").is_empty());
    assert_eq!(finished(&ctx, job).await, (JobStatus::Done, 4));
    assert_eq!(carriers(&db, into).await, ids(&all[..5]));
    assert!(carriers(&db, a).await.is_empty() && carriers(&db, b).await.is_empty());
    assert_eq!(
        integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE customer_id = $1 AND action = 'customer.untagged'", args![all[2]])
            .await,
        2,
        "each of the tags that went"
    );
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM membership_history WHERE cause = 'merge'", args![]).await, 5 + 3);
    // The name is taken again: undoing waits until it is free.
    let undoing = undo(&ctx, job).await.expect("an undo");
    assert!(drain(&ctx.state).await.is_err());
    let failed = get(&ctx.state, &ctx.staff, undoing.id).await;
    assert_ne!(failed.expect("a job").status, JobStatus::Done);
    run(&db, "UPDATE jobs SET status = 'failed' WHERE id = $1", args![undoing.id]).await;
    let edit = TagEdit { id: Some((new, 1)), form: TagForm { name: "other".into(), hue: None } };
    in_tx!(db, tx => tags::service::save(&tx, &actor, &edit)).expect("renamed");
    // Somebody took it off one meanwhile, and off another and on again: theirs stays.
    run(&db, "DELETE FROM customer_tags WHERE customer_id = $1 AND tag_id = $2", args![all[0], into]).await;
    run(&db, "UPDATE customer_tags SET added_at = 99 WHERE customer_id = $1 AND tag_id = $2", args![all[1], into]).await;
    assert_eq!(undone(&ctx, job).await, (JobStatus::Done, 2));
    assert_eq!((carriers(&db, a).await, carriers(&db, b).await), (ids(&all[2..3]), ids(&all[2..4])));
    assert_eq!(carriers(&db, into).await, ids(&[all[1], all[3], all[4]]));
    let since = "SELECT added_at FROM customer_tags WHERE customer_id = $1 AND tag_id = $2";
    assert_eq!(integer(&db, since, args![all[2], a]).await, 11, "as old as it was");
    assert_eq!(tags::store::get(&db, a).await.expect("it is back").name, "gift");
}

support::db_test!(a_deleted_tag_comes_back_as_it_was);
async fn a_deleted_tag_comes_back_as_it_was(db: Db) {
    let (_, ctx) = owner(&db).await;
    let actor = ctx.actor();
    let all = people(&db, 450).await;
    let gift = tag(&db, &ctx, "gift").await;
    put_on(&db, gift, &all, 11).await;
    run(&db, "UPDATE customer_tags SET pinned = FALSE WHERE customer_id = $1", args![all[0]]).await;
    run(
        &db,
        "INSERT INTO promotions (code, code_key, name, kind, percent_bp, tag_id, created_at) VALUES ('X', 'X', 'X', 'percent', 1, $1, 1)",
        args![gift],
    )
    .await;
    let delete = async || in_tx!(db, tx => tags::service::delete(&tx, &actor, gift));
    assert_eq!(invalid(delete().await).1, "tags.used_by_promotion");
    run(&db, "UPDATE promotions SET tag_id = NULL, early_tag_id = $1", args![gift]).await;
    assert_eq!(invalid(delete().await).1, "tags.used_by_promotion", "it opens earlier for them");
    run(&db, "UPDATE promotions SET early_tag_id = NULL", args![]).await;
    let product = "INSERT INTO products (sku, name, price_minor, currency, early_tag_id, created_at) VALUES ('TEA', 'Tea', 1, 'USD', $1, 0)";
    run(&db, product, args![gift]).await;
    assert_eq!(invalid(delete().await).1, "tags.used_by_product");
    run(&db, "UPDATE products SET early_tag_id = NULL", args![]).await;
    let waiting = start_bulk(&ctx, BulkAction::Tag { name: "gift".into() }, vec![all[0]]).await.expect("a job");
    let job = delete().await.expect("a job");
    assert_eq!(delete().await, Err(AppError::NotFound), "once");
    // A job that would still put it on is refused, and leaves nobody with it.
    run(&db, "DELETE FROM customer_tags WHERE customer_id = $1", args![all[0]]).await;
    assert!(drain(&ctx.state).await.is_err());
    run(&db, "UPDATE jobs SET status = 'failed' WHERE id = $1", args![waiting]).await;
    put_back(&db, gift, all[0]).await;
    assert_eq!(finished(&ctx, job).await, (JobStatus::Done, 450));
    assert!(carriers(&db, gift).await.is_empty());
    assert_eq!(undone(&ctx, job).await, (JobStatus::Done, 450));
    assert_eq!(carriers(&db, gift).await, ids(&all));
    let pinned = "SELECT customer_id FROM customer_tags WHERE NOT pinned AND added_at = 11";
    assert_eq!(numbers(&db, pinned, args![]).await, ids(&all[..1]));

    // Also one that nobody carries.
    let unused = tag(&db, &ctx, "unused").await;
    let job = in_tx!(db, tx => tags::service::delete(&tx, &actor, unused)).expect("a job");
    assert_eq!(finished(&ctx, job).await, (JobStatus::Done, 0));
    let there = "SELECT COUNT(*) FROM tags WHERE id = $1 AND gone_at = 0";
    assert_eq!(integer(&db, there, args![unused]).await, 0);
    assert_eq!(undone(&ctx, job).await, (JobStatus::Done, 0));
    assert_eq!(integer(&db, there, args![unused]).await, 1);
    assert!(undo(&ctx, job).await.is_err(), "once");
}

async fn put_back(db: &Db, tag: TagId, id: CustomerId) {
    let sql = "INSERT INTO customer_tags (customer_id, tag_id, pinned, added_at) VALUES ($1, $2, FALSE, 11)";
    run(db, sql, args![id, tag]).await;
}

async fn rule(db: &Db, ctx: &Context, target: Target, form: RuleForm) {
    in_tx!(db, tx => memberships::service::save_rule(&tx, &ctx.actor(), target, None, &form)).expect("a rule");
}

fn spent(amount: &str) -> RuleForm {
    RuleForm { rule: format!("total_spent >= {amount}"), active: true, ..RuleForm::default() }
}

async fn evaluated(db: &Db, target: Target, matching: &[CustomerId]) -> Evaluated {
    let rule = memberships::store::find_rule(db, target).await.expect("an answer").expect("a rule");
    Evaluated::new(rule, matching.to_vec())
}

support::db_test!(rules_put_in_and_take_out_whom_nobody_holds);
async fn rules_put_in_and_take_out_whom_nobody_holds(db: Db) {
    let (_, ctx) = owner(&db).await;
    let all = people(&db, 6).await;
    let (retail, vip) = (group(&db, "retail").await, group(&db, "vip").await);
    let target = Target::Group(vip);
    rule(&db, &ctx, target, RuleForm { sets_pricing: true, priority: "10".into(), ..spent("5000") }).await;
    // By hand: 3 is in, 4 was taken out again; 5 came in by the rule.
    edit(&db, &ctx, all[3], |details| details.groups.push(vip)).await;
    edit(&db, &ctx, all[4], |details| details.groups.push(vip)).await;
    edit(&db, &ctx, all[4], |details| details.groups.retain(|group| *group != vip)).await;
    run(&db, "INSERT INTO customer_group_members (customer_id, group_id, added_at) VALUES ($1, $2, 1)", args![all[5], vip]).await;
    run(&db, "UPDATE customers SET pricing_group_id = $2 WHERE id = $1", args![all[5], vip]).await;
    let matching = [all[0], all[1], all[4]];
    let preview = memberships::service::preview(&db, &[evaluated(&db, target, &matching).await]).await.expect("a preview");
    assert_eq!((preview.matching, preview.entering, preview.leaving), (3, 2, 1));
    // 0 and 1 come in, 5 falls back, and 3, who is in it by hand, pays its prices: the rule sets them.
    assert_eq!((preview.pricing, preview.held), (4, 2));
    assert_eq!(preview.sample.len(), 4);
    let job = memberships::service::start(&ctx, &[evaluated(&db, target, &matching).await]).await.expect("a job");
    assert_eq!(finished(&ctx, job).await, (JobStatus::Done, 4));
    assert_eq!(members(&db, vip).await, ids(&[all[0], all[1], all[3]]));
    assert_eq!(priced(&db, vip).await, ids(&[all[0], all[1], all[3]]));
    assert_eq!(priced(&db, retail).await, ids(&[all[2], all[4], all[5]]));
    // Once more changes nobody.
    let again = memberships::service::preview(&db, &[evaluated(&db, target, &matching).await]).await.expect("a preview");
    assert_eq!((again.entering, again.leaving, again.pricing), (0, 0, 0));
    let causes = memberships::service::view(&ctx, all[0]).await.expect("memberships");
    let told = &causes.history.lines;
    assert!(told.iter().take(2).all(|line| line.cause == Cause::Rule && line.by.as_deref() == Some("owner")), "{told:?}");
    // Let go of, 4 comes in.
    in_tx!(db, tx => memberships::service::pin(&tx, &ctx.actor(), all[4], target, false)).expect("let go");
    let later = memberships::service::preview(&db, &[evaluated(&db, target, &matching).await]).await.expect("a preview");
    assert_eq!((later.entering, later.held), (1, 1));
}

support::db_test!(what_is_done_by_hand_between_preview_and_job_counts);
async fn what_is_done_by_hand_between_preview_and_job_counts(db: Db) {
    let (_, ctx) = owner(&db).await;
    let all = people(&db, 3).await;
    let vip = group(&db, "vip").await;
    let target = Target::Group(vip);
    rule(&db, &ctx, target, spent("5000")).await;
    run(&db, "INSERT INTO customer_group_members (customer_id, group_id, added_at) VALUES ($1, $2, 1)", args![all[2], vip]).await;
    let found = evaluated(&db, target, &all[..2]).await;
    let job = memberships::service::start(&ctx, std::slice::from_ref(&found)).await.expect("a job");
    edit(&db, &ctx, all[0], |details| details.groups.push(vip)).await;
    edit(&db, &ctx, all[0], |details| details.groups.retain(|group| *group != vip)).await;
    in_tx!(db, tx => memberships::service::pin(&tx, &ctx.actor(), all[2], target, true)).expect("pinned");
    assert_eq!(finished(&ctx, job).await, (JobStatus::Done, 1));
    assert_eq!(members(&db, vip).await, ids(&all[1..]));
    // A rule that was changed since does nothing more.
    let job = memberships::service::start(&ctx, &[evaluated(&db, target, &[]).await]).await.expect("a job");
    let off = RuleForm { active: false, ..spent("5000") };
    in_tx!(db, tx => memberships::service::save_rule(&tx, &ctx.actor(), target, Some(1), &off)).expect("switched off");
    assert_eq!(finished(&ctx, job).await, (JobStatus::Done, 0));
    let stale = in_tx!(db, tx => memberships::service::save_rule(&tx, &ctx.actor(), target, Some(1), &off));
    assert_eq!(invalid(stale).1, "assign.changed");
}

support::db_test!(the_night_does_what_all_rules_say);
async fn the_night_does_what_all_rules_say(db: Db) {
    let (_, ctx) = owner(&db).await;
    let all = people(&db, 4).await;
    let (trade, vip) = (group(&db, "trade").await, group(&db, "vip").await);
    let gift = tag(&db, &ctx, "gift").await;
    run(&db, "UPDATE customer_stats SET spent_minor = 6000 * 100 WHERE customer_id <= $1", args![all[1]]).await;
    run(&db, "UPDATE customer_stats SET orders_count = 3 WHERE customer_id = $1", args![all[1]]).await;
    let prices = |priority: &str, form: RuleForm| RuleForm { sets_pricing: true, priority: priority.into(), ..form };
    rule(&db, &ctx, Target::Group(vip), prices("20", spent("5000"))).await;
    rule(
        &db,
        &ctx,
        Target::Group(trade),
        prices("10", RuleForm { rule: "orders >= 3".into(), active: true, ..RuleForm::default() }),
    )
    .await;
    rule(&db, &ctx, Target::Tag(gift), spent("5000")).await;
    clientele::office::jobs::nightly::enqueue(&ctx.state).await.expect("an answer");
    drain(&ctx.state).await.expect("jobs that run");
    assert_eq!(members(&db, vip).await, ids(&all[..2]));
    assert_eq!((priced(&db, vip).await, priced(&db, trade).await), (ids(&all[..1]), ids(&all[1..2])), "by priority");
    assert_eq!(carriers(&db, gift).await, ids(&all[..2]));
    // A tag that a rule put on goes when it no longer holds, one that was put on by hand stays.
    edit(&db, &ctx, all[2], |details| details.tags.push("gift".into())).await;
    run(&db, "UPDATE customer_stats SET spent_minor = 0", args![]).await;
    ctx.state.changed().await;
    run(&db, "UPDATE settings SET value = '0' WHERE key = 'jobs.nightly_day'", args![]).await;
    clientele::office::jobs::nightly::enqueue(&ctx.state).await.expect("an answer");
    drain(&ctx.state).await.expect("jobs that run");
    assert_eq!(carriers(&db, gift).await, ids(&all[2..3]));
    assert_eq!((members(&db, vip).await, priced(&db, vip).await), (vec![], vec![]));
}

support::db_test!(hands_are_written_down_and_pinned);
async fn hands_are_written_down_and_pinned(db: Db) {
    let (_, ctx) = owner(&db).await;
    let all = people(&db, 2).await;
    let (retail, vip) = (group(&db, "retail").await, group(&db, "vip").await);
    edit(&db, &ctx, all[0], |details| {
        details.pricing_group = vip;
        details.groups.push(vip);
        details.tags = vec!["gift".into()];
    })
    .await;
    let seen = memberships::service::view(&ctx, all[0]).await.expect("memberships");
    assert!(seen.pricing_pinned && seen.current.iter().filter(|one| one.name != "retail").all(|one| one.pinned), "{seen:?}");
    assert_eq!(seen.history.lines.len(), 3);
    assert!(seen.history.lines.iter().all(|line| line.cause == Cause::Staff && line.entered));
    // A program's doing says so.
    let actor = Actor { staff: None, program: Some(clientele::base::ApiKeyId(1)), ..ctx.actor() };
    run(
        &db,
        "INSERT INTO api_keys (id, name, key_hash, last_four, scopes, created_at) VALUES (1, 'Shop', $1, 'abcd', '', 1)",
        args![vec![1_u8]],
    )
    .await;
    let (version, base) = profile::service::get_details(&db, None, all[1]).await.expect("details");
    let details = profile::Details { tags: vec!["gift".into()], ..base.clone() };
    let save = profile::Edit { version, base, details };
    in_tx!(db, tx => profile::service::save(&tx, None, &actor, all[1], &save, Zone::UTC)).expect("saved");
    let seen = memberships::service::view(&ctx, all[1]).await.expect("memberships");
    assert_eq!(seen.history.lines[0].cause, Cause::Api);
    // In bulk, and back.
    let job = start_bulk(&ctx, BulkAction::AddToGroup { group: vip }, all.clone()).await.expect("a job");
    assert_eq!(finished(&ctx, job).await, (JobStatus::Done, 1));
    assert_eq!(undone(&ctx, job).await, (JobStatus::Done, 1));
    let seen = memberships::service::view(&ctx, all[1]).await.expect("memberships");
    let causes: Vec<(Cause, bool)> = seen.history.lines.iter().map(|line| (line.cause, line.entered)).collect();
    assert_eq!(causes[..2], [(Cause::Undo, false), (Cause::Staff, true)]);
    assert_eq!(priced(&db, retail).await, ids(&all[1..]));
    let page = memberships::service::history(&db, all[1], seen.history.lines[0].id, Zone::UTC).await.expect("a page");
    assert_eq!(page.lines.len(), seen.history.lines.len() - 1);
}

support::db_test!(counts_are_the_lists);
async fn counts_are_the_lists(db: Db) {
    let (_, ctx) = owner(&db).await;
    let all = people(&db, 3).await;
    let gift = tag(&db, &ctx, "gift").await;
    put_on(&db, gift, &all, 1).await;
    run(&db, "UPDATE customers SET anonymised_at = 1 WHERE id = $1", args![all[0]]).await;
    let page = tags::service::list(&ctx.state, None, &TagQuery::default()).await.expect("tags");
    assert_eq!(page.rows[0].customers, 2);
    let nobody = tags::service::list(&ctx.state, Some(&[]), &TagQuery::default()).await.expect("tags");
    assert_eq!(nobody.rows[0].customers, 0, "of no branch");
    let groups = groups::service::list(&ctx.state, None).await.expect("groups");
    assert_eq!((groups.rows.len(), groups.rows[0].customers), (1, 2));
}

async fn kept(db: &Db, target: Target) -> String {
    memberships::store::find_rule(db, target).await.expect("an answer").expect("a rule").rule
}

fn text(rule: &str) -> RuleForm {
    RuleForm { rule: rule.into(), active: true, ..RuleForm::default() }
}

support::db_test!(rules_are_kept_by_ids_and_shown_by_names);
async fn rules_are_kept_by_ids_and_shown_by_names(db: Db) {
    let (_, ctx) = owner(&db).await;
    let vip = Target::Group(group(&db, "vip").await);
    let gift = tag(&db, &ctx, "gift").await;
    rule(&db, &ctx, vip, text("tag = GIFT   and spent more than 10")).await;
    assert_eq!(kept(&db, vip).await, format!("tag = #{gift} and total_spent > 10"));
    let edit = TagEdit { id: Some((gift, 1)), form: TagForm { name: "present".into(), hue: None } };
    in_tx!(db, tx => tags::service::save(&tx, &ctx.actor(), &edit)).expect("renamed");
    let shown = memberships::service::rule_view(&db, vip).await.expect("a view").rule.expect("a rule");
    assert_eq!(shown.rule, "tag = present and total_spent > 10");
    // What is shown can be saved as it is.
    let again = RuleForm::of(&shown);
    in_tx!(db, tx => memberships::service::save_rule(&tx, &ctx.actor(), vip, Some(shown.version), &again)).expect("saved");
    assert_eq!(kept(&db, vip).await, format!("tag = #{gift} and total_spent > 10"));
    for (bad, message) in [
        ("tag = presnt", "assign.rule_missing_meant"),
        ("tag = nowhere", "assign.rule_missing"),
        ("everyone", "assign.rule_everybody"),
        ("total_spent", "rules.error.number_operator"),
        ("?q=anna", "assign.rule_search"),
        ("/customers?spent_min=much", "assign.rule_unread"),
    ] {
        let target = Target::Tag(gift);
        let (field, told) =
            invalid(in_tx!(db, tx => memberships::service::save_rule(&tx, &ctx.actor(), target, None, &text(bad))));
        assert_eq!((field.as_str(), told.split('\u{1f}').next()), ("rule", Some(message)), "{bad}");
    }
}

support::db_test!(addresses_of_lists_go_on_meaning_what_they_meant);
async fn addresses_of_lists_go_on_meaning_what_they_meant(db: Db) {
    let (_, ctx) = owner(&db).await;
    let all = people(&db, 3).await;
    run(&db, "UPDATE customer_stats SET spent_minor = 6000 * 100 WHERE customer_id <= $1", args![all[1]]).await;
    ctx.state.changed().await;
    let vip = Target::Group(group(&db, "vip").await);
    // As they were kept before there was the language.
    rule(&db, &ctx, vip, text("blocked")).await;
    run(&db, "UPDATE assignment_rules SET rule = '?spent_min=5000'", args![]).await;
    let found = memberships::matching::matching(&ctx.state, "?spent_min=5000").await.expect("customers");
    assert_eq!(found, all[..2]);
    let shown = memberships::service::rule_view(&db, vip).await.expect("a view").rule.expect("a rule");
    assert_eq!(shown.rule, "total_spent >= 5000");
    let by_name = memberships::matching::matching(&ctx.state, "?q=nobody%20at%20all").await.expect("customers");
    assert_eq!(by_name, []);
    // Typed ones are in the language from then on.
    let address = text("https://shop.example/customers?spent_min=5000&sort=-spent");
    in_tx!(db, tx => memberships::service::save_rule(&tx, &ctx.actor(), vip, Some(shown.version), &address)).expect("saved");
    assert_eq!(kept(&db, vip).await, "total_spent >= 5000");
    assert_eq!(memberships::matching::matching(&ctx.state, &kept(&db, vip).await).await.expect("customers"), all[..2]);
}

support::db_test!(business_addresses_are_those_of_no_free_mail_host);
async fn business_addresses_are_those_of_no_free_mail_host(db: Db) {
    let (app, ctx) = owner(&db).await;
    let all = people(&db, 3).await;
    for (id, email) in [(all[0], "a@gmail.com"), (all[1], "b@GMX.example"), (all[2], "c@works.example")] {
        run(&db, "UPDATE customers SET email = $2, email_key = $3 WHERE id = $1", args![id, email, email.to_lowercase()]).await;
    }
    let business = async || {
        let rule = memberships::matching::checked(&db, "business_email").await.expect("a rule");
        memberships::matching::matching(&ctx.state, &rule).await.expect("customers")
    };
    assert_eq!(business().await, all[1..]);
    let mut form = clientele::office::settings::ThresholdForm::of(&app.state.settings());
    form.free_mail.push_str("\n gmx.example");
    let base = clientele::office::settings::ThresholdForm::of(&app.state.settings());
    clientele::office::settings::service::save_thresholds(&ctx, &form, &base).await.expect("saved");
    assert_eq!(business().await, all[2..]);
}

support::db_test!(what_a_product_names_is_not_done_away_with_meanwhile);
async fn what_a_product_names_is_not_done_away_with_meanwhile(db: Db) {
    let (_, ctx) = owner(&db).await;
    let (actor, settings) = (ctx.actor(), ctx.state.settings());
    let clerk = Clerk::member(&ctx, &settings);
    for n in 0..10 {
        let club = group(&db, &format!("club{n}")).await;
        let rule = SegmentForm { name: format!("Segment {n}"), rule: "orders > 9".into(), ..SegmentForm::default() };
        let segment = in_tx!(db, tx => segments::service::add(&tx, &ctx.state, &actor, &rule)).expect("a segment");
        let gift = tag(&db, &ctx, &format!("gift{n}")).await;
        let save = async |sku: &str, early: EarlyForm| {
            let (sku, name, price) = (format!("{sku}-{n}"), "Tea".to_owned(), "1".to_owned());
            let (from, early_from) = ("2026-04-02".to_owned(), "2026-04-01".to_owned());
            let form = ProductForm { sku, name, price, from, early_from, early, ..ProductForm::default() };
            in_tx!(db, tx => products::manage::save(&tx, &clerk, &ProductEdit { id: None, form }))
        };
        let named = EarlyForm { group: Some(club), ..EarlyForm::default() };
        let archive = async { in_tx!(db, tx => groups::service::set_archived(&tx, &actor, Currency::USD, club, true)) };
        let (archived, saved) = tokio::join!(archive, save("GROUP", named));
        assert!(archived.is_ok() != saved.is_ok(), "{archived:?} {saved:?}");
        let named = EarlyForm { segment: Some(segment), ..EarlyForm::default() };
        let archive = async { in_tx!(db, tx => segments::service::set_archived(&tx, &ctx.state, &actor, segment, true)) };
        let (archived, saved) = tokio::join!(archive, save("SEGMENT", named));
        assert!(archived.is_ok() != saved.is_ok(), "{archived:?} {saved:?}");
        // A tag that was deleted first is made anew.
        let named = EarlyForm { tag: format!("gift{n}"), ..EarlyForm::default() };
        let delete = async { in_tx!(db, tx => tags::service::delete(&tx, &actor, gift)) };
        let (_, saved) = tokio::join!(delete, save("TAG", named));
        saved.expect("a product");
    }
    let lost = "SELECT COUNT(*) FROM products p JOIN tags t ON t.id = p.early_tag_id WHERE t.gone_at > 0";
    assert_eq!(integer(&db, lost, args![]).await, 0);
}
