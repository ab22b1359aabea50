//! The tables that are loaded in bulk, one row type each: field names are column names. Columns that are not named here keep
//! their defaults.

use std::borrow::Cow;

/// A value on its way to either database.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Int(i64),
    Bool(bool),
    Text(Cow<'static, str>),
    Bytes(Vec<u8>),
}

/// A table and the columns that its rows fill.
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [&'static str],
}

/// Rows of one table, cell after cell.
#[derive(Default)]
pub struct Rows {
    pub cells: Vec<Cell>,
}

/// Rows of all tables, in the order of [`TABLES`].
pub struct Batch {
    pub tables: Vec<Rows>,
    /// Customers whose rows are all in here.
    pub customers: u64,
}

/// A row of one of [`TABLES`].
pub trait Row {
    /// Where in [`TABLES`].
    const TABLE: usize;
    fn write(self, cells: &mut Vec<Cell>);
}

impl Default for Batch {
    fn default() -> Self {
        Self { tables: TABLES.iter().map(|_| Rows::default()).collect(), customers: 0 }
    }
}

impl Batch {
    pub fn push<R: Row>(&mut self, row: R) {
        row.write(&mut self.tables[R::TABLE].cells);
    }

    /// How many rows of all tables there are.
    pub fn rows(&self) -> u64 {
        let rows = |(table, rows): (&Table, &Rows)| rows.cells.len() / table.columns.len();
        TABLES.iter().zip(&self.tables).map(rows).sum::<usize>() as u64
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $row:ident($table:literal) { $($field:ident: $type:ty,)* })*) => {
        /// Parents before their children.
        pub const TABLES: &[Table] = &[$(Table { name: $table, columns: &[$(stringify!($field)),*] }),*];

        #[allow(clippy::enum_variant_names, reason = "named after the row types")]
        enum Position { $($row),* }

        $(
            $(#[$doc])*
            pub struct $row { $(pub $field: $type),* }

            impl Row for $row {
                const TABLE: usize = Position::$row as usize;
                fn write(self, cells: &mut Vec<Cell>) {
                    $(cells.push(self.$field.into());)*
                }
            }
        )*
    };
}

type Text = Cow<'static, str>;

tables! {
    CustomerRow("customers") {
        id: i64, account_number: String, first_name: String, last_name: String, company: &'static str, email: String,
        email_key: String, email_confirmed: bool, phone: Option<String>, phone_key: String, date_of_birth: Option<String>,
        locale: &'static str, time_zone: &'static str, branch_id: Option<i64>, department_id: Option<i64>,
        account_status: &'static str, source: &'static str, campaign: Option<&'static str>, pricing_group_id: i64,
        custom_fields: &'static str, marketing_email: bool, marketing_sms: bool, country: &'static str, region: &'static str,
        city: &'static str, region_key: String, city_key: String, name_key: String, location_key: String, registered_at: i64, registered_day: i64,
        last_login_at: i64, created_at: i64, updated_at: i64,
    }
    StatsRow("customer_stats") {
        customer_id: i64, orders_count: i64, spent_minor: i64, aov_minor: i64, units: i64, first_order_at: i64,
        first_order_day: i64, last_order_at: i64, last_order_day: i64, visits_count: i64, credit_minor: i64, points: i64,
    }
    AddressRow("addresses") {
        customer_id: i64, recipient: String, company: &'static str, street: String, postal_code: String, city: &'static str,
        region: &'static str, country: &'static str, phone: String, is_default_shipping: bool, is_default_billing: bool,
        last_used_at: i64, created_at: i64, updated_at: i64,
    }
    GroupMemberRow("customer_group_members") { customer_id: i64, group_id: i64, pinned: bool, added_at: i64, }
    TagRow("customer_tags") { customer_id: i64, tag_id: i64, added_at: i64, }
    MembershipRow("membership_history") {
        customer_id: i64, kind: &'static str, of_id: i64, name: &'static str, entered: bool, cause: &'static str,
        staff_id: Option<i64>, at: i64,
    }
    ConsentRow("consents") {
        customer_id: i64, purpose: &'static str, granted: bool, source: &'static str, wording_version: &'static str, at: i64,
    }
    NoteRow("notes") {
        id: i64, customer_id: i64, kind: &'static str, body: String, pinned: bool, author_id: i64, created_at: i64,
        updated_at: i64, version: i64,
    }
    NoteVersionRow("note_versions") {
        note_id: i64, version: i64, kind: &'static str, body: String, pinned: bool, edited_by: i64, edited_at: i64,
    }
    OrderRow("orders") {
        id: i64, number: Option<String>, store_id: i64, customer_id: i64, status: &'static str,
        draft_kind: Option<&'static str>, payment_state: &'static str, fulfilment_state: &'static str, currency: &'static str,
        subtotal_minor: i64, discount_minor: i64, total_minor: i64, base_total_minor: i64, units: i64, addresses: Text,
        tracking: Text, placed_at: i64, placed_day: i64, state_since: i64, created_at: i64, updated_at: i64,
    }
    LineRow("order_lines") {
        order_id: i64, product_id: i64, name: String, sku: String, quantity: i64, unit_price_minor: i64, list_price_minor: i64,
        discount_minor: i64, group_discount_minor: i64, total_minor: i64,
    }
    HistoryRow("order_history") { order_id: i64, kind: &'static str, at: i64, }
    ShipmentRow("shipments") { order_id: i64, carrier: &'static str, tracking: Text, shipped_at: i64, delivered_at: i64, }
    PaymentRow("payments") {
        order_id: i64, method: &'static str, status: &'static str, amount_minor: i64, currency: &'static str,
        reference: String, at: i64,
    }
    AccountRow("ledger_accounts") {
        id: i64, kind: &'static str, customer_id: Option<i64>, currency: &'static str, credit_limit: i64, created_at: i64,
    }
    EntryRow("ledger_entries") {
        id: i64, account_id: i64, seq: i64, amount: i64, balance_after: i64, reason: &'static str, cause: &'static str,
        staff_id: Option<i64>, order_id: Option<i64>, idempotency_key: String, at: i64,
    }
    LedgerNoteRow("ledger_notes") { entry_id: i64, body: String, }
    LotRow("ledger_lots") { id: i64, account_id: i64, entry_id: i64, amount: i64, remaining: i64, expires_at: i64, }
    LotUseRow("ledger_lot_uses") { entry_id: i64, lot_id: i64, amount: i64, }
    GiftCardRow("gift_cards") {
        id: i64, account_id: i64, code_hash: Vec<u8>, last_four: String, customer_id: Option<i64>, initial_minor: i64,
        currency: &'static str, expires_at: i64, disabled_at: i64, batch: &'static str, message: &'static str,
        issued_by: Option<i64>, created_at: i64,
    }
    MemberRow("loyalty_members") {
        customer_id: i64, card_number: String, tier: String, earned_points: i64, enrolled_at: i64,
    }
    OrderPointsRow("loyalty_order_points") { order_id: i64, customer_id: i64, earned: i64, at: i64, }
    VisitRow("visits") {
        visitor_id: String, customer_id: i64, started_at: i64, day: i64, last_seen_at: i64, landing_page: &'static str,
        referrer: &'static str, campaign: &'static str, page_views: i64,
    }
    EventRow("events") {
        customer_id: i64, kind: &'static str, product_id: Option<i64>, order_id: Option<i64>, detail: Text, at: i64, day: i64,
    }
    RollupRow("daily_rollups") { day: i64, store_id: i64, orders_count: i64, units: i64, revenue_minor: i64, }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Vec<u8>> for Cell {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<&'static str> for Cell {
    fn from(value: &'static str) -> Self {
        Self::Text(value.into())
    }
}

impl From<Text> for Cell {
    fn from(value: Text) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
