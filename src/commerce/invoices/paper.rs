//! What an invoice or credit note says: kept as it was issued, so that it can be drawn again, the same, whatever has changed
//! since.
//!
//! Invariants: items, shipping, tax and "other" add up to the total; net and tax over all rates add up to it too; the credit
//! notes of an order never give back more of a rate than its invoice has, and when all of the money has gone back, so has the
//! tax, to the cent.

use super::InvoiceKind;
use crate::base::{Currency, Day};
use crate::commerce::orders::OrderAddress;
use crate::commerce::pricing::{WHOLE, half_even, spread};
use serde::{Deserialize, Serialize};

/// The contents of an invoice. Amounts are minor units of its currency, below zero on credit notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub kind: InvoiceKind,
    pub seller: Seller,
    /// Who pays: the billing address, else the shipping address, else what is known of the customer.
    pub buyer: OrderAddress,
    /// The customer's number, where they have one.
    pub account_number: String,
    /// Where the goods go, unless to the buyer.
    pub deliver_to: Option<OrderAddress>,
    pub order_number: String,
    pub ordered_on: Day,
    pub issued_on: Day,
    /// Until when it is to be paid, where that is not at once.
    pub due_on: Option<Day>,
    pub currency: Currency,
    /// The amounts of the items contain the tax.
    pub tax_included: bool,
    pub items: Vec<Item>,
    /// Of all items, before discounts.
    pub subtotal: i64,
    /// At least zero.
    pub discount: i64,
    pub shipping: i64,
    /// What the parts above do not explain: of imported orders, and of refunds that are more or less than their items.
    pub other: i64,
    pub taxes: Vec<TaxPart>,
    pub total: i64,
    /// What has been paid when it was issued; of a credit note, where the money went.
    pub payments: Vec<Paid>,
    /// What is left to be paid; nothing on credit notes.
    pub due: i64,
    /// What a credit note corrects.
    pub corrects: Option<Corrects>,
}

/// Who sells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seller {
    pub company: String,
    /// Lines.
    pub address: String,
    pub tax_id: String,
    pub bank: String,
    pub footer: String,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub name: String,
    pub sku: String,
    pub quantity: i64,
    /// None on credit notes, whose items may have been discounted.
    pub unit_price: Option<i64>,
    /// At least zero.
    pub discount: i64,
    /// Hundredths of a percent.
    pub tax_bp: u32,
    /// After the discount.
    pub amount: i64,
}

/// What is taxed at one rate, shipping included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxPart {
    /// Hundredths of a percent.
    pub bp: u32,
    pub net: i64,
    pub tax: i64,
}

impl TaxPart {
    #[must_use]
    pub fn gross(self) -> i64 {
        self.net + self.tax
    }
}

/// A payment, or a part of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// `card`, `gift_card`, …
    pub method: String,
    pub amount: i64,
    /// The last four of a gift card.
    pub last_four: String,
    pub points: i64,
    pub on: Day,
    /// Set aside on the customer's card, to be taken when the goods leave: not paid yet.
    pub authorised: bool,
}

/// The invoice that a credit note corrects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrects {
    pub invoice: String,
    pub reason: String,
}

/// An amount with its tax, on the way to a [`TaxPart`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taxed {
    pub bp: u32,
    /// With the tax.
    pub gross: i64,
    pub tax: i64,
}

/// Sums by rate, the highest rate first.
#[must_use]
pub fn by_rate(parts: impl IntoIterator<Item = Taxed>) -> Vec<TaxPart> {
    let mut rates: Vec<TaxPart> = Vec::new();
    for part in parts {
        match rates.iter_mut().find(|rate| rate.bp == part.bp) {
            Some(rate) => {
                rate.net += part.gross - part.tax;
                rate.tax += part.tax;
            }
            None => rates.push(TaxPart { bp: part.bp, net: part.gross - part.tax, tax: part.tax }),
        }
    }
    rates.retain(|rate| rate.net != 0 || rate.tax != 0);
    rates.sort_by_key(|rate| std::cmp::Reverse(rate.bp));
    rates
}

/// The rate at which a tax was reckoned that says none: the first of `likely` that yields it, else what it comes to in tenths of
/// a percent.
#[must_use]
pub fn rate_of(gross: i64, tax: i64, likely: impl IntoIterator<Item = u32>) -> u32 {
    if tax <= 0 || gross <= tax {
        return 0;
    }
    let yields = |bp: &u32| half_even(gross - tax, *bp, WHOLE) == tax || half_even(gross, *bp, WHOLE + *bp) == tax;
    likely.into_iter().filter(|bp| *bp > 0).find(yields).unwrap_or_else(|| {
        let tenths = (i128::from(tax) * 1_000 + i128::from(gross - tax) / 2) / i128::from(gross - tax);
        u32::try_from(tenths * 10).unwrap_or(WHOLE).min(WHOLE)
    })
}

/// Splits a refund over the rates of its order: first as its items are taxed (`items`: rate and amount), the rest as what is
/// left of the order. `credited` is what earlier credit notes gave back; the parts of the result are at least zero.
#[must_use]
pub fn credit(amount: i64, order: &[TaxPart], credited: &[TaxPart], items: &[(u32, i64)]) -> Vec<TaxPart> {
    let sum =
        |parts: &[TaxPart], bp: u32, of: fn(&TaxPart) -> i64| -> i64 { parts.iter().filter(|part| part.bp == bp).map(of).sum() };
    let gross = |part: &TaxPart| part.gross();
    let before: Vec<i64> = order.iter().map(|rate| sum(credited, rate.bp, gross)).collect();
    let left: Vec<i64> = order.iter().zip(&before).map(|(rate, before)| (rate.gross() - before).max(0)).collect();
    let wanted: Vec<i64> = order
        .iter()
        .zip(&left)
        .map(|(rate, left)| items.iter().filter(|(bp, _)| *bp == rate.bp).map(|(_, amount)| amount).sum::<i64>().clamp(0, *left))
        .collect();
    let of_items = amount.min(wanted.iter().sum());
    let mut parts = spread(of_items, &wanted);
    let room: Vec<i64> = left.iter().zip(&parts).map(|(left, part)| left - part).collect();
    for (part, more) in parts.iter_mut().zip(spread((amount - of_items).min(room.iter().sum()), &room)) {
        *part += more;
    }
    // The tax of all that has been given back, rounded once, less what has been given back of it already.
    let taxed = order.iter().zip(&before).zip(parts).map(|((rate, before), part)| {
        let upto = share(rate.tax, before + part, rate.gross());
        Taxed { bp: rate.bp, gross: part, tax: upto - sum(credited, rate.bp, |part| part.tax) }
    });
    by_rate(taxed)
}

/// `of × part ÷ whole`, rounded half up; for amounts of at least zero.
#[must_use]
pub fn share(of: i64, part: i64, whole: i64) -> i64 {
    let whole = i128::from(whole.max(1));
    i64::try_from((i128::from(of) * i128::from(part) * 2 + whole) / (whole * 2)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(bp: u32, net: i64, tax: i64) -> TaxPart {
        TaxPart { bp, net, tax }
    }

    #[test]
    fn rates_are_summed_and_ordered() {
        let part = |bp, gross, tax| Taxed { bp, gross, tax };
        let rates = by_rate([part(700, 107, 7), part(1900, 119, 19), part(700, 214, 14), part(0, 0, 0)]);
        assert_eq!(rates, [rate(1900, 100, 19), rate(700, 300, 21)]);
    }

    #[test]
    fn a_rate_is_found_from_its_tax() {
        assert_eq!(rate_of(4_90, 78, [700, 1900]), 1900, "4.90 with 19 % in it");
        assert_eq!(rate_of(5_83, 93, [700, 1900]), 1900, "4.90 and 19 % of it");
        assert_eq!(rate_of(1_000_00, 74_07, []), 800, "none given: what it comes to");
        assert_eq!(rate_of(4_90, 0, [1900]), 0);
    }

    #[test]
    fn items_say_which_rate_goes_back() {
        let order = [rate(1900, 10_000, 1_900), rate(700, 10_000, 700)];
        assert_eq!(credit(1_070, &order, &[], &[(700, 1_070)]), [rate(700, 1_000, 70)]);
        assert_eq!(credit(22_600, &order, &[], &[]), order, "all of it");
        // Nothing known of the items: as the order is.
        let part: i64 = credit(2_260, &order, &[], &[]).iter().map(|part| part.gross()).sum();
        assert_eq!(part, 2_260);
    }

    proptest! {
        #[test]
        fn all_refunds_together_are_the_order(
            nets in proptest::collection::vec((0_u32..5, 1_i64..50_000), 1..4),
            cuts in proptest::collection::vec((1_i64..30_000, 0_u32..5), 0..6),
        ) {
            let order = by_rate(nets.into_iter().map(|(step, net)| {
                let tax = half_even(net, step * 500, WHOLE);
                Taxed { bp: step * 500, gross: net + tax, tax }
            }));
            let mut left: i64 = order.iter().map(|rate| rate.gross()).sum();
            let mut credited: Vec<TaxPart> = Vec::new();
            let mut refunds: Vec<(i64, u32)> = cuts;
            refunds.push((i64::MAX, 0));
            for (amount, step) in refunds {
                let amount = amount.min(left);
                let parts = credit(amount, &order, &credited, &[(step * 500, amount / 2)]);
                prop_assert_eq!(parts.iter().map(|part| part.gross()).sum::<i64>(), amount);
                prop_assert!(parts.iter().all(|part| part.net >= 0 && part.tax >= 0), "{:?}", parts);
                credited.extend(parts);
                left -= amount;
            }
            let back = by_rate(credited.into_iter().map(|part| Taxed { bp: part.bp, gross: part.gross(), tax: part.tax }));
            prop_assert_eq!(back, order);
        }
    }
}
