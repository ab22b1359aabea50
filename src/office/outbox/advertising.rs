//! Whether advertising may go to a customer. There is one answer, for campaigns and for mails to one customer, when such a mail is asked for
//! and again in the transaction in which it leaves.
//!
//! It stands here, below all who queue mails, since some of them know nothing of campaigns.

use crate::args;
use crate::base::{CustomerId, Timestamp};
use crate::office::settings::MailSettings;
use crate::server::{DbResult, Query};

/// A condition: the customer `c` may be on the list of addresses that get none.
pub const IS_SUPPRESSED: &str = "EXISTS (SELECT 1 FROM suppressions x WHERE x.email_key = c.email_key AND x.lifted_at = 0)";

/// A condition: the customer `c` does not want to hear of the topic that `bind` is.
#[must_use]
pub fn declines(bind: &str) -> String {
    format!("EXISTS (SELECT 1 FROM topic_choices t WHERE t.customer_id = c.id AND {})", is_no(bind))
}

/// A condition: with the choice `t` somebody declined the topic that `bind` is, and it is their newest.
#[must_use]
pub fn is_no(bind: &str) -> String {
    format!(
        "t.topic = {bind} AND NOT t.wanted
           AND NOT EXISTS (SELECT 1 FROM topic_choices n WHERE n.customer_id = t.customer_id AND n.topic = t.topic AND n.id > t.id)"
    )
}

/// A condition: this row of the outbox is advertising that arrived, as far as one knows. Word by word that of the index `outbox_counted`.
pub const COUNTS_FOR_CAP: &str = "(campaign_id IS NOT NULL OR topic <> '') AND state IN ('handing_over', 'sent', 'in_doubt')";

/// The same since a time that follows, where few customers are asked about: by their index. With plain columns `SQLite` would read all
/// mails of all campaigns, or all of late, for each of them.
pub const GOT_SINCE: &str =
    "(+campaign_id IS NOT NULL OR topic <> '') AND state IN ('handing_over', 'sent', 'in_doubt') AND +handed_at >";

/// What mails of a template are about, for those who chose topics; `None` where they do not advertise. The shop's own templates always do.
#[must_use]
pub fn topic_of(template: &str) -> Option<&'static str> {
    match template {
        "abandoned_cart" | "birthday" | "flash_sale" | "win_back" => Some("offers"),
        "welcome" => Some("newsletter"),
        own if own.starts_with("own_") => Some("newsletter"),
        _ => None,
    }
}

/// How one customer stands to advertising about a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// Merged into another, or anonymised.
    pub gone: bool,
    pub agreed: bool,
    pub blocked: bool,
    pub suppressed: bool,
    /// Does not want to hear of the topic.
    pub declined: bool,
    /// Advertising that arrived within the days of the cap.
    pub got: i64,
}

impl Standing {
    /// Why they get none, as a key of the texts.
    #[must_use]
    pub fn refusal(&self, settings: &MailSettings) -> Option<&'static str> {
        match () {
            () if self.gone => Some("mail.why.gone"),
            () if !self.agreed => Some("mail.why.no_consent"),
            () if self.blocked => Some("mail.why.blocked"),
            () if self.suppressed => Some("mail.why.suppressed"),
            () if self.declined => Some("mail.why.topic"),
            () if settings.cap_mails > 0 && self.got >= i64::from(settings.cap_mails) => Some("mail.why.capped"),
            () => None,
        }
    }
}

/// Since when advertising counts for the cap.
#[must_use]
pub fn counted_since(settings: &MailSettings, now: Timestamp) -> Timestamp {
    now.plus(-i64::from(settings.cap_days) * Timestamp::DAY)
}

/// Why a customer gets no advertising about a topic now, as a key of the texts; `None` where they may get it.
///
/// # Errors
/// When the database does not answer.
pub async fn refusal(
    q: &impl Query,
    customer: CustomerId,
    topic: &str,
    settings: &MailSettings,
    now: Timestamp,
) -> DbResult<Option<&'static str>> {
    let sql = format!(
        "SELECT c.merged_into_id IS NOT NULL OR c.anonymised_at IS NOT NULL AS gone, c.marketing_email AS agreed,
           c.account_status = 'blocked' AS blocked, {IS_SUPPRESSED} AS suppressed, {declined} AS declined,
           (SELECT COUNT(*) FROM outbox o WHERE o.customer_id = c.id AND {GOT_SINCE} $3) AS got
         FROM customers c WHERE c.id = $1",
        declined = declines("$2"),
    );
    let standing: Option<Standing> = q.optional(&sql, args![customer, topic, counted_since(settings, now)]).await?;
    Ok(standing.map_or(Some("mail.why.gone"), |standing| standing.refusal(settings)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thing_that_speaks_against_it_is_said() {
        let fine = Standing { gone: false, agreed: true, blocked: false, suppressed: false, declined: false, got: 2 };
        let settings = MailSettings { cap_mails: 3, ..MailSettings::default() };
        let why = |standing: Standing| standing.refusal(&settings);
        assert_eq!(why(fine), None);
        assert_eq!(why(Standing { got: 3, ..fine }), Some("mail.why.capped"));
        assert_eq!(why(Standing { got: 3, declined: true, ..fine }), Some("mail.why.topic"));
        assert_eq!(why(Standing { suppressed: true, declined: true, ..fine }), Some("mail.why.suppressed"));
        assert_eq!(why(Standing { blocked: true, suppressed: true, ..fine }), Some("mail.why.blocked"));
        assert_eq!(why(Standing { agreed: false, blocked: true, ..fine }), Some("mail.why.no_consent"));
        assert_eq!(why(Standing { gone: true, agreed: false, ..fine }), Some("mail.why.gone"));
        let unlimited = MailSettings { cap_mails: 0, ..settings.clone() };
        assert_eq!(Standing { got: 99, ..fine }.refusal(&unlimited), None);
    }
}
