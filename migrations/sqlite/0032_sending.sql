-- What sends mails: campaigns, and for each row of the outbox how far it has come.

-- An advertising mail to many. Its mails are rows of the outbox.
CREATE TABLE campaigns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  topic TEXT NOT NULL,
  subject TEXT NOT NULL,
  preheader TEXT NOT NULL,
  layout TEXT NOT NULL,
  body TEXT NOT NULL,
  -- Empty: made from the body.
  text TEXT NOT NULL,
  -- Whom it is for, as JSON; customers of these branches only, as JSON (null: of all).
  audience TEXT NOT NULL,
  scope TEXT NOT NULL DEFAULT 'null',
  state TEXT NOT NULL CHECK (state IN ('draft','scheduled','sending','paused','sent','cancelled')),
  -- Why nobody but the program paused it; a key of the texts.
  paused_why TEXT NOT NULL DEFAULT '',
  -- Everybody has a row in the outbox who gets it.
  frozen BOOLEAN NOT NULL DEFAULT FALSE,
  -- How many were matched, and how many of these are left out for what.
  matched BIGINT NOT NULL DEFAULT 0,
  no_consent BIGINT NOT NULL DEFAULT 0,
  suppressed BIGINT NOT NULL DEFAULT 0,
  capped BIGINT NOT NULL DEFAULT 0,
  no_address BIGINT NOT NULL DEFAULT 0,
  queued BIGINT NOT NULL DEFAULT 0,
  -- Refusals of the mail server since it last took a mail of this campaign.
  refused_in_a_row BIGINT NOT NULL DEFAULT 0,
  -- 0: not scheduled, not begun, not over.
  scheduled_at BIGINT NOT NULL DEFAULT 0,
  started_at BIGINT NOT NULL DEFAULT 0,
  finished_at BIGINT NOT NULL DEFAULT 0,
  created_by BIGINT REFERENCES staff(id),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX campaigns_live ON campaigns (state, scheduled_at, id) WHERE state IN ('scheduled', 'sending');

ALTER TABLE outbox ADD COLUMN campaign_id BIGINT REFERENCES campaigns(id);
-- queued → claimed by a worker → handing_over (written before the mail server gets it) → sent, failed or skipped (written after).
-- in_doubt: whoever handed it over died before writing down what came of it.
ALTER TABLE outbox ADD COLUMN state TEXT NOT NULL DEFAULT 'queued'
  CHECK (state IN ('queued','claimed','handing_over','sent','failed','skipped','in_doubt'));
-- Not before; whose it is while claimed or handed over; how often it was handed over.
ALTER TABLE outbox ADD COLUMN next_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN worker TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN handed_at BIGINT NOT NULL DEFAULT 0;
-- Of the recipient's address, in small letters: what rates count by.
ALTER TABLE outbox ADD COLUMN domain TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN subject TEXT NOT NULL DEFAULT '';
-- Why it failed or was skipped (a key of the texts), and what the mail server said.
ALTER TABLE outbox ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN answer TEXT NOT NULL DEFAULT '';
UPDATE outbox SET state = 'sent' WHERE sent_at > 0;
DROP INDEX outbox_waiting;
CREATE INDEX outbox_due ON outbox (next_at, id) WHERE state = 'queued' AND campaign_id IS NULL;
CREATE INDEX outbox_campaign ON outbox (campaign_id, state, next_at, id) WHERE campaign_id IS NOT NULL;
CREATE INDEX outbox_held ON outbox (worker) WHERE state IN ('claimed', 'handing_over');
CREATE INDEX outbox_in_doubt ON outbox (id) WHERE state = 'in_doubt';
CREATE INDEX outbox_message ON outbox (message_id) WHERE message_id <> '';

-- A mail as it was handed over: of those that are about one customer, and of all where there is no mail server.
CREATE TABLE outbox_letters (
  mail_id BIGINT NOT NULL PRIMARY KEY REFERENCES outbox(id) ON DELETE CASCADE,
  -- Sealed: some say a code.
  sealed TEXT NOT NULL
);

-- Servers that send. What one holds that was not seen for a while is given back, or in doubt.
CREATE TABLE mail_workers (
  name TEXT NOT NULL PRIMARY KEY,
  seen_at BIGINT NOT NULL
);

-- When the next mail may go: of all ('') and to one domain. Shared by all servers.
CREATE TABLE mail_pace (
  domain TEXT NOT NULL PRIMARY KEY,
  next_at BIGINT NOT NULL
);
