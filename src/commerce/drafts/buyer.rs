//! Who buys, and on which terms: the customer's group, tier, credit and points, read together.

use crate::args;
use crate::base::{AppError, AppResult, CustomerId, GroupId, LedgerAccountId, PriceListId, Timestamp};
use crate::commerce::ledger::{AccountKind, store as ledger};
use crate::commerce::loyalty;
use crate::commerce::promotions::{self, Audience};
use crate::office::settings::ShopSettings;
use crate::server::Query;

/// A customer who is about to order.
#[derive(Clone, Debug)]
pub(super) struct Purchaser {
    pub blocked: bool,
    pub group: Group,
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
    blocked: bool,
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

/// Reads a customer as a purchaser. Under the locks of [`accounts_of`] what they can spend stays so until the transaction ends.
///
/// # Errors
/// [`AppError::NotFound`].
pub(super) async fn get(q: &impl Query, settings: &ShopSettings, customer: CustomerId, now: Timestamp) -> AppResult<Purchaser> {
    let group: Group = q
        .optional(
            "SELECT c.account_status = 'blocked' AS blocked, g.id, g.name, g.discount_bp, g.free_shipping,
               g.free_shipping_over_minor, g.minimum_order_minor, g.payment_terms_days, g.early_access, g.price_list_id
             FROM customers c JOIN customer_groups g ON g.id = c.pricing_group_id
             WHERE c.id = $1 AND c.merged_into_id IS NULL AND c.anonymised_at IS NULL",
            args![customer],
        )
        .await?
        .ok_or(AppError::NotFound)?;
    let terms = loyalty::terms(q, settings, customer, now).await?;
    let mut audience = promotions::store::audience(q, customer).await?;
    audience.early_access = group.early_access || terms.early_access;
    audience.tier = terms.tier;
    if !audience.groups.contains(&GroupId(group.id)) {
        audience.groups.push(GroupId(group.id));
    }
    let mut accounts = Accounts::default();
    let (mut credit, mut credit_limit, mut points) = (0, 0, 0);
    if settings.credit.enabled
        && let Some(account) = ledger::find_account(q, AccountKind::Credit, customer).await?
    {
        accounts.credit = Some(account.id);
        let all = ledger::spendable(q, account.id, now).await?;
        credit = (all - account.limit).max(0);
        credit_limit = (all - credit).max(0);
    }
    if settings.loyalty.enabled
        && let Some(account) = ledger::find_account(q, AccountKind::Points, customer).await?
    {
        accounts.points = Some(account.id);
        points = ledger::spendable(q, account.id, now).await?.max(0);
    }
    Ok(Purchaser {
        blocked: group.blocked,
        group,
        audience,
        tier_ships_free: terms.free_shipping,
        credit,
        credit_limit,
        points,
        accounts,
    })
}

/// The accounts that an order of this customer may debit or credit: to be locked before the first of them is read.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn accounts_of(q: &impl Query, customer: CustomerId) -> AppResult<Vec<LedgerAccountId>> {
    let mut found = Vec::new();
    for kind in [AccountKind::Credit, AccountKind::Points] {
        found.extend(ledger::find_account(q, kind, customer).await?.map(|account| account.id));
    }
    Ok(found)
}
