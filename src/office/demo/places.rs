//! Countries, cities, streets and telephone numbers, from `lists/places.tsv`.

use super::words::{self, Weighted, any, fill};
use anyhow::Context;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

const LIST: &str = include_str!("lists/places.tsv");

/// The countries of the list by their codes.
pub struct Places {
    countries: HashMap<&'static str, Country>,
}

/// A country and how addresses and telephone numbers look there.
pub struct Country {
    pub code: &'static str,
    time_zone: &'static str,
    phones: Vec<&'static str>,
    street_form: &'static str,
    streets: Vec<&'static str>,
    cities: Weighted<City>,
}

struct City {
    name: &'static str,
    region: &'static str,
    postal: &'static str,
    time_zone: &'static str,
}

/// A made-up postal address.
pub struct Place {
    pub street: String,
    pub postal_code: String,
    pub city: &'static str,
    pub region: &'static str,
    pub country: &'static str,
    pub time_zone: &'static str,
}

impl Places {
    /// # Errors
    /// When the list has a line that cannot be read.
    pub fn read() -> anyhow::Result<Self> {
        let mut countries: Vec<Country> = Vec::new();
        for line in words::lines(LIST) {
            match line.kind {
                "country" => countries.push(Country {
                    code: line.text(0)?,
                    time_zone: line.text(1)?,
                    phones: line.text(2)?.split(' ').collect(),
                    street_form: line.text(3)?,
                    streets: line.text(4)?.split(';').collect(),
                    cities: Weighted::default(),
                }),
                "city" => {
                    let country = countries.last_mut().context("a city before the first country")?;
                    let time_zone = line.text(4).unwrap_or(country.time_zone);
                    let city = City { name: line.text(0)?, region: line.text(1)?, postal: line.text(2)?, time_zone };
                    country.cities.push(city, line.number(3)?);
                }
                _ => return line.unknown(),
            }
        }
        Ok(Self { countries: countries.into_iter().map(|c| (c.code, c)).collect() })
    }

    pub fn country(&self, code: &str) -> Option<&Country> {
        self.countries.get(code)
    }
}

impl Country {
    /// An address by chance; `None` only where the list names no city.
    pub fn place(&self, rng: &mut ChaCha8Rng) -> Option<Place> {
        let city = self.cities.pick(rng)?;
        let street = any(&self.streets, rng)?;
        let number = words::between(1, 240, rng).to_string();
        Some(Place {
            street: words::expand(self.street_form, |name| if name == "n" { number.as_str().into() } else { (*street).into() }),
            // Some countries have no postal codes.
            postal_code: if city.postal == "-" { String::new() } else { fill(city.postal, rng) },
            city: city.name,
            region: city.region,
            country: self.code,
            time_zone: city.time_zone,
        })
    }

    /// A telephone number in E.164 form; `None` only where the list has no pattern.
    pub fn phone(&self, rng: &mut ChaCha8Rng) -> Option<String> {
        any(&self.phones, rng).map(|pattern| fill(pattern, rng))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_country_has_addresses_and_numbers() {
        let places = Places::read().unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        assert!(places.countries.len() >= 15);
        for country in places.countries.values() {
            for _ in 0..20 {
                let place = country.place(&mut rng).unwrap();
                assert!(place.time_zone.parse::<chrono_tz::Tz>().is_ok(), "{}", place.time_zone);
                assert!(!place.street.contains('{') && !place.postal_code.contains(['#', '@']), "{}", country.code);
                let phone = country.phone(&mut rng).unwrap();
                assert!((10..=16).contains(&phone.len()) && phone[1..].bytes().all(|b| b.is_ascii_digit()), "{phone}");
            }
        }
    }
}
