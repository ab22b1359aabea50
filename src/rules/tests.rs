//! The language as text: the manual's examples, round trips, errors, completion, and that no text whatever does harm.

use super::*;
use crate::base::{Currency, Day};
use proptest::prelude::*;
use random::any_rules;

mod language {
    pub use crate::base::Day;
    pub use crate::rules::*;
}

#[path = "../../tests/support/rules.rs"]
mod random;

const USD: Currency = Currency::USD;

fn read(text: &str) -> Rule {
    parse(text, USD).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn printed(text: &str) -> String {
    print(&read(text), USD)
}

/// The place, message and suggestion of the error.
fn wrong(text: &str) -> (String, String, Option<String>) {
    let error = parse(text, USD).expect_err(text);
    let message = error.message.split('\u{1f}').next().unwrap_or_default().to_owned();
    (text[error.from..error.to].to_owned(), message, error.suggestion)
}

/// The manual's examples are those that are tested here: each is read, and reads the same when it is printed.
#[test]
fn the_examples_of_the_manual_are_read() {
    let manual = include_str!("../../docs/rules.md");
    let examples = manual.split("```rule\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(rule, _)| rule.trim());
    let mut count = 0;
    for example in examples {
        let rule = read(example);
        assert_eq!(read(&print(&rule, USD)), rule, "{example}");
        count += 1;
    }
    assert!(count >= 20, "{count} examples");
}

#[test]
fn what_is_printed_is_what_people_write() {
    for text in [
        "total_spent > 1000 and last_order within 90 days",
        "last_order month in (november, december) and any order (total > 100) and tag = gift",
        "not consent.email or email ends with \".edu\"",
        "bought product \"Blue T-Shirt\" at least 2 times within 1 year",
        "country = DE and city in (Berlin, \"Frankfurt am Main\")",
        "none of events (view) within 30 days",
        "tag none of (gift, vip) and country = DE",
        "any order (total > 100 and placed month = november)",
        "not consent.email and points > 500",
        "custom.size = XL and custom.\"shoe size\" is unset",
        "orders != 3 and total_spent >= 10.50 and points between 1 and 5",
        "last_order is unset or last_order before 30 days ago",
        "birthday is today or birthday in next 7 days or birthday on 1980-02-29",
        "(orders = 1 or orders = 2) and not (blocked or email_confirmed = no)",
        "segment = #12 and branch is unset and tag all of (a, b)",
        "at least 2 orders (payment in (paid, refunded) and product != #7)",
        "registered since 2026-01-01 and first_order until yesterday and last_order between 2 months ago and today",
        "email_domain not in (gmail.com, gmx.de) and company is set and name not contains test",
        "all (everyone) or any (nobody)",
        "never bought category \"Gift cards\"",
    ] {
        assert_eq!(printed(text), text);
    }
}

#[test]
fn other_ways_to_write_it_mean_the_same() {
    for (other, text) in [
        ("", "everyone"),
        ("SPENT > USD 1_000", "total_spent > 1000"),
        ("spent > 1000 usd", "total_spent > 1000"),
        ("spent more than 1000", "total_spent > 1000"),
        ("orders at least 2", "orders >= 2"),
        ("orders ≠ 2", "orders != 2"),
        ("not (consent.email) or email endswith \".edu\"", "not consent.email or email ends with \".edu\""),
        ("consent.email = yes and blocked != true", "consent.email and blocked = no"),
        ("none of event(view) within 30 days", "none of events (view) within 30 days"),
        ("event (view and at within 30 days)", "any event (view) within 30 days"),
        ("orders (total > 5) and orders > 5", "any order (total > 5) and orders > 5"),
        ("no order () within 1 year", "none of orders (placed within 1 year)"),
        ("last_order never", "last_order is unset"),
        ("last_order not within 90 days", "not last_order within 90 days"),
        ("last_order within the last 3 months", "last_order within 3 months"),
        ("last_order more than 30 days ago", "last_order before 30 days ago"),
        ("last_order < 2026-01-01 and last_order > 2025-12-01", "last_order before 2026-01-01 and last_order after 2025-12-01"),
        ("last_order month in (11, Dec)", "last_order month in (november, december)"),
        ("birthday = today", "birthday is today"),
        ("tag in (gift)", "tag = gift"),
        ("tag any of (“gift”, vip)", "tag in (gift, vip)"),
        ("country not in (de)", "country != de"),
        ("none (blocked, points = 3)", "not (blocked or points = 3)"),
        ("bought product in (a, b) exactly once", "bought product in (a, b) exactly 1 time"),
        ("a_and_b".replace("a_and_b", "all (blocked, active)").as_str(), "blocked and active"),
    ] {
        assert_eq!(printed(other), text, "{other}");
    }
}

#[test]
fn and_binds_tighter_than_or_and_not_tightest() {
    let flag = |field| Rule::flag(field, true);
    let (a, b, c) = (flag(FlagField::Blocked), flag(FlagField::Active), flag(FlagField::EmailConfirmed));
    assert_eq!(
        read("blocked or active and not email_confirmed"),
        Rule::Any(vec![a.clone(), Rule::All(vec![b.clone(), !c.clone()])])
    );
    assert_eq!(read("(blocked or active) and email_confirmed"), Rule::All(vec![Rule::Any(vec![a, b]), c]));
}

#[test]
fn errors_say_where_what_and_what_was_meant() {
    let expect = |text: &str, place: &str, message: &str, suggestion: Option<&str>| {
        assert_eq!(wrong(text), (place.to_owned(), message.to_owned(), suggestion.map(str::to_owned)), "{text}");
    };
    expect("totl_spent > 5", "totl_spent", "rules.error.unknown_field", Some("total_spent"));
    expect("last_ordr within 5 days", "last_ordr", "rules.error.unknown_field", Some("last_order"));
    expect("any order (totla > 5)", "totla", "rules.error.unknown_field", Some("total"));
    expect("any event (veiw)", "veiw", "rules.error.unknown_event", Some("view"));
    expect("any order (payment = payed)", "payed", "rules.error.unknown_value", Some("paid"));
    expect("source = imprt", "imprt", "rules.error.unknown_value", Some("import"));
    expect("country = Germany", "Germany", "rules.error.unknown_country", None);
    expect("last_order month = novembre", "novembre", "rules.error.month", Some("november"));
    expect("total_spent > ", "", "rules.error.amount", None);
    expect("total_spent > much", "much", "rules.error.amount", None);
    expect("total_spent > 100 EUR", "EUR", "rules.error.currency", None);
    expect("total_spent > EUR 100", "EUR", "rules.error.currency", None);
    expect("total_spent > 10.005", "10.005", "rules.error.decimals", None);
    expect("total_spent > 1,000", ",", "rules.error.thousands", None);
    expect("total_spent > 99999999999999999999", "99999999999999999999", "rules.error.too_great", None);
    expect("orders > 1.5", "1.5", "rules.error.decimals", None);
    expect("orders", "", "rules.error.number_operator", None);
    expect("orders between 1 or 2", "or", "rules.error.between", None);
    expect("last_order within 90", "", "rules.error.unit", None);
    expect("last_order before 90 days", "", "rules.error.ago", None);
    expect("last_order before 2026-02-30", "2026-02-30", "rules.error.day", None);
    expect("city =", "", "rules.error.value", None);
    expect("city = and blocked", "and", "rules.error.value", None);
    expect("city like x", "like", "rules.error.text_operator", None);
    expect("tag has x", "has", "rules.error.set_operator", None);
    expect("tag in gift", "gift", "rules.error.open", None);
    expect("(blocked", "", "rules.error.close", None);
    expect("blocked)", ")", "rules.error.end", None);
    expect("blocked active", "active", "rules.error.end", None);
    expect("blocked and", "", "rules.error.condition", None);
    expect("city = \"Berlin", "\"Berlin", "rules.error.quote", None);
    expect("city = {x}", "{", "rules.error.character", None);
    expect("blocked = maybe", "maybe", "rules.error.yes_no", None);
    expect("at least 2 things", "things", "rules.error.orders_or_events", None);
    expect("bought shoes", "shoes", "rules.error.goods", None);
}

#[test]
fn what_is_too_large_is_refused() {
    let message = |text: &str| wrong(text).1;
    assert_eq!(message(&format!("{}blocked{}", "(".repeat(40), ")".repeat(40))), "rules.too_deep");
    assert_eq!(message(&format!("{}blocked", "not ".repeat(20))), "rules.too_deep");
    assert_eq!(message(&"(".repeat(100_000)), "rules.too_deep");
    assert_eq!(message(&"not ".repeat(100_000)), "rules.too_deep");
    assert_eq!(message(&vec!["blocked"; 501].join(" or ")), "rules.too_many_conditions");
    assert_eq!(message(&format!("tag in ({})", vec!["a"; 1_001].join(", "))), "rules.too_many_values");
    assert_eq!(message(&format!("city = {}", "a".repeat(501))), "rules.too_long_a_value");
    assert_eq!(message(&"x".repeat(MAX_TEXT + 1)), "rules.error.too_long");
    assert_eq!(print(&read(&format!("{}blocked{}", "(".repeat(30), ")".repeat(30))), USD), "blocked");
}

fn completed(text: &str) -> (Completion, Vec<String>) {
    let at = text.find('|').unwrap_or(text.len());
    let completion = complete(&text.replacen('|', "", 1), at, USD);
    let words = completion.words.iter().map(|word| word.text.clone()).collect();
    (completion, words)
}

#[test]
fn completion_offers_what_may_come() {
    let words = |text: &str| completed(text).1;
    assert!(words("").contains(&"total_spent".to_owned()) && words("").contains(&"not".to_owned()));
    assert_eq!(words("total_|"), ["total_spent"]);
    assert_eq!(words("blocked an|"), ["and"]);
    assert!(words("blocked ").contains(&"or".to_owned()));
    assert!(words("total_spent ").contains(&">=".to_owned()) && words("total_spent ").contains(&"between".to_owned()));
    assert!(words("city ").contains(&"contains".to_owned()) && words("city starts ").contains(&"with".to_owned()));
    assert!(words("last_order ").contains(&"within".to_owned()) && words("last_order within 3 ").contains(&"months".to_owned()));
    assert_eq!(words("last_order month in (nov|"), ["november"]);
    assert!(words("any order (").contains(&"payment".to_owned()) && words("none of event (").contains(&"view".to_owned()));
    assert_eq!(words("any order (payment = pa|"), ["paid", "part_refunded"]);
    assert!(words("last_order before 30 days ").contains(&"ago".to_owned()));
    assert_eq!(words("blocked nonsense more ").len(), 0);
}

#[test]
fn completion_says_where_values_come_from() {
    use fields::{Measure, Values};
    let values = |text: &str| completed(text).0.values;
    assert_eq!(values("tag = "), Some(Values::Tags));
    assert_eq!(values("tag in (gift, v|"), Some(Values::Tags));
    assert_eq!(values("bought product \"Blue T|"), Some(Values::Products));
    assert_eq!(values("country = "), Some(Values::Countries));
    assert_eq!(values("custom."), Some(Values::CustomFields));
    assert_eq!(values("custom.si|"), Some(Values::CustomFields));
    let (size, _) = completed("custom.size = x|");
    assert_eq!((size.values, size.custom_field.as_deref()), (Some(Values::CustomValues), Some("size")));
    assert_eq!(completed("total_spent > ").0.number, Some(Measure::Money));
    assert!(completed("last_order before ").0.day);
    let (typed, _) = completed("tag = \"Blue T| and blocked");
    assert_eq!((typed.from, typed.typed.as_str()), (6, "Blue T"));
    let (typed, _) = completed("city = Ber|lin and blocked");
    assert_eq!((typed.from, typed.to, typed.typed.as_str()), (7, 13, "Ber"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_back(rule in any_rules()) {
        let text = print(&rule, USD);
        prop_assert_eq!(parse(&text, USD), Ok(rule), "{}", text);
    }

    #[test]
    fn other_currencies_read_back(rule in any_rules(), code in prop::sample::select(vec!["JPY", "KWD", "EUR"])) {
        let currency = Currency::parse(code).unwrap();
        prop_assert_eq!(parse(&print(&rule, currency), currency), Ok(rule));
    }

    #[test]
    fn no_text_does_harm(text in "\\PC{0,60}", at in 0..80_usize) {
        let read = parse(&text, USD);
        if let Err(error) = &read {
            prop_assert!(text.get(error.from..error.to).is_some());
        }
        if let Ok(rule) = read {
            prop_assert_eq!(parse(&print(&rule, USD), USD), Ok(rule));
        }
        let _ = complete(&text, at, USD);
    }

    /// Texts that are nearly right, cut and joined anywhere.
    #[test]
    fn no_nearly_right_text_does_harm(one in any_rules(), other in any_rules(), cut in 0..200_usize, from in 0..200_usize, at in 0..300_usize) {
        let (one, other) = (print(&one, USD), print(&other, USD));
        let text: String = one.chars().take(cut).chain(other.chars().skip(from)).collect();
        if let Ok(rule) = parse(&text, USD) {
            prop_assert_eq!(parse(&print(&rule, USD), USD), Ok(rule), "{}", text);
        }
        let completion = complete(&text, at, USD);
        prop_assert!(text.get(completion.from..completion.to).is_some());
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    let today = Day::parse("2026-11-26").unwrap();
    let passes = |text: &str, day: &str| match read(text) {
        Rule::Is(Condition::Day { test, .. }) => test.passes(Day::parse(day).unwrap(), today),
        other => panic!("{other:?}"),
    };
    assert!(passes("last_order within 90 days", "2026-08-28") && !passes("last_order within 90 days", "2026-08-27"));
    assert!(passes("last_order before 30 days ago", "2026-10-26") && !passes("last_order before 30 days ago", "2026-10-27"));
    assert!(passes("last_order month in (november, december)", "1999-12-31"));
    assert!(passes("birthday in next 7 days", "1980-12-03") && !passes("birthday in next 7 days", "1980-12-04"));
}

/// Every name and every error has a text.
#[test]
fn everything_has_words() {
    let texts: std::collections::BTreeMap<String, String> =
        serde_json::from_str(include_str!("../../locales/en.json")).expect("texts");
    let mut keys: Vec<String> = fields::Section::ALL.iter().map(|section| section.label_key().to_owned()).collect();
    keys.extend(
        ["", "any order (", "any event ("]
            .iter()
            .flat_map(|text| complete(text, text.len(), USD).words)
            .map(|word| word.label_key),
    );
    for source in [
        include_str!("parse/mod.rs"),
        include_str!("parse/conditions.rs"),
        include_str!("parse/days.rs"),
        include_str!("parse/values.rs"),
        include_str!("parse/lex.rs"),
        include_str!("limits.rs"),
    ] {
        keys.extend(
            source.split("\"rules.").skip(1).filter_map(|rest| rest.split_once('"')).map(|(key, _)| format!("rules.{key}")),
        );
    }
    let missing: Vec<&String> = keys.iter().filter(|key| !key.is_empty() && !texts.contains_key(*key)).collect();
    assert!(missing.is_empty() && keys.len() > 80, "{missing:?}");
}
