//! What people are told, in each language.

use super::super::catalogue::Catalogue;
use super::super::check::check;
use super::super::{Field, TemplateError};
use super::*;
use crate::base::i18n::by_code;

/// What is wrong with a body first.
fn first(body: &str) -> TemplateError {
    let mut found = check(Field::Body, body, &Catalogue::of("campaign"));
    assert!(!found.errors.is_empty(), "{body}");
    found.errors.swap_remove(0)
}

/// Bodies that cannot be read, with the key and place of what is said, and a part of it in German.
const UNREADABLE: &[(&str, &str, u32, u32, &str)] = &[
    // Forgotten braces.
    ("<p>\n{{ customer.name </p>", "syntax_variable", 2, 1, "nie geschlossen"),
    ("<p>{{ customer.name", "syntax_variable", 1, 4, "nie geschlossen"),
    ("<p>{{", "syntax_variable", 1, 4, "nie geschlossen"),
    ("{{ customer.name <b>x</b> {{ shop.name }}", "syntax_variable", 1, 1, "nie geschlossen"),
    ("a {% if customer.points <p>x</p>{% endif %}", "syntax_tag", 1, 3, "%}"),
    ("{% for p in products", "syntax_tag", 1, 1, "%}"),
    ("{{ customer.name }</p>", "syntax_expected", 1, 18, "„}“"),
    ("{# note", "comment", 1, 1, "Kommentar"),
    // Blocks that do not fit.
    ("<p>a</p>\n{% if customer.name %}x", "syntax_block", 2, 1, "„endif“"),
    ("{% if customer.name %}{% for p in products %}x{% endfor %}", "syntax_block", 1, 1, "„endif“"),
    ("{% for p in products %}x", "syntax_block", 1, 1, "„endfor“"),
    ("{% endif %}", "syntax_end_alone", 1, 4, "„endif“"),
    ("{% else %}", "syntax_end_alone", 1, 4, "„else“"),
    ("{% if customer.name %}{% for p in products %}{% endif %}", "syntax_wrong_end", 1, 49, "„for“"),
    ("{% iff customer.name %}x{% endif %}", "no_such_block", 1, 4, "„iff“"),
    ("{% block x %}{% endblock %}", "no_such_block", 1, 4, "„block“"),
    ("{% 5 %}", "syntax_no_word", 1, 4, "„5“"),
    ("{% %}", "syntax_empty", 1, 4, "steht noch nichts"),
    ("{% raw %}a", "no_such_block", 1, 11, "„raw“"),
    ("{% do 5 %}", "no_such_block", 1, 7, "„do“"),
    ("{% set loop = 1 %}", "syntax_reserved", 1, 8, "„loop“"),
    // Values.
    ("{% if %}\n<p>a</p>\n{% endif %}", "syntax_condition", 1, 7, "Bedingung ist noch leer"),
    ("{%- if -%}a{% endif %}", "syntax_condition", 1, 8, "Bedingung ist noch leer"),
    ("{% if customer.name %}a{% elif %}b{% endif %}", "syntax_condition", 1, 32, "Bedingung ist noch leer"),
    ("{{ }}", "syntax_empty", 1, 4, "steht noch nichts"),
    ("{% if customer.points > %}a{% endif %}", "syntax_unfinished", 1, 25, "„%}“"),
    ("{{ customer.name | }}", "syntax_name", 1, 20, "Name"),
    ("{{ customer. }}", "syntax_name", 1, 14, "Name"),
    ("{{ * }}", "syntax_value", 1, 4, "„*“"),
    ("{{ customer first_name }}", "syntax_expected", 1, 13, "„first_name“"),
    ("{% for p products %}a{% endfor %}", "syntax_expected", 1, 10, "„in“"),
    ("{{ customer.name | default(\"a\" }}", "syntax_expected", 1, 32, "„,“"),
    ("{% set x 5 %}", "syntax_expected", 1, 10, "„=“"),
    // What other languages write.
    ("{% if customer.tier = \"gold\" %}a{% endif %}", "syntax_equals", 1, 21, "„==“"),
    ("{% if customer.tier && shop.name %}a{% endif %}", "syntax_instead", 1, 21, "„and“"),
    ("{% if customer.tier || shop.name %}a{% endif %}", "syntax_instead", 1, 22, "„or“"),
    ("{% if !customer.tier %}a{% endif %}", "syntax_instead", 1, 7, "„not“"),
    ("{{ customer.name | default(„du“) }}", "syntax_quotes", 1, 28, "gerade"),
    ("{{ customer.name | default(“you”) }}", "syntax_quotes", 1, 28, "gerade"),
    ("{{ customer§name }}", "syntax_character", 1, 12, "„§“"),
    // Texts and numbers.
    ("{{ customer.name | default(\"du) }}", "syntax_text", 1, 28, "Anführungszeichen"),
    ("{{ \"a\\u12\" }}", "syntax_escape", 1, 6, "Rückstrich"),
    ("{{ 1_ }}", "syntax_number", 1, 6, "Zahl"),
    ("{{ customer.name | truncate(length=3, 4) }}", "syntax_named", 1, 39, "Namen"),
];

#[test]
fn what_cannot_be_read_is_said_at_its_place_in_each_language() {
    for (body, key, line, column, german) in UNREADABLE {
        let error = first(body);
        let said = error.message.split('\u{1f}').next().unwrap_or_default();
        assert_eq!((said.trim_start_matches("templates.error."), error.line, error.column), (*key, *line, *column), "{body}");
        for code in ["de", "en"] {
            let text = by_code(code).dynamic(&error.message);
            assert!(!text.contains("unexpected") && !text.contains("templates.error"), "{body}: {text}");
            assert!(!["{name}", "{found}", "{expected}", "{sign}"].iter().any(|place| text.contains(place)), "{body}: {text}");
        }
        let text = by_code("de").dynamic(&error.message);
        assert!(text.contains(german), "{body}: {text}");
    }
}

#[test]
fn what_was_meant_is_offered() {
    assert_eq!(first("{% iff customer.name %}a{% endif %}").suggestion.as_deref(), Some("if"));
    assert_eq!(first("{% if customer.name %}a{% elsif shop.name %}b{% endif %}").suggestion.as_deref(), Some("elif"));
    assert_eq!(first("{% if customer.name %}a{% endi %}").suggestion.as_deref(), Some("endif"));
    assert_eq!(first("{% endif %}").suggestion, None);
}

#[test]
fn what_nobody_foresaw_is_quoted() {
    let error = Error::new(ErrorKind::SyntaxError, "something \u{1f}new\nin minijinja");
    let told = unreadable("{{ a }}", &error);
    let text = by_code("de").dynamic(&told.message);
    assert!(text.contains("„something  new in minijinja“") && text.contains("nicht lesen"), "{text}");
}

#[test]
fn every_kind_of_failure_has_words_of_ours() {
    use ErrorKind::*;
    let kinds = [
        NonPrimitive,
        NonKey,
        InvalidOperation,
        SyntaxError,
        TemplateNotFound,
        TooManyArguments,
        MissingArgument,
        UnknownFilter,
        UnknownTest,
        UnknownFunction,
        UnknownMethod,
        BadEscape,
        UndefinedError,
        BadSerialization,
        BadInclude,
        EvalBlock,
        CannotUnpack,
        WriteFailure,
        OutOfFuel,
        InvalidDelimiter,
    ];
    for kind in kinds {
        for error in [Error::from(kind), Error::new(kind, "filter shout is unknown")] {
            let (german, english) = (by_code("de").dynamic(&unfillable(&error)), by_code("en").dynamic(&unfillable(&error)));
            assert!(!german.contains('{') && german != english && !german.starts_with("templates."), "{kind:?}: {german}");
        }
    }
    let told = |kind, detail: &'static str| by_code("en").dynamic(&unfillable(&Error::new(kind, detail)));
    assert_eq!(told(UnknownFilter, "filter shout is unknown"), "There is no filter “shout”.");
    assert!(told(InvalidOperation, "tried to use + operator on unsupported types number and string").contains("“+”"));
    assert!(told(InvalidOperation, "unable to calculate 1 / 0").contains("“/”"));
    assert!(told(InvalidOperation, "cannot convert map to i64").contains("“cannot convert map to i64”"));
}

#[test]
fn no_source_is_too_strange() {
    for body in
        ["{", "{%", "{{ '", "{{ \"\\", "{#", "{% if", "}}", "%}", "{% \u{1f} %}", "{{ é", "{% ü %}", "{{ <é }}", "{% endé %}"]
    {
        let found = check(Field::Body, body, &Catalogue::of("campaign"));
        for error in found.errors {
            assert!(error.line == 1 && error.column >= 1, "{body}");
        }
    }
}
