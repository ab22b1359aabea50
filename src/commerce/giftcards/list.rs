//! Reading cards as staff see them: a customer's, and all of them.

use super::store::{COLUMNS, STATE, StoredCard};
use super::{CardPage, CardQuery, CardRow, CardStatus, CardsView};
use crate::args;
use crate::base::text::{escape_like, normalise};
use crate::base::{AppResult, BranchId, Currency, CustomerId, GiftCardId, OrderId, Timestamp};
use crate::customers::name::display_name;
use crate::office::settings::zone::Zone;
use crate::server::{AppState, Args, DbResult, Query};

/// Cards that a page of all of them shows.
const PAGE: usize = 50;
/// Cards of one customer that the tab shows: more than anybody has.
const OF_CUSTOMER: usize = 500;
/// Characters of a code that are kept.
const LAST: usize = 4;

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    card: StoredCard,
    batch: String,
    message: String,
    created_at: i64,
    issued_by: Option<String>,
    order_id: Option<i64>,
    number: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    company: Option<String>,
    email: Option<String>,
}

const MORE: &str = "g.batch, g.message, g.created_at, s.name AS issued_by, g.order_id, o.number,
    c.first_name, c.last_name, c.company, c.email";

const FROM: &str = "gift_cards g
    LEFT JOIN staff s ON s.id = g.issued_by
    LEFT JOIN orders o ON o.id = g.order_id
    LEFT JOIN customers c ON c.id = g.customer_id";

/// The tab of a customer whom the asker may see.
///
/// # Errors
/// When the database does not answer.
pub async fn of_customer(state: &AppState, customer: CustomerId) -> AppResult<CardsView> {
    let settings = state.settings();
    let sql =
        format!("SELECT {COLUMNS}, {MORE}, {STATE} FROM {FROM} WHERE g.customer_id = $2 ORDER BY g.id DESC LIMIT {OF_CUSTOMER}");
    let rows: Vec<Row> = state.db.all(&sql, args![state.clock.now(), customer]).await?;
    Ok(CardsView {
        enabled: settings.gift_cards.enabled,
        credit_enabled: settings.credit.enabled,
        currencies: currencies(&state.db, settings.base_currency).await?,
        cards: read(rows, state.zone())?,
    })
}

/// A page of all cards that exist for somebody with this scope.
///
/// # Errors
/// When the database does not answer.
pub async fn all(state: &AppState, scope: Option<&[BranchId]>, query: &CardQuery) -> AppResult<CardPage> {
    let mut args = args![state.clock.now(), query.before.unwrap_or(i64::MAX)];
    let mut wanted = String::from("g.id < $2");
    if !query.text.is_empty() {
        wanted.push_str(&text_sql(&query.text, &mut args));
    }
    if let Some(branches) = scope {
        // Ids are numbers: they can stand in the text. No branch has the id 0.
        let ids = branches.iter().fold("0".to_owned(), |ids, branch| format!("{ids}, {branch}"));
        wanted.push_str(&format!(" AND (g.customer_id IS NULL OR c.branch_id IN ({ids}))"));
    }
    let status = query.status.map_or("TRUE", status_sql);
    let sql = format!(
        "SELECT * FROM (SELECT {COLUMNS}, {MORE}, {STATE} FROM {FROM} WHERE {wanted}) AS cards WHERE {status}
         ORDER BY id DESC LIMIT {}",
        PAGE + 1
    );
    let mut rows: Vec<Row> = state.db.all(&sql, args).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let older = rows.last().filter(|_| more).map(|row| GiftCardId(row.card.id));
    let settings = state.settings();
    Ok(CardPage {
        enabled: settings.gift_cards.enabled,
        currencies: currencies(&state.db, settings.base_currency).await?,
        cards: read(rows, state.zone())?,
        older,
    })
}

/// One card as staff see it, if it exists for somebody with this scope.
///
/// # Errors
/// When the database does not answer.
pub async fn find(state: &AppState, scope: Option<&[BranchId]>, id: GiftCardId) -> AppResult<Option<CardRow>> {
    let page = all(state, scope, &CardQuery { before: Some(id.0 + 1), ..CardQuery::default() }).await?;
    Ok(page.cards.into_iter().next().filter(|card| card.id == id))
}

/// The base currency, then those of the stores.
async fn currencies(q: &impl Query, base: Currency) -> DbResult<Vec<Currency>> {
    let rows: Vec<(String,)> = q.all("SELECT DISTINCT currency FROM stores ORDER BY currency", args![]).await?;
    let others = rows.iter().filter_map(|(code,)| Currency::parse(code)).filter(|currency| *currency != base);
    Ok(std::iter::once(base).chain(others).collect())
}

fn text_sql(text: &str, args: &mut Args) -> String {
    let like = args.push(format!("%{}%", escape_like(&normalise(text))));
    let mut ways = vec![
        format!("c.name_key LIKE ${like} ESCAPE '\\'"),
        format!("c.email_key LIKE ${like} ESCAPE '\\'"),
        format!("LOWER(g.batch) LIKE ${like} ESCAPE '\\'"),
    ];
    if text.chars().count() == LAST {
        ways.push(format!("g.last_four = ${}", args.push(text.to_ascii_uppercase())));
    }
    format!(" AND ({})", ways.join(" OR "))
}

/// As [`CardStatus::of`], in SQL.
fn status_sql(status: CardStatus) -> &'static str {
    match status {
        CardStatus::Disabled => "disabled_at > 0",
        CardStatus::Expired => "disabled_at = 0 AND left_minor <= 0 AND expired_minor > 0",
        CardStatus::Used => "disabled_at = 0 AND left_minor <= 0 AND expired_minor <= 0",
        CardStatus::Active => "disabled_at = 0 AND left_minor > 0 AND left_minor >= initial_minor",
        CardStatus::PartlyUsed => "disabled_at = 0 AND left_minor > 0 AND left_minor < initial_minor",
    }
}

fn read(rows: Vec<Row>, zone: Zone) -> AppResult<Vec<CardRow>> {
    rows.into_iter().map(|row| row.card(zone)).collect()
}

impl Row {
    fn card(self, zone: Zone) -> AppResult<CardRow> {
        let expired = self.card.expired_minor;
        let card = self.card.card()?;
        let (first, last) = (self.first_name.unwrap_or_default(), self.last_name.unwrap_or_default());
        let (company, email) = (self.company.unwrap_or_default(), self.email.unwrap_or_default());
        Ok(CardRow {
            id: card.id,
            last_four: card.last_four,
            customer: card.customer.map(|id| (id, display_name(&first, &last, &company, &email))),
            currency: card.currency,
            initial: card.initial,
            balance: card.balance,
            used: (card.initial - card.balance - expired).max(0),
            status: card.status,
            expires: card.expires_at.map(|at| zone.moment(at)),
            issued: zone.moment(Timestamp(self.created_at)),
            issued_by: self.issued_by,
            batch: self.batch,
            message: self.message,
            order: self.order_id.map(|id| (OrderId(id), self.number.unwrap_or_default())),
        })
    }
}
