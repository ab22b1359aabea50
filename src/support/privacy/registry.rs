//! The register of personal data (D3): every column of every table, what it says about a person, whether an answer to "what do you know
//! about me?" shows it, and what erasing the person does to it. Export and erasure are driven by it; a test fails for a column
//! that is not here, so whoever adds one decides.

use Erasure::{Emptied, Kept, Reduced, Replaced, WithRow};

/// Whom a table's rows are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Nobody: the shop's own affairs.
    Nobody,
    Customer,
    Staff,
}

/// What erasing a person does to their rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// The row stays (accounting, proof of consent, audit); its personal columns say what becomes of them.
    Stays,
    Deleted,
}

/// What erasing a person does to a personal column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// NULL, the empty text, or what stands for nothing.
    Emptied,
    /// Something meaningless takes its place, since it must be there or be unique.
    Replaced,
    /// What accounting needs stays: of an address the country.
    Reduced,
    /// Stays: it tells of nobody once the others are gone, or the law asks for it.
    Kept,
    /// Goes with its row.
    WithRow,
}

/// A column that says something about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonalColumn {
    pub name: &'static str,
    /// Part of what a person is given who asks for their data; what is computed from other columns or guards secrets is not.
    pub exported: bool,
    pub erasure: Erasure,
}

/// A table and all its columns, each in exactly one of the three lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    pub whose: Whose,
    pub rows: Rows,
    /// Say whom a row is about, or who wrote it: ids and keys that lead to a person.
    pub links: &'static [&'static str],
    pub personal: &'static [PersonalColumn],
    /// Say nothing about a person.
    pub plain: &'static [&'static str],
}

impl Table {
    /// Every column.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.links.iter().copied().chain(self.personal.iter().map(|column| column.name)).chain(self.plain.iter().copied())
    }
}

const fn shown(name: &'static str, erasure: Erasure) -> PersonalColumn {
    PersonalColumn { name, exported: true, erasure }
}

const fn hidden(name: &'static str, erasure: Erasure) -> PersonalColumn {
    PersonalColumn { name, exported: false, erasure }
}

const fn nobody(name: &'static str, plain: &'static [&'static str]) -> Table {
    Table { name, whose: Whose::Nobody, rows: Rows::Stays, links: &[], personal: &[], plain }
}

/// Every table, in the order of the migrations.
pub const REGISTER: &[Table] = &[
    Table {
        name: "settings",
        whose: Whose::Nobody,
        rows: Rows::Stays,
        links: &["updated_by"],
        personal: &[],
        plain: &["key", "value", "updated_at"],
    },
    nobody("stores", &["id", "code", "name", "currency", "created_at"]),
    nobody("branches", &["id", "name", "created_at"]),
    nobody("departments", &["id", "branch_id", "name"]),
    Table {
        name: "staff",
        whose: Whose::Staff,
        rows: Rows::Stays,
        links: &["id"],
        personal: &[
            shown("email", Replaced),
            shown("name", Replaced),
            hidden("password_hash", Emptied),
            shown("last_login_at", Emptied),
            shown("locale", Emptied),
        ],
        plain: &["role", "branch_limited", "active", "created_at", "updated_at", "version"],
    },
    Table {
        name: "staff_branches",
        whose: Whose::Staff,
        rows: Rows::Stays,
        links: &["staff_id"],
        personal: &[],
        plain: &["branch_id"],
    },
    Table {
        name: "staff_invites",
        whose: Whose::Staff,
        rows: Rows::Deleted,
        links: &["staff_id", "created_by"],
        personal: &[],
        plain: &["id", "token_hash", "created_at", "expires_at", "accepted_at"],
    },
    Table {
        name: "sessions",
        whose: Whose::Staff,
        rows: Rows::Deleted,
        links: &["id", "staff_id"],
        personal: &[shown("ip", WithRow), shown("user_agent", WithRow), shown("last_seen_at", WithRow)],
        plain: &["token_hash", "created_at", "expires_at", "revoked_at"],
    },
    nobody("login_throttle", &["key_hash", "failures", "first_failed_at", "last_failed_at"]),
    nobody(
        "customer_groups",
        &[
            "id",
            "code",
            "name",
            "name_key",
            "description",
            "discount_bp",
            "free_shipping",
            "free_shipping_over_minor",
            "minimum_order_minor",
            "payment_terms_days",
            "priority_support",
            "early_access",
            "locks_address",
            "created_at",
            "version",
        ],
    ),
    Table {
        name: "customers",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["id", "merged_into_id"],
        personal: &[
            shown("account_number", Emptied),
            shown("first_name", Emptied),
            shown("last_name", Emptied),
            shown("company", Emptied),
            shown("email", Replaced),
            hidden("email_key", Replaced),
            shown("phone", Emptied),
            hidden("phone_key", Emptied),
            shown("date_of_birth", Emptied),
            shown("custom_fields", Emptied),
            shown("region", Emptied),
            shown("city", Emptied),
            hidden("name_key", Replaced),
            hidden("location_key", Emptied),
            hidden("region_key", Emptied),
            hidden("city_key", Emptied),
            shown("time_zone", Emptied),
            shown("last_login_at", Emptied),
            shown("campaign", Emptied),
            shown("marketing_email", Emptied),
            shown("marketing_sms", Emptied),
            shown("country", Kept),
            shown("locale", Kept),
            shown("source", Kept),
            shown("account_status", Kept),
            shown("email_confirmed", Emptied),
            shown("registered_at", Kept),
        ],
        plain: &[
            "branch_id",
            "department_id",
            "pricing_group_id",
            "anonymised_at",
            "registered_day",
            "created_at",
            "updated_at",
            "version",
        ],
    },
    Table {
        name: "customer_group_members",
        whose: Whose::Customer,
        rows: Rows::Deleted,
        links: &["customer_id"],
        personal: &[shown("group_id", WithRow), shown("added_at", WithRow)],
        plain: &["pinned"],
    },
    nobody("tags", &["id", "name", "name_key", "created_at"]),
    Table {
        name: "customer_tags",
        whose: Whose::Customer,
        rows: Rows::Deleted,
        links: &["customer_id"],
        personal: &[shown("tag_id", WithRow), shown("added_at", WithRow)],
        plain: &[],
    },
    Table {
        name: "addresses",
        whose: Whose::Customer,
        rows: Rows::Deleted,
        links: &["customer_id"],
        personal: &[
            shown("recipient", WithRow),
            shown("company", WithRow),
            shown("street", WithRow),
            shown("line2", WithRow),
            shown("postal_code", WithRow),
            shown("city", WithRow),
            shown("region", WithRow),
            shown("country", WithRow),
            shown("phone", WithRow),
        ],
        plain: &["id", "is_default_shipping", "is_default_billing", "last_used_at", "created_at", "updated_at", "version"],
    },
    Table {
        name: "notes",
        whose: Whose::Customer,
        rows: Rows::Deleted,
        links: &["customer_id", "author_id"],
        personal: &[shown("kind", WithRow), shown("body", WithRow), shown("created_at", WithRow)],
        plain: &["id", "pinned", "updated_at", "deleted_at", "version"],
    },
    Table {
        name: "note_versions",
        whose: Whose::Customer,
        rows: Rows::Deleted,
        links: &["note_id", "edited_by"],
        personal: &[shown("kind", WithRow), shown("body", WithRow), shown("edited_at", WithRow)],
        plain: &["version", "pinned"],
    },
    Table {
        name: "consents",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["customer_id", "staff_id"],
        personal: &[
            shown("purpose", Kept),
            shown("granted", Kept),
            shown("source", Kept),
            shown("wording_version", Kept),
            shown("at", Kept),
        ],
        plain: &["id"],
    },
    nobody("categories", &["id", "parent_id", "name"]),
    nobody(
        "products",
        &["id", "sku", "name", "category_id", "price_minor", "currency", "branch_id", "department_id", "active", "created_at"],
    ),
    Table {
        name: "orders",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["id", "customer_id"],
        personal: &[
            shown("number", Kept),
            shown("addresses", Reduced),
            shown("tracking", Emptied),
            shown("placed_at", Kept),
            shown("total_minor", Kept),
        ],
        plain: &[
            "store_id",
            "status",
            "draft_kind",
            "payment_state",
            "fulfilment_state",
            "currency",
            "rate",
            "subtotal_minor",
            "discount_minor",
            "shipping_minor",
            "tax_minor",
            "refunded_minor",
            "base_total_minor",
            "base_refunded_minor",
            "base_gift_cards_minor",
            "units",
            "placed_day",
            "state_since",
            "created_at",
            "updated_at",
            "version",
        ],
    },
    Table {
        name: "order_lines",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["order_id"],
        personal: &[shown("name", Kept), shown("sku", Kept), shown("quantity", Kept), shown("total_minor", Kept)],
        plain: &["id", "product_id", "unit_price_minor", "discount_minor", "tax_minor"],
    },
    Table {
        name: "order_history",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["order_id", "staff_id"],
        personal: &[shown("kind", Kept), shown("detail", Emptied), shown("at", Kept)],
        plain: &["id"],
    },
    Table {
        name: "payments",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["order_id"],
        personal: &[shown("method", Kept), shown("amount_minor", Kept), shown("reference", Emptied), shown("at", Kept)],
        plain: &["id", "status", "currency"],
    },
    Table {
        name: "refunds",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["order_id"],
        personal: &[shown("amount_minor", Kept), shown("reason", Emptied), shown("at", Kept)],
        plain: &["id", "base_amount_minor", "currency", "day"],
    },
    Table {
        name: "visits",
        whose: Whose::Customer,
        rows: Rows::Deleted,
        links: &["visitor_id", "customer_id"],
        personal: &[
            shown("started_at", WithRow),
            shown("last_seen_at", WithRow),
            shown("landing_page", WithRow),
            shown("referrer", WithRow),
            shown("campaign", WithRow),
            shown("page_views", WithRow),
        ],
        plain: &["id", "day"],
    },
    Table {
        name: "events",
        whose: Whose::Customer,
        rows: Rows::Deleted,
        links: &["customer_id", "visitor_id", "order_id"],
        personal: &[shown("kind", WithRow), shown("product_id", WithRow), shown("detail", WithRow), shown("at", WithRow)],
        plain: &["id", "day"],
    },
    Table {
        name: "jobs",
        whose: Whose::Staff,
        rows: Rows::Stays,
        links: &["staff_id"],
        personal: &[hidden("payload", Kept)],
        plain: &[
            "id",
            "kind",
            "status",
            "progress",
            "total",
            "cursor_value",
            "result",
            "error",
            "cancel_requested",
            "attempts",
            "lease_until",
            "run_at",
            "undo_of",
            "created_at",
            "started_at",
            "finished_at",
        ],
    },
    Table {
        name: "job_customers",
        whose: Whose::Customer,
        rows: Rows::Deleted,
        links: &["customer_id"],
        personal: &[hidden("before_value", WithRow)],
        plain: &["job_id", "changed"],
    },
    Table {
        name: "audit_entries",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["staff_id", "customer_id", "session_id", "entity_id"],
        personal: &[],
        plain: &["id", "at", "action", "entity"],
    },
    Table {
        name: "audit_details",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["audit_id"],
        personal: &[shown("changes", Emptied), hidden("ip", Emptied)],
        plain: &[],
    },
    Table {
        name: "saved_views",
        whose: Whose::Staff,
        rows: Rows::Deleted,
        links: &["staff_id"],
        personal: &[shown("state", WithRow), shown("name", WithRow)],
        plain: &["id", "shared", "created_at", "updated_at"],
    },
    Table {
        name: "staff_preferences",
        whose: Whose::Staff,
        rows: Rows::Deleted,
        links: &["staff_id"],
        personal: &[shown("value", WithRow)],
        plain: &["key"],
    },
    Table {
        name: "customer_stats",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["customer_id"],
        personal: &[
            shown("orders_count", Kept),
            shown("spent_minor", Kept),
            shown("visits_count", Emptied),
            shown("credit_minor", Kept),
            shown("points", Kept),
            shown("first_order_at", Kept),
            shown("last_order_at", Kept),
        ],
        plain: &["aov_minor", "units", "first_order_day", "last_order_day"],
    },
    nobody("daily_rollups", &["day", "store_id", "orders_count", "units", "revenue_minor", "refunds_minor"]),
    Table {
        name: "change_log",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["customer_id"],
        personal: &[],
        plain: &["seq"],
    },
    Table {
        name: "ledger_accounts",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["id", "customer_id"],
        personal: &[shown("kind", Kept), shown("currency", Kept), shown("balance", Kept), shown("credit_limit", Kept)],
        plain: &["entries_count", "created_at"],
    },
    Table {
        name: "ledger_entries",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["account_id", "staff_id", "order_id"],
        personal: &[shown("amount", Kept), shown("balance_after", Kept), shown("reason", Kept), shown("at", Kept)],
        plain: &["id", "seq", "cause", "reverses_id", "idempotency_key"],
    },
    Table {
        name: "ledger_notes",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["entry_id"],
        personal: &[shown("body", Emptied)],
        plain: &[],
    },
    Table {
        name: "ledger_lots",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["account_id", "entry_id"],
        personal: &[shown("remaining", Kept), shown("expires_at", Kept)],
        plain: &["id", "amount"],
    },
    Table {
        name: "ledger_lot_uses",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["entry_id", "lot_id"],
        personal: &[],
        plain: &["amount"],
    },
    Table {
        name: "ledger_authorisations",
        whose: Whose::Customer,
        rows: Rows::Stays,
        links: &["account_id", "entry_id"],
        personal: &[shown("amount", Kept), shown("status", Kept), shown("captured", Kept)],
        plain: &["id", "created_at", "closed_at"],
    },
    nobody("alerts", &["id", "kind", "subject", "detail", "raised_at", "seen_at", "resolved_at"]),
    Table {
        name: "api_keys",
        whose: Whose::Nobody,
        rows: Rows::Stays,
        links: &["created_by"],
        personal: &[],
        plain: &["id", "name", "key_hash", "last_four", "scopes", "created_at", "last_used_at", "revoked_at"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deleted_goes_with_its_row_and_nothing_else_does() {
        for table in REGISTER {
            for column in table.personal {
                let with_row = column.erasure == WithRow;
                assert_eq!(with_row, table.rows == Rows::Deleted, "{}.{}", table.name, column.name);
            }
        }
    }
}
