//! What stands after a field: numbers, amounts, texts, names of the shop's things, lists of them.

use super::super::fields::{Codes, Measure, Values};
use super::super::{NumberTest, Quantifier, Ref, TextTest, Tree};
use super::lex::{Kind, RESERVED};
use super::{Hint, Parsed, Parser, Words, error};
use crate::base::i18n::message;
use crate::base::{Currency, country};

/// A test of the number that follows.
type Test = fn(i64) -> NumberTest;

impl<'t> Parser<'t> {
    /// `> 5`, `between 1 and 3`, `at least 2`; negated or not.
    pub(super) fn number_test<C>(&mut self, measure: Measure, make: impl Fn(NumberTest) -> C) -> Parsed<Tree<C>> {
        let not = self.takes("not");
        if self.takes("between") {
            let least = self.number(measure)?;
            if !self.takes("and") {
                return Err(self.wrong("rules.error.between"));
            }
            let is = Tree::Is(make(NumberTest::Between(least, self.number(measure)?)));
            return Ok(if not { !is } else { is });
        }
        let signs: [(&'static str, Test); 5] = [
            ("=", NumberTest::Equal),
            (">=", NumberTest::AtLeast),
            (">", NumberTest::Above),
            ("<=", NumberTest::AtMost),
            ("<", NumberTest::Below),
        ];
        let words: [(Words, Test); 5] = [
            (&["at", "least"], NumberTest::AtLeast),
            (&["at", "most"], NumberTest::AtMost),
            (&["more", "than"], NumberTest::Above),
            (&["less", "than"], NumberTest::Below),
            (&["is"], NumberTest::Equal),
        ];
        let unequal = self.takes_sign("!=");
        let test = if unequal {
            Some(NumberTest::Equal as Test)
        } else {
            let sign = signs.into_iter().find(|(sign, _)| self.takes_sign(sign));
            sign.map(|(_, test)| test)
                .or_else(|| words.into_iter().find(|(words, _)| self.takes_all(words)).map(|(_, test)| test))
        };
        let Some(test) = test else { return Err(self.wrong("rules.error.number_operator")) };
        let is = Tree::Is(make(test(self.number(measure)?)));
        Ok(if unequal != not { !is } else { is })
    }

    fn number(&mut self, measure: Measure) -> Parsed<i64> {
        self.hint(Hint::Number(measure));
        match measure {
            Measure::Count => self.decimal(0, "rules.error.number"),
            Measure::Money => {
                let before = self.currency()?;
                let number = self.decimal(self.currency.decimals(), "rules.error.amount")?;
                if !before {
                    self.currency()?;
                }
                Ok(number)
            }
        }
    }

    /// Goes past the code of the base currency; another one is an error.
    fn currency(&mut self) -> Parsed<bool> {
        let Some(token) = self.peek(0).filter(|token| token.kind == Kind::Word) else { return Ok(false) };
        let Some(currency) = Currency::parse(&token.text).filter(Currency::is_known) else { return Ok(false) };
        if currency != self.currency {
            let values: [(&str, &dyn std::fmt::Display); 2] = [("currency", &currency), ("base", &self.currency)];
            return Err(error(token.from, token.to, &message("rules.error.currency", &values)));
        }
        self.at += 1;
        Ok(true)
    }

    /// `-1_000.50` as a whole number of the last of so many decimals.
    fn decimal(&mut self, decimals: u32, missing: &str) -> Parsed<i64> {
        let Some(token) = self.peek(0).filter(|token| token.kind == Kind::Word) else { return Err(self.wrong(missing)) };
        let text = token.text.replace('_', "");
        let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |digits| (-1, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return Err(self.wrong(missing));
        }
        if fraction.len() > decimals as usize {
            let values: [(&str, &dyn std::fmt::Display); 1] = [("decimals", &decimals)];
            return Err(error(token.from, token.to, &message("rules.error.decimals", &values)));
        }
        let all = format!("{whole}{fraction:0<width$}", width = decimals as usize);
        let number = all.parse::<i128>().ok().and_then(|number| i64::try_from(sign * number).ok());
        let Some(number) = number else { return Err(self.wrong("rules.error.too_great")) };
        self.at += 1;
        Ok(number)
    }

    /// A whole number that is not negative.
    pub(super) fn count<T: TryFrom<i64>>(&mut self) -> Parsed<T> {
        self.hint(Hint::Number(Measure::Count));
        let at = self.at;
        let number = self.decimal(0, "rules.error.number")?;
        T::try_from(number).map_err(|_| {
            self.at = at;
            self.wrong("rules.error.number")
        })
    }

    /// `= x`, `in (x, y)`, `contains x`, `is set`; negated or not.
    pub(super) fn text_test<C>(&mut self, values: Hint, make: impl Fn(TextTest) -> C) -> Parsed<Tree<C>> {
        if let Some(set) = self.set_or_not() {
            let is = Tree::Is(make(TextTest::Set));
            return Ok(if set { is } else { !is });
        }
        let unequal = self.takes_sign("!=");
        let not = unequal || self.takes("not");
        let test = if unequal || self.takes_sign("=") || !not && self.takes("is") {
            TextTest::OneOf(vec![self.text(&values)?])
        } else if self.takes("in") {
            TextTest::OneOf(self.listed(|parser| parser.text(&values))?)
        } else if self.takes("contains") {
            TextTest::Contains(self.text(&Hint::Value(Values::Free))?)
        } else if self.takes("startswith") || self.takes_all(&["starts", "with"]) {
            TextTest::StartsWith(self.text(&Hint::Value(Values::Free))?)
        } else if self.takes("endswith") || self.takes_all(&["ends", "with"]) {
            TextTest::EndsWith(self.text(&Hint::Value(Values::Free))?)
        } else {
            return Err(self.wrong("rules.error.text_operator"));
        };
        let is = Tree::Is(make(test));
        Ok(if not { !is } else { is })
    }

    /// `is set`, `is unset`, `is not set`.
    pub(super) fn set_or_not(&mut self) -> Option<bool> {
        if self.takes_all(&["is", "set"]) {
            return Some(true);
        }
        (self.takes_all(&["is", "unset"]) || self.takes_all(&["is", "not", "set"]) || self.takes_all(&["is", "empty"]))
            .then_some(false)
    }

    /// A text; of fields with fixed values only these.
    fn text(&mut self, hint: &Hint) -> Parsed<String> {
        self.hint(hint.clone());
        let Some(token) = self.value() else { return Err(self.wrong("rules.error.value")) };
        let known = |codes: Codes| codes.all().iter().any(|code| code.eq_ignore_ascii_case(token.text.trim()));
        match hint {
            _ if token.text.is_empty() => {}
            Hint::Value(Values::Codes(codes)) if !known(*codes) => {
                return Err(Self::unknown(token, "rules.error.unknown_value", codes.all().iter().copied()));
            }
            Hint::Value(Values::Countries) if country::find(&token.text.trim().to_ascii_uppercase()).is_none() => {
                return Err(Self::unknown(token, "rules.error.unknown_country", std::iter::empty()));
            }
            _ => {}
        }
        self.at += 1;
        Ok(token.text.clone())
    }

    /// The token here, if it is a value.
    fn value(&self) -> Option<&'t super::Token> {
        self.peek(0).filter(|token| match token.kind {
            Kind::Word => !RESERVED.contains(&token.text.to_ascii_lowercase().as_str()),
            Kind::Quoted => true,
            Kind::Sign => false,
        })
    }

    /// `(x, y)`.
    pub(super) fn listed<T>(&mut self, mut one: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.opens()?;
        let mut list = Vec::new();
        if self.takes_sign(")") {
            return Ok(list);
        }
        loop {
            list.push(one(self)?);
            if !self.takes_sign(",") {
                self.closes()?;
                return Ok(list);
            }
        }
    }

    /// `= gift`, `!= gift`, `in (…)`, `any of (…)`, `all of (…)`, `none of (…)`.
    pub(super) fn quantified(&mut self, values: Values) -> Parsed<(Quantifier, Vec<Ref>)> {
        if self.takes_sign("=") || self.takes("is") {
            return Ok((Quantifier::Any, vec![self.reference(values)?]));
        }
        if self.takes_sign("!=") {
            return Ok((Quantifier::None, vec![self.reference(values)?]));
        }
        let quantifier = if self.takes("in") || self.takes_all(&["any", "of"]) {
            Quantifier::Any
        } else if self.takes_all(&["all", "of"]) {
            Quantifier::All
        } else if self.takes_all(&["none", "of"]) || self.takes_all(&["not", "in"]) {
            Quantifier::None
        } else {
            return Err(self.wrong("rules.error.set_operator"));
        };
        Ok((quantifier, self.listed(|parser| parser.reference(values))?))
    }

    /// `= x`, `in (…)` and their negations, of what there is one of.
    pub(super) fn among<C>(&mut self, values: Values, make: impl Fn(Vec<Ref>) -> C) -> Parsed<Tree<C>> {
        let (quantifier, of) = self.quantified(values)?;
        match quantifier {
            Quantifier::Any => Ok(Tree::Is(make(of))),
            Quantifier::None => Ok(!Tree::Is(make(of))),
            Quantifier::All => Ok(Tree::All(of.into_iter().map(|one| Tree::Is(make(vec![one]))).collect())),
        }
    }

    /// A name, or `#12`.
    pub(super) fn reference(&mut self, values: Values) -> Parsed<Ref> {
        if self.is_sign(0, "#") {
            self.at += 1;
            return Ok(Ref::Id(self.decimal(0, "rules.error.number")?));
        }
        self.text(&Hint::Value(values)).map(Ref::Name)
    }
}
