//! Which variables there are, what each is, and which templates have it. Their names for people are texts: `variable.customer.name`.

use super::{Value, Variables};
use crate::base::{Currency, Day, Money};

/// What a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Money,
    Date,
    /// An address that links may lead to.
    Url,
    /// Things, with the fields of each.
    List(&'static [Variable]),
}

impl Kind {
    /// As the editor's texts call it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
            Self::Url => "url",
            Self::List(_) => "list",
        }
    }
}

/// A variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: &'static str,
    pub kind: Kind,
    /// What previews show: text as it is, amounts in minor units, days as `2026-03-01`.
    pub sample: &'static str,
    /// Some recipients lack it, so that a template should have a fallback.
    pub can_be_missing: bool,
}

const fn always(name: &'static str, kind: Kind, sample: &'static str) -> Variable {
    Variable { name, kind, sample, can_be_missing: false }
}

const fn perhaps(name: &'static str, kind: Kind, sample: &'static str) -> Variable {
    Variable { name, kind, sample, can_be_missing: true }
}

/// What every mail to a customer has.
const EVERYWHERE: &[Variable] = &[
    perhaps("customer.credit", Kind::Money, "2500"),
    always("customer.email", Kind::Text, "ana@example.com"),
    perhaps("customer.first_name", Kind::Text, "Ana"),
    perhaps("customer.last_name", Kind::Text, "Weber"),
    perhaps("customer.lastorder", Kind::Date, "2026-03-02"),
    perhaps("customer.name", Kind::Text, "Ana Weber"),
    always("customer.orders", Kind::Number, "7"),
    always("customer.points", Kind::Number, "1240"),
    always("customer.since", Kind::Date, "2024-05-17"),
    perhaps("customer.tier", Kind::Text, "Silver"),
    always("customer.total_spent", Kind::Money, "84350"),
    perhaps("links.preferences", Kind::Url, "https://shop.example/preferences"),
    perhaps("links.unsubscribe", Kind::Url, "https://shop.example/unsubscribe"),
    perhaps("shop.address", Kind::Text, "1 Market Street, Springfield"),
    always("shop.name", Kind::Text, "Clientele"),
    perhaps("shop.url", Kind::Url, "https://shop.example"),
];

const LINE: &[Variable] = &[
    always("name", Kind::Text, "Linen shirt"),
    always("quantity", Kind::Number, "2"),
    perhaps("sku", Kind::Text, "LS-204"),
    perhaps("total", Kind::Money, "7980"),
];

const PRODUCT: &[Variable] = &[
    perhaps("image", Kind::Url, "https://shop.example/linen-shirt.jpg"),
    always("name", Kind::Text, "Linen shirt"),
    always("price", Kind::Money, "3990"),
    perhaps("url", Kind::Url, "https://shop.example/linen-shirt"),
];

const ORDER: Variable = always("order.number", Kind::Text, "10482");
const LINES: Variable = always("lines", Kind::List(LINE), "2");
const COUPON: Variable = perhaps("coupon.code", Kind::Text, "ANA-7KQ2");
const COUPON_VALUE: Variable = perhaps("coupon.value", Kind::Text, "10 %");
const COUPON_EXPIRES: Variable = perhaps("coupon.expires", Kind::Date, "2026-04-30");
const PRODUCTS: Variable = perhaps("products", Kind::List(PRODUCT), "3");
const RETURN: Variable = always("return.number", Kind::Text, "R-1007");
const RETURN_ANSWER: Variable = perhaps("return.answer", Kind::Text, "Please use the enclosed label.");
const REFUND: Variable = always("refund.amount", Kind::Money, "7980");
const INVOICE: Variable = always("invoice.number", Kind::Text, "INV-2026-0042");

/// What the templates of a name have besides what every mail has.
#[must_use]
pub fn occasion(matter: &str) -> &'static [Variable] {
    match matter {
        "abandoned_cart" | "payment_reminder" => {
            const { &[perhaps("cart.total", Kind::Money, "15960"), COUPON, COUPON_EXPIRES, COUPON_VALUE, LINES] }
        }
        "back_in_stock" => {
            const {
                &[
                    always("product.name", Kind::Text, "Linen shirt"),
                    perhaps("product.price", Kind::Money, "3990"),
                    perhaps("product.url", Kind::Url, "https://shop.example/linen-shirt"),
                ]
            }
        }
        "credit_changed" => {
            const {
                &[
                    always("credit.amount", Kind::Money, "2500"),
                    always("credit.balance", Kind::Money, "4000"),
                    perhaps("credit.expires", Kind::Date, "2027-03-31"),
                    always("credit.reason", Kind::Text, "Goodwill"),
                ]
            }
        }
        "confirmation" => const { &[always("links.confirm", Kind::Url, "https://shop.example/confirm/abc")] },
        "credit_note" | "invoice" => const { &[INVOICE] },
        "gift_card" => {
            const {
                &[
                    always("gift_card.amount", Kind::Money, "5000"),
                    always("gift_card.code", Kind::Text, "7KQ2-M9XD-4TPA-WJ3E"),
                    perhaps("gift_card.expires", Kind::Date, "2029-03-31"),
                    always("gift_card.last_four", Kind::Text, "WJ3E"),
                    perhaps("gift_card.message", Kind::Text, "Happy birthday!"),
                ]
            }
        }
        "order_cancelled" => const { &[ORDER, REFUND] },
        "order_confirmation" => {
            const {
                &[
                    LINES,
                    perhaps("order.discount", Kind::Money, "1000"),
                    perhaps("order.due", Kind::Money, "0"),
                    ORDER,
                    perhaps("order.shipping", Kind::Money, "490"),
                    perhaps("order.tax", Kind::Money, "2468"),
                    always("order.total", Kind::Money, "15450"),
                ]
            }
        }
        "order_shipped" => {
            const {
                &[
                    ORDER,
                    perhaps("parcel.carrier", Kind::Text, "DHL"),
                    perhaps("parcel.tracking", Kind::Text, "JJD000390007878"),
                    perhaps("parcel.url", Kind::Url, "https://www.dhl.com/track?id=JJD000390007878"),
                ]
            }
        }
        "password_reset" => const { &[always("links.reset", Kind::Url, "https://shop.example/reset/abc")] },
        "points_changed" => {
            const {
                &[
                    always("points.amount", Kind::Number, "120"),
                    always("points.balance", Kind::Number, "1240"),
                    always("points.reason", Kind::Text, "Earned"),
                ]
            }
        }
        "refund" => const { &[ORDER, REFUND, always("refund.to", Kind::Text, "Store credit")] },
        "return_approved" | "return_received" | "return_refused" | "return_requested" => {
            const { &[ORDER, RETURN_ANSWER, RETURN] }
        }
        _ => const { &[COUPON, COUPON_EXPIRES, COUPON_VALUE, PRODUCTS] },
    }
}

/// The variables of a kind of template.
#[derive(Clone, Debug)]
pub struct Catalogue(Vec<Variable>);

impl Catalogue {
    /// The variables of templates of a name; any other name has those of campaigns.
    #[must_use]
    pub fn of(matter: &str) -> Self {
        let mut all: Vec<Variable> = EVERYWHERE.iter().chain(occasion(matter)).copied().collect();
        all.sort_by_key(|variable| variable.name);
        Self(all)
    }

    /// By name.
    #[must_use]
    pub fn all(&self) -> &[Variable] {
        &self.0
    }

    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Variable> {
        self.0.iter().find(|variable| variable.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|variable| variable.name)
    }

    /// Whether it is the first part of names, such as `customer`.
    #[must_use]
    pub fn is_group(&self, name: &str) -> bool {
        self.0.iter().any(|variable| variable.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }

    /// What previews show where there is no real recipient.
    #[must_use]
    pub fn samples(&self, currency: Currency) -> Variables {
        samples(&self.0, currency)
    }
}

fn samples(of: &[Variable], currency: Currency) -> Variables {
    let mut variables = Variables::new();
    for variable in of {
        variables.set(variable.name, sample(variable, currency));
    }
    variables
}

fn sample(variable: &Variable, currency: Currency) -> Value {
    let number = || variable.sample.parse().unwrap_or_default();
    match variable.kind {
        Kind::Text => Value::from(variable.sample),
        Kind::Number => Value::Number(number()),
        Kind::Money => Value::Money(Money::new(number(), currency)),
        Kind::Date => Value::Date(Day::parse(variable.sample).unwrap_or_default()),
        Kind::Url => Value::Url(variable.sample.to_owned()),
        Kind::List(fields) => Value::List((0..number()).map(|_| samples(fields, currency)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::builtin::NAMES;
    use super::*;
    use crate::base::i18n::by_code;

    #[test]
    fn every_variable_has_a_name_for_people_and_a_sample() {
        for matter in NAMES.iter().copied().chain(["campaign"]) {
            let catalogue = Catalogue::of(matter);
            for variable in catalogue.all() {
                let key = format!("variable.{}", variable.name);
                assert_ne!(by_code("en").dynamic(&key), key);
                assert!(!sample(variable, Currency::USD).is_empty(), "{}", variable.name);
                let Kind::List(fields) = variable.kind else { continue };
                for field in fields {
                    let key = format!("variable.{}.{}", variable.name, field.name);
                    assert_ne!(by_code("en").dynamic(&key), key);
                }
            }
        }
    }
}
