//! The people around the purchases: made up, the same for the same chance.
//!
//! Emails are unique and only under domains that RFC 2606 and RFC 6761 keep for examples, so that nothing can ever be sent.

use super::names::{FullName, Names};
use super::places::{Country, Place, Places};
use super::words::{Weighted, any, between, chance};
use crate::base::Day;
use anyhow::Context;
use rand_chacha::ChaCha8Rng;

const PRIVATE_DOMAINS: [(&str, u32); 8] = [
    ("example.com", 42),
    ("example.org", 18),
    ("example.net", 14),
    ("mail.example", 9),
    ("post.example", 6),
    ("inbox.example", 5),
    ("campus.example", 3),
    ("letters.example", 3),
];

const COMPANIES: [(&str, &str); 16] = [
    ("Acme Trading Ltd.", "acme.example"),
    ("Bellweather Books & Records", "bellweather.example"),
    ("Café Grammophon GmbH", "cafe-grammophon.example"),
    ("Harborlight Hotels", "harborlight.example"),
    ("Kestrel Radio", "kestrel-radio.example"),
    ("La Boîte à Disques SARL", "boite-a-disques.example"),
    ("Larkhaven Public Library", "larkhaven-library.example"),
    ("Montevella Distribuzione S.r.l.", "montevella.example"),
    ("Northpine Coffee Roasters", "northpine.example"),
    ("Osterfjord Musikk AS", "osterfjord.example"),
    ("Plattenkiste Müller & Söhne KG", "plattenkiste.example"),
    ("Quarter Note Supply Co.", "quarternote.example"),
    ("Sakura Listening Bar 株式会社", "sakura-bar.example"),
    ("St. Orme's School of Music", "st-ormes.example"),
    ("Tin Kettle Films", "tinkettle.example"),
    ("Zimbara Imports (Pty) Ltd", "zimbara.example"),
];

/// Emails that are taken, as bits of their hashes: fixed in size however many there are. A bit that is set by another email's
/// hash only costs a number in the address.
const TAKEN_BITS: usize = 1 << 25;

/// Makes personas.
pub struct Personas {
    names: Names,
    places: Places,
    domains: Weighted<&'static str>,
    taken: Vec<u64>,
}

/// Who a customer is.
pub struct Persona {
    pub name: FullName,
    /// Empty for private persons.
    pub company: &'static str,
    pub email: String,
    /// In E.164 form.
    pub phone: Option<String>,
    pub date_of_birth: Option<String>,
    /// The default shipping address first.
    pub homes: Vec<Place>,
}

impl Persona {
    /// The names as they are shown.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.name.first, self.name.last).trim().to_owned()
    }
}

impl Personas {
    /// # Errors
    /// When an embedded word list cannot be read.
    pub fn read() -> anyhow::Result<Self> {
        Ok(Self {
            names: Names::read().context("names.tsv")?,
            places: Places::read().context("places.tsv")?,
            domains: PRIVATE_DOMAINS.into_iter().collect(),
            taken: vec![0; TAKEN_BITS / 64],
        })
    }

    /// The persona of the customer `id`. `more_homes`: whether some have several addresses.
    ///
    /// # Errors
    /// When a word list lacks what a persona needs.
    pub fn make(&mut self, id: i64, today: Day, more_homes: bool, rng: &mut ChaCha8Rng) -> anyhow::Result<Persona> {
        let name = self.names.pick(rng).context("no names")?;
        let country = self.places.country(name.country).with_context(|| format!("no country {}", name.country))?;
        let company = if chance(30, rng) { any(&COMPANIES, rng) } else { None };
        let homes = homes(country, more_homes, rng)?;
        let phone = if chance(820, rng) { country.phone(rng) } else { None };
        // Ages from 16 to 88, most in the middle: the mean of two dice.
        let age_days = (between(16 * 365, 88 * 365, rng) + between(16 * 365, 88 * 365, rng)) / 2;
        let born = Day(today.0 - i32::try_from(age_days)?);
        let date_of_birth = chance(620, rng).then(|| born.iso());
        let domain = company.map(|c| c.1).or_else(|| self.domains.pick(rng).copied()).context("no domains")?;
        let email = self.email(id, &name, domain, born, rng);
        Ok(Persona { name, company: company.map_or("", |c| c.0), email, phone, date_of_birth, homes })
    }

    /// Plain forms carry no digit right after a dot, numbered ones always do: so the two never meet.
    fn email(&mut self, id: i64, name: &FullName, domain: &str, born: Day, rng: &mut ChaCha8Rng) -> String {
        let (first, last) = (&name.first_ascii, &name.last_ascii);
        let year = born.date().year() % 100;
        let initial = first.get(..1).unwrap_or_default();
        let local = if last.is_empty() {
            format!("{first}{year:02}")
        } else {
            match between(0, 9, rng) {
                0..=3 => format!("{first}.{last}"),
                4 => format!("{first}{last}"),
                5 => format!("{initial}.{last}"),
                6 => format!("{last}.{first}"),
                7 => format!("{first}_{last}"),
                _ => format!("{first}{year:02}"),
            }
        };
        let plain = format!("{local}@{domain}");
        if self.take(&plain) { plain } else { format!("{local}.{id}@{domain}") }
    }

    /// Whether nobody took this email yet; from now on it is taken.
    fn take(&mut self, email: &str) -> bool {
        // FNV-1a, since the standard library's hash may change with the compiler, and with it the data.
        let hash = email.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let bit = usize::try_from((hash ^ (hash >> 29)) % TAKEN_BITS as u64).unwrap_or(0);
        let (word, mask) = (&mut self.taken[bit / 64], 1 << (bit % 64));
        let free = *word & mask == 0;
        *word |= mask;
        free
    }
}

fn homes(country: &Country, more: bool, rng: &mut ChaCha8Rng) -> anyhow::Result<Vec<Place>> {
    let count = if !more {
        1
    } else {
        match between(0, 99, rng) {
            0..=77 => 1,
            78..=95 => 2,
            _ => 3,
        }
    };
    (0..count).map(|_| country.place(rng).with_context(|| format!("no cities in {}", country.code))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use std::collections::HashSet;

    #[test]
    fn emails_are_unique_and_of_examples() {
        let mut personas = Personas::read().unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut seen = HashSet::new();
        for id in 1..=20_000 {
            let persona = personas.make(id, Day(20_000), true, &mut rng).unwrap();
            let (local, domain) = persona.email.split_once('@').unwrap();
            assert!(domain.ends_with(".example") || domain.starts_with("example."), "{domain}");
            assert!(local.len() > 1 && local.is_ascii() && !local.starts_with('.'), "{local}");
            assert!(!persona.homes.is_empty());
            assert!(seen.insert(persona.email.to_lowercase()), "{}", persona.email);
        }
    }
}
