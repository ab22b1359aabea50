//! The one function.

use super::model::{Benefit, Cart, Priced, PricedLine, QUANTITY_MAX, Step, StepKind, WHOLE};
use super::round::{half_even, spread};
use crate::base::{AppError, AppResult, Money};

/// The largest subtotal, in minor units: what the ledger takes, too.
const SUBTOTAL_MAX: i64 = crate::commerce::ledger::AMOUNT_MAX;

/// Prices a cart.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be: `lines` (none, or too much in all), `quantity`, `price`, `currency` (an
/// amount in another one), `percent`, `credit`, `points`.
pub fn price(cart: &Cart) -> AppResult<Priced> {
    check(cart)?;
    let mut pricing = Pricing { cart, lines: Vec::with_capacity(cart.lines.len()), steps: Vec::new() };
    pricing.list_prices()?;
    pricing.group_discount();
    pricing.codes();
    let merchandise: i64 = pricing.lines.iter().map(net).sum();
    let shipping = pricing.shipping(merchandise);
    let tax = pricing.tax(shipping);
    let added = if cart.tax.included { 0 } else { tax };
    let total = merchandise + shipping + added;
    let mut priced = Priced {
        currency: cart.currency,
        subtotal: pricing.lines.iter().map(|line| line.subtotal).sum(),
        discount: pricing.lines.iter().map(|line| line.group_discount + line.code_discount).sum(),
        merchandise,
        shipping,
        tax,
        total,
        credit: 0,
        credit_base: 0,
        gift_cards: Vec::new(),
        points_value: 0,
        points: 0,
        due: total,
        below_minimum: cart.group.minimum.map(|minimum| minimum.minor - merchandise).filter(|missing| *missing > 0),
        lines: pricing.lines,
        steps: pricing.steps,
    };
    tender(cart, &mut priced);
    Ok(priced)
}

fn check(cart: &Cart) -> AppResult<()> {
    let of_group = [cart.group.free_shipping_from, cart.group.minimum];
    let of_codes = cart.codes.iter().filter_map(|code| match code.benefit {
        Benefit::Amount(amount) => Some(amount),
        Benefit::Percent(_) | Benefit::FreeShipping => None,
    });
    let of_lines = cart.lines.iter().flat_map(|line| [Some(line.list_price), line.own_price]);
    let of_cards = cart.gift_cards.iter().map(|card| card.balance);
    let amounts = of_lines.chain(of_group).flatten().chain(of_codes).chain(of_cards).chain([cart.shipping]);
    for Money { minor, currency } in amounts {
        if currency != cart.currency {
            return Err(AppError::invalid("currency", "pricing.currency_mixed"));
        }
        if !(0..=SUBTOTAL_MAX).contains(&minor) {
            return Err(AppError::invalid("price", "pricing.amount_invalid"));
        }
    }
    if cart.lines.is_empty() {
        return Err(AppError::invalid("lines", "pricing.no_lines"));
    }
    if cart.lines.iter().any(|line| !(1..=QUANTITY_MAX).contains(&line.quantity)) {
        return Err(AppError::invalid("quantity", "pricing.quantity_invalid"));
    }
    let of_codes = cart.codes.iter().map(|code| if let Benefit::Percent(bp) = code.benefit { bp } else { 0 });
    let of_lines = cart.lines.iter().map(|line| line.tax_bp);
    if of_codes.chain(of_lines).chain([cart.group.discount_bp, cart.tax.shipping_bp]).any(|bp| bp > WHOLE) {
        return Err(AppError::invalid("percent", "pricing.percent_invalid"));
    }
    let credit = [Some(cart.credit.available), cart.credit.at_most];
    if credit.into_iter().flatten().any(|amount| amount.currency != cart.base) {
        return Err(AppError::invalid("currency", "pricing.currency_mixed"));
    }
    if cart.credit.at_most.is_some_and(|amount| amount.minor < 0) {
        return Err(AppError::invalid("credit", "pricing.amount_invalid"));
    }
    if cart.points.wanted < 0 || cart.points.per_unit < 1 {
        return Err(AppError::invalid("points", "pricing.points_invalid"));
    }
    Ok(())
}

/// A line after discounts.
fn net(line: &PricedLine) -> i64 {
    line.subtotal - line.group_discount - line.code_discount
}

/// A cart half priced.
struct Pricing<'a> {
    cart: &'a Cart,
    lines: Vec<PricedLine>,
    steps: Vec<Step>,
}

impl Pricing<'_> {
    fn step(&mut self, kind: StepKind, subject: &str, change: i64) {
        self.steps.push(Step { kind, subject: subject.to_owned(), change });
    }

    fn list_prices(&mut self) -> AppResult<()> {
        let (mut listed, mut subtotal) = (0_i64, 0_i64);
        for line in &self.cart.lines {
            let unit_price = line.own_price.unwrap_or(line.list_price).minor;
            let quantity = i64::from(line.quantity);
            // At most 10⁶ × 10¹¹, far below what fits; the sum over the lines is checked after each.
            listed = listed.saturating_add(line.list_price.minor * quantity);
            let own = unit_price * quantity;
            subtotal += own;
            if listed > SUBTOTAL_MAX || subtotal > SUBTOTAL_MAX {
                return Err(AppError::invalid("lines", "pricing.amount_invalid"));
            }
            let line = PricedLine { unit_price, subtotal: own, group_discount: 0, code_discount: 0, tax: 0, total: own };
            self.lines.push(line);
        }
        self.step(StepKind::ListPrice, "", listed);
        if subtotal != listed {
            self.step(StepKind::PriceList, "", subtotal - listed);
        }
        Ok(())
    }

    fn group_discount(&mut self) {
        let mut sum = 0;
        for (line, _) in self.lines.iter_mut().zip(&self.cart.lines).filter(|(_, asked)| !asked.gift_card) {
            line.group_discount = half_even(line.subtotal, self.cart.group.discount_bp, WHOLE);
            sum += line.group_discount;
        }
        if sum > 0 {
            self.step(StepKind::GroupDiscount, "", -sum);
        }
    }

    fn codes(&mut self) {
        // In an order of their own, so that the order in which they were typed is irrelevant.
        let mut codes: Vec<_> = self.cart.codes.iter().collect();
        codes.sort_by(|a, b| rank(a.benefit).cmp(&rank(b.benefit)).then_with(|| a.code.cmp(&b.code)));
        codes.dedup_by(|a, b| a.code == b.code);
        let before = self.discountable();
        for code in codes {
            let parts = match code.benefit {
                Benefit::Percent(bp) => before.iter().map(|amount| half_even(*amount, bp, WHOLE)).collect(),
                Benefit::Amount(amount) => {
                    let left = self.discountable();
                    spread(amount.minor.min(left.iter().sum()), &left)
                }
                Benefit::FreeShipping => continue,
            };
            let mut sum = 0;
            for (line, part) in self.lines.iter_mut().zip(parts) {
                let part = part.min(net(line));
                line.code_discount += part;
                sum += part;
            }
            self.step(StepKind::Code, &code.code, -sum);
        }
    }

    /// What codes may take off each line: nothing off gift cards.
    fn discountable(&self) -> Vec<i64> {
        let left = |(line, asked): (&PricedLine, &super::Line)| if asked.gift_card { 0 } else { net(line) };
        self.lines.iter().zip(&self.cart.lines).map(left).collect()
    }

    fn shipping(&mut self, merchandise: i64) -> i64 {
        let (cart, fee) = (self.cart, self.cart.shipping.minor);
        if fee == 0 {
            return 0;
        }
        self.step(StepKind::Shipping, "", fee);
        let code = cart.codes.iter().filter(|code| code.benefit == Benefit::FreeShipping).map(|code| code.code.as_str()).min();
        let reached = cart.group.free_shipping_from.is_some_and(|limit| merchandise >= limit.minor);
        if cart.group.free_shipping || reached || cart.tier_ships_free || code.is_some() {
            self.step(StepKind::FreeShipping, code.unwrap_or_default(), -fee);
            return 0;
        }
        fee
    }

    /// Per line, and of shipping; yields the sum.
    fn tax(&mut self, shipping: i64) -> i64 {
        let included = self.cart.tax.included;
        let of = |amount, bp| half_even(amount, bp, if included { WHOLE + bp } else { WHOLE });
        let mut sum = of(shipping, self.cart.tax.shipping_bp);
        for (line, asked) in self.lines.iter_mut().zip(&self.cart.lines) {
            line.tax = if asked.gift_card { 0 } else { of(net(line), asked.tax_bp) };
            line.total = net(line) + if included { 0 } else { line.tax };
            sum += line.tax;
        }
        if sum > 0 {
            let (kind, change) = if included { (StepKind::TaxIncluded, 0) } else { (StepKind::Tax, sum) };
            self.step(kind, "", change);
        }
        sum
    }
}

/// Percentages before amounts, larger percentages first.
fn rank(benefit: Benefit) -> (u8, u32) {
    match benefit {
        Benefit::Percent(bp) => (0, WHOLE - bp),
        Benefit::Amount(_) => (1, 0),
        Benefit::FreeShipping => (2, 0),
    }
}

/// Credit, then gift cards, then points.
fn tender(cart: &Cart, priced: &mut Priced) {
    let pay = |priced: &mut Priced, kind, subject: &str, amount: i64| {
        priced.due -= amount;
        if amount > 0 {
            priced.steps.push(Step { kind, subject: subject.to_owned(), change: -amount });
        }
    };
    let available = cart.credit.at_most.map_or(cart.credit.available.minor, |most| most.minor.min(cart.credit.available.minor));
    priced.credit = cart.rate.buys(available.max(0), cart.base, cart.currency).min(priced.due);
    priced.credit_base = cart.rate.costs(priced.credit, cart.currency, cart.base);
    let credit = priced.credit;
    pay(priced, StepKind::Credit, "", credit);
    for card in &cart.gift_cards {
        let part = card.balance.minor.min(priced.due);
        priced.gift_cards.push((card.last_four.clone(), part));
        pay(priced, StepKind::GiftCard, &card.last_four, part);
    }
    let wanted = cart.points.wanted.min(cart.points.available).max(0);
    let (scale, per_unit) = (i128::from(cart.base.scale()), i128::from(cart.points.per_unit));
    let worth = i64::try_from(i128::from(wanted) * scale / per_unit).unwrap_or(i64::MAX);
    priced.points_value = cart.rate.buys(worth, cart.base, cart.currency).min(priced.due);
    let cost = i128::from(cart.rate.costs(priced.points_value, cart.currency, cart.base)) * per_unit;
    // Rounded up: what is bought is never worth more than the points.
    priced.points = i64::try_from((cost + scale - 1) / scale).unwrap_or(wanted).min(wanted);
    let value = priced.points_value;
    pay(priced, StepKind::Points, "", value);
}
