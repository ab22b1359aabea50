-- The schema of the first rooms: office, customers, commerce, insight.
-- Instants are microseconds since 1970 UTC (BIGINT); days are days since 1970 in the shop's time zone; money is minor
-- units beside its currency; "never" is 0 where a column is sorted by, so that keysets skip nothing.

CREATE TABLE settings (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by BIGINT
);

CREATE TABLE stores (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE branches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);

CREATE TABLE departments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  branch_id BIGINT NOT NULL REFERENCES branches(id),
  name TEXT NOT NULL,
  UNIQUE (branch_id, name)
);

CREATE TABLE staff (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT,
  role TEXT NOT NULL CHECK (role IN ('owner','admin','support','marketing','read_only')),
  branch_limited BOOLEAN NOT NULL DEFAULT FALSE,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  locale TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_login_at BIGINT,
  version BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE staff_branches (
  staff_id BIGINT NOT NULL REFERENCES staff(id) ON DELETE CASCADE,
  branch_id BIGINT NOT NULL REFERENCES branches(id),
  PRIMARY KEY (staff_id, branch_id)
);

-- An invitation is a link that sets the first password; only the hash of its token is kept.
CREATE TABLE staff_invites (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  staff_id BIGINT NOT NULL REFERENCES staff(id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE,
  created_by BIGINT REFERENCES staff(id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  accepted_at BIGINT
);

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash BLOB NOT NULL UNIQUE,
  staff_id BIGINT NOT NULL REFERENCES staff(id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  ip TEXT NOT NULL,
  user_agent TEXT NOT NULL
);
CREATE INDEX sessions_staff ON sessions (staff_id, id);

-- Failed logins by a keyed hash of the email or the address they came from.
CREATE TABLE login_throttle (
  key_hash BLOB NOT NULL PRIMARY KEY,
  failures BIGINT NOT NULL,
  first_failed_at BIGINT NOT NULL,
  last_failed_at BIGINT NOT NULL
);

CREATE TABLE customer_groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '',
  discount_bp BIGINT NOT NULL DEFAULT 0 CHECK (discount_bp BETWEEN 0 AND 10000),
  free_shipping BOOLEAN NOT NULL DEFAULT FALSE,
  free_shipping_over_minor BIGINT,
  minimum_order_minor BIGINT NOT NULL DEFAULT 0,
  payment_terms_days BIGINT NOT NULL DEFAULT 0,
  priority_support BOOLEAN NOT NULL DEFAULT FALSE,
  early_access BOOLEAN NOT NULL DEFAULT FALSE,
  locks_address BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE customers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_number TEXT UNIQUE,
  first_name TEXT NOT NULL DEFAULT '',
  last_name TEXT NOT NULL DEFAULT '',
  company TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  email_confirmed BOOLEAN NOT NULL DEFAULT FALSE,
  phone TEXT,
  phone_key TEXT NOT NULL DEFAULT '',
  date_of_birth TEXT,
  locale TEXT NOT NULL DEFAULT 'en',
  time_zone TEXT,
  branch_id BIGINT REFERENCES branches(id),
  department_id BIGINT REFERENCES departments(id),
  account_status TEXT NOT NULL DEFAULT 'active' CHECK (account_status IN ('active','blocked')),
  source TEXT NOT NULL DEFAULT 'staff' CHECK (source IN ('portal','api','import','staff','campaign')),
  campaign TEXT,
  pricing_group_id BIGINT NOT NULL REFERENCES customer_groups(id),
  custom_fields TEXT NOT NULL DEFAULT '{}',
  marketing_email BOOLEAN NOT NULL DEFAULT FALSE,
  marketing_sms BOOLEAN NOT NULL DEFAULT FALSE,
  -- Of the default shipping address, kept by the addresses room: what the list shows as location.
  country TEXT NOT NULL DEFAULT '',
  region TEXT NOT NULL DEFAULT '',
  city TEXT NOT NULL DEFAULT '',
  -- Computed in Rust from the names: case-folded, accents stripped; so that both databases sort alike.
  name_key TEXT NOT NULL,
  location_key TEXT NOT NULL DEFAULT '',
  -- Region and city normalised, so that filters find them however they were typed.
  region_key TEXT NOT NULL DEFAULT '',
  city_key TEXT NOT NULL DEFAULT '',
  merged_into_id BIGINT REFERENCES customers(id),
  anonymised_at BIGINT,
  registered_at BIGINT NOT NULL,
  registered_day BIGINT NOT NULL,
  last_login_at BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);
-- A merged customer keeps its row but gives its email up.
CREATE UNIQUE INDEX customers_email ON customers (email_key) WHERE merged_into_id IS NULL AND anonymised_at IS NULL;
CREATE INDEX customers_phone ON customers (phone_key) WHERE phone_key <> '';
CREATE INDEX customers_name ON customers (name_key, id);
CREATE INDEX customers_email_sort ON customers (email_key, id);
CREATE INDEX customers_registered ON customers (registered_at, id);
CREATE INDEX customers_location ON customers (location_key, id);
CREATE INDEX customers_merged ON customers (merged_into_id) WHERE merged_into_id IS NOT NULL;

CREATE TABLE customer_group_members (
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  group_id BIGINT NOT NULL REFERENCES customer_groups(id),
  pinned BOOLEAN NOT NULL DEFAULT FALSE,
  added_at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, group_id)
) WITHOUT ROWID;
CREATE INDEX customer_group_members_group ON customer_group_members (group_id, customer_id);

CREATE TABLE tags (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);

CREATE TABLE customer_tags (
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  tag_id BIGINT NOT NULL REFERENCES tags(id),
  added_at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX customer_tags_tag ON customer_tags (tag_id, customer_id);

CREATE TABLE addresses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  recipient TEXT NOT NULL,
  company TEXT NOT NULL DEFAULT '',
  street TEXT NOT NULL,
  line2 TEXT NOT NULL DEFAULT '',
  postal_code TEXT NOT NULL DEFAULT '',
  city TEXT NOT NULL,
  region TEXT NOT NULL DEFAULT '',
  country TEXT NOT NULL,
  phone TEXT NOT NULL DEFAULT '',
  is_default_shipping BOOLEAN NOT NULL DEFAULT FALSE,
  is_default_billing BOOLEAN NOT NULL DEFAULT FALSE,
  last_used_at BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX addresses_customer ON addresses (customer_id, id);
CREATE UNIQUE INDEX addresses_default_shipping ON addresses (customer_id) WHERE is_default_shipping;
CREATE UNIQUE INDEX addresses_default_billing ON addresses (customer_id) WHERE is_default_billing;

CREATE TABLE notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('general','support','alert','payment','fraud')),
  body TEXT NOT NULL,
  pinned BOOLEAN NOT NULL DEFAULT FALSE,
  author_id BIGINT REFERENCES staff(id),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX notes_customer ON notes (customer_id, created_at, id);

-- What a note said before each edit.
CREATE TABLE note_versions (
  note_id BIGINT NOT NULL REFERENCES notes(id) ON DELETE CASCADE,
  version BIGINT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  pinned BOOLEAN NOT NULL,
  edited_by BIGINT REFERENCES staff(id),
  edited_at BIGINT NOT NULL,
  PRIMARY KEY (note_id, version)
);

-- The log of consents: append-only; customers.marketing_* say what the newest entries add up to.
CREATE TABLE consents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  purpose TEXT NOT NULL CHECK (purpose IN ('marketing_email','marketing_sms','data_processing','cookies')),
  granted BOOLEAN NOT NULL,
  source TEXT NOT NULL,
  wording_version TEXT NOT NULL DEFAULT '',
  staff_id BIGINT REFERENCES staff(id),
  at BIGINT NOT NULL
);
CREATE INDEX consents_customer ON consents (customer_id, purpose, id);

CREATE TABLE categories (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  parent_id BIGINT REFERENCES categories(id),
  name TEXT NOT NULL
);

CREATE TABLE products (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sku TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  category_id BIGINT REFERENCES categories(id),
  price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
  currency TEXT NOT NULL,
  branch_id BIGINT REFERENCES branches(id),
  department_id BIGINT REFERENCES departments(id),
  active BOOLEAN NOT NULL DEFAULT TRUE,
  created_at BIGINT NOT NULL
);

CREATE TABLE orders (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  number TEXT,
  store_id BIGINT NOT NULL REFERENCES stores(id),
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  status TEXT NOT NULL CHECK (status IN ('draft','placed','cancelled')),
  draft_kind TEXT CHECK (draft_kind IN ('abandoned_cart','staff','unpaid')),
  payment_state TEXT NOT NULL CHECK (payment_state IN ('unpaid','authorised','paid','part_refunded','refunded')),
  fulfilment_state TEXT NOT NULL CHECK (fulfilment_state IN ('unfulfilled','shipped','delivered','part_returned','returned')),
  currency TEXT NOT NULL,
  rate TEXT NOT NULL DEFAULT '1',
  subtotal_minor BIGINT NOT NULL,
  discount_minor BIGINT NOT NULL DEFAULT 0,
  shipping_minor BIGINT NOT NULL DEFAULT 0,
  tax_minor BIGINT NOT NULL DEFAULT 0,
  total_minor BIGINT NOT NULL,
  refunded_minor BIGINT NOT NULL DEFAULT 0,
  -- In the base currency, at the rate kept with the order, rounded once.
  base_total_minor BIGINT NOT NULL,
  base_refunded_minor BIGINT NOT NULL DEFAULT 0,
  base_gift_cards_minor BIGINT NOT NULL DEFAULT 0,
  units BIGINT NOT NULL DEFAULT 0,
  -- {"shipping": Address, "billing": Address} as they were when the order was placed.
  addresses TEXT NOT NULL DEFAULT '{}',
  tracking TEXT NOT NULL DEFAULT '',
  placed_at BIGINT NOT NULL DEFAULT 0,
  placed_day BIGINT NOT NULL DEFAULT 0,
  state_since BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  CHECK (status <> 'placed' OR (number IS NOT NULL AND placed_at > 0)),
  CHECK (base_refunded_minor >= 0 AND refunded_minor >= 0 AND refunded_minor <= total_minor)
);
CREATE UNIQUE INDEX orders_number ON orders (number);
CREATE INDEX orders_customer ON orders (customer_id, placed_at, id);
CREATE INDEX orders_placed ON orders (placed_at, id) WHERE status <> 'draft';
-- What is looked for among all orders is rare, so these stay small.
CREATE INDEX orders_drafts ON orders (updated_at, id) WHERE status = 'draft';
CREATE INDEX orders_cancelled ON orders (placed_at, id) WHERE status = 'cancelled';
CREATE INDEX orders_payment ON orders (payment_state, placed_at, id) WHERE status <> 'draft' AND payment_state <> 'paid';
CREATE INDEX orders_fulfilment ON orders (fulfilment_state, placed_at, id) WHERE status <> 'draft' AND fulfilment_state <> 'delivered';

CREATE TABLE order_lines (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id BIGINT NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  product_id BIGINT REFERENCES products(id),
  name TEXT NOT NULL,
  sku TEXT NOT NULL DEFAULT '',
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  unit_price_minor BIGINT NOT NULL,
  discount_minor BIGINT NOT NULL DEFAULT 0,
  tax_minor BIGINT NOT NULL DEFAULT 0,
  total_minor BIGINT NOT NULL
);
CREATE INDEX order_lines_order ON order_lines (order_id, id);

CREATE TABLE order_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id BIGINT NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  staff_id BIGINT REFERENCES staff(id),
  at BIGINT NOT NULL
);
CREATE INDEX order_history_order ON order_history (order_id, at, id);

CREATE TABLE payments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id BIGINT NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  method TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('authorised','captured','voided')),
  amount_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  reference TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL
);
CREATE INDEX payments_order ON payments (order_id, id);

CREATE TABLE refunds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id BIGINT NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  base_amount_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL,
  day BIGINT NOT NULL
);
CREATE INDEX refunds_order ON refunds (order_id, id);
CREATE INDEX refunds_day ON refunds (day, order_id);

CREATE TABLE visits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  visitor_id TEXT NOT NULL,
  customer_id BIGINT REFERENCES customers(id) ON DELETE CASCADE,
  started_at BIGINT NOT NULL,
  day BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  landing_page TEXT NOT NULL DEFAULT '',
  referrer TEXT NOT NULL DEFAULT '',
  campaign TEXT NOT NULL DEFAULT '',
  page_views BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX visits_customer ON visits (customer_id, started_at, id) WHERE customer_id IS NOT NULL;
CREATE INDEX visits_visitor ON visits (visitor_id, started_at);

-- The timeline: what customers did and what happened to them, except orders, notes and audit, which have tables.
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id BIGINT REFERENCES customers(id) ON DELETE CASCADE,
  visitor_id TEXT,
  kind TEXT NOT NULL,
  product_id BIGINT REFERENCES products(id),
  order_id BIGINT REFERENCES orders(id) ON DELETE CASCADE,
  detail TEXT NOT NULL DEFAULT '{}',
  at BIGINT NOT NULL,
  day BIGINT NOT NULL
);
CREATE INDEX events_customer ON events (customer_id, at, id) WHERE customer_id IS NOT NULL;

-- Work done in the background: claimed under a lease, resumed from its cursor after a crash.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued','running','done','failed','cancelled')),
  progress BIGINT NOT NULL DEFAULT 0,
  total BIGINT NOT NULL DEFAULT 0,
  cursor_value BIGINT NOT NULL DEFAULT 0,
  result TEXT NOT NULL DEFAULT '{}',
  error TEXT NOT NULL DEFAULT '',
  cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
  attempts BIGINT NOT NULL DEFAULT 0,
  lease_until BIGINT NOT NULL DEFAULT 0,
  run_at BIGINT NOT NULL,
  staff_id BIGINT REFERENCES staff(id),
  undo_of BIGINT REFERENCES jobs(id),
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT
);
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE status IN ('queued','running');

-- The frozen audience of a bulk job, and what it did to each: what its undo turns back, where nobody edited since.
CREATE TABLE job_customers (
  job_id BIGINT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  customer_id BIGINT NOT NULL,
  changed BOOLEAN NOT NULL DEFAULT FALSE,
  before_value TEXT,
  PRIMARY KEY (job_id, customer_id)
) WITHOUT ROWID;

CREATE TABLE audit_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at BIGINT NOT NULL,
  staff_id BIGINT,
  action TEXT NOT NULL,
  entity TEXT NOT NULL,
  entity_id BIGINT NOT NULL,
  customer_id BIGINT,
  session_id BIGINT
);
CREATE INDEX audit_entries_customer ON audit_entries (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX audit_entries_entity ON audit_entries (entity, entity_id, id);

-- Before, after and where from stand apart, so that erasing a person may blank them while the entry stays.
CREATE TABLE audit_details (
  audit_id BIGINT NOT NULL PRIMARY KEY REFERENCES audit_entries(id),
  changes TEXT NOT NULL,
  ip TEXT NOT NULL DEFAULT ''
);

CREATE TABLE saved_views (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  staff_id BIGINT NOT NULL REFERENCES staff(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  shared BOOLEAN NOT NULL DEFAULT FALSE,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (staff_id, name)
);

-- What the staff member chose: columns, density, theme.
CREATE TABLE staff_preferences (
  staff_id BIGINT NOT NULL REFERENCES staff(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (staff_id, key)
);

-- One row per customer, kept in the transaction of the event that changes it; `rebuild-stats --check` proves it.
CREATE TABLE customer_stats (
  customer_id BIGINT NOT NULL PRIMARY KEY REFERENCES customers(id) ON DELETE CASCADE,
  orders_count BIGINT NOT NULL DEFAULT 0,
  spent_minor BIGINT NOT NULL DEFAULT 0,
  aov_minor BIGINT NOT NULL DEFAULT 0,
  units BIGINT NOT NULL DEFAULT 0,
  first_order_at BIGINT NOT NULL DEFAULT 0,
  first_order_day BIGINT NOT NULL DEFAULT 0,
  last_order_at BIGINT NOT NULL DEFAULT 0,
  last_order_day BIGINT NOT NULL DEFAULT 0,
  visits_count BIGINT NOT NULL DEFAULT 0,
  credit_minor BIGINT NOT NULL DEFAULT 0,
  points BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX customer_stats_spent ON customer_stats (spent_minor, customer_id);
CREATE INDEX customer_stats_orders ON customer_stats (orders_count, customer_id);
CREATE INDEX customer_stats_last ON customer_stats (last_order_at, customer_id);
CREATE INDEX customer_stats_aov ON customer_stats (aov_minor, customer_id);
CREATE INDEX customer_stats_credit ON customer_stats (credit_minor, customer_id);
CREATE INDEX customer_stats_points ON customer_stats (points, customer_id);

-- Reports read these instead of the orders.
CREATE TABLE daily_rollups (
  day BIGINT NOT NULL,
  store_id BIGINT NOT NULL,
  orders_count BIGINT NOT NULL DEFAULT 0,
  units BIGINT NOT NULL DEFAULT 0,
  revenue_minor BIGINT NOT NULL DEFAULT 0,
  refunds_minor BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (day, store_id)
);
