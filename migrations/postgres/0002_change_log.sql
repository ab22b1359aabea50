-- Which customers changed since when: what the in-memory index of the customer list follows. One row per customer, its
-- newest change, so that the log never outgrows the customers. Rows carry the writing transaction's id: sequences
-- commit out of order, so readers resume from pg_snapshot_xmin and apply what they may have seen before again.
CREATE TABLE change_log (
  customer_id BIGINT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL
);
CREATE INDEX change_log_seq ON change_log (seq, customer_id);

-- Which database this is, so that an index saved from another one is not taken for this one's.
INSERT INTO settings (key, value, updated_at) VALUES ('database.identity', '"' || replace(CAST(gen_random_uuid() AS TEXT), '-', '') || '"', 0);

CREATE FUNCTION log_customer_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Rows are locked in the order of their ids, so that two bulk writers do not deadlock on the log.
  IF TG_TABLE_NAME = 'customers' THEN
    INSERT INTO change_log (customer_id, seq)
      SELECT id, CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) FROM changed ORDER BY id
      ON CONFLICT (customer_id) DO UPDATE SET seq = excluded.seq;
  ELSE
    INSERT INTO change_log (customer_id, seq)
      SELECT DISTINCT customer_id, CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) FROM changed ORDER BY customer_id
      ON CONFLICT (customer_id) DO UPDATE SET seq = excluded.seq;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER customers_log_insert AFTER INSERT ON customers REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customers_log_update AFTER UPDATE ON customers REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customers_log_delete AFTER DELETE ON customers REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customer_stats_log_insert AFTER INSERT ON customer_stats REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customer_stats_log_update AFTER UPDATE ON customer_stats REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customer_stats_log_delete AFTER DELETE ON customer_stats REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customer_tags_log_insert AFTER INSERT ON customer_tags REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customer_tags_log_update AFTER UPDATE ON customer_tags REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customer_tags_log_delete AFTER DELETE ON customer_tags REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customer_group_members_log_insert AFTER INSERT ON customer_group_members REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customer_group_members_log_update AFTER UPDATE ON customer_group_members REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();
CREATE TRIGGER customer_group_members_log_delete AFTER DELETE ON customer_group_members REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION log_customer_change();

-- What is written in a log stays written.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consents_append_only BEFORE UPDATE ON consents FOR EACH ROW EXECUTE FUNCTION refuse_change();
