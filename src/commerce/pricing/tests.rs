//! Random carts, and a few whose result one can reckon by hand.

use super::*;
use crate::base::i18n::by_code;
use crate::base::{AppError, Currency, Money};
use crate::commerce::orders::Rate;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use std::sync::LazyLock;

static EUR: LazyLock<Currency> = LazyLock::new(|| Currency::parse("EUR").unwrap());
const USD: Currency = Currency::USD;

fn eur(minor: i64) -> Money {
    Money::new(minor, *EUR)
}

prop_compose! {
    fn lines()(
        price in 0..2_000_00_i64, own in of(0..2_000_00_i64), quantity in 1..40_u32, tax_bp in prop_oneof![Just(0_u32), Just(1_900), 0..3_000_u32],
        gift_card in proptest::bool::weighted(0.1),
    ) -> Line {
        Line { list_price: eur(price), own_price: own.map(eur), quantity, tax_bp, gift_card }
    }
}

fn benefits() -> impl Strategy<Value = Benefit> {
    prop_oneof![
        (0..=WHOLE).prop_map(Benefit::Percent),
        (0..500_00_i64).prop_map(|minor| Benefit::Amount(eur(minor))),
        Just(Benefit::FreeShipping),
    ]
}

prop_compose! {
    fn carts()(
        lines in vec(lines(), 1..8), benefits in vec(benefits(), 0..4), discount_bp in prop_oneof![Just(0_u32), Just(3_000), 0..=WHOLE],
        free_shipping: bool, from in of(0..5_000_00_i64), minimum in of(0..5_000_00_i64), tier_ships_free: bool, fee in 0..20_00_i64,
        included: bool, shipping_bp in 0..2_500_u32, credit in -100_00..5_000_00_i64, at_most in of(0..5_000_00_i64),
        cards in vec(0..500_00_i64, 0..3), available in 0..500_000_i64, wanted in 0..600_000_i64, per_unit in 1..500_i64,
        rate in prop_oneof![Just("1"), Just("1.0850"), Just("0.3333"), Just("12.5")],
    ) -> Cart {
        let codes = benefits.into_iter().enumerate().map(|(n, benefit)| Code { code: format!("CODE{n}"), benefit }).collect();
        let gift_cards = cards.into_iter().enumerate().map(|(n, minor)| GiftCard { last_four: format!("{n:04}"), balance: eur(minor) });
        Cart {
            currency: *EUR, base: USD, rate: Rate::parse(rate).unwrap(), lines,
            group: GroupTerms { discount_bp, free_shipping, free_shipping_from: from.map(eur), minimum: minimum.map(eur) },
            tier_ships_free, codes, shipping: eur(fee), tax: Tax { included, shipping_bp },
            credit: Credit { available: Money::new(credit, USD), at_most: at_most.map(|minor| Money::new(minor, USD)) },
            gift_cards: gift_cards.collect(), points: Points { available, wanted, per_unit },
        }
    }
}

fn paid(priced: &Priced) -> i64 {
    priced.credit + priced.gift_cards.iter().map(|(_, amount)| amount).sum::<i64>() + priced.points_value
}

proptest! {
    #[test]
    fn nothing_is_below_zero_and_parts_add_up(cart in carts()) {
        let priced = price(&cart).unwrap();
        let numbers = [
            priced.subtotal, priced.discount, priced.merchandise, priced.shipping, priced.tax, priced.total, priced.credit,
            priced.credit_base, priced.points_value, priced.points, priced.due,
        ];
        prop_assert!(numbers.iter().all(|number| *number >= 0), "{:?}", priced);
        for line in &priced.lines {
            prop_assert!(line.group_discount >= 0 && line.code_discount >= 0 && line.tax >= 0 && line.total >= 0);
            prop_assert!(line.group_discount + line.code_discount <= line.subtotal);
        }
        let added = if cart.tax.included { 0 } else { priced.tax };
        let lines: i64 = priced.lines.iter().map(|line| line.total).sum();
        let shipping_tax = priced.tax - priced.lines.iter().map(|line| line.tax).sum::<i64>();
        prop_assert!(shipping_tax >= 0);
        prop_assert_eq!(priced.subtotal - priced.discount, priced.merchandise);
        prop_assert_eq!(priced.merchandise + priced.shipping + added, priced.total);
        prop_assert_eq!(lines + priced.shipping + if cart.tax.included { 0 } else { shipping_tax }, priced.total);
        prop_assert_eq!(paid(&priced) + priced.due, priced.total);
        prop_assert_eq!(priced.steps.iter().map(|step| step.change).sum::<i64>(), priced.due);
        prop_assert!(priced.credit_base <= cart.credit.available.minor.max(0) && priced.points <= cart.points.available);
        prop_assert!(priced.points <= cart.points.wanted);
    }

    #[test]
    fn the_order_of_codes_is_irrelevant(cart in carts()) {
        let backwards = Cart { codes: cart.codes.iter().rev().cloned().collect(), ..cart.clone() };
        prop_assert_eq!(price(&cart).unwrap(), price(&backwards).unwrap());
    }

    #[test]
    fn the_shop_never_gives_more_than_it_takes(cart in carts()) {
        let priced = price(&cart).unwrap();
        let (usd, eur) = (cart.base, cart.currency);
        prop_assert!(cart.rate.costs(priced.credit, eur, usd) <= priced.credit_base);
        let worth = i128::from(priced.points) * 100 / i128::from(cart.points.per_unit);
        prop_assert!(i128::from(cart.rate.convert(priced.points_value, eur, usd)) <= worth + 1);
    }

    #[test]
    fn another_currency_is_refused(cart in carts(), which in 0..4) {
        let mut cart = cart;
        match which {
            0 => cart.lines[0].list_price.currency = USD,
            1 => cart.shipping.currency = USD,
            2 => cart.credit.available.currency = *EUR,
            _ => cart.gift_cards.push(GiftCard { last_four: "0000".into(), balance: Money::new(1, USD) }),
        }
        prop_assert_eq!(price(&cart), Err(AppError::invalid("currency", "pricing.currency_mixed")));
    }
}

/// Two pieces for 10.00 and one for 5.05, 19 % tax on top, shipping 4.90.
fn plain() -> Cart {
    let line = |minor, quantity| Line { list_price: eur(minor), own_price: None, quantity, tax_bp: 1_900, gift_card: false };
    Cart {
        currency: *EUR,
        base: USD,
        rate: Rate::parse("1.10").unwrap(),
        lines: vec![line(10_00, 2), line(5_05, 1)],
        group: GroupTerms::default(),
        tier_ships_free: false,
        codes: vec![],
        shipping: eur(4_90),
        tax: Tax { included: false, shipping_bp: 1_900 },
        credit: Credit { available: Money::new(0, USD), at_most: None },
        gift_cards: vec![],
        points: Points { available: 0, wanted: 0, per_unit: 100 },
    }
}

fn code(code: &str, benefit: Benefit) -> Code {
    Code { code: code.into(), benefit }
}

#[test]
fn a_plain_cart() {
    let priced = price(&plain()).unwrap();
    // 20.00 + 5.05 + 4.90, and 3.80 + 0.96 (0.9595) + 0.93 (0.931) of tax.
    assert_eq!((priced.subtotal, priced.shipping, priced.tax, priced.total, priced.due), (2_505, 490, 569, 3_564, 3_564));
}

#[test]
fn group_then_codes_and_limits_look_at_merchandise_after_them() {
    let group = GroupTerms {
        discount_bp: 3_000,
        free_shipping_from: Some(eur(15_00)),
        minimum: Some(eur(20_00)),
        ..GroupTerms::default()
    };
    let codes = vec![code("FIVE", Benefit::Amount(eur(5_00))), code("TEN", Benefit::Percent(1_000))];
    let priced = price(&Cart { group, codes, ..plain() }).unwrap();
    // 14.00 and 3.535 → 3.54 (half to even: 1.515 → 1.52 off → 3.53); 10 % of each; then 5.00 over 12.60 and 3.18.
    assert_eq!(priced.lines[1].group_discount, 1_52);
    assert_eq!(priced.merchandise, 14_00 + 3_53 - 1_40 - 35 - 5_00);
    assert_eq!((priced.shipping, priced.below_minimum), (4_90, Some(20_00 - priced.merchandise)));
    let more =
        Cart { group: GroupTerms { free_shipping_from: Some(eur(priced.merchandise)), minimum: None, ..group }, ..plain() };
    let more = Cart { codes: vec![code("FIVE", Benefit::Amount(eur(5_00))), code("TEN", Benefit::Percent(1_000))], ..more };
    assert_eq!((price(&more).unwrap().shipping, price(&more).unwrap().below_minimum), (0, None), "the boundary counts");
}

#[test]
fn tax_may_be_contained() {
    let mut cart = plain();
    cart.tax.included = true;
    let priced = price(&cart).unwrap();
    // 20.00 × 19/119 = 3.193, 5.05 × 19/119 = 0.806, 4.90 × 19/119 = 0.782.
    assert_eq!((priced.total, priced.tax), (29_95, 3_19 + 81 + 78));
}

#[test]
fn credit_then_cards_then_points() {
    let mut cart = plain();
    cart.credit.available = Money::new(11_00, USD);
    cart.gift_cards = vec![GiftCard { last_four: "1234".into(), balance: eur(20_00) }];
    cart.points = Points { available: 10_000, wanted: 10_000, per_unit: 100 };
    let priced = price(&cart).unwrap();
    assert_eq!((priced.credit, priced.credit_base), (10_00, 11_00));
    assert_eq!(priced.gift_cards, [("1234".to_owned(), 20_00)]);
    // 5.64 € are 6.204 $, for which 621 points are given.
    assert_eq!((priced.points_value, priced.points, priced.due), (564, 621, 0));
}

#[test]
fn a_code_twice_is_one_code_and_a_line_stops_at_zero() {
    let all = Cart { codes: vec![code("A", Benefit::Percent(WHOLE)), code("B", Benefit::Amount(eur(9_00)))], ..plain() };
    assert_eq!(price(&all).unwrap().merchandise, 0);
    let twice = Cart { codes: vec![code("A", Benefit::Percent(1_000)); 2], ..plain() };
    let once = Cart { codes: vec![code("A", Benefit::Percent(1_000))], ..plain() };
    assert_eq!(price(&twice), price(&once));
}

#[test]
fn gift_cards_are_neither_discounted_nor_taxed() {
    let mut cart = plain();
    cart.group.discount_bp = 5_000;
    cart.codes = vec![code("TEN", Benefit::Percent(1_000)), code("MUCH", Benefit::Amount(eur(100_00)))];
    cart.lines[0].gift_card = true;
    let priced = price(&cart).unwrap();
    let card = priced.lines[0];
    assert_eq!((card.group_discount, card.code_discount, card.tax, card.total), (0, 0, 0, 20_00));
    assert_eq!(priced.lines[1].total, 0, "what is left goes nowhere else");
}

#[test]
fn what_cannot_be_is_refused_by_field() {
    let field = |change: fn(&mut Cart)| {
        let mut cart = plain();
        change(&mut cart);
        match price(&cart) {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        }
    };
    assert_eq!(field(|cart| cart.lines.clear()), "lines");
    assert_eq!(field(|cart| cart.lines[0].quantity = 0), "quantity");
    assert_eq!(field(|cart| cart.lines[0].quantity = 1_000_000_000), "quantity");
    assert_eq!(field(|cart| cart.lines[0].list_price.minor = -1), "price");
    assert_eq!(field(|cart| cart.lines[0].list_price.minor = i64::MAX), "price");
    assert_eq!(field(|cart| cart.group.discount_bp = WHOLE + 1), "percent");
    assert_eq!(field(|cart| cart.codes.push(code("A", Benefit::Amount(eur(-1))))), "price");
    assert_eq!(field(|cart| cart.credit.at_most = Some(Money::new(-1, USD))), "credit");
    assert_eq!(field(|cart| cart.points.wanted = -1), "points");
    assert_eq!(field(|cart| cart.points.per_unit = 0), "points");
    let huge = |cart: &mut Cart| {
        cart.lines =
            vec![Line { list_price: eur(1_000_000_00), own_price: None, quantity: 1_000_000, tax_bp: 0, gift_card: false }]
    };
    assert_eq!(field(huge), "lines");
}

#[test]
fn every_step_has_its_words() {
    let english = by_code("en");
    for kind in StepKind::ALL {
        assert_ne!(english.dynamic(kind.label_key()), kind.label_key());
    }
}
