-- Trying several subjects before most get one, and sending at each recipient's own time.

-- Subjects B to D, share, waiting time and rule, as JSON; whether there are any.
ALTER TABLE campaigns ADD COLUMN subject_test TEXT NOT NULL DEFAULT '{}';
ALTER TABLE campaigns ADD COLUMN tested BOOLEAN NOT NULL DEFAULT FALSE;
-- The subject that the rest gets (0 is A; -1: not known yet), and why; when that is decided (0: the sample is still being sent).
ALTER TABLE campaigns ADD COLUMN winner BIGINT NOT NULL DEFAULT -1;
ALTER TABLE campaigns ADD COLUMN winner_why TEXT NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN decide_at BIGINT NOT NULL DEFAULT 0;
-- Sent when the recipient's clocks show this, rather than at one instant.
ALTER TABLE campaigns ADD COLUMN own_zones BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE campaigns ADD COLUMN local_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN local_minute BIGINT NOT NULL DEFAULT 0;

-- Which subject it has; -1: the winner, which it waits for.
ALTER TABLE outbox ADD COLUMN variant BIGINT NOT NULL DEFAULT 0;
