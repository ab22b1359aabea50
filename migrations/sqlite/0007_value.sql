-- Gift cards are issued once per key. Those without one came with an import.
ALTER TABLE gift_cards ADD COLUMN issue_key TEXT;
CREATE UNIQUE INDEX gift_cards_issue_key ON gift_cards (issue_key) WHERE issue_key IS NOT NULL;
