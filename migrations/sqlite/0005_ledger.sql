-- One ledger for store credit, gift cards and points. Entries are append-only and chain; the balance beside them is written
-- by the entry itself, so that no writer, not even a person with a SQL shell, can make the two differ.

CREATE TABLE ledger_accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('credit','gift_card','points')),
  -- The owner; a gift card of a batch has none until it is given away.
  customer_id BIGINT REFERENCES customers(id),
  -- Empty for points, which are no money.
  currency TEXT NOT NULL CHECK ((kind = 'points') = (currency = '')),
  balance BIGINT NOT NULL DEFAULT 0,
  -- How far below zero the balance may go: an approved credit limit.
  credit_limit BIGINT NOT NULL DEFAULT 0 CHECK (credit_limit >= 0),
  -- How many entries there are: the number of the last one.
  entries_count BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  CHECK (balance >= -credit_limit)
);
-- A customer has one account of store credit and one of points.
CREATE UNIQUE INDEX ledger_accounts_owner ON ledger_accounts (customer_id, kind) WHERE kind <> 'gift_card';
CREATE INDEX ledger_accounts_customer ON ledger_accounts (customer_id, id) WHERE customer_id IS NOT NULL;

CREATE TABLE ledger_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id BIGINT NOT NULL REFERENCES ledger_accounts(id),
  -- 1, 2, 3 … within the account.
  seq BIGINT NOT NULL,
  amount BIGINT NOT NULL CHECK (amount <> 0),
  balance_after BIGINT NOT NULL,
  reason TEXT NOT NULL CHECK (reason <> ''),
  cause TEXT NOT NULL CHECK (cause IN ('staff','customer','program','job')),
  staff_id BIGINT REFERENCES staff(id),
  order_id BIGINT REFERENCES orders(id),
  -- The debit that this entry gives back, in whole or in part.
  reverses_id BIGINT REFERENCES ledger_entries(id),
  idempotency_key TEXT NOT NULL CHECK (idempotency_key <> ''),
  at BIGINT NOT NULL,
  UNIQUE (account_id, seq),
  UNIQUE (account_id, idempotency_key),
  CHECK (cause <> 'staff' OR staff_id IS NOT NULL),
  CHECK (reverses_id IS NULL OR amount > 0)
);
CREATE INDEX ledger_entries_order ON ledger_entries (order_id, id) WHERE order_id IS NOT NULL;
CREATE INDEX ledger_entries_reverses ON ledger_entries (reverses_id, id) WHERE reverses_id IS NOT NULL;

-- What a person wrote about an entry, apart from it, so that erasing may blank it.
CREATE TABLE ledger_notes (
  entry_id BIGINT NOT NULL PRIMARY KEY REFERENCES ledger_entries(id),
  body TEXT NOT NULL
);

-- What is left of each credit, until when. Together they are the balance, or nothing where that is below zero.
CREATE TABLE ledger_lots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id BIGINT NOT NULL REFERENCES ledger_accounts(id),
  -- The credit that it came with.
  entry_id BIGINT NOT NULL REFERENCES ledger_entries(id),
  amount BIGINT NOT NULL CHECK (amount > 0),
  remaining BIGINT NOT NULL,
  -- 0 is never.
  expires_at BIGINT NOT NULL CHECK (expires_at >= 0),
  CHECK (remaining BETWEEN 0 AND amount)
);
CREATE INDEX ledger_lots_left ON ledger_lots (account_id, id) WHERE remaining > 0;
CREATE INDEX ledger_lots_expiring ON ledger_lots (expires_at, account_id) WHERE remaining > 0 AND expires_at > 0;
CREATE INDEX ledger_lots_entry ON ledger_lots (entry_id);

-- What an entry took from a lot; below zero what it gave back to it.
CREATE TABLE ledger_lot_uses (
  entry_id BIGINT NOT NULL REFERENCES ledger_entries(id),
  lot_id BIGINT NOT NULL REFERENCES ledger_lots(id),
  amount BIGINT NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (entry_id, lot_id)
) WITHOUT ROWID;
CREATE INDEX ledger_lot_uses_lot ON ledger_lot_uses (lot_id, entry_id);

-- A debit that waits to be captured (it stays) or voided (it is given back).
CREATE TABLE ledger_authorisations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id BIGINT NOT NULL REFERENCES ledger_accounts(id),
  entry_id BIGINT NOT NULL UNIQUE REFERENCES ledger_entries(id),
  amount BIGINT NOT NULL CHECK (amount > 0),
  status TEXT NOT NULL CHECK (status IN ('open','captured','voided')),
  captured BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL DEFAULT 0,
  CHECK (captured BETWEEN 0 AND amount),
  CHECK ((status = 'captured') = (captured > 0))
);
CREATE INDEX ledger_authorisations_account ON ledger_authorisations (account_id, id);

-- What went wrong and waits for a person: one open row per kind and subject.
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  raised_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  resolved_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX alerts_open ON alerts (kind, subject) WHERE resolved_at = 0;

-- An entry follows upon the last one, or it is refused.
CREATE TRIGGER ledger_entries_chain BEFORE INSERT ON ledger_entries
WHEN NOT EXISTS (SELECT 1 FROM ledger_accounts a
                 WHERE a.id = NEW.account_id AND a.entries_count + 1 = NEW.seq AND a.balance + NEW.amount = NEW.balance_after)
BEGIN
  SELECT RAISE(ABORT, 'a ledger entry must chain');
END;
CREATE TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries BEGIN
  UPDATE ledger_accounts SET balance = NEW.balance_after, entries_count = NEW.seq WHERE id = NEW.account_id;
END;
CREATE TRIGGER ledger_accounts_start BEFORE INSERT ON ledger_accounts WHEN NEW.balance <> 0 OR NEW.entries_count <> 0 BEGIN
  SELECT RAISE(ABORT, 'a ledger account starts empty');
END;
CREATE TRIGGER ledger_accounts_balance BEFORE UPDATE OF balance, entries_count ON ledger_accounts
WHEN NOT EXISTS (SELECT 1 FROM ledger_entries e
                 WHERE e.account_id = NEW.id AND e.seq = NEW.entries_count AND e.balance_after = NEW.balance)
  OR EXISTS (SELECT 1 FROM ledger_entries e WHERE e.account_id = NEW.id AND e.seq > NEW.entries_count)
BEGIN
  SELECT RAISE(ABORT, 'a balance is written by its entries');
END;
CREATE TRIGGER ledger_accounts_fixed BEFORE UPDATE OF kind, currency ON ledger_accounts
WHEN NEW.kind <> OLD.kind OR NEW.currency <> OLD.currency BEGIN
  SELECT RAISE(ABORT, 'a ledger account stays what it is');
END;

CREATE TRIGGER ledger_entries_append_only_update BEFORE UPDATE ON ledger_entries BEGIN
  SELECT RAISE(ABORT, 'ledger_entries is append-only');
END;
CREATE TRIGGER ledger_entries_append_only_delete BEFORE DELETE ON ledger_entries BEGIN
  SELECT RAISE(ABORT, 'ledger_entries is append-only');
END;
CREATE TRIGGER ledger_lot_uses_append_only_update BEFORE UPDATE ON ledger_lot_uses BEGIN
  SELECT RAISE(ABORT, 'ledger_lot_uses is append-only');
END;
CREATE TRIGGER ledger_lot_uses_append_only_delete BEFORE DELETE ON ledger_lot_uses BEGIN
  SELECT RAISE(ABORT, 'ledger_lot_uses is append-only');
END;
CREATE TRIGGER ledger_lots_kept BEFORE DELETE ON ledger_lots BEGIN
  SELECT RAISE(ABORT, 'ledger_lots are kept');
END;
