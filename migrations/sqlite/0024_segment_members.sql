-- Who is in which segment: kept, so that entering and leaving can be told, and sizes need no counting.
CREATE TABLE segment_members (
  segment_id BIGINT NOT NULL REFERENCES segments(id) ON DELETE CASCADE,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  since BIGINT NOT NULL,
  PRIMARY KEY (segment_id, customer_id)
) WITHOUT ROWID;
CREATE INDEX segment_members_customer ON segment_members (customer_id, segment_id);

-- How far the members of a segment are like its rule.
CREATE TABLE segment_states (
  segment_id INTEGER PRIMARY KEY REFERENCES segments(id) ON DELETE CASCADE,
  members BIGINT NOT NULL DEFAULT 0 CHECK (members >= 0),
  -- What the last sweep asked, in which nothing stands for other rules any more; empty before the first.
  swept_rule TEXT NOT NULL DEFAULT '',
  swept_day BIGINT NOT NULL DEFAULT 0,
  swept_at BIGINT NOT NULL DEFAULT 0
);
INSERT INTO segment_states (segment_id) SELECT id FROM segments;

-- Sizes are kept here, whoever writes: deleting a customer, too.
CREATE TRIGGER segment_members_size_insert AFTER INSERT ON segment_members BEGIN
  UPDATE segment_states SET members = members + 1 WHERE segment_id = NEW.segment_id;
END;
CREATE TRIGGER segment_members_size_delete AFTER DELETE ON segment_members BEGIN
  UPDATE segment_states SET members = members - 1 WHERE segment_id = OLD.segment_id;
END;

-- Who entered and left, when and why: because the customer changed, time went by, or the rule became another one.
CREATE TABLE segment_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  segment_id BIGINT NOT NULL REFERENCES segments(id) ON DELETE CASCADE,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  entered BOOLEAN NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('change','time','rule')),
  at BIGINT NOT NULL
);
CREATE INDEX segment_events_segment ON segment_events (segment_id, id);
CREATE INDEX segment_events_customer ON segment_events (customer_id, id);
CREATE TRIGGER segment_events_append_only_update BEFORE UPDATE ON segment_events BEGIN
  SELECT RAISE(ABORT, 'segment_events is append-only');
END;

-- How large each segment was at the end of each day, of how many customers.
CREATE TABLE segment_days (
  segment_id BIGINT NOT NULL REFERENCES segments(id) ON DELETE CASCADE,
  day BIGINT NOT NULL,
  members BIGINT NOT NULL,
  customers BIGINT NOT NULL,
  PRIMARY KEY (segment_id, day)
) WITHOUT ROWID;

-- How far the change log was followed.
CREATE TABLE segment_follower (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  position BIGINT NOT NULL
);
INSERT INTO segment_follower (id, position) VALUES (1, 0);
