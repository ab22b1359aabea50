//! Reading what the tab shows.

use super::store::{self, Member};
use super::{LoyaltyView, MemberView, WrittenOff};
use crate::base::{AppResult, CustomerId, OrderId, Timestamp};
use crate::commerce::ledger::entry::EntryPage;
use crate::commerce::ledger::{AccountKind, history, store as ledger_store};
use crate::server::AppState;

/// Days of expiry that the tab looks ahead to.
const UPCOMING_DAYS: usize = 5;
/// Orders with points written off that it names.
const WRITTEN_OFF: usize = 10;

/// The tab of a customer whom the asker may see.
///
/// # Errors
/// When the database does not answer.
pub async fn view(state: &AppState, customer: CustomerId, before: Option<i64>) -> AppResult<LoyaltyView> {
    let settings = state.settings();
    let member = match store::find_member(&state.db, customer).await? {
        Some(member) => Some(member_view(state, customer, member, before).await?),
        None => None,
    };
    let mut tiers = settings.loyalty.tiers.clone();
    tiers.sort_by_key(|tier| tier.from_points);
    Ok(LoyaltyView {
        enabled: settings.loyalty.enabled,
        currency: settings.base_currency,
        per_unit: settings.loyalty.points_per_unit,
        tiers,
        member,
    })
}

async fn member_view(state: &AppState, customer: CustomerId, member: Member, before: Option<i64>) -> AppResult<MemberView> {
    let (zone, now) = (state.zone(), state.clock.now());
    let written_off = store::list_written_off(&state.db, customer, WRITTEN_OFF).await?;
    let mut view = MemberView {
        card_number: member.card_number,
        points: 0,
        tier: member.tier,
        earned_points: member.earned_points,
        enrolled: zone.moment(Timestamp(member.enrolled_at)),
        upcoming: Vec::new(),
        entries: EntryPage::default(),
        is_newest: before.is_none(),
        written_off: written_off
            .into_iter()
            .map(|(order, number, earned, taken_back, written_off)| WrittenOff {
                order: OrderId(order),
                number: number.unwrap_or_default(),
                earned,
                taken_back,
                written_off,
            })
            .collect(),
    };
    if let Some(account) = ledger_store::find_account(&state.db, AccountKind::Points, customer).await? {
        view.points = ledger_store::spendable(&state.db, account.id, now).await?;
        view.upcoming = history::upcoming(&state.db, account.id, now, zone, UPCOMING_DAYS).await?;
        view.entries = history::page(&state.db, account.id, before, zone).await?;
    }
    Ok(view)
}
