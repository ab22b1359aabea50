-- Keys of programs that use the REST API. Only the hash of a key is kept, and its last four characters to tell keys apart.

CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  key_hash BLOB NOT NULL UNIQUE,
  last_four TEXT NOT NULL,
  -- Scopes with a space between: customers:read orders:read
  scopes TEXT NOT NULL,
  -- NULL: made on the command line.
  created_by BIGINT REFERENCES staff(id),
  created_at BIGINT NOT NULL,
  -- 0: never.
  last_used_at BIGINT NOT NULL DEFAULT 0,
  revoked_at BIGINT
);
