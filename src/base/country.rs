//! Countries: what an address needs in each. Their names are in the messages files (`country.DE`).

/// One country, by its ISO 3166 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// Two capital letters: `DE`.
    pub code: &'static str,
    /// What its postal codes look like: `#` is a digit, `@` a letter, alternatives stand between bars; empty where there are
    /// none or where they are not checked.
    postal: &'static str,
    /// Whether an address must name the state or province.
    pub needs_region: bool,
    /// What numbers from abroad begin with: `49`.
    pub calling: &'static str,
}

const fn country(code: &'static str, calling: &'static str, postal: &'static str) -> Country {
    Country { code, postal, needs_region: false, calling }
}

const fn with_region(code: &'static str, calling: &'static str, postal: &'static str) -> Country {
    Country { code, postal, needs_region: true, calling }
}

/// Those that addresses can be in, by code.
pub const COUNTRIES: &[Country] = &[
    country("AE", "971", ""),
    with_region("AR", "54", "####|@####@@@"),
    country("AT", "43", "####"),
    with_region("AU", "61", "####"),
    country("BE", "32", "####"),
    country("BG", "359", "####"),
    with_region("BR", "55", "#####-###"),
    with_region("CA", "1", "@#@ #@#"),
    country("CH", "41", "####"),
    country("CL", "56", ""),
    with_region("CN", "86", "######"),
    country("CO", "57", ""),
    country("CY", "357", "####"),
    country("CZ", "420", "### ##"),
    country("DE", "49", "#####"),
    country("DK", "45", "####"),
    country("EE", "372", "#####"),
    country("EG", "20", ""),
    country("ES", "34", "#####"),
    country("FI", "358", "#####"),
    country("FR", "33", "#####"),
    country("GB", "44", "@# #@@|@## #@@|@@# #@@|@@## #@@|@#@ #@@|@@#@ #@@"),
    country("GR", "30", "### ##"),
    country("HK", "852", ""),
    country("HR", "385", "#####"),
    country("HU", "36", "####"),
    country("ID", "62", "#####"),
    country("IE", "353", ""),
    country("IL", "972", "#######|#####"),
    with_region("IN", "91", "######|### ###"),
    country("IS", "354", "###"),
    country("IT", "39", "#####"),
    with_region("JP", "81", "###-####"),
    country("KE", "254", ""),
    country("KR", "82", "#####"),
    country("LI", "423", "####"),
    country("LT", "370", "LT-#####|#####"),
    country("LU", "352", "####|L-####"),
    country("LV", "371", "LV-####"),
    country("MA", "212", "#####"),
    country("MT", "356", "@@@ ####"),
    with_region("MX", "52", "#####"),
    country("MY", "60", "#####"),
    country("NG", "234", ""),
    country("NL", "31", "#### @@"),
    country("NO", "47", "####"),
    country("NZ", "64", "####"),
    country("PE", "51", ""),
    country("PH", "63", "####"),
    country("PL", "48", "##-###"),
    country("PT", "351", "####-###"),
    country("RO", "40", "######"),
    country("RS", "381", "#####"),
    country("SA", "966", ""),
    country("SE", "46", "### ##"),
    country("SG", "65", "######"),
    country("SI", "386", "####"),
    country("SK", "421", "### ##"),
    country("TH", "66", "#####"),
    country("TR", "90", "#####"),
    country("TW", "886", "###|#####|######"),
    country("UA", "380", "#####"),
    with_region("US", "1", "#####|#####-####"),
    country("VN", "84", ""),
    country("ZA", "27", "####"),
];

/// The country of an ISO code in upper case.
#[must_use]
pub fn find(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code == code)
}

impl Country {
    /// The messages key of its name.
    #[must_use]
    pub fn name_key(&self) -> String {
        format!("country.{}", self.code)
    }

    /// Whether an address must have a postal code.
    #[must_use]
    pub fn needs_postal_code(&self) -> bool {
        !self.postal.is_empty()
    }

    /// What a postal code may look like, for the person who typed one that cannot be: `12345`.
    #[must_use]
    pub fn postal_example(&self) -> String {
        let mut digit = 0_u8;
        let first = self.postal.split('|').next().unwrap_or_default();
        let example = |c| match c {
            '#' => {
                digit = digit % 9 + 1;
                char::from(b'0' + digit)
            }
            '@' => 'A',
            other => other,
        };
        first.chars().map(example).collect()
    }

    /// The postal code as the country writes it; spaces, hyphens and case are forgiven. `None` when it cannot be one.
    #[must_use]
    pub fn postal_code(&self, typed: &str) -> Option<String> {
        let typed = typed.trim();
        if self.postal.is_empty() {
            return (typed.chars().count() <= 16).then(|| typed.to_owned());
        }
        let bare: Vec<char> = typed.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).collect();
        self.postal.split('|').find_map(|pattern| written(pattern, &bare))
    }
}

/// `bare` in the shape of `pattern`, where it fits.
fn written(pattern: &str, bare: &[char]) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = bare.iter();
    for shape in pattern.chars() {
        match shape {
            ' ' | '-' => out.push(shape),
            '#' => out.push(*rest.next().filter(|c| c.is_ascii_digit())?),
            '@' => out.push(*rest.next().filter(|c| c.is_ascii_uppercase())?),
            other => out.push(*rest.next().filter(|c| **c == other)?),
        }
    }
    rest.next().is_none().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(COUNTRIES.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn postal_codes_are_forgiven_spaces_and_case() {
        let read = |code: &str, typed: &str| find(code).unwrap().postal_code(typed);
        for (country, typed, written) in [
            ("US", "10001", "10001"),
            ("US", "100011234", "10001-1234"),
            ("CA", "k1a0b1", "K1A 0B1"),
            ("GB", "sw1a1aa", "SW1A 1AA"),
            ("GB", "M1 1AE", "M1 1AE"),
            ("NL", "1012ab", "1012 AB"),
            ("JP", "1500001", "150-0001"),
            ("PL", "31 056", "31-056"),
            ("IE", "D02 X285", "D02 X285"),
        ] {
            assert_eq!(read(country, typed).as_deref(), Some(written), "{country} {typed}");
        }
        for (country, typed) in [("DE", "1234"), ("DE", "123456"), ("US", "1000A"), ("CA", "111111"), ("AT", ""), ("GB", "SW1A")]
        {
            assert_eq!(read(country, typed), None, "{country} {typed}");
        }
    }

    #[test]
    fn examples_are_valid() {
        for country in COUNTRIES.iter().filter(|country| country.needs_postal_code()) {
            let example = country.postal_example();
            assert_eq!(country.postal_code(&example).as_deref(), Some(example.as_str()), "{}", country.code);
        }
    }
}
