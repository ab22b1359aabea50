//! Why a search finds a customer: what of the name and the email it found, and what else it found of what the row does not show.

use crate::base::text::Span;
#[cfg(feature = "ssr")]
use crate::base::text::{find_spans, normalise};
#[cfg(feature = "ssr")]
use crate::customers::index::Search;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What a search found of a customer; nothing where nothing is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Parts of the name, as it is shown.
    pub name: Vec<Span>,
    /// Parts of the email.
    pub email: Vec<Span>,
    /// The rest of the search, where name and email are not all of it.
    pub why: Option<Why>,
}

/// An identifier that a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Company(String),
    Phone(String),
    Account(String),
    Order(String),
    Card(String),
    Tag(String),
}

impl Why {
    /// The key of its sentence, with the placeholder `{value}`.
    #[must_use]
    pub fn label_key(&self) -> &'static str {
        match self {
            Self::Company(_) => "list.why.company",
            Self::Phone(_) => "list.why.phone",
            Self::Account(_) => "list.why.account",
            Self::Order(_) => "list.why.order",
            Self::Card(_) => "list.why.card",
            Self::Tag(_) => "list.why.tag",
        }
    }

    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Company(value)
            | Self::Phone(value)
            | Self::Account(value)
            | Self::Order(value)
            | Self::Card(value)
            | Self::Tag(value) => value,
        }
    }
}

/// What of a customer a search looks at.
#[cfg(feature = "ssr")]
pub(super) struct Searched<'a> {
    /// As it is shown.
    pub name: &'a str,
    pub company: &'a str,
    pub email: &'a str,
    pub phone: &'a str,
    /// Digits with the country's code.
    pub phone_key: &'a str,
    pub account_number: &'a str,
    pub tags: Vec<&'a str>,
}

/// What the search found, and whether something of it is not in any of these texts: it is in the number of an order or a card
/// then.
#[cfg(feature = "ssr")]
pub(super) fn explain(search: &Search, searched: &Searched) -> (Hit, bool) {
    let terms = search.terms();
    let (name_key, email_key) = (normalise(searched.name), normalise(searched.email));
    let hit = Hit { name: find_spans(searched.name, terms), email: find_spans(searched.email, terms), why: None };
    let unseen: Vec<&String> = terms.iter().filter(|term| !name_key.contains(*term) && !email_key.contains(*term)).collect();
    if unseen.is_empty() {
        return (hit, false);
    }
    let has = |text: &str| {
        let key = normalise(text);
        unseen.iter().any(|term| key.contains(*term))
    };
    let has_digits = |term: &String| searched.phone_key.contains(term.as_str());
    let phone = search.phones().iter().any(has_digits) || unseen.iter().any(|term| has_digits(term));
    let tag = || searched.tags.iter().find(|tag| has(tag)).map(|tag| Why::Tag((*tag).to_owned()));
    let why = if phone {
        Some(Why::Phone(searched.phone.to_owned()))
    } else if has(searched.account_number) {
        Some(Why::Account(searched.account_number.to_owned()))
    } else if has(searched.company) {
        Some(Why::Company(searched.company.to_owned()))
    } else {
        tag()
    };
    let order = why.is_none();
    (Hit { why, ..hit }, order)
}

/// A text with what was found of it marked.
pub fn marked(text: &str, spans: &[Span]) -> AnyView {
    if spans.is_empty() {
        return text.to_owned().into_any();
    }
    let mut parts = Vec::with_capacity(spans.len() * 2 + 1);
    let mut plain_from = 0;
    for (from, to) in spans.iter().map(|(from, to)| (*from as usize, *to as usize)) {
        // Spans come over the wire: one that fits no character is passed over.
        let (Some(plain), Some(found)) = (text.get(plain_from..from), text.get(from..to)) else { continue };
        parts.push(plain.to_owned().into_any());
        parts.push(view! { <mark>{found.to_owned()}</mark> }.into_any());
        plain_from = to;
    }
    parts.push(text.get(plain_from..).unwrap_or_default().to_owned().into_any());
    parts.into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn why(search: &str) -> (Option<Why>, bool) {
        let searched = Searched {
            name: "Zoë Selinini",
            company: "Straße & Co",
            email: "zoe@shop.example",
            phone: "+43 660 123",
            phone_key: "43660123",
            account_number: "KD-7",
            tags: vec!["gift", "Vinyl"],
        };
        let (hit, order) = explain(&Search::parse(search), &searched);
        (hit.why, order)
    }

    #[test]
    fn what_is_seen_needs_no_reason() {
        for search in ["zoe", "ZOË sel", "shop.example", "sel @shop"] {
            assert_eq!(why(search), (None, false), "{search}");
        }
    }

    #[test]
    fn what_is_not_seen_is_named() {
        let text = |text: &str| text.to_owned();
        assert_eq!(why("0660 123").0, Some(Why::Phone(text("+43 660 123"))));
        assert_eq!(why("kd-7").0, Some(Why::Account(text("KD-7"))));
        assert_eq!(why("strasse").0, Some(Why::Company(text("Straße & Co"))));
        assert_eq!(why("zoe viny").0, Some(Why::Tag(text("Vinyl"))));
        assert_eq!(why("10042"), (None, true));
    }
}
