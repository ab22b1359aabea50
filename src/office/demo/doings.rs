//! Visits and timeline events: the way to the newest orders and what came after, and some browsing in between.

use super::sentences::Blanks;
use super::story::{Placed, Subject, Teller};
use super::tables::{Batch, EventRow, VisitRow};
use super::words::{between, chance};
use crate::base::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::borrow::Cow;

const MINUTE: i64 = Timestamp::MINUTE;
const HOUR: i64 = Timestamp::HOUR;
const DAY: i64 = Timestamp::DAY;

/// Collects one customer's events, to be written in the order of time.
struct Timeline<'t> {
    teller: &'t Teller,
    customer: i64,
    events: Vec<EventRow>,
}

impl Timeline<'_> {
    /// Adds an event, unless it lies in the future.
    fn add(
        &mut self,
        at: Timestamp,
        kind: &'static str,
        product: Option<usize>,
        order: Option<i64>,
        detail: impl Into<Cow<'static, str>>,
    ) {
        if at > self.teller.now {
            return;
        }
        self.events.push(EventRow {
            customer_id: self.customer,
            kind,
            product_id: product.and_then(|at| self.teller.catalogue.products.get(at)).map(|p| p.id),
            order_id: order,
            detail: detail.into(),
            at: at.0,
            day: i64::from(self.teller.days.day_of(at).0),
        });
    }

    fn email(&mut self, at: Timestamp, template: &str, subject: &str, opened: bool, order: Option<i64>, rng: &mut ChaCha8Rng) {
        let detail = json!({ "template": template, "subject": subject }).to_string();
        self.add(at, "email_sent", None, order, detail.clone());
        if opened {
            self.add(at.plus(between(MINUTE, 30 * HOUR, rng)), "email_opened", None, order, detail);
        }
    }
}

/// Adds visits and events, and counts the visits in `subject`.
pub fn tell(teller: &Teller, subject: &mut Subject, out: &mut Batch, rng: &mut ChaCha8Rng) {
    let mut timeline = Timeline { teller, customer: subject.id, events: Vec::new() };
    // When visits began and how long they took.
    let mut visits: Vec<(Timestamp, i64)> = Vec::new();
    let told_from = subject.orders.len().saturating_sub(teller.detail.told_orders);
    for order in &subject.orders[told_from..] {
        let took = between(4 * MINUTE, 35 * MINUTE, rng);
        visits.push((order.at.plus(-took), took));
        tell_order(&mut timeline, subject, order, took, rng);
    }
    for _ in 0..between(0, teller.detail.browsing, rng) {
        let visit = browse(&mut timeline, subject, rng);
        visits.extend(visit);
    }
    tell_contact(&mut timeline, subject, rng);
    tell_newsletter(&mut timeline, subject, rng);
    let mut events = timeline.events;
    events.sort_by_key(|e| e.at);
    events.into_iter().for_each(|e| out.push(e));
    subject.visits = i64::try_from(visits.len()).unwrap_or(0);
    push_visits(teller, subject.id, visits, out, rng);
}

fn push_visits(teller: &Teller, customer: i64, mut visits: Vec<(Timestamp, i64)>, out: &mut Batch, rng: &mut ChaCha8Rng) {
    visits.sort_unstable();
    let visitor_id = format!("{:016x}", rng.random::<u64>());
    for (started_at, took) in visits {
        let campaign = if chance(120, rng) { teller.sentences.pick("campaign", rng) } else { "" };
        out.push(VisitRow {
            visitor_id: visitor_id.clone(),
            customer_id: customer,
            started_at: started_at.0,
            day: i64::from(teller.days.day_of(started_at).0),
            last_seen_at: started_at.plus(took).0,
            landing_page: teller.sentences.pick("page", rng),
            referrer: teller.sentences.pick("referrer", rng),
            campaign,
            page_views: 1 + took / (2 * MINUTE),
        });
    }
}

/// Looking, putting into the cart, going through the checkout, which began `took` microseconds before the order; then emails,
/// and sometimes a review.
fn tell_order(timeline: &mut Timeline<'_>, subject: &Subject, order: &Placed, took: i64, rng: &mut ChaCha8Rng) {
    let product = Some(order.product);
    let since = |part: i64| order.at.plus(part * took / 100 - took);
    timeline.add(since(5), "product_view", product, None, "{}");
    if timeline.teller.detail.told_orders > 1 {
        timeline.add(since(40), "add_to_cart", product, None, json!({ "quantity": 1 }).to_string());
        timeline.add(since(75), "checkout_step", None, Some(order.id), r#"{"step":"address"}"#);
        timeline.add(since(90), "checkout_step", None, Some(order.id), r#"{"step":"payment"}"#);
        let title = format!("Thank you for your order {}", order.number);
        timeline.email(
            order.at.plus(30 * Timestamp::SECOND),
            "order_confirmation",
            &title,
            chance(620, rng),
            Some(order.id),
            rng,
        );
    }
    if let Some(delivered_at) = order.delivered_at
        && chance(130, rng)
    {
        let at = delivered_at.plus(between(6 * HOUR, 20 * DAY, rng));
        let stars = [5, 5, 5, 5, 4, 4, 4, 3, 2, 1][rng.random_range(0..10)];
        let album = timeline.teller.catalogue.products.get(order.product).map_or("", |p| p.album.as_str());
        let kind = ["review.1", "review.2", "review.3", "review.4", "review.5"][stars - 1];
        let text = timeline.teller.sentences.write(kind, &blanks(subject, album, order.number), rng);
        timeline.add(at, "review", product, Some(order.id), json!({ "stars": stars, "text": text }).to_string());
    }
}

/// A visit without an order between registration and now; `None` where there was no time for one.
fn browse(timeline: &mut Timeline<'_>, subject: &Subject, rng: &mut ChaCha8Rng) -> Option<(Timestamp, i64)> {
    let teller = timeline.teller;
    // Most looking around is done while one is a customer; a few come back later.
    let last = subject.last_order_at().max(subject.registered_at).plus(30 * DAY).min(teller.now);
    let until = if chance(250, rng) { teller.now } else { last };
    let took = between(MINUTE, 25 * MINUTE, rng);
    let room = until.0 - took - subject.registered_at.0;
    if room <= HOUR {
        return None;
    }
    let at = subject.registered_at.plus(between(HOUR, room, rng));
    for _ in 0..between(0, 2, rng) {
        let genre = *super::words::any(&subject.tastes, rng)?;
        let product = teller.catalogue.pick(genre, rng)?;
        let index = usize::try_from(product.id - 1).ok();
        timeline.add(at.plus(between(0, took, rng)), "product_view", index, None, "{}");
    }
    Some((at, took))
}

fn tell_contact(timeline: &mut Timeline<'_>, subject: &Subject, rng: &mut ChaCha8Rng) {
    let Some(order) = subject.orders.last().filter(|_| chance(80, rng)) else { return };
    let sentence = timeline.teller.sentences.pick("contact", rng);
    let mut parts = sentence.split('|');
    let (channel, topic, outcome) = (parts.next(), parts.next().unwrap_or_default(), parts.next());
    let album = timeline.teller.catalogue.products.get(order.product).map_or("", |p| p.album.as_str());
    let topic = blanks(subject, album, order.number).fill(topic);
    let detail = json!({ "channel": channel, "subject": topic, "outcome": outcome }).to_string();
    timeline.add(order.at.plus(between(20 * HOUR, 12 * DAY, rng)), "support_contact", None, Some(order.id), detail);
}

fn tell_newsletter(timeline: &mut Timeline<'_>, subject: &Subject, rng: &mut ChaCha8Rng) {
    let teller = timeline.teller;
    if !subject.marketing_email {
        return;
    }
    timeline.add(subject.registered_at.plus(2 * MINUTE), "newsletter_signup", None, None, r#"{"source":"registration"}"#);
    let letters = between(0, i64::try_from(teller.detail.told_orders).unwrap_or(1), rng);
    for _ in 0..letters {
        let room = teller.now.0 - subject.registered_at.0;
        let at = subject.registered_at.plus(between(DAY, room.max(DAY), rng));
        let title = teller.sentences.pick("subject.newsletter", rng);
        let opened = chance(380, rng);
        timeline.email(at, "newsletter", title, opened, None, rng);
    }
}

/// What sentences about an order of this customer may speak of.
pub fn blanks<'a>(subject: &'a Subject, album: &'a str, order: i64) -> Blanks<'a> {
    let city = subject.persona.homes.first().map_or("", |h| h.city);
    Blanks { first: &subject.persona.name.first, city, album, order }
}
