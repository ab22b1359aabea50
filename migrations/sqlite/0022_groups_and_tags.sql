-- Groups and tags as staff keep them: colours, what is no longer used, rules that put customers in and take them out, what was
-- done by hand and therefore stays, and how each membership came about.

ALTER TABLE customer_groups ADD COLUMN hue BIGINT NOT NULL DEFAULT 0 CHECK (hue BETWEEN 0 AND 11);
-- 0 is in use.
ALTER TABLE customer_groups ADD COLUMN archived_at BIGINT NOT NULL DEFAULT 0;
-- Somebody chose the pricing group by hand: rules leave it alone.
ALTER TABLE customers ADD COLUMN pricing_pinned BOOLEAN NOT NULL DEFAULT FALSE;
-- NULL is no colour.
ALTER TABLE tags ADD COLUMN hue BIGINT CHECK (hue BETWEEN 0 AND 11);
ALTER TABLE tags ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- A tag that was deleted or merged away keeps its row, so that this can be undone; its name is free for another. 0 is in use.
ALTER TABLE tags ADD COLUMN gone_at BIGINT NOT NULL DEFAULT 0;
-- Put on by hand: rules do not take it off.
ALTER TABLE customer_tags ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT TRUE;

-- Who is put into a group, or tagged, without anybody doing it: at most one rule for each.
CREATE TABLE assignment_rules (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id BIGINT UNIQUE REFERENCES customer_groups(id) ON DELETE CASCADE,
  tag_id BIGINT UNIQUE REFERENCES tags(id) ON DELETE CASCADE,
  rule TEXT NOT NULL,
  -- Of several groups that a customer is in, the one with the smallest number whose rule says so is the pricing group.
  priority BIGINT NOT NULL DEFAULT 100 CHECK (priority BETWEEN 1 AND 1000),
  sets_pricing BOOLEAN NOT NULL DEFAULT FALSE,
  active BOOLEAN NOT NULL DEFAULT FALSE,
  enters BOOLEAN NOT NULL DEFAULT TRUE,
  leaves BOOLEAN NOT NULL DEFAULT TRUE,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  CHECK ((group_id IS NULL) <> (tag_id IS NULL)),
  CHECK (NOT sets_pricing OR group_id IS NOT NULL)
);

-- Whom somebody took out by hand although there is a rule: the rule does not put them in again.
CREATE TABLE customer_group_exclusions (
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  group_id BIGINT NOT NULL REFERENCES customer_groups(id) ON DELETE CASCADE,
  staff_id BIGINT REFERENCES staff(id),
  at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, group_id)
) WITHOUT ROWID;
CREATE INDEX customer_group_exclusions_group ON customer_group_exclusions (group_id, customer_id);

CREATE TABLE customer_tag_exclusions (
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  tag_id BIGINT NOT NULL REFERENCES tags(id) ON DELETE CASCADE,
  staff_id BIGINT REFERENCES staff(id),
  at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX customer_tag_exclusions_tag ON customer_tag_exclusions (tag_id, customer_id);

-- How each membership came about and ended. What it is of may be gone since, so its name of then stands here.
CREATE TABLE membership_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('group','tag','pricing')),
  of_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  entered BOOLEAN NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('staff','api','rule','import','move','merge','undo')),
  staff_id BIGINT REFERENCES staff(id),
  at BIGINT NOT NULL
);
CREATE INDEX membership_history_customer ON membership_history (customer_id, id);

-- The tags that a job took off each customer, so that its undo puts them on again as they were.
CREATE TABLE job_customer_tags (
  job_id BIGINT NOT NULL,
  customer_id BIGINT NOT NULL,
  tag_id BIGINT NOT NULL REFERENCES tags(id),
  added_at BIGINT NOT NULL,
  pinned BOOLEAN NOT NULL,
  PRIMARY KEY (job_id, customer_id, tag_id),
  FOREIGN KEY (job_id, customer_id) REFERENCES job_customers (job_id, customer_id) ON DELETE CASCADE
) WITHOUT ROWID;
