//! What a draft comes to: from what is written on it and the shop's books to [`pricing`], and what stands in the way.

use super::buyer::{self, Purchaser};
use super::{CardChoice, CreditWish, DraftEdit, LineEdit, Problem, Quote, QuoteCard, QuoteCode, QuoteLine};
use crate::base::i18n::message;
use crate::base::{AppError, AppResult, Currency, CustomerId, GiftCardId, Money, ProductId};
use crate::commerce::giftcards::{self, Card};
use crate::commerce::orders::{Clerk, Rate};
use crate::commerce::pricing::{self, Cart, Credit, GroupTerms, Points, Priced, PricedLine, QUANTITY_MAX, Tax};
use crate::commerce::products::ProductKind;
use crate::commerce::products::store::{self as products, Product};
use crate::commerce::promotions::{self, Asker, Valid};
use crate::server::Query;
use std::collections::BTreeMap;

/// What is priced for whom.
#[derive(Clone, Debug)]
pub(super) struct Subject<'a> {
    pub customer: CustomerId,
    pub currency: Currency,
    pub rate: Rate,
    pub edit: &'a DraftEdit,
    /// Cards that are on the draft already: only these may be named by their ids.
    pub cards: &'a [GiftCardId],
}

/// A quote, and what placing the order needs besides.
#[derive(Clone, Debug)]
pub(super) struct Assembled {
    pub quote: Quote,
    pub purchaser: Purchaser,
    pub codes: Vec<Valid>,
    /// The cards that pay, in the order in which [`Priced::gift_cards`] has them.
    pub cards: Vec<Card>,
}

/// Prices what a draft says.
///
/// # Errors
/// [`AppError::NotFound`] for a customer who is gone. What is wrong with the draft is told by [`Quote::problems`].
pub(super) async fn assemble(q: &impl Query, clerk: &Clerk<'_>, subject: &Subject<'_>) -> AppResult<Assembled> {
    let mut purchaser = buyer::get(q, clerk.settings, subject.customer, clerk.now()).await?;
    let lines = lines(q, clerk, subject, &mut purchaser).await?;
    let cards = cards(q, clerk, subject).await?;
    let usual_shipping = usual_shipping(clerk, subject, &lines);
    let mut work = Work { clerk, subject, purchaser: &purchaser, usual_shipping, problems: Vec::new() };
    let bare = work.price(&lines, &[], &[]);
    let merchandise = bare.as_ref().map_or(0, |priced| priced.merchandise);
    let (codes, valid) = work.codes(q, merchandise).await?;
    let usable: Vec<Card> = cards.iter().filter_map(|(_, card)| card.clone()).collect();
    // The problems that the cart itself has were found by the first look.
    let priced = match bare {
        Some(bare) if valid.is_empty() && usable.is_empty() => Some(bare),
        Some(_) => work.price(&lines, &valid, &usable),
        None => None,
    };
    work.look(&lines, &codes, &cards, priced.as_ref());
    let problems = work.problems;
    let base = clerk.settings.base_currency;
    let mut parts = priced.iter().flat_map(|priced| priced.lines.iter().copied());
    let lines = lines
        .into_iter()
        .map(|line| QuoteLine { priced: if line.cart.is_some() { parts.next() } else { None }, ..line.quote })
        .collect();
    let quote = Quote {
        lines,
        codes,
        cards: cards.into_iter().map(|(card, _)| card).collect(),
        priced,
        usual_shipping,
        credit: Money::new(purchaser.credit, base),
        credit_limit: Money::new(purchaser.credit_limit, base),
        points: purchaser.points,
        terms_days: purchaser.group.payment_terms_days,
        problems,
    };
    Ok(Assembled { quote, codes: valid, cards: usable, purchaser })
}

/// A line on its way through pricing.
struct Line {
    quote: QuoteLine,
    /// `None` where it cannot be priced.
    cart: Option<pricing::Line>,
}

async fn lines(q: &impl Query, clerk: &Clerk<'_>, subject: &Subject<'_>, purchaser: &mut Purchaser) -> AppResult<Vec<Line>> {
    let ids: Vec<ProductId> = subject.edit.lines.iter().map(|line| line.product).collect();
    let found = products::list_by_id(q, &ids, purchaser.group.price_list()).await?;
    purchaser.ask(q, clerk.settings, clerk.zone, clerk.now(), &found).await?;
    let by_id: BTreeMap<i64, Product> = found.into_iter().map(|product| (product.id.0, product)).collect();
    let line = |edit: &LineEdit| match by_id.get(&edit.product.0) {
        Some(product) => line(clerk, subject, purchaser, product, edit.quantity),
        None => Line { quote: nothing(edit, subject.currency), cart: None },
    };
    Ok(subject.edit.lines.iter().map(line).collect())
}

fn nothing(edit: &LineEdit, currency: Currency) -> QuoteLine {
    QuoteLine {
        product: edit.product,
        name: String::new(),
        sku: String::new(),
        kind: ProductKind::Goods,
        quantity: edit.quantity,
        list_price: Money::new(0, currency),
        tax_bp: 0,
        priced: None,
        problem: Some("products.unknown".into()),
    }
}

fn line(clerk: &Clerk<'_>, subject: &Subject<'_>, purchaser: &Purchaser, product: &Product, quantity: i64) -> Line {
    let prices = product.prices_in(subject.currency);
    let pieces = u32::try_from(quantity).ok().filter(|pieces| (1..=QUANTITY_MAX).contains(pieces));
    let refusal = product.available.refusal(&purchaser.audience.member, clerk.now());
    let problem = match () {
        () if prices.is_none() => Some("products.other_currency"),
        () if pieces.is_none() => Some("pricing.quantity_invalid"),
        () => refusal,
    };
    let problem = problem.map(|key| message(key, &[("product", &product.name), ("currency", &subject.currency)]));
    let usual = if product.kind == ProductKind::GiftCard { 0 } else { clerk.settings.checkout.tax_bp };
    let tax_bp = product.tax_bp.unwrap_or(usual);
    let cart = prices.zip(pieces).map(|((list_price, own_price), quantity)| pricing::Line {
        list_price,
        own_price,
        quantity,
        tax_bp,
        gift_card: product.kind == ProductKind::GiftCard,
    });
    let quote = QuoteLine {
        product: product.id,
        name: product.name.clone(),
        sku: product.sku.clone(),
        kind: product.kind,
        quantity,
        list_price: prices.map_or(Money::new(0, subject.currency), |(list, _)| list),
        tax_bp,
        priced: None,
        problem,
    };
    Line { quote, cart }
}

/// What the shop takes for shipping where nothing makes it free; gift cards alone are not shipped.
fn usual_shipping(clerk: &Clerk<'_>, subject: &Subject<'_>, lines: &[Line]) -> Money {
    let shipped = lines.iter().any(|line| line.quote.kind == ProductKind::Goods);
    let minor = if shipped || lines.is_empty() { clerk.settings.checkout.shipping_minor } else { 0 };
    Money::new(subject.rate.buys(minor, clerk.settings.base_currency, subject.currency), subject.currency)
}

/// The cards that the draft names, each with what is to be said of it, and the card itself where it pays.
async fn cards(q: &impl Query, clerk: &Clerk<'_>, subject: &Subject<'_>) -> AppResult<Vec<(QuoteCard, Option<Card>)>> {
    let mut found: Vec<(QuoteCard, Option<Card>)> = Vec::new();
    for choice in &subject.edit.gift_cards {
        let card = match choice {
            CardChoice::Code(code) => giftcards::find_by_code(q, clerk.keys, code, clerk.now()).await?,
            CardChoice::Card(id) if subject.cards.contains(id) => Some(giftcards::get(q, *id, clerk.now()).await?),
            CardChoice::Card(_) => None,
        };
        // The same card twice is one card.
        if !found.iter().any(|(other, _)| card.as_ref().is_some_and(|card| other.id == Some(card.id))) {
            found.push(look_at(clerk, subject, card, choice));
        }
    }
    Ok(found)
}

fn look_at(clerk: &Clerk<'_>, subject: &Subject<'_>, card: Option<Card>, choice: &CardChoice) -> (QuoteCard, Option<Card>) {
    let Some(card) = card else {
        let typed = if let CardChoice::Code(code) = choice { code.trim() } else { "" };
        let last_four = typed.chars().skip(typed.chars().count().saturating_sub(4)).collect();
        let problem = Some("drafts.card_unknown".into());
        return (QuoteCard { id: None, last_four, balance: None, problem }, None);
    };
    let problem = match () {
        () if !clerk.settings.gift_cards.enabled => Some("giftcards.switched_off".into()),
        () if card.currency != subject.currency => {
            Some(message("drafts.card_currency", &[("card", &card.currency), ("order", &subject.currency)]))
        }
        () => giftcards::usable(&card).err().map(|error| error.message_key().to_owned()),
    };
    let balance = Some(Money::new(card.balance, card.currency));
    let quote = QuoteCard { id: Some(card.id), last_four: card.last_four.clone(), balance, problem };
    let pays = quote.problem.is_none();
    (quote, pays.then_some(card))
}

struct Work<'a> {
    clerk: &'a Clerk<'a>,
    subject: &'a Subject<'a>,
    purchaser: &'a Purchaser,
    usual_shipping: Money,
    problems: Vec<Problem>,
}

impl Work<'_> {
    fn problem(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(Problem { field: field.into(), message: message.into() });
    }

    /// `None` where there is nothing to be priced, or it cannot be: then a problem says why.
    fn price(&mut self, lines: &[Line], codes: &[Valid], cards: &[Card]) -> Option<Priced> {
        let cart = self.cart(lines, codes, cards);
        if cart.lines.is_empty() {
            return None;
        }
        match pricing::price(&cart) {
            Ok(priced) => Some(priced),
            Err(AppError::Invalid { field, message }) => {
                self.problem(&field, message);
                None
            }
            Err(_) => None,
        }
    }

    fn cart(&self, lines: &[Line], codes: &[Valid], cards: &[Card]) -> Cart {
        let (settings, Subject { currency, rate, edit, .. }) = (self.clerk.settings, self.subject);
        let (base, group) = (settings.base_currency, &self.purchaser.group);
        let limit = |minor: i64| Money::new(rate.buys(minor, base, *currency), *currency);
        let (available, at_most) = match edit.credit {
            CreditWish::All => (self.purchaser.credit, None),
            CreditWish::None => (0, Some(0)),
            CreditWish::AtMost(minor) => (self.purchaser.credit + self.purchaser.credit_limit, Some(minor)),
        };
        Cart {
            currency: *currency,
            base,
            rate: *rate,
            lines: lines.iter().filter_map(|line| line.cart.clone()).collect(),
            group: GroupTerms {
                discount_bp: u32::try_from(group.discount_bp).unwrap_or(0),
                free_shipping: group.free_shipping,
                free_shipping_from: group.free_shipping_over_minor.map(limit),
                minimum: (group.minimum_order_minor > 0).then(|| limit(group.minimum_order_minor)),
            },
            tier_ships_free: self.purchaser.tier_ships_free,
            codes: codes.iter().map(|valid| valid.code.clone()).collect(),
            shipping: edit.shipping.map_or(self.usual_shipping, |minor| Money::new(minor, *currency)),
            tax: Tax { included: settings.checkout.tax_included, shipping_bp: settings.checkout.shipping_tax_bp },
            credit: Credit { available: Money::new(available, base), at_most: at_most.map(|minor| Money::new(minor, base)) },
            gift_cards: cards
                .iter()
                .map(|card| pricing::GiftCard {
                    last_four: card.last_four.clone(),
                    balance: Money::new(card.balance, card.currency),
                })
                .collect(),
            points: Points { available: self.purchaser.points, wanted: edit.points, per_unit: settings.loyalty.points_per_unit },
        }
    }

    /// The codes, each with what is to be said of it; and those that hold.
    async fn codes(&self, q: &impl Query, merchandise: i64) -> AppResult<(Vec<QuoteCode>, Vec<Valid>)> {
        if self.subject.edit.codes.is_empty() {
            return Ok((vec![], vec![]));
        }
        let mut audience = self.purchaser.audience.clone();
        promotions::store::fill(q, self.subject.customer, &mut audience).await?;
        let asker = Asker {
            audience,
            settings: self.clerk.settings,
            today: self.clerk.today(),
            currency: self.subject.currency,
            rate: self.subject.rate,
            merchandise,
        };
        let (mut told, mut valid) = (Vec::new(), Vec::new());
        for code in &self.subject.edit.codes {
            match promotions::find_valid(q, code, &asker, self.clerk.now()).await {
                Ok(found) => {
                    told.push(QuoteCode { code: code.clone(), problem: None });
                    valid.push(found);
                }
                Err(AppError::Invalid { message, .. }) => told.push(QuoteCode { code: code.clone(), problem: Some(message) }),
                Err(other) => return Err(other),
            }
        }
        // Claimed in the order in which they are locked.
        valid.sort_by_key(|valid| valid.id);
        Ok((told, valid))
    }

    /// Gathers what stands in the way of placing the order.
    fn look(&mut self, lines: &[Line], codes: &[QuoteCode], cards: &[(QuoteCard, Option<Card>)], priced: Option<&Priced>) {
        if self.purchaser.blocked {
            self.problem("customer", "drafts.customer_blocked");
        }
        if lines.is_empty() {
            self.problem("lines", "pricing.no_lines");
        }
        lines.iter().filter_map(|line| line.quote.problem.clone()).for_each(|problem| self.problem("lines", problem));
        codes.iter().filter_map(|code| code.problem.clone()).for_each(|problem| self.problem("codes", problem));
        cards.iter().filter_map(|(card, _)| card.problem.clone()).for_each(|problem| self.problem("gift_cards", problem));
        if self.subject.edit.points > self.purchaser.points {
            self.problem("points", message("drafts.points_missing", &[("points", &self.purchaser.points)]));
        }
        let there = self.purchaser.credit + self.purchaser.credit_limit;
        if let CreditWish::AtMost(wanted) = self.subject.edit.credit
            && wanted > there
        {
            let base = self.clerk.settings.base_currency;
            let there = Money::new(there, base).plain();
            self.problem("credit", message("drafts.credit_missing", &[("credit", &there), ("currency", &base)]));
        }
        if let Some(missing) = priced.and_then(|priced| priced.below_minimum) {
            let missing = Money::new(missing, self.subject.currency).plain();
            let group = self.purchaser.group.name.clone();
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("missing", &missing), ("currency", &self.subject.currency), ("group", &group)];
            self.problem("minimum", message("drafts.below_minimum", &values));
        }
    }
}

/// What of the lines is gift cards, in minor units.
#[must_use]
pub(super) fn gift_cards_bought(quote: &Quote) -> i64 {
    let cards = quote.lines.iter().filter(|line| line.kind == ProductKind::GiftCard);
    cards.filter_map(|line| line.priced).map(|line: PricedLine| line.total).sum()
}
