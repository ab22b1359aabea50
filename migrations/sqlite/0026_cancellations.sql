-- An invoiced order that is cancelled owes nothing any more: what no refund credits, one credit note without a refund does. SQLite
-- changes no constraint of a table, so the table is made anew; nothing refers to it.
CREATE TABLE invoices_new (
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
  CHECK (kind = 'credit_note' OR refund_id IS NULL)
);
INSERT INTO invoices_new (id, store_id, kind, seq, number, order_id, refund_id, locale, data, issued_by, issued_at)
  SELECT id, store_id, kind, seq, number, order_id, refund_id, locale, data, issued_by, issued_at FROM invoices ORDER BY id;
DROP TABLE invoices;
ALTER TABLE invoices_new RENAME TO invoices;
CREATE UNIQUE INDEX invoices_order ON invoices (order_id) WHERE kind = 'invoice';
CREATE UNIQUE INDEX invoices_cancelled ON invoices (order_id) WHERE kind = 'credit_note' AND refund_id IS NULL;
CREATE INDEX invoices_of_order ON invoices (order_id, id);

-- What is issued stays as it is.
CREATE TRIGGER invoices_fixed BEFORE UPDATE OF store_id, kind, seq, number, order_id, refund_id, issued_at ON invoices BEGIN
  SELECT RAISE(ABORT, 'an invoice stays what it is');
END;
CREATE TRIGGER invoices_kept BEFORE DELETE ON invoices BEGIN
  SELECT RAISE(ABORT, 'an invoice stays');
END;
