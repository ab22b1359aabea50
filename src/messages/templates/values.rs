//! What templates are filled with: typed values under dotted names, written the way of the mail's language.

use crate::base::i18n::Lang;
use crate::base::{Day, Money};
use minijinja::Value as Any;
use minijinja::value::{Object, ObjectRepr};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
    Money(Money),
    Date(Day),
    /// An address that links may lead to: `https://…`.
    Url(String),
    /// Things with fields of their own, such as the lines of an order.
    List(Vec<Variables>),
}

impl Value {
    /// Whether there is nothing to show: templates fall back to their `default` then.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            // Any other scheme could be a script's.
            Self::Url(url) => !["https://", "http://", "mailto:"].iter().any(|scheme| url.starts_with(scheme)),
            Self::List(items) => items.is_empty(),
            Self::Number(_) | Self::Money(_) | Self::Date(_) => false,
        }
    }
}

impl Value {
    /// As mails in a language show it.
    #[must_use]
    pub fn shown(&self, lang: Lang) -> String {
        match self {
            Self::Text(text) | Self::Url(text) => text.clone(),
            Self::Number(number) => lang.integer(*number),
            Self::Money(money) => lang.money(*money),
            Self::Date(day) => lang.day(*day),
            Self::List(items) => items.len().to_string(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}

impl From<Day> for Value {
    fn from(day: Day) -> Self {
        Self::Date(day)
    }
}

/// The variables of one mail: `customer.first_name` and its value. What is unknown of a recipient is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    own: BTreeMap<String, Value>,
    /// What all recipients have in common.
    shared: Option<Arc<Variables>>,
}

impl Variables {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Variables on top of those that all recipients have in common, such as the shop's.
    #[must_use]
    pub fn over(shared: Arc<Variables>) -> Self {
        Self { own: BTreeMap::new(), shared: Some(shared) }
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.own.insert(name.to_owned(), value.into());
    }

    /// As [`Variables::set`], in a chain.
    #[must_use]
    pub fn having(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// The value of a variable, unless it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self.own.get(name).or_else(|| self.shared.as_ref()?.get(name));
        found.filter(|value| !value.is_empty())
    }

    /// Takes over all variables of another set.
    pub fn take(&mut self, other: Variables) {
        self.own.extend(other.own);
    }

    /// Those whose names begin with `prefix`.
    #[must_use]
    pub fn only(&self, prefix: &str) -> Self {
        let own = self.own.iter().filter(|(name, _)| name.starts_with(prefix));
        Self { own: own.map(|(name, value)| (name.clone(), value.clone())).collect(), shared: None }
    }

    /// The others.
    #[must_use]
    pub fn without(&self, prefix: &str) -> Self {
        let own = self.own.iter().filter(|(name, _)| !name.starts_with(prefix));
        Self { own: own.map(|(name, value)| (name.clone(), value.clone())).collect(), shared: None }
    }

    /// Whether any variable's name begins with `prefix`.
    fn has_under(&self, prefix: &str) -> bool {
        let own = self.own.range(prefix.to_owned()..).next().is_some_and(|(name, _)| name.starts_with(prefix));
        own || self.shared.as_ref().is_some_and(|shared| shared.has_under(prefix))
    }
}

/// Variables as minijinja looks them up: `customer`, then `first_name` of it.
#[derive(Debug)]
pub(super) struct Root {
    variables: Arc<Variables>,
    lang: Lang,
    /// `customer.`, or empty.
    prefix: String,
}

impl Root {
    pub fn of(variables: Arc<Variables>, lang: Lang) -> Any {
        Any::from_object(Self { variables, lang, prefix: String::new() })
    }
}

impl Object for Root {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Any) -> Option<Any> {
        let name = format!("{}{}", self.prefix, key.as_str()?);
        if let Some(value) = self.variables.get(&name) {
            return Some(any(value, self.lang));
        }
        let prefix = format!("{name}.");
        self.variables
            .has_under(&prefix)
            .then(|| Any::from_object(Root { variables: Arc::clone(&self.variables), lang: self.lang, prefix }))
    }
}

/// A value for minijinja.
fn any(value: &Value, lang: Lang) -> Any {
    match value {
        Value::Text(text) | Value::Url(text) => Any::from(text.as_str()),
        Value::Number(number) => Any::from(*number),
        Value::Money(money) => Any::from_object(Shown { text: lang.money(*money), truth: money.minor != 0 }),
        Value::Date(day) => Any::from_object(Shown { text: lang.day(*day), truth: true }),
        Value::List(items) => items.iter().map(|item| Root::of(Arc::new(item.clone()), lang)).collect(),
    }
}

/// An amount or a day, as the language writes it; an amount of zero is no reason to show anything.
#[derive(Debug)]
struct Shown {
    text: String,
    truth: bool,
}

impl Object for Shown {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.truth
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
