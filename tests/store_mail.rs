//! Campaigns and the outbox, with mails that stay in it: who gets what, who does not, and what is left when a worker dies.

mod support;

use clientele::args;
use clientele::base::{AppError, CampaignId, CustomerId, Day, Timestamp};
use clientele::messages::campaigns::{
    self, Audience, CampaignForm, CampaignState, MailQuery, Move, Part, Schedule, SubjectTest, Timing, service,
};
use clientele::messages::delivery::Engine;
use clientele::messages::suppression::{self, Topic};
use clientele::messages::templates::Layout;
use clientele::office::jobs::service::drain;
use clientele::office::outbox::{Mail, store as outbox};
use clientele::office::staff::Role;
use clientele::server::{Context, Db};

use support::{NOW, TestApp, customer, db_test, in_tx, integer, numbers};

/// A program with a marketer, on settings without rates.
async fn shop(db: &Db) -> (TestApp, Context) {
    set(db, "per_second", "0").await;
    let app = TestApp::new(db).await;
    let marketer = app.member(Role::Marketing, None).await;
    let ctx = app.context(marketer).await;
    (app, ctx)
}

async fn set(db: &Db, name: &str, value: &str) {
    let sql =
        "INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, 0) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    run(db, sql, args![format!("mail.{name}"), value]).await;
}

async fn run(db: &Db, sql: &str, args: clientele::server::Args) {
    in_tx!(db, tx => tx.execute(sql, args)).expect("a statement");
}

/// A customer who agreed to advertising.
async fn reader(db: &Db, email: &str) -> CustomerId {
    let id = customer(email).insert(db).await;
    run(db, "UPDATE customers SET marketing_email = TRUE WHERE id = $1", args![id]).await;
    id
}

fn form(include: Vec<Part>, exclude: Vec<Part>) -> CampaignForm {
    CampaignForm {
        name: "Spring".into(),
        topic: Topic::Offers,
        subject: "Hello {{ customer.first_name | default(\"there\") }}".into(),
        preheader: String::new(),
        layout: Layout::Card,
        body: "<p>Hi {{ customer.first_name | default(\"there\") }}</p>".into(),
        text: String::new(),
        audience: Audience { include, exclude },
        test: SubjectTest::default(),
        timing: Timing::default(),
    }
}

async fn to_everybody(ctx: &Context) -> CampaignId {
    service::create(ctx, &form(vec![Part::Everybody], Vec::new())).await.expect("a campaign")
}

/// Starts a campaign and freezes its audience.
async fn start(app: &TestApp, ctx: &Context, id: CampaignId) {
    service::start(ctx, id).await.expect("a start");
    drain(&app.state).await.expect("an audience");
}

fn engine(app: &TestApp) -> Engine {
    Engine::new(app.state.clone(), None)
}

async fn states(db: &Db, state: &str) -> i64 {
    integer(db, "SELECT COUNT(*) FROM outbox WHERE state = $1", args![state]).await
}

async fn why(db: &Db, customer: CustomerId) -> String {
    use clientele::server::Query;
    let row: Option<(String, String)> = db
        .optional("SELECT state, why FROM outbox WHERE customer_id = $1 ORDER BY id DESC", args![customer])
        .await
        .expect("a row");
    row.map(|(state, why)| format!("{state} {why}").trim().to_owned()).unwrap_or_default()
}

db_test!(everybody_is_counted_once_in_the_waterfall);
async fn everybody_is_counted_once_in_the_waterfall(db: Db) {
    let (app, ctx) = shop(&db).await;
    let gets = [reader(&db, "a@x.example").await, reader(&db, "b@x.example").await];
    customer("no-consent@x.example").insert(&db).await;
    let bounced = reader(&db, "bounced@x.example").await;
    let declines = reader(&db, "declines@x.example").await;
    let excluded = reader(&db, "excluded@x.example").await;
    let bad = reader(&db, "bad@x.example").await;
    run(&db, "UPDATE customers SET email = $2 WHERE id = $1", args![bad, "bad@x.example\r\nBcc: all@x.example"]).await;
    let blocked = reader(&db, "blocked@x.example").await;
    run(&db, "UPDATE customers SET account_status = 'blocked' WHERE id = $1", args![blocked]).await;
    in_tx!(db, tx => suppression::store::add(&tx, "bounced@x.example", suppression::Reason::Bounced, "", (None, None), NOW))
        .expect("it");
    in_tx!(db, tx => suppression::service::prefer(&tx, declines, &[Topic::Newsletter], "preferences", NOW)).expect("a choice");

    let id = service::create(&ctx, &form(vec![Part::Everybody], vec![Part::Chosen(vec![excluded])])).await.expect("a campaign");
    start(&app, &ctx, id).await;
    let view = campaigns::store::get_view(&db, id, app.state.zone()).await.expect("a view");
    let w = view.waterfall;
    assert_eq!((w.matched, w.no_consent, w.suppressed, w.capped, w.no_address, w.gets_it), (7, 2, 2, 0, 1, 2));
    engine(&app).drain().await.expect("sending");
    let got = numbers(&db, "SELECT customer_id FROM outbox WHERE state = 'sent' ORDER BY customer_id", args![]).await;
    assert_eq!(got, gets.map(|id| id.0));
    assert_eq!(why(&db, bounced).await, "skipped mail.why.suppressed");
    let view = campaigns::store::get_view(&db, id, app.state.zone()).await.expect("a view");
    assert_eq!((view.state, view.progress.sent, view.progress.skipped), (CampaignState::Sent, 2, 2));
    // What was kept of the mails reads as they were sent.
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox_letters", args![]).await, 2);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox WHERE subject IN ('Hello a', 'Hello b')", args![]).await, 2);
}

db_test!(consent_is_looked_at_again_when_a_mail_leaves);
async fn consent_is_looked_at_again_when_a_mail_leaves(db: Db) {
    let (app, ctx) = shop(&db).await;
    let stays = reader(&db, "stays@x.example").await;
    let leaves = reader(&db, "leaves@x.example").await;
    let bounces = reader(&db, "bounces@x.example").await;
    let moves = reader(&db, "moves@x.example").await;
    let declines = reader(&db, "declines@x.example").await;
    let id = to_everybody(&ctx).await;
    start(&app, &ctx, id).await;
    in_tx!(db, tx => suppression::service::unsubscribe(&tx, leaves, None, "unsubscribe", NOW)).expect("it");
    in_tx!(db, tx => suppression::store::add(&tx, "bounces@x.example", suppression::Reason::Manual, "", (None, None), NOW))
        .expect("it");
    in_tx!(db, tx => suppression::service::prefer(&tx, declines, &[Topic::Newsletter], "preferences", NOW)).expect("a choice");
    run(&db, "UPDATE customers SET email = 'new@x.example', email_key = 'new@x.example' WHERE id = $1", args![moves]).await;
    engine(&app).drain().await.expect("sending");
    assert_eq!(why(&db, stays).await, "sent");
    assert_eq!(why(&db, leaves).await, "skipped mail.why.no_consent");
    assert_eq!(why(&db, bounces).await, "skipped mail.why.suppressed");
    assert_eq!(why(&db, declines).await, "skipped mail.why.topic");
    assert_eq!(
        integer(&db, "SELECT COUNT(*) FROM outbox WHERE recipient = 'new@x.example' AND state = 'sent'", args![]).await,
        1
    );
    let log = "SELECT COUNT(*) FROM consents WHERE customer_id = $1 AND NOT granted AND source = 'unsubscribe'";
    assert_eq!(integer(&db, log, args![leaves]).await, 1);
}

db_test!(nobody_gets_more_than_the_cap);
async fn nobody_gets_more_than_the_cap(db: Db) {
    set(&db, "cap_mails", "2").await;
    let (app, ctx) = shop(&db).await;
    let ana = reader(&db, "ana@x.example").await;
    // All three are frozen before the first is sent: so it is the last look that counts.
    for _ in 0..3 {
        let id = to_everybody(&ctx).await;
        start(&app, &ctx, id).await;
    }
    engine(&app).drain().await.expect("sending");
    assert_eq!((states(&db, "sent").await, states(&db, "skipped").await), (2, 1));
    let refused = service::start(&ctx, to_everybody(&ctx).await).await;
    assert_eq!(refused, Err(AppError::invalid("audience", "campaign.nobody_gets_it")));
    app.state.clock.advance(8 * Timestamp::DAY);
    let id = to_everybody(&ctx).await;
    start(&app, &ctx, id).await;
    engine(&app).drain().await.expect("sending");
    assert_eq!(why(&db, ana).await, "sent");
}

db_test!(campaigns_at_once_keep_to_the_cap);
async fn campaigns_at_once_keep_to_the_cap(db: Db) {
    set(&db, "cap_mails", "2").await;
    let (app, ctx) = shop(&db).await;
    for number in 0..30 {
        reader(&db, &format!("reader{number}@x.example")).await;
    }
    for _ in 0..4 {
        let id = to_everybody(&ctx).await;
        start(&app, &ctx, id).await;
    }
    let engines: Vec<Engine> = (0..3).map(|_| engine(&app)).collect();
    for done in futures::future::join_all(engines.iter().map(Engine::drain)).await {
        done.expect("a worker");
    }
    assert_eq!((states(&db, "sent").await, states(&db, "skipped").await), (60, 60));
    let most = "SELECT MAX(got) FROM (SELECT COUNT(*) AS got FROM outbox WHERE state = 'sent' GROUP BY customer_id) AS each_one";
    assert_eq!(integer(&db, most, args![]).await, 2);
}

db_test!(what_a_dead_worker_held_is_sent_once_or_is_in_doubt);
async fn what_a_dead_worker_held_is_sent_once_or_is_in_doubt(db: Db) {
    let (app, ctx) = shop(&db).await;
    let mut readers = Vec::new();
    for n in 0..4 {
        readers.push(reader(&db, &format!("r{n}@x.example")).await);
    }
    let id = to_everybody(&ctx).await;
    start(&app, &ctx, id).await;
    for (customer, state) in [(readers[0], "claimed"), (readers[1], "handing_over")] {
        let sql = "UPDATE outbox SET state = $2, worker = 'dead', handed_at = $3 WHERE customer_id = $1";
        run(&db, sql, args![customer, state, NOW]).await;
    }
    run(&db, "INSERT INTO mail_workers (name, seen_at) VALUES ('dead', $1)", args![NOW]).await;
    // Not known to be dead yet.
    engine(&app).drain().await.expect("sending");
    assert_eq!((states(&db, "sent").await, states(&db, "claimed").await, states(&db, "handing_over").await), (2, 1, 1));
    app.state.clock.advance(31 * Timestamp::SECOND);
    engine(&app).drain().await.expect("sending");
    assert_eq!((states(&db, "sent").await, states(&db, "in_doubt").await), (3, 1));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM alerts WHERE kind = 'mail.in_doubt' AND resolved_at = 0", args![]).await, 1);
    let view = campaigns::store::get_view(&db, id, app.state.zone()).await.expect("a view");
    assert_eq!((view.state, view.progress.in_doubt), (CampaignState::Sent, 1));
    let query = MailQuery { state: "in_doubt".into(), ..MailQuery::default() };
    let listed = campaigns::store::list_mails(&db, id, &query, None, 50, app.state.zone()).await.expect("mails");
    assert_eq!(listed.mails.iter().map(|mail| mail.customer).collect::<Vec<_>>(), [readers[1]]);
    // A person decides.
    assert_eq!(service::decide_doubts(&ctx, id, true).await, Ok(1));
    engine(&app).drain().await.expect("sending");
    assert_eq!(states(&db, "sent").await, 4);
    assert_eq!(service::decide_doubts(&ctx, id, true).await, Ok(0));
}

db_test!(doubts_are_sent_again_where_the_settings_say_so);
async fn doubts_are_sent_again_where_the_settings_say_so(db: Db) {
    set(&db, "resend_in_doubt", "true").await;
    let (app, ctx) = shop(&db).await;
    reader(&db, "ana@x.example").await;
    let id = to_everybody(&ctx).await;
    start(&app, &ctx, id).await;
    run(&db, "UPDATE outbox SET state = 'handing_over', worker = 'dead', handed_at = $1", args![NOW]).await;
    app.state.clock.advance(31 * Timestamp::SECOND);
    engine(&app).drain().await.expect("sending");
    assert_eq!((states(&db, "sent").await, states(&db, "in_doubt").await), (1, 0));
}

db_test!(many_workers_send_each_mail_once);
async fn many_workers_send_each_mail_once(db: Db) {
    let (app, ctx) = shop(&db).await;
    for n in 0..60 {
        reader(&db, &format!("r{n}@x.example")).await;
    }
    let id = to_everybody(&ctx).await;
    start(&app, &ctx, id).await;
    let engines: Vec<Engine> = (0..6).map(|_| engine(&app)).collect();
    for done in futures::future::join_all(engines.iter().map(Engine::drain)).await {
        done.expect("sending");
    }
    // Whatever one of them could not claim at that moment.
    engine(&app).drain().await.expect("sending");
    assert_eq!(
        (states(&db, "sent").await, integer(&db, "SELECT CAST(SUM(attempts) AS BIGINT) FROM outbox", args![]).await),
        (60, 60)
    );
    // Freezing again adds nobody.
    run(&db, "UPDATE campaigns SET state = 'draft' WHERE id = $1", args![id]).await;
    set(&db, "cap_mails", "0").await;
    app.state.reload_settings().await.expect("settings");
    start(&app, &ctx, id).await;
    engine(&app).drain().await.expect("sending");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox", args![]).await, 60);
}

db_test!(a_campaign_that_is_not_being_sent_sends_nothing);
async fn a_campaign_that_is_not_being_sent_sends_nothing(db: Db) {
    let (app, ctx) = shop(&db).await;
    reader(&db, "ana@x.example").await;
    let id = to_everybody(&ctx).await;
    assert!(matches!(service::step(&ctx, id, Move::Pause).await, Err(AppError::Conflict { .. })));
    start(&app, &ctx, id).await;
    assert!(matches!(service::start(&ctx, id).await, Err(AppError::Conflict { .. })), "it is started once");
    service::step(&ctx, id, Move::Pause).await.expect("a pause");
    engine(&app).drain().await.expect("nothing");
    assert_eq!(states(&db, "queued").await, 1);
    service::step(&ctx, id, Move::Resume).await.expect("it goes on");
    service::step(&ctx, id, Move::Cancel).await.expect("an end");
    engine(&app).drain().await.expect("nothing");
    assert_eq!((states(&db, "queued").await, states(&db, "sent").await), (1, 0));
    assert!(matches!(service::step(&ctx, id, Move::Resume).await, Err(AppError::Conflict { .. })));
}

db_test!(what_cannot_be_sent_is_refused_before_anything_is);
async fn what_cannot_be_sent_is_refused_before_anything_is(db: Db) {
    let (app, ctx) = shop(&db).await;
    let try_it = async |form: CampaignForm| service::start(&ctx, service::create(&ctx, &form).await?).await;
    let wrong = async |form: CampaignForm| match try_it(form).await {
        Err(AppError::Invalid { field, message }) => format!("{field} {}", message.split('\u{1f}').next().unwrap_or_default()),
        other => format!("{other:?}"),
    };
    let good = || form(vec![Part::Everybody], Vec::new());
    assert_eq!(wrong(CampaignForm { name: " ".into(), ..good() }).await, "name campaign.name_invalid");
    assert_eq!(wrong(CampaignForm { subject: String::new(), ..good() }).await, "subject templates.error.no_subject");
    assert_eq!(wrong(CampaignForm { body: " ".into(), ..good() }).await, "body mail.why.empty");
    for body in [
        "{% for a in range(1000000000) %}x{% endfor %}".to_owned(),
        "x".repeat(30 << 20),
        "<p>{{ customer.shoe }}</p>".into(),
        "<p>{{ oops".into(),
    ] {
        let found = wrong(CampaignForm { body, ..good() }).await;
        assert!(found.starts_with("body "), "{found}");
    }
    let nobody = service::create(&ctx, &good()).await.expect("a draft");
    assert_eq!(service::start(&ctx, nobody).await, Err(AppError::invalid("audience", "campaign.nobody")));
    customer("no-consent@x.example").insert(&db).await;
    assert_eq!(service::start(&ctx, nobody).await, Err(AppError::invalid("audience", "campaign.nobody_gets_it")));
    let unread = service::create(&ctx, &form(vec![Part::Rule("spent >".into())], Vec::new())).await.expect("a draft");
    assert!(matches!(service::start(&ctx, unread).await, Err(AppError::Invalid { field, .. }) if field == "audience"));
    let unknown = service::create(&ctx, &form(vec![Part::Rule("tag = \"nothing\"".into())], Vec::new())).await.expect("a draft");
    assert!(
        matches!(service::start(&ctx, unknown).await, Err(AppError::Invalid { message, .. }) if message.starts_with("campaign.unknown"))
    );

    run(&db, "INSERT INTO settings (key, value, updated_at) VALUES ('shop.time_zone', '\"Europe/Berlin\"', 0) ON CONFLICT (key) DO UPDATE SET value = excluded.value", args![]).await;
    app.state.reload_settings().await.expect("settings");
    reader(&db, "ana@x.example").await;
    let day = |iso: &str| Day::parse(iso).expect("a day");
    let at = |iso: &str, minute| Schedule { day: day(iso), minute, own_zones: false };
    let past = service::schedule(&ctx, nobody, at("2026-02-28", 600)).await;
    assert_eq!(past, Err(AppError::invalid("schedule", "campaign.schedule_past")));
    let gap = service::schedule(&ctx, nobody, at("2026-03-29", 150)).await;
    assert_eq!(gap, Err(AppError::invalid("schedule", "campaign.schedule_gap")));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox", args![]).await, 0);
    service::schedule(&ctx, nobody, at("2026-03-29", 210)).await.expect("a schedule");
    engine(&app).drain().await.expect("nothing");
    assert_eq!(
        integer(&db, "SELECT COUNT(*) FROM campaigns WHERE state = 'scheduled' AND scheduled_at = 1774747800000000", args![])
            .await,
        1
    );
    app.state.clock.advance(28 * Timestamp::DAY);
    engine(&app).drain().await.expect("a start");
    drain(&app.state).await.expect("an audience");
    engine(&app).drain().await.expect("sending");
    assert_eq!(states(&db, "sent").await, 1);
}

db_test!(mails_about_one_customer_are_written_and_sent_first);
async fn mails_about_one_customer_are_written_and_sent_first(db: Db) {
    let (app, ctx) = shop(&db).await;
    let ana = reader(&db, "ana@x.example").await;
    let id = to_everybody(&ctx).await;
    start(&app, &ctx, id).await;
    let queue = async |template: &str, recipient: &str, key: &str, at: Timestamp| {
        let data = serde_json::json!({ "points": 120, "balance": 1240, "reason": "goodwill" });
        let mail = Mail { customer: Some(ana), recipient, template, locale: "de", data, key };
        in_tx!(db, tx => outbox::queue(&tx, mail, at)).expect("a mail");
    };
    queue("points_changed", "ana@x.example", "points:1", NOW).await;
    queue("points_changed", "ana@x.example", "points:1", NOW).await;
    queue("points_changed", "ana@x.example\r\nBcc: all@x.example", "points:2", NOW).await;
    queue("points_changed", "ana@x.example", "points:3", NOW.plus(-8 * Timestamp::DAY)).await;
    queue("abandoned_cart", "ana@x.example", "cart:1", NOW).await;
    queue("nothing_writes_this", "ana@x.example", "other:1", NOW).await;
    in_tx!(db, tx => suppression::service::unsubscribe(&tx, ana, None, "unsubscribe", NOW)).expect("it");
    engine(&app).drain().await.expect("sending");
    let state = async |key: &str| {
        use clientele::server::Query;
        let row: (String, String) =
            db.one("SELECT state, why FROM outbox WHERE dedup_key = $1", args![key]).await.expect("a row");
        format!("{} {}", row.0, row.1).trim().to_owned()
    };
    assert_eq!(state("points:1").await, "sent");
    assert_eq!(state("points:2").await, "failed mail.why.address");
    assert_eq!(state("points:3").await, "skipped mail.why.stale");
    assert_eq!(state("cart:1").await, "skipped mail.why.no_consent");
    assert_eq!(state("other:1").await, "queued");
    assert_eq!(state(&format!("campaign:{id}:{ana}")).await, "skipped mail.why.no_consent");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox_letters", args![]).await, 1);
}
