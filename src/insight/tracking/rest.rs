//! Tracking in the REST API.

use super::{EventKind, NewEvent, PageView, Particulars, Taken, service};
use crate::base::{CustomerId, OrderId, Timestamp};
use crate::office::apikeys::Scope::Track;
use crate::server::Tx;
use crate::server::rest::{Answer, Call, FieldError, Operation, Problem, Reply, instant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::post("/events", Track, "track_events", "Tells what visitors and customers did", |c, tx| {
            Box::pin(events(c, tx))
        })
        .about(
            "Up to 1,000 at once. What is right is taken, and `errors` says what is wrong with each other one; where nothing could \
             be taken, the answer is 422. An event belongs to `customer_id`, else to the customer that the visitor was linked to. \
             A newsletter sign-up is only told of: consent is given by `marketing` of the customer.",
        )
        .takes::<EventBatch>()
        .gives::<Tracked>(),
        Operation::post("/visits", Track, "track_visits", "Tells which pages visitors looked at", |c, tx| {
            Box::pin(visits(c, tx))
        })
        .about(
            "Up to 1,000 page views at once, in any order. They become visits: one ends after 30 minutes without a sign of life of \
             the visitor.",
        )
        .takes::<VisitBatch>()
        .gives::<Tracked>(),
        Operation::post("/visitors/{visitor}/link", Track, "link_visitor", "Says which customer a visitor is", |c, tx| {
            Box::pin(link(c, tx))
        })
        .about("At registration or login. What the visitor did as nobody goes over to the customer.")
        .texts(&["visitor"])
        .takes::<VisitorLink>()
        .gives::<LinkedVisitor>(),
    ]
}

/// Events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventBatch {
    #[schema(min_items = 1, max_items = 1000)]
    pub events: Vec<EventInput>,
}

/// What somebody did, or what happened to a product.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventInput {
    pub kind: EventKind,
    /// The shop front's own id of the visitor. Every event needs it or `customer_id`, but for `stock_change`, which has neither.
    #[schema(min_length = 1, max_length = 100, pattern = "^[!-~]+$")]
    pub visitor_id: Option<String>,
    #[schema(minimum = 1)]
    pub customer_id: Option<i64>,
    /// Of `product_view`, `add_to_cart`, `remove_from_cart`, `review` and `stock_change`.
    pub sku: Option<String>,
    #[schema(minimum = 1)]
    pub order_id: Option<i64>,
    /// When it happened; now where it is left out.
    #[schema(format = DateTime)]
    pub at: Option<String>,
    #[schema(minimum = 1, maximum = 1000000)]
    pub quantity: Option<i64>,
    /// Of `checkout_step`: `address`, `payment`, …
    #[schema(max_length = 500)]
    pub step: Option<String>,
    /// Of `review`.
    #[schema(minimum = 1, maximum = 5)]
    pub stars: Option<i64>,
    /// Of `review` and `search`.
    #[schema(max_length = 10000)]
    pub text: Option<String>,
    /// Of `newsletter_signup`: where.
    #[schema(max_length = 500)]
    pub source: Option<String>,
    /// Of `support_contact`: `phone`, `chat`, …
    #[schema(max_length = 500)]
    pub channel: Option<String>,
    #[schema(max_length = 500)]
    pub subject: Option<String>,
    #[schema(max_length = 500)]
    pub outcome: Option<String>,
    /// Of `stock_change`: pieces that are there now.
    #[schema(minimum = 0, maximum = 1000000000)]
    pub stock: Option<i64>,
}

impl EventInput {
    fn event(self, now: Timestamp) -> Answer<NewEvent> {
        Ok(NewEvent {
            kind: self.kind,
            visitor: self.visitor_id,
            customer: self.customer_id.map(CustomerId),
            sku: self.sku,
            order: self.order_id.map(OrderId),
            at: self.at.map_or(Ok(now), |at| instant("at", &at))?,
            particulars: Particulars {
                quantity: self.quantity,
                step: self.step,
                stars: self.stars,
                text: self.text,
                source: self.source,
                channel: self.channel,
                subject: self.subject,
                outcome: self.outcome,
                stock: self.stock,
            },
        })
    }
}

/// Page views.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitBatch {
    #[schema(min_items = 1, max_items = 1000)]
    pub views: Vec<ViewInput>,
}

/// A look at a page of the shop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewInput {
    /// The shop front's own id of the visitor.
    #[schema(min_length = 1, max_length = 100, pattern = "^[!-~]+$")]
    pub visitor_id: String,
    /// Where the visitor is logged in.
    #[schema(minimum = 1)]
    pub customer_id: Option<i64>,
    /// The path of the page; that of the first view is where the visit landed.
    #[serde(default)]
    pub page: String,
    #[serde(default)]
    pub referrer: String,
    /// Its tags, as `utm_campaign` says them.
    #[serde(default)]
    pub campaign: String,
    /// Now where it is left out.
    #[schema(format = DateTime)]
    pub at: Option<String>,
}

impl ViewInput {
    fn view(self, now: Timestamp) -> Answer<PageView> {
        Ok(PageView {
            visitor: self.visitor_id,
            customer: self.customer_id.map(CustomerId),
            page: self.page,
            referrer: self.referrer,
            campaign: self.campaign,
            at: self.at.map_or(Ok(now), |at| instant("at", &at))?,
        })
    }
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tracked {
    pub accepted: usize,
    /// What is wrong with the others: `index` counts from 0.
    pub errors: Vec<FieldError>,
}

/// Whom a visitor turned out to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitorLink {
    #[schema(minimum = 1)]
    pub customer_id: i64,
}

/// What went over to the customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkedVisitor {
    pub customer_id: i64,
    pub visits: u64,
    pub events: u64,
}

async fn events(call: &Call, tx: &Tx) -> Answer {
    let batch: EventBatch = call.body()?;
    let (read, unread) = split(call, "events", batch.events, |event| event.event(call.now))?;
    tracked(call, service::track(tx, &read, call.now, call.zone()).await?, unread)
}

async fn visits(call: &Call, tx: &Tx) -> Answer {
    let batch: VisitBatch = call.body()?;
    let (read, unread) = split(call, "views", batch.views, |view| view.view(call.now))?;
    tracked(call, service::visit(tx, &read, call.now, call.zone()).await?, unread)
}

/// The entries that read, with their places, and what is wrong with the others.
fn split<I, T>(
    call: &Call,
    field: &str,
    entries: Vec<I>,
    read: impl Fn(I) -> Answer<T>,
) -> Answer<(Vec<(usize, T)>, Vec<FieldError>)> {
    if entries.is_empty() || entries.len() > super::BATCH_MAX {
        return Err(Problem::invalid(field, "tracking.batch_size"));
    }
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (index, entry) in entries.into_iter().enumerate() {
        match read(entry) {
            Ok(entry) => good.push((index, entry)),
            Err(problem) => bad.push(problem.of_entry(index, call.lang)),
        }
    }
    Ok((good, bad))
}

fn tracked(call: &Call, taken: Taken, mut errors: Vec<FieldError>) -> Answer {
    errors.extend(taken.refused.into_iter().map(|(index, error)| Problem::App(error).of_entry(index, call.lang)));
    errors.sort_by_key(|error| error.index);
    if taken.accepted == 0 {
        return Err(Problem::Batch(errors));
    }
    Reply::ok(&Tracked { accepted: taken.accepted, errors })
}

async fn link(call: &Call, tx: &Tx) -> Answer {
    let body: VisitorLink = call.body()?;
    let customer = CustomerId(body.customer_id);
    let linked = match service::link(tx, call.text("visitor")?, customer, call.now).await {
        Err(crate::base::AppError::NotFound) => return Err(Problem::invalid("customer_id", "tracking.customer_unknown")),
        linked => linked?,
    };
    Reply::ok(&LinkedVisitor { customer_id: body.customer_id, visits: linked.visits, events: linked.events })
}
