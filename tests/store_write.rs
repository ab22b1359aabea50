//! Writing and checking a campaign on both databases: what is shown and tested is what would be sent, and what is an error is what is refused.

mod support;

use clientele::args;
use clientele::base::i18n::by_code;
use clientele::base::{AppError, CampaignId, CustomerId};
use clientele::messages::campaigns::{self, Audience, CampaignForm, Part, SubjectTest, Timing};
use clientele::messages::composer::check::service::report;
use clientele::messages::composer::check::{Finding, Level, Report};
use clientele::messages::composer::write::service::{copy, desk, pick_products, preview, readers};
use clientele::messages::composer::write::test_mail::{list, send};
use clientele::messages::composer::write::{ProductRule, TestMail};
use clientele::messages::delivery::Engine;
use clientele::messages::suppression::Topic;
use clientele::messages::templates::{Draft, Layout};
use clientele::office::staff::Role;
use clientele::server::{Args, Context, Db};
use support::papers::PaperOrder;
use support::{TestApp, branch, customer, db_test, in_tx, integer};

async fn shop(db: &Db) -> (TestApp, Context) {
    let app = TestApp::new(db).await;
    let marketer = app.member(Role::Marketing, None).await;
    let ctx = app.context(marketer).await;
    (app, ctx)
}

async fn run(db: &Db, sql: &str, args: Args) {
    in_tx!(db, tx => tx.execute(sql, args)).expect("a statement");
}

/// A customer who agreed to advertising.
async fn reader(db: &Db, email: &str, first: &str, locale: &str) -> CustomerId {
    let id = customer(email).name(first, "").insert(db).await;
    run(db, "UPDATE customers SET marketing_email = TRUE, locale = $2 WHERE id = $1", args![id, locale]).await;
    id
}

fn form() -> CampaignForm {
    CampaignForm {
        name: "Spring".into(),
        topic: Topic::Offers,
        subject: "Hello {{ customer.first_name | default(\"there\") }}".into(),
        preheader: "Linen".into(),
        layout: Layout::Card,
        body: "<p>Dear {{ customer.first_name }}, linen is back.</p>".into(),
        text: String::new(),
        audience: Audience { include: vec![Part::Everybody], exclude: Vec::new() },
        test: SubjectTest::default(),
        timing: Timing::default(),
    }
}

fn draft() -> Draft {
    let form = form();
    Draft { layout: form.layout, subject: form.subject, preheader: form.preheader, body: form.body, text: None }
}

async fn campaign(ctx: &Context) -> CampaignId {
    campaigns::service::create(ctx, &form()).await.expect("a campaign")
}

fn key(finding: &Finding) -> &str {
    finding.says.split('\u{1f}').next().unwrap_or_default()
}

fn has(report: &Report, wanted: &str, level: Level) -> bool {
    report.findings.iter().any(|finding| key(finding) == wanted && finding.level == level)
}

db_test!(a_mail_is_looked_at_as_those_get_it_who_get_it);
async fn a_mail_is_looked_at_as_those_get_it_who_get_it(db: Db) {
    let (app, ctx) = shop(&db).await;
    let ana = reader(&db, "ana@x.example", "Ana", "de").await;
    let bob = reader(&db, "bob@x.example", "Bob", "en").await;
    let silent = customer("silent@x.example").insert(&db).await;
    let id = campaign(&ctx).await;
    let found = readers(&ctx, id, &form().audience, Topic::Offers).await.expect("readers");
    assert_eq!(found.iter().map(|reader| reader.id).collect::<Vec<_>>(), [ana, bob], "{silent:?} did not agree");
    assert_eq!(found[0].email, "ana@x.example");

    let shown = preview(ctx.viewer(), draft(), Some(ana)).await.expect("a look").mail.expect("a mail");
    assert_eq!(shown.subject, "Hello Ana");
    assert!(shown.html.contains("lang=\"de\"") && shown.text.contains("Dear Ana"), "{}", shown.text);
    assert!(shown.text.contains(by_code("de").t("mail.unsubscribe")), "{}", shown.text);
    // What no campaign fills in is missing here, too.
    let personal = Draft { body: "<p>{{ coupon.code }}</p>".into(), ..draft() };
    let shown = preview(ctx.viewer(), personal, Some(ana)).await.expect("a look");
    assert_eq!(shown.missing, ["coupon.code"]);
    let wrong = Draft { body: "<p>\n{{ customer.frist_name }}</p>".into(), ..draft() };
    let shown = preview(ctx.viewer(), wrong, Some(ana)).await.expect("a look");
    assert_eq!((shown.mail, shown.errors[0].line, shown.errors[0].column), (None, 2, 4));

    // For whom customers of other branches do not exist, they do not exist here either.
    let north = branch(&db, "North").await;
    let member = app.member(Role::Admin, Some(&[north])).await;
    let limited = app.context(member).await;
    assert_eq!(preview(limited.viewer(), draft(), Some(ana)).await.err(), Some(AppError::NotFound));
    assert_eq!(readers(&limited, id, &form().audience, Topic::Offers).await.err(), Some(AppError::NotFound));
}

db_test!(templates_that_are_about_one_occasion_are_not_offered);
async fn templates_that_are_about_one_occasion_are_not_offered(db: Db) {
    let (_app, ctx) = shop(&db).await;
    let desk = desk(&ctx, by_code("en")).await.expect("a desk");
    let names: Vec<&str> = desk.beginnings.iter().map(|beginning| beginning.name.as_str()).collect();
    assert!(names.contains(&"flash_sale") && names.contains(&"win_back"), "{names:?}");
    assert!(!names.contains(&"abandoned_cart") && !names.contains(&"order_confirmation"), "{names:?}");
    assert!(desk.variables.iter().all(|variable| !variable.name.starts_with("coupon") && variable.name != "products"));
    assert!(desk.variables.iter().any(|variable| variable.name == "customer.first_name"));
    assert!(copy(&ctx, "flash_sale", "de").await.expect("a copy").subject.contains("kurze Zeit"));
    assert_eq!(copy(&ctx, "order_confirmation", "en").await.err(), Some(AppError::NotFound));
}

db_test!(a_test_goes_to_those_who_write_and_counts_nowhere);
async fn a_test_goes_to_those_who_write_and_counts_nowhere(db: Db) {
    let (app, ctx) = shop(&db).await;
    let ana = reader(&db, "ana@x.example", "Ana", "de").await;
    let id = campaign(&ctx).await;
    let to = ["me@shop.example".to_owned(), "you@shop.example".to_owned()];
    let sent = send(&ctx, id, draft(), Some(ana), &to, "k-1").await.expect("tests");
    let again = send(&ctx, id, draft(), Some(ana), &to, "k-1").await.expect("the same tests");
    assert_eq!(sent, again, "a double press sends once");
    assert_eq!(sent.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["me@shop.example", "you@shop.example"]);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'campaign.tested'", args![]).await, 1);

    Engine::new(app.state.clone(), None).drain().await.expect("all sent");
    let ids: Vec<_> = sent.iter().map(|mail| mail.id).collect();
    let now: Vec<TestMail> = list(&ctx, &ids).await.expect("the tests");
    assert!(now.iter().all(|mail| mail.state == "sent" && mail.why.is_empty()), "{now:?}");
    // Nobody's account: no customer, no campaign, so no cap, no report, no timeline.
    let sql = "SELECT COUNT(*) FROM outbox WHERE customer_id IS NULL AND campaign_id IS NULL AND template = 'campaign_test' AND state = 'sent'";
    assert_eq!(integer(&db, sql, args![]).await, 2);
    let opened = clientele::messages::outbox::service::open(ctx.viewer(), ids[0].0, by_code("en")).await.expect("a mail");
    let mail = opened.mail.expect("what it says");
    assert_eq!(mail.subject, "[Test] Hello Ana");
    assert!(mail.text.contains("Dear Ana") && mail.text.contains("/unsubscribe/test"), "{}", mail.text);
    assert!(!opened.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("List-Unsubscribe")), "{:?}", opened.headers);
    let answer = app.get("/unsubscribe/test", "").await;
    assert_eq!(answer.status.as_u16(), 404, "nobody's link");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM customers WHERE marketing_email", args![]).await, 1);

    // Another member does not see them.
    let other = app.member(Role::Admin, None).await;
    assert_eq!(list(&app.context(other).await, &ids).await, Ok(Vec::new()));
}

db_test!(a_test_that_cannot_be_sent_says_why);
async fn a_test_that_cannot_be_sent_says_why(db: Db) {
    let (app, ctx) = shop(&db).await;
    let ana = reader(&db, "ana@x.example", "Ana", "en").await;
    let id = campaign(&ctx).await;
    let refused = async |draft: Draft, to: &[&str]| {
        let to: Vec<String> = to.iter().map(|to| (*to).to_owned()).collect();
        match send(&ctx, id, draft, Some(ana), &to, "k").await {
            Err(AppError::Invalid { field, message }) => (field, message),
            other => panic!("{other:?}"),
        }
    };
    let (field, message) = refused(draft(), &["a@b.example", "a@b.example\r\nBcc: c@d.example"]).await;
    assert!(field == "addresses" && message.contains("Bcc"), "{message}");
    assert_eq!(refused(draft(), &[]).await.0, "addresses");
    assert_eq!(refused(draft(), &["a@b.example"; 6]).await.0, "addresses");
    assert_eq!(refused(Draft { subject: " ".into(), ..draft() }, &["a@b.example"]).await.0, "subject");
    assert_eq!(refused(Draft { body: "<p>{{ nothing }}</p>".into(), ..draft() }, &["a@b.example"]).await.0, "body");
    let to = ["a@b.example".to_owned()];
    assert_eq!(send(&ctx, CampaignId(999), draft(), None, &to, "k").await, Err(AppError::NotFound));
    assert_eq!(send(&ctx, id, draft(), Some(CustomerId(999)), &to, "k").await, Err(AppError::NotFound));
    let north = branch(&db, "North").await;
    let member = app.member(Role::Admin, Some(&[north])).await;
    assert_eq!(send(&app.context(member).await, id, draft(), None, &to, "k").await, Err(AppError::NotFound));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM outbox", args![]).await, 0);
}

db_test!(an_error_is_what_starting_refuses);
async fn an_error_is_what_starting_refuses(db: Db) {
    let (_app, ctx) = shop(&db).await;
    reader(&db, "ana@x.example", "Ana", "en").await;
    let silent = customer("silent@x.example").insert(&db).await;
    let nobody = Audience { include: vec![Part::Chosen(vec![silent])], exclude: Vec::new() };
    let unread = Audience { include: vec![Part::Rule("nonsense >".into())], exclude: Vec::new() };
    let forms = [
        (true, form()),
        (false, CampaignForm { name: " ".into(), ..form() }),
        (false, CampaignForm { subject: String::new(), ..form() }),
        (false, CampaignForm { body: " ".into(), ..form() }),
        (false, CampaignForm { body: "<p>{{ customer.frist_name }}</p>".into(), ..form() }),
        (false, CampaignForm { body: "<p>{% if a %}</p>".into(), ..form() }),
        (false, CampaignForm { text: "{{ nothing }}".into(), ..form() }),
        (false, CampaignForm { subject: "x".repeat(500) + "{{ customer.email }}", ..form() }),
        (false, CampaignForm { audience: Audience::default(), ..form() }),
        (false, CampaignForm { audience: nobody, ..form() }),
        (false, CampaignForm { audience: unread, ..form() }),
        (true, CampaignForm { preheader: String::new(), ..form() }),
    ];
    for (sendable, form) in forms {
        let Ok(id) = campaigns::service::create(&ctx, &form).await else {
            assert!(!sendable);
            continue;
        };
        let errors = report(ctx.viewer(), id, &form).await.expect("a report").count(Level::Error);
        let started = campaigns::service::start(&ctx, id).await;
        assert_eq!((errors == 0, started.is_ok()), (sendable, sendable), "{form:?}: {started:?}");
    }
    let id = campaign(&ctx).await;
    let wrong = CampaignForm { body: "<p>\n{{ customer.frist_name }}</p>".into(), ..form() };
    let report = report(ctx.viewer(), id, &wrong).await.expect("a report");
    let error = report.findings.first().expect("an error");
    assert!(error.level == Level::Error && error.advice.contains("line=2") || error.advice.contains('2'), "{error:?}");
}

db_test!(who_lacks_what_a_mail_says_is_counted_and_named);
async fn who_lacks_what_a_mail_says_is_counted_and_named(db: Db) {
    let (_app, ctx) = shop(&db).await;
    reader(&db, "ana@x.example", "Ana", "en").await;
    let mut nameless = Vec::new();
    for n in 0..7 {
        nameless.push(reader(&db, &format!("n{n}@x.example"), "", "en").await);
    }
    // Who would not get it is not counted.
    customer("silent@x.example").insert(&db).await;
    let id = campaign(&ctx).await;
    let found = report(ctx.viewer(), id, &form()).await.expect("a report");
    assert_eq!(found.gets_it, 8);
    let lacks = found.findings.iter().find(|finding| key(finding) == "composer.check.lacks").expect("a finding");
    let values: Vec<&str> = lacks.says.split('\u{1f}').collect();
    assert!(["customer.first_name", "7", "8"].iter().all(|value| values.iter().any(|said| said.contains(value))), "{values:?}");
    assert_eq!(lacks.customers.iter().map(|(id, _)| *id).collect::<Vec<_>>(), nameless[..5]);
    assert_eq!(lacks.customers[0].1, "n0@x.example");

    let better = CampaignForm { body: "<p>Dear {{ customer.first_name | default(\"you\") }}</p>".into(), ..form() };
    let found = report(ctx.viewer(), id, &better).await.expect("a report");
    assert!(has(&found, "composer.check.lacks_ok", Level::Ok));
    assert!(has(&found, "composer.check.server_none", Level::Warning), "the tests have no mail server");
    assert!(has(&found, "composer.check.links_none", Level::Hint));
}

db_test!(products_are_picked_by_what_sells_and_what_is_new);
async fn products_are_picked_by_what_sells_and_what_is_new(db: Db) {
    let (app, ctx) = shop(&db).await;
    let north = branch(&db, "North").await;
    let mut ids = Vec::new();
    for (sku, active, of) in [("A", true, None), ("B", true, None), ("C", false, None), ("D", true, Some(north))] {
        let sql = "INSERT INTO products (sku, name, price_minor, currency, active, branch_id, created_at) VALUES ($1, $1, 1000, 'EUR', $2, $3, $4) RETURNING id";
        let at = i64::try_from(ids.len()).expect("few");
        ids.push(in_tx!(&db, tx => tx.insert(sql, args![sku, active, of, at])).expect("a product"));
    }
    let buyer = customer("buyer@x.example").insert(&db).await;
    for (number, product, quantity) in [("1", 0, 1), ("2", 1, 5), ("3", 2, 9), ("4", 0, 1)] {
        let order = PaperOrder::new(number, vec![("Linen", quantity, 1_000, 0, 1_900)]).insert(&db, buyer).await;
        run(&db, "UPDATE order_lines SET product_id = $2 WHERE order_id = $1", args![order, ids[product]]).await;
    }
    let names = async |ctx: &Context, rule| {
        let found = pick_products(ctx, rule).await.expect("products");
        found.into_iter().map(|product| product.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&ctx, ProductRule::BestSellers).await, ["B", "A"]);
    assert_eq!(names(&ctx, ProductRule::Newest).await, ["D", "B", "A"]);
    let south = branch(&db, "South").await;
    let member = app.member(Role::Admin, Some(&[south])).await;
    assert_eq!(names(&app.context(member).await, ProductRule::Newest).await, ["B", "A"]);
}
