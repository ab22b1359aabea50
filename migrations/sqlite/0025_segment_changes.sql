-- Customers of whom something changed that the change log does not tell, since the list does not show it: what orders became, what
-- customers did, consents, tiers. Rows are only added here, so that no writer waits for another; who follows takes them away.
CREATE TABLE segment_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id BIGINT NOT NULL
);

-- Shops have many events. They are told of while a segment asks for them.
ALTER TABLE segments ADD COLUMN asks_events BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX segments_asking_events ON segments (id) WHERE asks_events AND NOT archived;

-- Placing and cancelling move the customer's figures, which the change log tells.
CREATE TRIGGER orders_log_update AFTER UPDATE OF payment_state, fulfilment_state, base_total_minor, base_refunded_minor, channel, store_id
  ON orders WHEN OLD.status = 'placed' AND NEW.status = 'placed' AND NEW.customer_id IS NOT NULL BEGIN
  INSERT INTO segment_changes (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER consents_log_insert AFTER INSERT ON consents BEGIN
  INSERT INTO segment_changes (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER loyalty_members_log_insert AFTER INSERT ON loyalty_members BEGIN
  INSERT INTO segment_changes (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER loyalty_members_log_update AFTER UPDATE ON loyalty_members BEGIN
  INSERT INTO segment_changes (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER loyalty_members_log_delete AFTER DELETE ON loyalty_members BEGIN
  INSERT INTO segment_changes (customer_id) VALUES (OLD.customer_id);
END;
CREATE TRIGGER events_log_insert AFTER INSERT ON events
WHEN NEW.customer_id IS NOT NULL AND EXISTS (SELECT 1 FROM segments WHERE asks_events AND NOT archived) BEGIN
  INSERT INTO segment_changes (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER events_log_update AFTER UPDATE OF customer_id ON events
WHEN NEW.customer_id IS NOT NULL AND EXISTS (SELECT 1 FROM segments WHERE asks_events AND NOT archived) BEGIN
  INSERT INTO segment_changes (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER visits_log_insert AFTER INSERT ON visits
WHEN NEW.customer_id IS NOT NULL AND EXISTS (SELECT 1 FROM segments WHERE asks_events AND NOT archived) BEGIN
  INSERT INTO segment_changes (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER visits_log_update AFTER UPDATE OF customer_id ON visits
WHEN NEW.customer_id IS NOT NULL AND EXISTS (SELECT 1 FROM segments WHERE asks_events AND NOT archived) BEGIN
  INSERT INTO segment_changes (customer_id) VALUES (NEW.customer_id);
END;
