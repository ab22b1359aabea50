-- Promotions for whoever is in a segment as they order.
ALTER TABLE promotions ADD COLUMN segment_id BIGINT REFERENCES segments(id);
CREATE INDEX promotions_segment ON promotions (segment_id, id) WHERE segment_id IS NOT NULL;
