//! Which lots a debit takes from, and which ones it goes back to. Pure: the order is the whole rule.

/// What is left of a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    pub id: i64,
    pub remaining: i64,
    /// Microseconds; 0 is never.
    pub expires_at: i64,
}

/// An amount of a lot: taken from it, or to be given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub lot: i64,
    pub amount: i64,
}

/// Soonest to expire first, never last; of equal ones the older first.
fn order(expires_at: i64, id: i64) -> (bool, i64, i64) {
    (expires_at == 0, expires_at, id)
}

/// What a debit of `amount` takes from each lot; less than `amount` in all where the lots do not suffice and the rest is owed.
#[must_use]
pub fn take(mut lots: Vec<Lot>, amount: i64) -> Vec<Part> {
    lots.sort_by_key(|lot| order(lot.expires_at, lot.id));
    let mut left = amount;
    let mut parts = Vec::new();
    for lot in lots {
        let part = lot.remaining.min(left);
        if part > 0 {
            parts.push(Part { lot: lot.id, amount: part });
            left -= part;
        }
    }
    parts
}

/// Where an amount goes that comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenBack {
    /// To lots that it was taken from and that still hold.
    pub to_lots: Vec<Part>,
    /// What was taken from lots that have expired meanwhile: becomes a new lot with a time of grace.
    pub expired: i64,
    /// What had come from no lot: becomes a new lot that never expires.
    pub unbound: i64,
}

/// Gives `amount` back as if the debit had been so much smaller: first what had come from no lot (it was taken last), then to
/// the lots from the last to expire on. `taken` is what the debit holds of each lot still, as (lot, amount).
#[must_use]
pub fn give_back(taken: &[(Lot, i64)], unbound: i64, amount: i64, now: i64) -> GivenBack {
    let mut given = GivenBack { unbound: unbound.min(amount), ..GivenBack::default() };
    let mut left = amount - given.unbound;
    let mut taken = taken.to_vec();
    taken.sort_by_key(|(lot, _)| std::cmp::Reverse(order(lot.expires_at, lot.id)));
    for (lot, held) in taken {
        let part = held.min(left);
        if part > 0 && lot.expires_at > 0 && lot.expires_at <= now {
            given.expired += part;
        } else if part > 0 {
            given.to_lots.push(Part { lot: lot.id, amount: part });
        }
        left -= part;
    }
    given.unbound += left;
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lot(id: i64, remaining: i64, expires_at: i64) -> Lot {
        Lot { id, remaining, expires_at }
    }

    #[test]
    fn the_soonest_to_expire_is_spent_first_and_never_comes_last() {
        let lots = vec![lot(1, 10, 0), lot(2, 10, 90), lot(3, 10, 30), lot(4, 10, 90)];
        let taken = take(lots.clone(), 35);
        assert_eq!(taken, [(3, 10), (2, 10), (4, 10), (1, 5)].map(|(lot, amount)| Part { lot, amount }));
        assert_eq!(take(lots, 100).iter().map(|part| part.amount).sum::<i64>(), 40);
    }

    #[test]
    fn what_comes_back_goes_where_a_smaller_debit_would_have_left_it() {
        let taken = [(lot(3, 0, 30), 10), (lot(1, 0, 0), 5)];
        let part = |lot, amount| Part { lot, amount };
        assert_eq!(give_back(&taken, 0, 7, 20).to_lots, [part(1, 5), part(3, 2)]);
        let late = give_back(&taken, 0, 7, 30);
        assert_eq!((late.to_lots.as_slice(), late.expired), ([part(1, 5)].as_slice(), 2));
        let owed = give_back(&taken, 4, 7, 20);
        assert_eq!((owed.unbound, owed.to_lots.as_slice()), (4, [part(1, 3)].as_slice()));
    }
}
