//! The sections Store credit, Gift cards and Loyalty, as they are typed.

use super::section::Section;
use super::{CreditSettings, GiftCardSettings, LoyaltySettings, ShopSettings, TierSettings};
use crate::base::{AppError, AppResult};
use serde::{Deserialize, Serialize};

/// Ten years: beyond that a span means "ever", which is 0.
const MOST_DAYS: u16 = 3_650;
/// Points that are worth one unit; more make no sense.
const MOST_PER_UNIT: i64 = 1_000_000;
/// Points for each unit spent.
const MOST_EARNED: i64 = 1_000;
/// Points from which on a tier begins.
const MOST_FROM: i64 = 1_000_000_000;
/// More tiers than anybody can tell apart.
const MOST_TIERS: usize = 8;
const NAME_MAX: usize = 40;

/// A section whose values depend on nothing else.
pub trait Form: Section {
    fn of(settings: &ShopSettings) -> Self;

    /// `before` with this section's values.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on the first field that cannot be.
    fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings>;
}

/// The section Store credit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditForm {
    /// `on` or `off`.
    pub enabled: String,
    pub expiry_days: String,
}

/// The section Gift cards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftCardForm {
    /// `on` or `off`.
    pub enabled: String,
    pub expiry_days: String,
}

/// The section Loyalty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoyaltyForm {
    /// `on` or `off`.
    pub enabled: String,
    pub points_per_unit: String,
    pub expiry_days: String,
    /// A line for each tier, see [`TierForm`]: one field, since tiers are changed together.
    pub tiers: String,
}

impl Section for CreditForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("settings.credit_on", &self.enabled), ("settings.credit_expiry", &self.expiry_days)]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![&mut self.enabled, &mut self.expiry_days]
    }
}

impl Section for GiftCardForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("settings.cards_on", &self.enabled), ("settings.cards_expiry", &self.expiry_days)]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![&mut self.enabled, &mut self.expiry_days]
    }
}

impl Section for LoyaltyForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("settings.loyalty_on", &self.enabled),
            ("settings.per_unit", &self.points_per_unit),
            ("settings.points_expiry", &self.expiry_days),
            ("settings.tiers", &self.tiers),
        ]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![&mut self.enabled, &mut self.points_per_unit, &mut self.expiry_days, &mut self.tiers]
    }
}

impl Form for CreditForm {
    fn of(settings: &ShopSettings) -> Self {
        Self { enabled: switch(settings.credit.enabled), expiry_days: settings.credit.expiry_days.to_string() }
    }

    fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings> {
        let credit = CreditSettings { enabled: is_on(&self.enabled), expiry_days: days(&self.expiry_days)? };
        Ok(ShopSettings { credit, ..before.clone() })
    }
}

impl Form for GiftCardForm {
    fn of(settings: &ShopSettings) -> Self {
        Self { enabled: switch(settings.gift_cards.enabled), expiry_days: settings.gift_cards.expiry_days.to_string() }
    }

    fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings> {
        let gift_cards = GiftCardSettings { enabled: is_on(&self.enabled), expiry_days: days(&self.expiry_days)? };
        Ok(ShopSettings { gift_cards, ..before.clone() })
    }
}

impl Form for LoyaltyForm {
    fn of(settings: &ShopSettings) -> Self {
        let loyalty = &settings.loyalty;
        let tiers: Vec<TierForm> = loyalty.tiers.iter().map(TierForm::of).collect();
        Self {
            enabled: switch(loyalty.enabled),
            points_per_unit: loyalty.points_per_unit.to_string(),
            expiry_days: loyalty.expiry_days.to_string(),
            tiers: TierForm::write(&tiers),
        }
    }

    fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings> {
        let points_per_unit = number(&self.points_per_unit).filter(|points| (1..=MOST_PER_UNIT).contains(points));
        let loyalty = LoyaltySettings {
            enabled: is_on(&self.enabled),
            points_per_unit: points_per_unit.ok_or_else(|| AppError::invalid("points_per_unit", "settings.per_unit_invalid"))?,
            expiry_days: days(&self.expiry_days)?,
            tiers: read_tiers(&self.tiers)?,
        };
        Ok(ShopSettings { loyalty, ..before.clone() })
    }
}

/// What a tier grants besides points, as [`TierForm::benefits`] names it.
pub const BENEFITS: [&str; 5] = ["free_shipping", "early_access", "priority_support", "birthday_discount", "birthday_gift"];

/// A tier as it is typed: a line of cells between tabs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TierForm {
    /// Empty for a new one, whose code comes from its name.
    pub code: String,
    pub name: String,
    pub from_points: String,
    pub earns: String,
    /// Of [`BENEFITS`].
    pub benefits: Vec<String>,
}

impl TierForm {
    fn of(tier: &TierSettings) -> Self {
        let granted = [tier.free_shipping, tier.early_access, tier.priority_support, tier.birthday_discount, tier.birthday_gift];
        let benefits = BENEFITS.into_iter().zip(granted).filter(|(_, granted)| *granted);
        Self {
            code: tier.code.clone(),
            name: tier.name.clone(),
            from_points: tier.from_points.to_string(),
            earns: tier.earns.to_string(),
            benefits: benefits.map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// Reads the lines of a field; a line with too few cells has empty ones.
    #[must_use]
    pub fn read(text: &str) -> Vec<Self> {
        let tier = |line: &str| {
            let mut cells = line.split('\t').map(str::to_owned);
            let mut next = || cells.next().unwrap_or_default();
            let (code, name, from_points, earns, benefits) = (next(), next(), next(), next(), next());
            let benefits = benefits.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            Self { code, name, from_points, earns, benefits }
        };
        text.lines().filter(|line| !line.is_empty()).map(tier).collect()
    }

    #[must_use]
    pub fn write(tiers: &[Self]) -> String {
        let cell = |text: &str| text.replace(['\t', '\n', '\r'], " ");
        let line = |tier: &Self| {
            [&tier.code, &tier.name, &tier.from_points, &tier.earns].map(|text| cell(text)).join("\t")
                + "\t"
                + &tier.benefits.join(",")
        };
        tiers.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn tier(&self) -> AppResult<TierSettings> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX || name.contains(char::is_control) {
            return Err(AppError::invalid("tiers", "settings.tier_name_invalid"));
        }
        let from = number(&self.from_points).filter(|points| (0..=MOST_FROM).contains(points));
        let earns = number(&self.earns).filter(|points| (0..=MOST_EARNED).contains(points));
        let code = if self.code.is_empty() { code_of(name) } else { self.code.clone() };
        if !is_code(&code) {
            return Err(AppError::invalid("tiers", "settings.tier_name_invalid"));
        }
        let grants = |benefit: &str| self.benefits.iter().any(|name| name == benefit);
        Ok(TierSettings {
            code,
            name: name.to_owned(),
            from_points: from.ok_or_else(|| AppError::invalid("tiers", "settings.tier_from_invalid"))?,
            earns: earns.ok_or_else(|| AppError::invalid("tiers", "settings.tier_earns_invalid"))?,
            free_shipping: grants("free_shipping"),
            early_access: grants("early_access"),
            priority_support: grants("priority_support"),
            birthday_discount: grants("birthday_discount"),
            birthday_gift: grants("birthday_gift"),
        })
    }
}

/// From the lowest to the highest; the lowest begins at 0.
fn read_tiers(text: &str) -> AppResult<Vec<TierSettings>> {
    let mut tiers = TierForm::read(text).iter().map(TierForm::tier).collect::<AppResult<Vec<_>>>()?;
    tiers.sort_by_key(|tier| tier.from_points);
    let ascending = tiers.windows(2).all(|pair| pair[0].from_points < pair[1].from_points);
    if tiers.first().is_none_or(|tier| tier.from_points != 0) || !ascending {
        return Err(AppError::invalid("tiers", "settings.tier_from_invalid"));
    }
    let unique = tiers.iter().enumerate().all(|(at, tier)| tiers[..at].iter().all(|other| other.code != tier.code));
    if !unique || tiers.len() > MOST_TIERS {
        return Err(AppError::invalid("tiers", if unique { "settings.tiers_too_many" } else { "settings.tier_twice" }));
    }
    Ok(tiers)
}

/// `Ruby Plus` → `ruby_plus`; what has no letter of ours is `tier`.
fn code_of(name: &str) -> String {
    let plain: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(NAME_MAX).collect();
    let code = plain.trim_matches(|c: char| !c.is_ascii_lowercase());
    if code.is_empty() { "tier".to_owned() } else { code.to_owned() }
}

fn is_code(code: &str) -> bool {
    let letters = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    letters && code.len() <= NAME_MAX && code.starts_with(|c: char| c.is_ascii_lowercase())
}

/// A switch as a field says it.
#[must_use]
pub fn switch(on: bool) -> String {
    if on { "on" } else { "off" }.to_owned()
}

/// Whether a switch's field says that it is on.
#[must_use]
pub fn is_on(text: &str) -> bool {
    text == "on"
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// Days after which something expires; 0 is never.
fn days(text: &str) -> AppResult<u16> {
    let days = text.trim().parse::<u16>().ok().filter(|days| *days <= MOST_DAYS);
    days.ok_or_else(|| AppError::invalid("expiry_days", "settings.expiry_invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_round_trip() {
        let mut settings = ShopSettings {
            credit: CreditSettings { enabled: false, expiry_days: 30 },
            gift_cards: GiftCardSettings { enabled: false, expiry_days: 0 },
            ..ShopSettings::default()
        };
        settings.loyalty.points_per_unit = 50;
        settings.loyalty.tiers[1].name = "Silver, and more".into();
        let before = ShopSettings::default();
        let read = CreditForm::of(&settings).apply(&before).unwrap();
        let read = GiftCardForm::of(&settings).apply(&read).unwrap();
        assert_eq!(LoyaltyForm::of(&settings).apply(&read), Ok(settings));
    }

    #[test]
    fn tiers_that_cannot_be_say_why() {
        let before = ShopSettings::default();
        let with = |tiers: &str| {
            let form = LoyaltyForm { tiers: tiers.into(), ..LoyaltyForm::of(&before) };
            match form.apply(&before) {
                Err(AppError::Invalid { field, message }) => format!("{field} {message}"),
                Ok(settings) => settings.loyalty.tiers.iter().map(|tier| tier.code.as_str()).collect::<Vec<_>>().join(" "),
                other => format!("{other:?}"),
            }
        };
        assert_eq!(with("\tRuby Plus\t500\t20\t\nbase\tBase\t0\t10\tfree_shipping"), "base ruby_plus");
        assert_eq!(with("\t王\t0\t1\t"), "tier");
        assert_eq!(with(""), "tiers settings.tier_from_invalid");
        assert_eq!(with("a\tA\t5\t1\t"), "tiers settings.tier_from_invalid");
        assert_eq!(with("a\tA\t0\t1\t\nb\tB\t0\t1\t"), "tiers settings.tier_from_invalid");
        assert_eq!(with("a\tA\t0\t1\t\na\tB\t5\t1\t"), "tiers settings.tier_twice");
        assert_eq!(with("a\t \t0\t1\t"), "tiers settings.tier_name_invalid");
        assert_eq!(with("A b\tA\t0\t1\t"), "tiers settings.tier_name_invalid");
        assert_eq!(with("a\tA\t0\t-1\t"), "tiers settings.tier_earns_invalid");
        assert_eq!(with("a\tA\t-1\t1\t"), "tiers settings.tier_from_invalid");
        let many: Vec<String> = (0..9).map(|n| format!("t{n}\tT\t{n}\t1\t")).map(|line| line.replace("t0", "t")).collect();
        assert_eq!(with(&many.join("\n")), "tiers settings.tiers_too_many");
    }

    #[test]
    fn numbers_that_cannot_be_are_refused_by_field() {
        let before = ShopSettings::default();
        let field = |result: AppResult<ShopSettings>| match result {
            Err(AppError::Invalid { field, .. }) => field,
            other => format!("{other:?}"),
        };
        for bad in ["", "-1", "3651", "x"] {
            assert_eq!(field(CreditForm { expiry_days: bad.into(), ..CreditForm::of(&before) }.apply(&before)), "expiry_days");
        }
        for bad in ["", "0", "-5", "1000001"] {
            let form = LoyaltyForm { points_per_unit: bad.into(), ..LoyaltyForm::of(&before) };
            assert_eq!(field(form.apply(&before)), "points_per_unit");
        }
    }
}
