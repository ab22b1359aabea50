//! The section Mail: from whom mails come, how fast they leave, and what is done about those that fail.

use super::ShopSettings;
use super::section::Section;
use super::value::{Form, is_on, switch};
use crate::base::i18n::message;
use crate::base::{AppError, AppResult, contact};
use serde::{Deserialize, Serialize};

/// As fast as any provider takes them.
const MOST_PER_SECOND: u32 = 1_000;
const MOST_MAILS: u16 = 100;
const MOST_DAYS: u16 = 365;
/// A mail that waits for longer is news of yesterday.
const MOST_SECONDS: u32 = 3_600;
const MOST_TRIES: u16 = 20;
const MOST_IN_A_ROW: u16 = 1_000;
/// After a month nobody buys because of a mail.
const MOST_ATTRIBUTION_DAYS: u16 = 30;
const LONGEST_NAME: usize = 80;

/// Mail. What the mail server is, the configuration of the installation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSettings {
    /// Empty: the shop's name.
    pub from_name: String,
    /// Empty: `no-reply@` the host of the shop's address.
    pub from_address: String,
    /// Empty: answers go to the sender.
    pub reply_to: String,
    /// Mails a second, of all servers together; 0 is no limit.
    pub per_second: u32,
    /// Mails a second to addresses of one domain; 0 is no limit.
    pub per_domain_per_second: u32,
    /// Nobody gets more advertising mails than `cap_mails` within `cap_days`; 0 mails is no limit.
    pub cap_mails: u16,
    pub cap_days: u16,
    /// Whether a mail is sent again of which nobody knows whether it was sent. Then somebody may get it twice.
    pub resend_in_doubt: bool,
    /// An address that could not be reached for so many mails in a row gets no more advertising.
    pub soft_bounces: u16,
    /// A campaign stops when the mail server refuses so many of its mails in a row.
    pub stop_after_refusals: u16,
    /// How long a mail waits that the mail server does not want now; each time twice as long.
    pub retry_seconds: u32,
    /// So often a mail is tried.
    pub tries: u16,
    /// Whether opens and clicks of campaigns are followed.
    pub follow: bool,
    /// An order is a campaign's when it was placed within so many days after a click.
    pub attribution_days: u16,
    /// Where nobody clicked: also after an open.
    pub attribute_opens: bool,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            from_name: String::new(),
            from_address: String::new(),
            reply_to: String::new(),
            // What providers let a new sender do in an hour is more than this allows.
            per_second: 20,
            per_domain_per_second: 0,
            cap_mails: 4,
            cap_days: 7,
            resend_in_doubt: false,
            soft_bounces: 3,
            stop_after_refusals: 20,
            retry_seconds: 60,
            // Doubling from a minute, the last of them is tried after four hours.
            tries: 9,
            follow: true,
            attribution_days: 5,
            attribute_opens: false,
        }
    }
}

/// The section Mail, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailForm {
    pub from_name: String,
    pub from_address: String,
    pub reply_to: String,
    pub per_second: String,
    pub per_domain_per_second: String,
    pub cap_mails: String,
    pub cap_days: String,
    pub retry_seconds: String,
    pub tries: String,
    pub stop_after_refusals: String,
    pub soft_bounces: String,
    /// `on` or `off`.
    pub resend_in_doubt: String,
    /// `on` or `off`.
    pub follow: String,
    pub attribution_days: String,
    /// `on` or `off`.
    pub attribute_opens: String,
}

impl Form for MailForm {
    fn of(settings: &ShopSettings) -> Self {
        let mail = &settings.mail;
        Self {
            from_name: mail.from_name.clone(),
            from_address: mail.from_address.clone(),
            reply_to: mail.reply_to.clone(),
            per_second: mail.per_second.to_string(),
            per_domain_per_second: mail.per_domain_per_second.to_string(),
            cap_mails: mail.cap_mails.to_string(),
            cap_days: mail.cap_days.to_string(),
            retry_seconds: mail.retry_seconds.to_string(),
            tries: mail.tries.to_string(),
            stop_after_refusals: mail.stop_after_refusals.to_string(),
            soft_bounces: mail.soft_bounces.to_string(),
            resend_in_doubt: switch(mail.resend_in_doubt),
            follow: switch(mail.follow),
            attribution_days: mail.attribution_days.to_string(),
            attribute_opens: switch(mail.attribute_opens),
        }
    }

    fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings> {
        let name = self.from_name.trim();
        if name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
            return Err(AppError::invalid("from_name", "settings.from_name_invalid"));
        }
        let mail = MailSettings {
            from_name: name.to_owned(),
            from_address: address("from_address", &self.from_address)?,
            reply_to: address("reply_to", &self.reply_to)?,
            per_second: within("per_second", &self.per_second, 0, MOST_PER_SECOND)?,
            per_domain_per_second: within("per_domain_per_second", &self.per_domain_per_second, 0, MOST_PER_SECOND)?,
            cap_mails: within("cap_mails", &self.cap_mails, 0, MOST_MAILS)?,
            cap_days: within("cap_days", &self.cap_days, 1, MOST_DAYS)?,
            retry_seconds: within("retry_seconds", &self.retry_seconds, 1, MOST_SECONDS)?,
            tries: within("tries", &self.tries, 1, MOST_TRIES)?,
            stop_after_refusals: within("stop_after_refusals", &self.stop_after_refusals, 1, MOST_IN_A_ROW)?,
            soft_bounces: within("soft_bounces", &self.soft_bounces, 1, MOST_IN_A_ROW)?,
            resend_in_doubt: is_on(&self.resend_in_doubt),
            follow: is_on(&self.follow),
            attribution_days: within("attribution_days", &self.attribution_days, 1, MOST_ATTRIBUTION_DAYS)?,
            attribute_opens: is_on(&self.attribute_opens),
        };
        Ok(ShopSettings { mail, ..before.clone() })
    }
}

impl Section for MailForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("settings.from_name", &self.from_name),
            ("settings.from_address", &self.from_address),
            ("settings.reply_to", &self.reply_to),
            ("settings.per_second", &self.per_second),
            ("settings.per_domain", &self.per_domain_per_second),
            ("settings.cap_mails", &self.cap_mails),
            ("settings.cap_days", &self.cap_days),
            ("settings.retry_seconds", &self.retry_seconds),
            ("settings.tries", &self.tries),
            ("settings.stop_after", &self.stop_after_refusals),
            ("settings.soft_bounces", &self.soft_bounces),
            ("settings.resend", &self.resend_in_doubt),
            ("settings.follow", &self.follow),
            ("settings.attribution_days", &self.attribution_days),
            ("settings.attribute_opens", &self.attribute_opens),
        ]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![
            &mut self.from_name,
            &mut self.from_address,
            &mut self.reply_to,
            &mut self.per_second,
            &mut self.per_domain_per_second,
            &mut self.cap_mails,
            &mut self.cap_days,
            &mut self.retry_seconds,
            &mut self.tries,
            &mut self.stop_after_refusals,
            &mut self.soft_bounces,
            &mut self.resend_in_doubt,
            &mut self.follow,
            &mut self.attribution_days,
            &mut self.attribute_opens,
        ]
    }
}

/// An address of email, or none.
fn address(field: &str, typed: &str) -> AppResult<String> {
    if typed.trim().is_empty() {
        return Ok(String::new());
    }
    contact::email(typed).map(str::to_owned).map_err(|why| AppError::invalid(field, why))
}

fn within<N: std::str::FromStr + PartialOrd + Copy + std::fmt::Display>(
    field: &str,
    typed: &str,
    least: N,
    most: N,
) -> AppResult<N> {
    let number = typed.trim().parse::<N>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| AppError::invalid(field, message("settings.number_invalid", &[("least", &least), ("most", &most)])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_round_trips() {
        let mut settings = ShopSettings::default();
        settings.mail =
            MailSettings { from_address: "shop@kontor.example".into(), resend_in_doubt: true, cap_mails: 0, ..settings.mail };
        assert_eq!(MailForm::of(&settings).apply(&ShopSettings::default()), Ok(settings.clone()));
        assert_eq!(MailForm::of(&settings).fields_mut().len(), MailForm::default().fields().len());
    }

    #[test]
    fn what_cannot_be_is_refused_by_field() {
        let before = ShopSettings::default();
        let form = MailForm::of(&before);
        let refused = |form: MailForm| match form.apply(&before) {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        };
        assert_eq!(refused(MailForm { from_name: "a\u{7}".into(), ..form.clone() }), "from_name");
        assert_eq!(refused(MailForm { from_address: "a@b\r\nBcc: c@d.example".into(), ..form.clone() }), "from_address");
        assert_eq!(refused(MailForm { reply_to: "shop".into(), ..form.clone() }), "reply_to");
        assert_eq!(refused(MailForm { per_second: "1001".into(), ..form.clone() }), "per_second");
        assert_eq!(refused(MailForm { per_domain_per_second: "-1".into(), ..form.clone() }), "per_domain_per_second");
        assert_eq!(refused(MailForm { cap_mails: "many".into(), ..form.clone() }), "cap_mails");
        assert_eq!(refused(MailForm { cap_days: "0".into(), ..form.clone() }), "cap_days");
        assert_eq!(refused(MailForm { retry_seconds: "0".into(), ..form.clone() }), "retry_seconds");
        assert_eq!(refused(MailForm { tries: "21".into(), ..form.clone() }), "tries");
        assert_eq!(refused(MailForm { stop_after_refusals: "0".into(), ..form.clone() }), "stop_after_refusals");
        assert_eq!(refused(MailForm { soft_bounces: "".into(), ..form }), "soft_bounces");
    }
}
