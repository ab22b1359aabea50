-- Orders and money as staff and programs handle them: drafts and promotions, payments, shipments, returns, invoices; gift cards
-- and loyalty on top of the ledger; the outbox; what the REST API remembers.

-- Numbers that are given out one after the other and without gaps: taken and written in the transaction of what bears them.
CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL CHECK (value >= 0)
);

-- Mails that wait to be written and sent: to whom, which template, and what it says.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id BIGINT REFERENCES customers(id) ON DELETE CASCADE,
  recipient TEXT NOT NULL,
  template TEXT NOT NULL,
  locale TEXT NOT NULL,
  data TEXT NOT NULL,
  -- The same thing is told once.
  dedup_key TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  -- 0: not yet.
  sent_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE sent_at = 0;
CREATE INDEX outbox_customer ON outbox (customer_id, id) WHERE customer_id IS NOT NULL;

-- A gift card: its balance is its ledger account's. The code is shown once; what is kept is a keyed hash, by which it is found.
CREATE TABLE gift_cards (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id BIGINT NOT NULL UNIQUE REFERENCES ledger_accounts(id),
  code_hash BLOB NOT NULL UNIQUE,
  last_four TEXT NOT NULL,
  customer_id BIGINT REFERENCES customers(id),
  initial_minor BIGINT NOT NULL CHECK (initial_minor > 0),
  currency TEXT NOT NULL,
  -- 0 is never.
  expires_at BIGINT NOT NULL DEFAULT 0,
  disabled_at BIGINT NOT NULL DEFAULT 0,
  -- Cards that were issued together have the name of their batch.
  batch TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL DEFAULT '',
  -- The order that bought it, or whose refund it is.
  order_id BIGINT REFERENCES orders(id),
  issued_by BIGINT REFERENCES staff(id),
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX gift_cards_customer ON gift_cards (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX gift_cards_batch ON gift_cards (batch, id) WHERE batch <> '';
CREATE INDEX gift_cards_last_four ON gift_cards (last_four, id);

-- A customer in the loyalty programme; the balance of points is the ledger account's.
CREATE TABLE loyalty_members (
  customer_id BIGINT NOT NULL PRIMARY KEY REFERENCES customers(id) ON DELETE CASCADE,
  card_number TEXT NOT NULL UNIQUE,
  tier TEXT NOT NULL,
  -- Points earned by purchases over the lifetime, less reversals: what the tier goes by. Spending never lowers it.
  earned_points BIGINT NOT NULL DEFAULT 0 CHECK (earned_points >= 0),
  enrolled_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);

-- What an order earned, and what its refunds took back: from the balance, and beyond it (written off).
CREATE TABLE loyalty_order_points (
  order_id BIGINT NOT NULL PRIMARY KEY REFERENCES orders(id) ON DELETE CASCADE,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  earned BIGINT NOT NULL CHECK (earned >= 0),
  taken_back BIGINT NOT NULL DEFAULT 0 CHECK (taken_back >= 0),
  written_off BIGINT NOT NULL DEFAULT 0 CHECK (written_off >= 0),
  at BIGINT NOT NULL,
  CHECK (taken_back + written_off <= earned)
);
CREATE INDEX loyalty_order_points_customer ON loyalty_order_points (customer_id, order_id);

CREATE TABLE price_lists (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  currency TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);
CREATE TABLE price_list_items (
  price_list_id BIGINT NOT NULL REFERENCES price_lists(id) ON DELETE CASCADE,
  product_id BIGINT NOT NULL REFERENCES products(id),
  price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
  PRIMARY KEY (price_list_id, product_id)
) WITHOUT ROWID;
ALTER TABLE customer_groups ADD COLUMN price_list_id BIGINT REFERENCES price_lists(id);

-- NULL: the shop's usual rate.
ALTER TABLE products ADD COLUMN tax_bp BIGINT CHECK (tax_bp BETWEEN 0 AND 10000);
ALTER TABLE products ADD COLUMN kind TEXT NOT NULL DEFAULT 'goods' CHECK (kind IN ('goods','gift_card'));
-- From when on everybody may order it, and customers with early access; 0 is always.
ALTER TABLE products ADD COLUMN available_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN early_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Discount codes and for whom they hold.
CREATE TABLE promotions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL,
  -- In capitals: codes are read in either case.
  code_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('percent','amount','free_shipping')),
  percent_bp BIGINT NOT NULL DEFAULT 0 CHECK (percent_bp BETWEEN 0 AND 10000),
  amount_minor BIGINT NOT NULL DEFAULT 0 CHECK (amount_minor >= 0),
  currency TEXT NOT NULL DEFAULT '',
  -- 0: since ever, for ever.
  starts_at BIGINT NOT NULL DEFAULT 0,
  ends_at BIGINT NOT NULL DEFAULT 0,
  -- When it starts for customers with early access; 0: as for all.
  early_starts_at BIGINT NOT NULL DEFAULT 0,
  -- 0: no limit.
  limit_total BIGINT NOT NULL DEFAULT 0 CHECK (limit_total >= 0),
  limit_per_customer BIGINT NOT NULL DEFAULT 0 CHECK (limit_per_customer >= 0),
  first_order_only BOOLEAN NOT NULL DEFAULT FALSE,
  minimum_minor BIGINT NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),
  -- Whom it is for; NULL or empty: everybody.
  group_id BIGINT REFERENCES customer_groups(id),
  tag_id BIGINT REFERENCES tags(id),
  tier TEXT NOT NULL DEFAULT '',
  customer_id BIGINT REFERENCES customers(id) ON DELETE CASCADE,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  uses_count BIGINT NOT NULL DEFAULT 0,
  created_by BIGINT REFERENCES staff(id),
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  CHECK (uses_count >= 0 AND (limit_total = 0 OR uses_count <= limit_total)),
  CHECK (kind <> 'percent' OR percent_bp > 0),
  CHECK (kind <> 'amount' OR (amount_minor > 0 AND currency <> ''))
);
CREATE INDEX promotions_customer ON promotions (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE TABLE promotion_uses (
  promotion_id BIGINT NOT NULL REFERENCES promotions(id) ON DELETE CASCADE,
  order_id BIGINT NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  at BIGINT NOT NULL,
  PRIMARY KEY (promotion_id, order_id)
) WITHOUT ROWID;
CREATE INDEX promotion_uses_customer ON promotion_uses (promotion_id, customer_id);
CREATE INDEX promotion_uses_order ON promotion_uses (order_id);

-- What a draft wants: {"codes": [...], "credit": ..., "gift_cards": [...], "points": ...}; see commerce/drafts.
ALTER TABLE orders ADD COLUMN tender TEXT NOT NULL DEFAULT '{}';
-- How the price came about, as it was explained when the order was placed.
ALTER TABLE orders ADD COLUMN steps TEXT NOT NULL DEFAULT '[]';
ALTER TABLE orders ADD COLUMN channel TEXT NOT NULL DEFAULT 'import' CHECK (channel IN ('staff','api','portal','import'));
-- Until when it is to be paid; 0: at once.
ALTER TABLE orders ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN cancelled_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX orders_stuck ON orders (state_since, id) WHERE status = 'placed' AND fulfilment_state IN ('unfulfilled','shipped');

ALTER TABLE order_lines ADD COLUMN list_price_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN tax_bp BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN group_discount_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN code_discount_minor BIGINT NOT NULL DEFAULT 0;

-- The debit that a payment by credit, gift card or points is, and which card.
ALTER TABLE payments ADD COLUMN entry_id BIGINT REFERENCES ledger_entries(id);
ALTER TABLE payments ADD COLUMN gift_card_id BIGINT REFERENCES gift_cards(id);
ALTER TABLE payments ADD COLUMN points BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN refunded_minor BIGINT NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0 AND refunded_minor <= amount_minor);
ALTER TABLE payments ADD COLUMN staff_id BIGINT REFERENCES staff(id);
CREATE UNIQUE INDEX payments_entry ON payments (entry_id) WHERE entry_id IS NOT NULL;

CREATE TABLE shipments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id BIGINT NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  carrier TEXT NOT NULL DEFAULT '',
  tracking TEXT NOT NULL DEFAULT '',
  shipped_at BIGINT NOT NULL,
  -- 0: under way.
  delivered_at BIGINT NOT NULL DEFAULT 0,
  staff_id BIGINT REFERENCES staff(id)
);
CREATE INDEX shipments_order ON shipments (order_id, id);

CREATE TABLE returns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  number TEXT NOT NULL UNIQUE,
  order_id BIGINT NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (status IN ('requested','approved','refused','received','refunded')),
  reason TEXT NOT NULL CHECK (reason IN ('damaged','wrong_item','not_as_described','late','no_longer_wanted','other')),
  -- What the customer, or staff in their name, wrote; and what was answered.
  note TEXT NOT NULL DEFAULT '',
  answer TEXT NOT NULL DEFAULT '',
  refund_to TEXT NOT NULL CHECK (refund_to IN ('original','credit','gift_card')),
  requested_by TEXT NOT NULL CHECK (requested_by IN ('customer','staff','program')),
  staff_id BIGINT REFERENCES staff(id),
  requested_at BIGINT NOT NULL,
  decided_at BIGINT NOT NULL DEFAULT 0,
  received_at BIGINT NOT NULL DEFAULT 0,
  refunded_at BIGINT NOT NULL DEFAULT 0,
  version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX returns_order ON returns (order_id, id);
CREATE INDEX returns_open ON returns (requested_at, id) WHERE status IN ('requested','approved','received');
CREATE TABLE return_lines (
  return_id BIGINT NOT NULL REFERENCES returns(id) ON DELETE CASCADE,
  line_id BIGINT NOT NULL REFERENCES order_lines(id) ON DELETE CASCADE,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (return_id, line_id)
) WITHOUT ROWID;
CREATE INDEX return_lines_line ON return_lines (line_id);

ALTER TABLE refunds ADD COLUMN return_id BIGINT REFERENCES returns(id);
ALTER TABLE refunds ADD COLUMN staff_id BIGINT REFERENCES staff(id);
-- Where the money of a refund went: back to payments, or to new credit or a new card.
CREATE TABLE refund_parts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  refund_id BIGINT NOT NULL REFERENCES refunds(id) ON DELETE CASCADE,
  payment_id BIGINT REFERENCES payments(id),
  method TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  points BIGINT NOT NULL DEFAULT 0,
  entry_id BIGINT REFERENCES ledger_entries(id),
  gift_card_id BIGINT REFERENCES gift_cards(id)
);
CREATE INDEX refund_parts_refund ON refund_parts (refund_id, id);
CREATE INDEX refund_parts_payment ON refund_parts (payment_id) WHERE payment_id IS NOT NULL;

-- Invoices and credit notes, as they were issued: numbers without gaps per store, contents that never change.
CREATE TABLE invoices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  store_id BIGINT NOT NULL REFERENCES stores(id),
  kind TEXT NOT NULL CHECK (kind IN ('invoice','credit_note')),
  seq BIGINT NOT NULL CHECK (seq > 0),
  number TEXT NOT NULL UNIQUE,
  order_id BIGINT NOT NULL REFERENCES orders(id),
  refund_id BIGINT UNIQUE REFERENCES refunds(id),
  locale TEXT NOT NULL,
  -- Seller, buyer, lines and totals of then.
  data TEXT NOT NULL,
  issued_by BIGINT REFERENCES staff(id),
  issued_at BIGINT NOT NULL,
  UNIQUE (store_id, kind, seq),
  CHECK ((kind = 'credit_note') = (refund_id IS NOT NULL))
);
CREATE UNIQUE INDEX invoices_order ON invoices (order_id) WHERE kind = 'invoice';
CREATE INDEX invoices_of_order ON invoices (order_id, id);

-- What a program's request under an Idempotency-Key was answered, for 24 hours.
CREATE TABLE api_requests (
  api_key_id BIGINT NOT NULL REFERENCES api_keys(id),
  key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  status BIGINT NOT NULL,
  headers TEXT NOT NULL DEFAULT '{}',
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (api_key_id, key)
) WITHOUT ROWID;
CREATE INDEX api_requests_created ON api_requests (created_at);

-- The program that did it, where it was one.
ALTER TABLE audit_entries ADD COLUMN api_key_id BIGINT REFERENCES api_keys(id);

-- Which customer an anonymous visitor turned out to be.
CREATE TABLE visitors (
  visitor_id TEXT NOT NULL PRIMARY KEY,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  linked_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX visitors_customer ON visitors (customer_id);
CREATE INDEX events_visitor ON events (visitor_id, id) WHERE visitor_id IS NOT NULL AND customer_id IS NULL;

-- What is issued stays as it is.
CREATE TRIGGER invoices_fixed BEFORE UPDATE OF store_id, kind, seq, number, order_id, refund_id, issued_at ON invoices BEGIN
  SELECT RAISE(ABORT, 'an invoice stays what it is');
END;
CREATE TRIGGER invoices_kept BEFORE DELETE ON invoices BEGIN
  SELECT RAISE(ABORT, 'an invoice stays');
END;
