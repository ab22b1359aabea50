//! Values that may stand in a rule, from the data of the shop: those that begin with what was typed, then those that contain it.

use super::Offer;
use crate::args;
use crate::base::country;
use crate::base::i18n::use_lang;
use crate::base::text::{escape_like, normalise};
use crate::base::{AppResult, BranchId};
use crate::rules::fields::{Keying, Values};
use crate::server::db::Watched;
use crate::server::db::dialect::lower;
use crate::server::{AppState, Args, DbResult, Query};

/// Values in one list.
const MOST: usize = 12;

/// The values that go on with what was typed. Of the branches only those that exist for the asker; `field` is the custom field
/// whose values they are.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    state: &AppState,
    scope: Option<&[BranchId]>,
    values: Values,
    field: &str,
    typed: &str,
) -> AppResult<Vec<Offer>> {
    // Before the first wait, while the language is at hand.
    let l = use_lang();
    let (key, db) = (normalise(typed), state.db.watched());
    let offers = match values {
        Values::Free => Vec::new(),
        Values::Codes(codes) => {
            codes.all().iter().map(|code| Offer { value: (*code).to_owned(), label: String::new() }).collect()
        }
        Values::Countries => {
            country::by_name(l).into_iter().map(|(code, label)| Offer { value: code.to_owned(), label }).collect()
        }
        Values::Tiers => {
            let tier =
                |tier: &crate::office::settings::TierSettings| Offer { value: tier.code.clone(), label: tier.name.clone() };
            state.settings().loyalty.tiers.iter().map(tier).collect()
        }
        Values::Regions => places(&db, "region", &key).await?,
        Values::Cities => places(&db, "city", &key).await?,
        Values::Campaigns => {
            let campaign = lower(&db, "campaign");
            let sql = format!(
                "SELECT DISTINCT campaign, '' FROM customers
                 WHERE campaign IS NOT NULL AND {campaign} LIKE $1 ESCAPE '\\' ORDER BY campaign LIMIT 50"
            );
            read(&db, &sql, args![within(&typed.to_lowercase())]).await?
        }
        Values::Tags => {
            let sql = "SELECT name, '' FROM tags WHERE gone_at = 0 AND name_key LIKE $1 ESCAPE '\\'
                       ORDER BY CASE WHEN name_key LIKE $2 ESCAPE '\\' THEN 0 ELSE 1 END, name_key LIMIT 50";
            read(&db, sql, args![within(&key), beginning(&key)]).await?
        }
        Values::Products => {
            let (name, sku) = (lower(&db, "name"), lower(&db, "sku"));
            let sql = format!(
                "SELECT name, sku FROM products WHERE {name} LIKE $1 ESCAPE '\\' OR {sku} LIKE $2 ESCAPE '\\' ORDER BY name LIMIT 50"
            );
            let typed = typed.to_lowercase();
            read(&db, &sql, args![within(&typed), beginning(&typed)]).await?
        }
        Values::Groups => {
            read(&db, "SELECT name, '' FROM customer_groups WHERE archived_at = 0 ORDER BY name_key", args![]).await?
        }
        Values::Branches => branches(&db, scope).await?,
        Values::Departments => read(&db, "SELECT DISTINCT name, '' FROM departments ORDER BY name", args![]).await?,
        Values::Segments => read(&db, "SELECT name, '' FROM segments WHERE NOT archived ORDER BY name_key", args![]).await?,
        Values::Categories => read(&db, "SELECT DISTINCT name, '' FROM categories ORDER BY name", args![]).await?,
        Values::Stores => read(&db, "SELECT name, code FROM stores ORDER BY name", args![]).await?,
        Values::CustomFields => {
            read(&db, "SELECT MIN(name), '' FROM customer_fields GROUP BY name_key ORDER BY name_key LIMIT 500", args![]).await?
        }
        Values::CustomValues => {
            let sql = "SELECT MIN(value), '' FROM customer_fields WHERE name_key = $1 AND value_key LIKE $2 ESCAPE '\\'
                       GROUP BY value_key ORDER BY value_key LIMIT 50";
            let (field, typed) = (Keying::AsWritten.key(field), Keying::AsWritten.key(typed));
            read(&db, sql, args![field, within(&typed)]).await?
        }
    };
    Ok(going_on(offers, &key))
}

/// Regions or cities that begin with what was typed; of one that is written in several ways, one.
async fn places(db: &Watched<'_>, column: &str, key: &str) -> DbResult<Vec<Offer>> {
    let sql = format!(
        "SELECT MIN({column}), '' FROM customers WHERE {column}_key LIKE $1 ESCAPE '\\' AND {column}_key <> ''
         GROUP BY {column}_key ORDER BY COUNT(*) DESC, {column}_key LIMIT 50"
    );
    read(db, &sql, args![beginning(key)]).await
}

async fn branches(db: &Watched<'_>, scope: Option<&[BranchId]>) -> DbResult<Vec<Offer>> {
    let rows: Vec<(i64, String)> = db.all("SELECT id, name FROM branches ORDER BY name, id", args![]).await?;
    let visible = rows.into_iter().filter(|(id, _)| scope.is_none_or(|scope| scope.contains(&BranchId(*id))));
    Ok(visible.map(|(_, value)| Offer { value, label: String::new() }).collect())
}

async fn read(db: &Watched<'_>, sql: &str, args: Args) -> DbResult<Vec<Offer>> {
    let rows: Vec<(String, String)> = db.all(sql, args).await?;
    Ok(rows.into_iter().map(|(value, label)| Offer { value, label }).collect())
}

fn within(text: &str) -> String {
    format!("%{}%", escape_like(text))
}

fn beginning(text: &str) -> String {
    format!("{}%", escape_like(text))
}

/// Those whose value or label has what was typed in it; first those that begin with it.
fn going_on(offers: Vec<Offer>, key: &str) -> Vec<Offer> {
    let place = |offer: &Offer| {
        let (value, label) = (normalise(&offer.value), normalise(&offer.label));
        match () {
            () if value.starts_with(key) => Some(0),
            () if label.starts_with(key) => Some(1),
            () if value.contains(key) || label.contains(key) => Some(2),
            () => None,
        }
    };
    let mut placed: Vec<(i32, Offer)> = offers.into_iter().filter_map(|offer| Some((place(&offer)?, offer))).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, offer)| offer).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_so_comes_first() {
        let offer = |value: &str, label: &str| Offer { value: value.into(), label: label.into() };
        let found = going_on(vec![offer("FR", "Frankreich"), offer("DE", "Deutschland"), offer("SE", "Schweden")], "de");
        assert_eq!(found.iter().map(|offer| offer.value.as_str()).collect::<Vec<_>>(), ["DE", "SE"]);
    }
}
