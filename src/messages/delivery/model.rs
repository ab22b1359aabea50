//! States of a mail, and how long one waits that was not wanted.

use crate::base::Timestamp;

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    Queued,
    /// A worker has it.
    Claimed,
    /// Written before the mail server gets it.
    HandingOver,
    Sent,
    Failed,
    /// Not for this customer: no consent any more, suppressed, over the cap.
    Skipped,
    /// Whoever handed it over died before writing down what came of it.
    InDoubt,
}

impl MailState {
    pub const ALL: [Self; 7] =
        [Self::Queued, Self::Claimed, Self::HandingOver, Self::Sent, Self::Failed, Self::Skipped, Self::InDoubt];

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::HandingOver => "handing_over",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::InDoubt => "in_doubt",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// No mail waits longer between two tries.
const LONGEST: i64 = 4 * Timestamp::HOUR;

/// How long a mail waits after its `tries`-th try: twice as long each time.
#[must_use]
pub fn backoff(first_seconds: u32, tries: i64) -> i64 {
    let doublings = u32::try_from(tries.saturating_sub(1).clamp(0, 20)).unwrap_or(20);
    (i64::from(first_seconds.max(1)) * Timestamp::SECOND).saturating_mul(1 << doublings).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_four_hours() {
        let minutes = |tries| backoff(60, tries) / Timestamp::MINUTE;
        assert_eq!((1..=9).map(minutes).collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 64, 128, 240]);
        assert_eq!(minutes(i64::MAX), 240);
        assert_eq!(backoff(0, 0), Timestamp::SECOND);
    }
}
