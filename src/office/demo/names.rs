//! Names of many cultures, put together by chance from `lists/names.tsv`.

use super::words::{self, Weighted, any, chance, early};
use crate::base::text::normalise;
use anyhow::Context;
use rand_chacha::ChaCha8Rng;

const LIST: &str = include_str!("lists/names.tsv");

/// All cultures of the list.
pub struct Names {
    cultures: Weighted<Culture>,
}

struct Culture {
    /// The language that its people read.
    locale: &'static str,
    countries: Weighted<Residence>,
    family: Vec<Name>,
    /// The feminine forms, where they differ.
    family_f: Vec<Name>,
    female: Vec<Name>,
    male: Vec<Name>,
}

#[derive(Clone, Copy)]
struct Residence {
    country: &'static str,
    /// Here people write their own script and read their own language.
    home: bool,
}

struct Name {
    native: String,
    latin: Option<String>,
}

/// What a person is called and where they live.
pub struct FullName {
    pub first: String,
    /// Empty for people with one name.
    pub last: String,
    /// In plain ASCII letters, for the email.
    pub first_ascii: String,
    pub last_ascii: String,
    pub country: &'static str,
    pub locale: &'static str,
}

impl Names {
    /// # Errors
    /// When the list has a line that cannot be read.
    pub fn read() -> anyhow::Result<Self> {
        let mut cultures = Weighted::<Culture>::default();
        for line in words::lines(LIST) {
            match line.kind {
                "culture" => cultures.push(Culture::new(line.text(2)?, line.text(3)?)?, line.number(1)?),
                part => {
                    let culture = cultures.last_mut().context("names before the first culture")?;
                    let list = match part {
                        "family" => &mut culture.family,
                        "family_f" => &mut culture.family_f,
                        "female" => &mut culture.female,
                        "male" => &mut culture.male,
                        _ => return line.unknown(),
                    };
                    list.extend(line.text(0)?.split(' ').map(Name::new));
                }
            }
        }
        Ok(Self { cultures })
    }

    /// A name by chance; `None` only for an empty list.
    pub fn pick(&self, rng: &mut ChaCha8Rng) -> Option<FullName> {
        let culture = self.cultures.pick(rng)?;
        let residence = culture.countries.pick(rng)?;
        let female = chance(500, rng);
        let given = early(if female { &culture.female } else { &culture.male }, rng)?;
        let families = if female && !culture.family_f.is_empty() { &culture.family_f } else { &culture.family };
        let family = early(families, rng);
        // Abroad, most people with another script write themselves in Latin letters.
        let native = chance(if residence.home { 880 } else { 250 }, rng);
        let (mut first, mut last) = (given.written(native), family.map(|f| f.written(native)).unwrap_or_default().to_owned());
        let initial;
        if given.latin.is_none() {
            if chance(40, rng) {
                initial = format!("{first} {}.", char::from(b'A' + u8::try_from(words::between(0, 25, rng)).unwrap_or(0)));
                first = &initial;
            }
            if let (true, Some(second)) = (chance(45, rng), any(families, rng))
                && second.native != last
                && !last.contains('-')
            {
                last = format!("{last}-{}", second.native);
            }
        }
        Some(FullName {
            first: first.to_owned(),
            last,
            first_ascii: given.ascii(),
            last_ascii: family.map(Name::ascii).unwrap_or_default(),
            country: residence.country,
            locale: if residence.home { culture.locale } else { "en" },
        })
    }
}

impl Culture {
    fn new(locale: &'static str, countries: &'static str) -> anyhow::Result<Self> {
        let residence = |part: &'static str| {
            let (country, weight) = part.split_once(':').with_context(|| format!("{part:?} has no weight"))?;
            let home = country.ends_with('*');
            anyhow::Ok((Residence { country: country.trim_end_matches('*'), home }, weight.parse()?))
        };
        let countries = countries.split(' ').map(residence).collect::<anyhow::Result<_>>()?;
        Ok(Self { locale, countries, family: vec![], family_f: vec![], female: vec![], male: vec![] })
    }
}

impl Name {
    fn new(entry: &str) -> Self {
        let entry = entry.replace('_', " ");
        match entry.split_once('=') {
            Some((native, latin)) => Self { native: native.to_owned(), latin: Some(latin.to_owned()) },
            None => Self { native: entry, latin: None },
        }
    }

    fn written(&self, native: bool) -> &str {
        self.latin.as_deref().filter(|_| !native).unwrap_or(&self.native)
    }

    fn ascii(&self) -> String {
        let latin = self.latin.as_deref().unwrap_or(&self.native);
        normalise(latin).chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_name_has_an_ascii_form() {
        let names = Names::read().unwrap();
        for culture in names.cultures.items() {
            assert!(!culture.female.is_empty() && !culture.male.is_empty(), "{}", culture.locale);
            assert!(culture.family_f.is_empty() || culture.family_f.len() == culture.family.len());
            for name in [&culture.family, &culture.family_f, &culture.female, &culture.male].into_iter().flatten() {
                assert!(!name.ascii().is_empty(), "{}", name.native);
            }
        }
    }

    #[test]
    fn names_are_of_many_kinds() {
        let names = Names::read().unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let people: Vec<FullName> = (0..5000).filter_map(|_| names.pick(&mut rng)).collect();
        assert_eq!(people.len(), 5000);
        let some = |test: fn(&FullName) -> bool| people.iter().filter(|p| test(p)).count() >= 5;
        assert!(some(|p| p.last.is_empty()), "mononyms");
        assert!(some(|p| p.last.contains('\'')), "O'…");
        assert!(some(|p| p.last.contains('-')), "double names");
        assert!(some(|p| p.last.starts_with("de la ")), "particles");
        for (script, range) in
            [("Cyrillic", 'а'..='я'), ("Han", '一'..='龥'), ("Hangul", '가'..='힣'), ("Arabic", 'ا'..='ي'), ("Thai", 'ก'..='ฮ')]
        {
            assert!(people.iter().any(|p| p.first.chars().any(|c| range.contains(&c))), "{script}");
        }
    }
}
