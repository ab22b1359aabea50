//! Groups as they are listed and typed.

use crate::base::{AppError, AppResult, Currency, GroupId, Moment, Money, PriceListId};
use crate::office::settings::section::Section;
use serde::{Deserialize, Serialize};

/// The longest name and description, in characters.
const NAME_MAX: usize = 60;
const TEXT_MAX: usize = 500;
/// Nothing that a shop sells costs more: 10 billion in the currencies with two decimals.
const AMOUNT_MAX: i64 = 1_000_000_000_000;
/// The longest that customers may take to pay.
const TERMS_MAX: i64 = 365;
/// All of it, in hundredths of a percent.
const WHOLE: i64 = 10_000;

/// What a group pays for shipping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Shipping {
    #[default]
    Regular,
    /// Free from an amount of merchandise on.
    FreeOver,
    Free,
}

impl Shipping {
    pub const ALL: [Self; 3] = [Self::Regular, Self::FreeOver, Self::Free];

    /// As forms write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::FreeOver => "free_over",
            Self::Free => "free",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shipping| shipping.code() == code)
    }

    /// The key of its name in the messages files.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Regular => "groups.shipping.regular",
            Self::FreeOver => "groups.shipping.free_over",
            Self::Free => "groups.shipping.free",
        }
    }
}

/// What being in a group means. Amounts are in the base currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benefits {
    /// Hundredths of a percent.
    pub discount_bp: i64,
    pub shipping: Shipping,
    /// Where shipping is free over an amount.
    pub free_over: Money,
    /// 0 is none.
    pub minimum: Money,
    /// Days after the order by which it is to be paid; 0 is at once.
    pub terms_days: i64,
    pub price_list: Option<PriceListId>,
    pub priority_support: bool,
    pub early_access: bool,
    /// Customers cannot change their addresses themselves.
    pub locks_address: bool,
}

impl Benefits {
    /// Whether there is more than prices, shipping and terms.
    #[must_use]
    pub fn has_further(&self) -> bool {
        self.priority_support || self.early_access || self.locks_address
    }
}

/// A group as it is typed: every field a text, so that two people's edits can be put together field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupForm {
    pub name: String,
    pub description: String,
    /// 0 to 11.
    pub hue: String,
    /// Percent; empty is none.
    pub discount: String,
    /// A [`Shipping::code`]; empty is regular.
    pub shipping: String,
    pub free_over: String,
    pub minimum: String,
    pub terms: String,
    /// Its id; empty is none.
    pub price_list: String,
    /// `1` or empty, as the following.
    pub priority_support: String,
    pub early_access: String,
    pub locks_address: String,
}

impl Section for GroupForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("field.name", &self.name),
            ("field.description", &self.description),
            ("field.hue", &self.hue),
            ("field.discount", &self.discount),
            ("field.shipping", &self.shipping),
            ("field.free_over", &self.free_over),
            ("field.minimum", &self.minimum),
            ("field.terms", &self.terms),
            ("field.price_list", &self.price_list),
            ("field.priority_support", &self.priority_support),
            ("field.early_access", &self.early_access),
            ("field.locks_address", &self.locks_address),
        ]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![
            &mut self.name,
            &mut self.description,
            &mut self.hue,
            &mut self.discount,
            &mut self.shipping,
            &mut self.free_over,
            &mut self.minimum,
            &mut self.terms,
            &mut self.price_list,
            &mut self.priority_support,
            &mut self.early_access,
            &mut self.locks_address,
        ]
    }
}

/// A form that reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedGroup {
    pub name: String,
    pub description: String,
    pub hue: u8,
    pub benefits: Benefits,
}

impl GroupForm {
    /// The form of a group.
    #[must_use]
    pub fn of(group: &CheckedGroup) -> Self {
        let amount = |money: Money| if money.minor == 0 { String::new() } else { money.plain() };
        let flag = |on: bool| if on { "1".to_owned() } else { String::new() };
        let number = |number: i64| if number == 0 { String::new() } else { number.to_string() };
        let benefits = &group.benefits;
        Self {
            name: group.name.clone(),
            description: group.description.clone(),
            hue: group.hue.to_string(),
            // Hundredths of a percent are what two decimals are.
            discount: percent_text(benefits.discount_bp),
            shipping: benefits.shipping.code().to_owned(),
            free_over: amount(benefits.free_over),
            minimum: amount(benefits.minimum),
            terms: number(benefits.terms_days),
            price_list: benefits.price_list.map(|id| id.to_string()).unwrap_or_default(),
            priority_support: flag(benefits.priority_support),
            early_access: flag(benefits.early_access),
            locks_address: flag(benefits.locks_address),
        }
    }

    /// What is typed, as far as it can be said without the database.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the field that cannot be.
    pub fn checked(&self, base: Currency) -> AppResult<CheckedGroup> {
        let shipping = match self.shipping.as_str() {
            "" => Shipping::Regular,
            code => Shipping::parse(code).ok_or_else(|| AppError::invalid("shipping", "groups.shipping_invalid"))?,
        };
        let free_over = match shipping {
            Shipping::FreeOver => amount("free_over", &self.free_over, base, 1)?,
            _ => Money::new(0, base),
        };
        Ok(CheckedGroup {
            name: line("name", &self.name, NAME_MAX, true)?,
            description: line("description", &self.description, TEXT_MAX, false)?,
            hue: hue(&self.hue)?,
            benefits: Benefits {
                discount_bp: percent(&self.discount)?,
                shipping,
                free_over,
                minimum: amount("minimum", &self.minimum, base, 0)?,
                terms_days: days(&self.terms)?,
                price_list: price_list(&self.price_list)?,
                priority_support: !self.priority_support.is_empty(),
                early_access: !self.early_access.is_empty(),
                locks_address: !self.locks_address.is_empty(),
            },
        })
    }
}

/// `12.5`, `30`; empty for none.
fn percent_text(bp: i64) -> String {
    let text = format!("{}.{:02}", bp / 100, bp % 100);
    match bp {
        0 => String::new(),
        _ => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

fn line(field: &str, text: &str, most: usize, needed: bool) -> AppResult<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match () {
        () if text.is_empty() && needed => Err(AppError::invalid(field, "field.needed")),
        () if text.chars().count() > most => Err(AppError::invalid(field, "field.too_long")),
        () => Ok(text),
    }
}

fn hue(text: &str) -> AppResult<u8> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(0);
    }
    let hue = text.parse::<u8>().ok().filter(|hue| *hue < crate::customers::tags::HUES);
    hue.ok_or_else(|| AppError::invalid("hue", "groups.hue_invalid"))
}

fn percent(text: &str) -> AppResult<i64> {
    let text = text.trim().trim_end_matches('%').trim();
    if text.is_empty() {
        return Ok(0);
    }
    let bp = Money::parse(text, Currency::USD).map(|percent| percent.minor).filter(|bp| (0..=WHOLE).contains(bp));
    bp.ok_or_else(|| AppError::invalid("discount", "groups.discount_invalid"))
}

fn amount(field: &str, text: &str, base: Currency, least: i64) -> AppResult<Money> {
    let money = match text.trim() {
        "" => Some(Money::new(0, base)),
        text => Money::parse(text, base),
    };
    let money = money.filter(|money| (least..=AMOUNT_MAX).contains(&money.minor));
    money.ok_or_else(|| AppError::invalid(field, "groups.amount_invalid"))
}

fn days(text: &str) -> AppResult<i64> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(0);
    }
    let days = text.parse::<i64>().ok().filter(|days| (0..=TERMS_MAX).contains(days));
    days.ok_or_else(|| AppError::invalid("terms", "groups.terms_invalid"))
}

fn price_list(text: &str) -> AppResult<Option<PriceListId>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(|id| Some(PriceListId(id))).map_err(|_| AppError::invalid("price_list", "groups.price_list_gone"))
}

/// A group in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    pub id: GroupId,
    pub group: CheckedGroup,
    /// Who is in it, as far as they exist for the asker.
    pub customers: i64,
    pub archived: bool,
    /// Whether a rule that is switched on puts customers in.
    pub ruled: bool,
}

/// The groups, and what their price lists are called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    pub rows: Vec<GroupRow>,
    pub price_lists: Vec<(PriceListId, String)>,
}

/// A group on its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    /// `None` for one that is about to be made.
    pub id: Option<GroupId>,
    /// Stays when the name changes.
    pub code: String,
    pub form: GroupForm,
    pub group: CheckedGroup,
    pub customers: i64,
    pub archived: bool,
    /// It is the group of those who have no other, and stays.
    pub is_fallback: bool,
    pub price_lists: Vec<(PriceListId, String)>,
    /// The other groups that customers can be moved to.
    pub others: Vec<(GroupId, String)>,
    /// Who changed it last.
    pub changed: Option<(String, Moment)>,
}

/// Why a group cannot be archived yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who is in it, or has its prices: all of them, whatever their branch.
    pub customers: i64,
    /// Promotions that are for it, or open earlier for it.
    pub promotions: i64,
    /// Products that open earlier for it.
    pub products: i64,
    /// The names of campaigns that are for it, and whose recipients are not written down yet.
    pub campaigns: Vec<String>,
}

impl Hold {
    #[must_use]
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::settings::section::merge;

    fn form() -> GroupForm {
        GroupForm { name: " Trade ".into(), discount: "12.5 %".into(), ..GroupForm::default() }
    }

    fn field(change: impl Fn(&mut GroupForm)) -> String {
        let mut form = form();
        change(&mut form);
        match form.checked(Currency::USD) {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_form_says_what_a_group_is_and_reads_as_it_is_written() {
        let typed = GroupForm {
            shipping: "free_over".into(),
            free_over: "500".into(),
            minimum: "250".into(),
            terms: "30".into(),
            hue: "7".into(),
            early_access: "1".into(),
            ..form()
        };
        let checked = typed.checked(Currency::USD).unwrap();
        assert_eq!((checked.name.as_str(), checked.hue, checked.benefits.discount_bp), ("Trade", 7, 1_250));
        assert_eq!((checked.benefits.free_over.minor, checked.benefits.minimum.minor), (500_00, 250_00));
        assert_eq!(GroupForm::of(&checked).checked(Currency::USD), Ok(checked.clone()));
        assert_eq!(GroupForm::of(&checked).discount, "12.5");
        // Regular shipping forgets the amount.
        let regular = GroupForm { shipping: String::new(), ..typed };
        assert_eq!(regular.checked(Currency::USD).unwrap().benefits.free_over.minor, 0);
    }

    #[test]
    fn what_cannot_be_is_refused_by_field() {
        assert_eq!(field(|form| form.name = " ".into()), "name");
        assert_eq!(field(|form| form.description = "x".repeat(501)), "description");
        for hue in ["12", "-1", "red"] {
            assert_eq!(field(|form| form.hue = hue.into()), "hue", "{hue}");
        }
        for discount in ["100.01", "-1", "much"] {
            assert_eq!(field(|form| form.discount = discount.into()), "discount", "{discount}");
        }
        assert_eq!(field(|form| form.shipping = "by ship".into()), "shipping");
        assert_eq!(field(|form| form.shipping = "free_over".into()), "free_over");
        assert_eq!(field(|form| form.minimum = "-5".into()), "minimum");
        assert_eq!(field(|form| form.terms = "366".into()), "terms");
        assert_eq!(field(|form| form.price_list = "x".into()), "price_list");
    }

    #[test]
    fn two_edits_go_together_unless_they_are_of_one_field() {
        let base = form();
        let mine = GroupForm { discount: "15".into(), ..base.clone() };
        let theirs = GroupForm { terms: "14".into(), ..base.clone() };
        let both = merge(&mine, &base, &theirs).unwrap();
        assert_eq!((both.discount.as_str(), both.terms.as_str()), ("15", "14"));
        let other = GroupForm { discount: "20".into(), ..base.clone() };
        assert!(matches!(merge(&mine, &base, &other), Err(AppError::Conflict { .. })));
        assert_eq!(base.fields().len(), base.clone().fields_mut().len());
    }
}
