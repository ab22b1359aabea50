-- Which customers changed since when: what the in-memory index of the customer list follows. One row per customer, its
-- newest change, so that the log never outgrows the customers.
CREATE TABLE change_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id BIGINT NOT NULL UNIQUE ON CONFLICT REPLACE
);

-- Which database this is, so that an index saved from another one is not taken for this one's.
INSERT INTO settings (key, value, updated_at) VALUES ('database.identity', '"' || lower(hex(randomblob(16))) || '"', 0);

CREATE TRIGGER customers_log_insert AFTER INSERT ON customers BEGIN
  INSERT INTO change_log (customer_id) VALUES (NEW.id);
END;
CREATE TRIGGER customers_log_update AFTER UPDATE ON customers BEGIN
  INSERT INTO change_log (customer_id) VALUES (NEW.id);
END;
CREATE TRIGGER customers_log_delete AFTER DELETE ON customers BEGIN
  INSERT INTO change_log (customer_id) VALUES (OLD.id);
END;
CREATE TRIGGER customer_stats_log_insert AFTER INSERT ON customer_stats BEGIN
  INSERT INTO change_log (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER customer_stats_log_update AFTER UPDATE ON customer_stats BEGIN
  INSERT INTO change_log (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER customer_stats_log_delete AFTER DELETE ON customer_stats BEGIN
  INSERT INTO change_log (customer_id) VALUES (OLD.customer_id);
END;
CREATE TRIGGER customer_tags_log_insert AFTER INSERT ON customer_tags BEGIN
  INSERT INTO change_log (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER customer_tags_log_update AFTER UPDATE ON customer_tags BEGIN
  INSERT INTO change_log (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER customer_tags_log_delete AFTER DELETE ON customer_tags BEGIN
  INSERT INTO change_log (customer_id) VALUES (OLD.customer_id);
END;
CREATE TRIGGER customer_group_members_log_insert AFTER INSERT ON customer_group_members BEGIN
  INSERT INTO change_log (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER customer_group_members_log_update AFTER UPDATE ON customer_group_members BEGIN
  INSERT INTO change_log (customer_id) VALUES (NEW.customer_id);
END;
CREATE TRIGGER customer_group_members_log_delete AFTER DELETE ON customer_group_members BEGIN
  INSERT INTO change_log (customer_id) VALUES (OLD.customer_id);
END;

-- What is written in a log stays written.
CREATE TRIGGER audit_entries_append_only_update BEFORE UPDATE ON audit_entries BEGIN
  SELECT RAISE(ABORT, 'audit_entries is append-only');
END;
CREATE TRIGGER audit_entries_append_only_delete BEFORE DELETE ON audit_entries BEGIN
  SELECT RAISE(ABORT, 'audit_entries is append-only');
END;
CREATE TRIGGER consents_append_only_update BEFORE UPDATE ON consents BEGIN
  SELECT RAISE(ABORT, 'consents is append-only');
END;
