//! Invoices and credit notes in the REST API.

use super::service::{self, issue_as};
use super::store::{self, InvoiceRecord};
use super::{InvoiceKind, paper::Paper};
use crate::base::{InvoiceId, Money, OrderId, Timestamp};
use crate::commerce::orders::rest::guard;
use crate::office::apikeys::Scope::{ReadOrders, WriteOrders};
use crate::server::Tx;
use crate::server::rest::{Amount, Answer, Call, Operation, PageOf, Reply, rfc3339};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let of_order = "/orders/{order}/invoices";
    vec![
        Operation::get(of_order, ReadOrders, "list_invoices", "An order's invoice and credit notes", |c| Box::pin(list(c)))
            .about("In the order in which they were issued.")
            .lists::<Invoice>(),
        Operation::post(of_order, WriteOrders, "issue_invoice", "Issues an order's invoice", |c, tx| Box::pin(issue(c, tx)))
            .about(
                "An order has one: what was issued is given again. Money that is given back later has its credit note by itself.",
            )
            .creates::<Invoice>()
            .guarded(),
        Operation::get("/invoices/{invoice}", ReadOrders, "get_invoice", "An invoice or a credit note as a PDF", |c| {
            Box::pin(get(c))
        })
        .about("The same bytes whenever it is asked for.")
        .gives::<InvoiceFile>(),
    ]
}

/// An invoice or a credit note.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invoice {
    pub id: i64,
    /// `invoice` or `credit_note`.
    pub kind: &'static str,
    pub number: String,
    pub order_id: i64,
    /// With its tax; below zero on credit notes.
    pub total: Amount,
    #[schema(format = DateTime)]
    pub issued_at: Option<String>,
}

impl Invoice {
    fn new(invoice: &InvoiceRecord) -> Answer<Self> {
        let paper: Paper = service::read(invoice)?;
        Ok(Self {
            id: invoice.id,
            kind: paper.kind.code(),
            number: invoice.number.clone(),
            order_id: invoice.order_id,
            total: Money::new(paper.total, paper.currency).into(),
            issued_at: rfc3339(Timestamp(invoice.issued_at)),
        })
    }
}

/// An invoice with its file.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceFile {
    pub invoice: Invoice,
    /// The PDF, in base64.
    #[schema(content_encoding = "base64", content_media_type = "application/pdf")]
    pub pdf: String,
}

async fn list(call: &Call) -> Answer {
    let (db, order): (_, OrderId) = (&call.state.db, call.id("order")?);
    service::exists(db, order).await?;
    let invoices = store::list(db, order).await?;
    Reply::ok(&PageOf::whole(invoices.iter().map(Invoice::new).collect::<Answer<Vec<_>>>()?))
}

async fn issue(call: &Call, tx: &Tx) -> Answer {
    let order = guard(call, tx).await?;
    let id = issue_as(tx, order, InvoiceKind::Invoice, None, &call.actor()).await?;
    let invoice = service::get(tx, id, None).await?;
    Reply::created(format!("/api/invoices/{id}"), &Invoice::new(&invoice)?)
}

async fn get(call: &Call) -> Answer {
    let id: InvoiceId = call.id("invoice")?;
    let invoice = service::get(&call.state.db, id, None).await?;
    let pdf = STANDARD.encode(service::draw(&invoice).await?);
    Reply::ok(&InvoiceFile { invoice: Invoice::new(&invoice)?, pdf })
}
