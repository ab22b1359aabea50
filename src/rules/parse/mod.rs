//! Text → tree: a recursive descent over [`lex`]ed text. `docs/rules.md` has the grammar.
//!
//! Whatever text it is given, it answers in time that grows with its length, and recurses no deeper than [`MAX_NESTING`]. What could
//! stand at the end of the text is noted on the way: that is what completion offers ([`hints_at_the_end`]).

pub(super) mod conditions;
pub(super) mod days;
pub(super) mod lex;
mod values;

use super::fields::{Measure, Values};
use super::{Condition, EventCondition, MAX_DEPTH, OrderCondition, Rule, Tree, validate};
use crate::base::i18n::message;
use crate::base::{AppError, Currency};
use lex::{Kind, Token, lex};
use serde::{Deserialize, Serialize};

/// The longest text of a rule, in bytes: more than the largest rule takes whose values are of usual length.
pub const MAX_TEXT: usize = 500_000;
/// Brackets within brackets; those that mean nothing count here, not in [`MAX_DEPTH`].
const MAX_NESTING: usize = 2 * MAX_DEPTH;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseError {
    /// In bytes, as is the end. Where something is missing it begins and ends at the same place.
    pub from: usize,
    pub to: usize,
    /// What was expected: a message of the messages files, with its values.
    pub message: String,
    /// What was probably meant by what stands there.
    pub suggestion: Option<String>,
}

impl From<ParseError> for AppError {
    fn from(error: ParseError) -> Self {
        Self::invalid("rule", error.message)
    }
}

/// Reads a rule. Amounts are in `currency`, the shop's base currency.
///
/// # Errors
/// The first thing that cannot be read, or the limit that the rule breaks.
pub fn parse(text: &str, currency: Currency) -> Result<Rule, ParseError> {
    if text.len() > MAX_TEXT {
        return Err(error(0, text.len(), "rules.error.too_long"));
    }
    let tokens = lex(text)?;
    if tokens.is_empty() {
        return Ok(Rule::everyone());
    }
    let mut parser = Parser::new(&tokens, text.len(), currency);
    let rule = parser.tree::<Condition>()?;
    parser.end()?;
    validate(&rule).map_err(|limit| error(0, text.len(), limit.message_key()))?;
    Ok(rule)
}

/// What may stand where a text ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    Word(&'static str),
    /// The beginning of a condition about a customer, an order, an event.
    Customer,
    Order,
    Event,
    Value(Values),
    /// A value of the custom field of this name.
    Custom(String),
    Number(Measure),
    Day,
}

/// What may follow after a text that is not finished; nothing where it cannot be read up to its end.
pub(super) fn hints_at_the_end(text: &str, currency: Currency) -> Vec<Hint> {
    let Ok(tokens) = lex(text) else { return Vec::new() };
    if text.len() > MAX_TEXT {
        return Vec::new();
    }
    let mut parser = Parser::new(&tokens, text.len(), currency);
    let read = parser.tree::<Condition>().and_then(|_| parser.end());
    let is_at_the_end = read.is_ok() || parser.furthest == tokens.len();
    if is_at_the_end { parser.hints } else { Vec::new() }
}

fn error(from: usize, to: usize, message: &str) -> ParseError {
    ParseError { from, to, message: message.to_owned(), suggestion: None }
}

type Parsed<T> = Result<T, ParseError>;
/// Words that follow one another.
type Words = &'static [&'static str];

/// What trees are made of: how one condition is read.
pub(super) trait Part: Sized {
    /// Words for all and for nothing of its kind.
    const EVERYTHING: &'static str;
    const NOTHING: &'static str;
    fn condition(parser: &mut Parser<'_>) -> Parsed<Tree<Self>>;
}

impl Part for Condition {
    const EVERYTHING: &'static str = "everyone";
    const NOTHING: &'static str = "nobody";
    fn condition(parser: &mut Parser<'_>) -> Parsed<Rule> {
        parser.customer()
    }
}

impl Part for OrderCondition {
    const EVERYTHING: &'static str = "everything";
    const NOTHING: &'static str = "nothing";
    fn condition(parser: &mut Parser<'_>) -> Parsed<Tree<Self>> {
        parser.order()
    }
}

impl Part for EventCondition {
    const EVERYTHING: &'static str = "everything";
    const NOTHING: &'static str = "nothing";
    fn condition(parser: &mut Parser<'_>) -> Parsed<Tree<Self>> {
        parser.event()
    }
}

pub(super) struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    /// The length of the text.
    end: usize,
    currency: Currency,
    nesting: usize,
    /// The furthest token that anything was expected at, and what.
    furthest: usize,
    hints: Vec<Hint>,
}

impl<'t> Parser<'t> {
    fn new(tokens: &'t [Token], end: usize, currency: Currency) -> Self {
        Self { tokens, at: 0, end, currency, nesting: 0, furthest: 0, hints: Vec::new() }
    }

    /// `a and b or c`: or binds loosest, not tightest.
    fn tree<C: Part>(&mut self) -> Parsed<Tree<C>> {
        self.chain("or", Tree::Any, |parser| parser.chain("and", Tree::All, Self::negated))
    }

    fn chain<C>(
        &mut self,
        word: &'static str,
        join: fn(Vec<Tree<C>>) -> Tree<C>,
        part: impl Fn(&mut Self) -> Parsed<Tree<C>>,
    ) -> Parsed<Tree<C>> {
        let first = part(self)?;
        if !self.takes(word) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.takes(word) {
            parts.push(part(self)?);
        }
        Ok(join(parts))
    }

    fn negated<C: Part>(&mut self) -> Parsed<Tree<C>> {
        if self.takes("not") {
            return self.nested(|parser| Ok(!parser.negated()?));
        }
        if self.takes_sign("(") {
            let tree = self.nested(Self::tree)?;
            self.closes()?;
            return Ok(tree);
        }
        for (word, join) in
            [("all", Tree::All as fn(Vec<Tree<C>>) -> Tree<C>), ("any", Tree::Any), ("none", |parts| !Tree::Any(parts))]
        {
            if self.is_word(0, word) && self.is_sign(1, "(") {
                self.at += 2;
                return self.nested(Self::list).map(join);
            }
        }
        if self.takes(C::EVERYTHING) {
            return Ok(Tree::everyone());
        }
        if self.takes(C::NOTHING) {
            return Ok(Tree::Any(Vec::new()));
        }
        C::condition(self)
    }

    /// Trees with commas between, up to the closing bracket.
    fn list<C: Part>(&mut self) -> Parsed<Vec<Tree<C>>> {
        let mut parts = Vec::new();
        if self.takes_sign(")") {
            return Ok(parts);
        }
        loop {
            parts.push(self.tree()?);
            if !self.takes_sign(",") {
                self.closes()?;
                return Ok(parts);
            }
        }
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(self.wrong("rules.too_deep"));
        }
        let read = inner(self);
        self.nesting -= 1;
        read
    }

    fn end(&mut self) -> Parsed<()> {
        if self.at == self.tokens.len() {
            return Ok(());
        }
        let after_number = self.at > 0 && self.tokens[self.at - 1].text.bytes().all(|b| b.is_ascii_digit());
        let thousands = after_number && self.is_sign(0, ",");
        Err(self.wrong(if thousands { "rules.error.thousands" } else { "rules.error.end" }))
    }

    fn closes(&mut self) -> Parsed<()> {
        if self.takes_sign(")") { Ok(()) } else { Err(self.wrong("rules.error.close")) }
    }

    fn opens(&mut self) -> Parsed<()> {
        if self.takes_sign("(") { Ok(()) } else { Err(self.wrong("rules.error.open")) }
    }

    /// The token so many places ahead.
    fn peek(&self, ahead: usize) -> Option<&'t Token> {
        self.tokens.get(self.at + ahead)
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        self.peek(ahead).is_some_and(|token| token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word))
    }

    fn is_sign(&self, ahead: usize, sign: &str) -> bool {
        self.peek(ahead).is_some_and(|token| token.kind == Kind::Sign && token.text == sign)
    }

    /// Goes past the word where it stands here.
    fn takes(&mut self, word: &'static str) -> bool {
        self.hint(Hint::Word(word));
        let is = self.is_word(0, word);
        self.at += usize::from(is);
        is
    }

    /// Goes past several words where they stand here.
    fn takes_all(&mut self, words: &[&'static str]) -> bool {
        let there = words.iter().enumerate().take_while(|(ahead, word)| self.is_word(*ahead, word)).count();
        if let Some(next) = words.get(there)
            && self.at + there == self.tokens.len()
        {
            self.hint_at(self.tokens.len(), Hint::Word(next));
        }
        if there == words.len() {
            self.at += there;
        }
        there == words.len()
    }

    fn takes_sign(&mut self, sign: &'static str) -> bool {
        self.hint(Hint::Word(sign));
        let is = self.is_sign(0, sign);
        self.at += usize::from(is);
        is
    }

    fn hint(&mut self, hint: Hint) {
        self.hint_at(self.at, hint);
    }

    fn hint_at(&mut self, at: usize, hint: Hint) {
        if at > self.furthest {
            self.furthest = at;
            self.hints.clear();
        }
        if at == self.furthest && !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
    }

    /// An error about the token that stands here, or the end.
    fn wrong(&self, message: &str) -> ParseError {
        self.peek(0).map_or(error(self.end, self.end, message), |token| error(token.from, token.to, message))
    }

    /// An error about a token, with what was probably meant.
    fn unknown(token: &Token, key: &str, known: impl Iterator<Item = &'static str>) -> ParseError {
        ParseError {
            suggestion: nearest(&token.text, known),
            ..error(token.from, token.to, &message(key, &[("value", &token.text)]))
        }
    }
}

/// What is nearest to a misspelt word: about a third of it may differ.
pub(super) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    let word: Vec<char> = word.chars().take(40).flat_map(char::to_lowercase).collect();
    let known =
        known.map(|other| (distance(&word, &other.chars().take(40).flat_map(char::to_lowercase).collect::<Vec<_>>()), other));
    let (_, other) = known.filter(|(distance, other)| *distance <= word.len().div_ceil(3).min(other.len() / 2)).min()?;
    Some(other.to_owned())
}

/// How many letters have to be changed, added, left out or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let mut least = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}
