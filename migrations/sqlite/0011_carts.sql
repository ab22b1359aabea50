-- Carts of the shop front: the token that it gave each, and the draft that it is.
CREATE TABLE carts (
  token TEXT NOT NULL PRIMARY KEY,
  order_id BIGINT REFERENCES orders(id) ON DELETE SET NULL,
  updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX carts_order ON carts (order_id) WHERE order_id IS NOT NULL;
