//! Card numbers: `FC`, nine digits, and a check digit that finds every mistyped digit and every two that changed places.

/// What every number begins with.
pub const PREFIX: &str = "FC";
/// Numbers before the check digit.
const RANGE: u32 = 1_000_000_000;

/// The card number of a random number.
#[must_use]
pub fn number(random: u32) -> String {
    let digits = format!("{:09}", random % RANGE);
    format!("{PREFIX}{digits}{}", check_digit(&digits))
}

/// Luhn's (ISO/IEC 7812-1): every second digit from the right is doubled.
fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = if at % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_digit_is_found() {
        assert_eq!(check_digit("7992739871"), 3);
        assert_eq!(number(4_000_000_123), "FC0000001230");
        let good = number(123_456_789);
        let digits = &good[2..];
        let valid = |digits: &str| check_digit(&digits[..9]).to_string() == digits[9..];
        assert!(valid(digits));
        for at in 0..10 {
            for other in "0123456789".chars().filter(|c| !digits[at..].starts_with(*c)) {
                let typed = format!("{}{other}{}", &digits[..at], &digits[at + 1..]);
                assert!(!valid(&typed), "{typed}");
            }
        }
    }
}
