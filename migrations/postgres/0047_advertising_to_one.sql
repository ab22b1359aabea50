-- What a mail to one customer advertises (campaigns say it themselves): it is asked for that topic, and counts for the cap.
ALTER TABLE outbox ADD COLUMN topic TEXT NOT NULL DEFAULT '';
UPDATE outbox SET topic = CASE WHEN template IN ('abandoned_cart', 'birthday', 'flash_sale', 'win_back') THEN 'offers' ELSE 'newsletter' END
  WHERE campaign_id IS NULL AND (template IN ('abandoned_cart', 'birthday', 'flash_sale', 'welcome', 'win_back') OR substr(template, 1, 4) = 'own_');
DROP INDEX outbox_counted;
CREATE INDEX outbox_counted ON outbox (handed_at, customer_id, state, campaign_id, topic) WHERE (campaign_id IS NOT NULL OR topic <> '') AND handed_at > 0;

-- The outbox is filtered by template; those of campaigns, which are most, have none.
CREATE INDEX outbox_template ON outbox (template, id) WHERE template <> '';

-- How much later than written in their rows those go who wait for the winner of a test of subjects: whole days, so that it is the same time of the day.
ALTER TABLE campaigns ADD COLUMN rest_later BIGINT NOT NULL DEFAULT 0;
