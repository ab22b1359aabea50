//! Countries: what an address needs in each. Their names are in the messages files (`country.DE`).

use super::i18n::Lang;

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

/// All of ISO 3166, by code.
pub const COUNTRIES: &[Country] = &[
    country("AD", "376", ""),
    country("AE", "971", ""),
    country("AF", "93", ""),
    country("AG", "1", ""),
    country("AI", "1", ""),
    country("AL", "355", ""),
    country("AM", "374", ""),
    country("AO", "244", ""),
    country("AQ", "672", ""),
    with_region("AR", "54", "####|@####@@@"),
    country("AS", "1", ""),
    country("AT", "43", "####"),
    with_region("AU", "61", "####"),
    country("AW", "297", ""),
    country("AX", "358", ""),
    country("AZ", "994", ""),
    country("BA", "387", ""),
    country("BB", "1", ""),
    country("BD", "880", ""),
    country("BE", "32", "####"),
    country("BF", "226", ""),
    country("BG", "359", "####"),
    country("BH", "973", ""),
    country("BI", "257", ""),
    country("BJ", "229", ""),
    country("BL", "590", ""),
    country("BM", "1", ""),
    country("BN", "673", ""),
    country("BO", "591", ""),
    country("BQ", "599", ""),
    with_region("BR", "55", "#####-###"),
    country("BS", "1", ""),
    country("BT", "975", ""),
    country("BV", "47", ""),
    country("BW", "267", ""),
    country("BY", "375", ""),
    country("BZ", "501", ""),
    with_region("CA", "1", "@#@ #@#"),
    country("CC", "61", ""),
    country("CD", "243", ""),
    country("CF", "236", ""),
    country("CG", "242", ""),
    country("CH", "41", "####"),
    country("CI", "225", ""),
    country("CK", "682", ""),
    country("CL", "56", ""),
    country("CM", "237", ""),
    with_region("CN", "86", "######"),
    country("CO", "57", ""),
    country("CR", "506", ""),
    country("CU", "53", ""),
    country("CV", "238", ""),
    country("CW", "599", ""),
    country("CX", "61", ""),
    country("CY", "357", "####"),
    country("CZ", "420", "### ##"),
    country("DE", "49", "#####"),
    country("DJ", "253", ""),
    country("DK", "45", "####"),
    country("DM", "1", ""),
    country("DO", "1", ""),
    country("DZ", "213", ""),
    country("EC", "593", ""),
    country("EE", "372", "#####"),
    country("EG", "20", ""),
    country("EH", "212", ""),
    country("ER", "291", ""),
    country("ES", "34", "#####"),
    country("ET", "251", ""),
    country("FI", "358", "#####"),
    country("FJ", "679", ""),
    country("FK", "500", ""),
    country("FM", "691", ""),
    country("FO", "298", ""),
    country("FR", "33", "#####"),
    country("GA", "241", ""),
    country("GB", "44", "@# #@@|@## #@@|@@# #@@|@@## #@@|@#@ #@@|@@#@ #@@"),
    country("GD", "1", ""),
    country("GE", "995", ""),
    country("GF", "594", ""),
    country("GG", "44", ""),
    country("GH", "233", ""),
    country("GI", "350", ""),
    country("GL", "299", ""),
    country("GM", "220", ""),
    country("GN", "224", ""),
    country("GP", "590", ""),
    country("GQ", "240", ""),
    country("GR", "30", "### ##"),
    country("GS", "500", ""),
    country("GT", "502", ""),
    country("GU", "1", ""),
    country("GW", "245", ""),
    country("GY", "592", ""),
    country("HK", "852", ""),
    country("HM", "672", ""),
    country("HN", "504", ""),
    country("HR", "385", "#####"),
    country("HT", "509", ""),
    country("HU", "36", "####"),
    country("ID", "62", "#####"),
    country("IE", "353", ""),
    country("IL", "972", "#######|#####"),
    country("IM", "44", ""),
    with_region("IN", "91", "######|### ###"),
    country("IO", "246", ""),
    country("IQ", "964", ""),
    country("IR", "98", ""),
    country("IS", "354", "###"),
    country("IT", "39", "#####"),
    country("JE", "44", ""),
    country("JM", "1", ""),
    country("JO", "962", ""),
    with_region("JP", "81", "###-####"),
    country("KE", "254", ""),
    country("KG", "996", ""),
    country("KH", "855", ""),
    country("KI", "686", ""),
    country("KM", "269", ""),
    country("KN", "1", ""),
    country("KP", "850", ""),
    country("KR", "82", "#####"),
    country("KW", "965", ""),
    country("KY", "1", ""),
    country("KZ", "7", ""),
    country("LA", "856", ""),
    country("LB", "961", ""),
    country("LC", "1", ""),
    country("LI", "423", "####"),
    country("LK", "94", ""),
    country("LR", "231", ""),
    country("LS", "266", ""),
    country("LT", "370", "LT-#####|#####"),
    country("LU", "352", "####|L-####"),
    country("LV", "371", "LV-####"),
    country("LY", "218", ""),
    country("MA", "212", "#####"),
    country("MC", "377", ""),
    country("MD", "373", ""),
    country("ME", "382", ""),
    country("MF", "590", ""),
    country("MG", "261", ""),
    country("MH", "692", ""),
    country("MK", "389", ""),
    country("ML", "223", ""),
    country("MM", "95", ""),
    country("MN", "976", ""),
    country("MO", "853", ""),
    country("MP", "1", ""),
    country("MQ", "596", ""),
    country("MR", "222", ""),
    country("MS", "1", ""),
    country("MT", "356", "@@@ ####"),
    country("MU", "230", ""),
    country("MV", "960", ""),
    country("MW", "265", ""),
    with_region("MX", "52", "#####"),
    country("MY", "60", "#####"),
    country("MZ", "258", ""),
    country("NA", "264", ""),
    country("NC", "687", ""),
    country("NE", "227", ""),
    country("NF", "672", ""),
    country("NG", "234", ""),
    country("NI", "505", ""),
    country("NL", "31", "#### @@"),
    country("NO", "47", "####"),
    country("NP", "977", ""),
    country("NR", "674", ""),
    country("NU", "683", ""),
    country("NZ", "64", "####"),
    country("OM", "968", ""),
    country("PA", "507", ""),
    country("PE", "51", ""),
    country("PF", "689", ""),
    country("PG", "675", ""),
    country("PH", "63", "####"),
    country("PK", "92", ""),
    country("PL", "48", "##-###"),
    country("PM", "508", ""),
    country("PN", "64", ""),
    country("PR", "1", ""),
    country("PS", "970", ""),
    country("PT", "351", "####-###"),
    country("PW", "680", ""),
    country("PY", "595", ""),
    country("QA", "974", ""),
    country("RE", "262", ""),
    country("RO", "40", "######"),
    country("RS", "381", "#####"),
    country("RU", "7", ""),
    country("RW", "250", ""),
    country("SA", "966", ""),
    country("SB", "677", ""),
    country("SC", "248", ""),
    country("SD", "249", ""),
    country("SE", "46", "### ##"),
    country("SG", "65", "######"),
    country("SH", "290", ""),
    country("SI", "386", "####"),
    country("SJ", "47", ""),
    country("SK", "421", "### ##"),
    country("SL", "232", ""),
    country("SM", "378", ""),
    country("SN", "221", ""),
    country("SO", "252", ""),
    country("SR", "597", ""),
    country("SS", "211", ""),
    country("ST", "239", ""),
    country("SV", "503", ""),
    country("SX", "1", ""),
    country("SY", "963", ""),
    country("SZ", "268", ""),
    country("TC", "1", ""),
    country("TD", "235", ""),
    country("TF", "262", ""),
    country("TG", "228", ""),
    country("TH", "66", "#####"),
    country("TJ", "992", ""),
    country("TK", "690", ""),
    country("TL", "670", ""),
    country("TM", "993", ""),
    country("TN", "216", ""),
    country("TO", "676", ""),
    country("TR", "90", "#####"),
    country("TT", "1", ""),
    country("TV", "688", ""),
    country("TW", "886", "###|#####|######"),
    country("TZ", "255", ""),
    country("UA", "380", "#####"),
    country("UG", "256", ""),
    country("UM", "1", ""),
    with_region("US", "1", "#####|#####-####"),
    country("UY", "598", ""),
    country("UZ", "998", ""),
    country("VA", "39", ""),
    country("VC", "1", ""),
    country("VE", "58", ""),
    country("VG", "1", ""),
    country("VI", "1", ""),
    country("VN", "84", ""),
    country("VU", "678", ""),
    country("WF", "681", ""),
    country("WS", "685", ""),
    country("YE", "967", ""),
    country("YT", "262", ""),
    country("ZA", "27", "####"),
    country("ZM", "260", ""),
    country("ZW", "263", ""),
];

/// The country of an ISO code in upper case.
#[must_use]
pub fn find(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code == code)
}

/// The country whose numbers begin with these digits; one of several that share a calling code.
#[must_use]
pub fn calling_code(digits: &str) -> Option<&'static str> {
    // No calling code begins with another one.
    COUNTRIES.iter().map(|country| country.calling).find(|calling| digits.starts_with(calling))
}

/// Every country's code and name, in the order of the names.
#[must_use]
pub fn by_name(l: Lang) -> Vec<(&'static str, String)> {
    let mut names: Vec<_> = COUNTRIES.iter().map(|country| (country.code, l.country(country.code))).collect();
    names.sort_by_cached_key(|(_, name)| sort_key(name));
    names
}

/// Names begin with hardly any other letter than these that is not in the alphabet.
fn sort_key(name: &str) -> String {
    let plain = |c| match c {
        'Ä' | 'Å' => 'a',
        'Ö' => 'o',
        'Ü' => 'u',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(plain).collect()
}

impl Country {
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

    #[cfg(feature = "ssr")]
    #[test]
    fn every_country_has_a_name_in_every_language() {
        for (code, ..) in crate::base::i18n::LOCALES {
            let named = by_name(crate::base::i18n::by_code(code));
            assert!(named.iter().all(|(code, name)| name != code), "{code}: {named:?}");
        }
        let german = by_name(crate::base::i18n::by_code("de"));
        let at = |code| german.iter().position(|(other, _)| *other == code);
        assert!(at("OM") < at("AT") && at("AT") < at("PK"), "Österreich stands between Oman and Pakistan");
    }

    #[test]
    fn no_calling_code_begins_with_another() {
        for one in COUNTRIES {
            for other in COUNTRIES.iter().filter(|other| other.calling != one.calling) {
                assert!(!other.calling.starts_with(one.calling), "{} {}", one.code, other.code);
            }
        }
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
