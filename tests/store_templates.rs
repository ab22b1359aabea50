//! Templates of mails: versions, restoring, own ones, and what they are filled with.

mod support;

use clientele::args;
use clientele::base::{AppError, CustomerId};
use clientele::messages::templates::{self, Draft, Field, Layout, Purpose, Saved, recipients, service};
use clientele::office::settings::ShopSettings;
use clientele::office::staff::Role;
use clientele::server::{Context, Db};
use support::{TestApp, customer, integer};

async fn marketing(db: &Db) -> (TestApp, Context) {
    let app = TestApp::new(db).await;
    let member = app.member(Role::Marketing, None).await;
    let context = app.context(member).await;
    (app, context)
}

fn draft(subject: &str) -> Draft {
    Draft {
        subject: subject.into(),
        body: "<p>Hello {{ customer.first_name | default(\"there\") }}</p>".into(),
        ..Draft::default()
    }
}

async fn subject(db: &Db, name: &str, locale: &str) -> String {
    service::find_source(db, name, locale).await.expect("an answer").expect("a template").0.subject
}

async fn save(ctx: &Context, name: &str, based_on: i64, draft: Draft) -> i64 {
    match service::save(ctx, name, "en", based_on, draft).await.expect("an answer") {
        Saved::As(number) => number,
        Saved::Wrong(errors) => panic!("{errors:?}"),
    }
}

support::db_test!(a_template_has_versions_and_goes_back_to_each);
async fn a_template_has_versions_and_goes_back_to_each(db: Db) {
    let (_app, ctx) = marketing(&db).await;
    let brought = subject(&db, "welcome", "en").await;
    assert_eq!(save(&ctx, "welcome", 0, draft("First")).await, 1);
    assert_eq!(save(&ctx, "welcome", 1, draft("Second")).await, 2);
    assert_eq!(subject(&db, "welcome", "en").await, "Second");
    assert_ne!(subject(&db, "welcome", "de").await, "Second", "languages are written one by one");

    assert_eq!(service::restore(&ctx, "welcome", "en", Some(1)).await, Ok(3));
    assert_eq!(subject(&db, "welcome", "en").await, "First");
    assert_eq!(service::restore(&ctx, "welcome", "en", None).await, Ok(4));
    assert_eq!(subject(&db, "welcome", "en").await, brought);
    // Back to a version that was the one that the program brings.
    save(&ctx, "welcome", 4, draft("Fifth")).await;
    assert_eq!(service::restore(&ctx, "welcome", "en", Some(4)).await, Ok(6));
    assert_eq!(subject(&db, "welcome", "en").await, brought);

    let opened =
        service::open(&db, ctx.viewer(), "welcome", "en", clientele::base::i18n::by_code("en")).await.expect("a template");
    assert_eq!((opened.number, opened.builtin, opened.versions.len()), (6, true, 6));
    assert_eq!(opened.purpose, Purpose::Marketing, "why it is sent cannot be changed");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE entity = 'mail_template'", args![]).await, 6);
    assert_eq!(service::restore(&ctx, "welcome", "en", Some(99)).await, Err(AppError::NotFound));
    assert_eq!(service::restore(&ctx, "nothing", "en", None).await, Err(AppError::NotFound));
    assert_eq!(service::restore(&ctx, "welcome", "xx", None).await, Err(AppError::NotFound));
}

support::db_test!(who_saves_second_is_told);
async fn who_saves_second_is_told(db: Db) {
    let (_app, ctx) = marketing(&db).await;
    let both =
        futures::future::join_all((0..8).map(|n| service::save(&ctx, "birthday", "en", 0, draft(&format!("Of {n}"))))).await;
    assert_eq!(both.iter().filter(|result| matches!(result, Ok(Saved::As(1)))).count(), 1, "{both:?}");
    let conflict = AppError::Conflict { message: "templates.changed".into() };
    assert_eq!(both.iter().filter(|result| result.as_ref() == Err(&conflict)).count(), 7);
}

support::db_test!(what_does_not_compile_is_not_saved);
async fn what_does_not_compile_is_not_saved(db: Db) {
    let (_app, ctx) = marketing(&db).await;
    let wrong = Draft { body: "<p>{{ customer.frist_name }}</p>".into(), ..draft("Hi") };
    let Ok(Saved::Wrong(errors)) = service::save(&ctx, "welcome", "en", 0, wrong).await else { panic!("it was saved") };
    assert_eq!((errors[0].field, errors[0].line, errors[0].column), (Field::Body, 1, 7));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM mail_template_versions", args![]).await, 0);
}

support::db_test!(own_templates_are_made_from_others_and_retired);
async fn own_templates_are_made_from_others_and_retired(db: Db) {
    let (_app, ctx) = marketing(&db).await;
    let name = service::create(&ctx, " Spring ", "", "en").await.expect("a template");
    let copy = service::create(&ctx, "Spring 2", &name, "en").await.expect("a copy");
    assert_ne!(name, copy);
    let (source, lang) = service::find_source(&db, &copy, "de").await.expect("an answer").expect("a template");
    assert_eq!((source.purpose, lang.code()), (Purpose::Marketing, "en"), "what lacks a language is sent in another");
    let invalid = service::create(&ctx, "Carts", "order_confirmation", "en").await;
    assert!(matches!(invalid, Err(AppError::Invalid { field, .. }) if field == "from"), "its variables belong to orders");
    assert!(matches!(service::create(&ctx, " ", "", "en").await, Err(AppError::Invalid { .. })));
    service::retire(&ctx, &name, true).await.expect("retired");
    assert_eq!(service::retire(&ctx, &name, true).await, Err(AppError::NotFound));
    let list = service::list(ctx.viewer(), clientele::base::i18n::by_code("en")).await.expect("a list");
    let own: Vec<_> = list.iter().filter(|row| row.own).map(|row| (row.title.as_str(), row.retired)).collect();
    assert_eq!(own, [("Spring", true), ("Spring 2", false)]);
    assert_eq!(list.len() - 2, templates::builtin::NAMES.len());
}

support::db_test!(a_preview_is_what_that_customer_gets);
async fn a_preview_is_what_that_customer_gets(db: Db) {
    let (app, ctx) = marketing(&db).await;
    let ana = customer("ana@example.com").name("Ana", "Weber").insert(&db).await;
    let nobody = customer("n@example.com").name("", "").insert(&db).await;
    let written = Draft {
        body: "<p>{{ customer.first_name }} {{ customer.points }} {{ customer.tier }}</p>".into(),
        ..draft("For {{ customer.name }}")
    };
    let shown = service::preview(ctx.viewer(), "win_back", "en", written.clone(), Some(ana)).await.expect("a preview");
    let mail = shown.mail.expect("a mail");
    assert_eq!(mail.subject, "For Ana Weber");
    assert!(mail.text.starts_with("Ana 0"), "{}", mail.text);
    assert_eq!(shown.missing, ["customer.tier"]);
    let shown = service::preview(ctx.viewer(), "win_back", "en", written.clone(), Some(nobody)).await.expect("a preview");
    assert_eq!(shown.missing, ["customer.name", "customer.first_name", "customer.tier"]);

    let first = service::neighbour(&ctx, None, true).await.expect("an answer").expect("a customer");
    let last = service::neighbour(&ctx, Some(first.id), true).await.expect("an answer").expect("a customer");
    assert_eq!((first.id, last.id), (ana, nobody));
    assert_eq!(service::neighbour(&ctx, Some(last.id), true).await, Ok(None));
    assert_eq!(service::neighbour(&ctx, Some(last.id), false).await.expect("an answer").map(|r| r.id), Some(ana));

    let elsewhere = support::branch(&db, "Elsewhere").await;
    let limited = app.member(Role::Admin, Some(&[elsewhere])).await;
    let limited = app.context(limited).await;
    assert_eq!(service::preview(limited.viewer(), "win_back", "en", written, Some(ana)).await, Err(AppError::NotFound));
    assert_eq!(service::neighbour(&limited, None, true).await, Ok(None));
}

support::db_test!(many_recipients_are_read_at_once);
async fn many_recipients_are_read_at_once(db: Db) {
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(customer(&format!("c{n}@example.com")).name(&format!("N{n}"), "").insert(&db).await);
    }
    let asked: Vec<CustomerId> = ids.iter().copied().chain([CustomerId(999_999)]).collect();
    let mut found = recipients::load(&db, &ShopSettings::default(), &asked).await.expect("variables");
    found.sort_by_key(|(id, _)| *id);
    assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids);
    assert_eq!(found[3].1.get("customer.first_name"), Some(&templates::Value::from("N3")));
    assert_eq!(Layout::parse("card"), Some(Layout::Card));
}

/// A mail in the outbox; yields its id.
async fn queued(db: &Db, template: &str, customer: CustomerId, data: serde_json::Value) -> i64 {
    use clientele::office::outbox::{Mail, store};
    let mail = Mail { customer: Some(customer), recipient: "ana@example.com", template, locale: "de", data, key: template };
    support::in_tx!(db, tx => store::queue(&tx, mail, clientele::base::Timestamp(1_772_366_400_000_000))).expect("queued");
    integer(db, "SELECT MAX(id) FROM outbox", args![]).await
}

support::db_test!(the_outbox_shows_each_mail_as_its_recipient_sees_it);
async fn the_outbox_shows_each_mail_as_its_recipient_sees_it(db: Db) {
    use clientele::messages::outbox::{OutboxQuery, service as outbox};
    let (app, ctx) = marketing(&db).await;
    let english = clientele::base::i18n::by_code("en");
    let ana = customer("ana@example.com").name("Ana", "Weber").insert(&db).await;
    let data = serde_json::json!({ "points": 120, "balance": 12_400, "reason": "earned" });
    let points = queued(&db, "points_changed", ana, data).await;
    let seen = outbox::open(ctx.viewer(), points, english).await.expect("a mail");
    let mail = seen.mail.expect("it can be written");
    assert_eq!((seen.kept, seen.secret, seen.line.state.as_str()), (false, false, "queued"));
    assert_eq!(mail.subject, "Ihre Punkte: 12.400", "in the recipient's language");
    assert!(mail.text.contains("Ana Weber"), "{}", mail.text);

    let sealed = app.state.keys.seal_secret("7KQ2-M9XD-4TPA-WJ3E");
    let data = serde_json::json!({ "sealed_code": sealed, "last_four": "WJ3E", "currency": "USD", "amount_minor": 5_000, "message": "", "expires_at": 0 });
    let card = queued(&db, "gift_card", ana, data).await;
    let seen = outbox::open(ctx.viewer(), card, english).await.expect("a mail");
    let text = seen.mail.expect("it can be written").text;
    assert!(seen.secret && text.contains("•••• WJ3E") && !text.contains("7KQ2"), "{text}");

    // What was handed over is shown as it was.
    let eml = "From: a@b.example\r\nTo: ana@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain\r\n\r\nAs sent\r\n";
    let sealed = app.state.keys.seal_secret(eml);
    support::in_tx!(&db, tx => tx.execute("INSERT INTO outbox_letters (mail_id, sealed) VALUES ($1, $2)", args![points, sealed]))
        .expect("a letter");
    let seen = outbox::open(ctx.viewer(), points, english).await.expect("a mail");
    let mail = seen.mail.expect("a mail");
    assert_eq!((seen.kept, mail.subject.as_str(), mail.text.trim()), (true, "Grüße", "As sent"));
    assert!(seen.headers.contains(&("To".into(), "ana@example.com".into())), "{:?}", seen.headers);

    let list = |query: &str| {
        let query = OutboxQuery::parse(query);
        let ctx = ctx.clone();
        async move {
            outbox::list(ctx.viewer(), &query, english)
                .await
                .expect("a page")
                .mails
                .into_iter()
                .map(|mail| mail.id)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(list("").await, [card, points]);
    assert_eq!(list("q=weber").await, [card, points]);
    assert_eq!(list(&format!("before={card}")).await, [points]);
    assert_eq!(list("state=sent").await, Vec::<i64>::new());
    assert_eq!(list("q=somebody").await, Vec::<i64>::new());

    let elsewhere = support::branch(&db, "Elsewhere").await;
    let limited = app.member(Role::Support, Some(&[elsewhere])).await;
    let limited = app.context(limited).await;
    assert_eq!(outbox::open(limited.viewer(), points, english).await.map(|view| view.line.id), Err(AppError::NotFound));
    assert_eq!(outbox::list(limited.viewer(), &OutboxQuery::default(), english).await.expect("a page").mails, Vec::new());
}
