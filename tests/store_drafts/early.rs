//! Early access: for whom codes and products open earlier, as the database has it and as staff write it.

use crate::shop::{Shop, cash, lines, refusal};
use crate::support::{self, NOW, customer, group};
use clientele::args;
use clientele::base::{AppResult, CustomerId, GroupId, ProductId, PromotionId, SegmentId};
use clientele::commerce::drafts::{self, DraftEdit, Placed};
use clientele::commerce::eligibility::EarlyForm;
use clientele::commerce::products::{self, ProductEdit, ProductForm};
use clientele::commerce::promotions::{self, PromotionEdit, PromotionForm};
use clientele::server::{Args, Db};

/// A shop with a product, and three customers who are a partner, have a tag and have ordered often enough for a segment; the
/// fourth is nobody of note.
struct Scene {
    shop: Shop,
    tea: ProductId,
    partners: GroupId,
    buyers: SegmentId,
    partner: CustomerId,
    tagged: CustomerId,
    buyer: CustomerId,
    other: CustomerId,
}

impl Scene {
    async fn open(db: &Db) -> Self {
        let shop = Shop::open(db).await;
        let mut customers = Vec::new();
        for email in ["partner@example.com", "tagged@example.com", "buyer@example.com", "other@example.com"] {
            customers.push(customer(email).insert(db).await);
        }
        let [partner, tagged, buyer, other] = customers[..] else { panic!("four customers") };
        let partners = group(db, "partners").await;
        let tea = shop.product("TEA", 10_00).await;
        let member = "INSERT INTO customer_group_members (customer_id, group_id, added_at) VALUES ($1, $2, $3)";
        shop.run(member, args![partner, partners, NOW]).await;
        shop.run("INSERT INTO tags (name, name_key, created_at) VALUES ('gift', 'gift', $1)", args![NOW]).await;
        let tag = "INSERT INTO customer_tags (customer_id, tag_id, added_at) VALUES ($1, (SELECT id FROM tags), $2)";
        shop.run(tag, args![tagged, NOW]).await;
        let segment = "INSERT INTO segments (key, name, name_key, rule, kind, created_at, updated_at)
          VALUES ('buyers', 'Buyers', 'buyers', 'email = buyer@example.com', 'own', 0, 0)";
        shop.run(segment, args![]).await;
        let buyers = SegmentId(shop.count("SELECT id FROM segments WHERE key = 'buyers'", args![]).await);
        Self { shop, tea, partners, buyers, partner, tagged, buyer, other }
    }

    /// Says for whom codes or products open earlier.
    async fn open_early_for(&self, table: &str, who: &str) {
        let sql = format!("UPDATE {table} SET early_group_id = NULL, early_tag_id = NULL, early_segment_id = NULL");
        self.shop.run(&sql, args![]).await;
        self.shop.run(&format!("UPDATE {table} SET {who}"), args![]).await;
    }

    async fn order(&self, customer: CustomerId, codes: &[&str]) -> AppResult<Placed> {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        let draft = self.shop.draft(customer, DraftEdit { codes, ..lines(&[(self.tea, 1)]) }).await?;
        self.shop.complete(draft, &cash()).await
    }

    /// What naming each of the three is in SQL, and who is it.
    fn audiences(&self) -> [(String, CustomerId); 3] {
        [
            (format!("early_group_id = {}", self.partners), self.partner),
            ("early_tag_id = (SELECT id FROM tags)".to_owned(), self.tagged),
            (format!("early_segment_id = {}", self.buyers), self.buyer),
        ]
    }

    async fn run(&self, sql: &str, args: Args) {
        self.shop.run(sql, args).await;
    }
}

support::db_test!(a_code_opens_earlier_for_a_group_a_tag_or_a_segment);
async fn a_code_opens_earlier_for_a_group_a_tag_or_a_segment(db: Db) {
    let scene = Scene::open(&db).await;
    let begins = format!("starts_at = {}, early_starts_at = {}", NOW.plus(1).0, NOW.0);
    scene.shop.code("SALE", &begins).await;
    let not_yet = ("codes".to_owned(), "promotions.not_started".to_owned());
    let all = [scene.partner, scene.tagged, scene.buyer, scene.other];
    for customer in all {
        assert_eq!(refusal(scene.order(customer, &["SALE"]).await), not_yet, "nobody is named");
    }
    for (who, customer) in scene.audiences() {
        scene.open_early_for("promotions", &who).await;
        for other in all.into_iter().filter(|other| *other != customer) {
            assert_eq!(refusal(scene.order(other, &["SALE"]).await), not_yet, "{who}: {other}");
        }
        scene.order(customer, &["SALE"]).await.unwrap_or_else(|error| panic!("{who}: {error:?}"));
    }
    // The rule is asked: nobody has written down who is in the segment, and it may be another at any time.
    assert_eq!(scene.shop.count("SELECT COUNT(*) FROM segment_members", args![]).await, 0);
    scene.run("UPDATE segments SET rule = 'email = other@example.com' WHERE key = 'buyers'", args![]).await;
    assert_eq!(refusal(scene.order(scene.buyer, &["SALE"]).await), not_yet);
    scene.order(scene.other, &["SALE"]).await.expect("in the segment now");
    // Whoever has early access still must be whom the code is for, and nothing opens before the early day.
    scene.run("UPDATE promotions SET group_id = $1", args![scene.partners]).await;
    assert_eq!(refusal(scene.order(scene.other, &["SALE"]).await).1, "promotions.not_your_group");
    scene.run("UPDATE promotions SET group_id = NULL, early_starts_at = $1", args![NOW.plus(1)]).await;
    assert_eq!(refusal(scene.order(scene.other, &["SALE"]).await), not_yet);
    // Those whose group has early access to everything keep it, whoever else is named.
    scene.run("UPDATE promotions SET early_starts_at = 1", args![]).await;
    scene.run("UPDATE customer_groups SET early_access = TRUE WHERE code = 'retail'", args![]).await;
    scene.order(scene.buyer, &["SALE"]).await.expect("early access by group");
    scene.shop.is_sound().await;
}

support::db_test!(a_product_opens_earlier_for_a_group_a_tag_or_a_segment);
async fn a_product_opens_earlier_for_a_group_a_tag_or_a_segment(db: Db) {
    let scene = Scene::open(&db).await;
    let before = scene.order(scene.buyer, &[]).await.expect("an order").order;
    scene.run("UPDATE products SET available_from = $1, early_from = $2", args![NOW.plus(1), NOW]).await;
    let not_yet = ("lines".to_owned(), "products.not_yet".to_owned());
    let all = [scene.partner, scene.tagged, scene.buyer, scene.other];
    for (who, customer) in scene.audiences() {
        scene.open_early_for("products", &who).await;
        for other in all.into_iter().filter(|other| *other != customer) {
            assert_eq!(refusal(scene.order(other, &[]).await), not_yet, "{who}: {other}");
        }
        scene.order(customer, &[]).await.unwrap_or_else(|error| panic!("{who}: {error:?}"));
    }
    // All three at once are any of the three.
    let who = scene.audiences().map(|(who, _)| who).join(", ");
    scene.open_early_for("products", &who).await;
    for customer in [scene.partner, scene.tagged, scene.buyer] {
        scene.order(customer, &[]).await.unwrap_or_else(|error| panic!("{customer}: {error:?}"));
    }
    assert_eq!(refusal(scene.order(scene.other, &[]).await), not_yet);
    // A code that asks for the same tag beside it is asked as well.
    scene.shop.code("GIFT", "tag_id = (SELECT id FROM tags)").await;
    scene.order(scene.tagged, &["GIFT"]).await.expect("an order with the code");
    assert_eq!(refusal(scene.order(scene.buyer, &["GIFT"]).await).1, "promotions.not_your_tag");
    // Ordering the same again asks as well.
    let tx = db.begin().await.expect("a transaction");
    let again = drafts::reorder(&tx, &scene.shop.clerk(), before).await.expect("a draft");
    assert!(again.changes.is_empty(), "{:?}", again.changes);
    drop(tx);
    scene.run("UPDATE segments SET rule = 'orders > 99' WHERE key = 'buyers'", args![]).await;
    let tx = db.begin().await.expect("a transaction");
    assert_eq!(refusal(drafts::reorder(&tx, &scene.shop.clerk(), before).await).1, "drafts.nothing_to_reorder");
    drop(tx);
    scene.shop.is_sound().await;
}

async fn save_code(shop: &Shop, form: PromotionForm) -> AppResult<PromotionId> {
    let tx = shop.db.begin().await?;
    let id = promotions::manage::save(&tx, &shop.clerk(), &PromotionEdit { id: None, form }).await?;
    tx.commit().await?;
    Ok(id)
}

async fn save_product(shop: &Shop, form: ProductForm) -> AppResult<ProductId> {
    let tx = shop.db.begin().await?;
    let id = products::manage::save(&tx, &shop.clerk(), &ProductEdit { id: None, form }).await?;
    tx.commit().await?;
    Ok(id)
}

support::db_test!(who_is_named_is_there_and_is_kept);
async fn who_is_named_is_there_and_is_kept(db: Db) {
    let scene = Scene::open(&db).await;
    let shop = &scene.shop;
    let early = EarlyForm { group: Some(scene.partners), segment: Some(scene.buyers), tag: " Gift ".into() };
    let day = |day: &str| day.to_owned();
    let code = |early: EarlyForm| PromotionForm {
        code: "sale".into(),
        value: "10".into(),
        starts: day("2026-03-05"),
        early_starts: day("2026-03-02"),
        early,
        ..PromotionForm::default()
    };
    let product = |early: EarlyForm| ProductForm {
        sku: "NEW".into(),
        name: "New".into(),
        price: "5".into(),
        from: day("2026-03-05"),
        early_from: day("2026-03-02"),
        early,
        active: true,
        ..ProductForm::default()
    };
    for (field, wrong) in [
        ("early_group", EarlyForm { group: Some(GroupId(999)), ..early.clone() }),
        ("early_segment", EarlyForm { segment: Some(SegmentId(999)), ..early.clone() }),
        ("early_tag", EarlyForm { tag: "\u{1}".into(), ..early.clone() }),
    ] {
        assert_eq!(refusal(save_code(shop, code(wrong.clone())).await).0, field);
        assert_eq!(refusal(save_product(shop, product(wrong)).await).0, field);
    }
    for (archive, restore, key) in [
        ("customer_groups SET archived_at = 1", "customer_groups SET archived_at = 0", "promotions.group_gone"),
        ("segments SET archived = TRUE", "segments SET archived = FALSE", "segments.rule_archived"),
    ] {
        scene.run(&format!("UPDATE {archive}"), args![]).await;
        assert_eq!(refusal(save_code(shop, code(early.clone())).await).1, key);
        assert_eq!(refusal(save_product(shop, product(early.clone())).await).1, key);
        scene.run(&format!("UPDATE {restore}"), args![]).await;
    }
    let tierless = PromotionForm { tier: "titanium".into(), ..code(early.clone()) };
    assert_eq!(refusal(save_code(shop, tierless).await), ("tier".into(), "promotions.tier_gone".into()));
    save_code(shop, code(early.clone())).await.expect("a promotion");
    save_product(shop, product(early)).await.expect("a product");
    for table in ["promotions", "products"] {
        let sql = format!(
            "SELECT COUNT(*) FROM {table} WHERE early_group_id = $1 AND early_segment_id = $2
               AND early_tag_id = (SELECT id FROM tags WHERE name = 'gift')"
        );
        assert_eq!(shop.count(&sql, args![scene.partners, scene.buyers]).await, 1, "{table}");
    }
    assert_eq!(shop.count("SELECT COUNT(*) FROM tags", args![]).await, 1, "a tag is found in either case");
    // Shown as it was typed.
    let settings = &shop.settings;
    let page = promotions::manage::list(&db, settings, shop.clerk().zone, &promotions::PromotionQuery::default(), NOW).await;
    let form = page.expect("a page").rows.remove(0).form;
    assert_eq!(
        (form.early.group, form.early.segment, form.early.tag.as_str()),
        (Some(scene.partners), Some(scene.buyers), "gift")
    );
    let page = products::manage::list(&db, settings, shop.clerk().zone, &products::ProductQuery::default(), NOW).await;
    let form = page.expect("a page").rows.into_iter().map(|row| row.form).find(|form| form.sku == "NEW").expect("the product");
    assert_eq!(
        (form.early.group, form.early.segment, form.early.tag.as_str()),
        (Some(scene.partners), Some(scene.buyers), "gift")
    );
}
