//! Email addresses and phone numbers, as people type them.

use super::country;
use std::collections::BTreeSet;

/// The longest address that mail servers must take (RFC 5321).
const EMAIL_MAX: usize = 254;
/// The most and fewest digits of a number (ITU E.164; short codes are no phone of a customer's).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// An email address, trimmed.
///
/// # Errors
/// The messages key of what is wrong with it.
pub fn email(typed: &str) -> Result<&str, &'static str> {
    let email = typed.trim();
    if email.is_empty() {
        return Err("contact.email_missing");
    }
    let Some((local, domain)) = email.rsplit_once('@') else { return Err("contact.email_no_at") };
    let plain = !email.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '"'));
    if local.is_empty() || domain.is_empty() || local.contains('@') || !plain || email.len() > EMAIL_MAX {
        return Err("contact.email_invalid");
    }
    if !domain.contains('.') || domain.split('.').any(str::is_empty) {
        return Err("contact.email_no_ending");
    }
    Ok(email)
}

/// The form in which addresses are compared.
#[must_use]
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// A phone number as it was typed, trimmed; empty where there is none.
///
/// # Errors
/// The messages key of what is wrong with it.
pub fn phone(typed: &str) -> Result<&str, &'static str> {
    let phone = typed.trim();
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let plain = phone.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '/' | '(' | ')' | ' ' | '\u{a0}'));
    if phone.is_empty() || plain && PHONE_DIGITS.contains(&digits) && phone.len() <= 40 {
        Ok(phone)
    } else {
        Err("contact.phone_invalid")
    }
}

/// The form in which numbers are compared: digits with the country code. A number without one takes that of `country` (an
/// ISO code) where that is known.
#[must_use]
pub fn phone_key(phone: &str, country: &str) -> String {
    let phone = phone.trim();
    // "+49 (0)30": the zero in brackets is for callers at home.
    let international = phone.starts_with('+') || phone.starts_with("00");
    let bare = if international { phone.replace("(0)", "") } else { phone.to_owned() };
    let digits: String = bare.chars().filter(char::is_ascii_digit).collect();
    if international {
        return digits.strip_prefix("00").unwrap_or(&digits).to_owned();
    }
    match country::find(country).map(|country| country.calling) {
        // North America has no leading zero, ten digits are a national number.
        Some("1") if digits.len() == 10 => format!("1{digits}"),
        // Italian, Ivorian and Congolese numbers keep their zero abroad.
        Some(calling @ ("39" | "225" | "242")) if digits.starts_with('0') => format!("{calling}{digits}"),
        Some(calling) if digits.starts_with('0') => format!("{calling}{}", &digits[1..]),
        _ => digits,
    }
}

/// A number for reading: one that is a plus and bare digits is grouped, `+1 212 555 1234`; what somebody has grouped themselves
/// stays as it is.
#[must_use]
pub fn readable_phone(phone: &str) -> String {
    let bare = phone.strip_prefix('+').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    let Some((calling, mut rest)) = bare.and_then(|digits| digits.split_at_checked(country::calling_code(digits)?.len())) else {
        return phone.to_owned();
    };
    let mut grouped = format!("+{calling}");
    while !rest.is_empty() {
        // Threes, and no last digit alone.
        let (group, next) = rest.split_at(if rest.len() <= 4 { rest.len() } else { 3 });
        grouped.push('\u{a0}');
        grouped.push_str(group);
        rest = next;
    }
    grouped
}

/// Every key under which a number may be known: typed at home it may be kept with any country's code, typed with a code it may be
/// kept as at home. Empty where nothing was typed.
#[must_use]
pub fn phone_keys(phone: &str) -> BTreeSet<String> {
    let key = phone_key(phone, "");
    if key.is_empty() {
        return BTreeSet::new();
    }
    let mut keys: BTreeSet<String> = country::COUNTRIES.iter().map(|country| phone_key(phone, country.code)).collect();
    let national = country::COUNTRIES.iter().filter_map(|country| key.strip_prefix(country.calling));
    let national = national.filter(|rest| PHONE_DIGITS.contains(&rest.len()) && phone_key(phone, "US") == key);
    keys.extend(national.flat_map(|rest| [rest.to_owned(), format!("0{rest}")]));
    keys.insert(key);
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_say_what_is_wrong_with_them() {
        assert_eq!(email(" Ana@Example.com "), Ok("Ana@Example.com"));
        for (typed, wrong) in [
            ("", "contact.email_missing"),
            ("ana", "contact.email_no_at"),
            ("@example.com", "contact.email_invalid"),
            ("a b@example.com", "contact.email_invalid"),
            ("a@b@example.com", "contact.email_invalid"),
            ("ana@example", "contact.email_no_ending"),
            ("ana@example.", "contact.email_no_ending"),
        ] {
            assert_eq!(email(typed), Err(wrong), "{typed}");
        }
    }

    #[test]
    fn phones_are_compared_with_their_country() {
        for (typed, country, key) in [
            ("+49 (0)30 1234-56", "", "4930123456"),
            ("0049 30 123456", "", "4930123456"),
            ("030 / 123456", "DE", "4930123456"),
            ("(212) 555-0100", "US", "12125550100"),
            ("+1 212 555 0100", "", "12125550100"),
            ("601 222 333", "PL", "601222333"),
            ("", "DE", ""),
        ] {
            assert_eq!(phone_key(typed, country), key, "{typed}");
        }
    }

    #[test]
    fn phones_are_grouped_for_reading() {
        for (stored, shown) in [
            ("+12125551234", "+1 212 555 1234"),
            ("+4930123456", "+49 301 234 56"),
            ("+35312345678", "+353 123 456 78"),
            ("+49 30 / 123456", "+49 30 / 123456"),
            ("030 123456", "030 123456"),
            ("+999123", "+999123"),
            ("", ""),
        ] {
            assert_eq!(readable_phone(stored).replace('\u{a0}', " "), shown, "{stored}");
        }
    }

    #[test]
    fn a_phone_is_known_by_several_keys() {
        assert!(phone_keys("030 123456").contains("4930123456"));
        assert!(phone_keys("030 123456").contains("030123456"));
        assert!(phone_keys("+49 30 123456").contains("030123456"));
        assert!(phone_keys("+49 30 123456").contains("4930123456"));
        assert!(phone_keys("212 555 0100").contains("12125550100"));
        assert!(phone_keys(" ").is_empty());
    }

    #[test]
    fn phones_are_digits_and_what_people_write_between() {
        assert_eq!(phone(" +48 601 222 333 "), Ok("+48 601 222 333"));
        assert_eq!(phone(""), Ok(""));
        for typed in ["1234", "call me", "+1 212 555 0100 0000 0000"] {
            assert_eq!(phone(typed), Err("contact.phone_invalid"), "{typed}");
        }
    }
}
