//! What was in an order: lines of records whose totals add up exactly to the amount that was really paid.

use super::catalogue::{Catalogue, Product};
use super::words::{any, between, chance};
use crate::commerce::pricing::{WHOLE, half_even};
use rand_chacha::ChaCha8Rng;

/// One line of an order or draft: `unit_price × quantity − discount = total`, no tax.
pub struct Line<'c> {
    pub product: &'c Product,
    pub quantity: i64,
    pub unit_price_minor: i64,
    pub discount_minor: i64,
    pub total_minor: i64,
}

impl Line<'_> {
    /// The line as the shop would price it today: at the list price, less the group's discount.
    #[must_use]
    pub fn at_list_price(self, discount_bp: i64) -> Self {
        let subtotal = self.product.price_minor * self.quantity;
        let discount_bp = u32::try_from(discount_bp).unwrap_or(0);
        let discount_minor = half_even(subtotal, discount_bp, WHOLE);
        Self { unit_price_minor: self.product.price_minor, discount_minor, total_minor: subtotal - discount_minor, ..self }
    }
}

/// How somebody shops.
pub struct Shopper<'c> {
    pub catalogue: &'c Catalogue,
    /// Genres that they like.
    pub tastes: Vec<usize>,
    /// The discount of their group in hundredths of a percent.
    pub discount_bp: i64,
    /// How many lines their orders have at most.
    pub max_lines: i64,
}

impl<'c> Shopper<'c> {
    /// Lines with `discs` records that cost `amount_minor` together.
    pub fn fill(&self, discs: i64, amount_minor: i64, rng: &mut ChaCha8Rng) -> Vec<Line<'c>> {
        let mut count = discs.min(self.max_lines).max(1);
        if count > 2 && chance(250, rng) {
            count = between(1, count, rng);
        }
        let (mut discs_left, mut amount_left) = (discs.max(1), amount_minor);
        let mut lines = Vec::new();
        for lines_left in (1..=count).rev() {
            let average = amount_left / discs_left;
            let quantity = discs_left / lines_left;
            let Some(product) = self.product(average, &lines, rng) else { break };
            let total = if lines_left == 1 {
                amount_left
            } else {
                // The list price, unless that left too little or too much for the rest of the order.
                let (total, even) = (product.price_minor * quantity, average * quantity);
                let rest = (amount_left - total) / (discs_left - quantity);
                if rest * 2 > average && rest < average * 2 { total } else { even }
            };
            lines.push(line(product, quantity, total, self.discount_bp));
            discs_left -= quantity;
            amount_left -= total;
        }
        lines
    }

    /// A record of about that price that is not in the order yet, where that is easy to find.
    fn product(&self, price_minor: i64, lines: &[Line<'c>], rng: &mut ChaCha8Rng) -> Option<&'c Product> {
        let mut found = None;
        for _ in 0..4 {
            let genre = if chance(750, rng) { any(&self.tastes, rng).copied() } else { None };
            let genre = genre.unwrap_or_else(|| self.catalogue.taste(rng));
            found = self.catalogue.pick_near(genre, price_minor, rng);
            if found.is_none_or(|found| lines.iter().all(|line| line.product.id != found.id)) {
                break;
            }
        }
        found
    }
}

/// A line with that total. A record that cost nothing was a gift: its full price is the discount.
fn line(product: &Product, quantity: i64, total_minor: i64, discount_bp: i64) -> Line<'_> {
    let paid_part = (10_000 - discount_bp) * quantity;
    let unit_price_minor = match total_minor {
        0 => product.price_minor,
        // Rounded up, so that the discount is never below nothing.
        total => (total * 10_000 + paid_part - 1) / paid_part,
    };
    Line { product, quantity, unit_price_minor, discount_minor: unit_price_minor * quantity - total_minor, total_minor }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    #[test]
    fn lines_add_up_to_the_cent() {
        let catalogue = Catalogue::read().unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for _ in 0..3000 {
            let shopper = Shopper {
                catalogue: &catalogue,
                tastes: vec![catalogue.taste(&mut rng)],
                discount_bp: if chance(200, &mut rng) { 3000 } else { 0 },
                max_lines: 6,
            };
            let discs = rng.random_range(1..30);
            let amount = if chance(50, &mut rng) { 0 } else { rng.random_range(200..60_000) };
            let lines = shopper.fill(discs, amount, &mut rng);
            assert_eq!(lines.iter().map(|l| l.total_minor).sum::<i64>(), amount);
            assert_eq!(lines.iter().map(|l| l.quantity).sum::<i64>(), discs);
            for l in lines {
                assert_eq!(l.unit_price_minor * l.quantity - l.discount_minor, l.total_minor);
                assert!(l.quantity > 0 && l.discount_minor >= 0 && l.total_minor >= 0 && l.unit_price_minor >= 0);
            }
        }
    }
}
