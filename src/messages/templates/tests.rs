//! What templates refuse, and that nothing gets around it.

use super::*;
use crate::base::i18n::{Lang, by_code};
use crate::base::{Currency, Day, Money};
use proptest::prelude::*;
use std::sync::Arc;

fn source(body: &str) -> Source {
    Source {
        subject_matter: "campaign".into(),
        purpose: Purpose::Marketing,
        layout: Layout::Card,
        subject: "Hello".into(),
        preheader: String::new(),
        body: body.into(),
        text: None,
    }
}

fn english() -> Lang {
    by_code("en")
}

fn ana() -> Variables {
    let link = Value::Url("https://shop.example/u?t=1&x=2".into());
    Variables::new().having("customer.first_name", "Ana").having("links.unsubscribe", link).having("shop.name", "Kontor & Söhne")
}

fn filled(body: &str, variables: Variables) -> RenderedMail {
    match Template::compile(&source(body), english()) {
        Ok(template) => template.render(&Arc::new(variables)).expect("a mail"),
        Err(errors) => panic!("{body}: {errors:?}"),
    }
}

/// Key, line, column and suggestion of the first error.
fn refused(body: &str) -> (String, u32, u32, Option<String>) {
    match Template::compile(&source(body), english()) {
        Ok(_) => panic!("{body} compiles"),
        Err(mut errors) => {
            let error = errors.swap_remove(0);
            let key = error.message.split('\u{1f}').next().unwrap_or_default().replace("templates.error.", "");
            (key, error.line, error.column, error.suggestion)
        }
    }
}

#[test]
fn mails_that_say_a_secret_tell_it_nobody_else() {
    let errors = |body: &str| {
        let source = Source { subject_matter: "gift_card".into(), purpose: Purpose::Service, ..source(body) };
        let errors = Template::compile(&source, english()).err().unwrap_or_default();
        errors.into_iter().map(|error| (error.message, error.line, error.column)).collect::<Vec<_>>()
    };
    let (picture, address) = ("templates.error.secret_picture".to_owned(), "templates.error.secret_address".to_owned());
    let by_address = "<p>{{ gift_card.code }}</p>\n<p><a href=\"https://x.example/?c={{ gift_card.code }}\">a</a></p>";
    assert_eq!(errors(by_address), [(address, 2, 34)]);
    let by_being_there = "{% if gift_card.code %}<p><IMG src=\"https://x.example/1\"></p>{% endif %}";
    assert_eq!(errors(by_being_there), [(picture, 1, 27)]);
    assert_eq!(errors("<p><a href=\"https://shop.example/\">{{ gift_card.code }}</a></p>"), []);
}

#[test]
fn values_are_escaped_and_written_as_the_language_does() {
    let body = "<p title=\"{{ customer.first_name }}\">{{ customer.first_name }} {{ customer.credit }} {{ customer.lastorder }} {{ customer.points }}</p>";
    let variables = ana()
        .having("customer.first_name", "<b>\"Ana\" & Bob</b>")
        .having("customer.credit", Money::new(123_450, Currency::parse("EUR").expect("a currency")))
        .having("customer.lastorder", Day::parse("2026-03-02").expect("a day"))
        .having("customer.points", 12_400);
    let template = Template::compile(&source(body), by_code("de")).expect("a template");
    let mail = template.render(&Arc::new(variables)).expect("a mail");
    let money = by_code("de").money(Money::new(123_450, Currency::parse("EUR").expect("a currency")));
    let expected = format!("&lt;b&gt;&quot;Ana&quot; &amp; Bob&lt;/b&gt; {money} 2. März 2026 12.400");
    assert!(mail.html.contains(&expected), "{}", mail.html);
    assert!(!mail.html.contains("<b>"));
    assert!(mail.text.starts_with("<b>\"Ana\" & Bob</b> 1.234,50"), "{}", mail.text);
}

#[test]
fn fallbacks_serve_what_is_missing_or_empty() {
    let body = "<p>Hello {{ customer.first_name | default(\"there\") }}!</p>";
    assert!(filled(body, ana()).text.starts_with("Hello Ana!"));
    assert!(filled(body, ana().having("customer.first_name", " ")).text.starts_with("Hello there!"));
    let template = Template::compile(
        &source("<p>{{ customer.name }} {{ customer.email }} {% if customer.tier %}{{ customer.tier }}{% endif %}</p>"),
        english(),
    );
    assert_eq!(template.expect("a template").missing(&ana()), ["customer.name"]);
}

#[test]
fn what_is_wrong_is_told_where_it_stands() {
    let say = |text: &str| Some(text.to_owned());
    assert_eq!(refused("<p>\n{{ customer.frist_name }}</p>"), ("no_such_variable".into(), 2, 4, say("customer.first_name")));
    assert_eq!(refused("<p>{{ customer.name | uper }}</p>"), ("no_such_filter".into(), 1, 23, say("upper")));
    assert_eq!(refused("<p>{{ customer.name | safe }}</p>").0, "no_such_filter");
    assert_eq!(refused("<p>{{ customer.name </p>").0, "syntax_variable");
    assert_eq!(refused("<p>{% if customer.name %}x</p>").0, "syntax_block");
    assert_eq!(refused("<p>{{ customer.name").0, "syntax_variable");
    assert_eq!(refused("{% for p in products %}{{ p.nam }}{% endfor %}"), ("no_such_variable".into(), 1, 27, say("p.name")));
    assert_eq!(refused("<p>{{ products }}</p>").0, "is_list");
    assert_eq!(refused("{% for p in customer.name %}{{ p }}{% endfor %}").0, "no_list");
    assert_eq!(refused("<p>{{ range(9) }}</p>").0, "no_functions");
    assert_eq!(refused("{% autoescape false %}{{ customer.name }}{% endautoescape %}").0, "no_such_block");
    assert_eq!(refused("{% raw %}{{ x }}{% endraw %}").0, "no_such_block");
    assert_eq!(refused("{% set x %}{{ customer.name }}{% endset %}{{ x }}").0, "no_such_block");
    assert_eq!(refused("<p>ok</p>\n<script>alert(1)</script>"), ("tag".into(), 2, 1, None));
    assert_eq!(refused("<style>p { color: red }</style>").0, "style_tag");
    assert_eq!(refused("<p onclick=\"x()\">a</p>"), ("attribute".into(), 1, 4, None));
    assert_eq!(refused("<a href=\"javascript:x()\">a</a>").0, "address");
    assert_eq!(refused("<a href=\"shop.example/x\">a</a>"), ("address".into(), 1, 10, say("https://shop.example/x")));
    assert_eq!(refused("<a href=\"{{ customer.name }}\">a</a>").0, "not_an_address");
    assert_eq!(refused("<a href=\"https://{{ customer.name }}\">a</a>").0, "address");
    assert_eq!(refused("<p style=\"position: fixed\">a</p>").0, "style");
    assert_eq!(refused("<p style=\"background: url(https://x.example/)\">a</p>").0, "style_value");
    assert_eq!(refused("<p style=\"color: {{ customer.name }}\">a</p>").0, "no_variable_here");
    assert_eq!(refused("<p>a"), ("not_closed".into(), 1, 1, say("</p>")));
    assert_eq!(refused("<p><b>a</p></b>"), ("wrong_end".into(), 1, 8, say("</b>")));
    assert_eq!(refused("{% if customer.name %}<div>{% endif %}</div>").0, "not_closed_in_block");
    assert_eq!(refused("{% if customer.name %}a</p>{% endif %}").0, "end_alone");
    assert_eq!(refused("<p {% if customer.name %}class=\"a\"{% endif %}>a</p>").0, "in_tag");
    assert_eq!(
        refused("<p>{% if customer.name %}<table><tbody><tr><td>a</td></tr></tbody></table>{% endif %}</p>").0,
        "rearranged"
    );
}

#[test]
fn braces_cannot_be_smuggled_in() {
    for body in [
        "<p>&#123;&#123; customer.name | safe }}</p>",
        "<p>&#123;{ 7 }}</p>",
        "<p>{<!-- -->{ 7 }}</p>",
        "<p title=\"&lbrace;&lbrace; 7 }}\">a</p>",
        "<p>{&zqv;</p>zqv0vqz",
        "<p>{{ customer.first_name }}</p><p>&#122;qv0vqz</p>",
    ] {
        assert!(Template::compile(&source(body), english()).is_err(), "{body}");
    }
    // Between tags they are text, also where plain text has no tags.
    let mail = filled("<p>{<b>{ 7 }</b>}</p>", ana());
    assert!(mail.text.contains("{ { 7 }"), "{}", mail.text);
}

#[test]
fn links_lead_where_they_say() {
    let body = "<a class=\"button\" href=\"https://shop.example/?n={{ customer.first_name }}&amp;m=1\">Go</a><a href=\"{{ shop.url | default('https://x.example') }}\">Shop</a>";
    let mail = filled(body, ana().having("customer.first_name", "A&b=\"/"));
    assert!(mail.html.contains("href=\"https://shop.example/?n=A%26b%3D%22%2F&amp;m=1\""), "{}", mail.html);
    assert!(mail.html.contains("href=\"https://x.example\""), "{}", mail.html);
    let evil = ana().having("shop.url", Value::Url("javascript:alert(1)".into()));
    assert!(!filled(body, evil).html.contains("javascript"));
}

#[test]
fn the_footer_is_always_there() {
    for layout in Layout::ALL {
        let template = Template::compile(&Source { layout, ..source("<p>a</p>") }, english()).expect("a template");
        let mail = template.render(&Arc::new(ana())).expect("a mail");
        assert!(mail.html.contains("href=\"https://shop.example/u?t=1&amp;x=2\""), "{}", mail.html);
        assert!(mail.html.contains("Kontor &amp; Söhne") && mail.text.contains("Unsubscribe: https://shop.example/u?t=1&x=2"));
        assert!(mail.html.contains("prefers-color-scheme: dark"), "the rules for the dark are kept");
        let error = template.render(&Arc::new(Variables::new())).expect_err("no link to unsubscribe");
        assert_eq!(error.message, "templates.error.no_unsubscribe");
    }
    let own = Source { text: Some("Hi {{ customer.first_name }}".into()), ..source("<p>a</p>") };
    let mail = render(&own, &Arc::new(ana()), english()).expect("a mail");
    assert!(mail.text.starts_with("Hi Ana\n\n-- \nKontor & Söhne\n") && mail.text.contains("Unsubscribe: "), "{}", mail.text);
}

#[test]
fn headers_are_one_line() {
    let subject = Source { subject: "Hi {{ customer.first_name }}".into(), ..source("<p>a</p>") };
    let mail = render(&subject, &Arc::new(ana().having("customer.first_name", "a\r\nBcc: b@c.example\u{0}")), english())
        .expect("a mail");
    assert_eq!(mail.subject, "Hi a Bcc: b@c.example");
}

#[test]
fn plain_text_reads_well() {
    let body = "<h1>Hi</h1>\n<p>A <b>bold</b> word.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n{% if customer.tier %}\n<p>Tier</p>\n{% endif %}\n\
                <table class=\"lines\">\n<tbody>\n{% for p in products %}\n<tr><td>{{ p.name }}</td><td>{{ p.price }}</td></tr>\n{% endfor %}\n</tbody>\n</table>\n\
                <p><a href=\"https://shop.example/\">Shop</a></p>";
    let item = |name: &str| Variables::new().having("name", name).having("price", Money::new(500, Currency::USD));
    let mail = filled(body, ana().having("products", Value::List(vec![item("Shirt"), item("Hat")])));
    let expected = "Hi\n\nA bold word.\n- one\n- two\n\nShirt $5.00\nHat $5.00\n\nShop: https://shop.example/\n\n-- \n";
    assert!(mail.text.starts_with(expected), "{:?}", mail.text);
}

#[test]
fn work_and_size_are_bounded() {
    let nested = |depth: usize| {
        let open: String = (0..depth).map(|n| format!("{{% for a{n} in \"{}\" %}}", "x".repeat(100))).collect();
        format!("{open}x{}", "{% endfor %}".repeat(depth))
    };
    // 10^9 steps, of a string that is no variable.
    let error = |body: &str| match Template::compile(&source(body), english()) {
        Ok(template) => template.render(&Arc::new(ana().having("products", many(10_000)))).expect_err("too much").message,
        Err(errors) => errors[0].message.clone(),
    };
    assert!(error(&nested(5)).starts_with("templates.error."));
    let loops = "{% for a in products %}{% for b in products %}{% for c in products %}x{% endfor %}{% endfor %}{% endfor %}";
    assert_eq!(error(loops), "templates.error.too_much_work");
    assert!(error(&"x".repeat(30_000_000)).starts_with("templates.error.too_long"));
    assert!(error(&"<div>".repeat(30_000)).starts_with("templates.error."));
    let within = |depth: usize| format!("{}x{}", "<div>".repeat(depth), "</div>".repeat(depth));
    assert!(error(&within(5_000)).starts_with("templates.error.too_deep"));
    assert!(error(&format!("{{% if customer.tier %}}{}{{% endif %}}", within(100))).starts_with("templates.error.too_deep"));
    assert!(Template::compile(&source(&within(100)), english()).is_ok());
    assert!(error("<p>{{ \"x\" * 1000000000 }}</p>").starts_with("templates.error."));
}

fn many(count: usize) -> Value {
    Value::List((0..count).map(|_| Variables::new().having("name", "x")).collect())
}

/// Pieces that templates are made of, and that attackers try.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("<p>".to_owned()),
        Just("</p>".to_owned()),
        Just("<table><tbody><tr><td>".to_owned()),
        Just("</td></tr></tbody></table>".to_owned()),
        Just("{% if customer.name %}".to_owned()),
        Just("{% else %}".to_owned()),
        Just("{% endif %}".to_owned()),
        Just("{% for p in products %}".to_owned()),
        Just("{{ p.name }}".to_owned()),
        Just("{% endfor %}".to_owned()),
        Just("{{ customer.first_name }}".to_owned()),
        Just("<a href=\"".to_owned()),
        Just("\">".to_owned()),
        Just("</a>".to_owned()),
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("&#123;".to_owned()),
        Just("<script>".to_owned()),
        Just("<img src=x onerror=alert(1)>".to_owned()),
        Just("{#".to_owned()),
        Just("#}".to_owned()),
        Just("<div style=\"color: red\">".to_owned()),
        Just("</div>".to_owned()),
        Just("zqv0vqz".to_owned()),
        "[a-z<>&\"'{}%/= é\\n]{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_gets_through(pieces in proptest::collection::vec(piece(), 0..14)) {
        let evil = "\"><script>alert(1)</script>";
        let variables = Arc::new(ana().having("customer.first_name", evil).having("customer.name", evil).having("products", Value::List(vec![
            Variables::new().having("name", evil),
        ])));
        if let Ok(template) = Template::compile(&source(&pieces.concat()), english())
            && let Ok(mail) = template.render(&variables)
        {
            prop_assert!(!mail.html.contains("<script"), "{}", mail.html);
            prop_assert!(!mail.html.contains("onerror="), "{}", mail.html);
            prop_assert!(mail.html.contains("https://shop.example/u?t=1&amp;x=2"));
        }
    }

    #[test]
    fn balanced_bodies_compile(words in proptest::collection::vec("[a-zäé .,]{1,12}", 1..8)) {
        let body: String = words.iter().map(|word| format!("<p>{word}{{% if customer.tier %}}<b>{word}</b>{{% endif %}}</p>\n")).collect();
        prop_assert!(Template::compile(&source(&body), english()).is_ok());
    }
}

#[test]
fn a_frame_shows_light_or_dark_whatever_the_system_says() {
    let mail = filled("<p>a</p>", ana());
    let (light, dark) = (frame_document(&mail.html, false), frame_document(&mail.html, true));
    assert!(light.contains("@media not all") && light.contains("color-scheme: light;"));
    assert!(dark.contains("@media all") && dark.contains("color-scheme: dark;") && !dark.contains("prefers-color-scheme"));
}

#[test]
fn pictures_of_other_sites_are_seen() {
    let has = |body: &str| has_pictures(&filled(body, ana()).html);
    assert!(has("<p><img src=\"https://shop.example/a.png\" alt=\"a\"></p>"));
    assert!(!has("<p><a href=\"https://shop.example/a.png\">&lt;img src=\"http</a></p>"));
}
