//! Who buys, and on which terms: the customer's group, tier, credit and points, read together.

use crate::args;
use crate::base::{AppError, AppResult, CustomerId, GroupId, LedgerAccountId, PriceListId, Timestamp};
use crate::commerce::eligibility::{Member, ask_early};
use crate::commerce::ledger::store::spendable_of;
use crate::commerce::loyalty;
use crate::commerce::products::store::Product;
use crate::commerce::promotions::Audience;
use crate::office::settings::ShopSettings;
use crate::office::settings::zone::Zone;
use crate::server::Query;

/// A customer who is about to order.
#[derive(Clone, Debug)]
pub(super) struct Purchaser {
    pub blocked: bool,
    pub group: Group,
    /// Without other groups than the pricing group, tags, segments and orders: those are read where a code or a product asks for them.
    pub audience: Audience,
    pub tier_ships_free: bool,
    /// Store credit that can be spent, in minor units of the base currency; and how much may be owed beyond it.
    pub credit: i64,
    pub credit_limit: i64,
    pub points: i64,
    pub accounts: Accounts,
}

/// The ledger's accounts of a customer, where there are any.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Accounts {
    pub credit: Option<LedgerAccountId>,
    pub points: Option<LedgerAccountId>,
}

/// The pricing group's terms; amounts are minor units of the base currency.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Group {
    id: i64,
    pub name: String,
    pub discount_bp: i64,
    pub free_shipping: bool,
    pub free_shipping_over_minor: Option<i64>,
    pub minimum_order_minor: i64,
    pub payment_terms_days: i64,
    early_access: bool,
    price_list_id: Option<i64>,
}

impl Group {
    pub fn price_list(&self) -> Option<PriceListId> {
        self.price_list_id.map(PriceListId)
    }
}

impl Purchaser {
    /// Finds out what these products ask: whether they open earlier for this customer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ask(
        &mut self,
        q: &impl Query,
        settings: &ShopSettings,
        zone: Zone,
        now: Timestamp,
        products: &[Product],
    ) -> AppResult<()> {
        let Some(customer) = self.audience.customer else { return Ok(()) };
        for early in products.iter().filter_map(|product| product.available.asks_early(now)) {
            ask_early(q, settings, zone.day(now), customer, &mut self.audience.member, early).await?;
        }
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    blocked: bool,
    #[sqlx(flatten)]
    group: Group,
    tier: Option<String>,
    earned_points: i64,
    credit_account: Option<i64>,
    credit: i64,
    credit_limit: i64,
    points_account: Option<i64>,
    points: i64,
}

/// Reads a customer as a purchaser, in one statement. While their accounts are locked what they can spend stays so.
///
/// # Errors
/// [`AppError::NotFound`].
pub(super) async fn get(q: &impl Query, settings: &ShopSettings, customer: CustomerId, now: Timestamp) -> AppResult<Purchaser> {
    let sql = format!(
        "SELECT c.account_status = 'blocked' AS blocked, g.id, g.name, g.discount_bp, g.free_shipping,
           g.free_shipping_over_minor, g.minimum_order_minor, g.payment_terms_days, g.early_access, g.price_list_id,
           m.tier, COALESCE(m.earned_points, 0) AS earned_points,
           credit.id AS credit_account, {} AS credit, COALESCE(credit.credit_limit, 0) AS credit_limit,
           points.id AS points_account, {} AS points
         FROM customers c JOIN customer_groups g ON g.id = c.pricing_group_id
         LEFT JOIN loyalty_members m ON m.customer_id = c.id
         LEFT JOIN ledger_accounts credit ON credit.customer_id = c.id AND credit.kind = 'credit'
         LEFT JOIN ledger_accounts points ON points.customer_id = c.id AND points.kind = 'points'
         WHERE c.id = $1 AND c.merged_into_id IS NULL AND c.anonymised_at IS NULL",
        spendable_of("credit", "$2"),
        spendable_of("points", "$2")
    );
    let row: Row = q.optional(&sql, args![customer, now]).await?.ok_or(AppError::NotFound)?;
    let terms = loyalty::member_terms(settings, row.tier.as_deref().map(|tier| (tier, row.earned_points)), row.points);
    let credit_account = row.credit_account.filter(|_| settings.credit.enabled);
    let points_account = row.points_account.filter(|_| settings.loyalty.enabled);
    let all = if credit_account.is_some() { row.credit } else { 0 };
    let credit = (all - row.credit_limit).max(0);
    Ok(Purchaser {
        blocked: row.blocked,
        audience: Audience {
            customer: Some(customer),
            member: Member {
                groups: vec![GroupId(row.group.id)],
                early_access: row.group.early_access || terms.early_access,
                tier: terms.tier,
                ..Member::default()
            },
            ..Audience::default()
        },
        group: row.group,
        tier_ships_free: terms.free_shipping,
        credit,
        credit_limit: (all - credit).max(0),
        points: if points_account.is_some() { row.points.max(0) } else { 0 },
        accounts: Accounts { credit: credit_account.map(LedgerAccountId), points: points_account.map(LedgerAccountId) },
    })
}
