//! What can be said of a mail by looking at it.

use super::outline::Tag;
use super::{Finding, Level, Place};
use crate::base::i18n::message;
use crate::messages::templates::RenderedMail;

/// Phones show so many characters of a subject.
const SUBJECT_SEEN: usize = 45;
/// Gmail shows so much of a mail and hides the rest behind a link.
const CLIPPED: usize = 102 * 1024;
/// What is near it: the footer and a long name still come.
const NEARLY_CLIPPED: usize = 90 * 1024;
const MANY_IMAGES: usize = 15;
/// Less text than this beside pictures looks like a leaflet that wants to get past filters.
const LITTLE_TEXT: usize = 120;
/// Capitals in a row that are no abbreviation.
const SHOUTED: usize = 6;

/// Words that filters of English and German mails look for: the list that the page shows.
pub const PHRASES: [&str; 32] = [
    "100% free",
    "100 % gratis",
    "act now",
    "as seen on",
    "bargeld",
    "buy now",
    "cash bonus",
    "casino",
    "click here",
    "dear friend",
    "double your",
    "earn money",
    "free gift",
    "garantiert gewinnen",
    "gewinner",
    "gratis",
    "guaranteed",
    "hier klicken",
    "jetzt kaufen",
    "jetzt zugreifen",
    "kostenlos",
    "limited time",
    "no obligation",
    "nur heute",
    "once in a lifetime",
    "order now",
    "risk free",
    "risk-free",
    "schnell reich",
    "sofort geld",
    "urgent",
    "winner",
];

/// The mail as it is written, and as it comes out.
pub struct Looked<'a> {
    pub mail: &'a RenderedMail,
    /// The preheader as it is written.
    pub preheader: &'a str,
    /// What is written, in all fields.
    pub sources: [&'a str; 4],
    pub tags: &'a [Tag],
}

/// Everything, in the order in which it is read.
#[must_use]
pub fn look(at: &Looked<'_>) -> Vec<Finding> {
    let mut all = vec![subject(&at.mail.subject), preheader(at.preheader), occasions(at.sources)];
    all.extend(links(at.tags));
    all.extend(images(at.tags));
    all.extend([size(&at.mail.html), text(at), shouting(at.mail), phrases(at.mail)]);
    all.push(Finding::ok("composer.check.unsubscribe_ok"));
    all
}

fn subject(subject: &str) -> Finding {
    let length = subject.chars().count();
    let says = |key: &str| message(key, &[("count", &length), ("seen", &SUBJECT_SEEN)]);
    if length > SUBJECT_SEEN {
        Finding::new(Level::Hint, says("composer.check.subject_long"), Some(Place::Subject))
            .advise("composer.check.subject_long_advice")
    } else {
        Finding::ok(says("composer.check.subject_ok"))
    }
}

fn preheader(preheader: &str) -> Finding {
    if preheader.trim().is_empty() {
        return Finding::new(Level::Warning, "composer.check.preheader_none", Some(Place::Preheader))
            .advise("composer.check.preheader_none_advice");
    }
    Finding::ok("composer.check.preheader_ok")
}

/// Variables of templates for one occasion, which no campaign fills in.
fn occasions(sources: [&str; 4]) -> Finding {
    let in_tags: String = sources.iter().flat_map(|source| tags_of(source)).collect::<Vec<_>>().join(" ");
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).map(str::to_owned).collect()
    };
    let mut found: Vec<String> =
        words(&in_tags).into_iter().filter(|word| word.starts_with("coupon.") || word == "products").collect();
    found.sort();
    found.dedup();
    if found.is_empty() {
        return Finding::ok("composer.check.occasions_ok");
    }
    Finding::new(Level::Warning, "composer.check.occasions", Some(Place::Body))
        .advise("composer.check.occasions_advice")
        .about(found)
}

fn tags_of(source: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), source);
    while let Some(at) = rest.find(['{']) {
        rest = &rest[at..];
        match crate::messages::composer::write::blocks::template_tag(rest) {
            Some(tag) => {
                found.push(tag);
                rest = &rest[tag.len()..];
            }
            None => rest = &rest[1..],
        }
    }
    found
}

/// The host of an address: `shop.example`; empty where it has none or a variable is it.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    if host.contains('{') { "" } else { host.split(':').next().unwrap_or_default() }
}

/// Whether an address only stands in for one that was to come.
fn is_placeholder(address: &str) -> bool {
    let host = host(address).to_ascii_lowercase();
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    let stands_in = ["example.com", "example.org", "example.net", "localhost", "yourdomain.com", "domain.com"];
    (is_web && host.is_empty() && !address.contains("{{"))
        || address.is_empty()
        || address == "#"
        || stands_in.iter().any(|other| host == *other || host.ends_with(&format!(".{other}")))
        || (is_web && !host.is_empty() && !host.contains('.') && !host.contains(':'))
}

fn links(tags: &[Tag]) -> Vec<Finding> {
    let links: Vec<&str> = tags.iter().filter(|tag| tag.name == "a").map(|tag| tag.address.as_str()).collect();
    if links.is_empty() {
        return vec![
            Finding::new(Level::Hint, "composer.check.links_none", Some(Place::Body)).advise("composer.check.links_none_advice"),
        ];
    }
    let these = |is: &dyn Fn(&str) -> bool| {
        let mut found: Vec<String> = links.iter().filter(|link| is(link)).map(|link| (*link).to_owned()).collect();
        found.dedup();
        found
    };
    let placeholders = these(&|link| is_placeholder(link));
    let open = these(&|link| link.starts_with("http://") && !is_placeholder(link));
    let mut all = Vec::new();
    if !placeholders.is_empty() {
        let says = Finding::new(Level::Warning, "composer.check.links_placeholder", Some(Place::Body));
        all.push(says.advise("composer.check.links_placeholder_advice").about(placeholders));
    }
    if !open.is_empty() {
        let says = Finding::new(Level::Hint, "composer.check.links_http", Some(Place::Body));
        all.push(says.advise("composer.check.links_http_advice").about(open));
    }
    if all.is_empty() {
        all.push(Finding::ok(message("composer.check.links_ok", &[("count", &links.len())])));
    }
    all
}

fn images(tags: &[Tag]) -> Vec<Finding> {
    let images: Vec<&Tag> = tags.iter().filter(|tag| tag.name == "img").collect();
    let mut all = Vec::new();
    let these = |is: &dyn Fn(&Tag) -> bool| -> Vec<String> {
        images.iter().filter(|image| is(image)).map(|image| image.address.clone()).collect()
    };
    let without = these(&|image| image.alt.as_deref().unwrap_or_default().trim().is_empty());
    if !without.is_empty() {
        let says = Finding::new(Level::Warning, "composer.check.images_alt", Some(Place::Body));
        all.push(says.advise("composer.check.images_alt_advice").about(without));
    }
    let wrong = these(&|image| image.address.starts_with("http://") || is_placeholder(&image.address));
    if !wrong.is_empty() {
        let says = Finding::new(Level::Warning, "composer.check.images_address", Some(Place::Body));
        all.push(says.advise("composer.check.images_address_advice").about(wrong));
    }
    if images.len() > MANY_IMAGES {
        let says = message("composer.check.images_many", &[("count", &images.len())]);
        all.push(Finding::new(Level::Hint, says, Some(Place::Body)).advise("composer.check.images_many_advice"));
    }
    if all.is_empty() {
        all.push(Finding::ok(message("composer.check.images_ok", &[("count", &images.len())])));
    }
    all
}

fn size(html: &str) -> Finding {
    let kilobytes = html.len().div_ceil(1024);
    let says = |key: &str| message(key, &[("size", &kilobytes)]);
    if html.len() > CLIPPED {
        Finding::new(Level::Warning, says("composer.check.size_clipped"), Some(Place::Body)).advise("composer.check.size_advice")
    } else if html.len() > NEARLY_CLIPPED {
        Finding::new(Level::Hint, says("composer.check.size_near"), Some(Place::Body)).advise("composer.check.size_advice")
    } else {
        Finding::ok(says("composer.check.size_ok"))
    }
}

fn text(at: &Looked<'_>) -> Finding {
    let own = at.mail.text.split("\n-- \n").next().unwrap_or_default().trim();
    if own.is_empty() {
        return Finding::new(Level::Warning, "composer.check.text_none", Some(Place::Text))
            .advise("composer.check.text_none_advice");
    }
    let has_images = at.tags.iter().any(|tag| tag.name == "img");
    if has_images && own.chars().count() < LITTLE_TEXT {
        return Finding::new(Level::Hint, "composer.check.text_little", Some(Place::Body))
            .advise("composer.check.text_little_advice");
    }
    Finding::ok("composer.check.text_ok")
}

fn shouting(mail: &RenderedMail) -> Finding {
    let own = mail.text.split("\n-- \n").next().unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    let words = |text: &str| -> Vec<String> {
        let is_shouted = |word: &&str| {
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            // Scripts without capitals do not shout.
            letters >= SHOUTED
                && word.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase)
                && !word.contains(char::is_numeric)
        };
        text.split_whitespace().filter(is_shouted).map(str::to_owned).collect()
    };
    found.extend(words(&mail.subject));
    // Codes are capitals, too: in the text it takes several words in a row.
    let in_a_row = |line: &str| {
        let all: Vec<&str> = line.split_whitespace().collect();
        all.windows(3).any(|three| three.iter().all(|word| word.chars().count() > 2 && word.chars().all(char::is_uppercase)))
    };
    found.extend(own.lines().filter(|line| in_a_row(line)).map(|line| crate::base::text::truncate(line.trim(), 80).to_owned()));
    for text in [mail.subject.as_str(), own] {
        for mark in ["!!", "??", "$$", "€€"] {
            if text.contains(mark) && !found.iter().any(|other| other == mark) {
                found.push(mark.to_owned());
            }
        }
    }
    if found.is_empty() {
        return Finding::ok("composer.check.shouting_ok");
    }
    Finding::new(Level::Hint, "composer.check.shouting", Some(Place::Subject))
        .advise("composer.check.shouting_advice")
        .about(found)
}

fn phrases(mail: &RenderedMail) -> Finding {
    let own = mail.text.split("\n-- \n").next().unwrap_or_default();
    let text = format!(" {} {} ", mail.subject, own).to_lowercase();
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_said = |phrase: &&str| {
        let mut from = 0;
        while let Some(at) = text[from..].find(*phrase).map(|at| from + at) {
            let (before, after) = (text[..at].chars().next_back(), text[at + phrase.len()..].chars().next());
            if ![before, after].into_iter().flatten().any(char::is_alphanumeric) {
                return true;
            }
            from = at + phrase.len();
        }
        false
    };
    let found: Vec<String> = PHRASES.iter().filter(|phrase| is_said(phrase)).map(|phrase| (*phrase).to_owned()).collect();
    if found.is_empty() {
        return Finding::ok(message("composer.check.phrases_ok", &[("count", &PHRASES.len())]));
    }
    Finding::new(Level::Hint, "composer.check.phrases", Some(Place::Body)).advise("composer.check.phrases_advice").about(found)
}

#[cfg(test)]
mod tests {
    use super::super::outline::outline;
    use super::*;

    fn found(subject: &str, preheader: &str, body: &str, text: &str) -> Vec<(String, Level)> {
        let mail = RenderedMail {
            subject: subject.into(),
            preheader: preheader.into(),
            html: body.into(),
            text: format!("{text}\n\n-- \nShop\nWINNER of the footer"),
        };
        let tags = outline(body);
        let looked = Looked { mail: &mail, preheader, sources: [subject, preheader, body, ""], tags: &tags };
        let key = |says: &str| says.split('\u{1f}').next().unwrap_or_default().replace("composer.check.", "");
        look(&looked).into_iter().map(|finding| (key(&finding.says), finding.level)).collect()
    }

    fn has(all: &[(String, Level)], key: &str, level: Level) -> bool {
        all.contains(&(key.to_owned(), level))
    }

    #[test]
    fn a_good_mail_has_nothing_to_say_about() {
        let body = "<p>Our linen shirts are back. <a href=\"https://shop.test/shirts?x=1\">Look</a> <img src=\"https://shop.test/a.png\" alt=\"A shirt\"></p>";
        let text = "Our linen shirts are back, in five colours and every size from XS to XXL. We have sewn them in Porto, as last year. Come and look. Code SPRING2026.";
        for (key, level) in found("Linen is back", "Five colours", body, text) {
            assert_eq!(level, Level::Ok, "{key}");
        }
    }

    #[test]
    fn each_fault_is_found() {
        let long = "x".repeat(46);
        assert!(has(&found(&long, "p", "", "t"), "subject_long", Level::Hint));
        assert!(has(&found("s", " ", "", "t"), "preheader_none", Level::Warning));
        assert!(has(&found("s", "p", "<p>{{ coupon.code }}</p>", "t"), "occasions", Level::Warning));
        assert!(has(&found("s", "p", "<p>our products are coupon.free</p>", "t"), "occasions_ok", Level::Ok), "only in tags");
        assert!(has(&found("s", "p", "<p>t</p>", "t"), "links_none", Level::Hint));
        for link in
            ["https://", "https://example.com/x", "https://www.example.org", "http://localhost:3000/", "https://intranet/"]
        {
            let body = format!("<a href=\"{link}\">a</a>");
            assert!(has(&found("s", "p", &body, "t"), "links_placeholder", Level::Warning), "{link}");
        }
        for link in ["https://shop.test", "mailto:a@shop.test", "{{ shop.url }}", "https://{{ x }}", "tel:+49"] {
            let body = format!("<a href=\"{link}\">a</a>");
            assert!(has(&found("s", "p", &body, "t"), "links_ok", Level::Ok), "{link}");
        }
        assert!(has(&found("s", "p", "<a href=\"http://shop.test\">a</a>", "t"), "links_http", Level::Hint));
        assert!(has(&found("s", "p", "<img src=\"https://a.test/b.png\">", "t"), "images_alt", Level::Warning));
        assert!(has(&found("s", "p", "<img src=\"http://a.test/b.png\" alt=\"b\">", "t"), "images_address", Level::Warning));
        assert!(has(
            &found("s", "p", &"<img src=\"https://a.test/b.png\" alt=\"b\">".repeat(16), "t"),
            "images_many",
            Level::Hint
        ));
        assert!(has(&found("s", "p", &"x".repeat(CLIPPED + 1), "t"), "size_clipped", Level::Warning));
        assert!(has(&found("s", "p", &"x".repeat(CLIPPED), "t"), "size_near", Level::Hint));
        assert!(has(&found("s", "p", "", " "), "text_none", Level::Warning));
        assert!(has(&found("s", "p", "<img src=\"https://a.test/b.png\" alt=\"b\">", "t"), "text_little", Level::Hint));
        assert!(has(&found("LOOK HERE NOWADAYS", "p", "", "t"), "shouting", Level::Hint));
        assert!(has(&found("s", "p", "", "GET IT ALL RIGHT AWAY"), "shouting", Level::Hint));
        assert!(has(&found("Great!!", "p", "", "t"), "shouting", Level::Hint));
        assert!(has(&found("新しいリネンのシャツ", "p", "", "t"), "shouting_ok", Level::Ok));
        assert!(has(&found("s", "p", "", "Please  click\nhere."), "phrases", Level::Hint));
        assert!(has(&found("s", "p", "", "The winners are kept"), "phrases_ok", Level::Ok), "whole words only");
    }
}
