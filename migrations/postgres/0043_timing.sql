-- When a draft is to be sent, as it is typed, as JSON.
ALTER TABLE campaigns ADD COLUMN timing TEXT NOT NULL DEFAULT '';
