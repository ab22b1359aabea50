//! Codes: for whom they hold, as the database has it.

use crate::shop::{Shop, cash, lines, refusal};
use crate::support::{self, NOW, customer, group};
use clientele::args;
use clientele::base::{AppResult, CustomerId, Day, ProductId};
use clientele::commerce::drafts::{Completion, DraftEdit, Placed};
use clientele::commerce::orders::Rate;
use clientele::commerce::promotions;
use clientele::server::Db;

async fn order(shop: &Shop, customer: CustomerId, product: ProductId, code: &str) -> AppResult<Placed> {
    let edit = DraftEdit { codes: vec![code.into()], ..lines(&[(product, 1)]) };
    let draft = shop.draft(customer, edit).await?;
    shop.complete(draft, &cash()).await
}

support::db_test!(each_code_holds_for_those_it_is_for);
async fn each_code_holds_for_those_it_is_for(db: Db) {
    let shop = Shop::open(&db).await;
    let (ana, bo) = (customer("ana@example.com").insert(&db).await, customer("bo@example.com").insert(&db).await);
    let tea = shop.product("TEA", 10_00).await;
    let partners = group(&db, "partners").await;
    shop.run("INSERT INTO tags (name, name_key, created_at) VALUES ('gift', 'gift', $1)", args![NOW]).await;
    shop.code("PARTNERS", &format!("group_id = {partners}")).await;
    shop.code("TAGGED", "tag_id = (SELECT id FROM tags)").await;
    shop.code("ANAS", &format!("customer_id = {ana}")).await;
    shop.code("GOLD", "tier = 'gold'").await;
    shop.code("FIRST", "first_order_only = TRUE").await;
    shop.code("ONCE", "limit_per_customer = 1").await;
    shop.code("RICH", "minimum_minor = 1001").await;
    shop.code("EUROS", "kind = 'amount', amount_minor = 100, currency = 'EUR'").await;
    for (code, why) in [
        ("PARTNERS", "promotions.not_your_group"),
        ("TAGGED", "promotions.not_your_tag"),
        ("ANAS", "promotions.not_yours"),
        ("GOLD", "promotions.not_your_tier"),
        ("RICH", "promotions.below_minimum"),
        ("EUROS", "promotions.other_currency"),
    ] {
        assert_eq!(refusal(order(&shop, bo, tea, code).await), ("codes".into(), why.into()), "{code}");
    }
    let member = "INSERT INTO customer_group_members (customer_id, group_id, added_at) VALUES ($1, $2, $3)";
    shop.run(member, args![bo, partners, NOW]).await;
    shop.run("INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, (SELECT id FROM tags), $2)", args![bo, NOW])
        .await;
    for (customer, code) in [(bo, "FIRST"), (bo, "partners"), (bo, "tagged"), (ana, "anas"), (bo, "ONCE")] {
        order(&shop, customer, tea, code).await.unwrap_or_else(|error| panic!("{code}: {error:?}"));
    }
    assert_eq!(refusal(order(&shop, bo, tea, "FIRST").await).1, "promotions.first_order_only");
    assert_eq!(refusal(order(&shop, bo, tea, "ONCE").await).1, "promotions.used_by_customer");
    shop.is_sound().await;
}

support::db_test!(a_code_of_a_segment_asks_its_rule_at_that_moment);
async fn a_code_of_a_segment_asks_its_rule_at_that_moment(db: Db) {
    let shop = Shop::open(&db).await;
    let (ana, bo) = (customer("ana@example.com").insert(&db).await, customer("bo@example.com").insert(&db).await);
    let tea = shop.product("TEA", 10_00).await;
    let segment = "INSERT INTO segments (key, name, name_key, rule, kind, created_at, updated_at)
      VALUES ($1, $2, $1, $3, 'own', 0, 0)";
    shop.run(segment, args!["buyers", "Buyers", "orders >= 1"]).await;
    shop.run(segment, args!["others", "Others", "not segment = #1000"]).await;
    let id = |key: &str| format!("segment_id = (SELECT id FROM segments WHERE key = '{key}')");
    let not = format!(
        "UPDATE segments SET rule = 'not segment = #' || (SELECT id FROM segments WHERE {}) WHERE key = 'others'",
        "key = 'buyers'"
    );
    shop.run(&not, args![]).await;
    shop.code("AGAIN", &id("buyers")).await;
    shop.code("WELCOME", &id("others")).await;
    // Nobody has written down who is in them.
    assert_eq!(shop.count("SELECT COUNT(*) FROM segment_members", args![]).await, 0);
    let draft = shop.draft(ana, DraftEdit { codes: vec!["again".into()], ..lines(&[(tea, 1)]) }).await.expect("a draft");
    let why = shop.complete(draft, &cash()).await.expect_err("not a buyer yet");
    assert!(why.message_key().contains("Buyers"), "says which segment: {why:?}");
    assert_eq!(refusal(order(&shop, ana, tea, "AGAIN").await), ("codes".into(), "promotions.not_your_segment".into()));
    order(&shop, ana, tea, "WELCOME").await.expect("not a buyer yet");
    // The draft of before is priced anew.
    assert_eq!(refusal(shop.complete(draft, &cash()).await).1, "drafts.price_changed");
    let completion = Completion { accept_changes: true, ..cash() };
    shop.complete(draft, &completion).await.expect("a buyer now");
    assert_eq!(refusal(order(&shop, ana, tea, "WELCOME").await).1, "promotions.not_your_segment");
    assert_eq!(refusal(order(&shop, bo, tea, "AGAIN").await).1, "promotions.not_your_segment");
    shop.run("UPDATE segments SET rule = 'email = bo@example.com' WHERE key = 'buyers'", args![]).await;
    order(&shop, bo, tea, "AGAIN").await.expect("the rule is another");
    assert_eq!(refusal(order(&shop, ana, tea, "AGAIN").await).1, "promotions.not_your_segment");
    // Nobody known is in no segment, and is told of which it is.
    let (settings, currency) = (&shop.settings, shop.settings.base_currency);
    let asker = promotions::Asker {
        audience: promotions::Audience::default(),
        settings,
        today: Day(20_513),
        currency,
        rate: Rate::parse("1").expect("a rate"),
        merchandise: 10_00,
    };
    let why = promotions::find_valid(&shop.db, "again", &asker, shop.now).await.expect_err("nobody");
    assert!(why.message_key().contains("Buyers"), "says which segment: {why:?}");
    shop.is_sound().await;
}

support::db_test!(a_cancelled_order_gives_its_codes_back);
async fn a_cancelled_order_gives_its_codes_back(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").insert(&db).await;
    let tea = shop.product("TEA", 10_00).await;
    shop.code("ONCE", "limit_total = 1").await;
    let placed = order(&shop, ana, tea, "ONCE").await.expect("an order");
    assert_eq!(refusal(order(&shop, ana, tea, "ONCE").await).1, "promotions.used_up");
    for _ in 0..2 {
        let tx = db.begin().await.expect("a transaction");
        promotions::release(&tx, placed.order).await.expect("released");
        tx.commit().await.expect("a commit");
    }
    assert_eq!(shop.count("SELECT uses_count FROM promotions", args![]).await, 0);
    order(&shop, ana, tea, "ONCE").await.expect("it holds again");
}
