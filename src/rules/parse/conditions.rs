//! Conditions: the field that stands here, and what is said of it.

use super::super::fields::Values;
use super::super::{
    Condition, DayField, EventCondition, EventField, FlagField, Goods, HowMany, NumberField, OrderCondition, OrderDay,
    OrderNumber, OrderText, Rule, SetField, TextField, TextTest, Tree,
};
use super::lex::Kind;
use super::{Hint, Parsed, Parser, Part, Token, Words};

/// Before the name of a custom field.
pub(in crate::rules) const CUSTOM: &str = "custom.";
impl Parser<'_> {
    pub(super) fn customer(&mut self) -> Parsed<Rule> {
        self.hint(Hint::Customer);
        let Some(token) = self.peek(0).filter(|token| token.kind == Kind::Word) else {
            return Err(self.wrong("rules.error.condition"));
        };
        if let Some(rule) = self.counted()? {
            return Ok(rule);
        }
        let name = token.text.to_lowercase();
        if let Some(custom) = token.text.get(..CUSTOM.len()).filter(|start| start.eq_ignore_ascii_case(CUSTOM)) {
            return self.custom(&token.text[custom.len()..]);
        }
        self.at += 1;
        if let Some(field) = NumberField::find(&name) {
            return self.number_test(field.holds(), |test| Condition::Number { field, test });
        }
        if let Some(field) = DayField::find(&name) {
            return self.day_test(field == DayField::Birthday, |test| Condition::Day { field, test });
        }
        if let Some(field) = FlagField::find(&name) {
            return self.flag(field);
        }
        if let Some(field) = TextField::find(&name) {
            return self.text_test(Hint::Value(field.holds().1), |test| Condition::Text { field, test });
        }
        if let Some(field) = SetField::find(&name) {
            if let Some(set) = self.set_or_not() {
                let is = Rule::Is(Condition::HasSome { field });
                return Ok(if set { is } else { !is });
            }
            let (quantifier, of) = self.quantified(field.holds())?;
            return Ok(Rule::Is(Condition::Has { field, quantifier, of }));
        }
        Err(Self::unknown(token, "rules.error.unknown_field", customer_names()))
    }

    /// `custom.size`, `custom."shoe size"`.
    fn custom(&mut self, rest: &str) -> Parsed<Rule> {
        self.at += 1;
        let mut name = rest.to_owned();
        if name.is_empty() {
            self.hint(Hint::Value(Values::CustomFields));
            let quoted = self.peek(0).filter(|token| token.kind == Kind::Quoted);
            let Some(token) = quoted else { return Err(self.wrong("rules.error.custom")) };
            name.clone_from(&token.text);
            self.at += 1;
        }
        self.text_test(Hint::Custom(name.clone()), |test| Condition::Custom { name: name.clone(), test })
    }

    fn flag(&mut self, field: FlagField) -> Parsed<Rule> {
        let unequal = self.takes_sign("!=");
        if !unequal && !self.takes_sign("=") && !self.takes("is") {
            return Ok(Rule::flag(field, true));
        }
        let yes = self.takes("yes") || self.takes_all(&["true"]);
        if yes || self.takes("no") || self.takes_all(&["false"]) {
            return Ok(Rule::flag(field, yes != unequal));
        }
        Err(self.wrong("rules.error.yes_no"))
    }

    /// Conditions about many orders or events, if one begins here.
    fn counted(&mut self) -> Parsed<Option<Rule>> {
        let begin = self.at;
        if self.takes("bought") {
            return self.bought(HowMany::Any).map(Some);
        }
        if self.takes_all(&["never", "bought"]) {
            return self.bought(HowMany::None).map(Some);
        }
        let how_many = match self.how_many()? {
            Some(how_many) => {
                let _ = self.takes_all(&["of"]);
                how_many
            }
            None => HowMany::Any,
        };
        let is_any = |parser: &Self, words: [&str; 2]| words.iter().any(|word| parser.is_word(0, word));
        let has_quantifier = self.at > begin;
        if has_quantifier {
            self.hint(Hint::Word("orders"));
            self.hint(Hint::Word("event"));
        }
        // `orders (…)` are orders, `orders > 3` is a number.
        let (is_order, is_event) = (is_any(self, ["order", "orders"]), is_any(self, ["event", "events"]));
        if (is_order || is_event) && (has_quantifier || self.is_sign(1, "(")) {
            self.at += 1;
            return if is_order { self.orders(how_many) } else { self.events(how_many) }.map(Some);
        }
        if has_quantifier {
            return Err(self.wrong("rules.error.orders_or_events"));
        }
        Ok(None)
    }

    /// `any`, `all`, `none`, `at least 2` …, if it stands here.
    fn how_many(&mut self) -> Parsed<Option<HowMany>> {
        let words: [(&'static str, HowMany); 4] =
            [("any", HowMany::Any), ("all", HowMany::All), ("none", HowMany::None), ("no", HowMany::None)];
        if let Some((_, how_many)) = words.into_iter().find(|(word, _)| self.takes_all(&[*word])) {
            return Ok(Some(how_many));
        }
        self.so_many()
    }

    fn so_many(&mut self) -> Parsed<Option<HowMany>> {
        let counts: [(Words, fn(u32) -> HowMany); 3] =
            [(&["at", "least"], HowMany::AtLeast), (&["at", "most"], HowMany::AtMost), (&["exactly"], HowMany::Exactly)];
        let Some((_, how_many)) = counts.into_iter().find(|(words, _)| self.takes_all(words)) else { return Ok(None) };
        if self.takes_all(&["once"]) {
            return Ok(Some(how_many(1)));
        }
        if self.takes_all(&["twice"]) {
            return Ok(Some(how_many(2)));
        }
        Ok(Some(how_many(self.count()?)))
    }

    fn orders(&mut self, how_many: HowMany) -> Parsed<Rule> {
        let such = self.such(|test| OrderCondition::Day { field: OrderDay::Placed, test })?;
        Ok(Rule::Is(Condition::Orders { how_many, such }))
    }

    fn events(&mut self, how_many: HowMany) -> Parsed<Rule> {
        let such = self.such(|test| EventCondition::At { test })?;
        Ok(Rule::Is(Condition::Events { how_many, such }))
    }

    /// `(…)`, and when it happened where that follows.
    fn such<C: Part>(&mut self, at: impl Fn(super::super::DayTest) -> C) -> Parsed<Tree<C>> {
        self.opens()?;
        let such = if self.takes_sign(")") {
            Tree::everyone()
        } else {
            let such = self.nested(Self::tree)?;
            self.closes()?;
            such
        };
        let Some(test) = self.stretch()? else { return Ok(such) };
        let at = Tree::Is(at(test));
        Ok(match such {
            Tree::All(parts) if parts.is_empty() => at,
            Tree::All(mut parts) => {
                parts.push(at);
                Tree::All(parts)
            }
            such => Tree::All(vec![such, at]),
        })
    }

    /// `bought product X at least 2 times within 1 year`: such orders, so many.
    fn bought(&mut self, mut how_many: HowMany) -> Parsed<Rule> {
        let Some((what, values)) = self.goods() else { return Err(self.wrong("rules.error.goods")) };
        let _ = self.takes_sign("=");
        let of = if self.takes("in") || self.takes_all(&["any", "of"]) || self.is_sign(0, "(") {
            self.listed(|parser| parser.reference(values))?
        } else {
            vec![self.reference(values)?]
        };
        if let Some(count) = self.so_many()? {
            let _ = self.takes("times") || self.takes_all(&["time"]);
            how_many = count;
        }
        let contains = Tree::Is(OrderCondition::Contains { what, of });
        let such = match self.stretch()? {
            Some(test) => Tree::All(vec![contains, Tree::Is(OrderCondition::Day { field: OrderDay::Placed, test })]),
            None => contains,
        };
        Ok(Rule::Is(Condition::Orders { how_many, such }))
    }

    fn goods(&mut self) -> Option<(Goods, Values)> {
        if self.takes("product") {
            return Some((Goods::Product, Values::Products));
        }
        self.takes("category").then_some((Goods::Category, Values::Categories))
    }

    pub(super) fn order(&mut self) -> Parsed<Tree<OrderCondition>> {
        self.hint(Hint::Order);
        let Some(token) = self.peek(0).filter(|token| token.kind == Kind::Word) else {
            return Err(self.wrong("rules.error.order_condition"));
        };
        if let Some((what, values)) = self.goods() {
            return self.among(values, |of| OrderCondition::Contains { what, of });
        }
        if self.takes("store") {
            return self.among(Values::Stores, |of| OrderCondition::Store { of });
        }
        self.at += 1;
        let name = token.text.to_lowercase();
        if let Some(field) = OrderNumber::find(&name) {
            return self.number_test(field.holds(), |test| OrderCondition::Number { field, test });
        }
        if let Some(field) = OrderDay::find(&name) {
            return self.day_test(false, |test| OrderCondition::Day { field, test });
        }
        if let Some(field) = OrderText::find(&name) {
            return self.code(field);
        }
        Err(Self::unknown(token, "rules.error.unknown_field", order_names()))
    }

    /// `= paid`, `in (paid, refunded)`; negated or not.
    fn code(&mut self, field: OrderText) -> Parsed<Tree<OrderCondition>> {
        let at = self.at;
        let tree = self.text_test(Hint::Value(field.holds()), |test| test)?;
        let (test, not) = match tree {
            Tree::Not(inner) => (inner.conditions().first().map(|test| (*test).clone()), true),
            Tree::Is(test) => (Some(test), false),
            Tree::All(_) | Tree::Any(_) => (None, false),
        };
        let Some(TextTest::OneOf(one_of)) = test else {
            self.at = at;
            return Err(self.wrong("rules.error.text_operator"));
        };
        let is = Tree::Is(OrderCondition::Text { field, one_of });
        Ok(if not { !is } else { is })
    }

    pub(super) fn event(&mut self) -> Parsed<Tree<EventCondition>> {
        self.hint(Hint::Event);
        let Some(token) = self.peek(0).filter(|token| token.kind == Kind::Word) else {
            return Err(self.wrong("rules.error.event_condition"));
        };
        if let Some((what, values)) = self.goods() {
            return self.among(values, |of| EventCondition::About { what, of });
        }
        if self.takes("at") || self.takes_all(&["date"]) {
            return self.day_test(false, |test| EventCondition::At { test });
        }
        if self.takes("kind") {
            let one_of = if self.takes("in") {
                self.listed(Self::kind)?
            } else if self.takes_sign("=") {
                vec![self.kind()?]
            } else {
                return Err(self.wrong("rules.error.text_operator"));
            };
            return Ok(Tree::Is(EventCondition::Kind { one_of }));
        }
        if let Some(kind) = EventField::find(&token.text.to_lowercase()) {
            self.at += 1;
            return Ok(Tree::Is(EventCondition::Kind { one_of: vec![kind] }));
        }
        Err(Self::unknown(token, "rules.error.unknown_event", event_names()))
    }

    fn kind(&mut self) -> Parsed<EventField> {
        EventField::ALL.iter().for_each(|kind| self.hint(Hint::Word(kind.name())));
        let Some(token): Option<&Token> = self.peek(0).filter(|token| token.kind == Kind::Word) else {
            return Err(self.wrong("rules.error.event_condition"));
        };
        let kinds = EventField::ALL.iter().map(|kind| kind.name());
        let Some(kind) = EventField::find(&token.text.to_lowercase()) else {
            return Err(Self::unknown(token, "rules.error.unknown_event", kinds));
        };
        self.at += 1;
        Ok(kind)
    }
}

/// Every name that a condition about a customer begins with.
pub(in crate::rules) fn customer_names() -> impl Iterator<Item = &'static str> {
    let numbers = NumberField::ALL.iter().flat_map(|field| [&[field.name()], field.aliases()].concat());
    let days = DayField::ALL.iter().flat_map(|field| [&[field.name()], field.aliases()].concat());
    let flags = FlagField::ALL.iter().flat_map(|field| [&[field.name()], field.aliases()].concat());
    let texts = TextField::ALL.iter().flat_map(|field| [&[field.name()], field.aliases()].concat());
    let sets = SetField::ALL.iter().flat_map(|field| [&[field.name()], field.aliases()].concat());
    numbers.chain(days).chain(flags).chain(texts).chain(sets).chain(["everyone", "nobody", "bought"])
}

pub(in crate::rules) fn order_names() -> impl Iterator<Item = &'static str> {
    let numbers = OrderNumber::ALL.iter().map(|field| field.name());
    let days = OrderDay::ALL.iter().map(|field| field.name());
    let texts = OrderText::ALL.iter().map(|field| field.name());
    numbers.chain(days).chain(texts).chain(["product", "category", "store"])
}

pub(in crate::rules) fn event_names() -> impl Iterator<Item = &'static str> {
    EventField::ALL.iter().map(|kind| kind.name()).chain(["kind", "at", "product", "category"])
}
