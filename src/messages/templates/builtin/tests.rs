//! Every built-in template compiles, fills from its samples, and says the same in each language.

use super::super::catalogue::Catalogue;
use super::super::{Purpose, Template, Value, Variables};
use super::*;
use crate::base::Currency;
use crate::base::i18n::by_code;
use crate::messages::suppression::Topic;
use crate::office::outbox::advertising::topic_of;
use std::sync::Arc;

#[test]
fn every_template_fills_with_its_samples_and_with_next_to_nothing() {
    for name in NAMES {
        for locale in ["en", "de"] {
            let source = find(name, locale).expect("a template");
            let template = match Template::compile(&source, by_code(locale)) {
                Ok(template) => template,
                Err(errors) => {
                    panic!("{locale}/{name}: {}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
                }
            };
            let samples = Arc::new(Catalogue::of(name).samples(Currency::USD));
            let mail = template.render(&samples).unwrap_or_else(|error| panic!("{locale}/{name}: {error}"));
            assert!(!mail.subject.is_empty() && mail.html.contains("Clientele") && mail.text.contains("Clientele"), "{name}");
            for mark in ["{{", "{%", "zqv", "%body%", "\u{1f}"] {
                assert!(!mail.html.contains(mark) && !mail.text.contains(mark), "{locale}/{name} has {mark}: {}", mail.text);
            }
            assert_eq!(template.missing(&samples), Vec::<String>::new());
            let bare = Variables::new().having("links.unsubscribe", Value::Url("https://shop.example/u".into()));
            template.render(&Arc::new(bare)).unwrap_or_else(|error| panic!("{locale}/{name}: {error}"));
            assert_eq!(mail.html.contains("https://shop.example/unsubscribe"), source.purpose == Purpose::Marketing, "{name}");
            assert_eq!(mail.text.contains("https://shop.example/unsubscribe"), source.purpose == Purpose::Marketing, "{name}");
        }
    }
}

#[test]
fn languages_have_the_same_templates() {
    for name in NAMES {
        let (english, german) = (find(name, "en").expect("English"), find(name, "de").expect("German"));
        assert_ne!(english.body, german.body, "{name}");
        assert_eq!((english.purpose, english.layout), (german.purpose, german.layout), "{name}");
    }
    assert!(find("nothing", "en").is_none());
}

#[test]
fn what_advertises_has_a_topic() {
    for name in NAMES {
        let purpose = find(name, "en").map(|source| source.purpose);
        assert_eq!(topic_of(name).is_some(), purpose == Some(Purpose::Marketing), "{name}");
        assert!(topic_of(name).is_none_or(|topic| Topic::parse(topic).is_some()), "{name}");
    }
    assert!(topic_of("own_abc").is_some() && topic_of("campaign_test").is_none());
}
