//! What customers bought and when: the form that both data sets have before people and records are put around it.

use crate::base::Day;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// One customer's purchases, oldest first.
pub struct History {
    pub customer: i64,
    pub purchases: Vec<Purchase>,
    /// The day of registration, where the data set knows it; otherwise it was a little before the first purchase.
    pub registered: Option<Day>,
}

/// A completed order of compact discs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    pub day: Day,
    pub discs: i64,
    pub amount_minor: i64,
}

/// Chance of its own for every customer, so that the data do not depend on the order in which they are made. `part` keeps
/// purchases and personas apart.
pub fn chance_for(seed: u64, part: u64, customer: i64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(customer.unsigned_abs() * 4 + part);
    rng
}
