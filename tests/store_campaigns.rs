//! Campaigns beyond sending: tests of subjects, each recipient's clock, opens and clicks, the orders that follow.

mod support;

use clientele::args;
use clientele::base::{AppError, CampaignId, CustomerId, Day, MailId, OrderId, Timestamp};
use clientele::messages::campaigns::report::Figures;
use clientele::messages::campaigns::{
    self, Audience, CampaignForm, CampaignQuery, CampaignState, Move, Part, Schedule, SubjectTest, Timing, WinnerRule, figures,
    service, trial,
};
use clientele::messages::delivery::Engine;
use clientele::messages::reactions::machine::Asked;
use clientele::messages::reactions::{orders, store as reactions};
use clientele::messages::suppression::{self, Topic};
use clientele::messages::templates::Layout;
use clientele::office::jobs::service::drain;
use clientele::office::staff::Role;
use clientele::server::{Context, Db, Query};

use support::papers::store;
use support::{TestApp, branch, customer, db_test, in_tx, integer, numbers};

/// The day of [`support::NOW`].
const NOW_DAY: i32 = 20_513;

const PHONE: Asked<'static> = Asked { head: false, user_agent: "Mozilla/5.0 (iPhone) Safari", ahead: false };

async fn shop(db: &Db) -> (TestApp, Context) {
    set(db, "mail.per_second", "0").await;
    set(db, "mail.cap_mails", "0").await;
    let app = TestApp::new(db).await;
    let marketer = app.member(Role::Marketing, None).await;
    let ctx = app.context(marketer).await;
    (app, ctx)
}

async fn set(db: &Db, key: &str, value: &str) {
    let sql =
        "INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, 0) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    run(db, sql, args![key, value]).await;
}

async fn run(db: &Db, sql: &str, args: clientele::server::Args) {
    in_tx!(db, tx => tx.execute(sql, args)).expect("a statement");
}

async fn reader(db: &Db, email: &str) -> CustomerId {
    let id = customer(email).insert(db).await;
    run(db, "UPDATE customers SET marketing_email = TRUE WHERE id = $1", args![id]).await;
    id
}

async fn readers(db: &Db, count: usize) {
    for index in 0..count {
        reader(db, &format!("r{index}@x.example")).await;
    }
}

fn form(test: SubjectTest) -> CampaignForm {
    CampaignForm {
        name: "Spring".into(),
        topic: Topic::Offers,
        subject: "Subject A".into(),
        preheader: String::new(),
        layout: Layout::Card,
        body: "<p>Hi <a href=\"https://shop.example/sale?a=1&amp;b=2\">sale</a> <a href=\"https://shop.example/{{ customer.first_name }}\">own</a></p>".into(),
        text: String::new(),
        audience: Audience { include: vec![Part::Everybody], exclude: Vec::new() },
        test,
        timing: Timing::default(),
    }
}

async fn start(app: &TestApp, ctx: &Context, form: &CampaignForm) -> CampaignId {
    let id = service::create(ctx, form).await.expect("a campaign");
    service::start(ctx, id).await.expect("a start");
    drain(&app.state).await.expect("an audience");
    id
}

async fn send(app: &TestApp) {
    Engine::new(app.state.clone(), None).drain().await.expect("sending");
}

async fn view(app: &TestApp, id: CampaignId) -> campaigns::CampaignView {
    campaigns::store::get_view(&app.state.db, id, app.state.zone()).await.expect("a view")
}

async fn react(app: &TestApp, mail: i64, link: i64, asked: Asked<'_>) {
    let now = app.state.clock.now();
    in_tx!(app.state.db, tx => reactions::record(&tx, MailId(mail), link, asked, now)).expect("a reaction");
}

async fn mails(db: &Db, variant: i64) -> Vec<i64> {
    numbers(db, "SELECT id FROM outbox WHERE variant = $1 AND state = 'sent' ORDER BY id", args![variant]).await
}

async fn subjects(db: &Db, subject: &str) -> i64 {
    integer(db, "SELECT COUNT(*) FROM outbox WHERE state = 'sent' AND subject = $1", args![subject]).await
}

fn two(rule: WinnerRule) -> SubjectTest {
    SubjectTest { others: vec!["Subject B".into()], share: 50, wait_hours: 2, rule }
}

db_test!(the_rest_gets_the_subject_that_most_opened);
async fn the_rest_gets_the_subject_that_most_opened(db: Db) {
    let (app, ctx) = shop(&db).await;
    readers(&db, 60).await;
    let id = start(&app, &ctx, &form(two(WinnerRule::Opens))).await;
    send(&app).await;
    let (a, b) = (mails(&db, 0).await, mails(&db, 1).await);
    assert!(a.len() > 5 && b.len() > 5 && a.len() + b.len() < 55, "{} {}", a.len(), b.len());
    assert_eq!((subjects(&db, "Subject A").await, subjects(&db, "Subject B").await), (a.len() as i64, b.len() as i64));
    assert_eq!(view(&app, id).await.state, CampaignState::Sending);
    app.state.clock.advance(Timestamp::HOUR);
    send(&app).await;
    assert_eq!(mails(&db, -1).await.len(), 0, "the rest waits");
    // Machines open all of A, people some of B.
    for mail in &a {
        react(&app, *mail, 0, Asked { user_agent: "Mozilla/5.0", ..PHONE }).await;
    }
    react(&app, b[0], 0, PHONE).await;
    react(&app, b[1], 0, PHONE).await;
    service::step(&ctx, id, Move::Pause).await.expect("a pause");
    app.state.clock.advance(Timestamp::HOUR);
    send(&app).await;
    assert_eq!(view(&app, id).await.test.and_then(|test| test.winner), None, "nothing is decided while it is paused");
    service::step(&ctx, id, Move::Resume).await.expect("it goes on");
    send(&app).await;
    // Decided at the end of the first look, sent on the next.
    send(&app).await;
    let view = view(&app, id).await;
    let test = view.test.expect("a test");
    assert_eq!((view.state, test.winner, test.why.as_str()), (CampaignState::Sent, Some(1), "opens"));
    assert_eq!(test.tallies[1].opened, 2);
    assert_eq!(test.tallies[0].opened, 0);
    assert_eq!(mails(&db, -1).await.len(), 60 - a.len() - b.len());
    assert_eq!(subjects(&db, "Subject B").await, 60 - a.len() as i64);
    assert_eq!(integer(&db, "SELECT COUNT(DISTINCT customer_id) FROM outbox WHERE state = 'sent'", args![]).await, 60);
}

db_test!(a_where_nobody_did_anything_and_by_hand_where_somebody_chooses);
async fn a_where_nobody_did_anything_and_by_hand_where_somebody_chooses(db: Db) {
    let (app, ctx) = shop(&db).await;
    readers(&db, 20).await;
    let id = start(&app, &ctx, &form(two(WinnerRule::Clicks))).await;
    send(&app).await;
    send(&app).await;
    app.state.clock.advance(2 * Timestamp::HOUR);
    send(&app).await;
    send(&app).await;
    let done = view(&app, id).await;
    let test = done.test.expect("a test");
    assert_eq!((done.state, test.winner, test.why.as_str()), (CampaignState::Sent, Some(0), "nothing"));

    let id = start(&app, &ctx, &form(two(WinnerRule::Hand))).await;
    send(&app).await;
    app.state.clock.advance(Timestamp::DAY);
    send(&app).await;
    assert_eq!(view(&app, id).await.state, CampaignState::Sending, "it waits for somebody");
    assert_eq!(trial::choose(&ctx, id, 2).await, Err(AppError::invalid("winner", "campaign.test.no_such")));
    trial::choose(&ctx, id, 1).await.expect("a choice");
    assert!(matches!(trial::choose(&ctx, id, 0).await, Err(AppError::Conflict { .. })), "it is chosen once");
    send(&app).await;
    let done = view(&app, id).await;
    assert_eq!((done.state, done.test.expect("a test").why.as_str()), (CampaignState::Sent, "hand"));
    let sent = "SELECT COUNT(*) FROM outbox WHERE campaign_id = $1 AND state = 'sent'";
    assert_eq!(integer(&db, sent, args![id]).await, 20);
}

db_test!(many_workers_decide_once_and_send_each_mail_once);
async fn many_workers_decide_once_and_send_each_mail_once(db: Db) {
    let (app, ctx) = shop(&db).await;
    readers(&db, 40).await;
    start(&app, &ctx, &form(two(WinnerRule::Opens))).await;
    for _ in 0..3 {
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let engine = Engine::new(app.state.clone(), None);
                tokio::spawn(async move { engine.drain().await })
            })
            .collect();
        for task in tasks {
            task.await.expect("a task").expect("sending");
        }
        app.state.clock.advance(2 * Timestamp::HOUR);
    }
    send(&app).await;
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox WHERE state = 'sent' AND attempts = 1", args![]).await, 40);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'campaign.winner'", args![]).await, 1);
}

db_test!(who_does_not_see_a_campaign_does_not_move_it);
async fn who_does_not_see_a_campaign_does_not_move_it(db: Db) {
    let (app, ctx) = shop(&db).await;
    readers(&db, 3).await;
    let here = branch(&db, "Here").await;
    let limited = app.context(app.member(Role::Admin, Some(&[here])).await).await;
    let of_all = start(&app, &ctx, &form(two(WinnerRule::Hand))).await;
    run(&db, "UPDATE outbox SET state = 'in_doubt' WHERE id = (SELECT MIN(id) FROM outbox)", args![]).await;
    let before = view(&app, of_all).await.state;
    let schedule = Schedule { day: Day(app.state.today().0 + 2), minute: 0, own_zones: false };
    for refused in [
        service::step(&limited, of_all, Move::Pause).await,
        service::step(&limited, of_all, Move::Cancel).await,
        service::decide_doubts(&limited, of_all, true).await.map(drop),
        service::schedule(&limited, of_all, schedule).await,
        trial::choose(&limited, of_all, 1).await,
        figures::report(limited.viewer(), of_all).await.map(drop),
        service::view(&limited, of_all).await.map(drop),
    ] {
        assert_eq!(refused, Err(AppError::NotFound));
    }
    assert_eq!(figures::of_page(&limited, &[of_all]).await.expect("figures"), []);
    let own =
        service::create(&limited, &CampaignForm { name: "ÄPFEL".into(), ..form(two(WinnerRule::Hand)) }).await.expect("a draft");
    let listed = async |scope, query| {
        let page = campaigns::store::list(&db, &CampaignQuery::parse(query), scope, app.state.zone()).await.expect("campaigns");
        page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!((listed(limited.scope(), "").await, listed(None, "").await), (vec![own], vec![own, of_all]));
    assert_eq!(listed(limited.scope(), "q=apfel").await, [own]);
    assert_eq!(listed(Some(&[branch(&db, "There").await]), "").await, []);
    assert_eq!(view(&app, of_all).await.state, before);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox WHERE state = 'in_doubt'", args![]).await, 1);
    service::step(&ctx, of_all, Move::Pause).await.expect("who sees it may");
    service::decide_doubts(&ctx, of_all, false).await.expect("who sees it may");
}

db_test!(each_gets_it_when_their_own_clocks_say_so);
async fn each_gets_it_when_their_own_clocks_say_so(db: Db) {
    let (app, ctx) = shop(&db).await;
    let [tokyo, berlin, new_york, nowhere, kiritimati] = ["t", "b", "n", "x", "k"].map(|name| format!("{name}@x.example"));
    let zone = async |email: &str, zone: Option<&str>, country: &str| {
        let id = reader(&db, email).await;
        run(&db, "UPDATE customers SET time_zone = $2, country = $3 WHERE id = $1", args![id, zone, country]).await;
        id
    };
    let tokyo = zone(&tokyo, Some("Asia/Tokyo"), "US").await;
    let berlin = zone(&berlin, None, "DE").await;
    let new_york = zone(&new_york, Some("Mars/Olympus"), "US").await;
    let nowhere = zone(&nowhere, None, "").await;
    let kiritimati = zone(&kiritimati, Some("Pacific/Kiritimati"), "").await;
    let id = service::create(&ctx, &form(SubjectTest::default())).await.expect("a campaign");
    let day = Day(app.state.today().0 + 3);
    let at = Schedule { day, minute: 9 * 60, own_zones: true };
    let past = Schedule { day: app.state.today(), minute: 0, own_zones: true };
    assert_eq!(service::schedule(&ctx, id, past).await, Err(AppError::invalid("schedule", "campaign.schedule_past")));
    service::schedule(&ctx, id, at).await.expect("a schedule");
    service::step(&ctx, id, Move::Unschedule).await.expect("a draft again");
    assert_eq!(view(&app, id).await.own_zones, None);
    service::schedule(&ctx, id, at).await.expect("a schedule");

    let nine = i64::from(day.0) * Timestamp::DAY + 9 * Timestamp::HOUR;
    let begins = integer(&db, "SELECT scheduled_at FROM campaigns WHERE id = $1", args![id]).await;
    assert_eq!(begins, nine - 14 * Timestamp::HOUR, "where a day begins first");
    // The server was away when it should have begun: who is past the time gets it at once.
    app.state.clock.advance(nine - 13 * Timestamp::HOUR - app.state.clock.now().0);
    send(&app).await;
    drain(&app.state).await.expect("an audience");
    let next = async |customer: CustomerId| {
        let sql = "SELECT next_at FROM outbox WHERE campaign_id = $1 AND customer_id = $2";
        (integer(&db, sql, args![id, customer]).await - nine) / Timestamp::HOUR
    };
    assert_eq!([next(kiritimati).await, next(tokyo).await], [-13, -9]);
    assert_eq!([next(berlin).await, next(nowhere).await], [-1, 0]);
    assert!([4, 5].contains(&next(new_york).await));
    let got = async || numbers(&db, "SELECT customer_id FROM outbox WHERE state = 'sent' ORDER BY handed_at, id", args![]).await;
    send(&app).await;
    assert_eq!(got().await, [kiritimati.0]);
    app.state.clock.advance(4 * Timestamp::HOUR);
    send(&app).await;
    assert_eq!(got().await, [kiritimati.0, tokyo.0]);
    app.state.clock.advance(8 * Timestamp::HOUR);
    send(&app).await;
    assert_eq!(got().await, [kiritimati.0, tokyo.0, berlin.0]);
    app.state.clock.advance(Timestamp::HOUR);
    send(&app).await;
    assert_eq!(got().await.len(), 4);
    assert_eq!(view(&app, id).await.state, CampaignState::Sending);
    app.state.clock.advance(6 * Timestamp::HOUR);
    send(&app).await;
    assert_eq!(got().await.len(), 5);
    assert_eq!(view(&app, id).await.state, CampaignState::Sent);
}

/// A campaign at nine by each recipient's clocks whose subjects are tried, with this many recipients in Kiritimati (UTC+14) and Los Angeles; sent until
/// the sample has left there. What nine is in UTC, and how many are in the sample.
async fn tried_by_own_clocks(db: &Db, rule: WinnerRule, day: Day) -> (TestApp, Context, CampaignId, i64, i64) {
    let (app, ctx) = shop(db).await;
    for index in 0..60 {
        let id = reader(db, &format!("r{index}@x.example")).await;
        let zone = if index % 2 == 0 { "Pacific/Kiritimati" } else { "America/Los_Angeles" };
        run(db, "UPDATE customers SET time_zone = $2 WHERE id = $1", args![id, zone]).await;
    }
    let id = service::create(&ctx, &form(SubjectTest { wait_hours: 3, ..two(rule) })).await.expect("a campaign");
    service::schedule(&ctx, id, Schedule { day, minute: 9 * 60, own_zones: true }).await.expect("a schedule");
    let nine = i64::from(day.0) * Timestamp::DAY + 9 * Timestamp::HOUR;
    to(&app, nine - 14 * Timestamp::HOUR).await;
    let sample = integer(db, "SELECT COUNT(*) FROM outbox WHERE variant >= 0", args![]).await;
    assert!((10..50).contains(&sample), "{sample}");
    let early = sent(db).await;
    assert!(early > 0 && early < sample, "only where it is nine: {early}");
    to(&app, nine + 7 * Timestamp::HOUR).await;
    assert_eq!((sent(db).await, view(&app, id).await.test.expect("a test").decides), (early, None), "the last zone is to come");
    to(&app, nine + 8 * Timestamp::HOUR).await;
    assert_eq!(sent(db).await, sample);
    (app, ctx, id, nine, sample)
}

/// Lets it become a time, and does what is due then.
async fn to(app: &TestApp, at: i64) {
    app.state.clock.advance(at - app.state.clock.now().0);
    for _ in 0..2 {
        send(app).await;
        drain(&app.state).await.expect("an audience");
    }
    send(app).await;
}

async fn sent(db: &Db) -> i64 {
    integer(db, "SELECT COUNT(*) FROM outbox WHERE state = 'sent'", args![]).await
}

db_test!(the_rest_gets_the_winner_at_the_same_time_on_the_first_day_that_it_can);
async fn the_rest_gets_the_winner_at_the_same_time_on_the_first_day_that_it_can(db: Db) {
    // Noon on the first of March; clocks in Los Angeles are changed on the eighth.
    let day = Day(NOW_DAY + 3);
    let (app, _, id, nine, sample) = tried_by_own_clocks(&db, WinnerRule::Opens, day).await;
    for mail in mails(&db, 1).await {
        react(&app, mail, 0, PHONE).await;
    }
    let decides = view(&app, id).await.test.expect("a test").decides.expect("a time");
    assert_eq!(decides.at.0, nine + 11 * Timestamp::HOUR, "three hours after the last zone");
    to(&app, nine + 11 * Timestamp::HOUR).await;
    let test = view(&app, id).await.test.expect("a test");
    // By then it is past nine of the next day in the east.
    assert_eq!((test.winner, test.rest.map(|at| (at.day, at.minute))), (Some(1), Some((Day(day.0 + 2), 9 * 60))));
    for hours in [12, 20, 33] {
        to(&app, nine + hours * Timestamp::HOUR).await;
        assert_eq!(sent(&db).await, sample, "after {hours} hours");
    }
    to(&app, nine + 34 * Timestamp::HOUR).await;
    let east = sent(&db).await;
    assert!(east > sample && east < 60, "{east}");
    let late = "SELECT COUNT(*) FROM outbox o JOIN customers c ON c.id = o.customer_id WHERE o.state = 'queued' AND c.time_zone = 'Pacific/Kiritimati'";
    assert_eq!(integer(&db, late, args![]).await, 0);
    to(&app, nine + 55 * Timestamp::HOUR).await;
    assert_eq!(sent(&db).await, east);
    to(&app, nine + 56 * Timestamp::HOUR).await;
    assert_eq!((sent(&db).await, view(&app, id).await.state), (60, CampaignState::Sent));
    assert_eq!(subjects(&db, "Subject B").await, 60 - mails(&db, 0).await.len() as i64);
}

db_test!(who_chooses_late_sends_on_the_next_day);
async fn who_chooses_late_sends_on_the_next_day(db: Db) {
    let day = Day(NOW_DAY + 3);
    let (app, ctx, id, nine, sample) = tried_by_own_clocks(&db, WinnerRule::Hand, day).await;
    to(&app, nine + 100 * Timestamp::HOUR).await;
    assert_eq!(sent(&db).await, sample, "the rest waits for somebody");
    trial::choose(&ctx, id, 0).await.expect("a choice");
    // The next nine in the east: on the fifth day after the sample's.
    to(&app, nine + 105 * Timestamp::HOUR).await;
    assert_eq!(sent(&db).await, sample);
    assert_eq!(view(&app, id).await.test.expect("a test").rest.map(|at| at.day), Some(Day(day.0 + 5)));
    to(&app, nine + 106 * Timestamp::HOUR).await;
    assert!(sent(&db).await > sample);
    to(&app, nine + 128 * Timestamp::HOUR).await;
    assert_eq!((sent(&db).await, view(&app, id).await.state), (60, CampaignState::Sent));
}

async fn order(db: &Db, customer: CustomerId, at: Timestamp, minor: i64) -> OrderId {
    let store = store(db, &format!("S{}", rand::random::<u32>())).await;
    let number = format!("N{}", rand::random::<u64>());
    let sql = "INSERT INTO orders (number, store_id, customer_id, status, payment_state, fulfilment_state, currency, subtotal_minor, total_minor,
          base_total_minor, placed_at, placed_day, state_since, created_at, updated_at)
        VALUES ($1, $2, $3, 'placed', 'paid', 'unfulfilled', 'USD', $4, $4, $4, $5, 20000, $5, $5, $5) RETURNING id";
    OrderId(in_tx!(db, tx => tx.insert(sql, args![number, store, customer, minor, at])).expect("an order"))
}

db_test!(an_order_belongs_to_the_campaign_that_was_clicked_last);
async fn an_order_belongs_to_the_campaign_that_was_clicked_last(db: Db) {
    let (app, ctx) = shop(&db).await;
    let [ana, ben] = [reader(&db, "ana@x.example").await, reader(&db, "ben@x.example").await];
    let first = start(&app, &ctx, &form(SubjectTest::default())).await;
    send(&app).await;
    let second = start(&app, &ctx, &form(SubjectTest::default())).await;
    send(&app).await;
    let mail = async |campaign: CampaignId, customer: CustomerId| {
        integer(&db, "SELECT id FROM outbox WHERE campaign_id = $1 AND customer_id = $2", args![campaign, customer]).await
    };
    let link = async |campaign: CampaignId| {
        integer(&db, "SELECT id FROM campaign_links WHERE campaign_id = $1 AND position = 0", args![campaign]).await
    };
    let hour = async || app.state.clock.advance(Timestamp::HOUR);
    hour().await;
    react(&app, mail(first, ana).await, link(first).await, PHONE).await;
    hour().await;
    react(&app, mail(second, ana).await, link(second).await, PHONE).await;
    hour().await;
    // Opening is not clicking, and machines are nobody.
    react(&app, mail(first, ana).await, 0, PHONE).await;
    react(&app, mail(first, ben).await, 0, PHONE).await;
    react(&app, mail(first, ben).await, link(first).await, Asked { user_agent: "curl/8", ..PHONE }).await;
    hour().await;
    let now = app.state.clock.now();
    orders::attribute(&app.state, now).await.expect("a beginning");
    let orders_of = [
        order(&db, ana, now, 100_00).await,
        order(&db, ana, now.plus(Timestamp::HOUR), 50_00).await,
        order(&db, ana, now.plus(Timestamp::HOUR * 2), 7_00).await,
        order(&db, ana, now.plus(6 * Timestamp::DAY), 900_00).await,
    ];
    order(&db, ben, now, 30_00).await;
    app.state.clock.advance(7 * Timestamp::DAY);
    for _ in 0..2 {
        orders::attribute(&app.state, app.state.clock.now()).await.expect("a look");
    }
    assert_eq!(
        numbers(&db, "SELECT order_id FROM campaign_orders ORDER BY order_id", args![]).await,
        orders_of[..3].iter().map(|id| id.0).collect::<Vec<_>>()
    );
    run(&db, "UPDATE orders SET status = 'cancelled' WHERE id = $1", args![orders_of[1]]).await;
    run(&db, "UPDATE orders SET refunded_minor = 4000, base_refunded_minor = 4000 WHERE id = $1", args![orders_of[0]]).await;
    let all = figures::of(&db, &[first, second]).await.expect("figures");
    let zero = Figures::default();
    let of = |id: CampaignId| all.get(&id).copied().unwrap_or(zero);
    assert_eq!((of(first).orders, of(first).opened, of(first).clicked, of(first).machines), (0, 2, 1, 0));
    assert_eq!((of(second).orders, of(second).revenue_minor, of(second).sent), (2, 67_00, 2));

    // Where opens count, the next order of who only opened is the campaign's.
    set(&db, "mail.attribute_opens", "true").await;
    app.state.reload_settings().await.expect("settings");
    react(&app, mail(first, ben).await, 0, PHONE).await;
    hour().await;
    order(&db, ben, app.state.clock.now(), 20_00).await;
    hour().await;
    orders::attribute(&app.state, app.state.clock.now()).await.expect("a look");
    assert_eq!(figures::of(&db, &[first]).await.expect("figures").get(&first).map(|f| f.revenue_minor), Some(20_00));
}

db_test!(reactions_are_bounded_and_end_with_consent);
async fn reactions_are_bounded_and_end_with_consent(db: Db) {
    let (app, ctx) = shop(&db).await;
    let ana = reader(&db, "ana@x.example").await;
    let refuses = reader(&db, "no-cookies@x.example").await;
    run(
        &db,
        "INSERT INTO consents (customer_id, purpose, granted, source, at) VALUES ($1, 'cookies', FALSE, 'portal', 1)",
        args![refuses],
    )
    .await;
    let id = start(&app, &ctx, &form(SubjectTest::default())).await;
    send(&app).await;
    let mail = integer(&db, "SELECT id FROM outbox WHERE customer_id = $1", args![ana]).await;
    let links = numbers(&db, "SELECT id FROM campaign_links WHERE campaign_id = $1 ORDER BY position", args![id]).await;
    assert_eq!(links.len(), 3, "that of the shop in the head, and two in the body");
    let links = &links[1..];
    let letter = async |customer: CustomerId| {
        let row: Option<(String,)> = db
            .optional(
                "SELECT l.sealed FROM outbox_letters l JOIN outbox o ON o.id = l.mail_id WHERE o.customer_id = $1",
                args![customer],
            )
            .await
            .expect("a letter");
        let eml = app.state.keys.open_secret(&row.expect("a letter").0).expect("its text");
        let message = mail_parser::MessageParser::default().parse(eml.as_bytes()).expect("a message");
        message.body_html(0).expect("HTML").into_owned()
    };
    let (hers, theirs) = (letter(ana).await, letter(refuses).await);
    assert!(hers.contains("/l/") && hers.contains("/o/") && !hers.contains("href=\"https://shop.example/sale"), "{hers}");
    assert!(
        !theirs.contains("/l/") && !theirs.contains("/o/") && theirs.contains("href=\"https://shop.example/sale"),
        "{theirs}"
    );

    app.state.clock.advance(Timestamp::HOUR);
    for _ in 0..5 {
        react(&app, mail, 0, PHONE).await;
        react(&app, mail, links[0], PHONE).await;
    }
    assert_eq!(numbers(&db, "SELECT times FROM mail_reactions ORDER BY link_id", args![]).await, [5, 5]);
    // A scanner follows all links at once.
    app.state.clock.advance(Timestamp::HOUR);
    run(&db, "DELETE FROM mail_reactions", args![]).await;
    react(&app, mail, links[0], PHONE).await;
    react(&app, mail, links[1], PHONE).await;
    assert_eq!(numbers(&db, "SELECT times FROM mail_reactions", args![]).await, [0, 0]);
    assert_eq!(numbers(&db, "SELECT machine_times FROM mail_reactions", args![]).await, [1, 1]);
    app.state.clock.advance(Timestamp::HOUR);
    react(&app, mail, links[1], PHONE).await;
    assert_eq!(numbers(&db, "SELECT times FROM mail_reactions ORDER BY link_id", args![]).await, [0, 1]);

    in_tx!(db, tx => suppression::service::unsubscribe(&tx, ana, Some(MailId(mail)), "unsubscribe", app.state.clock.now()))
        .expect("it");
    react(&app, mail, links[1], PHONE).await;
    assert_eq!(
        numbers(&db, "SELECT times FROM mail_reactions ORDER BY link_id", args![]).await,
        [0, 1],
        "not followed any longer"
    );
    let figures = figures::of(&db, &[id]).await.expect("figures")[&id];
    assert_eq!((figures.sent, figures.opened, figures.clicked, figures.unsubscribed), (2, 1, 1, 1));
    set(&db, "mail.follow", "false").await;
    app.state.reload_settings().await.expect("settings");
    run(&db, "DELETE FROM outbox_letters", args![]).await;
    start(&app, &ctx, &form(SubjectTest::default())).await;
    send(&app).await;
    assert!(!letter(refuses).await.contains("/o/"));
}
