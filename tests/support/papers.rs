//! Orders with tax, addresses, payments and refunds, for what is written on paper.

use super::NOW;
use clientele::args;
use clientele::base::{CustomerId, OrderId, RefundId, ReturnId};
use clientele::server::{Args, Db, Query};
use serde_json::json;

/// Runs one statement that inserts; yields the id.
async fn insert(db: &Db, sql: &str, args: Args) -> i64 {
    let tx = db.begin().await.expect("a transaction");
    let id = tx.insert(sql, args).await.expect("a row");
    tx.commit().await.expect("a commit");
    id
}

/// A store of this code.
pub async fn store(db: &Db, code: &str) -> i64 {
    let found: Option<(i64,)> = db.optional("SELECT id FROM stores WHERE code = $1", args![code]).await.expect("an answer");
    match found {
        Some((id,)) => id,
        None => {
            let sql = "INSERT INTO stores (code, name, currency, created_at) VALUES ($1, $1, 'EUR', $2) RETURNING id";
            insert(db, sql, args![code, NOW]).await
        }
    }
}

/// A line to be: name, quantity, unit price, discount, tax rate in hundredths of a percent. The price contains the tax.
pub type Line<'a> = (&'a str, i64, i64, i64, i64);

/// An order to be written on paper: placed now, unpaid, in euros.
pub struct PaperOrder<'a> {
    pub number: &'a str,
    pub store: &'a str,
    pub status: &'a str,
    pub lines: Vec<Line<'a>>,
    pub shipping: i64,
    pub shipping_tax_bp: i64,
    pub due_at: i64,
    pub recipient: &'a str,
}

impl<'a> PaperOrder<'a> {
    #[must_use]
    pub fn new(number: &'a str, lines: Vec<Line<'a>>) -> Self {
        Self { number, store: "web", status: "placed", lines, shipping: 0, shipping_tax_bp: 0, due_at: 0, recipient: "Ana Test" }
    }

    pub async fn insert(self, db: &Db, customer: CustomerId) -> OrderId {
        let contained = |gross: i64, bp: i64| (gross * bp + (10_000 + bp) / 2) / (10_000 + bp);
        let subtotal: i64 = self.lines.iter().map(|(_, quantity, price, ..)| quantity * price).sum();
        let discount: i64 = self.lines.iter().map(|(_, _, _, discount, _)| discount).sum();
        let taxes: Vec<i64> = self.lines.iter().map(|(_, n, price, off, bp)| contained(n * price - off, *bp)).collect();
        let tax = taxes.iter().sum::<i64>() + contained(self.shipping, self.shipping_tax_bp);
        let total = subtotal - discount + self.shipping;
        let draft = self.status == "draft";
        let placed = if draft { 0 } else { NOW.0 };
        let address = json!({ "recipient": self.recipient, "street": "Main Street 7", "postal_code": "10115", "city": "Berlin", "country": "DE" });
        let addresses = json!({ "shipping": address, "billing": address }).to_string();
        let store = store(db, self.store).await;
        let id = insert(
            db,
            "INSERT INTO orders (number, store_id, customer_id, status, draft_kind, payment_state, fulfilment_state, currency, subtotal_minor,
               discount_minor, shipping_minor, tax_minor, total_minor, base_total_minor, units, addresses, placed_at, placed_day,
               due_at, state_since, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, 'unpaid', 'unfulfilled', 'EUR', $6, $7, $8, $9, $10, $10, $11, $12, $13, $14, $15, $16, $16, $16)
             RETURNING id",
            args![
                (!draft).then(|| self.number.to_owned()),
                store,
                customer,
                self.status,
                draft.then(|| "staff".to_owned()),
                subtotal,
                discount,
                self.shipping,
                tax,
                total,
                self.lines.iter().map(|line| line.1).sum::<i64>(),
                addresses,
                placed,
                placed / clientele::base::Timestamp::DAY,
                self.due_at,
                NOW
            ],
        )
        .await;
        for ((name, quantity, price, off, bp), tax) in self.lines.iter().zip(taxes) {
            insert(
                db,
                "INSERT INTO order_lines (order_id, name, sku, quantity, unit_price_minor, discount_minor, tax_minor, tax_bp, total_minor)
                 VALUES ($1, $2, 'SKU-1', $3, $4, $5, $6, $7, $8) RETURNING id",
                args![id, *name, *quantity, *price, *off, tax, *bp, quantity * price - off],
            )
            .await;
        }
        OrderId(id)
    }
}

/// A payment of an order.
pub async fn pay(db: &Db, order: OrderId, method: &str, status: &str, minor: i64) -> i64 {
    let sql = "INSERT INTO payments (order_id, method, status, amount_minor, currency, at) VALUES ($1, $2, $3, $4, 'EUR', $5) RETURNING id";
    insert(db, sql, args![order, method, status, minor, NOW]).await
}

/// A refund of an order to a card, for a return where one is given.
pub async fn refund(db: &Db, order: OrderId, minor: i64, returned: Option<ReturnId>) -> RefundId {
    let sql = "INSERT INTO refunds (order_id, amount_minor, base_amount_minor, currency, reason, at, day, return_id)
               VALUES ($1, $2, $2, 'EUR', 'damaged', $3, $4, $5) RETURNING id";
    let day = NOW.0 / clientele::base::Timestamp::DAY;
    let id = insert(db, sql, args![order, minor, NOW, day, returned.map(|id| id.0)]).await;
    insert(
        db,
        "INSERT INTO refund_parts (refund_id, method, amount_minor) VALUES ($1, 'card', $2) RETURNING id",
        args![id, minor],
    )
    .await;
    RefundId(id)
}

/// A return of so many of an order's first line.
pub async fn send_back(db: &Db, order: OrderId, number: &str, status: &str, quantity: i64) -> ReturnId {
    let sql = "INSERT INTO returns (number, order_id, status, reason, refund_to, requested_by, requested_at)
               VALUES ($1, $2, $3, 'damaged', 'original', 'staff', $4) RETURNING id";
    let id = insert(db, sql, args![number, order, status, NOW]).await;
    let tx = db.begin().await.expect("a transaction");
    tx.execute(
        "INSERT INTO return_lines (return_id, line_id, quantity) SELECT $1, MIN(id), $3 FROM order_lines WHERE order_id = $2",
        args![id, order, quantity],
    )
    .await
    .expect("a line");
    tx.commit().await.expect("a commit");
    ReturnId(id)
}

/// The text of a PDF, page by page.
pub fn text_of(pdf: &[u8]) -> Vec<String> {
    let document = lopdf::Document::load_mem(pdf).expect("a PDF");
    let pages = document.get_pages();
    pages.keys().map(|page| document.extract_text(&[*page]).expect("text")).collect()
}
