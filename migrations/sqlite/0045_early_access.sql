-- Sales and products that open earlier for whoever is in a group, carries a tag, or is in a segment as they order.
ALTER TABLE promotions ADD COLUMN early_group_id BIGINT REFERENCES customer_groups(id);
ALTER TABLE promotions ADD COLUMN early_tag_id BIGINT REFERENCES tags(id);
ALTER TABLE promotions ADD COLUMN early_segment_id BIGINT REFERENCES segments(id);
CREATE INDEX promotions_early_group ON promotions (early_group_id, id) WHERE early_group_id IS NOT NULL;
CREATE INDEX promotions_early_tag ON promotions (early_tag_id, id) WHERE early_tag_id IS NOT NULL;
CREATE INDEX promotions_early_segment ON promotions (early_segment_id, id) WHERE early_segment_id IS NOT NULL;

ALTER TABLE products ADD COLUMN early_group_id BIGINT REFERENCES customer_groups(id);
ALTER TABLE products ADD COLUMN early_tag_id BIGINT REFERENCES tags(id);
ALTER TABLE products ADD COLUMN early_segment_id BIGINT REFERENCES segments(id);
CREATE INDEX products_early_group ON products (early_group_id, id) WHERE early_group_id IS NOT NULL;
CREATE INDEX products_early_tag ON products (early_tag_id, id) WHERE early_tag_id IS NOT NULL;
CREATE INDEX products_early_segment ON products (early_segment_id, id) WHERE early_segment_id IS NOT NULL;
