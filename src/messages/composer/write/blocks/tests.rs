//! That nothing is lost between blocks and source.

use super::super::pieces::Pieces;
use super::*;
use proptest::prelude::*;

fn kinds(body: &str) -> Vec<Kind> {
    Pieces::read(body).pieces.iter().map(|piece| Kind::of(&Shown::read(&piece.source))).collect()
}

#[test]
fn what_templates_are_made_of_are_blocks() {
    let body = "<h1>Hello</h1>\n<p>One</p>\n<p class=\"lead\">Two {{ customer.first_name | default(\"you\") }}</p>\n<ul>\n<li>x</li>\n</ul>\n<hr>\n\
        <p><a class=\"button\" href=\"https://shop.example/?a=1&amp;b=2\">Go &amp; see</a></p>\n\
        <p><img src=\"https://shop.example/a.jpg\" alt=\"A shirt\" width=\"536\"></p>\n\
        <div class=\"coupon\">\n<p class=\"muted\">Your code</p>\n<p class=\"code\">SPRING</p>\n</div>\n\
        <table class=\"product\"><tbody><tr>\n<td>Shirt</td><td class=\"amount\">39 €</td>\n</tr></tbody></table>\n\
        <table class=\"product\"><tbody><tr>\n<td><a href=\"https://x.example\">Cap</a></td><td class=\"amount\">9 €</td>\n</tr></tbody></table>\n\
        {% if customer.points %}\n<p>You have points.</p>\n{% endif %}\n<blink>x</blink>";
    use Kind::*;
    assert_eq!(kinds(body), [Heading, Text, Line, Button, Image, Code, Products, Text, Html]);
    let pieces = Pieces::read(body);
    let shown: Vec<Shown> = pieces.pieces.iter().map(|piece| Shown::read(&piece.source)).collect();
    assert_eq!(shown[3].block, Block::Button { label: "Go & see".into(), href: "https://shop.example/?a=1&b=2".into() });
    assert!(matches!(&shown[6].block, Block::Products { items } if items.len() == 2 && items[1].url == "https://x.example"));
    assert_eq!(shown[7].condition.as_deref(), Some("customer.points"));
    assert_eq!(pieces.write(), body);
}

#[test]
fn what_is_added_is_what_was_asked_for() {
    for kind in Kind::ALL {
        let source = Shown::always(kind.empty()).write();
        assert_eq!(Kind::of(&Shown::read(&source)), kind, "{source}");
    }
}

#[test]
fn a_condition_that_is_empty_yet_stays_one() {
    for condition in [None, Some(""), Some("customer.points"), Some("a "), Some("if")] {
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Html) {
            let shown = Shown { condition: condition.map(str::to_owned), block: kind.empty() };
            assert_eq!(Shown::read(&shown.write()), shown);
        }
    }
    // Written otherwise it is kept as it is.
    assert_eq!(kinds("{% if  %}\n<p>a</p>\n{% endif %}"), [Kind::Html]);
}

#[test]
fn what_the_fields_could_not_say_is_html() {
    for body in [
        "<h1 class=\"x\">a</h1>",
        "<h1><em>a</em></h1>",
        "<H1>a</H1>",
        "<p><a class='button' href='https://x'>a</a></p>",
        "<hr/>",
        "{% for product in products %}\n<p>a</p>\n{% endfor %}",
        "{% if a %}<p>b</p>{% endif %}",
        "{% if a %}\n<p>b</p>\n{% else %}\n<p>c</p>\n{% endif %}",
        "a text",
        "<!-- a -->",
        "<p>&eacute;</p><div>a</div>",
    ] {
        assert!(kinds(body).contains(&Kind::Html), "{body}: {:?}", kinds(body));
        assert_eq!(Pieces::read(body).write(), body);
    }
}

#[test]
fn a_condition_is_one_piece_with_all_that_is_in_it() {
    let body = "{% if a %}{% for b in c %}<p>\"</p>{% endfor %}{% endif %}<p>x</p>";
    assert_eq!(kinds(body), [Kind::Html, Kind::Text]);
}

#[test]
fn places_lead_to_their_pieces() {
    let pieces = Pieces::read("\n<h1>é</h1>\n<p>a</p>\n<hr>\n");
    assert_eq!(
        [pieces.at(2, 1), pieces.at(2, 6), pieces.at(3, 2), pieces.at(4, 4), pieces.at(9, 9)],
        [Some(0), Some(0), Some(1), Some(2), None]
    );
}

#[test]
fn new_blocks_read_as_what_they_are() {
    for kind in Kind::ALL {
        let source = Shown::always(kind.empty()).write();
        if kind != Kind::Products {
            assert_eq!(kinds(&source), [kind], "{source}");
        }
    }
}

/// Bodies of what could go wrong.
fn bodies() -> impl Strategy<Value = String> {
    let parts = vec![
        "<p>",
        "</p>",
        "<p class=\"lead\">",
        "<h1>",
        "</h1>",
        "<hr>",
        "<br>",
        "<a class=\"button\" href=\"",
        "\">",
        "</a>",
        "<div class=\"coupon\">\n",
        "</div>",
        "{% if a %}\n",
        "{% if %}\n",
        "\n{% endif %}",
        "{% for x in y %}",
        "{% endfor %}",
        "{{ x }}",
        "{{ \"",
        "}}",
        "{#",
        "#}",
        "<!--",
        "-->",
        "\n",
        " ",
        "a",
        "é",
        "&amp;",
        "&",
        "<",
        ">",
        "\"",
        "'",
        "<table class=\"product\"><tbody><tr>\n<td>",
        "</td><td class=\"amount\">",
        "</td>\n</tr></tbody></table>",
        "<img src=\"",
        "\" alt=\"",
        "<ul>",
        "<li>",
        "</li>",
        "</ul>",
        "\u{a0}",
        "\r\n",
        "{%",
        "%}",
    ];
    prop::collection::vec(prop::sample::select(parts), 0..40).prop_map(|parts| parts.concat())
}

fn texts() -> impl Strategy<Value = String> {
    let parts = vec!["a", "b ", "&", "<", ">", "\"", "'", "é", "{{ x }}", "&amp;", "{", "</p>"];
    prop::collection::vec(prop::sample::select(parts), 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn a_body_is_its_pieces(body in bodies()) {
        let pieces = Pieces::read(&body);
        prop_assert_eq!(pieces.write(), body.as_str());
        for piece in &pieces.pieces {
            prop_assert_eq!(Shown::read(&piece.source).write(), piece.source.as_str());
            prop_assert!(piece.tail.trim().is_empty());
        }
    }

    #[test]
    fn any_text_is_its_pieces(body in "\\PC{0,80}") {
        prop_assert_eq!(Pieces::read(&body).write(), body);
    }

    #[test]
    fn what_is_typed_into_fields_comes_back(a in texts(), b in texts(), c in texts()) {
        let item = Item { name: a.clone(), price: b.clone(), url: c.clone() };
        for block in [
            Block::Heading { level: 1, text: a.clone() },
            Block::Button { label: a.clone(), href: b.clone() },
            Block::Image(Image { src: a.clone(), alt: b.clone(), width: "536".into(), href: c.clone() }),
            Block::Code { line: a.clone(), code: b.clone(), note: c.clone() },
            Block::Products { items: vec![item.clone(), item] },
        ] {
            let shown = Shown::always(block);
            prop_assert_eq!(Shown::read(&shown.write()), shown);
        }
    }
}
