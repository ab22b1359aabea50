-- What writing campaigns needs: who wrote a draft last, and whether it was deleted (0: it is there), which can be taken back.
ALTER TABLE campaigns ADD COLUMN changed_by BIGINT REFERENCES staff(id);
ALTER TABLE campaigns ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0;

-- Who got as many advertising mails lately as the settings allow, without looking at each mail.
CREATE INDEX outbox_counted ON outbox (handed_at, customer_id, state, campaign_id) WHERE campaign_id IS NOT NULL AND handed_at > 0;

-- The few addresses that may be none a mail server takes; which of them are says the program. The condition is that of
-- `doubtful_address` in server/db/dialect.rs.
CREATE INDEX customers_doubtful_address ON customers (id) WHERE (
  email GLOB '*[^A-Za-z0-9@._+-]*' OR email NOT GLOB '?*@?*.?*' OR email GLOB '*@*[^A-Za-z0-9.-]*' OR email GLOB '*..*' OR email GLOB '.*'
  OR email GLOB '*.' OR email GLOB '*.@*' OR email GLOB '*@.*' OR email GLOB '*@-*' OR email GLOB '*-' OR email GLOB '*-.*'
  OR email GLOB '*.-*' OR length(email) > 64);
