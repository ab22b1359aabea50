//! Reading what the tab and the statements show.

use super::{CreditView, Month, Statement};
use crate::args;
use crate::base::{AppResult, CustomerId, LedgerAccountId};
use crate::commerce::ledger::entry::EntryPage;
use crate::commerce::ledger::{AccountKind, history, store as ledger_store};
use crate::customers::name::display_name;
use crate::server::{AppState, DbResult, Query};

/// Days of expiry that the tab looks ahead to.
const UPCOMING_DAYS: usize = 5;

/// The tab of a customer whom the asker may see.
///
/// # Errors
/// When the database does not answer.
pub async fn view(state: &AppState, customer: CustomerId, before: Option<i64>) -> AppResult<CreditView> {
    let (settings, zone, now) = (state.settings(), state.zone(), state.clock.now());
    let mut view = CreditView {
        enabled: settings.credit.enabled,
        currency: settings.base_currency,
        balance: 0,
        limit: 0,
        set_aside: 0,
        upcoming: Vec::new(),
        entries: EntryPage::default(),
        is_newest: before.is_none(),
        month: Month::of(state.today()),
    };
    let Some(account) = ledger_store::find_account(&state.db, AccountKind::Credit, customer).await? else { return Ok(view) };
    view.balance = account.balance;
    view.limit = account.limit;
    view.set_aside = set_aside(&state.db, account.id).await?;
    view.upcoming = history::upcoming(&state.db, account.id, now, zone, UPCOMING_DAYS).await?;
    view.entries = history::page(&state.db, account.id, before, zone).await?;
    Ok(view)
}

async fn set_aside(q: &impl Query, account: LedgerAccountId) -> DbResult<i64> {
    let sql = "SELECT CAST(SUM(amount) AS BIGINT) FROM ledger_authorisations WHERE account_id = $1 AND status = 'open'";
    q.integer(sql, args![account]).await
}

/// The statement of a month of a customer whom the asker may see.
///
/// # Errors
/// When the database does not answer.
pub async fn statement(state: &AppState, customer: CustomerId, month: Month) -> AppResult<Statement> {
    let (settings, zone) = (state.settings(), state.zone());
    let (from, to) = (zone.start_of(month.first_day()), zone.start_of(month.next().first_day()));
    let mut statement = Statement {
        shop: settings.name.clone(),
        customer: names(&state.db, customer).await?,
        month,
        running: month >= Month::of(state.today()),
        currency: settings.base_currency,
        opening: 0,
        entries: Vec::new(),
        added: 0,
        taken: 0,
        closing: 0,
        limit: 0,
        made: state.today(),
    };
    if let Some(account) = ledger_store::find_account(&state.db, AccountKind::Credit, customer).await? {
        statement.limit = account.limit;
        statement.opening = history::balance_before(&state.db, account.id, from).await?;
        statement.entries = history::between(&state.db, account.id, from, to, zone).await?;
    }
    let amounts = || statement.entries.iter().map(|entry| entry.amount);
    let (added, taken) = (amounts().filter(|amount| *amount > 0).sum(), amounts().filter(|amount| *amount < 0).sum());
    statement.closing = statement.opening + added + taken;
    Ok(Statement { added, taken, ..statement })
}

/// Name, company and email of a customer, as far as there are.
async fn names(q: &impl Query, customer: CustomerId) -> DbResult<Vec<String>> {
    let sql = "SELECT first_name, last_name, company, email FROM customers WHERE id = $1";
    let (first, last, company, email): (String, String, String, String) = q.one(sql, args![customer]).await?;
    let name = display_name(&first, &last, &company, &email);
    let mut names = vec![name];
    for other in [company, email] {
        if !other.is_empty() && !names.contains(&other) {
            names.push(other);
        }
    }
    Ok(names)
}
