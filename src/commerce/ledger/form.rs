//! What is typed about an amount: how much, why, until when. Shared by the rooms on top.

use super::Reason;
use crate::base::{AppError, AppResult, Currency, Money};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::KEY_MAX,
    crate::base::{Day, StaffId, Timestamp},
    crate::office::settings::zone::Zone,
};

/// When something expires, as it is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryForm {
    /// Empty: as the settings say; `never`; `day`.
    pub choice: String,
    /// The last day, `2026-12-31`.
    pub day: String,
}

impl ExpiryForm {
    /// The last instant of the day; `usual` is what the settings say.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `expires`.
    #[cfg(feature = "ssr")]
    pub fn read(&self, usual: Option<Timestamp>, zone: Zone) -> AppResult<Option<Timestamp>> {
        match self.choice.as_str() {
            "" => Ok(usual),
            "never" => Ok(None),
            "day" => {
                let day = Day::parse(&self.day).ok_or_else(|| AppError::invalid("expires", "value.day_invalid"))?;
                // Its last instant, so that the day that is shown is the one that was chosen.
                Ok(Some(zone.start_of(Day(day.0 + 1)).plus(-1)))
            }
            _ => Err(AppError::invalid("expires", "value.day_invalid")),
        }
    }
}

/// An amount above zero, as it is typed.
///
/// # Errors
/// [`AppError::Invalid`] on `amount`.
pub fn read_amount(text: &str, currency: Currency) -> AppResult<Money> {
    let money = Money::parse(text, currency).filter(|money| money.minor > 0);
    money.ok_or_else(|| AppError::invalid("amount", "ledger.amount_invalid"))
}

/// A reason, as it is chosen.
///
/// # Errors
/// [`AppError::Invalid`] on `reason`.
pub fn read_reason(code: &str) -> AppResult<Reason> {
    Reason::parse(code).ok_or_else(|| AppError::invalid("reason", "value.reason_missing"))
}

/// The idempotency key of a request that a member of the staff makes.
///
/// # Errors
/// [`AppError::Invalid`] on `key`.
#[cfg(feature = "ssr")]
pub fn staff_key(staff: StaffId, key: &str) -> AppResult<String> {
    let whole = format!("staff:{staff}:{key}");
    if key.is_empty() || whole.len() > KEY_MAX { Err(AppError::invalid("key", "ledger.key_invalid")) } else { Ok(whole) }
}
