//! What may come next in a text: a pure function for the editor, which asks for the values that only the database knows.

use super::fields::{
    DayField, EventField, FlagField, Measure, NumberField, OrderDay, OrderNumber, OrderText, SetField, TextField, Values,
};
use super::parse::conditions::CUSTOM;
use super::parse::{Hint, hints_at_the_end};
use crate::base::Currency;
use serde::{Deserialize, Serialize};

/// What may come at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// The part of the text that is being typed, which a choice replaces. In bytes.
    pub from: usize,
    pub to: usize,
    /// What was typed of it, without a quote.
    pub typed: String,
    /// Fields, operators and other words that go on with what was typed.
    pub words: Vec<Word>,
    /// Where values come from that may stand here.
    pub values: Option<Values>,
    /// The custom field whose values may stand here.
    pub custom_field: Option<String>,
    /// A number may stand here.
    pub number: Option<Measure>,
    /// A day may stand here.
    pub day: bool,
}

/// A word that may come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    pub text: String,
    /// The key of its name in the messages files; empty for words that need none.
    pub label_key: String,
}

/// What may come where the cursor stands, a place in bytes. A value that comes from elsewhere is written with
/// [`write_value`].
#[must_use]
pub fn complete(text: &str, cursor: usize, currency: Currency) -> Completion {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let (before, after) = text.split_at(cursor);
    let from = begin_of_word(before);
    let to = cursor + after.find(|c: char| !is_of_word(c)).unwrap_or(after.len());
    let typed = before[from..].trim_start_matches(['"', '“', '„']).to_owned();
    let mut completion = Completion { from, to, typed, ..Completion::default() };
    let mut words = Vec::new();
    for hint in hints_at_the_end(&before[..from], currency) {
        match hint {
            Hint::Word(word) => words.push((word.to_owned(), String::new())),
            Hint::Customer => words.extend(customer_fields()),
            Hint::Order => words.extend(order_fields()),
            Hint::Event => words.extend(event_fields()),
            Hint::Value(values) => {
                if let Values::Codes(codes) = values {
                    words.extend(codes.all().iter().map(|code| ((*code).to_owned(), String::new())));
                }
                completion.values = Some(values);
            }
            Hint::Custom(name) => {
                completion.values = Some(Values::CustomValues);
                completion.custom_field = Some(name);
            }
            Hint::Number(measure) => completion.number = Some(measure),
            Hint::Day => completion.day = true,
        }
    }
    let typed = completion.typed.to_lowercase();
    let goes_on = |(text, _): &(String, String)| text.starts_with(&typed) && (text.len() > typed.len() || typed.is_empty());
    completion.words = words.into_iter().filter(goes_on).map(|(text, label_key)| Word { text, label_key }).collect();
    completion
}

/// A value as it stands in a rule: in quotes where it needs them.
#[must_use]
pub fn write_value(value: &str) -> String {
    super::parse::lex::written(value)
}

/// Where the word or quoted text begins that the text ends in; of a custom field its name.
fn begin_of_word(text: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(_), '"' | '”') => quote = None,
            (None, '"' | '“' | '„') => quote = Some(at),
            _ => {}
        }
    }
    let word = text.trim_end_matches(is_of_word).len();
    let is_custom = text[word..].get(..CUSTOM.len()).is_some_and(|start| start.eq_ignore_ascii_case(CUSTOM));
    quote.unwrap_or(if is_custom { word + CUSTOM.len() } else { word })
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@')
}

fn customer_fields() -> Vec<(String, String)> {
    let mut fields: Vec<(&str, &str)> = NumberField::ALL.iter().map(|field| (field.name(), field.label_key())).collect();
    fields.extend(DayField::ALL.iter().map(|field| (field.name(), field.label_key())));
    fields.extend(FlagField::ALL.iter().map(|field| (field.name(), field.label_key())));
    fields.extend(TextField::ALL.iter().map(|field| (field.name(), field.label_key())));
    fields.extend(SetField::ALL.iter().map(|field| (field.name(), field.label_key())));
    fields.extend([
        ("any order", "rules.field.any_order"),
        ("all orders", "rules.field.all_orders"),
        ("none of orders", "rules.field.no_order"),
        ("bought product", "rules.field.bought_product"),
        ("bought category", "rules.field.bought_category"),
        ("any event", "rules.field.any_event"),
        ("none of events", "rules.field.no_event"),
        ("custom.", "rules.field.custom"),
    ]);
    owned(fields)
}

fn order_fields() -> Vec<(String, String)> {
    let mut fields: Vec<(&str, &str)> = OrderNumber::ALL.iter().map(|field| (field.name(), field.label_key())).collect();
    fields.extend(OrderDay::ALL.iter().map(|field| (field.name(), field.label_key())));
    fields.extend(OrderText::ALL.iter().map(|field| (field.name(), field.label_key())));
    fields.extend([("product", "rules.field.product"), ("category", "rules.field.category"), ("store", "rules.field.store")]);
    owned(fields)
}

fn event_fields() -> Vec<(String, String)> {
    let mut fields: Vec<(&str, &str)> = EventField::ALL.iter().map(|kind| (kind.name(), kind.label_key())).collect();
    fields.extend([("at", "rules.field.at"), ("product", "rules.field.product"), ("category", "rules.field.category")]);
    owned(fields)
}

fn owned(fields: Vec<(&str, &str)>) -> Vec<(String, String)> {
    fields.into_iter().map(|(text, label)| (text.to_owned(), label.to_owned())).collect()
}
