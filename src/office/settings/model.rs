//! The settings and their defaults.

use super::{CheckoutSettings, CreditSettings, GiftCardSettings, InvoiceSettings, LoyaltySettings, MailSettings, MapSettings};
use crate::base::i18n::message;
use crate::base::{AppError, AppResult, Currency, Money};
use crate::office::jobs::JobView;
use serde::{Deserialize, Serialize};

/// What is set up; defaults where nothing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopSettings {
    pub name: String,
    /// Where customers shop: `https://shop.example`; empty where nobody has said. Mails lead there.
    pub website: String,
    /// Fixed after the first order.
    pub base_currency: Currency,
    /// An IANA name: `Europe/Berlin`.
    pub time_zone: String,
    /// The language of pages before anybody logs in and of staff who chose none: a code of the languages that we speak.
    pub locale: String,
    /// A customer is active who ordered within so many calendar days, the boundary included.
    pub active_days: u16,
    /// A customer is new who registered within so many calendar days.
    pub new_days: u16,
    /// The segment New: fewer orders than this.
    pub new_max_orders: u16,
    /// One-time buyers (segment): their order is more than so many days ago.
    pub one_time_days: u16,
    /// VIP: a lifetime of at least this, minor units of the base currency.
    pub vip_minor: i64,
    /// High value: a lifetime above this, minor units of the base currency.
    pub high_value_minor: i64,
    /// Churned: with a probability of still being a customer below this, percent.
    pub churn_percent: u16,
    /// Domains of hosts where anybody can have an address: one elsewhere is a business email.
    pub free_mail: Vec<String>,
    pub checkout: CheckoutSettings,
    pub invoice: InvoiceSettings,
    pub credit: CreditSettings,
    pub gift_cards: GiftCardSettings,
    pub loyalty: LoyaltySettings,
    pub mail: MailSettings,
    pub maps: MapSettings,
}

/// The hosts that most people have their addresses at, and the large ones of single countries.
const FREE_MAIL: [&str; 38] = [
    "aol.com",
    "arcor.de",
    "bluewin.ch",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "seznam.cz",
    "t-online.de",
    "web.de",
    "wp.pl",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
];
/// A rule with the list in it has to be small enough to run.
const MOST_DOMAINS: usize = 500;

impl Default for ShopSettings {
    fn default() -> Self {
        Self {
            name: "Clientele".into(),
            website: String::new(),
            base_currency: Currency::USD,
            time_zone: "UTC".into(),
            locale: "en".into(),
            active_days: 90,
            new_days: 30,
            new_max_orders: 3,
            one_time_days: 30,
            vip_minor: 5_000_00,
            high_value_minor: 1_000_00,
            churn_percent: 50,
            free_mail: FREE_MAIL.iter().map(|domain| (*domain).to_owned()).collect(),
            checkout: CheckoutSettings::default(),
            invoice: InvoiceSettings::default(),
            credit: CreditSettings::default(),
            gift_cards: GiftCardSettings::default(),
            loyalty: LoyaltySettings::default(),
            mail: MailSettings::default(),
            maps: MapSettings::default(),
        }
    }
}

/// The settings page's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsView {
    pub settings: ShopSettings,
    /// There are orders: their base amounts are in the base currency.
    pub currency_fixed: bool,
    /// IANA names.
    pub zones: Vec<String>,
    /// Codes and their own names.
    pub languages: Vec<(String, String)>,
    /// The job that moves everything to the days of a new time zone, while it is at work.
    pub rebuild: Option<JobView>,
}

/// The section Shop, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopForm {
    pub name: String,
    pub website: String,
    pub base_currency: String,
    pub time_zone: String,
    pub locale: String,
}

impl ShopForm {
    #[must_use]
    pub fn of(settings: &ShopSettings) -> Self {
        Self {
            name: settings.name.clone(),
            website: settings.website.clone(),
            base_currency: settings.base_currency.code().to_owned(),
            time_zone: settings.time_zone.clone(),
            locale: settings.locale.clone(),
        }
    }

    /// `before` with this section's values. Zone and language are looked up by the caller, who knows them.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `name`, `website` or `base_currency`.
    pub fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 80 || name.contains(char::is_control) {
            return Err(AppError::invalid("name", "settings.name_invalid"));
        }
        let Some(base_currency) = Currency::parse(&self.base_currency) else {
            return Err(AppError::invalid("base_currency", "settings.currency_invalid"));
        };
        Ok(ShopSettings {
            name: name.to_owned(),
            website: website(&self.website)?,
            base_currency,
            time_zone: self.time_zone.clone(),
            locale: self.locale.clone(),
            ..before.clone()
        })
    }
}

/// A page that everybody can open, without the slash at its end; empty for none. Whoever leaves out the scheme means https.
fn website(typed: &str) -> AppResult<String> {
    let typed = typed.trim().trim_end_matches('/');
    if typed.is_empty() {
        return Ok(String::new());
    }
    let url = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let host =
        url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).map(|rest| rest.split(['/', '?', '#', ':']).next());
    let is_host = host.flatten().is_some_and(|host| {
        host.contains('.')
            && host.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
    });
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '<' | '>' | '{' | '}' | '\\');
    if !is_host || url.len() > 200 || url.contains(odd) {
        return Err(AppError::invalid("website", "settings.website_invalid"));
    }
    Ok(url)
}

/// The section Customers, as it is typed: what counts as active, new, VIP, of high value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThresholdForm {
    pub active_days: String,
    pub new_days: String,
    pub new_max_orders: String,
    pub one_time_days: String,
    pub vip: String,
    pub high_value: String,
    /// Percent.
    pub churn: String,
    /// Domains, with spaces or lines between.
    pub free_mail: String,
}

/// Ten years: beyond that a span means "ever".
const MOST_DAYS: u16 = 3_650;
const MOST_ORDERS: u16 = 1_000;
/// At 100 everybody would have churned.
const MOST_PERCENT: u16 = 99;

impl ThresholdForm {
    #[must_use]
    pub fn of(settings: &ShopSettings) -> Self {
        let money = |minor| Money::new(minor, settings.base_currency).plain();
        Self {
            active_days: settings.active_days.to_string(),
            new_days: settings.new_days.to_string(),
            new_max_orders: settings.new_max_orders.to_string(),
            one_time_days: settings.one_time_days.to_string(),
            vip: money(settings.vip_minor),
            high_value: money(settings.high_value_minor),
            churn: settings.churn_percent.to_string(),
            free_mail: settings.free_mail.join("\n"),
        }
    }

    /// `before` with this section's values.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the first field that cannot be.
    pub fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings> {
        let currency = before.base_currency;
        Ok(ShopSettings {
            active_days: whole("active_days", &self.active_days, MOST_DAYS)?,
            new_days: whole("new_days", &self.new_days, MOST_DAYS)?,
            new_max_orders: whole("new_max_orders", &self.new_max_orders, MOST_ORDERS)?,
            one_time_days: whole("one_time_days", &self.one_time_days, MOST_DAYS)?,
            vip_minor: amount("vip", &self.vip, currency)?,
            high_value_minor: amount("high_value", &self.high_value, currency)?,
            churn_percent: whole("churn", &self.churn, MOST_PERCENT)?,
            free_mail: domains(&self.free_mail)?,
            ..before.clone()
        })
    }
}

fn whole(field: &str, text: &str, most: u16) -> AppResult<u16> {
    let number = text.trim().parse::<u16>().ok().filter(|number| (1..=most).contains(number));
    let message = match most {
        MOST_DAYS => "settings.days_invalid",
        MOST_PERCENT => "settings.churn_invalid",
        _ => "settings.orders_invalid",
    };
    number.ok_or_else(|| AppError::invalid(field, message))
}

fn amount(field: &str, text: &str, currency: Currency) -> AppResult<i64> {
    let money = Money::parse(text, currency).filter(|money| money.minor >= 0);
    money.map(|money| money.minor).ok_or_else(|| AppError::invalid(field, "settings.amount_invalid"))
}

/// Domains in small letters, each once, in their order.
fn domains(text: &str) -> AppResult<Vec<String>> {
    let parts = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|part| !part.is_empty());
    let mut domains: Vec<String> = parts.map(|part| part.trim_start_matches('@').to_lowercase()).collect();
    let is_domain = |domain: &String| {
        domain.len() <= 253
            && domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
    };
    if let Some(bad) = domains.iter().find(|domain| !is_domain(domain)) {
        return Err(AppError::invalid("free_mail", message("settings.free_mail_invalid", &[("domain", bad)])));
    }
    domains.sort();
    domains.dedup();
    if domains.len() > MOST_DOMAINS {
        return Err(AppError::invalid("free_mail", "settings.free_mail_too_many"));
    }
    Ok(domains)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_round_trip() {
        let settings = ShopSettings { active_days: 60, vip_minor: 123_450, churn_percent: 30, ..ShopSettings::default() };
        assert_eq!(ShopForm::of(&settings).apply(&settings), Ok(settings.clone()));
        assert_eq!(ThresholdForm::of(&settings).apply(&ShopSettings::default()), Ok(settings));
    }

    #[test]
    fn free_mail_hosts_are_typed_in_any_order() {
        let form =
            ThresholdForm { free_mail: " @GMX.de, gmail.com\ngmx.de ".into(), ..ThresholdForm::of(&ShopSettings::default()) };
        assert_eq!(
            form.apply(&ShopSettings::default()).map(|settings| settings.free_mail),
            Ok(vec!["gmail.com".into(), "gmx.de".into()])
        );
    }

    #[test]
    fn what_cannot_be_is_refused_by_field() {
        let before = ShopSettings::default();
        let form = ThresholdForm::of(&before);
        let field = |form: ThresholdForm| match form.apply(&before) {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        };
        assert_eq!(field(ThresholdForm { active_days: "0".into(), ..form.clone() }), "active_days");
        assert_eq!(field(ThresholdForm { new_days: "3651".into(), ..form.clone() }), "new_days");
        assert_eq!(field(ThresholdForm { vip: "-1".into(), ..form.clone() }), "vip");
        assert_eq!(field(ThresholdForm { high_value: "much".into(), ..form.clone() }), "high_value");
        assert_eq!(field(ThresholdForm { churn: "100".into(), ..form.clone() }), "churn");
        assert_eq!(field(ThresholdForm { free_mail: "gmail".into(), ..form }), "free_mail");
        for bad in [
            "javascript://shop.example",
            "shop",
            "https://shop .example",
            "https://",
            "ftp://shop.example",
            "https://shop.example/\"x",
        ] {
            let shop = ShopForm { website: bad.into(), ..ShopForm::of(&before) };
            assert!(matches!(shop.apply(&before), Err(AppError::Invalid { field, .. }) if field == "website"), "{bad}");
        }
        let shop = ShopForm { website: " shop.example/ ".into(), ..ShopForm::of(&before) };
        assert_eq!(shop.apply(&before).map(|settings| settings.website), Ok("https://shop.example".into()));
        let shop = ShopForm { base_currency: "EURO".into(), ..ShopForm::of(&before) };
        assert!(matches!(shop.apply(&before), Err(AppError::Invalid { field, .. }) if field == "base_currency"));
    }
}
