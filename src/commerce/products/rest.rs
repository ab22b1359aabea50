//! Products in the REST API: what can be ordered, by SKU.

use super::store::{self, Product};
use super::{ProductKind, ProductQuery};
use crate::office::apikeys::Scope::ReadOrders;
use crate::server::rest::{Amount, Answer, Call, Kind, Operation, PageOf, Param, Problem, Reply, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

/// Products of a page.
const PAGE: usize = 100;

const PARAMS: &[Param] = &[
    Param { name: "q", kind: Kind::Text, about: "Words of the name or the SKU" },
    Param { name: "all", kind: Kind::Choice(&["1"]), about: "Those that are not sold any more, too" },
    Param { name: "at", kind: Kind::Text, about: "A place in the list: follow `next`" },
];

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/products", ReadOrders, "list_products", "What is sold, by SKU", |c| Box::pin(list(c)))
            .about("At its list price; what a customer pays says a quote.")
            .query(PARAMS)
            .lists::<ListedProduct>(),
    ]
}

/// Something that is sold.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedProduct {
    pub id: i64,
    pub sku: String,
    pub name: String,
    pub category: Option<String>,
    /// `goods` or `gift_card`.
    pub kind: ProductKind,
    pub price: Amount,
    /// Hundredths of a percent; null is the shop's usual rate.
    pub tax_bp: Option<u32>,
    /// Whether it is sold.
    pub active: bool,
    /// From when on it can be ordered; null is always.
    #[schema(format = DateTime)]
    pub available_from: Option<String>,
}

impl From<Product> for ListedProduct {
    fn from(product: Product) -> Self {
        Self {
            id: product.id.0,
            sku: product.sku,
            name: product.name,
            category: product.category,
            kind: product.kind,
            price: product.price.into(),
            tax_bp: product.tax_bp,
            active: product.available.active,
            available_from: rfc3339(product.available.from),
        }
    }
}

async fn list(call: &Call) -> Answer {
    let after = call.place("products")?;
    let all = match call.param("all").as_deref() {
        None => false,
        Some("1") => true,
        Some(_) => return Err(Problem::parameter("all", "It is 1, or left out.")),
    };
    let query = ProductQuery { search: call.param("q").unwrap_or_default(), all, after };
    let mut found = store::list(&call.state.db, &query, None, PAGE + 1).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|last| call.page_from("products", &last.product.sku));
    let items = found.into_iter().map(|listed| ListedProduct::from(listed.product)).collect();
    Reply::ok(&PageOf { items, total: None, next, previous: None })
}
