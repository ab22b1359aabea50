//! What the made-up shop sells beside its records' list prices: promotions, a price list for wholesale, gift cards, and a record
//! that is yet to come out.

use super::catalogue::Catalogue;
use super::shop::CURRENCY;
use crate::args;
use crate::base::text::normalise;
use crate::base::{Day, Timestamp};
use crate::office::settings::zone::Zone;
use crate::server::Tx;

/// A promotion; days count from today, 0 is since ever or for ever.
struct Promotion {
    code: &'static str,
    name: &'static str,
    kind: &'static str,
    percent_bp: i64,
    amount_minor: i64,
    starts: i32,
    early_starts: i32,
    /// The key of a segment that has early access beside groups and tiers.
    early_segment: &'static str,
    ends: i32,
    limit_total: i64,
    limit_per_customer: i64,
    first_order_only: bool,
    minimum_minor: i64,
    group: &'static str,
    tier: &'static str,
    active: bool,
}

const PLAIN: Promotion = Promotion {
    code: "",
    name: "",
    kind: "percent",
    percent_bp: 0,
    amount_minor: 0,
    starts: 0,
    early_starts: 0,
    early_segment: "",
    ends: 0,
    limit_total: 0,
    limit_per_customer: 0,
    first_order_only: false,
    minimum_minor: 0,
    group: "",
    tier: "",
    active: true,
};

const PROMOTIONS: [Promotion; 8] = [
    Promotion { code: "WELCOME10", name: "Welcome", percent_bp: 1_000, first_order_only: true, limit_per_customer: 1, ..PLAIN },
    Promotion { code: "SPIN5", name: "Five off", kind: "amount", amount_minor: 5_00, minimum_minor: 30_00, ..PLAIN },
    Promotion { code: "FREESHIP", name: "Free shipping from 25", kind: "free_shipping", minimum_minor: 25_00, ..PLAIN },
    Promotion {
        code: "WINTER20",
        name: "Winter sale",
        percent_bp: 2_000,
        starts: 5,
        early_starts: -2,
        early_segment: "high_value",
        ends: 26,
        ..PLAIN
    },
    Promotion { code: "TRADE5", name: "Trade fair", percent_bp: 500, group: "wholesale", ends: 60, ..PLAIN },
    Promotion { code: "GOLD15", name: "For Gold", percent_bp: 1_500, tier: "gold", ..PLAIN },
    Promotion { code: "LASTFIVE", name: "The last five", percent_bp: 3_000, limit_total: 5, limit_per_customer: 1, ..PLAIN },
    Promotion { code: "SUMMER", name: "Summer sale", percent_bp: 1_500, starts: -150, ends: -90, active: false, ..PLAIN },
];

/// Gift cards that are sold, by what they are worth.
const CARDS: [i64; 3] = [25_00, 50_00, 100_00];
/// What wholesale pays on its price list, before its discount, in hundredths of the list price.
const TRADE_PRICE: i64 = 95;
/// Every so many records are on it.
const ON_LIST: usize = 3;
/// Days until a record comes out, and from when on some may order it.
const COMES_OUT: i32 = 12;

/// Adds what is not there yet; after groups and products.
///
/// # Errors
/// When the database does not answer.
pub async fn add(tx: &Tx, catalogue: &Catalogue, zone: Zone, now: Timestamp) -> anyhow::Result<()> {
    let today = zone.day(now);
    let start = |days: i32| if days == 0 { Timestamp(0) } else { zone.start_of(Day(today.0 + days)) };
    for p in PROMOTIONS {
        tx.execute(
            "INSERT INTO promotions (code, code_key, name, kind, percent_bp, amount_minor, currency, starts_at, early_starts_at, ends_at,
               limit_total, limit_per_customer, first_order_only, minimum_minor, group_id, tier, active, created_at,
               early_segment_id)
             VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
               (SELECT id FROM customer_groups WHERE code = $14), $15, $16, $17, (SELECT id FROM segments WHERE key = $18))
             ON CONFLICT (code_key) DO NOTHING",
            args![
                p.code,
                p.name,
                p.kind,
                p.percent_bp,
                p.amount_minor,
                if p.amount_minor > 0 { CURRENCY } else { "" },
                start(p.starts),
                start(p.early_starts),
                start(p.ends),
                p.limit_total,
                p.limit_per_customer,
                p.first_order_only,
                p.minimum_minor,
                p.group,
                p.tier,
                p.active,
                now,
                p.early_segment
            ],
        )
        .await?;
    }
    add_list(tx, catalogue, now).await?;
    add_later(tx, catalogue, zone, now).await
}

/// A price list for wholesale.
async fn add_list(tx: &Tx, catalogue: &Catalogue, now: Timestamp) -> anyhow::Result<()> {
    let name = "Trade";
    let list = tx
        .insert(
            "INSERT INTO price_lists (name, name_key, currency, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name_key) DO UPDATE SET version = price_lists.version RETURNING id",
            args![name, normalise(name), CURRENCY, now],
        )
        .await?;
    for product in catalogue.products.iter().step_by(ON_LIST) {
        tx.execute(
            "INSERT INTO price_list_items (price_list_id, product_id, price_minor) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            args![list, product.id, product.price_minor * TRADE_PRICE / 100],
        )
        .await?;
    }
    tx.execute("UPDATE customer_groups SET price_list_id = $1 WHERE code = 'wholesale'", args![list]).await?;
    Ok(())
}

/// Gift cards, and a record that comes out soon.
async fn add_later(tx: &Tx, catalogue: &Catalogue, zone: Zone, now: Timestamp) -> anyhow::Result<()> {
    for minor in CARDS {
        tx.execute(
            "INSERT INTO products (sku, name, price_minor, currency, kind, created_at) VALUES ($1, $2, $3, $4, 'gift_card', $5)
             ON CONFLICT (sku) DO NOTHING",
            args![format!("GIFT-{}", minor / 100), format!("Gift card {}", minor / 100), minor, CURRENCY, now],
        )
        .await?;
    }
    let from = zone.start_of(Day(zone.day(now).0 + COMES_OUT));
    let Some(product) = catalogue.products.first() else { return Ok(()) };
    tx.execute(
        "INSERT INTO products (sku, name, category_id, price_minor, currency, available_from, early_from, created_at)
         VALUES ('CD-NEW', $1, (SELECT category_id FROM products WHERE id = $2), $3, $4, $5, $6, $6) ON CONFLICT (sku) DO NOTHING",
        args![format!("{} (Anniversary Box)", product.name), product.id, product.price_minor * 2, CURRENCY, from, now],
    )
    .await?;
    Ok(())
}
