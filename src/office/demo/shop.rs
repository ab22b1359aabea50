//! The made-up shop "Spindle & Sleeve" itself: settings, staff, stores, branches, groups, tags, products. Everything here can
//! be written twice: what exists by its name is taken as it is.

use super::catalogue::Catalogue;
use super::sales;
use crate::args;
use crate::base::text::normalise;
use crate::base::{BranchId, Timestamp};
use crate::customers::segments::{self, SegmentForm};
use crate::office::settings::store as settings;
use crate::office::settings::zone::Zone;
use crate::office::staff::store::NewStaff;
use crate::office::staff::{Role, password, store as staff};
use crate::server::{Query, Tx};
use anyhow::Context;

/// The password of every member of the demo's staff.
pub const PASSWORD: &str = "clientele-demo";
/// Who to log in as.
pub const OWNER: &str = "owner@demo.example";

pub const CURRENCY: &str = "USD";
const NAME: &str = "Spindle & Sleeve";
const TIME_ZONE: &str = "America/New_York";
/// Who sells, as invoices say it.
const ON_INVOICES: [(&str, &str); 5] = [
    ("invoice.company", "Spindle & Sleeve Inc."),
    ("invoice.address", "214 Mercer Street\nNew York, NY 10012\nUnited States"),
    ("invoice.tax_id", "EIN 00-0000000\nUSt-IdNr. DE 000 000 000"),
    ("invoice.bank", "Example Bank\nIBAN DE00 0000 0000 0000 0000 00\nBIC EXAMPLEX"),
    ("invoice.footer", "spindle-sleeve.example · A made-up shop"),
];

const STAFF: [(&str, &str, Role); 6] = [
    (OWNER, "Olive Whitlock", Role::Owner),
    ("admin@demo.example", "Adaeze Brandt", Role::Admin),
    ("support@demo.example", "Samir Haugen", Role::Support),
    ("marketing@demo.example", "Marta Lindqvist", Role::Marketing),
    ("readonly@demo.example", "Rui Nakagawa", Role::ReadOnly),
    (BRANCH_STAFF, "Britta Kessler", Role::Support),
];
/// Sees only the first of the branches.
const BRANCH_STAFF: &str = "branch@demo.example";

const STORES: [(&str, &str); 2] = [("web", "spindle-sleeve.example"), ("shop-berlin", "Spindle & Sleeve Berlin")];

const BRANCHES: [(&str, &[&str]); 3] = [
    ("Berlin", &["Counter", "Second-hand"]),
    ("New York", &["Mail order", "Classical", "Jazz & Blues"]),
    ("London", &["Mail order", "Wholesale"]),
];

/// The tags to start with, and those that the shop's staff made.
const TAGS: [&str; 14] = [
    "VIP",
    "Employee",
    "Partner",
    "gift",
    "newsletter",
    "press",
    "collector",
    "pre-orders",
    "label evening",
    "library",
    "vinyl too",
    "slow payer",
    "birthday club",
    // Somebody did not look what there is: to be merged.
    "collectors",
];

/// The colours of some tags.
const TAG_HUES: [(&str, i64); 7] =
    [("VIP", 3), ("Employee", 9), ("Partner", 6), ("gift", 0), ("press", 10), ("collector", 8), ("slow payer", 1)];

/// The rules that put customers into groups and tag them (G2): what is ruled, in the rule language, and whether it sets the
/// prices and is switched on.
const RULES: [(&str, &str, &str, i64, bool, bool); 5] = [
    ("customer_groups", "wholesale", "business_email", 10, true, false),
    ("customer_groups", "vip", "total_spent > 5000", 20, true, true),
    ("customer_groups", "loyalty", "orders > 10", 100, false, true),
    ("tags", "collector", "orders > 5", 100, false, false),
    ("tags", "newsletter", "consent.email", 100, false, false),
];

/// The shop's own segments (G4): key, name, what it is for, and its rule.
const SEGMENTS: [(&str, &str, &str, &str); 4] = [
    (
        "christmas_presents",
        "Christmas presents",
        "Bought last before Christmas, for more than 100 at once",
        "last_order month in (november, december) and any order (total > 100)",
    ),
    ("regulars", "Regulars", "Come back again and again", "orders >= 5 and last_order within 180 days"),
    ("silent_points", "Points, but silent", "Could spend their points", "points > 500 and not last_order within 90 days"),
    ("only_readers", "Readers who never bought", "Get the newsletter, have no order", "consent.email and orders = 0"),
];

/// What a group starts with (G1).
struct GroupStart {
    code: &'static str,
    name: &'static str,
    description: &'static str,
    discount_bp: i64,
    free_shipping: bool,
    free_shipping_over_minor: Option<i64>,
    minimum_order_minor: i64,
    payment_terms_days: i64,
    priority_support: bool,
    early_access: bool,
    hue: i64,
}

const PLAIN_GROUP: GroupStart = GroupStart {
    code: "retail",
    name: "Retail",
    description: "Standard price, regular shipping, no minimum",
    discount_bp: 0,
    free_shipping: false,
    free_shipping_over_minor: None,
    minimum_order_minor: 0,
    payment_terms_days: 0,
    priority_support: false,
    early_access: false,
    hue: 7,
};

/// The discount that wholesale customers have on list prices, in hundredths of a percent.
pub const WHOLESALE_DISCOUNT_BP: i64 = 3000;

const GROUPS: [GroupStart; 4] = [
    PLAIN_GROUP,
    GroupStart {
        code: "wholesale",
        name: "Wholesale",
        description: "30 % off, free shipping over 500, minimum order 250, net 30",
        discount_bp: WHOLESALE_DISCOUNT_BP,
        free_shipping_over_minor: Some(500_00),
        minimum_order_minor: 250_00,
        payment_terms_days: 30,
        hue: 9,
        ..PLAIN_GROUP
    },
    GroupStart {
        code: "vip",
        name: "VIP",
        description: "15 % off, free shipping, priority support, early access",
        discount_bp: 1500,
        free_shipping: true,
        priority_support: true,
        early_access: true,
        hue: 3,
        ..PLAIN_GROUP
    },
    GroupStart { code: "loyalty", name: "Loyalty", description: "Collects points; no price benefit", hue: 0, ..PLAIN_GROUP },
];

/// The ids of what was furnished.
pub struct Shop {
    pub zone: Zone,
    /// Members who write notes: owner, admin, support, branch.
    pub authors: Vec<i64>,
    /// In the order web, Berlin.
    pub stores: Vec<i64>,
    pub branches: Vec<Branch>,
    pub retail: i64,
    pub wholesale: i64,
    pub vip: i64,
    pub loyalty: i64,
    tags: Vec<i64>,
}

/// A branch and its departments.
pub struct Branch {
    pub id: i64,
    pub departments: Vec<i64>,
}

impl Shop {
    /// The id of one of the tags that the shop starts with.
    pub fn tag(&self, name: &str) -> Option<i64> {
        TAGS.iter().position(|t| *t == name).and_then(|at| self.tags.get(at)).copied()
    }
}

/// Writes everything that is there before the first customer.
///
/// # Errors
/// When the database does not answer, or has products already.
pub async fn furnish(tx: &Tx, catalogue: &Catalogue, now: Timestamp) -> anyhow::Result<Shop> {
    let zone = Zone::parse(TIME_ZONE).context("the demo's time zone")?;
    let basics = [("shop.name", NAME), ("shop.base_currency", CURRENCY), ("shop.time_zone", TIME_ZONE)];
    for (key, value) in basics.into_iter().chain(ON_INVOICES) {
        settings::save(tx, key, &serde_json::to_string(value)?, None, now).await?;
    }
    let branches = add_branches(tx, now).await?;
    let authors = add_staff(tx, branches.first().map(|b| BranchId(b.id)), now).await?;
    let stores = add_stores(tx, now).await?;
    let groups = add_groups(tx, now).await?;
    let tags = add_tags(tx, now).await?;
    add_products(tx, catalogue, now).await?;
    sales::add(tx, catalogue, zone, now).await?;
    let [retail, wholesale, vip, loyalty] = groups.try_into().map_err(|_| anyhow::anyhow!("four groups"))?;
    Ok(Shop { zone, authors, stores, branches, retail, wholesale, vip, loyalty, tags })
}

async fn add_branches(tx: &Tx, now: Timestamp) -> anyhow::Result<Vec<Branch>> {
    let mut branches = Vec::new();
    for (name, departments) in BRANCHES {
        tx.execute("INSERT INTO branches (name, created_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", args![name, now])
            .await?;
        let id = tx.integer("SELECT id FROM branches WHERE name = $1", args![name]).await?;
        let mut ids = Vec::new();
        for department in departments {
            let insert = "INSERT INTO departments (branch_id, name) VALUES ($1, $2) ON CONFLICT (branch_id, name) DO NOTHING";
            tx.execute(insert, args![id, *department]).await?;
            let select = "SELECT id FROM departments WHERE branch_id = $1 AND name = $2";
            ids.push(tx.integer(select, args![id, *department]).await?);
        }
        branches.push(Branch { id, departments: ids });
    }
    Ok(branches)
}

/// Adds who is not there yet; yields the ids of those who write notes.
async fn add_staff(tx: &Tx, branch: Option<BranchId>, now: Timestamp) -> anyhow::Result<Vec<i64>> {
    let mut authors = Vec::new();
    for (email, name, role) in STAFF {
        let id = match staff::find_credentials(tx, email).await? {
            Some(found) => found.id,
            None => {
                let hash = tokio::task::spawn_blocking(|| password::hash(PASSWORD)).await??;
                let branches: Option<&[BranchId]> =
                    if email == BRANCH_STAFF { branch.as_ref().map(std::slice::from_ref) } else { None };
                let new = NewStaff { email, name, role, password_hash: Some(&hash), branches };
                staff::insert(tx, new, now).await?.0
            }
        };
        if matches!(role, Role::Owner | Role::Admin | Role::Support) {
            authors.push(id);
        }
    }
    Ok(authors)
}

async fn add_stores(tx: &Tx, now: Timestamp) -> anyhow::Result<Vec<i64>> {
    let mut ids = Vec::new();
    for (code, name) in STORES {
        tx.execute(
            "INSERT INTO stores (code, name, currency, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (code) DO NOTHING",
            args![code, name, CURRENCY, now],
        )
        .await?;
        ids.push(tx.integer("SELECT id FROM stores WHERE code = $1", args![code]).await?);
    }
    Ok(ids)
}

async fn add_groups(tx: &Tx, now: Timestamp) -> anyhow::Result<Vec<i64>> {
    let mut ids = Vec::new();
    for g in GROUPS {
        tx.execute(
            "INSERT INTO customer_groups (code, name, name_key, description, discount_bp, free_shipping, free_shipping_over_minor,
               minimum_order_minor, payment_terms_days, priority_support, early_access, created_at, hue)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (code) DO NOTHING",
            args![
                g.code,
                g.name,
                normalise(g.name),
                g.description,
                g.discount_bp,
                g.free_shipping,
                g.free_shipping_over_minor,
                g.minimum_order_minor,
                g.payment_terms_days,
                g.priority_support,
                g.early_access,
                now,
                g.hue
            ],
        )
        .await?;
        ids.push(tx.integer("SELECT id FROM customer_groups WHERE code = $1", args![g.code]).await?);
    }
    Ok(ids)
}

async fn add_tags(tx: &Tx, now: Timestamp) -> anyhow::Result<Vec<i64>> {
    let mut ids = Vec::new();
    for name in TAGS {
        let key = normalise(name);
        tx.execute(
            "INSERT INTO tags (name, name_key, created_at, hue) VALUES ($1, $2, $3, $4) ON CONFLICT (name_key) DO NOTHING",
            args![name, &key, now, TAG_HUES.iter().find(|(tag, _)| *tag == name).map(|(_, hue)| *hue)],
        )
        .await?;
        ids.push(tx.integer("SELECT id FROM tags WHERE name_key = $1", args![key]).await?);
    }
    Ok(ids)
}

/// Adds the rules and segments, once the customers are there.
///
/// # Errors
/// When the database does not answer.
pub async fn add_rules(tx: &Tx, now: Timestamp) -> anyhow::Result<()> {
    for (table, key, rule, priority, sets_pricing, active) in RULES {
        let (column, found) = match table {
            "tags" => ("tag_id", "name_key"),
            _ => ("group_id", "code"),
        };
        let sql = format!(
            "INSERT INTO assignment_rules ({column}, rule, priority, sets_pricing, active, created_at, updated_at)
             SELECT id, $2, $3, $4, $5, $6, $6 FROM {table} WHERE {found} = $1 ON CONFLICT DO NOTHING"
        );
        tx.execute(&sql, args![key, rule, priority, sets_pricing, active, now]).await?;
    }
    for (key, name, description, rule) in SEGMENTS {
        if !segments::store::is_taken(tx, key, None).await? {
            let form = SegmentForm { name: name.into(), description: description.into(), rule: rule.into() };
            segments::store::insert(tx, key, &form, false, None, now).await?;
        }
    }
    Ok(())
}

async fn add_products(tx: &Tx, catalogue: &Catalogue, now: Timestamp) -> anyhow::Result<()> {
    let mut categories = Vec::new();
    for genre in &catalogue.genres {
        let found: Option<(i64,)> = tx.optional("SELECT id FROM categories WHERE name = $1", args![*genre]).await?;
        categories.push(match found {
            Some((id,)) => id,
            None => tx.insert("INSERT INTO categories (name) VALUES ($1) RETURNING id", args![*genre]).await?,
        });
    }
    for product in &catalogue.products {
        tx.execute(
            "INSERT INTO products (id, sku, name, category_id, price_minor, currency, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            args![product.id, &product.sku, &product.name, categories[product.genre], product.price_minor, CURRENCY, now],
        )
        .await?;
    }
    let stored: Vec<(i64, String)> =
        tx.all("SELECT id, sku FROM products WHERE id <= $1 ORDER BY id", args![catalogue.products.len()]).await?;
    let ours = catalogue.products.iter().map(|p| (p.id, p.sku.as_str()));
    anyhow::ensure!(ours.eq(stored.iter().map(|(id, sku)| (*id, sku.as_str()))), "the database has products of its own");
    if tx.is_postgres() {
        // The ids were given, so the sequence has not moved.
        tx.all::<(i64,)>("SELECT setval(pg_get_serial_sequence('products', 'id'), (SELECT MAX(id) FROM products))", args![])
            .await?;
    }
    Ok(())
}
