-- What rules ask of other tables, answered from indexes alone.
CREATE INDEX order_lines_product ON order_lines (product_id, order_id) WHERE product_id IS NOT NULL;
CREATE INDEX orders_asked ON orders (placed_day, customer_id, base_total_minor, status) WHERE status = 'placed';
CREATE INDEX events_asked ON events (kind, day, customer_id, product_id) WHERE customer_id IS NOT NULL;
CREATE INDEX visits_asked ON visits (day, customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX loyalty_members_tier ON loyalty_members (tier, customer_id);
CREATE INDEX products_category ON products (category_id, id) WHERE category_id IS NOT NULL;
-- Those who are in no list are few.
CREATE INDEX customers_anonymised ON customers (id) WHERE anonymised_at IS NOT NULL;
-- What most rules ask: who ordered lately, how much, how often; and who is new.
CREATE INDEX customer_stats_asked ON customer_stats (last_order_day, spent_minor, orders_count, customer_id);
CREATE INDEX customers_registered_day ON customers (registered_day, id);
