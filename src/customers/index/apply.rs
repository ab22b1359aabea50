//! Writing: what became of customers goes into the columns, the orders and the quick filters together.

use super::data::{Data, SortBy, numbers};
use super::domains::{Cut, Domains};
use super::keys::Keys;
use super::order::Order;
use super::text::{BLOCK, Record};
use super::{CustomerIndex, Entry, MAX_ID, ORDERED};
use crate::base::CustomerId;
use crate::customers::list::SortColumn;
use crate::rules::facts;

/// Of [`ORDERED`], the orders by text come first; making them takes as long as making the others.
const TEXT_ORDERS: usize = 2;

/// What became of a slot.
struct Change {
    slot: u32,
    /// Its customer; `None` where there is none any more.
    entry: Option<Entry>,
    record: Record,
    cut: Cut,
}

/// As [`ORDERED`]: the orders in which a change moves its customer.
type Moves = [bool; ORDERED.len()];

impl CustomerIndex {
    /// Takes in what became of customers: `changed` as they are now, new ones among them, and those who are `gone`.
    /// The same change may come again. A customer with an id from [`MAX_ID`] on is left out.
    pub fn apply(&mut self, changed: Vec<Entry>, gone: Vec<CustomerId>) {
        let entries = changed.into_iter().map(|entry| (entry.id, Some(entry))).chain(gone.into_iter().map(|id| (id, None)));
        let domains = &mut self.data.domains;
        let mut changes: Vec<Change> = entries.filter_map(|(id, entry)| Change::new(id, entry, domains)).collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.slot));
        // Ordered from the last slot on, so that blocks can be taken from the end. Of two changes of a slot the later holds.
        changes.dedup_by(|later, earlier| {
            let same = later.slot == earlier.slot;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        let Some(last) = changes.first() else { return };
        self.reach(last.slot);
        if let Some(changed) = &mut self.changed_while_saved {
            changed.extend(changes.iter().map(|change| change.slot));
        }
        self.cache.get_mut().clear();
        let resort = !self.orders.is_empty() && changes.len() > BLOCK.max(self.count() as usize / 4);
        if resort {
            self.orders.clear();
        }
        while let Some(first) = changes.last() {
            let block = first.slot as usize / BLOCK;
            let from = changes.partition_point(|change| change.slot as usize / BLOCK > block);
            let mut block = changes.split_off(from);
            block.reverse();
            self.apply_block(block);
        }
        if resort {
            self.sort();
        }
    }

    /// Makes the orders of the columns, which are kept from then on. Until then every page is picked out of the result.
    pub fn sort(&mut self) {
        self.orders = self.sorted();
    }

    /// The orders that [`CustomerIndex::set_orders`] takes.
    pub(super) fn sorted(&self) -> Vec<Order> {
        let data = &self.data;
        let build = |columns: &[SortColumn]| -> Vec<Order> {
            columns.iter().map(|column| Order::build(&Keys::new(data, None, *column), &data.present)).collect()
        };
        let (by_text, by_number) = ORDERED.split_at(TEXT_ORDERS);
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| build(by_text));
            let second = build(by_number);
            (first.join(), second)
        });
        let mut orders = first.unwrap_or_else(|_| build(by_text));
        orders.extend(second);
        orders
    }

    /// Puts orders in place that were made of the index as it is.
    pub(super) fn set_orders(&mut self, orders: Vec<Order>) {
        self.orders = orders;
    }

    pub(super) fn is_sorted(&self) -> bool {
        !self.orders.is_empty()
    }

    /// Makes room up to and including `slot`.
    fn reach(&mut self, slot: u32) {
        self.data.reach(slot);
        let words = self.data.words();
        self.quick.iter_mut().for_each(|quick| quick.set.grow(words));
    }

    /// Applies changes of one block, ascending.
    fn apply_block(&mut self, mut changes: Vec<Change>) {
        let moves: Vec<Moves> = changes.iter().map(|change| change.moves(&self.data)).collect();
        for (change, moves) in changes.iter().zip(&moves) {
            self.reorder(change.slot, moves, Order::remove);
        }
        let texts = &mut self.data.texts;
        let texts_changed = changes.iter_mut().filter(|change| !texts.is(change.slot, &change.record));
        let rewritten: Vec<(u32, Record)> =
            texts_changed.map(|change| (change.slot, std::mem::take(&mut change.record))).collect();
        texts.rewrite(&rewritten);
        for (change, moves) in changes.into_iter().zip(&moves) {
            let slot = change.slot;
            self.write(change);
            self.reorder(slot, moves, Order::insert);
        }
    }

    /// Writes everything but text and orders.
    fn write(&mut self, change: Change) {
        let today = self.data.today;
        for quick in &mut self.quick {
            let member = change.entry.as_ref().is_some_and(|entry| facts::matches(&quick.rule, &entry.facts, today));
            quick.set.set(change.slot, member);
        }
        match change.entry {
            Some(entry) => self.data.write(change.slot, entry, change.cut.code),
            None => self.data.erase(change.slot),
        }
    }

    /// Takes a customer out of the orders, or puts one in; a slot that is nobody's is in none.
    fn reorder(&mut self, slot: u32, moves: &Moves, change: fn(&mut Order, &Keys, u32)) {
        if self.data.present.contains(slot) {
            let moved = self.orders.iter_mut().zip(ORDERED).zip(moves).filter(|(_, moves)| **moves);
            moved.for_each(|((order, column), _)| change(order, &Keys::new(&self.data, None, column), slot));
        }
    }
}

impl Change {
    fn new(id: CustomerId, entry: Option<Entry>, domains: &mut Domains) -> Option<Self> {
        let slot = u32::try_from(id.0).ok().filter(|_| (1..MAX_ID).contains(&id.0))?;
        let cut = entry.as_ref().map(|entry| domains.cut(&entry.email_key)).unwrap_or_default();
        let record = entry.as_ref().map(|entry| Record::new(entry, cut)).unwrap_or_default();
        Some(Self { slot, entry, record, cut })
    }

    fn moves(&self, data: &Data) -> Moves {
        let Some(entry) = self.entry.as_ref().filter(|_| data.present.contains(self.slot)) else { return [true; ORDERED.len()] };
        let numbers = numbers(entry);
        ORDERED.map(|column| match SortBy::from(column) {
            SortBy::Number(number) => data.number(number).get(self.slot) != numbers[number as usize],
            SortBy::Name => data.texts.name(self.slot) != self.record.name(),
            SortBy::Email => {
                let domain = data.domains.0.codes.get(self.slot);
                (data.texts.email(self.slot), domain) != (self.record.email(), self.cut.code)
            }
            SortBy::Status | SortBy::Group | SortBy::Tags | SortBy::Location => true,
        })
    }
}
