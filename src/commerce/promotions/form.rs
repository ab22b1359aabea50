//! Promotions as they are listed and typed.

use super::{Promotion, PromotionKind};
use crate::base::query::{QueryWriter, pairs};
use crate::base::text::truncate;
use crate::base::{AppError, AppResult, Currency, Day, GroupId, Money, PromotionId, SegmentId};
use crate::commerce::eligibility::{Choices, EarlyForm, typed_day};
use crate::commerce::pricing::{Benefit, WHOLE};
use crate::customers::segments::SegmentName;
use serde::{Deserialize, Serialize};

/// The longest code and the longest name, in characters.
const CODE_MAX: usize = 32;
const NAME_MAX: usize = 120;
/// Uses beyond this mean no limit.
const USES_MAX: i64 = 1_000_000_000;

/// What the page of promotions shows, as its URL says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionQuery {
    /// Part of the code or the name.
    pub search: String,
    /// Those that are switched off, too.
    pub all: bool,
    /// Promotions older than this one.
    pub before: Option<i64>,
}

impl PromotionQuery {
    /// Reads a query; what cannot be read is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "q" => read.search = truncate(value.trim(), 100).to_owned(),
                "all" => read.all = value == "1",
                "before" => read.before = value.parse().ok().filter(|id| *id > 0),
                _ => {}
            }
        }
        read
    }

    /// The query of this state, without a question mark.
    #[must_use]
    pub fn write(&self) -> String {
        let mut writer = QueryWriter::default();
        if !self.search.is_empty() {
            writer.push("q", &self.search);
        }
        if self.all {
            writer.push("all", "1");
        }
        if let Some(before) = self.before {
            writer.push("before", &before.to_string());
        }
        writer.finish()
    }

    /// The query that a form's fields mean: from the newest on.
    #[must_use]
    pub fn canonical(query: &str) -> String {
        Self { before: None, ..Self::parse(query) }.write()
    }
}

/// A page of promotions, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionPage {
    pub rows: Vec<PromotionRow>,
    /// Older ones follow.
    pub more: bool,
    pub choices: PromotionChoices,
}

/// A promotion in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionRow {
    pub promotion: Promotion,
    /// As it is typed.
    pub form: PromotionForm,
    pub starts: Option<Day>,
    pub early_starts: Option<Day>,
    /// The last day.
    pub ends: Option<Day>,
    /// Whom it is for, by name.
    pub group: Option<String>,
    pub tag: Option<String>,
    pub segment: Option<SegmentName>,
    pub customer: Option<String>,
    /// It has begun and not ended.
    pub runs: bool,
}

/// What a promotion can be limited to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionChoices {
    pub who: Choices,
    /// Codes and names of the loyalty tiers.
    pub tiers: Vec<(String, String)>,
    pub base: Option<Currency>,
}

/// A promotion as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PromotionForm {
    pub code: String,
    pub name: String,
    pub kind: PromotionKind,
    /// Percent (`12.5`) or an amount.
    pub value: String,
    /// Of the amount and the minimum; empty is the base currency.
    pub currency: String,
    pub minimum: String,
    /// Days as `2026-03-01`; empty is none.
    pub starts: String,
    pub early_starts: String,
    /// Who has early access besides.
    pub early: EarlyForm,
    /// The last day.
    pub ends: String,
    pub limit_total: String,
    pub limit_per_customer: String,
    pub first_order_only: bool,
    pub group: Option<GroupId>,
    pub segment: Option<SegmentId>,
    /// A tag's name.
    pub tag: String,
    pub tier: String,
    /// One customer's email.
    pub customer: String,
}

/// A form that reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedPromotion {
    pub code: String,
    pub name: String,
    pub benefit: Benefit,
    /// In the currency of the amount, else in the base currency.
    pub minimum: Money,
    pub starts: Option<Day>,
    pub early_starts: Option<Day>,
    pub ends: Option<Day>,
    pub limit_total: i64,
    pub limit_per_customer: i64,
}

impl PromotionForm {
    /// What is typed, as far as it can be said without the database.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the field that cannot be.
    pub fn checked(&self, base: Currency) -> AppResult<CheckedPromotion> {
        let code = self.code.trim().to_uppercase();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '%');
        if code.is_empty() || code.chars().count() > CODE_MAX || !code.chars().all(plain) {
            return Err(AppError::invalid("code", "promotions.code_invalid"));
        }
        let name = self.name.trim();
        if name.chars().count() > NAME_MAX || name.contains(char::is_control) {
            return Err(AppError::invalid("name", "field.too_long"));
        }
        let currency = match self.currency.trim() {
            "" => base,
            _ if self.kind != PromotionKind::Amount => base,
            code => Currency::parse(code).ok_or_else(|| AppError::invalid("currency", "promotions.currency_invalid"))?,
        };
        let benefit = self.benefit(currency)?;
        let (starts, early_starts) = (typed_day("starts", &self.starts)?, typed_day("early_starts", &self.early_starts)?);
        let ends = typed_day("ends", &self.ends)?;
        if matches!((starts, ends), (Some(starts), Some(ends)) if ends < starts) {
            return Err(AppError::invalid("ends", "promotions.ends_first"));
        }
        if early_starts.is_some() && early_starts >= starts {
            return Err(AppError::invalid("early_starts", "promotions.early_is_late"));
        }
        self.early.check("early_starts", early_starts)?;
        Ok(CheckedPromotion {
            name: if name.is_empty() { code.clone() } else { name.to_owned() },
            code,
            benefit,
            minimum: match self.minimum.trim() {
                "" => Money::new(0, currency),
                text => amount("minimum", text, currency, 0)?,
            },
            starts,
            early_starts,
            ends,
            limit_total: limit("limit_total", &self.limit_total)?,
            limit_per_customer: limit("limit_per_customer", &self.limit_per_customer)?,
        })
    }

    fn benefit(&self, currency: Currency) -> AppResult<Benefit> {
        match self.kind {
            PromotionKind::FreeShipping => Ok(Benefit::FreeShipping),
            PromotionKind::Amount => amount("value", &self.value, currency, 1).map(Benefit::Amount),
            PromotionKind::Percent => {
                // Hundredths of a percent are what two decimals are.
                let percent = Money::parse(self.value.trim().trim_end_matches('%'), Currency::USD).map(|percent| percent.minor);
                let percent = percent.and_then(|bp| u32::try_from(bp).ok()).filter(|bp| (1..=WHOLE).contains(bp));
                percent.map(Benefit::Percent).ok_or_else(|| AppError::invalid("value", "promotions.percent_invalid"))
            }
        }
    }
}

fn limit(field: &str, text: &str) -> AppResult<i64> {
    match text.trim() {
        "" => Ok(0),
        text => {
            let limit = text.parse::<i64>().ok().filter(|limit| (1..=USES_MAX).contains(limit));
            limit.ok_or_else(|| AppError::invalid(field, "promotions.limit_invalid"))
        }
    }
}

fn amount(field: &str, text: &str, currency: Currency, least: i64) -> AppResult<Money> {
    let most = crate::commerce::ledger::AMOUNT_MAX;
    let money = Money::parse(text, currency).filter(|money| (least..=most).contains(&money.minor));
    money.ok_or_else(|| AppError::invalid(field, "pricing.amount_invalid"))
}

/// Which promotion a form is about; `None` is a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionEdit {
    /// And the version that was read.
    pub id: Option<(PromotionId, i64)>,
    pub form: PromotionForm,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> PromotionForm {
        PromotionForm { code: " ten ".into(), value: "12.5".into(), ..PromotionForm::default() }
    }

    fn field(change: impl Fn(&mut PromotionForm)) -> String {
        let mut form = form();
        change(&mut form);
        match form.checked(Currency::USD) {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_form_says_what_a_promotion_is() {
        let checked = form().checked(Currency::USD).unwrap();
        assert_eq!((checked.code.as_str(), checked.name.as_str(), checked.benefit), ("TEN", "TEN", Benefit::Percent(1_250)));
        let euros = PromotionForm { kind: PromotionKind::Amount, value: "5".into(), currency: "eur".into(), ..form() };
        let eur = Currency::parse("EUR").unwrap();
        assert_eq!(euros.checked(Currency::USD).unwrap().benefit, Benefit::Amount(Money::new(5_00, eur)));
    }

    #[test]
    fn what_cannot_be_is_refused_by_field() {
        assert_eq!(field(|form| form.code = String::new()), "code");
        assert_eq!(field(|form| form.code = "two words".into()), "code");
        for value in ["", "0", "100.01", "-5", "a"] {
            assert_eq!(field(|form| form.value = value.into()), "value", "{value}");
        }
        assert_eq!(field(|form| (form.kind, form.value) = (PromotionKind::Amount, "0".into())), "value");
        assert_eq!(field(|form| (form.kind, form.currency) = (PromotionKind::Amount, "X".into())), "currency");
        assert_eq!(field(|form| form.starts = "soon".into()), "starts");
        assert_eq!(field(|form| (form.starts, form.ends) = ("2026-03-02".into(), "2026-03-01".into())), "ends");
        assert_eq!(field(|form| form.early_starts = "2026-03-01".into()), "early_starts");
        assert_eq!(field(|form| form.early.tag = "gift".into()), "early_starts");
        assert_eq!(field(|form| form.limit_total = "0".into()), "limit_total");
        assert_eq!(field(|form| form.limit_per_customer = "-1".into()), "limit_per_customer");
        assert_eq!(field(|form| form.minimum = "much".into()), "minimum");
    }

    #[test]
    fn a_query_reads_as_it_is_written() {
        let query = PromotionQuery { search: "50%_".into(), all: true, before: Some(7) };
        assert_eq!(PromotionQuery::parse(&query.write()), query);
        assert_eq!(PromotionQuery::canonical("before=3&q=a"), "q=a");
    }
}
