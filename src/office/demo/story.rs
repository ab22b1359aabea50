//! Tells the story of one customer after another as rows: the real purchases, and a person and their doings around them.
//!
//! What a customer's rows say depends on the seed, the customer's id and their purchases alone, except for order numbers and
//! times, which depend on all orders of the day.

use super::basket::Shopper;
use super::catalogue::Catalogue;
use super::days::{Days, Slot};
use super::history::{History, Purchase, chance_for};
use super::holdings::Ids;
use super::personas::{Persona, Personas};
use super::sentences::Sentences;
use super::shop::{Shop, WHOLESALE_DISCOUNT_BP};
use super::tables::{Batch, RollupRow};
use super::words::{between, chance};
use crate::base::{Day, Timestamp};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// How much is told around the purchases.
#[derive(Clone, Copy, Debug)]
pub struct Detail {
    /// Whether some customers have several addresses.
    pub several_addresses: bool,
    pub max_lines: i64,
    /// For how many of a customer's newest orders history and addresses are kept.
    pub full_orders: usize,
    /// For how many of a customer's newest orders the way to them is told in visits and events.
    pub told_orders: usize,
    /// Visits and looks at records beside the orders: at most so many.
    pub browsing: i64,
    /// Customers with notes, in a thousand.
    pub noted: u32,
    /// Customers with a draft or an abandoned cart, in a thousand.
    pub drafting: u32,
    /// Customers in the loyalty programme, in a thousand of those who ordered.
    pub members: u32,
    /// Customers with store credit, in a thousand.
    pub credited: u32,
    /// Customers with a gift card, in a thousand.
    pub carded: u32,
}

impl Detail {
    /// For tens of thousands of customers.
    pub const FULL: Self = Self {
        several_addresses: true,
        max_lines: 6,
        full_orders: usize::MAX,
        told_orders: 2,
        browsing: 6,
        noted: 230,
        drafting: 15,
        members: 260,
        credited: 50,
        carded: 40,
    };

    /// For millions: about thirty rows and four kilobytes a customer.
    pub const LEAN: Self = Self {
        several_addresses: false,
        max_lines: 2,
        full_orders: 1,
        told_orders: 1,
        browsing: 1,
        noted: 230,
        drafting: 4,
        members: 60,
        credited: 15,
        carded: 10,
    };
}

/// What all stories are made of.
pub struct Teller {
    pub seed: u64,
    pub detail: Detail,
    pub now: Timestamp,
    pub today: Day,
    pub shop: Shop,
    pub catalogue: Catalogue,
    pub sentences: Sentences,
    personas: Personas,
    pub days: Days,
    next_order: i64,
    pub next_note: i64,
    pub ids: Ids,
    rollups: BTreeMap<(i64, i64), Rollup>,
}

#[derive(Default)]
struct Rollup {
    orders: i64,
    units: i64,
    revenue_minor: i64,
}

/// A customer while their story is told.
pub struct Subject {
    pub id: i64,
    pub persona: Persona,
    pub registered_at: Timestamp,
    pub registered_day: Day,
    pub store: i64,
    pub wholesale: bool,
    pub marketing_email: bool,
    pub marketing_sms: bool,
    /// Oldest first.
    pub orders: Vec<Placed>,
    pub spent_minor: i64,
    pub visits: i64,
    pub credit_minor: i64,
    pub points: i64,
    /// Genres that they like.
    pub tastes: Vec<usize>,
}

/// A placed order and what became of it.
pub struct Placed {
    pub id: i64,
    pub number: i64,
    pub at: Timestamp,
    pub day: Day,
    pub discs: i64,
    pub amount_minor: i64,
    pub shipped_at: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    /// The product of the first line: an index into the catalogue.
    pub product: usize,
}

impl Subject {
    pub fn last_order_at(&self) -> Timestamp {
        self.orders.last().map_or(Timestamp(0), |o| o.at)
    }
}

impl Teller {
    /// # Errors
    /// When an embedded word list cannot be read.
    pub fn new(seed: u64, detail: Detail, now: Timestamp, shop: Shop, catalogue: Catalogue, days: Days) -> anyhow::Result<Self> {
        Ok(Self {
            seed,
            detail,
            now,
            today: shop.zone.day(now),
            shop,
            catalogue,
            sentences: Sentences::read()?,
            personas: Personas::read()?,
            days,
            next_order: 1,
            next_note: 1,
            ids: Ids::default(),
            rollups: BTreeMap::new(),
        })
    }

    /// Adds everything about one customer to `out`.
    ///
    /// # Errors
    /// When the purchases are not those that the days were counted from.
    pub fn tell(&mut self, history: &History, out: &mut Batch) -> anyhow::Result<()> {
        let mut rng = chance_for(self.seed, 1, history.customer);
        let mut subject = self.subject(history, &mut rng)?;
        super::orders::tell(self, &mut subject, out, &mut rng);
        super::doings::tell(self, &mut subject, out, &mut rng);
        super::notes::tell(self, &subject, out, &mut rng);
        super::holdings::tell(self, &mut subject, out);
        super::records::tell(self, &subject, out, &mut rng);
        for order in &subject.orders {
            let rollup = self.rollups.entry((i64::from(order.day.0), subject.store)).or_default();
            rollup.orders += 1;
            rollup.units += order.discs;
            rollup.revenue_minor += order.amount_minor;
        }
        out.customers += 1;
        Ok(())
    }

    /// What the stories add up to, by day and store.
    pub fn finish(mut self, out: &mut Batch) {
        super::holdings::tell_batch(&mut self, out);
        for ((day, store_id), r) in self.rollups {
            out.push(RollupRow { day, store_id, orders_count: r.orders, units: r.units, revenue_minor: r.revenue_minor });
        }
    }

    /// The way that this customer shops.
    pub fn shopper(&self, subject: &Subject) -> Shopper<'_> {
        Shopper {
            catalogue: &self.catalogue,
            tastes: subject.tastes.clone(),
            discount_bp: if subject.wholesale { WHOLESALE_DISCOUNT_BP } else { 0 },
            max_lines: self.detail.max_lines,
        }
    }

    pub fn take_order_id(&mut self) -> i64 {
        let id = self.next_order;
        self.next_order += 1;
        id
    }

    fn subject(&mut self, history: &History, rng: &mut ChaCha8Rng) -> anyhow::Result<Subject> {
        let persona = self.personas.make(history.customer, self.today, self.detail.several_addresses, rng)?;
        let mut slots = history.purchases.iter().map(|p| self.days.next_slot(p.day)).collect::<anyhow::Result<Vec<_>>>()?;
        // Places on one day are dealt in no order.
        slots.sort_by_key(|slot| slot.at);
        let orders: Vec<Placed> = slots.into_iter().zip(&history.purchases).map(|(slot, p)| self.place(slot, *p, rng)).collect();
        let registered_at = self.registered_at(history, orders.first(), rng);
        let marketing_email = chance(560, rng);
        let phone = persona.phone.is_some();
        Ok(Subject {
            id: history.customer,
            registered_at,
            registered_day: self.days.day_of(registered_at),
            store: self.shop.stores.get(usize::from(chance(140, rng))).copied().unwrap_or(0),
            wholesale: !persona.company.is_empty() && chance(850, rng),
            marketing_email,
            marketing_sms: phone && chance(if marketing_email { 300 } else { 40 }, rng),
            spent_minor: orders.iter().map(|o| o.amount_minor).sum(),
            orders,
            visits: 0,
            credit_minor: 0,
            points: 0,
            tastes: (0..between(1, 3, rng)).map(|_| self.catalogue.taste(rng)).collect(),
            persona,
        })
    }

    fn place(&mut self, slot: Slot, purchase: Purchase, rng: &mut ChaCha8Rng) -> Placed {
        let shipped_at = slot.at.plus(between(8 * Timestamp::HOUR, 44 * Timestamp::HOUR, rng));
        let delivered_at = shipped_at.plus(between(30 * Timestamp::HOUR, 130 * Timestamp::HOUR, rng));
        // A few parcels are stuck on the way.
        let stuck = chance(1, rng) && chance(400, rng);
        let now = self.now;
        let past = |at: Timestamp| (at <= now).then_some(at);
        Placed {
            id: self.take_order_id(),
            number: slot.number,
            at: slot.at,
            day: slot.day,
            discs: purchase.discs,
            amount_minor: purchase.amount_minor,
            shipped_at: past(shipped_at),
            delivered_at: past(delivered_at).filter(|_| !stuck),
            product: 0,
        }
    }

    /// A little before the first order, or at some hour of the day that is known.
    fn registered_at(&self, history: &History, first: Option<&Placed>, rng: &mut ChaCha8Rng) -> Timestamp {
        let hour = Timestamp::HOUR;
        let before = if chance(600, rng) {
            between(4 * Timestamp::MINUTE, 50 * Timestamp::MINUTE, rng)
        } else {
            between(hour, 480 * hour, rng)
        };
        let latest = first.map_or(self.now, |order| order.at.plus(-before));
        match history.registered {
            Some(day) => self.shop.zone.start_of(day).plus(between(7 * hour, 22 * hour, rng)).min(latest),
            None => latest,
        }
    }
}
