//! Passwords: Argon2id with the parameters of OWASP's cheat sheet (19 MiB, 2 passes, 1 lane), which are the crate's default.

use crate::base::{AppError, AppResult};
use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

/// NIST SP 800-63B asks for at least 8; what a back office guards deserves more.
pub const MIN_LENGTH: usize = 10;
/// Longer ones only cost hashing time.
pub const MAX_LENGTH: usize = 256;

/// Refuses passwords that are too short or too long, or the email itself.
///
/// # Errors
/// [`AppError::Invalid`] on the field `password`.
pub fn check(password: &str, email: &str) -> AppResult<()> {
    match password.chars().count() {
        n if n < MIN_LENGTH => Err(AppError::invalid("password", "staff.password_too_short")),
        n if n > MAX_LENGTH => Err(AppError::invalid("password", "staff.password_too_long")),
        _ if password.eq_ignore_ascii_case(email) => Err(AppError::invalid("password", "staff.password_is_email")),
        _ => Ok(()),
    }
}

/// Hashes with a fresh salt. Takes tens of milliseconds: call it off the async threads.
///
/// # Errors
/// Only when the system yields no randomness.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    Argon2::default().hash_password(password.as_bytes(), &salt).map(|h| h.to_string()).map_err(|e| anyhow::anyhow!("{e}"))
}

/// Whether `password` is the one of `hash`. Without a hash (no such account, not yet accepted) it takes the same time and
/// yields false, so that answers do not tell which accounts exist.
#[must_use]
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$8Vb3Iu0XNi7IYVTeN0mNsd8gt2jvKe3sZC2sSLzJkdM";
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODY)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_only_the_right_password() {
        let hash = hash("correct horse battery").unwrap();
        assert!(verify("correct horse battery", Some(&hash)));
        assert!(!verify("correct horse batterx", Some(&hash)));
        assert!(!verify("anything", None));
        assert!(!verify("anything", Some("not a hash")));
    }
}
