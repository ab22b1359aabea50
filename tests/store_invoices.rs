//! Invoices on both databases: numbers without gaps, what they say, what their PDFs are.

mod support;

use clientele::args;
use clientele::base::{AppError, AppResult, InvoiceId, OrderId, RefundId};
use clientele::commerce::invoices::paper::Paper;
use clientele::commerce::invoices::{InvoiceKind, issue, store};
use clientele::commerce::ledger::By;
use clientele::server::Db;
use futures::future::join_all;
use support::papers::{PaperOrder, pay, refund, send_back};
use support::{NOW, customer, integer, numbers, staff};

/// Issues in a transaction of its own.
async fn issued(db: &Db, order: OrderId, kind: InvoiceKind, refund: Option<RefundId>) -> AppResult<InvoiceId> {
    let tx = db.begin().await?;
    let id = issue(&tx, order, kind, refund, By::Job, NOW).await?;
    tx.commit().await?;
    Ok(id)
}

async fn invoice(db: &Db, order: OrderId) -> InvoiceId {
    issued(db, order, InvoiceKind::Invoice, None).await.expect("an invoice")
}

async fn paper(db: &Db, id: InvoiceId) -> (String, Paper) {
    let record = store::find(db, id).await.expect("an answer").expect("an invoice");
    (record.number, serde_json::from_str(&record.data).expect("a paper"))
}

/// Orders of one customer, in turn of two stores.
async fn orders(db: &Db, count: usize) -> Vec<OrderId> {
    let ana = customer("ana@example.com").insert(db).await;
    let mut made = Vec::new();
    for at in 0..count {
        let number = format!("{}", 1000 + at);
        let store = if at % 2 == 0 { "web" } else { "shop" };
        let order = PaperOrder { store, ..PaperOrder::new(&number, vec![("A thing", 1, 10_00, 0, 1900)]) };
        made.push(order.insert(db, ana).await);
    }
    made
}

support::db_test!(numbers_have_no_gaps_whoever_issues_at_once);
async fn numbers_have_no_gaps_whoever_issues_at_once(db: Db) {
    let orders = orders(&db, 32).await;
    // Every fourth client changes its mind after it has a number.
    join_all(orders.iter().enumerate().map(|(at, order)| {
        let (db, order) = (db.clone(), *order);
        tokio::spawn(async move {
            let tx = db.begin().await.expect("a transaction");
            issue(&tx, order, InvoiceKind::Invoice, None, By::Job, NOW).await.expect("an invoice");
            tokio::task::yield_now().await;
            if at % 4 < 3 {
                tx.commit().await.expect("a commit");
            }
        })
    }))
    .await
    .into_iter()
    .for_each(|client| client.expect("a client that ends"));
    let of_store = "SELECT seq FROM invoices i JOIN stores s ON s.id = i.store_id WHERE s.code = $1 ORDER BY seq";
    assert_eq!(numbers(&db, of_store, args!["web"]).await, (1..=16).collect::<Vec<_>>());
    assert_eq!(numbers(&db, of_store, args!["shop"]).await, (1..=8).collect::<Vec<_>>());
    // All of them again, each twice at once: those who have one get it, the others the next numbers.
    let again = join_all(orders.iter().chain(&orders).map(|order| {
        let (db, order) = (db.clone(), *order);
        tokio::spawn(async move { (order, invoice(&db, order).await) })
    }))
    .await;
    for result in again {
        let (order, id) = result.expect("a client that ends");
        let found = store::find_of_order(&db, order).await.expect("an answer").expect("an invoice");
        assert_eq!(found.id, id.0);
    }
    assert_eq!(numbers(&db, of_store, args!["web"]).await, (1..=16).collect::<Vec<_>>());
    assert_eq!(numbers(&db, of_store, args!["shop"]).await, (1..=16).collect::<Vec<_>>());
    assert_eq!(integer(&db, "SELECT COUNT(DISTINCT number) FROM invoices", args![]).await, 32);
}

support::db_test!(an_invoice_says_what_the_order_was);
async fn an_invoice_says_what_the_order_was(db: Db) {
    let ana = customer("ana@example.com").insert(&db).await;
    let lines = vec![("Book", 2, 10_70, 0, 700), ("Lamp", 1, 119_00, 19_00, 1900)];
    let order = PaperOrder { shipping: 4_90, shipping_tax_bp: 1900, due_at: NOW.0 + 30 * DAY, ..PaperOrder::new("1042", lines) };
    let order = order.insert(&db, ana).await;
    pay(&db, order, "bank_transfer", "captured", 20_00).await;
    pay(&db, order, "card", "voided", 99_00).await;
    let id = invoice(&db, order).await;
    let (number, paper) = paper(&db, id).await;
    assert_eq!(number, "INV-web-000001");
    assert_eq!((paper.order_number.as_str(), paper.buyer.recipient.as_str()), ("1042", "Ana Test"));
    assert_eq!((paper.subtotal, paper.discount, paper.shipping, paper.other, paper.total), (140_40, 19_00, 4_90, 0, 126_30));
    assert_eq!(paper.taxes.iter().map(|part| part.gross()).sum::<i64>(), paper.total);
    let rates: Vec<(u32, i64, i64)> = paper.taxes.iter().map(|part| (part.bp, part.net, part.tax)).collect();
    assert_eq!(rates, [(1900, 88_15, 16_75), (700, 20_00, 1_40)]);
    assert_eq!((paper.payments.len(), paper.due), (1, 106_30), "what was voided is not there");
    assert_eq!(paper.due_on.map(|day| day.iso()).as_deref(), Some("2026-03-31"));
    assert_eq!(paper.deliver_to, None, "goods go where the invoice goes");
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM order_history WHERE kind = 'invoiced'", args![]).await, 1);
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM audit_entries WHERE action = 'invoice.issued'", args![]).await, 1);
}

const DAY: i64 = clientele::base::Timestamp::DAY;

support::db_test!(what_was_not_ordered_is_not_invoiced);
async fn what_was_not_ordered_is_not_invoiced(db: Db) {
    let ana = customer("ana@example.com").insert(&db).await;
    let line = || vec![("A thing", 1, 10_00, 0, 0)];
    let draft = PaperOrder { status: "draft", ..PaperOrder::new("", line()) }.insert(&db, ana).await;
    let cancelled = PaperOrder { status: "cancelled", ..PaperOrder::new("1001", line()) }.insert(&db, ana).await;
    let refusal = |result: AppResult<InvoiceId>| match result {
        Err(AppError::Conflict { message }) => message,
        other => format!("{other:?}"),
    };
    assert_eq!(refusal(issued(&db, draft, InvoiceKind::Invoice, None).await), "invoices.order_not_placed");
    assert_eq!(refusal(issued(&db, cancelled, InvoiceKind::Invoice, None).await), "invoices.order_cancelled");
    let order = PaperOrder::new("1002", line()).insert(&db, ana).await;
    let other = PaperOrder::new("1003", line()).insert(&db, ana).await;
    let refund = refund(&db, other, 5_00, None).await;
    for (kind, refund) in [(InvoiceKind::CreditNote, None), (InvoiceKind::CreditNote, Some(refund))] {
        assert_eq!(issued(&db, order, kind, refund).await, Err(AppError::NotFound), "not this order's");
    }
    assert_eq!(issued(&db, OrderId(999), InvoiceKind::Invoice, None).await, Err(AppError::NotFound));
    for table in ["invoices", "counters", "order_history", "audit_entries"] {
        assert_eq!(integer(&db, &format!("SELECT COUNT(*) FROM {table}"), args![]).await, 0, "no trace in {table}");
    }
}

support::db_test!(credit_notes_give_back_what_was_taxed);
async fn credit_notes_give_back_what_was_taxed(db: Db) {
    let ana = customer("ana@example.com").insert(&db).await;
    let lines = vec![("Book", 3, 10_70, 0, 700), ("Lamp", 1, 119_00, 0, 1900)];
    let order = PaperOrder { shipping: 4_90, shipping_tax_bp: 1900, ..PaperOrder::new("1042", lines) }.insert(&db, ana).await;
    let returned = send_back(&db, order, "R-1", "received", 1).await;
    // A book and 2.00 of good will, then all the rest.
    let first = refund(&db, order, 12_70, Some(returned)).await;
    let second = refund(&db, order, 156_00 - 12_70, None).await;
    let first = issued(&db, order, InvoiceKind::CreditNote, Some(first)).await.expect("a credit note");
    let (number, note) = paper(&db, first).await;
    assert_eq!((number.as_str(), note.total, note.other), ("CN-web-000001", -12_70, -2_00));
    assert_eq!(
        note.items.iter().map(|item| (item.name.as_str(), item.quantity, item.amount)).collect::<Vec<_>>(),
        [("Book", 1, -10_70)]
    );
    assert_eq!(
        note.corrects.as_ref().map(|corrects| corrects.invoice.as_str()),
        Some("INV-web-000001"),
        "there is an invoice first"
    );
    assert_eq!(note.payments.iter().map(|paid| (paid.method.as_str(), paid.amount)).collect::<Vec<_>>(), [("card", -12_70)]);
    let again = issued(&db, order, InvoiceKind::CreditNote, Some(second)).await.expect("a credit note");
    assert_eq!(issued(&db, order, InvoiceKind::CreditNote, Some(second)).await, Ok(again), "the same refund, the same note");
    let (_, rest) = paper(&db, again).await;
    let (_, whole) = paper(&db, invoice(&db, order).await).await;
    for rate in &whole.taxes {
        let back = |note: &Paper| {
            note.taxes.iter().filter(|part| part.bp == rate.bp).map(|part| (part.net, part.tax)).next().unwrap_or_default()
        };
        let (one, two) = (back(&note), back(&rest));
        assert_eq!((-one.0 - two.0, -one.1 - two.1), (rate.net, rate.tax), "{} hundredths of a percent", rate.bp);
    }
}

support::db_test!(an_invoice_stays_what_it_is);
async fn an_invoice_stays_what_it_is(db: Db) {
    let order = orders(&db, 1).await[0];
    let id = invoice(&db, order).await;
    for sql in [
        "UPDATE invoices SET number = 'X' WHERE id = $1",
        "UPDATE invoices SET seq = 7 WHERE id = $1",
        "DELETE FROM invoices WHERE id = $1",
    ] {
        let tx = db.begin().await.expect("a transaction");
        assert!(tx.execute(sql, args![id.0]).await.is_err(), "{sql}");
    }
    // What changes afterwards changes nothing on it.
    let (_, before) = paper(&db, id).await;
    let tx = db.begin().await.expect("a transaction");
    tx.execute("UPDATE customers SET first_name = 'Other', locale = 'de'", args![]).await.expect("an update");
    tx.execute("UPDATE orders SET addresses = '{}'", args![]).await.expect("an update");
    tx.commit().await.expect("a commit");
    assert_eq!(invoice(&db, order).await, id);
    assert_eq!(paper(&db, id).await.1, before);
}

support::db_test!(prefixes_that_were_swapped_are_refused_with_the_reason);
async fn prefixes_that_were_swapped_are_refused_with_the_reason(db: Db) {
    let by = staff(&db, "Ada").await;
    let orders = orders(&db, 3).await;
    invoice(&db, orders[0]).await;
    let refunded = refund(&db, orders[2], 5_00, None).await;
    let tx = db.begin().await.expect("a transaction");
    for (key, value) in [("invoice.prefix", "\"X-\""), ("invoice.credit_note_prefix", "\"INV-\"")] {
        clientele::office::settings::store::save(&tx, key, value, Some(by), NOW).await.expect("a setting");
    }
    tx.commit().await.expect("a commit");
    let refused = issued(&db, orders[2], InvoiceKind::CreditNote, Some(refunded)).await;
    assert_eq!(refused, Err(AppError::Conflict { message: "invoices.number_taken".into() }));
    assert_eq!(integer(&db, "SELECT COUNT(*) FROM invoices", args![]).await, 1, "and nothing is left of it");
}
