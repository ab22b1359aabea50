-- A sequence gives numbers without anybody waiting for anybody; SQLite, which has one writer, goes on with its counter.
CREATE SEQUENCE order_numbers;
SELECT setval('order_numbers', value) FROM counters WHERE name = 'order' AND value > 0;
DELETE FROM counters WHERE name = 'order';
