//! Every mail that is queued anywhere fills its template in every language, with data as it is queued.

use super::super::{Template, Value, Variables, builtin};
use super::*;
use crate::base::i18n::by_code;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files that queue mails. Who adds one says in [`queued`] what its data is like.
const CALLERS: &[&str] = &[
    "commerce/credit/service.rs",
    "commerce/drafts/complete.rs",
    "commerce/drafts/recover.rs",
    "commerce/giftcards/redeem.rs",
    "commerce/giftcards/service.rs",
    "commerce/invoices/email.rs",
    "commerce/loyalty/service.rs",
    "commerce/orders/clerk.rs",
    "commerce/payments/cancel.rs",
    "commerce/payments/refund.rs",
    "commerce/returns/service.rs",
    "commerce/shipments/service.rs",
];

/// Template, data, and what the mail says in English and German.
fn queued(keys: &Keys) -> Vec<(&'static str, Json, [&'static str; 2])> {
    let of_order = |mut data: Json| {
        data["order_id"] = json!(7);
        data["order"] = json!("10482");
        data
    };
    let lines = json!([{ "name": "Linen shirt", "sku": "LS-1", "quantity": 2, "total_minor": 798_000 }, { "name": "Hat", "sku": "H", "quantity": 1, "total_minor": null }]);
    let credit = json!({ "currency": "EUR", "amount_minor": 250_000, "balance_minor": 400_000, "reason": "goodwill", "expires_at": 1_800_000_000_000_000_i64 });
    let return_data = |answer: &str| of_order(json!({ "return_id": 3, "return": "R-1007", "answer": answer }));
    vec![
        (
            "abandoned_cart",
            json!({ "order_id": 7, "lines": [{ "name": "Linen shirt", "quantity": 2 }], "currency": "EUR", "total_minor": 798_000, "total": "7980.00" }),
            ["€7,980.00", "7.980,00 €"],
        ),
        (
            "payment_reminder",
            json!({ "order_id": 7, "lines": [{ "name": "Linen shirt", "quantity": 2 }], "currency": "EUR", "total_minor": 798_000, "total": "7980.00" }),
            ["€7,980.00", "7.980,00 €"],
        ),
        (
            "order_confirmation",
            json!({
                "order": "10482", "order_id": 7, "currency": "EUR", "lines": lines, "shipping_minor": 490, "discount_minor": 0,
                "tax_minor": 2_468, "total_minor": 801_000, "due_minor": 801_000,
            }),
            ["€8,010.00", "8.010,00 €"],
        ),
        (
            "order_shipped",
            of_order(json!({ "carrier": "DHL", "tracking": "JJD1", "url": "https://www.dhl.com/?id=JJD1" })),
            ["https://www.dhl.com/?id=JJD1", "https://www.dhl.com/?id=JJD1"],
        ),
        ("order_shipped", of_order(json!({ "carrier": "", "tracking": "", "url": null })), ["10482", "10482"]),
        ("order_cancelled", of_order(json!({ "refunded": "1234.50", "currency": "EUR" })), ["€1,234.50", "1.234,50 €"]),
        (
            "refund",
            of_order(json!({ "amount": "1234.50", "currency": "EUR", "to": "credit" })),
            ["To store credit", "1.234,50 €"],
        ),
        ("return_requested", return_data(""), ["R-1007", "R-1007"]),
        ("return_approved", return_data("Use the <label>"), ["Use the <label>", "Use the <label>"]),
        ("return_refused", return_data("Worn"), ["Worn", "Worn"]),
        ("return_received", return_data(""), ["R-1007", "R-1007"]),
        ("invoice", json!({ "invoice_id": 1, "kind": "invoice", "number": "INV-42", "order_id": 7 }), ["INV-42", "INV-42"]),
        ("credit_note", json!({ "invoice_id": 2, "kind": "credit_note", "number": "CN-42", "order_id": 7 }), ["CN-42", "CN-42"]),
        ("credit_changed", credit, ["€4,000.00", "4.000,00 €"]),
        ("points_changed", json!({ "points": -120, "balance": 12_400, "reason": "correction" }), ["12,400", "12.400"]),
        (
            "gift_card",
            json!({
                "sealed_code": keys.seal_secret("7KQ2-M9XD"), "last_four": "M9XD", "currency": "EUR", "amount_minor": 500_000,
                "message": "Happy birthday!", "expires_at": 0,
            }),
            ["7KQ2-M9XD", "5.000,00 €"],
        ),
    ]
}

#[test]
fn every_queued_mail_fills_its_template() {
    let keys = Keys::derive(&[7; 32]);
    let zone = Zone::parse("Europe/Berlin").expect("a zone");
    for (template, data, says) in queued(&keys) {
        for (locale, says) in ["en", "de"].into_iter().zip(says) {
            let lang = by_code(locale);
            let mut all = variables(template, &data, Reading { lang, zone, keys: Some(&keys) });
            all.take(
                Variables::new()
                    .having("links.unsubscribe", Value::Url("https://shop.example/u".into()))
                    .having("shop.name", "Kontor"),
            );
            let source = builtin::find(template, locale).unwrap_or_else(|| panic!("{locale}/{template} is missing"));
            let compiled = Template::compile(&source, lang).unwrap_or_else(|errors| panic!("{locale}/{template}: {errors:?}"));
            let mail = compiled.render(&Arc::new(all)).unwrap_or_else(|error| panic!("{locale}/{template}: {error}"));
            // Money has spaces that do not break.
            let plain = format!("{}\n{}", mail.subject, mail.text).replace('\u{a0}', " ");
            assert!(plain.contains(says), "{locale}/{template} does not say {says:?}: {plain}");
            assert!(!mail.html.contains("<label>"), "values are escaped");
        }
    }
}

#[test]
fn whoever_only_looks_sees_no_code() {
    let keys = Keys::derive(&[7; 32]);
    let zone = Zone::parse("UTC").expect("a zone");
    let (_, data, _) = queued(&keys).pop().expect("the gift card");
    let seen = variables("gift_card", &data, Reading { lang: by_code("en"), zone, keys: None });
    assert_eq!(seen.get("gift_card.code"), Some(&Value::Text("•••• M9XD".into())));
}

#[test]
fn every_room_that_queues_mails_is_known() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&src.join("commerce"), &mut |path, text| {
        if ["mail::queue(", "clerk.mail(", "outbox::store::queue("].iter().any(|call| text.contains(call)) {
            found.push(path.strip_prefix(&src).expect("in src").to_string_lossy().replace('\\', "/"));
        }
    });
    found.sort();
    assert_eq!(found, CALLERS);
}

fn walk(folder: &Path, check: &mut impl FnMut(&PathBuf, &str)) {
    for entry in std::fs::read_dir(folder).expect("src is readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, check);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            check(&path, &std::fs::read_to_string(&path).expect("UTF-8"));
        }
    }
}
