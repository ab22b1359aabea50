//! The settings of what is sold and how it is paid: checkout, invoices, store credit, gift cards, loyalty. Each struct is a
//! section; its fields are settings of their own (`checkout.tax_bp`), so that the audit log names what changed.

use serde::{Deserialize, Serialize};

/// How orders are priced and numbered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutSettings {
    /// What shipping costs where nothing makes it free; minor units of the base currency.
    pub shipping_minor: i64,
    /// Prices contain the tax; otherwise it is added.
    pub tax_included: bool,
    /// The usual rate of products, in hundredths of a percent.
    pub tax_bp: u32,
    /// Of shipping, in hundredths of a percent.
    pub shipping_tax_bp: u32,
    /// What order numbers begin with.
    pub order_prefix: String,
    /// A cart is abandoned when nothing happened in it for so many minutes.
    pub abandoned_minutes: u16,
    /// An order is stuck that is in transit, or waits to be shipped, for more than so many days.
    pub stuck_days: u16,
}

impl Default for CheckoutSettings {
    fn default() -> Self {
        Self {
            shipping_minor: 4_90,
            tax_included: true,
            tax_bp: 0,
            shipping_tax_bp: 0,
            order_prefix: String::new(),
            abandoned_minutes: 60,
            stuck_days: 7,
        }
    }
}

/// What stands on invoices and credit notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceSettings {
    /// What the numbers of invoices begin with; the store's code and the number follow.
    pub prefix: String,
    pub credit_note_prefix: String,
    /// Who sells: a name and, below it, the lines of an address.
    pub company: String,
    pub address: String,
    pub tax_id: String,
    /// Where to pay to.
    pub bank: String,
    /// The last lines of each page.
    pub footer: String,
}

impl Default for InvoiceSettings {
    fn default() -> Self {
        Self {
            prefix: "INV-".into(),
            credit_note_prefix: "CN-".into(),
            company: String::new(),
            address: String::new(),
            tax_id: String::new(),
            bank: String::new(),
            footer: String::new(),
        }
    }
}

/// Store credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditSettings {
    pub enabled: bool,
    /// What is given expires after so many days; 0 is never.
    pub expiry_days: u16,
}

impl Default for CreditSettings {
    fn default() -> Self {
        Self { enabled: true, expiry_days: 0 }
    }
}

/// Gift cards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftCardSettings {
    pub enabled: bool,
    /// A card expires after so many days; 0 is never.
    pub expiry_days: u16,
}

impl Default for GiftCardSettings {
    fn default() -> Self {
        Self { enabled: true, expiry_days: 3 * 365 }
    }
}

/// Loyalty points and tiers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoyaltySettings {
    pub enabled: bool,
    /// So many points are worth one unit (not minor unit) of the base currency.
    pub points_per_unit: i64,
    /// Points expire so many days after they were earned; 0 is never.
    pub expiry_days: u16,
    /// From the lowest to the highest; the first begins at 0 points.
    pub tiers: Vec<TierSettings>,
}

/// A tier and its benefits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierSettings {
    /// Small letters; does not change once members have it.
    pub code: String,
    pub name: String,
    /// Points earned by purchases over the lifetime, less reversals, from which on one has it.
    pub from_points: i64,
    /// Points for each whole unit of the base currency spent.
    pub earns: i64,
    pub free_shipping: bool,
    /// Sales and products that open earlier for some.
    pub early_access: bool,
    pub priority_support: bool,
    pub birthday_discount: bool,
    pub birthday_gift: bool,
}

impl Default for LoyaltySettings {
    fn default() -> Self {
        let tier = |code: &str, name: &str, from_points, earns| TierSettings {
            code: code.into(),
            name: name.into(),
            from_points,
            earns,
            birthday_discount: true,
            ..TierSettings::default()
        };
        Self {
            enabled: true,
            points_per_unit: 100,
            expiry_days: 365,
            tiers: vec![
                tier("bronze", "Bronze", 0, 10),
                TierSettings { free_shipping: true, ..tier("silver", "Silver", 1_000, 12) },
                TierSettings {
                    free_shipping: true,
                    early_access: true,
                    priority_support: true,
                    birthday_gift: true,
                    ..tier("gold", "Gold", 5_000, 15)
                },
            ],
        }
    }
}

impl LoyaltySettings {
    /// The tier of somebody who earned so many points: the highest that they reach. `None` only where there are no tiers.
    #[must_use]
    pub fn tier_for(&self, earned_points: i64) -> Option<&TierSettings> {
        self.tiers.iter().filter(|tier| tier.from_points <= earned_points).max_by_key(|tier| tier.from_points)
    }

    #[must_use]
    pub fn tier(&self, code: &str) -> Option<&TierSettings> {
        self.tiers.iter().find(|tier| tier.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_reached_at_their_points() {
        let loyalty = LoyaltySettings::default();
        let tier = |points| loyalty.tier_for(points).map(|tier| tier.code.as_str());
        assert_eq!((tier(0), tier(999), tier(1_000)), (Some("bronze"), Some("bronze"), Some("silver")));
        assert_eq!((tier(4_999), tier(5_000), tier(i64::MAX)), (Some("silver"), Some("gold"), Some("gold")));
    }
}
