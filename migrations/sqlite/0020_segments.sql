-- Segments: rules with a name. A built-in one means what the settings say and has no text here.
CREATE TABLE segments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- The name in URLs and rules, which stays when the segment is renamed.
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '',
  -- As rules::print writes it, with ids in the place of names.
  rule TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('built_in','own')),
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  created_by BIGINT REFERENCES staff(id),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);
INSERT INTO segments (key, name, name_key, rule, kind, created_at, updated_at) VALUES
  ('high_value', 'High-value', 'high-value', '', 'built_in', 0, 0),
  ('at_risk', 'At risk', 'at risk', '', 'built_in', 0, 0),
  ('new', 'New', 'new', '', 'built_in', 0, 0),
  ('one_time', 'One-time', 'one-time', '', 'built_in', 0, 0);

-- Custom fields one by one, so that rules find by them. customers.custom_fields is the truth; triggers keep these like it.
CREATE TABLE customer_fields (
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  -- In small letters, as far as A to Z go: what both databases agree about.
  name_key TEXT NOT NULL,
  value_key TEXT NOT NULL,
  PRIMARY KEY (customer_id, name)
) WITHOUT ROWID;
CREATE INDEX customer_fields_value ON customer_fields (name_key, value_key, customer_id);

INSERT INTO customer_fields (customer_id, name, value, name_key, value_key)
  SELECT id, name, value, lower(name), lower(value) FROM (
    SELECT c.id, f.key AS name,
           CASE f.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null' ELSE CAST(f.value AS TEXT) END AS value
    FROM customers c, json_each(CASE WHEN json_valid(c.custom_fields) THEN c.custom_fields ELSE '{}' END) f
    WHERE c.custom_fields <> '{}' AND json_valid(c.custom_fields) AND json_type(c.custom_fields) = 'object' GROUP BY c.id, f.key);

CREATE TRIGGER customers_fields_insert AFTER INSERT ON customers
WHEN NEW.custom_fields <> '{}' AND json_valid(NEW.custom_fields) AND json_type(NEW.custom_fields) = 'object' BEGIN
  INSERT INTO customer_fields (customer_id, name, value, name_key, value_key)
    SELECT NEW.id, name, value, lower(name), lower(value) FROM (
      SELECT f.key AS name,
             CASE f.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null' ELSE CAST(f.value AS TEXT) END AS value
      FROM json_each(NEW.custom_fields) f GROUP BY f.key);
END;
CREATE TRIGGER customers_fields_update AFTER UPDATE OF custom_fields ON customers WHEN NEW.custom_fields <> OLD.custom_fields BEGIN
  DELETE FROM customer_fields WHERE customer_id = NEW.id;
  INSERT INTO customer_fields (customer_id, name, value, name_key, value_key)
    SELECT NEW.id, name, value, lower(name), lower(value) FROM (
      SELECT f.key AS name,
             CASE f.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null' ELSE CAST(f.value AS TEXT) END AS value
      FROM json_each(CASE WHEN json_valid(NEW.custom_fields) THEN NEW.custom_fields ELSE '{}' END) f
      WHERE typeof(f.key) = 'text' GROUP BY f.key);
END;
