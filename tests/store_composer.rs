//! The composer on both databases: drafts that save themselves, and audiences counted in two ways that agree.

mod support;

use clientele::args;
use clientele::base::{AppError, BranchId, CampaignId, CustomerId, GroupId};
use clientele::messages::campaigns::{
    self, Audience, CampaignForm, CampaignQuery, CampaignState, Fate, Part, SubjectTest, Terms, Timing, Waterfall, When, fates,
};
use clientele::messages::composer::service::{begin, choices, count, delete, duplicate, open, people, restore, save};
use clientele::messages::composer::{CHOSEN_MAX, Counted, Found, Saved, Start, sift};
use clientele::messages::suppression::{self, Reason, Topic};
use clientele::office::staff::Role;
use clientele::server::{Args, Context, Db};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use support::random::{IDS, insert_customers, sample};
use support::{NOW, TestApp, branch, customer, db_test, in_tx, integer};

async fn shop(db: &Db) -> (TestApp, Context) {
    let app = TestApp::new(db).await;
    let marketer = app.member(Role::Marketing, None).await;
    let ctx = app.context(marketer).await;
    (app, ctx)
}

async fn run(db: &Db, sql: &str, args: Args) {
    in_tx!(db, tx => tx.execute(sql, args)).expect("a statement");
}

fn to(include: Vec<Part>) -> Audience {
    Audience { include, exclude: Vec::new() }
}

// --- audiences ---------------------------------------------------------------------------------------------------------

const CUSTOMERS: usize = 150;
const AUDIENCES: usize = 60;

/// Addresses of every kind, most of them good.
const EMAILS: [&str; 16] = [
    "a.b@x.example",
    "b+c_d-e@mail.x-y.example",
    "o'neill@x.example",
    "jörg@x.example",
    "c@bücher.example",
    "",
    "nobody",
    "a@b",
    "a@x..example",
    ".a@x.example",
    "a.@x.example",
    "a@-x.example",
    "a@x.example\r\nBcc: all@x.example",
    "two words@x.example",
    "a@b@x.example",
    "x@a.very.long.name.that.goes.on.and.on.and.on.and.on.and.on.and.on.example",
];

/// Random customers with every reason to be left out.
async fn crowd(db: &Db, runner: &mut TestRunner) -> Vec<CustomerId> {
    let ids: Vec<CustomerId> = insert_customers(db, CUSTOMERS, runner).await.into_iter().map(|entry| entry.id).collect();
    for (number, id) in ids.iter().enumerate() {
        let mut chance = |percent: u32| sample(0..100_u32, runner) < percent;
        let (agrees, odd, on_list, declines, undecided, gone) =
            (chance(80), chance(30), chance(15), chance(15), chance(50), chance(5));
        run(db, "UPDATE customers SET marketing_email = $2 WHERE id = $1", args![*id, agrees]).await;
        if odd {
            let email = EMAILS[number % EMAILS.len()];
            run(db, "UPDATE customers SET email = $2 WHERE id = $1", args![*id, email]).await;
        }
        if on_list {
            let key = format!("{number}@shop.example");
            in_tx!(db, tx => suppression::store::add(&tx, &key, Reason::Bounced, "", (None, None), NOW)).expect("it");
            if undecided {
                in_tx!(db, tx => suppression::store::lift(&tx, &key, None, NOW)).expect("lifted");
            }
        }
        if declines {
            in_tx!(db, tx => suppression::store::choose(&tx, *id, Topic::Offers, false, "test", NOW)).expect("a choice");
            if undecided {
                in_tx!(db, tx => suppression::store::choose(&tx, *id, Topic::Offers, true, "test", NOW)).expect("a choice");
            }
        }
        if gone {
            run(db, "UPDATE customers SET anonymised_at = 1 WHERE id = $1", args![*id]).await;
        }
        for mail in 0..sample(0..5_u32, runner) {
            let state = sample(select(vec!["queued", "sent", "failed", "in_doubt", "handing_over"]), runner);
            let days = sample(0..10_i64, runner);
            // One of a campaign, advertising to one, or something about an order.
            let (of_campaign, topic) = [(true, ""), (false, "newsletter"), (false, "")][(mail % 3) as usize];
            let sql = "INSERT INTO outbox (customer_id, campaign_id, recipient, template, locale, data, dedup_key, created_at, state, handed_at, topic)
                VALUES ($1, CASE WHEN $5 THEN (SELECT MIN(id) FROM campaigns) END, '', '', 'en', '{}', $2, $3, $4, $3, $6)";
            let at = NOW.plus(-days * 86_400_000_000);
            run(db, sql, args![*id, format!("{id}:{mail}"), at, state, of_campaign, topic]).await;
        }
    }
    ids
}

fn parts(ids: Vec<CustomerId>) -> impl Strategy<Value = Part> {
    prop_oneof![
        Just(Part::Everybody),
        IDS.prop_map(|id| Part::Group(GroupId(id))),
        vec(select(ids), 0..40).prop_map(Part::Chosen),
        select(vec![
            "orders > 3",
            "total_spent > 100",
            "not orders > 1",
            "orders >= 1 and total_spent < 500",
            "email ends with \"@shop.example\""
        ])
        .prop_map(|text| Part::Rule(text.into())),
        select(vec!["new", "one_time", "high_value"]).prop_map(|key| Part::Segment(key.into())),
    ]
}

/// What [`fates`] says, customer by customer.
async fn one_by_one(app: &TestApp, audience: &Audience, topic: Topic, scope: Option<&[BranchId]>) -> Vec<(CustomerId, Fate)> {
    let ids: Vec<i64> = match campaigns::resolve(&app.state, audience, scope).await {
        Ok(ids) => ids.into_iter().map(|id| id.0).collect(),
        Err(AppError::Invalid { message, .. }) if message == "campaign.nobody" => return Vec::new(),
        Err(error) => panic!("{audience:?}: {error}"),
    };
    fates(&app.state.db, &ids, Terms::of(&app.state, topic, scope, app.state.clock.now())).await.expect("fates")
}

db_test!(counting_sets_agrees_with_looking_at_each_customer);
async fn counting_sets_agrees_with_looking_at_each_customer(db: Db) {
    let (app, ctx) = shop(&db).await;
    begin(&ctx, "That was sent", Start::Nothing).await.expect("a campaign");
    for (name, value) in [("cap_mails", "2"), ("cap_days", "7")] {
        let sql = "INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, 0)";
        run(&db, sql, args![format!("mail.{name}"), value]).await;
    }
    app.state.reload_settings().await.expect("settings");
    let mut runner = TestRunner::deterministic();
    let ids = crowd(&db, &mut runner).await;
    let mut seen = Waterfall::default();
    for number in 0..AUDIENCES {
        if number == AUDIENCES / 3 {
            // Until now the database answered by itself.
            app.state.index.set_quick(Vec::new(), app.state.today());
            app.state.index.load(&db).await.expect("an index");
            assert!(app.state.index.is_ready());
        }
        let audience = Audience {
            include: sample(vec(parts(ids.clone()), 1..4), &mut runner),
            exclude: sample(vec(parts(ids.clone()), 0..2), &mut runner),
        };
        let topic = sample(select(vec![Topic::Offers, Topic::Products]), &mut runner);
        let branches = [BranchId(IDS.start), BranchId(IDS.start + 1)];
        let scope = (number % 4 == 3).then_some(&branches[..]);
        let expected = one_by_one(&app, &audience, topic, scope).await;
        let mut waterfall = Waterfall::default();
        expected.iter().for_each(|(_, fate)| waterfall.add(*fate, 1));
        let counted = sift::count(&app.state, &audience, topic, scope).await.expect("figures");
        assert_eq!(counted.waterfall, Some(waterfall), "{audience:?} {topic:?} {scope:?}");
        for fate in Fate::ALL {
            let who =
                sift::who(&app.state, (&audience, topic), scope, Some(fate), (CustomerId(0), CUSTOMERS)).await.expect("them");
            let them: Vec<CustomerId> = expected.iter().filter(|(_, is)| *is == fate).map(|(id, _)| *id).collect();
            assert_eq!(who, them, "{fate:?} of {audience:?}");
            seen.add(fate, i64::try_from(them.len()).expect("few"));
        }
    }
    for fate in Fate::ALL {
        assert!(seen.of(fate) > 50, "{fate:?} was tried {} times only", seen.of(fate));
    }
}

db_test!(those_behind_a_number_come_page_by_page);
async fn those_behind_a_number_come_page_by_page(db: Db) {
    let (app, ctx) = shop(&db).await;
    let id = begin(&ctx, "Spring", Start::Nothing).await.expect("a draft");
    for number in 0..120 {
        customer(&format!("{number}@x.example")).insert(&db).await;
    }
    let blocked = customer("blocked@x.example").insert(&db).await;
    run(&db, "UPDATE customers SET account_status = 'blocked', marketing_email = TRUE WHERE id = $1", args![blocked]).await;
    app.state.index.load(&db).await.expect("an index");
    let all = to(vec![Part::Everybody]);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = people(&ctx, id, (&all, Topic::Offers), Some(Fate::NoConsent), after).await.expect("a page");
        seen.extend(page.rows.iter().map(|person| person.id));
        after = seen.last().copied();
        if !page.more {
            break;
        }
        assert_eq!(page.rows.len(), 50);
    }
    seen.dedup();
    assert_eq!(seen.len(), 120);
    let kept_off = people(&ctx, id, (&all, Topic::Offers), Some(Fate::Suppressed), None).await.expect("a page");
    assert_eq!(
        kept_off.rows.iter().map(|person| (person.id, person.why.as_str())).collect::<Vec<_>>(),
        [(blocked, "composer.why.blocked")]
    );
}

db_test!(what_is_wrong_with_a_part_is_said_of_it);
async fn what_is_wrong_with_a_part_is_said_of_it(db: Db) {
    let (_, ctx) = shop(&db).await;
    let id = begin(&ctx, "Spring", Start::Nothing).await.expect("a draft");
    customer("ana@x.example").insert(&db).await;
    run(&db, "UPDATE segments SET archived = TRUE WHERE key = 'at_risk'", args![]).await;
    let archived = integer(&db, "SELECT MIN(id) FROM customer_groups", args![]).await;
    run(&db, "UPDATE customer_groups SET archived_at = 1 WHERE id = $1", args![archived]).await;
    let audience = Audience {
        include: vec![
            Part::Everybody,
            Part::Segment("nothing".into()),
            Part::Segment("at_risk".into()),
            Part::Group(GroupId(999)),
            Part::Group(GroupId(archived)),
        ],
        exclude: vec![Part::Rule("tag = \"nothing\"".into()), Part::Rule("total_spent >".into())],
    };
    let Counted { include, exclude, waterfall } = count(&ctx, id, &audience, Topic::Offers).await.expect("figures");
    let said = |found: &Found| match found {
        Found::Count(count) => count.to_string(),
        Found::Wrong(message) => message.split('\u{1f}').next().unwrap_or_default().to_owned(),
    };
    assert_eq!(
        include.iter().map(said).collect::<Vec<_>>(),
        [
            "1",
            "composer.audience.segment_gone",
            "composer.audience.segment_archived",
            "composer.audience.group_gone",
            "composer.audience.group_archived"
        ]
    );
    assert_eq!(said(&exclude[0]), "campaign.unknown");
    assert!(matches!(&exclude[1], Found::Wrong(message) if message.starts_with("rules.")), "{exclude:?}");
    assert_eq!(waterfall, None, "a figure without a part would be wrong");
    // Nor is it sent: who is left out with a part that is gone would get it.
    run(&db, "UPDATE customers SET marketing_email = TRUE", args![]).await;
    let (version, typed) = form(&ctx, id).await;
    let audience = Audience { include: vec![Part::Everybody], exclude: vec![Part::Group(GroupId(999))] };
    let ready = CampaignForm { subject: "Hello".into(), body: "<p>Hello</p>".into(), audience, ..typed };
    save(&ctx, id, version, &ready).await.expect("saved");
    let gone = AppError::invalid("audience", "composer.audience.group_gone");
    assert_eq!(campaigns::service::start(&ctx, id).await, Err(gone));
    let many = to(vec![Part::Chosen(vec![CustomerId(1); CHOSEN_MAX + 1])]);
    assert_eq!(count(&ctx, id, &many, Topic::Offers).await, Err(AppError::invalid("audience", "composer.audience.many_chosen")));
}

// --- drafts ------------------------------------------------------------------------------------------------------------

async fn form(ctx: &Context, id: CampaignId) -> (i64, CampaignForm) {
    let opened = open(ctx, id).await.expect("a draft");
    (opened.version, opened.form)
}

db_test!(a_double_press_begins_one_campaign);
async fn a_double_press_begins_one_campaign(db: Db) {
    let (_, ctx) = shop(&db).await;
    let many = futures::future::join_all((0..12).map(|_| begin(&ctx, "Spring", Start::Nothing))).await;
    let first = *many[0].as_ref().expect("a draft");
    assert!(many.iter().all(|made| made.as_ref() == Ok(&first)), "{many:?}");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM campaigns", args![]).await, 1);
    // One with another audience is another one, and one that somebody wrote on is not begun again.
    assert_ne!(begin(&ctx, "Spring", Start::Group(GroupId(1))).await, Ok(first));
    let (version, typed) = form(&ctx, first).await;
    save(&ctx, first, version, &CampaignForm { body: "<p>a".into(), ..typed }).await.expect("saved");
    assert_ne!(begin(&ctx, "Spring", Start::Nothing).await, Ok(first));
}

db_test!(drafts_may_be_unfinished_and_are_saved_again_and_again);
async fn drafts_may_be_unfinished_and_are_saved_again_and_again(db: Db) {
    let (app, ctx) = shop(&db).await;
    let id = begin(&ctx, "", Start::Nothing).await.expect("a draft without a name");
    let (mut version, mut typed) = form(&ctx, id).await;
    assert_eq!((version, typed.body.as_str()), (1, ""));
    for body in ["<p>Hello {{ customer.", "<p>Hello {{ customer.first_name", "<p>Hello {{ customer.first_name }}</p>"] {
        typed = CampaignForm { body: body.into(), name: " Spring ".into(), ..typed };
        let Saved::As(now) = save(&ctx, id, version, &typed).await.expect("saved") else { panic!("a conflict") };
        assert_eq!(now, version + 1);
        // An answer that was lost is asked for again.
        assert_eq!(save(&ctx, id, version, &typed).await, Ok(Saved::As(now)));
        version = now;
    }
    assert_eq!(form(&ctx, id).await, (version, typed.trimmed()));
    let noted = "SELECT COUNT(*) FROM audit_entries WHERE entity = 'campaign' AND action = 'campaign.changed'";
    assert_eq!(integer(&db, noted, args![]).await, 1, "what is written in one go is one entry");
    // When it is to be sent is kept as it is typed, half a day as well.
    for (when, day) in [(When::Own, "2031-05-02"), (When::Shop, "2031-"), (When::Now, "")] {
        typed.timing = Timing { when, day: day.into(), time: "10:30".into() };
        assert_eq!(save(&ctx, id, version, &typed).await, Ok(Saved::As(version + 1)));
        version += 1;
        assert_eq!(form(&ctx, id).await, (version, typed.trimmed()));
    }
    let too_long = CampaignForm { name: "n".repeat(121), ..typed };
    assert_eq!(save(&ctx, id, version, &too_long).await, Err(AppError::invalid("name", "composer.name_long")));
    assert_eq!(campaigns::service::start(&ctx, id).await.map_err(|error| error.status()), Err(422), "it has no subject yet");
    run(&db, "UPDATE campaigns SET state = 'scheduled' WHERE id = $1", args![id]).await;
    let no_draft = AppError::Conflict { message: "composer.no_draft".into() };
    assert_eq!(open(&ctx, id).await, Err(no_draft.clone()));
    assert_eq!(save(&ctx, id, version, &typed_anew(&app)).await, Err(no_draft.clone()));
    assert_eq!(delete(&ctx, id).await, Err(no_draft));
}

fn typed_anew(_: &TestApp) -> CampaignForm {
    CampaignForm {
        name: "Other".into(),
        topic: Topic::Offers,
        subject: String::new(),
        preheader: String::new(),
        layout: clientele::messages::templates::Layout::Letter,
        body: String::new(),
        text: String::new(),
        test: SubjectTest::default(),
        timing: Timing::default(),
        audience: Audience::default(),
    }
}

db_test!(the_second_of_two_editors_is_told_who_was_first);
async fn the_second_of_two_editors_is_told_who_was_first(db: Db) {
    let (app, ctx) = shop(&db).await;
    let owner = app.member(Role::Owner, None).await;
    let other = app.context(owner).await;
    let id = begin(&ctx, "Spring", Start::Nothing).await.expect("a draft");
    let (version, typed) = form(&ctx, id).await;
    let of = |name: &str| CampaignForm { name: name.into(), ..typed.clone() };
    assert_eq!(save(&other, id, version, &of("Theirs")).await, Ok(Saved::As(version + 1)));
    let Ok(Saved::Theirs(theirs)) = save(&ctx, id, version, &of("Mine")).await else { panic!("it was saved") };
    assert_eq!((theirs.by.as_str(), theirs.form.name.as_str(), theirs.version), ("owner", "Theirs", version + 1));
    assert_eq!(form(&ctx, id).await.1.name, "Theirs", "nothing was lost");
    assert_eq!(save(&ctx, id, theirs.version, &of("Mine")).await, Ok(Saved::As(version + 2)));
    // Many at once: each version is written by one.
    let names: Vec<String> = (0..8).map(|n| format!("Of {n}")).collect();
    let many = futures::future::join_all(names.iter().map(|name| {
        let form = of(name);
        let ctx = &ctx;
        async move { save(ctx, id, version + 2, &form).await }
    }))
    .await;
    assert_eq!(many.iter().filter(|answer| matches!(answer, Ok(Saved::As(_)))).count(), 1, "{many:?}");
}

db_test!(drafts_are_deleted_brought_back_and_copied);
async fn drafts_are_deleted_brought_back_and_copied(db: Db) {
    let (app, ctx) = shop(&db).await;
    let id = begin(&ctx, "Spring", Start::Group(GroupId(1))).await.expect("a draft");
    let listed = async |query: &str| {
        let page = campaigns::store::list(&db, &CampaignQuery::parse(query), None, app.state.zone()).await.expect("campaigns");
        page.rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    delete(&ctx, id).await.expect("deleted");
    assert_eq!(delete(&ctx, id).await, Err(AppError::NotFound));
    assert_eq!(open(&ctx, id).await, Err(AppError::NotFound));
    assert_eq!(campaigns::service::start(&ctx, id).await, Err(AppError::NotFound), "what is deleted is never sent");
    assert!(listed("").await.is_empty());
    restore(&ctx, id).await.expect("back");
    assert_eq!(restore(&ctx, id).await, Err(AppError::NotFound), "it was not deleted");
    let kept = form(&ctx, id).await.1;
    run(&db, "UPDATE campaigns SET state = 'sent' WHERE id = $1", args![id]).await;
    let copy = duplicate(&ctx, id, "(copy)").await.expect("a copy of what was sent");
    assert_eq!(form(&ctx, copy).await, (1, CampaignForm { name: "Spring (copy)".into(), ..kept }));
    assert_eq!(listed("").await, ["Spring (copy)", "Spring"]);
    assert_eq!(listed("state=draft").await, ["Spring (copy)"]);
    assert_eq!(listed("q=SPRING+(").await, ["Spring (copy)"]);
    assert_eq!(listed("state=sent&q=copy").await, [""; 0]);
    assert_eq!(campaigns::store::get_view(&db, copy, app.state.zone()).await.expect("a view").state, CampaignState::Draft);
}

db_test!(a_member_of_some_branches_writes_to_nobody_else);
async fn a_member_of_some_branches_writes_to_nobody_else(db: Db) {
    let (app, ctx) = shop(&db).await;
    let (here, there) = (branch(&db, "Here").await, branch(&db, "There").await);
    let limited = app.member(Role::Admin, Some(&[here])).await;
    let limited = app.context(limited).await;
    customer("here@x.example").branch(here).insert(&db).await;
    customer("there@x.example").branch(there).insert(&db).await;
    let of_all = begin(&ctx, "Spring", Start::Nothing).await.expect("a draft");
    let (version, typed) = form(&ctx, of_all).await;
    for refused in [
        open(&limited, of_all).await.map(drop),
        save(&limited, of_all, version, &typed).await.map(drop),
        duplicate(&limited, of_all, "(copy)").await.map(drop),
        delete(&limited, of_all).await,
        choices(&limited, of_all).await.map(drop),
        campaigns::service::start(&limited, of_all).await,
    ] {
        assert_eq!(refused, Err(AppError::NotFound));
    }
    let own = begin(&limited, "Autumn", Start::Nothing).await.expect("a draft");
    let everybody = to(vec![Part::Everybody]);
    let by = |ctx: Context| {
        let everybody = everybody.clone();
        async move { count(&ctx, own, &everybody, Topic::Offers).await.expect("figures").waterfall.expect("figures").matched }
    };
    assert_eq!((by(limited).await, by(ctx).await), (1, 1), "it goes to the branch, whoever looks at it");
}

db_test!(a_list_becomes_a_part_of_an_audience);
async fn a_list_becomes_a_part_of_an_audience(db: Db) {
    let (_, ctx) = shop(&db).await;
    let ana = customer("ana@x.example").name("Ana", "Abel").insert(&db).await;
    customer("bea@x.example").name("Bea", "Bach").insert(&db).await;
    let part = async |start: Start| {
        let id = begin(&ctx, "Spring", start).await?;
        Ok::<_, AppError>(form(&ctx, id).await.1.audience.include)
    };
    assert_eq!(part(Start::List(String::new())).await, Ok(vec![Part::Everybody]));
    assert_eq!(part(Start::List("spent_min=10".into())).await, Ok(vec![Part::Rule("total_spent >= 10".into())]));
    assert_eq!(part(Start::List("q=ana".into())).await, Ok(vec![Part::Chosen(vec![ana])]), "no rule says what a search finds");
    assert_eq!(part(Start::Chosen(vec![ana])).await, Ok(vec![Part::Chosen(vec![ana])]));
    let many = part(Start::Chosen(vec![ana; CHOSEN_MAX + 1])).await;
    assert_eq!(many, Err(AppError::invalid("audience", "composer.audience.many_chosen")));
}
