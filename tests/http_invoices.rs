//! Invoices over HTTP: who gets which file, under which name; issuing and sending; what the PDFs say.

mod support;

use axum::http::StatusCode;
use clientele::args;
use clientele::base::{InvoiceId, OrderId};
use clientele::commerce::invoices::{InvoiceKind, issue, label_pdf, pdf, service};
use clientele::commerce::ledger::By;
use clientele::office::staff::Role;
use clientele::server::Db;
use support::papers::{Line, PaperOrder, pay, refund, send_back, text_of};
use support::{NOW, TestApp, branch, customer, integer, on_sqlite};

async fn run(db: &Db, sql: &str) {
    let tx = db.begin().await.expect("a transaction");
    tx.execute(sql, args![]).await.expect("a statement that runs");
    tx.commit().await.expect("a commit");
}

async fn issued(db: &Db, order: OrderId) -> InvoiceId {
    let tx = db.begin().await.expect("a transaction");
    let id = issue(&tx, order, InvoiceKind::Invoice, None, By::Job, NOW).await.expect("an invoice");
    tx.commit().await.expect("a commit");
    id
}

/// Readers of PDFs put breaks where fonts change.
fn squashed(text: &str) -> String {
    text.split_whitespace().collect()
}

const LINE: Line<'static> = ("A thing", 1, 10_00, 0, 1900);

#[tokio::test]
async fn files_are_for_those_for_whom_the_customer_exists() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let (here, there) = (branch(&db, "Here").await, branch(&db, "There").await);
        let ana = customer("ana@example.com").branch(here).insert(&db).await;
        let order = PaperOrder::new("1001", vec![LINE]).insert(&db, ana).await;
        let reader = app.log_in(Role::ReadOnly).await;
        let missing = app.get(&format!("/orders/{order}/invoice.pdf"), &reader).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "looking does not issue");
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM invoices", args![]).await, 0);
        let id = issued(&db, order).await;
        let returned = send_back(&db, order, "R-7", "approved", 1).await;
        let names = [
            (format!("/orders/{order}/invoice.pdf"), "INV-web-000001.pdf"),
            (format!("/invoices/{id}/pdf"), "INV-web-000001.pdf"),
            (format!("/returns/{returned}/label.pdf"), "return-R-7.pdf"),
        ];
        let elsewhere = app.cookie_of(app.member(Role::Support, Some(&[there])).await).await;
        for (path, name) in &names {
            let file = app.get(path, &reader).await;
            assert_eq!(file.status, StatusCode::OK, "{path}");
            assert_eq!(file.header("content-type"), "application/pdf");
            assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"{name}\""));
            assert_eq!(file.header("cache-control"), "no-store");
            assert!(file.body.starts_with("%PDF-"), "{path}");
            assert_eq!(app.get(path, &elsewhere).await.status, StatusCode::NOT_FOUND, "{path} of another branch");
            assert!(app.get(path, "").await.location().starts_with("/login"), "{path} for nobody");
        }
        for path in
            ["/invoices/99/pdf", "/invoices/x/pdf", "/orders/99/invoice.pdf", "/returns/99/label.pdf", "/returns/-/label.pdf"]
        {
            assert_eq!(app.get(path, &reader).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        run(&db, "UPDATE returns SET status = 'requested'").await;
        assert_eq!(app.get(&names[2].0, &reader).await.status, StatusCode::CONFLICT, "not approved yet");
        let sheet = app.get(&format!("/orders/{order}/print"), &reader).await;
        assert_eq!(sheet.status, StatusCode::OK);
        assert!(sheet.body.contains("Main Street 7") && sheet.body.contains("A thing"), "it is there without script");
        assert_eq!(app.get(&format!("/orders/{order}/print"), &elsewhere).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn issuing_and_sending_happen_once() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let here = branch(&db, "Here").await;
        let ana = customer("ana@example.com").branch(here).insert(&db).await;
        let order = PaperOrder::new("1001", vec![LINE]).insert(&db, ana).await;
        let support = app.log_in(Role::Support).await;
        let body = format!("{{\"order\":{order}}}");
        let id = app.call("/fn/issue_invoice", &support, &body).await.json();
        assert_eq!(app.call("/fn/issue_invoice", &support, &body).await.json(), id, "the same order, the same invoice");
        let marketing = app.log_in(Role::Marketing).await;
        assert_eq!(app.call("/fn/issue_invoice", &marketing, &body).await.status, StatusCode::FORBIDDEN);
        let send = |key: &str| format!("{{\"invoice\":{id},\"key\":\"{key}\"}}");
        for key in ["click1", "click1", "click2"] {
            assert_eq!(app.call("/fn/email_invoice", &support, &send(key)).await.status, StatusCode::OK);
        }
        assert_eq!(app.call("/fn/email_invoice", &support, &send("")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mails = "SELECT COUNT(*) FROM outbox WHERE template = 'invoice' AND recipient = 'ana@example.com'";
        assert_eq!(integer(&db, mails, args![]).await, 2, "once per press");
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM order_history WHERE kind = 'invoice_sent'", args![]).await, 2);
        let list = app.call("/fn/list_order_invoices", &support, &body).await.json();
        assert_eq!((list["rows"][0]["number"].as_str(), list["can_issue"].as_bool()), (Some("INV-web-000001"), Some(false)));
        // Refunds get their notes, and members of other branches nothing at all.
        refund(&db, order, 4_00, None).await;
        assert_eq!(app.call("/fn/issue_credit_notes", &support, &body).await.json(), 1);
        assert_eq!(app.call("/fn/issue_credit_notes", &support, &body).await.json(), 0);
        let there = branch(&db, "There").await;
        let elsewhere = app.cookie_of(app.member(Role::Admin, Some(&[there])).await).await;
        for (function, json) in [
            ("issue_invoice", body.clone()),
            ("issue_credit_notes", body.clone()),
            ("list_order_invoices", body.clone()),
            ("email_invoice", send("click3")),
        ] {
            let status = app.call(&format!("/fn/{function}"), &elsewhere, &json).await.status;
            assert_eq!(status, StatusCode::NOT_FOUND, "{function}");
        }
    })
    .await;
}

#[tokio::test]
async fn pdfs_say_it_in_the_customers_language_and_always_alike() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let ana = customer("ana@example.com").insert(&db).await;
        run(&db, "UPDATE customers SET locale = 'de-AT', account_number = 'K-77'").await;
        let name = "长江 Ensemble, Żółta płyta";
        let mut lines: Vec<Line<'_>> = vec![(name, 1, 10_00, 1_00, 1900)];
        lines.extend(std::iter::repeat_n(("Schallplatte", 2, 5_00, 0, 700), 59));
        let order = PaperOrder { due_at: NOW.0 + 86_400_000_000 * 14, recipient: "王伟", ..PaperOrder::new("1042", lines) };
        let order = order.insert(&db, ana).await;
        pay(&db, order, "card", "captured", 100_00).await;
        let id = issued(&db, order).await;
        let first = pdf(&app.state, id).await.expect("a PDF");
        let pages = text_of(&first);
        assert!(pages.len() > 2, "60 lines are {} pages", pages.len());
        let all = pages.join("\n");
        for text in [
            "Rechnung INV-web-000001",
            "王伟",
            "Main Street 7",
            name,
            "K-77",
            "1. März 2026",
            "15. März 2026",
            "−1,00 €",
            "7 %",
            "599,00 €",
            "499,00 €",
            "Karte",
            "1042",
        ] {
            assert!(squashed(&all).contains(&squashed(text)), "{text} in {all}");
        }
        for (at, page) in pages.iter().enumerate() {
            assert!(page.contains(&format!("Seite {} von {}", at + 1, pages.len())), "{page}");
            assert_eq!(page.contains("Einzelpreis"), page.contains("Schallplatte"), "items stand under a heading: {page}");
        }
        assert_eq!(pdf(&app.state, id).await.expect("a PDF"), first, "the same bytes");
        run(&db, "UPDATE customers SET locale = 'en', first_name = 'Other'").await;
        assert_eq!(pdf(&app.state, id).await.expect("a PDF"), first, "whatever has changed since");
    })
    .await;
}

#[tokio::test]
async fn credit_notes_and_labels_are_papers_too() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let owner = app.member(Role::Owner, None).await;
        let ctx = app.context(owner).await;
        let ana = customer("ana@example.com").insert(&db).await;
        let order = PaperOrder::new("1042", vec![("A thing", 2, 10_00, 0, 0)]).insert(&db, ana).await;
        let returned = send_back(&db, order, "R-42", "received", 1).await;
        refund(&db, order, 10_00, Some(returned)).await;
        assert_eq!(service::issue_credit_notes(&ctx, order).await, Ok(1));
        let note = clientele::commerce::invoices::store::list(&db, order).await.expect("rows").pop().expect("a note");
        let text = text_of(&pdf(&app.state, InvoiceId(note.id)).await.expect("a PDF")).join("\n");
        for part in ["Credit note CN-web-000001", "INV-web-000001", "Reason:", "A thing", "−€10.00", "Credited in total"] {
            assert!(squashed(&text).contains(&squashed(part)), "{part} in {text}");
        }
        assert!(!text.contains("Amount due"), "{text}");
        let label = label_pdf(&app.state, returned).await.expect("a label");
        let text = text_of(&label).join("\n");
        for part in ["R-42", "Ana Test", "Main Street 7", "Clientele", "A thing", "#1042"] {
            assert!(squashed(&text).contains(&squashed(part)), "{part} in {text}");
        }
    })
    .await;
}
