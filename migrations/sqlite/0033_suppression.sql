-- Who gets no advertising whatever the consent: bounced, complained, put here by hand. A row stays when it is lifted.
CREATE TABLE suppressions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email_key TEXT NOT NULL,
  customer_id BIGINT REFERENCES customers(id) ON DELETE SET NULL,
  reason TEXT NOT NULL CHECK (reason IN ('bounced','complained','manual')),
  detail TEXT NOT NULL DEFAULT '',
  mail_id BIGINT REFERENCES outbox(id) ON DELETE SET NULL,
  staff_id BIGINT REFERENCES staff(id),
  at BIGINT NOT NULL,
  -- 0: in force.
  lifted_at BIGINT NOT NULL DEFAULT 0,
  lifted_by BIGINT REFERENCES staff(id)
);
CREATE UNIQUE INDEX suppressions_in_force ON suppressions (email_key) WHERE lifted_at = 0;
CREATE INDEX suppressions_customer ON suppressions (customer_id) WHERE customer_id IS NOT NULL;

-- What customers want and do not want to hear of, beside their consent: append-only, the newest counts.
CREATE TABLE topic_choices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  topic TEXT NOT NULL,
  wanted BOOLEAN NOT NULL,
  source TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX topic_choices_customer ON topic_choices (customer_id, topic, id);

-- What came back for a mail: bounces, complaints, unsubscribes. The same report again is none.
CREATE TABLE mail_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  mail_id BIGINT NOT NULL REFERENCES outbox(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('bounced','soft_bounced','complained','unsubscribed')),
  detail TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL,
  UNIQUE (mail_id, kind)
);
CREATE INDEX mail_events_kind ON mail_events (kind, at);

CREATE TRIGGER topic_choices_append_only BEFORE UPDATE ON topic_choices BEGIN
  SELECT RAISE(ABORT, 'topic_choices is append-only');
END;
