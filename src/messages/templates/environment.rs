//! The sandbox that templates run in: few filters, no functions, bounded work and output.

use crate::base::i18n::Lang;
use minijinja::value::Rest;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, UndefinedBehavior, Value, filters, tests};

/// How much a template may do for one mail: instructions, and 64 bytes of text for each. A mail of 100 products takes about 20,000,
/// and what it may write at most is 8 MB.
const FUEL: u64 = 125_000;
/// Blocks within blocks.
const DEPTH: usize = 40;

/// The filters that there are, for checks and completion.
pub const FILTERS: &[&str] =
    &["capitalize", "default", "first", "join", "last", "length", "lower", "title", "trim", "truncate", "upper", "urlencode"];
/// What may stand after `is`.
pub const TESTS: &[&str] = &["defined", "divisibleby", "even", "odd", "undefined"];

/// The sandbox for mails in a language; `html`: what is filled in is escaped.
pub fn sandbox(lang: Lang, html: bool) -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(DEPTH);
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_auto_escape_callback(move |_| if html { AutoEscape::Html } else { AutoEscape::None });
    env.set_formatter(move |out, _, value| {
        let text = match value.as_i64() {
            _ if value.is_none() || value.is_undefined() => return Ok(()),
            Some(number) if value.is_integer() => lang.integer(number),
            _ => value.to_string(),
        };
        let written = if html { write_escaped(out, &text) } else { out.write_str(&text) };
        written.map_err(|_| Error::from(ErrorKind::WriteFailure))
    });
    env.add_filter("capitalize", filters::capitalize);
    env.add_filter("default", or_else);
    env.add_filter("first", filters::first);
    env.add_filter("join", filters::join);
    env.add_filter("last", filters::last);
    env.add_filter("length", filters::length);
    env.add_filter("lower", filters::lower);
    env.add_filter("title", filters::title);
    env.add_filter("trim", filters::trim);
    env.add_filter("truncate", truncate);
    env.add_filter("upper", filters::upper);
    env.add_filter("urlencode", urlencode);
    env.add_test("defined", tests::is_defined);
    env.add_test("divisibleby", tests::is_divisibleby);
    env.add_test("even", tests::is_even);
    env.add_test("odd", tests::is_odd);
    env.add_test("undefined", tests::is_undefined);
    env
}

/// Writes text into HTML, into an attribute too. Whatever it is: no filter here makes markup.
fn write_escaped(out: &mut Output<'_>, text: &str) -> std::fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    out.write_str(rest)
}

/// `x | default("there")`: also for what is empty.
fn or_else(value: Value, other: Option<Value>) -> Value {
    let is_empty = value.is_undefined() || value.is_none() || value.as_str().is_some_and(|text| text.trim().is_empty());
    if is_empty { other.unwrap_or_else(|| Value::from("")) } else { value }
}

/// `x | truncate(20)`: at most so many characters, the last of them `…` where something was cut off.
fn truncate(value: &str, length: Option<usize>, rest: Rest<Value>) -> Result<String, Error> {
    if !rest.is_empty() {
        return Err(Error::from(ErrorKind::TooManyArguments));
    }
    let length = length.unwrap_or(80);
    if value.chars().count() <= length {
        return Ok(value.to_owned());
    }
    let cut: String = value.chars().take(length.saturating_sub(1)).collect();
    Ok(format!("{}…", cut.trim_end()))
}

/// For a value within an address: what is no letter or digit is written as `%20`.
fn urlencode(value: &Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
