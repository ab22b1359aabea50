//! What can be told, and what each kind of event must say.

use crate::base::text::truncate;
use crate::base::{AppError, AppResult, CustomerId, OrderId, Timestamp};
use crate::server::rest::is_token;
use serde_json::{Map, Value, json};

/// The most entries of a batch.
pub const BATCH_MAX: usize = 1_000;
/// A visit ends after so long without a sign of life.
pub const SILENCE: i64 = 30 * Timestamp::MINUTE;
/// How far a clock of another program may be ahead of ours.
const AHEAD: i64 = 5 * Timestamp::MINUTE;
/// What happened longer ago is no tracking: it would be imported. Ten years.
const AGO: i64 = 3_653 * Timestamp::DAY;
/// The longest short text (a step, a page), and the longest text of a review, in characters.
const SHORT_MAX: usize = 500;
const TEXT_MAX: usize = 10_000;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)*) => {
        /// What can happen in a shop.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum EventKind { $($(#[$doc])* $variant,)* }

        impl EventKind {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As the database writes it.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

kinds! {
    /// Somebody looked at a product.
    ProductView = "product_view";
    /// Somebody put a product into the cart.
    AddToCart = "add_to_cart";
    /// Somebody took a product out of the cart.
    RemoveFromCart = "remove_from_cart";
    /// Somebody came to a step of the checkout: `step`.
    CheckoutStep = "checkout_step";
    /// Somebody reviewed a product: `stars`, `text`.
    Review = "review";
    /// Somebody signed up for the newsletter: `source`.
    NewsletterSignup = "newsletter_signup";
    /// Somebody searched the shop: `text`.
    Search = "search";
    /// Somebody contacted the shop: `channel`, `subject`, `outcome`.
    SupportContact = "support_contact";
    /// What is in stock of a product changed: `stock`. Of no person.
    StockChange = "stock_change";
}

/// What an event says besides who, what and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Particulars {
    pub quantity: Option<i64>,
    pub step: Option<String>,
    pub stars: Option<i64>,
    pub text: Option<String>,
    pub source: Option<String>,
    pub channel: Option<String>,
    pub subject: Option<String>,
    pub outcome: Option<String>,
    pub stock: Option<i64>,
}

/// An event to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub kind: EventKind,
    pub visitor: Option<String>,
    pub customer: Option<CustomerId>,
    /// By its SKU.
    pub sku: Option<String>,
    pub order: Option<OrderId>,
    pub particulars: Particulars,
    pub at: Timestamp,
}

/// Somebody looked at a page of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageView {
    pub visitor: String,
    pub customer: Option<CustomerId>,
    pub page: String,
    pub referrer: String,
    pub campaign: String,
    pub at: Timestamp,
}

impl NewEvent {
    /// What its kind asks for is there, and nothing else.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the field.
    pub fn check(&self, now: Timestamp) -> AppResult<()> {
        use EventKind as K;
        check_time(self.at, now)?;
        self.visitor.as_deref().map_or(Ok(()), check_visitor)?;
        let someone = self.visitor.is_some() || self.customer.is_some();
        match self.kind {
            K::StockChange if someone => return Err(AppError::invalid("visitor_id", "tracking.stock_of_nobody")),
            K::StockChange => {}
            _ if !someone => return Err(AppError::invalid("visitor_id", "tracking.somebody_needed")),
            _ => {}
        }
        let product = matches!(self.kind, K::ProductView | K::AddToCart | K::RemoveFromCart | K::Review | K::StockChange);
        if product && self.sku.is_none() {
            return Err(AppError::invalid("sku", "field.needed"));
        }
        self.check_particulars()
    }

    fn check_particulars(&self) -> AppResult<()> {
        use EventKind as K;
        let told = &self.particulars;
        let within = |field: &str, value: Option<i64>, least: i64, most: i64| match value {
            Some(value) if !(least..=most).contains(&value) => Err(AppError::invalid(field, "tracking.number_range")),
            _ => Ok(()),
        };
        within("quantity", told.quantity, 1, 1_000_000)?;
        within("stars", told.stars, 1, 5)?;
        within("stock", told.stock, 0, 1_000_000_000)?;
        for (field, text, most) in [
            ("step", &told.step, SHORT_MAX),
            ("text", &told.text, TEXT_MAX),
            ("source", &told.source, SHORT_MAX),
            ("channel", &told.channel, SHORT_MAX),
            ("subject", &told.subject, SHORT_MAX),
            ("outcome", &told.outcome, SHORT_MAX),
        ] {
            if text.as_ref().is_some_and(|text| text.chars().count() > most) {
                return Err(AppError::invalid(field, "field.too_long"));
            }
        }
        let missing = match self.kind {
            K::CheckoutStep if told.step.is_none() => "step",
            K::Review if told.stars.is_none() => "stars",
            K::StockChange if told.stock.is_none() => "stock",
            _ => return Ok(()),
        };
        Err(AppError::invalid(missing, "field.needed"))
    }

    /// The particulars as the timeline reads them.
    #[must_use]
    pub fn detail(&self) -> String {
        let told = &self.particulars;
        let fields = [
            ("quantity", told.quantity.map(Value::from)),
            ("step", told.step.clone().map(Value::from)),
            ("stars", told.stars.map(Value::from)),
            ("text", told.text.clone().map(Value::from)),
            ("source", told.source.clone().map(Value::from)),
            ("channel", told.channel.clone().map(Value::from)),
            ("subject", told.subject.clone().map(Value::from)),
            ("outcome", told.outcome.clone().map(Value::from)),
            ("stock", told.stock.map(Value::from)),
        ];
        let fields: Map<String, Value> = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        json!(fields).to_string()
    }
}

impl PageView {
    /// The view as it is kept: long texts are cut, since what another site's address says is not this shop's fault.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the field.
    pub fn checked(&self, now: Timestamp) -> AppResult<Self> {
        check_time(self.at, now)?;
        check_visitor(&self.visitor)?;
        let cut = |text: &str| truncate(text.trim(), SHORT_MAX).to_owned();
        Ok(Self { page: cut(&self.page), referrer: cut(&self.referrer), campaign: cut(&self.campaign), ..self.clone() })
    }
}

/// A visitor id is the shop front's own.
///
/// # Errors
/// [`AppError::Invalid`].
pub fn check_visitor(visitor: &str) -> AppResult<()> {
    if is_token(visitor) { Ok(()) } else { Err(AppError::invalid("visitor_id", "tracking.visitor_invalid")) }
}

fn check_time(at: Timestamp, now: Timestamp) -> AppResult<()> {
    if at > now.plus(AHEAD) || at < now.plus(-AGO) {
        return Err(AppError::invalid("at", "tracking.time_range"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_772_366_400_000_000);

    fn event(kind: EventKind) -> NewEvent {
        NewEvent {
            kind,
            visitor: Some("v1".into()),
            customer: None,
            sku: Some("CD-1".into()),
            order: None,
            particulars: Particulars::default(),
            at: NOW,
        }
    }

    fn wrong(event: &NewEvent) -> Option<String> {
        match event.check(NOW) {
            Err(AppError::Invalid { field, .. }) => Some(field),
            _ => None,
        }
    }

    #[test]
    fn each_kind_says_what_it_must() {
        assert_eq!(wrong(&event(EventKind::ProductView)), None);
        assert_eq!(wrong(&NewEvent { sku: None, ..event(EventKind::AddToCart) }).as_deref(), Some("sku"));
        assert_eq!(wrong(&NewEvent { visitor: None, ..event(EventKind::ProductView) }).as_deref(), Some("visitor_id"));
        assert_eq!(wrong(&event(EventKind::Review)).as_deref(), Some("stars"));
        assert_eq!(wrong(&event(EventKind::CheckoutStep)).as_deref(), Some("step"));
        assert_eq!(wrong(&event(EventKind::StockChange)).as_deref(), Some("visitor_id"));
        let stock = Particulars { stock: Some(0), ..Particulars::default() };
        assert_eq!(wrong(&NewEvent { visitor: None, particulars: stock, ..event(EventKind::StockChange) }), None);
        let stars = Particulars { stars: Some(6), ..Particulars::default() };
        assert_eq!(wrong(&NewEvent { particulars: stars, ..event(EventKind::Review) }).as_deref(), Some("stars"));
        for at in [NOW.plus(Timestamp::HOUR), Timestamp(0), Timestamp(i64::MIN), Timestamp(i64::MAX)] {
            assert_eq!(wrong(&NewEvent { at, ..event(EventKind::ProductView) }).as_deref(), Some("at"));
        }
    }

    #[test]
    fn particulars_are_what_was_said() {
        let told = Particulars { stars: Some(5), text: Some("\"fine\"".into()), ..Particulars::default() };
        let event = NewEvent { particulars: told, ..event(EventKind::Review) };
        assert_eq!(event.detail(), r#"{"stars":5,"text":"\"fine\""}"#);
    }

    #[test]
    fn codes_are_those_of_json() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.code().into()));
        }
    }
}
