//! What programs tell a template: JSON values under the names of the variables of its occasion, each of which is what its
//! variable is.
//!
//! Invariants: what does not read is refused when it is queued, so that no mail lacks what it should say; texts and lists are bounded.

use super::catalogue::{Kind, Variable, occasion};
use super::{Value, Variables};
use crate::base::Day;
use crate::base::i18n::message;
use crate::server::rest::Amount;
use serde_json::{Map, Value as Json};

/// The longest text and address, in characters, and things of a list.
pub const TEXT_MAX: usize = 2_000;
pub const THINGS_MAX: usize = 100;

/// Which value cannot be, `lines[2].total`, and why: a message.
pub type Wrong = (String, String);

/// The variables that values come to. A null is as if it were left out.
///
/// # Errors
/// The first that cannot be: there is no such variable, or it is something else.
pub fn read(matter: &str, values: &Map<String, Json>) -> Result<Variables, Wrong> {
    fields("", occasion(matter), values)
}

/// Which variables every mail of the occasion has, or `bare` without a fallback, and these values lack.
#[must_use]
pub fn lacking(matter: &str, told: &Variables, bare: &[String]) -> Vec<&'static str> {
    let is_needed = |variable: &Variable| !variable.can_be_missing || bare.iter().any(|name| name == variable.name);
    let lacks = |variable: &&Variable| is_needed(variable) && told.get(variable.name).is_none();
    occasion(matter).iter().filter(lacks).map(|variable| variable.name).collect()
}

fn fields(place: &str, known: &'static [Variable], values: &Map<String, Json>) -> Result<Variables, Wrong> {
    let mut read = Variables::new();
    for (name, value) in values {
        let place = format!("{place}{name}");
        let variable = known.iter().find(|variable| variable.name == name);
        let variable = variable.ok_or_else(|| (place.clone(), "messages.no_such_variable".to_owned()))?;
        if !value.is_null() {
            read.set(variable.name, one(&place, variable.kind, value)?);
        }
    }
    Ok(read)
}

fn one(place: &str, kind: Kind, value: &Json) -> Result<Value, Wrong> {
    let (read, wrong) = match kind {
        Kind::Text => (text(value).map(Value::from), message("messages.not_text", &[("most", &TEXT_MAX)])),
        Kind::Number => (value.as_i64().map(Value::from), "messages.not_number".into()),
        Kind::Money => (money(value), "messages.not_money".into()),
        Kind::Date => (value.as_str().and_then(Day::parse).map(Value::from), "messages.not_date".into()),
        Kind::Url => (address(value), "messages.not_url".into()),
        Kind::List(known) => return things(place, known, value),
    };
    read.ok_or_else(|| (place.to_owned(), wrong))
}

/// Lines and tabs are the only controls that a text has.
fn text(value: &Json) -> Option<&str> {
    let strange = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    value.as_str().filter(|text| text.chars().count() <= TEXT_MAX && !text.contains(strange))
}

fn address(value: &Json) -> Option<Value> {
    let url = text(value).filter(|text| !text.contains(|letter: char| letter.is_whitespace() || letter.is_control()))?;
    Some(Value::Url(url.to_owned())).filter(|url| !url.is_empty())
}

fn money(value: &Json) -> Option<Value> {
    let amount: Amount = serde_json::from_value(value.clone()).ok()?;
    amount.money("").ok().map(Value::from)
}

fn things(place: &str, known: &'static [Variable], value: &Json) -> Result<Value, Wrong> {
    let wrong = || (place.to_owned(), message("messages.not_list", &[("most", &THINGS_MAX)]));
    let all = value.as_array().filter(|all| all.len() <= THINGS_MAX).ok_or_else(wrong)?;
    let mut read = Vec::with_capacity(all.len());
    for (index, thing) in all.iter().enumerate() {
        let place = format!("{place}[{index}].");
        let told = fields(&place, known, thing.as_object().ok_or_else(wrong)?)?;
        if let Some(lacks) = known.iter().find(|field| !field.can_be_missing && told.get(field.name).is_none()) {
            return Err((format!("{place}{}", lacks.name), "messages.variable_missing".into()));
        }
        read.push(told);
    }
    Ok(Value::List(read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Currency, Money};
    use serde_json::json;

    fn told(matter: &str, values: Json) -> Result<Variables, Wrong> {
        read(matter, values.as_object().expect("an object"))
    }

    #[test]
    fn values_are_what_their_variables_are() {
        let read = told(
            "order_confirmation",
            json!({
                "order.number": "10482", "order.discount": null, "order.total": {"amount": "154.50", "currency": "EUR"},
                "lines": [{"name": "Linen shirt", "quantity": 2, "total": {"amount": "79.80", "currency": "EUR"}}],
            }),
        );
        let read = read.expect("variables");
        let euro = Currency::parse("EUR").expect("a currency");
        assert_eq!(read.get("order.total"), Some(&Value::Money(Money::new(15_450, euro))));
        assert_eq!(read.get("order.discount"), None);
        assert!(matches!(read.get("lines"), Some(Value::List(lines)) if lines[0].get("quantity") == Some(&Value::Number(2))));
        let read = told("order_shipped", json!({ "order.number": "1", "parcel.url": "https://carrier.example/?id=1" }));
        assert!(matches!(read.expect("variables").get("parcel.url"), Some(Value::Url(_))));
        let read = told("own_x", json!({ "coupon.expires": "2026-03-01", "products": [] }));
        assert!(matches!(read.expect("variables").get("coupon.expires"), Some(Value::Date(_))));
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (values, place) in [
            (json!({ "order.nummer": "1" }), "order.nummer"),
            (json!({ "customer.name": "Ana" }), "customer.name"),
            (json!({ "order.number": 1 }), "order.number"),
            (json!({ "order.number": "a\u{0}" }), "order.number"),
            (json!({ "order.number": "x".repeat(TEXT_MAX + 1) }), "order.number"),
            (json!({ "order.total": 12 }), "order.total"),
            (json!({ "order.total": {"amount": "1,5", "currency": "EUR"} }), "order.total"),
            (json!({ "lines": {} }), "lines"),
            (json!({ "lines": [1] }), "lines"),
            (json!({ "lines": [{"name": "a", "quantity": 1.5}] }), "lines[0].quantity"),
            (json!({ "lines": [{"name": "a", "quantity": 1}, {"quantity": 1}] }), "lines[1].name"),
            (json!({ "lines": vec![json!({"name": "a", "quantity": 1}); THINGS_MAX + 1] }), "lines"),
        ] {
            assert_eq!(told("order_confirmation", values.clone()).expect_err("wrong").0, place, "{values}");
        }
        for url in ["javascript:alert(1)", "shop.example", "https://a b", ""] {
            assert_eq!(told("order_shipped", json!({ "parcel.url": url })).expect_err("wrong").0, "parcel.url", "{url}");
        }
        assert_eq!(told("own_x", json!({ "coupon.expires": "tomorrow" })).expect_err("wrong").0, "coupon.expires");
    }

    #[test]
    fn what_the_occasion_always_has_must_be_told() {
        let none = Variables::new();
        assert_eq!(lacking("order_shipped", &none, &[]), ["order.number"]);
        assert_eq!(lacking("order_shipped", &none, &["parcel.carrier".into()]), ["order.number", "parcel.carrier"]);
        assert_eq!(lacking("own_x", &none, &["coupon.code".into(), "customer.name".into()]), ["coupon.code"]);
        let told = Variables::new().having("order.number", " ");
        assert_eq!(lacking("order_shipped", &told, &[]), ["order.number"], "nothing is as if it were missing");
    }
}
