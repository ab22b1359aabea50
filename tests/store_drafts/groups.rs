//! What is edited of a group is what prices its customers' drafts.

use super::*;
use clientele::base::{Currency, GroupId};
use clientele::customers::groups::{GroupForm, service, store};

support::db_test!(what_is_edited_of_a_group_prices_drafts);
async fn what_is_edited_of_a_group_prices_drafts(db: Db) {
    let shop = Shop::open(&db).await;
    let ana = customer("ana@example.com").group("wholesale").insert(&db).await;
    let tea = shop.product("TEA", 100_00).await;
    let group = GroupId(shop.count("SELECT id FROM customer_groups WHERE code = 'wholesale'", args![]).await);
    let total = async || {
        let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
        shop.count("SELECT total_minor FROM orders WHERE id = $1", args![order]).await
    };
    let edit = async |change: fn(&mut GroupForm)| {
        let base = GroupForm::of(&store::get(&db, group).await.expect("a group").checked(Currency::USD));
        let mut form = base.clone();
        change(&mut form);
        let actor = shop.clerk().actor;
        support::in_tx!(db, tx => service::change(&tx, &actor, Currency::USD, group, &form, &base)).expect("saved");
    };
    assert_eq!(total().await, 105_00, "as it was");
    edit(|form| form.discount = "12.5".into()).await;
    assert_eq!(total().await, 92_50);
    edit(|form| (form.shipping, form.free_over) = ("free_over".into(), "90".into())).await;
    assert_eq!(total().await, 92_50, "merchandise of 87.50 ships at the usual price");
    edit(|form| form.free_over = "87.50".into()).await;
    assert_eq!(total().await, 87_50);
    edit(|form| (form.shipping, form.discount) = (String::new(), String::new())).await;
    assert_eq!(total().await, 105_00);
    edit(|form| form.shipping = "free".into()).await;
    assert_eq!(total().await, 100_00);
    let tx = db.begin().await.expect("a transaction");
    let list = "INSERT INTO price_lists (name, name_key, currency, created_at) VALUES ('Trade', 'trade', 'USD', $1) RETURNING id";
    let list = tx.insert(list, args![NOW]).await.expect("a price list");
    let item = "INSERT INTO price_list_items (price_list_id, product_id, price_minor) VALUES ($1, $2, 6000)";
    tx.execute(item, args![list, tea.0]).await.expect("a price");
    tx.commit().await.expect("a commit");
    assert_eq!(list, 1);
    edit(|form| form.price_list = "1".into()).await;
    assert_eq!(total().await, 60_00, "the price list");
    edit(|form| form.terms = "14".into()).await;
    let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
    let terms = Completion { payment: PaymentChoice::Terms, ..Completion::default() };
    shop.complete(order, &terms).await.expect("on terms");
    assert_eq!(
        shop.count("SELECT due_at FROM orders WHERE id = $1", args![order]).await,
        NOW.0 - NOW.0 % Timestamp::DAY + 14 * Timestamp::DAY
    );
    edit(|form| form.minimum = "60.01".into()).await;
    let order = shop.draft(ana, lines(&[(tea, 1)])).await.expect("a draft");
    assert_eq!(refusal(shop.complete(order, &terms).await), ("minimum".into(), "drafts.below_minimum".into()));
    shop.is_sound().await;
}
