//! Reading and writing settings.

use super::{LoyaltySettings, ShopSettings};
use crate::args;
use crate::base::{StaffId, Timestamp};
use crate::server::{DbResult, Query, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;

/// All settings; a value that no longer reads (an older version's) falls back to its default.
///
/// # Errors
/// When the database does not answer.
pub async fn load(q: &impl Query) -> DbResult<ShopSettings> {
    let rows: Vec<(String, String)> = q.all("SELECT key, value FROM settings", args![]).await?;
    let rows: HashMap<String, String> = rows.into_iter().collect();
    let mut settings = ShopSettings::default();
    read(&rows, "shop.name", &mut settings.name);
    read(&rows, "shop.website", &mut settings.website);
    read(&rows, "shop.base_currency", &mut settings.base_currency);
    read(&rows, "shop.time_zone", &mut settings.time_zone);
    read(&rows, "shop.locale", &mut settings.locale);
    read(&rows, "threshold.active_days", &mut settings.active_days);
    read(&rows, "threshold.new_days", &mut settings.new_days);
    read(&rows, "threshold.new_max_orders", &mut settings.new_max_orders);
    read(&rows, "threshold.one_time_days", &mut settings.one_time_days);
    read(&rows, "threshold.vip_minor", &mut settings.vip_minor);
    read(&rows, "threshold.high_value_minor", &mut settings.high_value_minor);
    read(&rows, "threshold.churn_percent", &mut settings.churn_percent);
    read(&rows, "threshold.free_mail", &mut settings.free_mail);
    read_section(&rows, "checkout", &mut settings.checkout);
    read_section(&rows, "invoice", &mut settings.invoice);
    read_section(&rows, "credit", &mut settings.credit);
    read_section(&rows, "gift_cards", &mut settings.gift_cards);
    read_section(&rows, "loyalty", &mut settings.loyalty);
    read_section(&rows, "mail", &mut settings.mail);
    read_section(&rows, "maps", &mut settings.maps);
    Ok(settings)
}

/// The section Loyalty as [`load`] reads it, in one statement of few rows.
///
/// # Errors
/// When the database does not answer.
pub async fn load_loyalty(q: &impl Query) -> DbResult<LoyaltySettings> {
    let rows: Vec<(String, String)> = q.all("SELECT key, value FROM settings WHERE key LIKE 'loyalty.%'", args![]).await?;
    let rows: HashMap<String, String> = rows.into_iter().collect();
    let mut loyalty = LoyaltySettings::default();
    read_section(&rows, "loyalty", &mut loyalty);
    Ok(loyalty)
}

fn read<T: DeserializeOwned>(rows: &HashMap<String, String>, key: &str, into: &mut T) {
    if let Some(value) = rows.get(key).and_then(|json| serde_json::from_str(json).ok()) {
        *into = value;
    }
}

/// Reads the fields of a section, each by itself.
fn read_section<T: Serialize + DeserializeOwned>(rows: &HashMap<String, String>, section: &str, into: &mut T) {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(&*into) else { return };
    for name in fields.keys().cloned().collect::<Vec<_>>() {
        let Some(value) = rows.get(&format!("{section}.{name}")).and_then(|json| serde_json::from_str(json).ok()) else {
            continue;
        };
        let default = fields.insert(name.clone(), value);
        match (serde_json::from_value(Value::Object(fields.clone())), default) {
            (Ok(read), _) => *into = read,
            (Err(_), Some(default)) => drop(fields.insert(name, default)),
            (Err(_), None) => {}
        }
    }
}

fn section_rows<T: Serialize>(section: &str, of: &T) -> Vec<(String, String)> {
    match serde_json::to_value(of) {
        Ok(Value::Object(fields)) => {
            fields.into_iter().map(|(name, value)| (format!("{section}.{name}"), value.to_string())).collect()
        }
        _ => Vec::new(),
    }
}

/// Every setting as the rows that keep it: key → JSON.
#[must_use]
pub fn rows(settings: &ShopSettings) -> Vec<(String, String)> {
    let json = |v: serde_json::Value| v.to_string();
    let shop = vec![
        ("shop.name", json(settings.name.clone().into())),
        ("shop.website", json(settings.website.clone().into())),
        ("shop.base_currency", json(settings.base_currency.code().into())),
        ("shop.time_zone", json(settings.time_zone.clone().into())),
        ("shop.locale", json(settings.locale.clone().into())),
        ("threshold.active_days", json(settings.active_days.into())),
        ("threshold.new_days", json(settings.new_days.into())),
        ("threshold.new_max_orders", json(settings.new_max_orders.into())),
        ("threshold.one_time_days", json(settings.one_time_days.into())),
        ("threshold.vip_minor", json(settings.vip_minor.into())),
        ("threshold.high_value_minor", json(settings.high_value_minor.into())),
        ("threshold.churn_percent", json(settings.churn_percent.into())),
        ("threshold.free_mail", json(settings.free_mail.clone().into())),
    ];
    let mut rows: Vec<(String, String)> = shop.into_iter().map(|(key, json)| (key.to_owned(), json)).collect();
    rows.extend(section_rows("checkout", &settings.checkout));
    rows.extend(section_rows("invoice", &settings.invoice));
    rows.extend(section_rows("credit", &settings.credit));
    rows.extend(section_rows("gift_cards", &settings.gift_cards));
    rows.extend(section_rows("loyalty", &settings.loyalty));
    rows.extend(section_rows("mail", &settings.mail));
    rows.extend(section_rows("maps", &settings.maps));
    rows
}

/// Writes one setting.
///
/// # Errors
/// When the database does not answer.
pub async fn save(tx: &Tx, key: &str, json: &str, by: Option<StaffId>, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "INSERT INTO settings (key, value, updated_at, updated_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        args![key, json, now, by],
    )
    .await?;
    Ok(())
}

/// Whether the base currency can no longer change: placed orders keep their base amounts in it, and store credit is held in it.
///
/// # Errors
/// When the database does not answer.
pub async fn is_currency_fixed(q: &impl Query) -> DbResult<bool> {
    let sql = "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM orders WHERE status <> 'draft')
                 OR EXISTS (SELECT 1 FROM ledger_accounts WHERE kind = 'credit')";
    Ok(q.integer(sql, args![]).await? == 1)
}
