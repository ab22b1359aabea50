//! What an address is, and what one must have in its country.

use crate::base::country::{self, Country};
use crate::base::query::encode;
use crate::base::{AddressId, AppError, AppResult, Moment, contact};
use serde::{Deserialize, Serialize};

/// The longest line of an address, in characters.
const LINE_MAX: usize = 200;

/// An address as it is typed and kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressForm {
    pub recipient: String,
    pub company: String,
    /// Street and number.
    pub street: String,
    pub line2: String,
    pub postal_code: String,
    pub city: String,
    pub region: String,
    /// The ISO code in upper case.
    pub country: String,
    pub phone: String,
    pub default_shipping: bool,
    pub default_billing: bool,
}

impl AddressForm {
    /// The address trimmed, its postal code as the country writes it.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the field that is missing or cannot be so.
    pub fn checked(&self) -> AppResult<Self> {
        let country = country::find(&self.country).ok_or_else(|| AppError::invalid("country", "address.country_unknown"))?;
        Ok(Self {
            recipient: needed("recipient", &self.recipient)?,
            company: line("company", &self.company)?,
            street: needed("street", &self.street)?,
            line2: line("line2", &self.line2)?,
            postal_code: postal_code(country, &self.postal_code)?,
            city: needed("city", &self.city)?,
            region: if country.needs_region { needed("region", &self.region)? } else { line("region", &self.region)? },
            country: country.code.to_owned(),
            phone: contact::phone(&self.phone).map_err(|message| AppError::invalid("phone", message))?.to_owned(),
            default_shipping: self.default_shipping,
            default_billing: self.default_billing,
        })
    }

    /// Where it is, as maps are asked.
    #[must_use]
    pub fn place(&self) -> String {
        let parts = [&self.street, &self.postal_code, &self.city, &self.country];
        parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// A search for it on the map.
    #[must_use]
    pub fn map_url(&self) -> String {
        format!("https://www.openstreetmap.org/search?query={}", encode(&self.place()))
    }
}

fn line(field: &str, typed: &str) -> AppResult<String> {
    let typed = typed.trim();
    if typed.chars().count() > LINE_MAX { Err(AppError::invalid(field, "field.too_long")) } else { Ok(typed.to_owned()) }
}

fn needed(field: &str, typed: &str) -> AppResult<String> {
    let text = line(field, typed)?;
    if text.is_empty() { Err(AppError::invalid(field, "field.needed")) } else { Ok(text) }
}

fn postal_code(country: &Country, typed: &str) -> AppResult<String> {
    if country.needs_postal_code() && typed.trim().is_empty() {
        return Err(AppError::invalid("postal_code", "field.needed"));
    }
    country.postal_code(typed).ok_or_else(|| AppError::invalid("postal_code", "address.postal_code_invalid"))
}

/// One of a customer's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub id: AddressId,
    pub form: AddressForm,
    /// When an order was last shipped to it.
    pub last_used: Option<Moment>,
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> AddressForm {
        AddressForm {
            recipient: " Anna Kowalska ".into(),
            street: "ul. Józefa 14/3".into(),
            postal_code: "31056".into(),
            city: "Kraków".into(),
            country: "PL".into(),
            ..AddressForm::default()
        }
    }

    fn wrong(form: &AddressForm) -> Option<String> {
        match form.checked() {
            Err(AppError::Invalid { field, .. }) => Some(field),
            _ => None,
        }
    }

    #[test]
    fn an_address_fits_its_country() {
        let checked = address().checked().unwrap();
        assert_eq!((checked.recipient.as_str(), checked.postal_code.as_str()), ("Anna Kowalska", "31-056"));
        assert_eq!(wrong(&AddressForm { country: "XX".into(), ..address() }).as_deref(), Some("country"));
        assert_eq!(wrong(&AddressForm { postal_code: "3105".into(), ..address() }).as_deref(), Some("postal_code"));
        assert_eq!(wrong(&AddressForm { street: " ".into(), ..address() }).as_deref(), Some("street"));
        let american = AddressForm { country: "US".into(), postal_code: "10001".into(), ..address() };
        assert_eq!(wrong(&american).as_deref(), Some("region"));
        assert_eq!(wrong(&AddressForm { region: "NY".into(), ..american }), None);
    }

    #[test]
    fn the_map_is_asked_for_the_street() {
        let url = address().checked().unwrap().map_url();
        assert_eq!(url, "https://www.openstreetmap.org/search?query=ul.%20J%C3%B3zefa%2014%2F3,%2031-056,%20Krak%C3%B3w,%20PL");
    }
}
